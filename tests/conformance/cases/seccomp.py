# SPDX-License-Identifier: Apache-2.0
"""config-linux.md, Seccomp: actions, arguments, flags, and the agent that is told."""

import array
import json
import os
import socket
import threading

from suite import schema
from suite.registry import must

SECCOMP = ('config-linux.md', 'Seccomp')
STATE = ('config-linux.md', 'The Container Process State')
EPERM, ENOSYS = 'EPERM', 'ENOSYS'


def rule(names, action, **more):
    return {'names': names, 'action': f'SCMP_ACT_{action}', **more}


def argument(index, value, op, two=0):
    return {'index': index, 'value': value, 'valueTwo': two, 'op': f'SCMP_CMP_{op}'}


def bundle_with(t, rules, actions, default='ALLOW', **more):
    bundle = t.bundle(*actions)
    bundle.linux['seccomp'] = {'defaultAction': f'SCMP_ACT_{default}', 'syscalls': rules, **more}
    return bundle


def seccomp(t, rules, *actions, status=0, **more):
    return t.run(bundle_with(t, rules, actions, **more), status)


@must(*SECCOMP, 'action SCMP_ACT_ERRNO; errnoRet: The default is EPERM')
def seccomp_errno(t):
    said = seccomp(t, [rule(['getppid'], 'ERRNO')], 'call=getppid', 'call=getsid', 'report')
    t.equal([s['errno'] for s in said[:2]], [EPERM, ''], 'what the calls give')
    t.equal(said[2]['seccomp'], 2, 'mode')


@must(*SECCOMP, 'errnoRet (uint, OPTIONAL) - the errno return code to use')
def seccomp_errno_ret(t):
    said = seccomp(t, [rule(['getppid'], 'ERRNO', errnoRet=38), rule(['getsid'], 'ERRNO', errnoRet=17)],
                   'call=getppid', 'call=getsid')
    t.equal([s['errno'] for s in said], [ENOSYS, 'EEXIST'], 'what the calls give')


# Everything that the probe, a static program, needs to say something.
NEEDED = ['read', 'write', 'writev', 'open', 'openat', 'close', 'fstat', 'newfstatat', 'lseek',
          'mmap', 'munmap', 'mprotect', 'brk', 'rt_sigaction', 'rt_sigprocmask', 'ioctl',
          'execve', 'execveat', 'exit', 'exit_group', 'arch_prctl', 'uname', 'readlink',
          'readlinkat', 'set_tid_address', 'set_robust_list', 'rseq', 'prlimit64', 'getrandom',
          'prctl', 'futex', 'sigaltstack', 'fcntl', 'close_range', 'getpid', 'gettid', 'sendmsg',
          'capset', 'capget', 'setresuid', 'setresgid', 'setgroups', 'chdir', 'getcwd', 'seccomp',
          'rt_sigreturn', 'getdents64', 'stat', 'poll', 'ppoll', 'recvmsg', 'nanosleep', 'madvise',
          'clock_nanosleep', 'epoll_ctl', 'epoll_pwait', 'tgkill', 'fchdir', 'dup3', 'fstatfs',
          'statx', 'faccessat', 'faccessat2', 'sched_yield', 'sched_getaffinity', 'openat2', 'sendto']


@must(*SECCOMP, 'defaultAction - the default action for seccomp; defaultErrnoRet - the errno return code to use')
def seccomp_default_action(t):
    said = seccomp(t, [rule(NEEDED, 'ALLOW')], 'call=getppid', default='ERRNO', defaultErrnoRet=17)
    t.equal(said[0]['errno'], 'EEXIST', 'what a call that isn\'t listed gives')
    said = seccomp(t, [rule(NEEDED, 'ALLOW')], 'call=getppid', default='ERRNO')
    t.equal(said[0]['errno'], EPERM, 'the same without defaultErrnoRet')


def _kills(action):
    def case(t):
        c = t.container(bundle_with(t, [rule(['getppid'], action)], ['call=getppid']))
        c.create().start()
        t.equal(c.wait(), -31, 'what ends it (SIGSYS)')
    must(*SECCOMP, f'action SCMP_ACT_{action}', f'seccomp_{action.lower()}')(case)


for _action in ('KILL', 'KILL_PROCESS', 'KILL_THREAD'):
    _kills(_action)


@must(*SECCOMP, 'action SCMP_ACT_TRAP')
def seccomp_trap(t):
    t.equal(seccomp(t, [rule(['getppid'], 'TRAP')], 'call=getppid')[0]['signal'], 31, 'signal')


@must(*SECCOMP, 'action SCMP_ACT_TRACE')
def seccomp_trace(t):
    t.equal(seccomp(t, [rule(['getppid'], 'TRACE')], 'call=getppid')[0]['errno'], ENOSYS,
            'without a tracer')


