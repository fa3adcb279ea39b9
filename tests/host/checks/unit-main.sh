# In the machine, as alice: containers as main processes of services.
# SPDX-License-Identifier: Apache-2.0
. /masu/tests/host/checks/say.sh
set -u
image=localhost:5000/busybox
units=$XDG_RUNTIME_DIR/systemd/user
mkdir -p "$units"

# unit LINE...: writes web.service with these lines in [Service].
unit() {
    {
        printf '%s\n' '[Service]' Type=notify NotifyAccess=all Delegate=yes KillMode=mixed TimeoutStopSec=30 SuccessExitStatus=143 \
            'ExecStop=masu stop --ignore --time 5 web' 'ExecStopPost=-masu rm --force --ignore web' "$@"
    } >"$units/web.service"
    systemctl --user daemon-reload
}
of() { systemctl --user show -P "$1" web.service; }
is() { [ "$(of "$1")" = "$2" ]; }
pid_of() { masu inspect --format '{{.State.Pid}}' web; }
group() { echo "/sys/fs/cgroup$(of ControlGroup)"; }
beside() { while read -r pid; do cat "/proc/$pid/comm"; done <"$(group)/monitor/cgroup.procs" | sort | xargs; }
parent_of() { sed -n 's/^PPid:\t//p' "/proc/$1/status"; }
running='masu run -d --rm --name web --replace --cgroups split --init'
exits "an image is pulled" 0 masu pull -q $image
everything >"$work/before"

part "main: the container's own process is the main process, and the manager is its parent"
unit "ExecStart=$running --network slirp4netns $image sleep 1000" 'ExecReload=masu exec web touch /reloaded'
exits "it starts" 0 systemctl --user start web
main=$(of MainPID)
says "the main process" "^$main\$" pid_of
becomes "it is the container's" eval '[ "$(cat "/proc/$main/comm")" = init ] && pgrep -x -P "$main" sleep'
becomes "the launcher is gone" eval '[ "$(beside)" = "masu-monitor slirp4netns" ]'
says "its parent is the manager" '^systemd$' sh -c 'cat "/proc/$1/comm"' sh "$(parent_of "$main")"
says "ps knows it" ' Up ' masu ps
exits "a reload" 0 systemctl --user reload web
exits "ExecReload= has entered the container" 0 masu exec web test -e /reloaded
exits "stop" 0 systemctl --user stop web
says "inactive" '^inactive$' systemctl --user is-active web
becomes "nothing is left" same_as_before

part "main: exit status, Restart= and the times of a container that ends at once"
for code in 7 0; do
    unit "ExecStart=$running --network none $image sh -c 'exit $code'" RemainAfterExit=yes
    systemctl --user start web
    becomes "the exit was seen" is ExecMainCode 1
    says "status $code is the unit's" "^$code\$" of ExecMainStatus
    systemctl --user stop web
    systemctl --user reset-failed web 2>/dev/null
done
unit "ExecStart=$running --network none $image sleep 1000" Restart=on-failure RestartSec=0 StartLimitIntervalSec=0
exits "it starts" 0 systemctl --user start web
main=$(of MainPID)
{ masu wait web && echo ended; } >"$work/waited" 2>&1 || echo ended >>"$work/waited" &
becomes "a waiter waits" eval '[ -e ~/.local/share/masu/containers/$(masu ps -q --no-trunc)/wait ]'
exits "SIGKILL of the container" 0 kill -KILL "$main"
becomes "the waiter returns" grep -q ended "$work/waited"
restarted() { [ "$(of NRestarts)" = 1 ] && is SubState running && [ "$(of MainPID)" != "$main" ]; }
becomes "it is started again" restarted
says "one container" '^1$' sh -c 'masu ps -aq | wc -l'
exits "stop" 0 systemctl --user stop web
becomes "nothing is left" same_as_before

