#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Commands on running containers: pause, unpause. Limits and pauses need a cgroup, which root has here; an ordinary user has
# one in the test machine (tests/host/checks/live.sh).

load ../lib/masu

setup_file() {
	make_images busybox
	probe_containers
}

setup() {
	need_containers
	make_work
	image=oci:$IMAGES:busybox:latest
}

need_cgroup() { need_root "an ordinary user without systemd has no cgroup"; }

start() { # NAME [OPTION...]
	masu run -d --name "$1" --network none "${@:2}" "$image" sleep 1000 >/dev/null
}

inspected() { masu inspect "$1" | jq -r ".[0].$2"; } # NAME MEMBER

# A command that cannot print fails after it has done its work. A closed standard output is not used.
fails_when_full() { # COMMAND...
	run bash -c '"$0" "$@" >/dev/full' "$BUILD/masu" "$@"
	[ "$status" -eq 125 ]
	[[ "$output" == *"write to standard output: No space left on device"* ]]
}
works_when_closed() { bash -c '"$0" "$@" >&-' "$BUILD/masu" "$@"; } # COMMAND...

@test "pause and unpause: names are printed, and errors of one do not keep the others" {
	need_cgroup
	start a
	start b
	[ "$(masu pause a b)" = $'a\nb' ]
	[ "$(inspected a State.Status)" = paused ]
	[[ "$(masu ps)" == *"(Paused)"*"(Paused)"* ]]
	run --separate-stderr masu unpause a nosuch b
	[ "$status" -eq 125 ]
	[ "$output" = $'a\nb' ]
	[[ "$stderr" == *"no container with name or id 'nosuch'"* ]]
	[ "$(inspected a State.Status)" = running ]
	run masu unpause a
	[ "$status" -eq 125 ]
	[[ "$output" == *"container 'a' is not paused"* ]]
	masu pause a
	run masu pause a
	[ "$status" -eq 125 ]
	[[ "$output" == *"container 'a' is already paused"* ]]
	fails_when_full unpause a
	works_when_closed pause a
	[ "$(inspected a State.Paused)" = true ]
}

@test "pause --all and unpause --all take those that are in the other state" {
	need_cgroup
	[ -z "$(masu pause --all)" ]
	start a
	start b
	masu create --name c --network none "$image" true >/dev/null
	masu pause a
	[ "$(masu pause --all)" = b ]
	[ -z "$(masu pause -a)" ]
	[ "$(masu unpause --all | sort | xargs)" = "a b" ]
	for wrong in "pause" "unpause" "pause --all a" "unpause -a a" "pause --time 1 a"; do
		run masu $wrong
		[ "$status" -eq 125 ]
	done
	run masu pause c
	[ "$status" -eq 125 ]
	[[ "$output" == *"container 'c' is not running"* ]]
}

@test "a paused container: exec refuses, stop lets it act on the signal, kill and rm end it, wait waits" {
	need_cgroup
	masu run -d --name a --network none "$image" sh -c 'trap "exit 5" TERM; echo ready; while :; do sleep 0.05; done' >/dev/null
	wait_until '[ "$(masu logs a)" = ready ]'
	masu pause a
	run masu exec a true
	[ "$status" -eq 125 ]
	[[ "$output" == *"paused"* ]]
	run masu rm a
	[ "$status" -eq 125 ]
	"$BUILD/masu" wait a >"$work/code" &
	masu stop -t 100 a
	wait $!
	[ "$(cat "$work/code")" = 5 ]
	masu start a
	masu pause a
	masu kill -s KILL a
	[ "$(masu wait a)" = 137 ]
	masu start a
	masu pause a
	masu restart -t 100 a
	[ "$(inspected a State.Status)" = running ]
	masu pause a
	masu rm -f a
	[ -z "$(masu ps -aq)" ]
}

@test "an ordinary user without a cgroup cannot pause" {
	is_root && skip "root has a cgroup"
	[ ! -e /sys/fs/cgroup/cgroup.controllers ] || skip "the user may have a cgroup here"
	start a
	run masu pause a
	[ "$status" -eq 125 ]
	[[ "$output" == *"has no cgroup of its own"* ]]
}
