#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# masu doctor CONTAINER: a test breaks a container, and executes the command that masu prints.

load ../lib/masu
load ../lib/busybox

findings() { masu doctor --format '{{.Severity}} {{.ID}}' "$1" || [ $? = 1 ]; }
finds() { findings "$name" | grep -x "$1" || { echo "not found: $1"; masu doctor "$name"; return 1; }; }
finds_nothing() { run -0 masu doctor "$name"; [ -z "$output" ]; }
fix() { masu doctor --format "{{if eq .ID \"$1\"}}{{.Fix}}{{end}}" "$name" | grep . | head -1; }
finds_no() { ! findings "$name" | grep " $1\$"; }
# The finding is there, and its fix removes it. A stopped container's helpers may need a moment to end.
cure() { # SEVERITY ID
	finds "$1"
	local command
	command=$(fix "${1#* }")
	echo "$command"
	PATH=$BUILD:$PATH bash -c "$command"
	wait_until finds_no "${1#* }"
}

need_network() { [ -x /usr/bin/slirp4netns ] && [ -w /dev/net/tun ] || skip "slirp4netns or /dev/net/tun cannot be used"; }
create() { masu create --name "$name" --network none "$@"; }
begin() { masu run -d --name "$name" --network none "$@"; }
has_ended() { [ "$(masu inspect "$name" | jq -r '.[0].State.Status')" = exited ]; }

@test "doctor: a container without a problem, and wrong words" {
	masu create --name "$name" --network none "$image" true
	finds_nothing
	masu start -a "$name"
	finds_nothing
	run -0 masu doctor --format json "$name"
	[ "$(jq length <<<"$output")" = 0 ]
	run -125 masu doctor nonsense
	[[ "$output" == *"no container with name or id 'nonsense'"* ]]
	run -125 masu doctor "$name" more
	run -125 masu doctor "$name" --format '{{.Nonsense'
}

