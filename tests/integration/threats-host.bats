#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What other users of the host can see, and what they can lay in the way.

load threats/threats.bash

OTHER=61235 # and 61234 is the victim

# other COMMAND...
other() {
	setpriv --reuid $OTHER --regid $OTHER --clear-groups "$@"
}

# victim COMMAND...: with a place for all but the run directory
victim() {
	call setpriv --reuid 61234 --regid 61234 --clear-groups \
		env -u MASU_RUN_DIR -u XDG_RUNTIME_DIR HOME="$work/home" MASU_DATA_DIR="$work/home/data" "$@"
}

@test "store, state and attach socket are closed to others, whatever the umask (CVE-2021-41091, CVE-2020-15257)" {
	umask 000
	"$MASU" run -d --name open-$$ --network none -v kept:/tmp "rootfs:$root" sleep 1000 >/dev/null 3>&-
	[ "$(stat -c %a "$MASU_DATA_DIR" "$MASU_RUN_DIR" "$MASU_DATA_DIR/containers" "$MASU_RUN_DIR/sockets"/*)" = $'700\n700\n700\n700' ]
	socket=$(find "$MASU_RUN_DIR" -type s)
	[ "$(stat -c %a $socket)" = 600 ]
	if is_root; then
		chmod 755 "$work"
		for path in "$MASU_DATA_DIR" "$MASU_RUN_DIR" "$MASU_DATA_DIR/volumes/kept"; do
			run ! other ls "$path"
		done
	fi
	"$MASU" rm -f open-$$
}

@test "a run directory in /tmp that another made is refused, and so is a link to an own one" {
	is_root || skip "takes two users"
	[ ! -e /run/user/61234 ] && [ ! -e /tmp/masu-61234 ] || skip "uid 61234 is somebody"
	chmod 711 "$work"
	mkdir "$work/home"
	chown 61234 "$work/home"
	for kind in directory closed link file; do
		case $kind in
		directory) other mkdir -m 777 /tmp/masu-61234 ;;
		closed) other mkdir -m 700 /tmp/masu-61234 ;;
		link) other ln -s "$work/home" /tmp/masu-61234 ;;
		file) other touch /tmp/masu-61234 ;;
		esac
		victim "$MASU" ps
		rm -r /tmp/masu-61234
		[[ $status = 125 && $stderr == *"'/tmp/masu-61234'"* ]] || { echo "$kind: $status $stderr"; return 1; }
	done
	[ ! -e "$work/home/containers" ]
	mkdir -m 777 "$work/theirs"
	chown $OTHER "$work/theirs"
	victim env MASU_DATA_DIR="$work/theirs" MASU_RUN_DIR="$work/home/run" "$MASU" ps
	[[ $status = 125 && $stderr == *"'$work/theirs' is not a directory of this user"* ]]
}

@test "compiled filters of another's are not taken" {
	is_root || skip "takes two users"
	config args='["/bin/cat", "/proc/self/status"]' \
		linux.seccomp='{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["acct"], "action": "SCMP_ACT_ERRNO"}]}'
	bundle
	worked
	cached=$(echo "$MASU_RUN_DIR"/seccomp/*.bpf)
	for what in "chown $OTHER" "chmod 666"; do
		$what "$cached"
		# The last instruction but one, which allows; the file's owner could have changed it.
		printf '\x00\x00\x00\x80' | dd of="$cached" bs=1 seek=$(($(stat -c %s "$cached") - 4)) conv=notrunc status=none
		bundle
		worked
		[ "$(stat -c '%a %u' "$cached")" = "600 0" ]
	done
}

@test "a session keyring that another laid in the way is not the container's" {
	is_root || skip "takes two users"
	[ -r /proc/keys ] || skip "no /proc/keys: a kernel without keys"
	chmod 711 "$work"
	cat >"$work/plant" <<-'END'
		import ctypes, sys, time
		call = ctypes.CDLL(None).syscall
		serial = call(int(sys.argv[2]), 1, sys.argv[1].encode())  # join a session keyring
		call(int(sys.argv[2]), 5, serial, 0x3f3f3f3f)  # all for all
		print('planted', flush=True)
		time.sleep(60)
	END
	keyctl=$(/usr/bin/python3 -c 'import platform; print({"x86_64": 250, "aarch64": 219}[platform.machine()])') || skip "an unknown machine"
	setpriv --reuid $OTHER --regid $OTHER --clear-groups /usr/bin/python3 - "_ses.threats-$$" "$keyctl" <"$work/plant" >"$work/said" 3>&- &
	neighbour=$!
	wait_until grep -q planted "$work/said"
	config args='["/bin/cat", "/proc/keys"]' linux.maskedPaths='[]'
	bundle
	worked
	grep -q " $OTHER .*_ses.threats-$$" <<<"$output" || skip "this user may have no keys"
	# Keys that the container possesses show the possessor's rights: it possesses none of theirs.
	[ -z "$(grep -E "perm 3f09.* $OTHER .*_ses" <<<"$output")" ]
	grep -E ' 0 +0 keyring +_ses: ' <<<"$output"
}

mount_points() { cut -d' ' -f5 /proc/self/mountinfo | sort; }

# In a mount namespace whose mounts are shared, as those of a host with systemd are, but not with the host.
keeps_mounts() { # OPTION...
	mount --make-rshared / || return
	local before=$(mount_points)
	"$MASU" run --rm "$@" "rootfs:$root" true 3>&- && [ "$(mount_points)" = "$before" ]
}

@test "no start of root's unmounts anything of a host with shared mounts, whatever the sandbox of slirp4netns does" {
	is_root || skip "an ordinary user's mounts are slaves"
	command -v slirp4netns >/dev/null || skip "no slirp4netns"
	export -f mount_points keeps_mounts
	export MASU root
	for options in "--network slirp4netns" "--network none" "--uidmap 0:100000:65536 --network slirp4netns"; do
		run -0 unshare -m bash -c "keeps_mounts $options"
	done
}
