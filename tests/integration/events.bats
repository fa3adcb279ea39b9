#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Events: each command writes its own, `masu events` prints them, and nothing that goes wrong with them fails a command.

load ../lib/masu
load ../lib/busybox

need_cgroup() { need_root "an ordinary user without systemd has no cgroup"; }

create() { masu create --name "$name" --network none "$@" >/dev/null; } # [OPTION...] IMAGE [COMMAND...]
detach() { masu run -d --name "$name" --network none "$@" >/dev/null; }

all() { masu events --stream=false "$@"; } # [OPTION...]
json() { all --format json "$@"; }

# The names of the events, each with its exit code.
words() { # [OPTION...]
	json "$@" | jq -r '.Status + if has("ContainerExitCode") then "=\(.ContainerExitCode)" else "" end' | xargs
}
of_containers() { words -f type=container "$@"; }

@test "a container in the foreground: create, start, attach, died, remove" {
	run masu run --rm --name "$name" --network none --label color=blue "$image" sh -c 'exit 7'
	[ "$status" = 7 ]
	[ "$(of_containers)" = "create start attach died=7 remove" ]
	[ "$(json -f type=container | jq -r .Name | uniq)" = "$name" ]
	[ "$(json -f type=container | jq -r .Image | uniq)" = "$(masu images --format json | jq -r '.[0].RepoTags[0]')" ]
	[ "$(json -f type=container | jq -r .Attributes.color | uniq)" = blue ]
	json | jq -e 'select((.time | type) != "number" or (.timeNano / 1e9 | floor) != .time)' && return 1
	[ "$(all -f event=died)" = "$(all | grep ' container died ')" ]
	[[ "$(all -f event=died)" =~ ^[0-9-]{10}\ [0-9:]{8}\.[0-9]{9}\ [+-][0-9]{4}\ [A-Z0-9+-]+\ container\ died\ [0-9a-f]{64}\ \(image=.*,\ name=$name,\ exitCode=7,\ color=blue\)$ ]]
	[ "$(all -f event=died --format '{{.Status}} {{.ContainerExitCode}} {{.Attributes.color}}')" = "died 7 blue" ]
	[[ "$(all -f event=died --no-trunc=false)" =~ \ [0-9a-f]{12}\ \(image ]]
}

@test "a container in the background: its monitor, or the next command, writes the end once" {
	detach "$image" sh -c 'exit 3'
	masu wait "$name"
	[ "$(of_containers)" = "create start died=3" ]
	masu start "$name" >/dev/null
	masu wait "$name"
	masu rm "$name"
	[ "$(of_containers)" = "create start died=3 start died=3 remove" ]

	detach --rm "$image" sh -c 'exit 4'
	masu wait --condition removed "$name" || true
	[ "$(of_containers -f label=)" = "" ]
	[ "$(of_containers | xargs -n1 | tail -4 | xargs)" = "create start died=4 remove" ]
}

@test "a supervisor that is killed: the next command writes the end" {
	detach "$image" sleep 1000
	monitor=$(ps -o ppid= -p "$(masu inspect "$name" | jq '.[0].State.Pid')")
	kill -9 $monitor
	wait_until has_stopped
	[ "$(of_containers)" = "create start died=137" ]
	masu ps -a >/dev/null
	masu rm "$name" >/dev/null
	[ "$(of_containers)" = "create start died=137 remove" ]
}
has_stopped() { [ "$(masu ps -aq | wc -l)" = 1 ] && [ -z "$(masu ps -q)" ]; }

@test "a container that is removed while it runs has died" {
	detach "$image" sleep 1000
	masu rm -f "$name" >/dev/null
	[ "$(of_containers)" = "create start died=137 remove" ]
}

@test "stop, restart, kill and exec" {
	detach "$image" sh -c 'trap "exit 5" TERM; echo ready; while :; do sleep 0.1; done'
	wait_until '[ "$(masu logs "$name")" = ready ]'
	masu exec "$name" sh -c 'exit 6' && return 1
	masu stop "$name" >/dev/null
	[ "$(of_containers)" = "create start exec exec_died=6 died=5 stop" ]
	masu restart "$name" >/dev/null
	[ "$(of_containers | xargs -n1 | tail -2 | xargs)" = "start restart" ]
	wait_until '[ "$(masu logs "$name" | xargs)" = "ready ready" ]'
	masu kill -s TERM "$name" >/dev/null
	masu wait "$name" >/dev/null
	[ "$(of_containers | xargs -n1 | tail -2 | xargs)" = "kill died=5" ]
	[ "$(json -f event=kill | jq -r .Attributes.signal)" = 15 ]
	[ "$(json -f event=exec -f event=exec_die | jq -r .Attributes.execID | uniq | wc -l)" = 1 ]
	[ "$(words -f event=exec_create)" = exec ]
	masu stop "$name" >/dev/null # it is not running
	[ "$(of_containers | xargs -n1 | tail -1)" = died=5 ]
}

@test "restart of a running container with --rm reports one end" {
	detach --rm "$image" sleep 1000
	masu restart -t 0 "$name" >/dev/null
	[ "$(of_containers)" = "create start died=137 stop start restart" ]
}

@test "rename" {
	create "$image"
	masu rename "$name" "$name-2"
	[ "$(json -f event=rename | jq -r '.Name + " " + .Attributes.oldName')" = "$name-2 $name" ]
	masu rename "$name" other && return 1
	[ "$(of_containers)" = "create rename" ]
}

@test "pause, unpause and update" {
	need_cgroup
	detach "$image" sleep 1000
	masu pause "$name" >/dev/null
	masu pause "$name" && return 1
	masu unpause "$name" >/dev/null
	masu update --pids-limit 50 "$name" >/dev/null
	masu update --pids-limit x "$name" && return 1
	[ "$(of_containers)" = "create start pause unpause update" ]
}

@test "the kernel's kill for want of memory is in the event of the end" {
	need_cgroup
	run masu run --name "$name" --network none --memory 16m "$image" sh -c 'a=x; while :; do a=$a$a; done'
	[ "$status" = 137 ]
	[ "$(json -f event=die | jq -c '[.ContainerExitCode, .Attributes.oomKilled]')" = '[137,"true"]' ]
	[[ "$(all -f event=die)" == *", exitCode=137, oomKilled=true)" ]]
}

@test "a start that fails has no event" {
	run -127 masu run --name "$name" --network none "$image" /no/such/command
	[ "$(of_containers)" = "create remove" ]
}

@test "images: pull, tag, untag, remove" {
	masu pull -q "$image" >/dev/null
	masu tag "$image" one
	masu tag one two
	masu rmi "$image" one two >/dev/null
	run -0 words -f type=image
	[ "$output" = "pull tag tag untag untag untag remove" ]
	[ "$(json -f event=tag | jq -r .Name | xargs)" = "docker.io/library/one:latest docker.io/library/two:latest" ]
	[ "$(json | jq -r .ID | uniq | wc -l)" = 1 ]
	[ "$(words -f image=one)" = "tag untag" ]
	[ "$(words -f image="$(json | jq -r .ID | cut -c1-8 | head -1)")" = "$(words)" ]
}

@test "volumes: create, also by a start, remove and prune" {
	masu volume create one >/dev/null
	masu volume create --ignore one >/dev/null
	masu run --rm --network none -v one:/a -v two:/b -v /c "$image" true
	[ "$(json -f type=volume | jq -r '.Status + " " + .Name' | sed -E 's/ [0-9a-f]{64}$/ ID/' | sort | xargs)" = \
		"create ID create one create two remove ID" ]
	masu volume rm one >/dev/null
	masu volume prune -a -f >/dev/null
	[ "$(json -f type=volume | jq -r '.Status + " " + .Name' | tail -3 | xargs)" = "remove one remove two prune" ]
	[ "$(words -f volume=two)" = "create remove" ]
}

@test "filters: one of each key, and each key" {
	create --label a=1 --label b=2 "$image"
	masu create --name other --network none --label a=2 "$image" >/dev/null
	masu rm other >/dev/null
	[ "$(words -f label=a=1)" = create ]
	[ "$(words -f label=a)" = "create create remove" ]
	[ "$(words -f label=a=1 -f label=a=2)" = "create create remove" ]
	[ "$(words -f label=a -f label=nosuch -f event=destroy)" = remove ]
	[ "$(words -f container="$name")" = create ]
	[ "$(words -f container="$(masu inspect "$name" | jq -r '.[0].Id' | cut -c1-6)" -f event=create)" = create ]
	[ "$(words -f container=nosuch)" = "" ]
	[ "$(words -f image="$(masu inspect "$name" | jq -r '.[0].ImageName')" -f type=container)" = "create create remove" ]
	[ "$(words -f type=volume -f container="$name")" = "" ]
}

@test "wrong options" {
	wrong() { # MESSAGE OPTION...
		run masu events --stream=false "${@:2}"
		[ "$status" = 125 ]
		[[ "$output" == *"$1"* ]] || { echo "$output"; return 1; }
	}
	wrong "option '--filter colour=red': must be one of container=, event=, image=, label=, type=, volume=" -f colour=red
	wrong 'type "pod": must be one of container, image, volume' -f type=pod
	wrong 'event "explode": must be one of attach, commit, create,' -f event=explode
	wrong "invalid time" --since yesterday
	wrong "invalid time" --until never
	wrong "--format" --format '{{.ID'
	wrong "--format" --format table
	wrong "unexpected argument" operand
}

@test "since and until select by time, and until ends a stream" {
	create "$image"
	between=$(date +%s.%N)
	masu rm "$name" >/dev/null
	[ "$(of_containers --since "$between")" = remove ]
	[ "$(of_containers --until "$between")" = create ]
	[ "$(of_containers --since "$between" --until "$between")" = "" ]
	[ "$(masu events --until "$between" -f type=container | wc -l)" = 1 ]
	# A time to come.
	[ "$(masu events --since 1h --until "$(date -d '+1 second' +%s.%N)" -f type=container | wc -l)" = 2 ]
}

# Follows into $work/followed, which the caller waits for; $follower is its process.
follow() { # [OPTION...]
	"$BUILD/masu" events --since 1h "$@" >"$work/followed" 3>&- &
	follower=$!
}
has_followed() { grep -q -e "$1" "$work/followed"; } # PATTERN

@test "events are followed through rotations of the log" {
	masu volume create first >/dev/null
	follow -f event=create -f event=remove
	wait_until has_followed ' create first'
	for i in 1 2 3; do
		# Almost full: the next event is the last of its file.
		printf '\036{"time":1,"type":"volume","action":"x","name":"%01024d"}\n' $(seq 2080) >>"$MASU_DATA_DIR/events/log"
		masu volume create "n$i" >/dev/null
		[ ! -e "$MASU_DATA_DIR/events/log" ]
		masu volume rm "n$i" >/dev/null
		wait_until has_followed "remove n$i"
	done
	kill "$follower"
	wait "$follower" || true
	[ "$(sed 's/.* volume //' "$work/followed" | xargs)" = \
		"create first create n1 remove n1 create n2 remove n2 create n3 remove n3" ]
	[ "$(find "$MASU_DATA_DIR/events" -type f | wc -l)" = 2 ]
	[ "$(cat "$MASU_DATA_DIR"/events/* | wc -c)" -lt 4400000 ]
}

@test "a follower without --since prints only what happens after its start" {
	create "$image"
	"$BUILD/masu" events -f type=container >"$work/followed" 3>&- &
	follower=$!
	wait_until is_watching
	masu rm "$name" >/dev/null
	wait_until has_followed .
	kill "$follower"
	[ "$(wc -l <"$work/followed")" = 1 ]
	has_followed ' remove '
}
is_watching() { grep -qs '^inotify' "/proc/$follower"/fdinfo/*; }

@test "an output that cannot be written is an error, unless its reader has seen enough" {
	create "$image"
	run bash -c 'set -o pipefail; "$0" events --since 1h >&3; echo $?' "$BUILD/masu" 3> >(true)
	run bash -c '"$0" events --stream=false >&-' "$BUILD/masu"
	[ "$status" = 0 ]
	run bash -c '"$0" events --stream=false >/dev/full' "$BUILD/masu"
	[ "$status" = 125 ]
	[[ "$output" == *"No space left on device"* ]]
}

@test "incomplete records and records of others are skipped" {
	create "$image"
	printf '\036{"time":1,"type":"cont' >>"$MASU_DATA_DIR/events/log"
	masu rm "$name" >/dev/null
	head -c 300000 /dev/zero >>"$MASU_DATA_DIR/events/log"
	{
		printf '\036[]\n\036{}\n\036{"time":"1","type":"container","action":"x"}\n\036{"time":1,"type":"pod","action":"x"}\n'
		printf 'no record\n\n\036{"time":1,"type":"container","action":"x","labels":[]}\n\036{"time":1,"type":"cont'
	} >>"$MASU_DATA_DIR/events/log"
	create "$image"
	[ "$(of_containers)" = "create remove create" ]
}

@test "control characters of labels and names do not reach the terminal, and cannot forge an attribute" {
	create --label $'evil=\e[31mred\nline\x7f' --label 'oldName=forged' --label $'byte=\xff' "$image"
	[ "$(all -f type=container | wc -l)" = 1 ]
	all | LC_ALL=C grep -q $'[\x01-\x09\x0b-\x1f\x7f]' && return 1
	[ "$(json -f event=create | jq -r .Attributes.evil)" = $'\e[31mred\nline\x7f' ]
	json | LC_ALL=C grep -q $'[\x01-\x09\x0b-\x1f\x7f]' && return 1
	# Labels that are too long for a record are left out.
	masu create --name long --network none $(printf -- '--label k%d=%01000d ' $(seq 80 | sed 's/$/ 0/')) "$image" >/dev/null
	[ "$(json -f container=long | jq -c .Attributes)" = '{}' ]
}

@test "two at once: no record is lost or torn" {
	many() { for i in $(seq 20); do "$BUILD/masu" volume create "$1$i" >/dev/null; done; }
	many a & many b
	wait $!
	[ "$(json | jq -r 'select(.Status == "create").Name' | sort)" = "$(printf '%s\n' {a,b}{1..20} | sort)" ]
}

@test "an event that cannot be written is a notice, and the command succeeds" {
	rm -rf "$MASU_DATA_DIR/events"
	mkdir -p "$MASU_DATA_DIR"
	touch "$MASU_DATA_DIR/events"
	run --separate-stderr masu volume create one
	[ "$status" = 0 ]
	[ "$output" = one ]
	[[ "$stderr" == *'cannot record event "create" of volume "one": Not a directory'* ]]
	run masu events --stream=false
	[ "$status" = 125 ]
	[[ "$output" == *"open the events in '$MASU_DATA_DIR/events'"* ]]
}

@test "on a full disk commands succeed, and the log is intact afterwards" {
	need_root "mounts a file system"
	masu volume create before >/dev/null
	mount -t tmpfs -o size=8k,mode=700 none "$MASU_DATA_DIR/events"
	masu volume create first >/dev/null
	head -c 8192 /dev/zero >"$MASU_DATA_DIR/events/fill" || true
	# The page that the log has holds some of the events. One is cut, and all are reported.
	for n in $(seq 60); do
		run --separate-stderr masu volume create "v$n"
		[ "$status" = 0 ]
		[ -n "$stderr" ] && break
	done
	[[ "$stderr" == *'cannot record event "create"'*"No space left on device"* ]]
	rm "$MASU_DATA_DIR/events/fill"
	masu volume create last >/dev/null
	[ "$(json | jq -r .Name | sed -n '1p;$p' | xargs)" = "first last" ]
	[ "$(json | wc -l)" = $((n + 1)) ]
}
