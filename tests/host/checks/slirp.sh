# In the machine, as alice: slirp4netns and published ports. The probes come on stdin as a tar.
# SPDX-License-Identifier: Apache-2.0
set -u
. /masu/tests/host/checks/say.sh
{ cd /tmp/probes 2>/dev/null || { mkdir /tmp/probes && cd /tmp/probes && tar x; }; } && mkdir -m 700 /tmp/r || exit

part "slirp4netns: an interface, and its options"
says "an interface" '10\.0\.2\.100/24' ./network /tmp/r sh -c 'ip address; ip route; stat -c "mode %a" /tmp/r/slirp.sock'
also "its mtu" 'tap0:.* mtu 65520'
also "a route" 'default via 10.0.2.2 dev tap0'
also "the socket is alice's alone" '^mode 700$'
says "options" '10\.9\.8\.100/24' ./network -n slirp4netns:cidr=10.9.8.0/24,mtu=1500,enable_ipv6=true /tmp/r ip address
also "its mtu" 'tap0:.* mtu 1500'

part "slirp4netns: the host's loopback"
says "the host's loopback is out of reach" '^status 7$' ./network /tmp/r curl -sS -m 5 http://10.0.2.2:5000/v2/
says "unless it is asked for" '^got 200' \
    ./network -n slirp4netns:allow_host_loopback=true /tmp/r curl -sS -m 60 -o /dev/null -w 'got %{http_code}\n' http://10.0.2.2:5000/v2/

part "slirp4netns: published TCP ports"
./network -p 8080:80 -p 127.0.0.1:8090-8091:90-91 -p 5300:53/udp -p 80 /tmp/r \
    "${until_released[@]}" systemd-socket-activate --listen 80 --accept --inetd cat >/tmp/server 2>&1 &
wait_until grep -q Listening /tmp/server
echo_at() { timeout 60 bash -c "exec 3<>/dev/tcp/127.0.0.1/$1 && echo hello >&3 && head -n 1 <&3"; }
says "a published port" '^hello$' echo_at 8080
free=$(sed -n 's/^port 0.0.0.0:\([0-9]*\)->80.tcp$/\1/p' /tmp/server | tail -n 1)
says "a free port" '^hello$' echo_at "$free"
says "ranges and protocols" '^port 127.0.0.1:8091->91/tcp$' cat /tmp/server
also "udp" '^port 0.0.0.0:5300->53/udp$'
release

part "slirp4netns: published UDP ports"
# UDP from every address of the host, and no sender seen as 127.0.0.1.
tests=/masu/tests/integration/network
./network -p 5310:7000/udp -p 127.0.0.1:5311:7000/udp /tmp/r "${until_released[@]}" $tests/echo.py 7000 >/tmp/server 2>&1 &
wait_until grep -q ready /tmp/server
says "udp on 127.0.0.1" '^10\.0\.2\.100$' $tests/ask.py udp 127.0.0.1 5310
says "udp on the host's name" '^10\.0\.2\.100$' $tests/ask.py udp 127.0.1.1 5310
says "a udp port of 127.0.0.1" '^10\.0\.2\.100$' $tests/ask.py udp 127.0.0.1 5311 20
release
! pgrep -x masu-udp >/dev/null || fail "the relay ends with its parent"

part "slirp4netns: refusals name their reason"
says "a port in use" 'tcp port 5000 of 0.0.0.0 is in use' ./network -p 5000:80 /tmp/r true
says "a port of root's" 'ip_unprivileged_port_start=80' ./network -p 80:80 /tmp/r true
says "an address that isn't here" 'no address 203.0.113.7' ./network -p 203.0.113.7:8080:80 /tmp/r true
says "its own error" 'slirp4netns failed: .*outbound-addr' ./network -n slirp4netns:outbound_addr=nosuch0 /tmp/r true
long=/tmp/$(printf 'a%.0s' $(seq 120))
mkdir "$long"
says "a long path" '^port 0.0.0.0:9090->80/tcp$' ./network -p 9090:80 "$long" true
says "not installed" 'install the package slirp4netns' sudo unshare -m sh -c \
    'mount --bind /dev/null /usr/bin/slirp4netns; runuser -u alice -- ./network /tmp/r true'

part "slirp4netns: ends with its supervisor"
./network /tmp/r sleep 1000 >"$work/said" &
supervisor=$!
wait_until grep -q '^took' "$work/said"
helper=$(sed -n 's/^helper //p' "$work/said")
[ "$(tr '\0' '\n' </proc/"$helper"/environ | cut -d= -f1 | sort | tr '\n' ' ')" = "LANG PATH " ] || fail "a bare environment"
! ls -l /proc/"$helper"/fd | grep -q /tmp/r || fail "no directory of the host's"
kill -KILL $supervisor
wait_until '[ ! -d "/proc/$helper" ]' || fail "slirp4netns ends with its supervisor"

the_end
