#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# masu mount and unmount: the files of stopped containers. Root mounts on the host, an ordinary user within masu unshare.

load ../lib/masu
load ../lib/busybox

# A shell script in a mount namespace of its own, with `masu` in its PATH: of root, or by masu unshare.
inside() { # SCRIPT [ARGUMENT...]
	local script="PATH=$BUILD:\$PATH; set -eu; $1"
	shift
	if is_root; then
		unshare --mount --propagation private sh -c "$script" - "$@"
	else
		masu unshare sh -c "$script" - "$@"
	fi
}

# The same in the background, until end_holder: it mounts the container.
hold_mount() { # CONTAINER
	mkfifo "$work/end"
	inside 'masu mount "$1" >"$2/.mounted"; mv "$2/.mounted" "$2/mounted"; read -r line <"$2/end"' "$1" "$work" 3>&- &
	holder=$!
	wait_until '[ -e "$work/mounted" ]'
}

end_holder() {
	echo end >"$work/end"
	wait "$holder"
	rm "$work/end" "$work/mounted"
}

# Also the holder of a test that fails.
teardown() {
	if [ -p "$work/end" ]; then
		exec 9<>"$work/end"
		echo end >&9
		wait
		exec 9>&-
	fi
	remove_work
}

@test "mount: files are read and changed, and the next start has them" {
	need_ids
	masu create --name "$name" --network none -v store:/data "$image" sh -c 'cat /added; ls /data; stat -c %u /owned'
	inside '
		dir=$(masu mount "$1")
		[ -x "$dir/bin/sh" ]
		grep " $dir overlay " /proc/self/mounts | grep nosuid | grep -q nodev
		echo from outside >"$dir/added"
		mkdir -p "$dir/data"
		touch "$dir/data/below" "$dir/owned"
		chown 7 "$dir/owned"
		[ "$(masu mount "$1")" = "$dir" ]
		[ "$(masu mount --no-trunc)" = "$2 $dir" ]
		[ "$(masu mount --format "{{.Name}} {{.MountPoint}}")" = "$1 $dir" ]
		[ "$(masu mount --format json | tr -d " \n")" = "[{\"id\":\"$2\",\"name\":\"$1\",\"mountpoint\":\"$dir\"}]" ]
		masu container umount "$1"
		[ -z "$(masu mount)" ]
		[ ! -e "$dir/added" ]
	' "$name" "$(masu inspect --format '{{.Id}}' "$name")"
	# A volume is not part of the mount. Its first start copies the files that it covers.
	run -0 --separate-stderr masu start -a "$name"
	[ "$output" = "from outside
below
7" ]
	run -0 masu diff "$name"
	[[ "$output" = *"A /added"* ]]
}

@test "mount: several, all, the last; wrong options" {
	need_ids
	masu create --name "$name-a" --network none "$image" true
	masu create --name "$name-b" --network none "$image" true
	inside '
		masu mount "$1-a" "$1-b" >"$2/several"
		masu unmount -a | sort >"$2/unmounted"
		masu mount --all >"$2/all"
		masu container unmount "$1-a"
		masu mount >"$2/one"
		masu unmount --latest
		masu mount -l >"$2/latest"
	' "$name" "$work"
	local a b
	a=$(masu inspect --format '{{.Id}}' "$name-a")
	b=$(masu inspect --format '{{.Id}}' "$name-b")
	[ "$(sed "s/ .*//" "$work/several")" = "${a:0:12}
${b:0:12}" ]
	[ "$(cat "$work/unmounted")" = "$name-a
$name-b" ]
	[ "$(cut -d' ' -f1 "$work/all" | sort)" = "$(printf '%s\n' "${a:0:12}" "${b:0:12}" | sort)" ]
	[ "$(cut -d' ' -f1 "$work/one")" = "${b:0:12}" ]
	[[ "$(cat "$work/latest")" = */containers/$b/root ]]
	run -125 masu mount --all "$name-a"
	[[ "$output" = *"take no containers"* ]]
	run -125 masu mount --format json "$name-a"
	[[ "$output" = *"for the list of mounts"* ]]
	run -125 masu mount --nonsense
	run -125 masu mount nosuch
	[[ "$output" = *"nosuch"* ]]
	run -125 masu unmount
	[[ "$output" = *"missing argument"* ]]
}

@test "mount: the error of an ordinary user outside masu unshare names masu unshare" {
	! is_root || skip "for an ordinary user"
	masu create --name "$name" --network none "$image" true
	run -125 masu mount "$name"
	[[ "$output" = *"'masu unshare'"*"'masu mount $name'"* ]]
	run -125 masu unmount "$name"
	[[ "$output" = *"'masu unshare'"* ]]
	# Nothing stays behind that hinders a start.
	masu start -a "$name"
}

@test "mount: a mounted container is not started, copied, removed or pruned, and is free again with the namespace" {
	need_ids
	masu create --name "$name" --network none "$image" true
	hold_mount "$name"
	for command in "start $name" "cp $name:/etc $work/etc" "export -o $work/tar $name" "rm $name" "rm -f $name"; do
		run -125 masu $command
		[[ "$output" = *"mounted in the mount namespace of process"*"masu unmount $name"* ]] || { echo "$command: $output"; return 1; }
	done
	run -125 inside 'masu mount "$1"' "$name"
	[[ "$output" = *"mount namespace of process"* ]]
	# Without descriptors to look for it, the mount counts, too.
	for descriptors in $(seq 4 20); do
		run prlimit "--nofile=$descriptors:$descriptors" "$BUILD/masu" start "$name"
		[ "$status" != 0 ]
		[ -e "$(echo "$MASU_DATA_DIR"/containers/*/mounted)" ]
	done
	run -1 masu doctor "$name"
	[[ "$output" == *"mounted by 'masu mount' in the mount namespace of process"* ]]
	masu container prune -f
	masu rename "$name" "$name-other"
	[ "$(masu ps -aq | wc -l)" = 1 ]
	end_holder
	masu start -a "$name-other"
	[ ! -e "$(echo "$MASU_DATA_DIR"/containers/*/mounted)" ]
	masu rm "$name-other"
}

@test "mount: rm -f unmounts in the same namespace; a busy mount stays" {
	need_ids
	masu create --name "$name" --network none "$image" true
	inside '
		dir=$(masu mount "$1")
		cd "$dir"
		masu unmount "$1" 2>"$2/busy" && exit 9
		masu rm "$1" 2>"$2/rm" && exit 9
		masu start "$1" 2>"$2/start" && exit 9
		masu doctor "$1" >"$2/doctor" && exit 9
		masu rm -f "$1"
	' "$name" "$work"
	grep -q "fuser" "$work/busy"
	grep -q "masu unmount $name" "$work/rm"
	grep -q "masu unmount $name" "$work/start"
	grep -q "masu unmount $name" "$work/doctor"
	[ -z "$(masu ps -aq)" ]
	[ -z "$(ls "$MASU_DATA_DIR/containers" | grep -v names)" ]
}

@test "mount: a running container, one with a plain directory, and one with a map of its own are refused" {
	need_ids
	masu run -d --name "$name" --network none "$image" sleep 1000
	run -125 inside 'masu mount "$1"' "$name"
	[[ "$output" = *"it is running"*"masu stop $name"* ]]
	[ -z "$(inside 'masu mount -a; masu mount')" ]
	masu stop -t 0 "$name"
	[[ "$(inside 'masu mount "$1"' "$name")" = */root ]]
	masu start "$name"
	masu rm -f "$name"
	make_root "$work/root" true
	masu create --name "$name-map" --network none --uidmap 0:1:2000 "$image" true
	run -125 inside 'masu mount "$1"' "$name-map"
	[[ "$output" = *"map of its own"*"masu cp"* ]]
	masu create --name "$name" --network none "rootfs:$work/root" true
	run -125 inside 'masu mount "$1"' "$name"
	[[ "$output" = *"needs no mount"*"$work/root"* ]]
}

@test "mount: killed between its steps, it leaves a container that starts" {
	need_ids
	masu create --name "$name" --network none "$image" true
	local file
	file=$(echo "$MASU_DATA_DIR"/containers/*/upper)
	file=${file%upper}mounted
	# As after a kill between the file and the mount, or a reboot: no process has the mount.
	touch "$file"
	run -125 inside 'masu unmount "$1"' "$name"
	[[ "$output" = *"is not mounted"* ]]
	touch "$file"
	masu start -a "$name"
	[ ! -e "$file" ]
	touch "$file"
	masu rm "$name"
}
