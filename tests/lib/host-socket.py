# SPDX-License-Identifier: Apache-2.0
"""host-socket.py SOCKET PROGRAM [ARG...]: what masu-host.socket does, where no systemd runs. Executes the program for each
connection as systemd executes an instance of masu-host@.service, and ends with its standard input."""
import os
import select
import socket
import subprocess
import sys

path, command = sys.argv[1], sys.argv[2:]
listening = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
os.umask(0o077)
listening.bind(path)
listening.listen(64)
print("listening", flush=True)
os.umask(0o022)
running = []
while True:
    ready, _, _ = select.select([listening, sys.stdin], [], [])
    if sys.stdin in ready:
        break
    connection, _ = listening.accept()
    running = [p for p in running if p.poll() is None]
    running.append(subprocess.Popen(command, stdin=connection, stdout=subprocess.DEVNULL, start_new_session=True))
    connection.close()
