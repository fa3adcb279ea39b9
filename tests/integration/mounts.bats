#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Mounts of images, of patterns, of other file systems, and overlays; owners and parts of volumes.

load ../lib/masu
load ../lib/busybox

refused() { # MESSAGE OPTION...
    run -125 masu create "${@:2}" "$image" true
    [[ "$output" == *"$1"* ]] || { echo "$output"; return 1; }
}

@test "an image is mounted read-only, a part of it, or with changes that end with the run" {
    masu create --name "$name" --network none --mount "type=image,src=$image,dst=/image" \
        --mount "type=image,source=$image,destination=/bin2,subpath=bin" \
        --mount "type=image,src=$image,dst=/changed,rw=true" "$image" sh -c '
            ls -d /image/bin/busybox /bin2/busybox; touch /image/x 2>&1; touch /bin2/x 2>&1
            ls /changed/new 2>/dev/null; echo new >/changed/new; rm /changed/etc/passwd; mkdir /changed/dir; chown 7:7 /changed/dir
            cat /changed/new; ls /changed/etc/passwd 2>&1; stat -c "%a %u" /changed /; test -e /etc/passwd && echo own'
    wanted="/bin2/busybox
/image/bin/busybox
touch: /image/x: Read-only file system
touch: /bin2/x: Read-only file system
new
ls: /changed/etc/passwd: No such file or directory
$(stat -c '%a' "$(masu inspect --format '{{.OCIConfigPath}}' "$name")/upper") 0
$(stat -c '%a' "$(masu inspect --format '{{.OCIConfigPath}}' "$name")/upper") 0
own"
    for _ in first second; do
        run -0 --separate-stderr masu start -a "$name"
        [ "$output" = "$wanted" ]
    done
    # cp to and from a container that does not run sees the images, and changes nothing.
    masu cp "$name:/bin2/busybox" "$work"
    masu cp "$name:/image/bin/busybox" "$work/other"
    cmp "$work/busybox" "$work/other"
    masu cp "$name:/changed/etc/passwd" "$work"
    run -125 masu cp "$work/passwd" "$name:/image/x"
    [[ "$output" == *"Read-only file system"* ]]
    masu inspect "$name" | jq -e --arg image "$image" '.[0].Mounts | length == 3 and all(.Type == "image" and .Source == $image)
        and (map(.RW) == [false, true, false])'
    refused "no src=" --mount type=image,dst=/x
    refused "invalid subpath" --mount "type=image,src=$image,dst=/x,subpath="
    run -125 masu run --rm --network none --mount "type=image,src=$image,dst=/x,subpath=no/such" "$image" true
    [[ "$output" == *"open the subpath 'no/such'"*"No such file"* ]]
    # A link of the image leads to no file of the host.
    printf 'FROM' >"$work/marker"
    masu run --name "$name-2" --network none "$image" ln -s / /to-root
    masu commit -q "$name-2" "localhost/linked-$name" >/dev/null
    go --mount "type=image,src=localhost/linked-$name,dst=/x,subpath=to-root$work" "$image" true
    [ "$status" = 125 ]
    [[ "$stderr" == *"open the subpath"* ]]
    go --mount "type=image,src=localhost/linked-$name,dst=/x,subpath=to-root/bin" "$image" ls /x/busybox
    [ "$output" = /x/busybox ]
    # It is in use: its layers stay, and rmi says so.
    masu create --name "$name-3" --network none --mount "type=image,src=localhost/linked-$name,dst=/x" "$image" ls -d /x/to-root
    run -125 masu rmi "localhost/linked-$name"
    [[ "$output" == *"in use by container '$name-3'"* ]]
    masu rmi -f "localhost/linked-$name"
    run -0 masu system check --quick
    [ -z "$output" ]
    run -0 --separate-stderr masu start -a "$name-3"
    [ "$output" = /x/to-root ]
}

@test "an image that is mounted stays read-only for a container with all privileges" {
    try='mount -o remount,bind,rw /x; mount -o remount,rw /x; touch /x/new; umount /x; touch /x/bin/new; ls /x/bin/busybox'
    go --privileged --mount "type=image,src=$image,dst=/x" "$image" sh -c "$try"
    [[ "$stderr" == *"/x/new: Read-only file system"* ]]
    go "$image" ls /new /bin/new
    [ "$output" = "" ]
    go --mount "type=image,src=$image,dst=/x" "$image" stat -c '%a %u:%g' /x /
    [ "$(sort -u <<<"$output" | wc -l)" = 1 ]
}

