#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A container between the clone of its init and the execve(2) of its command: it is starting, and no command takes it for a
# running one. As root and as an ordinary user.

load ../lib/masu
load ../lib/busybox

# The execve(2) of a leased file waits until the lease is released, for 45 s by default.
lease() { # FILE
	mkfifo "$work/go"
	python3 -c 'import fcntl, signal, sys
signal.signal(signal.SIGIO, signal.SIG_IGN)
program = open(sys.argv[1], "rb") # execve(2) refuses a file that is still open for writing
fcntl.fcntl(program, fcntl.F_SETLEASE, fcntl.F_WRLCK)
print("leased", flush=True)
sys.stdin.readline()' "$1" <"$work/go" >"$work/leased" 3>&- &
	exec 9>"$work/go"
	wait_until '[ -s "$work/leased" ]'
}

release() {
	echo go >&9
	exec 9>&-
}

has_status() { [ "$(masu inspect --format '{{.State.Status}}' "$name")" = "$1" ]; }
init() { jq .pid "$work"/data/containers/*/state.json; }

# A start whose init waits in its execve(2) of masu-init. `run` is the process that waits for the start.
start_held() { # [OPTION...] -- COMMAND [ARGUMENT...]
	local options=()
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	rm -rf "$work"/{libexec,go,leased}
	mkdir "$work/libexec"
	ln -s "$BUILD"/masu-* "$work/libexec"
	rm "$work/libexec/masu-init"
	cp "$BUILD/masu-init" "$work/libexec"
	lease "$work/libexec/masu-init"
	MASU_LIBEXEC_DIR=$work/libexec masu run -d --name "$name" --network none --init "${options[@]}" "$image" "${@:2}" \
		>/dev/null 2>"$work/run-error" 3>&- 9>&- &
	run=$!
	wait_until 'has_status starting && [ "$(blocked)" = fffffffe7ffbfeff ]'
}

blocked() { awk '/^SigBlk/ { print $2 }' "/proc/$(init)/status"; }

# A command that acts before the execve(2) has failed by the end of this second. None is taken for late.
let_it_fail() { sleep 1; }

@test "lists, filters and inspect show a start until the execve, and a running container after it" {
	start_held -- sleep 1000
	[ -z "$(masu ps -q)" ]
	[ "$(masu ps -a --filter status=starting --format '{{.Names}} {{.Status}}')" = "$name Starting" ]
	[ "$(masu inspect --format '{{.State.Running}} {{.State.Pid}}' "$name")" = "false 0" ]
	[ "$(oci --root "$work/data/containers" list --format json | jq -r '.[].status')" = creating ]
	masu wait --condition running "$name" >/dev/null 3>&- 9>&- &
	local waiter=$!
	let_it_fail
	kill -0 "$waiter"
	release
	wait "$waiter"
	[ "$(masu ps --format '{{.Names}}')" = "$name" ]
	wait "$run"
}

@test "exec, pause and kill wait for the execve, and their effect is not lost" {
	local other
	start_held -- sleep 1000
	masu exec "$name" true 3>&- 9>&- &
	other=$!
	let_it_fail
	kill -0 "$other"
	release
	wait "$other"
	wait "$run"
	masu rm -f "$name" >/dev/null

	start_held -- sleep 1000
	masu kill --signal TERM "$name" >/dev/null 3>&- 9>&- &
	other=$!
	let_it_fail
	kill -0 "$other"
	release
	wait "$other"
	wait "$run"
	[ "$(masu wait "$name")" = 143 ]
	masu rm "$name" >/dev/null
}

@test "stop of a start waits for the execve, and then sends its signal" {
	start_held -- sleep 1000
	masu stop -t 1000 "$name" >/dev/null 3>&- 9>&- &
	local stop=$!
	let_it_fail
	has_status starting
	release
	wait "$stop"
	wait "$run"
	[ "$(masu inspect --format '{{.State.Status}} {{.State.ExitCode}}' "$name")" = "exited 143" ]
}

@test "a start that hangs is ended by stop after its timeout, by kill and by rm -f at once" {
	local command code
	for command in "stop -t 1" "stop -t 0" kill "rm -f"; do
		start_held -- sleep 1000
		# shellcheck disable=SC2086
		masu $command "$name" 9>&-
		code=0
		# 125: it had not announced the execve(2) yet.
		wait "$run" || code=$?
		[ "$code" -eq 0 ] || [ "$code" -eq 125 ]
		if [[ $command != rm* ]]; then
			wait_until 'has_status exited || has_status created' # its supervisor cleans up after a kill
			masu rm "$name"
		fi
		[ -z "$(masu ps -aq)" ]
		exec 9>&-
	done
}

@test "a signal that comes before masu-init has started is not lost" {
	start_held -- sleep 1000
	kill -TERM "$(init)"
	release
	wait "$run"
	[ "$(masu wait "$name")" = 143 ]
}

@test "masu-oci: kill of a container that is being created reports that" {
	make_bundle sleep
	lease "$work/b/rootfs/bin/busybox"
	config "c['process']['args'] = ['sleep', '1000']"
	oci run -d "$name" 3>&- 9>&- &
	run=$!
	wait_until '[ "$(status_of "$name")" = creating ]'
	run oci kill "$name" TERM
	[ "$status" -ne 0 ]
	[[ $output == *"container '$name' is still being created"* ]]
	release
	wait "$run"
	[ "$(status_of "$name")" = running ]
	oci kill "$name" KILL
}
