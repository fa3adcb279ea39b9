#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# masu-oci and cgroup v2 in the test machine, with systemd and without: one boot.

load ../lib/machine

setup_file() { boot --stdin /bin/busybox -- cgroup.sh; }

@test "cgroup: a user's scope with limits and properties" { well; }

@test "cgroup: update reaches the kernel and systemd" { well; }

@test "cgroup: pause, exec, kill and delete" { well; }

@test "cgroup: statistics and events" { well; }

@test "cgroup: no processes are a limit" { well; }

@test "cgroup: sub-groups by annotation" { well; }

@test "cgroup: failed and terminated starts leave no unit" { well; }

@test "cgroup: limits that v2 or the kernel lacks are named" { well; }

@test "cgroup: a group with processes cannot delegate" { well; }

@test "cgroup: root's, by mkdir" { well; }

@test "cgroup: without a path" { well; }

@test "cgroup: root's, by systemd" { well; }

@test "cgroup: a killed start is cleaned up by delete --force" { well; }

@test "cgroup: the tests of cgroup v2 run on this machine" { well; }

@test "each part of the scripts is a test" { every_part_is_tested; }