@test "an overlay over a directory of the host leaves it as it is" {
    mkdir -p "$work/dir:with,odd\\names/sub"
    ln -s "dir:with,odd\\names" "$work/dir"
    echo old >"$work/dir/file"
    chmod 751 "$work/dir/."
    masu create --name "$name" --network none -v "$work/dir:/data:O" "$image" sh -c '
        ls /data; cat /data/file; echo new >/data/file; touch /data/other; rmdir /data/sub; stat -c %a /data; cat /data/file'
    for _ in first second; do
        run -0 --separate-stderr masu start -a "$name"
        [ "${lines[*]}" = "file sub old 751 new" ]
        [ "$(ls "$work/dir") $(cat "$work/dir/file")" = "file"$'\n'"sub old" ]
    done
    # Nor does a cp to a container that does not run.
    echo copied >"$work/copied"
    run -125 masu cp "$work/copied" "$name:/data/file"
    [[ "$output" == *"Read-only file system"* ]]
    [ "$(masu cp "$name:/data/file" - | tar -xOf -)" = old ]
    # Others take over the overlay, and not the directory.
    run -0 --separate-stderr masu run --rm --network none --volumes-from "$name" "$image" sh -c 'cat /data/file; echo theirs >/data/file'
    [ "$output" = old ]
    [ "$(cat "$work/dir/file")" = old ]
    mkdir "$work/upper" "$work/workdir"
    for expected in old kept; do
        go -v "$work/dir:/data:O,upperdir=$work/upper,workdir=$work/workdir" "$image" sh -c 'cat /data/file; echo kept >/data/file'
        [ "$output" = "$expected" ]
    done
    [ "$(cat "$work/upper/file") $(cat "$work/dir/file")" = "kept old" ]
    refused "both upperdir and workdir" -v "$work/dir:/data:O,upperdir=$work/upper"
    refused "an overlay needs a directory of the host" -v "$work/dir:/data:upperdir=$work/upper,workdir=$work/workdir"
    refused "an overlay needs a directory of the host" -v "vol-$name:/data:O"
    refused "Not a directory" -v "$work/dir/file:/data:O"
    refused "an overlay with mapped ids is not supported" -v "$work/dir:/data:O,idmap"
    refused "No such file" -v "$work/dir:/data:O,upperdir=$work/no,workdir=$work/such"
    ! is_root || chown 1234:1234 "$work/dir/."
    owner=$(masu run --rm --network none -v "$work/dir:/data" "$image" stat -c %u:%g /data)
    go -v "$work/dir:/data:O" "$image" stat -c %u:%g /data
    [ "$output" = "$owner" ]
    masu rm "$name" # with files in its directories that may belong to sub-ids
}

@test "a pattern mounts each file that fits it" {
    mkdir -p "$work/libs/a1" "$work/libs/b1"
    touch "$work/libs/a1/libx.so.1" "$work/libs/a1/libx.so.2" "$work/libs/a1/other" "$work/libs/b1/liby.so.1" "$work/libs/a1/.hidden.so"
    go --mount "type=glob,src=$work/libs/*/lib*.so.[0-9],dst=/there,ro" "$image" sh -c 'ls /there; touch /there/libx.so.1 2>&1'
    [ "${lines[*]}" = "libx.so.1 libx.so.2 liby.so.1 touch: /there/libx.so.1: Read-only file system" ]
    go --mount "type=glob,source=$work/libs/a1/*" "$image" sh -c "ls -A $work/libs/a1"
    [ "${lines[*]}" = "libx.so.1 libx.so.2 other" ]
    touch "$work/libs/b1/libx.so.1"
    refused "duplicate mount point '/there/libx.so.1'" --mount "type=glob,src=$work/libs/*/lib*,dst=/there"
    refused "no file fits the pattern '$work/libs/no*'" --mount "type=glob,src=$work/libs/no*,dst=/there"
    refused "no src=" --mount type=glob,dst=/there
}

@test "devpts and ramfs" {
    go --mount type=devpts,dst=/pts,mode=0600,max=7 --mount type=ramfs,dst=/ram,mode=0711 "$image" sh -c '
        sed -n "s,^.* \(/pts\|/ram\) .* - ,\1 ,p" /proc/self/mountinfo; ls /pts; echo x >/ram/file && cat /ram/file'
    [[ "$output" == */pts\ devpts*mode=600*max=7* && "$output" == */ram\ ramfs* && "$output" == *ptmx*x ]]
    refused "unknown option 'size=1m' for a ramfs mount" --mount type=ramfs,dst=/x,size=1m
    refused "unknown option 'src=/tmp' for a devpts mount" --mount type=devpts,dst=/x,src=/tmp
    refused "must be one of bind, volume, tmpfs, image, glob, devpts, ramfs" --mount type=nfs,dst=/x
}

