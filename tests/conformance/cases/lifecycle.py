# SPDX-License-Identifier: Apache-2.0
"""runtime.md: the state, the order of operations, and what errors leave."""

import json
import os
import socket
import threading

from suite import schema
from suite.registry import Failed, must, own
from suite.trial import mounts_of

RUNTIME = 'runtime.md'


def mounts_of_host():
    with open('/proc/self/mountinfo', encoding='utf-8') as f:
        return mounts_of({'proc': {'mountinfo': f.read()}})


def has_error(trial, outcome, what):
    trial.true(outcome.status != 0, f'{what}: no error')
    trial.true(outcome.err.strip(), f'{what}: the error says nothing')


@must(RUNTIME, 'State', 'The state of a container includes the following properties')
def state_properties(t):
    c = t.container(t.bundle('sleep')).create()
    problems = schema.problems('state-schema.json', c.state())
    t.equal(problems, [], 'the schema of states')
    for key in ('ociVersion', 'id', 'status', 'pid', 'bundle'):
        t.contains(c.state(), key, 'the state')
    t.equal(c.state()['id'], c.id, 'id')


@must(RUNTIME, 'State', 'bundle (string, REQUIRED) is the absolute path to the container\'s bundle')
def state_bundle_is_absolute(t):
    bundle = t.bundle('sleep')
    bundle.save()
    c = t.container(bundle)
    directory = os.path.dirname(bundle.path)
    status = t.runtime.call('create', '--bundle', os.path.basename(bundle.path), c.id, cwd=directory,
                            out=c.out, err=c.err)
    t.equal(status, 0, 'create of a relative path ' + c.errors())
    t.equal(os.path.realpath(c.state()['bundle']), os.path.realpath(bundle.path), 'bundle')
    t.true(os.path.isabs(c.state()['bundle']), 'bundle is relative')


@must(RUNTIME, 'State', 'pid (int, REQUIRED when status is created or running on Linux)')
def state_pid(t):
    c = t.container(t.bundle('report', 'sleep')).create()
    pid = c.state()['pid']
    t.equal(pid, c.pid, 'pid of --pid-file and of the state')
    c.start().ready()
    t.equal(c.state()['pid'], pid, 'pid once running')
    t.equal(os.readlink(f'/proc/{pid}/ns/uts'), c.lines()[0]['ns']['uts'], 'that process')


@must(RUNTIME, 'State', 'annotations (map, OPTIONAL) contains the list of annotations')
def state_annotations(t):
    bundle = t.bundle('sleep')
    bundle.config['annotations'] = {'com.example.key': 'a "value"', 'com.example.empty': ''}
    t.equal(t.container(bundle).create().state().get('annotations'),
            bundle.config['annotations'], 'annotations')


@must(RUNTIME, 'State', 'created: the runtime has finished the create operation')
def status_created(t):
    t.equal(t.container(t.bundle('sleep')).create().status(), 'created', 'status')


@must(RUNTIME, 'State', 'running: the container process has executed the user-specified program')
def status_running(t):
    t.equal(t.sleeping().status(), 'running', 'status')


@must(RUNTIME, 'State', 'stopped: the container process has exited')
def status_stopped(t):
    c = t.container(t.bundle('fail=3')).create().start()
    t.equal(c.wait(), 3, 'exit status')
    t.equal(c.wait_stopped().status(), 'stopped', 'status')


@must(RUNTIME, 'State', 'the container\'s ID. This MUST be unique across all containers on this host')
def id_is_unique(t):
    first = t.sleeping()
    second = t.container(t.bundle('sleep'), first.id)
    t.left.remove(second)
    t.true(not second.try_create(), 'a second container of that name was made')
    t.equal(first.status(), 'running', 'the first one')
    t.equal(os.path.realpath(first.state()['bundle']), os.path.realpath(first.bundle.path),
            'its bundle')


@must(RUNTIME, 'Lifecycle', 'the user-specified program MUST NOT be run at this time')
def create_does_not_run(t):
    bundle = t.bundle('write=/ran,yes', 'sleep')
    c = t.container(bundle).create()
    t.true(not os.path.exists(os.path.join(bundle.rootfs, 'ran')), 'it ran before start')
    c.start().ready()
    t.equal(bundle.text('rootfs/ran'), 'yes', 'what it writes')


