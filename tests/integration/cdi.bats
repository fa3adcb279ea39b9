#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Devices of the Container Device Interface: --device VENDOR/CLASS=NAME, --gpus, --cdi-spec-dir. The files are like those that
# nvidia-ctk and amd-ctk write; each device is the null device or its like.

load ../lib/masu
load ../lib/busybox

setup() {
    setup_busybox
    cdi=$work/cdi
    mkdir "$cdi"
    echo "of the driver" >"$work/libcuda.so.1"
    printf '#!/bin/sh\necho "$@ $MARK" >>%s\ncat >>%s\necho >>%s\n' "$work/hooks" "$work/hooks" "$work/hooks" >"$work/hook"
    chmod 755 "$work" "$work/hook"
    : >"$work/hooks"
    chmod 666 "$work/hooks"
}

refused() { # MESSAGE OPTION...
    run -125 masu create --cdi-spec-dir "$cdi" "${@:2}" "$image" true
    [[ "$output" == *"$1"* ]] || { echo "$output"; return 1; }
}

need_yaml() { [ -x "$BUILD/masu-yaml" ] || skip "masu was built without libyaml"; }

nvidia_yaml() {
    cat <<END
---
cdiVersion: 0.5.0
kind: nvidia.com/gpu
devices:
- name: "0"
  containerEdits:
    deviceNodes:
    - path: /dev/nvidia0
      hostPath: /dev/null
    - path: /dev/dri/card1
      hostPath: /dev/zero
      permissions: rw
    hooks:
    - hookName: createContainer
      path: $work/hook
      args:
      - nvidia-cdi-hook
      - create-symlinks
      - --link
      - ../card1::/dev/dri/by-path/pci-0000:01:00.0-card
      env: [MARK=of-the-hook]
- name: all
  containerEdits:
    deviceNodes:
    - {path: /dev/nvidia0, hostPath: /dev/null}
    - {path: /dev/nvidia1, hostPath: /dev/null}
containerEdits:
  env:
  - NVIDIA_VISIBLE_DEVICES=void
  deviceNodes:
  - path: /dev/nvidiactl
    hostPath: /dev/null
  hooks:
  - hookName: createContainer
    path: $work/hook
    args: [nvidia-cdi-hook, update-ldcache, --folder, /usr/lib/x86_64-linux-gnu]
    timeout: 60
  - hookName: poststop
    path: $work/hook
    args: [nvidia-cdi-hook, clean-up]
  mounts:
  - hostPath: $work/libcuda.so.1
    containerPath: /usr/lib/x86_64-linux-gnu/libcuda.so.1
    options: [ro, nosuid, nodev, bind]
END
}

amd_json() {
    cat <<'END'
{"cdiVersion": "0.6.0", "kind": "amd.com/gpu",
 "containerEdits": {"deviceNodes": [{"path": "/dev/kfd", "hostPath": "/dev/null"}], "additionalGids": [44, 0]},
 "devices": [
  {"name": "0", "containerEdits": {"deviceNodes": [{"path": "/dev/dri/renderD128", "hostPath": "/dev/null", "type": "c",
                                                    "major": 1, "minor": 3, "fileMode": 438, "permissions": "rw"}]}},
  {"name": "1", "containerEdits": {"deviceNodes": [{"path": "/dev/dri/renderD129", "hostPath": "/dev/zero"}]}},
  {"name": "all", "containerEdits": {"deviceNodes": [{"path": "/dev/dri/renderD128", "hostPath": "/dev/null"},
                                                     {"path": "/dev/dri/renderD129", "hostPath": "/dev/zero"}]}}]}
END
}

