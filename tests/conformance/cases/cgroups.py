# SPDX-License-Identifier: Apache-2.0
"""config-linux.md, Control groups: where a container is, and its limits, on version 1 and 2."""

import os
import re

from suite.registry import Failed, must, own, should

PATH = ('config-linux.md', 'Cgroups Path')
OWNERS = ('config-linux.md', 'Cgroup ownership')
FILES = '/sys/fs/cgroup'
DELEGATED = ('cgroup.procs', 'cgroup.subtree_control', 'cgroup.threads')


def needs_cgroups(t, version=None):
    if version and t.facts.cgroup != version:
        t.skip(f'cgroup version {version} isn\'t here')
    if t.facts.cgroup == 0:
        t.skip('no cgroups here')
    if t.facts.ids == 'nested' or not (t.facts.root or (t.facts.cgroup == 2 and t.systemd)):
        t.skip('the caller may not make cgroups')


def a_path(t, name=None):
    name = name or f'conformance-{os.getpid()}-{t.count}'
    if t.systemd:
        return ('user.slice:' if not t.facts.root else 'system.slice:') + f'conformance:{name}'
    return f'/{name}'


def with_cgroup(t, bundle, name=None):
    bundle.linux['cgroupsPath'] = a_path(t, name)
    return bundle


def group_of(pid, controller=''):
    """The directory of a process' cgroup, as a path of the host."""
    with open(f'/proc/{pid}/cgroup', encoding='utf-8') as f:
        for line in f:
            number, names, path = line.rstrip('\n').split(':', 2)
            if controller and controller in names.split(','):
                return f'{FILES}/{controller}{path}'
            if not controller and number == '0':
                return FILES + path
    raise Failed(f'process {pid} is in no cgroup of {controller or "version 2"}')


def limited(t, resources):
    needs_cgroups(t)
    bundle = with_cgroup(t, t.bundle('sleep'))
    bundle.linux['resources'] = resources
    return t.container(bundle).create()


def value_of(t, c, v1, v2):
    """The text of a limit's file, and None when the kernel here has no such file."""
    controller, file = v1 if t.facts.cgroup == 1 else ('', v2)
    if t.facts.cgroup == 1 and not os.path.isdir(f'{FILES}/{controller}'):
        t.skip(f'no {controller} controller here')
    directory = group_of(c.pid, controller)
    # systemd has a group of its own for what it delegates, or not: the limit is where it binds.
    while not os.path.exists(f'{directory}/{file}'):
        if directory == FILES or len(directory) < len(FILES):
            t.skip(f'the kernel has no {file}')
        directory = os.path.dirname(directory)
    with open(f'{directory}/{file}', encoding='utf-8') as f:
        return f.read().strip()


def controllers():
    with open(f'{FILES}/cgroup.controllers', encoding='utf-8') as f:
        return f.read().split()


