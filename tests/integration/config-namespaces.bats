#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# config.json: namespaces that are given, omitted, or shared; as root, on this machine.

load threats/threats.bash

setup() {
	need_root
	make_box
	make_root "$root" grep readlink touch
	proc='[{"destination": "/proc", "type": "proc", "source": "proc"}]'
}

# in_box NAMESPACES SCRIPT [KEY=JSON...]: runs a shell script with no mount but /proc
in_box() {
	local script
	script=$(python3 -c 'import json, sys; print(json.dumps(["/bin/sh", "-c", sys.argv[1]]))' "$2")
	config "args=$script" mounts="$proc" linux.namespaces="$1" "${@:3}"
	bundle
}

@test "namespaces by path that aren't the given user namespace's, and such that are" {
	unshare --user --map-root-user --uts sh -c 'echo; exec sleep 1000' >"$work/said" 3>&- &
	holder=$!
	unshare --net --ipc sh -c 'echo; exec sleep 1000' >"$work/said2" 3>&- &
	other=$!
	wait_until '[ -s "$work/said" ] && [ -s "$work/said2" ]'
	in_box '[{"type": "pid"}, {"type": "mount"}, {"type": "user", "path": "/proc/'$holder'/ns/user"},
		{"type": "uts", "path": "/proc/'$holder'/ns/uts"}, {"type": "network", "path": "/proc/'$other'/ns/net"},
		{"type": "ipc", "path": "/proc/'$other'/ns/ipc"}]' 'for n in user uts net ipc; do readlink /proc/self/ns/$n; done'
	wanted=$(readlink /proc/$holder/ns/{user,uts} /proc/$other/ns/{net,ipc})
	kill $holder $other
	worked
	[ "$output" = "$wanted" ]
}

@test "a config.json without a mount namespace: its mounts are not the host's" {
	in_box '[]' 'readlink /proc/self/ns/mnt; readlink /proc/self/ns/pid; touch /proc/kcore 2>/dev/null; ls /'
	worked
	[[ "$output" == mnt:* ]]
	[[ "$output" != *"$(readlink /proc/self/ns/mnt)"* ]]
	[[ "$output" == *"$(readlink /proc/self/ns/pid)"*usr ]]
	run ! grep "$root" /proc/self/mountinfo
	config args='["/bin/sleep", "100"]' mounts="$proc" linux.namespaces='[{"type": "pid"}]'
	oci run -d -b "$work" "box-$$" </dev/null >/dev/null 2>&1 3>&-
	call oci exec "box-$$" sh -c '[ "$(readlink /proc/self/ns/mnt)" = "$(readlink /proc/1/ns/mnt)" ] && ls /'
	oci delete -f "box-$$"
	worked
	[[ "$output" == *usr ]]
}

@test "time offsets of a container whose root is another user of the host" {
	[ -e /proc/self/ns/time ] || skip "this kernel has no time namespaces"
	map='[{"containerID": 0, "hostID": 100000, "size": 65536}]'
	chown -R 100000:100000 "$root" && chmod 755 "$work"
	in_box '[{"type": "pid"}, {"type": "mount"}, {"type": "user"}, {"type": "time"}]' 'read -r up rest </proc/uptime; echo ${up%.*}' \
		linux.uidMappings="$map" linux.gidMappings="$map" linux.timeOffsets='{"boottime": {"secs": 100000000}}'
	worked
	[ "$output" -gt 100000000 ]
}
