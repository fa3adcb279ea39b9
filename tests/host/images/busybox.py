# SPDX-License-Identifier: Apache-2.0
"""The image busybox: Debian's static busybox with a link for each of its programs."""

import subprocess

from layer import LayerTar

BINARY = '/bin/busybox'
CONFIG = {'Env': ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'], 'Cmd': ['sh']}
PASSWD = '''root:x:0:0:root:/root:/bin/sh
daemon:x:1:1:daemon:/usr/sbin:/bin/false
www-data:x:33:33:www-data:/var/www:/bin/false
user:x:1000:1000:user:/home/user:/bin/sh
nobody:x:65534:65534:nobody:/home:/bin/false
'''
GROUP = '''root:x:0:
daemon:x:1:
www-data:x:33:
wheel:x:10:root,user
user:x:1000:
nogroup:x:65534:
'''


def programs():
    """Returns the names of busybox's programs. It must be static, because the image has no C library."""
    with open(BINARY, 'rb') as file:
        if b'ld-linux' in file.read(4096):
            raise SystemExit(f"'{BINARY}' is not static: install busybox-static")
    names = subprocess.run([BINARY, '--list'], check=True, capture_output=True, text=True).stdout.split()
    return [name for name in names if name != 'busybox']


def write(path):
    """Writes the layer's tar."""
    with LayerTar(path) as layer:
        for directory in ('bin', 'dev', 'etc', 'home', 'proc', 'sys', 'usr', 'usr/bin', 'usr/sbin', 'var', 'var/www'):
            layer.directory(directory)
        layer.directory('root', mode=0o700)
        layer.directory('tmp', mode=0o1777)
        layer.directory('home/user', uid=1000, gid=1000)
        with open(BINARY, 'rb') as file:
            layer.file('bin/busybox', file.read(), mode=0o755)
        for name in programs():
            layer.hard_link(f'bin/{name}', 'bin/busybox')
        layer.symlink('usr/bin/env', '../../bin/env')
        layer.file('etc/passwd', PASSWD)
        layer.file('etc/group', GROUP)
        layer.file('etc/shadow', 'root:*:::::::\n', mode=0o640)
