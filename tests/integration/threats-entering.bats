#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Attacks of a hostile container on masu-oci exec, which enters it.

load threats/threats.bash

# begin [KEY=JSON...]: a container that waits, as "box-$$"
begin() {
	config args='["/bin/sleep", "1000"]' "$@"
	oci create -b "$work" "box-$$" </dev/null >/dev/null 2>&1 3>&-
	oci start "box-$$" 3>&-
}

# enter [OPTION...] COMMAND...: stdout in $output, masu-oci's words in $stderr
enter() {
	local options=()
	while [[ $1 == -* ]]; do
		options+=("$1" "$2")
		shift 2
	done
	call oci exec "${options[@]}" "box-$$" "$@"
}

# own_ids [FIRST]: the changes to config.json for a user namespace, in $more
own_ids() {
	local map='[{"containerID": 0, "hostID": '${1:-100000}', "size": 65536}]'
	chmod 755 "$work"
	chmod 777 "$root"
	more=(linux.uidMappings="$map" linux.gidMappings="$map"
		linux.namespaces='[{"type": "pid"}, {"type": "mount"}, {"type": "user"}, {"type": "ipc"}, {"type": "uts"}, {"type": "network"}, {"type": "cgroup"}]')
}

# stopped MESSAGE: by masu-oci itself
stopped() {
	[ "$status" = 255 ] && [[ "$stderr" == *"$1"* ]] && return
	echo "status $status, not refused with '$1': $output $stderr"
	return 1
}

teardown() {
	oci delete --force "box-$$" 3>&- || true
	remove_work
}

@test "exec: no descriptor but those asked for, no working directory and no command by descriptor (CVE-2024-21626)" {
	exec 9<"$canary" 60<"$canary/file"
	begin
	enter sh -c 'cd /proc/self/fd; echo *'
	worked
	[[ "$output" =~ ^0\ 1\ 2(\ 3)?$ ]] # the directory itself, while it is read
	ln -s /proc/self/fd/9 "$root/nine"
	for cwd in /nine /proc/self/fd/{3..10} /proc/self/fd/60 /proc/1/cwd/../..; do
		enter --cwd "$cwd" sh -c pwd
		[ "$output" = / ] || stopped "working directory"
	done
	cp "$root/bin/busybox" "$canary/busybox"
	before=$(hash_canary)
	for n in {3..10}; do
		for path in busybox "1/root$canary/busybox"; do # a directory of the canary's, or a procfs of the host's
			enter "/proc/self/fd/$n/$path" echo out
			[ "$status" = 255 ]
			[ -z "$output" ]
			printf '#!/proc/self/fd/%s echo\n' "$n/$path" >"$root/script"
			chmod +x "$root/script"
			enter /script
			[ "$status" = 255 ]
			[ -z "$output" ]
		done
	done
	canary_is_untouched
}

@test "exec: the program that enters can't be written over (CVE-2019-5736)" {
	command -v strace >/dev/null || skip "no strace, which holds it up"
	ldd "$OCI" | grep -q asan && skip "built with sanitizers"
	mkdir "$work/bin"
	cp "$OCI" "$work/bin/" # the caller's own, which is not protected by being root's
	OCI=$work/bin/masu-oci
	hash=$(sha256sum "$OCI")
	cp "$BUILD/threats-attacker" "$root/attacker"
	printf '#!/proc/self/exe\n' >"$root/script"
	chmod +x "$root/script"
	begin
	touch "$work/said"
	# Detached: no other process may hold the program, which would be what protects it.
	oci exec --detach "box-$$" /attacker takeover 1000 </dev/null >"$work/said" 2>&1 3>&-
	wait_until grep -q ready "$work/said"
	is_found() {
		strace -qq -f -o /dev/null -e inject=exit_group:delay_enter=300000 \
			"$OCI" --root "$work/oci" --cgroup-manager disabled exec "box-$$" /script 3>&- || true
		grep -q '^refused\|^OVERWRITTEN' "$work/said"
	}
	wait_until is_found
	cat "$work/said"
	grep -qx found "$work/said"
	grep '^refused: ' "$work/said" | grep -v busy
	[ "$(sha256sum "$OCI")" = "$hash" ]
}

