#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The engines that people have, with masu-oci as their runtime. One boot for all; each test looks at one part of what
# checks/clients.sh printed. CLIENTS=all tries them with cgroupfs as well.

load ../lib/machine

setup_file() {
    boot --timeout 1500 -- "clients.sh ${CLIENTS-}"
}

with_cgroupfs() { # PART
    [ "${CLIENTS-}" = all ] || skip "takes minutes: CLIENTS=all runs it"
    well "$1"
}

@test "podman as an ordinary user, systemd's cgroups" { well "podman as alice, systemd"; }

@test "podman as an ordinary user, cgroupfs" { with_cgroupfs "podman as alice, cgroupfs"; }

@test "podman as root, systemd's cgroups" { well "podman as root, systemd"; }

@test "podman as root, cgroupfs" { with_cgroupfs "podman as root, cgroupfs"; }

@test "containerd" { well; }

@test "containerd's CRI, as a kubelet calls it, systemd's cgroups" { well "CRI, systemd"; }

@test "containerd's CRI, as a kubelet calls it, cgroupfs" { with_cgroupfs "CRI, cgroupfs"; }

@test "docker, systemd's cgroups" { well "docker, systemd"; }

@test "docker, cgroupfs" { with_cgroupfs "docker, cgroupfs"; }

@test "each part of the scripts is a test" { every_part_is_tested; }
