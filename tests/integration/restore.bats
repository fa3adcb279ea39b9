#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# checkpoint and restore by the real criu, where it works: tests/stock/run gives a kernel that it does on.
# checkpoint.bats has what needs no criu.

bats_require_minimum_version 1.5.0


setup_file() {
    export lacks='' said
    command -v criu >/dev/null || lacks="criu isn't installed"
    [ "$(id -u)" = 0 ] || lacks="needs root"
    [ -n "$lacks" ] || said=$(criu check 2>&1) || lacks="criu doesn't work here: $(head -n 1 <<<"$said")"
}

setup() {
    [ -z "$lacks" ] || skip "$lacks"
    build=$(realpath "${MASU_BUILD:-$BATS_TEST_DIRNAME/../../build}")
    work=$(mktemp -d)
    id=restore-$$
    export MASU_DATA_DIR=$work/data MASU_RUN_DIR=$work/run
    mkdir -p "$work/b/rootfs/bin" "$work/b/data"
    cp /bin/busybox "$work/b/rootfs/bin/"
    for name in sh sleep cat touch ip true echo; do ln -s busybox "$work/b/rootfs/bin/$name"; done
    cd "$work/b"
    oci spec
    configure '
c["process"].update(terminal=False, args=["sh", "-c", "n=0; while :; do n=$((n+1)); echo $n; echo $n >/count; sleep 0.2; done"])
c["root"]["readonly"] = False
c["mounts"].append({"destination": "/data", "type": "bind", "source": os.getcwd() + "/data", "options": ["bind", "ro", "nodev"]})
c["linux"]["resources"] = {"memory": {"limit": 67108864}, "pids": {"limit": 64}}
c["linux"]["seccomp"] = {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["chroot"], "action": "SCMP_ACT_ERRNO"}]}
c["linux"]["sysctl"] = {"net.ipv4.ip_forward": "1", "kernel.shmmni": "100"}'
}

