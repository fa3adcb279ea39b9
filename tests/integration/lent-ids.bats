#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Containers of a user without sub-ids, with ids that systemd-nsresourced lends: against a stand-in for it, in a mount
# namespace of each test's own that has the stand-in's socket, a user "bare", and a /dev/fuse for everybody.

load ../lib/masu

setup_file() { make_images busybox; }

# Runs a script as root there. In it, masu is masu of the user; $image is an image; `serve HOW` replaces the stand-in.
lend() { # HOW SCRIPT
	need_root "a stand-in for a service of the system"
	command -v fuse-overlayfs >/dev/null || skip "fuse-overlayfs is not installed"
	chmod 755 "$work"
	cp -r "$IMAGES" "$work/images"
	image=oci:$work/images:busybox:latest work=$work how=$1 script=$2 name=$name tests=$BATS_TEST_DIRNAME \
		unshare --mount --propagation private bash -e <<'END'
cp -a /etc "$work/etc"
mount --bind "$work/etc" /etc
sed -i /^bare:/d /etc/passwd /etc/group /etc/subuid /etc/subgid
echo "bare:x:4322:4322::$work/home:/bin/sh" >>/etc/passwd
echo bare:x:4322: >>/etc/group
mkdir "$work/home" "$work/node"
chown bare: "$work/home"
mount -t tmpfs none "$work/node"
mknod -m 666 "$work/node/fuse" c 10 229
mount --bind "$work/node/fuse" /dev/fuse
mount -t tmpfs -o mode=755 none /run
mkdir /run/systemd
export MASU_DATA_DIR=$work/home/data MASU_RUN_DIR=$work/home/run MASU_LIBEXEC_DIR=$BUILD
as_bare() { (cd "$work/home" && HOME=$work/home setpriv --reuid bare --regid bare --init-groups "$@"); }
masu() { as_bare "$BUILD/masu" "$@"; }
go() { masu run --rm --network none "$@"; }
log=$work/service.log
quit() { [ -z "${service-}" ] || { kill "$service"; wait "$service" || true; service=; }; }
serve() {
	quit
	rm -f /run/systemd/io.systemd.NamespaceResource "$log"
	python3 -B "$tests/fake-nsresourced.py" /run/systemd/io.systemd.NamespaceResource "$1" >"$log" 2>&1 &
	service=$!
	wait_until grep -q ready "$log"
}
. "$tests/../lib/wait.bash"
clean() {
	for id in $(masu ps -aq 2>/dev/null); do masu rm -f "$id" >/dev/null || true; done
	quit
}
trap clean EXIT
is() { [ "$1" = "$2" ] || { printf '%s\n' "got:" "$1" "instead of:" "$2"; exit 1; }; }
has() { case $1 in *"$2"*) ;; *) printf '%s\n' "got:" "$1" "without:" "$2"; exit 1 ;; esac; }
serve "$how"

eval "$script"
END
}

