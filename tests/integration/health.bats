#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Health checks and --timeout. As root and as an ordinary user.

load ../lib/masu
load ../lib/busybox

setup_file() {
	make_images busybox configs
	probe_containers
}

setup() {
	setup_busybox
	c=c-$name
	mkdir -m 777 "$work/in"
}

of_c() { masu inspect $c | jq -r ".[0] | $1"; } # FILTER
health_is() { [ "$(of_c .State.Health.Status)" = "$1" ]; }
events_of_c() { masu events --stream=false -f container=$c -f event=health_status --format '{{.Attributes.health_status}}' | xargs; }
ticks() { cat "$work/in/ticks" 2>/dev/null | wc -l; }
init_parent() { awk '/^PPid:/ { print $2 }' "/proc/$(of_c .State.Pid)/status"; }
checker() { pgrep -f "container-check $(of_c .Id)"; }

# A container in the background. Its check passes while /in/ok exists, and adds a line to /in/ticks.
readonly CHECK='echo tick >>/in/ticks; echo output; test -e /in/ok'
start() { # OPTION... [-- COMMAND...]
	local options=()
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	[ $# -gt 0 ] || set -- -- sleep 1000
	masu run -d --name $c --network none -v "$work/in:/in" --stop-timeout 0 --health-cmd "$CHECK" "${options[@]}" "$image" "${@:2}" >/dev/null
}

@test "the supervisor checks at each interval; the state is in inspect, ps, wait and events" {
	start --health-interval 100ms --health-retries 2
	[ "$(masu wait --condition unhealthy $c)" = -1 ]
	[ "$(of_c '.State.Health | .FailingStreak >= 2 and .Log[-1].ExitCode == 1 and .Log[-1].Output == "output\n"')" = true ]
	[[ "$(masu ps --format '{{.Status}}' -f health=unhealthy)" == *" (unhealthy)" ]]
	[ -z "$(masu ps -q -f health=healthy)" ]
	touch "$work/in/ok"
	masu wait --condition healthy $c
	[ "$(of_c .State.Health.FailingStreak)" = 0 ]
	[[ "$(masu ps --format '{{.Status}}' -f health=healthy)" == *" (healthy)" ]]
	[ "$(masu ps --format json | jq -r .[0].Health)" = healthy ]
	# Checks go on. Only five are kept, and the journal has the changes alone.
	local before=$(ticks)
	wait_until '[ "$(ticks)" -ge $((before + 6)) ]'
	[ "$(of_c '.State.Health.Log | length')" = 5 ]
	[ "$(events_of_c)" = "unhealthy healthy" ]
	[ -z "$(masu events --stream=false -f event=exec)" ]
	# The last health of a run stays on record, and a new run begins without it.
	masu stop $c
	health_is healthy
	[ -z "$(masu ps -aq -f health=healthy)" ]
	[ "$(masu ps -aq -f health=none | wc -l)" = 1 ]
	rm "$work/in/ok"
	masu start $c
	masu wait --condition unhealthy $c
	[ "$(events_of_c)" = "unhealthy healthy unhealthy" ]
}

@test "a wait for a health ends when its event is recorded, too" {
	start --health-interval disable --health-retries 1
	# The check waits for a reader of the journal.
	local journal=$MASU_DATA_DIR/events/log waiter
	mv "$journal" "$work/journal"
	mkfifo "$journal"
	"$BUILD/masu" healthcheck run --ignore-result $c &
	local check=$!
	wait_until health_is unhealthy
	"$BUILD/masu" wait --condition unhealthy $c >"$work/waited" &
	waiter=$!
	wait_until 'find "/proc/$waiter/fd" -lname "*/health.lock" | grep -q .'
	[ ! -s "$work/waited" ]
	cat "$journal" >>"$work/journal"
	wait $check $waiter
	mv "$work/journal" "$journal"
	[ "$(events_of_c)" = unhealthy ]
}

@test "healthcheck run: exit status, retries, several at once, errors" {
	start --health-interval disable --health-retries 6
	[[ "$(masu ps --format '{{.Status}}')" == *" (health: starting)" ]]
	run -1 masu healthcheck run $c
	masu healthcheck run --ignore-result $c
	health_is starting
	local pids=() pid
	for _ in 1 2 3; do
		"$BUILD/masu" healthcheck run $c &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do
		status=0
		wait "$pid" || status=$?
		[ "$status" = 1 ]
	done
	[ "$(of_c '.State.Health | "\(.Status) \(.FailingStreak)"')" = "starting 5" ]
	run -1 masu healthcheck run $c
	health_is unhealthy
	touch "$work/in/ok"
	masu healthcheck run $c
	health_is healthy
	[ "$(ticks)" = 7 ]
	masu pause $c 2>/dev/null && {
		run -125 masu healthcheck run $c
		[[ "$output" == *"paused"* ]]
		masu unpause $c
	}
	masu stop $c
	run -125 masu healthcheck run $c
	[[ "$output" == *"cannot check container \"$c\": not running"* || "$output" == *"is not running"* ]]
	run -125 masu healthcheck run nosuch
	masu create --name d-$name --network none "$image" true >/dev/null
	run -125 masu healthcheck run d-$name
	[[ "$output" == *"container \"d-$name\" has no health check"* ]]
	run -125 masu wait --condition healthy d-$name
	[[ "$output" == *"has no health check"* ]]
}

@test "start period: the start interval applies, and failures do not count before a success" {
	start --health-start-period 10h --health-start-interval 100ms --health-interval 10h --health-retries 1
	wait_until '[ "$(ticks)" -ge 3 ]'
	wait_until '[ "$(of_c ".State.Health.Log | length")" -ge 2 ]'
	[ "$(of_c '.State.Health | "\(.Status) \(.FailingStreak)"')" = "starting 0" ]
	touch "$work/in/ok"
	masu wait --condition healthy $c
	rm "$work/in/ok"
	run -1 masu healthcheck run $c
	health_is unhealthy
}

@test "a check that exceeds its timeout has failed, and its processes are killed" {
	start --health-interval disable --health-timeout 300ms --health-retries 1 \
		--health-cmd 'echo part; sleep 501 & setsid sleep 502 & (sleep 503 &); sleep 504'
	run -1 masu healthcheck run $c
	[ "$(of_c '.State.Health.Log[0].ExitCode')" = -1 ]
	[[ "$(of_c '.State.Health.Log[0].Output')" == *"exceeded its timeout of 0.300 s"* ]]
	# Process 1, a sleep, does not reap: zombies may stay.
	alone() { [ "$(masu top $c state,args | tail -n +2 | grep -v '^Z' | sed 's/^. *//')" = "sleep 1000" ]; }
	wait_until alone
}

@test "a container that stops the processes of a check, also before the command, fails it" {
	start --health-interval disable --health-timeout 300ms --health-cmd 'sleep 1000' -- \
		sh -c 'while :; do for p in /proc/[0-9]*; do [ ${p#/proc/} = 1 ] || kill -STOP ${p#/proc/}; done; done'
	for _ in 1 2 3 4 5; do run -1 masu healthcheck run $c; done
	[ "$(of_c '.State.Health | .FailingStreak == 5 and all(.Log[]; .ExitCode == -1)')" = true ]
}

@test "output: the first 4096 bytes, valid UTF-8; a missing command has failed" {
	start --health-interval disable --health-cmd 'printf "\377\000\033[2J"; head -c 10000 /dev/zero | tr "\0" x; exit 2'
	run -1 masu healthcheck run $c
	of_c '.State.Health.Log[0].Output' | iconv -f UTF-8 -t UTF-8 >/dev/null
	[ "$(of_c '.State.Health.Log[0] | "\(.ExitCode) \(.Output | length)"')" = "2 4096" ]
	masu rm -f $c
	start --health-interval disable --health-cmd '["nosuch", "a"]'
	[ "$(of_c '.Config.Healthcheck.Test | join(" ")')" = "CMD nosuch a" ]
	run -1 masu healthcheck run $c
	[ "$(of_c '.State.Health.Log[0].ExitCode')" = 127 ]
	[[ "$(of_c '.State.Health.Log[0].Output')" == *nosuch* ]]
}

@test "--health-on-failure kill: a restart policy starts it again" {
	start --health-interval 100ms --health-retries 1 --health-on-failure kill --restart on-failure:1
	[ "$(masu wait $c)" = 137 ]
	[ "$(of_c .RestartCount)" = 1 ]
	[ "$(events_of_c)" = "unhealthy unhealthy" ]
	health_is unhealthy
}

@test "--health-on-failure stop: gently, and a restart policy ends" {
	start --health-interval 100ms --health-retries 1 --health-on-failure stop --stop-timeout 600 --restart always \
		--health-timeout 10h --health-cmd 'until test -e /in/ready; do sleep 0.1; done; exit 1' -- sh -c 'trap "exit 7" TERM; touch /in/ready; while :; do sleep 0.1; done'
	[ "$(masu wait $c)" = 7 ]
	[ "$(of_c '"\(.State.Status) \(.RestartCount)"')" = "exited 0" ]
	[ "$(events_of_c)" = unhealthy ]
}

@test "--health-on-failure restart: until it is healthy, and not after a stop by the user" {
	start --health-interval 100ms --health-retries 1 --health-on-failure restart
	wait_until '[ "$(of_c .RestartCount)" -ge 1 ]'
	touch "$work/in/ok"
	masu wait --condition healthy $c
	local restarts=$(of_c .RestartCount)
	rm "$work/in/ok"
	wait_until '[ "$(of_c .RestartCount)" -gt '$restarts' ]'
	masu stop $c
	[ "$(of_c .State.Status)" = exited ]
	[ "$(masu wait $c)" -ge 0 ]
	touch "$work/in/ok"
	masu start $c
	masu wait --condition healthy $c
	[ "$(of_c .RestartCount)" = 0 ]
	masu stop $c
	run -125 masu start -a $c
	[[ "$output" == *"restart policy of its health check"* ]]
}

@test "a stop is not cut short by the action of a check" {
	mkfifo -m 666 "$work/in/end"
	start --health-interval disable --health-retries 1 --health-on-failure kill --stop-timeout 6000 -- \
		sh -c 'trap "echo stopping >/in/stopping; read code </in/end; exit \$code" TERM; touch /in/ready; while :; do sleep 0.1; done'
	wait_until '[ -e "$work/in/ready" ]'
	"$BUILD/masu" stop $c &
	wait_until '[ -s "$work/in/stopping" ]'
	run -1 masu healthcheck run $c
	health_is unhealthy
	[ "$(of_c .State.Status)" = running ]
	echo 9 >"$work/in/end"
	wait $!
	[ "$(of_c .State.ExitCode)" = 9 ]
}

@test "a paused container is not checked" {
	touch "$work/in/ok"
	start --health-interval 50ms
	masu wait --condition healthy $c
	masu pause $c 2>/dev/null || skip "this container has no cgroup that can be frozen"
	# The result of a check that has just ended may still come.
	wait_until 'log=$(of_c .State.Health) && sleep 0.5 && [ "$(of_c .State.Health)" = "$log" ]'
	[[ "$(masu ps --format '{{.Status}}')" == *" (Paused)" ]]
	masu unpause $c
	wait_until '[ "$(of_c .State.Health)" != "$log" ]'
}

@test "in the foreground: checks, actions, and the end by --timeout" {
	touch "$work/in/ok"
	"$BUILD/masu" run --name $c --network none -v "$work/in:/in" --health-cmd "$CHECK" --health-interval 100ms \
		--health-retries 1 --health-on-failure kill "$image" sleep 1000 &
	wait_until health_is healthy
	rm "$work/in/ok"
	status=0
	wait $! || status=$?
	[ "$status" = 137 ]
	health_is unhealthy
	[ "$(events_of_c)" = "healthy unhealthy" ]
	run -1 checker
	run -137 masu run --rm --network none --timeout 1 "$image" sleep 1000
	run -3 masu run --rm --network none --timeout 6000 "$image" sh -c 'exit 3'
}

@test "--timeout in the background: each run has its time" {
	start --timeout 1 --restart on-failure:1
	[ "$(of_c .Config.Timeout)" = 1 ]
	[ "$(masu wait $c)" = 137 ]
	[ "$(of_c .RestartCount)" = 1 ]
}

@test "a killed check records nothing, and the next one comes; none is left after the end" {
	mkfifo "$work/in/fifo"
	start --health-interval 100ms --health-timeout 10h --health-cmd 'echo tick >>/in/ticks; read line </in/fifo'
	wait_until '[ "$(ticks)" = 1 ]'
	kill -9 $(checker | head -n 1)
	wait_until '[ "$(ticks)" = 2 ]'
	[ "$(of_c '.State.Health | "\(.Status) \(.Log | length)"')" = "starting 0" ]
	local id=$(of_c .Id)
	masu stop $c
	run -1 pgrep -f "container-check $id"
	[ "$(of_c '.State.Health | "\(.Status) \(.Log | length)"')" = "starting 0" ]
}

@test "after SIGKILL to the monitor: the container has exited, and a start begins anew" {
	start --health-interval 100ms --health-retries 1
	masu wait --condition unhealthy $c
	kill -9 "$(init_parent)"
	wait_until '[ "$(of_c .State.Status)" = exited ]'
	health_is unhealthy
	[ -z "$(masu ps -aq -f health=unhealthy)" ]
	wait_until '! checker'
	touch "$work/in/ok"
	masu start $c
	masu wait --condition healthy $c
}

@test "a container without a check and a timeout has no timer" {
	masu run -d --name $c --network none "$image" sleep 1000 >/dev/null
	run -1 grep -l timerfd <(ls -l "/proc/$(init_parent)/fd")
	[ "$(of_c '.State | has("Health")')" = false ]
	[ ! -e "$MASU_DATA_DIR/containers/$(of_c .Id)/health.json" ]
	masu rm -f $c
	start --health-interval 10h
	grep timerfd <(ls -l "/proc/$(init_parent)/fd")
}

@test "the image's check, options over it, and none" {
	local healthy=oci:$IMAGES:health
	masu create --name $c --network none "$healthy" sleep 1000 >/dev/null
	[ "$(masu commit -q $c committed >/dev/null && masu image inspect committed | jq -c '.[0].Config.Healthcheck.Test')" = '["CMD","true"]' ]
	[ "$(of_c '.Config.Healthcheck | "\(.Test | join(" ")) \(.Interval) \(.Timeout) \(.StartPeriod) \(.StartInterval) \(.Retries)"')" = \
		"CMD true 3000000000 30000000000 60000000000 5000000000 5" ]
	masu create --replace --name $c --network none --health-interval 1m30s --health-retries 2 --health-start-period 0 "$healthy" sleep 1 >/dev/null
	[ "$(of_c '.Config.Healthcheck | "\(.Test | join(" ")) \(.Interval) \(.StartPeriod) \(.Retries)"')" = "CMD true 90000000000 0 2" ]
	for option in --no-healthcheck --health-cmd=none; do
		masu create --replace --name $c --network none $option "$healthy" sleep 1 >/dev/null
		[ "$(of_c '.Config | has("Healthcheck")')" = false ]
	done
	run -125 masu create --replace --name $c --network none "oci:$IMAGES:health-odd" true
	[[ "$output" == *"health check"*"--no-healthcheck"* ]]
	masu create --replace --name $c --network none --no-healthcheck "oci:$IMAGES:health-odd" true
}

@test "update: the next check has the new settings; an interval begins with the next start" {
	start --health-interval 100ms --health-retries 1
	masu wait --condition unhealthy $c
	masu update --health-cmd true --health-retries 7 --health-timeout 9s --health-on-failure stop $c
	masu wait --condition healthy $c
	[ "$(of_c '.Config.Healthcheck | "\(.Test[1]) \(.Retries) \(.Timeout) \(.Interval)"')" = "true 7 9000000000 100000000" ]
	[ "$(of_c .Config.HealthcheckOnFailureAction)" = stop ]
	masu update --health-interval disable --health-on-failure none $c
	masu restart -t 0 $c
	[ "$(of_c .State.Health.Status)" = starting ]
	masu healthcheck run $c
	health_is healthy
	masu update --no-healthcheck $c
	[ "$(of_c .Config.Healthcheck)" = null ]
	run -125 masu update --health-retries 2 $c
	[[ $output == *'"'$c'" has no health check'*--health-cmd* ]]
	run -125 masu update --health-cmd true --no-healthcheck $c
	masu update --health-cmd '["CMD", "false"]' --health-interval 100ms --restart always $c
	run -1 masu healthcheck run $c
	masu restart -t 0 $c
	masu wait --condition unhealthy $c
	masu create --name $c-rm --rm --network none --health-cmd true "$image" true
	run -125 masu update --health-on-failure restart $c-rm
	[[ $output == *"removed when it exits"* ]]
}

@test "each wrong option is named in its error" {
	local line option message
	while IFS='|' read -r option message; do
		# shellcheck disable=SC2086 # several options
		run -125 masu create --network none $option "$image" true
		[[ "$output" == *"$message"* ]] || { echo "$option: $output"; return 1; }
	done <<-'END'
		--health-cmd=|must be a command, or none
		--health-cmd=[]|must be an array of strings
		--health-cmd=["a",1]|must be an array of strings
		--health-cmd=["CMD-SHELL"]|invalid command
		--health-interval=5|must be a duration
		--health-interval=5s|no health check
		--health-cmd=x --health-interval=1us|shorter than a millisecond
		--health-retries=0|must be a number from 1 on
		--health-on-failure=never|must be one of none, kill, restart, stop
		--health-startup-cmd=x|--health-start-period
		--health-cmd=x --health-on-failure=restart --rm|cannot be restarted
		--health-cmd=x --no-healthcheck|exclude each other
		--timeout=1m|must be a number of seconds
	END
	[ -z "$(masu ps -aq)" ]
}
