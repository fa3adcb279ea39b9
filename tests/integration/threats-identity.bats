#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Users and groups, and the files of the image that name them.

load threats/threats.bash

@test "users that are none are refused (CVE-2026-30892)" {
	for user in -1 +1 " 1" 0x1 1.0 4294967295 4294967296 99999999999999999999 1:-1 1:0x1 1:4294967295 :-1 :4294967295 1:2:3 :1:2 :: $'1\n' $'root\n'; do
		box -u "$user" "rootfs:$root" id -u
		refused "" || { echo "-u '$user'"; return 1; }
		[ -z "$output" ]
	done
}

@test "digits are never a name (CVE-2016-3697, CVE-2024-40635)" {
	printf '%s:x:0:0::/:/bin/sh\n' 2147483648 1234 4294967296 00 >>"$root/etc/passwd"
	printf '%s:x:0:\n' 2147483648 1234 >>"$root/etc/group"
	for user in 2147483648 4294967296 1234 1234:1234 00001234; do
		box -u "$user" "rootfs:$root" id -u
		[ "$output" != 0 ]
		[ "$status" = 125 ] || [ "$output" = $((10#${user%:*})) ]
	done
	need_ids
	box -u 1234:1234 "rootfs:$root" id -g
	[ "$output" = 1234 ]
}

# make_odd KIND FILE
make_odd() {
	rm -rf "$2"
	case $1 in
	fifo) mkfifo "$2" ;;
	device) ln -s /dev/zero "$2" ;;
	null) ln -s /dev/null "$2" ;;
	directory) mkdir "$2" ;;
	sparse) truncate -s 8G "$2" ;;
	line) head -c 11M /dev/zero | tr '\0' x >"$2" ;;
	*) ln -s "$1" "$2" ;;
	esac
}

# unread FILE KIND...: a user by name is refused; one by number has no use for it, in run nor in exec
unread() {
	local file=$1 kind
	shift
	for kind in "$@"; do
		make_odd "$kind" "$root$file"
		call timeout -s KILL 20 "$MASU" run --rm --network none -u root:users "rootfs:$root" true
		refused "'$file' of the container"
		config args='["/bin/sleep", "100"]'
		timeout -s KILL 20 "$OCI" --root "$work/oci" --cgroup-manager disabled run -d -b "$work" "id-$$" </dev/null >/dev/null 2>&1 3>&-
		call timeout -s KILL 20 "$OCI" --root "$work/oci" --cgroup-manager disabled exec "id-$$" sh -c 'echo $HOME'
		oci delete -f "id-$$"
		worked
	done
}

@test "an /etc/passwd or /etc/group that is endless or not a file (CVE-2026-47262)" {
	unread /etc/passwd fifo device null directory sparse line
	[ "$output" = / ]
	echo root:x:0:0::/home/root:/bin/sh >"$work/passwd"
	mv -T "$work/passwd" "$root/etc/passwd"
	unread /etc/group fifo device null directory sparse line
	[ "$output" = /home/root ]
}

@test "an /etc/passwd or /etc/group that the kernel makes up" {
	unread /etc/passwd /proc/kmsg /proc/self/status /sys/kernel/uevent_seqnum
	echo root:x:0:0::/home/root:/bin/sh >"$work/passwd"
	mv -T "$work/passwd" "$root/etc/passwd"
	unread /etc/group /proc/kmsg
}

@test "an /etc/passwd on a FUSE file system: the root's is read, another is not" {
	is_root || skip "needs root, who mounts one"
	[ -c /dev/fuse ] && command -v fuse-overlayfs >/dev/null || skip "no FUSE"
	mkdir "$work"/{fuse,upper,index}
	echo "me:x:0:0::/home/me:/bin/sh" >>"$root/etc/passwd"
	cp -a "$root" "$work/lower"
	fuse-overlayfs -o "lowerdir=$work/lower,upperdir=$work/upper,workdir=$work/index" "$work/fuse"
	call timeout -s KILL 20 "$MASU" run --rm --network none -u me "rootfs:$work/fuse" sh -c 'echo $HOME'
	ln -sf /volume/etc/passwd "$root/etc/passwd"
	local own=$output
	call timeout -s KILL 20 "$MASU" run --rm --network none -v "$work/fuse:/volume" -u me "rootfs:$root" true
	umount "$work/fuse"
	[ "$own" = /home/me ]
	refused "'/etc/passwd' of the container is on a FUSE file system other than the root's"
}

