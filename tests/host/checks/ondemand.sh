# In the machine, as alice: ports on demand, held by her manager.
# SPDX-License-Identifier: Apache-2.0
. /masu/tests/host/checks/say.sh
set -u
image=localhost:5000/busybox
# Each run of the container adds a line to the page.
serve='mkdir -p /www; echo run >>/www/index.html; exec httpd -f -p 80 -h /www'
ask() { python3 /masu/tests/lib/requests.py 127.0.0.1 8080 "$@"; } # NUMBER AT-ONCE EXPECTED
status() { masu ps -a --format '{{.Status}}' --filter 'name=^web$'; }
rests() { case $(status) in "On demand"*) ;; *) return 1 ;; esac }
is() { [ "$(masu inspect --format "$1" web)" = "$2" ]; } # TEMPLATE TEXT
pid() { masu inspect --format '{{.State.Pid}}' web; }
# 0 without one: the pattern names loaded units alone.
proxy() { systemctl --user show -P MainPID 'masu-ondemand-*.service' | grep . || echo 0; }
sockets() { systemctl --user list-units --no-legend --plain 'masu-ondemand-*.socket' | wc -l; }
has_proxy() { [ "$(proxy)" -gt 0 ]; }
has_ended() { ! kill -0 "$1"; }
runs() { for i in $(seq "$1"); do echo run; done; }
exits "an image is pulled" 0 masu pull -q $image
# The holder of the ids is there before and after.
exits "a container runs" 0 masu run --rm --network none $image true
mkdir -p "$XDG_RUNTIME_DIR/masu/ondemand" # systemd leaves the directory
everything >"$work/before"

part "on demand: systemd holds the port, and 1,000 requests in bursts with idle gaps do not fail"
exits "it is created" 0 masu run -d --name web --network none -p 127.0.0.1:8080:80,ondemand=2 $image \
    sh -c 'mkdir -p /www; echo hello >/www/index.html; sleep 1; exec httpd -f -p 80 -h /www'
says "ps shows it" '^On demand$' status
says "with its port" '^127.0.0.1:8080->80/tcp$' masu ps --format '{{.Ports}}'
says "a socket of systemd listens" '^1$' sockets
says "no process runs" '^0$' proxy
exits "it is its state" 0 is '{{.State.Status}}' ondemand
says "requests" '^200 of 200$' ask 200 20 hello
says "it runs in its own scope" 'masu.slice/masu-web.scope' cat "/proc/$(pid)/cgroup"
for burst in 1 2 3; do
    becomes "it rests, burst $burst" rests
    says "requests of burst $burst" '^200 of 200$' ask 200 $((burst * 20)) hello
done
becomes "it is stopped" is '{{.State.Status}}' ondemand
becomes "the proxy has ended" eval '[ "$(proxy)" = 0 ]'
says "requests after the stop" '^200 of 200$' ask 200 5 hello
exits "it is removed" 0 masu rm -f web
becomes "nothing is left" same_as_before

part "on demand: SIGKILL of each process loses no later connection"
exits "it is created" 0 masu run -d --name web --network none -p 127.0.0.1:8080:80,ondemand=1000 $image sh -c "$serve"
says "the first" '^1 of 1$' ask 1 1 "$(runs 1)"
killed=$(proxy)
kill -KILL "$killed"
says "after the proxy's end" '^20 of 20$' ask 20 5 "$(runs 1)"
becomes "another proxy" eval 'has_proxy && [ "$(proxy)" != "$killed" ]'
kill -KILL "$(pgrep -P "$(proxy)")"
says "after the connector's end" '^20 of 20$' ask 20 5 "$(runs 1)"
killed=$(pid)
kill -KILL "$killed"
becomes "the container has ended" has_ended "$killed"
says "after the container's end" '^20 of 20$' ask 20 5 "$(runs 2)"
killed=$(pid)
kill -KILL "$(ps -o ppid= -p "$killed" | tr -d ' ')"
becomes "the container has ended with its monitor" has_ended "$killed"
says "after the monitor's end" '^20 of 20$' ask 20 5 "$(runs 3)"
kill -KILL "$(proxy)"
becomes "a proxy runs without a connection" has_proxy
exits "daemon-reload" 0 systemctl --user daemon-reload
says "after it" '^20 of 20$' ask 20 5 "$(runs 3)"

part "on demand: stop gives the port up, start and restart take it, rm leaves nothing"
exits "rm without force is refused while it runs" 125 masu rm web
exits "stop" 0 masu stop -t 1 web
says "nobody listens" '^0 of 1$' ask 1 1 x
says "no unit" '^0$' sockets
exits "it has exited" 0 is '{{.State.Status}}' exited
exits "start" 0 masu start web
exits "start again" 0 masu start web
exits "it waits" 0 is '{{.State.Status}}' ondemand
says "rm without force names the state" 'is on demand' masu rm web
says "a request" '^1 of 1$' ask 1 1 "$(runs 4)"
exits "restart" 0 masu restart -t 1 web
exits "it waits again" 0 is '{{.State.Status}}' ondemand
exits "start --now" 0 masu start --now web
exits "it runs" 0 is '{{.State.Status}}' running
becomes "with its proxy, for the idle time" has_proxy
says "a request" '^1 of 1$' ask 1 1 "$(runs 5)"
exits "two starts at once" 0 sh -c 'masu stop -t 1 web; masu start web & masu start web; wait $!'
says "one socket" '^1$' sockets
exits "rm -f" 0 masu rm -f web
becomes "nothing is left" same_as_before