@must(RUNTIME, 'Lifecycle', 'Any updates to config.json after this step MUST NOT affect the container')
def config_is_read_once(t):
    bundle = t.bundle('report', 'sleep')
    bundle.config['hostname'] = 'before'
    bundle.config['annotations'] = {'k': 'before'}
    bundle.config['hooks'] = {'poststop': [
        {'path': t.probe, 'args': ['probe', f'hook={bundle.path}/hooks,before']}]}
    c = t.container(bundle).create()
    bundle.process['args'] = ['/probe', 'fail=9']
    bundle.process['cwd'] = '/dev'
    bundle.config['hostname'] = 'after'
    bundle.config['annotations'] = {'k': 'after'}
    bundle.config['hooks']['poststop'][0]['args'][1] = f'hook={bundle.path}/hooks,after'
    bundle.save()
    c.start().ready()
    said = c.lines()[0]
    t.equal((said['hostname'], said['cwd']), ('before', '/'), 'what the process sees')
    t.equal(c.state()['annotations'], {'k': 'before'}, 'annotations')
    c.kill('KILL')
    c.wait_stopped().delete()
    t.equal([h['name'] for h in c.hooks()], ['before'], 'poststop hooks')


@must(RUNTIME, 'Lifecycle', 'If the runtime is unable to create the environment, it MUST generate an error')
def create_failure_is_an_error(t):
    bundle = t.bundle('report')
    bundle.mount('/data', 'no-such-filesystem', 'none')
    t.true(t.refused(bundle), 'the error says nothing')


@must(RUNTIME, 'Lifecycle', 'The container MUST be destroyed by undoing the steps performed during create phase')
def delete_undoes_create(t):
    before = [m['point'] for m in mounts_of_host()]
    bundle = t.bundle('sleep')
    bundle.mount('/data', 'tmpfs', 'tmpfs')
    c = t.container(bundle).create().start().ready()
    t.equal(c.kill('KILL').status, 0, 'kill')
    done = c.wait_stopped().delete()
    t.equal(done.status, 0, 'delete ' + done.err)
    t.equal([m['point'] for m in mounts_of_host()], before, 'mounts of the host')
    t.true(not os.path.exists(os.path.join(t.runtime.root, c.id)), 'its state is still there')
    t.true(not os.path.exists(f'/proc/{c.pid}'), 'its process is still there')


@must(RUNTIME, 'Errors', 'generating an error MUST leave the state of the environment as if the operation were never attempted')
def failed_create_leaves_nothing(t):
    before = [m['point'] for m in mounts_of_host()]
    bundle = t.bundle('report')
    bundle.mount('/data', 'bind', '/no/such/source', 'bind')
    bundle.linux['cgroupsPath'] = f'/conformance-left-{os.getpid()}'
    if t.facts.cgroup == 2 or not t.facts.root:
        del bundle.linux['cgroupsPath']
    t.refused(bundle)
    t.equal([m['point'] for m in mounts_of_host()], before, 'mounts of the host')
    t.equal(os.listdir(t.runtime.root) if os.path.isdir(t.runtime.root) else [], [],
            'states left')
    if 'cgroupsPath' in bundle.linux:
        left = [d for d in os.listdir('/sys/fs/cgroup')
                if os.path.exists(f'/sys/fs/cgroup/{d}{bundle.linux["cgroupsPath"]}')]
        t.equal(left, [], 'cgroups left')


@must(RUNTIME, 'Warnings', 'logging a warning does not change the flow of the operation')
def warning_does_not_fail(t):
    bundle = t.bundle('report')
    bundle.process['capabilities']['bounding'].append('CAP_OF_THE_FUTURE')
    t.run(bundle)


@must(RUNTIME, 'Query State', 'This operation MUST generate an error if it is not provided the ID of a container')
def state_needs_an_id(t):
    has_error(t, t.runtime.ask('state'), 'state')


@must(RUNTIME, 'Query State', 'Attempting to query a container that does not exist MUST generate an error')
def state_of_nothing(t):
    has_error(t, t.runtime.ask('state', 'no-such-container'), 'state')


@must(RUNTIME, 'Create', 'This operation MUST generate an error if it is not provided a path to the bundle and the container ID')
def create_needs_an_id(t):
    bundle = t.bundle('report')
    bundle.save()
    has_error(t, t.runtime.ask('create', '--bundle', bundle.path), 'create')


