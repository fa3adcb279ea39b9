#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Mount points, devices and files that a hostile image or a neighbour makes lead elsewhere.

load threats/threats.bash

config_mount() { # DESTINATION TYPE: one more, after config
	python3 - "$work/config.json" "$@" <<-'END'
		import json, sys
		c = json.load(open(sys.argv[1]))
		c['mounts'].append({'destination': sys.argv[2], 'type': sys.argv[3], 'source': sys.argv[3]})
		json.dump(c, open(sys.argv[1], 'w'))
	END
}

@test "/proc or /sys that is a link is refused (CVE-2019-19921)" {
	for directory in proc sys; do
		rmdir "$root/$directory"
		for target in /tmp /nowhere "$canary/directory" ../canary/directory; do
			ln -s "$target" "$root/$directory"
			box "rootfs:$root" true
			refused "mount at '/$directory': a part of it is a link"
			rm "$root/$directory"
		done
		mkdir "$root/$directory"
	done
	canary_is_untouched
}

@test "nothing is mounted over /proc, nor by way of a link (CVE-2019-16884)" {
	mkdir "$work/attr" "$root/a"
	echo model >"$work/cpuinfo"
	ln -s /proc "$root/link"
	ln -s ../proc "$root/procfs"
	ln -s /proc/self/attr "$root/a/attr"
	for place in /proc /proc/self/attr /proc/sys /proc/1 /link/self/attr /procfs/self/attr /a/attr /a/../proc; do
		box -v "$work/attr:$place" "rootfs:$root" true
		refused "nothing may be mounted over /proc"
	done
	box --tmpfs /proc "rootfs:$root" true
	refused "nothing may be mounted over /proc"
	box -v "$work/cpuinfo:/link/self/attr/current" "rootfs:$root" true
	refused "nothing may be mounted over /proc"
	box -v "$work/cpuinfo:/proc/cpuinfo" "rootfs:$root" cat /proc/cpuinfo
	[ "$output" = model ]
}

@test "a neighbour swaps mount points in a shared volume (CVE-2021-30465, CVE-2024-45310)" {
	mkdir -p "$work/shared/place" "$work/mounted"
	ln -s "../../../../../../../..$canary" "$work/shared/link"
	swapping "$work/shared/place" "$work/shared/link"
	for n in {1..15}; do
		box -v "$work/shared:/volume" -v "$work/mounted:/volume/place/directory" \
			-v "$work/mounted:/volume/place/new$n/missing" -v /dev/null:/volume/place/file \
			--tmpfs "/volume/place/tmpfs$n" "rootfs:$root" true
		[ "$status" = 0 ] || refused "/volume/place"
	done
	is_swapping
	canary_is_untouched
}

@test "a neighbour swaps a directory of a volume for a link while it is removed (CVE-2024-23652)" {
	is_root || skip "traces masu, and newuidmap(1) gains no privileges then"
	"$MASU" create --name c-$$ --network none -v /volume "rootfs:$root" true >/dev/null
	volume=$("$MASU" inspect c-$$ | python3 -c 'import json, sys; print(json.load(sys.stdin)[0]["Mounts"][0]["Source"])')
	mkdir -p "$volume/top/place"
	ln -s "$canary" "$work/link"
	cd "$volume/top" # the volume is renamed before its files are removed
	call "$BUILD/threats-attacker" swap-at-unlink place "$work/link" "$MASU" rm -v c-$$
	canary_is_untouched
	[[ "$output" == *"swapped "[1-9]*" times" ]]
}

@test "kernel parameters go to procfs, whatever a neighbour puts at /proc of the root (CVE-2025-52881)" {
	mkdir -p "$root/real" "$root/trap/net/ipv4"
	echo trapped >"$root/trap/net/ipv4/ip_forward"
	ln -s ../trap "$root/proc/sys"
	ln -s /real/sys "$root/proc/genuine"
	config -/proc linux.sysctl='{"net.ipv4.ip_forward": "1"}' linux.maskedPaths='[]' linux.readonlyPaths='[]' \
		args='["/bin/cat", "/real/sys/net/ipv4/ip_forward"]'
	config_mount /real proc
	bundle
	[ "$output" = 1 ]
	swapping "$root/proc/sys" "$root/proc/genuine"
	for n in {1..8}; do
		bundle
		[ "$output" = 1 ]
		[ "$(cat "$root/trap/net/ipv4/ip_forward")" = trapped ]
	done
	is_swapping
}

@test "masks do not use the container's /dev/null (CVE-2025-31133)" {
	mkdir "$work/dev"
	pattern=$(cat /proc/sys/kernel/core_pattern)
	for target in /proc/sys/kernel/core_pattern /proc/sysrq-trigger "$canary/file"; do
		ln -sfn "$target" "$work/dev/null"
		box -v "$work/dev:/dev" "rootfs:$root" sh -c 'cat /proc/kcore /proc/keys; cat /proc/sys/kernel/core_pattern'
		[ "$status" = 125 ] || [ "$output" = "$pattern" ]
	done
	canary_is_untouched
	[ "$(cat /proc/sys/kernel/core_pattern)" = "$pattern" ]
}

@test "owner and mode of the host's null device can't be changed by way of masks and streams" {
	is_root || skip "an ordinary user is nobody there in any container"
	before=$(stat -c '%a %u %y' /dev/null)
	config args='["/bin/sh", "-c", "for f in /proc/keys /proc/timer_list /proc/self/fd/0; do busybox touch -d 2001-01-01 $f; done; echo >/proc/keys && cat /proc/keys </dev/null && echo done"]'
	bundle </dev/null
	echo "$stderr"
	[ "$output" = done ]
	[ "$(stat -c '%a %u %y' /dev/null)" = "$before" ]
}

