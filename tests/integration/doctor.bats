#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# masu doctor: a test breaks the host in a mount namespace of its own, and executes the command that masu prints.

load ../lib/masu

# Runs a script as root in a mount namespace with a copy of /etc that has a user "patient" with sub-ids. There the
# function "masu" is masu of that user, and "cure ID" shows that the finding is there and that its fix removes it.
clinic() { # SCRIPT
	need_root "other users and mounts"
	chmod 755 "$work"
	cp -a /etc "$work/etc"
	mkdir -p "$work/bin"
	printf '#!/bin/sh\nexec "$@"\n' >"$work/bin/sudo"
	chmod 755 "$work/bin/sudo"
	work=$work script=$1 unshare --mount --propagation private bash -e <<'END'
mount --bind "$work/etc" /etc
sed -i /^patient:/d /etc/passwd /etc/group /etc/subuid /etc/subgid
echo "patient:x:4321:4321::$work/home:/bin/sh" >>/etc/passwd
echo patient:x:4321: >>/etc/group
echo patient:1000000:65536 | tee -a /etc/subuid >>/etc/subgid
mkdir "$work/home" "$work/data"
chown patient: "$work/home" "$work/data"
export PATH="$work/bin:$PATH" MASU_DATA_DIR=$work/data MASU_RUN_DIR=$work/home/run MASU_LIBEXEC_DIR=$BUILD
masu() { (cd / && HOME=$work/home setpriv --reuid patient --regid patient --init-groups "$BUILD/masu" "$@"); }
findings() { masu doctor --format '{{.Severity}} {{.ID}}' || [ $? = 1 ]; }
finds() { findings | grep -x "$1" || { echo "not found: $1" && masu doctor; exit 1; }; }
finds_not() { ! findings | grep " $1\$" || { echo "found: $1"; exit 1; }; }
fix() { masu doctor --format "{{if eq .ID \"$1\"}}{{.Fix}}{{end}}" | grep . | head -1; }
cure() {
	finds "$1"
	command=$(fix "${1#* }")
	echo "$command"
	eval "$command"
	finds_not "${1#* }"
}
# Puts a file with a value, or nothing, over another one.
cover() {
	file=$(mktemp "$work/cover.XXXXXX")
	echo "$2" >"$file"
	chmod 644 "$file"
	mount --bind "$file" "$1"
}
eval "$script"
END
}

@test "doctor: settings of the kernel, and the fix of each" {
	command -v sysctl >/dev/null || skip "sysctl is not installed"
	clinic '
		finds_not max-user-namespaces
		finds_not inotify-instances
		cover /proc/sys/user/max_user_namespaces 0
		cover /proc/sys/fs/inotify/max_user_instances 8
		cover /proc/sys/net/ipv4/ping_group_range "1 0"
		! masu doctor >"$work/text" || exit 1
		head -1 "$work/text" | grep "^error: "
		cure "error max-user-namespaces"
		cure "warning inotify-instances"
		cure "note ping"'
}

@test "doctor: sub-ids and the programs that map them, and the fix of each" {
	clinic '
		for id in sub-ids sub-ids-invalid mapper-missing mapper-privileges; do finds_not $id; done
		sed -i /^patient:/d /etc/subuid /etc/subgid
		cure "warning sub-ids"
		sed -i "s/^patient:.*/patient:nonsense/" /etc/subuid
		finds "error sub-ids-invalid"
		[ "$(fix sub-ids-invalid)" = "sudoedit /etc/subuid /etc/subgid" ]
		sed -i "s/^patient:.*/patient:1000000:65536/" /etc/subuid
		finds_not sub-ids-invalid
		install -m 755 /usr/bin/newuidmap "$work/newuidmap"
		mount --bind "$work/newuidmap" /usr/bin/newuidmap
		cure "error mapper-privileges"
		cover /usr/bin/newgidmap
		finds "error mapper-missing"
		umount /usr/bin/newgidmap
		finds_not mapper-missing'
}

@test "doctor: the file system of the store, and the fix of each problem" {
	clinic '
		mount -t tmpfs none /var/tmp # the fix uses it
		finds_not disk-full
		mount -t tmpfs -o size=1m none "$work/data"
		chown patient: "$work/data"
		(cure "warning disk-full")
		head -c 2m /dev/zero >"$work/data/full" 2>/dev/null || true
		finds "error disk-full"'
}

@test "doctor: the network program and its device" {
	[ -x /usr/bin/slirp4netns ] && [ -c /dev/net/tun ] || skip "slirp4netns or /dev/net/tun is missing"
	clinic '
		mknod -m 666 "$work/fuse" c 10 229
		[ ! -e /dev/fuse ] || mount --bind "$work/fuse" /dev/fuse
		finds_not network-program
		cover /usr/bin/slirp4netns
		finds "error network-program"
		umount /usr/bin/slirp4netns
		finds_not network-program
		mknod -m 600 "$work/tun" c 10 200
		mount --bind "$work/tun" /dev/net/tun
		finds "error device"
		masu info | grep "slirp4netns needs it: ask root"
		chmod 666 "$work/tun"
		! findings | grep -x "error device" || exit 1'
}

@test "doctor: containers that ask for a start at boot, and the fix of each obstacle" {
	clinic '
		cat >"$work/bin/systemctl" <<-"END_OF_SCRIPT"
			#!/bin/sh
			[ "$*" = "--user enable masu-restart.service" ] || exit 1
			mkdir -p "$work/home/.config/systemd/user/default.target.wants"
			ln -s /nonexistent "$work/home/.config/systemd/user/default.target.wants/masu-restart.service"
		END_OF_SCRIPT
		cat >"$work/bin/loginctl" <<-"END_OF_SCRIPT"
			#!/bin/sh
			[ "$1" = enable-linger ] && touch "/var/lib/systemd/linger/$2"
		END_OF_SCRIPT
		chmod 755 "$work/bin"/*
		mkdir -p /var/lib/systemd/linger
		mount -t tmpfs none /var/lib/systemd/linger
		mkdir -p "$work/home/root"
		masu create --name web --restart unless-stopped --rootfs "$work/home/root" true
		finds_not boot-unit # it has never run
		container=$work/data/containers/$(masu ps -aq --no-trunc)
		touch "$container/started"
		finds "warning boot-linger"
		cure "warning boot-unit"
		cure "warning boot-linger"
		touch "$container/stopped"
		rm /var/lib/systemd/linger/patient
		finds_not boot-linger
		rm "$container/stopped"
		masu update --restart on-failure web
		finds_not boot-linger'
}

@test "doctor: no run-time directory" {
	clinic '
		finds_not run-time-directory
		unset MASU_RUN_DIR
		export XDG_RUNTIME_DIR=/root
		finds "warning run-time-directory"
		rm -rf /tmp/masu-4321'
}

@test "doctor: wrong words, and a closed standard output" {
	run -125 masu doctor --nonsense
	run -125 masu doctor extra
	run -125 masu doctor --format '{{.Nonsense'
	run masu doctor --format json
	python3 -m json.tool <<<"$output"
	run -125 bash -c '"$1/masu" doctor --format json >/dev/full' - "$BUILD"
}
