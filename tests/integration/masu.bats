#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# masu on this machine, as root and as an ordinary user: containers from a directory, from an image, and from hello.

load ../lib/masu

setup_file() { make_images busybox; }

setup() {
    make_work
    image=localhost/busybox
}

# The image in the store under a name of its own.
get_image() {
    masu pull -q "oci:$IMAGES:busybox:latest" >/dev/null
    masu tag "oci:$IMAGES:busybox:latest" "$image"
}

# Everything except images: containers, names, sockets, mounts, processes.
left_behind() {
    find "$MASU_DATA_DIR/containers" "$MASU_RUN_DIR/containers" "$MASU_RUN_DIR/sockets" -mindepth 1 ! -name names 2>/dev/null
    grep "$work" /proc/self/mountinfo
    pgrep -f "masu-monitor.*$work"
}

nothing_left() { wait_until '[ -z "$(left_behind)" ]' || { left_behind; return 1; }; }

@test "in a container, where /proc/sys is read-only: ping's groups are not set, and a requested sysctl is an error" {
    need_root "it mounts"
    get_image
    go $image cat /proc/sys/net/ipv4/ping_group_range
    [ "$output" = $'0\t2147483646' ]
    within() {
        run --separate-stderr unshare --mount --propagation private sh -ec '
            mount --bind /proc/sys /proc/sys && mount -o remount,bind,ro /proc/sys; exec "$@"' sh \
            "$BUILD/masu" run --rm --network none "$@"
    }
    within $image echo in
    [ "$output" = in ]
    within --sysctl net.ipv4.ip_forward=1 $image echo in
    [ "$status" -eq 125 ]
    [[ "$stderr" == *"sysctl 'net.ipv4.ip_forward'"*"/proc/sys is a mount of its own"* ]]
}

@test "hello runs with no network, and is in the store then" {
    go hello
    [ "$status" -eq 0 ]
    [[ "$output" == *"Hello from a container of masu"* ]]
    go --pull never hello
    [ "$status" -eq 0 ]
    [[ "$(masu images)" == *localhost/hello*latest* ]]
    nothing_left
}

@test "--version touches nothing" {
    run "$BUILD/masu" --version
    [ "$status" -eq 0 ]
    [[ "$output" == "masu version "* ]]
    [ ! -e "$work/data" ] && [ ! -e "$work/run" ]
}

@test "the exit status is the container's; 125, 126 and 127 are masu's, with one clear line" {
    get_image
    go $image sh -c 'exit 42'
    [ "$status" -eq 42 ]
    go --init $image sh -c 'kill -9 $$'
    [ "$status" -eq 137 ]
    run -127 --separate-stderr "$BUILD/masu" run --rm --network none $image no-such-command
    [[ "$stderr" == *'"no-such-command": executable file not found in $PATH'* ]]
    go $image /etc/passwd
    [ "$status" -eq 126 ]
    [[ "$stderr" == *'permission denied'* && "$stderr" != *noexec* ]]
    mkdir "$work/programs"
    cp /bin/busybox "$work/programs/true"
    go -v "$work/programs:/programs:noexec" $image /programs/true
    [ "$status" -eq 126 ]
    [[ "$stderr" == *'permission denied: its file system is mounted noexec'* ]]
    go --init -v "$work/programs:/programs:noexec" $image /programs/true
    [ "$status" -eq 126 ]
    [[ "$stderr" == *'permission denied: its file system is mounted noexec'* ]]
    go --pull never localhost/no-such-image
    [ "$status" -eq 125 ]
    [[ "$stderr" == *"'localhost/no-such-image' is not in the store"* ]]
    go --no-such-option $image
    [ "$status" -eq 125 ]
    [ "${stderr_lines[0]}" = "masu run: unknown option '--no-such-option'" ]
    nothing_left
}

@test "a caller that ignores SIGCHLD or has its streams closed gets the exit status all the same" {
    get_image
    (trap '' CHLD && exec "$BUILD/masu" run --rm --network none $image sh -c 'exit 42' <&- >&- 2>&-) && status=0 || status=$?
    [ "$status" -eq 42 ]
    nothing_left
}

@test "a Ctrl-C is for the container, not for what gives it its network" {
    [ -w /dev/net/tun ] || skip "/dev/net/tun can't be opened here"
    get_image
    env --default-signal=INT setsid "$BUILD/masu" run --rm $image sh -c \
        'trap "sleep 0.3; ip link show tap0; exit 7" INT; echo ready; while :; do sleep 0.1; done' >"$work/said" 2>&1 &
    wait_until grep -q ready "$work/said"
    kill -INT -- -$! # as the terminal does
    wait $! && status=0 || status=$?
    cat "$work/said"
    [ "$status" -eq 7 ]
    grep -q 'tap0.*UP' "$work/said"
    nothing_left
}

@test "a directory of masu's own that isn't absolute is refused, not ignored" {
    MASU_DATA_DIR=data run -125 masu images
    [[ "$output" == *"MASU_DATA_DIR 'data' is not an absolute path"* ]]
    MASU_RUN_DIR=run run -125 masu ps
    [[ "$output" == *"MASU_RUN_DIR 'run' is not an absolute path"* ]]
}

