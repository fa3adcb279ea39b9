# SPDX-License-Identifier: Apache-2.0
"""The images debian, nginx and systemd: layers from the archives of mmdebstrap."""

import hashlib
import tarfile

DEBIAN = {'Env': ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'], 'Cmd': ['bash']}
NGINX = {'Env': DEBIAN['Env'], 'Cmd': ['nginx', '-g', 'daemon off;'], 'ExposedPorts': {'80/tcp': {}},
         'StopSignal': 'SIGQUIT', 'Labels': {'org.opencontainers.image.title': 'nginx'}}

SYSTEMD = {'Env': DEBIAN['Env'], 'Cmd': ['/sbin/init'], 'StopSignal': 'SIGRTMIN+3'}


def wanted(entry):
    """Leaves out devices: the runtime creates them, and an ordinary user cannot unpack them."""
    return not entry.isdev() and not entry.name.startswith('./dev/')


def facts(tar, entry):
    """Returns the properties by which two entries are compared: all but the time."""
    content = hashlib.sha256(tar.extractfile(entry).read()).digest() if entry.isreg() else b''
    return entry.type, entry.mode, entry.uid, entry.gid, entry.linkname, content


def copy(source, entry, target):
    target.addfile(entry, source.extractfile(entry) if entry.isreg() else None)


def write(source_path, path):
    """Writes the archive without its devices."""
    with tarfile.open(source_path) as source, tarfile.open(path, 'w') as target:
        for entry in source:
            if wanted(entry):
                copy(source, entry, target)


def write_difference(base_path, source_path, path):
    """Writes the layer above the base: all entries of the source that the base lacks."""
    with tarfile.open(base_path) as base:
        known = {entry.name: facts(base, entry) for entry in base}
    with tarfile.open(source_path) as source, tarfile.open(path, 'w') as target:
        for entry in source:
            if wanted(entry) and known.get(entry.name) != facts(source, entry):
                copy(source, entry, target)
