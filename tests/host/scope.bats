#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Scopes, limits and user-mode networking in the test machine, by the libraries alone.

bats_require_minimum_version 1.5.0

setup_file() {
    local build=${MASU_BUILD:-$BATS_TEST_DIRNAME/../../build}
    "$BATS_TEST_DIRNAME/image" >/dev/null 2>&1
    make -s -C "$build" tests/host/probes/cgroup tests/host/probes/network
    export PROBES=$BATS_FILE_TMPDIR/probes.tar
    tar -cf "$PROBES" -C "$build/tests/host/probes" cgroup network
}

machine() { "$BATS_TEST_DIRNAME/run" --no-build --stdin "$PROBES" "$@"; }

@test "a scope is made, divided, limited and removed, however masu was called" {
    run --separate-stderr machine -- bash /masu/tests/host/checks/scope.sh
    echo "$output"
    [ "$status" -eq 0 ]
    [ "${lines[-1]}" = "all well" ]
}

@test "a controller that isn't delegated is named, with what to do" {
    run machine --root -- bash /masu/tests/host/checks/delegate.sh
    echo "$output"
    [ "$status" -eq 125 ]
    [[ "$output" == *"the cgroup controller 'cpu' is not delegated"* ]]
    [[ "$output" == *"50-masu-delegate.conf"* ]]
}

@test "slirp4netns gives a network and ports, and ends with its supervisor" {
    run --separate-stderr machine -- bash /masu/tests/host/checks/slirp.sh
    echo "$output"
    [ "$status" -eq 0 ]
    [ "${lines[-1]}" = "all well" ]
}
