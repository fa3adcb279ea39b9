# SPDX-License-Identifier: Apache-2.0
"""volumes: busybox with directories that become volumes, and a config that asks for some of them, and for what it mustn't."""

from layer import LayerTar

# In this order: an ordinary one, one named by a way out, one behind a link, and the kernel's.
VOLUMES = ('/data', '/../../srv/up', '/linked/deep', '/proc', '/sys/fs/cgroup')
BIG = 6 << 20


def write(path):
    """Writes the layer's tar."""
    with LayerTar(path) as layer:
        layer.directory('data', mode=0o3750, uid=1234, gid=99)
        layer.file('data/file', 'of the image\n', mode=0o4711, uid=7)
        layer.directory('data/directory', mode=0o700, uid=1000, gid=1000)
        layer.file('data/directory/inside', 'deep\n')
        layer.symlink('data/link', '/etc/passwd')
        layer.directory('app')
        layer.directory('app/modules')
        layer.file('app/modules/one', 'module\n')
        layer.directory('srv')
        layer.directory('srv/up')
        layer.file('srv/up/file', 'up\n')
        layer.directory('target')
        layer.directory('target/deep')
        layer.file('target/deep/file', 'behind a link\n')
        layer.symlink('linked', '/target')
        layer.directory('big')
        layer.file('big/a', b'a' * BIG)
        layer.file('big/b', 'last\n')
        layer.directory('empty', mode=0o777)
