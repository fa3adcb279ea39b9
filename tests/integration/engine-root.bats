#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# masu-oci on the engine's containers: --root RUN/containers. The rootless case in a scope is tests/host/checks/oci-root.sh.

load ../lib/masu

setup_file() { make_images busybox; probe_containers --network none "oci:$IMAGES:busybox:latest" true; }

setup() {
    need_containers
    make_work
}

engine() { "$BUILD/masu-oci" --root "$MASU_RUN_DIR/containers" "$@"; }

# A container in the background, whose id becomes $id.
begin() { # [OPTION...] -- COMMAND...
    local options=()
    while [ "$1" != -- ]; do options+=("$1"); shift; done
    id=$(masu run -d --name "$name" --network none "${options[@]}" "oci:$IMAGES:busybox:latest" "${@:2}" 2>"$work/stderr")
}

member() { jq -r "$1" <<<"$output"; }
inspected() { masu inspect "$name" | jq -r ".[0].$1"; }
has_ended() { [ "$(inspected State.Status)" = exited ]; }

@test "list and state show what runs, and nothing of a container that has not run or has ended" {
    begin -- sleep 1000
    masu create --name "$name-created" --network none "oci:$IMAGES:busybox:latest" true
    run -0 engine list -q
    [ "$output" = "$id" ]
    run -0 engine state "$id"
    [ "$(member .status)" = running ]
    [ "$(member .id)" = "$id" ]
    [ "$(member .pid)" = "$(inspected State.Pid)" ]
    [ "$(member .bundle)" = "$MASU_DATA_DIR/containers/$id" ]
    [ "$(member .created)" = "$(inspected State.StartedAt)" ]
    run -0 engine list
    [[ "$output" == *"$id"*running*"$MASU_DATA_DIR/containers/$id"* ]]
    masu stop -t 0 "$name"
    run -0 engine list -q
    [ -z "$output" ]
    run -1 engine state "$id"
    [[ "$output" == *"does not exist"* ]]
}

@test "exec: in the container's namespaces, as its user, with its system call filter, and without when it has none" {
    begin --user 12:34 -- sleep 1000
    run -0 engine exec "$id" id
    [[ "$output" == "uid=12 gid=34"* ]]
    run -0 engine exec --user 0 "$id" id -u
    [ "$output" = 0 ]
    run -0 engine exec "$id" sh -c 'readlink /proc/self/ns/pid; readlink /proc/self/ns/mnt'
    run -0 --separate-stderr masu inspect "$name"
    pid=$(member '.[0].State.Pid')
    for type in pid mnt ipc uts user; do
        [ "$(engine exec "$id" readlink "/proc/self/ns/$type")" = "$(readlink "/proc/$pid/ns/$type")" ]
    done
    run -0 engine exec "$id" grep Seccomp: /proc/self/status
    [ "$output" = "$(engine exec "$id" grep Seccomp: /proc/1/status)" ]
    [[ "$output" == *2 ]]
    run -3 engine exec "$id" sh -c 'exit 3'
    masu rm -f "$name"
    begin --security-opt seccomp=unconfined -- sleep 1000
    run -0 engine exec "$id" grep Seccomp: /proc/self/status
    [[ "$output" == *0 ]]
}

@test "ps: the container's processes, and none of masu's" {
    need_root "an ordinary user without systemd has no cgroup"
    begin -- sleep 1000
    run -0 engine ps --format json "$id"
    [ "$(member '. | length')" = 1 ]
    [ "$(member '.[0]')" = "$(inspected State.Pid)" ]
    run -0 engine ps "$id" -o pid,args
    [[ "$output" == *"$(inspected State.Pid)"*sleep* ]]
    [ "${#lines[@]}" = 2 ]
}

@test "kill sends signals, and masu records the end" {
    begin -- sh -c 'trap "exit 5" TERM; echo ready; while :; do sleep 0.05; done'
    wait_until 'masu logs "$name" | grep -q ready'
    engine kill "$id" 0
    engine kill "$id" TERM
    wait_until has_ended
    [ "$(inspected State.ExitCode)" = 5 ]
    run -1 engine kill "$id" TERM
    [[ "$output" == *"does not exist"* ]]
}

