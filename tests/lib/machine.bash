# SPDX-License-Identifier: Apache-2.0
# The library of tests/host/*.bats: scripts of checks/ run in the test machine, several in one boot, since a boot costs
# seconds. A script is divided by `part NAME` (checks/say.sh), and each part is a test of its own.

load ../lib/masu

# boot [OPTION...] -- SCRIPT [ARGUMENT]...: in setup_file; runs the scripts of checks/ one after the other, with the options
# of tests/host/run. Each test reports the part that failed or was not reached.
boot() {
	local options=(--timeout 1800)
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	"$BATS_TEST_DIRNAME/image" >/dev/null 2>&1
	"$BATS_TEST_DIRNAME/run" "${options[@]}" -- bash -c \
		'for script; do bash -c "bash /masu/tests/host/checks/$script" || :; done' boot "$@" \
		>>"$BATS_FILE_TMPDIR/parts" 2>&1 || true
}

# well [PART]: the part with the test's name was reached, and all of its checks passed
well() {
	run awk -v name="part: ${1:-$BATS_TEST_DESCRIPTION}" '$0 == name { on = 1 } $0 != name && /^part: / { on = 0 } on' "$BATS_FILE_TMPDIR/parts"
	[[ $'\n'$output$'\n' == *$'\nall well\n'* ]] && return
	echo "$output"
	[ -n "$output" ] || { echo "not reached:"; tail -n 30 "$BATS_FILE_TMPDIR/parts"; }
	return 1
}

# The last test of a file: no part of its scripts is without a test.
every_part_is_tested() {
	run comm -13 <(grep -oE '(@test|well) "[^"]*"' "$BATS_TEST_FILENAME" | sed 's/^[@a-z_]* "//; s/"$//' | sort -u) \
		<(sed -n 's/^part: //p' "$BATS_FILE_TMPDIR/parts" | sort -u)
	echo "without a test: $output"
	[ -z "$output" ]
}
