#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Pushes: to Debian's docker-registry, and to a registry that misbehaves (push-registry.py). Runs as anybody.

load ../lib/masu
load ../lib/registry

setup_file() {
	export LAYOUT=$BATS_FILE_TMPDIR/layout
	start_fake push-registry.py
	"$BATS_TEST_DIRNAME/../host/images/make-images" "$LAYOUT" busybox layers8 multi
	start_registry
	# A layer that does not compress, larger than a part of an upload (transfer/push-blob.c).
	mkdir "$BATS_FILE_TMPDIR/large"
	python3 -c 'import random, sys; sys.stdout.buffer.write(random.Random(1).randbytes(17 << 20))' >"$BATS_FILE_TMPDIR/large/file"
	tar -C "$BATS_FILE_TMPDIR/large" -cf "$BATS_FILE_TMPDIR/large.tar" file
}

teardown_file() { stop_registries; }

setup() {
	make_work
	read -r FAKE_PORT OTHER <"$FAKE/ports"
	REGISTRY=127.0.0.1:$FAKE_PORT
	cd "$work"
	export HOME=$work XDG_CONFIG_HOME= XDG_RUNTIME_DIR= REGISTRY_AUTH_FILE= DOCKER_CONFIG=
	rm -f "$FAKE/mended"
	: >"$FAKE/log"
}

# Another store.
elsewhere() { MASU_DATA_DIR=$work/other MASU_RUN_DIR=$work/other-run masu "$@"; }

large_image() { masu import -q "$BATS_FILE_TMPDIR/large.tar" localhost/large >/dev/null; }

digest_of() { masu images --digests --no-trunc --format '{{.Digest}}' "$1"; }

# The image arrives elsewhere as it was sent.
arrives() { # IMAGE NAME
	[ "$(elsewhere pull -q "$2")" = "$(digest_of "$1")" ]
	[ "$(elsewhere inspect --format '{{.Id}}' "$2")" = "$(masu inspect --format '{{.Id}}' "$1")" ]
}

refused() { # TEXT ARGUMENT...
	run -125 --separate-stderr masu push -q "${@:2}"
	echo "$stderr"
	[[ $stderr == "masu: "*"$1"* && -z $output ]]
	[ "$(grep -vc '^ ' <<<"$stderr")" = 1 ]
}

