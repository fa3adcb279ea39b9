#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Cgroups of masu-oci on this machine, as root: v1 and hybrid. masu-oci-cgroup-v2.bats has the tests of cgroup v2.

load ../lib/masu

setup() {
    need_root
    [ ! -e /sys/fs/cgroup/cgroup.controllers ] || skip "this machine has cgroup v2 alone"
    [ -d /sys/fs/cgroup/memory ] || skip "no cgroup v1 controllers are mounted here"
    make_work
    group=masu-test-$$-$BATS_TEST_NUMBER
    make_bundle sh sleep cat dd ls mkdir mknod mount rmdir
    config "c['linux']['cgroupsPath'] = '/$group/c'
c['root']['readonly'] = False"
}

teardown() {
    [ -n "${work-}" ] || return 0
    remove_work
    find /sys/fs/cgroup -depth -type d -path "*/$group*" -exec rmdir {} + 2>/dev/null || true
}

in_container() { config "c['process']['args'] = ['sh', '-c', '''$1''']"; }

begin() {
    config "c['process']['args'] = ['sh', '-c', '${1:-sleep 1000}']"
    oci run -d x </dev/null >/dev/null 2>&1
}

value() { cat "/sys/fs/cgroup/$1/$group/c/$2"; }
nothing_left() { [ -z "$(find /sys/fs/cgroup -type d -path "*/$group/c*")" ]; }

# Runs a function where the v2 hierarchy isn't mounted: v1 alone.
without_v2() {
    export -f oci in_container config status_of is_stopped wait_until value nothing_left a_process_leaves
    export BUILD work group
    unshare --mount --propagation private bash -ec "
        umount -l /sys/fs/cgroup/unified 2>/dev/null || true
        $1"
}

@test "limits are written to the hierarchies of v1, and the container sees them" {
    config "r.update({
        'memory': {'limit': 64 << 20, 'swap': 128 << 20, 'reservation': 32 << 20, 'swappiness': 10,
                   'disableOOMKiller': True, 'useHierarchy': True, 'kernel': -1},
        'cpu': {'shares': 512, 'quota': 50000, 'period': 100000, 'burst': 1000, 'cpus': '0',
                'mems': '0'},
        'pids': {'limit': 30},
        'hugepageLimits': [{'pageSize': '1GB', 'limit': 0}]})"
    in_container 'cd /sys/fs/cgroup; cat memory/memory.limit_in_bytes \
        memory/memory.memsw.limit_in_bytes memory/memory.soft_limit_in_bytes memory/memory.swappiness \
        cpu/cpu.shares cpu/cpu.cfs_quota_us cpu/cpu.cfs_burst_us cpuset/cpuset.cpus pids/pids.max;
        cat memory/memory.oom_control; cat /proc/self/cgroup'
    run -0 --separate-stderr oci run x
    expected=$(printf '%s\n' 67108864 134217728 33554432 10 512 50000 1000 0 30 'oom_kill_disable 1')
    [[ "$output" == "$expected"* ]]
    # In its namespace the container is at the root of each hierarchy.
    [[ "$output" == *memory:/$'\n'* && "$output" == *pids:/$'\n'* ]]
    nothing_left
}

# To move it there later would have the kernel wait for all processors.
@test "a start that fails ends what its hooks left in the cgroup, also where no pid namespace does" {
    in_container 'echo ran'
    config "c['linux']['namespaces'] = [n for n in c['linux']['namespaces'] if n['type'] != 'pid']
c['mounts'] = []
c['hooks'] = {'createContainer': [{'path': '/bin/sh', 'args': ['sh', '-c', '/bin/sleep 1$$ >/dev/null 2>&1 & exit 3']}]}"
    for view in true 'mount --bind /sys/fs/cgroup/unified /sys/fs/cgroup'; do
        run -1 unshare --mount --propagation private sh -ec "$view"'; exec "$0" run x' "$BUILD/masu-oci"
        [[ "$output" == *"failed with status 3"* ]]
        nothing_left
        run ! pgrep -f "^/bin/sleep 1$$\$"
    done
}

