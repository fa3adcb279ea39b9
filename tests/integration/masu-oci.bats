#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# masu-oci on this machine, as root and as an ordinary user: the life of a container on a bundle, as engines drive it.

load ../lib/masu

setup() {
    make_work
    make_bundle sh sleep echo id cat
    export name # of the container, and of its cgroup, which other files of tests see
}

@test "spec writes a config.json, once" {
    need_root "the defaults of root"
    python3 -m json.tool config.json >/dev/null
    run -1 oci spec
    [[ "$output" == *"config.json exists"* ]]
    mkdir "$work/user"
    oci spec --bundle "$work/user" --rootless
    python3 -c 'import json, sys
root, user = [json.load(open(f))["linux"] for f in sys.argv[1:]]
assert "uidMappings" not in root and {"type": "user"} not in root["namespaces"], root
assert user["uidMappings"] == [{"containerID": 0, "hostID": 0, "size": 1}] and {"type": "user"} in user["namespaces"], user
assert "resources" not in user, user' config.json "$work/user/config.json"
    cp -a rootfs "$work/user"
    cd "$work/user"
    config 'c["process"]["args"] = ["cat", "/proc/self/uid_map"]'
    run -0 oci run "$name"
    [[ "$output" =~ ^\ +0\ +0\ +1$ ]]
    config 'c["process"]["user"]["uid"] = 5'
    run -1 oci run "$name"
    [[ "$output" == *"become user 5: Invalid argument"*"no id of the host is mapped to it" ]]
    run -1 oci spec --bundle /nonexistent
    [[ "$output" == *"open the bundle '/nonexistent'"* ]]
}

@test "run: output, exit status, and nothing is left" {
    config 'c["process"]["args"] = ["sh", "-c", "echo hi; exit 5"]'
    run -5 --separate-stderr oci run "$name"
    [ "$output" = hi ]
    [ -z "$(oci list -q)" ]
    [ -z "$(ls "$work/run/oci")" ]
    run -5 oci run --keep "$name"
    [ "$(status_of "$name")" = stopped ]
    run -1 oci run "$name"
    [[ "$output" == *"already exists"* ]]
    oci delete "$name"
}

@test "a bundle whose name isn't UTF-8: its state is JSON all the same" {
    mv "$work/b" "$work/"$'b\xff'
    cd "$work/"$'b\xff'
    config 'c["process"]["args"] = ["sleep", "100"]'
    oci run -d "$name" </dev/null >/dev/null 2>&1 3>&-
    oci state "$name" | python3 -m json.tool >/dev/null
    oci list -f json | python3 -m json.tool >/dev/null
    oci delete --force "$name"
}

@test "run: a kill of masu-oci does not kill the container, and the id is free after its end" {
    config 'c["process"]["args"] = ["sleep", "100"]'
    "$BUILD/masu-oci" run "$name" </dev/null >/dev/null 2>&1 3>&- &
    wait_until '[ "$(status_of "$name")" = running ]'
    kill -9 $!
    wait $! || :
    [ "$(status_of "$name")" = running ]
    run -1 oci run "$name"
    [[ "$output" == *"already exists"* ]]
    oci kill "$name" KILL
    config 'c["process"]["args"] = ["echo", "hi"]'
    run -0 --separate-stderr oci run "$name"
    [ "$output" = hi ]
}

@test "create, state, start, kill, delete" {
    config 'c["process"]["args"] = ["sleep", "100"]; c["annotations"] = {"k": "v"}'
    oci create --bundle "$work/b" --pid-file "$work/pid" "$name" </dev/null >/dev/null 2>&1
    [ "$(status_of "$name")" = created ]
    [ "$(cat "$work/pid")" = "$(oci state "$name" | sed -n 's/.*"pid": \([0-9]*\).*/\1/p')" ]
    [[ "$(oci state "$name")" == *'"k": "v"'* ]]
    run -1 oci create --bundle "$work/b" "$name"
    [[ "$output" == *"already exists"* ]]
    oci start "$name"
    [ "$(status_of "$name")" = running ]
    run -1 oci start "$name"
    [[ "$output" == *"cannot start"* ]]
    run -1 oci delete "$name"
    [[ "$output" == *"not stopped"* ]]
    [[ "$(oci list)" == *"$name"*running* ]]
    oci kill "$name" KILL
    wait_until is_stopped "$name"
    run -1 oci kill "$name"
    [[ "$output" == *"container not running"* ]]
    oci delete "$name"
    run -1 oci state "$name"
    [[ "$output" == *"does not exist"* ]]
    oci delete --force "$name"
}