@test "exec: who comes in can be neither traced nor robbed (CVE-2016-9962)" {
	command -v strace >/dev/null || skip "no strace, which holds it up on its way"
	ldd "$OCI" | grep -q asan && skip "built with sanitizers"
	cp "$BUILD/threats-attacker" "$root/attacker"
	caps='["CAP_SYS_PTRACE", "CAP_KILL", "CAP_DAC_OVERRIDE"]'
	more=()
	! is_root || own_ids 0 # root of the host's may trace what it likes; other ids would close it by themselves
	begin process.capabilities.bounding="$caps" process.capabilities.effective="$caps" \
		process.capabilities.permitted="$caps" "${more[@]}"
	touch "$work/said"
	oci exec "box-$$" /attacker thief 1000 </dev/null >"$work/said" 3>&- &
	wait_until grep -q ready "$work/said"
	is_seen() {
		for call in setsid setresuid capset execve; do
			# The clone waits right after it came, after it took its user, and before it executes.
			strace -qq -f -o /dev/null -e "inject=$call:delay_exit=30000" \
				"$OCI" --root "$work/oci" --cgroup-manager disabled exec "box-$$" true 3>&- || exit
		done
		grep -qx "seen: some" "$work/said"
	}
	wait_until is_seen
	touch "$root/stop"
	wait
	cat "$work/said"
	run ! grep OPEN "$work/said"
}

@test "a container that sees the host's processes can't go through one that is being made" {
	is_root || skip "takes root, to whom all user namespaces of her containers belong"
	command -v strace >/dev/null || skip "no strace, which holds it up on its way"
	ldd "$OCI" | grep -q asan && skip "built with sanitizers"
	cp "$BUILD/threats-attacker" "$root/attacker"
	caps='["CAP_KILL", "CAP_DAC_OVERRIDE"]'
	begin process.capabilities.bounding="$caps" process.capabilities.effective="$caps" \
		process.capabilities.permitted="$caps" linux.namespaces='[{"type": "mount"}, {"type": "ipc"}, {"type": "uts"}]' \
		-/sys -/sys/fs/cgroup linux.maskedPaths='[]' linux.readonlyPaths='[]'
	touch "$work/said"
	oci exec "box-$$" /attacker thief 1000 </dev/null >"$work/said" 3>&- &
	wait_until grep -q ready "$work/said"
	own_ids
	config args='["/bin/true"]' "${more[@]}" -/sys/fs/cgroup
	# Init waits before it drops its groups and takes its new ids, with all of the host in view.
	is_seen() {
		strace -qq -f -o /dev/null -e inject=setgroups:delay_enter=50000 \
			"$OCI" --root "$work/oci" --cgroup-manager disabled run -b "$work" "new-$$" 3>&- || exit
		grep -qx "seen: some" "$work/said"
	}
	wait_until is_seen
	touch "$root/stop"
	wait
	cat "$work/said"
	run ! grep OPEN "$work/said"
}

@test "exec: init of a created container can't be taken over before it is started" {
	cp "$BUILD/threats-attacker" "$root/attacker"
	caps='["CAP_SYS_PTRACE"]'
	caps=(process.capabilities.bounding="$caps" process.capabilities.effective="$caps" process.capabilities.permitted="$caps")
	more=()
	if is_root; then
		config args='["/bin/true"]' "${caps[@]}"
		oci create -b "$work" "box-$$" </dev/null >/dev/null 2>&1 3>&-
		enter /attacker trace 1
		stopped "cannot exec in a created container that has CAP_SYS_PTRACE and no user namespace"
		oci delete --force "box-$$" 3>&-
		own_ids 0 # other ids would close it by themselves
	fi
	config args='["/bin/echo", "in"]' "${caps[@]}" "${more[@]}"
	oci create -b "$work" "box-$$" </dev/null >"$work/said" 2>&1 3>&-
	enter /attacker trace 1
	worked
	[ "$output" = "trace: refused: Operation not permitted" ]
	oci start "box-$$" 3>&-
	wait_until grep -q in "$work/said"
	[ "$(cat "$work/said")" = in ]
}

