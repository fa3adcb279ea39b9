# SPDX-License-Identifier: Apache-2.0
# Waiting for a condition, in bats files and in the scripts that run in the test machine.

# wait_until CONDITION: evaluates the shell text, or runs the words, until it succeeds. The limit is only for a test
# that fails: a slow machine needs a long one.
wait_until() {
	local limit=$((SECONDS + ${WAIT_LIMIT:-120}))
	until if [ $# = 1 ]; then eval "$1"; else "$@"; fi 2>/dev/null; do
		[ "$SECONDS" -lt "$limit" ] || { echo "not within ${WAIT_LIMIT:-120} s: $*"; return 1; }
		sleep 0.05
	done
}

# Prints a port that TCP and UDP have free on every address now.
free_port() {
	python3 -c 'import socket
tcp, udp = socket.socket(), socket.socket(type=socket.SOCK_DGRAM)
while True:
    tcp.bind(("", 0))
    try:
        udp.bind(tcp.getsockname())
        break
    except OSError:
        tcp = socket.socket()
print(tcp.getsockname()[1])'
}

# Whether something accepts connections at a TCP port of the loopback interface.
port_answers() { # PORT
	(exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}
