#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A kill of masu at any system call leaves nothing that the next command stumbles over: creations, mounts, pushes and
# imports, and files outside the store. killed-store.bats and killed-engine.bats have the others.

load ../lib/masu
load ../lib/busybox
load ../lib/sweep
load ../lib/registry

setup_file() {
	make_images busybox
	probe_containers
}

setup() {
	need_root "the kernel takes the privilege of a newuidmap that is traced, and the mounts are the host's"
	setup_busybox
	cd "$work" || return
	export HOME=$work/home XDG_CONFIG_HOME= XDG_RUNTIME_DIR=$work/home/run DBUS_SESSION_BUS_ADDRESS= DOCKER_CONFIG=
	mkdir -p "$HOME/run"
	masu pull -q "$image" >/dev/null
	masu tag "$image" local/busybox:1
	image=local/busybox:1
	note_files
}

@test "create, killed at any system call: the name is free after a removal, and the next creation works" {
	created() {
		masu rm -f -i "$name" >/dev/null && nothing_left && masu create --name "$name" -v /v --network none "$image" true >/dev/null &&
			masu rm -v "$name" >/dev/null && nothing_left
	}
	sweep_kills 6 created create --name "$name" -v /v --network none "$image" true
	box() { masu box rm -f "$name" >/dev/null 2>&1 || masu rm -f -i "$name" && nothing_left && masu box create -q "$image" "$name" >/dev/null; }
	box
	masu rm -f "$name" >/dev/null
	sweep_kills 6 box box create -q "$image" "$name"
	masu rm -f "$name" >/dev/null
}

# Another process that looks at all mounts of the machine at this moment, as df(1) does, makes this one busy.
unmounted() {
	masu unmount "$name" >/dev/null 2>&1 || true
	[ -z "$(masu mount --format '{{.Name}}')" ]
}

@test "mount and unmount, killed at any system call: the next one works, and no mount is left" {
	masu create --name "$name" --network none "$image" true >/dev/null
	note_files
	mounted() {
		local root
		root=$(masu mount "$name") && [ -x "$root/bin/sh" ] && wait_until unmounted && nothing_left
	}
	sweep_kills 6 mounted mount "$name"
	# Each of the last calls, which note the mount.
	total=$("$BUILD/kill-at" first 1000000 "$BUILD/masu" mount "$name" | tail -n 1)
	for n in $(seq $((total - 30)) "$total"); do
		wait_until unmounted
		"$BUILD/kill-at" first "$n" "$BUILD/masu" mount "$name" >/dev/null 2>&1 || true
		[ -z "$(find "$MASU_DATA_DIR" -name '.tmp-*')" ]
	done
	mounted
	ended() { wait_until unmounted && nothing_left && masu mount "$name" >/dev/null; }
	masu mount "$name" >/dev/null
	sweep_kills 6 ended unmount "$name"
	wait_until unmounted
	masu rm -f "$name" >/dev/null
}

@test "push and import, killed at any system call: the next one works, and the image is whole" {
	start_registry
	local url=$REAL/pushed:1
	masu tag "$image" "$url"
	note_files
	# The registry forgets: each push sends all. It may still write what a killed push has sent.
	forget() { wait_until 'rm -rf "$BATS_FILE_TMPDIR"/storage/*'; }
	pushed() {
		masu push -q "$url" >/dev/null && nothing_left && MASU_DATA_DIR=$work/other MASU_RUN_DIR=$work/other-run masu pull -q "$url" >/dev/null &&
			rm -rf other other-run && forget
	}
	forget
	sweep_kills 6 pushed push -q "$url"
	stop_registries
	mkdir files
	echo text >files/file
	tar -cf files.tar -C files .
	imported() { masu import -q files.tar made:1 >/dev/null && masu rmi -f made:1 >/dev/null && nothing_left; }
	imported
	note_files
	sweep_kills 6 imported import -q files.tar made:1
}

@test "export, killed at any system call: the file is whole or absent" {
	masu run --name "$name" --network none "$image" sh -c 'echo text >/file'
	note_files
	mkdir to
	masu export -o whole.tar "$name"
	exported() {
		[ -z "$(ls -A to | grep -vx files.tar)" ] && { [ ! -e to/files.tar ] || cmp whole.tar to/files.tar; } &&
			masu export -o to/files.tar "$name" && cmp whole.tar to/files.tar && nothing_left && rm to/files.tar
	}
	sweep_kills 6 exported export -o to/files.tar "$name"
}

@test "box enter, killed at any system call: the next one enters, and the box has no file of a killed start" {
	enter() {
		masu box enter "$name" -- sh -c '[ -z "$(find /etc -name ".tmp-*")" ] && grep -q "^root:" /etc/passwd' 2>/dev/null &&
			masu box rm -f "$name" >/dev/null && nothing_left && masu box create -q "$image" "$name" >/dev/null
	}
	masu box create -q "$image" "$name" >/dev/null
	sweep_kills 6 enter box enter "$name" -- true
	masu box rm -f "$name" >/dev/null
	wait_until is_quiet
}
