#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A criu that notes what it is asked ("criu swrk FD"), and does no more than FAKE_CRIU_DO says.

The request's type and options go to SAID, one "NUMBER VALUE" a line; then the file DO, beside it, is
run by sh with the work directory as its own. Its exit status decides on the answer. If a file
INIT exists, the restored process is one in new namespaces, provided that the notice about it gets a good answer.
"""
import os
import socket
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.realpath(__file__))


def varint(data):
    value = shift = 0
    while True:
        byte, data = data[0], data[1:]
        value |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            return value, data


def fields(data):
    while data:
        tag, data = varint(data)
        value, data = varint(data)
        if tag & 7 == 2:
            value, data = data[:value], data[value:]
        yield tag >> 3, value


def number(value):
    return bytes([value & 0x7F | 0x80]) + number(value >> 7) if value > 0x7F else bytes([value])


def field(tag, value):
    if isinstance(value, int):
        return number(tag << 3) + number(value)
    return number(tag << 3 | 2) + number(len(value)) + value


def restore(peer):
    """The pid of the new process, or None."""
    made = subprocess.Popen(
        ["unshare", "--net", "--ipc", "--uts", "sleep", "1000"],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )
    while open(f"/proc/{made.pid}/comm").read() != "sleep\n":
        time.sleep(0.01)
    notice = field(1, b"setup-namespaces") + field(2, made.pid)
    peer.send(field(1, 6) + field(2, 1) + field(5, notice))
    if dict(fields(peer.recv(1 << 20))).get(3):
        return made.pid
    made.kill()
    return None


def main():
    peer = socket.socket(fileno=int(sys.argv[2]))
    request = dict(fields(peer.recv(1 << 20)))
    options = list(fields(request[2]))
    with open(f"{HERE}/said", "w") as said:
        print("type", request[1], file=said)
        for number, value in options:
            print(number, value.decode(errors="replace") if isinstance(value, bytes) else value, file=said)
    work = os.open(f"/proc/{os.getppid()}/fd/{dict(options)[17]}", os.O_RDONLY)
    os.fchdir(work)
    if os.path.exists(f"{HERE}/die"):
        os.kill(os.getpid(), 9)
    answer = b""
    if os.path.exists(f"{HERE}/init"):
        made = restore(peer)
        done = made is not None
        answer = field(4, field(1, made or 0))
    else:
        done = subprocess.call(["sh", f"{HERE}/do"]) == 0
    peer.send(field(1, request[1]) + field(2, done) + answer)


main()
