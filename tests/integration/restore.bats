#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# checkpoint and restore by the real criu, where it works: tests/stock/run gives a kernel that it does on.
# checkpoint.bats has what needs no criu.

load ../lib/masu

setup_file() {
    export lacks='' said
    command -v criu >/dev/null || lacks="criu isn't installed"
    [ "$(id -u)" = 0 ] || lacks="needs root"
    [ -n "$lacks" ] || said=$(criu check 2>&1) || lacks="criu doesn't work here: $(head -n 1 <<<"$said")"
}

setup() {
    [ -z "$lacks" ] || skip "$lacks"
    make_work
    id=restore-$$
    mkdir -p "$work/b/data"
    make_bundle sh sleep cat touch ip true echo
    config '
c["process"].update(args=["sh", "-c", "n=0; while :; do n=$((n+1)); echo $n; echo $n >/count; sleep 0.2; done"])
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
    remove_work
}

state() { oci state "$1" | jq -r ".$2"; }

# Leftovers of containers of this file: processes, cgroups, mounts, states.
left_over() {
    find /sys/fs/cgroup -type d -name "$id*"
    grep -F "$work" /proc/self/mountinfo
    pgrep -a criu
    ls "$work/run/oci" 2>/dev/null
}

# The counter's output goes to a pipe, as an engine's container's does.
begin() { # [ID]
    oci run -d "${1:-$id}" </dev/null > >(exec cat >>"$work/log" 3>&-) 2>&1 3>&-
    wait_until [ -s rootfs/count ]
}

failing_restore() { oci restore -d --image-path "$work/images" --work-path "$work/w" "$@"; }
restore() { # OPTION... ID
    failing_restore "$@" </dev/null > >(exec cat >>"$work/log" 3>&-) 2>&1 3>&-
}
checkpoint() { oci checkpoint --image-path "$work/images" --work-path "$work/w" "$@"; }

counts_on() { # FROM
    local from=$1
    wait_until '[ "$(cat rootfs/count)" -gt "$from" ]'
}

@test "a checkpoint continues under another id, as an ordinary container" {
    config '
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
    wait_until 'grep -qx $((count + 2)) "$work/log"'
    run -1 oci exec "$id-b" touch /data/x
    [[ "$output" == *Read-only* ]]
    [ "$(oci exec "$id-b" cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/shmmni | xargs)" = '1 100' ]
    [[ "$(oci exec "$id-b" ip addr show lo)" == *127.0.0.1* ]]
    [[ "$(oci ps "$id-b")" == *'while :'* ]]
    oci pause "$id-b"
    [ "$(state "$id-b" status)" = paused ]
    oci resume "$id-b"
    oci kill "$id-b" KILL
    wait_until is_stopped "$id-b"
    oci delete "$id-b"
    [ "$(sed -n '1~2p' hooks | tail -n 1)" = poststop ]
    [ -z "$(left_over)" ]
}

@test "it is in its new cgroup, with the limits, and sees nothing else" {
    begin
    checkpoint "$id"
    config 'c["linux"]["cgroupsPath"] = "/'"$id-c"'"; c["linux"]["resources"]["pids"]["limit"] = 65'
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
    config 'c["process"]["terminal"] = True'
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
    wait_until [ -S "$work/s1" ]
    oci run -d --console-socket "$work/s1" "$id" 3>&-
    wait_until grep -q 2 "$work/t1"
    checkpoint "$id"
    count=$(cat rootfs/count)
    run -1 failing_restore "$id"
    [[ "$output" == *"a terminal (process.terminal) needs --console-socket"* ]]
    python3 "$work/take.py" "$work/s2" >"$work/t2" 3>&- &
    wait_until [ -S "$work/s2" ]
    restore --console-socket "$work/s2" "$id"
    wait_until 'grep -q $((count + 2)) "$work/t2"'
    oci exec "$id" sh -c 'echo written >/dev/console'
    wait_until grep -q written "$work/t2"
}

@test "a file of the host's that is a stream goes on as that of restore" {
    oci run -d "$id" </dev/null >"$work/out" 2>&1 3>&-
    wait_until [ -s rootfs/count ]
    checkpoint "$id"
    count=$(cat rootfs/count)
    run -1 failing_restore "$id"
    [[ "$output" == *"criu failed: Can't restore file pos"* ]]
    failing_restore "$id" </dev/null >>"$work/out" 2>&1 3>&-
    wait_until 'grep -qx $((count + 2)) "$work/out"'
}

