#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# masu-oci and cgroup v2 in the test machine, with systemd and without: one boot for all of it.

bats_require_minimum_version 1.5.0

setup_file() { "$BATS_TEST_DIRNAME/image" >/dev/null 2>&1; }

@test "masu-oci: limits, properties, update, pause, events and clean-up on cgroup v2" {
    run --separate-stderr "$BATS_TEST_DIRNAME/run" --stdin /bin/busybox -- bash /masu/tests/host/checks/cgroup.sh
    echo "$output"
    [ "$status" -eq 0 ]
    [ "${lines[-1]}" = "all well" ]
}
