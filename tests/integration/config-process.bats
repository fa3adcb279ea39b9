#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# config.json: how the process is scheduled, its time, its groups; annotations about them and hooks.

load threats/threats.bash

# in_box SCRIPT [KEY=JSON...]: a shell script in a container of masu-oci
in_box() {
	local script
	script=$(python3 -c 'import json, sys; print(json.dumps(["/bin/sh", "-c", sys.argv[1]]))' "$1")
	make_root "$root" cut env grep ionice
	config "args=$script" "${@:2}"
	bundle
}

# Refused before anything is made, naming the member.
names() { # MEMBER [KEY=JSON...]
	config args='["/bin/true"]' "${@:2}"
	bundle
	[ "$status" = 1 ] && [[ "$stderr" == *"$1"* ]] || { echo "$1: $status $stderr"; return 1; }
}

@test "scheduler, ioPriority, oomScoreAdj and memoryPolicy are those of the process" {
	# nice and policy are the 19th and 41st of proc_pid_stat(5)
	in_box 'cut -d" " -f19,41 /proc/self/stat; ionice -p $$; cat /proc/self/oom_score_adj' \
		process.scheduler='{"policy": "SCHED_BATCH", "nice": 5}' process.oomScoreAdj=500 \
		process.ioPriority='{"class": "IOPRIO_CLASS_BE", "priority": 6}'
	worked
	[ "$output" = $'5 3\nbest-effort: prio 6\n500' ]
	in_box 'cut -d" " -f41 /proc/self/stat' process.scheduler='{"policy": "SCHED_IDLE"}' process.ioPriority='{"class": "IOPRIO_CLASS_IDLE"}'
	[ "$output" = 5 ]
	if [ -e /proc/self/numa_maps ]; then
		in_box 'grep -c bind=static:0 /proc/self/numa_maps' \
			linux.memoryPolicy='{"mode": "MPOL_BIND", "nodes": "0", "flags": ["MPOL_F_STATIC_NODES"]}'
		worked
		[ "$output" -gt 0 ]
	fi
	in_box 'cut -d" " -f40,41 /proc/self/stat' process.scheduler='{"policy": "SCHED_FIFO", "priority": 7, "flags": ["SCHED_FLAG_RESET_ON_FORK"]}'
	[[ "$stderr" == *"process.scheduler: SCHED_FIFO: "* ]] || worked
}

@test "what another policy would ignore is refused" {
	names process.scheduler.policy process.scheduler='{"policy": "SCHED_X"}'
	names process.scheduler.nice process.scheduler='{"policy": "SCHED_OTHER", "nice": 20}'
	names process.scheduler.nice process.scheduler='{"policy": "SCHED_FIFO", "nice": 1, "priority": 1}'
	names process.scheduler.priority process.scheduler='{"policy": "SCHED_OTHER", "priority": 1}'
	names process.scheduler.runtime process.scheduler='{"policy": "SCHED_OTHER", "runtime": 1}'
	names process.scheduler.flags process.scheduler='{"policy": "SCHED_OTHER", "flags": ["X"]}'
	names process.ioPriority.class process.ioPriority='{"priority": 1}'
	names process.ioPriority.priority process.ioPriority='{"class": "IOPRIO_CLASS_BE", "priority": 8}'
	names process.execCPUAffinity.final process.execCPUAffinity='{"final": "x"}'
	names linux.memoryPolicy.nodes linux.memoryPolicy='{"mode": "MPOL_BIND"}'
	names linux.memoryPolicy.nodes linux.memoryPolicy='{"mode": "MPOL_LOCAL", "nodes": "0"}'
	names linux.memoryPolicy linux.memoryPolicy='{"mode": "MPOL_BIND", "nodes": "8000"}'
}

@test "a name twice in the environment: the last one, once; a path masked twice: once" {
	in_box 'env | grep ^TWICE=; grep -c " /proc/sys\| /sys " /proc/self/mountinfo' env='["PATH=/bin", "TWICE=1", "TWICE=2"]' \
		linux.readonlyPaths='["/proc/sys", "/proc/sys/"]' -/sys
	worked
	[ "$output" = $'TWICE=2\n1' ]
	in_box 'grep -c " /tmp " /proc/self/mountinfo' linux.maskedPaths='["/tmp", "/bin/none", "/tmp"]'
	[ "$output" = 1 ]
}

