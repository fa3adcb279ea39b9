#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# masu-oci exec on this machine as root.

load ../lib/masu

# One container for all tests: an exec leaves nothing behind.
setup_file() {
    is_root || return 0 # each test is skipped
    make_work
    export work
    make_bundle sh sleep echo id cat env grep ls stty yes head true tty ulimit pwd
    echo two:x:2:22::/home/two:/bin/sh >rootfs/etc/passwd
    config 'c["process"]["args"] = ["sleep", "1000"]
c["process"]["user"]["umask"] = 0o27
c["process"]["rlimits"] = [{"type": "RLIMIT_NOFILE", "hard": 123, "soft": 123}]
c["linux"]["seccomp"] = {"defaultAction": "SCMP_ACT_ALLOW",
    "syscalls": [{"names": ["syslog"], "action": "SCMP_ACT_ERRNO"}]}'
    oci create x </dev/null >/dev/null 2>&1 3>&-
    oci start x
}

teardown_file() {
    [ -z "${work-}" ] || remove_work
}

setup() {
    need_root "threats-entering.bats runs exec as a user"
    cd "$work" || return
}

teardown() { :; }

oci() { "$BUILD/masu-oci" --cgroup-manager disabled "$@"; }

# refused MESSAGE: by exec itself
refused() {
    [ "$status" = 255 ] && [[ "$output" == *"$1"* ]] && return
    echo "status $status, not refused with '$1': $output"
    return 1
}

@test "output, input, exit status, signal" {
    run -0 oci exec x echo hi there
    [ "$output" = "hi there" ]
    run -7 oci exec x sh -c 'exit 7'
    run -137 oci exec x sh -c 'kill -9 $$'
    [ "$(echo through | oci exec x cat)" = through ]
}

@test "the namespaces are the container's" {
    [ "$(oci exec x sh -c 'ls -l /proc/1/ns' | grep -o '[^ ]*]')" = "$(oci exec x sh -c 'ls -l /proc/self/ns' | grep -o '[^ ]*]')" ]
    [ "$(oci exec x sh -c 'cat /proc/1/comm')" = sleep ]
}

@test "it has what the container's process has: filter, capabilities, limits, umask" {
    run -0 oci exec x grep -E "^(Cap|NoNewPrivs|Seccomp|Groups|Uid)" /proc/self/status
    [ "$output" = "$(oci exec x grep -E "^(Cap|NoNewPrivs|Seccomp|Groups|Uid)" /proc/1/status)" ]
    [[ "$output" == *"Seccomp:	2"* ]]
    [ "$(oci exec x sh -c 'ulimit -n; umask')" = $'123\n0027' ]
}

@test "options: user, groups, directory, environment, capabilities, no_new_privs" {
    [[ "$(oci exec -u 5:6 -g 7 -g 8,9 x id)" == "uid=5 gid=6"*groups=6,7,8,9 ]]
    [ "$(oci exec --cwd /bin x pwd)" = /bin ]
    [ "$(oci exec -u 2 x sh -c 'echo $HOME')" = /home/two ] # as passwd inside has it
    [ "$(oci exec -u 3 x sh -c 'echo $HOME')" = / ]
    [ "$(oci exec -e A=1 --env A=2 x sh -c 'echo $A')" = 2 ]
    [[ "$(oci exec --cap CAP_SYS_PTRACE x grep CapEff /proc/self/status)" == *800c05fb ]]
    [[ "$(oci exec --cap CAP_SYS_PTRACE x grep CapInh /proc/self/status)" == *000000 ]]
    run oci exec -u 5 x grep CapEff /proc/self/status
    [[ "$output" == *0000000000000000 ]]
    [[ "$(oci exec --no-new-privs x grep NoNewPrivs /proc/self/status)" == *1 ]]
    run oci exec --cap CAP_OF_TOMORROW x true
    refused CAP_OF_TOMORROW
    run oci exec -e NAME x true
    refused NAME
    [ -d /sys/fs/selinux/booleans ] || {
        run oci exec --process-label a:b:c:d x true
        refused process.selinuxLabel
    }
    [ -d /sys/kernel/security/apparmor ] || {
        run oci exec --apparmor none x true
        refused process.apparmorProfile
    }
}

@test "descriptors: --preserve-fds to the process, --pidfd-socket and --console-socket to others" {
    echo three >3 && echo four >4
    [ "$(oci exec --preserve-fds 2 x sh -c 'cat <&3; cat <&4' 3<3 4<4)" = $'three\nfour' ]
    run oci exec x sh -c 'cat <&3' 3<3
    [ "$status" -ne 0 ]
    rm -f sock
    python3 - "$BUILD/masu-oci" <<'END'
import array, os, signal, socket, subprocess, sys
s = socket.socket(socket.AF_UNIX)
s.bind('sock')
s.listen()
def given(*args):
    p = subprocess.Popen([sys.argv[1], 'exec', *args], stdin=subprocess.DEVNULL)
    data, control, _, _ = s.accept()[0].recvmsg(100, socket.CMSG_SPACE(4))
    return p, data, array.array('i', control[0][2])[0]
p, data, pidfd = given('--pidfd-socket', 'sock', 'x', 'sleep', '100')
assert data == b'pidfd\0', data
signal.pidfd_send_signal(pidfd, signal.SIGKILL)
assert p.wait() == 137
p, _, master = given('-t', '--console-socket', 'sock', 'x', 'tty')
assert os.read(master, 100).startswith(b'/dev/pts/')
assert p.wait() == 0
END
    rm sock
}