teardown() {
    [ -n "${work:-}" ] || return 0
    if [ -z "${BATS_TEST_COMPLETED:-}" ]; then
        cat "$work/log" || :
        grep -h Error "$work"/w/*.log "$work"/images/*.log || :
    fi
    for c in $(oci list -q 2>/dev/null); do oci delete --force "$c"; done
    [ -z "$(left_over)" ]
    cd /
    rm -rf "$work"
}

oci() { "$build/masu-oci" "$@"; }
state() { oci state "$1" | jq -r ".$2"; }
configure() { python3 -c "import json, os
c = json.load(open('config.json'))
$1
json.dump(c, open('config.json', 'w'))"; }

# What there is of containers of this file: processes, cgroups, mounts, states.
left_over() {
    find /sys/fs/cgroup -type d -name "$id*"
    grep -F "$work" /proc/self/mountinfo
    pgrep -a criu
    ls "$work/run/oci" 2>/dev/null
}

# The counter's output goes to a pipe, as an engine's container's does.
begin() { # [ID]
    oci run -d "${1:-$id}" </dev/null > >(exec cat >>"$work/log" 3>&-) 2>&1 3>&-
    until [ -s rootfs/count ]; do sleep 0.1; done
}

failing_restore() { oci restore -d --image-path "$work/images" --work-path "$work/w" "$@"; }
restore() { # OPTION... ID
    failing_restore "$@" </dev/null > >(exec cat >>"$work/log" 3>&-) 2>&1 3>&-
}
checkpoint() { oci checkpoint --image-path "$work/images" --work-path "$work/w" "$@"; }

counts_on() { # FROM
    until [ "$(cat rootfs/count)" -gt "$1" ] 2>/dev/null; do sleep 0.1; done
}

@test "what was written goes on under another id, and is a container as any" {
    configure '
for kind in ("prestart", "createRuntime", "createContainer", "poststart", "poststop"):
    c.setdefault("hooks", {})[kind] = [{"path": "/bin/sh", "args": ["sh", "-c", "{ echo %s; cat; echo; } >>%s/hooks" % (kind, os.getcwd())]}]'
    begin
    oci exec "$id" sh -c 'cat /proc/1/status' | grep -E '^(Cap|NoNew|Seccomp|Groups|Uid)' >"$work/before"
    checkpoint "$id"
    [ -z "$(left_over)" ]
    count=$(cat rootfs/count)
    rm hooks "$work/log"
    rm -r rootfs/data rootfs/proc
    restore --pid-file "$work/pid" "$id-b"
    counts_on "$count"
    [ "$(state "$id-b" status)" = running ]
    [ "$(state "$id-b" pid)" = "$(cat "$work/pid")" ]
    diff "$work/before" <(oci exec "$id-b" cat /proc/1/status | grep -E '^(Cap|NoNew|Seccomp|Groups|Uid)')
    grep -q 'Seccomp:.*2' "$work/before"
    [ "$(sed -n '1~2p' hooks | xargs)" = 'prestart createRuntime poststart' ]
    [ "$(sed -n '2~2p' hooks | jq -r '.id' | sort -u)" = "$id-b" ]
    [ "$(sed -n 2p hooks | jq -r '.status')" = creating ]
    # Its output goes where that of restore went.
    until grep -qx $((count + 2)) "$work/log"; do sleep 0.1; done
    run -1 oci exec "$id-b" touch /data/x
    [[ "$output" == *Read-only* ]]
    [ "$(oci exec "$id-b" cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/shmmni | xargs)" = '1 100' ]
    [[ "$(oci exec "$id-b" ip addr show lo)" == *127.0.0.1* ]]
    [[ "$(oci ps "$id-b")" == *'while :'* ]]
    oci pause "$id-b"
    [ "$(state "$id-b" status)" = paused ]
    oci resume "$id-b"
    oci kill "$id-b" KILL
    until [ "$(state "$id-b" status)" = stopped ]; do sleep 0.1; done
    oci delete "$id-b"
    [ "$(sed -n '1~2p' hooks | tail -n 1)" = poststop ]
    [ -z "$(left_over)" ]
}

@test "it is in its new cgroup, with the limits, and sees nothing else" {
    begin
    checkpoint "$id"
    configure 'c["linux"]["cgroupsPath"] = "/'"$id-c"'"; c["linux"]["resources"]["pids"]["limit"] = 65'
    restore "$id"
    [ -z "$(find /sys/fs/cgroup -type d -name "$id")" ]
    pid=$(state "$id" pid)
    if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
        [ "$(cat "/proc/$pid/cgroup")" = "0::/$id-c" ]
        [ "$(cat "/sys/fs/cgroup/$id-c/memory.max")" = 67108864 ]
        [ "$(cat "/sys/fs/cgroup/$id-c/pids.max")" = 65 ]
        [ "$(oci exec "$id" cat /proc/1/cgroup)" = 0::/ ]
        [ -n "$(oci exec "$id" cat /sys/fs/cgroup/cgroup.procs)" ]
    else
        grep -q ":memory:/$id-c\$" "/proc/$pid/cgroup"
        [ "$(cat "/sys/fs/cgroup/memory/$id-c/memory.limit_in_bytes")" = 67108864 ]
        [ "$(cat "/sys/fs/cgroup/pids/$id-c/pids.max")" = 65 ]
        [ "$(oci exec "$id" cat /sys/fs/cgroup/pids/pids.max)" = 65 ]
    fi
}

@test "--leave-running, --pre-dump with --parent-path, and several from the same images" {
    begin
    checkpoint --leave-running "$id"
    counts_on "$(cat rootfs/count)"
    checkpoint --pre-dump --image-path "$work/1" "$id"
    checkpoint --image-path "$work/images/2" --parent-path ../../1 "$id"
    [ "$(readlink "$work/images/2/parent")" = ../../1 ]
    [ -z "$(left_over)" ]
    restore --image-path "$work/images/2" "$id-b"
    mv "$work/images/2" "$work/2"
    restore "$id-c"
    [ "$(state "$id-b" status) $(state "$id-c" status)" = 'running running' ]
    run -1 failing_restore "$id-c"
    [[ "$output" == *"container with given ID already exists: '$id-c'"* ]]
    [ "$(state "$id-c" status)" = running ]
}

@test "a terminal is handed over" {
    configure 'c["process"]["terminal"] = True'
    cat >"$work/take.py" <<'END'
import os, socket, sys
listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1])
listener.listen()
peer = listener.accept()[0]
master = socket.recv_fds(peer, 100, 1)[1][0]
try:
    while True:
        print(os.read(master, 1000).decode(), end="", flush=True)
except OSError:
    pass
END
    python3 "$work/take.py" "$work/s1" >"$work/t1" 3>&- &
    until [ -S "$work/s1" ]; do sleep 0.1; done
    oci run -d --console-socket "$work/s1" "$id" 3>&-
    until grep -q 2 "$work/t1"; do sleep 0.1; done
    checkpoint "$id"
    count=$(cat rootfs/count)
    run -1 failing_restore "$id"
    [[ "$output" == *"a terminal (process.terminal) needs --console-socket"* ]]
    python3 "$work/take.py" "$work/s2" >"$work/t2" 3>&- &
    until [ -S "$work/s2" ]; do sleep 0.1; done
    restore --console-socket "$work/s2" "$id"
    until grep -q $((count + 2)) "$work/t2"; do sleep 0.1; done
    oci exec "$id" sh -c 'echo written >/dev/console'
    until grep -q written "$work/t2"; do sleep 0.1; done
}

@test "without --detach it ends with its exit status, and is deleted" {
    configure 'c["process"]["args"][2] = "echo >/count; until [ -e /end ]; do sleep 0.1; done; exit 7"'
    begin
    checkpoint "$id"
    oci restore --image-path "$work/images" "$id" </dev/null > >(exec cat >>"$work/log" 3>&-) 2>&1 3>&- &
    until [ "$(state "$id" status 2>/dev/null)" = running ]; do sleep 0.1; done
    touch rootfs/end
    status=0
    wait $! || status=$?
    [ "$status" = 7 ]
    [ -z "$(left_over)" ]
}

@test "after a hook that fails, or kills criu or masu-oci, nothing is left" {
    begin
    checkpoint "$id"
    hook() { configure 'c["hooks"] = {"createRuntime": [{"path": "/bin/sh", "args": ["sh", "-c", """'"$1"'"""]}]}'; }
    hook 'echo no >&2; exit 1'
    run -1 failing_restore "$id"
    [[ "$output" == *"restore of container '$id': createRuntime hook '/bin/sh'"*no* ]]
    [ -z "$(left_over)" ]
    hook 'kill -9 $(pgrep -P $PPID criu)'
    run -1 failing_restore "$id"
    [[ "$output" == *"restore of container '$id': criu died"* ]]
    [ -z "$(left_over)" ]
    hook 'kill -9 $PPID'
    run -137 restore "$id"
    oci delete --force "$id"
    [ -z "$(left_over)" ]
    configure 'del c["hooks"]'
    restore "$id"
    counts_on "$(cat rootfs/count)"
}

@test "a container that is paused" {
    begin
    oci pause "$id"
    checkpoint "$id"
    [ -z "$(left_over)" ]
    count=$(cat rootfs/count)
    restore "$id"
    counts_on "$count"
}

@test "images that are broken are errors that name the log" {
    begin
    checkpoint "$id"
    for name in inventory.img pstree.img core-1.img mm-1.img files.img; do
        cp -r "$work/images" "$work/broken"
        truncate -s 9 "$work/broken/$name"
        run -1 failing_restore --image-path "$work/broken" "$id"
        [[ "$output" == *"restore of container '$id': criu failed: "*"its log is '$work/w/restore.log'"* ]]
        [ -z "$(left_over)" ]
        rm "$work/broken/$name"
        run -1 failing_restore --image-path "$work/broken" "$id"
        [[ "$output" == *"restore of container '$id': criu"* ]]
        [ -z "$(left_over)" ]
        rm -r "$work/broken"
    done
}

@test "in a user namespace, and with a network namespace that is joined" {
    ip netns add "$id"
    configure '
c["linux"]["namespaces"].append({"type": "user"})
c["linux"]["uidMappings"] = c["linux"]["gidMappings"] = [{"containerID": 0, "hostID": 200000, "size": 65536}]
c["linux"].pop("sysctl")'
    chmod 755 "$work"
    chown -R 200000:200000 rootfs
    begin
    checkpoint "$id"
    restore "$id"
    counts_on "$(cat rootfs/count)"
    [ "$(oci exec "$id" cat /proc/self/uid_map | xargs)" = '0 200000 65536' ]
    oci delete --force "$id"
    rm -r rootfs/count "$work/images"
    configure '
c["linux"]["namespaces"] = [n for n in c["linux"]["namespaces"] if n["type"] not in ("user", "network")]
c["linux"]["namespaces"].append({"type": "network", "path": "/run/netns/'"$id"'"})
c["linux"].pop("uidMappings"); c["linux"].pop("gidMappings")'
    begin
    checkpoint "$id"
    restore "$id"
    counts_on "$(cat rootfs/count)"
    [ "$(stat -L -c %i "/proc/$(state "$id" pid)/ns/net")" = "$(stat -c %i "/run/netns/$id")" ]
    oci delete --force "$id"
    ip netns delete "$id"
}

@test "runc restores what masu-oci wrote, and masu-oci what runc wrote" {
    command -v runc >/dev/null || skip "runc isn't installed"
    runc() { command runc --root "$work/runc" "$@"; }
    begin
    checkpoint "$id"
    count=$(cat rootfs/count)
    runc restore -d --image-path "$work/images" --work-path "$work/w" "$id" </dev/null > >(exec cat >>"$work/log" 3>&-) 2>&1 3>&-
    counts_on "$count"
    rm -r "$work/images"
    runc checkpoint --image-path "$work/images" --work-path "$work/w" "$id"
    count=$(cat rootfs/count)
    restore "$id"
    counts_on "$count"
}

@test "--page-server and --lazy-pages" {
    begin
    mkdir -m 700 "$work/images"
    criu page-server --images-dir "$work/images" --port 7123 3>&- &
    until ss -Hltn 'sport = 7123' | grep -q .; do sleep 0.1; done
    checkpoint --page-server 127.0.0.1:7123 "$id"
    wait $!
    count=$(cat rootfs/count)
    restore "$id"
    counts_on "$count"
    rm -r "$work/images"
    checkpoint "$id"
    count=$(cat rootfs/count)
    criu lazy-pages --images-dir "$work/images" --work-dir "$work/w" 3>&- &
    until [ -S "$work/w/lazy-pages.socket" ]; do sleep 0.1; done
    restore --lazy-pages "$id"
    counts_on "$count"
}

@test "podman's checkpoint and restore, in place and by an archive" {
    command -v podman >/dev/null || skip "podman isn't installed"
    podman() {
        command podman --root "$work/storage" --runroot "$work/runroot" --storage-driver vfs --cgroup-manager cgroupfs \
            --events-backend none --runtime "$build/masu-oci" "$@" 3>&-
    }
    tar -C rootfs -c . | podman import -q - counter
    podman run -d --name "$id" --network none counter sh -c 'n=0; while :; do n=$((n+1)); echo $n; sleep 0.2; done'
    podman container checkpoint "$id"
    [ "$(podman inspect -f '{{.State.Status}}' "$id")" = exited ]
    count=$(podman logs "$id" | tail -n 1)
    podman container restore "$id"
    until podman logs "$id" | grep -qx $((count + 2)); do sleep 0.1; done
    podman container checkpoint --leave-running --export "$work/archive.tar.gz" "$id"
    podman container restore --import "$work/archive.tar.gz" --name "$id-b"
    until podman logs "$id-b" | grep -q .; do sleep 0.1; done
    [ "$(podman exec "$id-b" echo it runs)" = 'it runs' ]
    podman rm -f -t 0 "$id" "$id-b"
    rmdir /sys/fs/cgroup/libpod_parent /sys/fs/cgroup/*/libpod_parent 2>/dev/null || :
}
