#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# masu attach: output, input, several users at once, signals, the keys that detach. As root and as an ordinary user.

load ../lib/masu
load ../lib/busybox

# A container in the background.
start() { # [OPTION...] -- COMMAND...
	local options=()
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	masu run -d --name "$name" --network none "${options[@]}" "$image" "${@:2}" >/dev/null
}

attach() { run --separate-stderr timeout 300 "$BUILD/masu" attach "$@"; }

# Whether so many users are attached: the monitor has a socket for each, besides the one that it listens on.
is_attached() { # NUMBER
	local monitor
	monitor=$(ps -o ppid= "$(masu inspect "$name" | jq .[0].State.Pid)")
	[ "$(ls -l "/proc/${monitor// /}/fd" | grep -c socket:)" -gt "$1" ]
}

@test "both streams arrive, and the exit code; nothing of before is repeated" {
	start -i -- sh -c 'echo before; read line; echo out $line; echo err $line >&2; exit 5'
	wait_until '[ "$(masu logs "$name")" = before ]'
	attach "$name" <<<"typed"
	[ "$status" -eq 5 ]
	[ "$output" = "out typed" ]
	[ "$stderr" = "err typed" ]
	attach "$name"
	[ "$status" -eq 125 ]
	[[ "$stderr" == *"cannot attach to container '$name': not running"*"masu start $name"* ]]
	attach nosuch
	[ "$status" -eq 125 ]
}

@test "the end of input is the container's; without -i or with --no-stdin nothing is passed" {
	start -i --rm -- sh -c 'cat; echo end; exit 9'
	"$BUILD/masu" attach --no-stdin "$name" <<<"not passed" >"$work/out" &
	attached=$!
	wait_until is_attached 1
	run --separate-stderr timeout 300 "$BUILD/masu" attach "$name" < <(head -c 300000 /dev/zero | tr '\0' x)
	[ "$status" -eq 9 ]
	[ "$output" = "$(head -c 300000 /dev/zero | tr '\0' x)end" ]
	status=0
	wait "$attached" || status=$?
	[ "$status" -eq 9 ]
	start -- sh -c 'read line; echo "got ($line)"; sleep 0.2'
	attach "$name" <<<"not passed"
	[[ "$output" != *passed* ]]
}

@test "several users see the same, and each one's input arrives" {
	start -i -- sh -c 'read a; read b; echo $a $b; exit 3'
	mkfifo "$work/one" "$work/two"
	"$BUILD/masu" attach "$name" <"$work/one" >"$work/out1" &
	first=$!
	exec 5>"$work/one"
	wait_until is_attached 1
	"$BUILD/masu" attach "$name" <"$work/two" >"$work/out2" &
	second=$!
	exec 6>"$work/two"
	wait_until is_attached 2
	echo one >&5
	wait_until '[ "$(masu logs "$name")" = "" ]'
	echo two >&6
	status1=0 status2=0
	wait $first || status1=$?
	wait $second || status2=$?
	[ "$status1 $status2" = "3 3" ]
	[ "$(cat "$work/out1")" = "$(cat "$work/out2")" ]
	[ "$(tr ' ' '\n' <"$work/out1" | sort | xargs)" = "one two" ]
}

@test "a container that was started can be attached to, however slow its monitor is" {
	mkdir "$work/slow"
	ln -s "$BUILD"/masu-* "$work/slow"
	rm "$work/slow/masu-monitor"
	printf '#!/bin/sh\nsleep 1\nexec "%s" "$@"\n' "$BUILD/masu-monitor" >"$work/slow/masu-monitor"
	chmod +x "$work/slow/masu-monitor"
	MASU_LIBEXEC_DIR=$work/slow start -i -- sh -c 'read line; echo "got $line"; exit 5'
	attach "$name" <<<typed
	[ "$status $output" = "5 got typed" ]
}

@test "signals go to the container; with --sig-proxy=false they end masu alone" {
	start -- sh -c 'trap "echo got it; exit 4" TERM; echo ready; while :; do sleep 0.1; done'
	wait_until '[ "$(masu logs "$name")" = ready ]'
	"$BUILD/masu" attach --sig-proxy=false "$name" &
	own=$!
	"$BUILD/masu" attach "$name" >"$work/out" &
	proxied=$!
	wait_until is_attached 2
	kill -TERM $own
	status=0
	wait $own || status=$?
	[ "$status" -eq 143 ]
	[ "$(masu inspect "$name" | jq -r .[0].State.Status)" = running ]
	kill -TERM $proxied
	status=0
	wait $proxied || status=$?
	[ "$status" -eq 4 ]
	[ "$(cat "$work/out")" = "got it" ]
}

@test "a container in the foreground, and the death of a monitor" {
	"$BUILD/masu" run --name front-$name --network none "$image" sleep 1000 &
	wait_until '[ "$(masu inspect front-$name | jq -r .[0].State.Status)" = running ]'
	attach front-$name
	[ "$status" -eq 125 ]
	[[ "$stderr" == *"not in the background"* ]]
	start -- sleep 1000
	"$BUILD/masu" attach "$name" &
	attached=$!
	wait_until is_attached 1
	pkill -KILL -f "masu-monitor.*--init-pid $(masu inspect "$name" | jq .[0].State.Pid) "
	status=0
	wait $attached || status=$?
	[ "$status" -eq 137 ]
}

@test "a terminal: window, resize, the keys that detach" {
	start -i -t -- sh
	timeout 300 "$BATS_TEST_DIRNAME/terminal.py" "$BUILD/masu" "$name" attach
	[ "$(masu inspect "$name" | jq -r .[0].State.Status)" = running ]
	attach --detach-keys x,ctrl-1 "$name"
	[ "$status" -eq 125 ]
	[[ "$stderr" == *"invalid key in 'x,ctrl-1': 'ctrl-1'"* ]]
}
