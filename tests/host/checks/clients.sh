# In the machine, as alice: all clients, one after the other; each part ends with "all well" or not. cgroupfs, which is
# nobody's default where systemd runs, gets fewer checks.
# SPDX-License-Identifier: Apache-2.0
checks=/masu/tests/host/checks
part() {
    echo "part: $1"
    shift
    "$@"
}
part "podman as alice, systemd" bash $checks/clients-podman.sh systemd
part "podman as alice, cgroupfs" bash $checks/clients-podman.sh cgroupfs
part "podman as root, systemd" sudo bash $checks/clients-podman.sh systemd
part "podman as root, cgroupfs" sudo bash $checks/clients-podman.sh cgroupfs
part "containerd" sudo bash $checks/clients-containerd.sh
part "CRI, systemd" sudo bash $checks/clients-cri.sh systemd
part "CRI, cgroupfs" sudo bash $checks/clients-cri.sh cgroupfs
part "docker, systemd" sudo bash $checks/clients-docker.sh systemd
part "docker, cgroupfs" sudo bash $checks/clients-docker.sh cgroupfs