@must('bundle.md', 'Container Format', 'config.json: contains configuration data. This REQUIRED file MUST reside in the root of the bundle directory')
def create_needs_a_config(t):
    bundle = t.bundle('report')
    has_error(t, t.runtime.ask('create', '--bundle', bundle.path, 'conformance-none'), 'create')
    has_error(t, t.runtime.ask('create', '--bundle', '/no/such/bundle', 'conformance-none'),
              'create')


@must(RUNTIME, 'Create', 'If the ID provided is not valid in any other way, the implementation MUST generate an error')
def create_with_a_wrong_id(t):
    bundle = t.bundle('report')
    bundle.save()
    for name in ('', '.', '..', '../up', 'a/b', 'a b', 'a\nb'):
        has_error(t, t.runtime.ask('create', '--bundle', bundle.path, name), repr(name))
        # A refused id gives no container, and nothing outside the state directory is created.
    t.true(not os.path.exists(os.path.join(os.path.dirname(t.runtime.root), 'up')),
           'a directory outside the state directory')


@must(RUNTIME, 'Create', 'All of the properties configured in config.json except for process MUST be applied')
def create_applies_properties(t):
    bundle = t.bundle('sleep')
    bundle.config['hostname'] = 'applied'
    bundle.mount('/data', 'tmpfs', 'tmpfs')
    c = t.container(bundle).create()
    with open(f'/proc/{c.pid}/mountinfo', encoding='utf-8') as f:
        t.contains([m['point'] for m in mounts_of({'proc': {'mountinfo': f.read()}})], '/data',
                   'mounts at create')
    for kind in ('pid', 'net', 'mnt', 'ipc', 'uts'):
        t.true(os.readlink(f'/proc/{c.pid}/ns/{kind}') != os.readlink(f'/proc/self/ns/{kind}'),
               f'the {kind} namespace is the host\'s')


@must(RUNTIME, 'Create', 'process.args MUST NOT be applied until triggered by the start operation')
def create_does_not_apply_args(t):
    c = t.container(t.bundle('sleep')).create()
    with open(f'/proc/{c.pid}/cmdline', encoding='utf-8') as f:
        t.true('sleep' not in f.read().split('\0'), 'the created process has the arguments')
    c.start().ready()
    with open(f'/proc/{c.pid}/cmdline', encoding='utf-8') as f:
        t.equal(f.read().split('\0')[:2], ['/probe', 'sleep'], 'arguments once started')


@must(RUNTIME, 'Create', 'If the runtime cannot apply a property, it MUST generate an error and a new container MUST NOT be created')
def create_cannot_apply(t):
    bundle = t.bundle('report')
    bundle.config['root']['path'] = 'no-such-directory'
    t.refused(bundle)


@must(RUNTIME, 'Start', 'This operation MUST generate an error if it is not provided the container ID')
def start_needs_an_id(t):
    has_error(t, t.runtime.ask('start'), 'start')


@must(RUNTIME, 'Start', 'Attempting to start a container that is not created MUST generate an error')
def start_of_nothing(t):
    has_error(t, t.runtime.ask('start', 'no-such-container'), 'start')


@must(RUNTIME, 'Start', 'Attempting to start a container that is not created MUST have no effect on the container')
def start_of_a_running_one(t):
    c = t.sleeping()
    has_error(t, c.try_start(), 'a second start')
    t.equal(c.status(), 'running', 'status')
    t.equal(c.state()['pid'], c.pid, 'pid')


@must(RUNTIME, 'Start', 'Attempting to start a container that is not created MUST generate an error', 'start_of_a_stopped_one')
def _start_stopped(t):
    c = t.container(t.bundle('fail=0')).create().start().wait_stopped()
    has_error(t, c.try_start(), 'start')
    t.equal(c.status(), 'stopped', 'status')


@must(RUNTIME, 'Start', 'This operation MUST run the user-specified program as specified by process')
def start_runs_the_program(t):
    c = t.sleeping('report')
    t.equal(c.lines()[0]['args'], ['/probe', 'report', 'sleep'], 'arguments')


