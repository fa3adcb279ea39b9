#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# masu wait and masu restart. As root and as an ordinary user.

load ../lib/masu
load ../lib/busybox

setup() {
	setup_busybox
	c=c-$name d=d-$name
}

# A container in the background that ends when its FIFO is written to, with the code that it reads there.
start() { # NAME [OPTION...]
	mkdir -p "$work/in"
	mkfifo -m 666 "$work/in/$1"
	masu run -d --name "$1" --network none -v "$work/in:/in" "${@:2}" "$image" sh -c "read code </in/$1; exit \$code" >/dev/null
}

end() { echo "$2" >"$work/in/$1"; } # NAME CODE

status_of_c() { masu inspect $c | jq -r .[0].State.Status; }

# Whether a process waits: it has left its file in the container's directory.
waits() { find "/proc/$1/fd" -lname "$MASU_DATA_DIR/containers/*/wait" | grep -q .; } # PID

@test "exit codes of several containers, in their order; the exit is cleaned up after the wait" {
	start $c
	start $d
	"$BUILD/masu" wait $c $d >"$work/out" &
	wait_until waits $!
	end $d 4
	end $c 3
	wait $!
	[ "$(cat "$work/out")" = $'3\n4' ]
	[ "$(masu wait $c $d)" = $'3\n4' ] # they have exited
	run --separate-stderr masu wait $c nosuch $d
	[ "$status" -eq 125 ]
	[[ "$output" == *4 ]]
	[[ "$stderr" == *"no container with name or id 'nosuch'"* ]]
	[ "$(masu wait --ignore nosuch)" = -1 ]
}

@test "the exit code of a container that is removed when it exits, in the foreground and in the background" {
	start $c --rm
	"$BUILD/masu" wait $c >"$work/out" &
	wait_until waits $!
	end $c 7
	wait $!
	[ "$(cat "$work/out")" = 7 ]
	[ -z "$(masu ps -aq)" ]
	"$BUILD/masu" run --rm --name $c --network none -v "$work/in:/in" "$image" sh -c "read code </in/$c; exit \$code" &
	foreground=$!
	wait_until '[ "$(status_of_c)" = running ]'
	"$BUILD/masu" wait $c >"$work/out" &
	wait_until waits $!
	end $c 8
	wait $!
	[ "$(cat "$work/out")" = 8 ]
	status=0
	wait $foreground || status=$?
	[ "$status" -eq 8 ]
}

@test "a created container is waited for until it has run; conditions" {
	mkdir "$work/in"
	masu create --name $c --network none -v "$work/in:/in" "$image" sh -c 'exit 5' >/dev/null
	[ "$(masu wait --condition created $c)" = -1 ]
	"$BUILD/masu" wait $c >"$work/out" &
	stopped=$!
	"$BUILD/masu" wait --condition removed $c >"$work/removed" &
	removed=$!
	wait_until waits $stopped
	wait_until waits $removed
	masu start $c >/dev/null
	wait $stopped
	[ "$(cat "$work/out")" = 5 ]
	masu rm $c >/dev/null
	wait $removed
	[ "$(cat "$work/removed")" = 5 ]
	start $c
	[ "$(masu wait --condition running --condition stopped $c)" = -1 ]
	run masu wait --condition dead $c
	[ "$status" -eq 125 ]
	[[ "$output" == *"must be one of configured, created, exited, healthy, initialized, paused, removed, running, stopped, unhealthy"* ]]
}

@test "a wait costs no processor time" {
	start $c
	"$BUILD/masu" wait $c >"$work/out" &
	waiter=$!
	wait_until waits $waiter
	spent() { cut -d' ' -f14,15 "/proc/$waiter/stat" && grep ctxt "/proc/$waiter/status"; }
	# It may not have come to its sleep yet.
	wait_until 'before=$(spent) && sleep 1 && [ "$(spent)" = "$before" ]'
	end $c 1
	wait $waiter
}

@test "the death of a supervisor" {
	start $c
	"$BUILD/masu" wait $c >"$work/out" &
	wait_until waits $!
	pkill -KILL -f "masu-monitor.*--init-pid $(masu inspect $c | jq .[0].State.Pid) "
	wait $!
	[ "$(cat "$work/out")" = 137 ]
}