@test "lent ids: all ids exist inside, the image has its owners, and no file belongs to a lent id" {
	lend well '
	out=$(go "$image" sh -c "id -u; stat -c %u:%g /etc /root; touch /a; chown 33:34 /a; stat -c %u:%g /a; grep -c . /proc/self/uid_map" 2>/dev/null)
	is "$out" "0
0:0
0:0
33:34
2"
	is "$(go -u nobody "$image" sh -c "id -u; touch /tmp/b; stat -c %u:%g /tmp/b" 2>/dev/null)" "65534
65534:65534"
	# systemd lends no power over supplementary groups.
	is "$(go "$image" id -G 2>/dev/null)" 0
	out=$(go --group-add 10 "$image" true 2>&1) && exit 1
	has "$out" "group 10 cannot be set: setgroups is denied"
	masu run -d --name "$name" --network none "$image" sh -c "mkdir /d; chown 7:8 /d; touch /d/ready; exec sleep 1000" >/dev/null
	wait_until masu exec "$name" test -e /d/ready
	# Its process has a lent id, and its file the same place of the foreign range.
	masu exec -d -u 7:8 "$name" sh -c "touch /tmp/up; exec sleep 2000" >/dev/null
	wait_until masu exec "$name" test -e /tmp/up
	wait_until "ps -eo args= | grep -qx \"sleep 2000\""
	first=$(grep -v -e foreign -e ready "$log" | tail -n1 | cut -d" " -f2)
	uids=$(ps -eo uid:12= -o args= | awk "/[s]leep 2000/ {print \$1}")
	[ "$uids" -ge $((0x60000000)) ]
	[ "$uids" -lt 2147352576 ]
	is "$((uids % 65536))" "$(((first + 7) % 65536))"
	is "$(stat -c %u:%g "$MASU_DATA_DIR"/containers/*/upper/d)" "$((2147352576 + 7)):$((2147352576 + 8))"
	is "$(find "$MASU_DATA_DIR" -uid +1000000000 -a -not -uid +2147352576)" ""
	# A second start has other ids, and the same files.
	masu stop -t 0 "$name" >/dev/null
	masu start "$name" >/dev/null
	is "$(masu exec "$name" stat -c %u:%g /d)" 7:8
	masu rm -f "$name" >/dev/null
	is "$(ls "$MASU_DATA_DIR/containers")" names
	is "$(find "$MASU_DATA_DIR/layers" -mindepth 1 -maxdepth 1 | wc -l)" 1'
}

@test "lent ids: files of containers, running and not: cp, diff, export, commit, unshare" {
	lend well '
	masu run -d --name "$name" --network none "$image" sh -c "mkdir /d; echo in >/d/f; chown 7:8 /d/f; touch /ready; exec sleep 1000" >/dev/null
	wait_until masu exec "$name" test -e /ready
	echo out >"$work/home/f"
	masu cp "$work/home/f" "$name:/d/g"
	is "$(masu exec "$name" stat -c %u:%g /d/g)" 0:0
	masu cp "$name:/d/f" "$work/home/copy"
	is "$(cat "$work/home/copy")" in
	masu stop -t 0 "$name" >/dev/null
	is "$(masu cp "$name:/d/f" - | tar -tv --numeric-owner -f - | cut -d" " -f2)" 7/8
	is "$(masu export "$name" | tar -tv --numeric-owner -f - d/f | cut -d" " -f2)" 7/8
	has "$(masu diff "$name")" "A /d/g"
	out=$(masu cp "$work/home/f" "$name:/d/h" 2>&1) && exit 1
	has "$out" "start the container first"
	masu commit "$name" changed:1 >/dev/null 2>&1
	is "$(go changed:1 stat -c %u:%g /d/f 2>/dev/null)" 7:8
	is "$(masu unshare stat -c %u:%g "$(echo "$MASU_DATA_DIR"/containers/*/upper)/d/f")" 7:8
	masu rm "$name" >/dev/null'
}

@test "lent ids: volumes and bind mounts have the files of root, who is the user" {
	lend well '
	mkdir "$work/home/project"
	chown bare: "$work/home/project"
	go -v "$work/home/project:/p" "$image" touch /p/new 2>/dev/null
	is "$(stat -c %u "$work/home/project/new")" 4322
	masu run -d --name "$name" --network none "$image" sh -c "mkdir -p /v/d; chown 7 /v/d; touch /ready; exec sleep 1000" >/dev/null
	wait_until masu exec "$name" test -e /ready
	masu commit "$name" with-v:1 >/dev/null 2>&1
	masu rm -f "$name" >/dev/null
	# A new volume gets the files of the image, and they become root'"'"'s.
	is "$(go -v vol:/v with-v:1 stat -c %u:%g /v /v/d 2>/dev/null)" "0:0
0:0"
	is "$(stat -c %u "$MASU_DATA_DIR"/volumes/vol/d "$MASU_DATA_DIR"/volumes/vol/*/d 2>/dev/null)" 4322
	is "$(go --tmpfs /t "$image" sh -c "touch /t/x; chown 5 /t/x; stat -c %u /t/x" 2>/dev/null)" 5
	masu volume rm vol >/dev/null'
}

