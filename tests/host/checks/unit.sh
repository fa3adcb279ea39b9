# In the machine, as alice: containers as services of her manager, in the cgroups of their units.
# SPDX-License-Identifier: Apache-2.0
. /masu/tests/host/checks/say.sh
set -u
image=localhost:5000/busybox
units=$XDG_RUNTIME_DIR/systemd/user
mkdir -p "$units"

# unit NAME LINE...: writes NAME.service with these lines in [Service].
unit() {
    local name=$1
    shift
    {
        printf '%s\n' '[Service]' KillMode=mixed 'ExecStopPost=-masu rm --force --ignore web' "$@"
    } >"$units/$name.service"
    systemctl --user daemon-reload
}
of() { systemctl --user show -P "$1" "${2:-web}.service"; }
is() { [ "$(of "$1")" = "$2" ]; }
group_of() { echo "/sys/fs/cgroup$(of ControlGroup)"; }
# The processes of a group and of those below: their names, in order.
names_in() { find "$1" -name cgroup.procs -exec cat {} + | while read -r pid; do cat "/proc/$pid/comm"; done | sort | xargs; }
running='masu run --rm --name web --replace --cgroups split --init'
starts() { exits "$1" 0 systemctl --user start web; }
runs() { [ "$(masu inspect --format '{{.State.Status}}' web 2>/dev/null)" = running ]; }
exits "an image is pulled" 0 masu pull -q $image
everything >"$work/before"

part "unit: the container is in the group of its unit, with the limits in container/"
unit web Delegate=yes SuccessExitStatus=143 "ExecStart=$running --network none --memory 64M $image sleep 1000"
starts "it starts"
becomes "it runs" runs
group=$(group_of)
becomes "the container is below the unit" eval '[ "$(names_in "$group/container")" = "init sleep" ]'
becomes "its supervisor is beside it" eval '[ "$(names_in "$group/monitor")" = masu ]'
says "no process is in the unit's own group" '^0$' sh -c 'wc -l <"$1/cgroup.procs"' sh "$group"
says "the limit is the container's" '^67108864$' cat "$group/container/memory.max"
says "not the supervisor's" '^max$' cat "$group/monitor/memory.max"
says "the container is the root of its cgroup namespace" '^0::/$' masu exec web cat /proc/self/cgroup
says "inspect tells" '^split .*/web.service$' masu inspect --format '{{.HostConfig.Cgroups}} {{.State.CgroupPath}}' web
says "no scope" '^0$' sh -c "systemctl --user list-units --all --no-legend --plain 'masu-web*' | wc -l"
exits "pause" 0 masu pause web
says "the container is frozen" '^frozen 1$' cat "$group/container/cgroup.events"
exits "unpause" 0 masu unpause web
exits "update" 0 masu update --memory 96M --memory-swap 96M web
says "the limit has changed" '^100663296$' cat "$group/container/memory.max"
exits "the manager reads its units again" 0 systemctl --user daemon-reload
says "the limit stays" '^100663296$' cat "$group/container/memory.max"
exits "stop" 0 systemctl --user stop web
becomes "nothing is left" same_as_before

part "unit: exit statuses, signals and the time for a stop"
unit web Delegate=yes "ExecStart=$running --network none $image sh -c 'exit 7'"
starts "it starts"
becomes "the unit has the exit status of the container" is ExecMainStatus 7
becomes "it has failed" is Result exit-code
unit web Delegate=yes KillSignal=SIGUSR1 \
    "ExecStart=$running --network none $image sh -c 'trap \"exit 9\" USR1; echo ready >/proc/1/fd/1; while :; do sleep 0.1; done'" \
    "StandardOutput=append:$work/ready"
rm -f "$work/ready"
starts "it starts"
becomes "the container has its trap" grep -q ready "$work/ready"
exits "stop" 0 systemctl --user stop web
says "KillSignal= reached the container, whose status is the unit's" '^9$' of ExecMainStatus
systemctl --user reset-failed web
unit web Delegate=yes TimeoutStopSec=2 \
    "ExecStart=$running --network none $image sh -c 'trap : TERM; echo ready >/proc/1/fd/1; while :; do sleep 0.1; done'" \
    "StandardOutput=append:$work/ready"
rm -f "$work/ready"
starts "it starts"
becomes "the container has its trap" grep -q ready "$work/ready"
exits "stop" 0 systemctl --user stop web
says "it was killed after TimeoutStopSec=" '^timeout$' of Result
systemctl --user reset-failed web
becomes "nothing is left" same_as_before

part "unit: Restart=, and SIGKILL of each process"
unit web Delegate=yes Restart=on-failure RestartSec=0 StartLimitIntervalSec=0 \
    "ExecStart=$running --network slirp4netns $image sleep 1000"
