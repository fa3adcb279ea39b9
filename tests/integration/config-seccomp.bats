#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# config.json: linux.seccomp with an agent that is asked, and its flags.

load threats/threats.bash

with_agent() {
	call env AT_FIRST="${numbers:-[]}" python3 "$BATS_TEST_DIRNAME/seccomp-agent.py" "$work/agent" "$work/seen" "$@"
}

filter() { # NAMES [MEMBERS]
	echo '{"defaultAction": "SCMP_ACT_ALLOW", "listenerPath": "'"$work"'/agent", "listenerMetadata": "some text",
		"syscalls": [{"names": ['"$1"'], "action": "SCMP_ACT_NOTIFY"}]'"${2:+, $2}"'}'
}

@test "an agent gets the filter's listener with the container process state, and decides" {
	for privileges in true false; do
		config args='["/bin/sh", "-c", "mkdir /x; echo $?"]' linux.seccomp="$(filter '"mkdir", "mkdirat"')" \
			annotations='{"k": "v"}' process.noNewPrivileges=$privileges
		with_agent "$OCI" --root "$work/oci" --cgroup-manager disabled run -b "$work" watched
		worked
		[ "$output" = 1 ]
		[[ "$stderr" == *"Invalid cross-device link"* ]]
		python3 - "$work/seen" <<-'END'
			import json, sys
			s = json.load(open(sys.argv[1]))
			assert s['fds'] == ['seccompFd'] and s['metadata'] == 'some text' and s['ociVersion'], s
			state = s['state']
			assert state['id'] == 'watched' and state['pid'] == s['pid'] > 1 and state['annotations'] == {'k': 'v'}, s
		END
		rm "$work/agent" "$work/seen"
	done
}

@test "a filter that notifies the calls of masu's own start" {
	# sendmsg, recvmsg, wait4, execve, capset, prctl, seccomp, futex, exit_group
	[ "$(uname -m)" = x86_64 ] || skip "has the system call numbers of x86-64"
	numbers='[46, 47, 61, 59, 126, 157, 317, 202, 231]'
	config args='["/bin/echo", "in"]' \
		linux.seccomp="$(filter '"sendmsg", "recvmsg", "wait4", "execve", "capset", "prctl", "seccomp", "exit_group"')"
	with_agent "$OCI" --root "$work/oci" --cgroup-manager disabled run -b "$work" watched
	worked
	[ "$output" = in ]
}

@test "create and start; nobody there, no path, and an annotation for the path" {
	config args='["/bin/sleep", "100"]' linux.seccomp="$(filter '"mkdir", "mkdirat"')"
	oci create -b "$work" made </dev/null >"$work/out" 2>&1
	with_agent "$OCI" --root "$work/oci" start made
	worked
	rm -f "$work/agent"
	with_agent "$OCI" --root "$work/oci" exec made sh -c 'mkdir /x; echo $?'
	[ "$output" = 1 ]
	[[ "$(cat "$work/seen")" == *'"status":"running"'* ]]
	python3 -c 'import json, sys; s = json.load(open(sys.argv[1])); assert s["pid"] != s["state"]["pid"]' "$work/seen"
	oci delete -f made
	rm -f "$work/agent"

	bundle
	[ "$status" = 1 ]
	[[ "$stderr" == *"linux.seccomp.listenerPath: "*"'$work/agent'"* ]]
	none='{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_NOTIFY"}]}'
	config args='["/bin/true"]' linux.seccomp="$none"
	bundle
	[ "$status" = 1 ]
	[[ "$stderr" == *"linux.seccomp.listenerPath: SCMP_ACT_NOTIFY needs it"* ]]
	config args='["/bin/true"]' linux.seccomp="$none" annotations='{"run.oci.seccomp.receiver": "'"$work"'/agent"}'
	with_agent "$OCI" --root "$work/oci" --cgroup-manager disabled run -b "$work" watched
	worked
}

@test "every flag that this kernel has, and an error for the unknown call" {
	flags='"flags": ["SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW", "SECCOMP_FILTER_FLAG_TSYNC"'
	config args='["/bin/sh", "-c", "mkdir /x; echo $?"]' linux.seccomp="$(filter '"mkdir", "mkdirat"' "$flags]")"
	with_agent "$OCI" --root "$work/oci" --cgroup-manager disabled run -b "$work" watched
	worked
	rm -f "$work/agent"
	config args='["/bin/sh", "-c", "mkdir /x; echo $?"]' \
		linux.seccomp="$(filter '"mkdir", "mkdirat"' "$flags, \"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV\"]")"
	with_agent "$OCI" --root "$work/oci" --cgroup-manager disabled run -b "$work" watched
	[ "$status" = 0 ] || [[ "$stderr" == *"linux.seccomp.flags"* ]]

	unknown='{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["no_such_call"], "action": "SCMP_ACT_ALLOW"}]}'
	config args='["/bin/true"]' linux.seccomp="${unknown/SCMP_ACT_ALLOW/SCMP_ACT_KILL}" annotations='{"run.oci.seccomp_fail_unknown_syscall": "1"}'
	bundle
	[ "$status" = 1 ]
	[[ "$stderr" == *no_such_call* ]]
}