@test "with a path the container is in all hierarchies, without one in those it needs" {
    begin
    pid=$(cat "/sys/fs/cgroup/memory/$group/c/cgroup.procs")
    run cat "/proc/$pid/cgroup"
    [ -z "$(grep -v "/$group/c$" <<<"$output")" ]
    [[ "$output" == *name=systemd* ]] || ! [ -d /sys/fs/cgroup/systemd ]
    oci delete --force x
    nothing_left
    config "del c['linux']['cgroupsPath']"
    oci run -d "$group-own" </dev/null >/dev/null 2>&1
    run -1 oci update --memory 64M "$group-own"
    [[ "$output" == *"'memory'"*"without linux.cgroupsPath"* ]]
    run find /sys/fs/cgroup -type d -name "$group-own"
    oci delete --force "$group-own"
    [ "$(grep -c /memory/ <<<"$output")" = 0 ]
    [[ "$output" == *devices* ]]
    [ -z "$(find /sys/fs/cgroup -type d -name "$group-own")" ]
}

@test "what the host can't limit is an error that names it" {
    config "r['network'] = {'classID': 1048577}"
    [ -d /sys/fs/cgroup/net_cls ] || {
        run -1 oci run x
        [[ "$output" == *net_cls.classid* && "$output" == *net_cls* ]]
    }
    config "r['network'] = {}; r['unified'] = {'memory.high': '1'}"
    run -1 oci run x
    [[ "$output" == *"unified ('memory.high')"* ]]
    config "del r['unified']; r['memory'] = {'kernel': 1 << 20}"
    run -1 oci run x
    [[ "$output" == *memory.kernel* ]]
    nothing_left
}

@test "devices: what no rule allows is denied, also without rules" {
    for rules in "[]" "[{'allow': False}]" "[{'allow': True, 'type': 'c', 'major': 10, 'minor': 229}]"; do
        config "r['devices'] = $rules"
        in_container 'mknod /k c 1 11; cat /dev/null && dd if=/dev/zero of=/dev/null count=1 2>/dev/null &&
            ! cat /k; cat /sys/fs/cgroup/devices/devices.list; rm /k'
        run oci run x
        [[ "$output" == *"Operation not permitted"*"c 1:3 rwm"* ]]
        rm -f rootfs/k
    done
    [[ "$output" == *"c 10:229 rwm"* ]]
    config "r['devices'] = [{'allow': True, 'type': 'c', 'major': 1, 'access': 'rwm'},
                            {'allow': False, 'type': 'c', 'major': 1, 'minor': 11, 'access': 'r'}]"
    run -1 oci run x
    [[ "$output" == *"can't deny device c 1:11"* ]]
}

@test "devices: rules that can't be held refuse the start, unless they deny nothing (F1, A19)" {
    mknod -m 666 rootfs/disk b 7 0
    config "c['process']['user'] = {'uid': 1000, 'gid': 1000}"
    without() { run unshare --mount --propagation private sh -c 'umount -l /sys/fs/cgroup; exec "$@"' sh "$BUILD/masu-oci" "$@"; }
    for rules in "[]" "[{'allow': False}]" "[{'allow': True}, {'allow': False, 'type': 'b', 'major': 7}]"; do
        config "r['devices'] = $rules"
        in_container 'echo ran; dd if=/disk of=/dev/null count=1'
        without run x
        [[ "$status" = 1 && "$output" != *ran* && "$output" == *"to its device rules: no cgroup hierarchy"*"mount -t cgroup2"* ]]
        run oci run x
        [[ "$output" == *"can't open '/disk': Operation not permitted"* ]]
    done
    without --cgroup-manager=disabled run x # the caller's own word
    [[ "$output" == *ran* ]]
    config "r['devices'] = [{'allow': False}, {'allow': True, 'access': 'rwm'}]"
    without run x
    [[ "$output" == *ran* ]]
}

