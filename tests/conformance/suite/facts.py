# SPDX-License-Identifier: Apache-2.0
"""The user and the host of the driver: decides the base of a config.json and the skipped cases."""

import functools
import os
import pwd
import re


def _read(path):
    try:
        with open(path, encoding='utf-8') as f:
            return f.read()
    except OSError:
        return ''


def _sub_ids(path, name, uid):
    ranges = []
    for line in _read(path).splitlines():
        who, start, count = (line.split(':') + ['', ''])[:3]
        if who in (name, str(uid)):
            ranges.append((int(start), int(count)))
    return ranges


class Facts:
    """`ids` is one of host (real root), nested (root of a user namespace), subids and single
    (an ordinary user whose containers have a user namespace of their own)."""

    def __init__(self, single=False, refused=()):
        self.refused = refused  # system calls that fail as on an old kernel
        self.uid, self.gid = os.getuid(), os.getgid()
        whole = _read('/proc/self/uid_map').split() == ['0', '0', '4294967295']
        if self.uid == 0:
            self.ids = 'host' if whole else 'nested'
        else:
            self.ids = 'single' if single else 'subids'
        self.root = self.ids == 'host'
        self.user_namespace = self.ids in ('subids', 'single')
        self.kernel = tuple(int(n) for n in re.findall(r'\d+', os.uname().release)[:2])

    def mappings(self, kind):
        """The uidMappings or gidMappings of the containers of an ordinary user."""
        own = self.uid if kind == 'uid' else self.gid
        found = [{'containerID': 0, 'hostID': own, 'size': 1}]
        if self.ids == 'subids':
            start = 1
            for host, count in _sub_ids(f'/etc/sub{kind}', pwd.getpwuid(self.uid).pw_name, self.uid):
                found.append({'containerID': start, 'hostID': host, 'size': count})
                start += count
        return found

    @property
    def many_ids(self):
        return self.ids != 'single'

    @functools.cached_property
    def cgroup(self):
        """2 where the unified hierarchy is all there is, 1 where controllers are on version 1."""
        if os.path.exists('/sys/fs/cgroup/cgroup.controllers'):
            return 2
        return 1 if os.path.isdir('/sys/fs/cgroup/memory') else 0

    def v1_path(self, controller, path):
        return f'/sys/fs/cgroup/{controller}{path}'
