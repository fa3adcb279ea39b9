#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Commands on running containers: pause, unpause, update, rename, port, top, stats. Limits and pauses need a cgroup, which root has here; an ordinary user has
# one in the test machine (tests/host/checks/live.sh).

load ../lib/masu
load ../lib/busybox

setup() {
	setup_busybox
	a=$name-a b=$name-b c=$name-c
}

need_cgroup() { need_root "an ordinary user without systemd has no cgroup"; }

start() { # NAME [OPTION...]
	masu run -d --name "$1" --network none "${@:2}" "$image" sleep 1000 >/dev/null
}

inspected() { masu inspect "$1" | jq -r ".[0].$2"; } # NAME MEMBER

name_of() { masu inspect "$1" | jq -r .[0].Name; } # ID
id_of() { masu inspect "$1" | jq -r .[0].Id; } # NAME

# A command that cannot print fails after it has done its work. A closed standard output is not used.
fails_when_full() { # COMMAND...
	run bash -c '"$0" "$@" >/dev/full' "$BUILD/masu" "$@"
	[ "$status" -eq 125 ]
	[[ "$output" == *"write to standard output: No space left on device"* ]]
}
works_when_closed() { bash -c '"$0" "$@" >&-' "$BUILD/masu" "$@"; } # COMMAND...

@test "pause and unpause: names are printed, and errors of one do not keep the others" {
	need_cgroup
	start $a
	start $b
	[ "$(masu pause $a $b)" = "$a"$'\n'"$b" ]
	[ "$(inspected $a State.Status)" = paused ]
	[[ "$(masu ps)" == *"(Paused)"*"(Paused)"* ]]
	run --separate-stderr masu unpause $a nosuch $b
	[ "$status" -eq 125 ]
	[ "$output" = "$a"$'\n'"$b" ]
	[[ "$stderr" == *"no container with name or id 'nosuch'"* ]]
	[ "$(inspected $a State.Status)" = running ]
	run masu unpause $a
	[ "$status" -eq 125 ]
	[[ "$output" == *"container '$a' is not paused"* ]]
	masu pause $a
	run masu pause $a
	[ "$status" -eq 125 ]
	[[ "$output" == *"container '$a' is already paused"* ]]
	fails_when_full unpause $a
	works_when_closed pause $a
	[ "$(inspected $a State.Paused)" = true ]
}

@test "pause --all and unpause --all take those that are in the other state" {
	need_cgroup
	[ -z "$(masu pause --all)" ]
	start $a
	start $b
	masu create --name $c --network none "$image" true >/dev/null
	masu pause $a
	[ "$(masu pause --all)" = $b ]
	[ -z "$(masu pause -a)" ]
	[ "$(masu unpause --all | sort | xargs)" = "$(printf '%s\n' "$a" "$b" | sort | xargs)" ]
	for wrong in "pause" "unpause" "pause --all $a" "unpause -a $a" "pause --time 1 $a"; do
		run masu $wrong
		[ "$status" -eq 125 ]
	done
	run masu pause $c
	[ "$status" -eq 125 ]
	[[ "$output" == *"container '$c' is not running"* ]]
}

@test "a paused container: exec refuses, stop lets it act on the signal, kill and rm end it, wait waits" {
	need_cgroup
	masu run -d --name $a --network none "$image" sh -c 'trap "exit 5" TERM; echo ready; while :; do sleep 0.05; done' >/dev/null
	wait_until '[ "$(masu logs $a)" = ready ]'
	masu pause $a
	run masu exec $a true
	[ "$status" -eq 125 ]
	[[ "$output" == *"paused"* ]]
	run masu rm $a
	[ "$status" -eq 125 ]
	"$BUILD/masu" wait $a >"$work/code" &
	masu stop -t 100 $a
	wait $!
	[ "$(cat "$work/code")" = 5 ]
	masu start $a
	masu pause $a
	masu kill -s KILL $a
	[ "$(masu wait $a)" = 137 ]
	masu start $a
	masu pause $a
	masu restart -t 100 $a
	[ "$(inspected $a State.Status)" = running ]
	masu pause $a
	masu rm -f $a
	[ -z "$(masu ps -aq)" ]
}

@test "an ordinary user without a cgroup can neither pause nor measure" {
	is_root && skip "root has a cgroup"
	[ ! -e /sys/fs/cgroup/cgroup.controllers ] || skip "the user may have a cgroup here"
	start $a
	run masu pause $a
	[ "$status" -eq 125 ]
	[[ "$output" == *"has no cgroup of its own"* ]]
	run masu stats --no-stream $a
	[ "$status" -eq 125 ]
	[[ "$output" == *"has no cgroup of its own"* ]]
}

