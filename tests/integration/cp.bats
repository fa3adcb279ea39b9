#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# masu cp and masu export: where copies go, what they keep, archives, and what hostile containers and archives try. As root and as an
# ordinary user.

load threats/threats.bash

setup_file() {
	make_images busybox
	probe_containers
}

setup() {
	need_containers
	make_box
	image=oci:$IMAGES:busybox:latest
	cd "$work" || return
	c=$name d=$name-d
	unset MASU_BUILD # the path of a program
}

# A container c that does nothing, running or not: start STATE [OPTION...]
start() {
	case $1 in
	created) masu create --name $c --network none "${@:2}" "$image" sleep 1000 ;;
	exited) masu run --name $c --network none "${@:2}" "$image" true ;;
	*) masu run -d --name $c --network none "${@:2}" "$image" sleep 1000 ;;
	esac >/dev/null
}

cp_c() { call "$BUILD/masu" cp "$@"; }

# The files below a path of c, by an archive of it.
list() { masu cp "$c:$1" - | tar tf - | sort; }

make_tree() {
	mkdir -p tree/sub
	echo one >tree/file
	echo two >tree/sub/inner
}

# Nothing of a copy is left: no process, and no mount.
nothing_is_left() {
	! pgrep -f "masu-image .*$work" >/dev/null && ! grep -qF "$work/data/containers" /proc/self/mountinfo
}

### where copies go

# As docker's manual has it, in a container and on the host: TARGET is a directory with "dir/", "file" and "link" to dir.
rules() { # TARGET PREFIX
	local at=$1
	cp_c "$2tree/file" "$at/new" && worked
	cp_c "$2tree/file" "$at/new/" && refused "Not a directory"
	cp_c "$2tree/file" "$at/missing/" && refused 'directory "'
	cp_c "$2tree/file" "$at/missing/new" && refused "No such file or directory"
	cp_c "$2tree/file" "$at/dir" && worked
	cp_c "$2tree/file" "$at/link/other" && worked
	cp_c "$2tree/sub/inner" "$at/file" && worked
	cp_c "$2tree" "$at/file" && refused "a directory cannot replace the file"
	cp_c "$2tree" "$at/made" && worked
	cp_c "$2tree" "$at/dir" && worked
	cp_c "$2tree/." "$at/contents" && worked
	cp_c "$2tree/." "$at/link" && worked
	cp_c "$2tree/nothing" "$at/x" && refused "No such file or directory"
}

expected=./contents/file=one./contents/sub/inner=two./dir/file=one./dir/other=one./dir/sub/inner=two./dir/tree/file=one./dir/tree/sub/inner=two./file=two./made/file=one./made/sub/inner=two./new=one
contents='cd $1; find . -type f | sort | while read -r f; do printf "%s=%s" "$f" "$(cat "$f")"; done'
prepare='cd $1; mkdir dir; echo old >file; ln -s dir link'

@test "copies to a container go where docker's rules say: running, paused, created and exited" {
	make_tree
	for state in running paused created exited; do
		mkdir -p "at-$state"
		sh -c "$prepare" sh "$PWD/at-$state"
		start $state -v "$PWD/at-$state:/at"
		[ $state != paused ] || oci --root "$MASU_RUN_DIR/containers" pause "$(masu inspect $c | jq -r .[0].Id)" || skip "no freezer"
		rules $c:at ""
		[ "$(sh -c "$contents" sh "$PWD/at-$state")" = "$expected" ]
		[ $state != paused ] || oci --root "$MASU_RUN_DIR/containers" resume "$(masu inspect $c | jq -r .[0].Id)"
		masu rm -f $c
	done
}

@test "copies from a container go where docker's rules say" {
	make_tree
	for state in running exited; do
		start $state
		masu cp tree $c:/tree
		mkdir "to-$state"
		sh -c "$prepare" sh "$PWD/to-$state"
		rules "to-$state" "$c:"
		[ "$(sh -c "$contents" sh "$PWD/to-$state")" = "$expected" ]
		masu rm -f $c
	done
}

@test "files of the root file system are there after the next start" {
	make_tree
	start created
	masu cp tree $c:/opt
	masu start $c >/dev/null
	masu exec $c cat /opt/sub/inner | grep -x two
	masu exec $c sh -c 'echo three >/opt/three'
	masu stop -t 0 $c >/dev/null
	masu cp $c:opt/three .
	[ "$(cat three)" = three ]
}

