#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The user namespace of a container: its id map, the layers for that map, and the owners of files on both sides.

load ../lib/masu
load ../lib/busybox

setup() {
	setup_busybox
	uid=$(id -u) gid=$(id -g)
}

need_user() {
	is_root && skip "root has no id map"
	need_ids
}

keep() { go --userns=keep-id "$image" "$@"; }
layers() { ls -d "$MASU_DATA_DIR"/layers-*/[0-9a-f]*; } # those for other maps than the default one

@test "keep-id: the user has its id, a name, and a home; the image's files are root's" {
	need_user
	keep sh -c 'id -u; id -g; id -un; id -gn; echo $HOME; stat -c "%n %u:%g" / /etc /etc/passwd /bin/busybox /home/user'
	[ "$output" = "$uid
$gid
$(id -un)
$(id -un)
/
/ 0:0
/etc 0:0
/etc/passwd 0:0
/bin/busybox 0:0
/home/user 1000:1000" ]
	go --userns=keep-id -v "$work:$HOME" "$image" sh -c 'cd; pwd'
	[ "$output" = "$HOME" ]
	go --userns=keep-id -u 0 "$image" sh -c 'id -u; touch /bin/new; stat -c %u /bin/new'
	[ "$output" = $'0\n0' ]
	go --userns=keep-id:uid=33,gid=34,size=5000 "$image" sh -c 'id; awk "{n += \$3} END {print n}" /proc/self/uid_map; cut -d: -f1 /etc/passwd | tail -n1'
	[ "$output" = $'uid=33(www-data) gid=34('"$(id -un)"$') groups=34('"$(id -un)"$')\n5000\nnobody' ]
}

@test "keep-id: nothing of the host's is changed when its passwd is mounted" {
	need_user
	printf 'root:x:0:0::/:/bin/sh\n' >"$work/passwd"
	go --userns=keep-id -v "$work/passwd:/etc/passwd" "$image" cat /etc/passwd
	[ "$output" = root:x:0:0::/:/bin/sh ]
	[ "$(cat "$work/passwd")" = root:x:0:0::/:/bin/sh ]
}

@test "keep-id: a project directory is writable from both sides, with the right owners" {
	need_user
	mkdir "$work/project"
	echo host >"$work/project/host"
	chmod 700 "$work/project"
	go --userns=keep-id -v "$work/project:/project" "$image" sh -c 'cd /project; stat -c %u:%g . host; echo more >>host; mkdir d; echo in >d/inside'
	[ "$output" = "$uid:$gid"$'\n'"$uid:$gid" ]
	[ "$(stat -c %u:%g "$work/project/d/inside")" = "$uid:$gid" ]
	[ "$(cat "$work/project/host")" = host$'\n'more ]
	echo host >>"$work/project/d/inside"
	# An image with a USER, by its number in the image.
	go --userns=keep-id:uid=1000,gid=1000 -v "$work/project:/home/user" "$image" sh -c 'id -un; echo $HOME; touch ~/of-user'
	[ "$output" = $'user\n/home/user' ]
	[ "$(stat -c %u:%g "$work/project/of-user")" = "$uid:$gid" ]
	# Root of the default map is the user, too.
	go -v "$work/project:/project" "$image" sh -c 'stat -c %u /project/d/inside; touch /project/of-root'
	[ "$output" = 0 ]
	[ "$(stat -c %u:%g "$work/project/of-root")" = "$uid:$gid" ]
}

@test "keep-id: the layers are unpacked once for all containers with the map, and go with the image" {
	need_user
	masu pull "$image" 2>/dev/null
	masu tag "$image" once
	go --userns=keep-id once true
	[[ "$stderr" == *"unpacking image 'once' for this id map"* ]]
	[ "$(layers | wc -l)" -eq 1 ]
	both=$(du -sb --apparent-size "$MASU_DATA_DIR"/layers*/[0-9a-f]*/bin/busybox | awk '{n += $1} END {print n}')
	[ "$(masu system df --format json | jq '.[] | select(.Type == "Images").RawSize')" -ge "$both" ]
	before=$(stat -c '%i %z' $(layers))
	go --userns=keep-id once true
	[ "$stderr" = "" ] || [[ "$stderr" != *unpacking* ]]
	[ "$(stat -c '%i %z' $(layers))" = "$before" ]
	masu create --name "$name" --userns keep-id --network none once true
	# The default map's copy may be missing: no check asks for it.
	mv "$MASU_DATA_DIR/layers" "$work/aside"
	masu system check
	mv "$work/aside" "$MASU_DATA_DIR/layers"
	masu rmi -f once "$image"
	[ "$(layers | wc -l)" -eq 1 ] # a container stands on it
	masu start -a "$name"
	masu rm "$name"
	masu image prune -f -a >/dev/null
	[ -z "$(layers 2>/dev/null)" ]
}

@test "keep-id: two first starts at once, and a first start after a kill" {
	need_user
	masu pull "$image" 2>/dev/null
	masu tag "$image" twice
	masu run --rm --network none --userns keep-id twice id -u >"$work/one" 2>/dev/null &
	masu run --rm --network none --userns keep-id twice id -u >"$work/two" 2>/dev/null
	wait $!
	[ "$(cat "$work/one" "$work/two")" = "$uid"$'\n'"$uid" ]
	# A kill at any point leaves no incomplete layer.
	for moment in 0.005 0.02 0.05 0.1; do
		timeout -s KILL $moment "$BUILD/masu" run --rm --network none --userns keep-id:uid=7 twice true >/dev/null 2>&1 || true
	done
	go --userns keep-id:uid=7 twice sh -c 'id -u; ls /bin | wc -l; stat -c %u /bin/busybox'
	[ "$output" = "7
$(find_programs)
0" ]
}

find_programs() { busybox --list | wc -l; }

# Exec, cp, diff, commit and export of a container with these options, whose user has the id.
check_files_commands() { # UID OPTION...
	masu run -d --name "$name" --network none "${@:2}" "$image" sleep 1000 2>/dev/null
	[ "$(masu exec "$name" id -u)" = "$1" ]
	masu exec -u 0:5 "$name" sh -c 'umask 0; echo root >/of-root; chown 33:34 /tmp; echo user >/tmp/of-33; chown 33 /tmp/of-33'
	masu cp "$name:/of-root" "$work/out"
	[ "$(stat -c %u "$work/out")" = "$uid" ]
	masu export "$name" | tar -tv --numeric-owner >"$work/running"
	masu stop -t 0 "$name"
	masu export "$name" | tar -tv --numeric-owner >"$work/stopped"
	for list in running stopped; do
		grep -E ' 0/5 .* of-root$' "$work/$list"
		grep -E ' 33/5 .* tmp/of-33$' "$work/$list"
	done
	masu cp "$work/out" "$name:/etc/copied"
	masu diff "$name" | grep -x 'A /of-root'
	committed=$(masu commit "$name" "again-$name")
	masu start "$name"
	[ "$(masu exec "$name" stat -c '%u:%g' /of-root /tmp /tmp/of-33 /etc/copied)" = $'0:5\n33:34\n33:5\n0:0' ]
	masu diff "$name" | grep -x 'A /etc/copied'
	masu rm -f "$name"
	[ -z "$(ls -A "$MASU_DATA_DIR/containers" | grep -v names)" ]
	# In an image the ids are those of the container: any map shows the same.
	go "again-$name" stat -c '%u:%g' /of-root /tmp /tmp/of-33
	[ "$output" = $'0:5\n33:34\n33:5' ]
	go "${@:2}" "again-$name" stat -c '%u:%g' /of-root /tmp /tmp/of-33
	[ "$output" = $'0:5\n33:34\n33:5' ]
}

@test "keep-id: exec, cp, diff, commit and export see the ids of the container, running or not" {
	need_user
	check_files_commands "$uid" --userns keep-id
}

@test "nomap: exec, cp, diff, commit and export see the ids of the container, running or not" {
	need_user
	check_files_commands 0 --userns nomap
}

root_map=(--uidmap 0:100000:70000 --gidmap 0:200000:70000)

@test "a map of root's: exec, cp, diff, commit and export see the ids of the container, running or not" {
	need_root
	check_files_commands 0 "${root_map[@]}"
}

@test "a map of root's: the ids of the host, and one copy of the layers for all maps" {
	need_root
	mkdir -m 700 "$work/private"
	go "${root_map[@]}" -v "$work/private:/private" "$image" sh -c '
		id -u; stat -c "%n %u:%g" / /etc/hosts /bin/busybox /home/user /private
		ls /private 2>/dev/null || echo denied; cat /proc/self/uid_map /proc/self/gid_map | tr -s " "'
	[ "$output" = "0
/ 0:0
/etc/hosts 0:0
/bin/busybox 0:0
/home/user 1000:1000
/private 65534:65534
denied
 0 100000 70000
 0 200000 70000" ]
	before=$(stat -c '%i %z' "$MASU_DATA_DIR"/layers/[0-9a-f]*)
	masu create --name "$name" --network none --uidmap 0:300000:70000 "$image" sh -c 'touch /new; cp /bin/busybox /bin/s; chmod 4755 /bin/s; chown 5:6 /bin/s' >/dev/null
	masu start -a "$name"
	upper=$(echo "$MASU_DATA_DIR"/containers/[0-9a-f]*/upper)
	[ "$(stat -c %u:%g "$upper" "$upper/new" "$upper/bin/s")" = $'300000:300000\n300000:300000\n300005:300006' ]
	go "${root_map[@]}" "$image" true
	[ "$(stat -c '%i %z' "$MASU_DATA_DIR"/layers/[0-9a-f]*)" = "$before" ]
	[ -z "$(find "$MASU_DATA_DIR" -maxdepth 1 -name 'layers-*')" ]
	masu rm "$name" >/dev/null
	[ -z "$(ls -A "$MASU_DATA_DIR/containers" | grep -v names)" ]
}

@test "a map of root's: the container has the mounts and the descriptors of any other, and makes no device" {
	need_root
	list='cut -d" " -f2 /proc/mounts | sort -u; ls /proc/1/fd; ls -A /'
	go "$image" sh -c "$list"
	default=$(grep -v -x -e '/dev/[a-z]*' <<<"$output")
	go "${root_map[@]}" "$image" sh -c "$list" # devices are mounts there
	[ "$(grep -v -x -e '/dev/[a-z]*' <<<"$output")" = "$default" ]
	go "${root_map[@]}" --privileged "$image" sh -c 'mount -o remount,dev / 2>/dev/null; mknod /disk b 8 0 2>&1; umount -l /proc/1/root 2>/dev/null; ls /; cat /proc/self/uid_map | tr -s " "'
	[[ "$output" == *"Operation not permitted"* && "$output" == *" 0 100000 70000" ]]
	[[ "$output" != *disk$'\n'* && "$output" != *boot* ]]
}

@test "a map of root's: namespaces of other containers go with their map alone" {
	need_root
	masu run -d --name "$name" --network none "${root_map[@]}" "$image" sleep 1000 2>/dev/null
	map=$(masu exec "$name" cat /proc/self/uid_map)
	for options in "--userns container:$name --network none" "${root_map[*]} --network container:$name"; do
		run --separate-stderr masu run --rm $options "$image" sh -c 'stat -c %u:%g /bin/busybox; cat /proc/self/uid_map'
		[ "$output" = $'0:0\n'"$map" ]
	done
	run masu create --uidmap 0:300000:70000 --network "container:$name" "$image" true
	[ "$status" -eq 125 ]
	[[ "$output" == *"the network namespace of container \"$name\" cannot be joined with another id map"* ]]
	masu exec "$name" touch /shared
	# Without a map of its own a container of root's has the ids of the host.
	run --separate-stderr masu run --rm --network "container:$name" "$image" cat /proc/self/uid_map
	[[ "$output" == *" 4294967295" ]]
}

@test "a map of root's: a file system that cannot map ids is named, with the way out" {
	need_root
	mkdir "$work/ramfs"
	run unshare -m bash -c 'mount -t ramfs ramfs "$0" && MASU_DATA_DIR=$0/data "${@}"' "$work/ramfs" \
		"$BUILD/masu" run --rm --network none "${root_map[@]}" "$image" true
	[ "$status" -eq 125 ]
	[[ "$output" == *"map the ids of '$work/ramfs/data/layers': Invalid argument"* && "$output" == *"MASU_DATA_DIR"* ]]
}

@test "nomap: root of the container is not the user, who has no id there" {
	need_user
	mkdir "$work/private" "$work/public"
	chmod 777 "$work/public"
	chmod 700 "$work/private"
	echo secret >"$work/private/file"
	touch "$work/public/of-user"
	go --userns=nomap -v "$work/private:/private" -v "$work/public:/public" "$image" sh -c '
		id -u; stat -c "%n %u:%g" / /etc/hosts /bin/busybox /home/user /public /public/of-user
		cat /private/file 2>/dev/null || echo denied
		echo "192.0.2.1 more" >>/etc/hosts && touch /public/of-root && stat -c %u /public/of-root'
	[ "$output" = "0
/ 0:0
/etc/hosts 0:0
/bin/busybox 0:0
/home/user 1000:1000
/public 65534:65534
/public/of-user 65534:65534
denied
0" ]
	[ "$(stat -c %u "$work/public/of-root")" != "$uid" ]
	map=$(go --userns=nomap "$image" cat /proc/self/uid_map; echo "$output")
	run ! awk -v uid="$uid" '$2 <= uid && uid < $2 + $3 { found = 1 } END { exit !found }' <<<"$map"
}

@test "nomap: the container has the mounts and the descriptors of any other, and nothing of the host's" {
	need_user
	list='cut -d" " -f2,3 /proc/mounts | sort; ls /proc/1/fd; ls -d /proc/[0-9]*; ls -A /; ls -A /dev'
	go --userns=host "$image" sh -c "$list"
	default=$output
	go --userns=nomap "$image" sh -c "$list"
	[ "$output" = "$default" ]
	# With all privileges, too, nothing lies below its root.
	go --userns=nomap --privileged "$image" sh -c 'umount -l / 2>/dev/null; umount -l /proc/1/root 2>/dev/null; ls -A /; chroot /proc/1/root ls -A /'
	[ "$(sort -u <<<"$output" | tr '\n' ' ')" = "$(go --userns=host "$image" ls -A /; sort -u <<<"$output" | tr '\n' ' ')" ]
	# A set-user-id program works as in any other container, and is nobody's on the host.
	go --userns=nomap "$image" sh -c 'cp /bin/busybox /bin/su2; chmod 4755 /bin/su2; setpriv --reuid 1000 /bin/su2 id -u 2>&1; grep NoNewPrivs /proc/self/status'
	nomap=$output
	go --userns=host "$image" sh -c 'cp /bin/busybox /bin/su2; chmod 4755 /bin/su2; setpriv --reuid 1000 /bin/su2 id -u 2>&1; grep NoNewPrivs /proc/self/status'
	[ "$nomap" = "$output" ]
}

@test "nomap: volumes, a subpath, and the root of a container that joins" {
	need_user
	go --userns=nomap -v "$name:/home/user" -v "$name-b:/b" "$image" sh -c 'stat -c %u:%g /home/user /b; mkdir -p /b/c; echo deep >/b/c/file'
	[ "$output" = $'1000:1000\n0:0' ]
	go --userns=nomap --mount "type=volume,src=$name-b,dst=/m,volume-subpath=c" "$image" sh -c 'cat /m/file; touch /m/more'
	[ "$output" = deep ]
	# A volume that the user made and left empty becomes root's, too; one with files of another map stays as it is.
	masu volume create "$name-c" >/dev/null
	go --userns=nomap -v "$name-c:/c" "$image" stat -c %u:%g /c
	[ "$output" = 0:0 ]
	go -v "$name-d:/d" "$image" touch /d/of-default
	go --userns=nomap -v "$name-d:/d" "$image" stat -c %u:%g /d /d/of-default
	[ "$output" = $'65534:65534\n65534:65534' ]
	masu run -d --name "$name" --network none --ipc shareable --userns nomap "$image" sleep 1000 2>/dev/null
	masu exec "$name" touch /dev/shm/shared
	for options in "--userns container:$name --network none" "--network container:$name" "--pid container:$name --network none" \
		"--ipc container:$name --network none"; do
		go2() { run --separate-stderr masu run --rm $options "$image" "$@"; }
		[[ "$options" != --ipc* ]] || [ "$(go2 ls /dev/shm; echo "$output")" = shared ]
		go2 sh -c 'stat -c %u:%g /bin/busybox /; echo new >/file; cat /file; awk "{print \$1, \$2; exit}" /proc/self/uid_map'
		[ "$output" = $'0:0\n0:0\nnew\n'"$(masu exec "$name" awk '{print $1, $2; exit}' /proc/self/uid_map)" ]
	done
}

@test "nomap: later starts unpack nothing, and a kill at any moment leaves nothing" {
	need_user
	masu pull "$image" 2>/dev/null
	masu tag "$image" "$name"
	for moment in 0.005 0.02 0.05 0.1; do
		timeout -s KILL $moment "$BUILD/masu" run --rm --network none --userns nomap "$name" true >/dev/null 2>&1 || true
	done
	go --userns=nomap "$name" true
	before=$(stat -c '%i %z' $(layers))
	go --userns=nomap "$name" true
	[[ "$stderr" != *unpacking* ]]
	[ "$(stat -c '%i %z' $(layers))" = "$before" ]
	# Only the user and the container's root can enter the directory of these layers.
	[ "$(stat -c '%u %a' "$MASU_DATA_DIR"/layers-*)" = "$uid 710" ]
	masu rmi -f "$name" "$image" >/dev/null
	# The helpers of a killed start may live for a moment.
	all_gone() {
		masu rm -f --all >/dev/null && masu image prune -f -a >/dev/null && [ -z "$(ls -A "$MASU_DATA_DIR"/layers-*/)" ]
	}
	wait_until all_gone
	[ -z "$(ls -A "$MASU_DATA_DIR/containers" | grep -v names)" ]
}

find_slirp() { pgrep -f "^slirp4netns .* $(masu inspect "$name" | jq '.[0].State.Pid') tap0"; }

@test "nomap, or a map of root's: a published port, by each network with a helper" {
	need_ids
	local options=(--userns nomap)
	is_root && options=("${root_map[@]}")
	[ -w /dev/net/tun ] || skip "/dev/net/tun cannot be opened here"
	if is_root; then
		run masu run --rm --network pasta "${root_map[@]}" "$image" true
		[[ "$status" -eq 125 && "$output" == *"pasta cannot enter a container of root's"*"--network slirp4netns"* ]]
	fi
	for network in slirp4netns pasta; do
		! is_root || [ "$network" != pasta ] || continue
		port=$(free_port)
		masu run -d --name "$name" --network "$network" "${options[@]}" -p "127.0.0.1:$port:80" "$image" \
			sh -c 'echo served >/tmp/index.html; exec httpd -f -p 80 -h /tmp' 2>/dev/null
		wait_until "busybox wget -qO- http://127.0.0.1:$port/index.html 2>/dev/null | grep -qx served"
		# Out of the sandbox of a helper that is root no descriptor leads to files of the host.
		! is_root || run ! grep -F "$work" <<<"$(readlink /proc/"$(find_slirp)"/fd/*)"
		masu rm -f "$name"
	done
}

@test "keep-id: a new volume gets the owners of the image inside the container" {
	need_user
	masu volume create "$name" >/dev/null
	go --userns=keep-id -v "$name:/home/user" "$image" stat -c %u:%g /home/user
	[ "$output" = 1000:1000 ]
	go --userns=keep-id -v "$name:/home/user" "$image" stat -c %u:%g /home/user
	[ "$output" = 1000:1000 ]
}

@test "keep-id: no set-user-id program that the container makes is the user's on the host" {
	need_user
	mkdir "$work/shared"
	chmod 777 "$work/shared"
	go --userns=keep-id -u 0 -v "$work/shared:/shared" "$image" sh -c 'cp /bin/busybox /shared/s; chmod 4755 /shared/s'
	[ "$(stat -c %a "$work/shared/s")" = 4755 ]
	[ "$(stat -c %u "$work/shared/s")" != "$uid" ]
	[ "$(stat -c %u "$work/shared/s")" != 0 ]
}

@test "the owner that a container gives to its root directory stays, whatever the map" {
	local option options=(--userns=host)
	is_root || options+=(--userns=keep-id)
	is_root || need_ids
	for option in "${options[@]}"; do
		masu create --name "$name-${option#*=}" "$option" -u 0 --network none "$image" sh -c 'stat -c %u:%g /; chown 5:6 /' >/dev/null
		[ "$(masu start -a "$name-${option#*=}")" = 0:0 ]
		[ "$(masu start -a "$name-${option#*=}")" = 5:6 ]
	done
}

@test "--uidmap and --gidmap: ranges of the user's own ids, and of the host's" {
	need_user
	go --uidmap 0:1:1000 --uidmap 1000:0 "$image" sh -c 'id -u; cat /proc/self/uid_map; cmp /proc/self/uid_map /proc/self/gid_map'
	[ "$(awk 'NR == 1' <<<"$output")" = 0 ]
	[ "$(awk 'END {print $1, $2, $3}' <<<"$output")" = "1000 $uid 1" ]
	go --uidmap 0:1:1000,1000:@"$uid" --gidmap 0:0 --gidmap 1:1:1000 "$image" sh -c 'stat -c %u:%g /bin/busybox; awk "{print \$1, \$2}" /proc/self/gid_map | head -n1'
	[ "$output" = $'0:0\n0 '"$gid" ]
	# Without the user; and with the user but not the user's group.
	go --uidmap 0:5:2000 "$image" sh -c 'stat -c %u:%g / /bin/busybox /home/user; touch /new; stat -c %u /new'
	[ "$output" = $'0:0\n0:0\n1000:1000\n0' ]
	go --uidmap 0:0:1 --uidmap 1:1:2000 --gidmap 0:5:2000 "$image" stat -c %u:%g / /bin/busybox /home/user
	[ "$output" = $'0:0\n0:0\n1000:1000' ]
	# The default map has its layers already.
	go --userns=keep-id:uid=0,gid=0 "$image" sh -c 'id -u; id -g'
	[ "$output" = $'0\n0' ]
	[ "$(find "$MASU_DATA_DIR" -maxdepth 1 -name 'layers-*' | wc -l)" -eq 4 ]
}

# The uid maps of containers, as submaps, one a line.
submaps() { masu inspect "$@" | jq -r '.[].HostConfig.IDMappings.UidMap | join(",")'; }
new_auto() { masu create --name "$name-$1" --network none --userns "auto:size=2000${3-}" "$image" ${2-true} >/dev/null 2>&1; }

@test "auto: a range for each container alone, which its removal gives back" {
	need_user
	new_auto a && new_auto b && new_auto c true ,uidmapping=1500:0:1
	[ "$(submaps "$name-a" "$name-b" "$name-c")" = "0:1:2000
0:2001:2000
1500:0:1,0:4001:1500,1501:5501:499" ]
	[ "$(masu inspect "$name-a" | jq -r '.[0].HostConfig.UsernsMode')" = auto:size=2000 ]
	[ -z "$(ls -A "$MASU_DATA_DIR/ids")" ]
	masu rm "$name-a" >/dev/null
	new_auto d
	[ "$(submaps "$name-d")" = 0:1:2000 ]
	# A higher number in --user is in the map.
	go --userns auto -u 5000:6000 "$image" id
	[[ "$output" == "uid=5000 gid=6000"* ]]
	run masu create --userns auto:size=4000000000 "$image" true
	[ "$status" -eq 125 ]
	[[ "$output" == *"no 4000000000 ids in a row are free: other containers have them"*"--userns auto:size=N"* ]]
	masu create --name "$name-keep" --network none --userns keep-id "$image" true >/dev/null 2>&1
	run masu create --userns auto "$image" true
	[ "$status" -eq 125 ]
	[[ "$output" == *"no 1024 ids in a row are free"* ]]
}

@test "auto: containers created at once, a creation in progress, and one that was killed" {
	need_user
	local i pids=()
	for i in 1 2 3 4; do
		new_auto $i &
		pids+=($!)
	done
	for i in "${pids[@]}"; do wait "$i"; done
	[ "$(submaps "$name-1" "$name-2" "$name-3" "$name-4" | sort)" = $'0:1:2000\n0:2001:2000\n0:4001:2000\n0:6001:2000' ]
	masu rm "$name-1" "$name-2" "$name-3" "$name-4" >/dev/null
	# The lock of a reservation is its creator's: with it the range is in use, without it a leftover.
	reserved=$MASU_DATA_DIR/ids/$(printf %064d 7)
	printf '0:1:3000\n0:5:3000' >"$reserved"
	exec 9<"$reserved"
	flock -x 9
	new_auto in-progress
	[ "$(masu inspect "$name-in-progress" | jq -c '.[0].HostConfig.IDMappings')" = '{"UidMap":["0:3001:2000"],"GidMap":["0:3005:2000"]}' ]
	exec 9<&-
	new_auto after
	[ "$(submaps "$name-after")" = 0:1:2000 ]
	[ ! -e "$reserved" ]
	masu rm -f --all >/dev/null
	for moment in 0.005 0.02 0.05 0.1; do
		timeout -s KILL $moment "$BUILD/masu" create --network none --userns auto:size=3000 "$image" true >/dev/null 2>&1 || true
	done
	is_free() {
		masu rm -f --all >/dev/null && new_auto last && [ "$(submaps "$name-last")" = 0:1:2000 ] && [ -z "$(ls -A "$MASU_DATA_DIR/ids")" ]
	}
	wait_until is_free
}

@test "auto: containers cannot reach each other's files by their ids, and share none with the user" {
	need_user
	mkdir -m 777 "$work/shared"
	touch "$work/shared/of-user"
	chmod 600 "$work/shared/of-user"
	write='umask 077; echo mine >/shared/$0; cat /shared/of-user 2>/dev/null; cat /shared/$0'
	for i in a b; do
		masu create --name "$name-$i" --network none --userns auto -v "$work/shared:/shared" "$image" sh -c "$write" $i >/dev/null 2>&1
		[ "$(masu start -a "$name-$i")" = mine ]
	done
	[ "$(stat -c %u "$work/shared/a")" != "$(stat -c %u "$work/shared/b")" ]
	masu create --name "$name-c" --network none --userns auto -v "$work/shared:/shared" "$image" \
		sh -c 'cat /shared/a /shared/b; rm -f /shared/a; chown 0:0 /shared/b; chmod 644 /shared/of-user; ls /shared | tr "\n" " "' >/dev/null 2>&1
	chmod 1777 "$work/shared"
	run --separate-stderr masu start -a "$name-c"
	[ "$output" = "a b of-user " ]
	[ "$(stat -c %a "$work/shared/of-user")" = 600 ]
}

@test "auto: exec, cp, diff, commit and export see the ids of the container, running or not" {
	need_user
	check_files_commands 0 --userns auto
}

# Runs masu of root with other files /etc/subuid and /etc/subgid.
with_sub_ids() { # TEXT ARGUMENT...
	echo "$1" >"$work/sub-ids"
	unshare -m bash -c 'mount --bind "$0" /etc/subuid && mount --bind "$0" /etc/subgid && exec "$@"' "$work/sub-ids" ${under-} "$BUILD/masu" "${@:2}"
}

@test "auto and --subuidname as root: the ids of a name in /etc/subuid" {
	need_root
	ids=$'containers:700000:5000\nother:800000:3000'
	run with_sub_ids "other:800000:3000" create --userns auto "$image" true
	[ "$status" -eq 125 ]
	[[ "$output" == *'user namespace "auto": /etc/subuid has no ids for "containers"'*"sudo tee -a /etc/subuid /etc/subgid"* ]]
	for i in a b; do
		with_sub_ids "$ids" create --name "$name-$i" --network none --userns auto:size=2000 "$image" sh -c 'awk "{print \$2, \$3}" /proc/self/uid_map; stat -c %u /bin/busybox' >/dev/null
	done
	[ "$(with_sub_ids "$ids" start -a "$name-a")" = $'700000 2000\n0' ]
	[ "$(with_sub_ids "$ids" start -a "$name-b")" = $'702000 2000\n0' ]
	run with_sub_ids "$ids" create --userns auto:size=2000 "$image" true
	[ "$status" -eq 125 ]
	[[ "$output" == *"no 2000 ids in a row are free"* ]]
	masu rm "$name-a" >/dev/null
	run --separate-stderr with_sub_ids "$ids" run --rm --network none --userns auto:size=2000 "$image" awk '{print $2, $3}' /proc/self/uid_map
	[ "$output" = "700000 2000" ]
	[ -z "$(find "$MASU_DATA_DIR" -maxdepth 1 -name 'layers-*')" ]
	run --separate-stderr with_sub_ids "$ids" run --rm --network none --subuidname other "$image" awk '{print $1, $2, $3}' /proc/self/uid_map /proc/self/gid_map
	[ "$output" = $'0 800000 3000\n0 800000 3000' ]
}

@test "auto: a lack of descriptors while ids are chosen gives no id to two containers" {
	need_root
	local n=0 seen=
	run "$BUILD/kill-at" EMFILE 1000000 true
	[ "$status" = 0 ] || skip "system calls cannot fail on this architecture"
	again() { with_sub_ids containers:700000:5000 create --name "$name-b" --network none --userns auto:size=2000 "$image" true; }
	with_sub_ids containers:700000:5000 create --name "$name" --network none --userns auto:size=2000 "$image" true >/dev/null 2>&1
	while n=$((n + 1)); do
		under="$BUILD/kill-at EMFILE $n" run again
		if [ "$status" = 0 ]; then
			[ "$(submaps "$name-b")" = 0:702000:2000 ] || { echo "without $n: $(submaps "$name-b")" && return 1; }
			masu rm "$name-b" >/dev/null
		fi
		[[ "$output" != *"choose ids for the container: Too many open files"* ]] || seen=1
		[[ -z "$seen" || "$status" = 0 || "$output" == *"choose ids"* || "$output" == *"list the containers"* ]] || break
		[ "$n" -lt 1000 ]
	done
	[ -z "$(ls -A "$MASU_DATA_DIR/ids")" ]
}

@test "--subuidname and --subgidname: the user's own ids, without the user" {
	need_user
	me=$(id -un)
	go --userns nomap "$image" cat /proc/self/uid_map /proc/self/gid_map
	nomap=$output
	for options in "--subuidname $me" "--subgidname $me" "--subuidname $me --subgidname $me"; do
		go $options "$image" cat /proc/self/uid_map /proc/self/gid_map
		[ "$output" = "$nomap" ]
	done
}

@test "maps that cannot be are refused by name, with the command that helps" {
	need_user
	refused() { # MESSAGE OPTION...
		run --separate-stderr masu create "${@:2}" "$image" true
		[ "$status" -eq 125 ] && [[ "$stderr" == *"$1"* ]] || { echo "$2: $stderr"; return 1; }
	}
	refused 'the id map needs the id 4000000000 of yours, and you have fewer' --uidmap 0:0:1 --uidmap 1:4000000000:1
	[[ "$stderr" == *"sudo usermod --add-subuids "* ]]
	refused 'invalid id map "0:@0": you do not have that id of the host' --uidmap 0:@0
	refused 'invalid id map "0:1:5": malformed, or it overlaps' --uidmap 0:0:1 --uidmap 0:1:5
	refused 'invalid id map "x": malformed' --uidmap x
	refused 'id map "+0:1:5": flags are not supported' --uidmap +0:1:5
	refused 'the id map must map the id 0 inside' --uidmap 1:0:1
	refused "an overlay is not supported in a container whose id map does not have your own id" --userns nomap -v "$work:/x:O"
	refused "an image is not supported" --userns nomap --mount "type=image,src=$image,dst=/x"
	refused "a change of the owner is not supported" --uidmap 0:1:2000 -v "$work:/x:U"
	refused 'exclude each other' --userns keep-id --uidmap 0:0:1
	refused 'size must be above uid and gid' --userns keep-id:uid=5,size=5
	refused 'size must be above uid and gid, and within your sub-ids' --userns keep-id:size=4294967294
	refused 'invalid user namespace "keep-id:uid=-1"' --userns keep-id:uid=-1
	refused 'invalid user namespace "keep-id:size=0"' --userns keep-id:size=0
	refused 'invalid user namespace "other"' --userns other
	refused 'invalid user namespace "auto:size=0"' --userns auto:size=0
	refused 'invalid user namespace "auto:nosuch=1"' --userns auto:nosuch=1
	refused 'invalid id map "0:0:x": malformed' --userns auto:uidmapping=0:0:x
	refused 'invalid user namespace "automatic"' --userns automatic
	refused '"--userns" and "--subuidname" exclude each other' --userns auto --subuidname root
	refused '"--uidmap" and "--subuidname" exclude each other' --gidmap 0:1:1 --subgidname root
	refused '/etc/subuid has no ids for "no such"' --subuidname 'no such'
	refused "no container with name or id 'nosuch'" --userns container:nosuch
	[ -z "$(masu ps -aq)" ]
}

@test "--userns container: its map and its files, and networks that go with it" {
	need_user
	masu run -d --name "$name" --network none --userns keep-id:uid=5 "$image" sleep 1000 2>/dev/null
	map=$(masu exec "$name" cat /proc/self/uid_map)
	for options in "--userns container:$name --network none" "--network container:$name" "--pid container:$name --network none"; do
		run --separate-stderr masu run --rm $options "$image" sh -c 'stat -c %u:%g /bin/busybox /; cat /proc/self/uid_map'
		[ "$output" = $'0:0\n0:0\n'"$map" ]
	done
	run masu create --userns keep-id:uid=6 --network "container:$name" "$image" true
	[ "$status" -eq 125 ]
	[[ "$output" == *"the network namespace of container \"$name\" cannot be joined with another id map"* ]]
	run masu create --userns "container:$name" --network slirp4netns "$image" true
	[ "$status" -eq 125 ]
	[[ "$output" == *"a container that joins a namespace cannot have the network \"slirp4netns\""* ]]
	masu create --name "$name-b" --userns "container:$name" --network none "$image" true
	masu rm -f "$name"
	run masu start "$name-b"
	[ "$status" -eq 125 ]
}

@test "--userns ns: a namespace with the ids of the caller, and with its map at each start" {
	need_ids
	local maps=(--userns=host --userns=keep-id:uid=5 --userns=nomap)
	is_root && maps=("--uidmap=0:100000:70000")
	for map in "${maps[@]}"; do
		masu run -d --name "$name" --network none "$map" "$image" sleep 1000 2>/dev/null
		path=/proc/$(masu inspect "$name" | jq '.[0].State.Pid')/ns/user
		show='readlink /proc/self/ns/user; cat /proc/self/uid_map; stat -c %u:%g / /bin/busybox /home/user'
		wanted=$(masu exec -u 0 "$name" sh -c "$show")
		go --userns "ns:$path" "$image" sh -c "$show"
		[ "$output" = "$wanted" ]
		masu rm -f "$name"
	done
	# A link to the namespace of another process has another map later.
	masu run -d --name "$name" --network none "${maps[-1]}" "$image" sleep 1000 2>/dev/null
	link=$work/namespace
	ln -s "/proc/$(masu inspect "$name" | jq '.[0].State.Pid')/ns/user" "$link"
	masu create --name "$name-b" --network none --userns "ns:$link" "$image" true >/dev/null 2>&1
	masu start -a "$name-b"
	options=(--userns=keep-id:uid=7)
	is_root && options=(--uidmap=0:300000:70000)
	masu run -d --name "$name-c" --network none "${options[@]}" "$image" sleep 1000 2>/dev/null
	ln -sf "/proc/$(masu inspect "$name-c" | jq '.[0].State.Pid')/ns/user" "$link"
	run masu start -a "$name-b"
	[ "$status" -eq 125 ]
	[[ "$output" == *"its id map is not that of the container's creation"*"create the container anew"* ]]
	refuse() { # MESSAGE OPTION...
		run masu create "${@:2}" "$image" true
		[ "$status" -eq 125 ] && [[ "$output" == *"$1"* ]] || { echo "$2: $output"; return 1; }
	}
	refuse "is that of the host" --userns ns:/proc/self/ns/user
	refuse 'no process of yours is in a user namespace that it names' --userns ns:/proc/self/ns/net
	refuse 'cannot open the user namespace "/nosuch": No such file' --userns ns:/nosuch
	refuse 'invalid user namespace "ns:relative"' --userns ns:relative
	refuse 'cannot have the network "slirp4netns"' --network slirp4netns --userns "ns:$link"
}

@test "host is the default map, and inspect shows the mode and the maps" {
	go --userns host "$image" cat /proc/self/uid_map
	with=$output
	go "$image" cat /proc/self/uid_map
	[ "$output" = "$with" ]
	masu create --name "$name" --userns host "$image" true
	[ "$(masu inspect "$name" | jq -c '.[0].HostConfig | [.UsernsMode, .IDMappings.UidMap]')" = '["host",[]]' ]
	need_user
	masu create --name "$name-k" --userns keep-id:uid=2,gid=3,size=2000 "$image" true
	[ "$(masu inspect "$name-k" | jq -c '.[0].HostConfig | [.UsernsMode, .IDMappings]')" = \
		'["keep-id:uid=2,gid=3,size=2000",{"UidMap":["0:1:2","2:0:1","3:3:1997"],"GidMap":["0:1:3","3:0:1","4:4:1996"]}]' ]
	[ "$(masu inspect "$name-k" | jq -r '.[0].Config.User')" = 2:3 ]
}

@test "as root keep-id is refused, and the message names the default" {
	need_root
	run masu create --userns keep-id "$image" true
	[ "$status" -eq 125 ]
	[[ "$output" == *'user namespace "keep-id" is for ordinary users'*'--userns host'* ]]
}
