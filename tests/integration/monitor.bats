#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# masu-monitor with a shell in the place of a container: no namespaces, no privileges.

load ../lib/masu

setup() {
	DIR=$(mktemp -d)
	mkdir "$DIR/container" "$DIR/run"
	LOG=$DIR/container/log
	EXIT=$DIR/container/exit.json
	MONITOR=
}

teardown() {
	[ -z "$MONITOR" ] || kill -9 "$MONITOR" 2>/dev/null || true
	rm -rf "$DIR"
}

# start MODE [OPTION...] -- COMMAND...: leaves the monitor's pid in MONITOR
start() {
	# shellcheck disable=SC2086 # words of a command
	setsid ${START_BY:+$START_BY} "$BUILD/monitor-launcher" "$BUILD/masu-monitor" "$DIR" "$@" 3>&- &
	MONITOR=$!
}

client() {
	"$BUILD/monitor-client" "$DIR/run/attach" "$@" 3>&-
}

ended() {
	wait "$MONITOR"
	MONITOR=
}

# the bytes of a stream, from all files of the log, oldest first
bytes_of() {
	cat $(ls -v -r "$DIR"/container/log*) |
		awk -v s="$1" '$2 == s { t = $3; sub(/^[^ ]* [^ ]* [FP] /, ""); printf "%s%s", $0, t == "F" ? "\n" : "" }'
}

# The monitor's sockets: one listens, and each attached client has one.
sockets() { ls -l "/proc/$MONITOR/fd" | grep -c socket:; }

# Memory that each monitor has for itself, in kB: the file's pages are those of all.
dirty() { awk '/^Private_Dirty:/ { print $2 }' "/proc/$MONITOR/smaps_rollup"; }

@test "monitor: output, exit code and time are recorded" {
	start pipes -- sh -c 'echo out; echo err >&2; printf part; exit 7'
	ended
	grep -qE '^[0-9]{4}-[0-9-]+T[0-9:]{8}\.[0-9]{9}Z stdout F out$' "$LOG"
	grep -q ' stderr F err$' "$LOG"
	grep -q ' stdout P part$' "$LOG"
	[ "$(stat -c %a "$LOG") $(stat -c %a "$EXIT")" = "600 600" ]
	grep -qE '^\{"exitCode":7,"oomKilled":false,"finishedAt":"[0-9T:.-]+Z"\}$' "$EXIT"
	[ ! -e "$DIR/run/attach" ]
}

@test "monitor: a signal, an out-of-memory kill" {
	mkdir "$DIR/cgroup"
	printf 'low 0\noom 1\noom_kill 2\noom_group_kill 0\n' >"$DIR/cgroup/memory.events"
	CGROUP=$DIR/cgroup start pipes -- sh -c 'kill -9 $$'
	ended
	grep -q '"exitCode":137,"signal":9,"oomKilled":true,' "$EXIT"
}

@test "monitor: ten megabytes arrive whole, rotated" {
	seq 1 1400000 >"$DIR/expected"
	start pipes --log-max-size 20000000 --log-max-files 20 -- cat "$DIR/expected"
	ended
	bytes_of stdout | cmp - "$DIR/expected"
	[ "$(ls "$DIR"/container/log* | wc -l)" -gt 3 ]
	[ "$(stat -c %s "$DIR"/container/log* | sort -n | tail -1)" -le 20000000 ]
}

@test "monitor: rotation keeps no more files than asked for" {
	start pipes --log-max-size 10000 --log-max-files 3 -- seq 1 100000
	ended
	[ "$(cd "$DIR/container" && echo log*)" = "log log.1 log.2" ]
	[ "$(bytes_of stdout | tail -1)" = 100000 ]
}

@test "monitor: --log none logs nothing and holds nothing up" {
	start pipes --log none -- seq 1 100000
	ended
	[ ! -e "$LOG" ]
	grep -q '"exitCode":0' "$EXIT"
}

@test "monitor: a log that can't be written neither stops the container nor goes unsaid" {
	mkdir "$LOG"
	start pipes -- sh -c 'seq 1 100000; exit 5'
	ended
	grep -q '"exitCode":5,.*"logBytesLost":588895' "$EXIT"
}