starts "it starts"
becomes "it runs" runs
for victim in masu container; do
    before=$(of NRestarts)
    case $victim in
    masu) pid=$(of MainPID) ;;
    container) pid=$(masu inspect --format '{{.State.Pid}}' web) ;;
    esac
    exits "SIGKILL of $victim" 0 kill -KILL "$pid"
    restarted() { [ "$(of NRestarts)" -gt "$before" ] && runs; }
    becomes "the unit is started again after the death of $victim" restarted
done
says "one container" '^1$' sh -c 'masu ps -aq | wc -l'
exits "systemctl kill of all processes" 0 systemctl --user kill --signal SIGKILL web
restarted() { [ "$(of NRestarts)" -gt 2 ] && runs; }
becomes "the unit is started again" restarted
exits "stop" 0 systemctl --user stop web
exits "a command cleans up" 0 masu ps
becomes "nothing is left" same_as_before

part "unit: OOMPolicy= sees that the kernel has killed a process of the container"
unit web Delegate=yes OOMPolicy=stop \
    "ExecStart=$running --network none --memory 16M --memory-swap 16M $image sh -c 'tail /dev/zero; sleep 1000'"
starts "it starts"
becomes "the unit has failed by it" is Result oom-kill
becomes "nothing is left" same_as_before

part "unit: MemoryMax= holds for a container that has no limit of its own"
unit web Delegate=yes MemoryMax=32M MemorySwapMax=0 OOMPolicy=continue "StandardOutput=append:$work/limit" \
    "ExecStart=${running% --init} --network none --systemd=always $image sh -c 'cat /sys/fs/cgroup/memory.max; \
    echo max >/sys/fs/cgroup/memory.max; tail /dev/zero; echo died \$\$?; exec sleep 1000'"
rm -f "$work/limit"
starts "it starts"
becomes "a process that takes more is killed" grep -qx 'died 137' "$work/limit"
says "its cgroup has no limit of its own" '^max$' cat "$work/limit"
says "that of the unit is as before" '^33554432$' cat "$(group_of)/memory.max"
exits "the container runs" 0 runs
systemctl --user stop web
becomes "nothing is left" same_as_before

part "unit: outside of a delegated group, --cgroups split names the setting"
unit web "ExecStart=$running --network none $image true" "StandardError=append:$work/error"
rm -f "$work/error"
starts "it starts"
becomes "it fails" is ExecMainStatus 125
says "the error" 'unit "web.service" does not delegate its cgroup' cat "$work/error"
also "the setting" 'Delegate=yes'
exits "in a session" 125 masu run --rm --cgroups split $image true
says "the error" 'unit "session-.*.scope" does not delegate its cgroup' masu run --rm --cgroups split $image true
exits "in a scope with Delegate=yes" 0 systemd-run --user --scope -q -p Delegate=yes masu run --rm --network none --cgroups split $image true
exits "by sudo, in alice's session" 125 sudo masu run --rm --cgroups split $image true
becomes "nothing is left" same_as_before

part "unit: a service of the system with User="
service() { sudo systemd-run -q --wait --pipe -p User=alice "$@"; }
says "it runs alice's image" '^0::/$' service -p Delegate=yes $running --network none --memory 32M $image cat /proc/self/cgroup
exits "its status is the unit's" 7 service -p Delegate=yes $running --network slirp4netns $image sh -c 'exit 7'
exits "without Delegate=" 125 service $running $image true
says "the error names the setting" 'Delegate=yes' service $running $image true
exits "as the main process" 5 service -p Delegate=yes -p Type=notify -p NotifyAccess=all ${running/run/run -d} --network none $image sh -c 'exit 5'
masu ps >/dev/null
becomes "nothing is left" same_as_before

part "unit: a service of the system with DynamicUser=, whose store is its state directory"
dynamic() { sudo systemd-run -q --wait --pipe -p DynamicUser=yes -p StateDirectory=masu-dynamic -p RuntimeDirectory=masu-dynamic -p Delegate=yes "$@"; }
says "it has a user and a store of its own" '^uid=0\(root\)' dynamic $running --network slirp4netns -v pages:/www $image sh -c 'echo kept >/www/file; id'
says "they stay" '^kept$' dynamic $running --network none --pull never -v pages:/www $image cat /www/file
exits "as the main process" 5 dynamic -p Type=notify -p NotifyAccess=all ${running/run/run -d} --network none $image sh -c 'exit 5'
says "no container is left" '^0$' dynamic sh -c 'masu ps -aq | wc -l'
says "no run-time directory is left" '^0$' sh -c 'ls -d /run/masu-dynamic /tmp/masu-* 2>/dev/null | wc -l'
sudo rm -rf /var/lib/private/masu-dynamic /var/lib/masu-dynamic
becomes "nothing is left" same_as_before
rm -f "$units/web.service"
the_end
