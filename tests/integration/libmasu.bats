#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# libmasu as an embedder gets it: installed, found by pkg-config, and used by the examples.

load ../lib/masu
load ../lib/sweep

setup_file() {
    make_images busybox
    install_library
}

# A program needs the header, the libraries and masu.pc, which names the directories below its prefix. MASU_LIBRARY_BUILD may
# have a library for sanitizers (CC="clang -fsanitize=address,undefined"), whose programs are not meant to be confined.
install_library() {
    local build
    build=$(realpath "${MASU_LIBRARY_BUILD:-${MASU_BUILD:-$BATS_TEST_DIRNAME/../../build}}")
    export ROOT=$BATS_FILE_TMPDIR/root
    mkdir -p "$ROOT/include" "$ROOT/lib/pkgconfig"
    cp "$BATS_TEST_DIRNAME/../../include/masu.h" "$ROOT/include"
    cp "$build/libmasu.so.0" "$build/libmasu.a" "$ROOT/lib"
    ln -s libmasu.so.0 "$ROOT/lib/libmasu.so"
    cp "$build/masu.pc" "$ROOT/lib/pkgconfig"
    export PKG_CONFIG_PATH=$ROOT/lib/pkgconfig LD_LIBRARY_PATH=$ROOT/lib
}

flags() { pkg-config --define-variable=prefix="$ROOT" --cflags --libs masu; }

setup() {
    make_work
    # Where the programs of masu are: they are not installed.
    export MASU_PROGRAM_DIR=$BUILD MASU_LIBEXEC_DIR=$BUILD
}

compile() { # SOURCE [OPTION...]
    # shellcheck disable=SC2046
    ${CC:-cc} -Wall -Wextra -Werror -g "$@" $(flags) -o "$work/program"
}

has_served() { masu logs deployed 2>/dev/null | grep -q served; }

# Presses Enter when the container has written to its log.
deploy_until_served() {
    (wait_until has_served && echo) | "$work/program" "$@"
}

# The phase "sanitizers" of tests/check/all runs this file with a library and programs that have them.
plain() { [ -z "${SANITIZED-}" ] || skip "the library has the names and libraries of sanitizers"; }

@test "the shared library exports the functions of masu.h with a version, and needs libc and json-c alone" {
    plain
    local so=$LD_LIBRARY_PATH/libmasu.so.0
    nm -D --defined-only "$so" | awk '$2 == "T" {print $3}' | sort >"$work/exported"
    grep -oE '\bmasu_[a-z_]+\(' "$BATS_TEST_DIRNAME/../../include/masu.h" | tr -d '(' | grep -v '_fn$' | sort -u >"$work/named"
    grep -vxF "$(sed -n 's/^MASU_DEFINE_FREEP(\(.*\))/masu_\1_freep/p' "$BATS_TEST_DIRNAME/../../include/masu.h")" "$work/named" |
        sed 's/$/@@MASU_0/' >"$work/declared"
    diff "$work/declared" "$work/exported"
    [ "$(readelf -d "$so" | grep -c NEEDED)" = 2 ]
    readelf -d "$so" | grep -q 'NEEDED.*libjson-c'
    readelf -d "$so" | grep -q 'NEEDED.*libc\.so'
}

