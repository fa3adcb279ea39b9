# SPDX-License-Identifier: Apache-2.0
"""config-linux.md: namespaces, id mappings, clocks, network devices."""

import os
import subprocess

from suite.registry import must, own, should

NAMESPACES = ('config-linux.md', 'Namespaces')
BASE = 200000
KINDS = {'pid': 'pid', 'network': 'net', 'mount': 'mnt', 'ipc': 'ipc', 'uts': 'uts',
         'cgroup': 'cgroup', 'time': 'time'}
NEW = 'If path is not specified, the runtime MUST create a new container namespace of type'


def host_link(kind):
    return os.readlink(f'/proc/self/ns/{kind}')


def plain(bundle):
    bundle.do('report')


def with_time(bundle):
    bundle.namespace('time')
    bundle.linux['timeOffsets'] = {'monotonic': {'secs': 86400, 'nanosecs': 0},
                                   'boottime': {'secs': 172800, 'nanosecs': 0}}


def needs_time(t):
    if not os.path.exists('/proc/self/ns/time'):
        t.skip('the kernel has no time namespaces')


def _new(kind, link):
    def case(t):
        if kind == 'time':
            needs_time(t)
        report = t.report(with_time if kind == 'time' else plain)
        t.true(report['ns'][link] != host_link(link), f'the {kind} namespace is the host\'s')
    must(*NAMESPACES, f'{NEW} {kind}', f'namespace_{kind}_new')(case)


def _inherited(kind, link):
    def case(t):
        if kind == 'time':
            needs_time(t)
        if kind in ('mount',):
            t.skip('no runtime changes the root of its own mount namespace')
        if kind == 'network' and not t.facts.root:
            bundle = t.bundle('report')
            bundle.without_mount('/sys')
        else:
            bundle = t.bundle('report')
        bundle.without_namespace(kind)
        if kind == 'pid':
            # procfs belongs to a pid namespace; without one of its own there is the host's.
            bundle.without_mount('/proc')
            bundle.mount('/proc', 'bind', '/proc', 'rbind')
        t.equal(t.run(bundle)[0]['ns'][link], host_link(link), f'{kind} namespace')
    must(*NAMESPACES, 'If a namespace type is not specified, the container MUST inherit the runtime namespace: '
         + kind, f'namespace_{kind}_inherited')(case)


def _joined(kind, link):
    def case(t):
        if kind == 'time':
            needs_time(t)
        holder = t.sleeping('report', build=with_time if kind == 'time' else None)
        bundle = t.bundle('report')
        if kind == 'mount':
            t.skip('tested by itself')
        if t.facts.user_namespace:
            bundle.namespace('user', f'/proc/{holder.pid}/ns/user')
            del bundle.linux['uidMappings']
            del bundle.linux['gidMappings']
        bundle.namespace(kind, f'/proc/{holder.pid}/ns/{link}')
        if kind == 'pid':
            t.equal(t.run(bundle)[0]['ns']['pid'], holder.lines()[0]['ns']['pid'], 'pid namespace')
            return
        wanted = os.readlink(f'/proc/{holder.pid}/ns/{link}')
        t.equal(t.run(bundle)[0]['ns'][link], wanted, f'{kind} namespace')
    must(*NAMESPACES, 'The runtime MUST place the container process in the namespace associated with that path: '
         + kind, f'namespace_{kind}_joined')(case)


for _kind, _link in KINDS.items():
    _new(_kind, _link)
    if _kind != 'mount':
        _inherited(_kind, _link)
        _joined(_kind, _link)


def own_ids(t, uids=None, gids=None):
    """Gives a bundle a user namespace, and its root directory to root there, as an engine does."""
    base = BASE if t.facts.root else 0

    def build(bundle):
        if t.facts.user_namespace:
            return
        bundle.namespace('user')
        for key, maps in (('uidMappings', uids), ('gidMappings', gids)):
            # A range may not span two ranges of the outer map, and root is one by itself there.
            bundle.linux[key] = maps or [
                {'containerID': 0, 'hostID': base, 'size': 1},
                {'containerID': 1, 'hostID': base + 1, 'size': 999}]
        os.chown(bundle.rootfs, bundle.linux['uidMappings'][0]['hostID'],
                 bundle.linux['gidMappings'][0]['hostID'])
    return build


@must(*NAMESPACES, f'{NEW} user')
def namespace_user_new(t):
    bundle = t.bundle('report')
    own_ids(t)(bundle)
    t.true(t.run(bundle)[0]['ns']['user'] != host_link('user'), 'the user namespace is the host\'s')


@must(*NAMESPACES, 'the container MUST inherit the runtime namespace: user')
def namespace_user_inherited(t):
    if t.facts.user_namespace:
        t.skip('an ordinary user can\'t do without')
    t.equal(t.report(plain)['ns']['user'], host_link('user'), 'user namespace')


