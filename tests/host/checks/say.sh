# SPDX-License-Identifier: Apache-2.0
# For the checks in the machine. A script may be divided into parts; each part, or the script without parts, prints its
# failures, or else "all well" at its end.
failed=
part=
work=$(mktemp -d)
. /masu/tests/lib/wait.bash

# part NAME: a test of its own in tests/host/*.bats (tests/lib/machine.bash)
part() {
    [ -z "$part" ] || end_part
    part=$1
    failed=
    echo "part: $part"
}

end_part() {
    [ -n "$failed" ] || echo "all well"
}

fail() {
    echo "not so: $1"
    head -c 2000 "$work/said"
    failed=yes
}

# WHAT STATUS COMMAND...: exits with that status; the output, both streams, is kept.
exits() {
    local what=$1 status=$2 found=0
    shift 2
    "$@" >"$work/said" 2>&1 </dev/null || found=$?
    [ "$found" -eq "$status" ] || fail "$what (status $found)"
}

# WHAT PATTERN COMMAND...: has a line in its output that matches.
says() {
    local what=$1 pattern=$2
    shift 2
    "$@" >"$work/said" 2>&1 </dev/null
    grep -Eq -- "$pattern" "$work/said" || fail "$what"
}
also() { grep -Eq -- "$2" "$work/said" || fail "$1"; }
not() { ! grep -Eq -- "$2" "$work/said" || fail "$1"; }

# WHAT COMMAND...: comes true. The limit is only for a check that fails.
becomes() {
    local what=$1
    shift
    wait_until kept "$@" >/dev/null || fail "$what"
}
kept() { "$@" >"$work/said" 2>&1; }

# COMMAND...: runs it at a terminal whose input does not end.
at_terminal() {
    [ -p "$work/typed" ] || mkfifo "$work/typed"
    script -qec "$*" /dev/null <>"$work/typed"
}

# The first words of a command that runs another one until it is released.
mkfifo -m 666 "$work/hold"
until_released=(sh -c '"$@" & read -r end <"$0"; kill $!' "$work/hold")
release() { echo >"$work/hold" && wait; }

# Units, cgroups, mounts, processes, sockets and files of containers. The slice and masu-userns stay once they were needed.
# Few processes: each costs tens of milliseconds here, and this runs after each of many starts.
everything() {
    {
        systemctl --user list-units --all --no-legend --plain 'masu-*' | cut -d' ' -f1
        find /sys/fs/cgroup/user.slice "${XDG_RUNTIME_DIR:-/nonexistent}/masu" ~/.local/share/masu/{containers,volumes} \
            -path '/sys/*' ! \( -type d -path '*masu.slice/*' \) -o -print
        cut -d' ' -f5 /proc/self/mountinfo
        cat /proc/[0-9]*/comm | grep -E 'masu|slirp|nginx|fuse-overlayfs|busybox'
        grep -o '[^ ]*masu.*' /proc/net/unix
    } 2>/dev/null | grep -vE 'masu-userns|seccomp' | sort
}

same_as_before() { diff "$work/before" <(everything); }

the_end() {
    rm -rf "$work"
    end_part
}
