# In the machine, as alice: what masu-oci does with cgroup v2, by systemd and by mkdir, hers and root's. A static
# busybox comes on stdin.
# SPDX-License-Identifier: Apache-2.0
set -u
. /masu/tests/host/checks/say.sh

mkdir -p "$work/b/rootfs/bin" && cd "$work/b" || exit
cat >rootfs/bin/busybox && chmod 755 rootfs/bin/busybox
for applet in sh sleep cat dd true mkdir grep cut; do ln -s busybox rootfs/bin/$applet; done
chmod -R a+rX "$work"
root=
oci() { $root masu-oci --root "$work/r" ${manager-} "$@"; }

# config PYTHON: a default config.json, changed; `c`, and `r` its resources.
config() {
    rm -f config.json
    masu-oci spec ${rootless-}
    python3 -c "import json
c = json.load(open('config.json'))
c['process']['terminal'] = False
c['root']['readonly'] = False
r = c['linux'].setdefault('resources', {})
ann = c.setdefault('annotations', {})
def run(text): c['process']['args'] = ['sh', '-c', text]
run('sleep 1000')
$1
json.dump(c, open('config.json', 'w'))"
}
begin() { oci run -d "$1" </dev/null >/dev/null 2>"$work/said" || fail "begin $1"; }
group() { echo "/sys/fs/cgroup$(cut -d: -f3 "/proc/$(oci ps -f json "$1" | tr -d '[]' | cut -d, -f1)/cgroup")"; }
gone() { ! find /sys/fs/cgroup -type d -path "*$1*" | grep .; }

part "cgroup: a user's scope with limits and properties"
rootless=--rootless manager="--cgroup-manager systemd"
config "c['linux']['cgroupsPath'] = 'masu-a.slice:t:one'
r.update({'memory': {'limit': 64 << 20, 'swap': 64 << 20, 'reservation': 32 << 20},
          'cpu': {'quota': 50000, 'period': 100000, 'shares': 512, 'idle': 0, 'burst': 1000},
          'pids': {'limit': 30}, 'hugepageLimits': [{'pageSize': '2MB', 'limit': 0}],
          'rdma': {}, 'network': {'classID': 0, 'priorities': []}, 'blockIO': {'weight': 0},
          'unified': {'memory.high': '50000000', 'cpu.max': '30000 50000'}})
ann['org.systemd.property.TimeoutStopUSec'] = 'uint64 7000000'
ann['org.systemd.property.RuntimeMaxSec'] = '600'
ann['org.systemd.property.Documentation'] = \"['man:one(1)', 'man:two(2)']\""
begin one
at=$(group one)
says "the scope is in the slice of its name" 'masu.slice/masu-a.slice/t-one.scope$' echo "$at"
says "limits" '^67108864$' cat "$at/memory.max"
says "quota, weight" '^30000 50000$' cat "$at/cpu.max"
systemctl --user daemon-reload
says "the quota of unified stays" '^30000 50000$' cat "$at/cpu.max"
says "tasks" '^30$' cat "$at/pids.max"
says "unified" '^4999.*|^50000000$' cat "$at/memory.high"
says "properties of the scope" '^MemoryMax=67108864$' systemctl --user show t-one.scope
also "the reservation" '^MemoryLow=33554432$'
also "unified, as a property" '^MemoryHigh=50000000$'
also "weight" '^CPUWeight=59$'
also "by annotation" '^TimeoutStopUSec=7s$'
also "in seconds" '^RuntimeMaxUSec=10min$'
also "an array" '^Documentation="?man:one\(1\)"? "?man:two\(2\)"?$'

part "cgroup: update reaches the kernel and systemd"
exits "update" 0 oci update --memory 100M --memory-swap 150M --cpu-quota 20000 --pids-limit 40 one
says "written" '^104857600$' cat "$at/memory.max"
says "what isn't given stays" '^20000 100000$' cat "$at/cpu.max"
says "systemd knows" '^MemoryMax=104857600$' systemctl --user show t-one.scope
also "quota" '^CPUQuotaPerSecUSec=200ms$'
also "tasks" '^TasksMax=40$'
systemctl --user daemon-reload
says "and keeps it" '^104857600$' cat "$at/memory.max"
says "and what it has no property for" '^1000$' cat "$at/cpu.max.burst"

