#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The engines that people have, with masu-oci as their runtime. One boot for all; each test looks at one part of what
# checks/clients.sh printed. CLIENTS=all tries them with cgroupfs as well.

bats_require_minimum_version 1.5.0

setup_file() {
    "$BATS_TEST_DIRNAME/image" >/dev/null 2>&1
    "$BATS_TEST_DIRNAME/run" --timeout 1500 -- bash /masu/tests/host/checks/clients.sh "${CLIENTS-}" \
        >"$BATS_FILE_TMPDIR/said" 2>&1 || true # each test says what of it is missing
}

well() { # PART
    run sed -n "/^part: $1$/,/^part: /p" "$BATS_FILE_TMPDIR/said"
    echo "$output"
    [[ $'\n'$output$'\n' == *$'\nall well\n'* ]]
}

with_cgroupfs() { # PART
    [ "${CLIENTS-}" = all ] || skip "takes minutes: CLIENTS=all runs it"
    well "$1"
}

@test "podman as an ordinary user, systemd's cgroups" { well "podman as alice, systemd"; }

@test "podman as an ordinary user, cgroupfs" { with_cgroupfs "podman as alice, cgroupfs"; }

@test "podman as root, systemd's cgroups" { well "podman as root, systemd"; }

@test "podman as root, cgroupfs" { with_cgroupfs "podman as root, cgroupfs"; }

@test "containerd" { well "containerd"; }

@test "what a kubelet calls: containerd's CRI, systemd's cgroups" { well "CRI, systemd"; }

@test "what a kubelet calls: containerd's CRI, cgroupfs" { with_cgroupfs "CRI, cgroupfs"; }

@test "docker, systemd's cgroups" { well "docker, systemd"; }

@test "docker, cgroupfs" { with_cgroupfs "docker, cgroupfs"; }
