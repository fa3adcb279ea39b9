# SPDX-License-Identifier: Apache-2.0
"""config.md, Mounts: order, destinations, sources, and each option."""

import os
import subprocess

from suite.bundle import CAPABILITIES, capability_sets
from suite.registry import Failed, must, own, should

MOUNTS = ('config.md', 'Mounts')
OPTIONS = ('config.md', 'Linux mount options')


@must(*MOUNTS, 'The runtime MUST mount entries in the listed order')
def mounts_in_order(t):
    bundle = t.bundle('report', 'list=/a', 'list=/a/b')
    bundle.file('one/in-one')
    bundle.directory('one/b')
    bundle.file('two/in-two')
    bundle.mount('/a', 'tmpfs', 'hidden')
    bundle.mount('/a', 'bind', 'one', 'bind')
    bundle.mount('/a/b', 'bind', 'two', 'bind')
    said = t.run(bundle)
    t.equal(sorted(said[1]['names']), ['b', 'in-one'], 'the later mount on /a')
    t.equal(said[2]['names'], ['in-two'], 'the mount in it')


@should(*MOUNTS, 'destination: Linux: This value SHOULD be an absolute path; a relative path MUST be interpreted as relative to "/"')
def mount_relative_destination(t):
    bundle = t.bundle('report')
    bundle.mount('a/b', 'tmpfs', 'tmpfs')
    bundle.process['cwd'] = '/dev'
    t.mount_at(t.run(bundle)[0], '/a/b')


@must(*MOUNTS, 'Path values for bind mounts are either absolute or relative to the bundle')
def bind_sources(t):
    bundle = t.bundle('read=/relative/f', 'read=/absolute/f')
    bundle.file('data/f', 'text')
    bundle.mount('/relative', 'bind', 'data', 'bind')
    bundle.mount('/absolute', 'bind', os.path.join(bundle.path, 'data'), 'bind')
    for said in t.run(bundle):
        t.equal(said.get('text'), 'text', said['action'])


@must(*MOUNTS, 'source: can also be a file or directory name for bind mounts')
def bind_of_a_file(t):
    bundle = t.bundle('read=/etc/name', 'read=/there')
    bundle.file('name', 'text')
    bundle.file('rootfs/there', 'old')
    bundle.mount('/etc/name', 'bind', 'name', 'bind')
    bundle.mount('/there', 'bind', 'name', 'bind')
    t.equal([s.get('text') for s in t.run(bundle)], ['text', 'text'], 'what is read')


@must(*MOUNTS, 'A mount is a bind mount if it has either bind or rbind in the options')
def bind_by_option_alone(t):
    bundle = t.bundle('read=/data/f', 'read=/more/f')
    bundle.file('data/f', 'text')
    entry = bundle.mount('/data', '', 'data', 'bind')
    del entry['type']
    bundle.mount('/more', 'none', 'data', 'rbind')
    t.equal([s.get('text') for s in t.run(bundle)], ['text', 'text'], 'what is read')


@must(*MOUNTS, 'If the runtime cannot apply a property it MUST generate an error: a bind mount without its source')
def bind_of_nothing(t):
    bundle = t.bundle('report')
    bundle.mount('/data', 'bind', 'no-such-source', 'bind')
    t.refused(bundle)


def in_host_mounts(script):
    """Words that run the runtime in a mount namespace of its own, after a script."""
    return ('unshare', '--mount', '--propagation', 'private', 'sh', '-c', script + '; exec "$@"',
            'sh')


def tree(t, bundle):
    """A directory with a mount in it, which the words returned make."""
    if not t.facts.root:
        t.skip('needs a mount on the host')
    bundle.directory('tree/sub')
    return in_host_mounts(f'mount -t tmpfs tmpfs {bundle.path}/tree/sub && '
                          f'echo deep >{bundle.path}/tree/sub/f')


@must(*OPTIONS, 'bind: MUST: Bind mount')
def option_bind(t):
    bundle = t.bundle('list=/data/sub')
    before = tree(t, bundle)
    bundle.mount('/data', 'bind', 'tree', 'bind')
    t.equal(t.run(bundle, before=before)[0]['names'], [], 'what is mounted below')