@test "lent ids: another map, and overlays beside the root, are refused" {
	lend well '
	out=$(go --userns keep-id "$image" true 2>&1) && exit 1
	has "$out" "another id map than the default one needs sub-ids"
	has "$out" "--add-subuids"
	out=$(go --mount "type=image,src=$image,dst=/i" "$image" true 2>&1) && exit 1
	has "$out" "needs sub-ids: yours are lent by systemd-nsresourced"
	is "$(masu ps -aq)" ""'
}

@test "lent ids: without fuse-overlayfs the start fails, and says so" {
	lend well '
	mount --bind /dev/null "$(command -v fuse-overlayfs)"
	out=$(go "$image" true 2>&1) && exit 1
	has "$out" fuse-overlayfs
	finding=$(masu doctor --format "{{.Severity}} {{.ID}}") || true
	has "$finding" "error overlay"
	is "$(masu ps -aq)" ""'
}

@test "lent ids: masu info and doctor tell the source of the ids, or why the service lends none" {
	lend well '
	has "$(masu info)" "none; systemd-nsresourced lends 65536 ids to each container"
	finding=$(masu doctor --format "{{.ID}}") || true
	case $finding in *sub-ids*) exit 1 ;; esac
	serve dead
	finding=$(masu doctor --format "{{.Severity}} {{.ID}} {{.Fix}}") || true
	has "$finding" "error sub-ids sudo usermod --add-subuids"
	out=$(go "$image" true 2>&1) && exit 1
	has "$out" "find out whether systemd-nsresourced lends ids"
	is "$(masu ps -aq)" ""
	serve old
	has "$(masu info)" "it is older than systemd 260"
	serve no-kernel
	has "$(masu info)" "the kernel lacks the BPF security module"
	finding=$(masu doctor --format "{{.ID}}") || true
	has "$finding" sub-ids
	# Then only root exists, as without the service.
	is "$(go "$image" cat /proc/self/uid_map 2>/dev/null | awk "{print \$1, \$3}")" "0 1"
	quit
	has "$(masu info)" "Connection refused"
	rm /run/systemd/io.systemd.NamespaceResource
	has "$(masu info)" "sudo systemctl enable --now systemd-nsresourced.socket"
	serve well'
}

@test "lent ids: a user with sub-ids does not ask the service" {
	lend hang '
	echo bare:1000000:65536 | tee -a /etc/subuid >>/etc/subgid
	is "$(go "$image" sh -c "touch /a; chown 7 /a; stat -c %u /a" 2>/dev/null)" 7
	is "$(cat "$log")" ready'
}

@test "lent ids: wrong answers of the service end the start with an error, and leave nothing" {
	lend well '
	go "$image" true 2>/dev/null # the image is there then
	for how in cut long list typed error-typed error-unnamed error-escape continues twice twice-key garbage empty deep \
		full close lie-nothing lie-root lie-range lie-more; do
		serve "$how"
		out=$(go "$image" true 2>&1) && { echo "$how: the container ran"; exit 1; }
		has "$out" systemd-nsresourced
		case $out in *[[:cntrl:]]\[31m*) echo "$how: control characters"; exit 1 ;; esac
		is "$(masu ps -aq)" ""
	done
	serve well
	go "$image" true 2>/dev/null'
}

@test "lent ids: a start that waits for the service can be interrupted, and leaves nothing" {
	lend well '
	go "$image" true 2>/dev/null
	serve hang
	as_bare "$BUILD/masu" run --name "$name" --network none "$image" true >/dev/null 2>&1 &
	wait_until "masu ps -aq | grep -q ."
	pkill -TERM -u 4322 -f "run --name $name"
	wait_until "! pgrep -u 4322"
	serve well
	masu rm -f "$name" >/dev/null
	is "$(ls "$MASU_DATA_DIR/containers")" names
	wait_until "! pgrep -u 4322"'
}
