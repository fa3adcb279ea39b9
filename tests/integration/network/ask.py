#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# ask.py tcp|udp ADDRESS PORT [N]: asks an echo.py, N senders at once; prints the addresses that it saw.
# 1 without the right answer, from the address that was asked, in 20 seconds ($ASK_SECONDS).
import os
import socket
import sys

kind, address, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
count = int(sys.argv[4]) if len(sys.argv) > 4 else 1
family = socket.AF_INET6 if ":" in address else socket.AF_INET
seen = set()
senders = []
try:
    for i in range(count):
        s = socket.socket(family, socket.SOCK_DGRAM if kind == "udp" else socket.SOCK_STREAM)
        s.settimeout(int(os.environ.get("ASK_SECONDS", 20)))
        s.connect((address, port))  # for UDP: takes answers from there alone
        senders.append(s)
    # One after the other, as a queue of datagrams overflows; each sender is asked twice.
    for i, s in enumerate(senders * (2 if kind == "udp" else 1)):
        data = b"%d:" % i + b"x" * (i * 100 % 60000)
        s.send(data)  # pasta (2023) connects to the server when it has something to send
        peer, _, rest = s.recv(65536).partition(b" ")
        if kind == "udp" and rest != data:
            sys.exit("the answer differs from the request")
        seen.add(peer.decode())
except OSError as e:
    sys.exit(f"{kind} {address} {port}: {e}")
if seen == {""}:
    sys.exit(f"{kind} {address} {port}: no answer")
print("\n".join(sorted(seen)))