@test "devices: by a program on v2 where the limits are on v1, which lacks that controller" {
    [ -e "/sys/fs/cgroup/unified/cgroup.procs" ] || skip "no v2 hierarchy is mounted here"
    mknod -m 666 rootfs/disk b 7 0
    config "r.update({'devices': [{'allow': False}], 'pids': {'limit': 30}})"
    in_container 'cat /sys/fs/cgroup/pids/pids.max; dd if=/disk of=/dev/null count=1'
    run unshare --mount --propagation private sh -c 'umount -l /sys/fs/cgroup/devices; exec "$1" run x' sh "$BUILD/masu-oci"
    [[ "$output" == *30* && "$output" == *"can't open '/disk': Operation not permitted"* ]]
}

@test "--systemd-cgroup without systemd is an error, as are other managers" {
    [ ! -d /run/systemd/system ] || skip "systemd runs here"
    config "c['linux']['cgroupsPath'] = '$group.slice:masu:x'"
    for option in --systemd-cgroup --cgroup-manager=systemd --cgroup-manager=nonsense; do
        run -1 oci "$option" run x
        [[ "$output" == *"systemd does not run here"* || "$output" == *"invalid --cgroup-manager 'nonsense'"* ]]
    done
    nothing_left
}

@test "--rootless: whether it may do without a cgroup that can't be made" {
    config "c['process']['args'] = ['cat', '/proc/self/comm']"
    without() {
        run unshare --mount --propagation private sh -c '
            for m in /sys/fs/cgroup/*/; do mount -o remount,bind,ro "$m"; done; exec "$@"' sh "$BUILD/masu-oci" "$@" run x
    }
    for word in "" --rootless=auto --rootless=false; do
        without ${word:+"$word"} # root may not
        [[ "$status" = 1 && "$output" == *"create the cgroup"* ]]
    done
    without --rootless=true
    [ "$output" = cat ]
    config "r['pids'] = {'limit': 10}" # a requested limit is required
    without --rootless=true
    [[ "$status" = 1 && "$output" == *"can't limit the container"* ]]
}

@test "a path can't leave the hierarchy" {
    mkdir "/sys/fs/cgroup/memory/$group"
    for path in "../../victim" "/a/../../$group" "/" "a/../b"; do
        config "c['linux']['cgroupsPath'] = '$path'"
        run -1 oci run x
        [[ "$output" == *cgroup* ]]
    done
    nothing_left
}

@test "a group with processes of others isn't taken" {
    begin
    run -1 oci run y
    [[ "$output" == *"has processes already"* ]]
    [ "$(status_of x)" = running ]
    [ -d "/sys/fs/cgroup/memory/$group/c" ]
}

@test "a frozen group isn't taken, nor one below it" {
    [ -e "/sys/fs/cgroup/unified/cgroup.procs" ] || skip "no v2 hierarchy is mounted here"
    frozen() {
        run -1 timeout -k 1 60 "$BUILD/masu-oci" run x </dev/null
        [[ "$output" == *"/$group/c' is frozen"* ]]
    }
    for h in unified/cgroup.freeze:1:0 freezer/freezer.state:FROZEN:THAWED; do
        IFS=/: read -r hierarchy file on off <<<"$h"
        at=/sys/fs/cgroup/$hierarchy/$group
        mkdir -p "$at/c"
        echo "$on" >"$at/c/$file"
        frozen
        [ -d "$at/c" ] # it is who froze it that removes it
        rmdir "$at/c"
        echo "$on" >"$at/$file"
        frozen
        echo "$off" >"$at/$file"
    done
    [ ! -e "/sys/fs/cgroup/unified/$group/c" ]
    config "c['process']['args'] = ['true']"
    ln -s busybox rootfs/bin/true
    oci run x
}

@test "KILL without a pid namespace: all of it, also when init is gone" {
    config "c['linux']['namespaces'] = [n for n in c['linux']['namespaces'] if n['type'] != 'pid']"
    all_gone() { wait_until '[ -z "$(value memory cgroup.procs)" ]'; }
    for gone in "" init; do
        begin 'sleep 1000 & echo >/begun; sleep 1000'
        wait_until [ -e rootfs/begun ]
        rm rootfs/begun
        [ "$(value memory cgroup.procs | wc -l)" -ge 2 ]
        if [ "$gone" ]; then
            kill -9 "$(oci state x | python3 -c 'import json,sys; print(json.load(sys.stdin)["pid"])')"
            wait_until is_stopped x
            [ -n "$(value memory cgroup.procs)" ]
        fi
        oci kill x KILL
        all_gone
        run -1 oci kill x KILL
        [[ "$output" == *"not running"* ]]
        oci delete x
    done
    nothing_left
}

# The pid that was read may belong to another process by then. Here the process leaves the group meanwhile.
a_process_leaves() {
    config "c['linux']['namespaces'] = [n for n in c['linux']['namespaces'] if n['type'] != 'pid']"
    in_container 'sleep 1000 & echo $! >/begun; sleep 1000'
    oci run -d x </dev/null >/dev/null 2>&1
    wait_until [ -s rootfs/begun ]
    other=$(<rootfs/begun)
    wait_until grep -q '^Name:.*sleep' "/proc/$other/status"
    # The first descriptor is of init; the group has been read before the second one.
    strace -qq -o stops -e trace=pidfd_open -e inject=pidfd_open:signal=STOP:when=2 "$BUILD/masu-oci" kill x KILL &
    wait_until grep -q SIGSTOP stops
    for procs in /sys/fs/cgroup/*/cgroup.procs; do echo "$other" >"$procs"; done
    pkill -CONT -P $! masu-oci
    wait $!
    wait_until is_stopped x
    [ -n "$(grep "^Name:.*sleep" "/proc/$other/status")" ]
    [ -z "$(grep "^State:.*zombie" "/proc/$other/status")" ]
    kill -9 "$other"
    oci delete x
}

@test "KILL without a pid namespace: a pid that has left the group gets no signal (F3)" {
    without_v2 a_process_leaves
    nothing_left
}

@test "pause, resume, kill and delete of a paused one" {
    begin
    oci pause x
    [ "$(status_of x)" = paused ]
    run -1 oci pause x
    run -1 oci delete x
    run oci exec x sh
    [[ "$output" == *paused* ]]
    oci exec --ignore-paused x sh -c 'echo >/went' &
    [ ! -e rootfs/went ]
    oci resume x
    wait $!
    [ -e rootfs/went ]
    [ "$(status_of x)" = running ]
    run -1 oci resume x
    [[ "$output" == *"not paused"* ]]
    oci pause x
    oci kill x KILL
    wait_until is_stopped x
    oci delete x
    begin
    oci pause x
    oci delete --force x
    nothing_left
}

@test "the same by the v1 freezer, without a v2 hierarchy" {
    config "c['process']['args'] = ['sleep', '1000']"
    without_v2 '
        oci run -d x </dev/null >/dev/null 2>&1
        oci pause x
        [ "$(status_of x)" = paused ]
        [ "$(value freezer freezer.state)" = FROZEN ]
        oci resume x
        [ "$(status_of x)" = running ]
        oci pause x
        oci kill x KILL
        wait_until is_stopped x
        oci delete x
        oci run -d x </dev/null >/dev/null 2>&1
        oci pause x
        oci delete --force x
        nothing_left'
}

@test "an exec that waits in a paused container ends when it is told to" {
    begin
    oci pause x
    for option in '' --detach; do
        # shellcheck disable=SC2086
        "$BUILD/masu-oci" exec --ignore-paused $option x sh -c 'echo >/went' </dev/null >/dev/null 2>said 3>&- &
        wait_until '[ "$(cat /sys/fs/cgroup/{freezer,unified}/"$group/c/cgroup.procs" 2>/dev/null | sort -u | wc -l)" -gt 1 ]'
        kill $!
        wait_until '! kill -0 $!'
        run ! kill -0 $!
        status=0
        wait $! || status=$?
        [ "$status" = 143 ]
        grep -q "told to end by SIGTERM" said
    done
    oci resume x
    [ ! -e rootfs/went ]
}

@test "ps: as ps does, and as JSON" {
    begin 'sleep 1000 & sleep 1000'
    wait_until '[ "$(oci ps x | wc -l)" = 3 ]'
    run -0 oci ps x
    [[ "${lines[0]}" == *PID* && "${lines[1]}" == *sleep* && "${#lines[@]}" = 3 ]]
    run -0 oci ps x -o pid,args
    [ "${#lines[@]}" = 3 ]
    [ "$(oci ps -f json x | python3 -c 'import json,sys; print(len(json.load(sys.stdin)))')" = 2 ]
    run -1 oci ps x -o args
    [[ "$output" == *"no column PID"* ]]
    oci delete --force x
    config "c['linux']['namespaces'] = [n for n in c['linux']['namespaces'] if n['type'] != 'pid']"
    begin 'sleep 999 & sleep 1000'
    wait_until '[ "$(oci ps x | wc -l)" = 3 ]'
    kill -9 "$(oci state x | python3 -c 'import json,sys; print(json.load(sys.stdin)["pid"])')"
    wait_until is_stopped x
    run -0 oci ps x # what outlives its init
    [[ "$output" == *"sleep 999"* && "${#lines[@]}" = 2 ]]
    oci kill --all x KILL
    wait_until '[ "$(oci ps -f json x)" = "[]" ]'
    oci kill --all x KILL # as runc has it: nothing is left to be killed
    oci delete x
    nothing_left
}

@test "update changes the given limits and remembers them" {
    config "r.update({'memory': {'limit': 64 << 20, 'swap': 64 << 20}, 'cpu': {'quota': 50000}})"
    begin
    oci update --memory 100M --memory-swap 200M --pids-limit 7 --cpu-share 100 x
    [ "$(value memory memory.limit_in_bytes)" = 104857600 ]
    [ "$(value cpu cpu.cfs_quota_us)" = 50000 ]
    [ "$(value pids pids.max)" = 7 ]
    # Past the old limit of both together, and below: the order of writing has to differ.
    oci update --memory 300M --memory-swap 300M --cpu-period 50000 --cpuset-cpus 0 x
    echo '{"memory": {"limit": 52428800}, "cpu": {"quota": 20000, "idle": 0}}' | oci update -r - x
    [ "$(value memory memory.limit_in_bytes)" = 52428800 ]
    [ "$(value memory memory.memsw.limit_in_bytes)" = 314572800 ]
    [ "$(value cpu cpu.cfs_quota_us) $(value cpu cpu.cfs_period_us)" = "20000 50000" ]
    [ "$(value pids pids.max)" = 7 ]
    echo '{"devices": [{"allow": true, "type": "c", "major": 10, "minor": 229}]}' >../r.json
    oci update --resources ../r.json --memory -1 --pids-limit -1 x
    [[ "$(value devices devices.list)" == *"c 10:229 rwm"* ]]
    [ "$(value pids pids.max)" = max ]
    [ "$(status_of x)" = running ]
    oci update --memory-reservation 32M --kernel-memory-tcp 8M --cpuset-mems 0 --cpu-rt-period 500000 \
        --cpu-rt-runtime 0 --cpu-quota -1 x
    [ "$(value memory memory.soft_limit_in_bytes) $(value memory memory.kmem.tcp.limit_in_bytes)" = "33554432 8388608" ]
    [ "$(value cpuset cpuset.mems)" = 0 ]
    [ ! -e "/sys/fs/cgroup/cpu/$group/c/cpu.rt_period_us" ] || [ "$(value cpu cpu.rt_period_us)" = 500000 ]
    oci update --memory-reservation -1 --cpu-quota 50000 --cpu-burst 1000 --cpu-idle 1 x
    [ "$(value cpu cpu.cfs_burst_us) $(value cpu cpu.idle)" = "1000 1" ]
    for weight in weight bfq.weight; do
        [ ! -e "/sys/fs/cgroup/blkio/$group/c/blkio.$weight" ] || {
            oci update --blkio-weight 77 x
            [ "$(value blkio "blkio.$weight")" = 77 ]
        }
    done
    for wrong in --memory=x --cpu-share=-5 --cpuset-cpus=x --blkio-weight=5 --cpu-idle=2 --kernel-memory=1M --nonsense=1; do
        run -1 oci update "$wrong" x
    done
    run -1 oci update -r /nonexistent x
    [[ "$output" == *"read '/nonexistent'"* ]]
    run -1 oci update --memory-swap 1M x
    [[ "$output" == *"needs a memory limit"* ]]
    run -1 oci update --l3-cache-schema L3:0=f x
    [[ "$output" == *l3-cache-schema*"container 'x' has no linux.intelRdt"* ]]
    echo '{"memory": {"limit": 4096, "checkBeforeUpdate": true}}' >../r.json
    run -1 oci update -r ../r.json x
    [[ "$output" == *"current usage"* ]]
}

@test "no processes are a limit, no burst is a reset, and a reservation may be over the limit" {
    config "r.update({'memory': {'limit': 64 << 20, 'reservation': 128 << 20}, 'pids': {'limit': 0},
        'cpu': {'quota': 50000, 'burst': 1000}})"
    begin
    [ "$(value pids pids.max) $(value memory memory.soft_limit_in_bytes)" = "0 134217728" ]
    [ "$(value cpu cpu.cfs_burst_us)" = 1000 ]
    oci update --cpu-burst 0 --pids-limit -1 x
    [ "$(value pids pids.max) $(value cpu cpu.cfs_burst_us)" = "max 0" ]
    oci update --cpu-quota 60000 --pids-limit 0 x
    [ "$(value pids pids.max) $(value cpu cpu.cfs_burst_us)" = "0 0" ]
}