part "main: SIGKILL of the monitor, and of everything"
unit "ExecStart=$running --network none $image sleep 1000" Restart=on-failure RestartSec=0 StartLimitIntervalSec=0
exits "it starts" 0 systemctl --user start web
becomes "the launcher is gone" eval '[ "$(beside)" = masu-monitor ]'
monitor=$(cat "$(group)/monitor/cgroup.procs")
exits "SIGKILL of the monitor" 0 kill -KILL "$monitor"
becomes "it is gone" eval '[ ! -e /proc/$monitor ]'
says "the service goes on" '^active$' systemctl --user is-active web
says "ps knows that" ' Up ' masu ps
exits "exec" 0 masu exec web true
exits "stop" 0 systemctl --user stop web
becomes "nothing is left" same_as_before
exits "it starts again" 0 systemctl --user start web
exits "SIGKILL of all" 0 systemctl --user kill --signal SIGKILL web
restarted() { [ "$(of NRestarts)" -ge 1 ] && is SubState running; }
becomes "it is started again" restarted
exits "stop" 0 systemctl --user stop web
becomes "nothing is left" same_as_before

part "main: a failed start fails the unit with its reason"
# The first one fails before the container is the main process, the second one after that.
printf '\177ELF' >"$work/bad"
chmod 755 "$work/bad"
for command in /no/such /bad; do
    unit "ExecStart=${running% --init} --network none -v $work/bad:/bad $image $command" "StandardError=append:$work/error"
    systemctl --user start web 2>/dev/null
    [ $command = /bad ] && status=126 || status=127
    becomes "the status of $command" is ExecMainStatus $status
    becomes "its unit has failed" is ActiveState failed
    says "its error" "$command.*([Nn]o such|format)" cat "$work/error"
    systemctl --user reset-failed web 2>/dev/null
done
becomes "nothing is left" same_as_before
part "main: the container says when it is ready, and passes nothing else"
cat >"$work/say" <<'P'
use Socket;
socket(my $s, AF_UNIX, SOCK_DGRAM, 0) or die;
connect($s, sockaddr_un($ENV{NOTIFY_SOCKET})) or die;
sub say { send($s, $_[0], 0) or die }
$SIG{TERM} = sub { exit 0 };
for (1..50) { say("MAINPID=1\nSTATUS=one"); say("\x00\xff" x 2000); say("MAINPID=1"); say("NOTIFYACCESS=none"); }
say("STATUS=waits\nMAINPID=1");
select(undef, undef, undef, 0.1) until -e "/work/go";
say("READY=1\nSTATUS=up\nMAINPID=1\n");
until (-e "/work/silent") { say("WATCHDOG=1"); select(undef, undef, undef, 0.2) }
sleep 1 while 1;
P
exits "an image is pulled" 0 masu pull -q localhost:5000/debian:bookworm
unit WatchdogSec=infinity "ExecStart=masu run -d --rm --name web --replace --cgroups split --sdnotify container --network none \
    -v $work:/work localhost:5000/debian:bookworm perl /work/say"
rm -f "$work/go" "$work/silent"
exits "the start is asked for" 0 systemctl --user start --no-block web
becomes "its status is the unit's" is StatusText waits
says "it is not ready" '^activating$' systemctl --user show -P ActiveState web
main=$(of MainPID)
says "the main process is the container's" "^$main\$" pid_of
touch "$work/go"
becomes "it is ready" is ActiveState active
becomes "with its status" is StatusText up
says "the main process is the same" "^$main\$" of MainPID
says "others still may notify" '^all$' of NotifyAccess
exits "stop" 0 systemctl --user stop web
unit WatchdogSec=3 Restart=no "ExecStart=masu run -d --rm --name web --replace --cgroups split --sdnotify container --network none \
    -v $work:/work localhost:5000/debian:bookworm perl /work/say"
exits "it starts with a watchdog" 0 systemctl --user start web
touch "$work/silent"
becomes "silent, it is ended by the watchdog" is Result watchdog
systemctl --user reset-failed web 2>/dev/null
becomes "nothing is left" same_as_before

