#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# masu doctor: a test breaks the host in a mount namespace of its own, and executes the command that masu prints.

load ../lib/masu

# Runs a script as root in a mount namespace with a copy of /etc that has a user "patient" with sub-ids. There the
# function "masu" is masu of that user, and "cure ID" shows that the finding is there and that its fix removes it.
clinic() { # SCRIPT
	need_root "other users and mounts"
	chmod 755 "$work"
	# The useradd of another test may remove a lock file meanwhile.
	cp -a /etc "$work/etc" || test -s "$work/etc/passwd"
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
# The same, if another finding with this id stays.
treat() {
	finds "$1"
	eval "$(fix "${1#* }")"
	! findings | grep -x "$1" || { echo "still found: $1"; exit 1; }
}
# "apt-get install PACKAGE" brings back the program that `lose` has covered.
lose() { # PROGRAM PACKAGE
	cover "$1"
	printf '#!/bin/sh\n[ "$*" = "install %s" ] && exec umount %s\n' "$2" "$1" >"$work/bin/apt-get"
	chmod 755 "$work/bin/apt-get"
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
		[ -x /usr/bin/apt-get ] || exit 0
		lose /usr/bin/newgidmap uidmap
		cure "error mapper-missing"'
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
		lose /usr/bin/slirp4netns slirp4netns
		finds "error network-program"
		[ ! -x /usr/bin/apt-get ] || cure "error network-program"
		umount /usr/bin/slirp4netns 2>/dev/null || true
		mknod -m 600 "$work/tun" c 10 200
		mount --bind "$work/tun" /dev/net/tun
		finds "error device"
		masu info | grep "slirp4netns needs it: ask root"
		printf "#!/bin/sh\\n[ \"\$*\" = \"trigger --settle /dev/net/tun\" ] && exec chmod 666 /dev/net/tun\\n" >"$work/bin/udevadm"
		printf "#!/bin/sh\\n[ \"\$*\" = tun ] && exec umount /dev/net\\n" >"$work/bin/modprobe"
		chmod 755 "$work/bin/udevadm" "$work/bin/modprobe"
		treat "error device"
		mount -t tmpfs none /dev/net
		finds "error device"
		treat "error device"'
}

@test "doctor: the program of another network" {
	[ -x /usr/bin/pasta ] && [ -x /usr/bin/apt-get ] || skip "pasta or apt-get is missing"
	clinic '
		finds_not network-program-optional
		lose "$(realpath /usr/bin/pasta)" passt
		cure "note network-program-optional"'
}

@test "doctor: a program of masu" {
	clinic '
		finds_not incomplete
		cover "$BUILD/masu-monitor"
		finds "error incomplete"
		umount "$BUILD/masu-monitor"
		finds_not incomplete'
}

@test "doctor: the groups of the host, and the controllers in them" {
	[ "$(stat -fc %T /sys/fs/cgroup)" = cgroup2fs ] || grep -qw cgroup2 /proc/filesystems || skip "no cgroup v2"
	clinic '
		mount -t tmpfs none /sys/fs/cgroup
		finds "warning cgroup-version"
		mount -t cgroup2 none /sys/fs/cgroup
		finds_not cgroup-version
		cover /sys/fs/cgroup/cgroup.controllers "cpu cpuset io memory pids"
		finds "warning cgroup-delegation"
		fix cgroup-delegation | grep -F /etc/systemd/system/user@.service.d/50-masu-delegate.conf'
}

@test "doctor: AppArmor and other rules of kernels that this host does not have" {
	command -v sysctl >/dev/null || skip "sysctl is not installed"
	clinic '
		mkdir "$work/kernel"
		mount --bind /proc/sys/kernel "$work/kernel"
		mount -t tmpfs none /proc/sys/kernel
		mkdir /proc/sys/kernel/random
		mount --bind "$work/kernel/random" /proc/sys/kernel/random
		cp "$work/kernel/cap_last_cap" "$work/kernel/ngroups_max" "$work/kernel/pid_max" "$work/kernel/overflowuid" /proc/sys/kernel
		finds_not user-namespaces
		finds_not apparmor
		echo 0 >/proc/sys/kernel/unprivileged_userns_clone
		cure "error user-namespaces"
		rm -f /etc/apparmor.d/masu
		mkdir -p /etc/apparmor.d
		echo 1 >/proc/sys/kernel/apparmor_restrict_unprivileged_userns
		finds "error apparmor"
		# The file is installed with masu, and the program loads it into the kernel: both are put in place here.
		policy=$(fix apparmor | grep -o "[^ ]*/apparmor/masu")
		while [ ! -d "${top=${policy%/apparmor/masu}}" ] && [ "${top%/*}" ]; do top=${top%/*}; done
		mount -t tmpfs none "$top"
		install -D -m 644 "$BATS_TEST_DIRNAME/../../policy/apparmor" "$policy" 2>/dev/null || install -D -m 644 /dev/null "$policy"
		printf "#!/bin/sh\\n[ \"\$*\" = \"-r /etc/apparmor.d/masu\" ] && [ -f /etc/apparmor.d/masu ]\\n" >"$work/bin/apparmor_parser"
		chmod 755 "$work/bin/apparmor_parser"
		cure "error apparmor"'
}

@test "doctor: a store without user attributes, and one on which no overlay can be mounted" {
	clinic '
		mkdir -m 1777 "$work/elsewhere"
		mount --bind "$work/elsewhere" /var/tmp # the fix uses it
		setfattr -n user.test -v 1 "$work/elsewhere" 2>/dev/null || python3 -c "import os, sys; os.setxattr(sys.argv[1], \"user.test\", b\"1\")" "$work/elsewhere" || exit 0
		finds_not user-attributes
		mount -t ramfs none "$work/data"
		chown patient: "$work/data"
		(cure "[a-z]* user-attributes") # an error on kernels that do not mount it
		umount "$work/data"
		mkdir "$work/lower" "$work/upper" "$work/work"
		chown patient: "$work/upper"
		mount -t overlay -o "lowerdir=$work/lower,upperdir=$work/upper,workdir=$work/work" none "$work/data"
		fuse=$(command -v fuse-overlayfs) || exit 0
		finds "note overlay"
		[ -x /usr/bin/apt-get ] || exit 0
		lose "$(realpath "$fuse")" fuse-overlayfs
		finds "error overlay"
		eval "$(fix overlay)"
		finds "note overlay"'
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