@test "a created container that is never started can be deleted" {
    config 'c["process"]["args"] = ["sleep", "100"]'
    oci create "$name" </dev/null >/dev/null 2>&1
    oci delete --force "$name"
    [ -z "$(ls "$work/run/oci")" ]
}

@test "errors are told on stderr and in the log, and leave nothing" {
    config 'c["process"]["args"] = ["no-such-command"]'
    run -1 oci --log "$work/log" --log-format json run "$name"
    [[ "$output" == *'executable file not found in $PATH'* ]]
    python3 -c 'import json,sys; assert json.loads(open(sys.argv[1]).readline())["level"] == "error"' "$work/log"
    run -1 oci create "$name"
    run -1 oci run "../$name"
    [[ "$output" == *"invalid container id"* ]]
    run -1 oci run --bundle /nonexistent "$name"
    [[ "$output" == *"/nonexistent"* ]]
    run -1 oci no-such-command
    echo '{' >config.json
    run -1 oci run "$name"
    [[ "$output" == *config.json* ]]
    [ -z "$(ls "$work/run/oci")" ]
}

@test "a terminal's master goes to the console socket" {
    python3 -c 'import json
c = json.load(open("config.json"))
c["process"]["args"] = ["sh", "-c", "echo at a terminal; exit 3"]
json.dump(c, open("config.json", "w"))'
    run -1 oci create "$name"
    [[ "$output" == *"--console-socket"* ]]
    python3 - "$BUILD/masu-oci" "$work/sock" <<'END'
import array, os, socket, subprocess, sys
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[2])
s.listen()
subprocess.run([sys.argv[1], "create", "--console-socket", sys.argv[2], os.environ["name"]], check=True, stdin=subprocess.DEVNULL)
c, _ = s.accept()
_, control, _, _ = c.recvmsg(100, socket.CMSG_SPACE(4))
master = array.array("i", control[0][2])[0]
subprocess.run([sys.argv[1], "start", os.environ["name"]], check=True)
assert os.read(master, 100) == b"at a terminal\r\n"
END
    oci delete --force "$name"
}

@test "--root: containers of another root are not seen" {
    config 'c["process"]["args"] = ["sleep", "100"]'
    oci --root "$work/other" create "$name" </dev/null >/dev/null 2>&1
    [ -z "$(oci list -q)" ]
    [ "$(oci --root "$work/other" list -q)" = "$name" ]
    oci --root "$work/other" delete --force "$name"
    run -0 oci --root "$work/mistyped" list -q
    [ -z "$output" ]
    run -1 oci --root "$work/mistyped" state "$name"
    [[ "$output" == *"container does not exist"* ]]
    oci --root "$work/mistyped" delete --force "$name"
    oci --root "$work/mistyped" kill --regex .
    [ ! -e "$work/mistyped" ]
}

@test "hooks: each at its time, with the state, in run as in create and start" {
    printf '#!/bin/sh\ncat >"%s/$1"\n' "$work" >"$work/hook"
    chmod +x "$work/hook"
    config "c['process']['args'] = ['sleep', '1']
kinds = ['createRuntime', 'createContainer', 'poststart', 'poststop']
c['hooks'] = {k: [{'path': '$work/hook', 'args': ['hook', k], 'env': ['PATH=/bin']}] for k in kinds}"
    run -0 oci run "$name"
    for hook in createRuntime createContainer poststart poststop; do
        grep -q "\"id\":\"$name\"" "$work/$hook"
    done
    grep -q '"status":"creating"' "$work/createRuntime"
    grep -q '"status":"running"' "$work/poststart"
    grep -q '"status":"stopped"' "$work/poststop"

    config "c['hooks'] = {'createRuntime': [{'path': '/bin/false'}]}"
    run ! oci run y
    [[ "$output" == *"createRuntime hook '/bin/false'"*"status 1"* ]]
    [ -z "$(oci list -q)" ]
}

