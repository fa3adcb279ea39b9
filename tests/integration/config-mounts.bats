#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# config.json: mounts and their options, rootfsPropagation, labels; as root, on this machine.

load threats/threats.bash

setup() {
	need_root
	make_box
	make_root "$root" grep mount readlink touch
	mkdir "$work/volume"
	echo file >"$work/volume/file"
	proc='{"destination": "/proc", "type": "proc", "source": "proc"}'
}

# with MOUNT SCRIPT [KEY=JSON...]: runs a shell script with one more mount than /proc
with() {
	local script
	script=$(python3 -c 'import json, sys; print(json.dumps(["/bin/sh", "-c", sys.argv[1]]))' "$2")
	config "mounts=[$proc, $1]" "args=$script" linux.maskedPaths='[]' linux.readonlyPaths='[]' "${@:3}"
	bundle
}

# volume OPTIONS [MEMBERS]: a bind mount of the volume at /v
volume() {
	echo '{"destination": "/v", "source": "'"$work"'/volume", "options": ['"$1"']'"${2:+, $2}"'}'
}

shared_volume() {
	mount -t tmpfs volume "$work/volume"
	mount --make-shared "$work/volume"
}

admin='process.capabilities={"bounding": ["CAP_SYS_ADMIN"], "effective": ["CAP_SYS_ADMIN"], "permitted": ["CAP_SYS_ADMIN"]}'

@test "tmpcopyup: a tmpfs begins with what it covers, and keeps its mode" {
	mkdir -p "$root/data/directory"
	echo text >"$root/data/directory/file"
	chown 5:6 "$root/data/directory/file"
	ln -s /etc/passwd "$root/data/link"
	chmod 1777 "$root/data"
	with '{"destination": "/data", "type": "tmpfs", "options": ["tmpcopyup"]}' \
		'cat /data/directory/file; stat -c "%u %g" /data/directory/file; readlink /data/link; stat -c %a /data; echo changed >/data/directory/file'
	worked
	[ "$output" = $'text\n5 6\n/etc/passwd\n1777' ]
	[ "$(cat "$root/data/directory/file")" = text ]
	with '{"destination": "/data", "type": "tmpfs", "options": ["tmpcopyup", "ro", "noexec"]}' \
		'cat /data/directory/file; touch /data/x 2>/dev/null || echo no; grep -c " /data .*noexec" /proc/self/mountinfo'
	[ "$output" = $'text\nno\n1' ]
}

@test "everybody can write to a tmpfs whose mount point did not exist, with or without tmpcopyup" {
	for options in '' '"tmpcopyup"'; do
		with '{"destination": "/made/here", "type": "tmpfs", "options": ['"$options"']}' 'stat -c %a /made /made/here'
		[ "$output" = $'755\n1777' ]
		rm -r "$root/made"
	done
}

@test "the directory of message queues belongs to root, whichever user created the user namespace" {
	map='[{"containerID": 0, "hostID": 100000, "size": 65536}]'
	chown -R 100000:100000 "$root" && chmod 755 "$work"
	with '{"destination": "/dev/mqueue", "type": "mqueue", "source": "mqueue"}' 'stat -c "%u %g" /dev/mqueue' \
		linux.uidMappings="$map" linux.gidMappings="$map" \
		linux.namespaces='[{"type": "pid"}, {"type": "ipc"}, {"type": "mount"}, {"type": "user"}]'
	worked
	[ "$output" = "0 0" ]
}

@test "read-only for a mount alone, and with all that is below it" {
	mkdir "$work/volume/below"
	mount -t tmpfs below "$work/volume/below"
	with "$(volume '"rbind", "ro"')" 'touch /v/x 2>/dev/null || echo no; touch /v/below/x && echo yes'
	[ "$output" = $'no\nyes' ]
	with "$(volume '"rbind", "rro", "rnosuid", "rnoexec"')" \
		'touch /v/below/x 2>/dev/null || echo no; grep /v/below /proc/self/mountinfo'
	[[ "$output" == no*"ro,nosuid,noexec,"* ]]
}

