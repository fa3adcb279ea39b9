# SPDX-License-Identifier: Apache-2.0
"""config.md: versions, root, annotations, unknown and invalid values."""

import os

from suite.bundle import capability_sets
from suite.registry import must, should

CONFIG = 'config.md'


@must(CONFIG, 'Specification version', 'ociVersion (string, REQUIRED) MUST be in SemVer v2.0.0 format')
def version_is_semver(t):
    for version in ('', '1', 'one', 'v1.0.2', '1.0'):
        bundle = t.bundle('report')
        bundle.config['ociVersion'] = version
        t.refused(bundle)
    bundle = t.bundle('report')
    del bundle.config['ociVersion']
    t.refused(bundle)


@must(CONFIG, 'Specification version', 'retains forward and backward compatibility within major versions')
def version_compatibility(t):
    for version in ('1.0.0', '1.0.2', '1.1.0', '1.2.1', '1.3.0'):
        bundle = t.bundle('report')
        bundle.config['ociVersion'] = version
        t.run(bundle)
    bundle = t.bundle('report')
    bundle.config['ociVersion'] = '2.0.0'
    t.refused(bundle)


@must(CONFIG, 'Root', 'On all other platforms, this field is REQUIRED')
def root_is_required(t):
    bundle = t.bundle('report')
    del bundle.config['root']
    t.refused(bundle)


@must(CONFIG, 'Root', 'path is either an absolute path or a relative path to the bundle')
def root_paths(t):
    for absolute in (False, True):
        bundle = t.bundle('stat=/here')
        bundle.file('rootfs/here')
        os.rename(bundle.rootfs, os.path.join(bundle.path, 'elsewhere'))
        path = os.path.join(bundle.path, 'elsewhere') if absolute else 'elsewhere'
        bundle.config['root']['path'] = path
        t.equal(t.run(bundle)[0]['errno'], '', f'a file of the root {path}')


@must(CONFIG, 'Root', 'A directory MUST exist at the path declared by the field')
def root_is_a_directory(t):
    for path in ('none', 'file'):
        bundle = t.bundle('report')
        bundle.file('file')
        bundle.config['root']['path'] = path
        t.refused(bundle)


@must(CONFIG, 'Root', 'If true then the root filesystem MUST be read-only inside the container')
def root_readonly(t):
    bundle = t.bundle('write=/new,x', 'report')
    bundle.config['root']['readonly'] = True
    said = t.run(bundle)
    t.equal(said[0]['errno'], 'EROFS', 'writing to the root')
    t.contains(t.mount_at(said[1], '/')['options'], 'ro', 'options of /')


@must(CONFIG, 'Root', 'readonly (bool, OPTIONAL) defaults to false')
def root_writable(t):
    bundle = t.bundle('write=/new,x')
    del bundle.config['root']['readonly']
    t.equal(t.run(bundle)[0]['errno'], '', 'writing to the root')


@must(CONFIG, 'Hostname', 'hostname specifies the container\'s hostname as seen by processes running inside the container')
def hostname(t):
    bundle = t.bundle('report')
    bundle.config['hostname'] = 'mrsdalloway'
    t.equal(t.run(bundle)[0]['hostname'], 'mrsdalloway', 'hostname')


@must(CONFIG, 'Domainname', 'domainname specifies the container\'s domainname as seen by processes running inside the container')
def domainname(t):
    bundle = t.bundle('report')
    bundle.config['domainname'] = 'foobarbaz.test'
    t.equal(t.run(bundle)[0]['domainname'], 'foobarbaz.test', 'domainname')


@must(CONFIG, 'Annotations', 'Annotations MUST be a key-value map; Values MUST be strings')
def annotations_are_strings(t):
    for wrong in (['a'], {'com.example.k': 1}, {'com.example.k': {}}):
        bundle = t.bundle('report')
        bundle.config['annotations'] = wrong
        t.refused(bundle)


@must(CONFIG, 'Annotations', 'Keys MUST NOT be an empty string')
def annotation_keys(t):
    bundle = t.bundle('report')
    bundle.config['annotations'] = {'': 'x'}
    t.refused(bundle)


@must(CONFIG, 'Annotations', 'Runtimes MUST handle unknown annotation keys like any other unknown property')
def unknown_annotations(t):
    bundle = t.bundle('report')
    bundle.config['annotations'] = {'org.opencontainers.image.os': 'linux', 'plain': 'x',
                                    'com.example.unknown': '{"a": [1]}'}
    t.run(bundle)


