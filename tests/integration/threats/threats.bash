# SPDX-License-Identifier: Apache-2.0
# The part of the library for threats-*.bats and config-*.bats: a root directory, and a canary beside it that nothing
# may touch.

load ../lib/masu

export MASU_BUILD=$BUILD
MASU=$BUILD/masu
OCI=$BUILD/masu-oci
APPLETS=(cat chmod chown echo id ls mkdir sh sleep stat true tty)

setup_file() { probe_containers; }

setup() {
	need_containers
	make_box
}

# The directory of a test, with a root directory for containers.
make_box() {
	make_work
	root=$work/root
	canary=$work/canary
	make_root "$root" "${APPLETS[@]}"
	echo root:x:0:0:root:/root:/bin/sh >"$root/etc/passwd"
	echo root:x:0: >"$root/etc/group"
	mkdir -p "$canary/directory"
	echo canary >"$canary/file"
	echo "evil:x:0:0::/:/bin/sh" >"$canary/passwd"
	before=$(hash_canary)
	neighbour=
}

teardown() {
	[ -z "${neighbour-}" ] || kill "$neighbour" 2>/dev/null || true
	remove_work
}

hash_canary() {
	(cd "$canary" && find . -printf '%p %y %m %u %g %s %T@ %C@ %l\n' | sort && cat file passwd) | sha256sum
}

canary_is_untouched() {
	[ "$(hash_canary)" = "$before" ] || { find "$canary" -ls; return 1; }
}

# call COMMAND...: as bats's "run --separate-stderr", for which 127 would be a mistake of the test's
call() {
	status=0
	output=$("$@" 2>"$work/stderr" 3>&-) || status=$?
	stderr=$(<"$work/stderr")
}

# box [OPTION...] ROOT COMMAND...: a container; stdout in $output, masu's words in $stderr
box() {
	call "$MASU" run --rm --network none "$@"
}

# config [KEY=JSON...]: of the bundle $work; see threats/config
config() {
	"$BATS_TEST_DIRNAME/threats/config" "$work" "$@"
}

# oci COMMAND...: masu-oci with a root directory of its own
oci() {
	"$OCI" --root "$work/oci" --cgroup-manager disabled "$@"
}

# bundle [OPTION...]: runs it; stdout in $output
bundle() {
	call oci run -b "$work" "$@" "threats-$$"
}

# refused [MESSAGE]: by masu itself, for this reason
refused() {
	[ "$status" = 125 ] && [[ "$stderr" == *"$1"* ]] && return
	echo "status $status, not refused with '$1': $output $stderr"
	return 1
}

worked() {
	[ "$status" = 0 ] || { echo "status $status: $output $stderr"; return 1; }
}

# swapping A B: a neighbour that exchanges two names until the end of the test
swapping() {
	"$BUILD/threats-attacker" swap "$@" 1000 3>&- &
	neighbour=$!
}

is_swapping() {
	kill -0 "$neighbour" 2>/dev/null
}
