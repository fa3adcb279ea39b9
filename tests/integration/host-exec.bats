#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# masu box host-exec: commands of the host from inside a box. tests/lib/host-socket.py stands in for masu-host.socket, and the
# test machine has the unit. Most tests are about both sides on the host, which need no box.

load ../lib/masu
load ../lib/busybox

setup() {
    make_work
    export HOME=$work/home XDG_RUNTIME_DIR=$work/home/run
    mkdir -p "$HOME/run"
    cd "$HOME"
    socket=$XDG_RUNTIME_DIR/masu-host.socket
}

teardown() {
    [ -z "${listener-}" ] || kill "$listener" 2>/dev/null || true
    cd /
    remove_work
}

listens() { [ -s "$work/listener" ]; }

listen() { # has the host listen until the end of the test
    mkfifo "$work/until"
    python3 "$BATS_TEST_DIRNAME/../lib/host-socket.py" "$socket" "$BUILD/masu" host-command <>"$work/until" >"$work/listener" 2>"$work/errors" 3>&- &
    listener=$!
    wait_until listens
}

host() { run --separate-stderr "$BUILD/masu" box host-exec "$@"; }

# COMMAND: on a terminal, with the steps of the input
terminal() { run python3 "$BATS_TEST_DIRNAME/../lib/host-terminal.py" "$@"; }

has_state() { # PID STATE
    grep -q "^State:.$2" "/proc/$1/status"
}

@test "streams, exit status, arguments, working directory" {
    listen
    host sh -c 'echo out; echo err >&2; exit 3'
    [ "$status" = 3 ]
    [ "$output" = out ]
    [ "$stderr" = err ]
    host printf '%s|' a '' 'b c' -- -x
    [ "$output" = 'a||b c|--|-x|' ]
    [ "$(head -c 300000 /dev/zero | masu box host-exec cat | wc -c)" = 300000 ]
    [ "$(yes | masu box host-exec head -n 1)" = y ]
    host sh -c 'kill -KILL $$'
    [ "$status" = 137 ]
    mkdir sub
    cd sub
    host pwd
    [ "$output" = "$HOME/sub" ]
    [ -z "$stderr" ]
    host -w /usr pwd
    [ "$output" = /usr ]
    host -w /nowhere pwd
    [ "$status" = 0 ]
    [ "$output" = "$HOME" ]
    [[ "$stderr" == *"no directory '/nowhere'"*"'$HOME'"* ]]
    # A command with as many words as a shell expands from a directory of files
    run -0 masu box host-exec sh -c 'echo $#' $(seq 20000)
    [ "$output" = 19999 ]
}

@test "a command that cannot be executed, and a host that does not listen" {
    host true
    [ "$status" = 125 ]
    [[ "$stderr" == *"'$socket'"*"systemctl --user start masu-host.socket"* ]]
    listen
    run -127 --separate-stderr "$BUILD/masu" box host-exec nosuch
    [[ "$stderr" == *'"nosuch" on the host'* ]]
    host /etc
    [ "$status" = 126 ]
    host
    [ "$status" = 125 ]
    host -w relative true
    [ "$status" = 125 ]
    [[ "$stderr" == *"'relative' is not absolute"* ]]
    host echo "$(head -c 100000 /dev/zero | tr '\0' x)"
    [ "$status" = 125 ]
    [[ "$stderr" == *"too long"* ]]
    # The words of a box have a limit also if each is empty.
    run -0 --separate-stderr python3 - "$socket" <<'END'
import socket, struct, sys

def message(kind):
    return struct.pack("=I", kind)

host = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
host.connect(sys.argv[1])
for stream in range(3):
    socket.send_fds(host, [message(1)], [2 if stream else 0])
try:
    for _ in range(1 << 20):
        host.send(message(3))
    sys.exit("no limit")
except (BrokenPipeError, ConnectionResetError):
    pass
try:
    answer = host.recv(65536)
except ConnectionResetError:
    answer = host.recv(65536)
print(answer)
END
    [[ "$output" == *"the command is too long"* ]]
    XDG_RUNTIME_DIR='' host true
    [ "$status" = 125 ]
    [[ "$stderr" == *"XDG_RUNTIME_DIR"*sudo* ]]
}

