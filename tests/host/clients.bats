#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The engines that people have, with masu-oci as their runtime. One boot for all; each test looks at one part of what
# checks/clients.sh printed.

load ../lib/machine

setup_file() {
    boot -- clients.sh
}

@test "podman as an ordinary user, systemd's cgroups" { well "podman as alice, systemd"; }

@test "podman as an ordinary user, cgroupfs" { well "podman as alice, cgroupfs"; }

@test "podman as root, systemd's cgroups" { well "podman as root, systemd"; }

@test "podman as root, cgroupfs" { well "podman as root, cgroupfs"; }

@test "containerd" { well; }

@test "containerd's CRI, as a kubelet calls it, systemd's cgroups" { well "CRI, systemd"; }

@test "containerd's CRI, as a kubelet calls it, cgroupfs" { well "CRI, cgroupfs"; }

@test "docker, systemd's cgroups" { well "docker, systemd"; }

@test "docker, cgroupfs" { well "docker, cgroupfs"; }

@test "each part of the scripts is a test" { every_part_is_tested; }
