# SPDX-License-Identifier: Apache-2.0
"""A layer as a tar, written entry by entry: owners and modes are those given, so it needs no root."""

import io
import tarfile

MTIME = 1700000000
WHITEOUT = '.wh.'
OPAQUE = '.wh..wh..opq'


class LayerTar:
    """As a context manager: with LayerTar(path) as layer: layer.file(...)."""

    def __init__(self, path, tar_format=tarfile.PAX_FORMAT):
        self.tar = tarfile.open(path, 'w', format=tar_format, encoding='utf-8')
        self.entries = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.tar.close()

    def add(self, name, kind, data=b'', **fields):
        """fields: mode, uid, gid, mtime, linkname, xattrs (a dict), pax_headers."""
        entry = tarfile.TarInfo(name)
        entry.type = kind
        entry.mtime = MTIME
        entry.size = len(data)
        headers = {f'SCHILY.xattr.{key}': value for key, value in fields.pop('xattrs', {}).items()}
        entry.pax_headers = headers | fields.pop('pax_headers', {})
        for field, value in fields.items():
            setattr(entry, field, value)
        self.tar.addfile(entry, io.BytesIO(data))
        self.entries[name] = entry

    def directory(self, name, mode=0o755, **fields):
        self.add(name, tarfile.DIRTYPE, mode=mode, **fields)

    def file(self, name, data=b'', mode=0o644, **fields):
        if isinstance(data, str):
            data = data.encode()
        self.add(name, tarfile.REGTYPE, data, mode=mode, **fields)

    def symlink(self, name, target):
        self.add(name, tarfile.SYMTYPE, linkname=target, mode=0o777)

    def hard_link(self, name, target):
        first = self.entries[target]
        self.add(name, tarfile.LNKTYPE, linkname=target, mode=first.mode, uid=first.uid, gid=first.gid)

    def fifo(self, name, mode=0o600):
        self.add(name, tarfile.FIFOTYPE, mode=mode)

    def whiteout(self, name):
        directory, _, base = name.rpartition('/')
        self.file(f'{directory}/{WHITEOUT}{base}' if directory else WHITEOUT + base)

    def opaque(self, directory):
        self.file(f'{directory}/{OPAQUE}')

    def sparse(self, name, size, pieces):
        """A file of size bytes with holes, in GNU's sparse format 1.0: pieces are (offset, bytes)."""
        table = [len(pieces)] + [number for offset, data in pieces for number in (offset, len(data))]
        head = ''.join(f'{number}\n' for number in table).encode()
        head += bytes(-len(head) % tarfile.BLOCKSIZE)
        directory, _, base = name.rpartition('/')
        headers = {'GNU.sparse.major': '1', 'GNU.sparse.minor': '0', 'GNU.sparse.name': name,
                   'GNU.sparse.realsize': str(size)}
        self.file(f'{directory}/GNUSparseFile.0/{base}', head + b''.join(data for _, data in pieces), pax_headers=headers)
