#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The holder of an ordinary user's ids (runtime/holder.h), started by hand. tests/host/checks/holder.sh has the user manager
# start it.

load ../lib/masu

setup() {
	is_root && skip "root needs no user namespace"
	need_ids
	make_work
	export XDG_RUNTIME_DIR=$work/xdg
	mkdir -m 700 "$XDG_RUNTIME_DIR" "$work/bin" "$work/files"
	make_root "$work/root" sh cat chown ls readlink sleep touch
	# Each use of newuidmap leaves a line.
	printf '#!/bin/sh\necho used >>"%s/used"\nexec "%s" "$@"\n' "$work" "$(command -v newuidmap)" >"$work/bin/newuidmap"
	chmod +x "$work/bin/newuidmap"
	PATH=$work/bin:$PATH
	holder=
}

teardown() {
	[ -z "$holder" ] || kill -KILL "$holder" || true
	remove_work
}

start_holder() {
	"$BUILD/masu-userns" 3>&- &
	holder=$!
	wait_until '[ "$(cut -d" " -f1 "$XDG_RUNTIME_DIR/masu-userns")" = "$holder" ]'
	rm -f "$work/used"
}

stop_holder() {
	kill -KILL "$holder"
	wait "$holder" || true
	holder=
}

in_container() { masu run --rm --network none -v "$work/files:/files" --rootfs "$work/root" "$@" 2>&1; }

# The host's owners of files that a container makes.
owners() {
	rm -rf "$work/files/"* 2>/dev/null || in_container sh -c 'rm -rf /files/*' || return
	in_container sh -c 'touch /files/a /files/b && chown 5:7 /files/b' >/dev/null || return
	stat -c %u:%g "$work/files/a" "$work/files/b"
}

@test "a start below the holder does not run newuidmap, and its files have the same owners" {
	run -0 owners
	without=$output
	[ -s "$work/used" ]
	start_holder
	in_container sh -c 'rm -f /files/a /files/b'
	run -0 owners
	[ "$output" = "$without" ]
	[ ! -e "$work/used" ]
}

@test "a second start with keep-id and the removal of the container do not run newuidmap" {
	start_holder
	masu run --rm --network none --userns keep-id hello >/dev/null
	[ -s "$work/used" ] # by the unpackers
	rm "$work/used"
	[[ "$(masu run --rm --network none --userns keep-id hello)" == *"uid $(id -u), gid $(id -g)"* ]]
	[ ! -e "$work/used" ]
	[ "$(ls "$MASU_DATA_DIR/containers")" = names ]
}

@test "containers do not need the holder once they run" {
	start_holder
	masu run -d --name "$name" --network none --rootfs "$work/root" sleep 1000 >/dev/null
	[ ! -e "$work/used" ]
	stop_holder
	run -0 masu exec "$name" cat /proc/self/uid_map
	[ "$(wc -l <<<"$output")" -ge 2 ]
	in_container sh -c true
	[ -s "$work/used" ]
	masu rm -f "$name"
}

@test "a holder that is stopped serves" {
	start_holder
	kill -STOP "$holder"
	in_container sh -c true
	[ ! -e "$work/used" ]
}

@test "a holder with lower limits than the caller is not used" {
	(ulimit -u 5000 && exec "$BUILD/masu-userns" 3>&-) &
	holder=$!
	wait_until '[ -s "$XDG_RUNTIME_DIR/masu-userns" ]'
	rm -f "$work/used"
	in_container sh -c true
	[ -s "$work/used" ]
}

@test "a record of another process, or without sense, is not believed" {
	sleep 1000 3>&- &
	holder=$!
	start=$(cut -d' ' -f22 "/proc/$holder/stat")
	for record in "$holder $start" "$holder $((start + 1))" "1 1" "x" "" "4000000000 1"; do
		echo -n "$record" >"$XDG_RUNTIME_DIR/masu-userns"
		rm -f "$work/used"
		in_container sh -c true
		[ -s "$work/used" ]
	done
	kill -KILL "$holder"
	start_holder
	# The start time is compared, too.
	read -r pid start <"$XDG_RUNTIME_DIR/masu-userns" || true
	echo -n "$pid $((start + 1))" >"$XDG_RUNTIME_DIR/masu-userns"
	in_container sh -c true
	[ -s "$work/used" ]
}

@test "a container that sees the host's processes cannot open the holder's namespace" {
	start_holder
	cd "$work" && oci spec --rootless
	subs() { grep "^$(id -un):" "$1" | head -1 | awk -F: '{print "{\"containerID\": 1, \"hostID\": " $2 ", \"size\": " $3 "}"}'; }
	jq --argjson uids "$(subs /etc/subuid)" --argjson gids "$(subs /etc/subgid)" --arg holder "$holder" '
		.process.terminal = false | .root.path = "root" | .linux.uidMappings += [$uids] | .linux.gidMappings += [$gids]
		| .process.args = ["sh", "-c", "readlink /proc/self/ns/user && ! readlink /proc/\($holder)/ns/user && ls -ld /proc/\($holder)"]
		| .linux.namespaces |= map(select(.type != "pid"))
		| .mounts |= map(if .destination == "/proc" then {destination, type: "bind", source: "/proc", options: ["rbind"]} else . end)' \
		config.json >config.new && mv config.new config.json
	run -0 oci --root "$work/oci" --cgroup-manager disabled run "$name"
	[[ "$output" == "user:["*"/proc/$holder" ]]
	[ ! -e "$work/used" ]
}

@test "many starts below one holder at once" {
	start_holder
	starts=()
	for i in 1 2 3 4 5 6 7 8; do
		in_container sh -c "echo ok >/files/$i" 3>&- &
		starts+=($!)
	done
	wait "${starts[@]}"
	[ "$(cat "$work/files/"[1-8] | wc -l)" = 8 ]
	[ ! -e "$work/used" ]
}
