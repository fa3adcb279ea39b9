# In the machine, as alice: a web server in the background, from its image to its removal.
# SPDX-License-Identifier: Apache-2.0
. /masu/tests/host/checks/say.sh
set -u

part "web server: images are pulled"
exits "images are pulled" 0 masu pull -q localhost:5000/nginx localhost:5000/busybox
everything >"$work/before"

part "web server: starts in its scope, with its port and limits"
exits "it starts" 0 masu run -d --name web -p 8080:80 --memory 64M --cpus 0.5 localhost:5000/nginx
becomes "its page comes" sh -c 'curl -s localhost:8080 | grep "Hello from nginx in a container"'
becomes "the log has the access" sh -c 'masu logs web | grep "GET / HTTP/1.1. 200"'
says "ps shows it" 'localhost:5000/nginx:latest.* Up .*0.0.0.0:8080->80/tcp *web' masu ps
says "systemd shows it" 'Active: active \(running\)' systemctl --user status --no-pager masu-web.scope
also "the container is in container/" '─container'
also "nginx is in it" 'nginx: master process'
also "the monitor is outside of its limits" '─monitor'
group=/sys/fs/cgroup$(masu inspect web | sed -n 's/.*"CgroupPath": "\(.*\)".*/\1/p')
says "its memory is limited" '^67108864$' cat "$group/container/memory.max"
says "its time is limited" '^50000 100000$' cat "$group/container/cpu.max"

part "memory: a container over its limit is killed, and that is reported"
greedy="dd if=/dev/zero of=/dev/null bs=200M count=1"
exits "one that wants more memory" 0 masu run -d --name hog --memory 64M --network none localhost:5000/busybox $greedy
becomes "is killed" sh -c 'masu ps -a | grep "Exited (137).*hog"'
says "for lack of memory" '"OOMKilled": true' masu inspect hog
exits "in the foreground, too" 137 masu run --rm --memory 64M --network none localhost:5000/busybox $greedy
also "and that is said" 'ran out of memory'

part "processor: a quota holds a busy container back"
exits "a busy one" 0 masu run -d --name busy --cpus 0.5 --network none localhost:5000/busybox sh -c 'while :; do :; done'
stat=/sys/fs/cgroup$(masu inspect busy | sed -n 's/.*"CgroupPath": "\(.*\)".*/\1/p')/container/cpu.stat
becomes "is throttled" grep -q '^nr_throttled [1-9]' "$stat"

part "web server: stop and rm leave nothing"
exits "stop" 0 masu stop -t 2 web hog busy
exits "rm" 0 masu rm web hog busy
becomes "nothing is left: no unit, cgroup, mount, process, socket or file" same_as_before
the_end