@must(*SECCOMP, 'action SCMP_ACT_LOG and SCMP_ACT_ALLOW')
def seccomp_log(t):
    said = seccomp(t, [rule(['getppid'], 'LOG'), rule(['getsid'], 'ALLOW')], 'call=getppid',
                   'call=getsid')
    t.equal([s['errno'] for s in said], ['', ''], 'what the calls give')


# For getpgid(N): the operator, its values, and which of N = 0, 1, 2 are refused.
OPERATORS = {
    'NE': ((1,), [0, 2]), 'LT': ((1,), [0]), 'LE': ((1,), [0, 1]), 'EQ': ((1,), [1]),
    'GE': ((1,), [1, 2]), 'GT': ((1,), [2]), 'MASKED_EQ': ((2, 2), [2]),
}


def _operator(op, values, refused):
    def case(t):
        two = values[1] if len(values) > 1 else 0
        rules = [rule(['getpriority'], 'ERRNO', errnoRet=17,
                      args=[argument(1, values[0], op, two)])]
        said = seccomp(t, rules, *(f'call=getpriority,0,{n}' for n in (0, 1, 2)))
        got = [n for n in (0, 1, 2) if said[n]['errno'] == 'EEXIST']
        t.equal(got, refused, f'arguments that {op} {values} matches')
    must(*SECCOMP, f'args op SCMP_CMP_{op}', f'seccomp_{op.lower()}')(case)


for _op, (_values, _refused) in OPERATORS.items():
    _operator(_op, _values, _refused)


@must(*SECCOMP, 'args: all of them are to match')
def seccomp_two_arguments(t):
    rules = [rule(['getpriority'], 'ERRNO', errnoRet=17,
                  args=[argument(0, 1, 'EQ'), argument(1, 0, 'EQ')])]
    said = seccomp(t, rules, 'call=getpriority,1,0', 'call=getpriority,0,0',
                   'call=getpriority,1,1')
    t.equal([s['errno'] == 'EEXIST' for s in said], [True, False, False], 'what is refused')


@must(*SECCOMP, 'value (uint64): the whole of an argument is compared')
def seccomp_wide_argument(t):
    rules = [rule(['getpriority'], 'ERRNO', errnoRet=17,
                  args=[argument(2, 0xfedcba9876543210, 'EQ')])]
    said = seccomp(t, rules, 'call=getpriority,0,0,0xfedcba9876543210',
                   'call=getpriority,0,0,0x76543210')
    t.equal([s['errno'] for s in said], ['EEXIST', ''], 'what the calls give')


@must(*SECCOMP, 'architectures - the architecture used for system calls')
def seccomp_architectures(t):
    said = seccomp(t, [rule(['getppid'], 'ERRNO')], 'call=getppid', 'call=getsid',
                   architectures=['SCMP_ARCH_X86', 'SCMP_ARCH_X32', 'SCMP_ARCH_X86_64']
                   if os.uname().machine == 'x86_64' else ['SCMP_ARCH_AARCH64'])
    t.equal([s['errno'] for s in said], [EPERM, ''], 'what the calls give')


@must(*SECCOMP, 'flags - list of flags to use with seccomp(2)')
def seccomp_flags(t):
    flags = ['SECCOMP_FILTER_FLAG_LOG', 'SECCOMP_FILTER_FLAG_SPEC_ALLOW',
             'SECCOMP_FILTER_FLAG_TSYNC']
    said = seccomp(t, [rule(['getppid'], 'ERRNO')], 'call=getppid', flags=flags)
    t.equal(said[0]['errno'], EPERM, 'what the call gives')


@must(*SECCOMP, 'no_new_privs isn\'t needed for a filter, and isn\'t set by one')
def seccomp_without_no_new_privileges(t):
    said = seccomp(t, [rule(['getppid'], 'ERRNO')], 'report')
    t.equal((said[0]['noNewPrivileges'], said[0]['seccomp']), (0, 2), 'no_new_privs and mode')


def _refused(name, quote, **more):
    def case(t):
        settings = {'rules': [rule(['getppid'], 'ERRNO')], **more}
        rules = settings.pop('rules')
        t.refused(bundle_with(t, rules, ['report'], **settings))
    must(*SECCOMP, quote, name)(case)


_NO_ERRNO = 'When the action doesn\'t support an errno, the runtime MUST print and error and fail'
_refused('seccomp_errno_of_another_action', _NO_ERRNO,
         rules=[rule(['getppid'], 'KILL', errnoRet=1)])
_refused('seccomp_default_errno_of_another_action', _NO_ERRNO + ' (defaultErrnoRet)',
         defaultErrnoRet=1)
_refused('seccomp_no_names', 'names MUST contain at least one entry', rules=[rule([], 'ERRNO')])
_refused('seccomp_unknown_action', 'A valid list of constants (action)',
         rules=[rule(['getppid'], 'DREAM')])
