# SPDX-License-Identifier: Apache-2.0
"""A service manager for a command: fake-manager.py LOG COMMAND...

Each message to the command's NOTIFY_SOCKET becomes a line of LOG: "main" or "other", as systemd tells the main process from
the others, the text with "|" between its lines, and the number of descriptors if it has some. "STATUS=signal" sends SIGALRM to
the main process. Its own exit status is that of the command.
"""

import array
import os
import signal
import socket
import struct
import sys
import tempfile

log = open(sys.argv[1], 'a', buffering=1)
directory = tempfile.TemporaryDirectory()
path = directory.name + '/notify'
sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
sock.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
sock.bind(path)
main = os.fork()
if main == 0:
    os.environ.update(NOTIFY_SOCKET=path, WATCHDOG_USEC='7000000', WATCHDOG_PID=str(os.getpid()))
    os.execvp(sys.argv[2], sys.argv[2:])


def take():
    text, control, _, _ = sock.recvmsg(65536, 4096)
    sender, fds = 0, array.array('i')
    for _, kind, data in control:
        if kind == socket.SCM_CREDENTIALS:
            sender = struct.unpack('iii', data)[0]
        if kind == socket.SCM_RIGHTS:
            fds.frombytes(data)
    for fd in fds:
        os.close(fd)
    line = text.decode().replace('\n', '|')
    print('main' if sender == main else 'other', line, len(fds) or '', file=log)
    if line == 'STATUS=signal':
        os.kill(main, signal.SIGALRM)


def forward(number, _):
    os.kill(main, number)


signal.signal(signal.SIGTERM, forward)
status = None
while status is None:
    sock.settimeout(0.05)
    try:
        take()
    except TimeoutError:
        pid, result = os.waitpid(main, os.WNOHANG)
        if pid:
            status = os.waitstatus_to_exitcode(result)
sock.setblocking(False)
try:
    while True:
        take()
except BlockingIOError:
    pass
sys.exit(status)