@test "exec: the user is a number; passwd and group of the container's are not asked (CVE-2016-3697, CVE-2026-30892)" {
	begin
	echo "2147483648:x:0:0::/:/bin/sh" >>"$root/etc/passwd"
	rm "$root/etc/group"
	mkfifo "$root/etc/group" # would block a reader (CVE-2025-4437)
	for user in "" 1: : :1 -1 0x1 4294967295 4294967296 root 99999999999999999999; do
		enter --user "$user" id
		stopped "--user '$user'"
	done
	enter --user 0 id -u
	worked
	[ "$output" = 0 ]
	if is_root; then
		enter --user 2147483648 sh -c 'id -u; grep -h Cap /proc/self/status'
		worked
		[[ "$output" == 2147483648* ]]
		[[ "$output" == *CapEff:?0000000000000000* ]]
	fi
}

@test "exec: capabilities: inheritable and ambient none; none in effect for a user (CVE-2022-29162, CVE-2018-10856)" {
	begin
	for options in "-e A=1" "--cap CAP_NET_ADMIN" "--cap CAP_SYS_CHROOT"; do
		# shellcheck disable=SC2086
		enter $options sh -c 'cat /proc/self/status'
		grep -qx "CapInh:.0000000000000000" <<<"$output"
		grep -qx "CapAmb:.0000000000000000" <<<"$output"
	done
	is_root || return 0
	enter --user 1000 sh -c 'cat /proc/self/status'
	for set in Inh Prm Eff Amb; do
		grep -qx "Cap$set:.0000000000000000" <<<"$output"
	done
}

@test "exec: a procfs of the container's is believed in nothing, and no library of its is loaded" {
	begin -/proc linux.maskedPaths='[]' linux.readonlyPaths='[]'
	mkdir -p "$root/proc/self/ns" "$root/proc/self/fd" "$root/proc/self/attr"
	ln -s /canary "$root/proc/self/exe"
	mkfifo "$root/proc/self/setgroups" "$root/proc/self/attr/exec"
	mkdir -p "$root/lib/x86_64-linux-gnu"
	echo garbage >"$root/lib/x86_64-linux-gnu/libnss_files.so.2"
	echo "passwd: evil" >"$root/etc/nsswitch.conf"
	for fd in $(seq 3 30); do mkfifo "$root/proc/self/fd/$fd"; done
	echo root:x:0:0::/home/root:/bin/sh >"$root/etc/passwd"
	call timeout -s KILL 60 "$OCI" --root "$work/oci" --cgroup-manager disabled exec "box-$$" sh -c 'echo in $HOME'
	worked
	[ "$output" = "in /home/root" ]
}

@test "exec: a terminal comes from a devpts, and from nothing else (CVE-2025-52565)" {
	begin -/dev/pts
	rm -rf "$root/dev/pts"
	ln -s "$canary/directory" "$root/dev/pts" # covered by the container's own /dev
	call oci exec --tty "box-$$" true </dev/null
	[ "$status" != 0 ]
	canary_is_untouched
}

@test "exec: endless output is held up, not gathered (CVE-2022-1708)" {
	begin
	oci exec "box-$$" sh -c 'cat /dev/zero' </dev/null 2>/dev/null 3>&- | head -c 1M >/dev/null
	oci exec "box-$$" sh -c 'head -c 104857600 /dev/zero' </dev/null 3>&- | wc -c >"$work/size"
	[ "$(cat "$work/size")" = 104857600 ]
}

@test "exec: many at once, each its own answer; killed ones leave nothing" {
	begin
	for n in {1..50}; do
		oci exec "box-$$" sh -c "exit $n" </dev/null 3>&- &
		pids[n]=$!
	done
	for n in {1..50}; do
		status=0
		wait "${pids[n]}" || status=$?
		[ "$status" = "$n" ]
	done
	for delay in 0 0.001 0.002 0.003 0.005 0.01; do
		"$OCI" --root "$work/oci" --cgroup-manager disabled exec "box-$$" sleep 999 </dev/null 3>&- &
		sleep "$delay"
		kill -9 $!
		wait $! || true
	done
	one_is_left() {
		enter sh -c 'for p in /proc/[0-9]*/comm; do cat $p; done 2>/dev/null'
		[ "$(grep -cE 'sleep|masu-oci' <<<"$output")" = 1 ]
	}
	wait_until one_is_left
	[ "$(grep -c sleep <<<"$output")" = 1 ]
}
