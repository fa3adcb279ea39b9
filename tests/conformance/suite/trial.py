# SPDX-License-Identifier: Apache-2.0
"""The tools of a case: bundles, containers, comparisons; they clean up after it."""

import os
import shutil
import tempfile

from suite.bundle import Bundle
from suite.container import Container
from suite.registry import Failed, Skipped


def mounts_of(report):
    """The lines of /proc/self/mountinfo, in their order."""
    found = []
    for line in report['proc']['mountinfo'].splitlines():
        left, right = line.split(' - ', 1)
        fields, rest = left.split(), right.split()
        found.append({'id': fields[0], 'device': fields[2], 'root': fields[3], 'point': fields[4],
                      'options': fields[5].split(','), 'shared': fields[6:], 'type': rest[0],
                      'source': rest[1], 'super': rest[2].split(',') if len(rest) > 2 else []})
    return found


class Trial:
    def __init__(self, facts, probe, version, systemd=False):
        self.runtime = None
        self.facts, self.version, self.systemd = facts, version, systemd
        self.work = tempfile.mkdtemp(prefix='conformance-')
        os.chmod(self.work, 0o711)
        self.probe = os.path.join(self.work, 'probe')
        shutil.copy(probe, self.probe)
        os.chmod(self.probe, 0o755)
        self.count = 0
        self.left = []
        self.kept = []  # containers that cases share, to the end
        self.shared = {}

    # things to test with

    def bundle(self, *actions):
        self.count += 1
        bundle = Bundle(os.path.join(self.work, f'b{self.count}'), self.facts, self.probe,
                        self.version)
        return bundle.do(*actions) if actions else bundle

    def container(self, bundle, name=None, before=()):
        c = Container(self.runtime, bundle, name or f'conformance-{os.getpid()}-{self.count}',
                      before)
        self.left.append(c)
        return c

    def run(self, bundle, status=0, before=()):
        """Runs the container to its end; what the probe said, one object an action."""
        c = self.container(bundle, before=before)
        got = c.run()
        if got != status:
            raise Failed(f'run exits with {got}: {c.errors()}')
        return c.lines()

    def report(self, build):
        """The report of a bundle that several cases look at: it runs once."""
        if build not in self.shared:
            bundle = self.bundle()
            try:
                build(bundle)
                self.shared[build] = self.run(bundle)
            except (Failed, Skipped) as e:
                self.shared[build] = e
        if isinstance(self.shared[build], Exception):
            raise self.shared[build]
        return self.shared[build][0]

    def reports(self, build):
        """The same, with the reports of all actions."""
        self.report(build)
        return self.shared[build]

    def sleeping(self, *actions, build=None):
        """A container that was started and waits for a signal."""
        bundle = self.bundle(*actions, 'sleep')
        if build:
            build(bundle)
        return self.container(bundle).create().start().ready()

    # expectations

    def true(self, condition, what):
        if not condition:
            raise Failed(what)

    def equal(self, got, wanted, what):
        if got != wanted:
            raise Failed(f'{what}: {got!r}, not {wanted!r}')

    def contains(self, container, member, what):
        if member not in container:
            raise Failed(f'{what}: no {member!r} in {container!r}')

    def skip(self, why):
        raise Skipped(why)

    def needs_root(self, why='needs real root'):
        if not self.facts.root:
            raise Skipped(why)

    def needs_ids(self):
        if not self.facts.many_ids:
            raise Skipped('the container has one id')

    def mount_at(self, report, point):
        found = [m for m in mounts_of(report) if m['point'] == point]
        if not found:
            raise Failed(f'nothing is mounted at {point}')
        return found[-1]

    def refused(self, bundle, before=()):
        """The runtime must generate an error, and no container may be there afterwards."""
        c = self.container(bundle, before=before)
        if not c.try_create():
            error = c.errors()
            self.true(not c.exists(), 'create failed, and the container is there')
            return error
        started = c.try_start()
        if started.status != 0:
            return started.err
        raise Failed('it was created and started without an error')

    def lacks(self, *calls):
        """Is one of the system calls refused to the runtime (--refuse)?"""
        return any(c in self.facts.refused for c in calls)

    def refused_by_name(self, bundle, word, before=()):
        """A setting that needs a missing system call is not ignored: the error quotes its name."""
        self.contains(self.refused(bundle, before), f"'{word}'", 'the error')

    # afterwards

    def clean(self):
        for c in self.left:
            if os.path.exists(os.path.join(self.runtime.root, c.id)):  # cheaper than to ask
                c.delete('--force')
        self.left = []

    def close(self):
        self.left += self.kept
        self.clean()
        shutil.rmtree(self.work, ignore_errors=True)
