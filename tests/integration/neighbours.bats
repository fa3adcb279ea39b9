#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Networks of a host with a neighbour: two network namespaces with a cable between them. All ports of both are free, so
# the tests may name some. Each test sees slirp4netns as root and as an ordinary user, and pasta as the user.

load ../lib/masu
load ../lib/lent

HOST4=203.0.113.1 OTHER4=203.0.113.2 NEIGHBOUR4=203.0.113.9 HOST6=fd77::1 NEIGHBOUR6=fd77::9

setup_file() {
    lent_probe
    command -v slirp4netns >/dev/null && command -v pasta >/dev/null || WHY_NOT="no slirp4netns or pasta"
    [ -x /usr/bin/python3 ] || WHY_NOT="no python3, which serves"
    [ -n "$WHY_NOT" ] || make_hosts || WHY_NOT="no pairs of network devices (veth)"
    [ -n "$WHY_NOT" ] || lent_start masu-near-$$
}

# Two network namespaces: a process of each in $host_ns and $neighbour_ns.
make_hosts() {
    unshare -n sleep infinity 3>&- &
    export host_ns=$!
    unshare -n sleep infinity 3>&- &
    export neighbour_ns=$!
    local own
    own=$(readlink /proc/self/ns/net)
    wait_until "[ \$(readlink /proc/$host_ns/ns/net) != '$own' ] && [ \$(readlink /proc/$neighbour_ns/ns/net) != '$own' ]"
    on_host ip link add eth0 type veth peer name eth0 netns "$neighbour_ns" || return
    on_host ip address add $HOST4/24 dev eth0
    on_host ip address add $OTHER4/24 dev eth0
    on_host ip address add $HOST6/64 dev eth0 nodad
    near ip address add $NEIGHBOUR4/24 dev eth0
    near ip address add $NEIGHBOUR6/64 dev eth0 nodad
    for where in on_host near; do
        $where ip link set lo up
        $where ip link set eth0 up
    done
    on_host ip route add default via $NEIGHBOUR4
    on_host ip route add default via $NEIGHBOUR6
    # Each refused datagram is reported, and not six in a row and then one a second.
    on_host sysctl -qw net.ipv4.icmp_ratelimit=0
    near sysctl -qw net.ipv4.icmp_ratelimit=0
    on_host sysctl -qw net.ipv4.ping_group_range='0 2147483647'
    on_host sysctl -qw net.ipv4.ip_unprivileged_port_start=1024
    # Each datagram to a closed port is refused, not only one in a second.
    on_host sysctl -qw net.ipv4.icmp_ratelimit=0
}

teardown_file() {
    [ -z "${host_ns-}" ] || kill "$host_ns" "$neighbour_ns"
    lent_stop
}

setup() {
    need_containers
    . "$top/tests/lib/user.bash"
    make_work
    image=oci:$HOST/images:busybox:latest
    ask=$top/tests/integration/network/ask.py
    echo=$top/tests/integration/network/echo.py
    servers=()
    masu pull -q "$image" >/dev/null
}

