# In the machine, as alice or root, with the manager of cgroups as $1: podman with masu-oci as its runtime.
# SPDX-License-Identifier: Apache-2.0
. /masu/tests/host/checks/say.sh
set -u
image=localhost:5000/busybox
p() { podman --cgroup-manager "$manager" --runtime masu-oci "$@"; }
run() { p run --rm --network none "$@"; }
pty() { script -qec "podman --cgroup-manager $manager --runtime masu-oci $*" /dev/null < <(sleep 4); }

statuses() {
    exits "a run" 0 p run --rm $image true
    exits "its status" 42 run $image sh -c 'exit 42'
    exits "a missing command" 127 run $image no-such-command
    also "and its error" '^Error: masu-oci: exec: "no-such-command": executable file not found in \$PATH'
    exits "not executable" 126 run $image /etc/passwd
    says "a terminal" '/dev/pts/0' pty run --rm -it --network none $image tty
    exits "descriptors" 0 run --preserve-fds 1 $image sh -c 'test -e /proc/self/fd/3' 3</dev/null
}

# Limits that work for alice, too, with the systemd manager.
limits() {
    says "memory.max" '^33554432$' run --memory 32m --pids-limit 50 --cpus 0.5 \
        $image cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/pids.max /sys/fs/cgroup/cpu.max
    also "pids.max" '^50$'
    also "cpu.max" '^50000 100000$'
    exits "too much memory" 137 run --memory 32m $image sh -c 'head -c 100m /dev/zero | tail'
    exits "a controller that isn't there" 126 run --cpuset-cpus 0 $image true
    also "is named" 'cpuset'
}

security() {
    says "no capabilities" '^CapEff:.0{16}$' run --cap-drop all $image cat /proc/self/status
    also "a seccomp filter" '^Seccomp:.2$'
    says "--privileged" '^CapEff:.000001ffffffffff$' run --privileged $image cat /proc/self/status
    says "no seccomp filter" '^Seccomp:.0$' \
        run --security-opt seccomp=unconfined --security-opt no-new-privileges $image cat /proc/self/status
    also "no new privileges" '^NoNewPrivs:.1$'
    exits "a profile of one's own" 0 run --security-opt seccomp=/usr/share/containers/seccomp.json $image true
    exits "read-only, with a place to write" 0 run --read-only --tmpfs /t:size=1m $image sh -c '! touch /x && touch /t/x'
    says "another user" 'uid=12.* gid=34.*56' run --user 12:34 --group-add 56 $image id
}

namespaces() {
    exits "the host's pids" 0 run --pid host $image test "$(cat /proc/sys/kernel/random/boot_id)" -a -d /proc/$$
    says "the host's name and ipc" "^$(hostname)$" run --uts host --ipc host $image hostname
    says "the host's network" '127.0.0.1/8' p run --rm --network host $image ip address
    says "the host's cgroups" '/libpod-|/podman|/user.slice|libpod_parent' run --cgroupns host $image cat /proc/self/cgroup
    exits "no cgroup at all" 0 run --cgroups disabled $image true
    says "ids of one's own choice" '^ +0 +1 +1000$' run --uidmap 0:1:1000 $image cat /proc/self/uid_map
    [ "$(id -u)" -eq 0 ] && return
    says "slirp4netns" 'tap0' p run --rm --network slirp4netns $image ip address
    says "keep-id" 'uid=1000' run --userns keep-id $image id
}

mounts_and_devices() {
    mkdir -m 777 "$work/volume"
    echo data >"$work/volume/file"
    exits "a volume" 0 run -v "$work/volume:/v:Z" $image sh -c 'grep data /v/file && touch /v/new'
    exits "a read-only one" 0 run -v "$work/volume:/v:ro" $image sh -c '! touch /v/other'
    exits "a named one" 0 run -v named:/v $image touch /v/file
    exits "a device" 0 run --device /dev/fuse --device /dev/null:/dev/also $image sh -c 'test -c /dev/fuse && echo x >/dev/also'
    says "limits of resources" '^100 200$' run --ulimit nofile=100:200 $image sh -c 'echo $(ulimit -Sn) $(ulimit -Hn)'
    says "kernel parameters" '^1$' run --sysctl net.ipv4.ip_forward=1 $image cat /proc/sys/net/ipv4/ip_forward
    says "an init of podman's" 'podman-init' run --init $image ps
    says "the order in which memory runs out" '^500$' run --oom-score-adj 500 $image cat /proc/self/oom_score_adj
}

