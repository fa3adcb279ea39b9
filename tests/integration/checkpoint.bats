#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# checkpoint, with a criu that only notes what it is told, since kernels that the real one works on are
# not everywhere; and with the real one, where its failure is to be told whole.

bats_require_minimum_version 1.5.0

setup() {
    [ "$(id -u)" = 0 ] || skip "needs root"
    build=$(realpath "${MASU_BUILD:-$BATS_TEST_DIRNAME/../../build}")
    work=$(mktemp -d)
    export MASU_DATA_DIR=$work/data MASU_RUN_DIR=$work/run
    mkdir -p "$work/b/rootfs/bin" "$work/bin" "$work/images"
    cp /bin/busybox "$work/b/rootfs/bin/"
    ln -s busybox "$work/b/rootfs/bin/sleep"
    cd "$work/b"
    oci spec
    python3 -c "import json
c = json.load(open('config.json'))
c['process'].update(terminal=False, args=['sleep', '1000'])
c['mounts'].append({'destination': '/data', 'type': 'bind', 'source': '/usr', 'options': ['bind', 'ro']})
c['annotations'] = {'org.criu.config': '$work/criu.conf'}
json.dump(c, open('config.json', 'w'))"
}

teardown() {
    [ -n "${work:-}" ] || return 0
    for c in $(oci list -q 2>/dev/null); do oci delete --force "$c"; done
    cd /
    rm -rf "$work"
}

oci() { "$build/masu-oci" "$@"; }
begin() { oci run -d x </dev/null >/dev/null 2>&1; }
status_of() { oci state "$1" | python3 -c 'import json,sys; print(json.load(sys.stdin)["status"])'; }

# What it does besides is the body of a script; a dump that ends well kills what it dumped.
fake_criu() {
    printf '#!/bin/sh\nprintf "%%s\\n" "$@" >%s/said\n%s\n' "$work" "$1" >"$work/bin/criu"
    chmod +x "$work/bin/criu"
    PATH=$work/bin:$PATH
}
said() { grep -qxF -- "$1" "$work/said"; }
said_pair() { grep -xF -A1 -- "$1" "$work/said" | grep -qxF -- "$2"; }

@test "checkpoint tells criu what is external, and removes the container" {
    begin
    pid=$(oci state x | sed -n 's/.*"pid": \([0-9]*\).*/\1/p')
    fake_criu "kill -9 $pid"
    oci checkpoint --image-path "$work/images" --work-path "$work/w" --tcp-established --shell-job \
        --file-locks --ext-unix-sk --page-server 127.0.0.1:7000 --empty-ns network x
    [ "$(head -1 "$work/said")" = dump ]
    said_pair --tree "$pid"
    said_pair --images-dir "$work/images"
    said_pair --work-dir "$work/w"
    said_pair --config "$work/criu.conf"
    said_pair --external 'mnt[/data]:/data'
    said_pair --address 127.0.0.1
    said_pair --port 7000
    said_pair --empty-ns net
    for flag in --tcp-established --shell-job --file-locks --ext-unix-sk --manage-cgroups=soft; do
        said "$flag"
    done
    [ "$(python3 -c "import json; print(len(json.load(open('$work/images/descriptors.json'))))")" = 3 ]
    [ -z "$(oci list -q)" ]
    run -1 oci checkpoint x
    [[ "$output" == *"container does not exist"* ]]
}

@test "checkpoint --leave-running and --pre-dump let it go on" {
    begin
    fake_criu true
    oci checkpoint --leave-running x
    said --leave-running
    said_pair --images-dir "$work/b/checkpoint"
    oci checkpoint --pre-dump --image-path "$work/images/1" x
    [ "$(head -1 "$work/said")" = pre-dump ]
    said --track-mem
    oci checkpoint -R --image-path "$work/images/2" --parent-path ../1 --manage-cgroups-mode full x
    said_pair --prev-images-dir ../1
    said --manage-cgroups=full
    [ "$(status_of x)" = running ]
}

@test "checkpoint refuses what can't be meant, before criu is asked" {
    begin
    fake_criu true
    while read -r expected options; do
        # shellcheck disable=SC2086 # several words
        run -1 oci checkpoint --image-path "$work/images/0" $options x
        [[ "$output" == *"$expected"* ]]
    done <<END
--parent-path --parent-path /tmp
--parent-path --parent-path ../none
--page-server --page-server nowhere
--manage-cgroups-mode --manage-cgroups-mode hard
--lazy-pages --lazy-pages
--empty-ns --empty-ns mount
END
    ln -s /etc/passwd "$work/images/pages-1.img"
    run -1 oci checkpoint --image-path "$work/images" x
    [[ "$output" == *"pages-1.img' is no regular file"* ]]
    [ ! -e "$work/said" ]
    [ "$(status_of x)" = running ]
    oci kill x KILL
    oci delete --force x
    oci create x </dev/null >/dev/null 2>&1
    run -1 oci checkpoint x
    [[ "$output" == *"cannot be checkpointed in created state"* ]]
}

@test "a failure of criu's is told whole, and the container goes on" {
    begin
    fake_criu 'while [ $# -gt 1 ]; do [ "$1" != --work-dir ] || dir=$2; shift; done
printf "(00.1) Error (criu/a.c:1): the cause\n(00.2) Warn  (b.c:2): no\nError (c.c:3): the end\n" >"$dir/dump.log"
exit 1'
    run -1 oci checkpoint --image-path "$work/images" x
    [[ "$output" == *"container 'x': criu failed: the cause; the end"* ]]
    [[ "$output" == *"$work/images/dump.log"* ]]
    [ "$(status_of x)" = running ]
    rm "$work/bin/criu"
    PATH=${PATH#"$work/bin:"}
    command -v criu >/dev/null || skip "criu isn't installed"
    run oci checkpoint --image-path "$work/images" x
    [ "$status" = 0 ] || [[ "$output" == *"criu failed: "*"$work/images/dump.log"* ]]
}

@test "without criu the error names its package" {
    begin
    missing='for f in /usr/local/sbin /usr/sbin /sbin /usr/bin /bin; do
        [ ! -e "$f/criu" ] || mount --bind /dev/null "$f/criu"; done'
    run -1 unshare --mount --propagation private bash -c "$missing
        '$build/masu-oci' checkpoint x"
    [[ "$output" == *"run 'criu'"*"install the package 'criu'"* ]]
}

@test "restore says that it isn't there, and what is" {
    run -1 oci restore --image-path "$work/images" --bundle . --detach x
    [[ "$output" == *"does not restore"*"criu restore"* ]]
}