@test "a user is a number, and nothing else (CVE-2026-30892, CVE-2016-3697)" {
    for user in "" 1: : :1 -1 0x1 4294967295 4294967296 root two; do
        run oci exec --user "$user" x id
        refused "--user '$user'"
    done
}

@test "--process: a document" {
    cat >p.json <<'END'
{"cwd": "/etc", "args": ["sh", "-c", "id -u; pwd; echo $B; ulimit -n; umask; grep CapEff /proc/self/status"],
 "env": ["B=3", "PATH=/bin"], "user": {"uid": 0, "gid": 0}}
END
    run -0 oci exec --process p.json x
    [ "${lines[*]:0:5}" = "0 /etc 3 123 0027" ]
    [[ "${lines[5]}" == *800405fb ]]
    run oci exec --process p.json x true
    refused "twice"
    echo '{}' >p.json
    run oci exec --process p.json x
    refused process.cwd
    run oci exec --process /nonexistent x
    refused /nonexistent
}

@test "a command that cannot be executed is reported in the wording that engines know" {
    run oci exec x no-such-command
    refused 'executable file not found in $PATH'
    run oci exec x /no/such/command
    refused 'no such file or directory'
    run oci exec x /etc/passwd
    refused 'permission denied'
    run oci exec --cwd /nonexistent x true
    refused 'No such file or directory'
    run oci exec nobody true
    refused 'container does not exist'
    run oci exec x
    refused 'args cannot be empty'
}

@test "--detach and --pid-file" {
    oci exec --detach --pid-file pid x sleep 1000 </dev/null >/dev/null 2>&1 3>&-
    [ "$(tr '\0' ' ' <"/proc/$(cat pid)/cmdline")" = "sleep 1000 " ]
    kill "$(cat pid)"
    rm pid
    run oci exec --detach --pid-file pid x no-such-command
    refused 'not found'
    [ ! -e pid ]
}

