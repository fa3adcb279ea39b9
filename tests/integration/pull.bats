#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Pulls: from Debian's docker-registry, from a registry that misbehaves (fake-registry.py), and from files.
# Runs as anybody: root, or an ordinary user with or without sub-ids.

load ../lib/masu
load ../lib/registry

setup_file() {
    export MASU IMAGE_PROGRAM FAKE REGISTRY OTHER TLS
    IMAGE_PROGRAM=$BUILD/masu-image
    MASU=$BUILD/masu
    FAKE=$BATS_FILE_TMPDIR/fake
    mkdir "$FAKE"
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost \
        -addext subjectAltName=DNS:localhost,IP:127.0.0.1 \
        -keyout "$FAKE/key.pem" -out "$FAKE/cert.pem" 2>/dev/null
    start_fake fake-registry.py
    export images=$BATS_TEST_DIRNAME/../host/images
    "$images/make-images" "$BATS_FILE_TMPDIR/layout" busybox layers8 multi docker
    "$images/fill-registry" "$BATS_FILE_TMPDIR/layout" "$BATS_FILE_TMPDIR/storage"
    start_registry
    read -r REGISTRY OTHER TLS <"$FAKE/ports"
    REGISTRY=127.0.0.1:$REGISTRY
    TLS=127.0.0.1:$TLS
}

teardown_file() { stop_registries; }

setup() {
    work=$BATS_TEST_TMPDIR
    export MASU_DATA_DIR=$work/data MASU_RUN_DIR=$work/run HOME=$work XDG_CONFIG_HOME= XDG_RUNTIME_DIR= REGISTRY_AUTH_FILE=
    echo '{"auths":{"'"$REGISTRY"'":{"auth":"bWU6c2VjcmV0"}}}' >"$work/auth.json"
    rm -f "$FAKE/mended" "$FAKE/log"
}

pull() {
    "$MASU" pull "$@"
}

# A refused pull says why in one line (and a hint), and leaves no image and no layer.
refused() {
    local text=$1
    shift
    run -125 --separate-stderr pull --quiet "$@"
    echo "$stderr"
    [[ $stderr == "masu: "*$text* ]]
    [ "$(grep -vc '^ ' <<<"$stderr")" = 1 ]
    [ -z "$output" ]
    run ! grep -q sha256 "$MASU_DATA_DIR/images/index.json"
    [ -z "$(ls "$MASU_DATA_DIR/stacks" 2>/dev/null)" ]
}

# Nothing half-made is in the store.
clean() {
    run -0 find "$MASU_DATA_DIR/images/ingest" "$MASU_DATA_DIR/layers" -mindepth 1 -maxdepth 1 \
        ! -name lock ! -regex '.*/[0-9a-f]*'
    echo "$output"
    [ -z "$output" ]
}

@test "system check --repair fetches the damaged blobs of an image, and only those" {
    local blob manifest
    pull -q "$REAL/layers8:latest" >/dev/null
    manifest=$(jq -r '.manifests[0].digest' "$MASU_DATA_DIR/images/index.json" | cut -d: -f2)
    cd "$MASU_DATA_DIR/images/blobs/sha256"
    mapfile -t layers < <(jq -r '.layers[].digest' "$manifest" | cut -d: -f2)
    stat -c '%n %i' * >"$work/before"
    printf x | dd of="${layers[1]}" bs=1 seek=20 conv=notrunc status=none
    rm "${layers[2]}"
    truncate -s -1 "${layers[3]}"
    run -1 "$MASU" system check --format '{{.ID}} {{.Object}}'
    [ "$output" = "image-damaged $REAL/layers8:latest" ]
    run -0 "$MASU" system check --repair
    [[ $output == "note: $REAL/layers8:latest: "*": fetched again" ]]
    run -0 "$MASU" system check
    [ "$output" = "" ]
    run -0 "$MASU" images --format '{{.Repository}}'
    [ "$output" = "$REAL/layers8" ]
    # The others are the same files.
    run -0 bash -c "stat -c '%n %i' * | diff - '$work/before' | grep -c '^>'"
    [ "$output" -ge 1 ]
    [ "$output" -le 3 ]
    for blob in "${layers[@]}"; do
        [ "$(sha256sum <"$blob")" = "$blob  -" ]
    done
    rm "$manifest"
    run -0 "$MASU" system check --repair
    [[ $output == *"fetched again" ]]
    "$MASU" images -q | grep .
    # An image of no registry with the same layers is whole again, too; and a further name stays.
    local own
    jq -c '.annotations = {"own": "1"}' "$manifest" >own
    own=$(sha256sum <own | cut -d' ' -f1)
    jq --arg own "sha256:$own" --argjson size "$(stat -c %s own)" '.manifests = [.manifests[0] |
        .digest = $own | .size = $size | .annotations = {"org.opencontainers.image.ref.name": "localhost/own:1"}] + .manifests' \
        ../../index.json >index
    mv own "$own"
    mv index ../../index.json
    "$MASU" pull -q "$REAL/layers8@sha256:$manifest" >/dev/null
    printf x | dd of="${layers[1]}" bs=1 seek=20 conv=notrunc status=none
    rm "${layers[2]}"
    run -0 "$MASU" system check --repair --force
    [[ $output == "note: $REAL/layers8:latest: "*": fetched again" ]]
    run -0 "$MASU" system check
    [ "$output" = "" ]
    [ "$(jq '.manifests | length' ../../index.json)" = 3 ]
    "$MASU" inspect localhost/own:1 "$REAL/layers8@sha256:$manifest" >/dev/null
    # Without the registry, nothing is lost.
    sed -i "s,$REAL/,127.0.0.1:1/," ../../index.json
    printf x | dd of="${layers[1]}" bs=1 seek=20 conv=notrunc status=none
    sha256sum "${layers[1]}" >"$work/damaged"
    run -1 "$MASU" system check --repair
    [[ $output == *"the bytes are not those of blob sha256:${layers[1]}, and cannot be repaired ("* ]]
    sha256sum --quiet -c "$work/damaged"
    "$MASU" inspect 127.0.0.1:1/layers8 >/dev/null
    run -1 "$MASU" system check --repair --force
    "$MASU" inspect 127.0.0.1:1/layers8 >/dev/null
    clean
}

