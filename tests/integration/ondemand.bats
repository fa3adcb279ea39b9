#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Ports on demand. A program of the tests (lib/socket-unit.py) does here what a socket of systemd does; systemd itself is in
# tests/host/checks/ondemand.sh. As root and as an ordinary user.

load ../lib/masu
load ../lib/busybox

setup() {
	holder=
	setup_busybox
	c=c-$name
}

teardown() {
	[ ! -e "$work/log" ] || cat "$work/log"
	[ -z "$holder" ] || { kill "$holder"; wait "$holder" || true; }
	remove_work
}

# The command says the run it is in: each start of the container adds a line to a file.
serve='mkdir -p /www; echo run >>/www/index.html; exec httpd -f -p 80 -h /www'

# hold ADDRESS SECONDS [OPTION...] -- COMMAND...: a container whose port is held; sets $id, $port and $holder.
hold() {
	local address=$1 seconds=$2 options=()
	shift 2
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	mkfifo "$work/ports"
	# The port is chosen by the holder, so the container is created with another one, and the record is not asked.
	id=$(masu create --name "$c" --network "${network-none}" -p "$address:1:80,ondemand=$seconds" "${options[@]}" "$image" "${@:2}")
	proxy=$work/proxy
	printf '%s\n' '#!/bin/sh' "port=\$(cat '$work/port')" \
		"exec '$BUILD/masu' container-proxy $id $address:\$port:80,ondemand=$seconds" >"$proxy"
	chmod +x "$proxy"
	python3 "$BATS_TEST_DIRNAME/../lib/socket-unit.py" "$MASU_RUN_DIR/ondemand/$id" "$address:0" -- "$proxy" \
		>"$work/ports" 2>"$work/log" 3>&- &
	holder=$!
	read -r port <"$work/ports"
	echo "$port" >"$work/port"
}

ask() { python3 "$BATS_TEST_DIRNAME/../lib/requests.py" "${address-127.0.0.1}" "$port" "$@"; } # NUMBER AT-ONCE EXPECTED

ps_says() { [ "$(masu ps -a --format '{{.Status}}' --filter "name=^$c\$")" = "$1" ]; }
rests() { [[ "$(masu ps -a --format '{{.Status}}' --filter "name=^$c\$")" = "On demand"* ]]; }
is_stopped_on_demand() { [ "$(masu inspect --format '{{.State.Status}}' $c)" = ondemand ]; }
pid_of() { masu inspect --format '{{.State.Pid}}' $c; }
# The last one that the holder has run.
proxy_pid() { sed -n 's/^runs //p' "$work/log" | tail -n 1; }
has_ended() { ! kill -0 "$1" || [ "$(cut -d' ' -f3 "/proc/$1/stat")" = Z ]; }

refuses() { # PATTERN ARGUMENT...
	local pattern=$1
	shift
	run --separate-stderr "$BUILD/masu" "$@"
	[ "$status" = 125 ]
	[[ "$stderr" = *"$pattern"* ]] || { echo "$stderr"; false; }
}

@test "what cannot be on demand is refused, with the way out" {
	refuses 'only a port of TCP' create -p 8080:80/udp,ondemand "$image"
	refuses 'the port of the host must be fixed' create -p 80,ondemand "$image"
	refuses 'the port of the host must be fixed' create -p 8000-8100:80,ondemand "$image"
	refuses 'from 1 to 604800 seconds' create -p 8080:80,ondemand=0 "$image"
	refuses 'add ,ondemand to each' create -p 8080:80,ondemand -p 9090:90 "$image"
	refuses '-P and a port on demand' create -P -p 8080:80,ondemand "$image"
	refuses 'is removed when it exits' create --rm -p 8080:80,ondemand "$image"
	refuses 'belongs to others' create --network host -p 8080:80,ondemand "$image"
	refuses 'needs --detach' run -p 8080:80,ondemand "$image"
	refuses 'at most 64 ports' create -p 8000-8064:80-144,ondemand "$image"
	refuses 'OnDemand=' create --cgroups split -p 8080:80,ondemand "$image"
	refuses '--now excludes' start --now --all
	[ -z "$(masu ps -aq)" ]
	masu create --name $c -p 127.0.0.1:8080:80,ondemand=7 "$image" >/dev/null
	refuses 'its ports are on demand' start -a $c
	[ "$(masu inspect --format '{{json .HostConfig.PortBindings}}' $c)" = '{"80/tcp":[{"HostIp":"127.0.0.1","HostPort":"8080"}]}' ]
	ps_says Created
}

@test "without systemd the error says so, and the container stays as it was" {
	masu create --name $c -p 8080:80,ondemand "$image" >/dev/null
	[ ! -d /run/systemd/system ] || skip "systemd runs here"
	refuses 'ports on demand need systemd' start $c
	refuses 'ports on demand need systemd' start --now $c
	refuses 'ports on demand need systemd' run -d --name other-$c -p 8081:80,ondemand "$image"
	ps_says Created
	[ "$(masu ps -aq | wc -l)" = 1 ]
	masu stop $c
	masu rm $c
}

