#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# masu exec: what the process gets, how it ends, and its terminal. As root and as an ordinary user.

load ../lib/masu
load ../lib/busybox

# The container of a test, which does nothing.
start() { # [OPTION...]
	masu run -d --name "$name" --network none "$@" "$image" sleep 1000 >/dev/null
}

exec_c() { run --separate-stderr "$BUILD/masu" exec "$@"; }

# Whether a process with this argument runs in the container.
has_process() {
	masu exec "$name" sh -c 'for p in /proc/[0-9]*; do tr "\\0" " " <$p/cmdline; echo; done' | grep -q "^$1"
}

@test "the process is in the container: namespaces, cgroup, filter, capabilities, no_new_privs" {
	start --security-opt no-new-privileges
	inside='for n in cgroup ipc mnt net pid user uts; do readlink /proc/$1/ns/$n; done; cat /proc/$1/cgroup
		grep -E "^(Cap|Seccomp|NoNew)" /proc/$1/status; readlink /proc/$1/root'
	exec_c "$name" sh -c "$inside" sh 1
	of_init=$output
	[ "$status" -eq 0 ]
	exec_c "$name" sh -c "$inside" sh self
	[ "$output" = "$of_init" ]
	[[ "$output" == *"NoNewPrivs:	1"*"Seccomp:	2"* ]]
}

@test "environment and working directory are the container's, and options change them" {
	start -e A=image -e B=b -w /tmp
	export FROM_CALLER=called
	unset NOT_THERE
	printf '%s\n' '# a comment' F=file A=file >"$work/env"
	exec_c "$name" sh -c 'echo $A $B; pwd'
	[ "$output" = $'image b\n/tmp' ]
	exec_c --env-file "$work/env" -e B= -e FROM_CALLER -e NOT_THERE -w /etc "$name" sh -c 'echo "$A $B $F $FROM_CALLER"
		env | grep NOT_THERE; pwd'
	[ "$output" = $'file  file called\n/etc' ]
	exec_c -w nowhere "$name" true
	[ "$status" -eq 125 ]
	[[ "$stderr" == *"working directory 'nowhere' is not absolute"* ]]
	exec_c --env-file "$work/none" "$name" true
	[ "$status" -eq 125 ]
}

@test "user and groups are looked up in the container" {
	need_ids
	start --user 1000:33 --group-add 7
	exec_c "$name" id
	[ "$output" = "uid=1000(user) gid=33(www-data) groups=7,33(www-data)" ]
	exec_c -u root "$name" sh -c 'id -u; echo $HOME'
	[ "$output" = $'0\n/root' ]
	masu exec -u 0 "$name" sh -c 'echo new:x:77:78::/srv:/bin/sh >>/etc/passwd; echo more:x:79:new >>/etc/group'
	exec_c -u new "$name" sh -c 'id; echo $HOME; grep CapEff /proc/self/status'
	[ "$output" = $'uid=77(new) gid=78 groups=7,78,79(more)\n/srv\nCapEff:\t0000000000000000' ]
	exec_c -u nobodyknows "$name" true
	[ "$status" -ne 0 ]
	[[ "$stderr" == *nobodyknows* ]]
}

@test "exit statuses: the command's, a signal's, and masu's own" {
	start
	exec_c "$name" sh -c 'exit 7'
	[ "$status" -eq 7 ]
	exec_c "$name" sh -c 'kill -9 $$'
	[ "$status" -eq 137 ]
	exec_c "$name" nosuchcommand
	[ "$status" -eq 127 ]
	[[ "$stderr" == *nosuchcommand* ]]
	exec_c "$name" /etc/passwd
	[ "$status" -eq 126 ]
	exec_c nosuch true
	[ "$status" -eq 125 ]
	[[ "$stderr" == *"no container with name or id 'nosuch'"* ]]
	exec_c "$name"
	[ "$status" -eq 125 ]
	exec_c --detach-keys ctrl-1 "$name" true
	[ "$status" -eq 125 ]
	masu stop -t 0 "$name"
	exec_c "$name" true
	[ "$status" -eq 125 ]
	[[ "$stderr" == *"cannot exec in container '$name': not running"*"masu start $name"* ]]
	masu create --name made-$name --network none "$image" true
	exec_c made-$name true
	[ "$status" -eq 125 ]
	[[ "$stderr" == *"not running"* ]]
}