M = 1 << 20
# name, section and what of it, resources, file of version 1 and its text, of version 2; a text is
# a regular expression.
LIMITS = [
    ('memory_limit', 'Memory', 'limit - sets limit of memory usage',
     {'memory': {'limit': 64 * M}}, ('memory', 'memory.limit_in_bytes'), f'{64 * M}',
     'memory.max', f'{64 * M}'),
    ('memory_reservation', 'Memory', 'reservation - sets soft limit of memory usage',
     {'memory': {'reservation': 32 * M}}, ('memory', 'memory.soft_limit_in_bytes'), f'{32 * M}',
     'memory.low', f'{32 * M}'),
    ('memory_swap', 'Memory', 'swap - sets limit of memory+Swap usage',
     {'memory': {'limit': 64 * M, 'swap': 96 * M}}, ('memory', 'memory.memsw.limit_in_bytes'),
     f'{96 * M}', 'memory.swap.max', f'{32 * M}'),
    ('memory_unlimited', 'Memory', 'or -1 for unlimited memory', {'memory': {'limit': -1}},
     ('memory', 'memory.limit_in_bytes'), r'9\d{18}', 'memory.max', 'max'),
    ('cpu_shares', 'CPU', 'shares - specifies a relative share of CPU time',
     {'cpu': {'shares': 512}}, ('cpu', 'cpu.shares'), '512', 'cpu.weight', '20|59|58'),
    ('cpu_quota', 'CPU', 'quota - the total amount of time; period - how regularly',
     {'cpu': {'quota': 25000, 'period': 50000}}, ('cpu', 'cpu.cfs_quota_us'), '25000',
     'cpu.max', '25000 50000'),
    ('cpu_period', 'CPU', 'period - how regularly a cgroup\'s access to CPU is reallocated',
     {'cpu': {'quota': 25000, 'period': 50000}}, ('cpu', 'cpu.cfs_period_us'), '50000',
     'cpu.max', '25000 50000'),
    ('cpu_burst', 'CPU', 'burst - the maximum amount of accumulated time',
     {'cpu': {'quota': 25000, 'period': 50000, 'burst': 10000}}, ('cpu', 'cpu.cfs_burst_us'),
     '10000', 'cpu.max.burst', '10000'),
    ('cpu_idle', 'CPU', 'idle - cgroups are configured with minimum weight', {'cpu': {'idle': 1}},
     ('cpu', 'cpu.idle'), '1', 'cpu.idle', '1'),
    ('cpuset_cpus', 'CPU', 'cpus - list of CPUs the container will run in', {'cpu': {'cpus': '0'}},
     ('cpuset', 'cpuset.cpus'), '0', 'cpuset.cpus', '0'),
    ('cpuset_mems', 'CPU', 'mems - list of Memory Nodes the container will run in',
     {'cpu': {'mems': '0'}}, ('cpuset', 'cpuset.mems'), '0', 'cpuset.mems', '0'),
    ('pids_limit', 'PIDs', 'limit - specifies the maximum number of tasks in the cgroup',
     {'pids': {'limit': 33}}, ('pids', 'pids.max'), '33', 'pids.max', '33'),
]
# Files that only one version has; what isn't there MUST be an error on the other.
ONLY_V1 = [
    ('memory_swappiness', 'Memory', 'swappiness - sets swappiness parameter of vmscan',
     {'memory': {'swappiness': 33}}, ('memory', 'memory.swappiness'), '33'),
    ('memory_kernel_tcp', 'Memory', 'kernelTCP - sets hard limit for kernel TCP buffer memory',
     {'memory': {'kernelTCP': 8 * M}}, ('memory', 'memory.kmem.tcp.limit_in_bytes'), f'{8 * M}'),
    ('memory_oom_killer', 'Memory', 'disableOOMKiller - enables or disables the OOM killer',
     {'memory': {'disableOOMKiller': True}}, ('memory', 'memory.oom_control'),
     r'oom_kill_disable 1\b[\s\S]*'),
    ('net_cls', 'Network', 'classID - the network class identifier',
     {'network': {'classID': 1048577}}, ('net_cls', 'net_cls.classid'), '1048577'),
    ('net_prio', 'Network', 'priorities - the priorities assigned to traffic',
     {'network': {'priorities': [{'name': 'lo', 'priority': 5}]}},
     ('net_prio', 'net_prio.ifpriomap'), r'[\s\S]*lo 5\b[\s\S]*'),
]


def _limit(resources, v1, text1, v2, text2):
    def case(t):
        needs_cgroups(t)
        if t.facts.cgroup == 2 and v2.split('.')[0] not in controllers():
            bundle = with_cgroup(t, t.bundle('report'))
            bundle.linux['resources'] = resources
            t.refused(bundle)
            t.skip(f'no {v2.split(".")[0]} controller here, and it is refused')
        c = limited(t, resources)
        wanted = text1 if t.facts.cgroup == 1 else text2
        got = value_of(t, c, v1, v2)
        t.true(re.fullmatch(wanted, got), f'{got!r}, not {wanted}')
    return case


