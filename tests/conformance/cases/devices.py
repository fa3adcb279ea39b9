# SPDX-License-Identifier: Apache-2.0
"""config-linux.md: devices, those of every container, and the list of those allowed."""

import os

from suite.bundle import CAPABILITIES, capability_sets
from suite.registry import must

DEVICES = ('config-linux.md', 'Devices')
DEFAULT = {'/dev/null': (1, 3), '/dev/zero': (1, 5), '/dev/full': (1, 7), '/dev/random': (1, 8),
           '/dev/urandom': (1, 9), '/dev/tty': (5, 0)}
CHARACTER, BLOCK, PIPE, LINK = 2, 6, 1, 10


def defaults(bundle):
    bundle.do('report', *(f'stat={d}' for d in DEFAULT), *(f'open={d},rw' for d in DEFAULT),
              'stat=/dev/ptmx', 'open=/dev/ptmx,rw', 'stat=/dev/pts/ptmx')


def said_of(t, build, action):
    return next(s for s in t.reports(build) if s.get('action') == action)


def _default(path, numbers):
    def case(t):
        got = said_of(t, defaults, f'stat={path}')
        t.equal((got.get('type'), got.get('major'), got.get('minor')), (CHARACTER, *numbers), path)
        t.equal(got['mode'] & 0o666, 0o666, 'mode')
        if path != '/dev/tty':
            t.equal(said_of(t, defaults, f'open={path},rw')['errno'], '', 'opening it')
    must('config-linux.md', 'Default Devices', f'the runtime MUST also supply: {path}',
         'device' + path.replace('/dev/', '_'))(case)


for _path, _numbers in DEFAULT.items():
    _default(_path, _numbers)


@must('config-linux.md', 'Default Devices', '/dev/ptmx. A bind-mount or symlink of the container\'s /dev/pts/ptmx')
def device_ptmx(t):
    got = said_of(t, defaults, 'stat=/dev/ptmx')
    if got.get('type') == LINK:
        t.contains(('pts/ptmx', '/dev/pts/ptmx'), got['target'], 'the link')
    else:
        t.equal((got.get('major'), got.get('minor')), (5, 2), 'its numbers')
    t.equal(said_of(t, defaults, 'open=/dev/ptmx,rw')['errno'], '', 'opening it')


def configured(bundle):
    # Bound from the host by those who can't make nodes: so the numbers are those of devices there.
    bundle.linux['devices'] = [
        {'path': '/dev/my-zero', 'type': 'c', 'major': 1, 'minor': 5, 'fileMode': 0o640,
         'uid': 0, 'gid': 0},
        {'path': '/opt/dir/full', 'type': 'u', 'major': 1, 'minor': 7},
    ]
    bundle.do('report', 'stat=/dev/my-zero', 'open=/dev/my-zero,rw', 'stat=/opt/dir/full')


def nodes(bundle):
    bundle.linux['devices'] = [
        {'path': '/dev/zero', 'type': 'c', 'major': 1, 'minor': 5, 'fileMode': 0o640,
         'uid': 11, 'gid': 12},
        {'path': '/dev/loop', 'type': 'b', 'major': 7, 'minor': 0, 'fileMode': 0o600},
        {'path': '/dev/fifo', 'type': 'p', 'fileMode': 0o622, 'uid': 13, 'gid': 14},
    ]
    bundle.do('report', 'stat=/dev/zero', 'stat=/dev/loop', 'stat=/dev/fifo')


def host_has_them(t):
    if not t.facts.root:
        t.skip('only root can make device nodes; the host has none of that name to bind')


@must(*DEVICES, 'lists devices that MUST be available in the container')
def device_configured(t):
    host_has_them(t)
    got = said_of(t, configured, 'stat=/dev/my-zero')
    t.equal((got.get('type'), got.get('major'), got.get('minor')), (CHARACTER, 1, 5), 'the device')


@must(*DEVICES, 'lists devices that MUST be available in the container (supplied by bind mounting from the runtime mount namespace)')
def device_bound(t):
    bundle = t.bundle('stat=/dev/urandom', 'open=/dev/fuse,rw', 'stat=/dev/fuse')
    if not os.path.exists('/dev/fuse'):
        t.skip('no /dev/fuse here')
    bundle.linux['devices'] = [{'path': '/dev/fuse', 'type': 'c', 'major': 10, 'minor': 229}]
    got = t.run(bundle)[2]
    t.equal((got.get('type'), got.get('major'), got.get('minor')), (CHARACTER, 10, 229),
            '/dev/fuse')


@must(*DEVICES, 'path: The path MAY be anywhere in the container filesystem, notably outside of /dev')
def device_elsewhere(t):
    host_has_them(t)
    got = said_of(t, configured, 'stat=/opt/dir/full')
    t.equal((got.get('type'), got.get('major'), got.get('minor')), (CHARACTER, 1, 7), 'the device')


