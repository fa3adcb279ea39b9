#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The host has no disk space, descriptors, memory or processes at some system call of a command, or from there on. Then
# the command works nevertheless, or its exit status and one error report it; the next one works, and nothing is left. Some
# calls of each command and three of the faults; FULL=1 takes every call and all of them, which takes an hour.

load ../lib/masu
load ../lib/busybox
load ../lib/sweep

setup() {
	need_root "the kernel takes the privilege of a newuidmap that is traced"
	setup_busybox
	run "$BUILD/kill-at" ENOSPC 1000000 true
	[ "$status" = 0 ] || skip "system calls cannot fail on this architecture"
	cd "$work" || return
	reference=$image
	masu pull -q "$reference" >/dev/null
	image=local/busybox:1
	masu tag "$reference" "$image"
	note_files
}

declare -A reasons=([ENOSPC]="No space left on device" [EMFILE]="Too many open files"
	[ENOMEM]="Cannot allocate memory|killed by signal 11" [EAGAIN]="Resource temporarily unavailable")

# An event that cannot be recorded is reported, too. The dynamic loader of masu-image has words of its own.
tells_why() { # FAULT STATUS OUTPUT
	local errors
	case $2 in
	0) return 0 ;;
	1) errors=$(grep '^error: ' <<<"$3" | head -n 1) ;; # of system check
	125)
		! grep -qE 'error while loading shared libraries|^out of memory$' <<<"$3" || return 0
		errors=$(grep '^masu' <<<"$3" | grep -vE 'cannot record event|exited with status 127 without a result')
		;;
	*) return 1 ;;
	esac
	[ "$(wc -l <<<"$errors")" = 1 ] && grep -qE "${reasons[${1%+}]}" <<<"$errors"
}

# CHECK gets the exit status, and leaves the store as the command has found it.
sweep() { # CHECK COMMAND...
	local total n step from fault check=$1 index=0
	shift
	for fault in ${FULL:+ENOSPC EMFILE ENOMEM} EAGAIN ENOSPC+ EMFILE${FULL:++}; do
		run env COUNT="$work/count" "$BUILD/kill-at" "$fault" 1000000 "$BUILD/masu" "$@" </dev/null
		$check "$status" && nothing_left && [ "$status" = 0 ] || { echo "without a fault: $output" && return 1; }
		total=$(cat "$work/count")
		step=$((FULL ? 1 : total / 3 + 1))
		from=$((FULL ? 1 : 1 + step * index++ / 3)) # not at the same calls with each fault
		for n in $(seq "$from" "$step" "$total"); do
			run "$BUILD/kill-at" "$fault" "$n" "$BUILD/masu" "$@" </dev/null
			wait_until is_calm # the other processes of the command end by themselves
			tells_why "$fault" "$status" "$output" && $check "$status" && nothing_left ||
				{ echo "$fault at $n of $total of masu $*: $status $output" && return 1; }
		done
	done
}

# The calls between these numbers make the groups. A group that was made and could not be opened was left.
@test "a start that cannot open a file leaves no group" {
	local n
	no_group() { [ -z "$(find /sys/fs/cgroup -maxdepth 4 -type d -name "masu-$name*")" ]; }
	for n in $(seq 40 3 180); do
		run "$BUILD/kill-at" EMFILE "$n" "$BUILD/masu" run --rm --name "$name" --network none "$image" true </dev/null
		wait_until no_group || { echo "EMFILE at $n: $output" && return 1; }
	done
}

