#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Published ports in all their forms, as the host has them. The ports are of 127.0.0.1, and chosen when a test runs.

load ../lib/masu

setup_file() {
    export IMAGE=oci:$IMAGES:busybox:latest
    make_images busybox
    probe_containers "$IMAGE" true # with a network
}

setup() {
    holder=
    one=one-$$
    two=two-$$
    [ -w /dev/net/tun ] || skip "/dev/net/tun cannot be opened here"
    need_containers
    make_work
}

teardown() {
    [ -z "$holder" ] || kill "$holder" || true
    remove_work
}

# serve NAME OPTION...: a container that answers at its port 80, tcp, with its name
serve() {
    local name=$1
    shift
    run --separate-stderr "$BUILD/masu" run -d --name "$name" "$@" "$IMAGE" sh -c "while :; do echo $name | nc -l -p 80; done"
}

# The port of the host at which a container's port is, from "80/tcp" and the like.
port_of() { # NAME PORT/PROTOCOL
    masu inspect "$1" | python3 -c 'import json, sys
print(json.load(sys.stdin)[0]["NetworkSettings"]["Ports"][sys.argv[1]][0]["HostPort"])' "$2"
}

said_at() { # PORT
    timeout 5 python3 -c 'import socket, sys
print(socket.create_connection(("127.0.0.1", int(sys.argv[1]))).makefile().read(), end="")' "$1"
}

answers() { # NAME PORT
    local name=$1 port=$2
    wait_until '[ "$(said_at "$port")" = "$name" ]'
}

# Holds a port whose two successors are free; sets $held.
hold_a_port() {
    coproc HOLDER { exec python3 -c 'import socket, sys
def held(port):
    s = socket.socket()
    s.bind(("127.0.0.1", port))
    return s
while True:
    first = held(0)
    port = first.getsockname()[1]
    try:
        others = [held(port + 1), held(port + 2)]
    except (OSError, OverflowError):
        continue
    for s in others:
        s.close()
    break
print(port, flush=True)
sys.stdin.read()' 3>&-; }
    holder=$HOLDER_PID
    read -r held <&"${HOLDER[0]}"
}

@test "a port of the host is chosen when none is given, or 0" {
    serve $one -p 127.0.0.1::80 -p 127.0.0.1:0:81/TCP -p :82/Udp -p 0:83
    [ "$status" -eq 0 ]
    answers $one "$(port_of $one 80/tcp)"
    for port in 81/tcp 82/udp 83/tcp; do [ "$(port_of $one $port)" -gt 0 ]; done
}

@test "of a range for one port the first that is free is taken" {
    hold_a_port
    serve $one -p "127.0.0.1:$held-$((held + 2)):80"
    [ "$status" -eq 0 ]
    [ "$(port_of $one 80/tcp)" = $((held + 1)) ]
    answers $one $((held + 1))
    serve $two -p "127.0.0.1:$held-$((held + 2)):80"
    [ "$(port_of $two 80/tcp)" = $((held + 2)) ]
    masu rm -f $two
    serve $two -p "127.0.0.1:$held-$((held + 1)):80"
    [ "$status" -eq 125 ]
    [[ "$stderr" == *"tcp ports $held to $((held + 1)) of 127.0.0.1 are all in use"* ]]
}

@test "two ranges have the same length" {
    hold_a_port
    serve $one -p "127.0.0.1:$((held + 1))-$((held + 2)):80-81"
    [ "$status" -eq 0 ]
    [ "$(port_of $one 80/tcp)" = $((held + 1)) ]
    [ "$(port_of $one 81/tcp)" = $((held + 2)) ]
    serve $two -p "127.0.0.1:$held-$((held + 2)):80-81"
    [ "$status" -eq 125 ]
    [[ "$stderr" == *"the two ranges differ in length"* ]]
}

@test "a port that slirp4netns cannot publish is refused with the reason" {
    serve $one -p "[::1]:8080:80"
    [ "$status" -eq 125 ]
    [[ "$stderr" == *"slirp4netns cannot publish a port on the IPv6 address ::1"*"use --network pasta"* ]]
    serve $one -p 8080:80/sctp
    [ "$status" -eq 125 ]
    [[ "$stderr" == *"must be one of tcp, udp"* ]]
}

# An image of the test's store that exposes 80/tcp, 81/tcp and 53/udp.
make_exposing_image() {
    masu create --name $two --network none "$IMAGE" true >/dev/null
    masu commit -q -c 'EXPOSE 80 81 53/udp' $two localhost/exposing >/dev/null
    masu rm $two >/dev/null
}

@test "all ports exposed: inspect and commit have them as ranges" {
    masu create --name $one --network none --expose 1-65535 --expose 1-65535/udp "$IMAGE" true
    masu inspect $one | jq -e '.[0].Config.ExposedPorts | keys == ["1-65535/tcp", "1-65535/udp"]'
    masu commit -q $one localhost/all
    masu image inspect localhost/all | jq -e '.[0].Config.ExposedPorts | length == 2'
    masu create --name $two --network none localhost/all true
    [ "$(masu ps -a --filter expose=4242/udp --format '{{.Names}}' | sort | xargs)" = "$(printf '%s\n' $one $two | sort | xargs)" ]
}

@test "-P publishes the exposed ports, each at a free port of the host, and -p comes first" {
    make_exposing_image
    masu run -d --name $one -P -p 127.0.0.1::81 --expose 90-91 --expose 53/UDP localhost/exposing \
        sh -c "while :; do echo $one | nc -l -p 80; done" >/dev/null
    answers $one "$(port_of $one 80/tcp)"
    masu port $one | sed 's/:[1-9][0-9]*$/:N/' | sort >"$work/ports"
    diff - "$work/ports" <<'END'
53/udp -> 0.0.0.0:N
80/tcp -> 0.0.0.0:N
81/tcp -> 127.0.0.1:N
90/tcp -> 0.0.0.0:N
91/tcp -> 0.0.0.0:N
END
    masu inspect $one | jq -e '.[0] | .HostConfig.PublishAllPorts
        and (.Config.ExposedPorts | keys) == ["53/udp", "80/tcp", "81/tcp", "90/tcp", "91/tcp"]'
    [[ "$(masu ps --format '{{.Ports}}')" == *"->80/tcp"*"->53/udp" ]]
    [ "$(masu ps --filter publish=53/udp --format '{{.Names}}')" = $one ]
    masu stop -t 0 $one
    masu start $one # each start chooses again
    answers $one "$(port_of $one 80/tcp)"
}