@must(*OPTIONS, 'rbind: MUST: Recursive bind mount')
def option_rbind(t):
    bundle = t.bundle('read=/data/sub/f')
    before = tree(t, bundle)
    bundle.mount('/data', 'bind', 'tree', 'rbind')
    t.equal(t.run(bundle, before=before)[0].get('text'), 'deep\n', 'what is mounted below')


# Options that the flags of the mount show: the option, wanted and unwanted words of mountinfo.
FLAGS = {
    'atime': (['noatime', 'atime'], [], ['noatime']),
    'defaults': (['defaults'], ['rw'], ['ro', 'nosuid', 'nodev', 'noexec']),
    'dev': (['nodev', 'dev'], [], ['nodev']),
    'diratime': (['nodiratime', 'diratime'], [], ['nodiratime']),
    'exec': (['noexec', 'exec'], [], ['noexec']),
    'noatime': (['noatime'], ['noatime'], []),
    'nodev': (['nodev'], ['nodev'], []),
    'nodiratime': (['nodiratime'], ['nodiratime'], []),
    'noexec': (['noexec'], ['noexec'], []),
    'norelatime': (['norelatime'], [], []),
    'nostrictatime': (['strictatime', 'nostrictatime'], ['relatime'], []),
    'nosuid': (['nosuid'], ['nosuid'], []),
    'relatime': (['relatime'], ['relatime'], ['noatime']),
    'ro': (['ro'], ['ro'], ['rw']),
    'rw': (['ro', 'rw'], ['rw'], ['ro']),
    'strictatime': (['strictatime'], [], ['relatime', 'noatime']),
    'suid': (['nosuid', 'suid'], [], ['nosuid']),
}
SHOULD_FLAGS = {
    'nosymfollow': (['nosymfollow'], ['nosymfollow'], []),
    'symfollow': (['nosymfollow', 'symfollow'], [], ['nosymfollow']),
}
# Those of the filesystem itself: the option, wanted and unwanted words of the superblock.
SUPER_FLAGS = {
    'async': (['sync', 'async'], [], ['sync']),
    'dirsync': (['dirsync'], ['dirsync'], []),
    'sync': (['sync'], ['sync'], []),
    'lazytime': (['lazytime'], ['lazytime'], []),
    'nolazytime': (['lazytime', 'nolazytime'], [], ['lazytime']),
}
# Nothing shows these; they must be taken.
TAKEN = ('iversion', 'noiversion', 'loud', 'silent')


def with_flags(table, names):
    def build(bundle):
        for name in names:
            bundle.mount(f'/m/{name}', 'tmpfs', 'tmpfs', *table[name][0])
        bundle.do('report')
    return build


ALL = {**FLAGS, **SUPER_FLAGS}
ALL_FLAGS = with_flags(ALL, ALL)


def _flag(table, name, part):
    _, wanted, unwanted = table[name]

    def case(t):
        try:
            report = t.report(ALL_FLAGS) if name in ALL else None
        except Failed:
            report = None  # one of the others may be why
        report = report or t.report(with_flags(table, [name]))
        seen = t.mount_at(report, f'/m/{name}')[part]
        for each in wanted:
            t.contains(seen, each, f'options of the mount with {name}')
        for each in unwanted:
            t.true(each not in seen, f'{each} in {seen}')
    return case


for _name in FLAGS:
    must(*OPTIONS, f'{_name}: MUST', f'option_{_name}')(_flag(FLAGS, _name, 'options'))
for _name in SUPER_FLAGS:
    must(*OPTIONS, f'{_name}: MUST', f'option_{_name}')(_flag(SUPER_FLAGS, _name, 'super'))
for _name in SHOULD_FLAGS:
    should(*OPTIONS, f'{_name}: SHOULD', f'option_{_name}')(
        _flag(SHOULD_FLAGS, _name, 'options'))