@test "a file of NVIDIA in YAML: nodes, variables, mounts and hooks, in each start and in exec" {
    need_yaml
    nvidia_yaml >"$cdi/nvidia.yaml"
    masu create --name "$name" --network none --cdi-spec-dir "$cdi" --device nvidia.com/gpu=0 -e NVIDIA_VISIBLE_DEVICES=mine "$image" sh -c '
        stat -c "%n %t:%T" /dev/nvidia0 /dev/dri/card1 /dev/nvidiactl; cat /usr/lib/x86_64-linux-gnu/libcuda.so.1
        echo "$NVIDIA_VISIBLE_DEVICES"; echo x >/dev/nvidia0 && ls /dev/nvidia*'
    wanted="/dev/nvidia0 1:3
/dev/dri/card1 1:5
/dev/nvidiactl 1:3
of the driver
void
/dev/nvidia0
/dev/nvidiactl"
    run -0 --separate-stderr masu start -a "$name"
    [ "$output" = "$wanted" ]
    grep '^update-ldcache --folder /usr/lib/x86_64-linux-gnu $' "$work/hooks"
    grep '^create-symlinks .* of-the-hook$' "$work/hooks"
    grep '^{' "$work/hooks" | head -n 1 | jq -e --arg name "$name" '.status == "creating" and (.bundle | length > 0)'
    [ "$(grep -c '^clean-up' "$work/hooks")" = 1 ] # by the clean-up of the foreground
    # The driver is updated.
    mv "$work/libcuda.so.1" "$work/libcuda.so.2"
    run -125 masu start -a "$name"
    [[ "$output" == *"libcuda.so.1"*"No such file"* ]]
    sed -i 's,hostPath: .*libcuda.so.1,hostPath: '"$work/libcuda.so.2", "$cdi/nvidia.yaml"
    run -0 --separate-stderr masu start -a "$name"
    [ "$output" = "$wanted" ]
    masu inspect "$name" | jq -e '.[0].HostConfig.CDIDevices == ["nvidia.com/gpu=0"]'
    masu run -d --name "$name-2" --network none --cdi-spec-dir "$cdi" --gpus all "$image" sleep 1000 >/dev/null
    [ "$(masu exec "$name-2" sh -c 'echo "$NVIDIA_VISIBLE_DEVICES" /dev/nvidia[0-9]')" = "void /dev/nvidia0 /dev/nvidia1" ]
    : >"$work/hooks"
    masu rm -f "$name-2" # or the monitor's clean-up, which is first
    [ "$(grep -c '^clean-up' "$work/hooks")" = 1 ]
    grep '^{' "$work/hooks" | jq -e '.status == "stopped"'
}

@test "a file of AMD in JSON, groups, and the words of --gpus" {
    amd_json >"$cdi/amd.json"
    in_gpu() { go --cdi-spec-dir "$cdi" "$@" "$image" sh -c 'echo $(ls /dev/dri) $(id -G)'; }
    go "$image" id -G
    groups="$output 44"
    for gpus in all 2 count=2 device=0,1 '"device=0,1"'; do
        in_gpu --gpus "$gpus"
        [ "$output" = "renderD128 renderD129 $groups" ]
    done
    in_gpu --gpus device=1
    [ "$output" = "renderD129 $groups" ]
    in_gpu --device amd.com/gpu=1 --device amd.com/gpu=0
    [ "$output" = "renderD128 renderD129 $groups" ]
    # The user's own devices and mounts win.
    go --cdi-spec-dir "$cdi" --device /dev/zero:/dev/kfd --device amd.com/gpu=0 "$image" stat -c %T /dev/kfd
    [ "$output" = 5 ]
    refused "devices of this kind: 0 1 all" --device amd.com/gpu=7
    refused "devices of this kind: 0 1 all" --gpus 3
    refused "supported: all, a number, or device=" --gpus none
    refused "supported: all, a number, or device=" --gpus device=
    refused "not supported" --gpus all,capabilities=utility
    refused "sudo nvidia-ctk cdi generate" --device nvidia.com/gpu=all
    refused "is not of the form VENDOR/CLASS=NAME" --device amd.com=7
    rm "$cdi/amd.json"
    refused "no GPU found" --gpus all
    [ -z "$(masu ps -aq)" ]
}

