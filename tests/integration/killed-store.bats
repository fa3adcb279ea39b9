#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A kill of masu at any system call leaves nothing that the next command stumbles over: starts and ends of containers, and
# commands on images and secrets. killed-engine.bats has the others.

load ../lib/masu
load ../lib/busybox
load ../lib/sweep

setup() {
	need_root "the kernel takes the privilege of a newuidmap that is traced"
	setup_busybox
	cd "$work" || return
	reference=$image
	masu pull -q "$reference" >/dev/null
	image=local/busybox:1
	masu tag "$reference" "$image"
	note_files
}

status_is() { [ "$(masu inspect -f '{{.State.Status}}' "$name")" = "$1" ]; }

@test "run -d, killed at any system call: a container with the name can be removed, and the next run works" {
	after() {
		masu rm -f -i "$name" >/dev/null && nothing_left && masu run -d --name "$name" --network none "$image" sleep 100000 >/dev/null &&
			status_is running && masu rm -f "$name" >/dev/null && nothing_left
	}
	sweep_kills 4 after run -d --name "$name" --network none "$image" sleep 100000
	wait_until is_quiet
}

@test "start and stop, killed at any system call: the next start or stop works" {
	masu create --name "$name" --network none "$image" sleep 100000 >/dev/null
	masu start "$name" >/dev/null && masu stop -t 0 "$name" >/dev/null
	note_files
	started() {
		status_is running || masu start "$name" >/dev/null
		status_is running && is_alone && masu stop -t 0 "$name" >/dev/null && nothing_left
	}
	sweep_kills 3 started start "$name"
	stopped() { masu stop -t 0 "$name" >/dev/null && status_is exited && nothing_left && masu start "$name" >/dev/null; }
	masu start "$name" >/dev/null
	sweep_kills 3 stopped stop -t 0 "$name"
	masu rm -f "$name" >/dev/null
	wait_until is_quiet
}

@test "rm, killed at any system call: the next one removes the container" {
	removed() {
		masu rm -f -i "$name" >/dev/null && nothing_left && masu create --name "$name" -v "/v" --network none "$image" true >/dev/null
	}
	removed
	sweep_kills 2 removed rm -v "$name"
	forced() {
		masu rm -f -i "$name" >/dev/null && nothing_left && masu run -d --name "$name" --network none "$image" sleep 100000 >/dev/null
	}
	masu rm -v "$name" >/dev/null
	masu volume prune -f >/dev/null
	forced
	sweep_kills 2 forced rm -f "$name"
	masu rm -f "$name" >/dev/null
	wait_until is_quiet
}

@test "commit, rename and update, killed at any system call: the next one works, and a paused container runs on" {
	start_sleeper
	committed() {
		masu unpause "$name" >/dev/null 2>&1
		masu commit -q "$name" made:1 >/dev/null && masu rmi -f made:1 >/dev/null && status_is running && nothing_left
	}
	sweep_kills 3 committed commit -q "$name" made:1
	changed() { masu update --restart no "$name" >/dev/null && nothing_left; }
	sweep_kills 2 changed update --restart on-failure "$name"
	renamed() {
		! masu container exists other || masu rename other "$name"
		masu rename "$name" other && masu rename other "$name" && nothing_left
	}
	sweep_kills 2 renamed rename "$name" other
	masu rm -f "$name" >/dev/null
	wait_until is_quiet
}

@test "pull, rmi, load, import and save, killed at any system call: the next one works, and the store is whole" {
	masu save -q -o saved.tar "$image"
	again() { masu pull -q "$reference" >/dev/null && nothing_left; }
	sweep_kills 2 again pull -q "$reference"
	loaded() { masu load -q -i saved.tar >/dev/null && nothing_left; }
	sweep_kills 2 loaded load -q -i saved.tar
	saved() { masu save -q -o new.tar "$image" && cmp new.tar saved.tar && nothing_left && rm new.tar && no_other_file; }
	no_other_file() { [ -z "$(ls -A | grep -vxE 'data|run|before|now|out|saved.tar')" ]; }
	sweep_kills 2 saved save -q -o new.tar "$image"
	masu rmi -f "$reference" "$image" >/dev/null
	note_files
	: >"$MASU_DATA_DIR/stacks/.tmp-0123456789abcdef" # of a pull that was killed
	pulled() { masu pull -q "$reference" >/dev/null && masu run --rm --network none "$reference" true && masu rmi -f "$reference" >/dev/null && nothing_left; }
	sweep_kills 3 pulled pull -q "$reference"
	removed() { masu rmi -f "$reference" >/dev/null 2>&1; nothing_left && masu pull -q "$reference" >/dev/null; }
	masu pull -q "$reference" >/dev/null
	sweep_kills 2 removed rmi -f "$reference"
}

@test "secret create and system prune, killed at any system call: whole secrets, and no leftover file" {
	echo text >file
	masu secret create first file >/dev/null
	note_files
	stored() {
		! masu secret exists s || masu secret rm s >/dev/null
		masu secret create s file >/dev/null && masu secret rm s >/dev/null && nothing_left
	}
	sweep_kills 4 stored secret create s file
	filled() {
		masu create --network none "$image" true >/dev/null && masu volume create >/dev/null &&
			masu import -q "$work/files.tar" >/dev/null
	}
	tar -cf files.tar file
	pruned() { masu system prune -f --volumes >/dev/null && nothing_left && filled; }
	filled
	pruned
	sweep_kills 4 pruned system prune -f --volumes
}
