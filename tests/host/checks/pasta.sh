# In the machine, as alice: pasta and published ports. The probes come on stdin as a tar (slirp.sh unpacks them).
# SPDX-License-Identifier: Apache-2.0
set -u
. /masu/tests/host/checks/say.sh
{ cd /tmp/probes 2>/dev/null || { mkdir /tmp/probes && cd /tmp/probes && tar x; }; } && mkdir -p -m 700 /tmp/r || exit

part "pasta: a host without a default route is named"
says "its own error" 'pasta failed: .*routable interface' ./network -n pasta /tmp/r true

# pasta needs a way out; the machine has none.
sudo sh -c 'ip link add dummy0 type dummy; ip address add 198.51.100.1/24 dev dummy0; ip link set dummy0 up
    ip route add default via 198.51.100.2'

part "pasta: an interface, and its options"
says "an interface" 'inet 10\.0\.2\.100/24' ./network -n pasta /tmp/r sh -c 'ip address; ip route'
also "its mtu" 'tap0:.* mtu 65520'
also "a route" 'default via 10.0.2.2 dev tap0'
says "options" 'inet 10\.9\.8\.7/24' ./network -n pasta:-a,10.9.8.7,-g,10.9.8.1,--mtu,1400 /tmp/r ip address
also "its mtu" 'tap0:.* mtu 1400'

part "pasta: the host's loopback"
says "the host's loopback is out of reach" '^status [1-9]' ./network -n pasta /tmp/r curl -sS -m 5 http://10.0.2.2:5000/v2/
says "unless it is asked for" '^got 200' \
    ./network -n pasta:--map-gw /tmp/r curl -sS -m 60 -o /dev/null -w 'got %{http_code}\n' http://10.0.2.2:5000/v2/
says "or one port of it" '^got 200' \
    ./network -n pasta:-T,5000 /tmp/r curl -sS -m 60 -o /dev/null -w 'got %{http_code}\n' http://127.0.0.1:5000/v2/

part "pasta: published TCP and UDP ports"
tests=/masu/tests/integration/network
./network -n pasta -p 5320:7000/udp -p 127.0.0.1:5321:7000/udp -p 8180:80 -p 127.0.0.1:8190-8191:90-91 /tmp/r \
    "${until_released[@]}" sh -c "$tests/echo.py 7000 & echo=\$!; python3 -u -m http.server 80 --directory /masu/tests & http=\$!
        trap 'kill \$echo \$http' TERM; wait" >"$work/server" 2>&1 &
wait_until grep -q ready "$work/server"
says "udp on 127.0.0.1" '^10\.0\.2\.100$' $tests/ask.py udp 127.0.0.1 5320
says "a udp port of 127.0.0.1" '^10\.0\.2\.100$' $tests/ask.py udp 127.0.0.1 5321 20
says "udp on another address" '^198\.51\.100\.1$' $tests/ask.py udp 198.51.100.1 5320
becomes "tcp on 127.0.0.1" curl -sf -m 5 http://127.0.0.1:8180/
becomes "tcp on another address" curl -sf -m 5 http://198.51.100.1:8180/
says "ranges" '^port 127.0.0.1:8191->91/tcp$' cat "$work/server"
release
! pgrep -x masu-udp >/dev/null || fail "the relay ends with its parent"

part "pasta: refusals name their reason"
says "a port in use" 'tcp port 5000 of 0.0.0.0 is in use' ./network -n pasta -p 5000:80 /tmp/r true
says "a port of root's" 'ip_unprivileged_port_start=80' ./network -n pasta -p 80:80 /tmp/r true
says "an address that isn't here" 'no address 203.0.113.7' ./network -n pasta -p 203.0.113.7:8080:80 /tmp/r true
says "not installed" 'install the package passt' sudo unshare -m sh -c \
    'mount --bind /dev/null /usr/bin/pasta; runuser -u alice -- ./network -n pasta /tmp/r true'

part "pasta: ends with its supervisor"
./network -n pasta /tmp/r sleep 1000 >"$work/said" &
supervisor=$!
wait_until grep -q '^took' "$work/said"
helper=$(sed -n 's/^helper //p' "$work/said")
[ "$(tr '\0' '\n' < <(sudo cat "/proc/$helper/environ") | cut -d= -f1 | sort | tr '\n' ' ')" = "LANG PATH " ] || fail "a bare environment"
kill -KILL $supervisor
becomes "pasta ends" sh -c "! [ -d /proc/$helper ]"

the_end