@test "of two files the one in the later directory counts, and two in one directory conflict" {
    file() { printf '{"cdiVersion":"0.6.0","kind":"v.com/c","devices":[{"name":"d"%s}]}' "${1:+,\"containerEdits\":$1}"; }
    mkdir "$work/second"
    file '{"env":["FROM=first"]}' >"$cdi/v.json"
    file '{"env":["FROM=second"]}' >"$work/second/v.json"
    go --cdi-spec-dir "$cdi" --cdi-spec-dir "$work/second" --cdi-spec-dir "$work/missing" --device v.com/c=d "$image" sh -c 'echo $FROM'
    [ "$output" = second ]
    go --cdi-spec-dir "$work/second" --cdi-spec-dir "$cdi" --device v.com/c=d "$image" sh -c 'echo $FROM'
    [ "$output" = first ]
    cp "$cdi/v.json" "$cdi/w.json"
    refused "is described by two files: \"$cdi/v.json\" and \"$cdi/w.json\"" --device v.com/c=d
    rm "$cdi/w.json"
    # A broken file of another vendor is a notice.
    echo '{' >"$cdi/broken.json"
    run -0 masu create --cdi-spec-dir "$cdi" --device v.com/c=d "$image" true
    [[ "$output" == *"the CDI file \"$cdi/broken.json\" is left out: "* ]]
    rm "$cdi/broken.json"
    for edit in '{"intelRdt":{"closID":"x"}}|intelRdt of a CDI file is not supported' \
        '{"mounts":[{"hostPath":"/no/such","containerPath":"/x"}]}|source "/no/such"' \
        '{"hooks":[{"hookName":"createRuntime","path":"/no/such"}]}|createRuntime hook "/no/such"' \
        '{"deviceNodes":[{"path":"/dev/x","hostPath":"/etc/passwd"}]}|not a device' \
        '{"deviceNodes":[{"path":"/etc/x","hostPath":"/dev/null"}]}|not below /dev' \
        '{"deviceNodes":[{"path":"/dev/no-such"}]}|"/dev/no-such": No such file'; do
        file "${edit%|*}" >"$cdi/v.json"
        refused "${edit##*|}" --device v.com/c=d
    done
    for edit in '{"env":["NOVALUE"]}|containerEdits.env: ' '{"hooks":[{"hookName":"x","path":"/x"}]}|hookName: unknown hook' \
        '{"deviceNodes":[{"path":"dev/x"}]}|deviceNodes[0].path: '; do
        file "${edit%|*}" >"$cdi/v.json"
        refused "is left out: devices[0].containerEdits" --device v.com/c=d
        refused "${edit##*|}" --device v.com/c=d
        refused "no file in $cdi describes devices of the kind v.com/c" --device v.com/c=d
    done
    is_root || {
        file '{"deviceNodes":[{"path":"/dev/kmsg"}]}' >"$cdi/v.json"
        refused 'cannot pass on the device "/dev/kmsg"' --device v.com/c=d
    }
}

@test "root makes a node that the host lacks, with the numbers, mode and owner of the file" {
    need_root
    cat >"$cdi/v.json" <<'END'
{"cdiVersion": "0.6.0", "kind": "v.com/c", "devices": [{"name": "d", "containerEdits": {"deviceNodes": [
 {"path": "/dev/made", "type": "c", "major": 10, "minor": 200, "fileMode": 384, "uid": 7, "gid": 8, "permissions": "r"}]}}]}
END
    go --cdi-spec-dir "$cdi" --device v.com/c=d "$image" sh -c '
        stat -c "%t:%T %a %u %g" /dev/made; true </dev/made && echo readable; true 2>/dev/null >>/dev/made || echo refused'
    [ "${lines[0]}" = "a:c8 600 7 8" ] # 10:200, a tunnel
    [ "${lines[1]}" = readable ]
    [ "${lines[2]}" = refused ]
}

@test "YAML that is not a CDI file, and masu without its reader" {
    need_yaml
    printf 'a: 1\na: 2\n' >"$cdi/v.yaml"
    refused "line 2: a key is there twice" --device v.com/c=d
    { echo 'a0: &a0 [x]'; for i in 1 2 3 4 5 6 7 8 9; do printf 'a%s: &a%s [' $i $i; for _ in 1 2 3 4 5 6 7 8 9; do printf '*a%s,' $((i - 1)); done; echo ']'; done; } >"$cdi/v.yaml"
    refused "too many nodes" --device v.com/c=d
    nvidia_yaml >"$cdi/v.yml"
    mkdir "$work/programs"
    cp "$BUILD"/masu "$work/programs"
    run -125 env MASU_LIBEXEC_DIR="$work/programs" "$work/programs/masu" create --cdi-spec-dir "$cdi" --device nvidia.com/gpu=0 "$image" true
    [[ "$output" == *"this masu cannot read YAML (nvidia-ctk cdi generate --format=json --output=/etc/cdi/nvidia.json)"* ]]
}

@test "a stop and a forced removal that come during a start end what it has started" {
    mkfifo "$work/gate"
    chmod 666 "$work/gate"
    printf '#!/bin/sh\necho "%s" >>%s\nread line <%s\n' hook "$work/hooks" "$work/gate" >"$work/hook"
    cat >"$cdi/gate.json" <<END2
{"cdiVersion": "0.6.0", "kind": "example.com/gate", "devices": [{"name": "a", "containerEdits":
    {"hooks": [{"hookName": "createContainer", "path": "$work/hook"}]}}]}
END2
    masu create --name "$name" --network none --cdi-spec-dir "$cdi" --device example.com/gate=a "$image" sleep 1000
    for command in "stop -t 0" "rm -f"; do
        : >"$work/hooks"
        "$BUILD/masu" start "$name" &
        local start=$!
        wait_until '[ -s "$work/hooks" ]'
        "$BUILD/masu" $command "$name" &
        local end=$!
        echo >"$work/gate"
        # 125: the end came before init had executed the command.
        wait $start || [ $? -eq 125 ]
        wait $end
        [ "$(masu ps -q)" = "" ]
    done
    [ "$(masu ps -aq)" = "" ]
}
