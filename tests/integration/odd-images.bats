#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Images as odd builders have made them (odd-images), from the layout to what a container sees. As root, and as an
# ordinary user with sub-ids.

load ../lib/masu

setup_file() { probe_containers; }

setup() {
    need_containers
    make_work
    export HOME=$work XDG_CONFIG_HOME=
}

# go NAME COMMAND...: the image of that name, in a container without a network.
go() {
    local name=$1
    shift
    [ -d "$work/images/$name" ] || "$BATS_TEST_DIRNAME/odd-images" "$work/images" "$name"
    run --separate-stderr "$BUILD/masu" run --rm --network none "oci:$work/images/$name:x" "$@"
}

@test "names are bytes: Unicode in either form, and other bytes" {
    go names sh -c 'cd /names; for f in *; do echo "$f"; done | hexdump -ve "/1 \"%02x\""; cat link; ls -l link'
    echo "$output $stderr"
    [ "$status" = 0 ]
    hex=$(printf 'e\314\201\nlatin-\351\nlink\nustar-e\314\201\nustar-\303\251\n\303\251\n' | od -An -v -tx1 | tr -d ' \n')
    [ "${lines[0]%x}" = "$hex" ]
}

@test "a hard link below many missing directories" {
    go deep find / -xdev -name last -links 2
    [ "$status" = 0 ]
    [[ "$output" == */d/d/d/last ]]
}

@test "1,100 MiB of zeros that pack to 1 MB: room decides, or the user's limit" {
    "$BATS_TEST_DIRNAME/odd-images" "$work/images" zeros
    mkdir -p "$HOME/.config/masu"
    echo 'max-layer-size = 1g' >"$HOME/.config/masu/registries.conf"
    go zeros true
    [ "$status" = 125 ]
    [[ "$stderr" == *"unpacks to more than 1073741824 bytes"*"max-layer-size of masu-registries.conf(5)"* ]]
    [ -z "$(ls "$MASU_DATA_DIR/stacks")" ]
    [ "$(df -B1M --output=avail "$work" | tail -1)" -gt 1200 ] || skip "no room for a file of 1,100 MiB"
    echo 'max-layer-size = 1101m' >"$HOME/.config/masu/registries.conf"
    go zeros stat -c %s /var/log/lastlog
    [ "$output" = 1153433600 ]
}

@test "a new volume keeps hard links, modes, owners and FIFOs" {
    go links sh -c 'cd /data; stat -c "%n %F %a %u:%g %h" one two own/three own fifo; readlink null
        [ one -ef two ] && [ one -ef own/three ] && ! [ one -ef /outside ] && echo linked'
    echo "$output $stderr"
    [ "$output" = "one regular file 644 0:0 3
two regular file 644 0:0 3
own/three regular file 644 0:0 3
own directory 2750 1000:33 2
fifo fifo 600 1000:0 1
/dev/null
linked" ]
}

@test "a directory without an entry is as in the layer below" {
    go implied sh -c 'stat -c "%n %a %u:%g" / /tmp /home/user /secret /none /opt /opt/a /opt/a/b /gone /made /cut /cut/in
        stat -c %Y /opt; ls /opt/a/b /by; touch /tmp/x'
    echo "$output $stderr"
    [ "$output" = "/ 751 0:0
/tmp 1777 0:0
/home/user 700 1000:1000
/secret 700 1000:1000
/none 755 0:0
/opt 2775 7:8
/opt/a 711 0:0
/opt/a/b 755 0:0
/gone 755 0:0
/made 750 0:0
/cut 755 0:0
/cut/in 755 0:0
1234567890
/by:
b
four

/opt/a/b:
one
three" ]
    # Attributes of the user's too, but none that would give orders to overlayfs.
    top=$MASU_DATA_DIR/layers/$(tail -1 "$MASU_DATA_DIR"/stacks/*)
    [ "$(id -u)" != 0 ] || [ "$(getfattr --only-values -n user.k "$top/opt")" = v ]
}

@test "deletions in directories that are merged with none are not to be seen" {
    go whiteouts sh -c 'ls -la /a /b /b/sub /deep/er && ls /a /b /b/sub /deep/er /tmp && rm -r /a /b /deep && echo removed'
    echo "$output $stderr"
    [ "$status" = 0 ]
    [[ "$output" != *$'\nc'* ]]
    [[ "$output" == *"/a:
bar

/b:
new
sub

/b/sub:

/deep/er:

/tmp:
removed" ]]
    # The mark that hides the file of a lower layer is kept.
    [ "$(find "$MASU_DATA_DIR/layers" -path '*/tmp/key' -type c 2>/dev/null | wc -l)" = 1 ]
    go whiteouts-first sh -c 'ls -la / /a && ls /a'
    [ "$status" = 0 ]
    [[ "$output" != *$'\nc'* ]]
}

@test "layers of AUFS: its books are left out, and its hard links kept" {
    go aufs sh -c 'stat -c "%n %a %u %h" /opt/one /opt/two; cat /opt/two; ls -a / /tmp | grep -c wh; ls /tmp'
    echo "$output $stderr"
    [ "$output" = "/opt/one 755 5 2
/opt/two 755 5 2
kept
0" ]
}

@test "tar as GNU, POSIX and version 7 write it, and ends that are short or long" {
    go formats sh -c 'cat /n*/m* /gnu-link /global; stat -c "%n %u" /base256; cat /dotted/a /absolute/b /slashes/c /dotted/sub/d
        stat -c " %n %a" /v7 /v7/file; cat /v7/file /ends/*; cat /u*/v*; stat -c %a /'
    echo "$output $stderr"
    [ "$output" = "gnu
gnu
pax
/base256 30000
1234 /v7 750
 /v7/file 640
v7
eeustar
755" ]
}

@test "layers that hold nothing, and one that comes twice" {
    go empty ls /
    echo "$output $stderr"
    [ "$status" = 0 ]
    [[ "$output" == *bin*tmp* ]]
}

@test "compressions are known by their bytes" {
    go packed ls /packed
    echo "$output $stderr"
    [ "$output" = $'gzip\nmembers\nplain\nskip\nzstd' ]
}

@test "directories become files and links, and files directories" {
    go kinds sh -c 'ls -d /a/*; ls /f; readlink /l; ls -A /d /e; stat -c "%n %F" /a /d'
    echo "$output $stderr"
    [ "$output" = "/a/again
g
f
/d:
in

/e:
new
/a directory
/d directory" ]
}

@test "a store without user extended attributes: one clear message" {
    [ "$(id -u)" = 0 ] || skip "needs such a file system: only root can mount one"
    mkdir "$work/data"
    mount -t ramfs ramfs "$work/data"
    go deep echo runs
    first="$output $stderr"
    go kinds true
    umount "$work/data"
    echo "$first" "$output $stderr"
    [[ "$first" == "runs "*"the file system of '$work/data' has no user extended attributes"*"Set MASU_DATA_DIR"* ]]
    [ "$(grep -c "has no user extended" <<<"$first")" = 1 ]
    [ "$status" = 125 ]
    [[ "$stderr" == *"entry 'e/new': it replaces a directory, and the store's file system"*"set MASU_DATA_DIR to a directory"* ]]
}