@test "start: a poststart hook that fails is the end of the container, with its poststop hooks" {
    config "c['process']['args'] = ['sleep', '100']
c['hooks'] = {'poststart': [{'path': '/bin/false'}], 'poststop': [{'path': '/bin/touch', 'args': ['touch', '$work/poststop']}]}"
    oci create "$name" </dev/null >/dev/null 2>&1
    run -1 oci start "$name"
    [[ "$output" == *"poststart hook '/bin/false'"*"status 1"* ]]
    [ -e "$work/poststop" ]
    [ -z "$(ls -A "$work/run/oci")" ]
}

@test "kill --all of a container that has ended, without a cgroup" {
    config "c['process']['args'] = ['sleep', '100']"
    oci --cgroup-manager disabled create "$name" </dev/null >/dev/null 2>&1
    oci kill "$name" KILL
    wait_until is_stopped "$name"
    oci kill --all "$name" KILL
    oci kill --all "$name" TERM
    run -1 oci kill "$name" TERM
    [[ "$output" == *"container not running"* ]]
}

@test "help and versions; options that make no sense" {
    for command in create start state kill delete run exec list spec; do
        run -0 oci "$command" --help
        [[ "$output" == "Usage: masu-oci $command"* ]]
        [ "$output" = "$(oci help "$command")" ]
        run -0 oci "$command" --version
        [[ "$output" == "masu-oci version "*spec:* ]]
    done
    run -1 oci help nonsense
    run -1 oci --log-level nonsense list
    [[ "$output" == *"must be one of error"* ]]
    run -1 oci --log-format nonsense list
    run -1 oci --rootless nonsense list
    run -1 oci --log /nonexistent/log list
    [[ "$output" == *"/nonexistent/log"* ]]
}

@test "a config.json without a user namespace, as an ordinary user: the hint names the command that gives one" {
    need_root "to become another user"
    config "c['process']['args'] = ['id', '-u']"
    chmod -R a+rX "$work"
    mkdir -m 777 "$work/user"
    run -1 setpriv --reuid 65534 --regid 65534 --clear-groups "$BUILD/masu-oci" --root "$work/user/oci" run "$name"
    [[ "$output" == *"create the container's namespaces: Operation not permitted"*"masu-oci spec --rootless"* ]]
}

@test "--debug of a container without a cgroup" {
    config "c['process']['args'] = ['id', '-u']; del c['linux']['resources']"
    run -0 oci --debug --cgroup-manager disabled run "$name"
    [[ "$output" == *"container '$name' of bundle"* && "$output" != *"(null)"* ]]
}