# The limit of a running container's own cgroup, of v1.
limit_of() { # NAME HIERARCHY FILE
	cat "/sys/fs/cgroup/$2$(grep -E ":([a-z,]*,)?$2(,[a-z,]*)?:" "/proc/$(inspected "$1" State.Pid)/cgroup" | cut -d: -f3)/$3"
}

@test "update: of a running and a paused container, at once and in the record" {
	need_cgroup
	[ -d /sys/fs/cgroup/memory ] || skip "reads the files of cgroup v1; tests/host/checks/live.sh reads those of v2"
	start $a -m 64M --memory-swap 64M --pids-limit 50
	[ "$(masu update -m 128M --memory-swap 128M --cpus 0.5 --pids-limit 70 $a)" = $a ]
	[ "$(limit_of $a memory memory.limit_in_bytes)" = $((128 << 20)) ]
	[ "$(limit_of $a cpu cpu.cfs_quota_us)" = 50000 ]
	[ "$(limit_of $a pids pids.max)" = 70 ]
	[ "$(inspected $a HostConfig.Memory)" = $((128 << 20)) ]
	[ "$(inspected $a HostConfig.NanoCpus)" = 500000000 ]
	masu pause $a
	masu update --cpu-quota 20000 --cpu-period 50000 -c 2000 --pids-limit -1 $a
	[ "$(limit_of $a cpu cpu.cfs_period_us)" = 50000 ]
	[ "$(limit_of $a cpu cpu.shares)" = 2000 ]
	[ "$(limit_of $a pids pids.max)" = max ]
	[ "$(inspected $a HostConfig.CpuQuota)" = 20000 ]
	[ "$(inspected $a HostConfig.PidsLimit)" = -1 ]
	[ "$(inspected $a State.Status)" = paused ]
	masu update --cpus -1 --memory-reservation 32M $a
	[ "$(limit_of $a cpu cpu.cfs_quota_us)" = -1 ]
	[ "$(inspected $a HostConfig.NanoCpus)" = 0 ]
	# A refused limit is not recorded: memory would be above memory and swap together.
	run masu update -m 256M $a
	[ "$status" -eq 125 ]
	[[ "$output" == *"limit of memory and swap"* ]]
	[ "$(inspected $a HostConfig.Memory)" = $((128 << 20)) ]
	[ "$(limit_of $a memory memory.limit_in_bytes)" = $((128 << 20)) ]
}

@test "update: a container that is not running keeps the limits for its next starts" {
	need_cgroup
	[ -d /sys/fs/cgroup/memory ] || skip "reads the files of cgroup v1; tests/host/checks/live.sh reads those of v2"
	masu create --name $a --network none "$image" sleep 1000 >/dev/null
	masu update --memory 64M --cpuset-cpus 0 $a
	[ "$(inspected $a HostConfig.Memory)" = $((64 << 20)) ]
	masu start $a
	[ "$(limit_of $a memory memory.limit_in_bytes)" = $((64 << 20)) ]
	[ "$(limit_of $a cpuset cpuset.cpus)" = 0 ]
	masu stop -t 0 $a
	masu update --memory 80M $a
	masu restart $a
	[ "$(limit_of $a memory memory.limit_in_bytes)" = $((80 << 20)) ]
	[ "$(inspected $a HostConfig.CpusetCpus)" = 0 ]
}

@test "update: several containers, and two updates of one at once" {
	masu create --name $a --network none "$image" true >/dev/null
	masu create --name $b --network none "$image" true >/dev/null
	run --separate-stderr masu update --pids-limit 9 $a nosuch $b
	[ "$status" -eq 125 ]
	[ "$output" = "$a"$'\n'"$b" ]
	# An update waits for another one, and takes up its limits.
	dir=$MASU_DATA_DIR/containers/$(id_of $a)
	exec 8>>"$dir/config.lock"
	flock 8
	"$BUILD/masu" update --memory 64M $a 8>&- &
	wait_until 'grep -q -- "-> FLOCK .* $! " /proc/locks'
	jq .linux.resources.pids.limit=10 "$dir/config.json" >"$work/new"
	mv "$work/new" "$dir/config.json"
	exec 8>&-
	wait $!
	[ "$(inspected $a HostConfig.Memory)/$(inspected $a HostConfig.PidsLimit)" = $((64 << 20))/10 ]
}

