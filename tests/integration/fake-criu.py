#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A criu that notes what it is asked ("criu swrk FD"), and does no more than FAKE_CRIU_DO says.

The request's type and options go to SAID, one "NUMBER VALUE" a line; then the file DO, beside it, is
run by sh with the work folder as its own. Its exit status decides on the answer.
"""
import os
import socket
import subprocess
import sys

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
    done = subprocess.call(["sh", f"{HERE}/do"]) == 0
    peer.send(bytes([8, request[1], 16, done]))


main()