part "cgroup: pause, exec, kill and delete"
exits "pause" 0 oci pause one
says "paused" '"status": "paused"' oci state one
says "the kernel says so" '^frozen 1$' cat "$at/cgroup.events"
exits "no exec in it" 255 oci exec one true
exits "resume" 0 oci resume one
says "exec from a login session is moved there by systemd" '^0::/$' oci exec one cat /proc/self/cgroup
exits "a group that isn't there" 255 oci exec --cgroup none one true
exits "a signal for a paused one" 0 oci pause one
exits "kill" 0 oci kill one KILL
becomes "it dies frozen" sh -c "masu-oci --root $work/r state one | grep -q stopped"
exits "delete" 0 oci delete one
becomes "nothing is left" gone t-one.scope

part "cgroup: statistics and events"
config "r['memory'] = {'limit': 16 << 20, 'swap': 16 << 20}
run('cat /fifo; dd if=/dev/zero of=/dev/null bs=64M count=1; cat /fifo')"
mkfifo rootfs/fifo
begin oom
says "statistics" '"type":"stats","id":"oom"' oci events --stats oom
also "of memory" '"usage":\{"limit":16777216,"usage":[0-9]+'
also "of processors" '"cpu":\{"usage":\{"total":[1-9]'
oci events --interval 100ms oom >"$work/events" &
events=$!
becomes "events come" [ -s "$work/events" ]
echo >rootfs/fifo
becomes "out of memory is told" grep -q '"type":"oom"' "$work/events"
echo >rootfs/fifo
wait "$events" || fail "events end with the container"
oci delete --force oom

part "cgroup: no processes are a limit"
config "c['process']['args'] = ['sleep', '1000']; r['pids'] = {'limit': 0}"
begin alone
says "no process but those that enter" '^0$' cat "$(group alone)/pids.max"
says "which systemd does not know" '^TasksMax=1$' systemctl --user show masu-alone.scope
exits "delete" 0 oci delete --force alone

part "cgroup: sub-groups by annotation"
config "ann['run.oci.systemd.subgroup'] = 'inner'
ann['run.oci.delegate-cgroup'] = 'payload'
r['memory'] = {'limit': 64 << 20}"
begin sub
says "a group of the scope, and one below it" '/masu-sub.scope/inner/payload$' group sub
says "the root of its namespace is the upper one" '^0::/payload$' \
    systemd-run --user --scope -q masu-oci --root "$work/r" exec sub cat /proc/1/cgroup
says "the limits are the scope's" '^67108864$' cat "$(group sub)/../../memory.max"
says "exec from a login session" '^0::/$' oci exec sub cat /proc/self/cgroup
echo +memory >"$(group sub)/../cgroup.subtree_control"
says "and where the container has divided its group" '^0::/payload$' oci exec sub cat /proc/self/cgroup
exits "pause" 0 oci pause sub
exits "delete a paused one" 0 oci delete --force sub
becomes "nothing is left" gone masu-sub.scope
config "ann['org.systemd.property.TimeoutStopUSec'] = '(uint64 1, 2)'"
exits "a value that can't be given" 1 oci run bad
also "is named" 'TimeoutStopUSec: unsupported value'

part "cgroup: failed and terminated starts leave no unit"
# Init fails while systemd makes the scope, which would stay, empty, and take the name from the next one.
config "c['root']['path'] = 'none'"
for i in $(seq 30); do
    exits "a root that does not exist, $i" 1 oci run same
    also "is the reason" "open the root 'none': No such file or directory"
    says "and leaves no unit" '^0 loaded' systemctl --user list-units --all masu-same.scope
done
config "c['hooks'] = {'createRuntime': [{'path': '/bin/sh', 'args': ['sh', '-c', 'kill -TERM \$PPID; sleep 1000']}]}"
exits "a create that is told to end" 143 oci create same
says "leaves no unit" '^0 loaded' systemctl --user list-units --all masu-same.scope
config "run('exit 7')"
exits "the id can be used" 7 oci run same

part "cgroup: limits that v2 or the kernel lacks are named"
config "r['network'] = {'classID': 5}"
exits "what v2 doesn't have" 1 oci run bad
also "is named" 'network.classID does not exist in cgroup v2'
config "r['blockIO'] = {'weight': 500}"
exits "what this kernel doesn't have" 1 oci run bad
also "is named" "io.weight|controller 'io'"