@test "between containers, and within a running one" {
	make_tree
	start running
	masu create --name $d --network none "$image" sleep 1000 >/dev/null
	masu cp tree $c:/
	masu cp $c:/tree $d:/
	masu cp $d:/tree/sub $c:/again
	masu cp $c:/again/inner $c:/tmp
	[ "$(masu exec $c cat /tmp/inner)" = two ]
	cp_c $d:/tree $d:/other
	refused "not running"
}

@test "wrong operands are refused" {
	start created
	cp_c a b
	refused "must be CONTAINER:PATH"
	cp_c $c: b
	refused "invalid operand"
	cp_c $c:/etc
	[ "$status" = 125 ]
	cp_c --nothing $c:/etc .
	[ "$status" = 125 ]
	cp_c nobody:/etc .
	[ "$status" = 125 ]
	[[ "$stderr" == *nobody* ]]
	echo colon >a:b
	cp_c ./a:b $c:/ && worked
	cp_c "$PWD/a:b" $c:/etc && worked
}

### what copies keep

@test "names, holes, hard links, links, FIFOs, modes and times survive the way there and back" {
	start running
	mkdir 'a b'
	echo x >$'a b/new\nline'
	echo y >$'a b/\xff\xc3'
	mkdir -p "a b/$(printf '%0250d' 1)/$(printf '%0250d' 2)"
	echo deep >"a b/$(printf '%0250d' 1)/$(printf '%0250d' 2)/file"
	ln 'a b/'$'new\nline' 'a b/hard'
	ln -s /etc/passwd 'a b/absolute'
	ln -s ../nowhere 'a b/relative'
	ln -s "$(printf '%0400d' 3)" 'a b/long'
	mkfifo -m 640 'a b/fifo'
	truncate -s 3G 'a b/sparse'
	echo middle | dd of='a b/sparse' bs=1 seek=1G conv=notrunc status=none
	truncate -s 1M 'a b/hole'
	chmod 4751 'a b/hard'
	mkdir 'a b/closed'
	echo z >'a b/closed/file'
	chmod 500 'a b/closed'
	touch -d '1969-12-31 23:59:58 UTC' 'a b/relative' 'a b/hole' -h
	touch -d '2001-02-03 04:05:06.123456789 UTC' 'a b/closed'
	masu cp 'a b' $c:/
	masu exec $c test -u '/a b/hard'
	masu cp "$c:/a b" back
	diff <(cd 'a b' && find . -printf '%p %y %s %T@ %n %l %m\n' | sed 's/ 4751$/ 751/; / f /!s/^\(.* [dlp]\) [0-9]* /\1 /' | sort) \
		<(cd back && find . -printf '%p %y %s %T@ %n %l %m\n' | sed '/ f /!s/^\(.* [dlp]\) [0-9]* /\1 /' | sort)
	[ 'back/hard' -ef $'back/new\nline' ]
	cmp 'a b/sparse' back/sparse
	[ "$(du -k back/sparse | cut -f1)" -lt 100 ]
	chmod 700 'a b/closed' back/closed
}

@test "copies belong to the container's root and to the caller; --archive keeps the numbers" {
	need_ids
	start running
	masu exec $c sh -c 'mkdir -m 700 /s; echo x >/s/f; chmod 600 /s/f; chown -R 33:44 /s'
	masu cp $c:/s s
	[ "$(stat -c %u:%a s/f)" = "$(id -u):600" ]
	masu cp -a $c:/s - | tar tv --numeric-owner | grep '33/44.*s/f'
	masu cp s $c:/t
	[ "$(masu exec $c stat -c %u:%g /t/f)" = 0:0 ]
	masu cp -a $c:/s $c:/u
	[ "$(masu exec $c stat -c %u:%g:%a /u /u/f)" = $'33:44:700\n33:44:600' ]
	call masu cp -a - $c:/tmp < <(tar c --owner 5000000 s)
	[[ "$stderr" == *"its owner is 5000000:"* ]] || is_root
}

