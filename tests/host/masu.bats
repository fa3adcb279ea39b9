#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# masu in the test machine. A boot costs seconds, so each test is a script with many checks (checks/).

bats_require_minimum_version 1.5.0

setup_file() { "$BATS_TEST_DIRNAME/image" >/dev/null 2>&1; }

well() { # CHECKS [OPTION...]
    local checks=$1
    shift
    run "$BATS_TEST_DIRNAME/run" "$@" -- bash "/masu/tests/host/checks/$checks.sh"
    echo "$output"
    [ "$status" -eq 0 ]
    [ "${lines[-1]}" = "all well" ]
}

@test "a web server with limits and a port: from its image to its removal" { well six; }

@test "statuses, streams, networks, ids, twenty at once" { well rootless; }

@test "kill -9 at many moments" { well killed; }

@test "without a bus, ids, helpers, devices, room" { well missing; }

@test "without a session" { well no-session --no-session; }