@test "no unmasked procfs can be mounted below a root that was not pivoted" {
	is_root || skip "takes an id that is not the user namespace's root"
	chmod 1777 "$root/tmp"
	for option in "" --no-pivot; do
		config process.user.uid=1000 args='["/bin/sh", "-c", "busybox unshare -Urmpf sh -c \"busybox mount -t proc proc /tmp && echo mounted\"; busybox unshare -Urmn sh -c \"busybox mount -t sysfs sysfs /tmp && echo mounted\"; echo end"]'
		bundle $option
		[ "$output" = end ]
	done
}

@test "masks hold while a neighbour swaps /dev/null" {
	mkdir "$work/dev"
	ln -s /proc/sys/kernel/core_pattern "$work/dev/link"
	if is_root; then mknod "$work/dev/null" c 1 3; else touch "$work/dev/null"; fi
	swapping "$work/dev/null" "$work/dev/link"
	started=0
	for n in {1..60}; do
		[ "$started" -lt 8 ] || break
		box -v "$work/dev:/dev" "rootfs:$root" sh -c \
			'for f in /proc/kcore /proc/keys /proc/timer_list /proc/interrupts; do [ ! -e $f ] || stat -c %F:%t:%T $f; done'
		[ "$status" = 0 ] || continue
		started=$((started + 1))
		[ -n "$output" ]
		[ -z "$(grep -vx "character special file:1:3" <<<"$output")" ]
	done
	is_swapping
	[ "$started" -gt 0 ]
}

@test "directories are masked, and the kernel's settings are read-only" {
	box "rootfs:$root" sh -c 'for d in /proc/acpi /proc/scsi /sys/firmware /sys/devices/virtual/powercap; do ls -A $d 2>/dev/null; done
		for f in /proc/sys/kernel/core_pattern /proc/sysrq-trigger /proc/irq/default_smp_affinity; do
			[ ! -e $f ] || ! echo x 2>/dev/null >$f || echo "$f"; done'
	worked
	[ -z "$output" ]
}

@test "with the host's network all of the host's /sys is read-only (CVE-2023-25809)" {
	call "$MASU" run --rm --network host "rootfs:$root" sh -c 'while read -r _ _ _ _ place options _; do
		case $place,$options in /sys*,ro*) ;; /sys*) echo "$place $options" ;; esac; done </proc/self/mountinfo'
	worked
	[ -z "$output" ]
}

@test "where the kernel can't make that so, it is said, and /sys itself is" {
	is_root || skip "takes root to have a filter without no_new_privs"
	chown -R 65534:65534 "$work"
	call "$BUILD/conformance-refuse" mount_setattr -- setpriv --reuid 65534 --regid 65534 --clear-groups \
		env HOME="$work" "$MASU" run --rm --network host "rootfs:$root" sh -c 'cat /proc/self/mountinfo; echo 2>/dev/null >/sys/x || echo end'
	worked
	[[ $stderr == *"this kernel cannot make the mounts below '/sys' read-only, too"* ]]
	grep -q ' / /sys ro,' <<<"$output"
	[[ $output == *end ]]
}

@test "/dev/console, /dev/pts and other devices that are links (CVE-2025-52565)" {
	mkdir "$work/dev"
	for target in "$canary/file" "$canary/new" ../canary/new /tmp/console; do
		ln -sfn "$target" "$work/dev/console"
		box -t -v "$work/dev:/dev" "rootfs:$root" sh -c 'tty; stat -L -c %F /dev/console'
		worked
		[[ "$output" == "/dev/pts/0"*"character special file"* ]]
	done
	for target in /proc/self/attr/exec /proc/sys/kernel/core_pattern; do
		ln -sfn "$target" "$work/dev/console"
		box -t -v "$work/dev:/dev" "rootfs:$root" true
		refused /dev/console
	done
	rm -r "$work/dev/console" "$work/dev/pts"
	ln -s "$canary/directory" "$work/dev/pts"
	box -t -v "$work/dev:/dev" "rootfs:$root" true
	refused "open a terminal"
	canary_is_untouched
}

@test "links at /etc/resolv.conf, hosts, hostname and passwd (CVE-2025-24965, CVE-2024-5154)" {
	for target in "$canary/file" "$canary/new" ../../canary/file ../../../../../../nowhere/a/b /run/of/the/image; do
		for name in resolv.conf hosts hostname; do
			ln -sfn "$target.$name" "$root/etc/$name"
		done
		box -h box "rootfs:$root" cat /etc/hostname /etc/hosts
		worked
		[[ "$output" == "box"*localhost* ]]
	done
	for name in resolv.conf hosts hostname; do
		ln -sfn "$canary/file" "$root/etc/$name"
	done
	box -h box "rootfs:$root" cat /etc/hostname
	worked
	ln -sfn "$canary/passwd" "$root/etc/passwd"
	box "rootfs:$root" true
	worked
	ln -sfn hosts "$root/etc/hosts"
	box "rootfs:$root" true
	refused "/etc/hosts"
	canary_is_untouched
}

@test "a working directory through links that lead outside is made inside (CVE-2026-55686)" {
	ln -s "$canary" "$root/absolute"
	ln -s "../../../../../..$canary" "$root/relative"
	ln -s "$canary/directory/deeper" "$root/dangling"
	for directory in absolute relative dangling; do
		box -w "/$directory/made/here" "rootfs:$root" sh -c 'echo >file'
		worked
		canary_is_untouched
	done
	[ -e "$root$canary/made/here/file" ]
	ln -s loop "$root/loop"
	box -w /loop/x "rootfs:$root" true
	refused "the working directory '/loop/x'"
}
