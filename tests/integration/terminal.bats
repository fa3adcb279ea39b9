#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# `run -it` at a real pseudo-terminal.

load ../lib/masu

setup_file() { make_images busybox; }

setup() {
    make_work
}

at_terminal() { timeout 300 "$BATS_TEST_DIRNAME/terminal.py" "$BUILD/masu" "oci:$IMAGES:busybox:latest" "$1"; }

@test "the window's size, at the start and when it changes" { at_terminal size; }

@test "the window's size is there before the command starts, also when masu is slow" {
    strace -o /dev/null true || skip "strace can't trace here"
    at_terminal early
}

@test "Ctrl-C and Ctrl-Z are the container's" { at_terminal keys; }

@test "the terminal is sane after a kill -9 of the container" { at_terminal killed; }

@test "a SIGTERM to masu is sent on" { at_terminal terminated; }

@test "all of much output arrives" { at_terminal much; }
