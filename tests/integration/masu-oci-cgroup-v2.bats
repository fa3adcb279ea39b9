#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Cgroups of masu-oci on this machine, as root: cgroup v2. On a hybrid machine masu-oci runs in a view where v2 is alone.

load ../lib/masu

setup() {
    need_root
    view=
    v2=/sys/fs/cgroup
    if [ ! -e "$v2/cgroup.controllers" ]; then
        v2=/sys/fs/cgroup/unified
        view=in_view
        [ -e "$v2/cgroup.controllers" ] || skip "cgroup v2 is not mounted here"
    fi
    make_work
    group=masu-test-$$-$BATS_TEST_NUMBER
    at=$v2/$group/c
    make_bundle sh sleep cat mkdir true
    config "c['linux']['cgroupsPath'] = '/$group/c'
c['root']['readonly'] = False"
}

teardown() {
    [ -n "${work-}" ] || return 0
    remove_work
    find "$v2" -depth -type d -path "*/$group*" -exec rmdir {} + 2>/dev/null || true
}

in_view() {
    unshare --mount --propagation private sh -ec '
        mount --bind /sys/fs/cgroup/unified /sys/fs/cgroup; exec "$@"' sh "$@"
}

oci() { $view "$BUILD/masu-oci" --cgroup-manager cgroupfs "$@"; }

begin() {
    config "c['process']['args'] = ['sh', '-c', '${1:-sleep 1000}']"
    oci run -d x </dev/null >/dev/null 2>&1
}

nothing_left() { [ ! -e "$at" ]; }

need_controller() {
    grep -qw "$1" "$v2/cgroup.controllers" || skip "cgroup v2 has no $1 controller here"
}

@test "v2: the container is in its group, the root of its cgroup namespace" {
    config "c['process']['args'] = ['cat', '/proc/self/cgroup']"
    run -0 --separate-stderr oci run x
    [[ "$output" == *0::/ ]]
    nothing_left
    begin
    [ "$(cat "$at/cgroup.procs")" = "$(oci state x | jq .pid)" ]
    oci delete --force x
    nothing_left
}

# Moving it there later would make the kernel wait for all processors.
@test "v2: init is born in its group, also when it joins a namespace" {
    command -v strace >/dev/null || skip "no strace, which sees it"
    config "c['process']['args'] = ['cat', '/proc/self/cgroup']"
    for join in '' "{'type': 'uts', 'path': '/proc/self/ns/uts'}"; do
        config "n = [n for n in c['linux']['namespaces'] if n['type'] != 'uts']
c['linux']['namespaces'] = n + [${join:-"{'type': 'uts'}"}]"
        run -0 --separate-stderr $view strace -f -y -e trace=clone3,write -o "$work/trace" \
            "$BUILD/masu-oci" --cgroup-manager cgroupfs run x
        [[ "$output" == *0::/ ]]
        grep -q 'clone3.*CLONE_INTO_CGROUP' "$work/trace"
        ! grep -q 'cgroup.procs' "$work/trace" || return 1
    done
    nothing_left
}

@test "v2: limits of tasks and memory, and update" {
    need_controller pids
    need_controller memory
    config "r.update({'pids': {'limit': 30}, 'memory': {'limit': 64 << 20}})"
    begin
    [ "$(cat "$at/pids.max" "$at/memory.max")" = $'30\n67108864' ]
    oci update --pids-limit 40 x
    [ "$(cat "$at/pids.max" "$at/memory.max")" = $'40\n67108864' ]
}

@test "v2: without a path the group is beside the caller's, which cannot give controllers" {
    config "c['linux']['namespaces'] = [n for n in c['linux']['namespaces'] if n['type'] != 'cgroup']
c['process']['args'] = ['cat', '/proc/self/cgroup']"
    mkdir -p "$v2/$group/own"
    for path in "" relative/y; do
        config "c['linux'].update({'cgroupsPath': '$path'}) if '$path' else c['linux'].pop('cgroupsPath', None)"
        run -0 sh -c 'echo 0 >"$1/own/cgroup.procs"; shift; exec "$@"' sh "$v2/$group" \
            bash -c "$(declare -f in_view); $view \"\$@\"" bash "$BUILD/masu-oci" --cgroup-manager cgroupfs run x
        [[ "$output" == *"0::/$group/${path:-x}" ]]
    done
}

@test "v2: a path cannot leave the hierarchy" {
    for path in "../../victim" "/a/../../$group" "/" "a/../b"; do
        config "c['linux']['cgroupsPath'] = '$path'"
        run -1 oci run x
        [[ "$output" == *cgroup* ]]
    done
}

@test "v2: a group with processes of others, and a frozen one, are refused" {
    begin
    run -1 oci run y
    [[ "$output" == *"has processes already"* ]]
    [ "$(status_of x)" = running ]
    oci delete --force x
    for frozen in "$at" "$v2/$group"; do
        mkdir -p "$at"
        echo 1 >"$frozen/cgroup.freeze"
        run -1 oci run x </dev/null
        [[ "$output" == *"/$group/c' is frozen"* ]]
        echo 0 >"$frozen/cgroup.freeze"
    done
}

@test "v2: pause, resume, kill and delete of a paused container" {
    begin
    oci pause x
    [ "$(status_of x)" = paused ]
    grep -qx 'frozen 1' "$at/cgroup.events"
    run -1 oci pause x
    run oci exec x true
    [[ "$output" == *paused* ]]
    oci resume x
    grep -qx 'frozen 0' "$at/cgroup.events"
    oci pause x
    oci kill x KILL
    wait_until is_stopped x
    oci delete x
    begin
    oci pause x
    oci delete --force x
    nothing_left
}

@test "v2: KILL without a pid namespace kills all processes, also after the end of init" {
    config "c['linux']['namespaces'] = [n for n in c['linux']['namespaces'] if n['type'] != 'pid']"
    for gone in "" init; do
        begin 'sleep 1000 & echo >/begun; sleep 1000'
        wait_until [ -e rootfs/begun ]
        rm rootfs/begun
        if [ "$gone" ]; then
            kill -9 "$(oci state x | jq .pid)"
            wait_until is_stopped x
            [ -n "$(cat "$at/cgroup.procs")" ]
        fi
        oci kill x KILL
        wait_until '[ -z "$(cat "$at/cgroup.procs")" ]'
        oci delete x
    done
    nothing_left
}

@test "v2: exec joins the group of the container, or one below it" {
    begin
    run -0 oci exec x cat /proc/self/cgroup
    [[ "$output" == *0::/ ]]
    mkdir "$at/sub"
    run -0 oci exec --cgroup sub x cat /proc/self/cgroup
    [[ "$output" == *0::/sub ]]
    run -255 oci exec --cgroup none x true
    [[ "$output" == *"open the cgroup '/$group/c/none': No such file or directory"* ]]
    oci delete --force x
    nothing_left
}

@test "v2: delete --force leaves nothing of a container whose creator was killed" {
    config "c['process']['args'] = ['sleep', '1000']; c['hooks'] = {'createRuntime': [
        {'path': '/bin/sh', 'args': ['sh', '-c', 'kill -9 \$PPID']}]}"
    run oci run x
    [ "$status" -ne 0 ]
    [ -d "$at" ]
    oci delete --force x
    nothing_left
}