@test "variables: the host's, over them those of the session, over them --env" {
    export OF_HOST=1 LANG=C DISPLAY=:7
    listen
    INVOCATION_ID=x OF_BOX=1 LANG=de_DE.UTF-8 TERM=xterm-kitty LD_PRELOAD='' HOME=/of/box PATH=$PATH:/of/box host -e ADDED=2 -e DISPLAY=:8 env
    [ "$status" = 0 ]
    for line in OF_HOST=1 LANG=de_DE.UTF-8 TERM=xterm-kitty ADDED=2 DISPLAY=:8 "HOME=$HOME"; do
        grep -qxF "$line" <<<"$output"
    done
    run ! grep -E '^OF_BOX=|^LD_PRELOAD=|/of/box' <<<"$output"
    run ! grep ^INVOCATION_ID= <<<"$output"
}

@test "signals without a terminal: they reach the command, also a stop" {
    listen
    # With job control: a process group without a shell that could continue it is not stopped by SIGTSTP.
    set -m
    "$BUILD/masu" box host-exec sh -c 'trap "echo usr1" USR1; trap "echo term; exit 7" TERM; echo $$ >pid; while :; do sleep 0.1; done' </dev/null >out 2>err 3>&- &
    client=$!
    set +m
    wait_until test -s pid
    kill -USR1 "$client"
    wait_until grep -qx usr1 out
    kill -TSTP "$client"
    wait_until has_state "$(cat pid)" T
    wait_until has_state "$client" T
    kill -CONT "$client"
    wait_until '! has_state "$(cat pid)" T'
    kill -TERM "$client"
    wait "$client" && code=0 || code=$?
    [ "$code" = 7 ]
    [ "$(cat out)" = $'usr1\nterm' ]
}

@test "a client that is killed hangs up its command, and a host that is killed ends the client" {
    listen
    "$BUILD/masu" box host-exec sh -c 'trap "echo hung-up >end; exit" HUP; echo >ready; while :; do sleep 0.1; done' </dev/null >/dev/null 2>&1 &
    wait_until test -e ready
    kill -KILL $!
    wait_until test -s end
    "$BUILD/masu" box host-exec sh -c 'echo $PPID >side; exec sleep 1000' </dev/null >/dev/null 2>err &
    wait_until test -s side
    kill -KILL "$(cat side)"
    wait "$!" && code=0 || code=$?
    [ "$code" = 125 ]
    grep -q "the host has closed the connection" err
    pkill -s "$(cat side)"
}

