#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Layers of all kinds, ordinary and hostile, unpacked as root without a user namespace and within one.

load ../lib/masu

FIRST=200000
below=$(printf 'b%.0s' {1..64}) # the name of a layer

setup() {
    craft="python3 -S $BATS_TEST_DIRNAME/craft-layer"
    tool=$BUILD/unpack-layer
    make_work
    need_root "to map ids without newuidmap"
}

# unpack FILE DIFF [ARGUMENT...]: layer of the given bytes; sets $root
unpack_as() {
    local file=$1 diff=$2
    shift 2
    root=$MASU_DATA_DIR/layers/$diff
    "$tool" "sha256:$diff" "$diff" "$@" <"$file"
}

# unpack CASE [ARGUMENT...]
unpack() {
    local case=$1
    shift
    $craft "$case" >"$work/tar"
    unpack_as "$work/tar" "$(sha256sum "$work/tar" | cut -d' ' -f1)" "$@"
}

# The contents of the layer: name type mode uid:gid size time link
tree() {
    find "$root" -mindepth 1 -printf '%P %y %m %U:%G %s %Ts %l\n' | LC_ALL=C sort
}

# Nothing but published layers, and nothing at the places that hostile layers aim at.
clean_store() {
    run -0 find "$MASU_DATA_DIR/layers" -maxdepth 1 -name '.*'
    [ -z "$output" ]
    [ ! -e "$MASU_DATA_DIR/out" ] && [ ! -e "$MASU_DATA_DIR/layers/out" ] && [ ! -e /etc/canary ]
}

same() { # FILE FORMAT EXPECTED
    local is
    is=$(stat -c "$2" "$root/$1")
    [ "$is" = "$3" ] || { echo "$1: $is instead of $3"; return 1; }
}

check_ordinary() { # NUMBER...: what uids 1 to 8 became
    same etc/passwd '%a %u %g %s %Y' "600 $1 $2 11 1000000000"
    same etc '%a %u:%g' '755 0:0'
    same bin '%a %u %Y' '1777 0 1000000000'
    same bin/su '%a %h' '4755 2'
    same bin/su2 '%a %h' '4755 2'
    same bin/write '%a %g' "2755 $5"
    same bin/sh '%F %u:%g %Y' "symbolic link $3:$4 1000000000"
    [ "$(readlink "$root/bin/sh")" = /bin/su ]
    [ "$(readlink "$root/bin/dangling")" = ../../../../nowhere ]
    same var/mail '%a %g %Y' "2775 $8 1000000000"
    same var/mail/box '%a %u:%g' "644 $7:0"
    same run/fifo '%F %a' 'fifo 622'
    [ "$(cat "$root"/xxx*/yyy*)" = long ]
    [ "$(cat "$root/$(printf 'nfd-e\314\201')")" = d ]
    [ "$(cat "$root/$(printf 'nfc-\303\251')")" = c ]
    same late '%Y' 1234567890
    [ "$(stat -c '%a %Y' "$root")" = "711 1111111111" ]
    getfattr -n user.mine "$root/ping"
    getcap -v "$root/ping" 2>/dev/null || getfattr -n security.capability "$root/ping"
}

@test "owners, modes, times, links, capabilities and long names arrive as packed" {
    unpack ordinary
    check_ordinary 1 2 3 4 5 6 7 8
    clean_store
}

@test "the same in a user namespace" {
    unpack ordinary map=$FIRST:65535
    check_ordinary $(seq $FIRST $((FIRST + 7)))
    clean_store
}

@test "one mapped id: all belongs to the caller, and a notice says so" {
    run -0 unpack ordinary map=0:0
    [[ $output == *"only one id is mapped"* ]]
    root=$(echo "$MASU_DATA_DIR"/layers/*)
    run -0 find "$root" ! -user 0 -o ! -group 0
    [ -z "$output" ]
}

@test "an owner outside the map is an error that names both" {
    run -125 unpack big_owner map=$FIRST:65535
    [[ $output == *"entry 'f': its owner is 70000:0, but only 65536 ids are mapped"*/etc/subuid* ]]
    clean_store
}