part "cgroup: a group with processes cannot delegate"
manager="--cgroup-manager cgroupfs"
config "c['linux']['cgroupsPath'] = 'inside'; r['memory'] = {'limit': 64 << 20}"
says "a group that has processes can't give controllers" "has processes of its own" \
    systemd-run --user --scope -p Delegate=yes -q masu-oci --root "$work/r" run bad
also "and what to do" "no internal processes"

part "cgroup: root's, by mkdir"
rootless= root=sudo
device=$(sudo sh -c 'cat /sys/block/ubda/dev')
config "c['linux']['cgroupsPath'] = '/masu-test/two'
r.update({'memory': {'limit': 64 << 20, 'checkBeforeUpdate': True}, 'pids': {'limit': 20},
          'blockIO': {'throttleReadBpsDevice': [{'major': ${device%:*}, 'minor': ${device#*:}, 'rate': 1048576}],
                      'throttleWriteIOPSDevice': [{'major': ${device%:*}, 'minor': ${device#*:}, 'rate': 50}]}})"
begin two
at=$(group two)
says "root's, by mkdir" '^/sys/fs/cgroup/masu-test/two$' echo "$at"
says "throttled" "^$device rbps=1048576 wbps=max riops=max wiops=50" cat "$at/io.max"
exits "below what is in use" 1 oci update --memory 4096 two
also "is refused" 'current usage'
says "and nothing has changed" '^67108864$' cat "$at/memory.max"
exits "exec joins" 0 oci exec two grep -x 0::/ /proc/self/cgroup
sudo mkdir "$at/below"
says "a group below" '^0::/below$' oci exec --cgroup below two cat /proc/self/cgroup
says "its own" '^0::/$' oci exec --cgroup / two cat /proc/self/cgroup
exits "two at once" 255 oci exec --cgroup below --cgroup / two true
also "v2 has not" 'but one hierarchy'
exits "delete" 0 oci delete --force two
says "is gone with its sub-groups" '^$' sh -c "ls -d $at 2>/dev/null; echo"

part "cgroup: without a path"
config "c['linux'].pop('cgroupsPath', None)
r['pids'] = {'limit': 20}"
begin beside
at=$(group beside)
says "without a path it is beside the caller's group" "^$(dirname "/sys/fs/cgroup$(cut -d: -f3 /proc/self/cgroup)")/beside$" echo "$at"
says "with its limits" '^20$' cat "$at/pids.max"
oci delete --force beside

part "cgroup: root's, by systemd"
manager="--cgroup-manager systemd"
config "c['linux']['cgroupsPath'] = 'system.slice:t:three'; r['memory'] = {'limit': 64 << 20}
c['process']['user'] = {'uid': 1234, 'gid': 0}
[m for m in c['mounts'] if m['type'] == 'cgroup'][0]['options'].remove('ro')
run('mkdir /sys/fs/cgroup/mine && cat /sys/fs/cgroup/cgroup.procs >/dev/null && sleep 1000')"
begin three
at=$(group three)
says "root's, by systemd" '^/sys/fs/cgroup/system.slice/t-three.scope$' echo "$at"
becomes "the container's user owns its group" [ -d "$at/mine" ]
says "the group is the user's" '^1234$' stat -c %u "$at/cgroup.procs"
says "but not its limits" '^0$' stat -c %u "$at/memory.max"
exits "delete" 0 oci delete --force three
becomes "nothing is left" gone t-three.scope

part "cgroup: a killed start is cleaned up by delete --force"
config "c['hooks'] = {'createRuntime': [{'path': '/bin/sh', 'args': ['sh', '-c', 'kill -9 \$PPID']}]}
c['linux']['cgroupsPath'] = '/masu-test/four'"
manager="--cgroup-manager cgroupfs"
oci run four >/dev/null 2>&1 && fail "its maker was to be killed"
exits "what a kill left" 0 oci delete --force four
becomes "goes by delete --force" gone masu-test/four
sudo rmdir /sys/fs/cgroup/masu-test

sudo rm -rf "$work/r"

part "cgroup: the tests of cgroup v2 run on this machine"
mkdir "$work/bin" && cp "$work/b/rootfs/bin/busybox" "$work/bin"
exits "as root" 0 sudo env PATH="$PATH:$work/bin" MASU_BUILD=/usr/local/bin \
    bats --tap /masu/tests/integration/masu-oci-cgroup-v2.bats
cat "$work/said"
the_end