@test "a pushed image has the same digest and id elsewhere; a second push sends no layer" {
	digest=$(masu pull -q "oci:$LAYOUT:layers8:latest")
	masu tag "oci:$LAYOUT:layers8:latest" "$REAL/first/image:1"
	run -0 --separate-stderr masu push --digestfile digest "$REAL/first/image:1"
	[ "$output" = "$digest" ]
	[ "$(<digest)" = "$digest" ]
	[ "$(grep -c ^done <<<"$stderr")" = 8 ]
	[ "$(grep -c ^pushing <<<"$stderr")" = 8 ]
	run -0 --separate-stderr masu push "$REAL/first/image:1" "docker://$REAL/first/image:2"
	[ "$output" = "$digest" ]
	[ "$(grep -c '^already there' <<<"$stderr")" = 8 ]
	# Layers are mounted from the first repository.
	run -0 --separate-stderr masu push "$REAL/first/image:1" "$REAL/second"
	[ "$(grep -c '^already there' <<<"$stderr")" = 8 ]
	run -0 --separate-stderr masu push -q "$REAL/first/image:1" "$REAL/third@$digest"
	[ "$output" = "$digest" ]
	[ -z "$stderr" ]
	for name in first/image:1 first/image:2 second third@"$digest"; do
		[ "$(elsewhere pull -q "$REAL/$name")" = "$digest" ]
	done
	[ "$(elsewhere inspect --format '{{.Id}}' "$REAL/second")" = "$(masu inspect --format '{{.Id}}' "$REAL/first/image:1")" ]
	[ "$(skopeo inspect --no-creds --tls-verify=false --format '{{.Digest}}' "docker://$REAL/second")" = "$digest" ]
	run -0 masu events --stream=false --filter event=push
	[ "${#lines[@]}" = 4 ] && [[ ${lines[3]} == *"$REAL/third@$digest" ]]
}

@test "images that were imported, loaded and committed are pushed, one of a multi-platform index with a notice" {
	masu pull -q "oci:$LAYOUT:busybox:latest" >/dev/null
	masu tag "oci:$LAYOUT:busybox:latest" localhost/base
	masu save -o saved.tar localhost/base
	mkdir files && echo text >files/file
	tar -C files -cf files.tar file
	masu import -q files.tar localhost/imported >/dev/null
	for image in localhost/base localhost/imported; do
		masu push -q "$image" "$REAL/made/${image#*/}" >/dev/null
		arrives "$image" "$REAL/made/${image#*/}"
	done
	masu create --name "$name" --network none localhost/base true >/dev/null
	masu cp files/file "$name:/file"
	masu commit -q "$name" localhost/committed >/dev/null
	masu push -q localhost/committed "$REAL/made/committed" >/dev/null
	arrives localhost/committed "$REAL/made/committed"
	masu rm "$name"
	remove_files "$MASU_DATA_DIR"
	masu load -q -i saved.tar
	masu push -q localhost/base "$REAL/made/loaded" >/dev/null
	arrives localhost/base "$REAL/made/loaded"
	skopeo copy --quiet --all --dest-no-creds --dest-tls-verify=false "oci:$LAYOUT:multi:latest" "docker://$REAL/multi"
	digest=$(masu pull -q "$REAL/multi")
	run -0 --separate-stderr masu push "$REAL/multi" "$REAL/one"
	[ "$output" = "$digest" ]
	[[ $stderr == *"only the image for linux/"* ]]
	arrives "$REAL/multi" "$REAL/one"
}

@test "push: wrong images, destinations and options" {
	masu pull -q "oci:$LAYOUT:busybox:latest" >/dev/null
	id=$(masu images -q)
	refused "no image 'none' here" none
	refused 'an id is not a name in a registry' "$id"
	[[ $stderr == *"masu push $id REGISTRY/NAME:TAG"* ]]
	refused 'only a registry is a destination' "$id" oci:here
	[[ $stderr == *"masu save"* ]]
	refused 'UPPER' "$id" "$REGISTRY/UPPER"
	run -125 masu push --creds me "$id" "$REGISTRY/x"
	[[ $output == *"option '--creds me': must be USER:PASSWORD"* ]]
	run -125 masu push --sign-by key "$id" "$REGISTRY/x"
	[[ $output == *'does not sign'* ]]
	refused 'another digest than the image' "$id" "$REGISTRY/plain@sha256:$(printf '0%.0s' {1..64})"
	run -125 --separate-stderr masu push --digestfile none/digest "$id" "$REGISTRY/plain"
	[[ $stderr == *'the image is pushed, but cannot write "none/digest"'* ]]
	masu push -q "$id" "$REGISTRY/plain" >/dev/null
	# Port 1 has no server.
	refused 'push the blob' "$id" 127.0.0.1:1/x
}

@test "push: credentials of the option and of the file, for the right scope; refusals name masu login" {
	masu pull -q "oci:$LAYOUT:busybox:latest" >/dev/null
	masu tag "oci:$LAYOUT:busybox:latest" localhost/image
	for way in basic token; do
		refused unauthorized localhost/image "$REGISTRY/$way"
		[[ $stderr == *"masu login $REGISTRY"* ]]
		refused unauthorized --creds me:wrong localhost/image "$REGISTRY/$way"
		masu push -q --creds me:secret localhost/image "$REGISTRY/$way" >/dev/null
	done
	grep -q "scope=repository%3Atoken%3Apull%2Cpush " "$FAKE/log"
	run ! grep "PUT /v2/token.*Basic" "$FAKE/log"
	# A repository that blobs are mounted from needs a scope, too.
	masu tag localhost/image "$REGISTRY/token"
	: >"$FAKE/log"
	masu push -q --creds me:secret localhost/image "$REGISTRY/token2" >/dev/null
	grep -q "scope=repository%3Atoken2%3Apull%2Cpush&scope=repository%3Atoken%3Apull " "$FAKE/log"
	grep -q "POST /v2/token2/blobs/uploads/?mount=sha256:[0-9a-f]*&from=token " "$FAKE/log"
	echo '{"auths":{"'"$REGISTRY"'":{"auth":"bWU6c2VjcmV0"}}}' >auth.json
	masu push -q --authfile auth.json localhost/image "$REGISTRY/basic" >/dev/null
	elsewhere pull -q --creds me:secret "$REGISTRY/basic" >/dev/null
	refused 'access denied (status 403): DENIED: requested access' localhost/image "$REGISTRY/read-only"
	[[ $stderr == *"masu login $REGISTRY"* ]]
}

@test "push: the places that a registry sends masu to" {
	masu pull -q "oci:$LAYOUT:busybox:latest" >/dev/null
	masu tag "oci:$LAYOUT:busybox:latest" localhost/image
	# The other host gets the bytes, but no credentials.
	for way in elsewhere redirect307; do
		masu push -q --creds me:secret localhost/image "$REGISTRY/$way" >/dev/null
		grep -q "^$OTHER PUT /v2/$way/" "$FAKE/log"
		run ! grep "^$OTHER .*Basic" "$FAKE/log"
	done
	refused 'not reached by https' localhost/image "$REGISTRY/plain-elsewhere"
	refused 'leads to an address inside' localhost/image "$REGISTRY/link"
	refused 'malformed' localhost/image "$REGISTRY/file"
	refused 'malformed' localhost/image "$REGISTRY/control"
	refused 'has no Location' localhost/image "$REGISTRY/no-location"
	refused 'status 302' localhost/image "$REGISTRY/redirect302"
	masu push -q localhost/image "$REGISTRY/odd-query" >/dev/null
	arrives localhost/image "$REGISTRY/odd-query"
}

@test "push: a registry of another host is asked by plain http, if that is allowed" {
	need_root "it makes a network"
	masu pull -q "oci:$LAYOUT:busybox:latest" >/dev/null
	masu tag "oci:$LAYOUT:busybox:latest" localhost/image
	mkdir fake
	# All blobs are asked for at once, by https first.
	run -0 --separate-stderr unshare -n bash -ec '
		ip link set lo up
		ip address add 192.0.2.1/32 dev lo
		python3 "$1" fake 192.0.2.1 3>&- &
		trap "kill $!" EXIT
		until [ -e fake/ports ]; do kill -0 $!; sleep 0.05; done
		read -r port _ <fake/ports
		"$2" push -q --tls-verify=false localhost/image "192.0.2.1:$port/plain"' - \
		"$BATS_TEST_DIRNAME/push-registry.py" "$BUILD/masu"
	[ "$output" = "$(digest_of localhost/image)" ]
}

@test "push: answers that are wrong, huge, or would harm a terminal" {
	masu pull -q "oci:$LAYOUT:busybox:latest" >/dev/null
	masu tag "oci:$LAYOUT:busybox:latest" localhost/image
	refused 'digest mismatch: the registry has stored the manifest as' localhost/image "$REGISTRY/other-digest"
	refused 'status 400: MANIFEST_INVALID: the ?[31mmanifest? is not liked' localhost/image "$REGISTRY/invalid"
	refused 'larger than the limit' localhost/image "$REGISTRY/huge-error"
	refused 'OCI-Chunk-Min-Length' localhost/image "$REGISTRY/huge-chunks"
	large_image
	refused 'more bytes than were sent' localhost/large "$REGISTRY/liar"
	refused 'push the blob' localhost/large "$REGISTRY/forgets"
}

@test "push: broken connections, lost uploads, limits and failures of the server" {
	large_image
	for way in breaks breaks-and-loses limited error500; do
		masu push -q localhost/large "$REGISTRY/$way" >/dev/null
		arrives localhost/large "$REGISTRY/$way"
	done
	# The first continues at the break; with a limit, parts follow each other.
	grep -q "PATCH /v2/breaks/.* [1-9][0-9]*-" "$FAKE/log"
	run ! grep "PATCH /v2/breaks-and-loses" "$FAKE/log"
	run -0 awk '/ PATCH \/v2\/limited\// { print $4 }' "$FAKE/log"
	[[ ${lines[0]} == 0-16777215 && ${lines[1]} == 16777216-* && ${#lines[@]} = 2 ]]
	refused 'push the blob sha256:' localhost/large "$REGISTRY/always-breaks"
}

@test "push: a push that is interrupted or killed ends, and the next one completes it" {
	large_image
	"$BUILD/masu" push -q localhost/large "$REGISTRY/stall" 3>&- 2>err &
	pid=$!
	wait_until grep -q "PUT /v2/stall/blobs/uploads" "$FAKE/log"
	worker=$(pgrep -P $pid)
	fetcher=$(pgrep -o -P "$worker")
	grep -q 'NoNewPrivs:.1' "/proc/$fetcher/status"
	# The blobs stay while they are sent, also if the image is removed.
	masu rmi localhost/large >/dev/null
	[ "$(find "$MASU_DATA_DIR/images/blobs/sha256" -size +1M | wc -l)" = 1 ]
	kill -TERM $pid
	status=0
	wait $pid || status=$?
	[ "$status" = 143 ]
	wait_until eval "! kill -0 $fetcher 2>/dev/null"
	large_image
	"$BUILD/masu" push -q localhost/large "$REGISTRY/stall" 3>&- 2>err &
	pid=$!
	wait_until eval "[ \$(grep -c 'PUT /v2/stall/blobs/uploads' '$FAKE/log') -ge 2 ]"
	kill -9 "$(pgrep -P $pid)"
	status=0
	wait $pid || status=$?
	[ "$status" = 125 ]
	[ "$(<err)" = "masu: masu-image was killed by signal 9" ]
	touch "$FAKE/mended"
	masu push -q localhost/large "$REGISTRY/stall" >/dev/null
	arrives localhost/large "$REGISTRY/stall"
}

@test "push: a damaged or missing layer of the store is not pushed" {
	large_image
	layer=$(find "$MASU_DATA_DIR/images/blobs/sha256" -size +1M)
	cp "$layer" kept
	printf x | dd of="$layer" bs=1 seek=1000 conv=notrunc status=none
	for way in damaged limited-damaged; do
		refused "blob sha256:${layer##*/} of the store is damaged" localhost/large "$REGISTRY/$way"
		[[ $stderr == *"masu system check --repair"* ]]
		run -22 curl -sf "http://$REGISTRY/v2/$way/blobs/sha256:${layer##*/}"
	done
	cp kept "$layer"
	masu push -q localhost/large "$REGISTRY/damaged" >/dev/null
	rm "$layer"
	refused "missing" localhost/large "$REGISTRY/again"
}

@test "--all-tags pushes each tag of a name, and no other image" {
	masu pull -q "oci:$LAYOUT:layers8:latest" >/dev/null
	for name in "$REAL/all/tags:1" "$REAL/all/tags:2" "$REAL/all/tags-not:1"; do masu tag "oci:$LAYOUT:layers8:latest" "$name"; done
	run -0 --separate-stderr masu push -q --all-tags "$REAL/all/tags"
	digest=$(digest_of "$REAL/all/tags:1")
	[ "$(sort <<<"$output")" = "$REAL/all/tags:1 $digest"$'\n'"$REAL/all/tags:2 $digest" ]
	arrives "$REAL/all/tags:1" "$REAL/all/tags:2"
	run -125 elsewhere pull -q "$REAL/all/tags-not:1"
	# A failure prints no name.
	masu tag "oci:$LAYOUT:layers8:latest" localhost:1/all/tags:1
	refused "localhost:1" -a --retry 0 localhost:1/all/tags
	refused "takes a name without a tag" -a "$REAL/all/tags:1"
	refused "no image of the store has the name" -a "$REAL/all/none"
	refused "excludes a second name" -a "$REAL/all/tags" "$REAL/x"
	refused "invalid name" -a "$REAL/all/*"
}