@test "without --detach it ends with its exit status, and is deleted; a kill of restore does not stop it" {
    config 'c["process"]["args"][2] = "n=0; until [ -e /end ]; do n=$((n+1)); echo $n >/count; sleep 0.1; done; exit 7"'
    oci run "$id" </dev/null > >(exec cat >>"$work/log" 3>&-) 2>&1 3>&- &
    wait_until [ -s rootfs/count ]
    checkpoint "$id"
    wait $! || :
    restore "$id"
    counts_on "$(cat rootfs/count)" # though the restore has ended
    checkpoint "$id"
    "$BUILD/masu-oci" restore --image-path "$work/images" "$id" </dev/null > >(exec cat >>"$work/log" 3>&-) 2>&1 3>&- &
    wait_until '[ "$(status_of "$id")" = running ]'
    kill -9 $!
    wait $! || :
    counts_on "$(cat rootfs/count)"
    checkpoint "$id"
    oci restore --image-path "$work/images" "$id" </dev/null > >(exec cat >>"$work/log" 3>&-) 2>&1 3>&- &
    wait_until '[ "$(status_of "$id")" = running ]'
    touch rootfs/end
    status=0
    wait $! || status=$?
    [ "$status" = 7 ]
    [ -z "$(left_over)" ]
}

@test "after a hook that fails, or kills criu or masu-oci, nothing is left" {
    begin
    checkpoint "$id"
    hook() { config 'c["hooks"] = {"createRuntime": [{"path": "/bin/sh", "args": ["sh", "-c", """'"$1"'"""]}]}'; }
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
    wait_until '! pgrep criu'
    oci delete --force "$id"
    [ -z "$(left_over)" ]
    config 'del c["hooks"]'
    restore "$id"
    counts_on "$(cat rootfs/count)"
}

@test "a dump is whole though checkpoint is killed" {
    begin
    "$BUILD/masu-oci" checkpoint --image-path "$work/images" --work-path "$work/w" "$id" 3>&- &
    wait_until grep -q 'Seized task' "$work/w/dump.log"
    kill -9 $!
    wait $! || :
    wait_until '! pgrep criu'
    [ "$(state "$id" status)" = stopped ]
    oci delete "$id"
    count=$(cat rootfs/count)
    restore "$id"
    counts_on "$count"
}

