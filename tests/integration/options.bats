#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Options of run and create about the process, its groups and limits, as root and as an ordinary user.

load ../lib/masu
load ../lib/busybox

refused() { # MESSAGE OPTION...
    run -125 masu create "${@:2}" "$image" true
    [[ "$output" == *"$1"* ]] || { echo "$output"; return 1; }
}

@test "environment, time zone, umask, limits, cgroup namespace and pid file of one start and the next" {
    ulimit -Sn 321
    MARK='of the host' HOME=/host masu create --name "$name" --network none --env-host -e OWN=1 --tz America/New_York \
        --umask 0027 --ulimit host --ulimit rttime=7:9 --cgroupns host --pidfile "$work/pid file" "$image" sh -c '
            echo "$MARK $OWN $HOME"; unset TZ; date -d @0 +%H:%M; head -c 4 /etc/localtime; umask
            ulimit -Sn; sed -n "s/^Max realtime timeout *\\([0-9]*\\).*/\\1/p" /proc/self/limits; readlink /proc/self/ns/cgroup; cat'
    [ ! -e "$work/pid file" ]
    for _ in first second; do
        rm -f "$work/out" # or the second run would be taken for complete by the output of the first
        mkfifo "$work/in"
        masu start -ai "$name" <"$work/in" >"$work/out" &
        exec 9>"$work/in"
        wait_until grep -q cgroup: "$work/out"
        [ "$(cat "$work/pid file")" = "$(masu inspect --format '{{.State.Pid}}' "$name")" ]
        exec 9>&-
        wait $!
        rm "$work/in"
    done
    cat "$work/out"
    mapfile -t lines <"$work/out"
    [ "${lines[*]}" = "of the host 1 /host 19:00 TZif0027 321 7 $(readlink /proc/self/ns/cgroup)" ]
    masu inspect "$name" | jq -e '.[0] | .Config.Umask == "0027" and .Config.Timezone == "America/New_York"
        and .HostConfig.CgroupnsMode == "host" and (.HostConfig.PidFile | endswith("/pid file"))'
}

@test "keep-groups keeps the groups of the caller, those of the container's files do not join them" {
    if is_root; then
        kept=4242
        run --separate-stderr setpriv --groups 4242 "$BUILD/masu" run --rm --network none --group-add keep-groups "$image" id -G
    else
        [ "$(id -G)" != "$(id -g)" ] || skip "the caller has no further group"
        kept=65534
        go --group-add keep-groups "$image" id -G
    fi
    [ "$output" = "0 $kept" ]
    refused "exclude each other" --group-add keep-groups --group-add 7
    refused "exclude each other" --group-add keep-groups --group-add audio
    refused 'invalid name of a group: "a:b"' --group-add a:b
}

@test "further groups by their names in the container" {
    need_ids
    go --user 1000:0 --group-add www-data --group-add 7 --group-add www-data "$image" id -G
    [ "$output" = "0 7 33" ]
    run --separate-stderr masu run -d --name "$name" --network none --user 1000:0 --group-add www-data "$image" sleep 1000
    [ "$status" = 0 ]
    [ "$(masu exec "$name" id -G)" = "0 33" ]
    [ "$(masu inspect --format '{{index .HostConfig.GroupAdd 0}}' "$name")" = www-data ]
    run -125 --separate-stderr masu run --rm --network none --group-add nosuch "$image" true
    [[ $stderr == *"no group 'nosuch' in the container"*"a number always works"* ]]
}

@test "descriptors of the service manager reach the container that they are meant for" {
    echo passed >"$work/passed"
    listen() { # PID COMMAND...: executes it with one descriptor, as systemd does
        python3 -c 'import os, sys
os.dup2(os.open(sys.argv[1], os.O_RDONLY), 3)
os.environ.update(LISTEN_FDS="1", LISTEN_FDNAMES="a name", LISTEN_PID=sys.argv[2] or str(os.getpid()))
os.execv(sys.argv[3], sys.argv[3:])' "$work/passed" "$@"
    }
    run --separate-stderr listen "" "$BUILD/masu" run -q --rm --network none "$image" sh -c 'echo "$LISTEN_FDS $LISTEN_FDNAMES $((LISTEN_PID == $$)) $(cat <&3)"'
    echo "$output"
    [ "$output" = "1 a name 1 passed" ]
    run --separate-stderr listen 1 "$BUILD/masu" run -q --rm --network none "$image" sh -c 'echo "[$LISTEN_FDS]"; ls /proc/self/fd | grep -c "^[3-9]"'
    [ "${lines[0]}" = "[]" ]
    [ "${lines[1]}" = 1 ] # of ls itself
}

