#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Reads a container's log by masu-systemd (src/systemd/journal.h) and prints "STREAM[+] TEXT", "+" for a partial line.

    journal.py MASU-SYSTEMD COUNT [OPTION...] ID     at most COUNT entries, and "end" if the log ended before
"""
import socket
import struct
import subprocess
import sys

DONE, ENTRY, ERROR = 2, 9, 0
program, count, *args = sys.argv[1:]
ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
ours.settimeout(60)
child = subprocess.Popen([program, "journal", *args], stdin=theirs)
theirs.close()
for _ in range(int(count)):
    message = ours.recv(1 << 17)
    if not message:
        sys.exit("end of file")
    kind = struct.unpack_from("I", message)[0]
    if kind == DONE:
        print("end")
        break
    if kind != ENTRY:
        sys.exit(f"unexpected message {kind}: {message[4:]}")
    time, is_stderr, partial = struct.unpack_from("=qBB", message, 4)
    text = message[20:].decode()
    text = text if len(text) < 100 else f"{len(text)} bytes"
    print(f"{'err' if is_stderr else 'out'}{'+' if partial else ''} {text}", flush=True)
ours.close()
sys.exit(child.wait())
