#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A kill at any system call of masu-oci leaves nothing that the next command stumbles over. All of
# them are some 650 for each of the ways to kill: of those every 13th, from a place that changes from
# day to day; STEP=1 FROM=1 takes every one.

load ../lib/masu

setup() {
    dir=$(mktemp -d)
    states=$(mktemp -d -p /dev/shm)
    mkdir -p "$dir"/rootfs/{proc,sys,dev,bin}
    cp "$BUILD/hello" "$dir/rootfs/bin/hello"
    cd "$dir" || return
    if is_root; then rootless=; else rootless=--rootless; fi
    "$BUILD/masu-oci" spec $rootless
    jq '.process.terminal = false | .process.args = ["/bin/hello"]' config.json >c && mv c config.json
    view=
    id=killed-$$-$BATS_TEST_NUMBER
    step=${STEP:-13}
    from=${FROM:-$(($(date +%j | sed 's/^0*//') % step + 1))}
}

teardown() {
    rm -rf "$dir" "$states"
}

# Where cgroup v2 is alone, in a mount namespace: there init is born in its group.
in_v2() { unshare --mount --propagation private sh -ec 'mount --bind /sys/fs/cgroup/unified /sys/fs/cgroup; exec "$@"' sh "$@"; }
oci() { $view "$BUILD/masu-oci" --root "$states" --cgroup-manager "$manager" "$@"; }
kill_at() { $view "$BUILD/kill-at" "$1" "$2" "$BUILD/masu-oci" --root "$states" --cgroup-manager "$manager" "${@:3}"; }
clean() { [ -z "$(ls -A "$states")" ] && ! find /sys/fs/cgroup -maxdepth 2 -name "$id" -type d | grep -q .; }

# MODE: run, killed at each of its calls, and then run to its end
sweep_run() {
    local total n
    total=$(kill_at first 1000000 run "$id" | tail -n 1)
    [ "$total" -gt 300 ]
    for n in $(seq "$from" "$step" "$total"); do
        kill_at "$1" "$n" run "$id" >/dev/null 2>&1 || true # there may be some calls less
        oci run "$id" >said 2>&1 || { echo "after $1 at $n:" && cat said && return 1; }
        clean || { echo "left after $1 at $n:" && find "$states" && return 1; }
    done
}

# create, start and delete, each killed somewhere: then delete --force makes the id free
sweep_lifecycle() {
    local n
    for n in $(seq "$from" "$((2 * step))" 600); do
        kill_at "$1" "$n" create "$id" >/dev/null 2>&1 </dev/null || true
        kill_at "$1" "$((n / 8 + 1))" start "$id" >/dev/null 2>&1 || true
        kill_at "$1" "$((n / 8 + 1))" delete --force "$id" >/dev/null 2>&1 || true
        oci delete --force "$id" >said 2>&1 || { echo "delete after $1 at $n:" && cat said && return 1; }
        clean || { echo "left after $1 at $n:" && find "$states" && return 1; }
        oci run "$id" >said 2>&1 || { echo "run after $1 at $n:" && cat said && return 1; }
    done
}

@test "run, its own process killed at any system call: the next run of the id works and nothing is left" {
    manager=disabled
    sweep_run first
}

@test "run, all its processes killed at any system call" {
    manager=disabled
    sweep_run all
}

@test "the same with a cgroup" {
    [ "$(id -u)" = 0 ] || skip "making cgroups needs root"
    manager=cgroupfs
    step=$((3 * step))
    sweep_run all
}

@test "the same with a cgroup that init is born in" {
    [ "$(id -u)" = 0 ] || skip "making cgroups needs root"
    [ -e /sys/fs/cgroup/cgroup.controllers ] || [ -d /sys/fs/cgroup/unified ] || skip "no cgroup v2 here"
    [ -e /sys/fs/cgroup/cgroup.controllers ] || view=in_v2
    manager=cgroupfs
    step=$((3 * step))
    sweep_run first
    sweep_run all
}

@test "create, start and delete killed at any system call: delete --force frees the id" {
    manager=disabled
    sweep_lifecycle first
    sweep_lifecycle all
}