@test "doctor: the end of a run" {
	begin "$image" sh -c 'exit 3'
	wait_until has_ended
	run -1 masu doctor "$name"
	[ "$output" = "error: exit status 3: the command itself reports a failure: its output tells more
    masu logs --tail 20 $name" ]
	masu rm "$name"
	begin "$image" sh -c 'sh -c "kill -SEGV \$\$"; exit $?'
	wait_until has_ended
	run -1 masu doctor "$name"
	[[ "$output" == "error: exit status 139 (SIGSEGV): "* ]]
	masu rm "$name"
	begin "$image" sh -c 'exec sleep 1000'
	masu kill "$name"
	wait_until has_ended
	cure "error signal"
	masu rm -f "$name"
	begin "$image" sh -c 'sh -c "kill -TERM \$\$"; exit $?'
	wait_until has_ended
	finds "note signal"
	[ "$(fix signal)" = "masu start $name" ]
}

@test "doctor: a supervisor that was killed" {
	begin "$image" sleep 1000
	pid=$(masu inspect "$name" | jq '.[0].State.Pid')
	kill -9 "$(ps -o ppid= -p "$pid")"
	wait_until has_ended
	cure "error supervisor-killed"
	run -0 masu doctor "$name"
}

@test "doctor: a container that ended with the host" {
	begin "$image" sleep 1000
	masu kill "$name"
	wait_until has_ended
	wait_until '! ls "$MASU_DATA_DIR/containers/"[0-9a-f]*/state.json' # its supervisor has cleaned up
	rm "$MASU_DATA_DIR/containers/"[0-9a-f]*/exit.json
	printf 2001-01-01T00:00:00Z >"$(echo "$MASU_DATA_DIR/containers/"[0-9a-f]*/started)"
	cure "error host-restarted"
}

@test "doctor: out of memory" {
	need_root "limits without a service manager"
	begin --memory 16m "$image" tail /dev/zero
	wait_until has_ended
	finds "error out-of-memory"
	[[ "$(fix out-of-memory)" =~ ^"masu update --memory 32m "("--memory-swap 64m ")?"$name && masu start $name"$ ]]
	masu rm "$name"
	begin --memory 16m "$image" sh -c 'tail /dev/zero; exec sleep 1000'
	wait_until 'findings "$name" | grep -x "warning out-of-memory"'
	[[ "$(fix out-of-memory)" =~ ^"masu update --memory 32m "("--memory-swap 64m ")?"$name"$ ]]
	masu rm -f "$name"
	begin --memory 16m "$image" sh -c 'dd if=/dev/zero bs=20M count=1 of=/dev/null && exec sleep 1000'
	wait_until has_ended
	cure "error out-of-memory"
}

@test "doctor: a container that waits for its restart, and one that is not restarted any more" {
	begin --restart always "$image" sleep 1000
	pid=$(masu inspect "$name" | jq '.[0].State.Pid')
	# As after nine restarts of short runs: the next wait is a minute.
	printf '%s 9 30000' "$(date -u -d '+1 hour' +%Y-%m-%dT%H:%M:%SZ)" >"$(echo "$MASU_DATA_DIR/containers/"[0-9a-f]*/started)"
	kill -9 "$pid"
	wait_until 'findings "$name" | grep -x "warning restarting"'
	run masu doctor "$name"
	[[ "$output" == *"restart policy always: it has ended with exit status 137, and restart 10 follows in "[1-5]* ]]
	cure "warning restarting"
	masu rm -f "$name"
	begin --restart on-failure:1 "$image" false
	wait_until 'findings "$name" | grep -x "error restart-limit"'
}

@test "doctor: a paused container" {
	need_root "cgroups without a service manager"
	begin "$image" sleep 1000
	masu pause "$name" || skip "no freezer here"
	cure "warning paused"
}

@test "doctor: files of the host that are gone" {
	mkdir "$work/a b"
	masu create --name "$name" --network none -v "$work/a b:/mnt" "$image" ls /mnt
	finds_nothing
	rmdir "$work/a b"
	run masu start "$name"
	[ "$status" != 0 ]
	cure "error source-missing"
	masu start -a "$name"
	masu rm "$name"
	mkdir "$work/root"
	masu create --name "$name" --network none --rootfs "$work/root" true
	rmdir "$work/root"
	finds "error source-missing"
}

@test "doctor: ports in use" {
	port=$(free_port)
	need_network
	masu create --name "$name" -p "127.0.0.1:$port:80" "$image" true
	finds_nothing
	python3 -c "import socket, time
s = socket.create_server(('127.0.0.1', $port))
time.sleep(1000)" 3>&- &
	wait_until port_answers "$port"
	run masu doctor "$name"
	[[ "$output" == *"tcp port $port of 127.0.0.1: process $! (python3) uses it"* ]]
	cure "error port-in-use"
	masu start -a "$name"
}

@test "doctor: a port of another container" {
	need_network
	port=$(free_port)
	masu run -d --name "$name-other" -p "127.0.0.1:$port:80" "$image" sleep 1000
	masu create --name "$name" -p "127.0.0.1:$port:80" "$image" true
	[ "$(fix port-in-use)" = "masu stop $name-other" ]
	cure "error port-in-use"
	masu start -a "$name"
}

@test "doctor: ports that are only for root" {
	is_root && skip "root may use them"
	[ "$(cat /proc/sys/net/ipv4/ip_unprivileged_port_start)" -gt 80 ] || skip "users may use port 80 here"
	masu create --name "$name" -p 127.0.0.1:80:80 "$image" true
	finds "error port-privileged"
	[ "$(fix port-privileged)" = "sudo sysctl net.ipv4.ip_unprivileged_port_start=80" ]
}

@test "doctor: a network helper that has ended" {
	need_network
	masu run -d --name "$name" "$image" sleep 1000
	finds_nothing
	pid=$(masu inspect "$name" | jq '.[0].State.Pid')
	pkill -9 -P "$(ps -o ppid= -p "$pid" | tr -d ' ')" slirp4netns
	wait_until 'findings "$name" | grep -x "error network-helper"'
	cure "error network-helper"
	finds_nothing
}

@test "doctor: limits that the host does not offer" {
	is_root && skip "root has all controllers"
	run masu doctor
	[[ "$output" == *cgroup* || "$output" == *user\ manager* ]] || skip "this host has limits for users"
	create --memory 64m "$image" true
	findings "$name" | grep -xE 'error (cgroup-version|cgroup-delegation|user-manager)'
	run masu start -a "$name"
	[ "$status" != 0 ]
	masu rm "$name"
	create "$image" true
	run ! grep -E 'cgroup|user-manager' <(findings "$name")
}

@test "doctor: a container whose namespaces are joined" {
	masu run -d --name "$name-peer" --network none "$image" sleep 1000
	masu create --name "$name" --network "container:$name-peer" "$image" true
	finds_nothing
	masu kill "$name-peer"
	wait_until '[ "$(masu inspect "$name-peer" | jq -r ".[0].State.Status")" = exited ]'
	cure "error peer-not-running"
	masu rm -f "$name-peer"
	run masu doctor "$name"
	[[ "$output" == *"which was removed"* ]]
}

@test "doctor: a container whose peer was started again" {
	masu run -d --name "$name-peer" --network none "$image" sleep 1000
	masu run -d --name "$name" --network "container:$name-peer" "$image" sleep 1000
	finds_nothing
	masu restart -t 0 "$name-peer"
	cure "warning peer-restarted"
	finds_nothing
	masu rm -f "$name"
	masu run -d --name "$name" --network none --ipc "container:$name-peer" "$image" sleep 1000
	finds_nothing
	masu restart -t 0 "$name-peer"
	[[ "$(message peer-restarted)" == *"ipc namespace of an earlier run"* ]]
	cure "warning peer-restarted"
}

@test "doctor: a volume that the user of the container may not write" {
	need_ids
	create -u 1000:1000 -v "store:/plain" "$image" touch /plain/file
	run -1 masu start -a "$name"
	cure "warning mount-access"
	masu start -a "$name"
	[ "$(masu run --rm --network none -v store:/plain "$image" stat -c '%u %g' /plain/file)" = "1000 1000" ]
}

@test "doctor: an image and a layer that are gone" {
	masu run --name "$name" --network none "$image" true
	finds_nothing
	masu rmi -f "$(masu inspect "$name" | jq -r '.[0].Image')"
	finds "note image-removed"
	layer=$(ls "$MASU_DATA_DIR/layers" | grep -v '^\.' | head -1)
	mv "$MASU_DATA_DIR/layers/$layer" "$MASU_DATA_DIR/layers/.gone"
	cure "error layer-missing"
	masu start -a "$name"
}

message() { masu doctor --format "{{if eq .ID \"$1\"}}{{.Message}}{{end}}" "$name" | grep .; }

@test "doctor: a command that cannot be executed" {
	create "$image" nonsense
	[[ "$(message command-missing)" == *"not found in \$PATH"* ]]
	masu rm "$name"
	create "$image" /nonsense
	[[ "$(message command-missing)" == *"no such file"* ]]
	masu rm "$name"
	mkdir "$work/my scripts"
	script="$work/my scripts/run"
	printf '#!/bin/sh\necho well\n' >"$script"
	create -v "$work/my scripts:/scripts" "$image" /scripts/run
	chmod 644 "$script"
	run masu start -a "$name"
	[ "$status" = 126 ]
	cure "error command-permission"
	printf '#!/bin/sh\r\necho well\r\n' >"$script"
	cure "error interpreter-missing"
	[ "$(masu start -a "$name" 2>/dev/null)" = well ]
	printf '#!/usr/bin/env -S nonsense -x\n' >"$script"
	[[ "$(message interpreter-missing)" == *'"nonsense" is not found in $PATH'* ]]
	printf '#!/bin/non\033sense\n' >"$script"
	[[ "$(message interpreter-missing)" == *'"/bin/non?sense" cannot be executed'* ]]
	# No command is printed that would reach another file of the host.
	printf '#!/bin/sh\necho well\n' >"$work/my scripts/elsewhere"
	chmod 644 "$work/my scripts/elsewhere"
	ln -sf elsewhere "$script"
	[[ "$(message command-permission)" == *"may not execute it"* ]]
	[ "$(fix command-permission)" = - ]
	ln -f "$work/my scripts/elsewhere" "$script"
	[ "$(fix command-permission)" = - ]
	rm "$script"
	echo text >"$script"
	chmod 755 "$script"
	[[ "$(message command-format)" == *"does not begin with #!"* ]]
	: >"$script"
	[[ "$(message command-format)" == *"is empty"* ]]
}

# An ELF file of 64 bits, with a loader, for a processor.
elf() { # MACHINE LOADER
	python3 -c 'import struct, sys
machine, loader = int(sys.argv[1]), sys.argv[2].encode() + b"\0"
header = struct.pack("<4sBBBB8xHHIQQQIHHHHHH", b"\x7fELF", 2, 1, 1, 0, 2, machine, 1, 0, 64, 0, 0, 64, 56, 1, 0, 0, 0)
sys.stdout.buffer.write(header + struct.pack("<IIQQQQQQ", 3, 4, 120, 0, 0, len(loader), len(loader), 1) + loader)' "$@"
}

@test "doctor: programs for another processor or C library" {
	host=$(python3 -c 'import struct; print(struct.unpack("<H", open("/proc/self/exe", "rb").read(20)[18:])[0])')
	mkdir "$work/bin"
	create -v "$work/bin:/programs" "$image" /programs/run
	elf "$host" /lib/nonsense.so >"$work/bin/run"
	chmod +x "$work/bin/run"
	[[ "$(message interpreter-missing)" == *'its loader "/lib/nonsense.so"'* ]]
	other=$((host == 22 ? 62 : 22)) # s390x
	[ ! -e /proc/sys/fs/binfmt_misc/qemu-s390x ] || skip "this host executes programs for s390x"
	elf "$other" /lib/nonsense.so >"$work/bin/run"
	[[ "$(message command-architecture)" == "a program for "*", and this host is "* ]]
	run masu start -a "$name"
	[ "$status" != 0 ]
}

@test "doctor: a failing health check, and the end of a container's time" {
	begin --health-cmd 'printf "\n\033[31mred %0300d\nmore\n" 7; exit 4' --health-interval disable --health-retries 1 \
		--health-on-failure kill --init "$image" sleep 1000
	finds_nothing
	run -1 masu healthcheck run "$name"
	masu wait "$name"
	finds "error unhealthy"
	[[ "$(message unhealthy)" == 'failures in a row: 1, the last with exit status 4: "?[31mred 000'*'..."' ]]
	masu rm "$name"
	begin --health-cmd 'exit 5' --health-interval disable --health-retries 1 --init "$image" sleep 1000
	run -1 masu healthcheck run "$name"
	finds "warning unhealthy"
	masu stop "$name"
	finds_no unhealthy
	masu rm "$name"
	begin --timeout 1 "$image" sleep 1000
	masu wait "$name"
	[ "$(message signal)" = "its --timeout of 1 s has expired" ]
}

@test "doctor: a root directory full of traps" {
	make_root "$work/root" sh
	mkfifo "$work/root/etc/passwd" "$work/root/bin/fifo"
	mkdir "$work/root/bin/directory"
	echo "secret" >"$work/secret"
	chmod +x "$work/secret"
	ln -s "../../../../../../..$work/secret" "$work/root/bin/out"
	for command in fifo directory out; do
		masu create --name "$name" --network none -u nonsense --rootfs "$work/root" "/bin/$command"
		run timeout 300 "$BUILD/masu" doctor "$name"
		[ "$status" = 1 ]
		[[ "$output" == *'user "nonsense" is not in /etc/passwd'* ]]
		[[ "$output" == *'error: command "/bin/'$command'": '* ]]
		masu rm "$name"
	done
	[[ "$output" == *"no such file"* ]] # a link leads nowhere out of the root
}

@test "doctor: user and working directory" {
	create -u nonsense "$image" true
	[[ "$(message user-missing)" == *"is not in /etc/passwd of the container" ]]
	cure "error user-missing"
	masu wait "$name" # the fix starts it
	masu rm "$name"
	: >"$work/file"
	create -v "$work/file:/dir" -w /dir "$image" true
	cure "error working-directory"
}

@test "doctor: a mount that the user of the container may not use" {
	need_ids
	mkdir -m 700 "$work/project"
	echo text >"$work/project/file"
	create -u 1000:1000 -v "$work/project:/src" "$image" cat /src/file
	run masu start -a "$name"
	[ "$status" != 0 ]
	run masu doctor "$name"
	echo "$output"
	[[ "$output" == *"mount \"$work/project\" at \"/src\": user 1000 of the container"*" may not read it: it belongs to user $(id -u) ("*", mode 0700"* ]]
	option=$(is_root && echo "-u 0" || echo "--userns=keep-id:uid=1000,gid=1000")
	[[ "$output" == *"; create it again with $option, "* ]]
	cure "warning mount-access"
	masu wait "$name" # the fix starts it
	[ "$(masu start -a "$name" 2>/dev/null)" = text ]
	masu rm "$name"
	chmod 755 "$work/project"
	create -u 1000:1000 -v "$work/project:/src" "$image" sleep 1000
	[[ "$(message mount-access)" == *"may not write it"* ]]
	masu start "$name" # and the same while it runs
	[[ "$(message mount-access)" == *"may not write it"* ]]
	masu rm -f "$name"
	create -u 1000:1000 -v "$work/project:/src:ro" "$image" ls /src
	[ -z "$(masu doctor "$name")" ]
}

@test "doctor: the command line of a creation is in inspect" {
	create --label 'a b=$c' "$image" echo "it's"
	run -0 masu inspect --format '{{json .Config.CreateCommand}}' "$name"
	[ "$(jq -c .[2:] <<<"$output")" = "$(jq -cn '$ARGS.positional' --args -- --name "$name" --network none --label 'a b=$c' "$image" echo "it's")" ]
}
