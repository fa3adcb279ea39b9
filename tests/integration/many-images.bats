#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Many images: `masu images` takes their details from RUN/images, and every change of a blob shows at once.

load ../lib/masu

setup() {
	make_work
	make_many
}

make_many() {
	masu images >/dev/null
	"$BATS_TEST_DIRNAME/../lib/make-many" images "$MASU_DATA_DIR/images" 40
	cache=$MASU_RUN_DIR/images
	# It takes no blob that has changed a moment ago, and is not written again for a few.
	has_cache() {
		masu images >/dev/null
		[ "$(grep -ao amd64 "$cache" 2>/dev/null | wc -l)" = 41 ] || { rm -f "$cache" && return 1; }
	}
	wait_until has_cache
}

list() { masu images --format json "$@" | jq -c '.[]'; }
blob() { echo "$MASU_DATA_DIR/images/blobs/sha256/${1#sha256:}"; }
config_of() { blob "$(masu images --no-trunc -q "$1")"; }
manifest_of() { blob "$(masu images --format '{{.Digest}}' "$1")"; }
damage() { masu images --format json "$1" | jq -r '.[].Damage'; }

@test "the list of many images comes from the cache, and is the same without it" {
	run -0 list
	[ "${#lines[@]}" = 41 ]
	local cached=$output written
	written=$(stat -c %i "$cache")
	rm "$cache"
	[ "$(list)" = "$cached" ]
	wait_until has_cache
	# It is used: a change of its bytes alone shows. It is not written again for the same images.
	sed -i 's|amd64|wmd64|g' "$cache"
	written=$(stat -c %i "$cache")
	[ "$(list | grep -c wmd64)" = 41 ]
	[ "$(stat -c %i "$cache")" = "$written" ]
	[ "$(list --filter label=number=7 | grep -c wmd64)" = 1 ]
	# Few images are read without it, and so is all that names one.
	[ "$(masu image inspect -f '{{.Architecture}}' localhost/i7)" = amd64 ]
}

@test "a change of a blob or a name shows at once" {
	local config layer manifest
	masu tag localhost/i1 localhost/other
	[ "$(masu images -q localhost/other)" = "$(masu images -q localhost/i1)" ]
	masu rmi localhost/i2 >/dev/null
	[ -z "$(masu images -q localhost/i2)" ]
	# Another config of the same size and with the same times.
	config=$(config_of localhost/i3)
	sed 's/amd64/bmd64/' "$config" >"$work/config"
	touch -r "$config" "$work/config"
	cat "$work/config" >"$config"
	touch -r "$work/config" "$config"
	[ "$(list localhost/i3 | jq -r .Architecture)" = bmd64 ]
	config=$(config_of localhost/i4)
	mv "$config" "$work/moved"
	[[ "$(damage localhost/i4)" == *missing* ]]
	mv "$work/moved" "$config"
	[ "$(damage localhost/i4)" = null ]
	truncate -s 10 "$(config_of localhost/i5)"
	[[ "$(damage localhost/i5)" == *"is not a file of"* ]]
	manifest=$(manifest_of localhost/i6)
	rm "$manifest"
	[[ "$(damage localhost/i6)" == *missing* ]]
	layer=$(blob "$(jq -r '.layers[1].digest' "$(manifest_of localhost/i7)")")
	echo more >>"$layer"
	[[ "$(damage localhost/i7)" == *damaged* ]]
	rm "$layer"
	[[ "$(damage localhost/i7)" == *missing* ]]
	[ "$(damage localhost/i8)" = null ]
	# The layer that all images have.
	rm "$(blob "$(jq -r '.layers[0].digest' "$(manifest_of localhost/i8)")")"
	[ "$(list | jq -r .Damage | grep -c null)" = 0 ]
}

@test "a cache of images that is damaged, cut off, of another version, or cannot be written changes nothing" {
	local expected bad
	expected=$(list)
	cp "$cache" "$work/good"
	for bad in 'head -c 100' 'head -c 5000' 'tr e f' 'tr \0 \1' 'tr \2 \377' 'head -c 0' 'sed s/^masu.list/masu.lisx/' 'tail -c 3000'; do
		$bad <"$work/good" >"$cache"
		[ "$(list)" = "$expected" ] || { echo "after $bad" && return 1; }
	done
	# Digests become names of files. Slashes are refused, and another blob has another inode.
	python3 -S - "$work/good" "$cache" <<'END'
import re, sys
text = open(sys.argv[1], 'rb').read()
digests = re.findall(rb'(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])', text)
assert len(digests) > 100
for i, digest in enumerate(digests):
    text = text.replace(digest, b'../' * 21 + b'e' if i % 2 else digests[0])
open(sys.argv[2], 'wb').write(text)
END
	[ "$(list)" = "$expected" ]
	cache_file_changes_nothing
}
