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
has_lines() { [ "$(wc -l <"$work/out")" -ge "$1" ]; } # NUMBER
directory() { echo "$MASU_DATA_DIR/containers/$(of_c .Id)"; }

# A container in the background that ends when a code is written to its FIFO.
start() { # POLICY [OPTION...]
	[ -e "$work/fifo" ] || mkfifo -m 666 "$work/fifo"
	masu run -d --name $c --network none --restart "$1" -v "$work:/in" "${@:2}" "$image" \
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
	local waiting=$! sleeping
	# Another one is told the first exit code, and sleeps through the later runs.
	"$BUILD/masu" wait $c >"$work/late" &
	sleeping=$!
	wait_until 'find "/proc/$sleeping/fd" -lname "*/wait" | grep -q .'
	kill -STOP $sleeping
	for run in 0 1 2; do
		wait_until has_restarted $run
		end $((run + 3))
	done
	wait $waiting
	[ "$(cat "$work/out")" = 5 ]
	kill -CONT $sleeping || true # it may run already, beside tests/stutter
	wait $sleeping
	[ "$(cat "$work/late")" = 5 ]
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
	[[ "$(masu ps)" = *"Restarting (3) "* ]]
	[ "$(masu ps -q --filter status=restarting --filter restart-policy=always)" = "$(masu ps -aq)" ]
	[ -z "$(masu ps -q --filter restart-policy=no --filter restart-policy=on-failure)" ]
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
	# A stop may come before the process that waits has its file. Then nothing waits.
	masu start $c
	fall 3
	touch "$(directory)/stopped"
	[ "$(of_c .State.Status)" = exited ]
	[ "$(masu wait $c)" = 3 ]
	rm "$(directory)/stopped"
	is_restarting
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

@test "logs -f follows restarts, until the container is stopped" {
	for driver in k8s-file json-file; do
		start always --log-driver $driver
		"$BUILD/masu" logs -f $c >"$work/out" &
		local following=$!
		for run in 1 2 3; do
			wait_until has_lines $run
			end 0
		done
		wait_until has_lines 4
		fall 3
		kill -0 $following
		masu stop $c
		wait $following
		[ "$(xargs <"$work/out")" = "run run run run" ]
		masu rm $c
	done
}

@test "SIGTERM, as when the machine goes down, ends the policy until the next start, without the mark of the user" {
	start unless-stopped --stop-signal KILL # which ends process 1 of a container
	wait_until is_running
	kill -TERM "$(cut -d' ' -f4 "/proc/$(of_c .State.Pid)/stat")" # the monitor
	[ "$(masu wait $c)" = 137 ]
	[ "$(of_c '"\(.State.Status) \(.RestartCount)"')" = "exited 0" ]
	[ "$(masu ps -a --filter should-start-on-boot=true --format '{{.Names}}')" = $c ]
	masu start $c
	fall 3
	kill -TERM "$(cat "$(directory)/restarting")"
	[ "$(masu wait $c)" = 3 ]
	[ "$(of_c .State.Status)" = exited ]
	[ "$(masu ps -a --filter should-start-on-boot=true --format '{{.Names}}')" = $c ]
	masu start $c
	masu stop -t 0 $c
	[ -z "$(masu ps -aq --filter should-start-on-boot=true)" ]
	[ "$(masu ps -a --filter should-start-on-boot=false --format '{{.Names}}')" = $c ]
	masu rm $c
}

@test "on a full disk a restart fails, the exit code is kept, and a start works when there is room again" {
	need_root "a file system of its own"
	mkdir "$work/small"
	mount -t tmpfs -o size=4m none "$work/small"
	export MASU_DATA_DIR=$work/small/data
	start always
	wait_until is_running
	dd if=/dev/zero of="$work/small/fill" bs=1k 2>/dev/null || true
	echo 3 >"$work/fifo"
	[ "$(masu wait $c)" = 3 ]
	[ "$(of_c '"\(.State.Status) \(.State.ExitCode) \(.State.Restarting)"')" = "exited 3 false" ]
	rm "$work/small/fill"
	masu start $c
	end 3
	wait_until has_restarted 1
	masu rm -f $c
	[ -z "$(ls -A "$MASU_DATA_DIR/containers" | grep -v names)" ]
}

@test "a restart that fails ends the policy, and its reason is in inspect and events" {
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
	[[ "$(of_c .State.Error)" = *"$work/root"* ]]
	[ "$(masu events --stream=false --filter event=start_failed --format '{{.Name}} {{.Attributes.error}}')" = "$c $(of_c .State.Error)" ]
	[[ "$(masu events --stream=false --filter event=start_failed)" = *"error="*"$work/root"* ]]
	run masu start $c
	[ "$status" -ne 0 ]
	[[ "$output" = *"$(of_c .State.Error)"* ]]
	mv "$work/gone" "$work/root"
	mv "$work/fifo" "$work/root/fifo"
	masu start $c
	[ -z "$(of_c .State.Error)" ]
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
