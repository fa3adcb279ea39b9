#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Restart policies. As root and as an ordinary user.

load ../lib/masu
load ../lib/busybox

setup() {
	setup_busybox
	c=c-$name
}

of_c() { masu inspect $c | jq -r ".[0] | $1"; } # FILTER
is_running() { [ "$(of_c .State.Status)" = running ]; }
is_restarting() { [ "$(of_c .State.Status)" = restarting ]; }
has_restarted() { [ "$(of_c .RestartCount)" -ge "$1" ]; } # TIMES
directory() { echo "$MASU_DATA_DIR/containers/$(of_c .Id)"; }

# A container in the background that ends when a code is written to its FIFO.
start() { # POLICY
	[ -e "$work/fifo" ] || mkfifo -m 666 "$work/fifo"
	masu run -d --name $c --network none --restart "$1" -v "$work:/in" "$image" \
		sh -c 'echo run; read code </in/fifo; exit $code' >/dev/null
}

end() { # CODE
	wait_until is_running
	echo "$1" >"$work/fifo"
}

# Ends a run so that the next wait is a minute: that before the run was one, and it was short.
fall() { # CODE
	local file
	wait_until is_running
	file=$(directory)/started
	echo -n "2200-01-01T00:00:00Z 4 60000" >"$file.new"
	mv "$file.new" "$file"
	end "$1"
	wait_until is_restarting
}

@test "on-failure: restarts up to its maximum, and wait prints the last exit code" {
	start on-failure:2
	[ "$(of_c '.HostConfig.RestartPolicy | "\(.Name) \(.MaximumRetryCount)"')" = "on-failure 2" ]
	"$BUILD/masu" wait $c >"$work/out" &
	local waiting=$!
	for run in 0 1 2; do
		wait_until has_restarted $run
		end $((run + 3))
	done
	wait $waiting
	[ "$(cat "$work/out")" = 5 ]
	[ "$(of_c '"\(.State.Status) \(.State.ExitCode) \(.RestartCount)"')" = "exited 5 2" ]
	[ "$(masu logs $c | xargs)" = "run run run" ]
	# A start by the user counts anew, and success ends the policy.
	masu start $c
	end 3
	wait_until has_restarted 1
	end 0
	[ "$(masu wait $c)" = 0 ]
	[ "$(of_c .RestartCount)" = 1 ]
}

@test "while a container waits for its restart: each command" {
	start always
	fall 3
	[[ "$(masu ps -a)" = *"Restarting (3) "* ]]
	[ "$(of_c .State.Restarting)" = true ]
	[ "$(masu logs $c)" = run ]
	for command in "exec $c true" "pause $c" "kill -s HUP $c" "attach $c" "top $c"; do
		run masu $command
		[ "$status" -ne 0 ]
		[[ "$output" = *"not running"* ]]
	done
	run masu rm $c
	[ "$status" -eq 125 ]
	[[ "$output" = *"is restarting"* ]]
	"$BUILD/masu" wait $c >"$work/out" &
	local waiting=$!
	masu stop $c
	wait $waiting
	[ "$(cat "$work/out")" = 3 ]
	[ "$(of_c .State.Status)" = exited ]
	for command in start "restart -t 0"; do
		masu start $c
		fall 3
		masu $command $c
		is_running
		[ "$(of_c .RestartCount)" = 0 ]
		masu stop -t 0 $c
		masu start $c
		fall 3
	done
	masu kill $c
	[ "$(of_c .State.Status)" = exited ]
	masu start $c
	fall 3
	masu update --restart no $c
	[ "$(of_c .State.Status)" = exited ]
	masu update --restart always $c
	masu start $c
	fall 3
	masu rename $c other-$name
	masu rm -f other-$name
	[ -z "$(masu ps -aq)" ]
	[ -z "$(ls -A "$MASU_DATA_DIR/containers" | grep -v names)" ]
}

@test "stop, kill and an update end the policy; other signals and a restart do not" {
	start always
	end 0
	wait_until has_restarted 1
	wait_until is_running
	masu exec $c kill -HUP 1 # ignored by a shell with the pid 1
	masu stop -t 0 $c
	[ "$(masu wait $c)" = 137 ]
	masu restart $c
	end 0
	wait_until has_restarted 1
	wait_until is_running
	masu kill $c
	[ "$(masu wait $c)" = 137 ]
	masu update --restart no $c
	masu start $c
	[ "$(of_c .HostConfig.RestartPolicy.Name)" = no ]
	masu update --restart always $c
	end 0
	wait_until has_restarted 1
	# Two stops at once.
	masu stop -t 0 $c &
	masu stop -t 0 $c
	wait $!
	[ "$(of_c .State.Status)" = exited ]
}

@test "a killed monitor or waiting process ends the policy, and nothing is left" {
	start always
	"$BUILD/masu" wait $c >"$work/out" &
	local waiting=$!
	fall 3
	kill -KILL "$(cat "$(directory)/restarting")"
	wait $waiting
	[ "$(cat "$work/out")" = 3 ]
	[[ "$(masu ps -a)" = *"Exited (3) "* ]]
	masu start $c
	end 4
	wait_until has_restarted 1
	wait_until is_running
	pkill -KILL -f "masu-monitor.*--init-pid $(of_c .State.Pid) "
	[ "$(masu wait $c)" = 137 ]
	[ "$(of_c .State.Status)" = exited ]
	masu rm $c
	[ -z "$(ls -A "$MASU_DATA_DIR/containers" | grep -v names)" ]
}

@test "a restart that fails ends the policy" {
	mkdir -p "$work/root"
	make_root "$work/root" sh
	mkfifo -m 666 "$work/root/fifo"
	masu run -d --name $c --network none --restart always --rootfs "$work/root" sh -c 'read code </fifo; exit $code' >/dev/null
	wait_until is_running
	mv "$work/root/fifo" "$work/fifo"
	mv "$work/root" "$work/gone"
	echo 3 >"$work/fifo"
	[ "$(masu wait $c)" = 3 ]
	[ "$(of_c .State.Status)" = exited ]
	run masu start $c
	[ "$status" -ne 0 ]
}

@test "wrong policies, and options that exclude each other" {
	for policy in never on-failure:0 on-failure:x always:3; do
		run masu create --restart $policy "$image"
		[ "$status" -eq 125 ]
	done
	run masu create --rm --restart always "$image"
	[ "$status" -eq 125 ]
	[[ "$output" = *"removed when it exits"* ]]
	run masu run --restart always "$image"
	[ "$status" -eq 125 ]
	[[ "$output" = *"--detach"* ]]
	masu create --name $c --restart always "$image" true >/dev/null
	run masu start -a $c
	[ "$status" -eq 125 ]
	[[ "$output" = *"restart policy"* ]]
	[ "$(of_c .State.Status)" = created ]
	masu create --name auto-$name --rm "$image" true >/dev/null
	run masu update --restart always auto-$name
	[ "$status" -eq 125 ]
	masu update --restart no auto-$name
	[ -z "$(masu ps -q)" ]
}
