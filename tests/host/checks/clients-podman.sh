# In the machine, as alice or root, with the manager of cgroups as $1: podman with masu-oci as its runtime.
# SPDX-License-Identifier: Apache-2.0
. /masu/tests/host/checks/say.sh
set -u
image=localhost:5000/busybox
p() { podman --cgroup-manager "$manager" --runtime masu-oci "$@"; }
run() { p run --rm --network none "$@"; }
pty() { at_terminal podman --cgroup-manager "$manager" --runtime masu-oci "$@"; }

statuses() {
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
}

refused() {
    exits "too much memory" 137 run --memory 32m $image sh -c 'head -c 100m /dev/zero | tail'
    exits "a controller that isn't there" 126 run --cpuset-cpus 0 $image true
    also "is named" 'cpuset'
}

# Many options in one run, because a podman takes seconds here.
confined() {
    mkdir -m 777 "$work/volume"
    echo data >"$work/volume/file"
    exits "read-only, with places to write, devices, and a volume that is read-only" 0 \
        run --cap-drop all --security-opt no-new-privileges --security-opt seccomp=/usr/share/containers/seccomp.json \
        --read-only --tmpfs /t:size=1m --user 12:34 --group-add 56 --init --oom-score-adj 500 \
        --ulimit nofile=100:200 --sysctl net.ipv4.ip_forward=1 --device /dev/fuse --device /dev/null:/dev/also \
        -v "$work/volume:/v:Z" -v "$work/volume:/r:ro" $image sh -c 'cat /proc/self/status; id; ps
            echo "files $(ulimit -Sn) $(ulimit -Hn)"; echo "forward $(cat /proc/sys/net/ipv4/ip_forward)"
            echo "score $(cat /proc/self/oom_score_adj)"
            ! touch /x && touch /t/x && grep data /v/file && touch /v/new && ! touch /r/other && test -c /dev/fuse && echo x >/dev/also'
    also "no capabilities" '^CapEff:.0{16}$'
    also "a seccomp filter" '^Seccomp:.2$'
    also "no new privileges" '^NoNewPrivs:.1$'
    also "another user" 'uid=12.* gid=34.*56'
    also "an init of podman's" 'podman-init'
    also "limits of resources" '^files 100 200$'
    also "kernel parameters" '^forward 1$'
    also "the order in which memory runs out" '^score 500$'
    exits "--privileged, and a named volume" 0 run --privileged -v named:/n $image sh -c 'cat /proc/self/status; touch /n/file'
    also "all capabilities" '^CapEff:.000001ffffffffff$'
    also "no seccomp filter" '^Seccomp:.0$'
}

namespaces() {
    exits "the host's pids" 0 p run --rm --pid host --uts host --ipc host --network host --cgroupns host $image \
        sh -c "hostname; ip address; cat /proc/self/cgroup; test -d /proc/$$"
    also "the host's name" "^$(hostname)$"
    also "the host's network" '127.0.0.1/8'
    also "the host's cgroups" '/libpod-|/podman|/user.slice|libpod_parent'
    exits "no cgroup at all" 0 run --cgroups disabled $image true
    says "ids of one's own choice" '^ +0 +1 +1000$' run --uidmap 0:1:1000 $image cat /proc/self/uid_map
    [ "$(id -u)" -eq 0 ] && return
    says "slirp4netns" 'tap0' p run --rm --network slirp4netns --userns keep-id $image sh -c 'ip address; id'
    also "keep-id" 'uid=1000'
}

life() {
    exits "a container" 0 p run -d --name one --network none --health-cmd 'test -e /tmp/well' $image \
        sh -c 'trap "exit 5" TERM; i=0; while :; do echo line $((i += 1)); sleep 0.2; done'
    becomes "its log" says_line p logs one
    exits "cp" 0 p cp /etc/hostname one:/tmp/copied
    exits "exec as somebody, and its status" 7 p exec -u 12 -w /tmp -e A=b one sh -c 'echo $(id) $(pwd) $A; cat /tmp/copied; exit 7'
    also "who it is, where, and with which variable" 'uid=12.*/tmp.*b'
    also "the copied file" "^$(hostname)$"
    exits "exec of what is not there" 127 p exec one no-such-command
    says "exec with a terminal" '/dev/pts/0' pty exec -it one tty
    exits "exec in the background" 0 p exec -d one touch /tmp/well
    becomes "healthy" p healthcheck run one
    says "stats" '^one [1-9]' p stats --no-stream --format '{{.Name}} {{.PIDs}}' one
    says "top" 'trap' p top one
    exits "pause" 0 p pause one
    says "paused" paused p inspect -f '{{.State.Status}}' one
    exits "unpause" 0 p unpause one
    exits "update" 0 p update --memory 100m one
    says "what was updated" '^104857600$' p exec one cat /sys/fs/cgroup/memory.max
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

# systemd in a container has a cgroup tree of its own to fill. masu unpacks its image, for which podman takes minutes here.
boots_systemd() {
    local layer lower='' store=$HOME/.local/share/masu
    exits "an image" 0 masu pull -q localhost:5000/systemd
    for layer in $(cat "$store"/stacks/*); do lower=$store/layers/$layer${lower:+:$lower}; done
    mkdir "$work/upper" "$work/work" "$work/root"
    sudo mount -t overlay -o "lowerdir=$lower,upperdir=$work/upper,workdir=$work/work" none "$work/root"
    exits "a container that boots" 0 p run -d --name boots --network none --systemd always --rootfs "$work/root" /sbin/init
    becomes "systemd runs in it" p exec boots systemctl is-active basic.target
    exits "and is asked to stop" 0 p rm -f -t 20 boots
    sudo umount "$work/root"
    sudo rm -rf "$work/upper" "$work/work"
}

# As root docker has the same verbs of masu-oci in scopes of the same manager.
as_root() {
    exits "a container" 0 p run -d --name one --network none $image sleep 1000
    exits "exec as somebody, and its status" 7 p exec -u 12 -w /tmp one sh -c 'exit 7'
    says "a checkpoint needs" 'criu|CRIU' p container checkpoint one
    exits "update" 0 p update --memory 100m one
    says "what was updated" '^104857600$' p exec one cat /sys/fs/cgroup/memory.max
    exits "rm" 0 p rm -f -t 0 one
}

# Nobody's default where systemd runs. An ordinary user's group that podman itself is in can hand no controllers down.
in_cgroupfs() {
    exits "a container" 0 p run -d --name one --network none $image sleep 1000
    exits "exec" 7 p exec one sh -c 'exit 7'
    exits "rm" 0 p rm -f -t 0 one
}

manager=$1
if [ "$manager" = cgroupfs ]; then
    in_cgroupfs
elif [ "$(id -u)" -eq 0 ]; then
    as_root
    limits
    namespaces
else
    life
    limits
    namespaces
    statuses
    refused
    confined
    pods
    boots_systemd
fi
says "nothing is left" '^$' sh -c "echo; podman ps -aq; masu-oci list -q"
[ "$(grep -c . "$work/said")" -eq 0 ] || fail "nothing is left"
the_end
