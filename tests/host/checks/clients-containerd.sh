# In the machine, as root: containerd with masu-oci for its shim, by ctr.
# SPDX-License-Identifier: Apache-2.0
. /masu/tests/host/checks/say.sh
set -u
image=localhost:5000/busybox:latest

ours() { # [OPTION...] ID COMMAND...: runs a container, the options first
    local options=(--runc-binary masu-oci)
    while [[ $1 = -* ]]; do
        options+=("$1")
        shift
    done
    ctr run "${options[@]}" "$image" "$@"
}

limit_of() {
    local pid
    pid=$(ctr task ls | awk -v id="$1" '$1 == id { print $2 }')
    cat "/sys/fs/cgroup$(cut -d: -f3 "/proc/$pid/cgroup")/memory.max"
}

systemctl start containerd
exits "an image" 0 ctr images pull --plain-http $image
exits "a run" 0 ours --rm c1 true
exits "its status" 42 ours --rm c1 sh -c 'exit 42'
says "a missing command" 'executable file not found in \$PATH' ours --rm c1 no-such-command
says "a terminal" '/dev/pts/0' at_terminal ctr run --rm -t --runc-binary masu-oci $image c1 tty
says "the scope that was asked for" '/system.slice/ctr-c1.scope' \
    ours --rm --runc-systemd-cgroup --cgroup=system.slice:ctr:c1 c1 cat /proc/self/cgroup
says "a user namespace" '^ +0 +100000 +1000$' \
    ours --rm --uidmap=0:100000:1000 --gidmap=0:100000:1000 c1 cat /proc/self/uid_map

for options in "" "--runc-systemd-cgroup --cgroup=system.slice:ctr:c2"; do
    # shellcheck disable=SC2086 # words
    exits "a container" 0 ours -d --memory-limit=33554432 $options c2 sleep 1000
    says "its limit" '^33554432$' limit_of c2
    exits "exec" 0 ctr task exec --exec-id e c2 true
    exits "its status" 7 ctr task exec --exec-id e c2 sh -c 'exit 7'
    exits "pause" 0 ctr task pause c2
    says "paused" 'PAUSED' ctr task ls
    exits "resume" 0 ctr task resume c2
    says "processes" '^[0-9]+' ctr task ps c2
    says "metrics" '^pids.current +1' ctr task metrics c2
    says "events" 'pids' masu-oci --root /run/containerd/runc/default events --stats c2
    exits "kill" 0 ctr task kill -s KILL c2
    becomes "its end" sh -c 'ctr task ls | grep -q STOPPED'
    ctr task rm c2 >/dev/null 2>&1 # exits with the container's status
    exits "rm" 0 ctr container rm c2
done
says "nothing is left" '^$' sh -c 'echo; ctr container ls -q; masu-oci --root /run/containerd/runc/default list -q'
[ "$(grep -c . "$work/said")" -eq 0 ] || fail "nothing is left"
the_end
