#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# checkpoint and restore, with a criu that only notes what it is asked, since kernels that the real one
# works on are not everywhere (restore.bats); and with the real one, where its failure is to be told whole.

load ../lib/masu

setup() {
    need_root
    make_work
    id=checkpoint-$$
    mkdir "$work/bin" "$work/images"
    make_bundle sleep
    config "c['process']['args'] = ['sleep', '1000']
c['mounts'].append({'destination': '/data', 'type': 'bind', 'source': '/usr', 'options': ['bind', 'ro']})
c['annotations'] = {'org.criu.config': '$work/criu.conf'}"
}

begin() { oci run -d "$id" </dev/null >/dev/null 2>&1; }

# The script is run in addition; a successful dump kills the dumped processes.
fake_criu() {
    cp "$BATS_TEST_DIRNAME/fake-criu.py" "$work/bin/criu"
    printf '%s\n' "$1" >"$work/bin/do"
    chmod +x "$work/bin/criu"
    PATH=$work/bin:$PATH
}
said() { grep -qxF -- "$1" "$work/bin/said"; }

# refused OPTION... EXPECTED: nothing of it reaches criu
refused() {
    run -1 oci "${@:1:$#-1}"
    [[ "$output" == *"${!#}"* ]]
    [ ! -e "$work/bin/said" ]
}

@test "checkpoint names the external resources to criu, and removes the container" {
    begin
    pid=$(oci state "$id" | sed -n 's/.*"pid": \([0-9]*\).*/\1/p')
    fake_criu "kill -9 $pid"
    oci checkpoint --image-path "$work/images" --work-path "$work/w" --tcp-established --shell-job \
        --file-locks --ext-unix-sk --lazy-pages --page-server 127.0.0.1:7000 --empty-ns network --status-fd 9 "$id" 9>"$work/ready"
    said 'type 1'
    said "2 $pid"
    for flag in ext_unix_sk=4 tcp_established=5 shell_job=7 file_locks=8 lazy_pages=48 orphan_pts_master=50; do
        said "${flag#*=} 1"
    done
    said '10 dump.log'
    grep -qF '127.0.0.1' "$work/bin/said"
    said '34 3'
    said '37 mnt[/data]:/data'
    said "38 $((0x40000000))"
    said '49 9'
    said "51 $work/criu.conf"
    [ "$(python3 -c "import json; print(len(json.load(open('$work/images/descriptors.json'))))")" = 3 ]
    [ -z "$(oci list -q)" ]
    run -1 oci checkpoint "$id"
    [[ "$output" == *"container does not exist"* ]]
}

@test "criu neither ignores nor blocks a signal of the caller's" {
    begin
    # shellcheck disable=SC2016 # of the inner shell
    fake_criu 'grep -E "^Sig(Blk|Ign)" /proc/self/status >"$0-signals"'
    env --ignore-signal=HUP --ignore-signal=TERM --ignore-signal=ALRM --block-signal "$BUILD/masu-oci" checkpoint --leave-running "$id"
    [ "$(cat "$work/bin/do-signals")" = $'SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000' ]
}

@test "checkpoint --leave-running and --pre-dump let it go on" {
    begin
    fake_criu true
    oci checkpoint --leave-running "$id"
    said '3 1'
    [ -e checkpoint/descriptors.json ]
    oci checkpoint --pre-dump --image-path "$work/images/1" "$id"
    said 'type 4'
    said '15 1'
    oci checkpoint -R --image-path "$work/images/2" --parent-path ../1 --manage-cgroups-mode full "$id"
    said '14 ../1'
    said '34 4'
    [ "$(status_of "$id")" = running ]
}

@test "checkpoint refuses contradictory options before it asks criu" {
    begin
    fake_criu true
    refused checkpoint --image-path "$work/images/0" --parent-path /tmp "$id" "--parent-path '/tmp' must be relative"
    refused checkpoint --image-path "$work/images/0" --parent-path ../none "$id" "open --parent-path '../none'"
    refused checkpoint --image-path "$work/images/0" --page-server nowhere "$id" "--page-server 'nowhere' is not"
    refused checkpoint --image-path "$work/images/0" --manage-cgroups-mode hard "$id" "--manage-cgroups-mode 'hard'"
    refused checkpoint --image-path "$work/images/0" --empty-ns mount "$id" "--empty-ns 'mount'"
    ln -s /etc/passwd "$work/images/pages-1.img"
    refused checkpoint --image-path "$work/images" "$id" "pages-1.img' is not a regular file"
    [ "$(status_of "$id")" = running ]
    oci delete --force "$id"
    oci create "$id" </dev/null >/dev/null 2>&1
    refused checkpoint "$id" "cannot be checkpointed in created state"
}

