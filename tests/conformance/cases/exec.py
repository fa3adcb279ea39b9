# SPDX-License-Identifier: Apache-2.0
"""exec isn't in the specification; its process gets what the container has."""

import json
import os

from suite.bundle import capability_sets
from suite.container import parse
from suite.registry import Failed, must, own


def process(**changes):
    return {'args': ['/probe', 'report'], 'cwd': '/', 'env': ['PATH=/'],
            'user': {'uid': 0, 'gid': 0}, 'capabilities': capability_sets(['CAP_KILL']), **changes}


def execute(c, status=0, options=(), **changes):
    """The report of a probe that is executed in a container."""
    file = c.bundle.file('process.json', json.dumps(process(**changes)))
    out = c.bundle.file('exec-out')
    err = c.bundle.file('exec-err')
    got = c.runtime.call('exec', '--process', file, *options, c.id, out=out, err=err)
    if got != status:
        raise Failed(f'exec exits with {got}: {c.bundle.text("exec-err").strip()}')
    return parse(c.bundle.text('exec-out'))


def target(t):
    """One container for all cases, which is there to the end."""
    if target not in t.shared:
        bundle = t.bundle('report', 'sleep')
        bundle.linux['seccomp'] = {'defaultAction': 'SCMP_ACT_ALLOW', 'syscalls': [
            {'names': ['sync'], 'action': 'SCMP_ACT_ERRNO'}]}
        bundle.process['noNewPrivileges'] = True
        c = t.container(bundle, f'conformance-exec-{os.getpid()}').create().start().ready()
        t.left.remove(c)
        t.kept.append(c)
        t.shared[target] = c
    return t.shared[target]


@own('exec', 'the process is in all namespaces of the container')
def exec_namespaces(t):
    c = target(t)
    got = execute(c)[0]['ns']
    for kind, link in c.lines()[0]['ns'].items():
        t.equal(got.get(kind), link, f'{kind} namespace')


@own('exec', 'the process is in the cgroup of the container')
def exec_cgroup(t):
    c = target(t)
    t.equal(execute(c)[0]['proc']['cgroup'], c.lines()[0]['proc']['cgroup'], 'cgroup')


@own('exec', 'the process has the filter of the container')
def exec_seccomp(t):
    said = execute(target(t), args=['/probe', 'call=sync', 'report'])
    t.equal(said[1]['seccomp'], 2, 'mode')


@own('exec', 'the process has the capabilities asked for, and no more')
def exec_capabilities(t):
    got = execute(target(t))[0]['capabilities']
    t.equal((got['bounding'], got['effective'], got['inheritable']), (1 << 5, 1 << 5, 0), 'sets')


@own('exec', 'uid, gid, groups, umask, cwd, env, args, rlimits, oomScoreAdj, noNewPrivileges are as asked for')
def exec_process(t):
    ids = {'uid': 7, 'gid': 8, 'additionalGids': [9]} if t.facts.many_ids else {'uid': 0, 'gid': 0}
    got = execute(target(t), user={**ids, 'umask': 0o037}, cwd='/dev', env=['A=b'],
                  noNewPrivileges=True, oomScoreAdj=77,
                  rlimits=[{'type': 'RLIMIT_NOFILE', 'soft': 50, 'hard': 60}])[0]
    t.equal((got['uid'], got['gid']), (ids['uid'], ids['gid']), 'uid and gid')
    if t.facts.many_ids:
        t.equal(sorted(set(got['groups']) - {8}), [9], 'groups')
    t.equal((got['umask'], got['cwd']), (0o037, '/dev'), 'umask and cwd')
    t.contains(got['env'], 'A=b', 'environment')
    t.equal(got['rlimits']['RLIMIT_NOFILE'], [50, 60], 'RLIMIT_NOFILE')
    t.equal((got['noNewPrivileges'], got['proc']['oom_score_adj'].strip()), (1, '77'),
            'no_new_privs and oom_score_adj')


@own('exec', 'no descriptor but the standard streams reaches the process')
def exec_descriptors(t):
    with open('/dev/null', 'rb') as null:
        os.set_inheritable(null.fileno(), True)
        t.equal(sorted(execute(target(t))[0]['fds']), ['0', '1', '2'], 'descriptors')


@own('exec', 'it exits with the status of the process')
def exec_status(t):
    execute(target(t), status=9, args=['/probe', 'fail=9'])


@own('exec', 'a program that isn\'t there is an error, and the container stays')
def exec_of_nothing(t):
    c = target(t)
    file = c.bundle.file('process.json', json.dumps(process(args=['/no/such/program'])))
    done = t.runtime.ask('exec', '--process', file, c.id)
    t.true(done.status != 0 and done.err.strip(), f'status {done.status}: {done.err}')
    t.equal(c.status(), 'running', 'status')


@own('exec', 'in a container that is stopped it is an error')
def exec_in_a_stopped_one(t):
    c = t.container(t.bundle('fail=0')).create().start().wait_stopped()
    done = t.runtime.ask('exec', c.id, '/probe')
    t.true(done.status != 0 and done.err.strip(), f'status {done.status}: {done.err}')


@own('exec', '--detach and --pid-file: it returns, and tells the process')
def exec_detached(t):
    c = target(t)
    pid_file = os.path.join(c.bundle.path, 'exec-pid')
    execute(c, options=('--detach', '--pid-file', pid_file), args=['/probe', 'sleep'])
    with open(pid_file, encoding='utf-8') as f:
        pid = int(f.read())
    t.equal(os.readlink(f'/proc/{pid}/ns/uts'), c.lines()[0]['ns']['uts'], 'uts namespace')
    os.kill(pid, 9)
    try:
        os.waitpid(pid, 0)
    except ChildProcessError:
        pass


@must('config.md', 'Linux Process', 'execCPUAffinity: final is a list of CPUs the process will be run on')
def exec_affinity(t):
    if len(os.sched_getaffinity(0)) < 2:
        t.skip('one CPU')
    got = execute(target(t), execCPUAffinity={'initial': '0', 'final': '1'})[0]
    t.equal(got['affinity'], 2, 'CPUs of the process')