@test "streams are pipes, files, closed, or the null device without -i" {
	start
	[ "$(echo piped | masu exec -i "$name" cat)" = piped ]
	[ -z "$(echo piped | masu exec "$name" cat)" ]
	echo from file >"$work/in"
	masu exec -i "$name" sh -c 'cat; echo error >&2' <"$work/in" >"$work/out" 2>"$work/err"
	[ "$(cat "$work/out" "$work/err")" = $'from file\nerror' ]
	masu exec -i "$name" sh -c 'test ! -e /proc/self/fd/3; echo done' <&- >"$work/out" 2>&-
	[ "$(cat "$work/out")" = done ]
	[ "$(head -c 3000000 /dev/zero | masu exec -i "$name" wc -c)" = 3000000 ]
	[ "$(masu exec "$name" head -c 3000000 /dev/zero | wc -c)" = 3000000 ]
	# The container cannot open a file of the user's again: it has a pipe.
	masu exec "$name" sh -c ': >/proc/self/fd/1' >>"$work/out" || true
	[ "$(cat "$work/out")" = done ]
	echo kept 3>&1 >"$work/three"
	[ "$(masu exec --preserve-fds 1 "$name" sh -c 'cat <&3' 3<"$work/three")" = kept ]
	exec_c "$name" sh -c 'cat <&3' 3<"$work/three"
	[ "$status" -ne 0 ]
}

@test "a signal to masu reaches the process; SIGKILL leaves it" {
	start
	mkfifo "$work/ready"
	"$BUILD/masu" exec "$name" sh -c 'trap "echo ended; exit 3" TERM; echo ready; while :; do sleep 0.1; done' >"$work/ready" &
	exec 5<"$work/ready"
	read -r line <&5
	kill -TERM $!
	status=0
	wait $! || status=$?
	[ "$status" -eq 3 ]
	"$BUILD/masu" exec "$name" sleep 4321 &
	wait_until has_process "sleep 4321"
	kill -KILL $!
	wait $! || true
	has_process "sleep 4321"
}

@test "the end of the container ends the exec" {
	start
	"$BUILD/masu" exec "$name" sleep 4321 &
	wait_until has_process "sleep 4321"
	masu stop -t 0 "$name"
	status=0
	wait $! || status=$?
	[ "$status" -eq 137 ]
}

@test "--detach returns when the command was executed, which goes on" {
	start
	exec_c -d "$name" sleep 4321
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	has_process "sleep 4321"
	exec_c -d -t "$name" sh -c 'tty >/tty; exec sleep 8765'
	[ "$status" -eq 0 ]
	wait_until has_process "sleep 8765" # its terminal was not hung up
	[[ "$(masu exec "$name" cat /tty)" == /dev/pts/* ]]
	exec_c -d "$name" nosuchcommand
	[ "$status" -eq 127 ]
}

@test "the limits of the container hold for both together" {
	[ -w /sys/fs/cgroup/pids ] || [ -e /sys/fs/cgroup/cgroup.subtree_control ] || skip "no cgroups here"
	start --pids-limit 20
	exec_c "$name" sh -c 'i=0; while [ $i -lt 30 ]; do sleep 1000 >/dev/null 2>&1 & i=$((i+1)); done; echo all'
	[ "$output" != all ]
}

@test "a terminal: window, resize, end of input" {
	start
	timeout 300 "$BATS_TEST_DIRNAME/terminal.py" "$BUILD/masu" "$name" exec
}

@test "the keys that detach leave the process and its terminal" {
	start
	timeout 300 "$BATS_TEST_DIRNAME/terminal.py" "$BUILD/masu" "$name" detach-exec
	wait_until 'has_process "sleep 4321"'
	timeout 300 "$BATS_TEST_DIRNAME/terminal.py" "$BUILD/masu" "$name" own-keys
}

@test "no program of the host's is in view of the container" {
	start
	masu exec "$name" sh -c 'ls -l /proc/self/exe; ls /proc/*/exe >/dev/null; ls -l /proc/self/fd' >"$work/out"
	run ! grep -q "$BUILD" "$work/out"
	run ! grep -E -q '[ /]([4-9]|[1-9][0-9]) ->' "$work/out"
	before=$(sha256sum "$BUILD/masu")
	masu exec "$name" sh -c 'for p in /proc/[0-9]*; do echo x >$p/exe; done' 2>/dev/null || true
	[ "$(sha256sum "$BUILD/masu")" = "$before" ]
}
