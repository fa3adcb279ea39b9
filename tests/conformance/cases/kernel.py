# SPDX-License-Identifier: Apache-2.0
"""config-linux.md: paths that are masked or read-only, sysctls, and what the kernel is told besides."""

import os

from suite.registry import must

LINUX = 'config-linux.md'


@must(LINUX, 'Masked Paths', 'maskedPaths will mask over the provided paths inside the container so that they cannot be read')
def masked_paths(t):
    bundle = t.bundle('read=/secret/file', 'list=/secret/directory', 'read=/proc/version',
                      'write=/secret/file,x')
    bundle.file('rootfs/secret/file', 'secret')
    bundle.file('rootfs/secret/directory/f', 'secret')
    bundle.linux['maskedPaths'] = ['/secret/file', '/secret/directory', '/proc/version',
                                   '/proc/no-such-file']
    said = t.run(bundle)
    t.equal(said[0].get('text', ''), '', 'a masked file')
    t.equal(said[1].get('names', []), [], 'a masked directory')
    t.equal(said[2].get('text', ''), '', 'a masked file of /proc')
    t.equal(bundle.text('rootfs/secret/file'), 'secret', 'the file beneath')


@must(LINUX, 'Masked Paths', 'The values MUST be absolute paths in the container namespace')
def masked_paths_are_absolute(t):
    bundle = t.bundle('report')
    bundle.linux['maskedPaths'] = ['proc/version']
    t.refused(bundle)


@must(LINUX, 'Readonly Paths', 'readonlyPaths will set the provided paths as readonly inside the container')
def readonly_paths(t):
    bundle = t.bundle('write=/there/file,x', 'write=/there/directory/f,x', 'write=/there/other,x',
                      'write=/proc/sys/kernel/domainname,x', 'read=/there/file')
    bundle.file('rootfs/there/file', 'text', 0o666)
    bundle.directory('rootfs/there/directory', 0o777)
    bundle.linux['readonlyPaths'] = ['/there/file', '/there/directory', '/proc/sys',
                                     '/proc/no-such-file']
    said = t.run(bundle)
    t.equal([s['errno'] for s in said[:4]], ['EROFS', 'EROFS', '', 'EROFS'], 'writing')
    t.equal(said[4].get('text'), 'text', 'reading')


@must(LINUX, 'Readonly Paths', 'The values MUST be absolute paths in the container namespace')
def readonly_paths_are_absolute(t):
    bundle = t.bundle('report')
    bundle.linux['readonlyPaths'] = ['proc/sys']
    t.refused(bundle)


@must(LINUX, 'Sysctl', 'sysctl allows kernel parameters to be modified at runtime for the container')
def sysctl(t):
    bundle = t.bundle('read=/proc/sys/net/ipv4/ip_forward', 'read=/proc/sys/net/core/somaxconn',
                      'read=/proc/sys/kernel/shmmni')
    bundle.linux['sysctl'] = {'net.ipv4.ip_forward': '1', 'net.core.somaxconn': '256',
                              'kernel.shmmni': '77'}
    if not t.facts.root:
        # Those belong to the host's root, or are hidden from a user namespace, by older kernels.
        for key in ('net.core.somaxconn', 'kernel.shmmni'):
            del bundle.linux['sysctl'][key]
    said = t.run(bundle)
    t.equal([s.get('text', '').strip() for s in said][:len(bundle.linux['sysctl'])],
            list(bundle.linux['sysctl'].values()), 'values')


@must('runtime.md', 'Create', 'If the runtime cannot apply a property it MUST generate an error: a sysctl that isn\'t there')
def sysctl_unknown(t):
    bundle = t.bundle('report')
    bundle.linux['sysctl'] = {'net.ipv4.no_such_thing': '1'}
    t.refused(bundle)


def propagation_of_root(t, value):
    """On a host whose mounts are shared, where root can have them so."""
    bundle = t.bundle('report')
    bundle.linux['rootfsPropagation'] = value
    before = ('unshare', '--mount', '--propagation', 'shared') if t.facts.root else ()
    return [s.split(':')[0] for s in t.mount_at(t.run(bundle, before=before)[0], '/')['shared']]