@test "gzip in members, zstd and plain are one layer; other data is refused" {
    $craft ordinary >"$work/tar"
    diff=$(sha256sum "$work/tar" | cut -d' ' -f1)
    head -c 5000 "$work/tar" | gzip >"$work/gz"
    tail -c +5001 "$work/tar" | gzip >>"$work/gz"
    for how in gz "zstd -q" "zstd -q --long=27" cat; do
        [ "$how" = gz ] || $how <"$work/tar" >"$work/$how"
        unpack_as "$work/$how" "$diff"
        tree >"$work/tree.$how"
        cmp "$work/tree.gz" "$work/tree.$how"
        rm -r "$root"
    done
    xz <"$work/tar" >"$work/xz"
    run -125 unpack_as "$work/xz" "$diff"
    [[ $output == *"compressed with xz"* ]]
    python3 -m zipfile -c "$work/zip" "$work/tar"
    ar rc "$work/ar" "$work/tar"
    for format in zip ar; do
        run -125 unpack_as "$work/$format" "$(sha256sum "$work/$format" | cut -d' ' -f1)"
        [[ $output == *"archive is malformed"* ]]
    done
    unpack_as /dev/null "$(sha256sum /dev/null | cut -d' ' -f1)" # nothing is a layer of nothing
    clean_store
}

@test "a truncated or damaged stream, and another layer's bytes, are refused" {
    $craft ordinary >"$work/tar"
    diff=$(sha256sum "$work/tar" | cut -d' ' -f1)
    gzip -k "$work/tar"
    zstd -q "$work/tar"
    for file in tar.gz tar.zst tar; do
        for cut in 1 9 100; do
            head -c -$cut "$work/$file" >"$work/cut"
            run -125 unpack_as "$work/cut" "$diff"
        done
    done
    { cat "$work/tar.gz"; echo garbage; } >"$work/more"
    run -125 unpack_as "$work/more" "$diff"
    [[ $output == *damaged* || $output == *truncated* ]]
    run -125 unpack_as "$work/tar.gz" "$(printf '0%.0s' {1..64})"
    [[ $output == *"another layer's"* ]]
    clean_store
}

@test "links lead to places in the layer, also absolute ones and those to nothing" {
    unpack links_inside
    [ "$(cat "$root/run/pid")" = 1 ]
    [ "$(cat "$root/made/by/link/f")" = 2 ]
    [ "$(cat "$root/at-root")" = 3 ]
    [ "$(cat "$root/b/c")" = 4 ]
    clean_store
}

@test "links never lead out of the layer (C1, C3)" {
    for map in none map=$FIRST:65535; do
        unpack links_outside $map
        [ "$(readlink "$root/l")" = ../out ]
        [ "$(cat "$root/out/x")" = evil ]
        [ "$(cat "$root/etc/canary")" = evil ]
        [ ! -e /tmp/etc/canary ]
        rm -r "$root"
    done
    clean_store
}

@test "a link and then a file of its name: the link goes, its target stays (C2, C4)" {
    unpack link_then_file
    same victim '%a %s %h' '600 4 1'
    same l '%F %a' 'regular file 777'
    same d '%F %a %u' 'directory 700 5'
    same h '%s %h' '3 1'
    clean_store
}

@test "a later entry replaces an earlier one" {
    unpack replace
    same d '%F' 'regular file'
    [ "$(cat "$root/f/g")" = 2 ]
    same twice '%a %s' '600 6'
}

@test "deletions become overlayfs's marks, and hide only the layers below (C10)" {
    for map in none map=$FIRST:65535; do
        mkdir -p "$MASU_DATA_DIR/layers/$below/dir"
        unpack whiteouts $map below=$below
        same gone '%F %t:%T' 'character special file 0:0'
        [ "$(getfattr --only-values -n user.overlay.opaque "$root/dir")" = y ]
        [ "$(cat "$root/dir/before" "$root/dir/after")" = ba ]
        [ "$(getfattr --only-values -n user.overlay.opaque "$root/both")" = y ]
        [ "$(getfattr --only-values -n user.overlay.opaque "$root/later")" = y ]
        [ "$(cat "$root/both/x" "$root/later/y" "$root/file")" = xyhere ]
        [ ! -e "$root/zero" ]
        [ ! -e "$root/.wh..wh.plnk" ]
        [ ! -e "$root/dir/.wh..wh..opq" ]
        rm -r "$root"
    done
}

@test "the marks mean to overlayfs what they should" {
    mkdir -p "$MASU_DATA_DIR/layers/$below/dir"
    unpack whiteouts below=$below
    mkdir -p "$work"/{low/dir,low/both,low/later,up,wrk,m}
    touch "$work"/low/{gone,kept,file,dir/old,both/old,later/old}
    mount -t overlay -o "lowerdir=$root:$work/low,upperdir=$work/up,workdir=$work/wrk,userxattr" \
        overlay "$work/m" || skip "no overlayfs here"
    run -0 bash -c "cd '$work/m' && find . -type f | LC_ALL=C sort | tr '\n' ' '"
    umount "$work/m"
    [ "$output" = "./both/x ./dir/after ./dir/before ./file ./kept ./later/y " ]
}