@test "id-mapped mounts, with their own map and the container's" {
	chown 1000:1000 "$work/volume/file"
	map='[{"containerID": 1000, "hostID": 7, "size": 1}]'
	with "$(volume '"bind"' '"uidMappings": '"$map"', "gidMappings": '"$map")" 'stat -c "%u %g" /v/file'
	[ "$output" = "7 7" ] || [[ "$stderr" == *"can't be id-mapped by this kernel"* ]] || worked
	with "$(volume '"rbind", "ridmap=uids=1000-8-1;gids=1000-9-1"')" 'stat -c "%u %g" /v/file'
	[ "$output" = "8 9" ] || [[ "$stderr" == *"can't be id-mapped by this kernel"* ]] || worked
	chown 0:0 "$work/volume/file"
	map='[{"containerID": 0, "hostID": 100000, "size": 1000}]'
	chown -R 100000:100000 "$root"
	chmod 755 "$work"
	with "$(volume '"bind", "idmap"')" 'stat -c "%u %g" /v/file; echo more >>/v/file' linux.uidMappings="$map" linux.gidMappings="$map" \
		linux.namespaces='[{"type": "pid"}, {"type": "mount"}, {"type": "user"}]'
	[ "$output" = "0 0" ] || [[ "$stderr" == *"can't be id-mapped by this kernel"* ]] || worked
	with "$(volume '"bind", "idmap"')" true
	[ "$status" = 1 ]
	[[ "$stderr" == *"needs uidMappings"* ]]
	with '{"destination": "/v", "type": "tmpfs", "options": ["idmap"]}' true
	[ "$status" = 1 ]
	[[ "$stderr" == *"only bind mounts"* ]]
}

@test "a source that only the host's root can reach is mounted for a container with other ids" {
	mkdir -m 700 "$work/closed"
	mkdir "$work/closed/volume"
	echo text >"$work/closed/volume/file"
	chmod 755 "$work"
	chown -R 100000:100000 "$root"
	map='[{"containerID": 0, "hostID": 100000, "size": 1000}]'
	with '{"destination": "/v", "source": "'"$work"'/closed/volume", "options": ["bind"]}' 'cat /v/file' \
		linux.uidMappings="$map" linux.gidMappings="$map" linux.namespaces='[{"type": "pid"}, {"type": "mount"}, {"type": "user"}]'
	worked
	[ "$output" = text ]
}

@test "mounts travel to the host by a shared volume, and by no other" {
	shared_volume
	with "$(volume '"bind", "rslave"')" 'mkdir /v/s; mount -t tmpfs s /v/s' "$admin"
	worked
	run ! grep -q "$work/volume/s" /proc/self/mountinfo
	with "$(volume '"bind"')" 'mkdir /v/n; mount -t tmpfs n /v/n' "$admin" linux.rootfsPropagation='"rshared"'
	worked
	run ! grep -q "$work/volume/n" /proc/self/mountinfo
	with "$(volume '"bind", "rshared"')" 'mkdir /v/y; mount -t tmpfs y /v/y' "$admin"
	worked
	grep -q "$work/volume/y" /proc/self/mountinfo
}

@test "each propagation, of a mount and of the root" {
	shared_volume
	for pair in shared:shared slave:master private: unbindable:unbindable; do
		for word in "${pair%:*}" "r${pair%:*}"; do
			with "$(volume '"rbind", "'"$word"'"')" "grep ' /v ' /proc/self/mountinfo"
			fields=${output#* /v * }
			[ -n "${pair#*:}" ] && [[ "$fields" == *"${pair#*:}"*" - "* ]] || [[ "$fields" == "- "* ]]
			with "$(volume '"rbind"')" "grep ' / / \| / rw' /proc/self/mountinfo" linux.rootfsPropagation="\"$word\""
			worked
			case $word in
			*shared | *unbindable) [[ "$output" == *"${pair#*:}"*" - "* ]] ;;
			*) [[ "$output" != *shared:* ]] ;;
			esac
		done
	done
}

@test "links: mounted themselves, mounted over, copied" {
	ln -s file "$work/volume/link"
	ln -s /etc/group "$root/over"
	link='"source": "'"$work"'/volume/link"'
	with '{"destination": "/l", '"$link"', "options": ["bind", "src-nofollow"]}' 'readlink /l'
	[ "$output" = file ]
	with '{"destination": "/over", '"$link"', "options": ["bind", "dest-nofollow"]}' 'cat /over /etc/group'
	[ "$output" = $'file\nroot:x:0:' ]
	for _ in 1 2; do
		with '{"destination": "/new/copy", '"$link"', "options": ["bind", "copy-symlink"]}' 'readlink /new/copy'
		[ "$output" = file ]
	done
	[ -L "$root/new/copy" ]
	touch "$root/taken"
	with '{"destination": "/taken", '"$link"', "options": ["bind", "copy-symlink"]}' true
	[ "$status" = 1 ]
}

@test "relative destinations, other file systems, remounts" {
	with '{"destination": "a/b", "type": "ramfs", "source": "r"}, {"destination": "/q", "type": "mqueue", "source": "q"}' \
		"grep -c -E ' /(a/b|q) ' /proc/self/mountinfo"
	[ "$output" = 2 ]
	with '{"destination": "/", "options": ["remount", "bind", "ro"]}' 'touch /x 2>/dev/null || echo no'
	[ "$output" = no ]
	with '{"destination": "/t", "type": "tmpfs"}, {"destination": "/t", "options": ["remount", "size=64k"]}' 'grep " /t " /proc/self/mountinfo'
	[[ "$output" == *size=64k* ]]
	with '{"destination": "/t", "type": "no-such-fs"}' true
	[ "$status" = 1 ]
	[[ "$stderr" == *no-such-fs* ]]
}

