#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# name-server.py ADDRESS: answers each question for an IPv4 address with 203.0.113.99, and others with nothing.
import socket
import struct
import sys

s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind((sys.argv[1], 53))
print("ready", flush=True)
while True:
    query, peer = s.recvfrom(512)
    end = 12
    while query[end]:
        end += query[end] + 1
    end += 5
    kind = struct.unpack("!H", query[end - 4:end - 2])[0]
    found = kind == 1
    answer = b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 60, 4) + bytes((203, 0, 113, 99)) if found else b""
    s.sendto(query[:2] + struct.pack("!HHHHH", 0x8180, 1, found, 0, 0) + query[12:end] + answer, peer)