life() {
    exits "a container" 0 p run -d --name one --network none --health-cmd 'test -e /tmp/well' $image \
        sh -c 'trap "exit 5" TERM; i=0; while :; do echo line $((i += 1)); sleep 0.2; done'
    becomes "its log" 10 says_line p logs one
    exits "exec" 0 p exec one true
    exits "its status" 7 p exec one sh -c 'exit 7'
    exits "exec of what is not there" 127 p exec one no-such-command
    says "exec as somebody" 'uid=12.*/tmp.*b' p exec -u 12 -w /tmp -e A=b one sh -c 'echo $(id) $(pwd) $A'
    says "exec with a terminal" '/dev/pts/0' pty exec -it one tty
    exits "not healthy" 1 p healthcheck run one
    exits "exec in the background" 0 p exec -d one touch /tmp/well
    becomes "healthy" 10 p healthcheck run one
    exits "cp" 0 p cp /etc/hostname one:/tmp/copied
    says "what was copied" "$(hostname)" p exec one cat /tmp/copied
    # An ordinary user's group that podman itself is in can hand no controllers down.
    [ "$manager$(id -u)" = cgroupfs1000 ] ||
        says "stats" '^one [1-9]' p stats --no-stream --format '{{.Name}} {{.PIDs}}' one
    says "top" 'trap' p top one
    exits "pause" 0 p pause one
    says "paused" paused p inspect -f '{{.State.Status}}' one
    exits "unpause" 0 p unpause one
    says "a checkpoint needs" 'root|criu|CRIU' p container checkpoint one
    [ "$manager" = cgroupfs ] || exits "update" 0 p update --memory 100m one
    [ "$manager" = cgroupfs ] || says "what was updated" '^104857600$' p exec one cat /sys/fs/cgroup/memory.max
    exits "stop" 0 p stop -t 5 one
    says "the status of the one stopped" '^5$' p inspect -f '{{.State.ExitCode}}' one
    exits "start again" 0 p start one
    exits "kill" 0 p kill one
    says "the status of the one killed" '^137$' p wait one
    exits "rm" 0 p rm -f -t 0 one
}
says_line() { p logs one 2>&1 | grep -q '^line 2$'; }

pods() {
    exits "a pod" 0 p pod create --network none --name both
    exits "one of its containers" 0 p run -d --pod both --name server $image httpd -f -p 80 -h /etc
    says "the other reaches it" '^root:' p run --rm --pod both $image wget -qO- http://127.0.0.1/passwd
    exits "the pod's end" 0 p pod rm -f -t 0 both
    cat >"$work/pod.yaml" <<'END'
apiVersion: v1
kind: Pod
metadata: {name: kube}
spec:
  containers:
  - name: one
    image: localhost:5000/busybox
    command: [sleep, "100"]
    resources: {limits: {memory: 50Mi}}
    securityContext: {readOnlyRootFilesystem: true, runAsUser: 12, capabilities: {drop: [ALL]}}
  - name: two
    image: localhost:5000/busybox
    command: [sleep, "100"]
    volumeMounts: [{name: shared, mountPath: /shared}]
  volumes: [{name: shared, emptyDir: {}}]
END
    exits "play kube" 0 p play kube "$work/pod.yaml"
    says "its user" 'uid=12' p exec kube-one id
    exits "play kube --down" 0 p play kube --down "$work/pod.yaml"
}

# systemd in a container has a cgroup tree of its own to fill.
boots_systemd() {
    exits "a container that boots" 0 p run -d --name boots --network none --systemd always localhost:5000/systemd
    becomes "systemd runs in it" 60 p exec boots systemctl is-active basic.target
    exits "and is asked to stop" 0 p rm -f -t 20 boots
}

manager=$1
life
if [ "$manager" = systemd ]; then
    statuses
    limits
    namespaces
fi
if [ "$manager" = systemd ] && [ "$(id -u)" -ne 0 ]; then
    security
    mounts_and_devices
    pods
    boots_systemd
fi
says "nothing is left" '^$' sh -c "echo; podman ps -aq; masu-oci list -q"
[ "$(grep -c . "$work/said")" -eq 0 ] || fail "nothing is left"
the_end
