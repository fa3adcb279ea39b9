#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs `masu run -it IMAGE sh` at a pseudo-terminal of its own and types at it.

usage: terminal.py MASU IMAGE CASE"""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time

MASU, IMAGE, CASE = sys.argv[1:]


class Terminal:
    def __init__(self, *options, argv=None):
        self.master, slave = pty.openpty()
        self.resize(33, 101)
        self.before = termios.tcgetattr(slave)
        self.slave = slave
        self.text = ""

        def own():
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        self.process = subprocess.Popen(
            argv or [MASU, "run", *options, "--network", "none", IMAGE, "sh"],
            stdin=slave, stdout=slave, stderr=slave, preexec_fn=own)

    def resize(self, rows, columns):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def type(self, text):
        os.write(self.master, text.encode())

    def expect(self, pattern, seconds=120):
        """Reads until the pattern comes, and discards the output before it."""
        end = time.monotonic() + seconds
        while not (found := re.search(pattern, self.text)):
            ready = select.select([self.master], [], [], max(0, end - time.monotonic()))[0]
            if not ready:
                sys.exit(f"waited in vain for {pattern!r}; there was {self.text!r}")
            self.text += os.read(self.master, 4096).decode(errors="replace")
        self.text = self.text[found.end():]
        return found

    def end(self):
        status = self.process.wait(timeout=120)
        after = termios.tcgetattr(self.slave)
        assert after == self.before, "the terminal was not put back"
        return status


def size():
    t = Terminal("--rm", "-it")
    t.expect("# ")
    t.type("stty size; tty; echo $TERM\n")
    t.expect("33 101\r\n/dev/pts/0\r\nxterm")
    t.resize(40, 120)
    os.kill(t.process.pid, signal.SIGWINCH)
    t.type("until [ \"$(stty size)\" = '40 120' ]; do sleep 0.1; done; echo re''sized\n")
    t.expect("resized")
    t.type("exit 7\n")
    assert t.end() == 7


def early():
    """The size is there when the command starts, however late masu is: its own calls are delayed."""
    delayed = ["strace", "-qq", "-o", "/dev/null", "-e", "inject=ioctl:delay_enter=300000", MASU]
    for command in (["run", "--name", "early", "-t", "--network", "none", IMAGE, "stty", "size"],
                    ["start", "-a", "early"]):
        t = Terminal(argv=delayed + command)
        t.expect("33 101")
        assert t.end() == 0


def begin(t):
    """A command in the foreground, which has the terminal's signals when this returns."""
    t.type("sh -c 'echo be\"\"gun; exec sleep 1000'\n")
    t.expect("begun")


def keys():
    t = Terminal("--rm", "-it")
    t.expect("# ")
    begin(t)
    t.type("\x03")
    t.type("echo status $?\n")
    t.expect("status 130")
    begin(t)
    t.type("\x1a")  # Ctrl-Z: a job of the shell inside, not of the caller's
    t.type("jobs\n")
    t.expect("Stopped")
    t.type("kill %1; exit 0\n")
    t.type("exit 3\n")
    assert t.end() in (0, 3)


def killed():
    """kill -9 of the container: the terminal is sane afterwards."""
    t = Terminal("--name", "killed", "-it")
    t.expect("# ")
    subprocess.run([MASU, "kill", "-s", "KILL", "killed"], check=True, stdout=subprocess.DEVNULL)
    assert t.end() == 137


def terminated():
    """SIGTERM to masu goes to the container, whose shell ignores it; SIGHUP ends it."""
    t = Terminal("--rm", "-it")
    t.expect("# ")
    t.process.terminate()
    time.sleep(0.3)
    assert t.process.poll() is None
    t.type("exit 5\n")
    assert t.end() == 5


def much():
    t = Terminal("--rm", "-it")
    t.expect("# ")
    t.type("stty -echo; i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done; exit\n")
    t.expect("line 19999\r\n", 60)
    assert t.end() == 0


# The cases of a container in IMAGE's place, which is running.


def exec_sh(*options):
    t = Terminal(argv=[MASU, "exec", "-it", *options, IMAGE, "sh"])
    t.expect("# ")
    return t


def in_exec():
    t = exec_sh()
    t.type("stty size; tty; echo $TERM\n")
    t.expect("33 101\r\n/dev/pts/[0-9]+\r\nxterm")
    t.resize(40, 120)
    os.kill(t.process.pid, signal.SIGWINCH)
    t.type("until [ \"$(stty size)\" = '40 120' ]; do sleep 0.1; done; echo resi''zed\n")
    t.expect("resized")
    t.type("sh -c 'trap \"echo inter''rupted; exit\" INT; echo wait''ing; while :; do sleep 0.1; done'\n")
    t.expect("waiting")
    t.type("\x03")
    t.expect("interrupted")
    t.expect("# ")
    t.type("exit 7\n")
    assert t.end() == 7
    t = exec_sh()
    t.type("\x04")
    assert t.end() == 0


def detach_exec():
    t = exec_sh()
    t.type("trap 'echo hung up >/hup' HUP; sleep 4321\n")
    t.expect("4321")
    t.type("\x10\x11")
    assert t.end() == 0
    assert subprocess.run([MASU, "exec", IMAGE, "test", "-e", "/hup"]).returncode == 1


def own_keys():
    t = exec_sh("--detach-keys", "ctrl-x,d")
    t.type("echo a\x10\x11b | cat -v\n\x18")
    t.expect("\\^P\\^Q|a.*b")
    t.type("d")
    assert t.end() == 0
    t = exec_sh("--detach-keys", "")
    t.type("\x10\x11\nexit 6\n")
    assert t.end() == 6


def attach():
    t = Terminal(argv=[MASU, "attach", IMAGE])
    t.type("stty size\n")
    t.expect("33 101\r\n")
    t.resize(40, 120)
    os.kill(t.process.pid, signal.SIGWINCH)
    t.type("until [ \"$(stty size)\" = '40 120' ]; do sleep 0.1; done; echo resi''zed\n")
    t.expect("resized")
    t.type("x=kept\n\x10\x11")
    assert t.end() == 0
    t = Terminal(argv=[MASU, "attach", IMAGE])
    t.type("echo still $x\n")
    t.expect("still kept")
    t.type("\x10\x11")
    assert t.end() == 0


CASES = {"exec": in_exec, "detach-exec": detach_exec, "own-keys": own_keys, "attach": attach,
         "size": size, "early": early, "keys": keys, "killed": killed, "terminated": terminated, "much": much}
CASES[CASE]()
