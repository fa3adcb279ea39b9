# In the machine, as alice: what a box has of her session.
# SPDX-License-Identifier: Apache-2.0
. /masu/tests/host/checks/say.sh
set -u
image=localhost:5000/busybox

part "box: host-exec runs commands in the session of the user, in a unit of their own"
exits "the units are well formed" 0 systemd-analyze --user --man=no verify masu-host.socket masu-host@1.service
says "nothing listens before the first box" '^inactive$' systemctl --user is-active masu-host.socket
exits "a box is created" 0 masu box create -q $image box
enter() { masu box enter box -- "$@"; }
host() { enter masu box host-exec "$@"; }
exits "the start of the box has the host listen" 0 host true
says "by a socket" '^active$' systemctl --user is-active masu-host.socket
says "only alice may connect" '^600 alice$' stat -c '%a %U' "$XDG_RUNTIME_DIR/masu-host.socket"
says "the command is in a unit" '/user@1000\.service/app\.slice/.*masu-host@.*\.service$' host cat /proc/self/cgroup
says "its parent is below the user manager" '^systemd$' host sh -c 'cat /proc/$(ps -o ppid= -p $PPID | tr -d " ")/comm'
exits "it reaches the user manager" 0 host systemctl --user is-active masu-host.socket
exits "its status" 7 host sh -c 'exit 7'
says "input and output are streams of the box" '^3$' sh -c "printf 'a\nb\nc\n' | masu box enter box -- masu box host-exec wc -l"
says "no variable of its unit" '^0$' host sh -c 'env | grep -cE "^(INVOCATION_ID|JOURNAL_STREAM|LISTEN_|REMOTE_|SYSTEMD_EXEC_PID|MEMORY_PRESSURE)"'
exits "masu of the host" 0 host masu container exists box
exits "a directory of the host" 0 sh -c 'cd /tmp && [ "$(masu box enter box -- masu box host-exec pwd)" = /tmp ]'
tty=$(at_terminal "masu box enter box -- masu box host-exec tty" | tr -d '\r' | tail -n 1)
says "a terminal of the host" '^/dev/pts/[0-9]+' echo "$tty"
for i in $(seq 30); do host echo "$i" & done >"$work/thirty" 2>&1
wait
says "thirty at once" '^30$' sh -c "sort -n $work/thirty | uniq | grep -cx '[0-9]*'"
becomes "none of them is left" sh -c "! systemctl --user list-units --all --no-legend 'masu-host@*' | grep ."

part "box: host-exec, the end of the box, of the command and of the unit"
exits "a process that the command has left goes on" 0 host sh -c "setsid sleep 1000 & echo \$! >$HOME/left"
exits "after its end" 0 kill -0 "$(cat ~/left)"
kill "$(cat ~/left)"
host sh -c "trap 'echo ended >$HOME/end; exit' HUP TERM; echo >$HOME/ready; while :; do sleep 0.1; done" >/dev/null 2>&1 &
becomes "a command runs" test -e ~/ready
masu stop -t 1 box >/dev/null 2>&1
becomes "the end of the box ends it" grep -q ended ~/end
wait
rm ~/ready ~/end
host sh -c "trap 'echo terminated >$HOME/end; exit 5' TERM; echo >$HOME/ready; while :; do sleep 0.1; done" >/dev/null 2>&1 &
becomes "a command runs again" test -e ~/ready
exits "the user stops its unit" 0 systemctl --user stop 'masu-host@*.service'
wait $! && code=0 || code=$?
exits "the box has its status" 0 [ "$code" = 5 ]
exits "the socket is stopped" 0 systemctl --user stop masu-host.socket
says "the box names the remedy" 'systemctl --user start masu-host.socket' host true
exits "the command works" 0 systemctl --user start masu-host.socket
exits "the box reaches the host again, without a new start" 0 host true
exits "bob cannot connect" 125 sudo -u bob env "XDG_RUNTIME_DIR=$XDG_RUNTIME_DIR" masu box host-exec true
says "root of the box is refused" 'as the user of the box, not as its root' masu box enter --root box -- masu box host-exec true
exits "the box is removed" 0 masu box rm -f box
the_end
