#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Scopes, limits and user-mode networking in the test machine, by the libraries alone. Two boots.

load ../lib/machine

setup_file() {
    make -s -C "$BUILD" masu-systemd tests/host/probes/cgroup tests/host/probes/network
    export PROBES=$BATS_FILE_TMPDIR/probes.tar
    tar -cf "$PROBES" -C "$BUILD" masu-systemd -C tests/host/probes cgroup network
    boot --no-build --stdin "$PROBES" -- scope.sh slirp.sh pasta.sh
}

@test "scopes: a scope in masu.slice, divided and described" { well; }

@test "scopes: limits are the container's, not the supervisor's" { well; }

@test "scopes: freezer, and processes that are left" { well; }

@test "scopes: systemd knows the limits of one that is not divided" { well; }

@test "scopes: by sudo and su, and without a bus or manager" { well; }

@test "scopes: root's, with device rules" { well; }

@test "scopes: groups by mkdir, and nothing is left" { well; }

@test "slirp4netns: an interface, and its options" { well; }

@test "slirp4netns: the host's loopback" { well; }

@test "slirp4netns: published TCP ports" { well; }

@test "slirp4netns: published UDP ports" { well; }

@test "slirp4netns: refusals name their reason" { well; }

@test "slirp4netns: ends with its supervisor" { well; }

@test "pasta: a host without a default route is named" { well; }

@test "pasta: an interface, and its options" { well; }

@test "pasta: the host's loopback" { well; }

@test "pasta: published TCP and UDP ports" { well; }

@test "pasta: refusals name their reason" { well; }

@test "pasta: ends with its supervisor" { well; }

@test "a controller that is not delegated is named, with the remedy" {
    run "$BATS_TEST_DIRNAME/run" --no-build --stdin "$PROBES" --root -- bash /masu/tests/host/checks/delegate.sh
    echo "$output"
    [ "$status" -eq 125 ]
    [[ "$output" == *"the cgroup controller 'cpu' is not delegated"* ]]
    [[ "$output" == *"50-masu-delegate.conf"* ]]
}

@test "each part of the scripts is a test" { every_part_is_tested; }
