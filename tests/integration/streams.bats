#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Standard streams of a container in the foreground: its access to the files of the caller.

load ../lib/masu

setup_file() { make_images busybox; }

setup() {
    make_work
    image=localhost/busybox
    "$BUILD/masu" pull -q "oci:$IMAGES:busybox:latest" >/dev/null
    "$BUILD/masu" tag "oci:$IMAGES:busybox:latest" "$image"
}

go() { "$BUILD/masu" run --rm --network none "$@"; }

# at_terminal STATEMENTS ARG...: Python, at whose pseudo-terminal `masu run ARG...` runs.
at_terminal() {
    timeout 300 python3 - "$BUILD/masu" run --rm --network none "${@:2}" <<END
import os, pty, signal, sys, time
pid, fd = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
def rest():
    got = b''
    try:
        while some := os.read(fd, 1 << 16):
            got += some
    except OSError: # the other end is closed
        pass
    return got
def status():
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
$1
END
}

@test "a file to read can't be written to" {
    echo data >"$work/in"
    # shellcheck disable=SC2016
    run go -i "$image" sh -c 'cat; (echo evil >/proc/self/fd/0); (echo evil 1<>/proc/self/fd/0 >&0)' <"$work/in"
    [[ "$output" == *data* ]]
    [ "$(cat "$work/in")" = data ]
}

@test "a log to append to can be neither read nor truncated" {
    echo before >"$work/log"
    echo before >"$work/errors"
    # shellcheck disable=SC2016
    go "$image" sh -c 'cat /proc/self/fd/1 /proc/self/fd/2 >/dev/shm/seen & sleep 0.2; kill $!; wait
        (: >/proc/self/fd/1); (: >/proc/self/fd/2); ! grep before /dev/shm/seen && echo safe' >>"$work/log" 2>>"$work/errors"
    [ "$(cat "$work/log")" = $'before\nsafe' ]
    [ "$(head -n 1 "$work/errors")" = before ]
}

@test "a terminal for output can't be read" {
    run -0 at_terminal 'os.write(fd, b"typed\n"); print(rest().decode(), status())' \
        "$image" sh -c '[ ! -t 1 ] && [ ! -t 2 ] && echo none; head -n 1 <&1 | sed "s/^/has read /"; exit 4'
    [[ "$output" == *none* && "$output" == *" 4" ]]
    [[ "$output" != *"has read"* ]]
}

@test "a directory is refused, whatever stream it is" {
    for redirect in '</' '3</ >&3' '3</ 2>&3 >/dev/null'; do
        run -125 bash -c '"$0" run -i --name left --network none "$1" true '"$redirect" "$BUILD/masu" "$image"
        [ "$redirect" = '3</ 2>&3 >/dev/null' ] || [[ "$output" == *"it is a directory"* ]]
    done
    run -125 --separate-stderr go -i "$image" true </
    [ "${stderr_lines[0]}" = "masu: cannot give standard input to the container: it is a directory" ]
    [ -z "$("$BUILD/masu" ps -aq)" ]
    go "$image" true </ # which it doesn't get
}

@test "pipes and sockets pass through as they are" {
    show='readlink /proc/self/fd/0; readlink /proc/self/fd/1'
    run -0 timeout 300 python3 - "$BUILD/masu" run --rm -i --network none "$image" sh -c "$show" <<'END'
import os, socket, subprocess, sys
a, b = socket.socketpair()
r, w = os.pipe()
subprocess.run(sys.argv[1:], stdin=b, stdout=w, check=True)
os.close(w)
assert os.read(r, 1000).decode().split() == [os.readlink(f"/proc/self/fd/{n}") for n in (b.fileno(), r)]
END
}