@test "a limit of block I/O, a parent cgroup: recorded, and refused where they are malformed" {
    refused "from 10 to 1000" --blkio-weight 9
    refused "exclude each other" --cpus 1 --cpu-quota 5000
    refused "not a block device" --device-read-bps /dev/null:1M
    refused '"/no such": No such file' --device-write-iops "/no such:10"
    refused "DEVICE:RATE" --device-read-iops /dev/null:1M
    refused 'invalid parent cgroup "../x.slice"' --cgroup-parent ../x.slice
    refused "must be one of private, host, container:NAME, ns:PATH" --cgroupns none
    refused "has no other cgroup" --cgroups split --cgroup-parent build.slice
    refused "restarted by that unit alone" --cgroups split --restart always
    refused "restarted by that unit alone" --cgroups split --health-cmd true --health-on-failure restart
    refused "enabled, disabled, split" --cgroups some
    refused "option '--sdnotify some': must be one of conmon, container, healthy, ignore" --sdnotify some
    refused "octal number" --umask 1777
    refused "cannot read the time zone" --tz ../../../etc/passwd
    refused "cannot read the time zone" --tz Europe
    refused "cannot read the time zone" --tz /etc/localtime
    refused "masu has no pods" --pod p
    [ -z "$(masu ps -aq)" ]
    local device
    for device in /dev/vda /dev/sda /dev/ubda /dev/loop0; do [ ! -b "$device" ] || break; done
    masu create --name "$name" --cpu-quota 5000 --cpu-period 20000 --blkio-weight 321 --cgroup-parent build.slice "$image" true
    masu update --blkio-weight 123 "$name"
    masu create --name "$name-unit" --cgroups split "$image" true
    run --separate-stderr masu update --restart always "$name-unit"
    [ "$status" = 125 ]
    [[ $stderr == *"restarted by that unit alone"* ]]
    run --separate-stderr masu start "$name-unit"
    [ "$status" = 125 ]
    [[ $stderr == *"--cgroups split"* ]]
    [ "$(masu inspect --format '{{.State.Status}} {{.HostConfig.Cgroups}}' "$name-unit")" = "created split" ]
    masu inspect "$name" | jq -e '.[0].HostConfig | .CpuQuota == 5000 and .CpuPeriod == 20000 and .BlkioWeight == 123
        and .CgroupParent == "build.slice"'
    [ -b "$device" ] || skip "no block device"
    masu create --device-write-bps "$device:1M" --device-read-iops "$device:9" "$image" true >"$work/id"
    masu inspect "$(cat "$work/id")" | jq -e '.[0].HostConfig | .BlkioDeviceWriteBps[0].Rate == 1048576
        and .BlkioDeviceReadIOps[0].Rate == 9 and .BlkioDeviceReadBps == []'
}

@test "a device is passed on as the caller may open it, and nothing else under its name" {
    go --device /dev/null:/dev/some/other "$image" sh -c 'echo x >/dev/some/other && stat -c "%F %t:%T" /dev/some/other'
    [ "$output" = "character special file 1:3" ]
    refused "not a device" --device /etc/passwd:/dev/passwd
    refused "not below /dev" --device /dev/zero:/etc/zero
    refused "not below /dev" --device /dev/zero:/dev/../etc/zero
    refused '"/dev/no such": No such file' --device "/dev/no such"
    refused "with ACCESS of r, w, m" --device /dev/zero:/dev/other:x
    refused "with ACCESS of r, w, m" --device /dev/zero:/dev/other:rwm:z
    refused 'duplicate mount point "/dev/other"' --device /dev/zero:/dev/other --device /dev/null:/dev/other
    refused "is not of the form VENDOR/CLASS=NAME" --device vendor.com/class=
    masu create --name "$name" --device /dev/zero:/dev/other:rw "$image" true
    masu inspect "$name" | jq -e '.[0].HostConfig | .Privileged == false and .Devices == [
        {PathOnHost: "/dev/zero", PathInContainer: "/dev/other", CgroupPermissions: "rw"}]'
    is_root || refused "cannot be enforced without root" --device /dev/zero:/dev/other:r
    is_root || refused "Permission denied" --device /dev/kmsg
}