@test "a user in very many groups takes no more time than the lines of the file do" {
	echo "many:x:0:0::/:/bin/sh" >>"$root/etc/passwd"
	seq 600000 | sed 's/.*/g:x:7:many,many/' >"$root/etc/group" # is in one group
	call timeout -s KILL 60 "$MASU" run --rm --network none -u many "rootfs:$root" id -G
	worked
	[[ "$output" = "0 7" || "$output" = 0 ]]
	is_root || skip "an ordinary user has no 65,537 ids"
	seq 600000 | sed 's/.*/g:x:&:many/' >"$root/etc/group"
	call timeout -s KILL 60 "$MASU" run --rm --network none -u many "rootfs:$root" true
	refused "the user is in 600000 groups, and the kernel takes 65536 at most"
}

@test "/etc/passwd as a link: inside it works, outside is inside (CVE-2024-9676)" {
	mkdir "$root/store"
	mv "$root/etc/passwd" "$root/store/passwd"
	echo "me:x:0:0::/home/me:/bin/sh" >>"$root/store/passwd"
	for target in /store/passwd ../store/passwd ../../../../store/passwd; do
		ln -sfn "$target" "$root/etc/passwd"
		box -u me "rootfs:$root" sh -c 'echo $HOME'
		[ "$output" = /home/me ]
	done
	mkfifo "$work/fifo"
	for target in "$canary/passwd" ../../canary/passwd "$work/fifo" /proc/self/root/store/passwd; do
		ln -sfn "$target" "$root/etc/passwd"
		call timeout -s KILL 10 "$MASU" run --rm --network none -u evil "rootfs:$root" id
		refused ""
	done
}

@test "the primary group is among the groups (CVE-2022-2989)" {
	need_ids
	box "rootfs:$root" sh -c 'echo no >/tmp/file && chown 0:1000 /tmp/file && chmod 604 /tmp/file'
	worked
	box -u 1000:1000 "rootfs:$root" id -G
	[ "$output" = 1000 ]
	# Where it was effective alone, a program with another group's set-id bit would lose it.
	box -u 1000:1000 --group-add 1001 "rootfs:$root" cat /proc/self/status
	grep -qE '^Groups:[[:space:]]1000 1001 $' <<<"$output"
	box -u 1000:1000 --group-add 1001 "rootfs:$root" cat /tmp/file
	[ "$status" = 1 ]
	box -u 1000:1001 --group-add 1000 "rootfs:$root" cat /tmp/file
	[ "$status" = 1 ]
	box -u 1000:1001 "rootfs:$root" cat /tmp/file
	worked
}

@test "control characters in HOME and WORKDIR are refused (CVE-2022-4318)" {
	box -w $'/a\nb' "rootfs:$root" true
	refused "is not an absolute path"
	printf 'ctl:x:0:0::/a\033[31mb:/bin/sh\nrel:x:0:0::home:/bin/sh\n' >>"$root/etc/passwd"
	for user in ctl rel; do
		box -u $user "rootfs:$root" sh -c 'echo "$HOME"'
		[ "$output" = / ]
	done
}

@test "names and ids that are paths are refused" {
	long=$(printf 'x%.0s' {1..256})
	for name in .. . .x a/b ../x $'a\nb' "$long" "" " " "a b" -x; do
		call "$MASU" run --rm --network none --name="$name" "rootfs:$root" true
		[ "$status" = 125 ] || { echo "--name '$name': $status"; return 1; }
		for command in inspect logs stop kill "rm -f"; do
			run "$MASU" $command "$name"
			[ "$status" != 0 ]
		done
		call "$MASU" run --rm --network none -v "$name:/volume" "rootfs:$root" true
		[ "$status" = 125 ] || [ "$name" = . ] || [ "$name" = .. ]
	done
	[ -z "$(find "$work/data/containers" "$work/data/volumes" -mindepth 1 ! -path '*/names')" ]
	canary_is_untouched
}

@test "--cidfile through a planted link is refused" {
	ln -s "$canary/file" "$work/id"
	ln -s "$canary/new" "$work/id2"
	for file in id id2; do
		call "$MASU" run --rm --network none --cidfile "$work/$file" "rootfs:$root" true
		refused "of --cidfile exists"
	done
	canary_is_untouched
}

@test "what an image says reaches the terminal without orders to it" {
	"$MASU" create --name esc-$$ --network none "rootfs:$root" echo $'\e]0;a\a \x7f \xc2\x9b31m \xc3\xa9 \xc2\xa0' >/dev/null
	"$MASU" ps -a >"$work/ps"
	"$MASU" inspect esc-$$ >"$work/inspect"
	"$MASU" rm esc-$$
	grep -qF $'echo ?]0;a? ? ??31m \xc3\xa9' "$work/ps"
	for file in ps inspect; do
		! LC_ALL=C grep -P '[\x01-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]' "$work/$file" || return 1
	done
	python3 -c 'import json, sys
sys.exit(json.load(sys.stdin)[0]["Args"] != ["\x1b]0;a\x07 \x7f \x9b31m \xe9 \xa0"])' <"$work/inspect"
}