@test "output and errors of one file stay in order" {
    # shellcheck disable=SC2016
    script='i=0; while [ $i -lt 1000 ]; do echo $i; i=$((i+1)); echo $i >&2; i=$((i+1)); done'
    seq 0 999 >"$work/expected"
    go "$image" true # an ordinary user gets notices about the host once
    go "$image" sh -c "$script" >"$work/out" 2>&1
    cmp "$work/out" "$work/expected"
    go "$image" sh -c "$script" >>"$work/out" 2>&1
    cmp "$work/out" <(cat "$work/expected" "$work/expected")
}

@test "many bytes go from file to file unharmed" {
    head -c 64M /dev/urandom >"$work/in"
    go -i "$image" cat <"$work/in" >"$work/out"
    cmp "$work/in" "$work/out"
    echo first >"$work/out"
    go -i "$image" cat <"$work/in" >>"$work/out"
    tail -n +2 "$work/out" | cmp "$work/in"
}

@test "input that is not read to its end holds nothing up" {
    head -c 64M /dev/zero >"$work/in"
    run -5 timeout 300 "$BUILD/masu" run --rm -i --network none "$image" sh -c 'exec <&-; exit 5' <"$work/in"
    run -0 timeout 300 "$BUILD/masu" run --rm -i --network none "$image" sh -c 'exec <&-; sleep 0.5' <"$work/in"
}

@test "the end of the container is the end of its output, even if a process outside holds it open" {
    mkfifo "$work/go"
    timeout -k 1 120 "$BUILD/masu" run --rm --network none --name held-$$ -v "$work:/v" "$image" \
        sh -c 'echo ready; read -r line </v/go; exit 4' >"$work/out" 3>&- &
    wait_until grep -q ready "$work/out"
    pid=$("$BUILD/masu" inspect held-$$ | python3 -c 'import json, sys; print(json.load(sys.stdin)[0]["State"]["Pid"])')
    masu=$!
    (exec 5>"/proc/$pid/fd/1"; echo >"$work/go"; while echo more >&5; do sleep 0.2; done) 2>/dev/null 3>&- &
    wait $masu || status=$?
    [ "$status" = 4 ]
}

@test "output that can't be written: the container learns of it, and the user, once" {
    run -6 sh -c 'exec "$@" >/dev/full' sh "$BUILD/masu" run --rm --network none "$image" sh -c 'yes; exit 6'
    [ "$(grep -c "standard output: No space left on device" <<<"$output")" = 1 ]
    run -7 sh -c 'ulimit -f 100; exec "$@" >"$0"' "$work/out" "$BUILD/masu" run --rm --network none "$image" sh -c 'yes; exit 7'
    [[ "$output" == *"standard output: File too large"* ]]
}

@test "all of the output reaches a terminal that is read late" {
    run -0 at_terminal 'os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT); time.sleep(1)
got = rest(); print(got.count(b"0123456\r\n"), got.count(b"end"), status())' \
        "$image" sh -c 'yes 0123456 | head -n 100000; echo end; exit 3'
    [ "$output" = "100000 1 3" ]
}

@test "a terminal that nobody reads doesn't keep masu from its signals" {
    run -0 at_terminal 'while os.read(fd, 100).find(b"ready") < 0: pass
time.sleep(0.5); os.kill(pid, signal.SIGTERM); print(status())' \
        "$image" sh -c 'trap "exit 3" TERM; echo ready; yes & wait'
    [ "$output" = 3 ]
}

@test "output to the master of a terminal is input of the terminal" {
    run -0 timeout 300 python3 - "$BUILD/masu" run --rm --network none "$image" echo typed <<'END'
import os, pty, subprocess, sys
master, slave = pty.openpty()
subprocess.run(sys.argv[1:], stdout=master, check=True)
print(os.read(slave, 100))
END
    [[ "$output" == *"b'typed\n'" ]]
}

@test "lines typed at a terminal arrive, and so does their end" {
    run -0 at_terminal 'os.write(fd, b"one\ntwo\n\4"); print(rest().decode(), status())' \
        -i "$image" sh -c '[ ! -t 0 ] && sed s/^/got:/'
    [[ "$output" == *got:one*got:two*" 0" ]]
}
