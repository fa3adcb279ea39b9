# SPDX-License-Identifier: Apache-2.0
"""runtime.md and config.md: hooks, their order, where they run, and what they are told."""

import json
import os

from suite import schema
from suite.registry import must

HOOKS = ('config.md', 'POSIX-platform Hooks')
CREATE = ('prestart', 'createRuntime', 'createContainer')
ALL = (*CREATE, 'startContainer', 'poststart', 'poststop')


def hook(t, bundle, kind, name=None, *more):
    """One that appends to the bundle's file "hooks", as seen from where it runs."""
    inside = kind == 'startContainer'
    path = '/probe' if inside else t.probe
    target = '/log/hooks' if inside else f'{bundle.path}/hooks'
    return {'path': path, 'args': ['probe', f'hook={target},{name or kind}', *more]}


def with_hooks(t, *kinds, actions=('sleep',)):
    bundle = t.bundle(*actions)
    bundle.config['annotations'] = {'com.example.key': 'value'}
    bundle.file('hooks')
    os.chmod(os.path.join(bundle.path, 'hooks'), 0o666)
    bundle.directory('rootfs/log')
    bundle.mount('/log', 'bind', bundle.path, 'rbind')
    bundle.config['hooks'] = {k: [hook(t, bundle, k, f'{k} 1'), hook(t, bundle, k, f'{k} 2')]
                              for k in kinds}
    return bundle


def whole_life(t):
    """Names of hooks after create, start, and delete; and the container. Run once for all cases."""
    if whole_life not in t.shared:
        c = t.container(with_hooks(t, *ALL))
        c.create()
        seen = [[h['name'] for h in c.hooks()]]
        c.start()
        seen.append([h['name'] for h in c.hooks()])
        c.ready()
        c.kill('KILL')
        c.wait_stopped()
        seen.append([h['name'] for h in c.hooks()])
        c.delete()
        t.shared[whole_life] = (c, [*seen, [h['name'] for h in c.hooks()]])
    return t.shared[whole_life]


def hook_of(t, kind):
    found = [h for h in whole_life(t)[0].hooks() if h['name'] == f'{kind} 1']
    t.equal(len(found), 1, f'calls of {kind}')
    return found[0]


def each_twice(*kinds):
    return [f'{k} {n}' for k in kinds for n in (1, 2)]


@must(*HOOKS, 'Hooks MUST be called in the listed order')
def hooks_in_order(t):
    for kind in ALL:
        names = [n for n in whole_life(t)[1][-1] if n.startswith(kind + ' ')]
        t.equal(names, each_twice(kind), 'order')


@must('runtime.md', 'Lifecycle', 'The prestart, createRuntime and createContainer hooks MUST be invoked by the runtime')
def hooks_of_create(t):
    t.equal(whole_life(t)[1][0], each_twice(*CREATE), 'after create')


@must('config.md', 'Prestart', 'The prestart hooks MUST be called before the createRuntime hooks')
def prestart_before_create_runtime(t):
    names = whole_life(t)[1][-1]
    t.true(names.index('prestart 2') < names.index('createRuntime 1'), f'order: {names}')


@must('config.md', 'CreateContainer Hooks', 'The createContainer hooks MUST be called after the createRuntime hooks')
def create_container_after_create_runtime(t):
    names = whole_life(t)[1][-1]
    t.true(names.index('createRuntime 2') < names.index('createContainer 1'), f'order: {names}')


@must('config.md', 'StartContainer Hooks', 'MUST be called before the user-specified process is executed as part of the start operation')
def hooks_of_start(t):
    added = whole_life(t)[1][1][len(each_twice(*CREATE)):]
    t.equal(added, each_twice('startContainer', 'poststart'), 'after start')
    bundle = with_hooks(t, 'startContainer', actions=('hook=/log/hooks,process',))
    t.run(bundle)
    names = [json.loads(line)['name'] for line in bundle.text('hooks').splitlines()]
    t.equal(names, ['startContainer 1', 'startContainer 2', 'process'], 'order')


