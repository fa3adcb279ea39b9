# SPDX-License-Identifier: Apache-2.0
"""The image layers8: eight layers with all kinds of entries. The first is busybox's.

Each function writes one layer above the previous ones. The stack must contain:
 /data     keep, again ('second'), dir2/c, replaced/inside, turned (a file)      - without gone, dir and dir2/d
 /opaque   new, sub/new                                                       - without old and sub/old
 /links /names /owners /sparse   as in their layers
"""

import tarfile

import busybox
from layer import LayerTar, MTIME

MIB = 1 << 20
SPARSE_SIZE = 64 * MIB


def data(path):
    with LayerTar(path) as layer:
        for directory in ('data', 'data/dir', 'data/dir2', 'data/turned', 'opaque', 'opaque/sub'):
            layer.directory(directory)
        for name in ('keep', 'gone', 'again', 'replaced', 'dir/a', 'dir/b', 'dir2/c', 'dir2/d', 'turned/deep'):
            layer.file(f'data/{name}', f'first {name}\n')
        layer.file('opaque/old', 'old\n')
        layer.file('opaque/sub/old', 'old\n')


def whiteouts(path):
    with LayerTar(path) as layer:
        layer.whiteout('data/gone')
        layer.whiteout('data/dir')
        layer.whiteout('data/dir2/d')
        layer.whiteout('data/never-was')
        layer.whiteout('data/again')
        layer.directory('data/replaced')
        layer.file('data/replaced/inside', 'a directory that was a file\n')
        layer.file('data/turned', 'a file that was a directory\n')


def opaque(path):
    """The mark may follow the directory's new content. It hides only the content of lower layers."""
    with LayerTar(path) as layer:
        layer.file('data/again', 'second\n')
        layer.directory('opaque', mode=0o750)
        layer.file('opaque/new', 'new\n')
        layer.opaque('opaque')
        layer.directory('opaque/sub')
        layer.file('opaque/sub/new', 'new\n')


def links(path):
    with LayerTar(path) as layer:
        layer.directory('links')
        layer.directory('links/directory')
        layer.file('links/one', 'one file, three names\n', mode=0o640)
        layer.hard_link('links/two', 'links/one')
        layer.hard_link('links/directory/three', 'links/one')
        layer.symlink('links/absolute', '/data/keep')
        layer.symlink('links/relative', '../data/keep')
        layer.symlink('links/to-directory', 'directory')
        layer.symlink('links/dangling', '/no/such/file')
        layer.symlink('links/upward', '../../../../../../etc/passwd')
        layer.symlink('links/long', 'x/' * 150 + 'end')
        layer.hard_link('links/dangling-too', 'links/dangling')


def names(path):
    """GNU's format stores long names differently from pax."""
    with LayerTar(path, tarfile.GNU_FORMAT) as layer:
        layer.directory('names')
        directory = 'names'
        for letter in 'abcd':
            directory += '/' + letter * 90
            layer.directory(directory)
        layer.file(directory + '/file', 'a path of more than 255 bytes\n')
        layer.file('names/' + 'n' * 255, 'a name of 255 bytes\n')
        for name in ('枡', 'größe', 'two words', ' leading', 'back\\slash', 'new\nline', '-dash', '*', '..dots', 'wh.no'):
            layer.file(f'names/{name}', name)
        layer.symlink('names/ссылка', '枡')


def owners(path):
    with LayerTar(path) as layer:
        layer.directory('owners')
        layer.file('owners/user', uid=1000, gid=1000)
        layer.file('owners/other', mode=0o600, uid=12345, gid=12345)
        layer.file('owners/group', mode=0o660, gid=1000)
        layer.file('owners/setuid', mode=0o4755)
        layer.file('owners/setgid-of-user', mode=0o2755, uid=1000, gid=12345)
        layer.file('owners/none', mode=0)
        layer.directory('owners/setgid-directory', mode=0o2775, gid=1000)
        layer.directory('owners/sticky', mode=0o1777, uid=12345, gid=12345)
        layer.directory('owners/read-only', mode=0o555)
        layer.file('owners/read-only/inside')
        layer.fifo('owners/fifo')
        layer.file('owners/xattr', 'x', xattrs={'user.masu.test': 'value', 'user.other': 'ä'})
        layer.directory('owners/xattr-directory', xattrs={'user.directory': 'yes'})
        layer.file('owners/old', mtime=1)
        layer.file('owners/fraction', mtime=MTIME + 0.123456789)


def sparse(path):
    with LayerTar(path) as layer:
        layer.directory('sparse')
        layer.file('sparse/empty')
        layer.sparse('sparse/big', SPARSE_SIZE, [(0, b'begin' + bytes(507)), (32 * MIB, b'middle' + bytes(506)),
                                                 (SPARSE_SIZE - 512, bytes(509) + b'end')])
        layer.sparse('sparse/hole', MIB, [(MIB, b'')])


LAYERS = [(busybox.write, 'gzip'), (data, 'zstd'), (whiteouts, 'plain'), (opaque, 'gzip'),
          (links, 'zstd'), (names, 'plain'), (owners, 'gzip'), (sparse, 'zstd')]
