#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""From outside: runs a program on a terminal of 33 rows and 99 columns, types a line at its first prompt, prints what
it wrote and exits with its status."""

import fcntl
import os
import pty
import struct
import sys
import termios

pid, terminal = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack('HHHH', 33, 99, 0, 0))
    os.execv(sys.argv[1], sys.argv[1:-1])
written = b''
typed = False
while True:
    try:
        written += os.read(terminal, 4096)
    except OSError:
        break
    if not typed and b'$' in written:
        os.write(terminal, sys.argv[-1].encode() + b'\n')
        typed = True
print(written.decode(errors='replace'))
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
