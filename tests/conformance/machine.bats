#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The conformance suite in the test machine: cgroup v2, systemd's groups, an ordinary user and root.
# One boot; a test a column. CONFORMANCE_OUT keeps the results, for docs/conformance.md;
# CONFORMANCE_ONLY has the names of the cases, or of files of them; CONFORMANCE_MORE further columns,
# which are only for that directory.

bats_require_minimum_version 1.5.0

setup_file() {
    local build=${MASU_BUILD:-$BATS_TEST_DIRNAME/../../build} host=$BATS_TEST_DIRNAME/../host
    export OUT=${CONFORMANCE_OUT:-$BATS_FILE_TMPDIR/out}
    mkdir -p "$OUT" && chmod 777 "$OUT"
    rm -f "$OUT"/machine-* "$OUT/boot" # what the machine wrote before, it can't open again
    "$host/image" >/dev/null 2>&1
    tar -cf "$BATS_FILE_TMPDIR/programs.tar" -C "$build" conformance-probe conformance-refuse
    "$host/run" --stdin "$BATS_FILE_TMPDIR/programs.tar" --out "$OUT" --timeout 3600 -- \
        env CONFORMANCE="machine-user machine-root ${CONFORMANCE_MORE-}" ONLY="${CONFORMANCE_ONLY-}" \
        bash /masu/tests/conformance/machine.sh >"$OUT/boot" 2>&1 || true
}

# All that failed, unless it is expected to; the last line shows that the suite came to its end.
column() { # NAME
    cat "$OUT/boot" "$OUT/$1.err"
    grep -A1 '^not ok' "$OUT/$1.tap" | grep -v '^--' || true
    local planned
    planned=$(sed -n 's/^1\.\.//p' "$OUT/$1.tap")
    grep -q "ok $planned - " "$OUT/$1.tap"
    [ -z "$(grep '^not ok' "$OUT/$1.tap" | grep -v '# TODO ')" ]
}

@test "the runtime specification, as an ordinary user with systemd's groups" { column machine-user; }

@test "the runtime specification, as root with systemd's groups" { column machine-root; }