def _limit_of_v1(resources, v1, text):
    def case(t):
        needs_cgroups(t)
        if t.facts.cgroup == 1 and os.path.isdir(f'{FILES}/{v1[0]}'):
            got = value_of(t, limited(t, resources), v1, '')
            t.true(re.fullmatch(text, got), f'{got!r}, not {text}')
            return
        bundle = with_cgroup(t, t.bundle('report'))
        bundle.linux['resources'] = resources
        t.refused(bundle)
    return case


for _name, _section, _quote, _resources, _v1, _text1, _v2, _text2 in LIMITS:
    must('config-linux.md', _section, _quote, f'cgroup_{_name}')(
        _limit(_resources, _v1, _text1, _v2, _text2))
for _name, _section, _quote, _resources, _v1, _text in ONLY_V1:
    must('config-linux.md', _section, _quote, f'cgroup_{_name}')(
        _limit_of_v1(_resources, _v1, _text))


@must('config-linux.md', 'Memory', 'limit: what the process takes beyond it, it doesn\'t get')
def cgroup_memory_binds(t):
    needs_cgroups(t)
    bundle = with_cgroup(t, t.bundle(f'memory={200 * M}'))
    bundle.linux['resources'] = {'memory': {'limit': 32 * M, 'swap': 32 * M}}
    t.run(bundle, status=137)


@must('config-linux.md', 'PIDs', 'limit: no more tasks than that')
def cgroup_pids_bind(t):
    needs_cgroups(t)
    bundle = with_cgroup(t, t.bundle('fork=40'))
    bundle.linux['resources'] = {'pids': {'limit': 20}}
    said = t.run(bundle)[0]
    t.equal(said['errno'], 'EAGAIN', 'fork')
    t.true(said['made'] < 20, f'{said["made"]} children')


def a_disk():
    """The numbers of a whole disk, as limits want them."""
    for name in sorted(os.listdir('/sys/block')):
        if not name.startswith(('loop', 'ram', 'zram')):
            with open(f'/sys/block/{name}/dev', encoding='utf-8') as f:
                return tuple(int(n) for n in f.read().split(':'))
    return None


@must('config-linux.md', 'Block IO', 'throttleReadBpsDevice and its like - an array of per-device rate limits')
def cgroup_io_throttle(t):
    needs_cgroups(t)
    disk = a_disk()
    if not disk:
        t.skip('no disk here')
    device = {'major': disk[0], 'minor': disk[1]}
    c = limited(t, {'blockIO': {'throttleReadBpsDevice': [{**device, 'rate': 1048576}],
                                'throttleWriteIOPSDevice': [{**device, 'rate': 300}]}})
    number = f'{disk[0]}:{disk[1]}'
    if t.facts.cgroup == 1:
        t.contains(value_of(t, c, ('blkio', 'blkio.throttle.read_bps_device'), ''),
                   f'{number} 1048576', 'read_bps_device')
        t.contains(value_of(t, c, ('blkio', 'blkio.throttle.write_iops_device'), ''),
                   f'{number} 300', 'write_iops_device')
    else:
        got = value_of(t, c, ('', ''), 'io.max')
        t.true(re.search(rf'{number} rbps=1048576 .*wiops=300', got), f'io.max: {got}')


def _incomplete(name, file_section, quote, resources):
    def case(t):
        bundle = t.bundle('report')
        bundle.linux['resources'] = resources
        t.refused(bundle)
    must('config-linux.md', file_section, quote, name)(case)


NUMBER = {'major': 8, 'minor': 0}
_incomplete('cgroup_io_throttle_without_rate', 'Block IO', 'rate (uint64, REQUIRED)',
            {'blockIO': {'throttleReadBpsDevice': [NUMBER]}})
_incomplete('cgroup_io_weight_of_nothing', 'Block IO',
            'You MUST specify at least one of weight or leafWeight in a given entry',
            {'blockIO': {'weightDevice': [NUMBER]}})
_incomplete('cgroup_rdma_of_nothing', 'RDMA',
            'You MUST specify at least one of the hcaHandles or hcaObjects in a given entry',
            {'rdma': {'mlx5_1': {}}})


