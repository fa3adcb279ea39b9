# SPDX-License-Identifier: Apache-2.0
"""features.md and features-linux.md: what the runtime says that it can; and the examples and schemas."""

import glob
import json
import os

from suite import schema
from suite.registry import must

FEATURES = ('features.md', 'Features Structure')
LINUX = 'features-linux.md'


def features(t):
    done = t.runtime.ask('features')
    t.equal(done.status, 0, 'features ' + done.err.strip())
    return json.loads(done.out)


def linux(t, *path):
    value = features(t).get('linux', {})
    for key in path:
        value = value.get(key) if value else None
    if value is None:
        t.skip('it tells nothing of ' + '.'.join(path))
    return value


@must(*FEATURES, 'A Features structure is a JSON document that contains information about the implemented features')
def features_by_schema(t):
    t.equal(schema.problems('features-schema.json', features(t)), [], 'the schema')


@must('features.md', 'Specification version', 'ociVersionMin and ociVersionMax: the minimum and the maximum recognized version')
def features_versions(t):
    told = features(t)
    for key in ('ociVersionMin', 'ociVersionMax'):
        bundle = t.bundle('report')
        bundle.config['ociVersion'] = told[key]
        t.run(bundle)


@must('features.md', 'Hooks', 'The runtime MUST support the elements in this array as the property names of hooks')
def features_hooks(t):
    bundle = t.bundle('report')
    bundle.config['hooks'] = {kind: [{'path': '/probe' if kind == 'startContainer' else t.probe,
                                      'args': ['probe', 'fail=0']}]
                              for kind in features(t).get('hooks', [])}
    t.run(bundle)


# These need a mount of their own kind, and have cases of their own.
SPECIAL = {'remount', 'idmap', 'ridmap', 'bind', 'rbind', 'tmpcopyup', 'copy-symlink', 'mand', 'nomand', 'chown', 'subpath'}
BIND = {p + k for p in ('', 'r') for k in ('private', 'shared', 'slave', 'unbindable')}


@must('features.md', 'Mount Options', 'The runtime MUST recognize the elements in this array as the options of mounts objects')
def features_mount_options(t):
    bundle = t.bundle('report')
    bundle.directory('data')
    told = features(t).get('mountOptions', [])
    for option in told:
        recursive = option[0] == 'r' and option[1:] in told
        if option in SPECIAL:
            continue
        if t.lacks('open_tree') and option.endswith('shared'):
            continue  # by their own cases it is recognized, and refused
        if t.lacks('mount_setattr') and recursive and option not in BIND:
            continue
        if option[0] == 'r' and option.endswith('atime') and not t.facts.root:
            continue  # times are locked for mounts that come from another namespace
        if option in BIND or 'nofollow' in option or recursive:
            bundle.mount(f'/m/{option}', 'bind', 'data', 'rbind', option)
        else:
            bundle.mount(f'/m/{option}', 'tmpfs', 'tmpfs', option)
    t.run(bundle)


@must(LINUX, 'Namespaces', 'The runtime MUST recognize the elements in this array as the type of linux.namespaces objects')
def features_namespaces(t):
    for kind in linux(t, 'namespaces'):
        if kind == 'user' or not os.path.exists('/proc/self/ns/' + {
                'network': 'net', 'mount': 'mnt'}.get(kind, kind)):
            continue
        bundle = t.bundle('report')
        bundle.namespace(kind)
        t.run(bundle)


@must(LINUX, 'Capabilities', 'The runtime MUST recognize the elements in this array in the process.capabilities object')
def features_capabilities(t):
    bundle = t.bundle('report')
    bundle.process['capabilities'] = {'bounding': linux(t, 'capabilities')}
    c = t.container(bundle)
    t.equal(c.run(), 0, 'run ' + c.errors())
    t.true('unknown' not in c.errors(), c.errors())


def with_filter(t, **changes):
    bundle = t.bundle('report')
    bundle.linux['seccomp'] = {'defaultAction': 'SCMP_ACT_ALLOW', **changes}
    t.run(bundle)


@must(LINUX, 'Seccomp', 'The runtime MUST recognize the elements of actions in syscalls[].action')
def features_seccomp_actions(t):
    for action in linux(t, 'seccomp', 'actions'):
        if action != 'SCMP_ACT_NOTIFY':
            with_filter(t, syscalls=[{'names': ['sync'], 'action': action}]
                        if action != 'SCMP_ACT_ALLOW' else [])


@must(LINUX, 'Seccomp', 'The runtime MUST recognize the elements of operators in syscalls[].args[].op')
def features_seccomp_operators(t):
    for op in linux(t, 'seccomp', 'operators'):
        with_filter(t, syscalls=[{'names': ['getpriority'], 'action': 'SCMP_ACT_ERRNO', 'args': [
            {'index': 0, 'value': 77, 'valueTwo': 77, 'op': op}]}])


@must(LINUX, 'Seccomp', 'The runtime MUST recognize the elements of archs in architectures')
def features_seccomp_archs(t):
    for arch in linux(t, 'seccomp', 'archs'):
        with_filter(t, architectures=[arch])


@must(LINUX, 'Seccomp', 'The runtime MUST recognize and support the elements of supportedFlags in flags')
def features_seccomp_flags(t):
    flags = linux(t, 'seccomp', 'supportedFlags')
    for flag in flags:
        if flag != 'SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV':
            with_filter(t, flags=[flag],
                        syscalls=[{'names': ['sync'], 'action': 'SCMP_ACT_ERRNO'}])
    t.equal([f for f in flags if f not in linux(t, 'seccomp', 'knownFlags')], [], 'unknown flags')


DATA = os.path.dirname(schema.DIRECTORY)


def documents(kind):
    return sorted(glob.glob(os.path.join(DATA, kind, '*.json')))


@must('config.md', 'Configuration Schema Example', 'The examples of the specification validate, or are refused, as their directory says')
def examples_by_schema(t):
    for directory, name in (('', 'config-schema.json'), ('state/', 'state-schema.json'),
                         ('features/', 'features-schema.json')):
        for verdict in ('good', 'bad'):
            for path in documents(directory + verdict):
                try:
                    with open(path, encoding='utf-8') as f:
                        bad = schema.problems(name, json.load(f))
                except ValueError:
                    bad = ['no JSON']
                t.equal(bool(bad), verdict == 'bad', f'{path}: {bad}')


@must('config.md', 'Configuration Schema Example', 'A config.json of the specification\'s bad examples is refused')
def bad_examples_are_refused(t):
    for path in documents('bad'):
        bundle = t.bundle('report')
        bundle.save()
        with open(path, 'rb') as f, open(os.path.join(bundle.path, 'config.json'), 'wb') as out:
            out.write(f.read())
        done = t.runtime.ask('create', '--bundle', bundle.path, 'conformance-bad')
        t.true(done.status != 0, f'{path}: no error')


@must('config.md', 'Configuration', 'spec writes a config.json that validates')
def spec_by_schema(t):
    for options in ([], ['--rootless']):
        bundle = t.bundle('report')
        done = t.runtime.ask('spec', *options, cwd=bundle.path)
        t.equal(done.status, 0, 'spec ' + done.err)
        t.equal(schema.problems('config-schema.json', json.loads(bundle.text('config.json'))), [],
                'the schema')
