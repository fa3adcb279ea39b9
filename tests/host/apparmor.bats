#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# process.apparmorProfile, and the profile of pasta, on a kernel that has AppArmor: one boot, since that is decided there.

bats_require_minimum_version 1.5.0

@test "a profile confines a container and its execs; a missing one is an error; pasta works under Debian's" {
    command -v apparmor_parser >/dev/null || skip "no apparmor_parser (package apparmor)"
    cd "$BATS_TEST_DIRNAME"
    apparmor_parser -Q -S -K checks/apparmor.profile >"$BATS_TEST_TMPDIR/profile" 2>/dev/null
    : >"$BATS_TEST_TMPDIR/passt"
    [ ! -e /etc/apparmor.d/usr.bin.passt ] ||
        apparmor_parser -Q -S -K /etc/apparmor.d/usr.bin.passt >"$BATS_TEST_TMPDIR/passt" 2>/dev/null
    cp "$(command -v busybox)" "$BATS_TEST_TMPDIR/busybox"
    cp "${MASU_BUILD:-../../build}/threats-attacker" "$BATS_TEST_TMPDIR/attacker"
    tar -C "$BATS_TEST_TMPDIR" -cf "$BATS_TEST_TMPDIR/in.tar" profile passt busybox attacker
    MASU_TESTHOST_KERNEL="lsm=yama,apparmor apparmor=1" run --separate-stderr ./run --root \
        --stdin "$BATS_TEST_TMPDIR/in.tar" -- bash /masu/tests/host/checks/apparmor.sh
    echo "$status: $output $stderr"
    [ "$status" -eq 0 ]
    [ "${lines[-1]}" = "all well" ]
}
