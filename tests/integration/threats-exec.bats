#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What reaches a container besides its files: descriptors, programs, environments, system calls.

load threats/threats.bash

@test "no descriptor but the standard three reaches a container (CVE-2024-21626)" {
	exec 9<"$canary" 60<"$canary/file"
	box "rootfs:$root" sh -c 'cd /proc/self/fd; echo *'
	worked
	[[ "$output" =~ ^0\ 1\ 2(\ [0-9]+)?$ ]] # the directory itself, while it is read
	[ ! "${BASH_REMATCH[1]}" ] || [ "${BASH_REMATCH[1]}" = " 3" ]
}

@test "no working directory by descriptor" {
	exec 9<"$canary"
	ln -s "/proc/self/fd/9" "$root/nine"
	box -w /nine "rootfs:$root" true
	refused "the working directory '/nine'"
	for n in {3..64}; do
		box -w "/proc/self/fd/$n" "rootfs:$root" true
		refused "working directory"
	done
	for n in {3..12}; do
		box -w "/proc/self/fd/$n/made" "rootfs:$root" true
		refused "working directory"
	done
	canary_is_untouched
	[ -z "$(find "$work" -name made)" ]
}

@test "no command and no interpreter by descriptor" {
	exec 9<"$canary" 60<"$root/bin/busybox"
	cp "$root/bin/busybox" "$canary/busybox"
	up=../../../../../../../../../../..
	for n in {3..12} 60; do
		box "rootfs:$root" "/proc/self/fd/$n/busybox" echo out
		[ "$status" = 126 ] || [ "$status" = 127 ]
		for path in "$n" "$n/busybox" "$n/$up$root/bin/busybox" "$n/1/root$root/bin/busybox"; do
			printf '#!/proc/self/fd/%s echo\n' "$path" >"$root/script"
			chmod +x "$root/script"
			box "rootfs:$root" /script
			[ "$status" = 126 ] || [ "$status" = 127 ]
			[ -z "$output" ]
		done
	done
}

# A program of the caller's own, which is not protected by being root's.
own_programs() {
	mkdir "$work/bin"
	cp "$BUILD"/masu* "$work/bin/" 2>/dev/null || true
	MASU=$work/bin/masu
	OCI=$work/bin/masu-oci
	hash=$(sha256sum "$MASU" "$OCI")
}

# not_writable COMMAND...: of what runs "/me-$$", a script that its own starter is to interpret
not_writable() {
	command -v strace >/dev/null || skip "no strace, which holds it up"
	printf '#!/proc/self/exe\n' >"$root/me-$$"
	chmod +x "$root/me-$$"
	strace -qq -f -o /dev/null -e inject=exit_group:delay_enter=1000000 "$@" >/dev/null 2>&1 </dev/null 3>&- &
	wait_until 'pid=$(pgrep -x "me-$$")'
	[ -n "$pid" ]
	said=$("$BUILD/threats-attacker" overwrite "/proc/$pid/exe")
	wait
	# "Text file busy" would say only that masu still ran.
	[[ "$said" == refused:* && "$said" != *busy* ]] || { echo "$said"; return 1; }
	[ "$(sha256sum "$MASU" "$OCI")" = "$hash" ]
}

@test "a container can't write over masu by way of /proc/self/exe (CVE-2019-5736)" {
	ldd "$MASU" | grep -q asan && skip "built with sanitizers"
	is_root || skip "under strace newuidmap has no privileges"
	own_programs
	not_writable "$MASU" run --rm --network none "rootfs:$root" "/me-$$"
}

@test "the same with masu-oci" {
	ldd "$OCI" | grep -q asan && skip "built with sanitizers"
	own_programs
	config args='["/me-'$$'"]'
	not_writable "$OCI" --root "$work/oci" --cgroup-manager disabled run -b "$work" evil
}

