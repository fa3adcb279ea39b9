#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Published ports and look-ups, by slirp4netns, as root. Others' are tried in the test machine (tests/host/checks/slirp.sh).

load ../lib/masu

setup_file() { make_images busybox; }

setup() {
    need_root "/dev/net/tun"
    command -v slirp4netns >/dev/null || skip "no slirp4netns"
    [ -c /dev/net/tun ] || skip "no /dev/net/tun"
    [ -x /usr/bin/python3 ] || skip "no python3, which serves"
    make_work
    masu pull -q "oci:$IMAGES:busybox:latest" >/dev/null
    port=$(free_port)
    cp "$BATS_TEST_DIRNAME/network/echo.py" "$BATS_TEST_DIRNAME/network/ask.py" "$work"
}

python() { python_in "$work" "oci:$IMAGES:busybox:latest" "$@"; } # [OPTION...] -- ARGUMENT...

# A server that tells each client whom it takes it for, over TCP and UDP.
serve() {
    python -d --name server-$$ "$@" -- /work/echo.py 7000
    wait_until 'masu logs server-$$ | grep -q ready'
}

@test "a published port answers on every address of the host, and shows no sender as 127.0.0.1 (E9)" {
    other_port=$(free_port)
    serve -p $port:7000 -p $port:7000/udp -p 127.0.0.1:$other_port:7000/udp
    other=$(ip -o -4 address show scope global | awk '{sub("/.*", "", $4); print $4; exit}')
    for at in 127.0.0.1 127.0.1.1 $other; do
        for kind in tcp udp; do
            run -0 "$work/ask.py" $kind "$at" $port
            [[ "$output" != 127.* ]]
        done
        # A sender that is not on the loopback keeps its address.
        [[ "$at" = 127.* || "$output" = "$at" ]]
    done
    run -0 "$work/ask.py" udp 127.0.0.1 $other_port
    [ "$output" = 10.0.2.100 ]
    # The container's end frees the ports.
    masu rm -f server-$$
    [ -z "$(ss -Hlun "sport = :$port or sport = :$other_port")" ]
}

@test "a published port is free again when masu run has returned" {
    for _ in 1 2 3 4 5; do
        masu run --rm -p 127.0.0.1:$port:7000 -p 127.0.0.1:$port:7000/udp "oci:$IMAGES:busybox:latest" true
        [ -z "$(ss -Hltun "sport = :$port")" ]
    done
}

@test "many senders of UDP at once get each its own answer, whatever its size" {
    serve -p 127.0.0.1:$port:7000/udp
    run -0 "$work/ask.py" udp 127.0.0.1 $port 300
    [ "$output" = "10.0.2.100" ]
}

@test "a UDP port that is in use is named" {
    serve -p 127.0.0.1:$port:7000/udp
    for again in 127.0.0.1:$port $port; do
        run -125 masu run --rm -p "$again:7000/udp" "oci:$IMAGES:busybox:latest" true
        [[ "$output" == *"udp port $port of "*" is in use"* ]]
    done
}

@test "a look-up without a network reaches nobody, and the host's network does (E11)" {
    "$work/echo.py" $port >"$work/heard" &
    listener=$!
    wait_until grep -q ready "$work/heard"
    servers="127.0.0.1 $(awk '$1 == "nameserver" && $2 !~ /:/ {print $2}' /etc/resolv.conf)"
    # Where resolv.conf points to, and the host's own server.
    for at in $servers $(ip -o -4 address show | awk '{sub("/.*", "", $4); print $4}'); do
        run -1 python --rm --network none -- /work/ask.py udp "$at" $port
        [[ "$output" = *"udp $at $port: "*"refused"* || "$output" = *"udp $at $port: "*unreachable* ]]
    done
    run -0 python --rm --network host -- /work/ask.py udp 127.0.0.1 $port
    kill $listener
    [ "$(grep -c '^udp' "$work/heard")" = 2 ] # asked twice
}