@test "events: statistics, out of memory, and the end" {
    config "r.update({'memory': {'limit': 16 << 20, 'swap': 16 << 20}})"
    mkfifo rootfs/fifo
    begin 'cat /fifo; dd if=/dev/zero of=/dev/null bs=64M count=1; cat /fifo'
    oci events --stats x | python3 -c '
import json, sys
e = json.load(sys.stdin)
assert e["type"] == "stats" and e["id"] == "x", e
d = e["data"]
assert d["memory"]["usage"]["limit"] == 16 << 20 and d["pids"]["current"] >= 1, d
assert d["cpu"]["usage"]["total"] > 0 and "rss" in d["memory"]["raw"], d
assert 0 in d["cpuset"]["cpus"] and d["cpuset"]["mems"][0] == 0, d
assert "limit" not in d["pids"], d'
    timeout 300 "$BUILD/masu-oci" events --interval 100ms x >../events &
    events=$!
    wait_until [ -s ../events ]
    echo >rootfs/fifo
    wait_until grep -q '"oom"' ../events
    echo >rootfs/fifo
    wait "$events"
    python3 -c 'import json; [json.loads(l) for l in open("../events")]'
    grep -q '{"type":"oom","id":"x"}' ../events
    grep -q '{"type":"memory-pressure","id":"x","data":{"level":"critical"}}' ../events
    run -1 oci events --interval 5 x
    [[ "$output" == *--interval* ]]
}

