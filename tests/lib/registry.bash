# SPDX-License-Identifier: Apache-2.0
# Registries for a bats file: `load ../lib/registry`. setup_file starts them, and teardown_file calls stop_registries.

# Debian's docker-registry with its files in $BATS_FILE_TMPDIR/storage. Sets $REAL to its address.
start_registry() { # [SETTING OF http [LINE OF THE CONFIGURATION]]
	local config=$BATS_FILE_TMPDIR/registry.yml log=$BATS_FILE_TMPDIR/registry.log
	cat >"$config" <<END
version: 0.1
storage: {filesystem: {rootdirectory: $BATS_FILE_TMPDIR/storage}}
http: {addr: "127.0.0.1:0"${1:+, $1}}
${2-}
END
	docker-registry serve "$config" >"$log" 2>&1 3>&- &
	echo $! >>"$BATS_FILE_TMPDIR/registries"
	wait_until grep -q 'msg="listening on ' "$log"
	export REAL
	REAL=$(sed -n 's/.*msg="listening on \([0-9.:]*\).*/\1/p' "$log")
}

# A registry that misbehaves, with the directory $FAKE, which gets its ports first.
start_fake() { # PROGRAM
	export FAKE=$BATS_FILE_TMPDIR/fake
	mkdir -p "$FAKE"
	python3 "$BATS_TEST_DIRNAME/$1" "$FAKE" 3>&- &
	echo $! >>"$BATS_FILE_TMPDIR/registries"
	wait_until test -e "$FAKE/ports"
}

stop_registries() { xargs kill <"$BATS_FILE_TMPDIR/registries"; }
