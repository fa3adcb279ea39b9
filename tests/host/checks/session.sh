# In the machine, as alice: is she what the tests take her for?
# SPDX-License-Identifier: Apache-2.0
set -u
echo "part: session"
failed=

check() { # WHAT, then a command that must succeed
    local what=$1
    shift
    if ! "$@" >/tmp/check.log 2>&1; then
        echo "not so: $what"
        cat /tmp/check.log
        failed=yes
    fi
}

has_words() { # FILE WORD...
    local file=$1 word
    shift
    for word; do grep -qw "$word" "$file" || return; done
}

delegated=/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service

check "she is uid 1000" [ "$(id -u)" -eq 1000 ]
check "she has XDG_RUNTIME_DIR" [ "${XDG_RUNTIME_DIR-}" = /run/user/1000 ]
check "she has a session bus" [ "${DBUS_SESSION_BUS_ADDRESS-}" = unix:path=/run/user/1000/bus ]
check "the bus answers" busctl --user status
check "systemd's private socket is there" [ -S /run/user/1000/systemd/private ]
check "her manager is well" systemctl --user is-system-running
check "no system unit failed" [ -z "$(systemctl --failed --quiet --no-legend)" ]
check "she lingers" [ "$(loginctl show-user alice --property Linger --value)" = yes ]
check "she is in a session" grep -q 'session-.*\.scope' /proc/self/cgroup
check "cgroup v2" [ "$(stat -f -c %T /sys/fs/cgroup)" = cgroup2fs ]
check "controllers are delegated" has_words $delegated/cgroup.controllers cpu io memory pids
check "a scope with limits" systemd-run --user --scope -p MemoryMax=64M -p CPUQuota=50% true
check "two ranges of sub-ids" [ "$(grep -c '^alice:' /etc/subuid)" -eq 2 ]
check "newuidmap and newgidmap" unshare --user --map-auto --map-root-user true
check "slirp4netns, fuse-overlayfs" command -v slirp4netns fuse-overlayfs
check "/dev/net/tun and /dev/fuse are hers" [ -w /dev/net/tun -a -w /dev/fuse ]
check "overlay in a user namespace" unshare -Urm sh -c \
    'mkdir /tmp/l /tmp/u /tmp/w /tmp/m; mount -t overlay -o userxattr,lowerdir=/tmp/l,upperdir=/tmp/u,workdir=/tmp/w o /tmp/m'
check "the clients are there" command -v crun runc podman skopeo conmon bwrap strace bats jq curl setfattr script
check "sudo" sudo true
check "the tests are there, read-only" eval '[ -e /masu/tests/host/run ] && ! touch /masu/tests/x'
check "the clock is right" [ "$(date +%Y)" -ge 2024 ]

[ -z "$failed" ] && echo "all well"
