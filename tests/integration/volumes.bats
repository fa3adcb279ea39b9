#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Volumes: what a new one gets from the image, those that an image asks for, and what becomes of them after a kill, on a
# full disk and with several starts at once. As root, and as an ordinary user with sub-ids.

load ../lib/masu

setup_file() {
    make_images volumes badvolume
    probe_containers
}

setup() {
    need_containers
    make_work
    image=oci:$IMAGES:volumes:latest
    plain=--mount=type=tmpfs,dst=/data # in place of the image's volume
}

volumes() { ls -A "$MASU_DATA_DIR/volumes"; }

@test "a new volume takes contents, owners and modes from the image, once" {
    go -v store:/data $image sh -c 'cd /data; stat -c "%n %u:%g %a" . file directory directory/inside
        cat file directory/inside; readlink link'
    [ "$output" = ". 1234:99 3750
file 7:0 4711
directory 1000:1000 700
directory/inside 0:0 644
of the image
deep
/etc/passwd" ]
    [ "$(volumes)" = store ]
    go -v store:/data $image sh -c 'rm -r /data/*; chown 5:6 /data'
    go -v store:/data $image sh -c 'stat -c %u:%g /data; ls -A /data' # empty, but not new
    [ "$output" = 5:6 ]
    go -v store:/not/there/yet $image stat -c %u:%g /not/there/yet
    [ "$output" = 5:6 ]
    go -v other:/not/there/yet $image stat -c '%u:%g %a' /not/there/yet
    [ "$output" = "0:0 755" ]
}

@test "an image's volumes are anonymous, seen by inspect, and go with rm -v or --rm" {
    masu create --name c-$$ --network none $image sh -c 'echo more >>/data/file; grep -c more /data/file' 2>/dev/null
    [ "$(masu inspect c-$$ | python3 -c 'import json,sys
for m in json.load(sys.stdin)[0]["Mounts"]: print(m["Type"], m["Destination"], len(m["Name"]))')" = "volume /data 64
volume /linked/deep 64
volume /srv/up 64" ]
    [ "$(masu start -a c-$$ 2>/dev/null)" = 1 ]
    [ "$(masu start -a c-$$ 2>/dev/null)" = 2 ] # the same ones
    [ "$(volumes | wc -l)" -eq 3 ]
    masu rm -v c-$$
    [ -z "$(volumes)" ]
    go $image sh -c 'cat /data/file /srv/up/file /target/deep/file; ls /srv'
    [ "$output" = $'of the image\nup\nbehind a link\nup' ]
    [ -z "$(volumes)" ]
    masu run --network none --name kept-$$ $image true 2>/dev/null
    masu rm kept-$$
    [ "$(volumes | wc -l)" -eq 3 ]
}

@test "the user's mounts replace an image's volume and the mounts that cover it" {
    mkdir -p "$work/app/modules"
    go -v "$work/app:/data" $image ls /data
    [ "$output" = modules ]
    go --tmpfs /data $image sh -c 'ls -A /data; grep " /data " /proc/mounts'
    [[ "$output" == "tmpfs /data tmpfs"* ]]
    go -v "$work/app:/app" -v /app/modules $image cat /app/modules/one
    [ "$output" = module ]
    [ -z "$(ls -A "$work/app/modules")" ]
    go -v twice:/data -v twice:/app/modules $image sh -c 'ls /data'
    [ "$output" = one ] # the first place in the order of paths fills it
}

@test "nocopy; a read-only volume is filled all the same" {
    for mount in -v=a:/data:nocopy --mount=type=volume,src=b,dst=/data,volume-nocopy \
        --mount=type=volume,src=c,dst=/data,volume-nocopy=true; do
        go "$mount" $image ls -A /data
        [ "$status" -eq 0 ]
        [ -z "$output" ]
    done
    go -v a:/data $image ls -A /data # not new any more
    [ -z "$output" ]
    go --mount type=volume,src=d,dst=/data,volume-nocopy=false,ro $image sh -c 'cat /data/file; echo x >/data/x'
    [ "$status" -ne 0 ]
    [ "$output" = "of the image" ]
    [[ "$stderr" == *"Read-only file system"* ]]
}

@test "a tmpfs that begins with what it covers, and one that doesn't" {
    go --tmpfs /data:tmpcopyup $image sh -c 'stat -c "%n %u:%g %a" /data /data/file; cat /data/file; rm /data/file
        grep -c "^tmpfs /data tmpfs.*nosuid,nodev,noexec" /proc/mounts'
    [ "$output" = $'/data 1234:99 3750\n/data/file 7:0 4711\nof the image\n1' ]
    go --mount type=tmpfs,dst=/data,tmpcopyup,tmpfs-mode=0700,tmpfs-size=1MB $image sh -c 'stat -c %a /data
        cat /data/file; df -k /data | tail -1'
    [[ "$output" == $'700\nof the image\n'*" 1024 "* ]]
    go --tmpfs /data:notmpcopyup $image sh -c 'stat -c %a /data; ls -A /data'
    [ "$output" = 1777 ]
}

@test "sources and places with commas and quotes; how Docker on other systems shares files is of no effect" {
    mkdir "$work/a,b" "$work/below"
    echo comma >"$work/a,b/file"
    go --mount "type=bind,\"source=$work/a,b\",\"dst=/x,\"\"y\"\"\",ro" $image cat '/x,"y"/file'
    [ "$output" = comma ]
    go --mount "type=bind,source=$work/a,b,dst=/x" $image true
    [ "$status" -eq 125 ]
    go --mount "type=bind,\"source=$work/a,b,dst=/x" $image true
    [ "$status" -eq 125 ]
    [[ "$stderr" == *"a quote is misplaced or not closed"*'quote whole fields: type=bind,"src=/a,b",dst=/c'* ]]
    for option in cached delegated consistent; do
        go -v "$work/a,b:/x:ro,$option" --mount "type=bind,src=$work/below,dst=/y,consistency=$option" $image sh -c \
            'cat /x/file; echo x >/y/file; ! echo x 2>/dev/null >/x/new'
        [ "$status" -eq 0 ]
        [ "$output" = comma ]
    done
}

@test "two mounts at one place are refused before anything is made" {
    for other in -v=b:/data --tmpfs=/data/ -v=/x/../data/. --mount=type=volume,dst=//data; do
        go -v a:/data "$other" $image true
        [ "$status" -eq 125 ]
        [[ "$stderr" == *"duplicate mount point '/data'"*"remove one of the options"* ]]
    done
    [ -z "$(masu ps -aq)" ] && [ -z "$(volumes)" ]
}

@test "an image can't ask for the kernel's places, or for none" {
    go $image sh -c 'grep -c " /proc proc " /proc/mounts; grep -c " /sys/fs/cgroup .*masu" /proc/mounts'
    [ "$output" = $'1\n0' ]
    [[ "$stderr" == *"the volume '/proc' of the image is left out"*"the volume '/sys/fs/cgroup' of the image is left out"* ]]
    go "oci:$IMAGES:badvolume:latest" true
    [ "$status" -eq 125 ]
    [[ "$stderr" == *"'relative/place', is not an absolute path"* ]]
    [ -z "$(masu ps -aq)" ] && [ -z "$(volumes)" ]
}

@test "links that a container leaves in its volume lead nowhere in the next one" {
    echo canary >"$work/canary"
    chmod 666 "$work/canary"
    go -v etc:/store $image sh -c "cd /store; mkdir sub
        ln -s $work/canary hosts; ln -s $work/canary resolv.conf; ln -s $work sub/link"
    [ "$status" -eq 0 ]
    go -v etc:/etc -v new:/etc/sub/link/place $image sh -c 'cat /etc/hostname >/dev/null; echo x >/etc/sub/link/place/x'
    [ "$status" -eq 0 ]
    [ "$(cat "$work/canary")" = canary ]
    [ ! -e "$work/place" ]
}

@test "modes are those of the image, whatever the caller's umask; a working directory that has gone is named" {
    umask 077
    go -v new:/data -v other:/not/there $image stat -c %a / /data /not/there /etc/hosts /tmp
    umask 022
    [ "$output" = $'755\n3750\n755\n644\n1777' ]
    mkdir "$work/gone"
    cd "$work/gone"
    rmdir "$work/gone"
    go $image pwd
    [ "$output" = / ]
    go -v ./x:/x $image true
    [ "$status" -eq 125 ]
    [[ "$stderr" == *"find './x' from the working directory: No such file or directory"* ]]
}

@test "several starts with one new volume: each finds it whole" {
    masu pull -q $image >/dev/null
    for i in $(seq 8); do
        [ $((i % 2)) = 0 ] && order="-v a:/big -v b:/app" || order="-v b:/app -v a:/big"
        # shellcheck disable=SC2086
        "$BUILD/masu" run --rm --network none "$plain" $order $image \
            sh -c 'cat /big/b /app/modules/one; wc -c </big/a' >"$work/out.$i" 2>/dev/null &
    done
    wait
    for i in $(seq 8); do [ "$(cat "$work/out.$i")" = $'last\nmodule\n6291456' ]; done
    [ "$(volumes)" = $'a\nb' ]
}

@test "a half-filled volume is never taken for whole" {
    masu pull -q $image >/dev/null
    for delay in 0.01 0.015 0.02 0.03 0.04; do
        timeout -s KILL $delay "$BUILD/masu" run --rm --network none "$plain" -v "v$delay:/big" $image true || true
        go "$plain" -v "v$delay:/big" $image sh -c 'cat /big/b; wc -c </big/a'
        [ "$output" = $'last\n6291456' ]
    done
    # As a kill in the midst leaves it, owners and all.
    masu run --rm --network none "$plain" -v half:/big $image sh -c 'rm /big/b; mkdir /big/x; chown -R 5:5 /big' 2>/dev/null
    touch "$MASU_DATA_DIR/volumes/.new-half"
    go "$plain" -v half:/big $image sh -c 'cat /big/b; ls -A /big; stat -c %u /big'
    [ "$output" = $'last\na\nb\n0' ]
    touch "$MASU_DATA_DIR/volumes/.new-half"
    go "$plain" -v half:/big:nocopy $image ls -A /big
    [ "$status" -eq 0 ]
    [ -z "$output" ]
    [ ! -e "$MASU_DATA_DIR/volumes/.new-half" ]
}

@test "a disk that gets full while a volume is filled" {
    [ "$(id -u)" = 0 ] || skip "needs a file system of its own: only root can mount one"
    mkdir -p "$work/data"
    mount -t tmpfs -o size=26m tmpfs "$work/data"
    masu pull -q $image >/dev/null
    head -c $(($(df -B1 --output=avail "$work/data" | tail -1) - 3000000)) /dev/zero >"$work/data/ballast"
    go "$plain" -v full:/big $image true
    [ "$status" -eq 125 ]
    [[ "$stderr" == *"fill the new volume at '/big' from the image: No space left on device"* ]]
    go "$plain" -v /big $image true # without a name nothing stays
    [ "$status" -eq 125 ]
    [ -z "$(volumes)" ] # nor does the first one, which is not whole, when others are removed
    rm "$work/data/ballast"
    go "$plain" -v full:/big $image sh -c 'cat /big/b; wc -c </big/a'
    [ "$output" = $'last\n6291456' ]
    [ "$(volumes)" = full ]
}

@test "masu volume: created with labels, listed by filters, inspected" {
    run -0 "$BUILD/masu" volume create --label tier=db -l empty data
    [ "$output" = data ]
    run -125 "$BUILD/masu" volume create data
    [[ "$output" == *"cannot create volume 'data': name already in use"*"--ignore data"* ]]
    run -0 "$BUILD/masu" volume create --ignore --label tier=other data
    run -0 "$BUILD/masu" volume create
    anonymous=$output
    [[ "$anonymous" =~ ^[0-9a-f]{64}$ ]]
    run -0 "$BUILD/masu" volume ls -q
    [ "$(sort <<<"$output")" = "$(printf '%s\n' "$anonymous" data | sort)" ]
    for filter in label=tier label=tier=db label=empty= name=at anonymous=false; do
        run -0 "$BUILD/masu" volume ls -q --filter "$filter"
        [ "$output" = data ] || { echo "$filter: $output"; return 1; }
    done
    for filter in label!=tier anonymous=true name=${anonymous:3:9}; do
        run -0 "$BUILD/masu" volume ls -q -f "$filter"
        [ "$output" = "$anonymous" ] || { echo "$filter: $output"; return 1; }
    done
    run -0 "$BUILD/masu" volume ls -q --filter label=tier=other
    [ -z "$output" ]
    run -125 "$BUILD/masu" volume ls --filter color=red
    [[ "$output" == *"'--filter color=red': must be one of anonymous=, dangling=, driver=, label=, label!=, name=, until="* ]]
    run -0 "$BUILD/masu" volume inspect data
    [ "$(jq -r '.[0] | .Name, .Driver, .Labels.tier, .Labels.empty, .Anonymous' <<<"$output")" = $'data\nlocal\ndb\n\nfalse' ]
    [ "$(jq -r '.[0].Mountpoint' <<<"$output")" = "$MASU_DATA_DIR/volumes/data" ]
    run -125 "$BUILD/masu" volume inspect missing data
    [[ "$output" == *"volume 'missing' not found"* ]]
    run -125 "$BUILD/masu" volume create --driver nfs other
    [[ "$output" == *"supported drivers: local"* ]]
}

@test "masu volume rm and prune: volumes in use stay, and go with --force" {
    "$BUILD/masu" volume create used
    "$BUILD/masu" volume create unused
    anonymous=$("$BUILD/masu" volume create)
    "$BUILD/masu" create --name user-$$ --network none -v used:/data $image true
    run -0 "$BUILD/masu" volume ls -q --filter dangling=false
    [ "$output" = used ]
    run -125 "$BUILD/masu" volume rm used unused
    [[ "$output" == *"cannot remove volume 'used': container 'user-$$' uses it"*unused* ]]
    "$BUILD/masu" volume create unused
    run -125 "$BUILD/masu" volume prune </dev/null
    [[ "$output" == *"--force removes without asking"* ]]
    run -0 "$BUILD/masu" volume prune --force
    [ "$output" = "$anonymous"$'\nTotal reclaimed space: 0 B' ]
    run -0 "$BUILD/masu" volume prune --force --all --filter label!=x
    [ "$output" = $'unused\nTotal reclaimed space: 0 B' ]
    run -125 "$BUILD/masu" volume prune --force --filter name=x
    [[ "$output" == *"must be one of label=, label!=, until="* ]]
    run -125 "$BUILD/masu" volume rm
    [[ "$output" == *"missing argument: NAME, or --all"* ]]
    run -0 "$BUILD/masu" volume rm --all
    [ -z "$output" ]
    run -0 "$BUILD/masu" volume rm --force used missing
    [ -z "$(volumes)" ]
    [ -z "$("$BUILD/masu" ps -aq)" ]
}

@test "masu volume: help of the group and of its commands" {
    run -0 "$BUILD/masu" volume --help
    [[ "$output" == *prune*rm* ]]
    run -0 "$BUILD/masu" help volume ls
    [[ "$output" == *"Usage: masu volume ls"* ]]
    run -125 "$BUILD/masu" volume
    run -125 "$BUILD/masu" volume nonsense
    [[ "$output" == *"unknown command 'nonsense'"*"masu volume --help"* ]]
    run -125 "$BUILD/masu" help volume nonsense
}

@test "a container takes over the mounts of another one, and its own options win" {
    mkdir "$work/a dir" "$work/own"
    echo bound >"$work/a dir/file"
    echo own >"$work/own/file"
    masu create --name "$name" --network none -v "$work/a dir:/bound:ro,noexec" -v store:/stored -v "$work/a dir:/replaced" \
        --tmpfs /scratch "$image" true
    masu run --rm --network none --volumes-from "$name" -v "$work/own:/replaced" "$image" sh -c '
        cat /bound/file /replaced/file; touch /data/kept /stored/kept; touch /bound/new 2>/dev/null || echo read-only
        grep -c " /bound .*noexec" /proc/self/mountinfo; [ -e /scratch ] || echo none' >"$work/out"
    diff "$work/out" - <<<$'bound\nown\nread-only\n1\nnone'
    # The unnamed volume of the image is shared, too, and outlives the second container.
    go --volumes-from "$name:ro" "$image" sh -c 'ls /data/kept /stored/kept; touch /stored/new 2>/dev/null || echo read-only'
    [ "$output" = $'/data/kept\n/stored/kept\nread-only' ]
    run -125 masu create --volumes-from "$name:z" "$image"
    [[ "$output" == *"must be one of ro, rw"* ]]
    run -125 masu create --volumes-from "no such" "$image"
    [[ "$output" == *"no container with name or id 'no such'"* ]]
    masu create --name "$name-2" --network none --volumes-from "$name" "$image" true
    masu inspect "$name-2" | jq -e '.[0].HostConfig.VolumesFrom == ["'"$name"'"]'
    masu rm -v "$name"
    run -0 --separate-stderr masu start -a "$name-2"
}

### export and import

# The names, types, owners and modes of an archive's entries, sorted.
entries() { # FILE
    python3 -c 'import sys, tarfile
for m in sorted(tarfile.open(sys.argv[1]), key=lambda m: m.name):
    print(m.name.removeprefix("./"), m.type.decode(), f"{m.uid}:{m.gid} {m.mode:o}", m.linkname)' "$1" | sed 's/  *$//'
}

@test "volume export and import keep names, owners, links and holes, and change nothing else" {
    go -v store:/data $image sh -c 'cd /data; ln file hard; dd if=/dev/zero of=sparse bs=1 count=1 seek=8388607 2>/dev/null'
    masu volume export -o "$work/store.tar" store
    [ "$(stat -c %s "$work/store.tar")" -lt 1000000 ]
    masu volume create copy
    masu volume import copy <"$work/store.tar"
    masu volume export copy | masu volume import copy
    masu volume export copy >"$work/copy.tar"
    diff <(entries "$work/store.tar") <(entries "$work/copy.tar")
    go -v copy:/data $image sh -c 'cd /data; stat -c "%n %u:%g %h" file directory directory/inside; cat file; stat -c "%s %b" sparse'
    [ "${lines[0]}" = "file 7:0 2" ]
    [ "${lines[1]}" = "directory 1000:1000 2" ]
    [ "${lines[3]}" = "of the image" ]
    read -r size blocks <<<"${lines[4]}"
    [ "$size" = 8388608 ]
    [ "$blocks" -lt 1000 ]
    # An import before the first start is not covered by the image's files, and others stay.
    gzip "$work/store.tar"
    masu volume create early
    masu volume import early "$work/store.tar.gz"
    go -v early:/data $image sh -c 'echo changed >/data/file; echo new >/data/new'
    masu volume import early "$work/store.tar.gz"
    go -v early:/data $image sh -c 'cat /data/file /data/new'
    [ "$output" = $'of the image\nnew' ]
}

@test "volume export and import: hostile archives, wrong names, a full disk and a start that fills the volume" {
    masu volume create store
    mkdir "$work/canary"
    echo untouched >"$work/canary/file"
    canary=$work/canary python3 - "$work/hostile.tar" <<'END'
import io, os, sys, tarfile
canary = os.environ["canary"]
t = tarfile.open(sys.argv[1], "w")
def add(name, type=tarfile.REGTYPE, linkname=""):
    m = tarfile.TarInfo(name)
    m.type, m.linkname = type, linkname
    m.size = 3 if type == tarfile.REGTYPE else 0
    t.addfile(m, io.BytesIO(b"bad") if m.size else None)
add("up", tarfile.SYMTYPE, "../" * 20 + canary)
add("up/file")
add("absolute", tarfile.SYMTYPE, canary)
add("absolute/file")
add("null", tarfile.CHRTYPE)
add("good")
t.close()
END
    masu volume import store "$work/hostile.tar" || [ $? = 125 ]
    python3 - "$work/up.tar" "$work/canary/escaped" <<'END'
import io, sys, tarfile
t = tarfile.open(sys.argv[1], "w")
m = tarfile.TarInfo("../" * 20 + sys.argv[2].lstrip("/"))
t.addfile(m)
t.close()
END
    masu volume import store "$work/up.tar" || [ $? = 125 ]
    [ "$(cat "$work/canary/file")" = untouched ]
    [ "$(ls -A "$work/canary")" = file ]
    [ "$(volumes | xargs)" = ".new-store store" ]
    [ ! -c "$MASU_DATA_DIR/volumes/store/null" ]
    for words in "export nosuch" "import nosuch $work/hostile.tar" "import store $work/nosuch" "import store $work" "export ../store" "export" "import"; do
        run -125 masu volume $words
        [[ "$output" = *masu* ]]
    done
    run -125 masu volume export -o "$work/made" nosuch
    [ ! -e "$work/made" ]
    run -125 bash -c '"$1/masu" volume export store >/dev/full' - "$BUILD"
    [[ "$output" = *"No space left"* ]]
    run -125 masu volume import store <<<"no archive"
    # As a start holds it.
    exec 9<>"$MASU_DATA_DIR/volumes/.new-store"
    flock 9
    run -125 masu volume import store "$work/hostile.tar"
    [[ "$output" = *"volume \"store\" is not complete"* ]]
    exec 9>&-
    masu volume rm store
    [ -z "$(volumes)" ]
}

@test "a volume with options: each container mounts it" {
    "$BUILD/masu" volume create -o type=tmpfs -o device=tmpfs -o o=size=1m,mode=700,uid=7,noexec scratch
    run -0 "$BUILD/masu" volume inspect scratch
    [ "$(jq -c '.[0].Options' <<<"$output")" = '{"type":"tmpfs","device":"tmpfs","o":"size=1m,mode=700,uid=7,noexec"}' ]
    # Nothing of the image at its place is in it, and nothing outlives the run.
    "$BUILD/masu" create --name scratch-$$ --network none -v scratch:/etc $image sh -c \
        'ls -A /etc | grep -v -e resolv.conf -e hosts -e hostname; stat -c "%a %u" /etc; grep " /etc " /proc/self/mounts; touch /etc/new'
    for i in 1 2; do
        run -0 --separate-stderr "$BUILD/masu" start -a scratch-$$
        [[ "$output" == "700 7"$'\n'"tmpfs /etc tmpfs "*noexec*size=1024k* ]]
    done
    run -0 "$BUILD/masu" inspect --format '{{json .Mounts}}' scratch-$$
    [ "$(jq -c '.[] | select(.Destination == "/etc") | [.Type, .Name, .Source, .RW]' <<<"$output")" = '["volume","scratch","",true]' ]
    go --volumes-from scratch-$$ $image grep -c '^tmpfs /etc tmpfs .*size=1024k' /proc/self/mounts
    [ "$output" = 1 ]
    [ -z "$(ls -A "$MASU_DATA_DIR/volumes/scratch")" ]
    run -125 "$BUILD/masu" volume rm scratch
    [[ "$output" == *"container 'scratch-$$' uses it"* ]]
    "$BUILD/masu" rm scratch-$$
    "$BUILD/masu" volume rm scratch
    # The options went with it.
    [ -z "$(find "$MASU_DATA_DIR/volumes" -name '.options-*')" ]
    go -v scratch:/data $image grep -c '^tmpfs /data' /proc/self/mounts
    [ "$output" = 0 ]
}

@test "a volume that is a directory of the host" {
    mkdir "$work/shared"
    echo host >"$work/shared/file"
    "$BUILD/masu" volume create --opt type=none --opt "device=$work/shared" --opt o=bind site
    go -v site:/site $image sh -c 'cat /site/file; echo container >/site/made'
    [ "$output" = host ]
    [ "$(cat "$work/shared/made")" = container ]
    "$BUILD/masu" volume create -o type=bind -o "device=$work/shared" -o o=ro site-ro
    go -v site-ro:/site $image sh -c 'cat /site/file; touch /site/no || echo refused'
    [ "$output" = $'host\nrefused' ]
    # A stopped container has it, too.
    "$BUILD/masu" create --name site-$$ --network none -v site:/site $image true
    "$BUILD/masu" start -a site-$$
    [ "$("$BUILD/masu" cp site-$$:/site/file - | tar -xO)" = host ]
    run -125 "$BUILD/masu" volume export site
    [[ "$output" == *"no files of its own"*"$work/shared"* ]]
    run -125 "$BUILD/masu" volume import site /dev/null
    [[ "$output" == *"no files of its own"* ]]
    "$BUILD/masu" volume create -o type=tmpfs memory
    run -125 "$BUILD/masu" volume export memory
    [[ "$output" == *"no files of its own: containers mount a file system of type \"tmpfs\""* ]]
    mv "$work/shared" "$work/moved"
    run -125 "$BUILD/masu" create --network none -v site:/site $image true
    [[ "$output" == *"device '$work/shared' of the volume 'site'"*"mkdir -p"* ]]
    mv "$work/moved" "$work/shared"
    "$BUILD/masu" rm site-$$
    "$BUILD/masu" volume rm site site-ro
    [ "$(cat "$work/shared/file")" = host ]
}

@test "options of a volume: wrong, hostile, damaged" {
    while read -r words; do
        # shellcheck disable=SC2086
        run -125 "$BUILD/masu" volume create $words bad
        [[ "$output" == *"masu: "*"volume"* ]] || { echo "$words: $output"; return 1; }
    done <<END
-o type=nfs -o device=:/export -o o=addr=192.0.2.1
-o type=ext4 -o device=/dev/sda1
-o type=overlay -o device=overlay -o o=lowerdir=/,upperdir=/tmp
-o type=proc -o device=proc
-o type=none -o device=/tmp
-o o=size=1m
-o type=bind
-o type=bind -o device=relative
-o type=none -o device=/tmp -o o=bind,size=1m
-o type=tmpfs -o o=size=1m;x
-o type=tmpfs -o o=size
-o type=tmpfs -o o=size=
-o type=tmpfs -o o=bind
-o type=tmpfs -o o=remount
-o type=tmpfs -o o=subpath=..
-o type=tmpfs -o o=idmap
-o type=tmpfs -o o=tmpcopyup
-o type=tmpfs -o o=chown
-o color=red
END
    run -125 "$BUILD/masu" volume create -o type=nfs -o device=:/x bad
    [[ "$output" == *"type=none -o o=bind"* ]]
    run -125 "$BUILD/masu" volume create -o type=tmpfs -o o=size=x bad
    [[ "$output" == *'the word "size=x" in the option o of a volume must have a number as its value'* ]]
    [ -z "$("$BUILD/masu" volume ls -q)" ]
    "$BUILD/masu" volume create -o type=tmpfs scratch
    for option in U idmap shared; do
        run -125 "$BUILD/masu" create --network none -v scratch:/data:$option $image true
        [[ "$output" == *"'scratch', which is a tmpfs"* || "$output" == *"only root of the host"* ]] || { echo "$option: $output"; return 1; }
    done
    echo '{"type":"tmpfs","o":"size=1m","more":"x"}' >"$MASU_DATA_DIR/volumes/.options-scratch"
    run -125 "$BUILD/masu" create --network none -v scratch:/data $image true
    [[ "$output" == *'volume "scratch": unknown option "more"'* ]]
}

@test "a volume with a damaged file of labels or options hides no other one, and is not pruned" {
    for volume in one three two; do "$BUILD/masu" volume create --label key=value $volume; done
    echo kept >"$MASU_DATA_DIR/volumes/one/file"
    echo '{"key":' >"$MASU_DATA_DIR/volumes/.labels-one"
    echo '{"type":1}' >"$MASU_DATA_DIR/volumes/.options-three"
    run --separate-stderr "$BUILD/masu" volume ls -q
    [ "$output" = two ]
    [[ "$stderr" == *'cannot read volume "one": '*labels-one*'cannot read volume "three": '*options-three* ]]
    run -0 --separate-stderr "$BUILD/masu" volume prune --all --force
    [[ "$output" == *two* && "$output" != *one* && "$output" != *three* ]]
    [ "$(cat "$MASU_DATA_DIR/volumes/one/file")" = kept ]
    run -125 "$BUILD/masu" volume inspect one
    [[ "$output" == *labels-one* ]]
    # A container still mounts it: labels mean nothing to a start. A damaged option would mount another thing.
    go -v one:/data $image cat /data/file
    [ "$output" = kept ]
    run -125 "$BUILD/masu" create --network none -v three:/data $image true
    [[ "$output" == *'volume "three"'* ]]
    "$BUILD/masu" volume rm one three
    [ -z "$("$BUILD/masu" volume ls -q)" ]
    [ -z "$(find "$MASU_DATA_DIR/volumes" -name '.labels-*' -o -name '.options-*')" ]
}

@test "a container with a damaged record hides no other one" {
    "$BUILD/masu" create --name good-$$ --network none $image true
    id=$("$BUILD/masu" create --name bad-$$ --network none $image true)
    echo '{' >"$MASU_DATA_DIR/containers/$id/record.json"
    run -0 --separate-stderr "$BUILD/masu" ps -a --format '{{.Names}}'
    [ "$output" = good-$$ ]
    [[ "$stderr" == *"cannot read container ${id:0:12}"* ]]
    # It may use any volume, so none is removed.
    "$BUILD/masu" volume create unused
    run -125 "$BUILD/masu" volume prune --all --force
    [[ "$output" == *"cannot tell which volumes container ${id:0:12} uses"* ]]
    [ "$("$BUILD/masu" volume ls -q)" = unused ]
    run -0 "$BUILD/masu" container prune --force
    [ -z "$("$BUILD/masu" ps -aq 2>/dev/null)" ]
    rm -r "$MASU_DATA_DIR/containers/$id"
}
