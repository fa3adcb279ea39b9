#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Images between stores: masu save, load, import, history. As root and as an ordinary user.

load ../lib/masu
load ../lib/busybox

setup() {
	setup_busybox
	cd "$work"
}

@test "history: steps with and without a layer, sizes, forms" {
	masu create --name "$name" --network none "$image" true >/dev/null
	masu commit -q -m "a message" -c 'ENV A=1' "$name" localhost/made:1 >/dev/null
	id=$(masu images -q --no-trunc localhost/made)
	run -0 masu history localhost/made:1
	[ "${#lines[@]}" -ge 3 ]
	[[ ${lines[0]} == "IMAGE ID "*" CREATED "*" CREATED BY "*" SIZE "*" COMMENT"* ]]
	[[ ${lines[1]} == "${id:0:12} "*" ago "*" a message"* ]]
	[[ ${lines[2]} == "<missing> "* ]]
	[ "$(masu image history -q --no-trunc localhost/made:1 | head -1)" = "$id" ]
	# The sizes of the layers are those of the blobs.
	layers=$(jq '[.layers[].size] | add' "$MASU_DATA_DIR/images/blobs/sha256/$(masu inspect -f '{{.Digest}}' localhost/made:1 | cut -d: -f2)")
	[ "$(masu history --format json localhost/made:1 | jq '[.[].Size] | add')" = "$layers" ]
	masu history --format json localhost/made:1 | jq -e --arg id "$id" '.[0].Id == $id and .[0].Tags == ["localhost/made:1"] and (.[1].Tags | length) == 0'
	run -0 masu history --human=false --format '{{.CreatedAt}} {{.CreatedSince}}' localhost/made:1
	[ "${lines[0]% *}" = "${lines[0]#* }" ]
	run -125 masu history localhost/none
	run -125 masu history --format '{{.No' localhost/made:1
}

@test "history: a builder's odd steps, long commands and control characters" {
	"$BATS_TEST_DIRNAME/odd-images" "$work/images" empty
	masu pull -q "oci:$work/images/empty:x" >/dev/null
	run -0 masu history --no-trunc --format '{{.CreatedBy}}' "oci:$work/images/empty:x"
	[ "$(xargs <<<"$output")" = "RUN RUN RUN RUN RUN RUN RUN ENV x base" ]
	masu create --name "$name" --network none "$image" echo $'\e[31mred' "$(printf %060d 7)" >/dev/null
	masu commit -q "$name" localhost/red >/dev/null
	run -0 masu history localhost/red
	[[ $output != *$'\e'* && $output == *"..."* ]]
	run -0 masu history --no-trunc localhost/red
	[[ $output != *$'\e'* && $output != *"..."* ]]
}