# criu acts on these files with the rights of root, and follows links where it writes its log.
@test "directories that others can write to are refused" {
    begin
    fake_criu true
    mkdir -m 1777 "$work/open"
    refused checkpoint --image-path "$work/open" "$id" "others can write to the directory '$work/open'"
    refused checkpoint --image-path "$work/images" --work-path "$work/open" "$id" "others can write to"
    refused checkpoint --image-path "$work/images" --parent-path ../open "$id" "others can write to the directory '../open'"
    touch "$work/images/pages-1.img"
    chmod 666 "$work/images/pages-1.img"
    refused checkpoint --image-path "$work/images" "$id" "others can write to the file '$work/images/pages-1.img'"
    rm "$work/images/pages-1.img"
    mkfifo "$work/images/dump.log"
    refused checkpoint --image-path "$work/images" "$id" "dump.log' is not a regular file"
    rm "$work/images/dump.log"
    mkdir "$work/w"
    ln -s /etc/passwd "$work/w/dump.log"
    refused checkpoint --image-path "$work/images" --work-path "$work/w" "$id" "dump.log' is not a regular file"
    oci delete --force "$id"
    echo '["", "", ""]' >"$work/images/descriptors.json"
    refused restore --image-path "$work/open" "$id" "others can write to"
    refused restore --image-path "$work/images" --work-path "$work/open" "$id" "others can write to"
    chown 1234 "$work/images"
    refused restore --image-path "$work/images" "$id" "others can write to"
    chown 0 "$work/images"
    mkdir -m 777 "$work/earlier"
    ln -s ../earlier "$work/images/parent"
    refused restore --image-path "$work/images" "$id" "others can write to"
    rm "$work/images/parent"
    touch "$work/images/core-1.img"
    chown 1234 "$work/images/core-1.img"
    refused restore --image-path "$work/images" "$id" "others can write to the file '$work/images/core-1.img'"
    rm "$work/images/core-1.img"
    ln -s /etc/passwd "$work/images/pages-1.img"
    refused restore --image-path "$work/images" "$id" "pages-1.img' is not a regular file"
    [ -z "$(ls "$work/run/oci")" ]
}

@test "restore refuses a directory without a checkpoint, and resources that criu cannot keep" {
    fake_criu true
    refused restore --image-path "$work/none" "$id" "open the directory '$work/none'"
    refused restore --image-path "$work/images" "$id" "'$work/images' is not a directory of a checkpoint"
    echo '["a"]' >"$work/images/descriptors.json"
    refused restore --image-path "$work/images" "$id" "does not have the names of three streams"
    echo '["", "", ""]' >"$work/images/descriptors.json"
    refused restore --image-path "$work/images" --no-pivot "$id" "--no-pivot: criu enters the root by"
    refused restore --image-path "$work/images" --manage-cgroups-mode strict "$id" "--manage-cgroups-mode strict: "
    refused restore --image-path "$work/images" --console-socket "$work/s" "$id" "--console-socket without a terminal"
    refused restore --image-path "$work/images" --bundle "$work" "$id" "config.json"
    sed -i 's/"type": *"ipc"/&, "path": "\/proc\/self\/ns\/ipc"/' config.json
    refused restore --image-path "$work/images" "$id" "criu can't keep a container in a given ipc namespace"
    [ -z "$(ls "$work/run/oci")" ]
}

@test "restore leaves nothing behind when criu fails, or is killed" {
    echo '["", "", ""]' >"$work/images/descriptors.json"
    fake_criu 'echo "(00.1) Error (criu/a.c:1): the cause" >restore.log; false'
    run -1 oci restore --image-path "$work/images" --work-path "$work/w" --lsm-profile apparmor:p --lsm-mount-context system_u:object_r:c:s0 "$id"
    [[ "$output" == *"restore of container '$id': criu failed: the cause"*"its log is '$work/w/restore.log'"* ]]
    said 'type 2'
    said "13 $work/b/rootfs"
    said '37 mnt[/data]:/usr'
    said '53 apparmor:p'
    said '63 system_u:object_r:c:s0'
    [ -z "$(ls "$work/run/oci")" ]
    rm -r "$work/w"
    touch "$work/bin/die"
    run -1 oci restore --image-path "$work/images" --work-path "$work/w" "$id"
    [[ "$output" == *"restore of container '$id': criu died"* ]]
    [ -z "$(ls "$work/run/oci")" ]
    [ -z "$(find /sys/fs/cgroup -type d -name "$id")" ]
    [[ "$(cat /proc/self/mountinfo)" != *"$work"* ]]
    # masu-oci keeps children of the program that executed it.
    run -1 sh -c 'sleep 1000 >/dev/null 2>&1 3>&- & echo $! >"$1"; shift; exec "$@"' - "$work/other" \
        "$BUILD/masu-oci" restore --image-path "$work/images" --work-path "$work/w" "$id"
    [[ "$output" == *"criu died"* ]]
    kill "$(cat "$work/other")"
    begin
    run -1 oci restore --image-path "$work/images" "$id"
    [[ "$output" == *"container with given ID already exists: '$id'"* ]]
    [ "$(status_of "$id")" = running ]
}

