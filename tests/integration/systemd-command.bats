#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# --systemd: which commands are taken for systemd, and how their container is prepared. A real systemd boots in the test
# machine: tests/host/checks/systemd-command.sh.

load ../lib/masu
load ../lib/busybox

setup() {
    setup_busybox
    make_root "$work/r" sh cat grep readlink sleep touch test ls
    mkdir -p "$work/r"/{sbin,usr/sbin,usr/lib/systemd,opt,run/of-image,tmp/of-image}
    ln "$work/r/bin/busybox" "$work/r/bin/sh-copy"
    for command in sbin/init usr/sbin/init usr/lib/systemd/systemd opt/init opt/systemd-like; do
        printf '#!/bin/sh\n[ $# = 0 ] || exec "$@"\nexec sleep 100000\n' >"$work/r/$command"
        chmod 755 "$work/r/$command"
    done
    tar -C "$work/r" -cf "$work/r.tar" --owner=0 --group=0 .
    masu import -q "$work/r.tar" localhost/system >/dev/null
}

# The file systems of such a container are there, or not.
prepared() { # OPTION-OR-WORD...
    go "$@" sh -c 'grep -c -E "^tmpfs (/run|/run/lock|/tmp) tmpfs " /proc/mounts; echo ${container_uuid:-none}'
    [ "$status" = 0 ] || { echo "$stderr"; return 1; }
    [[ "$output" == "3"$'\n'????????????????????????????????  ]]
}
plain() {
    go "$@" sh -c 'grep -c -E "^tmpfs (/run|/run/lock|/tmp) tmpfs " /proc/mounts; echo ${container_uuid:-none}'
    [ "$output" = $'0\nnone' ]
}

@test "systemd is known by its path or name, and --systemd=false and =always decide otherwise" {
    for command in /sbin/init /usr/sbin/init /usr/lib/systemd/systemd; do
        prepared localhost/system "$command"
        prepared --systemd=true localhost/system "$command"
        plain --systemd=false localhost/system "$command"
    done
    plain localhost/system /opt/init
    plain localhost/system /opt/systemd-like
    prepared --systemd=always localhost/system /opt/init
    prepared --entrypoint /sbin/init localhost/system
    plain --init localhost/system /sbin/init
    run -125 "$BUILD/masu" create --init --systemd=always localhost/system /sbin/init
    [[ "$output" == *'"--init"'*'"--systemd=always"'* ]]
    run -125 "$BUILD/masu" create --systemd=maybe localhost/system /sbin/init
    [[ "$output" == *"'--systemd maybe'"*"must be one of true, always, false"* || "$output" == *"must be one of true, always, false"* ]]
}

@test "the file systems are writable, executable, and have what the image has there; the user's mounts win" {
    go localhost/system /sbin/init sh -c 'ls -d /run/of-image /tmp/of-image && for d in /run /run/lock /tmp; do touch $d/x; done
        grep -E "^tmpfs (/run|/run/lock|/tmp) " /proc/mounts | grep -c noexec; exit 0'
    [ "$output" = $'/run/of-image\n/tmp/of-image\n0' ]
    mkdir "$work/mine"
    : >"$work/mine/file"
    go -v "$work/mine:/tmp" --read-only localhost/system /sbin/init sh -c 'test -e /tmp/file && touch /run/x && ! touch /etc/x 2>/dev/null && echo well'
    [ "$output" = well ]
}

@test "the machine's id is the container's, unless the user sets it; the stop signal is that for a halt" {
    masu create --name "$name" --network none localhost/system /sbin/init sh -c 'echo $container_uuid $container' >/dev/null
    id=$(masu inspect --format '{{.Id}}' "$name")
    run -0 "$BUILD/masu" start -a "$name"
    [[ "$output" == *"${id:0:32} oci"* ]]
    run -0 "$BUILD/masu" inspect --format '{{.Config.StopSignal}}' "$name"
    [ "$output" = 37 ] # SIGRTMIN+3
    go -e container_uuid=own localhost/system /sbin/init sh -c 'echo $container_uuid'
    [ "$output" = own ]
    masu create --name "$name-2" --network none --stop-signal INT localhost/system /sbin/init >/dev/null
    run -0 "$BUILD/masu" inspect --format '{{.Config.StopSignal}}' "$name-2"
    [ "$output" = SIGINT ]
    masu commit -q --change STOPSIGNAL=USR1 "$name" localhost/usr1 >/dev/null
    masu create --name "$name-3" --network none localhost/usr1 /sbin/init >/dev/null
    run -0 "$BUILD/masu" inspect --format '{{.Config.StopSignal}}' "$name-3"
    [ "$output" = SIGUSR1 ]
    masu create --name "$name-4" --network none localhost/system /opt/init >/dev/null
    run -0 "$BUILD/masu" inspect --format '{{.Config.StopSignal}}' "$name-4"
    [ "$output" = SIGTERM ]
}

# Where the kernel lets no process in a cgroup namespace write its own limits.
host_confines() { grep -q "^[^ ]* /sys/fs/cgroup cgroup2 .*nsdelegate" /proc/mounts; }

@test "the cgroup is writable in a private cgroup namespace that confines, and only then" {
    options_of() { # MOUNT OPTIONS...
        go "${@:2}" localhost/system /sbin/init sh -c "grep ' $1 ' /proc/mounts | tail -n 1"
    }
    options_of /sys/fs/cgroup --cgroupns host
    [[ "$output" == *" ro,"* ]]
    read_only() { # NAME OPTION...
        run --separate-stderr -0 "$BUILD/masu" create --name "$1" --network none "${@:2}" localhost/system /sbin/init
        config=$MASU_DATA_DIR/containers/$output/config.json
        jq -e '.mounts[] | select(.destination == "/sys/fs/cgroup") | .options | index("ro") != null' "$config"
    }
    if host_confines; then
        run ! read_only "$name"
    else
        read_only "$name"
        [[ "$stderr" == *"writable cgroup"*"nsdelegate"* ]]
    fi
    read_only "$name-2" --systemd=false
    [[ "$stderr" != *nsdelegate* ]]
    read_only "$name-3" --cgroups disabled
}

@test "an image whose command is systemd cannot raise the limits of its container" {
    need_root "no limits on cgroup v1 otherwise"
    go -m 64m localhost/system /sbin/init sh -c '
        for file in /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes; do
            [ -e $file ] || continue
            echo 1000000000 2>/dev/null >$file
            cat $file
        done'
    [ "$output" = 67108864 ]
}
