# SPDX-License-Identifier: Apache-2.0
# The library of the bats files: `load ../lib/masu`. Each test gets a directory of its own ($work) with the stores and
# run directories of masu and masu-oci, and a name for a container that no other run of the tests has ($name); both go
# after the test. Files run as root and as an ordinary user; a test that needs root says so by need_root.

bats_require_minimum_version 1.5.0

BUILD=$(realpath "${MASU_BUILD:-$BATS_TEST_DIRNAME/../../build}")
IMAGES=${BATS_FILE_TMPDIR-}/images
export BUILD IMAGES

. "$BATS_TEST_DIRNAME/../lib/wait.bash"

setup() { make_work; }
teardown() { remove_work; }

masu() { "$BUILD/masu" "$@"; }
oci() { "$BUILD/masu-oci" "$@"; }

# Runs a container without a network, which most tests do not need, and keeps stderr apart.
go() { run --separate-stderr "$BUILD/masu" run --rm --network none "$@"; }

# A container with this machine's python and DIRECTORY at /work.
python_in() { # DIRECTORY IMAGE [OPTION...] -- ARGUMENT...
	local directory=$1 image=$2 options=()
	shift 2
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	masu run "${options[@]}" -v /usr:/usr:ro -v /usr/lib:/lib:ro -v /usr/lib64:/lib64:ro -v "$directory:/work:ro" \
		"$image" /usr/bin/python3 -B "${@:2}"
}

### what a test needs

is_root() { [ "$(id -u)" = 0 ]; }

need_root() { # [REASON]
	is_root || skip "needs root${1:+: $1}"
}

# More ids than the caller's own are mapped in containers.
need_ids() {
	is_root || grep -q "^$(id -un):" /etc/subuid || skip "no sub-ids for $(id -un)"
}

# In setup_file: finds out once for all tests of a file whether containers can run here. bats 1.8 reports a skip there
# as a failure, so setup() skips: need_containers.
probe_containers() { # [OPTION... IMAGE COMMAND...]
	local probe=$BATS_FILE_TMPDIR/probe
	export WHY_NOT=
	[ $# -gt 0 ] || set -- --network none hello
	run env MASU_DATA_DIR="$probe/data" MASU_RUN_DIR="$probe/run" "$BUILD/masu" run --rm "$@"
	[ "$status" = 0 ] || WHY_NOT="masu cannot run containers here: $output"
	remove_files "$probe"
}

need_containers() { [ -z "$WHY_NOT" ] || skip "$WHY_NOT"; }

# The processes of masu's programs that work on the test's store, a line each.
store_processes() {
	local pid program
	for pid in $(pgrep -f '^[^ ]*masu'); do
		IFS= read -rd '' program 2>/dev/null <"/proc/$pid/cmdline" || continue
		[[ ${program##*/} == masu* ]] || continue
		! grep -qszxF "MASU_DATA_DIR=$MASU_DATA_DIR" "/proc/$pid/environ" || echo "$pid"
	done
}

# After a kill of a command's first process: its other processes have ended, too.
is_quiet() { [ -z "$(store_processes)" ]; }

### the directory of a test

make_work() {
	work=$(mktemp -d)
	name=test-$$-$BATS_TEST_NUMBER
	export MASU_DATA_DIR=$work/data MASU_RUN_DIR=$work/run
}

# Removes the containers and files of a test. Its functions see the stores that the test saw last.
remove_work() {
	local container
	[ -n "${work-}" ] || return 0
	cd /
	for container in $(masu ps -aq 2>/dev/null); do masu rm -f "$container" >/dev/null 2>&1 || true; done
	for container in $(oci list -q 2>/dev/null); do oci delete --force "$container" || true; done
	grep -oF "$work" /proc/self/mountinfo >/dev/null && unmount_below "$work"
	remove_files "$work"
}

unmount_below() { # DIRECTORY
	cut -d' ' -f5 /proc/self/mountinfo | grep "^$1" | sort -r | xargs -r -n1 umount -l
}

# Files of containers belong to sub-ids.
remove_files() { # DIRECTORY
	if is_root; then rm -rf "$1"; else unshare --map-root-user --map-auto rm -rf "$1" 2>/dev/null || rm -rf "$1"; fi
}

### images and bundles

# make_images NAME...: in setup_file; the layouts of tests/host/images, as oci:$IMAGES:NAME:latest
make_images() {
	"$BATS_TEST_DIRNAME/../host/images/make-images" "$IMAGES" "$@" >/dev/null
}

# A root directory with busybox and links to it.
make_root() { # DIRECTORY APPLET...
	local root=$1 applet
	mkdir -p "$root"/{bin,dev,etc,proc,sys,tmp,usr/bin}
	cp "$(command -v busybox)" "$root/bin/busybox"
	for applet in "${@:2}"; do ln -sf busybox "$root/bin/$applet"; done
}

# A bundle $work/b with these applets, which becomes the working directory.
make_bundle() { # APPLET...
	make_root "$work/b/rootfs" "$@"
	cd "$work/b" || return
	oci spec $(is_root || echo --rootless)
}

# Changes config.json by Python statements on `c`, with `r` its resources.
config() {
	python3 -S -c "import json, os
c = json.load(open('config.json'))
c['process']['terminal'] = False
r = c['linux'].setdefault('resources', {})
$1
json.dump(c, open('config.json', 'w'))"
}

status_of() { oci state "$1" | jq -r .status; }
is_stopped() { [ "$(status_of "$1")" = stopped ]; }

### the caches of lists

# After damages of $cache: it cannot be written, or its writer was killed. `list` prints $expected, and has_cache() waits.
cache_file_changes_nothing() {
	rm -f "$cache"
	mkdir "$cache"
	[ "$(list)" = "$expected" ]
	rmdir "$cache"
	ln -s "$work/elsewhere" "$cache.new"
	[ "$(list)" = "$expected" ]
	[ ! -e "$work/elsewhere" ]
	rm "$cache.new"
	# A process that was killed while it wrote left a part.
	echo "masu list 1 " >"$cache.new"
	wait_until has_cache
	[ "$(list)" = "$expected" ]
	[ ! -e "$cache.new" ]
}