@test "streams are handed through: input, output, errors, and many bytes unharmed" {
    get_image
    go -i $image cat <<<data
    [ "$output" = data ]
    go $image cat </dev/zero # without -i there is no input
    [ "$status" -eq 0 ]
    [ -z "$output" ]
    go $image sh -c 'echo out; echo err >&2'
    [ "$output" = out ]
    [[ "$stderr" == *err ]]
    head -c 64M /dev/urandom >"$work/bytes"
    masu run --rm -i --network none $image cat <"$work/bytes" 2>/dev/null | cmp - "$work/bytes"
    nothing_left
}

@test "a gibibyte goes in and out unharmed" {
    get_image
    pattern() { seq 1000000000 | head -c 1G; } # all lines differ
    pattern | masu run --rm -i --network none $image cat 2>/dev/null | cmp - <(pattern)
    nothing_left
}

@test "environment: image, files, options, in this order" {
    get_image
    printf '\xef\xbb\xbf# comment\nA=file\nB=file\nHOME=/home\n' >"$work/env"
    export PASSED=on
    go --env-file "$work/env" -e A=option -e PASSED -e NOT_SET_HERE --hostname box $image env
    [[ "$output" == *A=option* && "$output" == *B=file* && "$output" == *PASSED=on* ]]
    [[ "$output" == *HOSTNAME=box* && "$output" == *HOME=/home* && "$output" == *container=oci* ]]
    [[ "$output" != *NOT_SET_HERE* && "$output" != *MASU_DATA_DIR* ]]
}

@test "a variable that isn't UTF-8 makes no container that can't be listed, started and removed" {
    get_image
    # shellcheck disable=SC2016 # of the inner shell
    run --separate-stderr "$BUILD/masu" run --name bytes-$$ --network none -e $'X=a\xffb' $image sh -c 'echo "$X"'
    [ "$output" = $'a\xffb' ]
    run -0 --separate-stderr masu ps -a
    [[ "$output" == *bytes* && -z "$stderr" ]]
    masu inspect bytes-$$ | python3 -m json.tool >/dev/null
    run -0 --separate-stderr masu start -a bytes-$$
    [ "$output" = $'a\xef\xbf\xbdb' ]
    masu rm bytes-$$
}

@test "user, working directory, host name, entrypoint" {
    get_image
    go -u 1234:99 -w /made/here --hostname box --entrypoint /bin/sh $image -c 'id; pwd; hostname'
    [ "$status" -eq 0 ]
    [[ "${lines[0]}" == "uid=1234 gid=99"* ]]
    [ "${lines[1]}" = /made/here ]
    [ "${lines[2]}" = box ]
    go -u nobody-there $image true
    [ "$status" -eq 125 ]
    [[ "$stderr" == *"no user 'nobody-there' in the container"* ]]
}

@test "hosts and name servers" {
    get_image
    go --add-host db:10.1.2.3 --add-host six:::1 $image cat /etc/hosts
    [[ "$output" == *$'10.1.2.3\tdb'* && "$output" == *$'::1\tsix'* ]]
    go --dns 9.9.9.9 --dns-search example.org --dns-option ndots:2 $image cat /etc/resolv.conf
    [ "$output" = $'search example.org\nnameserver 9.9.9.9\noptions ndots:2' ]
    go --name names-here-$$ --hostname a.b.c $image cat /etc/hosts
    [[ "$output" == *$'127.0.1.1\ta.b.c a names-here-'$$ ]]
    go --hostname a..b $image true
    [ "$status" -eq 125 ]
    [[ "$stderr" == *"host name 'a..b': a part of it is empty"* ]]
}

@test "without /dev/net/tun there is no network, which is told; none needs it" {
    need_root "it mounts"
    get_image
    without_tun() {
        run --separate-stderr unshare --mount --propagation private sh -ec '
            mount -t tmpfs none /dev/net; exec "$@"' sh "$BUILD/masu" run --rm "$@"
    }
    [ -d /dev/net ] || skip "no /dev/net to be hidden"
    without_tun $image true
    [ "$status" -eq 125 ]
    [[ "$stderr" == *"/dev/net/tun"*"No such file"*"modprobe tun"*"--network none"* && "$stderr" != *WARNING* ]]
    without_tun --network none $image true
    [ "$status" -eq 0 ]
}

@test "the host's network comes with the host's name and its hosts" {
    get_image
    in_host_network() { run --separate-stderr "$BUILD/masu" run --rm --network host "$@"; }
    in_host_network $image sh -c 'hostname; echo "$HOSTNAME"; cat /etc/hostname'
    [ "$output" = "$(uname -n; uname -n; uname -n)" ]
    in_host_network --add-host db:10.1.2.3 --name names-here-$$ $image cat /etc/hosts
    [ "${lines[0]}" = $'10.1.2.3\tdb' ]
    [[ "$output" == *"$(cat /etc/hosts)"* && "$output" == *"names-here-$$" ]]
    in_host_network --hostname box $image sh -c 'hostname; cat /etc/hosts'
    [ "${lines[0]}" = box ]
    [[ "$output" == *$'127.0.1.1\tbox '* ]]
}

