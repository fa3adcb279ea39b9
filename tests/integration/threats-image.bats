#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What the config and the annotations of a hostile image ask for.

load threats/threats.bash

setup() {
	need_containers
	make_work
	canary=$work/canary
	neighbour=
	mkdir -p "$canary/directory"
	echo canary | tee "$canary/file" >"$canary/passwd"
	before=$(hash_canary)
	bad=$("$BATS_TEST_DIRNAME/threats/hostile-images" "$work/images")
}

@test "labels and annotations of an image give no orders (CVE-2022-0811, CVE-2026-53488)" {
	image=oci:$work/images:orders:latest
	"$MASU" create --name orders-$$ --network none "$image" cat /proc/self/environ >/dev/null
	config=$(echo "$MASU_DATA_DIR"/containers/*/config.json)
	python3 -c 'import json, sys
sys.exit(bool(json.load(sys.stdin).get("annotations")))' <"$config"
	run ! grep -E 'masu-hostile-image|ExecStopPost|hooks' "$config"
	"$MASU" start -a orders-$$ | tr '\0' '\n' >"$work/environ"
	grep -qx LD_PRELOAD=/evil.so "$work/environ" # the container's alone: helpers have their own
	[ ! -e /tmp/masu-hostile-image ]
	"$MASU" rm orders-$$
}

@test "a config with an invalid user, directory, signal, variable or command is refused" {
	exec 7<"$canary"
	for name in $bad; do
		box "oci:$work/images:$name:latest"
		{ [ "$status" -ge 125 ] && [ "$status" -le 127 ] && [ -z "$output" ] && [ -n "$stderr" ]; } ||
			{ echo "$name: $status, $output, $stderr"; return 1; }
	done
	[ -z "$("$MASU" ps -aq)" ]
	canary_is_untouched
}