@test "update: wrong values change nothing" {
	masu create --name $a -m 64M --network none "$image" true >/dev/null
	for wrong in "--memory 0" "--memory 1k" "--memory x" "--memory-swap 32M" "--memory-swap x" "--cpus 0" \
		"--cpus 0.001" "--cpus 1 --cpu-quota 10000" "--cpu-quota 10" "--cpu-period 10" "--cpu-shares 0" \
		"--cpu-shares 1" "--cpu-shares 999999" "--cpuset-cpus x" "--cpuset-mems -1" "--pids-limit -2" \
		"--memory-reservation 1" "--restart sometimes"; do
		run masu update $wrong $a
		[ "$status" -eq 125 ] || { echo "$wrong"; return 1; }
	done
	[ "$(inspected $a 'HostConfig | [.Memory, .MemorySwap, .CpuQuota, .CpuShares, .PidsLimit, .CpusetCpus] | tojson')" = "[$((64 << 20)),0,0,0,0,\"\"]" ]
	run masu update
	[ "$status" -eq 125 ]
	fails_when_full update --pids-limit 9 $a
	works_when_closed update --pids-limit 8 $a
	[ "$(inspected $a HostConfig.PidsLimit)" = 8 ]
}

@test "rename: a created, a running and an exited container; names are unique" {
	masu create --name $a --network none "$image" sleep 1000 >/dev/null
	masu create --name $b --network none "$image" true >/dev/null
	id=$(id_of $a)
	[ -z "$(masu rename $a $c)" ]
	[ "$(id_of $c)" = "$id" ]
	run masu inspect $a
	[ "$status" -eq 125 ]
	run masu rename $c $b
	[ "$status" -eq 125 ]
	[[ "$output" == *"the name '$b' is in use"* ]]
	run masu rename $c $c
	[ "$status" -eq 125 ]
	masu start $c
	masu rename "${id:0:12}" $a
	[[ "$(masu ps)" == *" $a"* ]]
	[ "$(inspected $a State.Status)" = running ]
	masu stop -t 0 $a
	masu rename $a $c
	[ "$(masu ps -a --format json | jq -r '.[].Name' | sort | xargs)" = "$b $c" ]
	masu rm $c $b
	[ -z "$(ls -A "$MASU_DATA_DIR/containers/names")" ]
}

@test "rename: wrong names" {
	masu create --name $a --network none "$image" true >/dev/null
	for wrong in "" "x/y" ".x" "a b" "$(printf 'x%.0s' {1..201})"; do
		run masu rename $a "$wrong"
		[ "$status" -eq 125 ]
		[[ "$output" == *"'$wrong'"* ]]
	done
	for wrong in "$a" "$a x y" "nosuch x" "--force $a x"; do
		run masu rename $wrong
		[ "$status" -eq 125 ]
	done
	[ "$(masu ps -a --format json | jq -r '.[].Name')" = $a ]
}

