#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""seccomp-agent SOCKET OUT COMMAND...: runs a command, being the agent of its container's filter.

It writes the messages of SOCKET to OUT, and answers each system call that the filter reports with EXDEV,
except the calls of AT_FIRST, which the start of the container needs.
"""

import array
import fcntl
import json
import os
import select
import socket
import struct
import subprocess
import sys

RECV, SEND, CONTINUE, EXDEV = 0xC0502100, 0xC0182101, 1, 18
AT_FIRST = json.loads(os.environ.get('AT_FIRST', '[]'))

path, out, command = sys.argv[1], sys.argv[2], sys.argv[3:]
server = socket.socket(socket.AF_UNIX)
server.bind(path)
server.listen()
child = subprocess.Popen(command)
server.settimeout(20)
connection, _ = server.accept()
text, control, _, _ = connection.recvmsg(1 << 16, socket.CMSG_SPACE(4))
while more := connection.recv(1 << 16):
    text += more
fd = array.array('i', control[0][2])[0]
with open(out, 'w', encoding='utf-8') as file:
    file.write(text.decode())
poll = select.poll()
poll.register(fd, select.POLLIN)
while child.poll() is None:
    for _, event in poll.poll(100):
        if not event & select.POLLIN:
            child.wait()
            break
        notification = bytearray(80)
        try:
            fcntl.ioctl(fd, RECV, notification)
            number = struct.unpack_from('i', notification, 16)[0]
            go_on = number in AT_FIRST
            fcntl.ioctl(fd, SEND, notification[:8] + struct.pack('qiI', 0, 0 if go_on else -EXDEV, CONTINUE if go_on else 0))
        except FileNotFoundError:
            pass  # it was killed meanwhile
sys.exit(child.returncode)