@test "attributes that would give orders to overlayfs or the kernel are dropped (C11, C12)" {
    for map in none map=$FIRST:65535; do
        unpack smuggled $map
        for name in d f; do
            run -0 getfattr -d -m - "$root/$name"
            [ "$(grep -c = <<<"$output")" = 1 ]
            [[ $output == *'user.kept="1"'* ]]
        done
        rm -r "$root"
    done
}

@test "devices are left out, with one notice, also for root (C12)" {
    for map in none map=$FIRST:65535; do
        run -0 unpack devices $map
        [ "$(grep -c 'left out device nodes' <<<"$output")" = 1 ]
        root=$(echo "$MASU_DATA_DIR"/layers/*)
        [ "$(tree | wc -l)" = 1 ]
        rm -r "$root"
    done
}

@test "bytes after the archive's end belong to the layer" {
    unpack trailing
    [ "$(cat "$root/f")" = 1 ]
}

@test "PAX sizes win over the old header's, as two other readers have it (C7)" {
    unpack sizes_disagree
    [ "$(cat "$root/b" "$root/c")" = abcc ]
    [ "$(tar -xOf "$work/tar" b c)" = abcc ]
    mkdir "$work/python"
    python3 -m tarfile -e "$work/tar" "$work/python"
    [ "$(cat "$work/python/b" "$work/python/c")" = abcc ]
}

@test "sparse files stay sparse" {
    truncate -s 1G "$work/hole"
    echo middle | dd of="$work/hole" bs=1M seek=500 conv=notrunc status=none
    for format in gnu posix; do
        tar -C "$work" -S --format=$format -cf "$work/tar" hole
        unpack_as "$work/tar" "$(sha256sum "$work/tar" | cut -d' ' -f1)"
        cmp "$work/hole" "$root/hole"
        [ "$(stat -c %b "$root/hole")" -lt 100 ]
    done
}

@test "the map of a sparse file takes a bounded part of memory (C8)" {
    $craft sparse_map | gzip -1 >"$work/tar"
    diff=$(gzip -cd "$work/tar" | sha256sum | cut -d' ' -f1)
    run -125 python3 - "$tool" "sha256:$diff" "$diff" "$work/tar" <<'END'
import resource, subprocess, sys
with open(sys.argv[4]) as layer:
    status = subprocess.run(sys.argv[1:4], stdin=layer).returncode
print(f"maximum: {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10} MiB")
sys.exit(status)
END
    [[ $output == *"unpack layer sha256:"* ]]
    [[ $output =~ maximum:\ ([0-9]+) ]]
    [ "${BASH_REMATCH[1]}" -lt 700 ] # what a zstd window and long headers may take: 512
    clean_store
}

@test "each hostile entry is refused, with its name, and leaves nothing" {
    for case in $($craft refused); do
        $craft "$case" >"$work/tar"
        diff=$(sha256sum "$work/tar" | cut -d' ' -f1)
        for map in none map=$FIRST:65535; do
            echo "# $case $map"
            run -125 unpack_as "$work/tar" "$diff" $map
            [[ $output == *"unpack layer sha256:"* ]]
            [ "$(wc -l <<<"$output")" = 1 ]
        done
    done
    clean_store
    [ -z "$(ls "$MASU_DATA_DIR/layers")" ]
}

# Prints faults of the processes that unpack for PID, once there are two under the filter.
look_at_processes() { # PID
    python3 - "$1" <<'END'
import os, re, sys, time

def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as f:
        return [int(word) for word in f.read().split()]

def status(pid, key):
    with open(f"/proc/{pid}/status") as f:
        return re.search(rf"^{key}:\s*(\S+)", f.read(), re.M)[1]

def pages(pid):  # memory that was shared by the fork
    with open(f"/proc/{pid}/maps") as f:
        return {line.split()[4] for line in f if line.split()[1] == "rw-s"}

broker = int(sys.argv[1])
for _ in range(600):
    unpackers = children(broker)
    below = [p for u in unpackers for p in [u] + children(u)]
    sealed = [p for p in below if status(p, "Seccomp") == "2"]
    if len(sealed) == 2:
        break
    time.sleep(0.1)
else:
    sys.exit(f"of {below} are confined: {sealed}")
report = pages(broker)
for p in sealed:
    report -= pages(p)
if not report <= pages(unpackers[0]) or not report:
    print("the digest is the word of a process that reads the layer")
makers = [p for p in sealed if int(status(p, "CapEff"), 16)]
if len(makers) != 1:
    print(f"{makers} make files")
for p in sealed:
    flags = os.statvfs(f"/proc/{p}/root").f_flag
    if p in makers and flags & 14 != os.ST_NODEV | os.ST_NOSUID | os.ST_NOEXEC:
        print(f"the staging directory is mounted with {flags:x}")
    if p not in makers and os.listdir(f"/proc/{p}/root"):
        print("who decompresses has files")
END
}

@test "the process that computes the digest does not read the layer, and its reader opens no device (F4)" {
    grep -q '^Seccomp:' /proc/self/status || skip "the kernel has no seccomp"
    $craft ordinary | gzip >"$work/tar"
    for map in "" map=$FIRST:65535; do
        mkfifo "$work/fifo"
        "$tool" "sha256:$(printf '%064d' 1)" "$(printf '%064d' 2)" $map <"$work/fifo" >/dev/null 2>&1 3>&- &
        exec 5>"$work/fifo"
        head -c 100 "$work/tar" >&5
        run look_at_processes $!
        exec 5>&-
        wait $! || true
        rm "$work/fifo"
        [ "$status" = 0 ] && [ -z "$output" ] || { echo "${map:-root}: $output"; return 1; }
    done
}

@test "two that unpack the same layer at once both succeed" {
    $craft ordinary >"$work/tar"
    diff=$(sha256sum "$work/tar" | cut -d' ' -f1)
    for i in 1 2 3 4 5 6; do
        "$tool" "sha256:$diff" "$diff" map=$FIRST:65535 <"$work/tar" &
    done
    for i in 1 2 3 4 5 6; do wait -n; done
    root=$MASU_DATA_DIR/layers/$diff
    check_ordinary $(seq $FIRST $((FIRST + 7)))
    clean_store
}

@test "a store on a full disk: the error names the entry and what it needs" {
    mkdir "$MASU_DATA_DIR"
    mount -t tmpfs -o size=4m tmpfs "$MASU_DATA_DIR" || skip "cannot mount a tmpfs"
    mkdir "$work/in"
    head -c 9M /dev/zero >"$work/in/large"
    tar -C "$work/in" -cf "$work/big" .
    rm "$work/in/large"
    for i in $(seq 200); do head -c 60K /dev/zero >"$work/in/$i"; done
    tar -C "$work/in" -cf "$work/many" .
    run unpack_as "$work/big" "$(sha256sum "$work/big" | cut -d' ' -f1)"
    first="$status $output"
    run unpack_as "$work/many" "$(sha256sum "$work/many" | cut -d' ' -f1)"
    left=$(find "$MASU_DATA_DIR/layers" -mindepth 1)
    umount "$MASU_DATA_DIR"
    echo "$first" "$output"
    [[ $first == 125*"needs"*"MiB"*"free"* ]]
    [[ $status$output == 125*"No space left"*MASU_DATA_DIR* ]]
    [ -z "$left" ]
}

# Its child dies with it, but a busy machine may first have others run.
ended() {
    local diff=$1
    wait_until '! pgrep -f "$tool sha256:$diff"'
}

# The layer comes from a pipe without an end, so that a child which is not told would wait for ever. The
# last calls, from which on all wait, are found by a kill that does not happen.
@test "no child of the unpacker outlives it, killed at any system call" {
    mkfifo "$work/pipe"
    diff=$(echo "$work" | sha256sum | cut -d' ' -f1)
    exec 8<>"$work/pipe"
    for n in $(seq 150 2000); do
        status=0
        timeout 20 "$BUILD/kill-at" first "$n" "$tool" "sha256:$diff" "$diff" map=$FIRST:65535 <"$work/pipe" 8<&- || status=$?
        [ $status = 0 ] || break
        ended "$diff" || { echo "killed at $n" && return 1; }
    done
    exec 8<&-
    [ "$status" = 124 ]
    [ "$n" -gt 200 ]
    ended "$diff"
}

@test "kill -9 at any moment: the next one cleans up and succeeds" {
    mkdir "$work/in"
    for i in $(seq 300); do mkdir "$work/in/$i"; head -c 30K /dev/urandom >"$work/in/$i/f"; done
    tar -C "$work/in" -czf "$work/tgz" .
    diff=$(gzip -dc "$work/tgz" | sha256sum | cut -d' ' -f1)
    for delay in 0.005 0.01 0.02 0.03 0.05 0.08 0.12 0.2; do
        "$tool" "sha256:$diff" "$diff" map=$FIRST:65535 <"$work/tgz" &
        victim=$!
        sleep $delay
        kill -9 $victim 2>/dev/null || true
        wait $victim 2>/dev/null || true
        ended "$diff"
        unpack_as "$work/tgz" "$diff" map=$FIRST:65535
        [ "$(find "$root" | wc -l)" = 601 ]
        clean_store
        rm -r "$root"
    done
}