@test "rename: another container takes the old name while the first one still runs" {
	start $a
	group=$(inspected $a State.CgroupPath)
	masu rename $a $b
	start $a
	[ "$(inspected $b State.CgroupPath)" = "$group" ]
	[ "$(masu exec $a hostname)" = "$(id_of $a | cut -c1-12)" ]
	masu stop -t 0 $b
	masu stop -t 0 $a
	# The first one has ended, so its old name is free in every way.
	masu start $a
	[ "$(inspected $a State.CgroupPath)" = "$group" ]
	masu rm -f $a $b
	[ -z "$(ls -A "$MASU_DATA_DIR/containers/names")" ]
	# With its first name again, it needs no mark; killed with its supervisor, it leaves none either.
	start $a
	masu rename $a $b
	[[ $group != */* ]] || [ -n "$(ls -A "$MASU_DATA_DIR/containers/names" | grep scope)" ]
	masu rename $b $a
	[ "$(ls -A "$MASU_DATA_DIR/containers/names")" = $a ]
	masu rename $a $b
	kill -9 "$(ps -o ppid= "$(inspected $b State.Pid)")"
	masu rm -f $b
	[ -z "$(ls -A "$MASU_DATA_DIR/containers/names")" ]
}

@test "rename: of several containers to one name, exactly one succeeds; of one container, all succeed" {
	for i in {1..6}; do masu create --name "$name-$i" --network none "$image" true >/dev/null; done
	for i in {1..6}; do { masu rename "$name-$i" $a 2>/dev/null && echo "$i"; } & done >"$work/winner"
	wait
	[ "$(wc -l <"$work/winner")" = 1 ]
	[ "$(masu ps -aq | wc -l)" = 6 ]
	id=$(id_of $a)
	for i in {1..6}; do masu rename "${id:0:12}" "$name-x$i" || echo "$i"; done >"$work/failed" 2>&1 &
	for i in {1..6}; do masu rename "${id:0:12}" "$name-y$i" || echo "$i"; done >>"$work/failed" 2>&1 &
	wait
	[ ! -s "$work/failed" ]
	[ "$(find "$MASU_DATA_DIR/containers/names" -lname "$id" | wc -l)" = 1 ]
}

@test "rename and update killed at any system call: the old or the new name, and whole limits" {
	masu create --name $a -m 64M --network none "$image" true >/dev/null
	id=$(id_of $a)
	old=$a new=$b
	total=$("$BUILD/kill-at" first 1000000 "$BUILD/masu" rename $a $c | tail -n 1)
	masu rename $c $a
	for n in $(seq 1 "${STEP:-3}" "$total"); do
		"$BUILD/kill-at" first "$n" "$BUILD/masu" rename $old $new >/dev/null 2>&1 || true
		found=$(name_of "$id")
		[ "$(id_of "$found")" = "$id" ]
		[ "$(find "$MASU_DATA_DIR/containers/names" -lname "$id")" = "$MASU_DATA_DIR/containers/names/$found" ]
		[ "$found" = $old ] || { [ "$found" = $new ] && new=$old old=$found; }
		masu create --name $new --network none "$image" true >/dev/null
		masu rm $new
	done
	total=$("$BUILD/kill-at" first 1000000 "$BUILD/masu" update -m 64M --pids-limit 1 $old | tail -n 1)
	for n in $(seq 1 "${STEP:-3}" "$total"); do
		"$BUILD/kill-at" first "$n" "$BUILD/masu" update -m "$((n + 64))M" --pids-limit "$n" $old >/dev/null 2>&1 || true
		limits=$(inspected $old 'HostConfig | "\(.Memory) \(.PidsLimit)"')
		[ "$limits" = "$((n + 64 << 20)) $n" ] || [ "$limits" = "${last:-$((64 << 20)) 1}" ]
		last=$limits
	done
}

@test "port: all ports, one port, and none" {
	is_root || command -v slirp4netns || skip "needs slirp4netns"
	[ -w /dev/net/tun ] || skip "/dev/net/tun cannot be opened here"
	tcp=$(free_port)
	udp=$(free_port)
	masu run -d --name $a -p "127.0.0.1:$tcp:80" -p "127.0.0.1:$udp:53/udp" "$image" sleep 1000 >/dev/null
	[ "$(masu port $a | sort)" = $'53/udp -> 127.0.0.1:'$udp$'\n80/tcp -> 127.0.0.1:'$tcp ]
	[ "$(masu port $a 80)" = "127.0.0.1:$tcp" ]
	[ "$(masu port $a 80/tcp)" = "127.0.0.1:$tcp" ]
	[ "$(masu port $a 53/udp)" = "127.0.0.1:$udp" ]
	for missing in 53 81 80/udp; do
		run masu port $a $missing
		[ "$status" -eq 125 ]
		[[ "$output" == *"no public port '${missing%/*}/"* ]]
	done
	for wrong in 0 65536 x 80/sctp 80/; do
		run masu port $a $wrong
		[ "$status" -eq 125 ]
		[[ "$output" == *"invalid port '$wrong'"* ]]
	done
	fails_when_full port $a
	masu stop -t 0 $a
	[ -z "$(masu port $a)" ]
	run masu port nosuch
	[ "$status" -eq 125 ]
}

@test "top: columns of the container, in any order" {
	masu run -d --name $a --network none -u 7:8 "$image" sh -c 'sleep 1000 & exec sleep 2000' >/dev/null
	wait_until '[ "$(masu top $a args | sort | xargs)" = "COMMAND sleep 1000 sleep 2000" ]'
	[ "$(masu top $a pid ppid,user group args | tr -s ' ')" = $'PID PPID USER GROUP COMMAND\n1 0 7 8 sleep 2000\n2 1 7 8 sleep 1000' ]
	[ "$(masu top $a hpid | sed -n 2p)" = "$(inspected $a State.Pid)" ]
	[[ "$(masu top $a | head -n 1 | tr -s ' ')" = "USER PID PPID %CPU ELAPSED TTY TIME COMMAND" ]]
	wait_until '[ -z "$(masu top $a state | grep "^[RD]")" ]'
	[[ "$(masu top $a comm state nice tty rss vsz pgid huser hgroup pcpu etime time | sed -n 2p | tr -s ' ')" =~ ^"sleep S $(nice) ? "[0-9]+\ [0-9]+\ 1\ [^\ ]+\ [0-9]+\ [0-9.]+\ [0-9:]+\ 00:00:0[0-9]$ ]]
	! is_root || masu pause $a
	[ "$(masu top $a pid | xargs)" = "PID 1 2" ]
	fails_when_full top $a
}

@test "top: options of ps, and a process that exec has started" {
	start $a
	masu exec -d $a sleep 3000
	[ "$(masu top $a -eo pid,args | sed -n 2p | xargs)" = "$(inspected $a State.Pid) sleep 1000" ]
	[ "$(masu top $a aux | wc -l)" = 3 ]
	[ "$(masu top $a pid,ppid,args | tail -n 1 | tr -s ' ' | cut -d' ' -f2-)" = "0 sleep 3000" ]
	run masu top $a nosuch
	[ "$status" -eq 125 ]
	[[ "$output" == *"ps exited with 1: error: "* ]]
	run masu top $a -o user
	[ "$status" -eq 125 ]
	[[ "$output" == *"no column PID"* ]]
	masu stop -t 0 $a
	run masu top $a
	[ "$status" -eq 125 ]
	[[ "$output" == *"container '$a' is not running"* ]]
	run masu top
	[ "$status" -eq 125 ]
}

@test "stats: one sample, as a table, JSON and by a template" {
	need_cgroup
	start $a -m 64M --pids-limit 9
	masu create --name $b --network none "$image" true >/dev/null
	run masu stats --no-stream
	[ "${#lines[@]}" = 2 ]
	[[ "${lines[0]}" == "CONTAINER ID "*"CPU %"*"MEM USAGE / LIMIT"*"PIDS" ]]
	[[ "${lines[1]}" == "$(id_of $a | cut -c1-12) "*"$a "*" / 67.1 MB "*" 1" ]]
	run masu stats --no-stream --no-trunc $a
	[[ "${lines[1]}" == "$(id_of $a) "* ]]
	[ "$(masu stats --no-stream --format json $a | jq -c '.[0] | [.Name, .MemoryLimit, .PIDs, .PIDsLimit, .NetworkReceived, .CPUNanoseconds > 0]')" = "[\"$a\",67108864,1,9,0,true]" ]
	[ "$(masu stats --no-stream --format '{{.Name}} {{.PIDs}} {{.NetIO}}')" = "$a 1 0 B / 0 B" ]
	[ "$(masu stats --no-stream -a --format '{{.Name}} {{.CPUPerc}}' | grep "$b")" = "$b --" ]
	[ "$(masu stats --no-stream --format '{{.Name}} {{.MemUsage}}' $b)" = "$b -- / --" ]
	masu run -d --name $c --network host "$image" sleep 1000 >/dev/null
	[ "$(masu stats --no-stream --format '{{.NetIO}}' $c)" = "-- / --" ]
	fails_when_full stats --no-stream $a
	for wrong in "nosuch" "--interval 0" "--interval x" "--format {{.Nope}} $a" "--no-stream=x"; do
		run timeout 300 "$BUILD/masu" stats --no-stream $wrong
		[ "$status" -eq 125 ]
	done
}

@test "stats: a stream follows the containers, and ends with the last named one" {
	need_cgroup
	start $a
	"$BUILD/masu" stats -i 1 --format '{{.Name}}' >"$work/all" &
	all=$!
	"$BUILD/masu" stats $a >"$work/named" &
	named=$!
	wait_until '[ "$(grep -c "$a" "$work/named")" -ge 2 ] && grep -q "$a" "$work/all"'
	start $b
	wait_until 'grep -q "$b" "$work/all"'
	masu stop -t 0 $a
	wait $named
	tail -n 1 "$work/named" | grep -q -- '-- / --'
	kill $all
	run ! grep -q $'\033' "$work/named"
}

@test "stats: on a terminal each table replaces the one before" {
	need_cgroup
	command -v script || skip "needs script(1)"
	start $a
	script -qec "'$BUILD/masu' stats $a" "$work/typed" </dev/null >/dev/null &
	wait_until '[ "$(grep -c $'"'\033\[2J\033\[H'"'CONTAINER "$work/typed")" -ge 2 ]'
	masu stop -t 0 $a
	wait $!
}