@test "monitor: exit.json goes to the run directory when the container's can't be written" {
	mkdir -p "$EXIT/in-the-way"
	start pipes -- sh -c 'exit 5'
	ended
	grep -q '"exitCode":5' "$DIR/run/exit.json"
}

@test "monitor: attached clients see output and give input; the exit code comes last" {
	start stdin -- sh -c 'read a; echo "got $a"; echo e >&2; cat; exit 9'
	wait_until '[ -S "$DIR/run/attach" ]'
	[ "$(stat -c %a "$DIR/run/attach")" = 600 ]
	run client <<<$'one\ntwo'
	[ "$status" = 9 ]
	[[ "$output" == *"got one"* && "$output" == *"two"* && "$output" == *e* ]]
	ended
}

@test "monitor: a large input passes unharmed" {
	seq 1 300000 >"$DIR/input"
	start stdin -- sh -c 'sleep 0.3; cat >"$0"' "$DIR/copy"
	wait_until '[ -S "$DIR/run/attach" ]'
	client <"$DIR/input"
	cmp "$DIR/input" "$DIR/copy"
}

@test "monitor: a client that reads gets all, one that doesn't is told what it missed" {
	start stdin -- sh -c 'read go; seq 1 400000'
	wait_until '[ -S "$DIR/run/attach" ]'
	mkfifo "$DIR/hold"
	sleep 1000 >"$DIR/hold" 3>&- &
	holder=$!
	before=$(sockets)
	client stall 3000 <"$DIR/hold" >"$DIR/slow" 2>"$DIR/slow.err" &
	slow=$!
	wait_until '[ "$(sockets)" -gt "$before" ]'
	client <<<go >"$DIR/fast"
	ended
	wait "$slow" || true
	kill "$holder"
	seq 1 400000 | cmp - "$DIR/fast"
	bytes_of stdout | cmp - "$DIR/fast"
	[ "$(stat -c %s "$DIR/slow")" -lt "$(stat -c %s "$DIR/fast")" ]
}

@test "monitor: strange messages and ten thousand attachments leave no trace" {
	start pipes -- sleep 1000
	wait_until '[ -S "$DIR/run/attach" ]'
	fds='$(ls /proc/$MONITOR/fd | wc -l)'
	before=$(eval "echo $fds")
	run client junk </dev/null
	[ "$status" = 99 ]
	client times 10000
	wait_until "[ $fds = $before ]"
	kb=$(dirty)
	echo "$kb kB"
	[ "$kb" -le 110 ] || readelf -lW "$BUILD/masu-monitor" | grep -q INTERP
}

@test "monitor: a console takes a window size and is logged as stdout" {
	start console -- sh -c 'stty -echo; echo ready; read a; stty size; echo "$a"'
	wait_until 'grep -q ready "$LOG" 2>/dev/null'
	run client winsize 33 101 <<<hello
	[ "$status" = 0 ]
	[[ "$output" == *"33 101"* && "$output" == *hello* ]]
	ended
	bytes_of stdout | grep -q '33 101'
}

@test "monitor: SIGTERM passes the stop signal on; SIGHUP and SIGINT do nothing" {
	start pipes --stop-signal 10 -- sh -c 'trap "echo quit; exit 4" USR1; echo ready; while :; do sleep 0.05; done'
	wait_until 'grep -q ready "$LOG" 2>/dev/null'
	kill -HUP "$MONITOR"
	kill -INT "$MONITOR"
	kill -TERM "$MONITOR"
	ended
	grep -q '"exitCode":4' "$EXIT"
	grep -q 'F quit$' "$LOG"
}

@test "monitor: pipes that others hold open do not keep it from its end" {
	start pipes -- sh -c 'sleep 1000 & echo $! >"$0"; exit 6' "$DIR/pid"
	wait_until '[ -e "$EXIT" ]'
	kill "$(cat "$DIR/pid")" # it still ran
	ended
	grep -q '"exitCode":6' "$EXIT"
}