def _taken(name):
    def case(t):
        bundle = t.bundle('report')
        bundle.mount('/data', 'tmpfs', 'tmpfs', name)
        t.mount_at(t.run(bundle)[0], '/data')
    return case


for _name in TAKEN:
    must(*OPTIONS, f'{_name}: MUST', f'option_{_name}')(_taken(_name))


@must(*OPTIONS, 'remount: MUST')
def option_remount(t):
    bundle = t.bundle('report', 'write=/data/x,x')
    bundle.mount('/data', 'tmpfs', 'tmpfs', 'size=1m')
    bundle.mount('/data', 'tmpfs', 'tmpfs', 'remount', 'ro')
    said = t.run(bundle)
    t.equal(said[1]['errno'], 'EROFS', 'writing')
    points = [m for m in said[0]['proc']['mountinfo'].splitlines() if ' /data ' in m]
    t.equal(len(points), 1, 'mounts at /data')


@must(*OPTIONS, 'ro: MUST: also of a bind mount')
def option_ro_of_a_bind(t):
    bundle = t.bundle('write=/data/f,x', 'write=/other/f,x')
    bundle.directory('data', 0o777)
    bundle.mount('/data', 'bind', 'data', 'bind', 'ro')
    bundle.mount('/other', 'bind', 'data', 'bind', 'rw')
    t.equal([s['errno'] for s in t.run(bundle)], ['EROFS', ''], 'writing')


@must(*OPTIONS, 'nosuid, nodev, noexec: MUST: also of a bind mount')
def options_of_a_bind(t):
    bundle = t.bundle('report')
    bundle.directory('data')
    wanted = ['nosuid', 'nodev', 'noexec']
    if t.facts.root:
        wanted.append('noatime')  # times are locked for mounts that come from another namespace
    bundle.mount('/data', 'bind', 'data', 'rbind', *wanted)
    seen = t.mount_at(t.run(bundle)[0], '/data')['options']
    for each in (*wanted, 'rw'):
        t.contains(seen, each, 'options')


PROPAGATION = {
    'private': [], 'rprivate': [], 'unbindable': ['unbindable'], 'runbindable': ['unbindable'],
    'shared': ['shared'], 'rshared': ['shared'], 'slave': [], 'rslave': [],
}


# Older calls cannot do this: a mount of the host's peer group, in a namespace that is cut off from it.
SHARED = ('shared', 'rshared')


def propagation(bundle, names):
    bundle.directory('data')
    for name in names:
        bundle.mount(f'/p/{name}', 'bind', 'data', 'rbind', name)
    return bundle.do('report')


def all_propagation(bundle):
    propagation(bundle, PROPAGATION)


def all_but_shared(bundle):
    propagation(bundle, [n for n in PROPAGATION if n not in SHARED])


def _propagation(name, wanted):
    def case(t):
        if t.lacks('open_tree') and name in SHARED:
            t.refused_by_name(propagation(t.bundle(), [name]), name)
            return
        report = t.report(all_but_shared if t.lacks('open_tree') else all_propagation)
        seen = t.mount_at(report, f'/p/{name}')['shared']
        kinds = [s.split(':')[0] for s in seen if not s.startswith('master')]
        t.equal(kinds, wanted, 'propagation')
    return case


for _name, _wanted in PROPAGATION.items():
    must(*OPTIONS, f'{_name}: MUST: Bind mount propagation', f'option_{_name}')(
        _propagation(_name, _wanted))


