#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# masu diff: which files are changes, in every state of a container. As root and as an ordinary user.

load ../lib/masu
load ../lib/busybox

# Additions, changes and deletions, a replaced directory among them, with names that need care.
script='
echo >/new
mkdir -p /made/sub
echo >"/made/a b"
echo >/etc/passwd
rm /etc/group /bin/vi
rm -r /usr/bin && mkdir /usr/bin && touch /usr/bin/env /usr/bin/other
chmod 700 /var
rm -r /home && ln -s / /home
echo >"/tmp/$(printf "\033[2J")"
mknod /tmp/pipe p
'

expected='C /bin
D /bin/vi
C /etc
D /etc/group
C /etc/passwd
C /home
A /made
A /made/a b
A /made/sub
A /new
C /tmp
A /tmp/?[2J
A /tmp/pipe
C /usr
C /usr/bin
C /usr/bin/env
A /usr/bin/other
C /var'

@test "diff lists additions, changes and deletions, but no mounts, of a container in each state" {
	mkdir "$work/host"
	local options=(--name "$name" --network none -v data:/data -v "$work/host:/mnt/deep/host" --tmpfs /run/x)
	masu create "${options[@]}" "$image" true >/dev/null
	run masu diff "$name"
	[ "$status" = 0 ]
	[ -z "$output" ]
	masu rm "$name"

	masu run -d "${options[@]}" "$image" sh -c "$script"'touch /data/f /mnt/deep/host/f /run/x/f /ready; exec sleep 1000' >/dev/null
	wait_until masu exec "$name" test -e /ready
	[ "$(masu diff "$name")" = "$(sed 's,^C /tmp$,A /ready\n&,' <<<"$expected")" ]
	if is_root; then
		masu pause "$name"
		[ "$(masu diff "$name" | head -2)" = $'C /bin\nD /bin/vi' ]
		masu unpause "$name"
	fi
	masu exec "$name" rm /ready
	masu kill "$name" >/dev/null
	masu wait "$name" >/dev/null
	[ "$(masu diff "$name")" = "$expected" ]
	# Nothing is left, and nothing was changed: it starts again.
	run ! grep -qF "$work/data/containers" /proc/self/mountinfo
	masu start "$name" >/dev/null
	wait_until masu exec "$name" test -e /ready

	[ "$(masu diff --format json "$name" | jq -r '.[] | select(.Path == "/etc/group").Kind')" = D ]
	[ "$(masu diff --format '{{.Kind}}={{.Path}}' "$name" | head -1)" = C=/bin ]
	[[ "$(masu diff --format table "$name" | head -1)" =~ ^KIND\ +PATH$ ]]
	run sh -c '"$0" diff "$1" >/dev/full' "$BUILD/masu" "$name"
	[ "$status" = 125 ]
}

@test "diff refuses wrong arguments and a container without layers" {
	run masu diff
	[ "$status" = 125 ]
	run masu diff --format nonsense "$name"
	[ "$status" = 125 ]
	[[ "$output" == *--format* ]]
	run masu diff "no such"
	[ "$status" = 125 ]
	[[ "$output" == *'no such'* ]]
	make_root "$work/root" sh
	masu create --name "$name" --network none "rootfs:$work/root" true >/dev/null
	run masu diff "$name"
	[ "$status" = 125 ]
	[[ "$output" == *"container \"$name\" has no layers: its root is the directory \"$work/root\""* ]]
}

# masu-image waits until the container is gone.
@test "diff and commit of a container that is removed meanwhile report that" {
	mkdir "$work/libexec"
	ln -s "$BUILD"/masu-* "$work/libexec"
	rm "$work/libexec/masu-image"
	printf '#!/bin/sh\necho >"$WORK/waits"\nread -r line <"$WORK/go"\nexec "%s" "$@"\n' "$BUILD/masu-image" >"$work/libexec/masu-image"
	chmod +x "$work/libexec/masu-image"
	local command
	for command in diff commit; do
		masu create --name "$name" --network none "$image" true >/dev/null
		rm -f "$work"/{go,waits}
		mkfifo "$work/go"
		WORK=$work MASU_LIBEXEC_DIR=$work/libexec masu $command "$name" >"$work/out" 2>&1 3>&- &
		local pid=$! code=0
		wait_until '[ -e "$work/waits" ]'
		mv "$work"/data/containers/????????????????????????* "$work/gone"
		while kill -0 $pid 2>/dev/null; do
			timeout 1 sh -c 'echo >"$1"' sh "$work/go" || true # for each process; none may wait any more
		done
		wait $pid || code=$?
		[ $code = 125 ]
		grep -q "container .* has been removed" "$work/out"
		remove_files "$work/gone"
		masu rm -f "$name" || true
	done
}
