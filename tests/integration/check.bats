#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# masu system check: what a crash, a bad disk or a careless hand leaves in the store. pull.bats has repairs by a registry.

load ../lib/masu

setup_file() { probe_containers; }

setup() {
	need_containers
	make_work
	masu create --name c --network none hello >/dev/null
	id=$(masu inspect -f '{{.Id}}' c)
	home=$MASU_DATA_DIR/containers/$id
	blobs=$MASU_DATA_DIR/images/blobs/sha256
}

# The findings, a line each: "SEVERITY ID OBJECT".
check() { masu system check --format '{{.Severity}} {{.ID}} {{.Object}}' "$@"; }
finds() { # STATUS TEXT [OPTION...]
	run -"$1" --separate-stderr check "${@:3}"
	[ "$output" = "$2" ] || { echo "found: $output $stderr" && return 1; }
}
layer_blob() { jq -r '.layers[0].digest' "$blobs/$(jq -r '.manifests[0].digest' "$MASU_DATA_DIR/images/index.json" | cut -d: -f2)" | cut -d: -f2; }
reads_work() {
	masu ps -a >/dev/null && masu images >/dev/null && masu volume ls >/dev/null && masu system df >/dev/null && masu info >/dev/null
}

@test "a whole store has no findings, while containers run as well" {
	finds 0 ""
	finds 0 "" --repair
	run -125 masu system check --force
	[[ $output == *"--force needs --repair"* ]]
	finds 0 "" --repair --force
	masu start -a c >/dev/null
	finds 0 ""
	masu inspect c >/dev/null
}

@test "a blob with a changed byte, of another size, or missing" {
	local blob
	blob=$blobs/$(layer_blob)
	cp "$blob" "$work/good"
	printf x | dd of="$blob" bs=1 seek=100 conv=notrunc status=none
	finds 1 "error image-damaged localhost/hello:latest"
	finds 0 "" --quick
	reads_work
	run -1 masu system check --repair
	[[ $output == *"the bytes are not those of blob sha256:$(basename "$blob"), and cannot be repaired (it comes from no registry)"*"masu system check --repair --force"* ]]
	printf x >>"$blob"
	finds 1 "error image-damaged localhost/hello:latest" --quick
	reads_work
	[[ "$(masu images)" == *"(damaged)"* ]]
	rm "$blob"
	finds 1 "error image-damaged localhost/hello:latest" --quick
	cp "$work/good" "$blob"
	finds 0 ""
	# The container still has the layer, so it works without the image.
	rm "$blob"
	finds 0 "note image-damaged localhost/hello:latest
note unreferenced store" --repair --force
	finds 0 ""
	[ "$(masu images -q)" = "" ]
	masu start -a c >/dev/null
}

@test "layers that are missing are unpacked again, for a container, too" {
	mv "$MASU_DATA_DIR/layers" "$work/layers"
	mkdir -m 700 "$MASU_DATA_DIR/layers"
	finds 1 "error layer-missing c"
	reads_work
	finds 0 "note layer-missing c" --repair
	masu start -a c >/dev/null
	finds 0 ""
	# A damaged blob is not unpacked. It stays, because a registry does not have it.
	local blob
	blob=$blobs/$(layer_blob)
	cp "$blob" "$work/good"
	printf x | dd of="$blob" bs=1 seek=100 conv=notrunc status=none
	rm -r "$MASU_DATA_DIR"/layers/*
	run -125 masu run --rm --network none hello
	[[ $output == *"the stored layer sha256:$(basename "$blob") is damaged"*"masu system check --repair"* ]]
	finds 1 "error layer-missing c
error image-damaged localhost/hello:latest" --repair
	cp "$work/good" "$blob"
	finds 0 "note layer-missing c" --repair
	# Without the blobs nothing can bring them back.
	rm "$blobs/$(layer_blob)" "$MASU_DATA_DIR"/layers/* -r
	finds 1 "error layer-missing c
error image-damaged localhost/hello:latest" --repair
	finds 0 "note layer-missing c
note image-damaged localhost/hello:latest
note unreferenced store" --repair --force
	[ "$(masu ps -aq)" = "" ]
	finds 0 ""
	masu run --rm --network none hello >/dev/null
}

@test "blobs and layers without a user, unless a pull is at work" {
	mkdir "$MASU_DATA_DIR/layers/$(printf 'a%.0s' {1..64})"
	echo x >"$blobs/$(printf 'b%.0s' {1..64})"
	finds 1 "error unreferenced store" --quick
	flock -s "$MASU_DATA_DIR/images/ingest/lock" true # a pull holds it shared
	exec {lock}<"$MASU_DATA_DIR/images/ingest/lock"
	flock -s "$lock"
	finds 0 "" --quick --repair
	exec {lock}<&-
	finds 0 "note unreferenced store" --quick --repair
	[ "$(ls "$MASU_DATA_DIR/layers" | wc -l)" = 1 ]
	finds 0 ""
	masu start -a c >/dev/null
}

@test "containers without a readable record or config go by --force alone, and hide no other" {
	masu create --name d --network none hello >/dev/null
	cp "$home/record.json" "$work/good"
	local bad
	for bad in ': >record.json' 'rm record.json' 'echo {} >record.json' 'mv record.json r; mkdir record.json' 'ln -sf /dev/zero record.json'; do
		(cd "$home" && eval "$bad")
		finds 1 "error container-unreadable $id" --quick
		masu ps -a 2>/dev/null | grep -q ' d$'
		masu images >/dev/null
		masu volume ls >/dev/null
		masu system df >/dev/null 2>&1
		rm -rf "$home/record.json"
		cp "$work/good" "$home/record.json"
	done
	finds 0 ""
	echo '[' >"$home/config.json"
	reads_work
	finds 1 "error container-unreadable $id" --quick --repair
	finds 0 "note container-unreadable $id
note leftover names" --quick --repair --force
	[ ! -e "$home" ]
	finds 0 ""
	[ "$(masu ps -a --format '{{.Names}}')" = d ]
	masu create --name c --network none hello >/dev/null
}

@test "leftovers of killed processes: temporary files, names, directories" {
	touch "$home/.tmp-0123456789abcdef"
	ln -s "$(printf 'c%.0s' {1..64})" "$MASU_DATA_DIR/containers/names/gone"
	mkdir "$MASU_DATA_DIR/layers/.trash-x"
	finds 1 "error leftover c
error leftover names" --quick
	finds 0 "note leftover c
note leftover names" --quick --repair
	[ -z "$(find "$MASU_DATA_DIR" -name '.tmp-*' -o -name gone)" ]
	finds 0 ""
	# Each command removes these two.
	ln -s "$(printf 'd%.0s' {1..64})" "$MASU_DATA_DIR/containers/names/gone"
	mkdir "$MASU_DATA_DIR/containers/.new-$(printf 'd%.0s' {1..64})"
	finds 0 "" --quick
	[ -z "$(find "$MASU_DATA_DIR" -name '.new-*' -o -name gone)" ]
	masu start -a c >/dev/null
}