@test "events --stats and update: the engine sees the new limit, also at the next start" {
    need_root "an ordinary user without systemd has no cgroup"
    begin -m 64m -- sleep 1000
    run -0 engine events --stats "$id"
    [ "$(member .id)" = "$id" ]
    [ "$(member .data.memory.usage.limit)" = $((64 << 20)) ]
    engine update --memory 48M "$id"
    run -0 engine events --stats "$id"
    [ "$(member .data.memory.usage.limit)" = $((48 << 20)) ]
    [ "$(inspected HostConfig.Memory)" = $((48 << 20)) ]
    masu stop -t 0 "$name"
    masu start "$name" 2>/dev/null
    run -0 engine events --stats "$id"
    [ "$(member .data.memory.usage.limit)" = $((48 << 20)) ]
}

@test "pause and resume: masu shows it, and stop, kill and rm end a paused container" {
    need_root "an ordinary user without systemd has no cgroup"
    for end in "stop -t 0" "stop -t 1" "kill -s KILL" "rm -f"; do
        begin -- sleep 1000
        engine pause "$id"
        run -0 engine state "$id"
        [ "$(member .status)" = paused ]
        [[ "$(masu ps)" == *"(Paused)"* ]]
        [ "$(inspected State.Status)" = paused ]
        [ "$(inspected State.Paused)" = true ]
        [ "$(inspected State.Running)" = true ]
        run -255 engine exec "$id" true
        [[ "$output" == *paused* ]]
        engine resume "$id"
        [ "$(inspected State.Status)" = running ]
        engine exec "$id" true
        engine pause "$id"
        masu $end "$name"
        [ "$end" = "rm -f" ] || wait_until has_ended
        masu rm -f "$name" 2>/dev/null || true
    done
}

@test "a paused container that is stopped acts on its stop signal" {
    need_root "an ordinary user without systemd has no cgroup"
    begin -- sh -c 'trap "exit 5" TERM; echo ready; while :; do sleep 0.05; done'
    wait_until '[ "$(masu logs "$name")" = ready ]'
    engine pause "$id"
    masu stop -t 60 "$name"
    [ "$(inspected State.ExitCode)" = 5 ]
}

@test "delete, checkpoint and start are refused, as is another container by the same id" {
    begin -- sleep 1000
    for command in "delete $id" "delete --force $id" "delete --regex --force ${id:0:12}"; do
        # shellcheck disable=SC2086 # words
        run -1 engine $command
        [[ "$output" == *"cannot delete container '$id': managed by masu"*"masu rm"* ]]
    done
    run -1 engine checkpoint --image-path "$work/images" "$id"
    [[ "$output" == *"cannot checkpoint container '$id': managed by masu"* ]]
    run -1 engine start "$id"
    [[ "$output" == *"cannot start container '$id' in the running state"* ]]
    make_bundle true
    run -1 engine run "$id"
    [[ "$output" == *"already exists"* ]]
    [ "$(inspected State.Status)" = running ]
    [ -e "$MASU_DATA_DIR/containers/$id/state.json" ]
}

@test "a start that was killed leaves a link that delete does not follow, and the next start uses the name" {
    masu create --name "$name" --network none "oci:$IMAGES:busybox:latest" echo again
    id=$(inspected Id)
    ln -s "$MASU_DATA_DIR/containers/$id" "$MASU_RUN_DIR/containers/$id"
    run -1 engine delete --force "$id"
    [[ "$output" == *"managed by masu"* ]]
    [ -e "$MASU_DATA_DIR/containers/$id/config.json" ]
    run -0 --separate-stderr masu start -a "$name"
    [ "$output" = again ]
    [ ! -e "$MASU_RUN_DIR/containers/$id" ] && [ ! -L "$MASU_RUN_DIR/containers/$id" ]
}