@test "--follow-link copies the target of a link" {
	start running
	masu exec $c sh -c 'echo x >/tmp/x; ln -s tmp/x /l; mkdir /d; ln -s ../tmp/x /d/in; ln -s /d /ld; ln -s loop /loop'
	masu cp $c:/l .
	[ "$(readlink l)" = tmp/x ]
	masu cp -L $c:/l m
	[ "$(cat m)" = x ]
	[ ! -L m ]
	masu cp -L $c:/ld .
	[ -d ld ]
	[ "$(readlink ld/in)" = ../tmp/x ]
	cp_c -L $c:/loop x
	refused "Too many levels"
	ln -s m n
	masu cp -L n $c:/tmp
	[ "$(masu exec $c cat /tmp/n)" = x ]
}

@test "a directory and another file replace each other only with --overwrite" {
	start running
	make_tree
	masu exec $c sh -c 'mkdir -p /at/tree/file; echo x >/at/tree/sub'
	cp_c tree $c:/at
	refused "cannot replace"
	masu exec $c test -d /at/tree/file
	masu cp --overwrite tree $c:/at
	[ "$(masu exec $c cat /at/tree/file /at/tree/sub/inner)" = $'one\ntwo' ]
	is_root || return 0 # others cannot make a device
	mknod null c 1 3
	cp_c $c:/at/tree/sub/inner null && refused "cannot replace a device"
	cp_c --overwrite $c:/at null && refused "cannot replace a device"
	[ -c null ]
}

@test "mounts are seen as in the container; read-only ones stay so" {
	mkdir shared
	start running --tmpfs /t -v store:/v -v "$PWD/shared:/ro:ro" --read-only
	echo x >x
	masu cp x $c:/t
	masu cp x $c:/v
	[ "$(masu exec $c cat /t/x /v/x)" = $'x\nx' ]
	cp_c x $c:/ro && refused "Read-only file system"
	cp_c x $c:/ && refused "Read-only file system"
	masu exec $c sh -c 'echo y >/t/y'
	masu cp $c:/t/y .
	[ "$(cat y)" = y ]
	masu stop -t 0 $c >/dev/null
	echo z >z
	masu cp z $c:/v
	cp_c z $c:/ro && refused "Read-only file system"
	masu start $c >/dev/null
	[ "$(masu exec $c cat /v/z)" = z ]
	masu cp z $c:/etc/hosts # a file on which another is mounted keeps its place
	[ "$(masu exec $c cat /etc/hosts)" = z ]
}

### archives

@test "archives on standard input and output" {
	start running
	make_tree
	masu cp tree $c:/
	[ "$(list /tree)" = $'tree/\ntree/file\ntree/sub/\ntree/sub/inner' ]
	[ "$(list /tree/.)" = $'./\n./file\n./sub/\n./sub/inner' ]
	[ "$(list /tree/file)" = file ]
	tar c tree | masu cp - $c:/tmp
	tar cz tree | masu cp - $c:/tmp/tree
	[ "$(masu exec $c cat /tmp/tree/tree/sub/inner)" = two ]
	masu exec $c sh -c 'mkdir /in; ln -s /in /tmp/out'
	mkdir out
	echo x >out/x
	tar c out/x | masu cp - $c:/tmp # through a link of the container
	[ "$(masu exec $c cat /in/x)" = x ]
	call masu cp - $c:/tree/file <tree/file
	refused "Not a directory"
	call masu cp - $c:/tmp <<<nonsense
	refused "archive is malformed"
	: | masu cp - $c:/tmp
	call script -qec "$BUILD/masu cp $c:/tree -" /dev/null </dev/null
	[[ "$output" == *"cannot write an archive to a terminal"* ]]
	call sh -c '"$1" cp "$2:/tree" - >/dev/full' sh "$BUILD/masu" $c
	refused "No space left"
}

# An archive of hostile entries: archive PYTHON, with add(NAME, TYPE, linkname=..., data=..., ...)
archive() {
	python3 - "$1" <<-'END'
		import io, sys, tarfile
		t = tarfile.open(fileobj=sys.stdout.buffer, mode='w|', format=tarfile.PAX_FORMAT)
		def add(name, type=tarfile.REGTYPE, data=b'evil', **keys):
		    i = tarfile.TarInfo(name)
		    i.type = type
		    i.mode = 0o644
		    for key, value in keys.items(): setattr(i, key, value)
		    i.size = len(data) if type == tarfile.REGTYPE else 0
		    t.addfile(i, io.BytesIO(data))
		LINK, HARD, DIR, CHR, BLK = tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE
		exec(sys.argv[1])
		t.close()
	END
}