@test "restart: of running, exited and created containers, with the same settings" {
	masu run -d --name $c --network none -e A=b --hostname host "$image" sh -c 'echo $A $(hostname); exec sleep 1000' >/dev/null
	masu create --name made-$name --network none "$image" sleep 1000 >/dev/null
	masu run --name ended-$name --network none "$image" sh -c '[ -e /again ] || { touch /again; exit 1; }; exec sleep 1000' || true
	pid=$(masu inspect $c | jq .[0].State.Pid)
	wait_until '[ "$(masu logs $c)" = "b host" ]'
	run --separate-stderr masu restart -t 0 $c made-$name ended-$name
	[ "$status" -eq 0 ]
	[ "$output" = "$c"$'\n'"made-$name"$'\n'"ended-$name" ]
	wait_until '[ "$(masu logs $c)" = $'"'b host\nb host'"' ]'
	[ "$(masu inspect $c | jq .[0].State.Pid)" != "$pid" ]
	[ "$(masu inspect made-$name ended-$name | jq -r .[].State.Status | xargs)" = "running running" ]
	run masu restart nosuch
	[ "$status" -eq 125 ]
	run masu restart
	[ "$status" -eq 125 ]
	masu stop -t 0 made-$name >/dev/null
	[ "$(masu restart -t 0 --running | sort | xargs)" = "$c ended-$name" ]
	[ "$(masu restart -t 0 --all | sort | xargs)" = "$c ended-$name made-$name" ]
}

@test "a restart keeps a container that is removed when it exits" {
	masu run -d --rm --name $c --network none "$image" sh -c 'touch /kept; exec sleep 1000' >/dev/null
	wait_until 'masu exec $c test -e /kept'
	type=$(masu exec $c grep -m1 ' / ' /proc/mounts | cut -d' ' -f3)
	masu restart -t 0 $c >/dev/null
	[ "$(status_of_c)" = running ]
	masu exec $c test -e /kept
	[ "$(masu exec $c grep -m1 ' / ' /proc/mounts | cut -d' ' -f3)" = "$type" ] # a volatile overlay is mounted again
	masu stop -t 0 $c >/dev/null
	[ -z "$(masu ps -aq)" ]
	# A file that a killed restart has left keeps nothing.
	masu run -d --rm --name $c --network none "$image" sleep 1000 >/dev/null
	touch "$MASU_DATA_DIR/containers/$(masu inspect $c | jq -r .[0].Id)/restart"
	masu stop -t 0 $c >/dev/null
	[ -z "$(masu ps -aq)" ]
	[ -z "$(ls -A "$MASU_DATA_DIR/containers" | grep -v names)" ]
}

@test "--return-on-first: the first of several containers whose condition holds" {
	start $c
	start $d
	"$BUILD/masu" wait --return-on-first $c $d >"$work/out" &
	wait_until waits $!
	end $d 4
	wait $!
	[ "$(cat "$work/out")" = 4 ]
	[ "$(masu wait --return-on-first $c $d)" = 4 ]
	[ "$(status_of_c)" = running ]
	[ "$(masu wait --return-on-first --ignore nosuch $c)" = -1 ]
	run -125 --separate-stderr masu wait --return-on-first $d nosuch
	[ -z "$output" ]
	[[ "$stderr" == *"no container with name or id 'nosuch'"* ]]
	masu rm -f $c >/dev/null
}

@test "--condition paused, and podman's words without a state of masu" {
	need_root "a pause needs a cgroup"
	start $c
	[ "$(masu wait --condition configured --condition running -l)" = -1 ]
	"$BUILD/masu" wait --condition paused $c >"$work/out" &
	wait_until waits $!
	masu pause $c
	wait $!
	[ "$(cat "$work/out")" = -1 ]
	[ "$(masu wait --condition paused $c)" = -1 ] # it is paused already
	[ "$(masu wait --condition running $c)" = -1 ]
	masu unpause $c
	for word in removing stopping; do
		run -125 --separate-stderr masu wait --condition $word $c
		[[ "$stderr" == *"option '--condition $word': no container has this state"*"wait for "* ]]
	done
	run -125 --separate-stderr masu wait --interval 1s $c
	[[ "$stderr" == *"option '--interval' is not supported: masu does not poll"* ]]
	end $c 0
}