@test "1,000 requests in bursts with idle gaps: none fails" {
	hold 127.0.0.1 1 -- sh -c 'mkdir -p /www; echo hello >/www/index.html; sleep 1; exec httpd -f -p 80 -h /www'
	ps_says "On demand"
	[ "$(masu ps --format '{{.Names}}' --filter status=ondemand)" = "$c" ]
	[ "$(masu ps --format '{{.Names}}')" = "$c" ]
	# The container listens a second after its start: the first ones wait for that.
	ask 200 20 hello
	for burst in 1 2 3; do
		wait_until rests
		ask 200 $((burst * 20)) hello
	done
	wait_until is_stopped_on_demand
	ask 200 5 hello
	[ "$(masu events --until 0s | grep -c "container start $id")" -ge 2 ]
}

@test "SIGKILL of each process loses no later connection" {
	hold 127.0.0.1 1000 -- sh -c "$serve"
	ask 1 1 run
	for i in 1 2; do
		killed=$(pid_of)
		kill -KILL "$killed"
		wait_until has_ended "$killed"
		ask 20 5 "$(yes run | head -n $((i + 1)))"
	done
	lines=3
	killed=$(proxy_pid)
	kill -KILL "$killed"
	ask 20 5 "$(yes run | head -n $lines)"
	killed=$(pgrep -P "$(proxy_pid)" -f container-proxy)
	kill -KILL "$killed"
	ask 20 5 "$(yes run | head -n $lines)"
	killed=$(ps -o ppid= -p "$(pid_of)" | tr -d ' ')
	inner=$(pid_of)
	kill -KILL "$killed"
	wait_until has_ended "$inner"
	ask 20 5 "$(yes run | head -n $((lines + 1)))"
}

@test "a container that was started by hand rests without a connection, and the next one finds it again" {
	# Without a cgroup, or on a slow machine, it is stopped in place of paused.
	hold 127.0.0.1 1 -- sh -c 'mkdir -p /www; echo hello >/www/index.html; exec httpd -f -p 80 -h /www'
	masu start --now $c
	masu start --now $c
	wait_until rests
	ask 10 5 hello
}

@test "a container that cannot be started resets its connections, and tells the reason" {
	hold 127.0.0.1 1000 -- /nothing
	run python3 "$BATS_TEST_DIRNAME/../lib/requests.py" 127.0.0.1 "$port" 3 3 x
	[ "${lines[-1]}" = "0 of 3" ]
	[[ "$output" = *ConnectionResetError* ]]
	[[ "$(masu inspect --format '{{.State.Error}}' $c)" = *nothing* ]]
	wait_until 'ps_says "On demand"'
	[ "$(masu events --until 0s | grep -c "container start $id")" = 0 ]
}

@test "a container that ends before it listens is started three times, not for ever" {
	hold 127.0.0.1 1000 -- sh -c 'exit 3'
	run python3 "$BATS_TEST_DIRNAME/../lib/requests.py" 127.0.0.1 "$port" 1 1 x
	[ "${lines[-1]}" = "0 of 1" ]
	[ "$(masu events --until 0s | grep -c "container start $id")" -le 3 ]
	[[ "$(cat "$work/log")" = *"$id"* ]]
}

# Has the kernel a timer that asks the client of the held port whether it is there?
asks_client() {
	awk -v port=":$(printf %04X "$port")$" '$2 ~ port && $4 == "01" && $6 ~ /^02:/ { found = 1 } END { exit !found }' /proc/net/tcp
}

@test "a client that vanishes does not keep the container for ever" {
	hold 127.0.0.1 100 -- sh -c 'tail -f /dev/null | nc -l -p 80'
	exec 9<>"/dev/tcp/127.0.0.1/$port"
	wait_until asks_client
	exec 9>&-
}

@test "the server sees the address of the container as that of the client, and loopback without a network" {
	local peer='mkdir -p /www/cgi-bin; printf "#!/bin/sh\necho; echo \$REMOTE_ADDR" >/www/cgi-bin/peer
		chmod +x /www/cgi-bin/peer; exec httpd -f -p 0.0.0.0:80 -h /www'
	hold 127.0.0.1 1000 -- sh -c "$peer"
	ask 1 1 127.0.0.1 /cgi-bin/peer
	[ -w /dev/net/tun ] || skip "/dev/net/tun cannot be opened here"
	kill "$holder"
	wait "$holder" || true
	masu rm -f $c
	rm "$work/ports"
	network=slirp4netns
	hold 127.0.0.1 1000 -- sh -c "$peer"
	ask 10 5 10.0.2.100 /cgi-bin/peer
}

@test "a server of IPv6 alone, and a port of IPv6" {
	[ -s /proc/net/if_inet6 ] || skip "no IPv6 here"
	address=::1
	hold '[::1]' 1000 -- sh -c 'mkdir -p /www; echo six >/www/index.html; exec httpd -f -p "[::1]:80" -h /www'
	ask 10 5 six
}

@test "ps, port and inspect show the ports; rm and prune leave a container on demand alone" {
	hold 127.0.0.1 1000 -- sh -c "$serve"
	[ "$(masu ps --format '{{.Ports}}')" = "127.0.0.1:1->80/tcp" ]
	[ "$(masu port $c)" = "80/tcp -> 127.0.0.1:1" ]
	[ "$(masu ps --format json | jq -r '.[0].State')" = ondemand ]
	refuses "is on demand" rm $c
	refuses "masu start --now" exec $c true
	run masu container prune --force
	[ "$(masu ps -q | wc -l)" = 1 ]
	ask 1 1 run
	[ "$(masu ps --format '{{.Ports}}')" = "127.0.0.1:1->80/tcp" ]
	[ "$(masu doctor $c | grep -c port-in-use)" = 0 ]
}
