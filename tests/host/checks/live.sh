# In the machine, as alice: commands on running containers, in their systemd scopes with cgroup v2.
# SPDX-License-Identifier: Apache-2.0
. /masu/tests/host/checks/say.sh
set -u

group_of() { echo "/sys/fs/cgroup$(masu inspect "$1" | jq -r .[0].State.CgroupPath)"; }

part "live: pause, stop and remove in a scope"
everything >"$work/before"
exits "it starts" 0 masu run -d --name web -p 8080:80 --memory 64M localhost:5000/nginx
group=$(group_of web)
exits "pause" 0 masu pause web
says "the container is frozen" '^frozen 1$' cat "$group/container/cgroup.events"
says "the monitor is not" '^frozen 0$' cat "$group/monitor/cgroup.events"
says "ps shows it" '\(Paused\)' masu ps
exits "exec refuses" 125 masu exec web true
exits "unpause --all" 0 masu unpause --all
says "the container continues" '^frozen 0$' cat "$group/container/cgroup.events"
exits "systemctl freeze" 0 systemctl --user freeze masu-web.scope
says "ps shows it, too" '\(Paused\)' masu ps
exits "systemctl thaw" 0 systemctl --user thaw masu-web.scope
becomes "and serves" sh -c 'curl -s localhost:8080 | grep "Hello from nginx"'

part "live: an update is in force, and survives a reload of systemd"
exits "update" 0 masu update --memory 96M --memory-swap 96M --cpus 0.25 --pids-limit 40 --cpu-shares 512 web
limits() {
    says "memory $1" '^100663296$' cat "$group/container/memory.max"
    says "processor $1" '^25000 100000$' cat "$group/container/cpu.max"
    says "processes $1" '^40$' cat "$group/container/pids.max"
}
limits "at once"
exits "systemd reads its units again" 0 systemctl --user daemon-reload
limits "after a reload"
says "the scope delegates its groups" '^Delegate=yes$' systemctl --user show -p Delegate masu-web.scope
says "inspect has it" '"Memory": 100663296' masu inspect web
exits "restart" 0 masu restart -t 5 web
group=$(group_of web)
limits "after a restart"
exits "no limit" 0 masu update --pids-limit -1 --cpus -1 web
says "is none" '^max' cat "$group/container/pids.max"
says "is none" '^max' cat "$group/container/cpu.max"

part "live: top and stats"
says "the master process" '^0 +1 +0 .* nginx: master' masu top web
says "its pid on the host" "^1 +$(masu inspect web | jq -r .[0].State.Pid) +alice\$" masu top web pid,hpid,huser
says "ps of the host" 'nginx: master' masu top web -eo pid,args
says "stats" 'web +[0-9.]+% +[0-9.]+ [kM]B / 1?[0-9.]+ MB +[0-9.]+%' masu stats --no-stream web
curl -s localhost:8080 >/dev/null
masu stats --no-stream --format json web >"$work/stats"
says "bytes came over the network" true jq '.[0].NetworkReceived > 0 and .[0].NetworkSent > 0' "$work/stats"
says "the limit is the container's" true jq '.[0].MemoryLimit == 100663296 and .[0].Memory > 0' "$work/stats"
says "time and processes are counted" true jq '.[0].CPUNanoseconds > 0 and .[0].PIDs > 1' "$work/stats"

part "live: rename while it runs, and the old name again"
exits "rename" 0 masu rename web old
exits "another web" 0 masu run -d --name web --network none localhost:5000/busybox sleep 1000
says "the first one stays in its scope" '^masu-web.scope$' sh -c 'masu inspect old | jq -r .[0].State.Scope'
says "the second one has one of its own" '^masu-web-[0-9a-f]{12}.scope$' sh -c 'masu inspect web | jq -r .[0].State.Scope'
says "port" '^80/tcp -> 0.0.0.0:8080$' masu port old
exits "stop of a paused one" 0 sh -c 'masu pause old && masu stop -t 20 old'
exits "rm" 0 masu rm -f old web
becomes "nothing is left" same_as_before

part "live: a restart policy, in a scope for each run"
exits "it starts" 0 masu run -d --name web --network none --restart on-failure:2 --memory 64M localhost:5000/busybox \
    sh -c 'grep -c . /proc/self/cgroup; exit 3'
says "the last exit code" '^3$' masu wait web
says "two restarts" '^2 exited$' sh -c 'masu inspect web | jq -r ".[0] | \"\(.RestartCount) \(.State.Status)\""'
says "three runs" '^3$' sh -c 'masu logs web | grep -c 1'
exits "a policy without a maximum" 0 masu update --restart always web
exits "start" 0 masu start web
becomes "it is restarted" sh -c '[ "$(masu inspect web | jq .[0].RestartCount)" -gt 1 ]'
exits "stop" 0 masu stop web
says "it has ended" '^exited$' sh -c 'masu inspect web | jq -r .[0].State.Status'
exits "rm" 0 masu rm web
becomes "nothing is left" same_as_before
the_end