@test "an image of 8 layers; the second pull transfers no blob; skopeo reads the directory" {
    run -0 --separate-stderr pull "$REAL/layers8"
    [[ $output =~ ^sha256:[0-9a-f]{64}$ ]]
    [ "$(grep -c ^done <<<"$stderr")" = 8 ]
    first=$output
    before=$(find "$MASU_DATA_DIR/images/blobs" "$MASU_DATA_DIR/layers" -maxdepth 2 -printf '%p %i\n' | sort)
    run -0 --separate-stderr pull "$REAL/layers8"
    [ "$output" = "$first" ]
    [ "$(grep -c '^already here' <<<"$stderr")" = 8 ]
    [ "$before" = "$(find "$MASU_DATA_DIR/images/blobs" "$MASU_DATA_DIR/layers" -maxdepth 2 -printf '%p %i\n' | sort)" ]
    run -0 skopeo inspect --format '{{.Digest}}' "oci:$MASU_DATA_DIR/images:$REAL/layers8:latest"
    [ "$output" = "$first" ]
    run -0 skopeo copy --quiet "oci:$MASU_DATA_DIR/images:$REAL/layers8:latest" "dir:$work/copy"
    clean
}

at_terminal() { # ROWS COMMAND: its output on a terminal of that many rows
    script -qec "stty rows $1 columns 100; $2" /dev/null </dev/null
}