@must('config-linux.md', 'Block IO', 'weight - specifies per-cgroup weight')
def cgroup_io_weight(t):
    needs_cgroups(t)
    bundle = with_cgroup(t, t.bundle('sleep'))
    bundle.linux['resources'] = {'blockIO': {'weight': 200}}
    c = t.container(bundle)
    if not c.try_create():
        t.skip('no weights here, and they are refused: ' + c.errors()[:80])
    directory = group_of(c.pid, 'blkio' if t.facts.cgroup == 1 else '')
    found = {}
    for name in ('blkio.weight', 'blkio.bfq.weight', 'io.weight', 'io.bfq.weight'):
        if os.path.exists(f'{directory}/{name}'):
            with open(f'{directory}/{name}', encoding='utf-8') as f:
                found[name] = f.read()
    # A weight of 10 to 1000 is one of 1 to 10000 where the unified hierarchy has its own scale.
    t.true(any(re.search(r'\b(200|1920|1910)\b', text) for text in found.values()), found)


@must('config-linux.md', 'Huge page limits', 'limit in bytes of hugepagesize HugeTLB reservations (if supported) or usage')
def cgroup_hugepage_limit(t):
    needs_cgroups(t)
    directory = f'{FILES}/hugetlb' if t.facts.cgroup == 1 else FILES
    files = os.listdir(directory) if os.path.isdir(directory) else []
    sizes = {f.split('.')[1] for f in files if f.startswith('hugetlb.')}
    if not sizes:
        t.skip('no hugetlb controller here')
    size = sorted(sizes)[0]
    c = limited(t, {'hugepageLimits': [{'pageSize': size, 'limit': 4 * M}]})
    got = value_of(t, c, ('hugetlb', f'hugetlb.{size}.limit_in_bytes'), f'hugetlb.{size}.max')
    t.equal(got, str(4 * M), 'the limit')


@must('config-linux.md', 'RDMA', 'The name of the device to limit is the entry key: one that isn\'t there')
def cgroup_rdma_unknown_device(t):
    needs_cgroups(t)
    bundle = with_cgroup(t, t.bundle('report'))
    bundle.linux['resources'] = {'rdma': {'conformance0': {'hcaHandles': 3}}}
    t.refused(bundle)


UNIFIED = ('config-linux.md', 'Unified')


@must(*UNIFIED, 'Each key in the map refers to a file in the cgroup unified hierarchy')
def cgroup_unified(t):
    needs_cgroups(t, 2)
    c = limited(t, {'unified': {'memory.high': str(48 * M), 'pids.max': '44'}})
    t.equal(value_of(t, c, None, 'memory.high'), str(48 * M), 'memory.high')
    t.equal(value_of(t, c, None, 'pids.max'), '44', 'pids.max')


@must(*UNIFIED, 'Configuration unknown to the runtime MUST still be written to the relevant file')
def cgroup_unified_unknown(t):
    needs_cgroups(t, 2)
    c = limited(t, {'unified': {'memory.oom.group': '1'}})
    t.equal(value_of(t, c, None, 'memory.oom.group'), '1', 'memory.oom.group')


@must(*UNIFIED, 'The runtime MUST generate an error when the configuration refers to a cgroup controller that is not present')
def cgroup_unified_missing(t):
    needs_cgroups(t)
    bundle = with_cgroup(t, t.bundle('report'))
    bundle.linux['resources'] = {'unified': {'nonsense.max': '1'}}
    t.refused(bundle)


@must(*UNIFIED, 'If the conversion is not possible the runtime MUST generate an error: unified settings on version 1')
def cgroup_unified_on_v1(t):
    needs_cgroups(t, 1)
    bundle = with_cgroup(t, t.bundle('report'))
    bundle.linux['resources'] = {'unified': {'memory.max': '100000000'}}
    t.refused(bundle)


