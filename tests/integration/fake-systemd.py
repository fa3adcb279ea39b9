#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""In place of masu-systemd: `units` for services whose jobs and states are programs of the test.

As bin/masu-systemd it is beside the directory `units`. units/job UNIT VERB does a job, and its exit status says whether
it has succeeded; units/state UNIT prints the state of the unit, or fails if it does not exist. units/log gets a line for
each job. See systemd/message.h and base/channel.h.
"""

import os
import socket
import struct
import subprocess
import sys

ERROR, READY, DONE, JOB, STATE = 0, 1, 2, 13, 14
NOT_FOUND, UNAVAILABLE = 2, 6
ENOENT, EIO = 2, 5
UNITS = os.path.join(os.path.dirname(os.path.dirname(__file__)), 'units')  # masu gives it no environment


def error(channel, kind, code, message):
    text = message.encode()
    channel.send(struct.pack('=IIiI', ERROR, kind, code, len(text)) + text)


def program(name, *words):
    return subprocess.run([os.path.join(UNITS, name), *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, check=False)


def do_job(channel, unit, verb):
    with open(os.path.join(UNITS, 'log'), 'a', encoding='utf-8') as log:
        print(verb, unit, file=log)
    if program('job', unit, verb).returncode == 0:
        channel.send(struct.pack('=I', DONE))
    else:
        error(channel, UNAVAILABLE, EIO, 'systemd\'s job for the unit "%s" ended as "failed"' % unit)


def tell_state(channel, unit):
    done = program('state', unit)
    if done.returncode == 0:
        channel.send(struct.pack('=I', STATE) + done.stdout.strip())
    else:
        error(channel, NOT_FOUND, ENOENT, 'unit "%s" not found' % unit)


def main():
    channel = socket.socket(fileno=0)
    channel.send(struct.pack('=I', READY) + b'fake')
    while True:
        message = channel.recv(65536)
        if not message:
            return
        kind = struct.unpack_from('=I', message)[0]
        strings = message[4:].decode().split('\0')
        if kind == JOB:
            do_job(channel, strings[1], strings[2])
        elif kind == STATE:
            tell_state(channel, strings[1])
        else:
            error(channel, UNAVAILABLE, EIO, 'the request has no answer here')


try:
    main()
except (BrokenPipeError, ConnectionResetError):
    sys.exit(0)