@test "hostile archives reach nothing outside of the container" {
	for state in running created; do
		start $state
		for entries in "add('../../../../../../..$canary/file')" \
			"add('a/../../../../../../../..$canary/file')" \
			"add('h', HARD, linkname='../../../../../..$canary/file'); add('h')" \
			"add('h', HARD, linkname='$canary/file'); add('h')"; do
			call masu cp - $c:/tmp < <(archive "$entries")
			[ "$status" = 125 ]
		done
		archive "add('$canary/absolute')" | masu cp - $c:/tmp
		call masu cp - $c:/tmp < <(archive "add('l', LINK, linkname='$canary'); add('l/file'); add('l/new')")
		archive "add('f', LINK, linkname='$canary/file'); add('f')" | masu cp - $c:/tmp
		call masu cp - $c:/tmp < <(archive "add('d', LINK, linkname='$canary'); add('d', DIR, mode=0o777)")
		call masu cp - $c:/tmp < <(archive "add('null', CHR, devmajor=1, devminor=3); add('sda', BLK, devmajor=8)")
		[ "$status" = 0 ]
		[[ "$stderr" == *"device nodes were not copied (2)"* ]]
		masu rm -f $c
	done
	canary_is_untouched
}

@test "a container's links and set-id files do no harm on the host" {
	start running
	masu exec $c sh -c "mkdir -p /d/s /e; ln -s $canary /d/l; ln -s $canary/file /d/f
		cp /bin/busybox /d/s/su; chmod 6755 /d/s/su; chmod 2777 /d/s; ln -s / /e/s"
	masu cp $c:/d .
	[ "$(readlink d/l)" = "$canary" ]
	[ "$(stat -c %a d/s/su d/s)" = $'755\n777' ]
	masu exec $c sh -c 'rm /d/l /d/f; mkdir /d/l; echo evil >/d/l/file; echo evil >/d/f'
	cp_c $c:/d . # d/l is a link of the host's now
	refused "a directory cannot replace another file"
	cp_c $c:/d/f d && worked # replaces the link
	cp_c $c:/e/s d/new && worked
	[ "$(readlink d/new)" = / ]
	masu exec $c sh -c 'ln -s ../../../../../../../../../../etc /x; ln -s /proc/1/root /y; ln -s /proc/self/root /z'
	for at in x/passwd y/etc/passwd z/etc/passwd proc/1/cwd/x proc/self/exe; do
		cp_c "$c:/$at" stolen
		[ ! -e stolen ] || cmp stolen <(masu exec $c cat /etc/passwd) || ! cmp stolen "/etc/passwd"
		rm -f stolen
	done
	canary_is_untouched
}

@test "a running container that swaps a directory for a link to the host's paths gains nothing (CVE-2018-15664)" {
	mkdir -p shared/place
	ln -s "../../../../../../../../..$canary" shared/link
	echo secret >"$canary/secret"
	before=$(hash_canary)
	make_tree
	start running -v "$PWD/shared:/shared"
	swapping "$PWD/shared/place" "$PWD/shared/link"
	for n in {1..10}; do
		cp_c tree $c:/shared/place
		cp_c tree/file "$c:/shared/place/file"
		cp_c tree/file "$c:/shared/place/sub/new$n"
		mkdir -p "got/$n"
		cp_c "$c:/shared/place" "got/$n/a"
		cp_c "$c:/shared/place/secret" "got/$n/b"
		cp_c -L "$c:/shared/place" "got/$n/c"
		call masu cp - $c:/shared/place < <(tar c tree)
	done
	is_swapping
	canary_is_untouched
	[ -z "$(find got -type f -exec grep -q secret {} \; -print)" ]
}

# cp mounts for a container that does not run what it would mount.
@test "a mount point in a shared volume that is a link to the host's paths leads no mount and no copy there (CVE-2026-41568)" {
	before=$(hash_canary)
	make_tree
	mkdir -p shared inner
	echo inner >inner/own
	start created -v "$PWD/shared:/shared" -v "$PWD/inner:/shared/point"
	for link in "$canary" "../../../../../../../../..$canary"; do
		rm -rf shared/point
		ln -s "$link" shared/point
		cp_c tree/file "$c:/shared/point/new"
		worked
		cmp tree/file inner/new
		[ "$(list /shared/point/ | xargs)" = "point/ point/new point/own" ]
		rm inner/new
		canary_is_untouched
		nothing_is_left
	done
}

