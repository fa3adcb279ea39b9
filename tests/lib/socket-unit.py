# SPDX-License-Identifier: Apache-2.0
# What a socket of systemd does, without systemd: socket-unit.py FIFO ADDRESS:PORT... -- COMMAND...
# Port 0 is any free one. Prints the ports, listens, and runs the command with the sockets whenever a connection waits and the
# command does not run; killed by a signal, it is run again. Ends when it is terminated, and then removes the FIFO and ends the
# command. "@PORT1" and so on in the command are replaced by the ports.
import os, select, signal, socket, sys, time

fifo, rest = sys.argv[1], sys.argv[2:]
addresses, command = rest[:rest.index("--")], rest[rest.index("--") + 1:]
sockets = []
for address in addresses:
    host, port = address.rsplit(":", 1)
    v6 = host.startswith("[")
    s = socket.socket(socket.AF_INET6 if v6 else socket.AF_INET)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if v6:
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    s.bind((host.strip("[]"), int(port)))
    s.listen(4096)
    sockets.append(s)
os.makedirs(os.path.dirname(fifo), exist_ok=True)
os.mkfifo(fifo, 0o600)
fds = [s.fileno() for s in sockets] + [os.open(fifo, os.O_RDWR | os.O_NONBLOCK)]
child = 0


def end(*_):
    os.unlink(fifo)
    if child:
        os.kill(child, signal.SIGTERM)
        os.waitpid(child, 0)
    os._exit(0)


def run():
    pid = os.fork()
    if pid:
        return pid
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    high = [os.dup(os.dup2(fd, 100 + i)) for i, fd in enumerate(fds)]
    for i in range(len(fds)):
        os.dup2(100 + i, 3 + i, inheritable=True)
    os.closerange(3 + len(fds), 200)
    print("runs", os.getpid(), file=sys.stderr, flush=True)
    os.environ.update(LISTEN_FDS=str(len(fds)), LISTEN_PID=str(os.getpid()))
    os.execv(command[0], command)


signal.signal(signal.SIGTERM, end)
print(*[s.getsockname()[1] for s in sockets], flush=True)
while True:
    select.select(fds, [], [])
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    child = run()
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
    while True:
        pid, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            break
        child = run()
    child = 0
    if os.WEXITSTATUS(status) > 1:
        time.sleep(0.1)