part "main: without --detach masu is the main process, and speaks for the container"
quiet='masu run --rm --name web --replace --network none'
unit NotifyAccess=main Delegate=no WatchdogSec=infinity "ExecStart=$quiet --sdnotify container -v $work:/work localhost:5000/debian:bookworm perl /work/say"
rm -f "$work/go" "$work/silent"
exits "the start is asked for" 0 systemctl --user start --no-block web
becomes "its status is the unit's" is StatusText waits
says "it is not ready" '^activating$' systemctl --user show -P ActiveState web
touch "$work/go"
becomes "it is ready" is ActiveState active
says "the main process is masu" '^masu$' sh -c 'cat "/proc/$1/comm"' sh "$(of MainPID)"
exits "stop" 0 systemctl --user stop web
unit NotifyAccess=main Delegate=no WatchdogSec=3 Restart=no \
    "ExecStart=$quiet --sdnotify container -v $work:/work localhost:5000/debian:bookworm perl /work/say"
exits "it starts with a watchdog" 0 systemctl --user start web
touch "$work/silent"
becomes "silent, it is ended by the watchdog" is Result watchdog
systemctl --user reset-failed web 2>/dev/null
unit NotifyAccess=main Delegate=no "ExecStart=$quiet --init --sdnotify healthy --health-cmd 'test -e /work/well' --health-interval 200ms \
    --health-retries 1000 -v $work:/work $image sleep 1000"
rm -f "$work/well"
exits "the start is asked for" 0 systemctl --user start --no-block web
checked() { masu inspect --format '{{len .State.Health.Log}}' web | grep -q '[2-9]'; }
becomes "it was checked" checked
says "it is not ready" '^activating$' systemctl --user show -P ActiveState web
touch "$work/well"
becomes "it is ready" is ActiveState active
exits "stop" 0 systemctl --user stop web
becomes "nothing is left" same_as_before

part "main: ready when it is healthy"
unit "ExecStart=$running --network none --sdnotify healthy --health-cmd 'test -e /work/well' --health-interval 200ms \
    --health-retries 1000 -v $work:/work $image sleep 1000"
rm -f "$work/well"
exits "the start is asked for" 0 systemctl --user start --no-block web
checked() { masu inspect --format '{{len .State.Health.Log}}' web | grep -q '[2-9]'; }
becomes "it was checked" checked
says "it is not ready" '^activating$' systemctl --user show -P ActiveState web
touch "$work/well"
becomes "it is ready" is ActiveState active
says "its main process" "^$(of MainPID)\$" pid_of
exits "stop" 0 systemctl --user stop web
# A check by hand is the first one: the supervisor's next one tells.
unit "ExecStart=$running --network none --sdnotify healthy --health-cmd true --health-interval 3s $image sleep 1000"
exits "the start is asked for" 0 systemctl --user start --no-block web
becomes "a check by hand" masu healthcheck run web
becomes "it is ready" is ActiveState active
exits "stop" 0 systemctl --user stop web
becomes "nothing is left" same_as_before

part "main: sockets, stored descriptors and credentials reach the container"
cat >"$work/serve" <<'P'
import os, select, signal, socket, array, base64
serving = ending = False
def end(*_):
    global ending
    ending = True
    if not serving:
        os._exit(0)
signal.signal(signal.SIGTERM, end)
n = int(os.environ.get("LISTEN_FDS", 0))
assert not n or os.environ["LISTEN_PID"] == str(os.getpid())
names = os.environ.get("LISTEN_FDNAMES", "").split(":") if n else []
notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
notify.connect(os.environ["NOTIFY_SOCKET"])
if "kept" in names:
    kept = socket.socket(fileno=3 + names.index("kept"))
else:
    kept = socket.socket(socket.AF_UNIX)
    kept.bind("/work/kept")
    kept.listen()
    notify.sendmsg([b"FDSTORE=1\nFDNAME=kept"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [kept.fileno()]))])
secret = open(os.environ["CREDENTIALS_DIRECTORY"] + "/word").read()
try:
    open(os.environ["CREDENTIALS_DIRECTORY"] + "/new", "w")
    secret = "writable"