@must(*OPTIONS, 'rslave: MUST: what the host mounts there comes to the container, not the other way')
def slave_receives(t):
    t.needs_root('needs a mount on the host')
    bundle = t.bundle('mount=/data/mine', 'sleep', 'report')
    for name in ('data/mine', 'data/theirs'):
        bundle.directory(name)
    bundle.mount('/data', 'bind', 'data', 'rbind', 'rslave')
    bundle.process['capabilities'] = capability_sets([*CAPABILITIES, 'CAP_SYS_ADMIN'])
    data = f'{bundle.path}/data'
    script = f'mount --bind {data} {data} && mount --make-shared {data}; echo; exec sleep 60'
    with subprocess.Popen(['unshare', '--mount', '--propagation', 'private', 'sh', '-c', script],
                          stdout=subprocess.PIPE) as host:
        try:
            host.stdout.readline()
            enter = ('nsenter', '-t', str(host.pid), '-m')
            c = t.container(bundle, before=enter).create().start().ready()
            subprocess.run([*enter, 'mount', '-t', 'tmpfs', 'tmpfs', f'{data}/theirs'], check=True)
            with open(f'/proc/{host.pid}/mountinfo', encoding='utf-8') as f:
                t.true('/data/mine ' not in f.read(), 'the host sees what the container mounts')
            c.kill('USR1')
            c.wait()
        finally:
            host.kill()
    said = c.lines()
    t.equal(said[0]['errno'], '', 'a mount in the container')
    t.equal(t.mount_at(said[2], '/data/theirs')['type'], 'tmpfs', 'what the host mounts')


# Recursive options: how the mount below was made, what it is to have then, and what not.
RECURSIVE = {
    'rro': ('rw', ['ro'], []),
    'rrw': ('ro', ['rw'], []),
    'rnosuid': ('rw', ['nosuid'], []),
    'rsuid': ('nosuid', [], ['nosuid']),
    'rnodev': ('rw', ['nodev'], []),
    'rdev': ('nodev', [], ['nodev']),
    'rnoexec': ('rw', ['noexec'], []),
    'rexec': ('noexec', [], ['noexec']),
    'rnoatime': ('rw', ['noatime'], []),
    'ratime': ('noatime', [], ['noatime']),
    'rnodiratime': ('rw', ['nodiratime'], []),
    'rdiratime': ('nodiratime', [], ['nodiratime']),
    'rrelatime': ('noatime', ['relatime'], []),
    'rnorelatime': ('relatime', [], []),
    'rstrictatime': ('relatime', [], ['relatime', 'noatime']),
    'rnostrictatime': ('strictatime', ['relatime'], []),
    'rnosymfollow': ('rw', ['nosymfollow'], []),
    'rsymfollow': ('nosymfollow', [], ['nosymfollow']),
}


def recursive(t, names):
    """One container with a tree for each; the words returned mount into the trees."""
    bundle = t.bundle('report')
    script = []
    for name in names:
        below = bundle.directory(f'{name}/sub')
        script.append(f'mount -t tmpfs -o {RECURSIVE[name][0]} tmpfs {below}')
        bundle.mount(f'/r/{name}', 'bind', name, 'rbind', name)
    return bundle, in_host_mounts('; '.join(script))


def recursive_report(t, names):
    bundle, before = recursive(t, names)
    return t.run(bundle, before=before)[0]


def all_recursive(t):
    if all_recursive not in t.shared:
        try:
            t.shared[all_recursive] = recursive_report(t, RECURSIVE)
        except Failed:
            t.shared[all_recursive] = None  # one of them is why
    return t.shared[all_recursive]


def _recursive(name, wanted, unwanted):
    def case(t):
        t.needs_root('needs mounts on the host')
        if t.lacks('mount_setattr'):
            bundle, before = recursive(t, [name])
            t.refused_by_name(bundle, name, before)
            return
        report = all_recursive(t) or recursive_report(t, [name])
        for point in (f'/r/{name}', f'/r/{name}/sub'):
            seen = t.mount_at(report, point)['options']
            for each in wanted:
                t.contains(seen, each, point)
            for each in unwanted:
                t.true(each not in seen, f'{point}: {each} in {seen}')
    return case


for _name, (_given, _wanted, _unwanted) in RECURSIVE.items():
    should(*OPTIONS, f'{_name}: SHOULD: Recursive {_name[1:]}', f'option_{_name}')(
        _recursive(_name, _wanted, _unwanted))


