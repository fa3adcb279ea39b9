#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# --network pasta. It serves ordinary users alone, so root lends one a /dev/net/tun, in a mount namespace of each command.

load ../lib/masu
load ../lib/lent

setup_file() {
    lent_probe
    command -v pasta >/dev/null || WHY_NOT="no pasta"
    [ -n "$(ip route show default)" ] || WHY_NOT="no default route, which pasta needs"
    [ -n "$WHY_NOT" ] || lent_start masu-pasta-$$
}

teardown_file() { lent_stop; }

setup() {
    need_containers
    . "$top/tests/lib/user.bash"
    image=oci:images:busybox:latest
}

teardown() {
    [ -z "$WHY_NOT" ] || return 0
    [ -z "${listener-}" ] || kill "$listener"
    lent_rm_all
}

masu() { lent "$MASU_BUILD/masu" "$@"; }

python() { python_in "$HOST" "$image" "$@"; } # [OPTION...] -- ARGUMENT...

pasta_pid() { pgrep -u "$user" -f '^pasta '; }
no_pasta() { ! pasta_pid >/dev/null; }

# Sets $listener and $held: a TCP port of the host's loopback that answers, and writes down that it was reached.
hold_a_port() {
    python3 -u -c 'import socket
s = socket.create_server(("127.0.0.1", 0))
print(s.getsockname()[1])
while True:
    c = s.accept()[0]
    print("reached")
    c.sendall(c.recv(1))' >"$BATS_TEST_TMPDIR/held" 3>&- &
    listener=$!
    wait_until test -s "$BATS_TEST_TMPDIR/held"
    held=$(head -n 1 "$BATS_TEST_TMPDIR/held")
}

@test "a container has pasta's addresses, names and MTU" {
    run -0 masu run --rm --network pasta --hostname box "$image" sh -c 'ip address; ip route; cat /etc/resolv.conf /etc/hosts'
    [[ "$output" == *"10.0.2.100/24"*"default via 10.0.2.2 dev tap0"* ]]
    [[ "$output" == *"nameserver 10.0.2.3"* && "$output" == *"10.0.2.100	box"* ]]
    own=$(ip route get 198.51.100.1 | sed -n 's/.* src \([^ ]*\).*/\1/p')
    [[ "$output" == *"$own	host.containers.internal host.docker.internal"* ]]
    run -0 masu run --rm --network pasta:--mtu,1400,-a,10.9.8.7,-g,10.9.8.1,--dns-forward,10.9.8.3 "$image" \
        sh -c 'ip address; ip route; cat /etc/resolv.conf'
    [[ "$output" == *"mtu 1400"*"10.9.8.7/24"*"via 10.9.8.1"*"nameserver 10.9.8.3"* ]]
    masu run -d --name shown --network pasta --ip 10.9.8.7 --ip6 fd77::7 --mac-address 02:00:00:00:00:0A "$image" sleep 1000
    run -0 masu exec shown sh -c 'ip address; ip route; grep shown /etc/hosts'
    [[ "$output" == *"link/ether 02:00:00:00:00:0a"*"10.9.8.7/24"*"default via 10.9.8.1"*"10.9.8.7	"* ]]
    [ -z "$(ip -6 route show default)" ] || [[ "$output" == *"fd77::7/"* ]]
    run -0 masu inspect --format '{{range .NetworkSettings.Networks}}{{.IPAddress}}/{{.IPPrefixLen}} {{.Gateway}} {{.MacAddress}}{{end}} {{.NetworkSettings.GlobalIPv6Address}}' shown
    [ "$output" = "10.9.8.7/24 10.9.8.1 02:00:00:00:00:0a fd77::7" ]
    run -0 masu inspect --format '{{.NetworkSettings.IPAddress}} {{.HostConfig.NetworkMode}}' shown
    [ "$output" = "10.9.8.7 pasta:--address=10.9.8.7,--address=fd77::7,--ns-mac-addr=02:00:00:00:00:0A" ]
    masu stop -t 0 shown
    [ "$(masu inspect --format '{{.NetworkSettings.IPAddress}}{{.NetworkSettings.SandboxKey}}' shown)" = "" ]
}

@test "the host's loopback is out of reach unless it is asked for (E10)" {
    hold_a_port
    ask='import socket, sys
try:
    s = socket.create_connection((sys.argv[1], int(sys.argv[2])), 5)
    s.sendall(b"!")
    print(s.recv(1).decode())
except OSError as e: print(e)'
    for at in 10.0.2.2 10.0.2.3 127.0.0.1; do
        run -0 --separate-stderr python --rm --network pasta -- -c "$ask" "$at" "$held"
        [ "$output" != ! ]
    done
    run ! grep -q reached "$BATS_TEST_TMPDIR/held"
    run -0 --separate-stderr python --rm --network pasta:--map-gw -- -c "$ask" host.containers.internal "$held"
    [ "$output" = ! ]
    run -0 --separate-stderr python --rm --network pasta:-T,"$held" -- -c "$ask" 127.0.0.1 "$held"
    [ "$output" = ! ]
}

@test "published TCP ports answer, and ps and inspect show them" {
    python -d --name web --network pasta -p 80 -p 127.0.0.1::81 -p '[::1]::82' -- -m http.server 80 --directory /usr/share/common-licenses
    run -0 masu ps
    [[ "$output" == *"0.0.0.0:"*"->80/tcp"*"127.0.0.1:"*"->81/tcp"*"[::1]:"*"->82/tcp"* ]]
    port=$(masu inspect web | jq -r '.[0].NetworkSettings.Ports["80/tcp"][0].HostPort')
    other=$(ip -o -4 address show scope global | awk '{sub("/.*", "", $4); print $4; exit}')
    for at in 127.0.0.1 "$other"; do
        wait_until curl -sfo "$BATS_TEST_TMPDIR/got" "http://$at:$port/GPL-3"
        cmp "$BATS_TEST_TMPDIR/got" /usr/share/common-licenses/GPL-3
    done
}