@must(RUNTIME, 'Start', 'This operation MUST generate an error if process was not set')
def start_without_process(t):
    bundle = t.bundle()
    del bundle.config['process']
    t.refused(bundle)


@must(RUNTIME, 'Kill', 'This operation MUST generate an error if it is not provided the container ID')
def kill_needs_an_id(t):
    has_error(t, t.runtime.ask('kill'), 'kill')


@must(RUNTIME, 'Kill', 'send a signal to a container that is neither created nor running MUST generate an error')
def kill_of_a_stopped_one(t):
    c = t.container(t.bundle('fail=0')).create().start().wait_stopped()
    has_error(t, c.kill('TERM'), 'kill of a stopped one')
    t.equal(c.status(), 'stopped', 'status')
    has_error(t, t.runtime.ask('kill', 'no-such-container', 'TERM'), 'kill of none')


@must(RUNTIME, 'Kill', 'This operation MUST send the specified signal to the container process')
def kill_sends_the_signal(t):
    for name, number in (('USR1', 10), ('SIGTERM', 15), ('12', 12)):
        c = t.sleeping()
        t.equal(c.kill(name).status, 0, f'kill {name}')
        t.equal(c.wait(), 0, 'exit status')
        t.equal(c.lines()[0]['signal'], number, 'the signal that came')


@must(RUNTIME, 'Kill', 'This operation MUST send the specified signal to the container process', 'kill_of_a_created_one')
def _kill_created(t):
    c = t.container(t.bundle('sleep')).create()
    t.equal(c.kill('KILL').status, 0, 'kill')
    t.equal(c.wait_stopped().status(), 'stopped', 'status')


@must(RUNTIME, 'Delete', 'This operation MUST generate an error if it is not provided the container ID')
def delete_needs_an_id(t):
    has_error(t, t.runtime.ask('delete'), 'delete')


@must(RUNTIME, 'Delete', 'Attempting to delete a container that is not stopped MUST generate an error')
def delete_of_nothing(t):
    has_error(t, t.runtime.ask('delete', 'no-such-container'), 'delete')


@must(RUNTIME, 'Delete', 'Attempting to delete a container that is not stopped MUST have no effect on the container')
def delete_of_a_running_one(t):
    c = t.sleeping()
    has_error(t, c.delete(), 'delete')
    t.equal(c.status(), 'running', 'status')


@must(RUNTIME, 'Delete', 'Attempting to delete a container that is not stopped MUST have no effect on the container', 'delete_of_a_created_one')
def _delete_created(t):
    c = t.container(t.bundle('sleep')).create()
    has_error(t, c.delete(), 'delete')
    t.equal(c.status(), 'created', 'status')
    c.start().ready()


@must(RUNTIME, 'Delete', 'resources associated with the container, but not created by this container, MUST NOT be deleted')
def delete_leaves_what_is_not_its(t):
    holder = t.sleeping('report')
    bundle = t.bundle('write=/data/new,x', 'sleep')
    bundle.namespace('ipc', f'/proc/{holder.pid}/ns/ipc')
    if t.facts.user_namespace:
        bundle.namespace('user', f'/proc/{holder.pid}/ns/user')
        for key in ('uidMappings', 'gidMappings'):
            del bundle.linux[key]
    bundle.file('data/kept', 'kept')
    bundle.mount('/data', 'bind', 'data', 'rbind')
    c = t.container(bundle).create().start().ready()
    c.kill('KILL')
    t.equal(c.wait_stopped().delete().status, 0, 'delete')
    t.equal((bundle.text('data/kept'), bundle.text('data/new')), ('kept', 'x'), 'the bind mount')
    t.equal(holder.status(), 'running', 'the container whose namespace was joined')
    t.true(os.path.exists(os.path.join(bundle.path, 'config.json')), 'the bundle is gone')


@must(RUNTIME, 'Delete', 'Once a container is deleted its ID MAY be used by a subsequent container')
def id_after_delete(t):
    c = t.container(t.bundle('fail=0')).create().start().wait_stopped()
    t.equal(c.delete().status, 0, 'delete')
    t.true(not c.exists(), 'it is still there')
    t.container(t.bundle('sleep'), c.id).create()