except OSError:
    pass
with open(os.environ["MEMORY_PRESSURE_WATCH"], "r+b") as f:
    f.write(base64.b64decode(os.environ["MEMORY_PRESSURE_WRITE"]))
with open("/work/said-inside.new", "w") as f:
    f.write("%s %s %s\n" % (",".join(sorted(names)), secret, os.environ.get("WATCHDOG_USEC")))
os.rename("/work/said-inside.new", "/work/said-inside")
notify.send(b"READY=1")
web = socket.socket(fileno=3 + names.index("web.socket"))
while not ending:
    for ready in select.select([web, kept], [], [])[0]:
        serving = True
        peer, _ = ready.accept()
        peer.send(b"hello from inside\n")
        peer.close()
        serving = False
P
cat >"$work/ask" <<'P'
import os, socket, sys
answered = 0
while not os.path.exists(sys.argv[1] + "/restarted"):
    s = socket.socket(socket.AF_UNIX)
    s.connect(sys.argv[1] + "/kept")
    answered += s.makefile().read() == "hello from inside\n" or sys.exit("lost after %d" % answered)
print("answered")
P
printf '[Socket]\nListenStream=127.0.0.1:7777\n' >"$units/web.socket"
# Python and its libraries are the host's. A manager of today would name a file of the cgroup, which this kernel lacks.
: >"$work/pressure"
unit ExecStop= 'ExecStop=masu stop --ignore --time 600 web' TimeoutStopSec=900 "Environment=MEMORY_PRESSURE_WATCH=$work/pressure MEMORY_PRESSURE_WRITE=c29tZSAxIDIK" \
    FileDescriptorStoreMax=4 WatchdogSec=600 Restart=always RestartSec=0 SetCredential=word:mellon \
    "ExecStart=masu run -d --rm --name web --replace --cgroups split --sdnotify container --network none \
    -v $work:/work -v /usr:/usr:ro localhost:5000/debian:bookworm /usr/bin/python3 /work/serve"
exits "the socket listens" 0 systemctl --user start web.socket
says "a connection starts the container" '^hello from inside$' timeout 60 bash -c 'exec 5<>/dev/tcp/127.0.0.1/7777; cat <&5'
says "it has the socket, the credential and the watchdog's time" '^web.socket mellon 600000000$' cat "$work/said-inside"
says "it has written to the file for the memory's pressure" '^some 1 2$' cat "$work/pressure"
says "whose path is valid inside" '^0$' sh -c "masu exec web stat -c %s /run/memory.pressure | grep -cv '^9\$'"
says "a further process has none of the sockets" '^0$' sh -c "masu exec web env | grep -cE '^LISTEN_'"
becomes "it is ready, and its descriptor is stored" is ActiveState active
main=$(of MainPID)
says "no descriptor leaks to its supervisor" '^0$' sh -c 'cat "$1"/monitor/cgroup.procs | while read -r pid; do ls -l /proc/$pid/fd; done | grep -c "$(readlink /proc/$2/fd/3)"' sh "$(group)" "$main"
rm -f "$work/said-inside"
exits "SIGKILL of the container" 0 kill -KILL "$main"
says "a connection meanwhile is served" '^hello from inside$' timeout 60 bash -c 'exec 5<>/dev/tcp/127.0.0.1/7777; cat <&5'
says "the stored socket has come back" '^kept,web.socket mellon 600000000$' cat "$work/said-inside"
python3 "$work/ask" "$work" >"$work/asked" 2>&1 &
asking=$!
exits "a restart while clients connect to the stored socket" 0 systemctl --user restart web
exits "and another one" 0 systemctl --user restart web
touch "$work/restarted"
wait $asking
says "no connection was lost" '^answered$' cat "$work/asked"
exits "stop" 0 systemctl --user stop web.socket web.service
rm "$units/web.socket"
systemctl --user daemon-reload
becomes "nothing is left" same_as_before
rm -f "$units/web.service"
the_end
