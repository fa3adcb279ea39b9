# SPDX-License-Identifier: Apache-2.0
"""host-terminal.py PROGRAM [ARG...]: runs it on a terminal and plays the person in front of it. Each line of standard input is
"TEXT KEYS": waits until the output has TEXT behind all that earlier lines have found, and then types KEYS (escapes of Python), or
gives the terminal a size ("size:ROWSxCOLUMNS"). Prints the output; exits with the program's status, or 99 if a text did not come."""
import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios

steps = [line.split(None, 1) for line in sys.stdin.read().splitlines()]
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
output, seen = b'', 0
while True:
    while steps and (at := output.find(steps[0][0].encode(), seen)) >= 0:
        text, keys = steps.pop(0)
        seen = at + len(text)
        if keys.startswith('size:'):
            rows, columns = map(int, keys[5:].split('x'))
            fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))
        else:
            os.write(terminal, keys.encode().decode('unicode_escape').encode())
    if not select.select([terminal], [], [], 120)[0]:  # the limit is only for a test that fails
        os.kill(pid, signal.SIGKILL)
    try:
        read = os.read(terminal, 4096)
    except OSError:
        read = b''
    if not read:
        break
    output += read
status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
sys.stdout.write(output.decode(errors='replace').replace('\r\n', '\n'))
sys.exit(99 if steps else status)
