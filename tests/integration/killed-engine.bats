#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A kill of masu at any system call leaves nothing that the next command stumbles over: commands on a running container,
# and on volumes. killed-store.bats has the others.

load ../lib/masu
load ../lib/busybox
load ../lib/sweep

setup() {
	setup_busybox
	cd "$work" || return
}

@test "exec, killed at any system call: the container runs on with its own process alone" {
	start_sleeper
	after() { masu exec "$name" true && wait_until is_alone && nothing_left; }
	sweep_kills 12 after exec "$name" true
	sweep_kills 6 after exec -d "$name" true
}

@test "cp, killed at any system call: the next copy is whole, and no other file is beside it" {
	start_sleeper
	mkdir -p from/dir to
	head -c 100000 /dev/urandom >from/dir/a
	echo b >from/b
	into() {
		[ -z "$(masu exec "$name" find /tmp -mindepth 1 -maxdepth 1 ! -name from)" ] && masu cp from "$name:/tmp" &&
			masu exec "$name" cat /tmp/from/dir/a | cmp - from/dir/a && wait_until is_alone && nothing_left &&
			masu exec "$name" rm -r /tmp/from
	}
	sweep_kills 8 into cp from "$name:/tmp"
	masu cp from "$name:/tmp"
	out() {
		[ -z "$(find to -mindepth 1 -maxdepth 1 ! -name from)" ] && masu cp "$name:/tmp/from" to && diff -r from to/from &&
			wait_until is_alone && nothing_left && rm -r to/from
	}
	sweep_kills 8 out cp "$name:/tmp/from" to
}

@test "volume create and prune, killed at any system call: whole volumes, and no leftover file" {
	masu volume create kept >/dev/null
	masu volume prune -f >/dev/null
	note_files
	created() {
		masu volume create --ignore v >/dev/null && [ "$(masu volume ls -q | xargs)" = "kept v" ] && masu volume rm v >/dev/null && nothing_left
	}
	sweep_kills 20 created volume create v
	anonymous() { masu volume create >/dev/null && echo x >"$(masu volume inspect -f '{{.Mountpoint}}' "$(masu volume ls -q | head -1)")/f"; }
	pruned() { masu volume prune -f >/dev/null && [ "$(masu volume ls -q)" = kept ] && nothing_left && anonymous; }
	anonymous
	sweep_kills 20 pruned volume prune -f
}

@test "restart, killed at any system call: the container runs after the next one" {
	start_sleeper
	masu restart -t 0 "$name" >/dev/null
	note_files
	after() { masu restart -t 0 "$name" >/dev/null && [ "$(masu inspect -f '{{.State.Status}}' "$name")" = running ] && wait_until is_alone && nothing_left; }
	sweep_kills 12 after restart -t 0 "$name"
	masu rm -f "$name" >/dev/null
	wait_until is_quiet
}

@test "too few file descriptors: no container is taken for a stopped one, and each command tells why it fails" {
	need_root "limits that are lowered for a command are raised again for the container"
	start_sleeper
	local n id root
	id=$(masu inspect -f '{{.Id}}' "$name")
	root=$(dirname "$(find "$MASU_RUN_DIR" -name "$id" -type l)")
	for n in $(seq 3 "${STEP:-2}" 24); do
		run prlimit "--nofile=$n:$n" "$BUILD/masu" ps -a --noheading --format '{{.State}}'
		[ "$output" = running ] || [[ $output == *"Too many open files"* && $output != *exited* && $output != *created* ]]
		for command in "inspect $name" "exec $name true" "rename $name other"; do
			# shellcheck disable=SC2086
			run timeout 300 prlimit "--nofile=$n:$n" "$BUILD/masu" $command </dev/null
			[ "$status" = 0 ] || [[ $output == *"Too many open files"* ]] || { echo "$command with $n: $status $output" && return 1; }
			[ "$command $status" != "rename $name other 0" ] || masu rename other "$name"
		done
		run prlimit "--nofile=$n:$n" "$BUILD/masu-oci" --root "$root" delete "$id"
		[ "$status" != 0 ]
	done
	# A restart that could not start the container does not stop it.
	for n in 8 20 28 36; do
		run -125 prlimit "--nofile=$n:4096" "$BUILD/masu" restart -t 0 "$name"
		[[ $output == *"Too many open files"* ]]
	done
	[ "$(masu inspect -f '{{.State.Status}}' "$name")" = running ]
	masu exec "$name" true
}