teardown() {
    [ -z "$WHY_NOT" ] || return 0
    [ ${#servers[@]} = 0 ] || kill "${servers[@]}"
    lent_rm_all
    who=root remove_work
}

on_host() { nsenter -t "$host_ns" -n "$@"; }
near() { nsenter -t "$neighbour_ns" -n "$@"; } # on the neighbour

# As $who: root, or the user.
masu() {
    if [ "${who:=root}" = root ]; then on_host "$BUILD/masu" "$@"; else lent "$MASU_BUILD/masu" "$@"; fi
}

python() { python_in "$HOST" "$image" "$@"; } # [OPTION...] -- ARGUMENT...

# COMMAND...: for each user and network that there is, in $who and $network.
for_each() {
    for pair in "root slirp4netns" "user slirp4netns" "user pasta"; do
        read -r who network <<<"$pair"
        echo "with $network as $who:"
        "$@" # in no condition, in which a failure would not end the test
    done
}

# PLACE NAME ARGUMENT...: a server of the host or the neighbour that says "ready".
serve() {
    local place=$host_ns
    [ "$1" = on_host ] || place=$neighbour_ns
    nsenter -t "$place" -n "${@:3}" >"$work/$2" 2>&1 3>&- & # itself, not a shell, so that it can be killed
    servers+=($!)
    wait_until grep -q ready "$work/$2"
}

# PROGRAM ARGUMENT...: runs it when the container has its addresses of IPv6, for python -c.
when_six='import runpy, sys, time
def is_up():
    tap = [line.split() for line in open("/proc/net/if_inet6") if "tap0" in line]
    return any(f[3] == "00" for f in tap) and not any(int(f[4], 16) & 0x40 for f in tap)
while not is_up():
    time.sleep(0.1)
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")'

is_ready() { masu logs "$1" | grep -q ready; }

# OPTION...: a container "server" with echo.py at port 7000.
serve_in_container() {
    wait_until '[ -z "$(on_host ss -Hltun)" ]' # those of the last one
    python -d --name server --network "$network" "$@" -- /work/echo.py 7000
    wait_until is_ready server
}

sees() { # WHERE KIND ADDRESS PORT EXPECTED
    run -0 "$1" "$ask" "$2" "$3" "$4"
    [ "$output" = "$5" ] || { echo "$2 to $3 port $4: $output, not $5" && return 1; }
}

refused() { # WHERE KIND ADDRESS PORT
    run -1 "$1" "$ask" "$2" "$3" "$4"
    # A datagram for which nobody listens may be dropped in silence.
    [[ "$output" == *refused* || "$2:$output" == udp:*"timed out"* ]] || { echo "$2 to $3 port $4: $output" && return 1; }
}

ports_answer() {
    serve_in_container -p 7100-7101:7000-7001 -p 7100-7101:7000-7001/udp -p $OTHER4:7200:7000 -p 127.0.0.1:7300:7000 \
        -p 127.0.0.1:7300:7000/udp -p 7000
    for kind in tcp udp; do
        sees near $kind $HOST4 7100 $NEIGHBOUR4
        run -0 on_host "$ask" $kind 127.0.0.1 7100
        run -0 on_host "$ask" $kind $HOST4 7100
        # Where it was asked for, and nowhere else.
        run -0 on_host "$ask" $kind 127.0.0.1 7300
        refused near $kind $HOST4 7300
        refused on_host $kind $HOST4 7300
        refused near $kind $HOST4 7200
        refused on_host $kind 127.0.0.1 7200
    done
    sees near tcp $OTHER4 7100 $NEIGHBOUR4
    sees near tcp $OTHER4 7200 $NEIGHBOUR4
    run -0 masu port server 7000
    free=$(grep -vE ':7[123]00$' <<<"$output")
    sees near tcp $HOST4 "${free#*:}" $NEIGHBOUR4
    masu rm -f server
    serve_in_container -p $OTHER4:7200:7000/udp
    sees near udp $OTHER4 7200 $NEIGHBOUR4
    refused near udp $HOST4 7200
    masu rm -f server
    wait_until '[ -z "$(on_host ss -Hltun)" ]'
    run -125 masu run --rm --network "$network" -p 7100:7000/udp -p 7101:7000/udp "$image" true
    [[ "$output" == *"$network cannot publish udp port 7000 of the container twice"* ]]
}

@test "published ports answer where they are asked for, and servers see the real address of a neighbour" { for_each ports_answer; }

six_answers() {
    python -d --name server --network "$network" -p '[::]:7000:7000' -p '[::]:7000:7000/udp' -p "[$HOST6]:7200:7000" -- \
        -c "$when_six" /work/echo.py 7000 ::
    wait_until is_ready server
    for kind in tcp udp; do sees near $kind $HOST6 7000 $NEIGHBOUR6; done
    sees near tcp $HOST6 7200 $NEIGHBOUR6
    refused on_host tcp ::1 7200
    masu rm -f server
}

@test "published ports of IPv6, by pasta" { who=user network=pasta && six_answers; }

conflicts() {
    serve_in_container -p 7000:7000
    for port in 7000:80 127.0.0.1:7000:80; do
        run -125 masu run --rm --network "$network" -p $port "$image" true
        [[ "$output" == *"tcp port 7000 of "*" is in use"* ]]
    done
    masu rm -f server
    [ $who = user ] || return 0
    for kind in tcp udp; do
        run -125 masu run --rm --network "$network" -p 443:443/$kind "$image" true
        [[ "$output" == *"$kind port 443 is only for root"*"sysctl net.ipv4.ip_unprivileged_port_start=443"* ]]
    done
    on_host sysctl -qw net.ipv4.ip_unprivileged_port_start=443 # as it says
    serve_in_container -p 443:7000
    sees near tcp $HOST4 443 $NEIGHBOUR4
    masu rm -f server
    on_host sysctl -qw net.ipv4.ip_unprivileged_port_start=1024
    # Each datagram to a closed port is refused, not only one in a second.
    on_host sysctl -qw net.ipv4.icmp_ratelimit=0
}

@test "a port that is in use is named; a low port needs the setting that the error names" { for_each conflicts; }

# The loopback of the host, by every address of the network that could lead there.
loopback_is_closed() {
    # pasta (2023) does not answer where a server would refuse.
    for at in 10.0.2.2 10.0.2.3 127.0.0.1 $HOST4; do
        run -1 python --rm -e ASK_SECONDS=2 --network "$network" -- /work/ask.py tcp $at 7400
    done
    run -1 python --rm -e ASK_SECONDS=2 --network "$network" -- /work/ask.py tcp ::1 7600
    [ $network = pasta ] || run -1 python --rm --network "$network:enable_ipv6=true" -- -c "$when_six" /work/ask.py tcp fd00::2 7600
    run ! grep -vq ready "$work/loopback" "$work/loopback6"
}

loopback_is_open() {
    option=allow_host_loopback=true
    [ $network = slirp4netns ] || option=--map-gw
    run -0 python --rm --network "$network:$option" -- /work/ask.py tcp host.docker.internal 7400
    run -0 python --rm --network "$network:$option" --add-host up:host-gateway -- /work/ask.py tcp up 7400
}

services_answer() {
    # Names come from /etc/hosts: no name server is asked.
    for name in host.containers.internal host.docker.internal up; do
        run -0 python --rm --network "$network" --add-host up:host-gateway -- /work/ask.py tcp $name 7500
    done
}

@test "the host's loopback is reached only if asked for, and its other services by host.containers.internal (E10)" {
    serve on_host loopback "$echo" 7400 127.0.0.1
    serve on_host loopback6 "$echo" 7600 ::1
    serve on_host all "$echo" 7500
    for_each loopback_is_closed
    for_each loopback_is_open
    for_each services_answer
}

six_out() {
    if [ $network = pasta ]; then
        run -0 python --rm --network pasta -- -c "$when_six" /work/ask.py tcp $NEIGHBOUR6 7000
    else
        run -1 python --rm --network "$network" -- /work/ask.py tcp $NEIGHBOUR6 7000
        [[ "$output" == *unreachable* ]]
        run -0 --separate-stderr python --rm --network "$network:enable_ipv6=true" -- -c "$when_six" /work/ask.py tcp $NEIGHBOUR6 7000
        [ "$output" = $HOST6 ]
        run -0 --separate-stderr python --rm --network "$network:enable_ipv6=true,outbound_addr6=$HOST6" -- -c "$when_six" /work/ask.py tcp $NEIGHBOUR6 7000
        [ "$output" = $HOST6 ]
    fi
}

@test "IPv6 to the outside" {
    serve near six "$echo" 7000 $NEIGHBOUR6
    for_each six_out
}

outbound() {
    local option=outbound_addr=$OTHER4
    [ $network = slirp4netns ] || option=-o,$OTHER4
    run -0 --separate-stderr python --rm --network "$network" -- /work/ask.py tcp $NEIGHBOUR4 7000
    [ "$output" = $HOST4 ]
    run -0 --separate-stderr python --rm --network "$network:$option" -- /work/ask.py tcp $NEIGHBOUR4 7000
    [ "$output" = $OTHER4 ]
}

@test "connections leave from the host's address, or from the one that is asked for" {
    serve near four "$echo" 7000
    for_each outbound
}

pings() {
    run -0 --separate-stderr python --rm --network "$network" -- /work/ping.py $NEIGHBOUR4
    [ "$output" = $NEIGHBOUR4 ]
    run -0 --separate-stderr python --rm --network "$network" -u 1234:4321 -- /work/ping.py $NEIGHBOUR4
    [ "$output" = $NEIGHBOUR4 ]
}

@test "ping works, whatever the user and group" { for_each pings; }

looks_up() {
    run -0 --separate-stderr python --rm --network "$network" -- -c 'import socket; print(socket.gethostbyname("name.example"))'
    [ "$output" = 203.0.113.99 ]
}

@test "names are looked up by the stub of systemd-resolved, which containers reach by their network's name server" {
    echo 'nameserver 127.0.0.53' >"$HOST/stub"
    serve on_host names "$top/tests/integration/network/name-server.py" 127.0.0.53
    export binds=$HOST/stub:/etc/resolv.conf
    who=user network=pasta looks_up
    who=user network=slirp4netns looks_up
}

@test "the host's address in the hosts file is that of the start" {
    for_each address_follows
}

address_follows() {
    masu run -d --name moved --network "$network" "$image" sleep 1000
    run -0 masu exec moved cat /etc/hosts
    [[ "$output" == *"$HOST4"$'\t'"host.containers.internal host.docker.internal"* ]]
    masu exec moved sh -c 'echo 192.0.2.1 mine >>/etc/hosts'
    masu stop -t 0 moved
    on_host ip route change default via $NEIGHBOUR4 src $OTHER4
    masu start moved
    run -0 masu exec moved cat /etc/hosts
    [[ "$output" == *"$OTHER4"$'\t'"host.containers.internal host.docker.internal"* && "$output" != *mine* && "$output" != *$HOST4* ]]
    # Without a way out the older lines stay.
    masu stop -t 0 moved
    on_host ip route del default
    if [ $network = slirp4netns ]; then
        masu start moved
        run -0 masu exec moved cat /etc/hosts
        [[ "$output" == *"127.0.0.1"$'\t'localhost* && "$output" != *internal* ]]
    fi
    on_host ip route add default via $NEIGHBOUR4
    masu rm -f moved
}