@test "each function of masu.h is called by one of these programs or an example" {
    grep -oE '\bmasu_[a-z_]+\(' "$BATS_TEST_DIRNAME/../../include/masu.h" | tr -d '(' | grep -vE '_(fn|freep)$' | sort -u >"$work/declared"
    grep -ohE '\bmasu_[a-z_]+\(' "$BATS_TEST_DIRNAME"/libmasu/*.[ch] "$BATS_TEST_DIRNAME"/../../examples/*.c | tr -d '(' | sort -u >"$work/called"
    run comm -23 "$work/declared" "$work/called"
    echo "not called: $output"
    [ -z "$output" ]
}

@test "the static library has no other global name" {
    [ -z "$(nm -g --defined-only "$LD_LIBRARY_PATH/libmasu.a" | awk 'NF == 3 && $3 !~ /^masu_/')" ]
}

@test "masu.h is a header of C++, too" {
    plain
    command -v c++ >/dev/null || skip "no C++ compiler"
    # shellcheck disable=SC2046
    printf '#include <masu.h>\nint main() { return masu_version()[0] == 0; }\n' |
        c++ -x c++ -Wall -Wextra -Werror - $(flags) -o "$work/program"
    "$work/program"
}

@test "masu.h alone is strict C11" {
    printf '#include <masu.h>\n' | ${CC:-cc} -x c -std=c11 -pedantic-errors -Wall -Wextra -Werror -fsyntax-only -I"$ROOT/include" -
}

need_limits() {
    is_root || [ -e /sys/fs/cgroup/cgroup.controllers ] || skip "limits of ordinary users need cgroup v2 alone"
}

@test "examples/deploy.c pulls, starts, shows status, limits and log, and removes" {
    need_limits
    compile -std=c11 "$BATS_TEST_DIRNAME/../../examples/deploy.c"
    run deploy_until_served "oci:$IMAGES:busybox:latest" 0 0 sh -c 'trap "exit 0" TERM; echo served; sleep 1000 & wait'
    echo "$output"
    [ "$status" = 0 ]
    [[ "$output" == *"deployed ("*") is running, process "* ]]
    [[ "$output" == *'limits: "Memory":134217728 "NanoCpus":500000000'* ]]
    [[ "$output" == *served* ]]
    [ -z "$(masu ps -aq)" ]
}

# The server listens a while after its port is published.
@test "examples/deploy.c requests a page from the server that it has deployed" {
    need_limits
    [ -w /dev/net/tun ] || skip "/dev/net/tun cannot be opened here"
    compile -std=c11 "$BATS_TEST_DIRNAME/../../examples/deploy.c"
    # Enter comes when the server's log has the request, which httpd writes after its answer.
    run "$work/program" "oci:$IMAGES:busybox:latest" "$(free_port)" 8080 \
        sh -c 'echo "a page" >/tmp/index.html; sleep 1; exec httpd -f -v -p 8080 -h /tmp' < <(
        wait_until 'masu logs deployed 2>&1 | grep -q response:200')
    echo "$output"
    [ "$status" = 0 ]
    [[ "$output" == *"HTTP/1."*" 200 OK"* ]]
    [[ "$output" == *"a page"*"Press Enter"*"response:200"* ]]
    [ -z "$(masu ps -aq)" ]
}

is_watching() { grep -qs '^inotify' "/proc/$watcher"/fdinfo/*; }
has_watched() { grep -q "$1" "$work/watched"; } # PATTERN

@test "examples/watch.c prints events and what the running containers use" {
    need_limits
    compile -std=gnu11 "$BATS_TEST_DIRNAME/../../examples/watch.c"
    mkfifo "$work/input"
    "$work/program" <"$work/input" >"$work/watched" 3>&- &
    watcher=$!
    exec 7>"$work/input"
    wait_until is_watching
    masu run -d --name "$name" --network none "oci:$IMAGES:busybox:latest" sh -c 'exec sleep 1000' >/dev/null
    wait_until has_watched "^         $name: [0-9]* KiB of memory [0-9]* ms of processor time"
    masu rm -f "$name"
    wait_until has_watched "container $name remove"
    exec 7>&-
    wait "$watcher"
    has_watched "container $name start"
    has_watched "container $name died with exit code 137"
}

@test "an error comes whole from the masu that starts the container" {
    need_limits
    compile -std=c11 "$BATS_TEST_DIRNAME/../../examples/deploy.c"
    run "$work/program" "oci:$IMAGES:busybox:latest" 0 0 /no/such/command <<<""
    echo "$output"
    [ "$status" = 1 ]
    [[ "$output" == *"deploy: "*"/no/such/command"* ]]
    [ -z "$(masu ps -aq)" ]
}

@test "a running container is paused, updated, renamed, listed and measured" {
    is_root || skip "an ordinary user without systemd has no cgroup"
    make_root "$work/rootfs" sleep
    compile -std=c11 "$BATS_TEST_DIRNAME/libmasu/live.c"
    "$work/program" "$work/rootfs" "$name" "$name-new"
    [ -z "$(masu ps -aq)" ]
}

@test "a box is created, found and entered, and exports a program" {
    need_ids
    mkdir "$work/home"
    compile -std=gnu11 "$BATS_TEST_DIRNAME/libmasu/box.c"
    HOME=$work/home "$work/program" "oci:$IMAGES:busybox:latest" "$name"
    masu rm -f "$name"
}

@test "images, volumes, secrets, credentials and the engine: each call has its effect, and refuses the wrong" {
    compile -std=gnu11 "$BATS_TEST_DIRNAME/libmasu/objects.c"
    "$work/program" "oci:$IMAGES:busybox:latest" "$work"
}

@test "a container is created, killed, restarted, copied from, committed, examined and pruned; a terminal is resized" {
    compile -std=gnu11 "$BATS_TEST_DIRNAME/libmasu/lifecycle.c"
    "$work/program" "oci:$IMAGES:busybox:latest" "$name" "$work"
    [ -z "$(masu ps -aq)" ]
}

@test "two threads with an engine each do not disturb each other" {
    make_root "$work/rootfs" true
    compile -std=c11 -pthread "$BATS_TEST_DIRNAME/libmasu/threads.c"
    "$work/program" "$work/rootfs"
    [ -z "$(masu ps -aq)" ]
}

@test "an embedder executes commands in a container with its own streams, and attaches to it" {
    masu run -d -i --name "$name" --network none "oci:$IMAGES:busybox:latest" sh -c 'read line; echo "got $line"; exit 5' >/dev/null
    compile -std=c11 "$BATS_TEST_DIRNAME/libmasu/streams.c"
    run -7 --separate-stderr "$work/program" exec "$name" sh -c 'echo "$A $(id -u) $(pwd)"; cat; echo error >&2; exit 7' <<<piped
    [ "$output" = $'b 12 /tmp\npiped' ]
    [ "$stderr" = error ]
    run -125 --separate-stderr "$work/program" exec "$name" nosuchcommand
    [[ "$stderr" == *"nosuchcommand"* ]]
    # A directory of another user of the container, which its owner alone can read.
    masu exec "$name" sh -c 'mkdir /d && echo text >/d/file && ln /d/file /d/again && chown -R 12 /d && chmod 700 /d'
    read -r written total < <("$work/program" size "$name")
    [ "$written" = 5 ]
    [ "$total" -gt 100000 ]
    run -5 --separate-stderr "$work/program" attach "$name" <<<typed
    [ "$output" = "got typed" ]
    run -125 --separate-stderr "$work/program" attach "$name"
    [[ "$stderr" == *"cannot attach to container '$name': not running"* ]]
}

embed() { # MODE
    make_root "$work/rootfs" true sh sleep
    compile -std=c11 -pthread "$BATS_TEST_DIRNAME/libmasu/embedder.c"
    "$work/program" "$1" "$work/rootfs" </dev/null
    [ -z "$(masu ps -aq)" ]
}

@test "cancel_fd ends each call that waits" {
    embed cancel >"$work/canceled"
    [ "$(xargs <"$work/canceled")" = "pull create login load import save wait logs exec check attach run restart stop events" ]
}

@test "cancel_fd ends also each wait for a lock of another process, and for a program that does not end" {
    mkdir "$work/bin" "$work/auth"
    printf '#!/bin/sh\nexec sleep 100000\n' | tee "$work/bin/ps" >"$work/bin/docker-credential-stuck"
    chmod +x "$work"/bin/*
    echo '{"credHelpers": {"localhost": "stuck"}}' >"$work/auth/auth.json"
    compile -std=c11 -pthread "$BATS_TEST_DIRNAME/libmasu/waits.c"
    PATH=$work/bin:$PATH run timeout 300 "$work/program" "oci:$IMAGES:busybox:latest" "$work"
    echo "$output"
    [ "$status" = 0 ]
    [ "${#lines[@]}" = 15 ]
    [ -z "$(masu ps -aq)" ]
}

# Any moments: FULL=1 takes more of them.
@test "each call that works for a while is canceled at random moments, works afterwards, and leaves nothing" {
    need_limits
    local image=oci:$IMAGES:busybox:latest seed=$RANDOM
    cd "$work"
    mkdir -p files
    head -c 1000000 /dev/zero >files/file
    tar -cf files.tar files
    masu pull -q "$image" >/dev/null
    masu save -q -o saved.tar "$image"
    masu volume create v >/dev/null
    cp files/file "$MASU_DATA_DIR/volumes/v"
    masu create --name user --network none -v v:/v "$image" true >/dev/null
    note_files
    compile -std=gnu11 -pthread "$BATS_TEST_DIRNAME/libmasu/cancel.c"
    run "$work/program" "$image" "$work" "$((${FULL:-0} ? 30 : 1))" "$seed" "$name"
    echo "$output (seed $seed)"
    [ "$status" = 0 ]
    [ "${#lines[@]}" = 22 ]
    nothing_left
    wait_until is_quiet
    masu system check
}

@test "option structs of older and newer programs are accepted, options that the library does not have are not" {
    embed sizes
}

@test "the library leaves signals, umask, directory, environment, privileges and descriptors as they are" {
    embed process
}

@test "archives of a container's files are taken, unpacked and examined, and changes listed; a program's errors come back" {
    compile -std=gnu11 "$BATS_TEST_DIRNAME/libmasu/archive.c"
    for state in running created; do
        local start=(run -d)
        [ $state = running ] || start=(create)
        masu "${start[@]}" --name "$name" --network none "oci:$IMAGES:busybox:latest" sleep 1000 >/dev/null
        echo four >"$work/file"
        chmod 640 "$work/file"
        touch -d '2001-02-03 04:05:06.5 UTC' "$work/file"
        masu cp "$work/file" "$name:/home"
        ln -sfn file "$work/link"
        masu cp "$work/link" "$name:/root"
        [ "$("$work/program" "$name" /home/file /tmp)" = $'file 100640 5 981173106500000000 \nchange 1' ]
        [[ "$("$work/program" "$name" /root/link /tmp)" == "link 120777 4 "*$' file\nchange 1' ]]
        masu rm -f "$name"
    done
}

@test "the files of a container are mounted in the mount namespace of the caller" {
    compile -std=gnu11 "$BATS_TEST_DIRNAME/libmasu/mount.c"
    masu create --name "$name" --network none "oci:$IMAGES:busybox:latest" cat /added >/dev/null
    if is_root; then
        "$work/program" "$name" text
    else
        masu unshare "$work/program" "$name" text || skip "no user namespace"
    fi
    masu wait "$name"
    [ "$(masu logs "$name")" = text ]
}

@test "all containers are started, one that cannot start does not prevent the others, and a volume is copied by an archive" {
    mkdir "$work/broken"
    make_root "$work/broken" true
    masu create --name "broken-$name" --network none --rootfs "$work/broken" true >/dev/null
    masu create --name "$name" --network none -v store:/store "oci:$IMAGES:busybox:latest" sh -c 'echo text >/store/file; exec sleep 1000' >/dev/null
    mv "$work/broken" "$work/gone"
    masu volume create copy
    masu volume create store
    compile -std=gnu11 "$BATS_TEST_DIRNAME/libmasu/store.c"
    run -0 "$work/program" store copy
    [ "$output" = "broken-$name failed"$'\n'"$name started" ]
    wait_until '[ -s "$MASU_DATA_DIR/volumes/store/file" ]'
    "$work/program" store copy
    [ "$(cat "$MASU_DATA_DIR/volumes/copy/file")" = text ]
}