@test "exec joins the container's groups, or one below them" {
    begin
    mkdir "/sys/fs/cgroup/pids/$group/c/sub"
    run -0 oci exec x cat /proc/self/cgroup
    [[ "$output" == *memory:/$'\n'* ]]
    run -0 oci exec --cgroup pids:sub x cat /proc/self/cgroup
    [[ "$output" == *pids:/sub$'\n'* && "$output" == *memory:/$'\n'* ]]
    mkdir "/sys/fs/cgroup/memory/$group/c/sub"
    run -0 oci exec --cgroup cpu,memory:/sub --cgroup pids:/sub x cat /proc/self/cgroup
    [[ "$output" == *pids:/sub$'\n'* && "$output" == *memory:/sub$'\n'* ]]
    run -0 oci exec --cgroup / x cat /proc/self/cgroup
    [[ "$output" == *pids:/$'\n'* && "$output" == *memory:/$'\n'* ]]
    for below in nothing cpu:/sub; do
        run -255 oci exec --cgroup "$below" x cat /proc/self/cgroup
        [[ "$output" == *"no cgroup '$below'"* ]]
    done
    run -255 oci exec --cgroup pids:../other x cat /proc/self/cgroup
    [[ "$output" == *"enter the cgroup '../other' below '/$group/c' in 'pids'"* ]]
}

