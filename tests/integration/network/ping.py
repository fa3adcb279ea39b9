#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# ping.py ADDRESS: sends an echo request as ping(8) does without privileges, and prints the sender of the answer.
import socket
import struct
import sys

six = ":" in sys.argv[1]
s = socket.socket(socket.AF_INET6 if six else socket.AF_INET, socket.SOCK_DGRAM, 58 if six else 1)
s.settimeout(20)
try:
    s.sendto(struct.pack("!BBHHH", 128 if six else 8, 0, 0, 0, 1) + b"hello", (sys.argv[1], 0))
    data, sender = s.recvfrom(100)
except OSError as e:
    sys.exit(f"{sys.argv[1]}: {e}")
print(sender[0] if data.endswith(b"hello") else "another answer")
