# SPDX-License-Identifier: Apache-2.0
"""config.md, Process: what the process is given."""

import array
import os
import resource
import socket
import subprocess

from suite.bundle import capability_sets
from suite.registry import must, own, should

PROCESS = ('config.md', 'Process')
POSIX = ('config.md', 'POSIX process')
LINUX = ('config.md', 'Linux Process')
USER = ('config.md', 'POSIX-platform User')

RLIMITS = {'RLIMIT_AS': 1 << 40, 'RLIMIT_CORE': 1 << 20, 'RLIMIT_CPU': 5000,
           'RLIMIT_DATA': 1 << 40, 'RLIMIT_FSIZE': 1 << 40, 'RLIMIT_LOCKS': 100,
           'RLIMIT_MEMLOCK': 4096, 'RLIMIT_MSGQUEUE': 8192, 'RLIMIT_NICE': 0,
           'RLIMIT_NOFILE': 500, 'RLIMIT_NPROC': 4000, 'RLIMIT_RSS': 1 << 40, 'RLIMIT_RTPRIO': 0,
           'RLIMIT_RTTIME': 900000, 'RLIMIT_SIGPENDING': 1000, 'RLIMIT_STACK': 1 << 23}


def full(bundle):
    """A process with most members that work everywhere."""
    process = bundle.process
    bundle.directory('rootfs/work/dir')
    process['cwd'] = '/work/dir'
    process['env'] = ['PATH=/bin:/', 'EMPTY=', 'SPACES=a b  c', 'EQUALS=a=b', 'UTF=ä']
    process['rlimits'] = [{'type': k, 'soft': v - v // 4, 'hard': v} for k, v in RLIMITS.items()]
    process['user']['umask'] = 0o027
    process['consoleSize'] = {'height': 10, 'width': 20}
    process['capabilities'] = {
        'bounding': ['CAP_KILL', 'CAP_CHOWN', 'CAP_SETUID', 'CAP_SYS_CHROOT'],
        'permitted': ['CAP_KILL', 'CAP_CHOWN', 'CAP_SETUID'],
        'effective': ['CAP_KILL', 'CAP_CHOWN'],
        'inheritable': ['CAP_KILL', 'CAP_SETUID'],
        'ambient': ['CAP_KILL'],
    }
    process['args'] = ['/probe', 'report', 'list=/proc/self/fd']


def bits(*names):
    numbers = {'CAP_CHOWN': 0, 'CAP_KILL': 5, 'CAP_SETUID': 7, 'CAP_SYS_CHROOT': 18}
    return sum(1 << numbers[n] for n in names)


@must(*PROCESS, 'cwd (string, REQUIRED) is the working directory that will be set for the executable')
def cwd(t):
    t.equal(t.report(full)['cwd'], '/work/dir', 'cwd')


@must(*PROCESS, 'cwd: This value MUST be an absolute path')
def cwd_is_absolute(t):
    for path in ('work', ''):
        bundle = t.bundle('report')
        bundle.process['cwd'] = path
        t.refused(bundle)
    bundle = t.bundle('report')
    del bundle.process['cwd']
    t.refused(bundle)


@must(*PROCESS, 'env with the same semantics as environ')
def environment(t):
    wanted = ['PATH=/bin:/', 'EMPTY=', 'SPACES=a b  c', 'EQUALS=a=b', 'UTF=\xc3\xa4']
    got = t.report(full)['env']
    # HOME is what runtimes add by themselves, for programs that can't do without.
    t.equal([e for e in got if not e.startswith('HOME=')], wanted, 'environment')


@must(*PROCESS, 'args with similar semantics to execvp\'s argv')
def arguments(t):
    bundle = t.bundle()
    bundle.process['args'] = ['/probe', 'report', 'fail=0', '', ' a  b ', '$HOME', '*']
    t.equal(t.run(bundle)[0]['args'], bundle.process['args'], 'arguments')


@must(*PROCESS, 'that entry is used with the same semantics as execvp\'s file')
def arguments_by_path(t):
    bundle = t.bundle()
    bundle.directory('rootfs/opt/bin')
    os.rename(os.path.join(bundle.rootfs, 'probe'),
              os.path.join(bundle.rootfs, 'opt/bin/known'))
    bundle.process['args'] = ['known', 'report']
    bundle.process['env'] = ['PATH=/nowhere:/opt/bin']
    t.equal(t.run(bundle)[0]['args'], ['known', 'report'], 'arguments')
    relative = t.bundle()
    relative.directory('rootfs/opt')
    relative.process['args'] = ['../probe', 'report']
    relative.process['cwd'] = '/opt'
    t.run(relative)


@must(*PROCESS, 'at least one entry is REQUIRED')
def arguments_are_required(t):
    for args in ([], None):
        bundle = t.bundle('report')
        bundle.process['args'] = args
        if args is None:
            del bundle.process['args']
        t.refused(bundle)


@must(*PROCESS, 'args: a program that can\'t be executed is an error')
def program_that_is_not_there(t):
    bundle = t.bundle()
    bundle.file('rootfs/plain', 'text')
    for program in ('/no/such/program', 'unknown', '/plain', '/dev'):
        bundle = t.bundle()
        bundle.file('rootfs/plain', 'text')
        bundle.process['args'] = [program]
        t.refused(bundle)


@must(*PROCESS, 'Runtimes MUST ignore consoleSize if terminal is false or unset')
def console_size_without_terminal(t):
    for fd in ('0', '1', '2'):
        t.equal(t.report(full)['fds'][fd]['tty'], 0, f'terminal at {fd}')


def with_terminal(t, size=None):
    """The report of a container that has a terminal, as engines give one: by a socket."""
    bundle = t.bundle('report', 'stat=/dev/console', 'sleep')
    bundle.process['terminal'] = True
    if size:
        bundle.process['consoleSize'] = size
    path = os.path.join(bundle.path, 'console')
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        server.listen(1)
        c = t.container(bundle).create('--console-socket', path)
        with server.accept()[0] as connection:
            fds = array.array('i')
            _, ancillary, _, _ = connection.recvmsg(4096, socket.CMSG_SPACE(4))
            fds.frombytes(ancillary[0][2])
    try:
        c.start()
        text = b''
        while b'ready' not in text:
            text += os.read(fds[0], 4096)
    finally:
        os.close(fds[0])
    c.kill('KILL')
    with open(c.out, 'ab') as f:
        f.write(text.replace(b'\r\n', b'\n'))
    return c.lines()


@must(*PROCESS, 'terminal: a pseudoterminal pair is allocated for the process and duplicated on the standard streams')
def terminal(t):
    said = with_terminal(t)
    report = said[0]
    for fd in ('0', '1', '2'):
        t.equal(report['fds'][fd]['tty'], 1, f'terminal at {fd}')
    t.equal(sorted(report['fds']), ['0', '1', '2'], 'descriptors')
    t.equal(report['sid'], report['pid'], 'session')


@must('config-linux.md', 'Default Devices', '/dev/console is set up if terminal is enabled, by bind mounting the pseudoterminal pty')
def terminal_console(t):
    said = with_terminal(t)
    t.equal(said[1]['errno'], '', '/dev/console')
    t.equal(said[1]['major'], 136, 'major number of a pty')
    t.equal(t.mount_at(said[0], '/dev/console')['type'], 'devpts', 'its filesystem')


@must(*PROCESS, 'consoleSize (object, OPTIONAL) specifies the console size in characters of the terminal')
def console_size(t):
    fd = with_terminal(t, {'height': 33, 'width': 101})[0]['fds']['0']
    t.equal((fd['rows'], fd['columns']), (33, 101), 'rows and columns')


def _rlimit(name, index, quote):
    value = RLIMITS[name]

    def case(t):
        t.equal(t.report(full)['rlimits'][name][index], value if index else value - value // 4,
                name)
    must(*POSIX, f'{quote}: {name}', f'{"hard" if index else "soft"}_{name}')(case)


for _name in RLIMITS:
    _rlimit(_name, 0, 'soft: rlim.rlim_cur MUST match the configured value')
    _rlimit(_name, 1, 'hard: rlim.rlim_max MUST match the configured value')


@must(*POSIX, 'rlimits: an infinite limit')
def rlimit_infinite(t):
    bundle = t.bundle('report')
    if not t.facts.root and resource.getrlimit(resource.RLIMIT_CORE)[1] != resource.RLIM_INFINITY:
        t.skip('the caller\'s own limit is lower')
    bundle.process['rlimits'] = [{'type': 'RLIMIT_CORE', 'soft': 2**64 - 1, 'hard': 2**64 - 1}]
    t.equal(t.run(bundle)[0]['rlimits']['RLIMIT_CORE'], [2**64 - 1, 2**64 - 1], 'RLIMIT_CORE')


@must(*POSIX, 'The runtime MUST generate an error for any values which cannot be mapped to a relevant kernel interface')
def rlimit_unknown(t):
    bundle = t.bundle('report')
    bundle.process['rlimits'] = [{'type': 'RLIMIT_WORDS', 'soft': 1, 'hard': 1}]
    t.refused(bundle)


@must(*POSIX, 'If rlimits contains duplicated entries with same type, the runtime MUST generate an error')
def rlimit_twice(t):
    bundle = t.bundle('report')
    bundle.process['rlimits'] = [{'type': 'RLIMIT_CORE', 'soft': 1, 'hard': 1}] * 2
    t.refused(bundle)


SETS = {'bounding': bits('CAP_KILL', 'CAP_CHOWN', 'CAP_SETUID', 'CAP_SYS_CHROOT'),
        'permitted': bits('CAP_KILL', 'CAP_CHOWN', 'CAP_SETUID'),
        'effective': bits('CAP_KILL', 'CAP_CHOWN'),
        'inheritable': bits('CAP_KILL', 'CAP_SETUID'), 'ambient': bits('CAP_KILL')}


def capability_user(bundle):
    """execve(2) gives root all of its bounding set, so the sets are seen as an ordinary user."""
    full(bundle)
    bundle.process['user'] = {'uid': 1000, 'gid': 1000, 'umask': 0o027}
    bundle.process['capabilities']['effective'] = ['CAP_KILL']


def _capability_set(name):
    def case(t):
        if t.facts.many_ids:
            # Capabilities that are not ambient are lost when an ordinary user executes a program.
            wanted = SETS[name] if name in ('bounding', 'inheritable', 'ambient') \
                else bits('CAP_KILL')
            t.equal(t.report(capability_user)['capabilities'][name], wanted, name)
        else:
            wanted = SETS['bounding'] if name in ('permitted', 'effective') else SETS[name]
            got = t.report(full)['capabilities'][name]
            t.contains((wanted, SETS['bounding'] & got), got, name)
    must(*LINUX, f'{name} (array of strings, OPTIONAL) is an array of {name} capabilities that are kept for the '
         'process', f'capabilities_{name}')(case)


for _name in SETS:
    _capability_set(_name)


@must(*LINUX, 'capabilities: of root without more, the effective and permitted sets are as configured after execve')
def capabilities_of_root(t):
    names = ['CAP_KILL', 'CAP_CHOWN']
    bundle = t.bundle('report')
    bundle.process['capabilities'] = capability_sets(names)
    got = t.run(bundle)[0]['capabilities']
    for each in ('bounding', 'permitted', 'effective'):
        t.equal(got[each], bits(*names), each)
    t.equal((got['inheritable'], got['ambient']), (0, 0), 'inheritable and ambient')


@must(*LINUX, 'noNewPrivileges to true prevents the process from gaining additional privileges')
def no_new_privileges(t):
    for value in (True, False):
        bundle = t.bundle('report')
        bundle.process['noNewPrivileges'] = value
        t.equal(t.run(bundle)[0]['noNewPrivileges'], int(value), 'no_new_privs')


@must(*LINUX, 'If oomScoreAdj is set, the runtime MUST set oom_score_adj to the given value')
def oom_score_adj(t):
    bundle = t.bundle('report')
    bundle.process['oomScoreAdj'] = 123
    t.equal(t.run(bundle)[0]['proc']['oom_score_adj'].strip(), '123', 'oom_score_adj')


@must(*LINUX, 'If oomScoreAdj is not set, the runtime MUST NOT change the value of oom_score_adj')
def oom_score_adj_not_set(t):
    with open('/proc/self/oom_score_adj', encoding='utf-8') as f:
        mine = f.read()
    t.equal(t.report(full)['proc']['oom_score_adj'], mine, 'oom_score_adj')


POLICIES = {'SCHED_OTHER': 0, 'SCHED_BATCH': 3, 'SCHED_IDLE': 5}
REAL_TIME = {'SCHED_FIFO': 1, 'SCHED_RR': 2}


def scheduled(t, **scheduler):
    bundle = t.bundle('report')
    bundle.process['scheduler'] = scheduler
    return t.run(bundle)[0]['scheduler']


@must(*LINUX, 'scheduler: policy (string, REQUIRED) represents the scheduling policy')
def scheduler_policy(t):
    for name, number in POLICIES.items():
        t.equal(scheduled(t, policy=name)['policy'], number, name)


@must(*LINUX, 'scheduler: nice (int32, OPTIONAL) is the nice value for the process')
def scheduler_nice(t):
    t.equal(scheduled(t, policy='SCHED_OTHER', nice=7)['nice'], 7, 'nice')


@must(*LINUX, 'scheduler: priority represents the static priority, used by real-time policies')
def scheduler_priority(t):
    t.needs_root('real-time policies are root\'s')
    if subprocess.run(['chrt', '-f', '5', 'true'], check=False, capture_output=True).returncode:
        t.skip('the kernel has no real-time policies for us')
    for name, number in REAL_TIME.items():
        got = scheduled(t, policy=name, priority=5)
        t.equal((got['policy'], got['priority']), (number, 5), name)


@must(*LINUX, 'scheduler: runtime, deadline, period, used by the deadline scheduler')
def scheduler_deadline(t):
    t.needs_root('the deadline policy is root\'s')
    got = scheduled(t, policy='SCHED_DEADLINE', runtime=10**7, deadline=3 * 10**7,
                    period=4 * 10**7, flags=['SCHED_FLAG_RESET_ON_FORK'])
    t.equal((got['policy'], got['runtime'], got['deadline'], got['period']),
            (6, 10**7, 3 * 10**7, 4 * 10**7), 'policy and times')


@must(*LINUX, 'scheduler: flags is an array of strings representing scheduling flags')
def scheduler_flags(t):
    t.equal(scheduled(t, policy='SCHED_BATCH', flags=['SCHED_FLAG_RESET_ON_FORK'])['flags'] & 1,
            1, 'reset on fork')


@must(*LINUX, 'ioPriority: class specifies the I/O scheduling class, priority the level within the class')
def io_priority(t):
    for name, number in (('IOPRIO_CLASS_BE', 2), ('IOPRIO_CLASS_IDLE', 3)):
        bundle = t.bundle('report')
        bundle.process['ioPriority'] = {'class': name, 'priority': 4}
        got = t.run(bundle)[0]['ioprio']
        t.equal((got >> 13, got & 7), (number, 4), name)


@must(*LINUX, 'execCPUAffinity: This setting is not applicable to the container\'s init process')
def exec_affinity_of_init(t):
    bundle = t.bundle('report')
    bundle.process['execCPUAffinity'] = {'initial': '0', 'final': '0'}
    mine = sum(1 << n for n in os.sched_getaffinity(0))
    t.equal(t.run(bundle)[0]['affinity'], mine, 'CPUs of the process')


@must(*LINUX, 'apparmorProfile specifies the name of the AppArmor profile for the process')
def apparmor_profile(t):
    if not os.path.exists('/sys/module/apparmor/parameters/enabled'):
        bundle = t.bundle('report')
        bundle.process['apparmorProfile'] = 'conformance-none'
        t.refused(bundle)
        return
    t.skip('a profile would have to be loaded')


@must(*LINUX, 'selinuxLabel specifies the SELinux label for the process')
def selinux_label(t):
    if os.path.exists('/sys/fs/selinux/enforce'):
        t.skip('needs a policy of its own')
    bundle = t.bundle('report')
    bundle.process['selinuxLabel'] = 'system_u:system_r:svirt_lxc_net_t:s0:c124,c675'
    t.refused(bundle)


@must(*USER, 'uid and gid specify the ids in the container namespace')
def user_ids(t):
    t.needs_ids()
    bundle = t.bundle('report')
    bundle.process['user'] = {'uid': 1000, 'gid': 2000}
    got = t.run(bundle)[0]
    t.equal((got['uid'], got['gid']), (1000, 2000), 'uid and gid')
    t.contains(([], [2000]), got['groups'], 'groups')


@must(*USER, 'additionalGids specifies additional group IDs to be added to the process')
def user_additional_gids(t):
    t.needs_ids()
    bundle = t.bundle('report')
    bundle.process['user'] = {'uid': 1, 'gid': 1, 'additionalGids': [5, 6, 1000]}
    t.equal(sorted(set(t.run(bundle)[0]['groups']) - {1}), [5, 6, 1000], 'groups')


@must(*USER, 'umask specifies the umask of the user')
def user_umask(t):
    t.equal(oct(t.report(full)['umask']), '0o27', 'umask')


@should(*USER, 'If unspecified, the umask should not be changed from the calling process\' umask')
def user_umask_unspecified(t):
    before = os.umask(0o005)
    try:
        c = t.container(t.bundle('report'))
        t.equal(c.run(), 0, 'run ' + c.errors())
    finally:
        os.umask(before)
    t.equal(oct(c.lines()[0]['umask']), '0o5', 'umask')


@own('Process', 'no descriptor but the standard streams reaches the process')
def descriptors(t):
    with open('/dev/null', 'rb') as null:
        os.set_inheritable(null.fileno(), True)
        c = t.container(t.bundle('report'))
        t.equal(c.run(pass_fds=(null.fileno(),)), 0, 'run ' + c.errors())
    t.equal(sorted(c.lines()[0]['fds']), ['0', '1', '2'], 'descriptors')


@own('Process', '--preserve-fds hands descriptors over')
def preserved_descriptors(t):
    bundle = t.bundle('report')
    with open(bundle.file('given'), 'rb') as given:
        fd = os.dup2(given.fileno(), 3)
        try:
            c = t.container(bundle)
            t.equal(c.run('--preserve-fds', '1', pass_fds=(3,)), 0, 'run ' + c.errors())
        finally:
            if fd != given.fileno():
                os.close(fd)
    t.equal(sorted(c.lines()[0]['fds']), ['0', '1', '2', '3'], 'descriptors')


@own('Process', 'the process has a session keyring of its own, unless --no-new-keyring is given')
def keyring(t):
    c = t.container(t.bundle('report'))
    t.equal(c.run(), 0, 'run ' + c.errors())
    other = t.container(t.bundle('report'))
    t.equal(other.run(), 0, 'run ' + other.errors())
    t.true(c.lines()[0]['session'] != other.lines()[0]['session'],
           'two containers have one session keyring')
