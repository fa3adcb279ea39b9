#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# `run -it` at a real pseudo-terminal. As root on this machine, or whoever runs it in the test machine.

setup_file() {
    export BUILD=${MASU_BUILD:-$BATS_TEST_DIRNAME/../../build}
    BUILD=$(realpath "$BUILD")
    export IMAGES=$BATS_FILE_TMPDIR/images
    "$BATS_TEST_DIRNAME/../host/images/make-images" "$IMAGES" busybox >/dev/null
}

setup() {
    [ "$(id -u)" = 0 ] || skip "needs root: others are tested in the test machine"
    work=$(mktemp -d)
    export MASU_DATA_DIR=$work/data MASU_RUN_DIR=$work/run
}

teardown() {
    "$BUILD/masu" rm -f killed early >/dev/null 2>&1 || true
    rm -rf "$work"
}

at_terminal() { timeout 60 "$BATS_TEST_DIRNAME/terminal.py" "$BUILD/masu" "oci:$IMAGES:busybox:latest" "$1"; }

@test "the window's size, at the start and when it changes" { at_terminal size; }

@test "the window's size is there before the command starts, also when masu is slow" {
    strace -o /dev/null true || skip "strace can't trace here"
    at_terminal early
}

@test "Ctrl-C and Ctrl-Z are the container's" { at_terminal keys; }

@test "the terminal is sane after a kill -9 of the container" { at_terminal killed; }

@test "a SIGTERM to masu is sent on" { at_terminal terminated; }

@test "all of much output arrives" { at_terminal much; }