@test "the log: text and JSON as logrus has them, to others, and what --debug adds" {
    need_root "it mounts"
    config 'c["process"]["args"] = ["sh", "-c", "exit 3"]'
    run -3 oci --debug --log "$work/log" run --no-subreaper "$name"
    [[ "$output" == *"container '$name' of bundle '$work/b' was created"* ]]
    [[ "$(cat "$work/log")" =~ ^'time="'2[0-9T:.-]+Z'" level=debug msg="container '\'$name\'.*\"$'\n' ]]
    run -3 oci --log-level info --log "$work/other" run "$name"
    [ -z "$output$(cat "$work/other")" ]
    rm "$work/log"
    run -1 oci --log "$work/log" --log-format json state $'no"such\none'
    run -1 oci --log "$work/log" --log-format=json state nobody
    python3 - "$work/log" <<'END'
import datetime, json, sys
bad, none = [json.loads(l) for l in open(sys.argv[1])]
assert set(bad) == {'level', 'msg', 'time'} and bad['level'] == 'error' and 'no"such\none' in bad['msg'], bad
assert none['msg'] == "container does not exist: 'nobody'", none
datetime.datetime.strptime(none['time'][:19] + none['time'][-1], '%Y-%m-%dT%H:%M:%SZ')
END
    # journald and syslog of our own, where nobody else sees them.
    mkdir "$work/dev"
    cat >"$work/heard" <<'END'
import os, socket, subprocess, sys
for path, log in ('/run/systemd/journal/socket', 'journald:mine'), ('/dev/log', 'syslog:mine'):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    s.bind(path)
    s.settimeout(10)
    subprocess.run([sys.argv[1], '--root', '/run/none', '--log', log, 'state', 'nobody'])
    print(s.recv(1000))
END
    run -0 --separate-stderr unshare --mount --propagation private sh -ec 'mount -t tmpfs t /run
        mount -t tmpfs t "$1/dev"; touch "$1/dev/null"; mount --bind /dev/null "$1/dev/null"; mount --move "$1/dev" /dev
        exec python3 "$1/heard" "$2"' sh "$work" "$BUILD/masu-oci"
    [[ "${lines[0]}" == *"PRIORITY=3\nSYSLOG_IDENTIFIER=mine\nMESSAGE\n"*"container does not exist: "* ]]
    [[ "${lines[1]}" =~ "<11>mine["[0-9]+"]: container does not exist: 'nobody'" ]]
    run -1 unshare --mount --propagation private sh -ec 'mount -t tmpfs t /run; exec "$0" --log journald:x list' "$BUILD/masu-oci"
    [[ "$output" == *"open the log 'journald:x'"* ]]
}

@test "the next opened files do not become closed standard streams" {
    config 'c["process"]["args"] = ["sh", "-c", "read a; echo x; exit 4"]'
    run -4 sh -c '"$0" run "$name" <&- >&- 2>&-' "$BUILD/masu-oci"
    run -4 sh -c '"$0" run "$name" <&-' "$BUILD/masu-oci"
    [ "$output" = x ]
}

@test "--config, --pidfd-socket, --preserve-fds and sockets of the service manager" {
    config 'c["process"]["args"] = ["sh", "-c", "cat <&4; cat <&5; echo $LISTEN_FDS $LISTEN_PID $LISTEN_FDNAMES"]'
    mv config.json other.json
    echo three >3 && echo four >4 && echo five >5
    run -0 sh -c 'LISTEN_FDS=2 LISTEN_FDNAMES=a:b LISTEN_PID=$$ exec "$0" run --config other.json --preserve-fds 1 "$name" 3<3 4<4 5<5' "$BUILD/masu-oci"
    [ "$output" = $'four\nfive\n2 1 a:b' ]
    run -0 sh -c 'LISTEN_FDS=2 LISTEN_PID=1 exec "$0" run --config other.json --preserve-fds 3 "$name" 3<3 4<4 5<5' "$BUILD/masu-oci"
    [ "${lines[*]}" = "four five" ]
    cp other.json config.json
    config 'c["process"]["args"] = ["cat", "/proc/self/environ"]' 'c["process"]["env"] += ["LISTEN_FDNAMES=old"]'
    LISTEN_FDS=1 LISTEN_FDNAMES=new oci run "$name" 3<3 >environ
    [ "$(tr '\0' '\n' <environ | grep ^LISTEN_FDNAMES)" = LISTEN_FDNAMES=new ]
    config 'c["process"]["args"] = ["sleep", "100"]'
    long=$work/$(printf 'x%.0s' {1..120}) # more than a socket's address holds
    mkdir "$long"
    python3 - "$BUILD/masu-oci" "$long" <<'END'
import array, os, signal, socket, subprocess, sys
s = socket.socket(socket.AF_UNIX)
bundle = os.getcwd()
os.chdir(sys.argv[2])
s.bind("sock")
s.listen()
os.chdir(bundle)
subprocess.run([sys.argv[1], "create", "--pidfd-socket", sys.argv[2] + "/sock", os.environ["name"]], check=True,
               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
c, _ = s.accept()
data, control, _, _ = c.recvmsg(100, socket.CMSG_SPACE(4))
assert data == b"pidfd\0"
signal.pidfd_send_signal(array.array("i", control[0][2])[0], signal.SIGKILL)
END
    wait_until is_stopped "$name"
    oci delete "$name"
}

@test "--no-pivot: the root is moved over the host's" {
    config 'c["process"]["args"] = ["sh", "-c", "echo /*; cat /proc/self/mountinfo"]'
    run -0 oci run "$name"
    pivoted=${lines[0]} mounts=${#lines[@]}
    run -0 oci run --no-pivot "$name"
    [ "${lines[0]}" = "$pivoted" ]
    [ "${#lines[@]}" = "$mounts" ]
    config 'c["process"]["args"] = ["sleep", "100"]'
    oci create --no-pivot "$name" </dev/null >/dev/null 2>&1
    oci start "$name"
    [ "$(oci exec "$name" sh -c 'echo /*')" = "$pivoted" ]
}

@test "the container has a new session keyring, unless --no-new-keyring" {
    keys() { sh -c 'cat /proc/keys' | grep -c "_ses.$1"; }
    [ -r /proc/keys ] || skip "no /proc/keys: a kernel without keys"
    config 'c["process"]["args"] = ["sleep", "100"]'
    oci create "$name-mine" </dev/null >/dev/null 2>&1
    oci start "$name-mine"
    [ "$(keys "$name-mine")" = 1 ]
    oci exec -d "$name-mine" sleep 100 </dev/null >/dev/null 2>&1
    [ "$(keys "$name-mine")" = 1 ] # the same one
    oci create --no-new-keyring "$name-none" </dev/null >/dev/null 2>&1
    oci start "$name-none"
    oci exec "$name-none" true || true
    [ "$(keys "$name-none")" = 0 ]
}

@test "a launcher that is killed leaves no container behind that nobody knows" {
    config 'c["process"]["args"] = ["sleep", "100"]'
    for n in 5 20 40 60 80 90 100 110 120 130 140 150; do
        strace -qq -e trace=none -e inject="all:signal=KILL:when=$n" -o /dev/null \
            "$BUILD/masu-oci" create "x$$" </dev/null >/dev/null 2>&1 && break
        oci delete --force "x$$"
        [ -z "$(ls "$work/run/oci")" ]
        wait_until '! pgrep -f "masu-oci create x$$"'
    done
    oci delete --force "x$$"
}

@test "a start that is killed at its end has started the container, and all can tell" {
    command -v strace >/dev/null || skip "strace is not installed"
    config 'c["process"]["args"] = ["sleep", "100"]'
    oci create "x$$" </dev/null >/dev/null 2>&1
    run -137 strace -qq -o /dev/null -e trace=unlinkat -e inject=unlinkat:error=EPERM:signal=KILL \
        "$BUILD/masu-oci" start "x$$"
    [ "$(status_of "x$$")" = running ]
    run -1 oci start "x$$"
    [[ "$output" == *"in the running state"* ]]
    oci exec "x$$" echo in
    run -1 oci delete "x$$"
    oci delete --force "x$$"
    config "c['hooks'] = {'startContainer': [{'path': '/bin/sh', 'args': ['sh', '-c', 'echo >/began; while [ ! -e /go ]; do sleep 0.05; done']}]}"
    config 'c["root"]["readonly"] = False'
    oci create "x$$" </dev/null >/dev/null 2>&1
    oci start "x$$" &
    wait_until [ -e rootfs/began ]
    run -1 oci start "x$$"
    [[ "$output" == *"being started already" ]]
    [ "$(status_of "x$$")" = created ]
    touch rootfs/go
    wait $!
    [ "$(status_of "x$$")" = running ]
}

@test "features prints the supported features, in the specification's words; info prints this host's" {
    oci features >"$work/features"
    python3 - "$work/features" <<'END'
import json, sys
f = json.load(open(sys.argv[1]))
assert f['ociVersionMin'] == '1.0.0' and f['ociVersionMax'].startswith('1.'), f
assert len(f['hooks']) == 6 and 'time' in f['linux']['namespaces']
assert {'rro', 'rbind', 'ridmap', 'tmpcopyup', 'runbindable'} <= set(f['mountOptions'])
assert 'CAP_CHECKPOINT_RESTORE' in f['linux']['capabilities']
seccomp = f['linux']['seccomp']
assert seccomp['enabled'] and 'SCMP_ACT_NOTIFY' in seccomp['actions'] and 'SCMP_ARCH_X86_64' in seccomp['archs']
assert set(seccomp['supportedFlags']) <= set(seccomp['knownFlags'])
assert f['linux']['mountExtensions']['idmap']['enabled'] and 'MPOL_BIND' in f['linux']['memoryPolicy']['modes']
assert 'run.oci.hooks.stdout' in f['potentiallyUnsafeConfigAnnotations']
END
    run -0 oci info
    [[ "$output" == *"kernel "*"$(uname -r)"* ]]
    [[ "$output" == *"seccomp flags"* ]]
}

@test "list and state: owner, root file system, table and JSON" {
    config 'c["process"]["args"] = ["sleep", "100"]'
    for id in b a; do oci create $id </dev/null >/dev/null 2>&1; done
    [ "$(oci list -q)" = $'a\nb' ]
    [[ "$(oci list | sed -n 1p)" =~ ^ID\ +PID\ +STATUS\ +BUNDLE\ +CREATED\ +OWNER$ ]]
    [[ "$(oci list | sed -n 2p)" =~ ^a\ +[0-9]+\ +created\ +$work/b\ +2.*Z\ +$(id -un)$ ]]
    oci list --format json | python3 -c 'import json, sys
a, b = json.load(sys.stdin)
assert b["rootfs"] == sys.argv[1] + "/b/rootfs" and b["owner"] == sys.argv[2] and b["status"] == "created", b' "$work" "$(id -un)"
    [[ "$(oci state a)" == *'"rootfs": "'"$work/b/rootfs"'"'* ]]
    run -1 oci list --format nonsense
    oci kill a 0
    run -1 oci kill a nonsense
    [[ "$output" == *'unknown signal'* ]]
    run -1 oci kill nobody
    [[ "$output" == *"container does not exist"* ]]
    oci kill --all b KILL
    wait_until is_stopped b
    [[ "$(oci state b)" == *'"pid": 0,'* ]] # not omitted: runc and crun print a number
    [[ "$(oci list -f json)" == *'"id":"b","status":"stopped"'*'"pid":0,'* ]]
    oci kill --regex '^[ab]$' KILL # a stopped container gets no signal
    run -1 oci kill --regex '('
    wait_until is_stopped a
    oci delete --force --regex '^[ab]$'
    [ -z "$(oci list -q)" ]
    run -1 oci delete --regex '('
}

@test "an incomplete container is removed, and one in creation is left alone" {
    mkdir -p "$work/run/oci/$name"
    run -1 oci state "$name"
    [[ "$output" == *"container does not exist"* ]]
    exec 8<"$work/run/oci/$name"
    flock 8
    run -1 oci state "$name"
    [[ "$output" == *"still being created"* ]]
    run -1 oci delete "$name"
    [[ "$output" == *"still being created"* ]]
    run -1 oci create "$name"
    [[ "$output" == *"already exists"* ]]
    [ -z "$(oci list -q)" ]
    exec 8<&-
    config 'c["process"]["args"] = ["echo", "hi"]'
    run -0 oci run "$name" # in place of the leftover
    [ "$output" = hi ]
    mkdir "$work/run/oci/$name"
    oci delete "$name"
    [ -z "$(ls "$work/run/oci")" ]
    mkdir "$work/run/oci/$name"
    echo nonsense >"$work/run/oci/$name/state.json"
    run -1 oci delete "$name"
    oci delete --force "$name"
    [ -z "$(ls "$work/run/oci")" ]
}

@test "HOME is what the container's passwd says, unless it is given" {
    need_root "it has several ids"
    mkdir -p rootfs/etc
    printf 'root:x:0:0::/root:/bin/sh\nten:x:10:10::/home/ten:/bin/sh\n' >rootfs/etc/passwd
    config 'c["process"]["args"] = ["sh", "-c", "echo $HOME"]'
    run -0 oci run "$name"
    [ "$output" = /root ]
    config 'c["process"]["user"]["uid"] = 10'
    run -0 oci run "$name"
    [ "$output" = /home/ten ]
    config 'c["process"]["user"]["uid"] = 11'
    run -0 oci run "$name"
    [ "$output" = / ]
    rm rootfs/etc/passwd
    mkfifo rootfs/etc/passwd
    run -0 oci run "$name"
    config 'c["process"]["env"].append("HOME=/given")'
    run -0 oci run "$name"
    [ "$output" = /given ]
}

@test "a limit of file sizes is an error that tells itself, in masu alone a signal that kills nobody" {
    config 'c["process"]["args"] = ["sh", "-c", "cat /proc/self/status; (echo >/dev/shm/x); exit $?"]
c["process"]["rlimits"] = [{"type": "RLIMIT_FSIZE", "soft": 0, "hard": 0}]'
    run -153 oci run "$name" # 128 + SIGXFSZ
    [[ "$output" == *$'SigIgn:\t0000000000000000\nSigCgt:\t0000000000000000'* ]]
    run -1 sh -c 'ulimit -f 0; "$0" run "$name"' "$BUILD/masu-oci"
    [[ "$output" == *"File too large"* ]]
    [ -z "$(ls "$work/run/oci")" ]
    rm config.json
    run -1 sh -c 'ulimit -f 0; "$0" spec' "$BUILD/masu-oci"
    [ "$output" = "masu-oci: write config.json: File too large" ]
    [ -z "$(ls -A "$work/b" | grep -v rootfs)" ]
}

@test "what masu-oci executes itself from reaches no container and no hook, also among those to be kept" {
    ln -s busybox rootfs/bin/ls
    printf '#!/bin/sh\nls -l /proc/self/fd >>"%s/fds"' "$work" >"$work/hook"
    chmod +x "$work/hook"
    config "c['process']['args'] = ['ls', '-l', '/proc/self/fd']
c['hooks'] = {k: [{'path': '$work/hook', 'env': ['PATH=/bin']}]
    for k in ('createRuntime', 'createContainer', 'poststart', 'poststop')}"
    # Descriptor 4 is the first that is free. Without the calls there are other ways to it.
    for closed in '' '<&- 2>&-'; do
        for refused in none execveat,open_tree execveat open_tree; do
            run -0 sh -c "exec strace -f -o '$work/trace' -e trace=execveat,open_tree -e inject=$refused:error=ENOSYS \
                '$BUILD/masu-oci' run --preserve-fds 9 "$name" 3</dev/null 5</dev/null $closed"
            echo "$output" >>"$work/fds"
        done
    done
    [ "$(grep -c ' 5 -> /dev/null' "$work/fds")" = 8 ]
    run ! grep -E -e '-> /$|masu-oci|memfd:masu' "$work/fds"
}

@test "told to end during the start, it ends that, and leaves nothing" {
    [ -e config.json ] || oci spec
    for hook in createRuntime createContainer; do
        for command in create run 'run --detach'; do
            config "c['process']['args'] = ['sleep', '100']
c['hooks'] = {'$hook': [{'path': '/bin/sh', 'args': ['sh', '-c', 'echo >$work/began; exec /bin/sleep 1$$']}],
              'poststop': [{'path': '/bin/sh', 'args': ['sh', '-c', 'echo >>$work/stopped']}]}"
            rm -f "$work/began"
            # shellcheck disable=SC2086
            "$BUILD/masu-oci" $command "x$$" </dev/null >/dev/null 2>"$work/said" 3>&- &
            wait_until [ -e "$work/began" ]
            status=0
            kill $!
            wait $! || status=$?
            [ "$status" = 143 ]
            [[ "$(cat "$work/said")" == *"told to end by SIGTERM" ]]
            [ -z "$(ls "$work/run/oci")" ]
            run ! pgrep -f "^/bin/sleep 1$$\$"
        done
    done
    [ "$(wc -l <"$work/stopped")" = 6 ]
}

@test "told to end while init is stopped before it executes the command, run ends" {
    config "c['process']['args'] = ['sh', '-c', 'echo >/went']; c['root']['readonly'] = False"
    strace -f -o "$work/trace" -e trace=capset -e inject=capset:signal=STOP \
        "$BUILD/masu-oci" run "$name" </dev/null >/dev/null 2>"$work/said" 3>&- &
    wait_until grep -q 'stopped by' "$work/trace"
    pid=$(pgrep -P $!)
    kill "$pid"
    wait_until '! kill -0 $!'
    if kill -0 $! 2>/dev/null; then # it is held: let go of all
        kill -9 "$pid" "$(sed -n 's/ .*stopped by.*//p' "$work/trace")"
        false
    fi
    status=0
    wait $! || status=$?
    [ "$status" = 143 ]
    [[ "$(cat "$work/said")" == *"told to end by SIGTERM" ]]
    [ -z "$(ls "$work/run/oci")" ]
    [ ! -e rootfs/went ]
}

@test "root's network namespace comes later than init: what a mount shows is the container's all the same" {
    need_root
    config 'c["process"]["args"] = ["sh", "-c", "stat -Lc %i /own /proc/self/ns/net; cat /dev.net"]
c["mounts"] += [{"destination": "/own", "type": "bind", "source": "/proc/self/ns/net", "options": ["bind"]},
    {"destination": "/dev.net", "type": "bind", "source": "/proc/net/dev", "options": ["bind"]}]'
    ln -s busybox rootfs/bin/stat
    run -0 oci run "$name"
    [ "${lines[0]}" = "${lines[1]}" ]
    [ "${#lines[@]}" = 5 ] # two of a header, and lo
    [[ "${lines[4]}" == *lo:* ]]
    # init mounts meanwhile, and nothing but the network namespace may fail: the user namespace has no gid 5
    config 'm, = [m for m in c["mounts"] if m["type"] == "devpts"]
m["options"].remove("gid=5")'
    run -1 unshare --user --map-root-user --net sh -c 'echo 0 >/proc/sys/user/max_net_namespaces
        exec "$0" --cgroup-manager disabled run "$name"' "$BUILD/masu-oci"
    [[ "$output" == *"No space left on device"*user.max_net_namespaces* ]]
}

@test "a mount namespace by path: also when root of the given user namespace doesn't see who lives there" {
    need_root "it mounts"
    export -f wait_until
    run -0 unshare --mount --propagation private bash -ec '
        trap "kill \$holder \$host 2>/dev/null || true" EXIT
        mount -t tmpfs t "$1/b"; cd "$1/b"; mkdir -p rootfs/bin rootfs/proc
        cp /bin/busybox rootfs/bin/sh
        unshare --user --map-root-user --mount sh -c "echo; exec sleep 1000" >said & holder=$!
        wait_until [ -s said ]
        exec 5<"/proc/$holder/ns/user" 6<"/proc/$holder/ns/mnt"
        nsenter --mount="/proc/$holder/ns/mnt" sh -c "echo; exec sleep 1000" >said2 & host=$!
        wait_until [ -s said2 ]
        kill $holder; wait $holder || true
        python3 -c "
import json
json.dump({\"ociVersion\": \"1.2.0\", \"process\": {\"args\": [\"sh\"], \"cwd\": \"/\", \"user\": {\"uid\": 0, \"gid\": 0}},
           \"root\": {\"path\": \"rootfs\"}, \"linux\": {\"namespaces\": [{\"type\": \"pid\"},
           {\"type\": \"user\", \"path\": \"/proc/$$/fd/5\"}, {\"type\": \"mount\", \"path\": \"/proc/$$/fd/6\"}]}}, open(\"config.json\", \"w\"))"
        status=0
        "$2" --cgroup-manager disabled run "$name" >out 2>&1 || status=$?
        ls "/proc/$host/root"
        echo "status $status"; cat out' sh "$work" "$BUILD/masu-oci"
    [[ "$output" == *tmp*$'\n'*"status 1"*"cannot join the mount namespace "*": process "* ]]
}