part "on demand: errors name the port and the reason"
python3 -c 'import socket, time
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(("127.0.0.1", 8080)); s.listen(); print("held", flush=True); time.sleep(100000)' >"$work/held" &
other=$!
becomes "a port is in use" grep held "$work/held"
says "a port in use" 'tcp port 8080 of 127.0.0.1 is in use' masu run -d --name web -p 127.0.0.1:8080:80,ondemand $image true
says "a port of root" 'port 80 is only for root' masu run -d --name web -p 127.0.0.1:80:80,ondemand $image true
kill $other
wait $other
exits "no container is left" 1 masu container exists web
exits "a command that does not exist" 0 masu run -d --name web --network none -p 127.0.0.1:8080:80,ondemand $image /nothing
says "its connection is reset" '^0 of 1$' ask 1 1 x
says "inspect has the reason" 'nothing' masu inspect --format '{{.State.Error}}' web
exits "rm -f" 0 masu rm -f web
becomes "nothing is left" same_as_before

part "on demand: masu-restart.service has the ports held again"
exits "one with a policy" 0 masu run -d --name web --restart unless-stopped --network none \
    -p 127.0.0.1:8080:80,ondemand=1000 $image sh -c "$serve"
exits "one without" 0 masu run -d --name other --network none -p 127.0.0.1:8081:80,ondemand=1000 $image sh -c "$serve"
exits "the unit is enabled" 0 systemctl --user enable masu-restart.service
exits "the manager starts anew" 0 sudo systemctl restart user@1000.service
becomes "the unit has run" systemctl --user is-active masu-restart.service
exits "it is on demand, and was never started" 0 is '{{.State.Status}}' ondemand
says "a request" '^1 of 1$' ask 1 1 "$(runs 1)"
says "the other one is not" '^created$' masu inspect --format '{{.State.Status}}' other
exits "it is stopped" 0 masu stop -t 1 web
exits "the manager starts anew again" 0 sudo systemctl restart user@1000.service
becomes "the unit has run again" systemctl --user is-active masu-restart.service
exits "the user has stopped it" 0 is '{{.State.Status}}' exited
exits "both are removed" 0 masu rm -f web other
exits "the unit is disabled" 0 systemctl --user disable masu-restart.service

part "on demand: root's containers, by the manager of the system"
exits "it is created" 0 sudo masu run -d --name web --network none -p 127.0.0.1:8080:80,ondemand=2 $image \
    sh -c "mkdir -p /www; echo hello >/www/index.html; exec httpd -f -p 80 -h /www"
says "the system's manager listens" '^1$' sh -c "systemctl list-units --no-legend --plain 'masu-ondemand-*.socket' | wc -l"
says "requests" '^20 of 20$' ask 20 5 hello
becomes "it rests" sh -c "sudo masu ps --format '{{.Status}}' | grep '^On demand'"
says "requests after that" '^20 of 20$' ask 20 5 hello
exits "rm -f" 0 sudo masu rm -f web
says "no unit is left" '^0$' sh -c "systemctl list-units --all --no-legend --plain 'masu-ondemand-*' | wc -l"

part "on demand: a quadlet service"
mkdir -p ~/.config/masu/systemd
cat >~/.config/masu/systemd/web.container <<EOF
[Container]
Image=$image
ContainerName=web
RunInit=true
Network=none
PublishPort=127.0.0.1:8080:80
OnDemand=2
Exec=sh -c 'mkdir -p /www; echo hello >/www/index.html; exec httpd -f -p 80 -h /www'

[Install]
WantedBy=default.target
EOF
of() { systemctl --user show -P "$1" "$2"; }
unit_is() { [ "$(of "$1" "$2")" = "$3" ]; }
kill_main() { # UNIT: unless it has stopped by then; sets $killed
    killed=$(of MainPID "$1")
    [ "$killed" = 0 ] || kill -KILL "$killed"
}
exits "the file is read" 0 systemctl --user daemon-reload
says "its socket is well formed" "^loaded$" of LoadState web-ondemand.socket
says "and its proxy" "^loaded$" of LoadState web-ondemand.service
exits "the manager starts anew" 0 sudo systemctl restart user@1000.service
becomes "the socket listens" unit_is ActiveState web-ondemand.socket active
exits "the service does not run" 0 unit_is ActiveState web.service inactive
says "requests" '^200 of 200$' ask 200 20 hello
exits "the service runs" 0 unit_is ActiveState web.service active
says "in its own group" '/web.service/' cat "/proc/$(pid)/cgroup"
becomes "it is stopped" unit_is ActiveState web.service inactive
becomes "its container is gone" eval '! masu container exists web'
says "requests after the stop" '^200 of 200$' ask 200 20 hello
kill_main web-ondemand.service
says "requests after SIGKILL of the proxy" '^20 of 20$' ask 20 5 hello
kill_main web.service
becomes "the container has ended" eval '[ "$killed" = 0 ] || has_ended "$killed"'
says "requests after SIGKILL of the container" '^20 of 20$' ask 20 5 hello
exits "the socket is stopped" 0 systemctl --user stop web-ondemand.socket web-ondemand.service web.service
rm ~/.config/masu/systemd/web.container
exits "the file is gone" 0 systemctl --user daemon-reload
the_end
