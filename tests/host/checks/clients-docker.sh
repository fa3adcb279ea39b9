# In the machine, as root: dockerd with masu-oci as its runtime (/etc/docker/daemon.json), and the driver of cgroups as $1.
# SPDX-License-Identifier: Apache-2.0
. /masu/tests/host/checks/say.sh
set -u
image=localhost:5000/busybox
run() { docker run --rm --network none "$@"; }

start_daemon() {
    modprobe -a overlay bridge veth br_netfilter iptable_nat iptable_filter xt_conntrack xt_MASQUERADE xt_addrtype
    mkdir -p /run/systemd/system/docker.service.d
    printf '[Service]\nExecStart=\nExecStart=/usr/sbin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock %s\n' \
        "--exec-opt native.cgroupdriver=$1" >/run/systemd/system/docker.service.d/driver.conf
    systemctl daemon-reload
    exits "docker starts" 0 systemctl restart docker
    says "with the driver" "masu $1" docker info -f '{{.DefaultRuntime}} {{.CgroupDriver}}'
    docker inspect $image >/dev/null 2>&1 || exits "an image" 0 docker pull -q $image
}

statuses() {
    exits "a network" 0 docker run --rm $image ip address show eth0
    exits "its status" 42 run $image sh -c 'exit 42'
    exits "a missing command" 127 run $image no-such-command
    also "and its error" 'executable file not found in \$PATH'
    exits "not executable" 126 run $image /etc/passwd
    says "a terminal" '/dev/pts/0' at_terminal docker run --rm -it --network none $image tty
}

# Many options in one run, because a docker takes seconds here.
options() {
    exits "--read-only, volumes, --device" 0 run --init --cap-add NET_ADMIN --cap-drop CHOWN --security-opt no-new-privileges \
        --security-opt seccomp=unconfined --read-only --tmpfs /t:size=1m -v /etc/hostname:/h:ro -v named:/v --device /dev/fuse \
        --ulimit nofile=100 --sysctl net.ipv4.ip_forward=1 --oom-score-adj 500 --workdir /t \
        $image sh -c 'cat /proc/self/status; ps; pwd
            echo "files $(ulimit -n)"; echo "forward $(cat /proc/sys/net/ipv4/ip_forward)"; echo "score $(cat /proc/self/oom_score_adj)"
            ! touch /x && touch /t/x && test -s /h && touch /v/x && ! touch /h && test -c /dev/fuse && exec 3<>/dev/fuse'
    also "--init" 'docker-init'
    also "--cap-add" '^CapEff:.00000000a80435fa$'
    also "--security-opt" '^NoNewPrivs:.1$'
    also "no seccomp" '^Seccomp:.0$'
    also "--workdir" '^/t$'
    also "--ulimit" '^files 100$'
    also "--sysctl" '^forward 1$'
    also "--oom-score-adj" '^score 500$'
    exits "no other device" 1 run --cap-add MKNOD $image sh -c 'mknod /d b 98 0 && exec 3</d'
    says "--user, --workdir" 'uid=12 gid=34.* /a/b' run --user 12:34 --workdir /a/b $image sh -c 'echo $(id) $(pwd)'
    says "--privileged, the host's namespaces" '^CapEff:.000000ff|^CapEff:.0000003f|^CapEff:.000001ff' \
        docker run --rm --privileged --pid host --network host --ipc host --uts host --cgroupns host $image cat /proc/self/status
}

limits() {
    says "memory.max" '^33554432$' run --memory 32m --pids-limit 50 --cpus 0.5 \
        $image cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/pids.max /sys/fs/cgroup/cpu.max
    also "pids.max" '^50$'
    also "cpu.max" '^50000 100000$'
    exits "too much memory" 137 run --memory 32m $image sh -c 'head -c 100m /dev/zero | tail'
}

says_line() { docker logs one 2>&1 | grep -q '^line 2$'; }

life() {
    exits "a container" 0 docker run -d --name one --network none $image \
        sh -c 'trap "exit 5" TERM; i=0; while :; do echo line $((i += 1)); sleep 0.2; done'
    becomes "its log" says_line
    exits "exec as somebody, and its status" 7 docker exec -u 12 -w /tmp -e A=b one sh -c 'echo $(id) $(pwd) $A; exit 7'
    also "who it is, where, and with which variable" 'uid=12.*/tmp.*b'
    says "exec of what is not there" 'executable file not found in \$PATH' docker exec one no-such-command
    says "exec with a terminal" '/dev/pts/0' at_terminal docker exec -it one tty
    says "exec with all capabilities" '^CapBnd:.000000[1-9a-f]' docker exec --privileged one cat /proc/self/status
    says "stats" '^one [1-9]' docker stats --no-stream --format '{{.Name}} {{.PIDs}}' one
    exits "pause" 0 docker pause one
    says "paused" paused docker inspect -f '{{.State.Status}}' one
    exits "unpause" 0 docker unpause one
    exits "update" 0 docker update --memory 100m --memory-swap 200m one
    says "what was updated" '^104857600$' docker exec one cat /sys/fs/cgroup/memory.max
    exits "restart" 0 docker restart -t 5 one
    exits "stop" 0 docker stop -t 5 one
    says "the status of the one stopped" '^5$' docker inspect -f '{{.State.ExitCode}}' one
    exits "start again" 0 docker start one
    exits "kill" 0 docker kill one
    says "the status of the one killed" '^137$' docker wait one
    exits "rm" 0 docker rm -f one
}

in_cgroupfs() {
    exits "a container" 0 docker run -d --name one --network none --memory 32m $image sleep 1000
    says "its limit" '^33554432$' docker exec one cat /sys/fs/cgroup/memory.max
    exits "pause" 0 docker pause one
    exits "unpause" 0 docker unpause one
    exits "rm" 0 docker rm -f one
}

start_daemon "$1"
if [ "$1" = cgroupfs ]; then
    in_cgroupfs
else
    life
    statuses
    options
    limits
fi
says "nothing is left" '^$' sh -c 'echo; docker ps -aq; masu-oci --root /run/docker/runtime-runc/moby list -q'
[ "$(grep -c . "$work/said")" -eq 0 ] || fail "nothing is left"
the_end