@test "labels, also from a file, and annotations; where and how much is logged" {
    get_image
    printf 'a=1\nb=2\n' >"$work/labels"
    masu run -d --name words-$$ --network none --label-file "$work/labels" -l b=3 --annotation note=here \
        --log-driver none $image sleep 100 2>/dev/null
    [ "$(masu inspect words-$$ | python3 -c 'import json,sys; c = json.load(sys.stdin)[0]
print(c["Config"]["Labels"], c["Config"]["Annotations"], c["HostConfig"]["LogConfig"]["Type"])')" = \
        "{'a': '1', 'b': '3'} {'note': 'here'} none" ]
    run -125 masu logs words-$$
    [[ "$output" == *"has no log"* ]]
    # shellcheck disable=SC2016 # of the inner shell
    masu run --name many-$$ --network none --log-driver k8s-file --log-opt max-size=1k --log-opt max-file=2 $image \
        sh -c 'for i in $(seq 200); do echo line $i; done' >/dev/null 2>&1
    [ "$(find "$MASU_DATA_DIR/containers" -name 'log*' -size -1025c | wc -l)" = 2 ]
    run masu logs many-$$
    [[ "$output" != *"line 1"$'\n'* && "$output" == *"line 200" ]]
}

@test "logs since and until a time in every form" {
    get_image
    masu run --name times-$$ --network none --log-driver k8s-file $image true 2>/dev/null
    for hour in 08 09 10 11; do echo "2026-01-02T$hour:30:00.500000000Z stdout F $hour"; done >"$(echo "$MASU_DATA_DIR"/containers/*/log)"
    printed() { # EXPECTED OPTION...
        run --separate-stderr env TZ=TEST-2 "$BUILD/masu" logs "${@:2}" times-$$
        [ "$status" -eq 0 ] && [ "${output//$'\n'/ }" = "$1" ] && return
        echo "$*: $output $stderr"
        return 1
    }
    printed "10 11" --since 2026-01-02T10:30:00Z
    printed "10 11" --since 2026-01-02T10:30:00.5Z
    printed "11" --since 2026-01-02T10:30:00.500000001Z
    printed "10 11" --since 2026-01-02T11:30:00+01:00
    printed "10 11" --since 2026-01-02T12:30:00 # two hours ahead of UTC
    printed "10 11" --since 2026-01-02T12
    printed "08 09 10 11" --since 2026-01-02
    printed "08 09" --until 2026-01-02T11:31
    printed "09 10" --since 1767342600.6 --until 1767350000
    printed "" --since 2026-01-02T14:00 --until 1s
    printed "" --since 1h30m
    printed "08 09 10 11" --since 20000d0.5h --until 1d1.5h2m3.25s
    run -125 "$BUILD/masu" logs --since yesterday times-$$
    [[ "$output" == *"'--since yesterday': invalid time"*"1h30m"* ]]
}

@test "a log is bounded, also when nobody asks for it; no limit that is taken is one that the monitor refuses" {
    get_image
    masu run -d --name much-$$ --network none $image sh -c 'yes "$(seq 300)" | head -c 40000000' >/dev/null
    masu logs -f much-$$ >/dev/null
    size=$(cat "$MASU_DATA_DIR"/containers/*/log* | wc -c)
    [ "$size" -gt 20000000 ]
    [ "$size" -le 31457280 ]
    run -125 masu run -d --network none --log-opt max-file=101 $image true
    [[ "$output" == *"max-file=101"*"from 1 to 100"* ]]
    masu run -d --name most-$$ --network none --log-opt max-file=100 $image echo here
    run -0 masu logs -f most-$$
    [ "$output" = here ]
    masu info | grep -E "Log.MaxFiles +3 \(default\)"
    masu info | grep -E "Log.MaxSize +10M \(default\)"
}

@test "volumes: a directory, read-only and not; by name; tmpfs; without one" {
    need_root "it mounts"
    get_image
    mkdir "$work/directory"
    echo before >"$work/directory/file"
    go -v "$work/directory:/mnt" $image sh -c 'cat /mnt/file; echo after >/mnt/file'
    [ "$output" = before ]
    [ "$(cat "$work/directory/file")" = after ]
    go --mount "type=bind,src=$work/directory,dst=/mnt,ro" $image sh -c 'echo x >/mnt/file'
    [ "$status" -ne 0 ]
    [[ "$stderr" == *"Read-only file system"* ]]
    mkdir "$work/directory/below"
    mount -t tmpfs tmpfs "$work/directory/below"
    go -v "$work/directory:/mnt:ro" $image touch /mnt/below/x
    [ "$status" -ne 0 ]
    [[ "$stderr" == *"Read-only file system"* ]]
    go -v "$work/directory:/mnt" $image touch /mnt/below/x
    [ "$status" -eq 0 ]
    run --separate-stderr strace -f -qq -o /dev/null -e trace=mount_setattr -e inject=mount_setattr:error=ENOSYS \
        "$BUILD/masu" run --rm --network none -v "$work/directory:/mnt:ro" $image touch /mnt/x
    [[ "$stderr" == *"cannot make the mounts below '$work/directory' read-only"*"Read-only file system"* ]]
    umount "$work/directory/below"
    go -v "$work/missing:/mnt" $image true
    [ "$status" -eq 125 ]
    [[ "$stderr" == *"$work/missing"* ]]
    go -v store:/data $image sh -c 'echo kept >/data/x'
    go -v store:/data $image cat /data/x
    [ "$output" = kept ]
    go --tmpfs /t:size=64k $image sh -c 'grep " /t tmpfs" /proc/mounts; df /t | tail -1'
    [[ "$output" == *size=64k* ]]
    go -v /anonymous $image sh -c 'echo x >/anonymous/x'
    [ "$status" -eq 0 ]
    [ "$(ls "$MASU_DATA_DIR/volumes")" = store ]
}

@test "the end of a container that is removed with it writes nothing back; that of one that stays does" {
    get_image
    go $image grep ' / overlay' /proc/mounts
    [[ "$output" == *volatile* ]]
    run "$BUILD/masu" run --name stays-$$ --network none $image grep ' / overlay' /proc/mounts
    [[ "$output" == *' / overlay'* && "$output" != *volatile* ]]
    masu rm stays-$$
}

# New files below the directory have no permissions for group and others, whatever mode is requested.
close_by_acl() {
    python3 - "$@" <<'END'
import os, struct, sys
acl = struct.pack("<I", 2) + b"".join(struct.pack("<HHI", tag, perm, 0xffffffff)
                                      for tag, perm in ((0x01, 7), (0x04, 0), (0x20, 0)))
for directory in sys.argv[1:]:
    os.setxattr(directory, "system.posix_acl_default", acl)
END
}

@test "modes in the container hang neither on the caller's umask nor on a default ACL" {
    get_image
    look() { # in the image's root, and in a plain directory of the host's
        go -v new:/new -v "$work/source:/in/between/source" -w /made/here "$@" sh -c '
            stat -c "%a %n" / /new /etc/hosts /etc/resolv.conf /etc/hostname /in /in/between /made /made/here
            mkdir /new/d /d; stat -c "%a %n" /new/d /d'
        [ "$status" -eq 0 ]
        [ "$output" = $'755 /\n755 /new\n644 /etc/hosts\n644 /etc/resolv.conf\n644 /etc/hostname
755 /in\n755 /in/between\n755 /made\n755 /made/here\n755 /new/d\n755 /d' ]
        rm -r "$MASU_DATA_DIR/volumes/new"
    }
    mkdir "$work/source"
    for mask in 077 000; do
        (umask $mask && look $image)
    done
    close_by_acl "$MASU_DATA_DIR" "$MASU_DATA_DIR"/{containers,volumes,layers} || skip "a file system without ACLs"
    look $image
    masu rmi -f $image "oci:$IMAGES:busybox:latest" >/dev/null
    get_image
    look $image
    mkdir -p "$work/plain/bin" "$work/plain/etc"
    cp /bin/busybox "$work/plain/bin"
    for name in sh stat mkdir; do ln -s busybox "$work/plain/bin/$name"; done
    close_by_acl "$work/plain"
    go -v "$work/source:/in/between/source" --rootfs "$work/plain" stat -c '%a %n' /in /in/between /dev/pts
    [ "$output" = $'755 /in\n755 /in/between\n755 /dev/pts' ]
}

@test "a read-only root, capabilities, no_new_privs, limits of processes" {
    get_image
    go --read-only $image touch /x
    [ "$status" -ne 0 ]
    go $image grep -E 'CapEff|NoNewPrivs|Seccomp:' /proc/self/status
    [[ "$output" == *$'CapEff:\t00000000800405fb'* ]]
    [[ "$output" == *$'NoNewPrivs:\t0'* && "$output" == *$'Seccomp:\t2'* ]]
    go --cap-drop ALL --cap-add chown --security-opt no-new-privileges \
        --security-opt seccomp=unconfined $image grep -E 'CapEff|NoNewPrivs|Seccomp:' /proc/self/status
    [[ "$output" == *$'CapEff:\t0000000000000001'* ]]
    [[ "$output" == *$'NoNewPrivs:\t1'* && "$output" == *$'Seccomp:\t0'* ]]
    go --ulimit nofile=100:200 $image sh -c 'ulimit -Sn; ulimit -Hn'
    [ "$output" = $'100\n200' ]
    go -u 1000 $image grep CapEff /proc/self/status
    [[ "$output" == *0000000000000000 ]]
}

# A block device of the host's that everybody may open.
lend_disk() {
    mkdir "$work/lent"
    mknod -m 666 "$work/lent/disk" b 7 0
    lent=(-u 1000 -v "$work/lent:/lent:dev" $image sh -c 'echo ran; dd if=/lent/disk of=/dev/null count=1')
}

@test "root: no device is opened, or nothing starts (F1)" {
    need_root
    get_image
    lend_disk
    go "${lent[@]}"
    [[ "$output" = ran && "$stderr" == *"/lent/disk': Operation not permitted"* ]]
    run --separate-stderr unshare --mount --propagation private sh -c 'umount -l /sys/fs/cgroup; exec "$@"' sh \
        "$BUILD/masu" run --rm --network none "${lent[@]}"
    [[ "$status" = 125 && -z "$output" && "$stderr" == *"to its device rules: no cgroup hierarchy"* ]]
    nothing_left
}

@test "root: device rules and limits hold also where systemd runs and has cgroup v1 (F1)" {
    need_root
    [ -d /sys/fs/cgroup/devices ] || skip "no devices controller of cgroup v1 here"
    get_image
    lend_disk
    # A manager that is there, but says nothing.
    run --separate-stderr unshare --mount --propagation private sh -c \
        'mount -t tmpfs run /run && mkdir -p /run/systemd/system && exec python3 -c "
import socket, subprocess, sys
s = socket.socket(socket.AF_UNIX)
s.bind(\"/run/systemd/private\")
s.listen()
sys.exit(subprocess.run(sys.argv[1:]).returncode)" "$@"' sh \
        timeout 300 "$BUILD/masu" run --rm --network none --pids-limit 50 "${lent[@]}"
    [[ "$output" = ran && "$stderr" == *"/lent/disk': Operation not permitted"* ]]
    nothing_left
}

@test "cgroups by mkdir hold the container alone, and no group is left" {
    need_root "it makes the container's cgroup itself"
    [ ! -e /run/systemd/system ] || skip "systemd makes the group here"
    get_image
    groups() { find /sys/fs/cgroup -path "*/masu-$name.scope*" -type d; }
    masu run -d --name "$name" $image sleep 1000 >/dev/null
    [ "$(groups)" = "$(groups | grep "/masu-$name.scope$")" ]
    init=$(masu inspect "$name" | python3 -c 'import json,sys; print(json.load(sys.stdin)[0]["State"]["Pid"])')
    groups | while read -r group; do [ "$(cat "$group/cgroup.procs")" = "$init" ] || exit 1; done
    # Another store may have a container with the same name.
    MASU_DATA_DIR=$work/other MASU_RUN_DIR=$work/other-run masu run --rm --name "$name" --network none "oci:$BUILD/images/hello" /hello |
        grep "Hello from a container"
    masu rm -f "$name" >/dev/null
    groups() { find /sys/fs/cgroup -path "*/masu-$name*" -type d; }
    [ -z "$(groups)" ]
    masu run --rm --name "$name" --memory 64M $image true
    [ -z "$(groups)" ]
}

@test "a group by mkdir is never shared with another store's container of that name that is about to enter it" {
    need_root "it makes the container's cgroup itself"
    [ ! -e /run/systemd/system ] || skip "systemd makes the group here"
    get_image
    masu run -d --name "$name" $image sleep 1000 >/dev/null
    masu inspect -f '{{.State.CgroupPath}}' "$name" >"$work/first"
    mapfile -t groups < <(find /sys/fs/cgroup -path "*/masu-$name.scope" -type d)
    masu stop -t 0 "$name" >/dev/null
    # As the other store's start leaves them until its container enters them: one group alone, and all of them.
    for taken in 1 ${#groups[@]}; do
        mkdir -p "${groups[@]: -taken}"
        masu start "$name" >/dev/null
        [ -z "$(masu inspect -f '{{.State.CgroupPath}}' "$name" | grep -xFf "$work/first")" ]
        [ -z "$(cat "${groups[@]/%//cgroup.procs}" 2>/dev/null)" ]
        masu rm -f "$name" >/dev/null
        rmdir "${groups[@]: -taken}" # removed by their owner alone
        masu create --name "$name" $image sleep 1000 >/dev/null
    done
    [ -z "$(find /sys/fs/cgroup -path "*/masu-$name*" -type d)" ]
}

@test "the root is mounted so that no device node in it works" {
    get_image
    mkdir -p "$work/directory/bin"
    cp /bin/busybox "$work/directory/bin/sh"
    for root in $image "--read-only $image" "rootfs:$work/directory"; do
        go $root sh -c 'exec grep "^[0-9]* [0-9]* [0-9:]* [^ ]* / " /proc/self/mountinfo'
        [[ "$output" == *,nodev,* ]]
    done
}

@test "limits that are not available are refused, with the missing facility" {
    [ ! -e /sys/fs/cgroup/cgroup.controllers ] || skip "this machine has cgroup v2"
    [ "$(id -u)" != 0 ] || skip "root makes the groups of cgroup v1 itself"
    get_image
    go --memory 64M $image true
    [ "$status" -eq 125 ]
    [[ "$stderr" == *"cgroup v2"* ]]
    nothing_left
}

@test "root's limits bind where the host has cgroup v1" {
    [ "$(id -u)" = 0 ] || skip "needs root"
    [ -d /sys/fs/cgroup/memory ] || skip "no memory controller of cgroup v1 here"
    get_image
    go --name "$name" --memory 64M --pids-limit 20 $image \
        sh -c 'cd /sys/fs/cgroup; cat memory/memory.limit_in_bytes pids/pids.max'
    [ "$output" = $'67108864\n20' ]
    go --name "$name" --cpuset-mems 0 --memory 64M --memory-reservation 16M --cpu-shares 77 $image sh -c \
        'cd /sys/fs/cgroup; cat cpuset/cpuset.mems memory/memory.soft_limit_in_bytes cpu/cpu.shares'
    [ "$output" = $'0\n16777216\n77' ]
    go --name "$name" --memory 16M $image dd if=/dev/zero of=/dev/null bs=64M count=1
    [ "$status" -eq 137 ]
    nothing_left
    [ -z "$(find /sys/fs/cgroup -name "masu-$name.scope")" ]
}

@test "--init reaps and forwards" {
    get_image
    go --init $image sh -c 'cat /proc/1/comm; exit 7'
    [ "$status" -eq 7 ]
    [[ "$output" == *init* ]]
}

@test "detached: log, ps, inspect, stop, rm, and nothing is left" {
    get_image
    run --separate-stderr "$BUILD/masu" run -d --name web-$$ --network none --label k=v $image \
        sh -c 'trap "echo bye; exit 3" TERM; echo one; echo two >&2; while :; do sleep 0.05; done'
    [ "$status" -eq 0 ]
    [[ "$output" =~ ^[0-9a-f]{64}$ ]]
    id=$output
    wait_until '[ "$(masu logs web-$$ 2>&1 | wc -l)" -eq 2 ]'
    [ "$(masu logs web-$$ 2>/dev/null)" = one ]
    [ "$(masu logs web-$$ 2>&1 >/dev/null)" = two ]
    [ "$(masu ps -q)" = "${id:0:12}" ]
    [[ "$(masu ps)" == *"Up "*web* ]]
    [ "$(masu inspect web-$$ | python3 -c 'import json,sys; c = json.load(sys.stdin)[0]
print(c["State"]["Status"], c["Config"]["Labels"]["k"], c["HostConfig"]["NetworkMode"])')" = "running v none" ]
    run -125 masu rm web-$$
    [[ "$output" == *"is running"* ]]
    [ "$(masu stop "${id:0:8}")" = "${id:0:8}" ]
    [ -z "$(masu ps -q)" ]
    [[ "$(masu ps -a)" == *"Exited (3)"* ]]
    [[ "$(masu logs web-$$ 2>/dev/null)" == *bye ]]
    masu rm web-$$
    nothing_left
}

@test "logs: --tail, -t, -f to the end" {
    get_image
    masu run -d --name l-$$ --network none $image sh -c 'for i in 1 2 3; do echo $i; sleep 0.1; done' 2>/dev/null
    [ "$(timeout 300 "$BUILD/masu" logs -f l-$$)" = $'1\n2\n3' ]
    [ "$(masu logs --tail 1 l-$$)" = 3 ]
    [[ "$(masu logs -t l-$$)" =~ ^20[0-9-]+T[0-9:.]+Z\ 1 ]]
    run -125 masu logs --tail x l-$$
}

@test "stop kills what doesn't end; kill sends signals; a stopped container can be started again" {
    get_image
    masu run -d --name a-$$ --network none $image sh -c 'trap "" TERM; while :; do sleep 0.1; done' 2>/dev/null
    masu stop -t 1 a-$$
    [[ "$(masu ps -a)" == *"Exited (137)"* ]]
    masu start a-$$
    [ "$(masu ps -q | wc -l)" -eq 1 ]
    masu kill -s KILL a-$$
    wait_until '[ -z "$(masu ps -q)" ]'
    [[ "$(masu ps -a)" == *"Exited (137)"* ]]
    run -125 masu kill a-$$
    [[ "$output" == *"is not running"* ]]
    masu create --name b-$$ --network none $image sh -c 'echo started; exit 4' >/dev/null
    [[ "$(masu ps -a)" == *Created*b* ]]
    run -4 --separate-stderr masu start -a b-$$
    [ "$output" = started ]
}

@test "names are taken once, freed by rm, and taken over by --replace" {
    get_image
    masu run --name n-$$ --network none $image true 2>/dev/null
    run -125 masu run --name n-$$ --network none $image true
    [[ "$output" == *"the name 'n-$$' is in use by container"* ]]
    run -125 masu run --name n-$$ --network none "oci:$work/no-such-image" true # told before the image is looked for
    [[ "$output" == *"the name 'n-$$' is in use by container"* ]]
    run -125 masu run --name ../n --network none $image true
    masu run --replace --name n-$$ --network none $image true 2>/dev/null
    [ "$(masu ps -aq | wc -l)" -eq 1 ]
    masu rm n-$$
    nothing_left
}

@test "a container that can't be started leaves nothing, not even its name" {
    get_image
    for way in "" -d --rm "-d --rm"; do
        # shellcheck disable=SC2086
        run -127 masu run $way --name n-$$ --network none --cidfile "$work/cid" -v /anonymous $image no-such-command
        # shellcheck disable=SC2086
        run -125 masu run $way --name n-$$ --network none --cidfile "$work/cid" --user nobody-there $image true
        [ ! -e "$work/cid" ]
        nothing_left
        [ -z "$(ls -A "$MASU_DATA_DIR/volumes" "$MASU_DATA_DIR/containers/names" | grep -v :)" ]
    done
    masu create --name n-$$ --network none $image no-such-command >/dev/null
    run -127 masu start n-$$
    [[ "$(masu ps -a)" == *Created*n* ]] # this one was made before
}

@test "a kill -9 of masu or of its monitor leaves nothing that the next command doesn't put right" {
    get_image
    "$BUILD/masu" run --rm --name f-$$ --network none $image sleep 100 2>/dev/null &
    wait_until 'masu ps | grep -q " f-$$\$"'
    kill -9 $!
    wait $! || true
    masu run -d --name d-$$ --network none $image sleep 100 2>/dev/null
    pid=$(pgrep -f "masu-monitor.*$(masu ps -q --no-trunc | head -1)")
    kill -9 "$pid"
    wait_until '[ -z "$(masu ps -q)" ]'
    [ -z "$(masu ps -q)" ]
    [[ "$(masu ps -a)" == *"Exited (137)"*d* ]]
    [[ "$(masu ps -a)" != *" f-$$" ]]
    masu rm d-$$
    nothing_left
}

@test "a container whose run-time directory was removed runs on, and stop, kill and rm end it" {
    get_image
    for end in hidden-$$-stop hidden-$$-kill hidden-$$-rm hidden-$$-killed; do
        masu run -d --name "$end" --network none $image sh -c 'trap "exit 5" TERM; echo ready; while :; do sleep 0.05; done' 2>/dev/null
        wait_until '[ "$(masu logs "$end")" = ready ]'
        pid=$(masu inspect "$end" | python3 -c 'import json,sys; print(json.load(sys.stdin)[0]["State"]["Pid"])')
        rm -rf "$MASU_RUN_DIR"
        [[ "$(masu ps)" == *"Up "*" $end" ]]
        run -125 masu rm "$end"
        [[ "$output" == *"is running"* ]]
        [ -d "/proc/$pid" ]
        case $end in
            *-stop)
                masu stop "$end"
                [[ "$(masu ps -a)" == *"Exited (5)"* ]]
                masu start "$end"
                masu stop -t 0 "$end"
                ;;
            *-kill) masu kill "$end" ;;
            *-killed) kill -9 "$(pgrep -f "masu-monitor.*$(masu ps -q --no-trunc)")" ;;
        esac
        [ "$end" = hidden-$$-rm ] || wait_until '[ -z "$(masu ps -q)" ]'
        masu rm -f "$end"
        [ -z "$(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null)" ] # gone, or not reaped yet
    done
    nothing_left
}

@test "in a chroot whose root is not a mount point, as root; other users get the kernel's refusal" {
    need_root
    jail=$work/jail
    mkdir -p "$jail"/{bin,proc,dev,sys/fs/cgroup,opt,tmp,var/lib,bundle,run} "$jail/bundle/rootfs/bin"
    chmod 755 "$work"
    chmod 1777 "$jail/tmp"
    cp "$BUILD"/masu{,-oci,-monitor} "$jail/opt"
    cp /bin/busybox "$jail/bundle/rootfs/bin/sh"
    inside() {
        run --separate-stderr unshare --mount --propagation private sh -ec '
            cd "$1"; shift
            mount --make-rshared / # as a system has it, but not the one that tests run on
            mount --bind /proc proc && mount --bind /dev dev && mount --rbind /sys/fs/cgroup sys/fs/cgroup
            exec "$@"' sh "$jail" env -u MASU_DATA_DIR -u MASU_RUN_DIR HOME=/tmp "$@"
    }
    ! file "$BUILD/masu" | grep -q "dynamically linked" || skip "masu is not linked statically"
    look='[ -e /bin/sh ] && [ ! -e /opt ] && echo in'
    inside chroot . /opt/masu run --rm --network none --rootfs /bundle/rootfs sh -c "$look"
    [ "$status$output" = 0in ]
    "$BUILD/masu-oci" spec -b "$jail/bundle"
    python3 - "$jail/bundle/config.json" "$look" <<'END'
import json, sys
c = json.load(open(sys.argv[1]))
c["process"].update(terminal=False, args=["/bin/sh", "-c", sys.argv[2]])
json.dump(c, open(sys.argv[1], "w"))
END
    inside chroot . /opt/masu-oci --root /run/oci run -b /bundle jailed
    [ "$status$output" = 0in ]
    inside chroot --userspec 65534:65534 . /opt/masu run --rm --network none --rootfs /bundle/rootfs sh -c "$look"
    [ "$status" -eq 125 ]
    [[ "$stderr" == *"no user namespace in a chroot"* ]]
}

@test "what info tries out stays neither mounted nor stored" {
    need_root "it mounts"
    run unshare --mount --propagation private sh -ec '
        mount --make-rshared / # as a system has it, but not the one that tests run on
        "$1" info >/dev/null; cat /proc/self/mountinfo' sh "$BUILD/masu"
    [ "$status" -eq 0 ]
    [[ "$output" != *"$work"* ]]
    [ "$(ls -A "$MASU_DATA_DIR/containers")" = names ]
}

@test "twenty at once" {
    get_image
    for i in $(seq 20); do
        "$BUILD/masu" run --rm --network none $image sh -c "exit $i" 2>/dev/null &
        pids[i]=$!
    done
    for i in $(seq 20); do
        status=0
        wait "${pids[i]}" || status=$?
        [ "$status" -eq "$i" ]
    done
    nothing_left
}

@test "all that images -q prints can be removed, also an id with several names; one id alone can't" {
    get_image
    masu tag $image localhost/third
    id=$(masu images -q --no-trunc | sort -u)
    run -125 masu rmi "$id"
    [[ "$output" == *"image '$id' has 3 names"* ]]
    run -125 masu rmi "$id" "$id"
    [ "$(masu images -q | wc -l)" -eq 3 ]
    masu create --name user-$$ --network none $image true >/dev/null
    # shellcheck disable=SC2046 # words
    run -125 masu rmi $(masu images -q)
    [[ "$output" == *"in use by container 'user-$$'"* ]]
    [ "$(masu images -q | wc -l)" -eq 3 ]
    masu rm user-$$
    # shellcheck disable=SC2046
    run masu rmi $(masu images -q)
    [ "$status" -eq 0 ]
    [ "$(grep -c '^Untagged: ' <<<"$output")" -eq 3 ]
    [ "$(grep -c '^Deleted: ' <<<"$output")" -eq 1 ]
    [ -z "$(masu images -q)" ]
    [ -z "$(ls "$MASU_DATA_DIR/layers")" ]
    get_image
    # shellcheck disable=SC2046
    masu rmi -f $(masu images -q)
    [ -z "$(masu images -q)" ]
    get_image
    masu rmi -f "$id"
    [ -z "$(masu images -q)" ]
}

@test "images: list, remove, in use" {
    get_image
    [ "$(masu images -q | sort -u | wc -l)" -eq 1 ]
    masu images --format json | python3 -c 'import json,sys; assert len(json.load(sys.stdin)) == 2'
    masu create --name user-$$ --network none $image true >/dev/null
    masu rmi "oci:$IMAGES:busybox:latest"
    run -125 masu rmi $image
    [[ "$output" == *"in use by container 'user-$$'"* ]]
    masu rm user-$$
    masu rmi $image
    [ -z "$(masu images -q)" ]
    [ -z "$(ls "$MASU_DATA_DIR/layers")" ]
    [ -z "$(ls "$MASU_DATA_DIR/images/blobs/sha256")" ]
}

@test "--cidfile, --rootfs" {
    get_image
    go --cidfile "$work/cid" $image true
    [[ "$(cat "$work/cid")" =~ ^[0-9a-f]{64}$ ]]
    go --cidfile "$work/cid" $image true
    [ "$status" -eq 125 ]
    mkdir -p "$work/root/bin"
    cp /bin/busybox "$work/root/bin/sh"
    go --rootfs "$work/root" sh -c 'echo from a directory >/made'
    [ "$status" -eq 0 ]
    [ "$(cat "$work/root/made")" = "from a directory" ]
}

@test "info and version as JSON" {
    need_root "the facts of root"
    masu info --format json | python3 -c 'import json,sys
facts = json.load(sys.stdin)
for section, name in (("host", "kernel"), ("cgroup", "version"), ("cgroup", "controllers"), ("systemd", "manager"),
        ("ids", "user namespace"), ("storage", "overlay"), ("programs", "newuidmap"), ("programs", "slirp4netns"),
        ("programs", "fuse-overlayfs"), ("devices", "/dev/fuse"), ("policy", "seccomp profile"),
        ("policy", "delegation"), ("policy", "AppArmor profile")):
    assert facts[section][name]["value"], name'
    masu version --format json | python3 -m json.tool >/dev/null
}

@test "templates of --format: lists, tables and documents" {
    get_image
    masu create --name "format-$$" --label app=shop --label $'evil=\e[2J' "$image" sleep 9 >"$work/id"
    masu create --name "format-$$-b" "$image" true >/dev/null
    run -0 masu ps -a --format '{{.Names}} {{.State}} {{.Label "app"}}|'
    [ "${lines[0]}" = "format-$$-b created |" ]
    [ "${lines[1]}" = "format-$$ created shop|" ]
    run -0 masu ps -a --format 'table {{.ID}}\t{{upper .Names}}\t{{.Label "app"}}'
    [[ "${lines[0]}" =~ ^CONTAINER\ ID\ +NAMES\ +LABEL$ ]]
    [[ "${lines[2]}" =~ ^$(cut -c 1-12 "$work/id")\ +FORMAT-$$\ +shop$ ]]
    run -0 masu ps --no-trunc -a --format '{{.ID}}'
    [ "${lines[1]}" = "$(cat "$work/id")" ]
    # nothing moves the cursor
    [ "$(masu ps -a --format '{{.Label "evil"}}' | tail -1)" = '?[2J' ]
    run -0 masu inspect --format '{{.State.Status}} {{json .Config.Labels.app}} {{index .Config.Cmd 0}}' "format-$$" "format-$$-b"
    [ "${lines[0]}" = 'created "shop" sleep' ]
    [ "${lines[1]}" = 'created null true' ]
    [ "$(masu images --format '{{.Repository}}:{{.Tag}}' | grep -c "^${image%:*}:")" = 1 ]
    [[ "$(masu info --format '{{.host.kernel.value}}')" == *"$(uname -r)"* ]]
    [ "$(masu version --format '{{.Version}}')" = "$(masu version | sed -n 's/^masu version //p')" ]
}

@test "templates of --format: mistakes are found before anything is done" {
    for format in nonsense '{{.ID' '{{nonsense}}' 'table x'; do
        run -125 masu ps --format "$format"
        [[ "$output" == "masu: option '--format"* ]]
    done
    run -125 masu inspect --format 'table {{.Id}}' none
    [[ "$output" == *"must be one of json, "* ]]
    get_image
    masu create --name "format-$$" "$image" true >/dev/null
    run -125 masu ps -a --format '{{.Nam}}'
    [[ "$output" == *"field 'Nam' not found"*"the fields are "*Names* ]]
    # a full disk
    run -125 bash -c '"$@" >/dev/full' - "$BUILD/masu" ps -a --format '{{.Names}}'
}