@test "destinations, devices and masks with '//', '/./', '/../' or '/' at the end" {
	echo secret >"$root/etc/secret"
	with '{"destination": "/a//b/./c/../d/", "type": "tmpfs"}, {"destination": "/e/", "source": "'"$work"'/volume/file", "options": ["bind"]}' \
		'grep -c " /a/b/d " /proc/self/mountinfo; cat /e; stat -c %F /dev/pipe; cat /etc/secret; touch /tmp/x 2>/dev/null || echo no' \
		linux.devices='[{"type": "p", "path": "/dev/.//pipe/"}]' linux.maskedPaths='["/etc/secret/"]' linux.readonlyPaths='["/etc/..//tmp/"]'
	worked
	[ "$output" = $'1\nfile\nfifo\nno' ]
	with '{"destination": "/sys/../proc/version/", "source": "'"$work"'/volume/file", "options": ["bind"]}' true
	[ "$status" = 1 ]
	[[ "$stderr" == *"'/proc/version': nothing may be mounted over /proc"* ]]
}

@test "a read-only tmpfs takes mount points, devices and the working directory before it becomes so" {
	with '{"destination": "/dev", "type": "tmpfs", "options": ["nosuid", "ro"]}, {"destination": "/dev/pts", "type": "devpts"},
		{"destination": "/t", "type": "tmpfs", "options": ["ro"]}, {"destination": "/t/below", "type": "tmpfs"}' \
		'pwd; touch /dev/x /t/x 2>/dev/null || echo no; touch /t/below/x /dev/null; stat -c "%n %F" /dev/null /dev/pts; grep -c " /dev ro,nosuid\| /t ro" /proc/self/mountinfo' \
		cwd='"/t/here"'
	worked
	[ "$output" = $'/t/here\nno\n/dev/null character special file\n/dev/pts directory\n2' ]
}

@test "/dev/ptmx belongs to the container, also when it is among the devices" {
	with '{"destination": "/dev", "type": "tmpfs"}, {"destination": "/dev/pts", "type": "devpts"}' 'readlink /dev/ptmx' \
		linux.devices='[{"type": "c", "path": "/dev/ptmx", "major": 5, "minor": 2}]'
	worked
	[ "$output" = pts/ptmx ]
}

@test "options of a cgroup mount reach the kernel, and one that it doesn't have is told" {
	[ -d /sys/fs/cgroup/unified ] || skip "this machine has no hybrid hierarchy"
	cgroup='{"destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup", "options": ["ro", "no_such_option"]}'
	spaces='[{"type": "pid"}, {"type": "mount"}, {"type": "cgroup"}]'
	with "$cgroup" true linux.namespaces="$spaces"
	[ "$status" = 1 ]
	[[ "$stderr" == *no_such_option* ]]
	call unshare --mount --propagation private sh -ec 'mount --bind /sys/fs/cgroup/unified /sys/fs/cgroup; exec "$@"' sh \
		"$OCI" --root "$work/oci" --cgroup-manager disabled run -b "$work" "threats-$$"
	[ "$status" = 1 ]
	[[ "$stderr" == *no_such_option* ]]
	with "${cgroup/no_such_option/xattr}" 'grep -c " /sys/fs/cgroup.* ro" /proc/self/mountinfo' linux.namespaces="$spaces"
	worked
	[ "$output" -gt 1 ]
	with "${cgroup/no_such_option/xattr}" true linux.namespaces='[{"type": "pid"}, {"type": "mount"}]'
	[ "$status" = 1 ]
	[[ "$stderr" == *"'xattr' needs a cgroup namespace"* ]]
}

@test "labels that this kernel can't give are refused (crun 1.27)" {
	for member in process.apparmorProfile process.selinuxLabel linux.mountLabel; do
		! { [ -d /proc/self/attr/apparmor ] || [ -d /sys/fs/selinux ]; } || skip "this kernel has labels"
		config args='["/bin/true"]' "$member"='"some:label"'
		bundle
		[ "$status" = 1 ]
		[[ "$stderr" == *"$member: "*"is not enabled"* ]]
	done
}

@test "annotations of crun's" {
	for pair in handler:wasm mount_context_type:x keep_original_groups:maybe hooks.stdout:file; do
		config args='["/bin/true"]' annotations='{"run.oci.'"${pair%:*}"'": "'"${pair#*:}"'"}'
		bundle
		[ "$status" = 1 ]
		[[ "$stderr" == *"run.oci.${pair%:*}: "* ]]
	done
	config args='["/bin/true"]' annotations='{"run.oci.handler": "crun", "run.oci.unknown": "x"}'
	bundle
	worked
}