@test "a privileged container has all capabilities, no masks, no filter and the devices of each start" {
    masu create --name "$name" --network none --privileged "$image" sh -c '
        grep -E "^(CapBnd|CapEff|Seccomp):" /proc/self/status; ls /dev/net/tun /dev/tty1
        grep " ro," /proc/self/mountinfo; mount -t tmpfs none /tmp && echo mounts'
    run -0 --separate-stderr masu start -a "$name"
    [[ "$output" == *"Seccomp:"$'\t'0* && "$output" == *mounts && "$output" != *" ro,"* ]]
    [ "$(sed -n 's/^CapBnd:\t//p' <<<"$output")" = "$(sed -n 's/^CapEff:\t//p' <<<"$output")" ]
    [[ "$output" != *"/dev/tty1"* ]]
    [ ! -w /dev/net/tun ] || [[ "$output" == */dev/net/tun* ]]
    masu inspect "$name" | jq -e '.[0].HostConfig.Privileged'
}

@test "a container joins the network and the processes of another one" {
    masu run -d --name "$name" --network none --hostname peer "$image" sh -c 'httpd -p 8080 -h /etc; sleep 1000' >/dev/null
    wait_until masu exec "$name" wget -qO /dev/null http://127.0.0.1:8080/hostname
    run -0 --separate-stderr masu run --rm --network "container:$name" "$image" sh -c '
        wget -qO- http://127.0.0.1:8080/hostname; hostname; ps | grep -c "[h]ttpd"; true'
    [ "${lines[*]}" = "peer peer 0" ]
    run -0 --separate-stderr masu run --rm --network "container:$name" --pid "container:$name" "$image" sh -c '
        sleep 999 >/dev/null 2>&1 & ps | grep -c "[h]ttpd"'
    [ "$output" = 1 ]
    # The cgroup of a container ends the processes that it leaves there.
    ! is_root || wait_until '[ "$(masu exec "$name" ps | grep -c "[s]leep 999")" = 0 ]'
    masu create --name "$name-2" --network "container:$name" --pid "container:$name" "$image" sleep 1000
    masu inspect "$name-2" | jq -e '.[0].HostConfig | .PidMode == .NetworkMode and (.PidMode | test("^container:[0-9a-f]{64}$"))'
    masu rename "$name" "$name-renamed"
    masu start "$name-2"
    run -0 masu exec "$name-2" wget -qO- http://127.0.0.1:8080/hostname
    [ "$output" = peer ]
    refused "publish" --network "container:$name-2" -p 80
    refused "exclude each other" --network "container:$name-2" --hostname other
    refused "exclude each other" --network "container:$name-2" --dns 9.9.9.9
    refused "does not belong to a namespace of the container" --network "container:$name-2" --sysctl net.ipv4.ip_forward=1
    refused "container:NAME" --network container:
    refused "no container with name or id 'nobody here'" --network "container:nobody here"
    refused "must be one of private, host, container:NAME" --pid nobody
    is_root || refused "cannot have the network \"slirp4netns\"" --pid "container:$name-2"
    is_root || refused "only be joined by root" --pid host
    pid=$(masu inspect --format '{{.State.Pid}}' "$name-2")
    masu rm -f "$name-renamed" # its pid namespace ends, and the other container with it
    wait_until '! kill -0 "$pid" 2>/dev/null'
    run -125 masu start "$name-2"
    [[ "$output" == *"no container with name or id"* ]]
}