@test "exec joins the groups that init is in, when those that were made are gone" {
    begin
    pid=$(oci state x | python3 -c 'import json,sys; print(json.load(sys.stdin)["pid"])')
    for h in /sys/fs/cgroup/*/"$group"; do
        mkdir "$h/elsewhere"
        for file in cpuset.cpus cpuset.mems; do
            [ ! -e "$h/$file" ] || cat "$h/$file" >"$h/elsewhere/$file"
        done
        echo "$pid" >"$h/elsewhere/cgroup.procs"
        rmdir "$h/c"
    done
    run -0 oci exec x sh -c 'cat /proc/1/cgroup; echo; cat /proc/self/cgroup'
    [[ "$output" == *memory:/../elsewhere* ]]
    [ "${output%%$'\n\n'*}" = "${output##*$'\n\n'}" ]
    oci delete --force x
}

@test "the cgroup mount: a tmpfs with the hierarchies, read-only as asked" {
    in_container 'ls /sys/fs/cgroup; mkdir /sys/fs/cgroup/memory/m; mkdir /sys/fs/cgroup/a'
    run oci run x
    for h in memory cpu pids devices; do [[ "$output" == *"$h"* ]]; done
    [ "$(grep -c 'Read-only file system' <<<"$output")" = 2 ]
    config "[m for m in c['mounts'] if m['type'] == 'cgroup'][0]['options'].remove('ro')"
    in_container 'mkdir /sys/fs/cgroup/memory/m && ls -d /sys/fs/cgroup/memory/m'
    run -0 oci run x
    nothing_left
    config "c['linux']['namespaces'] = [n for n in c['linux']['namespaces'] if n['type'] != 'cgroup']"
    in_container 'cat /sys/fs/cgroup/memory/cgroup.procs; mkdir /sys/fs/cgroup/memory/m'
    run oci run x # its own groups alone, and for root as config.json says
    [[ "${lines[0]}" == 1 && "$output" != *"Read-only"* ]]
    nothing_left
    config "[m for m in c['mounts'] if m['type'] == 'cgroup'][0]['options'].append('ro')"
    run oci run x
    [[ "${lines[0]}" == 1 && "$output" == *"Read-only file system"* ]]
}

@test "nothing is left of a container whose maker was killed, after delete --force" {
    config "c['process']['args'] = ['sleep', '1000']; c['hooks'] = {'createRuntime': [
        {'path': '/bin/sh', 'args': ['sh', '-c', 'kill -9 \$PPID']}]}"
    run oci run x
    [ "$status" -ne 0 ]
    [ -L "$work/run/oci/x/cgroup" ]
    [ -d "/sys/fs/cgroup/memory/$group/c" ]
    oci delete --force x
    nothing_left
    [ ! -e "$work/run/oci/x" ]
}
