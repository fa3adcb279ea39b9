#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The embedded image: a layout that others can read, and the same bytes from every build.

load ../lib/masu
IMAGE=$BUILD/images/hello

@test "hello: every blob has the digest that it is named for" {
	(cd "$IMAGE/blobs/sha256" && for f in *; do echo "$f  $f"; done | sha256sum -c --quiet)
}

@test "hello: skopeo reads and copies it" {
	command -v skopeo || skip "no skopeo"
	skopeo copy -q "oci:$IMAGE:hello" "dir:$BATS_TEST_TMPDIR/copy"
}

@test "hello: the same program gives the same image" {
	umask 077
	"$BATS_TEST_DIRNAME/../../src/hello/mkimage" "$BUILD/hello" "$BATS_TEST_TMPDIR/again"
	diff -r "$IMAGE" "$BATS_TEST_TMPDIR/again"
}

@test "hello: the layer is root's, timeless, with a sticky /tmp" {
	layer=$(ls -S "$IMAGE/blobs/sha256"/* | head -1)
	run tar --numeric-owner --utc -tvzf "$layer"
	[ "$status" = 0 ]
	[ "$(grep -c ' 0/0 .* 1970-01-01 00:00 ' <<<"$output")" = 5 ]
	grep -q '^drwxrwxrwt .* tmp/$' <<<"$output"
	grep -q '^-rwxr-xr-x .* hello$' <<<"$output"
}

@test "hello: says what it sees" {
	run "$BUILD/hello"
	[ "$status" = 0 ]
	for line in "host name" process users namespaces capabilities seccomp mounts; do
		grep -q "^  $line " <<<"$output"
	done
}