@test "monitor: the exit command runs last, with nothing of the monitor's but the lock" {
	cat >"$DIR/after" <<-'END'
		#!/bin/sh
		ls "$OUT/container" >"$OUT/seen"
		# without a pipe, which the shell itself would hold for a moment
		ls -l /proc/$$/fd >"$OUT/open"
		# by the shell alone: it blocks signals while it starts a command
		while read -r name set; do
			case $name in SigBlk:|SigIgn:) echo "$set" ;; esac
		done </proc/$$/status >"$OUT/signals"
	END
	chmod +x "$DIR/after"
	# TERM as well, which the monitor takes though its caller ignores it
	START_BY="env --ignore-signal=TERM --ignore-signal=USR1" OUT=$DIR EXIT_COMMAND=$DIR/after start pipes -- true
	ended || true
	grep -qx exit.json "$DIR/seen"
	cat "$DIR/open"
	grep -q "$DIR/container\$" "$DIR/open"
	run ! grep -e pipe: -e socket: -e "$DIR/[^oac]" "$DIR/open" # but the script, and its output
	[ "$(sort -u "$DIR/signals")" = 0000000000000000 ]
}

@test "monitor: a helper that ends early is noted" {
	HELPER=1 start pipes -- sh -c 'until [ -e "$0" ]; do sleep 0.05; done' "$DIR/run/helpers-ended"
	ended
	grep -qE '^[0-9]+ 3 [0-9T:.-]+Z$' "$DIR/run/helpers-ended"
}

@test "monitor: kill -9 takes init with it and leaves no exit.json" {
	start pipes -- sh -c 'echo $$; exec sleep 1000'
	wait_until 'grep -q stdout "$LOG" 2>/dev/null'
	init=$(bytes_of stdout)
	kill -9 "$MONITOR"
	wait_until '! kill -0 '"$init"' 2>/dev/null'
	[ ! -e "$EXIT" ]
	MONITOR=
}

@test "monitor: wrong command lines are refused" {
	run "$BUILD/masu-monitor"
	[ "$status" = 125 ]
	[ "$output" = "masu-monitor: wrong or missing option: --init-pid" ]
	run "$BUILD/masu-monitor" --init-pid 1x --container-dir 3 --run-dir 4
	[ "$status" = 125 ]
	run "$BUILD/masu-monitor" --init-pid 1 --container-dir 99999999999 --run-dir 4
	[ "$status" = 125 ]
	run "$BUILD/masu-monitor" --nonsense 1
	[ "$output" = "masu-monitor: wrong or missing option: --nonsense" ]
}

@test "monitor: its own memory stays below a third of conmon's 332 kB" {
	readelf -lW "$BUILD/masu-monitor" | grep -q INTERP && skip "linked dynamically, or with sanitizers"
	start pipes -- sh -c 'seq 1 1000; exec sleep 1000'
	wait_until 'grep -q " 1000$" "$LOG" 2>/dev/null'
	kb=$(dirty)
	echo "$kb kB"
	[ "$kb" -le 110 ]
}

@test "init: exit codes, signals, orphans" {
	init=$BUILD/masu-init
	run "$init" -- sh -c 'exit 42'
	[ "$status" = 42 ]
	run "$init" -- sh -c 'kill -9 $$'
	[ "$status" = 137 ]
	run -127 "$init" -- no-such-command
	[ "$status" = 127 ]
	[ "$output" = 'masu-init: "no-such-command": command not found in the container' ]
	run "$init" -- /etc/passwd
	[ "$status" = 126 ]
	run "$init" true
	[ "$status" = 125 ]
	"$init" -- sh -c 'trap "exit 5" USR1; : >"$0"; while :; do sleep 0.05; done' "$DIR/ready" 3>&- &
	wait_until '[ -e "$DIR/ready" ]'
	kill -USR1 $!
	status=0
	wait $! || status=$?
	[ "$status" = 5 ]
}

@test "init: as pid 1 it reaps orphans" {
	unshare -Urpf --mount-proc true 2>/dev/null || skip "no user namespaces"
	# The shell sees itself, init, and the orphan until it is reaped.
	run timeout 300 unshare -Urpf --kill-child --mount-proc "$BUILD/masu-init" -- \
		sh -c '(sleep 0.1 & ); while set -- /proc/[0-9]*; [ $# -gt 2 ]; do :; done; exit 3'
	[ "$status" = 3 ]
}