@test "a terminal, its size, and its master for a console socket" {
    [[ "$(oci exec --tty x tty </dev/null)" == /dev/pts/* ]]
    run oci exec --tty --detach x true
    refused --console-socket
    run oci exec --console-socket /nonexistent x true
    refused --tty
    run oci exec --tty --console-socket /nonexistent x sh -c 'echo >/dev/ran'
    refused /nonexistent
    run ! oci exec x ls /dev/ran
    cat >p.json <<'END'
{"cwd": "/", "args": ["sh", "-c", "stty size; read a; echo got $a"], "env": ["PATH=/bin"],
 "terminal": true, "consoleSize": {"height": 33, "width": 44}, "user": {"uid": 0, "gid": 0}}
END
    python3 - "$BUILD/masu-oci" <<'END'
import array, os, socket, subprocess, sys
s = socket.socket(socket.AF_UNIX)
s.bind("sock")
s.listen()
subprocess.run([sys.argv[1], "exec", "-p", "p.json", "-d", "--console-socket", "sock", "x"], check=True, stdin=subprocess.DEVNULL)
c, _ = s.accept()
_, control, _, _ = c.recvmsg(100, socket.CMSG_SPACE(4))
master = array.array("i", control[0][2])[0]
def expect(text):
    got = b""
    while text not in got:
        got += os.read(master, 100)
expect(b"33 44\r\n")
os.write(master, b"it\n")
expect(b"got it\r\n")
END
}

@test "run and exec at a real terminal: size, input, Ctrl-C, and its state afterwards" {
    cd "$work/b"
    cp config.json ../saved.json
    config 'c["process"]["terminal"] = True
c["process"]["args"] = ["sh", "-c", "trap \"exit 9\" INT; stty size; read a; echo got $a; while :; do sleep 1; done"]'
    # shellcheck disable=SC2016
    run timeout 300 python3 - "$BUILD/masu-oci" "$(python3 -c 'import json; print(json.load(open("config.json"))["process"]["args"][2])')" <<'END'
import fcntl, os, pty, struct, sys, termios
oci = [sys.argv[1], '--cgroup-manager', 'disabled']
for argv in oci + ['run', 'at-terminal'], oci + ['exec', '-t', 'x', 'sh', '-c', sys.argv[2]]:
    go, gone = os.pipe()
    pid, fd = pty.fork()
    if pid == 0:
        os.read(go, 1)
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack('HHHH', 33, 99, 0, 0))
        os.execv(argv[0], argv)
    before, got = termios.tcgetattr(fd), b'' # it changes when the program runs
    os.write(gone, b'x')
    def expect(text):
        global got
        while text not in got:
            got += os.read(fd, 1000)
    expect(b'33 99\r\n')
    os.write(fd, b'it\n')
    expect(b'got it\r\n')
    os.write(fd, b'\x03')
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 9, argv
    assert termios.tcgetattr(fd) == before, 'the terminal is left raw'
END
    mv ../saved.json config.json
    [ "$status" = 0 ] || { echo "$output"; return 1; }
}

@test "exec ends with its process, whatever else goes on to write to the terminal" {
    # shellcheck disable=SC2016
    run timeout 300 python3 - "$BUILD/masu-oci" <<'END'
import os, pty, sys
pid, fd = pty.fork()
if pid == 0:
    os.execvp('timeout', ['timeout', '--foreground', '-s', 'KILL', '120', sys.argv[1],
                          '--cgroup-manager', 'disabled', 'exec', '-t', 'x', 'sh', '-c',
                          'trap "" HUP; (while sleep 0.2; do echo more >"$0"; done) 2>/dev/null & exit 5', '/dev/pts/0'])
try:
    while os.read(fd, 1000):
        pass
except OSError:
    pass
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
END
    [ "$output" = 5 ]
}

@test "run and exec: the window's size is there before the command starts, also when masu-oci is slow" {
    strace -o /dev/null true || skip "strace can't trace here"
    cd "$work/b"
    cp config.json ../saved.json
    config 'c["process"]["terminal"] = True
c["process"]["args"] = ["stty", "size"]
c["process"]["consoleSize"] = {"height": 1, "width": 2}'
    run timeout 300 python3 - strace -qq -o /dev/null -e inject=ioctl:delay_enter=300000 \
        "$BUILD/masu-oci" --cgroup-manager disabled <<'END'
import fcntl, os, pty, struct, sys, termios
for argv in ['run', 'early'], ['exec', '-t', 'x', 'stty', 'size']:
    pid, fd = pty.fork()
    if pid == 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack('HHHH', 33, 99, 0, 0))
        os.execvp(sys.argv[1], sys.argv[1:] + argv)
    got = b''
    while b'\n' not in got:
        got += os.read(fd, 1000)
    assert b'33 99' in got, got
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0, argv
END
    mv ../saved.json config.json
    [ "$status" = 0 ] || { echo "$output"; return 1; }
}

@test "a container that is created can be entered, one that has stopped can't" {
    cd "$work/b"
    oci create y </dev/null >/dev/null 2>&1 3>&-
    run -0 oci exec y echo in
    [ "$output" = in ]
    oci kill y KILL
    wait_until is_stopped y
    run oci exec y true
    oci delete y
    refused "cannot exec in a stopped container"
}

# Until it has executed its command, init may have the host's files and network in view.
@test "what run is still making can't be entered" {
    cd "$work/b"
    strace -f -o "$work/trace-of-z" -e trace=pivot_root -e inject=pivot_root:signal=STOP \
        "$BUILD/masu-oci" --cgroup-manager disabled run -d z </dev/null >/dev/null 2>&1 3>&- &
    wait_until grep -q 'stopped by' "$work/trace-of-z"
    [[ "$(oci state z)" == *creating* ]]
    run oci exec z cat /etc/hostname
    refused "still being created"
    run -1 oci checkpoint z
    run -1 oci delete z
    [[ "$output" == *"not stopped: creating"* ]]
    kill -CONT "$(sed -n 's/ .*stopped by.*//p' "$work/trace-of-z")"
    wait_until '[ "$(status_of z)" = running ]'
    run -0 oci exec z cat /proc/1/cmdline
    [[ "$output" == sleep* ]]
    oci delete --force z
    wait
}

# ended STATUS: the background command at $! ends, and so
ended() {
    local status=0
    wait_until '! kill -0 $!'
    ! kill -0 $! 2>/dev/null || { echo "it still runs"; kill -9 "$pid" "$stopped"; return 1; }
    wait $! || status=$?
    [ "$status" = "$1" ]
}

@test "told to end while the container holds up the process, exec ends, and so does the process" {
    for option in '' --detach; do
        for pair in TERM:143 INT:130; do
            # shellcheck disable=SC2086
            env --default-signal=INT strace -f -o trace -e trace=setsid -e inject=setsid:signal=STOP \
                "$BUILD/masu-oci" --cgroup-manager disabled exec --pid-file pid $option x sh -c 'echo >/went' </dev/null 2>said >&2 3>&- &
            wait_until grep -q 'stopped by' trace
            pid=$(pgrep -P $!)
            stopped=$(sed -n 's/ .*stopped by.*//p' trace)
            kill -s "${pair%:*}" "$pid"
            ended "${pair#*:}"
            grep -q "told to end by SIG${pair%:*}" said
            run ! grep '^State:.[^Z]' "/proc/$stopped/status" # its new parent may not have reaped it yet
            [ ! -e pid ]
            rm trace
        done
    done
    [ ! -e b/rootfs/went ]
}
