#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Users and image configs in all the forms that docker and podman take. As root, and as an ordinary user with sub-ids.

load ../lib/masu

# One store for all tests: they only read it.
setup_file() {
    export MASU_DATA_DIR=$BATS_FILE_TMPDIR/data MASU_RUN_DIR=$BATS_FILE_TMPDIR/run
    make_images configs
    probe_containers
}

setup() {
    need_containers
    need_ids
}

teardown() { :; }
teardown_file() { remove_files "$MASU_DATA_DIR"; }

# go TAG [OPTION...] -- COMMAND...
go() {
    local image=oci:$IMAGES:configs:$1 options=()
    shift
    while [ "$1" != -- ]; do
        options+=("$1")
        shift
    done
    shift
    run --separate-stderr "$BUILD/masu" run --rm --network none "${options[@]}" "$image" "$@"
}

# is LINE: the whole output
is() {
    [ "$status" -eq 0 ] && [ "$output" = "$1" ] && return
    echo "status $status: $output $stderr"
    return 1
}

@test "-u with a part that is missing or empty: user 0, and the groups of the user" {
    go env -u :33 -- id
    is "uid=0(root) gid=33(www-data) groups=33(www-data)"
    go env -u :wheel -- id
    is "uid=0(root) gid=10(wheel) groups=10(wheel)"
    go env -u 1000: -- id
    is "uid=1000(user) gid=1000(user) groups=10(wheel),1000(user)"
    go env -u user: -- id
    is "uid=1000(user) gid=1000(user) groups=10(wheel),1000(user)"
    go env -u 4242: -- id
    is "uid=4242 gid=0(root) groups=0(root)"
    for user in "" : 0 0: root; do
        go env -u "$user" -- id
        is "uid=0(root) gid=0(root) groups=0(root),10(wheel)"
    done
}

@test "-u wins over the user of the image, but an empty one does not" {
    go user-number -- id -u
    is 1000
    go user-number -u "" -- id -u
    is 1000
    go user-number -u :33 -- sh -c 'id -u; id -g'
    is $'0\n33'
    [ "$(masu create --name empty-$$ --network none -u "" "oci:$IMAGES:configs:user-number" true >/dev/null 2>&1 &&
        masu inspect empty-$$ | python3 -c 'import json, sys; print(json.load(sys.stdin)[0]["Config"]["User"])')" = 1000 ]
    masu rm empty-$$
}

@test "the user of an image in every form" {
    go user-group -- id
    is "uid=0(root) gid=1000(user) groups=1000(user)"
    go user-colon -- id
    is "uid=0(root) gid=0(root) groups=0(root),10(wheel)"
    go user-names -- id
    is "uid=1000(user) gid=10(wheel) groups=10(wheel)"
}

@test "the home is that of the user, whatever the form" {
    go user-group -- sh -c 'echo $HOME'
    is /root
    go env -u 1000: -- sh -c 'echo $HOME'
    is /home/user
}

@test "a working directory of an image that is relative, and one that is its user's alone" {
    go workdir-relative -- pwd
    is /foobar
    go workdir-relative -w "" -- pwd
    is /foobar
    go workdir-relative -w / -- pwd
    is /
    go env -w foobar -- pwd
    [ "$status" -eq 125 ]
    [[ "$stderr" == *"'foobar' is not an absolute path"* ]]
    go workdir-closed -u 1000 -- pwd
    is /secret
    go workdir-closed -- readlink /proc/self/cwd # entered before the ids change
    is /secret
}

@test "variables of an image without a value or a name are left out, the others are not" {
    go env -- env
    [[ "$output" == *$'A=b=c\nEMPTY=\n'* ]]
    [[ "$output" == *HOME=/root* ]]
    run ! grep -e '^NOTHING' -e '^=' -e '^$' <<<"$output"
}

@test "labels of an image whose keys have a '='" {
    masu create --name labels-$$ --network none -l "plain=own=x" "oci:$IMAGES:configs:labels" true >/dev/null 2>&1
    for what in labels-$$ "oci:$IMAGES:configs:labels"; do
        masu inspect "$what" | python3 -c 'import json, sys
labels = json.load(sys.stdin)[0]["Config"]["Labels"]
sys.exit({key: labels[key] for key in ("a=b", "a", "=")} != {"a=b": "c", "a": "b=c", "=": ""})'
    done
    masu inspect labels-$$ | grep -q '"plain": *"own=x"'
    masu rm labels-$$
}