# A terminal's Ctrl-C goes to a whole process group, criu's being another.
@test "a dump comes to its end though checkpoint is killed" {
    begin
    pid=$(oci state "$id" | sed -n 's/.*"pid": \([0-9]*\).*/\1/p')
    fake_criu "touch begun; while [ ! -e go ]; do sleep 0.1; done; kill -9 $pid"
    for signal in TERM KILL; do
        rm -f "$work/images/begun"
        python3 -c 'import os, sys; os.setsid(); os.execv(sys.argv[1], sys.argv[1:])' \
            "$BUILD/masu-oci" checkpoint --image-path "$work/images" "$id" 3>&- &
        wait_until [ -e "$work/images/begun" ]
        kill -$signal -$!
        wait $! || :
    done
    [ "$(status_of "$id")" = running ]
    touch "$work/images/go"
    wait_until is_stopped "$id"
    oci delete "$id"
}

@test "restore gives new namespaces what a start gives them, and runs hooks" {
    echo '["", "", ""]' >"$work/images/descriptors.json"
    python3 -c "import json, os
c = json.load(open('config.json'))
c['linux']['sysctl'] = {'net.ipv4.ip_forward': '1'}
c['linux']['cgroupsPath'] = '/$id'
c['hooks'] = {k: [{'path': '/bin/sh', 'args': ['sh', '-c', 'echo %s >>$work/hooks; cat >>$work/state' % k]}]
              for k in ('createRuntime', 'createContainer', 'poststart', 'poststop')}
json.dump(c, open('config.json', 'w'))"
    fake_criu false
    touch "$work/bin/init"
    oci restore -d --image-path "$work/images" --pid-file "$work/pid" "$id" </dev/null >/dev/null 2>&1 3>&-
    [ "$(xargs <"$work/hooks")" = 'createRuntime poststart' ]
    [ "$(jq -r .status "$work/state" | xargs)" = 'creating running' ]
    pid=$(cat "$work/pid")
    [ "$(oci state "$id" | jq .pid)" = "$pid" ]
    grep -q "/$id\$" "/proc/$pid/cgroup"
    [ "$(nsenter -t "$pid" -n cat /proc/sys/net/ipv4/ip_forward)" = 1 ]
    [[ "$(nsenter -t "$pid" -n ip addr show lo)" == *127.0.0.1* ]]
    oci delete --force "$id"
    [ "$(tail -n 1 "$work/hooks")" = poststop ]
    sed -i 's/ip_forward/none/' config.json
    run -1 oci restore -d --image-path "$work/images" "$id"
    [[ "$output" == *"restore of container '$id': set sysctl 'net.ipv4.none'"* ]]
    [ -z "$(ls "$work/run/oci")" ]
    [ -z "$(find /sys/fs/cgroup -type d -name "$id")" ]
}

@test "a failure of criu's is told whole, and the container goes on" {
    begin
    fake_criu 'printf "(00.1) Error (criu/a.c:1): the cause\n(00.2) Warn  (b.c:2): no\nError (c.c:3): the end\n" >dump.log
false'
    run -1 oci checkpoint --image-path "$work/images" "$id"
    [[ "$output" == *"container '$id': criu failed: the cause; the end"* ]]
    [[ "$output" == *"$work/images/dump.log"* ]]
    [ "$(status_of "$id")" = running ]
    rm "$work/bin/criu"
    PATH=${PATH#"$work/bin:"}
    command -v criu >/dev/null || skip "criu isn't installed"
    run oci checkpoint --image-path "$work/images" "$id"
    [ "$status" = 0 ] || [[ "$output" == *"criu failed: "*"$work/images/dump.log"* ]]
}

@test "without criu the error names its package" {
    begin
    missing='for f in /usr/local/sbin /usr/sbin /sbin /usr/bin /bin; do
        [ ! -e "$f/criu" ] || mount --bind /dev/null "$f/criu"; done'
    run -1 unshare --mount --propagation private bash -c "$missing
        '$BUILD/masu-oci' checkpoint $id"
    [[ "$output" == *"run 'criu'"*"install the package 'criu'"* ]]
}