@test "kernel.hostname is hostname's; a nice value with SCHED_IDLE is taken" {
	names linux.sysctl.kernel.hostname hostname='"a"' linux.sysctl='{"kernel.hostname": "a"}'
	in_box 'cut -d" " -f41 /proc/self/stat' process.scheduler='{"policy": "SCHED_IDLE", "nice": 5}'
	worked
	[ "$output" = 5 ]
}

@test "a working directory that only root may enter; one that is missing, also in a read-only root" {
	mkdir -m 700 "$root/closed"
	if is_root; then
		config cwd='"/closed"' process.user='{"uid": 5, "gid": 5}' args='["/bin/sh", "-c", "pwd; cd . 2>/dev/null || echo no"]'
		bundle
		worked
		[ "$output" = $'/closed\nno' ]
		config args='["/bin/sleep", "100"]'
		oci run -d -b "$work" closed </dev/null >/dev/null 2>&1
		call oci exec --cwd /closed -u 6 closed sh -c pwd
		oci delete -f closed
		[ "$output" = /closed ]
	fi
	in_box 'pwd; stat -c "%a %u" .' cwd='"/made/../made/here"' root.readonly=true
	worked
	[ "$output" = $'/made/here\n755 0' ]
}

@test "a process that joins has the processors, the score and the policy it is given" {
	config args='["/bin/sleep", "100"]' process.execCPUAffinity='{"initial": "0", "final": "'$(($(nproc) - 1))'"}' \
		process.oomScoreAdj=700 process.scheduler='{"policy": "SCHED_BATCH"}'
	ln -sf busybox "$root/bin/cut"
	ln -sf busybox "$root/bin/grep"
	oci create -b "$work" joined </dev/null >/dev/null 2>&1
	oci start joined
	call oci exec joined sh -c 'grep Cpus_allowed_list: /proc/self/status; cat /proc/self/oom_score_adj; cut -d" " -f41 /proc/self/stat'
	oci delete -f joined
	[ "$output" = $'Cpus_allowed_list:\t'"$(($(nproc) - 1))"$'\n700\n3' ]
}

@test "a time namespace with offsets" {
	[ -e /proc/self/ns/time ] || skip "this kernel has no time namespaces"
	spaces='[{"type": "pid"}, {"type": "mount"}, {"type": "time"}'
	is_root || spaces+=', {"type": "user"}'
	in_box 'cut -d. -f1 /proc/uptime; stat -Lc %i /proc/self/ns/time' -/sys -/sys/fs/cgroup -/dev/mqueue linux.namespaces="$spaces]" \
		linux.timeOffsets='{"boottime": {"secs": 100000000, "nanosecs": 5}, "monotonic": {"secs": 7}}'
	worked
	[ "${output%%$'\n'*}" -gt 100000000 ]
	[ "${output##*$'\n'}" != "$(stat -Lc %i /proc/self/ns/time)" ]
	in_box true -/sys -/sys/fs/cgroup -/dev/mqueue linux.namespaces="$spaces]" linux.timeOffsets='{"monotonic": {"secs": -9000000000}}'
	[ "$status" = 1 ]
	[[ "$stderr" == *linux.timeOffsets* ]]
}

@test "the caller's groups are kept when an annotation says so" {
	is_root || skip "needs root"
	config args='["/bin/id", "-G"]' process.user.additionalGids='[9]'
	call setpriv --groups 0,4,5 "$OCI" --root "$work/oci" --cgroup-manager disabled run -b "$work" plain
	[ "$output" = "0 9" ]
	config args='["/bin/id", "-G"]' process.user.additionalGids='[9]' annotations='{"run.oci.keep_original_groups": "1"}'
	call setpriv --groups 0,4,5 "$OCI" --root "$work/oci" --cgroup-manager disabled run -b "$work" kept
	[ "$output" = "0 4 5" ]
}

