# SPDX-License-Identifier: Apache-2.0
# For threats-*.bats: a root directory, a canary beside it that nothing may touch, and ways to run.

bats_require_minimum_version 1.5.0
build=$(realpath "${MASU_BUILD:-$BATS_TEST_DIRNAME/../../build}")
export MASU_BUILD=$build
MASU=$build/masu
OCI=$build/masu-oci

# Once for a file: can containers run at all? The reason is that of masu.
setup_file() {
	command -v busybox >/dev/null || skip "no busybox"
	local dir
	dir=$(mktemp -d)
	make_root "$dir/root"
	export MASU_DATA_DIR=$dir/data MASU_RUN_DIR=$dir/run
	run "$MASU" run --rm --network none "rootfs:$dir/root" true
	rm -rf "$dir"
	[ "$status" = 0 ] || skip "masu can't run containers here: $output"
}

setup() {
	work=$(mktemp -d)
	root=$work/root
	canary=$work/canary
	export MASU_DATA_DIR=$work/data MASU_RUN_DIR=$work/run
	make_root "$root"
	mkdir -p "$canary/directory"
	echo canary >"$canary/file"
	echo "evil:x:0:0::/:/bin/sh" >"$canary/passwd"
	before=$(hash_canary)
	neighbour=
}

teardown() {
	[ -z "$neighbour" ] || kill "$neighbour" 2>/dev/null || true
	rm -rf "$work"
}

make_root() { # DIRECTORY
	mkdir -p "$1"/{bin,dev,etc,proc,sys,tmp,usr/bin}
	cp "$(command -v busybox)" "$1/bin/busybox"
	for applet in cat chmod chown echo id ls mkdir sh sleep stat true tty; do
		ln -s busybox "$1/bin/$applet"
	done
	echo root:x:0:0:root:/root:/bin/sh >"$1/etc/passwd"
	echo root:x:0: >"$1/etc/group"
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

# swapping A B SECONDS: a neighbour that exchanges two names all the time
swapping() {
	"$build/threats-attacker" swap "$@" 3>&- &
	neighbour=$!
}

is_swapping() {
	kill -0 "$neighbour" 2>/dev/null
}

is_root() {
	[ "$(id -u)" = 0 ]
}

# Are ids but the caller's own mapped in containers?
need_ids() {
	is_root || grep -q "^$(id -un):" /etc/subuid || skip "no sub-ids for $(id -un)"
}
