#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# journal.py SOCKET: takes entries by the journal's native protocol and prints each as a JSON object.
import json
import os
import socket
import sys

s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
while True:
    entry, fds, _, _ = socket.recv_fds(s, 1 << 20, 1)
    for fd in fds:
        entry = os.pread(fd, 1 << 24, 0)
        os.close(fd)
    fields = {}
    while entry:
        line, _, entry = entry.partition(b"\n")
        name, equals, value = line.partition(b"=")
        if not equals:
            size = int.from_bytes(entry[:8], "little")
            value, entry = entry[8 : 8 + size], entry[9 + size :]
        fields[name.decode()] = value.decode(errors="replace")
    print(json.dumps(fields), flush=True)