@test "the caller's environment reaches neither container nor helpers (CVE-2020-14370)" {
	network=none
	! command -v slirp4netns || [ ! -w /dev/net/tun ] || network=slirp4netns
	MARKER=threats-$$-$RANDOM "$MASU" run -d --name quiet-$$ --network $network "rootfs:$root" sleep 1000 3>&-
	run grep -l "^MARKER=threats-$$-" /proc/[0-9]*/environ
	"$MASU" rm -f quiet-$$
	[ -z "$(grep ^/ <<<"$output" | xargs -r -n1 dirname | xargs -r ls -d)" ]
}

@test "nothing of the image's is run or loaded but the command (CVE-2019-14271, CVE-2022-1227)" {
	local dir name
	mkdir -p "$root/data"
	echo me:x:0:0::/home/me:/bin/sh >>"$root/etc/passwd"
	printf '%s: evil files\n' passwd group hosts >"$root/etc/nsswitch.conf"
	for dir in bin sbin usr/bin usr/sbin usr/local/bin; do
		mkdir -p "$root/$dir"
		for name in xz unpigz gzip zstd tar getent newuidmap newgidmap slirp4netns fuse-overlayfs mount ldconfig; do
			printf '#!/bin/sh\necho %s >>/ran\n' "$name" >"$root/$dir/$name"
			chmod +x "$root/$dir/$name"
		done
	done
	# A process that opens one waits for ever.
	for dir in lib lib64 usr/lib lib/x86_64-linux-gnu usr/lib/x86_64-linux-gnu lib/aarch64-linux-gnu; do
		mkdir -p "$root/$dir"
		mkfifo "$root/$dir"/{libnss_evil.so.2,libnss_files.so.2,libc.so.6}
	done
	mkfifo "$root/etc/ld.so.cache" "$root/etc/ld.so.preload"
	call timeout -s KILL 60 "$MASU" run --rm --network none -u me -v /data "rootfs:$root" sh -c 'echo $HOME'
	worked
	[ "$output" = /home/me ]
	call timeout -s KILL 60 "$MASU" run -d --name "threats-$$" --network none -u me "rootfs:$root" sleep 1000
	worked
	call timeout -s KILL 60 "$MASU" rm -f "threats-$$"
	worked
	[ ! -e "$root/ran" ] || { cat "$root/ran"; return 1; }
}

@test "AF_ALG and AF_VSOCK are refused on every way into the kernel (CVE-2026-31431)" {
	cp "$BUILD/threats-attacker" "$root/attacker"
	box "rootfs:$root" /attacker sockets
	worked
	echo "$output"
	[ "$(grep -cE ': (refused|killed)' <<<"$output")" -ge 4 ]
	# By the filter, and not because this kernel lacks them.
	[ "$(grep -cE '^(alg|alg, high bits|vsock): refused: Operation not permitted$' <<<"$output")" = 3 ]
	run ! grep OPEN <<<"$output"
}

@test "nothing is typed into a terminal (CVE-2017-5226)" {
	command -v script || skip "no script(1)"
	cp "$BUILD/threats-attacker" "$root/attacker"
	# The caller's terminal, passed on; and a new one of the container, where only the filter refuses.
	for option in -i -it; do
		run script -qec "'$MASU' run --rm --network none $option 'rootfs:$root' /attacker tiocsti" /dev/null </dev/null
		[ "$(grep -c 'tiocsti.*: refused: Operation not permitted' <<<"$output")" = 2 ]
	done
}

@test "capabilities: inheritable and ambient none; none in effect for a user (CVE-2022-24769, CVE-2018-10856)" {
	box "rootfs:$root" sh -c 'cat /proc/self/status'
	grep -qx "CapInh:.0000000000000000" <<<"$output"
	grep -qx "CapAmb:.0000000000000000" <<<"$output"
	grep -qx "CapEff:.00000000800405fb" <<<"$output"
	grep -qx "CapBnd:.00000000800405fb" <<<"$output"
	need_ids
	box -u 1000 "rootfs:$root" sh -c 'cat /proc/self/status'
	for set in Inh Prm Eff Amb; do
		grep -qx "Cap$set:.0000000000000000" <<<"$output"
	done
	box -u 1000 --cap-add NET_ADMIN "rootfs:$root" sh -c 'cat /proc/self/status'
	grep -qx "CapInh:.0000000000000000" <<<"$output"
}