@own('Delete', 'delete --force removes a container in any state')
def delete_force(t):
    for build in (t.sleeping, lambda: t.container(t.bundle('sleep')).create()):
        c = build()
        t.equal(c.delete('--force').status, 0, 'delete --force')
        t.true(not c.exists(), 'it is still there')
        try:
            c.wait()
        except ChildProcessError:
            pass
        t.true(not os.path.exists(f'/proc/{c.pid}'), 'its process is still there')


@own('Lifecycle', 'run exits with the status of the container, 128 and the signal when one ended it')
def run_exit_status(t):
    t.run(t.bundle('fail=7'), status=7)
    bundle = t.bundle('sleep')
    bundle.save()
    c = t.container(bundle)
    t.equal(c.run('--detach'), 0, 'run --detach')
    t.equal(c.ready().status(), 'running', 'status after run --detach')


@own('Lifecycle', 'list tells of each container, its state and its bundle')
def list_of_containers(t):
    c = t.container(t.bundle('sleep')).create()
    done = t.runtime.ask('list', '--format', 'json')
    found = [x for x in json.loads(done.out) if x['id'] == c.id]
    if len(found) != 1:
        raise Failed(f'{len(found)} entries of {c.id}')
    t.equal((found[0]['status'], found[0]['pid']), ('created', c.pid), 'status and pid')


class Manager(threading.Thread):
    """A service manager: its NOTIFY_SOCKET is in the environment while it is entered."""

    def __init__(self, t):
        super().__init__(daemon=True)
        self.path = os.path.join(t.work, 'manager')
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.lines = []

    def __enter__(self):
        self.socket.bind(self.path)
        os.environ['NOTIFY_SOCKET'] = self.path
        self.start()
        return self

    def run(self):
        while True:  # a descriptor that comes with a message, the barrier, is closed unseen
            text = self.socket.recv(4096).decode()
            if text == 'over':
                return
            self.lines += [line for line in text.splitlines() if line != 'BARRIER=1']

    def __exit__(self, *_):
        del os.environ['NOTIFY_SOCKET']
        self.socket.connect(self.path)
        self.socket.send(b'over')
        self.join()
        self.socket.close()
        os.unlink(self.path)


@own('Lifecycle', 'start returns when a container that was made with a NOTIFY_SOCKET says that it is ready')
def notify_of_start(t):
    with Manager(t) as manager:
        c = t.container(t.bundle('notify=STATUS=x', 'notify=X=1\nREADY=1\nMAINPID=1', 'sleep')).create()
        t.equal(manager.lines, [], 'what is said before the start')
        c.start()
    t.contains(manager.lines, 'READY=1', 'what the service manager is told')
    t.equal([x for x in manager.lines if x not in ('READY=1', f'MAINPID={c.pid}')], [],
            'what else it is told')
    t.equal([x['errno'] for x in c.ready().lines()[:2]], ['', ''], 'sending')


@own('Lifecycle', 'start waits for one that takes its time to be ready')
def notify_of_slow_start(t):
    with Manager(t) as manager:
        c = t.container(t.bundle('pause=1', 'notify=READY=1', 'sleep')).create()
        c.start()
    t.equal(manager.lines, ['READY=1', f'MAINPID={c.pid}'], 'what the service manager is told')


@own('Lifecycle', 'run --detach does so too, and names the process to be looked at from then on')
def notify_of_run_detached(t):
    with Manager(t) as manager:
        c = t.container(t.bundle('notify=READY=1', 'sleep'))
        t.equal(c.run('--detach'), 0, 'run --detach ' + c.errors())
    t.equal(manager.lines, ['READY=1', f'MAINPID={c.state()["pid"]}'], 'what it is told')


@own('Lifecycle', 'run passes on that its container is ready, and nothing else')
def notify_of_run(t):
    with Manager(t) as manager:
        t.run(t.bundle('notify=FDSTORE=1', 'notify=READY=1', 'notify=READY=1', 'pause=1'))
    t.equal(manager.lines[:1], ['READY=1'], 'what the service manager is told')
    t.equal([x for x in manager.lines if x.startswith('FDSTORE')], [], 'what else it is told')


@own('Lifecycle', 'start of a container that ends before it is ready returns, and tells nothing')
def notify_of_nothing(t):
    with Manager(t) as manager:
        t.container(t.bundle('notify=READY=0\nX=READY=1')).create().start()
    t.equal(manager.lines, [], 'what the service manager is told')
