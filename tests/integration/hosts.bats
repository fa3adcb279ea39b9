#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# /etc/hosts, /etc/resolv.conf and /etc/hostname of a container, and the words for networks. As root and as an ordinary user.

load ../lib/masu
load ../lib/busybox

setup() {
	setup_busybox
	unset MASU_CONF
	export MASU_CONF=/dev/null
}

# FILE OPTION...: prints a file below /etc of a new container.
shown() { run -0 --separate-stderr masu run --rm "${@:2}" "$image" cat "/etc/$1"; }
refuses() { # TEXT OPTION...
	run -125 masu run --rm "${@:2}" "$image" true
	[[ "$output" == *"$1"* ]] || { echo "$output" && return 1; }
}

# COMMAND...: with the files of $work/etc in place of those of the host's /etc, and those of $work/resolve in
# /run/systemd/resolve.
with_etc() {
	work=$work unshare -m --propagation private sh -ec '
		for file in "$work"/etc/*; do mount --bind "$file" "/etc/${file##*/}"; done
		mount -t tmpfs none /run
		mkdir -p /run/systemd/resolve
		cp "$work"/resolve/* /run/systemd/resolve
		exec "$@"' sh "$BUILD/masu" "$@"
}

@test "the lines of a hosts file, in their order" {
	shown hosts --network none --name "$name" --hostname box.example.org --add-host db:192.0.2.1 --add-host 'a;b.c=[2001:db8::1]' \
		--add-host db=192.0.2.2
	[ "$output" = $'192.0.2.1\tdb\n2001:db8::1\ta b.c\n192.0.2.2\tdb\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback
127.0.1.1\tbox.example.org box '"$name" ]
	refuses "'up:host-gateway': this network has no gateway to the host" --network none --add-host up:host-gateway
	refuses "the host 'db' is not NAME:ADDRESS" --network none --add-host db
	refuses "the host 'db:1.2.3' is not NAME:ADDRESS" --network none --add-host db:1.2.3
	refuses "the host 'a b:1.2.3.4' is not NAME:ADDRESS" --network none --add-host 'a b:1.2.3.4'
	shown hosts --network host --add-host up:host-gateway
	[[ "$output" == $'127.0.0.1\tup\n'"$(cat /etc/hosts)"*"host.docker.internal"* ]]
}

@test "a hosts file with the lines of another one" {
	printf '# mine\n192.0.2.7 box other' >"$work/base"
	cd "$work"
	shown hosts --network none --hostname box --name "$name" --hosts-file base
	[ "$output" = $'# mine\n192.0.2.7 box other\n127.0.1.1\t'"$name" ]
	shown hosts --network host --hostname box --name "$name" --hosts-file none
	[ "$output" = $'127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback
127.0.0.1\thost.containers.internal host.docker.internal\n127.0.1.1\tbox '"$name" ]
	refuses "hosts file \"$work/missing\"" --network none --hosts-file missing
	refuses "the hosts file of the image cannot be a base" --network none --hosts-file image
	# Later starts read it again, and need it no more.
	masu create --name "$name" --network none --hostname box --hosts-file base "$image" cat /etc/hosts
	printf '192.0.2.8 later\n' >base
	run -0 --separate-stderr masu start -a "$name"
	[ "$output" = $'192.0.2.8 later\n127.0.1.1\tbox '"$name" ]
	rm base
	run -0 --separate-stderr masu start -a "$name"
	[ "$output" = $'192.0.2.8 later\n127.0.1.1\tbox '"$name" ]
}

@test "the image's own files" {
	masu run --name "$name" --network none --no-hosts --no-hostname --dns none "$image" sh -c '
		cd /etc; ls hosts hostname resolv.conf 2>/dev/null | wc -l; echo 192.0.2.1 mine >hosts; ln -s hosts resolv.conf' >"$work/out" 2>/dev/null
	[ "$(cat "$work/out")" = 0 ]
	masu commit -q "$name" "localhost/own-$name" >/dev/null
	run -0 --separate-stderr masu run --rm --network none --no-hosts --dns none "localhost/own-$name" sh -c 'cat /etc/hosts /etc/resolv.conf; hostname; cat /etc/hostname'
	[[ "${lines[*]}" == "192.0.2.1 mine 192.0.2.1 mine "* && "${lines[2]}" = "${lines[3]}" ]]
	# A joined container has its own image's files, too.
	masu run -d --name "$name-2" --network none --no-hosts --dns none "localhost/own-$name" sleep 1000 >/dev/null
	run -0 --separate-stderr masu run --rm --network "container:$name-2" "localhost/own-$name" cat /etc/hosts
	[ "$output" = "192.0.2.1 mine" ]
	refuses '"--no-hosts" and "--add-host" exclude each other' --network none --no-hosts --add-host a:1.2.3.4
	refuses '"--no-hosts" and "--hosts-file" exclude each other' --network none --no-hosts --hosts-file none
	refuses '"--dns none" and "--dns-search" exclude each other' --network none --dns none --dns-search a
	refuses 'invalid DNS server: "none"' --network none --dns none --dns 192.0.2.1
	refuses 'exclude each other' --network "container:$name-2" --no-hosts
	refuses 'exclude each other' --network "container:$name-2" --hosts-file none
}

@test "files of the image that are links do not lead out (A13)" {
	make_root "$work/root" sh cat readlink
	echo outside >"$work/victim"
	for file in hosts resolv.conf hostname; do ln -s "$work/victim" "$work/root/etc/$file"; done
	mkdir -p "$work/root/$work"
	echo inside >"$work/root/$work/victim"
	is_root || chmod -R go+rX "$work"
	for option in "" --no-hosts --no-hostname "--dns none"; do
		run -0 --separate-stderr masu run --rm --network none --hostname box $option --rootfs "$work/root" sh -c '
			cat /etc/hosts /etc/hostname /etc/resolv.conf; echo changed >/etc/hosts; echo changed >/etc/resolv.conf'
		[[ "$output" != *outside* ]]
		[ "$(cat "$work/victim")" = outside ]
	done
}

@test "resolv.conf has the host's lines, as far as the container can use them" {
	need_root "it mounts"
	mkdir "$work/etc" "$work/resolve"
	printf '# a comment\ndomain old.example\nsearch one.example  two.example\n; another\nnameserver 127.0.0.1\nnameserver fe80::1%%eth0
nameserver 192.0.2.53\nnameserver 192.0.2.53\nnameserver 2001:db8::53\noptions ndots:2 edns0\n' >"$work/etc/resolv.conf"
	echo 'nameserver 192.0.2.99' >"$work/resolve/resolv.conf"
	run -0 --separate-stderr with_etc run --rm --network none "$image" cat /etc/resolv.conf
	[ "$output" = $'search one.example two.example\nnameserver 192.0.2.53\nnameserver 2001:db8::53\noptions ndots:2 edns0' ]
	run -0 --separate-stderr with_etc run --rm --network none --dns-search a.example --dns-search b.example --dns 192.0.2.1 --dns 192.0.2.2 \
		--dns-option rotate --dns-opt timeout:1 "$image" cat /etc/resolv.conf
	[ "$output" = $'search a.example b.example\nnameserver 192.0.2.1\nnameserver 192.0.2.2\noptions rotate timeout:1' ]
	run -0 --separate-stderr with_etc run --rm --network none --dns-search . "$image" cat /etc/resolv.conf
	[[ "$output" != *search* ]]
	run -0 --separate-stderr with_etc run --rm --network host "$image" cat /etc/resolv.conf
	[[ "$output" == *$'nameserver 127.0.0.1\nnameserver fe80::1%eth0\nnameserver 192.0.2.53\nnameserver 2001'* ]]
}

@test "the stub of systemd-resolved is replaced by the servers behind it" {
	need_root "it mounts"
	mkdir "$work/etc" "$work/resolve"
	printf 'nameserver 127.0.0.53\noptions edns0 trust-ad\nsearch lan\n' >"$work/etc/resolv.conf"
	printf 'nameserver 192.0.2.99\nsearch lan\n' >"$work/resolve/resolv.conf"
	run -0 --separate-stderr with_etc run --rm --network none "$image" cat /etc/resolv.conf
	[ "$output" = $'search lan\nnameserver 192.0.2.99' ]
	run -0 --separate-stderr with_etc run --rm --network host "$image" cat /etc/resolv.conf
	[ "$output" = $'search lan\nnameserver 127.0.0.53\noptions edns0 trust-ad' ]
	run -0 --separate-stderr with_etc create --network slirp4netns "$image" true
	[ "$(cat "$MASU_DATA_DIR/containers/$output/resolv.conf")" = $'search lan\nnameserver 10.0.2.3\noptions edns0 trust-ad' ]
	rm "$work/resolve/resolv.conf" && touch "$work/resolve/none"
	run -0 --separate-stderr with_etc run --rm --network none "$image" cat /etc/resolv.conf
	[ "$output" = $'search lan\noptions edns0 trust-ad' ]
}

@test "each start writes the files as the host is then; --add-host and --dns stay" {
	masu create --name "$name" --network none --hostname box --add-host db:192.0.2.1 --dns 192.0.2.53 --dns-search example.org "$image" \
		sh -c 'cat /etc/hosts /etc/resolv.conf /etc/hostname; echo 192.0.2.9 mine | tee -a /etc/hosts >/etc/resolv.conf; echo other >/etc/hostname'
	run -0 --separate-stderr masu start -a "$name"
	first=$output
	[[ "$first" == $'192.0.2.1\tdb\n'*$'search example.org\nnameserver 192.0.2.53\nbox' ]]
	run -0 --separate-stderr masu start -a "$name"
	[ "$output" = "$first" ]
	[ "$(masu inspect "$name" | jq -c '.[0].HostConfig | [.Dns, .DnsSearch, .DnsOptions, .ExtraHosts]')" = \
		'[["192.0.2.53"],["example.org"],[],["db:192.0.2.1"]]' ]
	is_root || return 0
	mkdir "$work/etc" "$work/resolve"
	echo 'nameserver 192.0.2.54' | tee "$work/etc/resolv.conf" >"$work/resolve/none"
	masu create --name "$name-2" --network none "$image" cat /etc/resolv.conf
	run -0 --separate-stderr with_etc start -a "$name-2"
	[ "$output" = "nameserver 192.0.2.54" ]
}

@test "words for networks, and what a network cannot do" {
	for word in bridge default private slirp4netns ""; do
		id=$(masu create --network "$word" "$image" true)
		[ "$(masu inspect --format '{{.HostConfig.NetworkMode}}' "$id")" = slirp4netns ]
	done
	masu create --net none --network none "$image" true
	refuses 'a container has one network, and "none" was given before' --network none --network host
	refuses 'the network "bridge" takes no options' --network bridge:ip=10.0.2.7
	refuses 'invalid network: "mynet"' --network mynet
	refuses "each container has a network of its own" --network none --network-alias db
	refuses "each container has a network of its own" --network none --link db
	refuses 'the network "slirp4netns" does not support --ip' --ip 10.0.2.7
	refuses 'the network "slirp4netns" does not support --ip6' --ip6 fd00::7
	refuses 'the network "none" does not support --mac-address' --network none --mac-address 02:00:00:00:00:07
	refuses 'the network "host" does not support --ip' --network host --ip 10.0.2.7
	refuses 'invalid address of --ip: "10.0.2"' --network pasta --ip 10.0.2
	refuses 'invalid MAC address: "01:00:00:00:00:07"' --mac-address 01:00:00:00:00:07
	refuses 'invalid port handler "rootlesskit"' --network slirp4netns:port_handler=rootlesskit
	refuses 'needs enable_ipv6=true' --network slirp4netns:outbound_addr6=fd00::1
	refuses 'unknown option of slirp4netns: "x"' --network slirp4netns:x=1
	id=$(masu create --mac-address 02:00:00:00:00:0A "$image" true)
	[ "$(masu inspect --format '{{.HostConfig.NetworkMode}}' "$id")" = slirp4netns:macaddress=02:00:00:00:00:0A ]
}