@test "the namespaces of the host: IPC with its /dev/shm, and the host name" {
    go --ipc host --uts host "$image" sh -c 'readlink /proc/self/ns/ipc; readlink /proc/self/ns/uts; hostname; stat -c %d /dev/shm'
    [ "$output" = "$(readlink /proc/self/ns/ipc /proc/self/ns/uts; hostname; stat -c %d /dev/shm)" ]
    refused "exclude each other" --uts host --hostname other
    refused "exclude each other" --ipc host --shm-size 1m
    refused "must be one of private, host, container:NAME" --uts nobody
    refused "must be one of private, shareable, none, host, container:NAME" --ipc nobody
    refused "no container with name or id" --ipc "container:nobody here"
    refused "no container with name or id" --uts "container:nobody here"
    go --ipc none "$image" sh -c 'grep -c " /dev/shm " /proc/self/mountinfo; readlink /proc/self/ns/ipc'
    [[ "${lines[0]}" = 0 && "${lines[1]}" != "$(readlink /proc/self/ns/ipc)" ]]
    refused "exclude each other" --ipc none --shm-size 1m
    refused "does not belong to a namespace" --ipc host --sysctl kernel.shmmax=1000000
}

@test "a container joins IPC with the shared memory, host name and cgroup namespace of another one" {
    masu run -d --name "$name" --network none --hostname peer --shm-size 3m "$image" sh -c 'echo shared >/dev/shm/file; sleep 1000' >/dev/null
    wait_until masu exec "$name" test -s /dev/shm/file
    masu create --name "$name-2" --network none --ipc "container:$name" --uts "container:$name" --cgroupns "container:$name" "$image" sh -c '
        cat /dev/shm/file; echo answer >/dev/shm/answer; df -m /dev/shm | sed -n 2p | tr -s " " | cut -d " " -f 2; hostname; cat /etc/hostname
        for type in ipc uts cgroup; do readlink /proc/self/ns/$type; done'
    run -0 --separate-stderr masu start -a "$name-2"
    theirs=$(masu exec "$name" sh -c 'for type in ipc uts cgroup; do readlink /proc/self/ns/$type; done')
    [ "$output" = "shared"$'\n'3$'\n'peer$'\n'peer$'\n'"$theirs" ]
    [ "$(masu exec "$name" cat /dev/shm/answer)" = answer ]
    masu inspect "$name-2" | jq -e '.[0].HostConfig | .IpcMode == .UTSMode and .IpcMode == .CgroupnsMode
        and (.IpcMode | test("^container:[0-9a-f]{64}$"))'
    masu inspect "$name" | jq -e '.[0].HostConfig.IpcMode == "shareable"'
    # A mount of the user's is not replaced.
    mkdir "$work/shm"
    echo own >"$work/shm/file"
    go --ipc "container:$name" -v "$work/shm:/dev/shm" "$image" cat /dev/shm/file
    [ "$output" = own ]
    refused "exclude each other" --ipc "container:$name" --shm-size 1m
    refused "exclude each other" --uts "container:$name" --hostname other
    # A link in place of the other container's /dev/shm leads nowhere.
    masu run -d --name "$name-5" --network none --privileged "$image" sh -c '
        umount /dev/shm; rmdir /dev/shm; ln -s /etc /dev/shm; touch /tmp/done; sleep 1000' >/dev/null
    wait_until masu exec "$name-5" test -e /tmp/done
    run -125 masu run --rm --network none --ipc "container:$name-5" "$image" ls /dev/shm
    [[ "$output" == *"open /dev/shm of the other container: "* ]]
    masu run -d --name "$name-3" --network none --ipc none "$image" sleep 1000 >/dev/null
    refused "its mode is none" --ipc "container:$name-3"
    masu run -d --name "$name-4" --network none --ipc private "$image" sleep 1000 >/dev/null
    refused "its mode is private" --ipc "container:$name-4"
    # Two user namespaces cannot be joined at once.
    is_root || {
        run -125 masu run --rm --network none --uts "container:$name-4" --ipc "container:$name" "$image" true
        [[ "$output" == *"belong to different user namespaces"* ]]
        refused 'cannot have the network "slirp4netns"' --ipc "container:$name"
    }
    masu stop -t 0 "$name"
    run -125 masu start "$name-2"
    [[ "$output" == *"cannot join the namespaces of container"*"not running"*"masu start $name"* ]]
}