@test "published UDP ports answer on every address, and show no sender as 127.0.0.1 (E9)" {
    python -d --name server --network pasta -p 7000/udp -p 127.0.0.1::7000/udp -- /work/echo.py 7000
    wait_until sh -c "$(declare -f lent); lent \"$MASU_BUILD/masu\" logs server | grep -q ready"
    ports=$(masu inspect server | jq -r '.[0].NetworkSettings.Ports["7000/udp"][] | .HostIp + " " + .HostPort')
    all=$(awk '$1 == "0.0.0.0" {print $2}' <<<"$ports") local=$(awk '$1 == "127.0.0.1" {print $2}' <<<"$ports")
    other=$(ip -o -4 address show scope global | awk '{sub("/.*", "", $4); print $4; exit}')
    for at in "127.0.0.1 $all" "127.0.1.1 $all" "127.0.0.1 $local"; do
        run -0 "$HOST/ask.py" udp $at 20
        [ "$output" = 10.0.2.100 ]
    done
    run -0 "$HOST/ask.py" udp "$other" "$all"
    [ "$output" = "$other" ]
}

@test "errors name the port, the program and its package" {
    hold_a_port
    run -125 masu run --rm --network pasta -p "127.0.0.1:$held:80" "$image" true
    [[ "$output" == *"tcp port $held of 127.0.0.1 is in use"*"to see the owner"* ]]
    run -125 masu run --rm --network pasta -p 203.0.113.7:8080:80 "$image" true
    [[ "$output" == *"this host has no address 203.0.113.7"* ]]
    run -125 masu run --rm --network pasta -p 127.0.0.1:"$held"-"$held":80 -p "127.0.0.1:$held-$held:81/udp" "$image" true
    [[ "$output" == *"tcp port $held of 127.0.0.1 is in use"* ]]
    run -125 masu run --rm --network pasta:-i,nosuch0 "$image" true
    [[ "$output" == *"pasta failed: "*nosuch0* && "$output" != *syslog* ]]
    hide=pasta run -125 masu run --rm --network pasta "$image" true
    [[ "$output" == *"networking needs pasta"*"install the package passt"* ]]
    run -125 masu run --rm --network pasta:-t,80 "$image" true
    [[ "$output" == *'unsupported option of pasta: "-t"'*"publish ports by -p"* ]]
    # And root's containers have no user namespace to confine it to.
    MASU_DATA_DIR=$BATS_TEST_TMPDIR/data MASU_RUN_DIR=$BATS_TEST_TMPDIR/run run -125 "$MASU_BUILD/masu" run --rm --network pasta \
        "oci:$HOST/images:busybox:latest" true
    [[ "$output" == *"user namespace of its own"*"use --network slirp4netns"* ]]
    wait_until no_pasta
}

@test "pasta has nothing of the caller's, and ends with its container however that ends" {
    for way in rm kill-monitor kill-masu; do
        if [ $way = kill-masu ]; then
            (trap '' TERM INT HUP && exec 3>&- && masu run --name "$way" --network pasta "$image" sleep 1000) &
            supervisor="masu run --name $way"
        else
            masu run -d --name "$way" --network pasta -p 127.0.0.1::80/udp "$image" sleep 1000
            supervisor=masu-monitor
        fi
        wait_until pasta_pid
        wait_until pgrep -u "$user" -f "^([^ ]*/)?$supervisor"
        pid=$(pasta_pid)
        [ "$(tr '\0' '\n' <"/proc/$pid/environ" | cut -d= -f1 | sort | xargs)" = "LANG PATH" ]
        [ "$(awk '/^SigIgn/ {print $2}' "/proc/$pid/status")" = 0000000000001000 ] # SIGPIPE, its own
        case $way in
        rm) masu rm -f "$way" ;;
        *) kill -KILL $(pgrep -u "$user" -f "^([^ ]*/)?$supervisor") ;;
        esac
        wait_until no_pasta
        masu rm -f "$way" 2>/dev/null || true
    done
}

# Each 100th system call, from a place that changes from day to day; STEP=1 FROM=1 takes every one.
@test "a start that is killed at any system call leaves no pasta and no container" {
    local n total step=${STEP:-100}
    # newuidmap gains no privileges while it is traced: the container has the user's own id alone.
    hide="/etc/subuid /etc/subgid"
    start=(env MASU_DATA_DIR="$HOST/one-id" "$MASU_BUILD/masu" run --rm --network pasta "oci:$HOST/images:busybox:latest" true)
    lent "${start[@]}" 2>/dev/null
    total=$(lent "$MASU_BUILD/kill-at" first 1000000 "${start[@]}" 2>/dev/null | tail -n 1)
    [ "$total" -gt 300 ]
    for n in $(seq "${FROM:-$(($(date +%j | sed 's/^0*//') % step + 1))}" "$step" "$total"); do
        lent "$MASU_BUILD/kill-at" first "$n" "${start[@]}" >/dev/null 2>&1 || true # there may be some calls less
        wait_until no_pasta
        run lent "${start[@]}"
        [ "$status" = 0 ] || { echo "after a kill at $n: $output" && return 1; }
    done
    # A kill between create and start leaves a created container, as with docker.
    run -0 --separate-stderr lent env MASU_DATA_DIR="$HOST/one-id" "$MASU_BUILD/masu" ps -a --format '{{.State}}'
    [ -z "$(grep -vx created <<<"$output")" ] || { echo "$output" && return 1; }
}
