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

@test "input, results, words and output come through whole, also from what the command leaves behind" {
    local words=('two words' "it's" '' '*' $'new\nline')
    head -c 300000 /dev/urandom >"$BATS_TEST_TMPDIR/in"
    run --separate-stderr machine --stdin "$BATS_TEST_TMPDIR/in" --out "$BATS_TEST_TMPDIR/out" -- \
        sh -c 'cat >/masu/out/copy; printf "<%s>" "$@"; seq 1000000; (trap "" HUP; sleep 100) & echo error >&2; exit 42' \
        sh "${words[@]}"
    [ "$status" -eq 42 ]
    [ "$(sha256sum <<<"$output")" = "$( (printf "<%s>" "${words[@]}"; seq 1000000; echo error) | sha256sum)" ]
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

@test "two machines run at once; --keep leaves the disk, --disk goes on with it" {
    local disk out=$BATS_TEST_TMPDIR/out
    machine --out "$out" -- sh -c 'echo a >file; until [ -e /masu/out/end ]; do sleep 0.1; done; cat file' >"$BATS_TEST_TMPDIR/a" &
    run env TMPDIR="$BATS_TEST_TMPDIR" "$BATS_TEST_DIRNAME/run" --no-build --keep -- sh -c 'echo b >file; cat file'
    [ "$status" -eq 0 ]
    [ "${lines[0]}" = b ]
    touch "$out/end"
    wait $!
    [ "$(cat "$BATS_TEST_TMPDIR/a")" = a ]
    disk=$(ls "$BATS_TEST_TMPDIR"/masu-testhost-disk.*)
    run --separate-stderr machine --disk "$disk" -- cat file
    [ "$output" = b ]
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