@must(CONFIG, 'Extensibility', 'Runtimes MAY log unknown properties but MUST otherwise ignore them')
def unknown_properties(t):
    bundle = t.bundle('report')
    for place in (bundle.config, bundle.process, bundle.process['user'], bundle.config['root'],
                  bundle.config['mounts'][0], bundle.linux, bundle.linux['namespaces'][0]):
        place['ofTheFuture'] = {'deep': [1, 'x', None]}
    t.run(bundle)


def set_in(path):
    """A function that sets the member at `path` of a bundle's config to a value."""
    def change(bundle, value):
        at = bundle.config
        for key in path[:-1]:
            at = at[key] if isinstance(key, int) else at.setdefault(key, {})
        at[path[-1]] = value
    return change


# The fault of each: name, place, and the values.
INVALID = [
    ('process_type', ('process',), ['x', 1]),
    ('process_args', ('process', 'args'), ['/probe', [1], []]),
    ('process_env', ('process', 'env'), ['A=1', [1]]),
    ('process_cwd_type', ('process', 'cwd'), [1]),
    ('process_user_uid', ('process', 'user', 'uid'), ['0', -1, 4294967296]),
    ('process_terminal', ('process', 'terminal'), ['yes']),
    ('process_oom_score', ('process', 'oomScoreAdj'), ['100', 5000]),
    ('process_scheduler', ('process', 'scheduler'), [{'policy': 'SCHED_FAIR'}]),
    ('process_io_priority', ('process', 'ioPriority'),
     [{'class': 'IOPRIO_CLASS_HIGH', 'priority': 1}]),
    ('process_capabilities', ('process', 'capabilities'), [['CAP_KILL']]),
    ('root_type', ('root',), ['rootfs']),
    ('mounts_type', ('mounts',), [{}]),
    ('mount_without_destination', ('mounts', 0), [{'type': 'tmpfs'}]),
    ('hostname_type', ('hostname',), [1]),
    ('hooks_type', ('hooks',), [[]]),
    ('namespace_type', ('linux', 'namespaces', 0), [{'type': 'kernel'}, {}]),
    ('device_type', ('linux', 'devices'),
     [[{'path': '/dev/x', 'type': 'x', 'major': 1, 'minor': 3}]]),
    ('device_without_path', ('linux', 'devices'), [[{'type': 'c', 'major': 1, 'minor': 3}]]),
    ('resources_type', ('linux', 'resources'), [[], 'x']),
    ('memory_limit_type', ('linux', 'resources', 'memory'), [{'limit': '1G'}]),
    ('hugepage_size', ('linux', 'resources', 'hugepageLimits'),
     [[{'pageSize': '64kB', 'limit': 1}]]),
    ('rootfs_propagation', ('linux', 'rootfsPropagation'), ['public']),
    ('sysctl_type', ('linux', 'sysctl'), [{'net.ipv4.ip_forward': 1}]),
    ('personality_domain', ('linux', 'personality'), [{'domain': 'LINUX64'}]),
    ('memory_policy_mode', ('linux', 'memoryPolicy'), [{'mode': 'MPOL_FIRST'}]),
]


def _invalid(where, values):
    def case(t):
        for value in values:
            bundle = t.bundle('report')
            if 'mounts' in where[:1] and where[-1] == 0:
                bundle.config['mounts'].insert(0, value)
            else:
                set_in(where)(bundle, value)
            t.true(t.refused(bundle).strip(), f'{value!r}: the error says nothing')
    return case


for _name, _where, _values in INVALID:
    must(CONFIG, 'Valid values', 'Runtimes MUST generate an error when invalid or unsupported values are encountered: '
         + '.'.join(str(w) for w in _where), f'invalid_{_name}')(_invalid(_where, _values))


@must(CONFIG, 'Linux Process', 'Any value which cannot be mapped to a relevant kernel interface MUST be logged as a warning')
def unknown_capability(t):
    bundle = t.bundle('report')
    bundle.process['capabilities'] = capability_sets(['CAP_KILL', 'CAP_OF_THE_FUTURE'])
    c = t.container(bundle)
    t.equal(c.run(), 0, 'run ' + c.errors())
    t.contains(c.errors(), 'CAP_OF_THE_FUTURE', 'the warning')


@should(CONFIG, 'Linux Process', 'Runtimes SHOULD NOT fail if the container configuration requests capabilities that cannot be granted')
def capability_that_cannot_be_granted(t):
    t.needs_root('only root has a bounding set to lose')
    bundle = t.bundle('report')
    bundle.process['capabilities'] = capability_sets(['CAP_KILL', 'CAP_SYSLOG'])
    said = t.run(bundle, before=('setpriv', '--bounding-set', '-syslog'))
    t.equal(said[0]['capabilities']['bounding'], 1 << 5, 'the bounding set')