@should(*OPTIONS, 'Runtimes SHOULD treat unknown options as filesystem-specific ones and pass those to mount(2)')
def options_of_the_filesystem(t):
    bundle = t.bundle('report', 'stat=/data')
    bundle.mount('/data', 'tmpfs', 'tmpfs', 'size=1024k', 'mode=1750', 'nr_inodes=99')
    said = t.run(bundle)
    t.equal(oct(said[1]['mode']), '0o1750', 'mode')
    t.contains(t.mount_at(said[0], '/data')['super'], 'size=1024k', 'options')
    t.contains(t.mount_at(said[0], '/data')['super'], 'nr_inodes=99', 'options')
    bundle = t.bundle('report')
    bundle.mount('/data', 'tmpfs', 'tmpfs', 'no-such-option')
    t.refused(bundle)


@own('Linux mount options', 'tmpcopyup: MAY: copy up the contents to a tmpfs')
def option_tmpcopyup(t):
    bundle = t.bundle('read=/data/f', 'stat=/data/link', 'report')
    bundle.file('rootfs/data/f', 'text')
    os.symlink('f', os.path.join(bundle.rootfs, 'data/link'))
    bundle.mount('/data', 'tmpfs', 'tmpfs', 'tmpcopyup')
    said = t.run(bundle)
    t.equal(said[0].get('text'), 'text', 'the file')
    t.equal(said[1].get('target'), 'f', 'the link')
    t.equal(t.mount_at(said[2], '/data')['type'], 'tmpfs', 'what is mounted')


def mapped(t, option, **more):
    """A bind mount of a file that root owns, with a mapping of root to 4000."""
    bundle = t.bundle('stat=/data/f')
    bundle.file('data/f')
    entry = bundle.mount('/data', 'bind', 'data', 'rbind', option)
    entry.update(more)
    return bundle


MAP = [{'containerID': 0, 'hostID': 4000, 'size': 100}]


def _idmap(option):
    def case(t):
        t.needs_root('the kernel lets only root map mounts of the host')
        bundle = mapped(t, option, uidMappings=MAP, gidMappings=MAP)
        if t.lacks('open_tree', 'mount_setattr'):
            t.refused_by_name(bundle, option)
            return
        said = t.run(bundle)[0]
        t.equal((said['uid'], said['gid']), (4000, 4000), 'the owner of a file of root')
    return case


for _name in ('idmap', 'ridmap'):
    should(*OPTIONS, f'{_name}: SHOULD: Indicates that the mount MUST have an idmapping applied; the runtime MUST use '
           'those values', f'option_{_name}')(_idmap(_name))


@must(*OPTIONS, 'If there are no uidMappings and gidMappings and the container isn\'t using user namespaces, an error MUST be returned')
def idmap_without_a_mapping(t):
    if t.facts.user_namespace:
        t.skip('the container has a user namespace')
    t.refused(mapped(t, 'idmap'))


@must('config.md', 'POSIX-platform Mounts', 'uidMappings: If specified, it MUST be specified along with gidMappings')
def idmap_of_one_kind(t):
    t.refused(mapped(t, 'idmap', uidMappings=MAP))


@must('config-linux.md', 'Default Filesystems', 'An entry of mounts gives a filesystem of its type: proc, sysfs, devpts, tmpfs')
def filesystems_by_type(t):
    bundle = t.bundle('report')
    bundle.mount('/dev/mqueue', 'mqueue', 'mqueue', 'nosuid', 'noexec', 'nodev')
    report = t.run(bundle)[0]
    for point, kind in (('/proc', 'proc'), ('/sys', 'sysfs'), ('/dev/pts', 'devpts'),
                        ('/dev/shm', 'tmpfs'), ('/dev/mqueue', 'mqueue')):
        t.equal(t.mount_at(report, point)['type'], kind, point)


@should('config-linux.md', 'Default Filesystems', 'The following filesystems SHOULD be made available in each container\'s filesystem')
def default_filesystems(t):
    bundle = t.bundle('report')
    done = t.runtime.ask('spec', *(['--rootless'] if t.facts.user_namespace else []),
                         cwd=bundle.path)
    t.equal(done.status, 0, 'spec ' + done.err)
    for point in ('/proc', '/sys', '/dev/pts', '/dev/shm'):
        t.contains(bundle.text('config.json'), f'"{point}"', 'what spec writes')