@test "a hook without env has the runtime's environment and the bundle's directory, inside none or what the command has" {
	printf '#!/bin/sh\n{ echo "$1: $(pwd)"; env; } >>"%s"\n' "$work/said" >"$work/hook"
	printf '#!/bin/sh\n{ echo "$1: $(pwd)"; env; } >&2\n' >"$root/bin/hook"
	chmod +x "$work/hook" "$root/bin/hook"
	ln -s busybox "$root/bin/env"
	ln -s busybox "$root/bin/pwd"
	kinds='prestart createRuntime createContainer poststart poststop'
	for kind in $kinds; do
		config args='["/bin/true"]' process.cwd='"/tmp"' process.env='["PATH=/bin", "FROM=image"]' \
			annotations='{"run.oci.hooks.stderr": "'"$work"'/inside"}' \
			hooks='{"'$kind'": [{"path": "'"$work"'/hook", "args": ["hook", "'$kind'"]}],
				"startContainer": [{"path": "/bin/hook", "args": ["hook", "inside"]}]}'
		rm -f "$work/said" "$work/inside"
		cd /
		FROM=caller bundle
		worked
		grep -qx "$kind: $work" "$work/said"
		if [ $kind = createContainer ]; then run ! grep FROM "$work/said"; else grep -qx FROM=caller "$work/said"; fi
		run ! grep FROM=image "$work/said"
		grep -qx 'inside: /tmp' "$work/inside"
		grep -qx FROM=image "$work/inside"
		run ! grep FROM=caller "$work/inside"
	done
}

@test "a hook with env has that alone, and poststop hooks run when the bundle is gone" {
	printf '#!/bin/sh\n{ echo "$1: $(pwd)"; env; } >>"%s"\n' "$work/said" >"$work/hook"
	chmod +x "$work/hook"
	config args='["/bin/true"]' root.path="\"$root\"" hooks='{
		"createContainer": [{"path": "'"$work"'/hook", "args": ["hook", "one"], "env": ["A=1"]}],
		"poststop": [{"path": "'"$work"'/hook", "args": ["hook", "poststop"]}]}'
	mkdir "$work/b"
	mv "$work/config.json" "$work/b"
	FROM=caller oci create -b "$work/b" gone </dev/null >/dev/null 2>&1
	grep -qx "one: $work/b" "$work/said"
	grep -qx A=1 "$work/said"
	run ! grep FROM "$work/said"
	rm -r "$work/b"
	oci delete -f gone
	grep -qx 'poststop: /' "$work/said"
}

@test "hooks write to the files that annotations name, on both sides" {
	printf '#!/bin/sh\necho "$1"; echo "to stderr: $1" >&2\n' >"$work/hook"
	chmod +x "$work/hook"
	cp "$work/hook" "$root/bin/hook"
	config args='["/bin/true"]' annotations='{"run.oci.hooks.stdout": "'"$work"'/out", "run.oci.hooks.stderr": "'"$work"'/err"}' \
		hooks='{"createRuntime": [{"path": "'"$work"'/hook", "args": ["hook", "one"]}],
			"createContainer": [{"path": "'"$work"'/hook", "args": ["hook", "two"]}],
			"startContainer": [{"path": "/bin/hook", "args": ["hook", "three"]}]}'
	bundle
	worked
	[ "$(cat "$work/out")" = $'one\ntwo\nthree' ]
	[ "$(wc -l <"$work/err")" = 3 ]
}

@test "a pidfd of the container goes to the receiver that an annotation names" {
	config args='["/bin/true"]' annotations='{"run.oci.pidfd_receiver": "'"$work"'/socket"}'
	call python3 - "$OCI" "$work" <<-'END'
		import array, os, socket, subprocess, sys
		oci, work = sys.argv[1:]
		server = socket.socket(socket.AF_UNIX)
		server.bind(work + '/socket')
		server.listen()
		child = subprocess.Popen([oci, '--root', work + '/oci', '--cgroup-manager', 'disabled', 'run', '-b', work, 'told'])
		_, control, _, _ = server.accept()[0].recvmsg(100, socket.CMSG_SPACE(4))
		fd = array.array('i', control[0][2])[0]
		print(os.readlink(f'/proc/self/fd/{fd}'))
		sys.exit(child.wait())
	END
	worked
	[[ "$output" == *pidfd* ]]
}