@must(LINUX, 'Rootfs Mount Propagation', 'private: the rootfs mount doesn\'t receive mount propagation events from the host')
def rootfs_private(t):
    t.equal(propagation_of_root(t, 'private'), [], 'propagation of /')


@must(LINUX, 'Rootfs Mount Propagation', 'shared: the rootfs mount belongs to a new peer group')
def rootfs_shared(t):
    t.contains(propagation_of_root(t, 'shared'), 'shared', 'propagation of /')


@must(LINUX, 'Rootfs Mount Propagation', 'slave: the rootfs mount receives propagation events from the host')
def rootfs_slave(t):
    t.needs_root('needs a shared mount of the host')
    t.equal(propagation_of_root(t, 'slave'), ['master'], 'propagation of /')


@must(LINUX, 'Rootfs Mount Propagation', 'unbindable: the rootfs mount is a private mount that cannot be bind-mounted')
def rootfs_unbindable(t):
    t.equal(propagation_of_root(t, 'unbindable'), ['unbindable'], 'propagation of /')


@must(LINUX, 'Personality', 'LINUX32 will set the uname system call to show a 32 bit CPU type')
def personality_32(t):
    if os.uname().machine != 'x86_64':
        t.skip('not x86-64')
    bundle = t.bundle('report')
    bundle.linux['personality'] = {'domain': 'LINUX32'}
    got = t.run(bundle)[0]
    t.equal(got['personality'] & 0xff, 8, 'personality')
    if got['machine'] == 'x86_64':
        t.skip('the kernel has no 32-bit personality')
    t.equal(got['machine'], 'i686', 'machine')


@must(LINUX, 'Personality', 'domain (string, REQUIRED) - the execution domain: LINUX')
def personality_plain(t):
    bundle = t.bundle('report')
    bundle.linux['personality'] = {'domain': 'LINUX'}
    t.equal(t.run(bundle)[0]['personality'] & 0xff, 0, 'personality')


@must(LINUX, 'Personality', 'flags: Currently no flag values are supported')
def personality_flags(t):
    bundle = t.bundle('report')
    bundle.linux['personality'] = {'domain': 'LINUX', 'flags': ['ADDR_NO_RANDOMIZE']}
    t.refused(bundle)


def with_policy(t, **policy):
    if not os.path.exists('/proc/self/numa_maps'):
        t.skip('the kernel has no memory policies')
    bundle = t.bundle('report')
    bundle.linux['memoryPolicy'] = policy
    return t.run(bundle)[0]


@must(LINUX, 'Memory policy', 'memoryPolicy sets the NUMA memory policy for the container: mode and nodes')
def memory_policy(t):
    for mode, number in (('MPOL_BIND', 2), ('MPOL_INTERLEAVE', 3), ('MPOL_PREFERRED', 1)):
        got = with_policy(t, mode=mode, nodes='0')
        t.equal((got['mempolicy'] & 0xff, got['memnodes']), (number, 1), mode)
    t.equal(with_policy(t, mode='MPOL_DEFAULT')['mempolicy'], 0, 'MPOL_DEFAULT')


@must(LINUX, 'Memory policy', 'flags - list of flags to use with set_mempolicy(2)')
def memory_policy_flags(t):
    got = with_policy(t, mode='MPOL_BIND', nodes='0', flags=['MPOL_F_STATIC_NODES'])
    t.equal(got['mempolicy'], 2 | 1 << 15, 'mode and flags')


@must(LINUX, 'IntelRdt', 'If no mounted resctrl pseudo-filesystem is available, the runtime MUST generate an error')
def intel_rdt_without_resctrl(t):
    with open('/proc/self/mountinfo', encoding='utf-8') as f:
        if ' resctrl ' in f.read():
            t.skip('resctrl is mounted')
    bundle = t.bundle('report')
    bundle.linux['intelRdt'] = {'closID': 'conformance', 'schemata': ['L3:0=f']}
    t.refused(bundle)


@must(LINUX, 'Mount Label', 'mountLabel will set the Selinux context for the mounts in the container')
def mount_label(t):
    if os.path.exists('/sys/fs/selinux/enforce'):
        t.skip('needs a policy of its own')
    bundle = t.bundle('report')
    bundle.linux['mountLabel'] = 'system_u:object_r:svirt_sandbox_file_t:s0:c715,c811'
    t.refused(bundle)