@test "progress is redrawn on a terminal that has room for all layers" {
    local redraw=$'\e[8A'
    run -0 at_terminal 20 "'$MASU' pull '$REAL/layers8'"
    [[ $output == *"$redraw"* ]]
    [ "$(grep -c ' done (' <<<"${output##*"$redraw"}")" = 8 ]
    [[ ${output##*$'\n'} == sha256:* ]]
    # A second image has lines of its own below.
    run -0 at_terminal 20 "'$MASU' pull '$REAL/busybox' '$REAL/layers8'"
    [ "$(grep -c ' already here ' <<<"$output")" -ge 8 ]
    remove_files "$MASU_DATA_DIR"
    run -0 at_terminal 8 "'$MASU' pull '$REAL/layers8'"
    [[ $output != *"$redraw"* ]]
    [ "$(grep -c '^done ' <<<"$output")" = 8 ]
    remove_files "$MASU_DATA_DIR"
    run -0 at_terminal 20 "'$MASU' pull -q '$REAL/layers8'"
    [[ $output =~ ^sha256:[0-9a-f]{64}.?$ ]]
}

@test "masu-image is killed: an error, also after it has begun" {
    local args=(--quiet --authfile "$work/auth.json" "$REGISTRY/stall") masu
    "$MASU" pull "${args[@]}" >"$work/out" 2>"$work/err" 3>&- &
    masu=$!
    wait_until eval "find '$MASU_DATA_DIR/images/ingest' -name '*.part' -size 1024k | grep -q ."
    kill -9 "$(pgrep -P $masu)"
    status=0
    wait $masu || status=$?
    [ "$status" = 125 ]
    [ "$(cat "$work/err")" = "masu: masu-image was killed by signal 9" ]
    [ ! -s "$work/out" ]
    touch "$FAKE/mended"
}

@test "a layer that an image uses three times is told once" {
    skopeo copy --quiet --src-no-creds --src-tls-verify=false "docker://$REAL/busybox" "oci:$work/thrice:x"
    python3 - "$work/thrice" <<'END'
import hashlib, json, os, sys
blobs = os.path.join(sys.argv[1], "blobs/sha256")
def read(descriptor):
    return json.load(open(os.path.join(blobs, descriptor["digest"].split(":")[1])))
def write(descriptor, value):
    text = json.dumps(value).encode()
    digest = hashlib.sha256(text).hexdigest()
    open(os.path.join(blobs, digest), "wb").write(text)
    descriptor.update(digest="sha256:" + digest, size=len(text))
index = json.load(open(os.path.join(sys.argv[1], "index.json")))
manifest = read(index["manifests"][0])
config = read(manifest["config"])
config["rootfs"]["diff_ids"] *= 3
config.pop("history", None)
manifest["layers"] *= 3
write(manifest["config"], config)
write(index["manifests"][0], manifest)
json.dump(index, open(os.path.join(sys.argv[1], "index.json"), "w"))
END
    run -0 --separate-stderr pull "oci:$work/thrice:x"
    [ "$(grep -c ^pulling <<<"$stderr")" = 1 ]
    [ "$(grep -c ^done <<<"$stderr")" = 1 ]
    [ "$(wc -l <"$(echo "$MASU_DATA_DIR"/stacks/*)")" = 3 ]
    run -0 --separate-stderr pull "oci:$work/thrice:x"
    [ "$(grep -c '^already here' <<<"$stderr")" = 1 ]
}

@test "a stack names the layers, bottom first" {
    pull --quiet "$REAL/layers8"
    stack=$(echo "$MASU_DATA_DIR"/stacks/*)
    [ "$(wc -l <"$stack")" = 8 ]
    while read -r chain; do
        [ -d "$MASU_DATA_DIR/layers/$chain" ]
    done <"$stack"
    [ -x "$MASU_DATA_DIR/layers/$(head -1 "$stack")/bin/busybox" ]
}

@test "Docker's schema 2, a multi-platform index, a digest" {
    pull --quiet "$REAL/busybox:docker"
    run -0 pull --quiet "$REAL/multi"
    manifest=$output
    index=$(skopeo inspect --no-creds --raw --tls-verify=false "docker://$REAL/multi" | sha256sum | cut -d' ' -f1)
    run -0 pull --quiet "$REAL/multi@sha256:$index"
    [ "$output" = "$manifest" ]
    run -0 pull --quiet "$REAL/multi@$manifest"
    [ "$output" = "$manifest" ]
    refused_platform=$(pull --quiet --platform linux/s390x "$REAL/multi" 2>&1 || true)
    [[ $refused_platform == *"not for linux/s390x"* ]]
    pull --quiet --platform linux/arm64 "$REAL/multi"
}

# Bytes that come faster than they are unpacked: the registry's are held up then, until the pipe takes more again.
@test "the unpacker wakes its waiter, not the clock" {
    [ "$(id -u)" = 0 ] || skip "a program that an ordinary user traces cannot become root, as newuidmap does"
    strace -o /dev/null true || skip "strace can't trace here"
    mkdir "$work/tree"
    seq 6000000 >"$work/tree/numbers" && head -c 24M /dev/urandom >"$work/tree/random"
    tar -C "$work/tree" -cf "$work/layer.tar" numbers random
    python3 - "$BATS_TEST_DIRNAME" "$work" <<'END'
import sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1] + '/../host/images')
from oci import Layout
layout = Layout(sys.argv[2] + '/layout')
layout.tag('large:latest', layout.add_image([layout.add_layer(sys.argv[2] + '/layer.tar', 'gzip')], {}))
END
    "$images/fill-registry" "$work/layout" "$BATS_FILE_TMPDIR/storage"
    strace -f -e trace=poll -o "$work/trace" "$IMAGE_PROGRAM" pull --quiet "$REAL/large"
    grep -q ' poll(.*POLLOUT' "$work/trace"
    # With a time, and for nothing but the descriptor by which libcurl wakes itself.
    run ! grep -E ' poll\(\[\{fd=[0-9]+, events=POLLIN\}\], 1, [1-9]' "$work/trace"
}

@test "twenty pulls of one image at once" {
    for i in $(seq 20); do
        pull --quiet "$REAL/layers8" >"$work/out.$i" 2>&1 3>&- &
        pids+=($!)
    done
    for pid in "${pids[@]}"; do
        wait "$pid"
    done
    [ "$(sort -u "$work"/out.* | wc -l)" = 1 ]
    [ "$(find "$MASU_DATA_DIR/layers" -mindepth 1 -maxdepth 1 | wc -l)" = 8 ]
    clean
}

@test "kill -9 at many moments: the next pull succeeds and nothing is left" {
    for delay in 0 0.01 0.02 0.03 0.05 0.08 0.12 0.2 0.3 0.5; do
        "$IMAGE_PROGRAM" pull --quiet "$REAL/layers8" >/dev/null 2>&1 3>&- & # no function: $! is its pid
        sleep "$delay"
        kill -9 $! 2>/dev/null || true
        wait $! 2>/dev/null || true
        skopeo list-tags "oci:$MASU_DATA_DIR/images" >/dev/null 2>&1 || true
        "$IMAGE_PROGRAM" gc
    done
    run -0 pull --quiet "$REAL/layers8"
    "$IMAGE_PROGRAM" gc --all
    clean
}

@test "gc removes what nothing names, and keeps what a container stands on" {
    pull --quiet "$REAL/layers8"
    mkdir -p "$MASU_DATA_DIR/containers/c1"
    echo '{"schemaVersion":2,"manifests":[]}' >"$MASU_DATA_DIR/images/index.json"
    # As large as one may be: 4 MiB.
    jq -Rn '{layers: [inputs], label: ("x" * 4190000)}' <"$(echo "$MASU_DATA_DIR"/stacks/*)" >"$MASU_DATA_DIR/containers/c1/record.json"
    "$IMAGE_PROGRAM" gc
    [ -z "$(ls "$MASU_DATA_DIR/images/blobs/sha256")" ]
    [ "$(ls "$MASU_DATA_DIR/layers" | wc -l)" = 8 ]
    rm -r "$MASU_DATA_DIR/containers/c1"
    "$IMAGE_PROGRAM" gc
    [ -z "$(ls "$MASU_DATA_DIR/layers")" ]
}

@test "unpack makes layers again that are gone" {
    pull --quiet "$REAL/busybox"
    mv "$MASU_DATA_DIR/layers" "$work/gone"
    "$IMAGE_PROGRAM" unpack --quiet "$REAL/busybox"
    [ -x "$(echo "$MASU_DATA_DIR"/layers/*)/bin/busybox" ]
}

@test "a stored blob that the disk has changed is thrown away, and got again" {
    pull --quiet "$REGISTRY/good"
    image=$(echo "$MASU_DATA_DIR"/stacks/*)
    config=$MASU_DATA_DIR/images/blobs/sha256/${image##*/}
    layer=$(find "$MASU_DATA_DIR/images/blobs" -type f -size +1M)
    cp "$layer" "$work/layer"
    mv "$MASU_DATA_DIR/layers" "$work/gone"
    for way in pull unpack; do
        printf x | dd of="$layer" bs=1 seek=1000000 conv=notrunc status=none
        run -125 --separate-stderr "$IMAGE_PROGRAM" $way --quiet "$REGISTRY/good"
        [[ $stderr == "masu: digest mismatch: the stored layer sha256:${layer##*/} was damaged"*again* ]]
        [ ! -e "$layer" ]
        [ "$(find "$MASU_DATA_DIR/layers" -size +1M)" = "" ]
        head -c "$(stat -c %s "$config")" /dev/zero >"$work/zero"
        cat "$work/zero" >"$config"
        pull --quiet "$REGISTRY/good"
        cmp "$layer" "$work/layer"
        jq -e .rootfs "$config" >/dev/null
        rm -r "$MASU_DATA_DIR/layers"
    done
}

@test "a fake good image, in all its kinds" {
    for way in good docker index urls; do
        pull --quiet "$REGISTRY/$way"
    done
    # Foreign URLs are not followed.
    run ! grep -q "^$OTHER" "$FAKE/log"
}

@test "what doesn't match its digest or its size is refused" {
    refused 'digest mismatch: layer' "$REGISTRY/wrong-digest"
    refused 'digest mismatch' "$REGISTRY/wrong-config"
    refused 'size mismatch' "$REGISTRY/wrong-size"
    refused 'size mismatch' "$REGISTRY/more"
    refused "another layer's" "$REGISTRY/wrong-diff-id"
    refused 'truncated' "$REGISTRY/truncated-gzip"
    refused 'the manifest has 2 layers' "$REGISTRY/few-diff-ids"
    refused mismatch "$REGISTRY/good@sha256:$(printf %064d 0)"
}

@test "documents that are malformed, hostile or too large are refused" {
    refused 'limit of 4194304' "$REGISTRY/endless-manifest"
    refused 'limit of 4194304' "$REGISTRY/large-manifest"
    refused "text/html" "$REGISTRY/html"
    refused 'not JSON' "$REGISTRY/no-json"
    refused 'image config: not JSON' "$REGISTRY/config-no-json"
    refused "both 'layers' and 'manifests'" "$REGISTRY/both"
    refused 'is not a SHA-256 digest' "$REGISTRY/traversal"
    refused 'schema 1' "$REGISTRY/schema1"
    refused 'the image needs' "$REGISTRY/huge"
}

@test "a server that stops half-way: the next pull goes on by Range" {
    for way in half half-no-range; do
        rm -rf "$FAKE/mended" "$FAKE/log" "$MASU_DATA_DIR"
        refused 'get the layer' "$REGISTRY/$way"
        [ "$(stat -c %s "$MASU_DATA_DIR"/images/ingest/*.part)" = 1048576 ]
        touch "$FAKE/mended"
        rm "$FAKE/log"
        run -0 pull --quiet "$REGISTRY/$way"
        grep -q 'bytes=1048576-' "$FAKE/log"
        clean
    done
}

@test "a range that begins too early is cut, one that begins too late is refused" {
    for way in half-early half-late; do
        rm -rf "$FAKE/mended" "$MASU_DATA_DIR"
        refused 'get the layer' "$REGISTRY/$way"
        touch "$FAKE/mended"
        if [ "$way" = half-early ]; then
            pull --quiet "$REGISTRY/$way"
        else
            refused 'later range' "$REGISTRY/$way"
        fi
    done
}

@test "connections that drop again and again are taken up again" {
    pull --quiet "$REGISTRY/drops"
}

@test "bearer tokens and basic credentials" {
    refused unauthorized "$REGISTRY/token"
    [[ $stderr == *"masu login $REGISTRY"* ]]
    refused unauthorized "$REGISTRY/basic"
    refused unauthorized --authfile "$work/auth.json" "$REGISTRY/loop401"
    refused 'malformed WWW-Authenticate' --authfile "$work/auth.json" "$REGISTRY/malformed401"
    pull --quiet --authfile "$work/auth.json" "$REGISTRY/token"
    REGISTRY_AUTH_FILE=$work/auth.json pull --quiet "$REGISTRY/basic"
    # The password went to the token server and to the registry that wanted Basic, the token to the registry.
    run ! grep "/v2/token.*Basic" "$FAKE/log"
    grep -q "/v2/token.*Bearer:the-token" "$FAKE/log"
}

@test "identity tokens, of a file and of a helper" {
    entry() { echo '{"auths":{"'"$REGISTRY"'":{"auth":"eDo=","identitytoken":"'"$1"'"}}}' >"$work/auth.json"; }
    entry wrong
    refused unauthorized --authfile "$work/auth.json" "$REGISTRY/token"
    entry 'the identity+token'
    refused unauthorized --authfile "$work/auth.json" "$REGISTRY/basic"
    pull --quiet --authfile "$work/auth.json" "$REGISTRY/token"
    rm -r "$MASU_DATA_DIR"
    mkdir "$work/bin"
    printf '#!/bin/sh\necho '\''{"Username":"<token>","Secret":"the identity+token"}'\''\n' >"$work/bin/docker-credential-test"
    chmod +x "$work/bin/docker-credential-test"
    echo '{"credsStore":"test"}' >"$work/helpers.json"
    PATH=$work/bin:$PATH pull --quiet --authfile "$work/helpers.json" "$REGISTRY/token"
}

# The processes of a pull are there: broker, fetcher, unpackers and the two below each (src/transfer/broker.h). One that was
# just born has all privileges.
found() { # LINES TEXT...
    "$BATS_TEST_DIRNAME/look-into" "$broker" "${@:2}" >"$work/processes"
    diff <(sort -u "$work/processes") <(sort -u <<<"$1") >"$work/difference"
}

@test "credentials are in the memory of the process that talks to the registry, and in no other" {
    TEST_SECRET=environment "$IMAGE_PROGRAM" pull --quiet --authfile "$work/auth.json" "$REGISTRY/stall" >/dev/null 3>&- &
    broker=$!
    wait_until "find '$MASU_DATA_DIR/images/ingest' -name '*.part' -size 1024k | grep -q ."
    own=yes none=no
    [ "$(id -u)" = 0 ] || own=closed none=closed
    wait_until found "0 0 no
1 1 no
1 1 $own
2 1 no" the-token bWU6c2VjcmV0 me:secret || { cat "$work/difference"; false; }
    # The caller's environment stays in the first process.
    wait_until found "0 0 yes
1 1 no
1 1 $none
2 1 no" TEST_SECRET=environment || { cat "$work/difference"; false; }
    touch "$FAKE/mended"
    wait $broker
}

@test "credentials do not follow a redirect to another host" {
    pull --quiet --authfile "$work/auth.json" "$REGISTRY/redirect-blob"
    grep -q "^$OTHER GET /blob/" "$FAKE/log"
    run ! grep "^$OTHER.*\(Bearer\|Basic\)" "$FAKE/log"
    rm -r "$MASU_DATA_DIR"
    refused 'not JSON' --authfile "$work/auth.json" "$REGISTRY/redirect-manifest"
    run ! grep "^$OTHER.*\(Bearer\|Basic\)" "$FAKE/log"
}

@test "redirects that loop or leave http are refused" {
    refused 'redirected more than' "$REGISTRY/redirect-loop"
    refused 'invalid URL' "$REGISTRY/redirect-file"
}

@test "token servers elsewhere without TLS, on the link, or no server at all are refused" {
    for way in realm-metadata realm-elsewhere; do
        refused 'without TLS' --authfile "$work/auth.json" "$REGISTRY/$way"
    done
    for way in realm-link realm-private; do
        refused 'leads to an address inside' --authfile "$work/auth.json" "$REGISTRY/$way"
    done
    refused 'invalid URL' --authfile "$work/auth.json" "$REGISTRY/realm-file"
}

@test "TLS is verified at the token server also where the registry needs none (CVE-2019-10214)" {
    mkdir -p "$HOME/.config/masu"
    for conf in "" "insecure = $REGISTRY"; do
        echo "$conf" >"$HOME/.config/masu/registries.conf"
        refused 'TLS: ' --authfile "$work/auth.json" "$REGISTRY/realm-tls"
        [[ $stderr == *certificate* ]]
    done
    # Where it is trusted in so many words, it is asked.
    echo "insecure = $TLS" >>"$HOME/.config/masu/registries.conf"
    pull --quiet --authfile "$work/auth.json" "$REGISTRY/realm-tls"
}

@test "TLS is verified, unless the user says otherwise" {
    refused TLS "$TLS/good"
    [[ $stderr == *registries.conf* ]]
    pull --quiet --tls-verify=false "$TLS/good"
    mkdir -p "$HOME/.config/masu"
    echo "insecure = $TLS" >"$HOME/.config/masu/registries.conf"
    pull --quiet "$TLS/docker"
    rm -r "$MASU_DATA_DIR"
    refused 'plain http' --tls-verify=false "$TLS/redirect-plain"
    echo "insecure" >"$HOME/.config/masu/registries.conf"
    refused 'line 1' "$REGISTRY/good"
}

@test "root with another user's HOME reads no settings and no credentials from there" {
    [ "$(id -u)" = 0 ] || skip "this test gives files to another user, which needs root"
    local home=$work/home
    mkdir -p "$home/.config/masu" "$home/.config/containers" "$home/run/containers" "$home/.docker"
    echo "insecure = $TLS" >"$home/.config/masu/registries.conf"
    cp "$FAKE/cert.pem" "$home/cert.pem"
    for name in run/containers/auth.json .config/containers/auth.json .docker/config.json; do
        cp "$work/auth.json" "$home/$name"
    done
    with_home() { HOME=$home XDG_RUNTIME_DIR=$home/run "$@"; }
    # Of one's own all of it counts.
    with_home pull --quiet "$TLS/good"
    with_home pull --quiet "$REGISTRY/basic"
    rm -r "$MASU_DATA_DIR"
    skips() { # TEXT FILE COMMAND...: the pull fails by TEXT, after a notice of FILE
        local text=$1 file=$2
        shift 2
        run -125 --separate-stderr "$@"
        echo "$stderr"
        [[ $stderr == *"'$home/$file' is not read by root: "*$text* ]]
    }
    local spoil whole
    for spoil in "chown -R 4711" "chmod -R o+w" "chgrp -R 4711" "chown 4711"; do
        whole=$home
        [ "$spoil" != "chown 4711" ] || whole=$home/.config # its owner could put another file there
        chmod -R g+w "$home"
        $spoil "$whole"
        skips TLS: .config/masu/registries.conf with_home pull "$TLS/good"
        XDG_CONFIG_HOME=$home/.config skips TLS: .config/masu/registries.conf pull "$TLS/good"
        if [ "$whole" = "$home" ]; then
            skips unauthorized .docker/config.json with_home pull "$REGISTRY/basic"
            REGISTRY_AUTH_FILE=$home/.docker/config.json skips "" .docker/config.json pull "$REGISTRY/basic"
            SSL_CERT_FILE=$home/cert.pem skips TLS: cert.pem pull "$TLS/good"
        fi
        # Named on the command line it is what root wants.
        pull --quiet --authfile "$home/.docker/config.json" "$REGISTRY/basic"
        rm -r "$MASU_DATA_DIR"
        chown -R 0:0 "$home"
        chmod -R go-w "$home"
    done
    local settings=.config/masu/registries.conf
    # An ACL for user 4711 shows as permissions of the group, which is root's.
    if python3 - "$home/$settings" <<'END'
import os, struct, sys
entries = (1, 6, 0xffffffff), (2, 6, 4711), (4, 4, 0xffffffff), (16, 6, 0xffffffff), (32, 4, 0xffffffff)
acl = struct.pack('<I', 2) + b''.join(struct.pack('<HHI', *e) for e in entries)
try:
    os.setxattr(sys.argv[1], 'system.posix_acl_access', acl)
except OSError:
    sys.exit(1) # no ACLs here
END
    then
        skips TLS: "$settings" with_home pull "$TLS/good"
        python3 -c 'import os, sys; os.removexattr(sys.argv[1], "system.posix_acl_access")' "$home/$settings"
        chmod g-w "$home/$settings"
    fi
    # Another user's link in a directory like /tmp, which leads to a file of root's while it is checked.
    mkdir -m 1777 "$work/sticky"
    ln -s "$home" "$work/sticky/home"
    chown -h 4711 "$work/sticky/home"
    if [ "$(cat /proc/sys/fs/protected_symlinks)" = 0 ]; then # else the kernel doesn't follow it
        run -125 --separate-stderr env HOME="$work/sticky/home" "$IMAGE_PROGRAM" pull "$TLS/good"
        [[ $stderr == *"'$work/sticky/home' belongs to user 4711"* ]]
    fi
    with_home pull --quiet "$TLS/good"
}

@test "credential helpers fail closed" {
    mkdir "$work/bin"
    export PATH=$work/bin:$PATH
    echo '{"credHelpers":{"'"$REGISTRY"'":"test"}}' >"$work/helpers.json"
    refused 'docker-credential-test' --authfile "$work/helpers.json" "$REGISTRY/basic"
    printf '#!/bin/sh\necho broken; exit 1\n' >"$work/bin/docker-credential-test"
    chmod +x "$work/bin/docker-credential-test"
    refused "failed for '$REGISTRY'" --authfile "$work/helpers.json" "$REGISTRY/basic"
    # shellcheck disable=SC2016
    printf '#!/bin/sh\nread s; [ "$1" = get ] && [ "$s" = %s ] && echo '\''{"Username":"me","Secret":"secret"}'\''\n' \
        "$REGISTRY" >"$work/bin/docker-credential-test"
    pull --quiet --authfile "$work/helpers.json" "$REGISTRY/basic"
}

@test "a registry by its name: it is looked up by a process of its own" {
    pull --quiet "localhost:${REGISTRY#*:}/good"
    # Name services are asked there alone: the fetcher makes no Unix socket.
    command -v strace >/dev/null || skip "no strace"
    [ "$(id -u)" = 0 ] || skip "newuidmap gains nothing while it is traced"
    rm -r "$MASU_DATA_DIR"
    strace -f -e trace=socket,connect -o "$work/trace" "$IMAGE_PROGRAM" pull --quiet "localhost:${REGISTRY#*:}/good"
    grep -q 'AF_INET' "$work/trace"
    local fetcher
    fetcher=$(sed -n "s/^\([0-9]*\) *connect(.*htons(${REGISTRY#*:}).*/\1/p" "$work/trace" | sort -u)
    [ "$(wc -l <<<"$fetcher")" = 1 ]
    run ! grep -q "^$fetcher .*AF_UNIX" "$work/trace"
}

@test "an unknown image, a closed port, a name without address, a malformed name" {
    refused "has no image 'nope:latest'" "$REAL/nope"
    refused 'connect' 127.0.0.1:1/x
    refused 'no address' registry.invalid/x
    refused 'invalid image name' 'UPPER/../x'
    refused "get the image" "$REGISTRY/error500"
}

@test "oci: directories and archives, by their own names" {
    layout=$BATS_FILE_TMPDIR/layout
    pull --quiet "oci:$layout:busybox:latest"
    skopeo copy --quiet "oci:$layout:busybox:latest" "oci-archive:$work/a.tar:docker.io/library/debian:latest"
    skopeo copy --quiet "oci:$layout:busybox:latest" "docker-archive:$work/d.tar:docker.io/library/debian:latest"
    gzip -k "$work/a.tar"
    pull --quiet "oci-archive:$work/a.tar"
    pull --quiet "oci-archive:$work/a.tar.gz"
    pull --quiet "docker-archive:$work/d.tar"
    pull --quiet "docker-archive:$work/d.tar:debian"
    clean
}

# Names of the store's images, with their manifests.
names() {
    jq -r '.manifests[] | .annotations["org.opencontainers.image.ref.name"] + " " + .digest' "$MASU_DATA_DIR/images/index.json"
}

@test "an archive gives its image the names that it states, but none that another image has (C14)" {
    layout=$BATS_FILE_TMPDIR/layout
    skopeo copy --quiet "oci:$layout:busybox:latest" "oci-archive:$work/a.tar:example.org/oci:1"
    skopeo copy --quiet "oci:$layout:busybox:latest" "oci-archive:$work/tag.tar:latest"
    skopeo copy --quiet --additional-tag docker.io/library/other:latest --additional-tag localhost/hello:latest "oci:$layout:busybox:latest" "docker-archive:$work/d.tar:debian"
    run -0 pull --quiet "oci-archive:$work/a.tar"
    grep -qx "example.org/oci:1 $output" <(names)
    grep -qx "oci-archive:$work/a.tar $output" <(names)
    run -0 pull --quiet "docker-archive:$work/d.tar"
    debian=$output
    for name in debian other; do grep -qx "docker.io/library/$name:latest $debian" <(names); done
    run -0 --separate-stderr pull --quiet "docker-archive:$work/d.tar" # no other image has its names
    [ -z "$stderr" ]
    pull --quiet "oci-archive:$work/tag.tar"
    run ! grep -q hello <(names)
    [ "$(names | wc -l)" = 6 ]
    # The same file with another image: it is told, and the names stay.
    skopeo copy --quiet "oci:${IMAGE_PROGRAM%/*}/images/hello" "docker-archive:$work/evil.tar:debian"
    run -0 --separate-stderr pull "docker-archive:$work/evil.tar:debian"
    [ "$output" != "$debian" ]
    [[ $stderr == *"'docker.io/library/debian:latest', but another image has that name: 'masu tag'"* ]]
    grep -qx "docker.io/library/debian:latest $debian" <(names)
    # As docker writes it since 25: a layout whose own name is a tag, with the whole beside it.
    mkdir "$work/docker" && tar -C "$work/docker" -xf "$work/tag.tar"
    jq '.manifests[0].annotations["io.containerd.image.name"] = "docker.io/library/whole:2"' "$work/docker/index.json" >"$work/index"
    mv "$work/index" "$work/docker/index.json"
    tar -C "$work/docker" -cf "$work/whole.tar" .
    pull --quiet "oci-archive:$work/whole.tar"
    grep -q "^docker.io/library/whole:2 " <(names)
    clean
}

@test "archives from pipes, FIFOs and descriptors; a kill in between leaves nothing" {
    layout=$BATS_FILE_TMPDIR/layout
    skopeo copy --quiet "oci:$layout:busybox:latest" "docker-archive:$work/d.tar:piped"
    run -0 bash -o pipefail -c "{ cat '$work/d.tar'; head -c 2M /dev/zero; } | '$MASU' pull -q docker-archive:/dev/stdin"
    [ "$(names)" = "docker.io/library/piped:latest $output" ]
    run -0 bash -c "'$MASU' pull -q docker-archive:<(gzip <'$work/d.tar')"
    [ "$(names | wc -l)" = 1 ]
    mkfifo "$work/fifo"
    cat "$work/d.tar" >"$work/fifo" &
    pull --quiet "docker-archive:$work/fifo:piped"
    # Without a name of its own that it may take the image is named by its source.
    skopeo copy --quiet "oci:${IMAGE_PROGRAM%/*}/images/hello" "docker-archive:$work/evil.tar:piped"
    pull --quiet docker-archive:/dev/stdin <"$work/evil.tar" 2>/dev/null
    grep -q "^docker-archive:$work/evil.tar " <(names)
    cat "$work/evil.tar" | pull --quiet docker-archive:/dev/stdin
    grep -q "^docker-archive:/dev/stdin " <(names)
    run -125 "$MASU" pull -q docker-archive:/dev/fd/77
    [[ $output == *"open 'docker-archive:/dev/fd/77': No such file or directory"* ]]
    clean
    { head -c 300K "$work/d.tar"; exec sleep 1000; } >"$work/fifo" 3>&- &
    writer=$!
    "$IMAGE_PROGRAM" pull --quiet "docker-archive:$work/fifo" >/dev/null 2>&1 3>&- & # no function: $! is its pid
    wait_until eval "find '$MASU_DATA_DIR/images/ingest' -path '*/archive-*' -size +100k | grep -q ."
    kill -9 $!
    wait $! || true
    kill $writer
    # The next gc does it, once the processes of the pull have noticed that it ended.
    wait_until eval '"$IMAGE_PROGRAM" gc; [ -z "$(ls "$MASU_DATA_DIR"/images/ingest | grep -v lock)" ]'
    clean
}

@test "an archive in which a layer is a link to another image's" {
    skopeo copy --quiet "oci:$BATS_FILE_TMPDIR/layout:busybox:latest" "docker-archive:$work/d.tar:old"
    python3 - "$work/d.tar" "$work/old.tar" <<'END'
import io, json, sys, tarfile
files = {i.name: tarfile.open(sys.argv[1]).extractfile(i).read() for i in tarfile.open(sys.argv[1]) if i.isreg()}
entry = json.loads(files['manifest.json'])[0]
out = tarfile.open(sys.argv[2], 'w')
def add(name, data=b'', **fields):
    info = tarfile.TarInfo(name)
    info.size = len(data)
    for field in fields: setattr(info, field, fields[field])
    out.addfile(info, io.BytesIO(data))
for name, to in (('b/layer.tar', '../a/layer.tar'), ('c/layer.tar', '../../../etc/passwd'), ('d/layer.tar', '../gone')):
    add(name, type=tarfile.SYMTYPE, linkname=to)
add('a/layer.tar', files[entry['Layers'][0]])
add(entry['Config'], files[entry['Config']])
names = {'b': 'good', 'c': 'out', 'd': 'dangling'}
add('manifest.json', json.dumps([{**entry, 'RepoTags': [n + ':1'], 'Layers': [d + '/layer.tar']} for d, n in names.items()]).encode())
out.close()
END
    pull --quiet "docker-archive:$work/old.tar:good:1"
    refused_by() { run -125 --separate-stderr pull --quiet "$1"; [[ $stderr == *"has no file '$2"* ]]; }
    refused_by "docker-archive:$work/old.tar:out:1" c/layer.tar
    refused_by "docker-archive:$work/old.tar:dangling:1" d/layer.tar
    clean
}

@test "layouts and archives that are damaged or hostile are refused" {
    cp -r "$BATS_FILE_TMPDIR/layout" "$work/layout"
    refused 'must be named' "oci:$work/layout"
    refused 'no image' "oci:$work/layout:nope"
    refused 'No such file' "oci:$work/nowhere"
    large=$(find "$work/layout/blobs" -type f -printf '%s %p\n' | sort -n | tail -1 | cut -d' ' -f2)
    printf x | dd of="$large" bs=1 seek=1000 conv=notrunc status=none
    refused 'digest mismatch' "oci:$work/layout:layers8:latest"
    truncate -s 100 "$large"
    refused 'not of the size' "oci:$work/layout:layers8:latest"
    rm "$large"
    refused 'is missing' "oci:$work/layout:layers8:latest"
    mkfifo "$large"
    refused 'size' "oci:$work/layout:layers8:latest"
    touch "$work/x"
    tar -C "$work" -cPf "$work/up.tar" --transform 's,^,../,' x
    refused "'../x'" "oci-archive:$work/up.tar"
    tar -C "$work" -cf "$work/twice.tar" x x
    refused "'x'" "oci-archive:$work/twice.tar" # tar stores the second as a hard link
    head -c 100000 /dev/urandom >"$work/noise"
    refused 'malformed' "oci-archive:$work/noise"
    clean
}

@test "a full disk is told before anything is changed" {
    [ "$(id -u)" = 0 ] || skip "mounting a small file system needs root"
    mkdir "$MASU_DATA_DIR"
    mount -t tmpfs -o size=2m tmpfs "$MASU_DATA_DIR"
    run -125 --separate-stderr pull --quiet "$REGISTRY/good"
    umount "$MASU_DATA_DIR"
    [[ $stderr == *"the image needs"*"free"* ]]
}

@test "bad options" {
    run -125 pull
    run -125 pull --platform linux "$REAL/busybox"
    run -125 pull --authfile /nonexistent "$REGISTRY/basic"
    run -125 "$IMAGE_PROGRAM" frobnicate
    run -125 "$IMAGE_PROGRAM" pull --report-fd 77 "$REAL/busybox"
    run -0 "$IMAGE_PROGRAM" --help
}

### registries.conf of podman

rules() { # [FILE] <TEXT
    mkdir -p "$HOME/.config/containers/registries.conf.d"
    cat >"$HOME/.config/containers/${1-registries.conf}"
}

repositories() { "$MASU" images --format '{{.Repository}}:{{.Tag}}'; }

@test "registries.conf of podman: the first mirror that has the image, and its name stays" {
    rules <<END
unqualified-search-registries = ["docker.io"]
[[registry]]
prefix = "mirrored.test/image"
location = "$TLS/good"
[[registry.mirror]]
location = "$REAL/none"
[[registry.mirror]]
location = "$REAL/layers8"
END
    run --separate-stderr pull -q mirrored.test/image
    [ "$status" -eq 0 ]
    [[ $stderr == *'mirror "'"$REAL"'/none:latest": '*'; trying "'"$REAL"'/layers8:latest"'* ]]
    [ "$(repositories)" = mirrored.test/image:latest ]
    [ ! -e "$FAKE/log" ] # the registry itself was not asked
    pull -q "$REAL/layers8" # it has no rule
    [ "$(repositories | sort)" = "$(printf '%s\n' "$REAL/layers8:latest" mirrored.test/image:latest | sort)" ]
}

@test "registries.conf of podman: location, insecure, blocked, drop-ins" {
    rules <<END
[[registry]]
prefix = "lab.test"
location = "$TLS"
[[registry]]
prefix = "*.blocked.test"
blocked = true
END
    refused TLS lab.test/good
    rules registries.conf.d/10-lab.conf <<END
[[registry]]
prefix = "lab.test"
location = "$TLS"
insecure = true
END
    pull -q lab.test/good
    [ "$(repositories)" = lab.test/good:latest ]
    run -125 --separate-stderr pull "$TLS/good" # the rule is of the prefix
    [[ $stderr == *TLS* ]]
    run -125 --separate-stderr pull x.blocked.test/a
    [[ $stderr == *'"x.blocked.test/a:latest" is blocked'*'registries.conf of podman blocks "*.blocked.test"'* ]]
    run -125 --separate-stderr "$MASU" push lab.test/good x.blocked.test/a
    [[ $stderr == *"is blocked"* ]]
    rules registries.conf.d/20-wrong.conf <<<'insecure = 1'
    run -125 --separate-stderr pull lab.test/good
    [[ $stderr == *"registries.conf.d/20-wrong.conf' line 1: the value must be a string"* ]]
    CONTAINERS_REGISTRIES_CONF=$HOME/.config/containers/registries.conf.d/10-lab.conf pull -q lab.test/good
}

@test "registries.conf of podman: an alias, which the commands on images follow" {
    mkdir -p "$HOME/.config/containers/registries.conf.d" "$HOME/.cache/containers"
    rules registries.conf.d/000-shortnames.conf <<END
[aliases]
"eight" = "$REAL/layers8"
"group/box" = "127.0.0.1:1/none"
END
    # Podman's own record comes last.
    local recorded=$HOME/.cache/containers/short-name-aliases.conf
    [ "$(id -u)" != 0 ] || recorded=$HOME/.config/containers/registries.conf.d/999.conf # root's is in /var
    printf '[aliases]\n"group/box" = "%s/busybox"\n' "$REAL" >"$recorded"
    run -0 --separate-stderr pull eight:latest
    [[ $stderr == *'"eight:latest" is "'"$REAL"'/layers8:latest" by registries.conf'* ]]
    run -0 --separate-stderr pull -q group/box
    [ -z "$stderr" ]
    [ "$(repositories | sort)" = "$(printf '%s\n' "$REAL/busybox:latest" "$REAL/layers8:latest")" ]
    run -0 "$MASU" run --rm --network none --pull never group/box true
    id=$("$MASU" image inspect --format '{{.Id}}' eight)
    [ "$("$MASU" images -q --no-trunc layers8)" = "$id" ]
    "$MASU" history -q eight | grep -q "^${id:0:12}"
    "$MASU" create --name one-"$$" --network none eight true
    [ "$("$MASU" ps -a --filter ancestor=eight --format '{{.Names}} {{.Image}}')" = "one-$$ $REAL/layers8:latest" ]
    "$MASU" rm one-"$$"
    "$MASU" save eight | tar -xOf - manifest.json | grep -q "$REAL/layers8:latest"
    "$MASU" push -q eight
    # An own image of that name comes first.
    "$MASU" tag eight eight:mine
    "$MASU" tag group/box localhost/eight
    [ "$("$MASU" image inspect --format '{{.Id}}' eight)" != "$id" ]
    run -0 "$MASU" rmi eight
    [ "$output" = "Untagged: localhost/eight:latest" ]
    run -0 "$MASU" rmi eight
    [[ $output == "Untagged: $REAL/layers8:latest"* ]]
    [ "$(repositories | sort)" = "$(printf '%s\n' "$REAL/busybox:latest" docker.io/library/eight:mine)" ]
    run -125 --separate-stderr pull -q docker.io/eight # has a registry
    [[ $stderr != *"$REAL"* ]]
}

@test "registries.conf of podman: registries to search" {
    rules <<<"unqualified-search-registries = ['127.0.0.1:1', '$REAL']"
    # One after the other; nothing else is asked.
    run -0 --separate-stderr pull -q layers8
    [[ $stderr == *"127.0.0.1:1"*'; trying "'"$REAL"'/layers8"'* ]]
    [[ $stderr != *docker.io* ]]
    [ "$(repositories)" = "$REAL/layers8:latest" ]
    "$MASU" rmi layers8
    refused_by() { # TEXT ARGUMENT...
        run -125 --separate-stderr pull "${@:2}"
        echo "$stderr"
        [[ $stderr == *"$1"* ]]
        [[ $stderr != *docker.io* ]]
    }
    refused_by "$REAL/none" none
    refused_by "credentials for the short name \"layers8\" would be sent to several registries" --creds a:b layers8
    rules registries.conf.d/mode.conf <<<'short-name-mode = "enforcing"'
    rules <<<"unqualified-search-registries = ['$REGISTRY', '$REAL']"
    rm -f "$FAKE/log"
    refused_by 'the short name "layers8" may stand for several images' layers8
    [[ $stderr == *"write the whole name, one of $REGISTRY/layers8, $REAL/layers8"* ]]
    [ ! -e "$FAKE/log" ]
    rules registries.conf.d/one.conf <<<"unqualified-search-registries = ['$REAL']"
    pull -q layers8:latest
    [ "$(repositories)" = "$REAL/layers8:latest" ]
    run -0 "$MASU" create --network none --pull never layers8 true
    "$MASU" rm "$output"
    rules registries.conf.d/one.conf <<<"unqualified-search-registries = []"
    refused_by 'no registry to search for "busybox": unqualified-search-registries of registries.conf is empty' busybox
    run ! "$MASU" image exists busybox
    rules registries.conf.d/one.conf <<<"unqualified-search-registries = ['a/b']"
    refused_by "one.conf' line 1: 'unqualified-search-registries' must be a list of HOST[:PORT]" busybox
}

@test "registries.conf of podman: the user's file replaces the drop-ins in /etc" {
    [ "$(id -u)" = 0 ] || skip "this test mounts a directory over /etc/containers, which needs root"
    mkdir -p "$work/etc/registries.conf.d"
    echo "unqualified-search-registries = ['127.0.0.1:1']" >"$work/etc/registries.conf.d/x.conf"
    [ -d /etc/containers ] || skip "/etc/containers does not exist"
    over() { unshare -m --propagation private sh -ec 'mount --bind "$1" /etc/containers; shift; exec "$@"' sh "$work/etc" "$@"; }
    run -125 --separate-stderr over "$MASU" pull -q layers8
    [[ $stderr == *127.0.0.1:1* ]]
    rules <<<"unqualified-search-registries = ['$REAL']"
    over "$MASU" pull -q layers8
    [ "$(repositories)" = "$REAL/layers8:latest" ]
}

@test "registries.conf of podman: --creds are for the registry, not for its mirrors" {
    rules <<END
[[registry]]
prefix = "lab.test/basic"
location = "$REGISTRY/basic"
[[registry.mirror]]
location = "127.0.0.1:$OTHER/basic"
END
    run --separate-stderr pull -q --creds me:secret lab.test/basic
    [ "$status" -eq 0 ]
    [[ $stderr == *'mirror "'"127.0.0.1:$OTHER"'/basic:latest": '* ]]
    run ! grep "^$OTHER.*Basic" "$FAKE/log"
    [ "$(repositories)" = lab.test/basic:latest ]
}

@test "--retry and --retry-delay" {
    # A wait of an hour between them would be noticed.
    refused 'error500' --retry 0 --retry-delay 1h "$REGISTRY/error500"
    [ "$(grep -c "^${REGISTRY##*:} GET .*error500" "$FAKE/log")" = 1 ]
    rm "$FAKE/log"
    refused 'error500' --retry 5 --retry-delay 1ms "$REGISTRY/error500"
    [ "$(grep -c "^${REGISTRY##*:} GET .*error500" "$FAKE/log")" = 6 ]
    for option in --retry=101 --retry=x --retry-delay=0 --retry-delay=2h; do
        run -125 --separate-stderr pull $option "$REGISTRY/good"
        [[ $stderr == *"must be a "*" from "* ]]
    done
    run -125 --separate-stderr pull --all-tags "$REGISTRY/good"
    [[ $stderr == *"option '--all-tags' is not supported"*"name each tag"* ]]
}
