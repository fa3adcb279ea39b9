#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The test machine itself, from outside. A boot costs seconds, so that one boot serves several checks.

load ../lib/machine

setup_file() { boot --no-build -- session.sh registry.sh; }

machine() { "$BATS_TEST_DIRNAME/run" --no-build "$@"; }

@test "alice has a session, a user manager, delegated controllers and sub-ids" {
    well session
}

@test "the registry has its images, and podman and skopeo can read them" {
    well registry
}

@test "a command that does not exist is status 127" {
    run -127 machine -- no-such-command
}

@test "--root runs it as root, in no session" {
    run --separate-stderr machine --root -- sh -c 'id -u; echo "${XDG_RUNTIME_DIR-none}"'
    [ "$status" -eq 0 ]
    [ "$output" = $'0\nnone' ]
}

@test "--no-session runs it as a user without manager and bus; a killed command is status 137" {
    run --separate-stderr machine --no-session -- sh -c \
        'id -un; echo "${XDG_RUNTIME_DIR-none} ${DBUS_SESSION_BUS_ADDRESS-none}"; ls /run/user; cat /proc/self/cgroup; kill -KILL $$'
    [ "$status" -eq 137 ]
    [ "${lines[0]}" = bob ]
    [ "${lines[1]}" = "none none" ]
    [[ "$output" != *1001* ]]
    [[ "${lines[-1]}" = 0::/system.slice/* ]]
}

@test "output is the command's alone and whole, also from what it leaves behind" {
    run --separate-stderr machine -- sh -c 'seq 1000000; (trap "" HUP; sleep 100) & echo error >&2'
    [ "$status" -eq 0 ]
    [ "$(sha256sum <<<"$output")" = "$( (seq 1000000; echo error) | sha256sum)" ]
}

@test "input, results and words come through unharmed; the exit status is the command's" {
    head -c 300000 /dev/urandom >"$BATS_TEST_TMPDIR/in"
    run --separate-stderr machine --stdin "$BATS_TEST_TMPDIR/in" --out "$BATS_TEST_TMPDIR/out" -- \
        sh -c 'cat >/masu/out/copy; printf "<%s>" "$@"; exit 42' sh 'two words' "it's" '' '*' $'new\nline'
    [ "$status" -eq 42 ]
    [ "$output" = $'<two words><it\'s><><*><new\nline>' ]
    cmp "$BATS_TEST_TMPDIR/in" "$BATS_TEST_TMPDIR/out/copy"
}

@test "a command that hangs is ended by --timeout, and nothing is left" {
    run env TMPDIR="$BATS_TEST_TMPDIR" "$BATS_TEST_DIRNAME/run" --no-build --timeout 5 -- sleep 1000
    echo "$status: $output"
    [ "$status" -eq 124 ]
    [[ "$output" = *"after 5 s"* ]]
    [ -z "$(ls "$BATS_TEST_TMPDIR" | grep masu-testhost)" ]
    wait_until '! pgrep -f "uml_dir=$BATS_TEST_TMPDIR"'
}

@test "kill and kill -9 of run end the machine" {
    local signal
    for signal in TERM KILL; do
        TMPDIR=$BATS_TEST_TMPDIR "$BATS_TEST_DIRNAME/run" --no-build -- sleep 1000 3>&- &
        wait_until pgrep -f "uml_dir=$BATS_TEST_TMPDIR"
        kill -"$signal" $!
        wait $! || :
        wait_until '! pgrep -f "uml_dir=$BATS_TEST_TMPDIR"'
    done
}

@test "--keep leaves the disk, --disk goes on with it" {
    run env TMPDIR="$BATS_TEST_TMPDIR" "$BATS_TEST_DIRNAME/run" --no-build --keep -- sh -c 'echo kept >~/file'
    [ "$status" -eq 0 ]
    local disk
    disk=$(ls "$BATS_TEST_TMPDIR"/masu-testhost-disk.*)
    run --separate-stderr machine --disk "$disk" -- cat file
    [ "$output" = kept ]
}

@test "two machines run at once" {
    machine -- sh -c 'echo a >file; sleep 3; cat file' >"$BATS_TEST_TMPDIR/a" &
    run --separate-stderr machine -- sh -c 'echo b >file; sleep 3; cat file'
    [ "$output" = b ]
    wait $!
    [ "$(cat "$BATS_TEST_TMPDIR/a")" = a ]
}

@test "a machine that can't boot is 125, with its last words" {
    run machine --memory 1k -- true
    [ "$status" -eq 125 ]
    [[ "$output" = *"the machine failed"* ]]
}

@test "shell is a terminal of the right size" {
    run "$BATS_TEST_DIRNAME/checks/terminal.py" "$BATS_TEST_DIRNAME/shell" --no-build 'stty size; tty; exit 7'
    echo "$output"
    [ "$status" -eq 7 ]
    [[ "$output" = *"33 99"* ]]
    [[ "$output" = */dev/ttyS0* ]]
}
