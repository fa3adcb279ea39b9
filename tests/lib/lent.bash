# SPDX-License-Identifier: Apache-2.0
# An ordinary user for the networks of tests that root runs. Root lends /dev/net/tun in a mount namespace of each
# command, and may put files over others there. lent_start is for setup_file, after make_work's variables.

# Sets $WHY_NOT, for need_containers, unless a user can have networks here.
lent_probe() {
    export WHY_NOT=
    is_root || WHY_NOT="needs root, who lends /dev/net/tun to an ordinary user"
    [ -c /dev/net/tun ] || WHY_NOT="no /dev/net/tun"
}

# Makes the user, with the image busybox and the programs of tests/integration/network in $HOST, the home directory.
lent_start() { # USER
    export top user=$1 MASU_TEST_USER=$1 MASU_BUILD=$BUILD
    top=$(realpath "$BATS_TEST_DIRNAME/../..")
    . "$top/tests/lib/user.bash"
    make_user
    trap - EXIT # lent_stop removes the user
    export MASU_BUILD HOST=/home/$user
    "$top/tests/host/images/make-images" "$HOST/images" busybox >/dev/null
    cp "$top/tests/integration/network/"*.py "$HOST"
    chown -R "$user:" "$HOST"
    as_user "$MASU_BUILD/masu" pull -q "oci:images:busybox:latest" >/dev/null
}

lent_stop() {
    [ -n "${top-}" ] || return 0
    . "$top/tests/lib/user.bash"
    remove_user
}

# COMMAND... as the user. $hide has the programs and files that are not there, $binds FROM:TO of others; $host_ns is a
# process in another network namespace, which is the host's then.
lent() {
    ${host_ns:+nsenter -t "$host_ns" -n} unshare -m --propagation private sh -ec '
        tun=$HOST/tun-$$
        mknod -m 666 "$tun" c 10 200
        mount --bind "$tun" /dev/net/tun
        rm "$tun"
        for file in $hide; do mount --bind /dev/null "$(command -v "$file" || echo "$file")"; done
        for bind in $binds; do mount --bind "${bind%%:*}" "${bind#*:}"; done
        . "$top/tests/lib/user.bash"
        as_user "$@"' sh "$@"
}

lent_rm_all() {
    local container
    for container in $(as_user "$MASU_BUILD/masu" ps -aq); do as_user "$MASU_BUILD/masu" rm -f "$container"; done
}