### ends

# Whether a part of the file has arrived.
is_copying() { [ -n "$(find "$PWD/at" -name big -size +1k)" ]; }

@test "a copy that is killed or interrupted leaves no process and no mount, and the container starts" {
	mkdir at
	for signal in KILL INT TERM; do
		for state in running created; do
			start $state -v "$PWD/at:/at"
			mkfifo pipe
			(exec python3 -c "
import sys, tarfile, time
t = tarfile.TarInfo('big'); t.size = 1 << 40
sys.stdout.buffer.write(t.tobuf()); sys.stdout.buffer.write(bytes(1 << 20)); sys.stdout.flush(); time.sleep(1000)" >pipe) 3>&- &
			feeder=$!
			env --default-signal=INT "$BUILD/masu" cp - $c:/at <pipe 3>&- & # which jobs of a script ignore
			copier=$!
			wait_until is_copying
			kill -$signal $copier
			wait $copier || true
			wait_until nothing_is_left
			kill $feeder || true # it may have found its pipe closed
			rm -f pipe at/big
			if [ $state = created ]; then masu start $c >/dev/null; fi
			masu exec $c true
			masu rm -f $c
		done
	done
}

@test "a full disk fails the copy, and no part of the file stays" {
	start running --mount type=tmpfs,dst=/small,size=64k
	head -c 200k /dev/zero | tr '\0' x >big
	cp_c big $c:/small
	refused "No space left on device"
	[ -z "$(masu exec $c ls /small)" ]
	echo x >small
	masu cp small $c:/small
}

@test "two copies at once; two to a container that is not running wait for each other" {
	make_tree
	for state in running created; do
		start $state
		for n in {1..6}; do masu cp tree "$c:/copy$n" & done
		wait
		[ "$(masu cp $c:/ - | tar t | grep -c '^copy[1-6]/sub/inner$')" = 6 ]
		masu rm -f $c
	done
}

@test "a deep tree is copied, a deeper one is refused" {
	start running
	masu exec $c sh -c 'cd /tmp; for i in $(seq 300); do mkdir d; cd d; done; echo x >x'
	masu cp $c:/tmp/d .
	[ "$(find d -name x | wc -l)" = 1 ]
	masu exec $c sh -c 'cd /tmp; for i in $(seq 1400); do mkdir e && cd e; done; echo x >x'
	cp_c $c:/tmp/e - >/dev/null
	refused "Too many levels"
}

### masu export

@test "masu export writes the root without mounts, running and created" {
	echo secret >secret
	for state in running created; do
		start $state -v store:/v -v "$PWD/secret:/bound" --tmpfs /t
		masu cp secret $c:/v
		echo x >x
		masu cp x $c:/etc
		masu export $c | tar tf - | sed 's|/$||' | sort >list
		grep -x bin/busybox list
		grep -x etc/x list
		grep -x v list || [ $state = created ]
		run ! grep -xE 'v/secret|proc/.*|\./.*' list
		masu export -o out.tar $c
		[ "$(tar xOf out.tar etc/x)" = x ]
		run ! grep secret <(tar xOf out.tar bound 2>/dev/null)
		masu rm -f $c
	done
}

@test "masu export refuses a terminal, and removes a part of an archive" {
	start created
	call script -qec "$BUILD/masu export $c" /dev/null </dev/null
	[[ "$output" == *"cannot write an archive to a terminal"* ]]
	call sh -c '"$1" export "$2" >/dev/full' sh "$BUILD/masu" $c
	refused "No space left"
	echo precious >part.tar
	call "$BUILD/masu" export -o part.tar nobody-$c
	[ "$status" = 125 ]
	[ "$(cat part.tar)" = precious ]
	call "$BUILD/masu" export -o no/such/part.tar $c
	refused "cannot create 'no/such/part.tar'"
	# A failure keeps the older file, and leaves no other.
	call bash -c 'ulimit -f 64; exec "$@"' - "$BUILD/masu" export -o part.tar $c
	refused "File too large"
	[ "$(cat part.tar)" = precious ]
	[ -z "$(find . -maxdepth 1 -name '.masu-*')" ]
	call "$BUILD/masu" export $c more
	[ "$status" = 125 ]
	masu export -o 'a b.tar' $c
	tar tf 'a b.tar' >/dev/null
}