# The groups of cgroup v1 are several.
@test "an exec that cannot open a file reports that in one line" {
	local n
	start_sleeper
	COUNT=$work/count "$BUILD/kill-at" EMFILE 1000000 "$BUILD/masu" exec "$name" true
	for n in $(seq 1 3 "$(cat "$work/count")"); do
		run "$BUILD/kill-at" EMFILE "$n" "$BUILD/masu" exec "$name" true </dev/null
		[ "$status" = 0 ] || [[ $status = 125 && ${#lines[@]} = 1 && $output == masu:*"Too many open files" ]] ||
			{ echo "EMFILE at $n: $status $output" && return 1; }
	done
}

@test "create, run, start, stop and rm with a shortage at any system call" {
	created() { [ "$1" != 0 ] || masu rm "$name"; masu create --name "$name" --network none "$image" true && masu rm "$name"; }
	sweep created create --name "$name" --network none "$image" true
	ran() { masu run --rm --name "$name" --network none "$image" true; }
	sweep ran run --rm --name "$name" --network none "$image" true
	runs() { [ "$1" != 0 ] || masu rm -f "$name"; masu run -d --name "$name" --network none "$image" sleep 1000 && masu rm -f "$name"; }
	sweep runs run -d --name "$name" --network none "$image" sleep 1000
	note_files without
	masu create --name "$name" --network none "$image" sleep 100000
	note_files
	removed() { masu rm -f -i "$name" && nothing_left without && masu create --name "$name" --network none "$image" sleep 100000 && note_files; }
	sweep removed rm "$name"
	masu start "$name" && masu stop -t 0 "$name"
	note_files
	started() { [ "$1" != 0 ] || masu stop -t 0 "$name"; masu start "$name" && masu stop -t 0 "$name"; }
	sweep started start "$name"
	masu start "$name"
	note_files
	stopped() { masu stop -t 0 "$name" && masu start "$name"; }
	sweep stopped stop -t 0 "$name"
	restarted() { masu restart -t 0 "$name" && is_alone; }
	sweep restarted restart -t 0 "$name"
}

@test "exec, cp, rename, update, pause and commit with a shortage at any system call" {
	start_sleeper
	executed() { masu exec "$name" true && wait_until is_alone; }
	sweep executed exec "$name" true
	sweep executed exec -d "$name" true
	mkdir from to
	head -c 100000 /dev/urandom >from/file
	into() { masu cp from "$name:/tmp" && masu exec "$name" cat /tmp/from/file | cmp - from/file && masu exec "$name" rm -r /tmp/from; }
	sweep into cp from "$name:/tmp"
	masu cp from "$name:/home"
	out() { rm -rf to/* && masu cp "$name:/home/from" to && diff -r from to/from; }
	sweep out cp "$name:/home/from" to
	renamed() { [ "$1" != 0 ] || masu rename "$name-2" "$name"; masu rename "$name" "$name-2" && masu rename "$name-2" "$name"; }
	renamed 1
	note_files
	sweep renamed rename "$name" "$name-2"
	changed() { masu update --restart no "$name"; }
	sweep changed update --restart no "$name"
	committed() { [ "$1" != 0 ] || masu rmi -f made:1; masu commit -q "$name" made:1 && masu rmi -f made:1; }
	sweep committed commit -q "$name" made:1
	if is_root; then
		paused() { [ "$1" != 0 ] || masu unpause "$name"; masu pause "$name" && masu unpause "$name"; }
		sweep paused pause "$name"
	fi
}

@test "pull, rmi, save, load and import with a shortage at any system call" {
	masu save -q -o saved.tar "$image"
	mkdir files
	echo text >files/file
	tar -cf files.tar -C files .
	masu import -q files.tar made:1 && masu rmi -f made:1
	note_files
	imported() { [ "$1" != 0 ] || masu rmi -f made:1; masu import -q files.tar made:1 && masu rmi -f made:1; }
	sweep imported import -q files.tar made:1
	saved() { masu save -q -o new.tar "$image" && cmp new.tar saved.tar && rm new.tar; }
	sweep saved save -q -o new.tar "$image"
	loaded() { masu load -q -i saved.tar; }
	sweep loaded load -q -i saved.tar
	pulled() { masu pull -q "$reference"; }
	sweep pulled pull -q "$reference"
	untagged() { masu rmi "$image" 2>/dev/null; masu tag "$reference" "$image"; }
	sweep untagged rmi "$image"
	masu rmi "$image"
	note_files
	again() { masu rmi -f "$reference" 2>/dev/null; masu pull -q "$reference" && masu run --rm --network none "$reference" true; }
	sweep again rmi -f "$reference"
	masu rmi -f "$reference"
	note_files
	new() { masu pull -q "$reference" && masu run --rm --network none "$reference" true && masu rmi -f "$reference"; }
	sweep new pull -q "$reference"
}

@test "volumes, secrets and a check of the store with a shortage at any system call" {
	created() { [ "$1" != 0 ] || masu volume rm v; masu volume create v && masu volume rm v; }
	sweep created volume create v
	anonymous() { masu volume prune -f && nothing_left without && masu volume create && note_files; }
	note_files without
	anonymous
	sweep anonymous volume prune -f
	masu volume prune -f
	echo secret >file
	stored() { [ "$1" != 0 ] || masu secret rm s; masu secret create s file && masu secret rm s; }
	stored 1
	note_files
	sweep stored secret create s file
	checked() { masu system check --repair && masu run --rm --network none "$image" true; }
	sweep checked system check --repair --force
	[ "$(masu images -q | sort -u | wc -l)" = 1 ]
}

# The manifest that cannot be opened is whole. All calls, as few of them open one.
@test "an image is not taken for damaged, and loses no blob, for lack of a descriptor at any system call" {
	local command total n
	find "$MASU_DATA_DIR/images/blobs" -type f | sort >blobs
	for command in "images" "rmi other:1"; do
		masu tag "$image" other:1
		# shellcheck disable=SC2086
		COUNT=$work/count "$BUILD/kill-at" EMFILE 1000000 "$BUILD/masu" $command
		total=$(cat count)
		for n in $(seq "$total"); do
			masu tag "$image" other:1
			# shellcheck disable=SC2086
			run "$BUILD/kill-at" EMFILE "$n" "$BUILD/masu" $command
			[[ $output != *damaged* && $output != *missing* ]] && find "$MASU_DATA_DIR/images/blobs" -type f | sort | cmp - blobs ||
				{ echo "at $n of $total of $command: $output" && return 1; }
		done
	done
	masu run --rm --network none "$image" true
}

@test "a command that fails for lack of a descriptor, at any system call, has not done its work" {
	local total n object made
	echo text >file
	for object in secret volume; do
		local create=("$object" create x)
		[ $object = volume ] || create+=(file)
		COUNT=$work/count "$BUILD/kill-at" EMFILE 1000000 "$BUILD/masu" "${create[@]}"
		total=$(cat count)
		[ "$total" -gt 3 ]
		masu $object rm x
		for n in $(seq "$total"); do
			run "$BUILD/kill-at" EMFILE "$n" "$BUILD/masu" "${create[@]}"
			made=1
			! masu $object exists x || made=0
			[ "$((status != 0))" = "$made" ] || { echo "at $n of $total of $object create: $status $output" && return 1; }
			[ "$made" = 1 ] || masu $object rm x
		done
	done
}