@must(*NAMESPACES, 'The runtime MUST place the container process in the namespace associated with that path: user')
def namespace_user_joined(t):
    holder = t.sleeping('report', build=own_ids(t))
    bundle = t.bundle('report')
    own_ids(t)(bundle)
    bundle.namespace('user', f'/proc/{holder.pid}/ns/user')
    for key in ('uidMappings', 'gidMappings'):
        del bundle.linux[key]
    t.equal(t.run(bundle)[0]['ns']['user'], holder.lines()[0]['ns']['user'], 'user namespace')


def in_mount_namespace(t):
    """A process in a mount namespace of its own, and a bundle that is to join it."""
    t.needs_root()
    holder = subprocess.Popen(['unshare', '--mount', '--propagation', 'private', 'sh', '-c',
                               'echo; exec sleep 60'], stdout=subprocess.PIPE)
    holder.stdout.readline()
    bundle = t.bundle('report')
    bundle.namespace('mount', f'/proc/{holder.pid}/ns/mnt')
    return holder, bundle


@must(*NAMESPACES, 'The runtime MUST place the container process in the namespace associated with that path: mount')
def namespace_mount_joined(t):
    holder, bundle = in_mount_namespace(t)
    kept = os.open(f'/proc/{holder.pid}/ns/mnt', os.O_RDONLY)
    holder.kill()
    holder.communicate()
    try:
        wanted = os.readlink(f'/proc/self/fd/{kept}')
        bundle.namespace('mount', f'/proc/{os.getpid()}/fd/{kept}')
        t.equal(t.run(bundle)[0]['ns']['mnt'], wanted, 'mount namespace')
    finally:
        os.close(kept)


@own('Namespaces', 'others in a mount namespace that is to be joined keep their root, be it by an error that names it')
def namespace_mount_of_others(t):
    holder, bundle = in_mount_namespace(t)
    with holder:
        try:
            root = os.stat(f'/proc/{holder.pid}/root/').st_ino
            c = t.container(bundle)
            if c.run() != 0:
                t.contains(c.errors(), f"'/proc/{holder.pid}/ns/mnt'", 'the error')
            t.equal(os.stat(f'/proc/{holder.pid}/root/').st_ino, root, 'the root of the other')
        finally:
            holder.kill()


@must(*NAMESPACES, 'path MUST be an absolute path in the runtime mount namespace')
def namespace_path_relative(t):
    bundle = t.bundle('report')
    bundle.namespace('ipc', 'proc/self/ns/ipc')
    t.refused(bundle, ('env', '--chdir=/'))


@must(*NAMESPACES, 'The runtime MUST generate an error if path is not associated with a namespace of type type')
def namespace_path_of_another_type(t):
    for path in ('/proc/self/ns/net', '/dev/null', '/no/such/file'):
        bundle = t.bundle('report')
        bundle.namespace('ipc', path)
        t.refused(bundle)


@must(*NAMESPACES, 'If a namespaces field contains duplicated namespaces with same type, the runtime MUST generate an error')
def namespace_twice(t):
    bundle = t.bundle('report')
    bundle.linux['namespaces'].append({'type': 'uts'})
    t.refused(bundle)


@must(*NAMESPACES, 'pid: processes inside the container will only be able to see other processes inside the same container')
def namespace_pid_of_its_own(t):
    bundle = t.bundle('report', 'list=/proc')
    said = t.run(bundle)
    t.equal(said[0]['pid'], 1, 'pid of the process')
    t.equal([n for n in said[1]['names'] if n.isdigit()], ['1'], 'processes that it sees')


@must(*NAMESPACES, 'network: the container will have its own network stack')
def namespace_network_of_its_own(t):
    said = t.run(t.bundle('read=/proc/net/dev', 'list=/sys/class/net'))
    names = [line.split(':')[0].strip() for line in said[0]['text'].splitlines()[2:]]
    t.contains(names, 'lo', 'network devices')
    t.true('eth0' not in names, f'network devices of the host: {names}')
    t.equal(sorted(said[1]['names']), sorted(names), '/sys shows the same')


@must('config-linux.md', 'User namespace mappings', 'uidMappings and gidMappings describe the mappings from the host to the container')
def id_mappings(t):
    bundle = t.bundle('report')
    if not t.facts.user_namespace:
        t.needs_root('ids of the outer namespace are few')
    own_ids(t, [{'containerID': 0, 'hostID': BASE, 'size': 10},
                {'containerID': 10, 'hostID': 300000, 'size': 1000}],
            [{'containerID': 0, 'hostID': 400000, 'size': 1010}])(bundle)
    proc = t.run(bundle)[0]['proc']
    for kind in ('uid', 'gid'):
        # The number in the middle is told in the eyes of the reader, who is inside.
        wanted = [[str(m['containerID']), str(m['size'])] for m in bundle.linux[f'{kind}Mappings']]
        got = [line.split()[::2] for line in proc[f'{kind}_map'].splitlines()]
        t.equal(got, wanted, f'{kind}_map')


