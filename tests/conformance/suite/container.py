# SPDX-License-Identifier: Apache-2.0
"""The runtime under test, and containers that it makes, by the command line that all of them have."""

import collections
import json
import os
import subprocess
import time

from suite.registry import Failed

Outcome = collections.namedtuple('Outcome', 'status out err')


def parse(text):
    """The lines of the probe; the last may be half, while it sleeps."""
    said = []
    for line in text.splitlines():
        if line.startswith('{'):
            try:
                said.append(json.loads(line))
            except ValueError:
                pass
    return said


class Runtime:
    """`prefix` stands before the runtime's name: the wrapper that refuses system calls."""

    def __init__(self, command, options, root, prefix=()):
        self.command = [*prefix, *command, '--root', root, *options]
        self.name = os.path.basename(command[-1])
        self.root = root

    def call(self, *args, cwd=None, out=None, err=None, stdin=subprocess.DEVNULL, pass_fds=(),
             before=()):
        """Standard output and error go to files: a container that stays would keep a pipe open."""
        with open(out or os.devnull, 'wb') as o, open(err or os.devnull, 'wb') as e:
            status = subprocess.run([*before, *self.command, *args], stdin=stdin, stdout=o,
                                    stderr=e, cwd=cwd, pass_fds=pass_fds, check=False).returncode
        return status

    def ask(self, *args, cwd=None):
        """For what starts nothing."""
        done = subprocess.run([*self.command, *args], stdin=subprocess.DEVNULL,
                              capture_output=True, cwd=cwd, check=False)
        return Outcome(done.returncode, done.stdout.decode(errors='replace'),
                       done.stderr.decode(errors='replace'))


class Container:
    def __init__(self, runtime, bundle, name, before=()):
        self.runtime, self.bundle, self.id, self.before = runtime, bundle, name, before
        self.out = os.path.join(bundle.path, 'out')
        self.err = os.path.join(bundle.path, 'err')
        self.pid = 0

    def _call(self, *args, **more):
        return self.runtime.call(*args, out=self.out, err=self.err, before=self.before, **more)

    def errors(self):
        return ' '.join(self.bundle.text('err').split())

    def run(self, *options, **more):
        """The exit status of the container, or of the runtime when it fails."""
        self.bundle.save()
        return self._call('run', '--bundle', self.bundle.path, *options, self.id, **more)

    def try_create(self, *options, **more):
        self.bundle.save()
        pid_file = os.path.join(self.bundle.path, 'pid')
        status = self._call('create', '--bundle', self.bundle.path, '--pid-file', pid_file,
                            *options, self.id, **more)
        if status == 0:
            self.pid = int(self.bundle.text('pid'))
        return status == 0

    def create(self, *options, **more):
        if not self.try_create(*options, **more):
            raise Failed('create fails: ' + self.errors())
        return self

    def try_start(self):
        return self.runtime.ask('start', self.id)

    def start(self):
        done = self.try_start()
        if done.status != 0:
            raise Failed('start fails: ' + done.err.strip())
        return self

    def ready(self, text='"ready":1'):
        """Waits until the probe has said that it sleeps."""
        return self.wait_for(lambda: text in self.bundle.text('out'), 'a sleeping probe')

    def wait_for(self, condition, what):
        deadline = time.monotonic() + 10
        while not condition():
            if time.monotonic() > deadline:
                raise Failed(f'no {what}; the runtime said: {self.errors()}')
            time.sleep(0.002)
        return self

    def try_state(self):
        return self.runtime.ask('state', self.id)

    def state(self):
        done = self.try_state()
        if done.status != 0:
            raise Failed('state fails: ' + done.err.strip())
        return json.loads(done.out)

    def status(self):
        return self.state()['status']

    def kill(self, signal='KILL'):
        return self.runtime.ask('kill', self.id, signal)

    def delete(self, *options):
        return self.runtime.ask('delete', *options, self.id)

    def wait(self):
        """The wait status of the container's process, whose parent the driver is by now."""
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])

    def wait_stopped(self):
        try:
            self.wait()
        except ChildProcessError:
            pass
        return self.wait_for(lambda: self.status() == 'stopped', 'stopped container')

    def lines(self):
        """The report of the probe: one object an action."""
        return parse(self.bundle.text('out'))

    def hooks(self):
        """The reports of hooks, by the file that they append to."""
        try:
            text = self.bundle.text('hooks')
        except FileNotFoundError:
            return []
        return [json.loads(line) for line in text.splitlines()]

    def exists(self):
        return self.try_state().status == 0
