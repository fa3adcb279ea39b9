# In the machine, as alice: scopes, their division, limits and removal. The probes come on stdin as a tar.
# SPDX-License-Identifier: Apache-2.0
set -u
. /masu/tests/host/checks/say.sh
{ cd /tmp/probes 2>/dev/null || { mkdir /tmp/probes && cd /tmp/probes && tar x; }; } || exit

manager=/user.slice/user-1000.slice/user@1000.service
# In the container: the files of its own group.
inside='cd /sys/fs/cgroup$(cut -d: -f3 /proc/self/cgroup)'

part "scopes: a scope in masu.slice, divided and described"
says "a scope in masu.slice, divided" "^scope $manager/masu.slice/masu-a.scope$" ./cgroup a systemctl --user show masu-a.scope
also "the container is in container/" "^container .*/masu-a.scope/container$"
also "the unit is described" '^Description=A probe$'
also "nobody's default limits its tasks" '^TasksMax=infinity$'
also "the unit is delegated" '^Delegate=yes$'
says "the supervisor is in monitor/" '^self .*/masu-b.scope/monitor$' ./cgroup -w b true

part "scopes: limits are the container's, not the supervisor's"
says "the limits are the container's" '^memory.max:67108864$' \
    ./cgroup -w -m 67108864 -q 50000 -p 20 c sh -c "$inside; grep . memory.max memory.swap.max cpu.max pids.max ../monitor/memory.max"
also "no swap beyond" '^memory.swap.max:0$'
also "half a processor" '^cpu.max:50000 100000$'
also "twenty tasks" '^pids.max:20$'
also "the supervisor is not limited" '^../monitor/memory.max:max$'
says "memory over the limit kills" '^oom_kills 1$' ./cgroup -w -m 33554432 d sh -c 'head -c 100M /dev/zero | tail -c 60M >/dev/null'
also "by SIGKILL" '^status 137$'
says "a quota binds" '^nr_throttled [1-9]' \
    ./cgroup -w -q 20000 e timeout 60 sh -c "$inside; until grep '^nr_throttled [1-9]' cpu.stat; do :; done"

part "scopes: freezer, and processes that are left"
says "freezer" '^frozen 1$' ./cgroup -w -f f sleep 1
also "and thaw" '^frozen 0$'
says "what the container leaves is killed" '^status 0$' ./cgroup -w g sh -c 'sleep 1000 & sleep 1001 &'
says "nothing left of it" '^$' sh -c 'pgrep -x sleep; echo'
not "nothing left of it" '[0-9]'

part "scopes: systemd knows the limits of one that is not divided"
says "not divided, systemd knows the limits" '^MemoryMax=67108864$' \
    ./cgroup -o -m 67108864 -q 50000 -p 20 h systemctl --user show masu-h.scope
also "quota" '^CPUQuotaPerSecUSec=500ms$'
also "tasks" '^TasksMax=20$'
says "a controller that isn't there is named" "no cgroup v2 controller 'cpuset'" ./cgroup -c 0 i true
./cgroup -w j "${until_released[@]}" sleep 1000 >/dev/null &
becomes "a unit" systemctl --user is-active masu-j.scope
says "a unit of that name" 'unit "masu-j.scope": name already in use' ./cgroup j true
release
says "only root can filter devices" 'device filter' ./cgroup -d k true

part "scopes: by sudo and su, and without a bus or manager"
says "sudo" '/masu-l.scope/container$' sudo -u alice env -i "PATH=$PATH" ./cgroup l cat /proc/self/cgroup
says "su" '/masu-m.scope/container$' sudo su alice -c './cgroup m cat /proc/self/cgroup'
says "no XDG_RUNTIME_DIR" '/masu-n.scope/container$' env -u XDG_RUNTIME_DIR -u DBUS_SESSION_BUS_ADDRESS ./cgroup n cat /proc/self/cgroup
mkdir -m 700 /tmp/run && ln -s /run/user/1000/bus /tmp/run/bus
says "a session bus alone" '/masu-o.scope/container$' env XDG_RUNTIME_DIR=/tmp/run ./cgroup o cat /proc/self/cgroup
says "no manager: one line" '^notice .*no systemd user manager' sudo -u bob ./cgroup p true
says "no manager, but limits" "can't limit the container: .*no systemd user manager" sudo -u bob ./cgroup -m 10000000 q true

part "scopes: root's, with device rules"
says "root has the system's manager" '^0::/masu.slice/masu-r.scope/container$' \
    sudo ./cgroup -w -d r sh -c 'cat /proc/self/cgroup; echo >/dev/null && echo null; head -c 1 /dev/kmsg'
also "an allowed device" '^null$'
also "one that isn't" '/dev/kmsg.*Operation not permitted'

part "scopes: groups by mkdir, and nothing is left"
says "a group by mkdir" '^0::/probes/s$' sudo ./cgroup -w -m 10000000 -g /probes/s s cat /proc/self/cgroup
says "not by .." "bad cgroup path" sudo ./cgroup -g /probes/../s s true
sudo ./cgroup -g /probes/t t "${until_released[@]}" sleep 1000 >/dev/null &
becomes "a group with a process" sh -c 'grep -q . /sys/fs/cgroup/probes/t/cgroup.procs'
says "not one in use" "has processes already" sudo ./cgroup -g /probes/t t true
release
nothing_left() {
    ! { find /sys/fs/cgroup -name "masu-*.scope" -o -path "*/probes/?"
        systemctl --user list-units --all --plain --no-legend "masu-*.scope"; } | grep .
}
becomes "nothing is left" nothing_left

the_end