@test "a container joins namespaces by their path" {
    masu run -d --name "$name" --network none --hostname peer "$image" sleep 1000 >/dev/null
    pid=$(masu inspect --format '{{.State.Pid}}' "$name")
    ns=/proc/$pid/ns
    run --separate-stderr masu run --rm --ipc "ns:$ns/ipc" --uts "ns:$ns/uts" --pid "ns:$ns/pid" --cgroupns "ns:$ns/cgroup" --network "ns:$ns/net" "$image" sh -c '
        hostname; for type in ipc uts pid cgroup net; do readlink /proc/self/ns/$type; done; env | grep -c ^HOSTNAME='
    [ "$output" = "peer"$'\n'"$(masu exec "$name" sh -c 'for type in ipc uts pid cgroup net; do readlink /proc/self/ns/$type; done')"$'\n'0 ]
    mkfifo "$work/fifo" # is never opened
    for wrong in "$ns/uts" "$work/fifo" /dev/null "$work"; do
        run -125 masu run --rm --network none --ipc "ns:$wrong" "$image" true
        [[ "$output" == *"cannot join \"$wrong\": not a ipc namespace"* ]]
    done
    run -125 masu run --rm --network "ns:/no such" "$image" true
    [[ "$output" == *'cannot open the network namespace "/no such": No such file'* ]]
    refused "needs an absolute path" --network ns:relative
    refused 'invalid path of the ipc namespace: "relative"' --ipc ns:relative
    refused "the owner of the namespace publishes its ports" --network "ns:$ns/net" -p 80
    is_root || {
        run -125 masu run --rm --network ns:/proc/self/ns/net "$image" true
        [[ "$output" == *"belongs to the host's user namespace"* ]]
    }
}

@test "a restart by the policy starts required containers again" {
    masu run -d --name "$name" --network none "$image" sleep 1000
    masu run -d --name "$name-2" --network none --requires "$name" --restart always "$image" sleep 1000
    masu stop -t 0 "$name"
    kill -9 "$(masu inspect --format '{{.State.Pid}}' "$name-2")"
    masu wait --condition running "$name"
    wait_until eval '[ "$(masu inspect --format "{{.RestartCount}}" "$name-2")" = 1 ]'
    masu stop -t 0 "$name-2"
}

@test "required containers are started first, and cannot be removed before their dependants" {
    masu create --name "$name" --network none "$image" sleep 1000
    masu create --name "$name-2" --network none --requires "$name" "$image" sleep 1000
    masu create --name "$name-3" --network none --requires "$name-2,$name" --requires "$name" "$image" true
    refused "no container with name or id" --requires "nobody here"
    refused "separated by commas" --requires "$name,"
    masu inspect "$name-3" | jq -e --arg first "$(masu inspect --format '{{.Id}}' "$name")" '.[0].HostConfig.Requires
        | length == 2 and .[1] == $first'
    masu start -a "$name-3" # and again, with both running
    [ "$(masu inspect --format '{{.State.Status}}' "$name" "$name-2" | uniq)" = running ]
    masu start "$name-3"
    run ! masu rm -f "$name"
    [[ "$output" == *"container \"$name-2\" requires it"* || "$output" == *"container \"$name-3\" requires it"* ]]
    [ "$(masu inspect --format '{{.State.Status}}' "$name")" = running ]
    masu stop -t 0 "$name" "$name-2"
    masu wait "$name-3" >/dev/null
    masu restart -t 0 "$name-2"
    [ "$(masu inspect --format '{{.State.Status}}' "$name")" = running ]
    masu rm -f "$name-3"
    masu rm -f "$name-2"
    # A dependant whose creation was killed is none.
    : >"$(masu inspect --format '{{.OCIConfigPath}}' "$name")/required-by-$(printf '%064d' 0)"
    masu rm -f "$name"
}