@test "a container that is paused; and a full disk" {
    begin
    oci pause "$id"
    run -0 checkpoint --pre-dump --image-path "$work/pre" "$id"
    [ -z "$output" ]
    [ "$(state "$id" status)" = paused ]
    mkdir "$work/small"
    mount -t tmpfs -o size=100k,mode=700 tmpfs "$work/small"
    run -1 checkpoint --image-path "$work/small" "$id"
    [[ "$output" == *"No space left on device"* ]]
    [ "$(state "$id" status)" = paused ]
    oci resume "$id"
    run -1 checkpoint --image-path "$work/small" "$id"
    umount "$work/small"
    counts_on "$(cat rootfs/count)"
    oci pause "$id"
    checkpoint --leave-running "$id"
    [ "$(state "$id" status)" = paused ]
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
    config '
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
    config '
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

# Its peer outside must not notice anything.
@test "a TCP connection needs --tcp-established, and goes on" {
    ip netns add "$id"
    ip -n "$id" link set lo up
    cat >"$work/hear.py" <<'END'
import socket, sys
peer = socket.create_server(("127.0.0.1", 7000)).accept()[0]
for line in peer.makefile():
    print(line, end="", flush=True)
END
    ip netns exec "$id" python3 "$work/hear.py" >"$work/heard" 3>&- &
    hearer=$!
    wait_until 'ip netns exec "$id" ss -Hltn | grep -q .'
    config '
c["process"]["args"][2] = "n=0; while :; do n=$((n+1)); echo $n; echo $n >/count; sleep 0.2; done | nc 127.0.0.1 7000"
c["linux"].pop("sysctl")
[n for n in c["linux"]["namespaces"] if n["type"] == "network"][0]["path"] = "/run/netns/'"$id"'"'
    begin
    run -1 checkpoint "$id"
    [[ "$output" == *"consider using --tcp-established"* ]]
    counts_on "$(cat rootfs/count)"
    checkpoint --tcp-established "$id"
    count=$(cat rootfs/count)
    run -1 failing_restore "$id"
    [[ "$output" == *"criu failed: "* ]]
    restore --tcp-established "$id"
    wait_until 'grep -qx $((count + 2)) "$work/heard"'
    oci delete --force "$id"
    wait $hearer || :
    seq "$(wc -l <"$work/heard")" | diff - "$work/heard"
    ip netns delete "$id"
}

@test "file locks need --file-locks, and Unix sockets to the outside --ext-unix-sk" {
    cp /usr/bin/flock rootfs/bin/
    ldd /usr/bin/flock | grep -o '/[^ ]*' | xargs -I '{}' cp --parents '{}' rootfs
    config 'c["process"]["args"][2] = "echo 1 >/count; exec flock /lock sleep 1000"'
    begin
    wait_until '! oci exec "$id" flock -n /lock true'
    run -1 checkpoint "$id"
    [[ "$output" == *"You can try --file-locks"* ]]
    checkpoint --file-locks "$id"
    restore --file-locks "$id"
    run -1 oci exec "$id" flock -n /lock true
    oci delete --force "$id"
    rm -r rootfs/count "$work/images"
    # The other end's name is one in the container, too.
    cat >"$work/talk.py" <<'END'
import os, socket, sys
ours, its = [socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) for _ in "ab"]
ours.bind(sys.argv[1])
its.connect(sys.argv[1])
if os.fork() == 0:
    its.close()
    while (text := ours.recv(100)) != b"end\n":
        print(text.decode(), end="", flush=True)
    sys.exit()
os.dup2(os.open("/dev/null", os.O_RDWR), 1)
os.dup2(its.fileno(), 3)
os.execv(sys.argv[2], sys.argv[2:])
END
    config '
c["process"]["args"][2] = "n=0; while :; do n=$((n+1)); echo $n >&3; echo $n >/count; sleep 0.2; done"
c["linux"].pop("sysctl")
c["linux"]["namespaces"] = [n for n in c["linux"]["namespaces"] if n["type"] != "network"]
c["mounts"].append({"destination": os.getcwd(), "type": "bind", "source": os.getcwd(), "options": ["bind"]})'
    python3 "$work/talk.py" "$PWD/socket" "$BUILD/masu-oci" run -d --preserve-fds 1 "$id" </dev/null >"$work/heard" 2>/dev/null 3>&-
    wait_until [ -s rootfs/count ]
    run -1 checkpoint "$id"
    [[ "$output" == *"Consider using --ext-unix-sk"* ]]
    checkpoint --ext-unix-sk "$id"
    count=$(cat rootfs/count)
    restore --ext-unix-sk "$id"
    wait_until 'grep -qx $((count + 2)) "$work/heard"'
    python3 -c '
import socket, sys
socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b"end\n", sys.argv[1])' "$PWD/socket"
}

@test "--manage-cgroups-mode: the groups below the container's, and the limits" {
    v1=
    [ -e /sys/fs/cgroup/cgroup.controllers ] || v1=pids/
    group=/sys/fs/cgroup/$v1$id
    cat >rootfs/inner <<END
mkdir /sys/fs/cgroup/${v1}inner
[ -z "$v1" ] || echo 33 >/sys/fs/cgroup/${v1}inner/pids.max
echo 0 >/sys/fs/cgroup/${v1}inner/cgroup.procs
exec sleep 1000
END
    config '
c["process"]["args"][2] = "sh /inner & " + c["process"]["args"][2]
[m for m in c["mounts"] if m["type"] == "cgroup"][0]["options"].remove("ro")'
    begin
    wait_until grep -q . "$group/inner/cgroup.procs"
    checkpoint "$id"
    config 'c["linux"]["resources"]["pids"]["limit"] = 65'
    for mode in soft full ignore; do
        restore --manage-cgroups-mode $mode "$id"
        counts_on "$(cat rootfs/count)"
        limit=65
        [ "$mode $v1" != 'full pids/' ] || limit=64
        [ "$(cat "$group/pids.max")" = $limit ]
        if [ $mode = ignore ]; then
            [ ! -e "$group/inner" ]
        else
            grep -q . "$group/inner/cgroup.procs"
            [ -z "$v1" ] || [ "$(cat "$group/inner/pids.max")" = 33 ]
        fi
        [ -z "$(oci exec "$id" cat /proc/1/cgroup | grep -v ':/$')" ]
        oci delete --force "$id"
    done
}