_refused('seccomp_unknown_default', 'A valid list of constants (defaultAction)', default='DREAM')
_refused('seccomp_unknown_operator', 'A valid list of constants (op)',
         rules=[rule(['getpriority'], 'ERRNO', args=[argument(0, 1, 'LIKE')])])
_refused('seccomp_unknown_architecture', 'A valid list of constants (architectures)',
         architectures=['SCMP_ARCH_Z80'])
_refused('seccomp_unknown_flag', 'A valid list of constants (flags)',
         flags=['SECCOMP_FILTER_FLAG_WISH'])
_refused('seccomp_metadata_alone', 'listenerMetadata MUST NOT be set if listenerPath is not set',
         listenerMetadata='x')
_refused('seccomp_listener_not_there', 'If sending to this socket fails, the runtime MUST generate an error',
         rules=[rule(['getppid'], 'NOTIFY')], listenerPath='/no/such/socket')


@must(*SECCOMP, 'If the SCMP_ACT_NOTIFY action is not used this value is ignored')
def seccomp_listener_unused(t):
    said = seccomp(t, [rule(['getppid'], 'ERRNO')], 'call=getppid', listenerPath='/no/such/socket')
    t.equal(said[0]['errno'], EPERM, 'what the call gives')


class Agent(threading.Thread):
    """Takes what the runtime sends; it answers nothing, so the container waits in its call."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.server = socket.socket(socket.AF_UNIX)
        self.server.bind(path)
        self.server.listen(8)
        self.server.settimeout(10)
        self.messages = []

    def run(self):
        try:
            while True:
                connection, _ = self.server.accept()
                text, fds, first = b'', array.array('i'), True
                while True:
                    data, ancillary, _, _ = connection.recvmsg(65536, socket.CMSG_SPACE(16))
                    if not data and not ancillary:
                        break
                    for _, _, payload in ancillary:
                        fds.frombytes(payload)
                        self.late = not first
                    text, first = text + data, False
                self.messages.append((text, list(fds)))
                connection.close()
        except OSError:
            pass

    def close(self):
        self.server.close()
        for _, fds in self.messages:
            for fd in fds:
                os.close(fd)


def tell_agent(t, start):
    """The messages to an agent for one container, which `start` starts."""
    bundle = bundle_with(t, [rule(['getppid'], 'NOTIFY')], ['report', 'sleep'])
    path = os.path.join(bundle.path, 'agent')
    bundle.linux['seccomp'].update(listenerPath=path, listenerMetadata='some data')
    bundle.config['annotations'] = {'com.example.k': 'v'}
    agent = Agent(path)
    agent.start()
    try:
        c = t.container(bundle)
        start(c)
        c.ready().wait_for(lambda: agent.messages, 'word to the agent')
        kinds = [os.readlink(f'/proc/self/fd/{fd}') for _, fds in agent.messages for fd in fds]
        texts = [text.decode() for text, _ in agent.messages]
        c.kill('KILL')
    finally:
        agent.close()
    return c, texts, kinds


def notified(t):
    """The same of a container that was created and started; asked for once."""
    if notified not in t.shared:
        t.shared[notified] = tell_agent(t, lambda c: c.create().start())
    return t.shared[notified]


@must(*SECCOMP, 'The runtime MUST send exactly one container process state per connection')
def seccomp_listener_once(t):
    t.equal(len(notified(t)[1]), 1, 'connections')
    json.loads(notified(t)[1][0])


@must(*SECCOMP, 'The runtime MUST send exactly one container process state per connection: run')
def seccomp_listener_of_run(t):
    _, texts, kinds = tell_agent(t, lambda c: t.equal(c.run('--detach'), 0, 'run ' + c.errors()))
    t.equal((len(texts), kinds), (1, ['anon_inode:seccomp notify']), 'what is sent')


@must(*STATE, 'file descriptors MUST be sent using SCM_RIGHTS; seccompFd is the seccomp file descriptor')
def seccomp_listener_descriptor(t):
    _, texts, kinds = notified(t)
    t.equal(json.loads(texts[0])['fds'], ['seccompFd'], 'fds')
    t.equal(kinds, ['anon_inode:seccomp notify'], 'descriptors')


@must(*STATE, 'The container process state includes: ociVersion, fds, pid, metadata, state')
def seccomp_listener_state(t):
    c, texts, _ = notified(t)
    told = json.loads(texts[0])
    t.contains(told, 'ociVersion', 'the state')
    t.equal(told['pid'], c.pid, 'pid')
    t.equal(told['metadata'], 'some data', 'metadata')
    t.equal(schema.problems('state-schema.json', told['state']), [], 'state, by its schema')
    t.equal((told['state']['id'], told['state']['status']), (c.id, 'creating'), 'id and status')
    t.equal(told['state'].get('annotations'), {'com.example.k': 'v'}, 'annotations')
