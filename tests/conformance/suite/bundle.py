# SPDX-License-Identifier: Apache-2.0
"""Bundles: a rootfs with the probe in it, and a config.json to be changed by the case."""

import json
import os

CAPABILITIES = ['CAP_CHOWN', 'CAP_DAC_OVERRIDE', 'CAP_FOWNER', 'CAP_FSETID', 'CAP_KILL',
                'CAP_MKNOD', 'CAP_NET_BIND_SERVICE', 'CAP_SETGID', 'CAP_SETPCAP', 'CAP_SETUID',
                'CAP_SYS_CHROOT', 'CAP_SETFCAP']
NAMESPACES = ('pid', 'network', 'mount', 'ipc', 'uts', 'cgroup')


def capability_sets(names):
    return {'bounding': list(names), 'effective': list(names), 'permitted': list(names)}


class Bundle:
    def __init__(self, path, facts, probe, version):
        self.path = path
        self.rootfs = os.path.join(path, 'rootfs')
        os.makedirs(self.rootfs)
        os.chmod(path, 0o755)
        os.link(probe, os.path.join(self.rootfs, 'probe'))
        self.config = self._base(facts, version)

    @staticmethod
    def _base(facts, version):
        pts = ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620']
        config = {
            'ociVersion': version,
            'process': {
                'args': ['/probe', 'report'],
                'cwd': '/',
                'env': ['PATH=/bin:/'],
                'user': {'uid': 0, 'gid': 0},
                'capabilities': capability_sets(CAPABILITIES),
            },
            'root': {'path': 'rootfs', 'readonly': False},
            'mounts': [
                {'destination': '/proc', 'type': 'proc', 'source': 'proc'},
                {'destination': '/dev', 'type': 'tmpfs', 'source': 'tmpfs',
                 'options': ['nosuid', 'strictatime', 'mode=755', 'size=65536k']},
                {'destination': '/dev/pts', 'type': 'devpts', 'source': 'devpts',
                 'options': pts + (['gid=5'] if facts.many_ids else [])},
                {'destination': '/dev/shm', 'type': 'tmpfs', 'source': 'shm',
                 'options': ['nosuid', 'noexec', 'nodev', 'mode=1777', 'size=65536k']},
                {'destination': '/sys', 'type': 'sysfs', 'source': 'sysfs',
                 'options': ['nosuid', 'noexec', 'nodev', 'ro']},
            ],
            'linux': {'namespaces': [{'type': t} for t in NAMESPACES]},
        }
        if facts.user_namespace:
            linux = config['linux']
            linux['namespaces'].append({'type': 'user'})
            linux['uidMappings'] = facts.mappings('uid')
            linux['gidMappings'] = facts.mappings('gid')
        return config

    @property
    def process(self):
        return self.config['process']

    @property
    def linux(self):
        return self.config['linux']

    @property
    def resources(self):
        return self.linux.setdefault('resources', {})

    def do(self, *actions):
        """Sets the actions of the probe."""
        self.process['args'] = ['/probe', *actions]
        return self

    def mount(self, destination, kind, source, *options):
        entry = {'destination': destination, 'type': kind, 'source': source,
                 'options': list(options)}
        self.config['mounts'].append(entry)
        return entry

    def without_mount(self, destination):
        self.config['mounts'] = [m for m in self.config['mounts']
                                 if m['destination'] != destination]

    def without_namespace(self, kind):
        self.linux['namespaces'] = [n for n in self.linux['namespaces'] if n['type'] != kind]

    def namespace(self, kind, path=None):
        """Asks for a namespace: a new one, or that of a path."""
        self.without_namespace(kind)
        self.linux['namespaces'].append({'type': kind, **({'path': path} if path else {})})

    def file(self, name, text='', mode=0o644):
        """A file beside config.json ("data/x") or in the rootfs ("rootfs/x")."""
        path = os.path.join(self.path, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'w', encoding='utf-8') as f:
            f.write(text)
        os.chmod(path, mode)
        return path

    def directory(self, name, mode=0o755):
        path = os.path.join(self.path, name)
        os.makedirs(path, exist_ok=True)
        os.chmod(path, mode)
        return path

    def text(self, name):
        with open(os.path.join(self.path, name), encoding='utf-8', errors='replace') as f:
            return f.read()

    def save(self):
        with open(os.path.join(self.path, 'config.json'), 'w', encoding='utf-8') as f:
            json.dump(self.config, f)