@test "by systemd: the scope is as it was" {
    [ -S /run/systemd/private ] || skip "no systemd runs"
    oci() { "$BUILD/masu-oci" --systemd-cgroup "$@"; }
    unit() { systemctl show "$id-1.scope" -p ActiveState,Slice,MemoryMax,TasksMax,TimeoutStopUSec,Description,Delegate; }
    config '
c["linux"]["cgroupsPath"] = "system.slice:'"$id"':1"
c["annotations"] = {"org.systemd.property.TimeoutStopUSec": "uint64 123000000"}'
    begin
    [ "$(cat "/proc/$(state "$id" pid)/cgroup")" = "0::/system.slice/$id-1.scope" ]
    unit >"$work/unit"
    grep -qx TasksMax=64 "$work/unit"
    grep -qx 'TimeoutStopUSec=2min 3s' "$work/unit"
    checkpoint "$id"
    [ "$(systemctl is-active "$id-1.scope")" = inactive ]
    restore "$id"
    counts_on "$(cat rootfs/count)"
    unit | diff "$work/unit" -
    [ "$(cat "/proc/$(state "$id" pid)/cgroup")" = "0::/system.slice/$id-1.scope" ]
    oci update --pids-limit 70 "$id"
    unit | grep -qx TasksMax=70
    oci delete --force "$id"
    config 'c["annotations"]["run.oci.systemd.subgroup"] = "sub"; c["hooks"] = {"createRuntime": [{"path": "/bin/false"}]}'
    run -1 failing_restore "$id"
    [ "$(systemctl is-active "$id-1.scope")" = inactive ]
    config 'del c["hooks"]'
    restore "$id"
    [ "$(cat "/proc/$(state "$id" pid)/cgroup")" = "0::/system.slice/$id-1.scope/sub" ]
}

@test "runc restores what masu-oci wrote, and masu-oci what runc wrote" {
    command -v runc >/dev/null || skip "runc isn't installed"
    runc() { command runc --root "$work/runc" "$@"; }
    if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
        begin
        checkpoint "$id"
        count=$(cat rootfs/count)
        runc restore -d --image-path "$work/images" --work-path "$work/w" "$id" </dev/null > >(exec cat >>"$work/log" 3>&-) 2>&1 3>&-
        counts_on "$count"
        rm -r "$work/images"
    else # a container of masu-oci's has a mount of v2 as well, which runc knows nothing of
        sed -i 's/"ociVersion": "[^"]*"/"ociVersion": "1.0.2"/' config.json
        runc run -d "$id" </dev/null > >(exec cat >>"$work/log" 3>&-) 2>&1 3>&-
        wait_until [ -s rootfs/count ]
    fi
    runc checkpoint --image-path "$work/images" --work-path "$work/w" "$id"
    count=$(cat rootfs/count)
    restore "$id"
    counts_on "$count"
}

@test "--page-server and --lazy-pages" {
    begin
    mkdir -m 700 "$work/images"
    port=$(free_port)
    criu page-server --images-dir "$work/images" --port "$port" 3>&- &
    wait_until 'ss -Hltn "sport = $port" | grep -q .'
    checkpoint --page-server "127.0.0.1:$port" "$id"
    wait $!
    count=$(cat rootfs/count)
    restore "$id"
    counts_on "$count"
    rm -r "$work/images"
    checkpoint "$id"
    count=$(cat rootfs/count)
    criu lazy-pages --images-dir "$work/images" --work-dir "$work/w" 3>&- &
    wait_until [ -S "$work/w/lazy-pages.socket" ]
    restore --lazy-pages "$id"
    counts_on "$count"
}

@test "podman's checkpoint and restore, in place and by an archive" {
    command -v podman >/dev/null || skip "podman isn't installed"
    podman() {
        command podman --root "$work/storage" --runroot "$work/runroot" --storage-driver vfs --cgroup-manager cgroupfs \
            --events-backend none --runtime "$BUILD/masu-oci" "$@" 3>&-
    }
    tar -C rootfs -c . | podman import -q - counter
    podman run -d --name "$id" --network none counter sh -c 'n=0; while :; do n=$((n+1)); echo $n; sleep 0.2; done'
    podman container checkpoint "$id"
    [ "$(podman inspect -f '{{.State.Status}}' "$id")" = exited ]
    count=$(podman logs "$id" | tail -n 1)
    podman container restore "$id"
    wait_until 'podman logs "$id" | grep -qx $((count + 2))'
    podman container checkpoint --leave-running --export "$work/archive.tar.gz" "$id"
    podman container restore --import "$work/archive.tar.gz" --name "$id-b"
    wait_until 'podman logs "$id-b" | grep -q .'
    [ "$(podman exec "$id-b" echo it runs)" = 'it runs' ]
    podman rm -f -t 0 "$id" "$id-b"
    rmdir /sys/fs/cgroup/libpod_parent /sys/fs/cgroup/*/libpod_parent 2>/dev/null || :
}
