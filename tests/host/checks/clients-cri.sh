# In the machine, as root: containerd's CRI plugin, which is what a kubelet calls, with masu-oci as its runtime. $1: systemd
# or cgroupfs.
# SPDX-License-Identifier: Apache-2.0
. /masu/tests/host/checks/say.sh
set -u
image=localhost:5000/busybox:latest
cri() { python3 /masu/tests/host/checks/cri.py "$@"; }
ours() { masu-oci --root /run/containerd/runc/k8s.io "$@"; }
parent=/kubepods
[ "$1" != systemd ] || parent=kubepods.slice

[ -d /tmp/pods ] || cri pause-image $image localhost:5000/pause:latest || fail "an image for pods"
cat >/etc/containerd/config.toml <<END
version = 2
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "localhost:5000/pause:latest"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      BinaryName = "/usr/local/bin/masu-oci"
      SystemdCgroup = $([ "$1" = systemd ] && echo true || echo false)
END
systemctl restart containerd
becomes "an image" cri pull $image
pod=$(cri pod one $parent) || fail "a pod"
container=$(cri container "$pod" $parent $image 'echo started; sleep 1000') || fail "a container"
says "both are ours" "^$container .* running" ours list
also "the pod's own" "^$pod .* running"
says "exec" '^hi$' cri exec "$container" echo hi
exits "its status" 3 cri exec "$container" sh -c 'exit 3'
says "a missing command" 'executable file not found in \$PATH' cri exec "$container" no-such-command
says "a limit" '^67108864$' cri exec "$container" cat /sys/fs/cgroup/memory.max
says "another" '^50000 100000$' cri exec "$container" cat /sys/fs/cgroup/cpu.max
exits "an update" 0 cri limit "$container" 33554432
says "the limit that it set" '^33554432$' cri exec "$container" cat /sys/fs/cgroup/memory.max
says "its cgroup" '/kubepods(\.slice)?/.*'"$container" cat "/proc/$(ours state "$container" | jq .pid)/cgroup"
says "one IPC namespace for the pod" '^1$' sh -c \
    "masu-oci --root /run/containerd/runc/k8s.io list -f json | jq '.[].pid' | xargs -I{} readlink /proc/{}/ns/ipc | sort -u | wc -l"
says "its log" 'stdout F started' cat /tmp/pods/c.log
says "its state" '^running' cri state "$container"
exits "stop" 0 cri stop "$container"
says "its end" '^exited 143$' cri state "$container"
exits "rm" 0 cri rm "$container"
exits "the pod's end" 0 cri stop-pod "$pod"
exits "rm of the pod" 0 cri rm-pod "$pod"
says "nothing is left" '^$' sh -c 'echo; masu-oci --root /run/containerd/runc/k8s.io list -q'
[ "$(grep -c . "$work/said")" -eq 0 ] || fail "nothing is left"
the_end