@should('config-linux.md', 'User namespace mappings', 'The runtime SHOULD NOT modify the ownership of referenced filesystems')
def id_mappings_leave_owners(t):
    if t.facts.ids == 'nested':
        t.skip('ids of the outer namespace are few')
    bundle = t.bundle('report')
    own_ids(t)(bundle)
    bundle.file('rootfs/f')
    paths = (bundle.path, bundle.rootfs, os.path.join(bundle.rootfs, 'f'))
    before = [os.stat(path).st_uid for path in paths]
    t.run(bundle)
    t.equal([os.stat(path).st_uid for path in paths], before, 'owners')


@must('config-linux.md', 'User namespace mappings', 'hostID is the starting uid/gid on the host: the process has that id outside')
def id_mappings_on_the_host(t):
    if t.facts.ids == 'nested':
        t.skip('ids of the outer namespace are few')
    c = t.sleeping(build=own_ids(t))
    with open(f'/proc/{c.pid}/status', encoding='utf-8') as f:
        uid = [line.split()[1] for line in f if line.startswith('Uid:')][0]
    t.equal(int(uid), os.getuid() if t.facts.user_namespace else BASE, 'uid on the host')


@must('config-linux.md', 'Offset for Time Namespace', 'timeOffsets sets the offset for Time Namespace')
def time_offsets(t):
    needs_time(t)
    report = t.report(with_time)
    outer = t.report(plain)
    # A container's life lies between the two, so they can't be equal to the second.
    t.true(86300 < report['monotonic'] - outer['monotonic'] < 86500, 'offset of monotonic')
    t.true(172700 < report['boottime'] - outer['boottime'] < 172900, 'offset of boottime')


@must('config-linux.md', 'Offset for Time Namespace', 'Runtimes MUST generate an error when unsupported values are encountered: offsets without a namespace')
def time_offsets_without_namespace(t):
    bundle = t.bundle('report')
    with_time(bundle)
    bundle.without_namespace('time')
    t.refused(bundle)


@must('config-linux.md', 'Offset for Time Namespace', 'The name of the clock is the entry key: one that has no offset')
def time_offset_of_another_clock(t):
    needs_time(t)
    bundle = t.bundle('report')
    with_time(bundle)
    bundle.linux['timeOffsets']['realtime'] = {'secs': 1}
    t.refused(bundle)


NET = ('config-linux.md', 'Network Devices')


def with_device(t, script='true', **devices):
    """A bundle with network devices, and words that make those in a namespace of the runtime."""
    t.needs_root('moving a device needs the host\'s')
    done = subprocess.run(['unshare', '--net', 'ip', 'link', 'add', 'c0', 'type', 'veth'],
                          check=False, capture_output=True)
    if done.returncode != 0:
        t.skip('no veth devices here')
    bundle = t.bundle('read=/proc/net/dev', 'read=/proc/net/fib_trie', 'read=/proc/net/if_inet6',
                      'read=/sys/class/net/c0/flags')
    bundle.linux['netDevices'] = devices
    make = 'ip link add c0 type veth peer name c1; ip addr add 192.0.2.7/24 dev c0; ' + script
    return bundle, ('unshare', '--net', 'sh', '-c', make + '; exec "$@"', 'sh')


@must(*NET, 'A set of network devices that MUST be made available in the container')
def net_device(t):
    bundle, before = with_device(t, c0={})
    t.contains(t.run(bundle, before=before)[0]['text'], 'c0:', 'network devices')


@must(*NET, 'name is the name of the network device inside the container namespace')
def net_device_name(t):
    bundle, before = with_device(t, c0={'name': 'inside0'})
    text = t.run(bundle, before=before)[0]['text']
    t.contains(text, 'inside0:', 'network devices')
    t.true('c0:' not in text, 'the old name is there')


@must(*NET, 'If a network device with the specified name already exists, the runtime MUST generate an error')
def net_device_name_taken(t):
    bundle, before = with_device(t, c0={'name': 'lo'})
    t.refused(bundle, before)


@must(*NET, 'appending %d to the new name: the runtime MUST allow the move')
def net_device_name_template(t):
    bundle, before = with_device(t, c0={'name': 'eth%d'})
    said = t.run(bundle, before=before)
    t.contains(said[0]['text'], 'eth0:', 'network devices')
    t.contains(said[1].get('text', ''), '192.0.2.7', 'addresses')


@must(*NET, 'The runtime MUST preserve existing network interface attributes, including all permanent IP addresses')
def net_device_addresses(t):
    bundle, before = with_device(t, 'ip addr add 2001:db8::7/64 dev c0', c0={})
    said = t.run(bundle, before=before)
    t.contains(said[1].get('text', ''), '192.0.2.7', 'IPv4 addresses')
    t.contains(said[2].get('text', ''), '20010db8000000000000000000000007', 'IPv6 addresses')


@must(*NET, 'The runtime MUST set the network device state to "up" after moving it')
def net_device_up(t):
    bundle, before = with_device(t, c0={})
    flags = t.run(bundle, before=before)[3].get('text', '0')
    t.equal(int(flags, 16) & 1, 1, 'IFF_UP')


@must(*NET, 'The runtime MUST check if moving the network interface to the container namespace is possible')
def net_device_that_is_not_there(t):
    bundle, before = with_device(t, c9={})
    t.refused(bundle, before)
