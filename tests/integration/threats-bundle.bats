#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# masu-oci: a config.json is trusted for what it asks for, but must never crash it or lead outside.

load threats/threats.bash

# Neither a signal's status nor silence.
no_crash() {
	[ "$status" -lt 126 ] && { [ "$status" = 0 ] || [[ "$stderr" == *masu-oci:* ]]; } && return
	echo "status $status: ${stderr:0:500}"
	return 1
}

@test "a /dev that is a link, without a mount at /dev (CVE-2026-41579)" {
	rmdir "$root/dev"
	for target in "$canary/directory" ../canary/directory /tmp; do
		ln -sfn "$target" "$root/dev"
		config -/dev -/dev/pts -/dev/shm -/dev/mqueue args='["/bin/sh", "-c", "echo in; ls /dev/"]'
		bundle
		[ "$status" != 0 ] || [[ "$output" == in*null* ]]
		canary_is_untouched
	done
	[ "$status" = 0 ]
}

@test "a remount opens no other mount than the one that it names" {
	ln -s data "$root/link"
	tmpfs='{"destination": "/data", "type": "tmpfs", "source": "tmpfs", "options": ["ro"]}'
	config mounts="[$tmpfs, {\"destination\": \"/link\", \"options\": [\"remount\", \"rw\"]}]" args='["/bin/true"]'
	bundle
	[[ $status != 0 && $stderr == *"remount '/link': a part of it is a link"* ]]
	config mounts="[$tmpfs, {\"destination\": \"/data\", \"options\": [\"remount\", \"rw\"]}]" args='["/bin/mkdir", "/data/x"]'
	bundle
	worked
}

@test "a /proc of the image's is not asked about groups" {
	is_root || skip "an ordinary user's container has one group here"
	mkdir "$root/proc/self"
	mkfifo "$root/proc/self/setgroups"
	config -/proc linux.maskedPaths='[]' linux.readonlyPaths='[]' args='["/bin/id", "-G"]' process.user.gid=7
	call timeout -s KILL 10 setpriv --groups 0,4,5 "$OCI" --root "$work/oci" --cgroup-manager disabled run -b "$work" threats
	[ "$output" = 7 ]
}

@test "hooks get their own environment or the caller's, never that of the process (CVE-2025-23266)" {
	printf '#!/bin/sh\nenv >>"%s"\n' "$work/seen" >"$work/hook"
	chmod +x "$work/hook"
	hook='[{"path": "'$work/hook'", "env": ["OWN=1"]}, {"path": "'$work/hook'"}]'
	config args='["/bin/true"]' env='["LD_PRELOAD=/evil.so", "PROCESS=1", "PATH=/evil"]' \
		hooks='{"prestart": '"$hook"', "createRuntime": '"$hook"', "createContainer": '"$hook"', "poststop": '"$hook"'}'
	CALLER=1 bundle
	worked
	[ "$(grep -c '^OWN=1$' "$work/seen")" = 4 ]
	# Not createContainer: it runs in namespaces that other containers may share.
	[ "$(grep -c '^CALLER=1$' "$work/seen")" = 3 ]
	run ! grep -E 'LD_PRELOAD|PROCESS|evil' "$work/seen"
}

@test "a startContainer hook, which is the image's file, has no more power than the command" {
	printf '#!/bin/sh\n{ /bin/id -u; cat /proc/self/status; } >/tmp/seen\n' >"$root/bin/hook"
	chmod +x "$root/bin/hook"
	chmod 1777 "$root/tmp"
	config args='["/bin/cat", "/proc/self/status"]' process.noNewPrivileges=true \
		linux.seccomp='{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["acct"], "action": "SCMP_ACT_ERRNO"}]}' \
		hooks='{"startContainer": [{"path": "/bin/hook"}]}'
	bundle
	worked
	power='^(Uid|Groups|Cap...|NoNewPrivs|Seccomp):'
	[ "$(grep -cE "$power" "$root/tmp/seen")" = 9 ]
	[ "$(grep -E "$power" "$root/tmp/seen")" = "$(grep -E "$power" <<<"$output")" ]
}

@test "a state that another user planted is not believed, and its hooks are not run" {
	is_root || skip "takes two users"
	chmod 711 "$work"
	mkdir -m 1777 "$work/oci"
	printf '#!/bin/sh\ntouch "%s"\n' "$work/owned" >"$work/hook"
	chmod +x "$work/hook"
	setpriv --reuid 65534 --clear-groups sh -ec 'mkdir "$1/oci/planted"
		cd "$1/oci/planted"
		echo "{\"id\": \"planted\", \"bundle\": \"/\", \"bootId\": \"-\", \"poststop\": true, \"supervised\": true}" >state.json
		echo "{\"ociVersion\": \"1.0.2\", \"hooks\": {\"poststop\": [{\"path\": \"$1/hook\"}]}}" >config.json' - "$work"
	for command in delete "delete --force" state kill start; do
		call oci $command planted
		[[ $status = 1 && $stderr == *"'$work/oci/planted' belongs to another user"* ]]
	done
	config args='["/bin/true"]'
	call oci run -b "$work" planted
	[[ $status = 1 && $stderr == *"already exists"* ]]
	[ ! -e "$work/owned" ]
}