@must(*PATH, 'In the case of an absolute path, the runtime MUST take the path to be relative to the cgroups mount point')
def cgroup_path_absolute(t):
    needs_cgroups(t)
    if t.systemd:
        t.skip('systemd names its groups')
    c = t.container(with_cgroup(t, t.bundle('sleep'), 'conformance-absolute/below')).create()
    directory = group_of(c.pid, 'memory' if t.facts.cgroup == 1 else '')
    t.true(directory.endswith('/conformance-absolute/below'), directory)
    c.delete('--force')
    for controller in [''] if t.facts.cgroup == 2 else os.listdir(FILES):
        try:
            os.rmdir(f'{FILES}/{controller}/conformance-absolute')
        except OSError:
            pass


@must(*PATH, 'the runtime MUST consistently attach to the same place in the cgroups hierarchy given the same value')
def cgroup_path_consistent(t):
    needs_cgroups(t)
    places = []
    for _ in range(2):
        c = t.container(with_cgroup(t, t.bundle('sleep'), f'conformance-same-{os.getpid()}'))
        c.create()
        places.append(group_of(c.pid, 'memory' if t.facts.cgroup == 1 else ''))
        c.kill('KILL')
        c.wait_stopped().delete()
    t.equal(places[0], places[1], 'the second place')


@must('config-linux.md', 'Namespaces', 'cgroup: the container will have an isolated view of the cgroup hierarchy')
def cgroup_namespace_view(t):
    needs_cgroups(t)
    bundle = with_cgroup(t, t.bundle('report'))
    lines = t.run(bundle)[0]['proc']['cgroup'].splitlines()
    controller = 'memory' if t.facts.cgroup == 1 else ''
    paths = [line.split(':', 2)[2] for line in lines
             if line.split(':', 2)[1] in (controller, f'name={controller}')]
    t.equal(paths[:1], ['/'], 'its own place, as it sees it')


@must('runtime.md', 'Delete', 'Deleting a container MUST delete the resources that were created: its cgroup')
def cgroup_is_deleted(t):
    needs_cgroups(t)
    c = t.container(with_cgroup(t, t.bundle('sleep'))).create()
    directories = {group_of(c.pid, n) for n in
               (('memory', 'cpu', 'pids', 'devices') if t.facts.cgroup == 1 else ('',))
               if t.facts.cgroup == 2 or os.path.isdir(f'{FILES}/{n}')}
    c.kill('KILL')
    c.wait_stopped().delete()
    if t.systemd:
        c.wait_for(lambda: not any(os.path.exists(f) for f in directories), 'removed cgroup')
    t.equal([f for f in directories if os.path.exists(f)], [], 'cgroups left')


def cgroup_mount(bundle, *options):
    return bundle.mount('/sys/fs/cgroup', 'cgroup', 'cgroup', 'nosuid', 'noexec', 'nodev',
                        'relatime', *options)


@must('config.md', 'Mounts', 'type cgroup: the container\'s own part of the hierarchy, read-only when ro is given')
def cgroup_mounted(t):
    if t.facts.cgroup == 0:
        t.skip('no cgroups here')
    if t.facts.cgroup == 1 and not t.facts.root:
        t.skip('version 1 is root\'s')
    file = 'memory/cgroup.procs' if t.facts.cgroup == 1 else 'cgroup.procs'
    bundle = t.bundle('report', f'read=/sys/fs/cgroup/{file}', f'write=/sys/fs/cgroup/{file},0')
    cgroup_mount(bundle, 'ro')
    if t.facts.root:
        with_cgroup(t, bundle)
    said = t.run(bundle)
    kind = 'cgroup2' if t.facts.cgroup == 2 else 'tmpfs'
    t.equal(t.mount_at(said[0], '/sys/fs/cgroup')['type'], kind, 'what is mounted')
    t.contains(said[1].get('text', ''), '1\n', 'the process of the container')
    t.equal(said[2]['errno'], 'EROFS', 'writing')


