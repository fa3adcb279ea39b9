#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# masu unshare. As an ordinary user, except for the first test.

load ../lib/masu
load ../lib/busybox

@test "unshare: root, wrong options, commands that masu does not have" {
	if is_root; then
		run -125 masu unshare true
		[[ "$output" = *"root needs no user namespace"* ]]
	fi
	run -125 masu unshare --nonsense
	run -125 masu compose x
	[[ "$output" = *"unknown command 'compose'"*"'masu "* ]]
	run -125 masu umount x
	[[ "$output" = *"'masu unmount'"* ]]
}

as_ordinary() {
	! is_root || skip "for an ordinary user"
	need_ids
}

@test "unshare: the owners of files, the environment, descriptors and the exit status" {
	as_ordinary
	masu run --rm --network none -v store:/data "$image" sh -c 'echo inside >/data/file; chown 5:6 /data/file; chmod 600 /data/file'
	[ "$(stat -c %u "$MASU_DATA_DIR/volumes/store/file")" != 5 ]
	[ "$(masu unshare stat -c '%u %g' "$MASU_DATA_DIR/volumes/store/file")" = "5 6" ]
	[ "$(masu unshare cat "$MASU_DATA_DIR/volumes/store/file")" = inside ]
	[ "$(masu unshare id -u)" = 0 ]
	[ "$(masu unshare sh -c 'stat -c %u "$1"' - "$work")" = 0 ]
	[ "$(masu unshare sh -c 'echo $MASU_DATA_DIR $MASU_RUN_DIR; pwd')" = "$MASU_DATA_DIR $MASU_RUN_DIR
$PWD" ]
	# Without the variables, the directories that the user has.
	[ "$(HOME=$work env -u MASU_DATA_DIR -u XDG_DATA_HOME "$BUILD/masu" unshare sh -c 'echo $MASU_DATA_DIR')" = "$work/.local/share/masu" ]
	[ "$(umask 077 && masu unshare sh -c umask)" = 0077 ]
	[ "$(masu unshare cat <<<input)" = input ]
	[ "$(masu unshare sh -c 'cat <&7' 7<<<seven)" = seven ]
	[ "$(masu unshare readlink /proc/self/ns/mnt)" != "$(readlink /proc/self/ns/mnt)" ]
	[ "$(masu unshare readlink /proc/self/ns/net)" = "$(readlink /proc/self/ns/net)" ]
	[ "$(SHELL=$(command -v env) masu unshare | grep ^MASU_DATA_DIR=)" = "MASU_DATA_DIR=$MASU_DATA_DIR" ]
	masu unshare sh -c 'mount -t tmpfs none "$1" && touch "$1/new" && [ -e "$1/new" ]' - "$work/run"
	[ ! -e "$work/run/new" ]
	run -3 masu unshare sh -c 'exit 3'
	run -127 masu unshare nosuch
	[[ "$output" = *'"nosuch": No such file'* ]]
	run -126 masu unshare /etc/passwd
	masu unshare rm "$MASU_DATA_DIR/volumes/store/file"
	[ ! -e "$MASU_DATA_DIR/volumes/store/file" ]
	# The store is the user's inside, too.
	[ "$(masu unshare "$BUILD/masu" volume ls -q)" = store ]
}

@test "unshare: a container with an id map of its own is refused, and stays" {
	as_ordinary
	masu run --network none --name "$name" --userns keep-id "$image" sh -c 'echo mine >/tmp/file'
	local command
	for command in "cp $name:/tmp/file $work/file" "start $name" "commit $name other"; do
		run -125 masu unshare "$BUILD/masu" $command
		[[ "$output" = *"cannot map the ids of '$MASU_DATA_DIR/layers"*"inside a user namespace"*"run the command outside of 'masu unshare'"* ]]
	done
	[ "$(masu cp "$name:/tmp/file" - | tar -xO)" = mine ]
}

@test "unshare: the command replaces masu, so signals reach it" {
	as_ordinary
	mkfifo "$work/fifo"
	# No child of the shell's is killed: between its fork and its execve, it would lose the signal and stay.
	"$BUILD/masu" unshare sh -c 'trap "exit 7" TERM; echo ready >"$1"; while :; do sleep 0.1; done' - "$work/fifo" 3>&- &
	local status=0
	read -r line <"$work/fifo"
	kill -TERM $!
	wait $! || status=$?
	[ "$status" = 7 ]
}

@test "unshare: ids that cannot be mapped" {
	as_ordinary
	mkdir "$work/bin"
	printf '#!/bin/sh\necho newuidmap: refused >&2\nexit 1\n' >"$work/bin/newuidmap"
	chmod 755 "$work/bin/newuidmap"
	run -125 env PATH="$work/bin:$PATH" "$BUILD/masu" unshare true
	[[ "$output" = *refused* ]]
}