@must('config.md', 'Poststart', 'MUST be called after the user-specified process is executed but before the start operation returns')
def hooks_after_start(t):
    t.contains(whole_life(t)[1][1], 'poststart 2', 'hooks when start returns')
    told = json.loads(hook_of(t, 'poststart')['stdin'])
    t.equal(told['status'], 'running', 'status')


@must('config.md', 'Poststop', 'MUST be called after the container is deleted but before the delete operation returns')
def hooks_of_delete(t):
    t.equal([n for n in whole_life(t)[1][2] if n.startswith('poststop')], [], 'before delete')
    t.equal(whole_life(t)[1][3][-2:], each_twice('poststop'), 'when delete returns')


@must(*HOOKS, 'The state of the container MUST be passed to hooks over stdin')
def hooks_get_the_state(t):
    c = whole_life(t)[0]
    wanted = {'prestart': ('creating', 'created'), 'createRuntime': ('creating', 'created'),
              'createContainer': ('creating', 'created'), 'startContainer': ('created', 'creating'),
              'poststart': ('running',), 'poststop': ('stopped',)}
    for kind in ALL:
        state = json.loads(hook_of(t, kind)['stdin'])
        t.equal(schema.problems('state-schema.json', state), [], f'{kind}: the schema of states')
        t.equal(state['id'], c.id, f'{kind}: id')
        t.contains(wanted[kind], state['status'], f'{kind}: status')
        t.equal(os.path.realpath(state['bundle']), os.path.realpath(c.bundle.path),
                f'{kind}: bundle')
        t.equal(state.get('annotations'), {'com.example.key': 'value'}, f'{kind}: annotations')


@must('runtime.md', 'State', 'For hooks executed in the runtime namespace, it is the pid as seen by the runtime')
def hooks_get_the_pid(t):
    for kind in ('prestart', 'createRuntime', 'poststart'):
        state = json.loads(hook_of(t, kind)['stdin'])
        t.equal(state['pid'], whole_life(t)[0].pid, f'{kind}: pid')


@must('runtime.md', 'State', 'For hooks executed in the container namespace, it is the pid as seen by the container')
def hooks_get_the_inner_pid(t):
    for kind in ('createContainer', 'startContainer'):
        t.equal(json.loads(hook_of(t, kind)['stdin'])['pid'], 1, f'{kind}: pid')


@must(*HOOKS, 'hooks MUST be executed in the runtime namespace')
def hooks_in_the_runtime_namespaces(t):
    for kind in ('prestart', 'createRuntime', 'poststart', 'poststop'):
        for ns in ('mnt', 'net', 'ipc', 'uts', 'pid', 'user'):
            t.equal(hook_of(t, kind)['ns'][ns], os.readlink(f'/proc/self/ns/{ns}'),
                    f'{kind}: {ns} namespace')


@must(*HOOKS, 'The createContainer and startContainer hooks MUST be executed in the container namespace')
def hooks_in_the_container_namespaces(t):
    inner = hook_of(t, 'startContainer')['ns']
    for ns in ('mnt', 'net', 'ipc', 'uts', 'pid'):
        t.true(inner[ns] != os.readlink(f'/proc/self/ns/{ns}'), f'startContainer: host\'s {ns}')
    # /proc is still the host's for the other; what it shares with the container is the same there.
    outer = hook_of(t, 'createContainer')
    t.true(outer['ns'].get('mnt') == inner['mnt'] or outer['pid'] < 100,
           'createContainer: another mount namespace')


@must('config.md', 'CreateContainer Hooks', 'The createContainer hooks\' path MUST resolve in the runtime namespace')
def create_container_path(t):
    t.equal(hook_of(t, 'createContainer')['args'][0], 'probe', 'it ran with its arguments')


@must('config.md', 'StartContainer Hooks', 'The startContainer hooks\' path MUST resolve in the container namespace')
def start_container_path(t):
    bundle = with_hooks(t, actions=('report',))
    bundle.config['hooks'] = {'startContainer': [{'path': t.probe, 'args': ['probe', 'report']}]}
    t.refused(bundle)