@must(*DEVICES, 'type of device: c, b, u or p')
def device_types(t):
    host_has_them(t)
    for path, kind in (('zero', CHARACTER), ('loop', BLOCK), ('fifo', PIPE)):
        t.equal(said_of(t, nodes, f'stat=/dev/{path}').get('type'), kind, path)


@must(*DEVICES, 'fileMode - file mode for the device')
def device_mode(t):
    host_has_them(t)
    for path, mode in (('zero', 0o640), ('loop', 0o600), ('fifo', 0o622)):
        t.equal(oct(said_of(t, nodes, f'stat=/dev/{path}').get('mode', 0)), oct(mode), path)


@must(*DEVICES, 'uid, gid - id of device owner and group in the container namespace')
def device_owner(t):
    host_has_them(t)
    for path, uid, gid in (('zero', 11, 12), ('fifo', 13, 14)):
        got = said_of(t, nodes, f'stat=/dev/{path}')
        t.equal((got.get('uid'), got.get('gid')), (uid, gid), path)


@must(*DEVICES, 'If a file already exists at path that does not match the requested device, the runtime MUST generate an error')
def device_that_does_not_match(t):
    bundle = t.bundle('report')
    bundle.file('rootfs/opt/null', 'a file')
    bundle.linux['devices'] = [{'path': '/opt/null', 'type': 'c', 'major': 1, 'minor': 3}]
    t.refused(bundle)


@must(*DEVICES, 'major, minor (int64, REQUIRED unless type is p)')
def device_numbers_required(t):
    bundle = t.bundle('report')
    bundle.linux['devices'] = [{'path': '/dev/x', 'type': 'c'}]
    t.refused(bundle)


ALLOWED = ('config-linux.md', 'Allowed Device list')


def with_rules(t, rules, *actions):
    t.needs_root('device rules need root')
    if t.facts.cgroup == 0:
        t.skip('no cgroups here')
    bundle = t.bundle(*actions)
    bundle.process['capabilities'] = capability_sets([*CAPABILITIES, 'CAP_MKNOD'])
    bundle.resources['devices'] = rules
    return [s['errno'] for s in t.run(bundle)]


DENY = {'allow': False, 'access': 'rwm'}


@must(*ALLOWED, 'allow - whether the entry is allowed or denied')
def device_denied(t):
    got = with_rules(t, [DENY], 'mknod=/m,c,10,229', 'open=/m,rw', 'open=/dev/null,rw',
                     'mknod=/b,b,7,0', 'open=/b,r')
    t.contains((['', 'EPERM', '', '', 'EPERM'], ['EPERM', 'ENOENT', '', 'EPERM', 'ENOENT']), got,
               'making and opening nodes')


@must(*ALLOWED, 'The runtime MUST apply entries in the listed order')
def device_rules_in_order(t):
    allow = {'allow': True, 'type': 'c', 'major': 10, 'minor': 237, 'access': 'rwm'}
    actions = ('mknod=/m,c,10,237', 'open=/m,rw')
    opened = with_rules(t, [DENY, allow], *actions)[1]
    t.true(opened != 'EPERM', f'deny all, then allow one: {opened}')
    t.contains((['', 'EPERM'], ['EPERM', 'ENOENT']), with_rules(t, [allow, DENY], *actions),
               'allow one, then deny all')


@must(*ALLOWED, 'access - a composition of r (read), w (write), and m (mknod)')
def device_access(t):
    # The memory devices are open to every container, so another one that has no driver shows it.
    rules = [DENY, {'allow': True, 'type': 'c', 'major': 250, 'minor': 7, 'access': 'rm'}]
    got = with_rules(t, rules, 'mknod=/m,c,250,7', 'open=/m,r', 'open=/m,w')
    t.equal((got[0], got[2]), ('', 'EPERM'), 'mknod and writing')
    t.true(got[1] != 'EPERM', f'reading: {got[1]}')


@must(*ALLOWED, 'major, minor: Unset values mean "all"')
def device_all_minors(t):
    rules = [DENY, {'allow': True, 'type': 'c', 'major': 250, 'access': 'rwm'}]
    got = with_rules(t, rules, 'mknod=/a,c,250,1', 'mknod=/b,c,250,99', 'open=/b,rw',
                     'mknod=/c,c,251,1', 'open=/c,r')
    t.equal(got[:2], ['', ''], 'mknod')
    t.true(got[2] != 'EPERM', f'open: {got[2]}')
    t.contains(('EPERM', 'ENOENT'), got[4], 'another major number')


@must('config-linux.md', 'Devices', 'Containers MAY NOT access any device node that is not referenced in devices or one of the default devices')
def device_not_referenced(t):
    got = with_rules(t, [DENY], 'mknod=/mem,c,1,1', 'open=/mem,r', 'open=/dev/mem,r')
    t.true(got[1] in ('EPERM', 'ENOENT') and got[2] == 'ENOENT', f'access: {got}')
