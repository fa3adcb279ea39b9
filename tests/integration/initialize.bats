#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# masu init: a start in two steps. As root and as an ordinary user.

load ../lib/masu
load ../lib/busybox

of_c() { masu inspect "$name" | jq -r ".[0].State | $1"; } # FILTER
is() { [ "$(of_c .Status)" = "$1" ]; }
dir() { echo "$work"/data/containers/"$(masu inspect --format '{{.Id}}' "$name")"; }
state() { jq -r ".$1" "$(dir)/state.json"; }
alive() { [ -d "/proc/$1" ] && ! grep -q '^State:	Z' "/proc/$1/status"; }
waits() { find "/proc/$1/fd" -lname "$MASU_DATA_DIR/containers/*/wait" | grep -q .; } # PID

create() { # OPTION... -- COMMAND...
	local options=()
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	masu create --name "$name" --network none "${options[@]}" "$image" "${@:2}" >/dev/null
}

# Nothing is left of the preparation.
is_clean() {
	[ ! -e "$1/state.json" ] && [ -z "$(ls "$work/run/sockets")" ] && [ -z "$(ls "$work/run/containers")" ] && ! alive "$2"
}

# A command that shows that it was executed.
readonly COMMAND='echo executed; trap "exit 3" TERM; while :; do sleep 0.1; done'

@test "an initialized container is prepared, shown as such, and executes nothing" {
	create -- sh -c "$COMMAND"
	"$BUILD/masu" wait --condition initialized "$name" >"$work/code" 3>&- &
	local waiter=$!
	wait_until waits $waiter
	[ "$(masu init "$name")" = "$name" ]
	wait $waiter
	[ "$(cat "$work/code")" = -1 ]
	is initialized
	[ "$(of_c '[.Running, .Pid, .StartedAt] | map(tostring) | join(" ")')" = "false 0 0001-01-01T00:00:00Z" ]
	[ -z "$(masu ps -q)" ]
	[ "$(masu ps -a --filter status=initialized --format '{{.Names}} {{.Status}}')" = "$name Initialized" ]
	[ "$(oci --root "$work/run/containers" list --format json | jq -r '.[].status')" = created ]
	[ "$(masu init "$name")" = "$name" ] # it is already
	[ -z "$(masu logs "$name")" ]
	# Its files are those of its root.
	echo from outside >"$work/file"
	masu cp "$work/file" "$name:/file"
	local command
	for command in "exec $name true" "pause $name" "kill -s TERM $name" "attach $name" "top $name"; do
		# shellcheck disable=SC2086
		run -125 masu $command
		[[ $output == *"not running"* ]]
	done
	if is_root; then masu update --pids-limit 77 "$name"; fi
	is initialized
	[ "$(masu start "$name")" = "$name" ]
	is running
	wait_until '[ "$(masu logs "$name")" = executed ]'
	[ "$(masu exec "$name" cat /file)" = "from outside" ]
	run -125 masu init "$name"
	[[ $output == *"container '$name' is running"* ]]
	[ "$(of_c .StartedAt)" \> "$(masu inspect --format '{{.Created}}' "$name")" ]
	masu stop -t 1000 "$name"
	[ "$(of_c .ExitCode)" = 3 ]
	[ "$(masu events --stream=false -f container="$name" -f event=init -f event=start -f event=died --format '{{.Status}}' | xargs)" = "init start died" ]
}

@test "stop, kill, rm and a kill of the monitor undo an initialization: the last end stays" {
	local command init monitor dir
	create -- sh -c "$COMMAND"
	dir=$(dir)
	for status in created exited; do
		for command in "stop -t 1000" kill monitor; do
			masu init "$name"
			init=$(state pid)
			monitor=$(awk '/^PPid:/ { print $2 }' "/proc/$init/status")
			if [ "$command" = monitor ]; then
				kill -KILL "$monitor"
				wait_until '! alive '"$init"
				masu ps -aq # cleans up
			else
				# shellcheck disable=SC2086
				masu $command "$name"
			fi
			wait_until is $status
			wait_until is_clean "$dir" "$init"
			[ $status = created ] || [ "$(of_c .ExitCode)" = 3 ]
		done
		[ $status = created ] || break
		masu init "$name"
		masu restart -t 1000 "$name"
		wait_until '[ "$(masu logs "$name")" = executed ]'
		masu stop -t 1000 "$name"
	done
	[ "$(masu events --stream=false -f container="$name" -f event=died --format '{{.Status}}')" = died ]
	masu init "$name"
	init=$(state pid)
	masu rm "$name"
	run ! alive "$init"
	[ ! -e "$dir" ]
	create --rm -- true
	masu init "$name"
	masu stop "$name"
	is created
	masu rm -f "$name"
}

@test "a reboot makes an initialized container a created one, which starts" {
	create -- sh -c "$COMMAND"
	masu init "$name"
	local dir monitor
	dir=$(dir)
	monitor=$(awk '/^PPid:/ { print $2 }' "/proc/$(state pid)/status")
	cp -a "$dir/state.json" "$work/state"
	masu kill "$name"
	wait_until '! alive '"$monitor" # it has cleaned up
	[ ! -e "$dir/state.json" ]
	jq '.bootId = "00000000-0000-4000-8000-000000000000"' "$work/state" >"$dir/state.json"
	python3 -c 'import socket, os, sys
os.chdir(sys.argv[1])
socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET).bind("start.sock")' "$dir"
	is created
	masu init "$name"
	is initialized
	masu start "$name"
	is running
	[ ! -e "$dir/start.sock" ]
	masu kill "$name"
}

@test "start -a of an initialized container gets all of its output and its exit code" {
	create -i -- sh -c 'echo first; echo second >&2; cat; exit 7'
	masu init "$name"
	run -7 --separate-stderr bash -c 'echo input | "$0" start -ai "$1"' "$BUILD/masu" "$name"
	[ "$output" = "first
input" ]
	[ "$stderr" = second ]
	masu rm "$name"
	create -- /etc
	run ! masu init "$name"
	[[ $output == *"/etc"*"permission denied"* ]]
	is created
}

@test "one of several starts at once executes the command; health checks and --timeout begin with it" {
	create --health-cmd 'true' --health-interval 100ms --timeout 1000 -- sh -c "$COMMAND"
	masu init "$name"
	[ "$(of_c .Health.Status)" = null ] || [ "$(of_c .Health.Status)" = starting ]
	local i pids=() started=0
	for i in 1 2 3 4 5; do
		masu start "$name" 3>&- >/dev/null 2>"$work/error-$i" &
		pids+=($!)
	done
	for i in 1 2 3 4 5; do
		if wait "${pids[i - 1]}"; then
			started=$((started + 1))
		else
			grep -q "container '$name' is running" "$work/error-$i"
		fi
	done
	[ $started = 1 ]
	masu wait --condition healthy "$name"
	masu stop -t 1000 "$name"
	[ "$(of_c .ExitCode)" = 3 ]
}

@test "init takes required containers along, and --all those that are created" {
	masu create --name base-"$name" --network none "$image" sleep 1000 >/dev/null
	create --requires base-"$name" -- true
	masu init base-"$name"
	[ "$(masu init --all)" = "$name" ]
	[ "$(masu inspect --format '{{.State.Status}}' base-"$name")" = running ]
	is initialized
	run -125 masu rm base-"$name"
	[[ $output == *"running"* ]] || [[ $output == *"$name"* ]]
	masu kill "$name"
	run -125 masu init
	run -125 masu init --nonsense
	run -125 masu init nosuch
}