@test "a terminal: of the host, with size and keys; Ctrl-C, Ctrl-Z and fg as in a shell" {
    listen
    cat >program <<'END'
import os, signal, sys
def say(text): # print() in a handler fails if it interrupts another one
    os.write(1, text.encode() + b'\n')
def size(*_):
    say('[%d %d]' % (os.get_terminal_size(0).lines, os.get_terminal_size(0).columns))
signal.signal(signal.SIGWINCH, size)
signal.signal(signal.SIGINT, lambda *_: say('[int]'))
say(os.ttyname(0))
say('[one]')
say('[%s]' % sys.stdin.readline().strip())
sys.exit(6)
END
    terminal "$BUILD/masu" box host-exec python3 program <<'END'
[one] size:33x77
77] \x03
[int] some words\n
END
    [ "$status" = 6 ] || { echo "$output" && false; }
    [[ "$output" == /dev/pts/*"[33 77]"*"[int]"*"[some words]"* ]]
    # A stop by SIGSTOP (147) is none by the key: a test on a busy machine may send it (tests/stutter).
    cat >job <<END
set -m
goes_on() { code=\$?; while [ \$code = 147 ]; do fg; code=\$?; done; }
"$BUILD/masu" box host-exec bash -c 'echo [job]; while read -r line; do echo "[of \$line]"; done; exit 5'
goes_on
echo "[stopped \$code]"
stty -a | grep -o ' -*icanon'
fg
goes_on
echo "[ended \$code]"
END
    # fg prints the command, so a text to wait for must not be in it.
    terminal bash job <<'END'
[job] one\n
one] \x1a
[stopped two\n
two] \x04
END
    [ "$status" = 0 ] || { echo "$output" && false; }
    # A job that is stopped by the key ends the loop above, with the status before.
    [[ "$output" == *"[of one]"*"[stopped 14"[78]"]"*" icanon"*"[of two]"*"[ended 5]"* ]] || { echo "$output" && false; }
}

@test "a terminal: output into a pipe, a job in the background, and all output before the end" {
    listen
    echo '"$1" box host-exec sh -c "test -t 0 && test -t 2 && ! test -t 1 && echo piped" | tr a-z A-Z' >script
    terminal sh script "$BUILD/masu" </dev/null
    [ "$output" = PIPED ]
    # It neither reads the terminal nor changes it, and is not stopped.
    printf '%s\n' 'set -m' '"$1" box host-exec echo background & wait -f $!; echo "[$?]"' >script
    terminal bash script "$BUILD/masu" </dev/null
    [[ "$output" == *background*"[0]"* ]]
    # It has the keys once the shell gives it the terminal.
    cat >script <<'END'
set -m
"$1" box host-exec sh -c 'printf "[b%s]\n" g; read -r line; echo "[of $line]"; exit 3' &
read -r line
fg
code=$?
while [ $code = 147 ]; do fg; code=$?; done # see above
echo "[ended $code]"
END
    terminal bash script "$BUILD/masu" <<'END'
[bg] go\n
host-exec word\n
END
    [[ "$output" == *"[of word]"*"[ended 3]"* ]] || { echo "$output" && false; }
    terminal "$BUILD/masu" box host-exec seq 1 20000 </dev/null
    [ "$status" = 0 ]
    [ "$output" = "$(seq 1 20000)" ]
    # The end does not wait for a process that keeps the terminal open.
    terminal "$BUILD/masu" box host-exec sh -c 'trap "" HUP; sleep 1000 & echo $! >left; echo last' </dev/null
    [ "$output" = last ]
    kill "$(cat left)"
}

@test "twenty at once" {
    listen
    for i in $(seq 20); do masu box host-exec sh -c "echo $i; exit $i" >"out-$i" 2>&1 </dev/null & pids+=($!); done
    for i in $(seq 20); do
        wait "${pids[i - 1]}" && code=0 || code=$?
        [ "$code" = "$i" ]
        [ "$(cat "out-$i")" = "$i" ]
    done
}

@test "the host refuses what no masu sends, and executes nothing of it" {
    listen
    cat >"$work/peer.py" <<'END'
import array, os, socket, struct, sys
STREAM, TERMINAL, ARGUMENT, VARIABLE, DIRECTORY, EXECUTE, SIGNAL = range(1, 8)
null, directory, reader, path = os.open('/dev/null', os.O_RDWR), os.open('/', os.O_RDONLY), os.open('/dev/null', os.O_RDONLY), os.open('/dev/null', os.O_PATH)
streams = [(STREAM, b'', [null])] * 3
touch = [(ARGUMENT, b'touch', []), (ARGUMENT, b'executed', [])]
run = [(EXECUTE, b'', [])]
cases = {
    'unknown type': [(77, b'', [])] + streams + touch + run,
    'no command': streams + run,
    'two streams': streams[:2] + touch + run,
    'four streams': streams + streams + touch + run,
    'a stream with bytes': [(STREAM, b'x', [null])] + streams[:2] + touch + run,
    'no terminal': [(STREAM, b'', [])] + streams[:2] + touch + run,
    'a short size of the terminal': [(TERMINAL, b'x', [])] + streams + touch + run,
    'a directory as output': [streams[0], (STREAM, b'', [directory]), streams[0]] + touch + run,
    'output that cannot be written': [streams[0], (STREAM, b'', [reader]), streams[0]] + touch + run,
    'a descriptor without access': [(STREAM, b'', [path])] + streams[:2] + touch + run,
    'two descriptors': [(STREAM, b'', [null, null])] + streams[:2] + touch + run,
    'a zero in a word': streams + [(ARGUMENT, b'touch\0', [])] + run,
    'no variable': streams + touch + [(VARIABLE, b'=x', [])] + run,
    'a relative directory': streams + touch + [(DIRECTORY, b'x', [])] + run,
    'two directories': streams + touch + [(DIRECTORY, b'/', [])] * 2 + run,
    'too many words': streams + touch + [(ARGUMENT, b'x' * 65000, [])] * 40 + run,
    'too many variables': streams + touch + [(VARIABLE, b'A%d=1' % i, []) for i in range(3000)] + run,
    'a long message': streams + touch + [(ARGUMENT, b'x' * 70000, [])] + run,
    'a short message': streams + touch + [None] + run,
    'an early end': streams + touch,
}
for name, messages in cases.items():
    s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    s.connect(sys.argv[1])
    try:
        for m in messages:
            s.sendmsg([b'xx'] if m is None else [struct.pack('I', m[0]) + m[1]],
                      [] if not m or not m[2] else [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', m[2]))])
        s.shutdown(socket.SHUT_WR)
    except OSError:
        pass
    try:
        answer = s.recv(70000)
    except ConnectionResetError: # it has left messages unread, and what it has sent comes next
        answer = s.recv(70000)
    kind = struct.unpack('I', answer[:4])[0] if answer else None
    if kind != 0: # the type of an error
        sys.exit('%s: answered by %r' % (name, answer[:80]))
s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) # a signal of no kernel, and one that is none, end nothing
s.connect(sys.argv[1])
for kind, text, fds in streams + [(ARGUMENT, b'sleep', []), (ARGUMENT, b'1000', [])] + run + [(SIGNAL, struct.pack('i', n), []) for n in (0, -1, 65, 1 << 30)] + [(SIGNAL, struct.pack('i', 15), [])]:
    s.sendmsg([struct.pack('I', kind) + text], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', fds))] if fds else [])
answer = s.recv(100)
while answer == struct.pack('I', 10): # stopped from outside (tests/stutter)
    answer = s.recv(100)
assert struct.unpack('Ii', answer) == (11, 128 + 15), answer
END
    run python3 "$work/peer.py" "$socket"
    [ "$status" = 0 ] || { echo "$output" && false; }
    [ ! -e executed ]
    host true
    [ "$status" = 0 ]
    run -125 "$BUILD/masu" host-command </dev/null
    [[ "$output" == *"not a connection"* ]]
    is_root && setpriv --reuid 65534 --clear-groups test -x "$BUILD/masu" || return 0
    chmod 777 "$work" "$HOME" "$HOME/run" "$socket"
    run -125 setpriv --reuid 65534 --clear-groups env XDG_RUNTIME_DIR="$XDG_RUNTIME_DIR" "$BUILD/masu" box host-exec touch "$HOME/executed"
    [[ "$output" == *"only for user 0, and not for 65534"* ]]
    [ ! -e executed ]
}

@test "in a box: masu is there, and executes commands of the host alone" {
    need_containers
    need_ids
    listen
    masu box create -q "oci:$IMAGES:busybox:latest" "$name" >/dev/null
    enter() { run --separate-stderr "$BUILD/masu" box enter "$name" -- "$@"; }
    enter masu box host-exec sh -c 'readlink /proc/self/ns/pid /proc/self/ns/mnt; pwd; exit 5'
    if [ "$status" = 127 ]; then skip "masu is not linked statically"; fi
    [ "$status" = 5 ]
    [ "$output" = "$(readlink /proc/self/ns/pid /proc/self/ns/mnt; pwd)" ]
    enter sh -c 'echo words | masu box host-exec tr a-z A-Z; masu box host-exec nosuch || echo $?'
    [ "$output" = $'WORDS\n127' ]
    for command in ps "run x" "launch 3 start x" host-command container-check "__complete box list" "box list" box; do
        enter masu $command
        [ "$status" = 125 ]
        [[ "$stderr" == *"masu box host-exec masu"* ]]
    done
    enter masu --version
    [ "$status" = 0 ]
    terminal "$BUILD/masu" box enter "$name" -- masu box host-exec sh -c 'trap "echo [int]; exit 4" INT; echo [ready]; read x' <<'END'
[ready] \x03
END
    [ "$status" = 4 ]
    enter sh -c 'echo x >>/dev/masu'
    [[ "$stderr" == *"Read-only"* || "$stderr" == *"Text file busy"* || "$stderr" == *"Permission denied"* ]]
    # The user may replace it.
    masu box enter --root "$name" -- sh -c 'rm /usr/local/bin/masu; echo own >/usr/local/bin/masu'
    masu stop "$name"
    enter cat /usr/local/bin/masu
    [ "$output" = own ]
    is_root && return
    enter --root "$name" -- true
    run -125 "$BUILD/masu" box enter --root "$name" -- /dev/masu box host-exec true
    [[ "$output" == *"not as its root"* ]]
}

@test "in a box: the image's own file stays, and no link of the image leads out" {
    need_containers
    need_ids
    listen
    make_root "$work/r" sh cat ls
    mkdir -p "$work/r/usr/local/bin" "$work/outside"
    echo image >"$work/r/usr/local/bin/masu"
    tar -C "$work/r" -cf "$work/r.tar" --owner=0 --group=0 .
    masu import -q "$work/r.tar" localhost/own >/dev/null
    rm -r "$work/r/usr/local/bin"
    ln -s "$work/outside" "$work/r/usr/local/bin"
    tar -C "$work/r" -cf "$work/r.tar" --owner=0 --group=0 .
    masu import -q "$work/r.tar" localhost/link >/dev/null
    masu box create localhost/own "$name" >/dev/null
    run -0 --separate-stderr "$BUILD/masu" box enter "$name" -- cat /usr/local/bin/masu
    [ "$output" = image ]
    masu box create localhost/link "$name-link" >/dev/null
    run -0 "$BUILD/masu" box enter "$name-link" -- ls /
    [ -z "$(ls "$work/outside")" ]
}