@test "U gives the files of a mount to the user, follows no link, and never the home or a top directory" {
    mkdir -p "$work/mine/sub" "$work/outside"
    touch "$work/mine/file" "$work/mine/sub/file" "$work/outside/file"
    ln -s "$work/outside" "$work/mine/link"
    ln -s ../outside/file "$work/mine/sub/link"
    before=$(stat -c %u:%g "$work/outside" "$work/outside/file")
    masu create --name "$name" --network none -u 7:8 -v "$work/mine:/mine:U,ro" -v "vol-$name:/vol:U" "$image" sh -c '
        stat -c %u:%g /mine /mine/file /mine/sub /mine/sub/file /mine/link /vol; echo x >/vol/file; touch /mine/file 2>&1; true'
    for _ in first second; do
        run -0 --separate-stderr masu start -a "$name"
        [ "$(printf '%s\n' "${lines[@]}" | uniq -c | tr -s ' ')" = " 6 7:8
 1 touch: /mine/file: Read-only file system" ]
    done
    [ "$(stat -c %u:%g "$work/outside" "$work/outside/file")" = "$before" ]
    # Back to the caller, by root of the container.
    go -v "$work/mine:/mine:U" --mount "type=bind,src=$work/mine/file,dst=/file,chown=true" "$image" sh -c 'stat -c %u:%g /mine/sub/file /file'
    [ "${lines[*]}" = "0:0 0:0" ]
    [ -O "$work/mine/sub/file" ]
    refused "cannot change the owner of all files in '/'" -v /:/x:U
    refused "cannot change the owner of all files in '/usr'" -v /usr:/x:U
    HOME=$work/mine refused "cannot change the owner of all files in '$work/mine'" -v "$work/mine:/x:U"
    refused "an overlay needs a directory of the host, and keeps its owners" -v "$work/mine:/x:U,O"
    is_root || { # a file of another user: /etc/hostname belongs to root
        run -125 masu run --rm --network none -v /etc/hostname:/x:U "$image" true
        [[ "$output" == *"change the owner of the files at '/x': Operation not permitted"*"belongs to another user"* ]]
    }
}

@test "a part of a volume is resolved inside it; other keys and options of --mount and -v" {
    masu run --rm --network none -v "vol-$name:/vol" "$image" sh -c '
        mkdir -p /vol/a/b; echo deep >/vol/a/b/file; ln -s / /vol/out; ln -s a/b /vol/in; ln -s ../../../../../../etc /vol/up'
    for subpath in a/b in; do
        go --mount "type=volume,src=vol-$name,dst=/x,volume-subpath=$subpath" "$image" cat /x/file
        [ "$output" = deep ]
    done
    masu create --name "$name" --network none --mount "type=volume,src=vol-$name,dst=/x,volume-subpath=a/b" "$image" true
    run -0 --separate-stderr masu run --rm --network none --volumes-from "$name" "$image" ls /x
    [ "$output" = file ]
    # cp to a container that does not run sees the same part.
    [ "$(masu cp "$name:/x/file" - | tar -xOf -)" = deep ]
    echo copied >"$work/copied"
    masu cp "$work/copied" "$name:/x/copied"
    go -v "vol-$name:/vol" "$image" sh -c 'cat /vol/a/b/copied; rm /vol/a/b/copied; ls /vol'
    [ "${lines[*]}" = "copied a in out up" ]
    for subpath in up/hostname out/etc no/such; do
        run -125 masu run --rm --network none --mount "type=volume,src=vol-$name,dst=/x,volume-subpath=$subpath" "$image" true
        [[ "$output" == *"open the subpath '$subpath'"* ]]
    done
    go --mount "type=volume,src=vol-$name,dst=/x,volume-subpath=out" "$image" ls /x
    [ "${lines[*]}" = "a in out up" ]
    touch "$work/file"
    ln -s file "$work/link"
    go --mount "type=bind,src=$work/link,dst=/l,no-dereference" "$image" readlink /l
    [ "$output" = file ]
    go --mount "type=bind,src=$work,dst=/w,bind-nonrecursive,bind-propagation=rslave,consistency=cached,relabel=private,ro" \
        --mount type=tmpfs,dst=/t,tmpfs-size=1m,tmpfs-mode=0711,notmpcopyup -v "$work:/y:z,cached" -v "$work:/w2:Z,delegated" \
        --mount "type=volume,src=vol-$name,dst=/v,volume-nocopy,volume-driver=local,relabel=shared" "$image" stat -c %a /t
    [ "$output" = 711 ]
    refused "the driver local has no options" --mount "type=volume,src=vol-$name,dst=/x,volume-opt=type=tmpfs"
    refused "masu volume create --label" --mount "type=volume,src=vol-$name,dst=/x,volume-label=a=b"
    refused "unknown option 'volume-driver=nfs' for a volume mount" --mount "type=volume,src=vol-$name,dst=/x,volume-driver=nfs"
    refused "unknown option 'no-such=1' for a bind mount" --mount "type=bind,src=$work,dst=/x,no-such=1"
    refused "must be one of shared, private" --mount "type=bind,src=$work,dst=/x,relabel=both"
    refused "unknown option 'subpath=a' for a bind mount" --mount "type=bind,src=$work,dst=/x,subpath=a"
}

@test "idmap: by root alone, with a map or a user namespace" {
    touch "$work/file"
    chown "$(id -u)" "$work/file"
    if is_root; then
        refused "needs a map, or a user namespace" -v "$work:/x:idmap"
        run --separate-stderr masu run --rm --network none -v "$work:/x:idmap=uids=0-1000-1;gids=0-1000-1" "$image" stat -c %u:%g /x/file
        [[ "$stderr" != *"can't be id-mapped by this kernel"* ]] || skip "the file system of $work cannot be id-mapped"
        [ "$output" = 1000:1000 ]
    else
        refused "only root of the host can map the ids" -v "$work:/x:idmap"
        refused "only root of the host can map the ids" --mount "type=bind,src=$work,dst=/x,idmap"
    fi
}