@must(*HOOKS, 'args (array of strings, OPTIONAL) with the same semantics as execv\'s argv; env as environ')
def hook_arguments_and_environment(t):
    bundle = with_hooks(t, actions=('report',))
    entry = hook(t, bundle, 'createRuntime', 'x')
    entry['args'][0] = 'another name'
    entry['env'] = ['A=1', 'B=two words']
    bundle.config['hooks'] = {'createRuntime': [entry]}
    t.run(bundle)
    told = json.loads(bundle.text('hooks').splitlines()[0])
    t.equal(told['args'][0], 'another name', 'argv[0]')
    t.equal(told['env'], ['A=1', 'B=two words'], 'environment')


def failing(t, kind):
    """A container with a hook that fails, and a poststop hook."""
    bundle = with_hooks(t, kind, 'poststop')
    bundle.config['hooks'][kind].append(
        {'path': '/probe' if kind == 'startContainer' else t.probe, 'args': ['probe', 'fail=3']})
    return t.container(bundle)


def _failure_of_create(kind):
    def case(t):
        c = failing(t, kind)
        t.true(not c.try_create(), 'create succeeds')
        t.true(not c.exists(), 'the container is there')
        t.equal([h['name'] for h in c.hooks()][-2:], each_twice('poststop'),
                'the last hooks (step 13)')
    return case


for _kind in CREATE:
    must('runtime.md', 'Lifecycle', f'If any {_kind} hook fails, the runtime MUST generate an error, stop the '
         'container, and continue the lifecycle at step 12', f'failure_of_{_kind}')(
             _failure_of_create(_kind))


def _failure_of_start(kind):
    def case(t):
        c = failing(t, kind).create()
        t.true(c.try_start().status != 0, 'start succeeds')
        if c.exists():
            t.equal(c.wait_stopped().delete().status, 0, 'delete of what was stopped')
        t.equal([h['name'] for h in c.hooks()][-2:], each_twice('poststop'),
                'the last hooks (step 13)')
    return case


for _kind in ('startContainer', 'poststart'):
    must('runtime.md', 'Lifecycle', f'If any {_kind} hook fails, the runtime MUST generate an error, stop the '
         'container, and continue the lifecycle at step 12', f'failure_of_{_kind}')(
             _failure_of_start(_kind))


@must('runtime.md', 'Lifecycle', 'If any poststop hook fails, the runtime MUST log a warning, but the remaining hooks and lifecycle continue')
def failure_of_poststop(t):
    bundle = with_hooks(t, 'poststop')
    bundle.config['hooks']['poststop'].insert(0, {'path': t.probe, 'args': ['probe', 'fail=3']})
    c = t.container(bundle).create()
    c.kill('KILL')
    t.equal(c.wait_stopped().delete().status, 0, 'delete')
    t.true(not c.exists(), 'it is still there')
    t.equal([h['name'] for h in c.hooks()], each_twice('poststop'), 'remaining hooks')


@must(*HOOKS, 'timeout (int, OPTIONAL) is the number of seconds before aborting the hook')
def hook_timeout(t):
    if not (t.facts.root and not t.runtime.command[0].endswith('refuse')):
        t.skip('once is enough, as it takes a second')
    bundle = with_hooks(t, 'createRuntime')
    bundle.config['hooks']['createRuntime'].append(
        {'path': t.probe, 'args': ['probe', 'pause=20'], 'timeout': 1})
    t.true(not t.container(bundle).try_create(), 'create succeeds')


def _refused(name, change, quote):
    def case(t):
        bundle = with_hooks(t, 'createRuntime')
        change(bundle.config['hooks']['createRuntime'][0])
        t.refused(bundle, ('env', '--chdir=/'))
    must(*HOOKS, quote, name)(case)


_refused('hook_path_relative', lambda h: h.update(path=h['path'][1:]),
         'This specification extends the IEEE standard in that path MUST be absolute')
_refused('hook_timeout_zero', lambda h: h.update(timeout=0),
         'If set, timeout MUST be greater than zero')
_refused('hook_path_missing', lambda h: h.pop('path'), 'path (string, REQUIRED)')