@test "strings over 65,535 bytes are taken or refused, whole (CVE-2021-43784)" {
	long=$(printf 'x%.0s' {1..70000})
	for key in hostname process.cwd args env root.path annotations mounts uids; do
		case $key in
		hostname) change="hostname=\"$long\"" ;;
		args) change="args=[\"/bin/echo\", \"$long\"]" ;;
		env) change="env=[\"A=$long\"]" ;;
		annotations) change="annotations={\"a\": \"$long\"}" ;;
		mounts) change="mounts=[{\"destination\": \"/$long\", \"type\": \"tmpfs\"}]" ;;
		uids) change="process.user.username=\"$long\"" ;;
		*) change="$key=\"/$long\"" ;;
		esac
		case $key in
		args) config "$change" ;;
		*) config args='["/bin/true"]' "$change" ;;
		esac
		bundle
		no_crash || { echo "$key"; return 1; }
		[ $key != args ] || [ "$output" = "$long" ]
	done
	canary_is_untouched
}

@test "chains of links, and a path over PATH_MAX" {
	ln -s /bin "$root/link0"
	for i in {1..59}; do
		ln -s "link$((i - 1))" "$root/link$i"
	done
	deep=$(printf '/%.0s' {1..10}; printf 'directory/%.0s' {1..700})
	for cwd in /link59 /link59/../link58 "/$deep"; do
		config args='["/bin/true"]' cwd="\"$cwd\""
		bundle
		no_crash
		[ "$status" != 0 ]
	done
	config args='["/bin/true"]' mounts='[{"destination": "/link59/x", "type": "tmpfs", "source": "tmpfs"}]'
	bundle
	no_crash
	[ "$status" != 0 ]
}

@test "id maps of 340 lines, and of one more" {
	is_root || skip "an ordinary user's map goes through newuidmap"
	for n in 340 341 1000; do
		map=$(python3 -c "print('[' + ','.join('{\"containerID\":%d,\"hostID\":%d,\"size\":1}' % (i, 2 * i) for i in range($n)) + ']')")
		config args='["/bin/cat", "/proc/self/uid_map"]' linux.uidMappings="$map" linux.gidMappings="$map" \
			linux.namespaces='[{"type": "pid"}, {"type": "mount"}, {"type": "user"}, {"type": "ipc"}, {"type": "network"}]' \
			-/sys/fs/cgroup
		bundle
		no_crash
		if [ $n = 340 ]; then
			worked
			[ "$(wc -l <<<"$output")" = 340 ]
		else
			[ "$status" != 0 ]
		fi
	done
	map='[{"containerID": 0, "hostID": 0, "size": 10}, {"containerID": 5, "hostID": 100, "size": 10}]'
	config args='["/bin/true"]' linux.uidMappings="$map" linux.gidMappings="$map" linux.namespaces='[{"type": "mount"}, {"type": "user"}]'
	bundle
	no_crash
	[ "$status" != 0 ]
}

@test "where groups could be dropped to gain access, setgroups is given up first (CVE-2014-8989)" {
	! is_root || skip "root may set groups"
	config args='["/bin/cat", "/proc/self/setgroups"]'
	bundle
	[ "$output" = deny ]
}

@test "without a cgroup namespace an ordinary user can't write to her cgroups (CVE-2023-25809)" {
	! is_root || skip "root's config.json is taken at its word"
	config args='["/bin/cat", "/proc/self/mountinfo"]' linux.namespaces='[{"type": "pid"}, {"type": "mount"}, {"type": "user"}]' \
		mounts='[{"destination": "/proc", "type": "proc", "source": "proc"},
			{"destination": "/cgroup", "type": "cgroup", "source": "cgroup", "options": ["rw"]}]'
	bundle
	worked
	grep -q ' /cgroup' <<<"$output"
	run ! grep -E ' /cgroup[^ ]* rw' <<<"$output"
}

@test "a router's word is not taken (CVE-2020-10749)" {
	[ -e /proc/sys/net/ipv6/conf ] || skip "no IPv6 here"
	config args='["/bin/cat", "/proc/sys/net/ipv6/conf/all/accept_ra", "/proc/sys/net/ipv6/conf/default/accept_ra"]'
	bundle
	worked
	[ "$output" = $'0\n0' ]
}

@test "ids that are paths are refused" {
	config args='["/bin/true"]'
	long=$(printf 'x%.0s' {1..256})
	for id in .. . .x a/b ../x $'a\nb' "$long" "" " "; do
		for command in "run -b $work" "create -b $work" start state "delete -f" "kill"; do
			call oci $command -- "$id"
			[ "$status" = 1 ]
		done
	done
	[ -z "$(ls -A "$work/oci" 2>/dev/null)" ]
	canary_is_untouched
}

@test "a pid file replaces a planted link, and is never written through it" {
	ln -s "$canary/file" "$work/pid"
	config args='["/bin/true"]'
	bundle --pid-file "$work/pid"
	worked
	[ -f "$work/pid" ]
	[ ! -L "$work/pid" ]
	canary_is_untouched
}

@test "kernel settings are of the container's own namespaces, and by way of no link (CVE-2025-52881)" {
	rmdir "$root/proc"
	mkdir -p "$root/proc/sys/net/ipv4"
	ln -s "$canary/file" "$root/proc/sys/net/ipv4/ip_forward"
	config -/proc linux.maskedPaths='[]' linux.readonlyPaths='[]' args='["/bin/true"]' linux.sysctl='{"net.ipv4.ip_forward": "1"}'
	bundle
	no_crash
	canary_is_untouched
	for key in kernel.core_pattern net/../kernel/core_pattern net.ipv4/../../kernel/core_pattern vm.overcommit_memory; do
		config args='["/bin/true"]' linux.sysctl="{\"$key\": \"1\"}"
		bundle
		no_crash
		[ "$status" != 0 ]
	done
}
