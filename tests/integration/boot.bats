#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# State after a reboot, and the start of the containers whose policy asks for it. As root and as an ordinary user.

load ../lib/masu
load ../lib/busybox

container() { # NAME [OPTION...]
	masu run -d --name "$1-$name" --network none "${@:2}" "$image" sleep 1000 >/dev/null
}

names() { sed "s/-$name$//" | xargs; }
of() { masu inspect "$1-$name" | jq -r ".[0] | $2"; } # NAME FILTER
is_gone() { ! kill -0 "$1" 2>/dev/null; } # PID

# All processes of the containers are killed, and their files are those of another boot, in which their pids and start times
# are those of a process that lives. The run-time directory is empty.
reboot() {
	local file monitors
	monitors=$(for file in "$MASU_DATA_DIR"/containers/*/state.json; do cut -d' ' -f4 "/proc/$(jq .pid "$file")/stat"; done)
	kill -KILL $monitors
	for monitor in $monitors; do wait_until is_gone "$monitor"; done
	for file in "$MASU_DATA_DIR"/containers/*/state.json; do
		jq -c --argjson pid $$ --argjson start "$(cut -d' ' -f22 /proc/$$/stat)" \
			'.pid = $pid | .startTime = $start | .bootId = "00000000-0000-4000-8000-000000000000"' "$file" >"$work/state"
		cat "$work/state" >"$file"
	done
	rm -rf "$MASU_RUN_DIR"
}

@test "after a reboot: status, and which containers start, in their order" {
	container one --restart always
	container two --restart unless-stopped
	container three --restart unless-stopped
	container four --restart on-failure
	container five
	container six --restart always
	container temporary --rm
	masu create --name seven-$name --network none --restart always "$image" sleep 1000 >/dev/null
	masu stop -t 0 three-$name six-$name
	[ "$(masu ps --format '{{.Names}}' | names)" = "temporary five four two one" ]
	local before
	before=$(of one .State.Pid)
	reboot
	[ -z "$(masu ps -q)" ]
	for container in one two four five; do
		[ "$(of $container '"\(.State.Status) \(.State.ExitCode) \(.State.Pid) \(.State.Running)"')" = "exited 137 0 false" ]
	done
	[ "$(of seven .State.Status)" = created ]
	[ -z "$(masu ps -aq --filter name=temporary)" ]
	[ "$(masu ps -a --filter should-start-on-boot=true --format '{{.Names}}' | names)" = "six two one" ]
	run --separate-stderr masu start --all --filter should-start-on-boot=true
	[ "$status" = 0 ]
	[ "$(names <<<"$output")" = "one two six" ]
	[ "$(masu ps --format '{{.Names}}' | names)" = "six two one" ]
	[ "$(of one .State.Pid)" != "$before" ]
	# Again, as when the service starts twice: nothing to do.
	run --separate-stderr masu start --all --filter should-start-on-boot=true
	[ "$status" = 0 ]
	[ -z "$output" ]
	# The start was that of the policy: a stop by the user is marked anew, and ends it.
	masu stop -t 0 two-$name
	[ "$(masu ps -a --filter should-start-on-boot=true --format '{{.Names}}' | names)" = "six one" ]
}

@test "a container that cannot start does not prevent the others" {
	mkdir "$work/root"
	make_root "$work/root" sleep
	container first --restart always
	masu run -d --name broken-$name --network none --restart always --rootfs "$work/root" sleep 1000 >/dev/null
	container last --restart always
	reboot
	mv "$work/root" "$work/gone"
	run --separate-stderr masu start --all --filter restart-policy=always
	[ "$status" = 125 ]
	[ "$output" = first-$name$'\n'last-$name ]
	[[ "$stderr" = *"masu: "*"$work/root"* ]]
	[[ "$(of broken .State.Error)" = *"$work/root"* ]]
	[ "$(of broken .State.Status)" = exited ]
	mv "$work/gone" "$work/root"
	[ "$(masu start --all | names)" = broken ]
}

@test "start --all: wrong options" {
	for options in "" "--filter status=exited x" "--filter status=exited" "--all x" "--all -a" "--all --filter restart-policy=on-failure:3" \
		"--all --filter restart-policy=never" "--all --filter should-start-on-boot=maybe"; do
		run masu start $options
		[ "$status" = 125 ]
	done
	[ -z "$(masu start --all --filter status=running)" ]
}