@test "umask, default devices of another mode, an unknown capability, a cgroup namespace by path" {
	umask 027
	in_box 'umask'
	[ "$output" = 0027 ]
	in_box 'umask' process.user.umask=18
	[ "$output" = 0022 ]
	umask 022
	in_box true process.capabilities='{"bounding": ["CAP_OF_TOMORROW"]}'
	worked
	[[ "$stderr" == *CAP_OF_TOMORROW* ]]
	is_root || return 0
	in_box 'stat -c "%a %u" /dev/zero' linux.devices='[{"path": "/dev/zero", "type": "c", "major": 1, "minor": 5, "fileMode": 416, "uid": 11}]'
	[ "$output" = "640 11" ]
	[ -e /proc/self/ns/cgroup ] || return 0
	in_box 'stat -Lc %i /proc/self/ns/cgroup' -/sys/fs/cgroup \
		linux.namespaces='[{"type": "pid"}, {"type": "mount"}, {"type": "cgroup", "path": "/proc/self/ns/cgroup"}]'
	[ "$output" = "$(stat -Lc %i /proc/self/ns/cgroup)" ]
}

@test "a kernel without openat2, clone3, open_tree, mount_setattr, pidfd_open, close_range" {
	for call in openat2 clone3 open_tree move_mount mount_setattr pidfd_open close_range fsopen; do
		config args='["/bin/sh", "-c", "echo in; touch /proc/sys/kernel/core_pattern 2>/dev/null || true"]'
		call timeout 300 "$BUILD/conformance-refuse" "$call" -- "$OCI" --root "$work/oci" --cgroup-manager disabled run -b "$work" old
		[ "$status" = 0 ] && [ "$output" = in ] || { echo "$call: $status $output $stderr"; return 1; }
	done
	config args='["/bin/true"]' mounts='[{"destination": "/v", "source": "'"$work"'", "options": ["rbind", "rro"]}]' \
		linux.maskedPaths='[]' linux.readonlyPaths='[]'
	call "$BUILD/conformance-refuse" mount_setattr -- "$OCI" --root "$work/oci" --cgroup-manager disabled run -b "$work" old
	[ "$status" = 1 ]
	rm -rf "$root/proc"
	ln -s / "$root/proc"
	config args='["/bin/true"]'
	call "$BUILD/conformance-refuse" openat2 -- "$OCI" --root "$work/oci" --cgroup-manager disabled run -b "$work" old
	[ "$status" = 1 ]
	[[ "$stderr" == *"a part of it is a link"* ]]
}

@test "network devices are moved in, renamed, with their addresses and up" {
	is_root && command -v ip >/dev/null || skip "needs root and iproute2"
	one=mv$((BASHPID % 100000))a two=mv$((BASHPID % 100000))b
	ip link add "$one" type veth peer name "$two" 2>/dev/null || skip "no veth devices here"
	ip addr add 10.99.0.1/24 dev "$one"
	ip -6 addr add fd00:99::1/64 dev "$one" 2>/dev/null || true
	ip link set "$one" mtu 1400
	ln -sf busybox "$root/bin/ip"
	in_box 'ip addr show dev inside0; cat /proc/sys/net/ipv4/conf/inside0/forwarding' \
		linux.netDevices='{"'"$one"'": {"name": "inside0"}}' linux.sysctl='{"net.ipv4.conf.inside0.forwarding": "1"}'
	ip link del "$two" 2>/dev/null || true
	worked
	[[ "$output" == *"UP"*"mtu 1400"*"inet 10.99.0.1/24"*$'\n1' ]]
	in_box true linux.netDevices='{"nosuchdevice": {}}'
	[ "$status" = 1 ]
	[[ "$stderr" == *"linux.netDevices: there is no device 'nosuchdevice'"* ]]
}