def ownership(t, *options):
    """Owners of the cgroup and of its files, for a container whose process is user 1000."""
    needs_cgroups(t, 2)
    bundle = with_cgroup(t, t.bundle('sleep'))
    if not t.facts.user_namespace:
        bundle.namespace('user')
        for key in ('uidMappings', 'gidMappings'):
            bundle.linux[key] = [{'containerID': 0, 'hostID': 200000, 'size': 65536}]
        os.chown(bundle.rootfs, 200000, 200000)
    if options is not None:
        cgroup_mount(bundle, *options)
    c = t.container(bundle).create()
    directory = group_of(c.pid)
    owners = {'': os.stat(directory).st_uid}
    for name in os.listdir(directory):
        owners[name] = os.stat(f'{directory}/{name}').st_uid
    return owners, bundle.linux['uidMappings'][0]['hostID']


def delegated_names():
    try:
        with open('/sys/kernel/cgroup/delegate', encoding='utf-8') as f:
            return f.read().split()
    except OSError:
        return DELEGATED


@should(*OWNERS, 'Runtimes SHOULD change the cgroup ownership if the cgroup filesystem is to be mounted read/write')
def cgroup_owner_when_writable(t):
    owners, root = ownership(t)
    t.equal(owners[''], root, 'owner of the cgroup')
    for name in delegated_names():
        if name in owners:
            t.equal(owners[name], root, f'owner of {name}')


@should(*OWNERS, 'The runtime SHOULD NOT change the ownership of any other files')
def cgroup_owner_of_other_files(t):
    t.needs_root('an ordinary user owns all of its groups')
    owners, root = ownership(t)
    others = [n for n, uid in owners.items() if n and uid == root and n not in delegated_names()]
    t.equal(others, [], 'other files of the container\'s root')


@should(*OWNERS, 'If the configuration does not specify such a mount, the runtime SHOULD NOT change the cgroup ownership')
def cgroup_owner_when_readonly(t):
    t.needs_root('an ordinary user owns all of its groups')
    t.equal(ownership(t, 'ro')[0][''], 0, 'owner of the cgroup')


@should(*OWNERS, 'Runtimes SHOULD NOT change the ownership of container cgroups when cgroups v1 is in use')
def cgroup_owner_on_v1(t):
    needs_cgroups(t, 1)
    bundle = with_cgroup(t, t.bundle('sleep'))
    bundle.process['user'] = {'uid': 1000, 'gid': 1000}
    cgroup_mount(bundle)
    c = t.container(bundle).create()
    t.equal(os.stat(group_of(c.pid, 'memory')).st_uid, 0, 'owner of the cgroup')


@own('Control groups', 'pause and resume: the state is paused, and running again')
def pause_and_resume(t):
    needs_cgroups(t)
    c = t.container(with_cgroup(t, t.bundle('sleep'))).create().start().ready()
    done = t.runtime.ask('pause', c.id)
    t.equal(done.status, 0, 'pause ' + done.err)
    t.equal(c.status(), 'paused', 'status')
    done = t.runtime.ask('resume', c.id)
    t.equal(done.status, 0, 'resume ' + done.err)
    t.equal(c.status(), 'running', 'status')


@own('Control groups', 'update changes a limit of a running container')
def update_of_a_limit(t):
    c = limited(t, {'pids': {'limit': 33}})
    done = t.runtime.ask('update', '--pids-limit', '44', c.id)
    t.equal(done.status, 0, 'update ' + done.err)
    t.equal(value_of(t, c, ('pids', 'pids.max'), 'pids.max'), '44', 'pids.max')


@must('config-linux.md', 'Memory', 'checkBeforeUpdate: If enabled, runtime MUST reject the new limit')
def update_below_the_usage(t):
    needs_cgroups(t)
    bundle = with_cgroup(t, t.bundle('sleep'))
    bundle.linux['resources'] = {'memory': {'limit': 256 * M, 'checkBeforeUpdate': True}}
    c = t.container(bundle).create().start().ready()
    resources = bundle.file('update.json', '{"memory": {"limit": 4096, "checkBeforeUpdate": true}}')
    done = t.runtime.ask('update', '--resources', resources, c.id)
    t.true(done.status != 0, 'the limit was taken')
    t.equal(c.status(), 'running', 'status')
