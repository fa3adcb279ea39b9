#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# --sdnotify in the foreground, with a service manager of the test's own. Those of a systemd unit are in tests/host/unit.bats.

load ../lib/masu
load ../lib/busybox

# OPTION... COMMAND...: as the main process of a service
managed() {
	python3 "$BATS_TEST_DIRNAME/fake-manager.py" "$work/log" "$BUILD/masu" run -q --name "$name" --rm --network none "$@"
}

@test "sdnotify in the foreground: the container's messages come from the main process, to the last one" {
	cat >"$work/say" <<-'P'
		import array, os, signal, socket, sys
		s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		s.connect(os.environ["NOTIFY_SOCKET"])
		def end(number, frame):
		    for n in range(20):
		        s.send(b"STATUS=%d" % n)
		    os._exit(7)
		signal.signal(signal.SIGALRM, end)
		s.send(b"MAINPID=1\nSTATUS=watched for " + os.environ["WATCHDOG_USEC"].encode())
		s.send(b"NOTIFYACCESS=all")
		s.sendmsg([b"FDSTORE=1\nFDNAME=a"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [0]))])
		s.send(b"EXTEND_TIMEOUT_USEC=5000000")
		s.send(b"READY=1")
		s.send(b"STATUS=signal")
		while True:
		    signal.pause()
	P
	run --separate-stderr managed --sdnotify container -v /usr:/usr:ro -v /usr/lib:/lib:ro -v /usr/lib64:/lib64:ro -v "$work:/work:ro" \
		"$image" /usr/bin/python3 -B /work/say
	echo "$status $stderr"
	[ "$status" = 7 ]
	diff "$work/log" <(
		echo "main STATUS=watched for 7000000 "
		echo "main FDSTORE=1|FDNAME=a 1"
		for line in EXTEND_TIMEOUT_USEC=5000000 READY=1 STATUS=signal; do echo "main $line "; done
		for n in {0..19}; do echo "main STATUS=$n "; done
	)
}

@test "sdnotify in the foreground: ready when it is healthy, by the main process, once" {
	managed --sdnotify healthy --health-cmd 'test -e /tmp/trapped -a -e /work/well' --health-interval 100ms --health-retries 1000 -v "$work:/work:ro" \
		"$image" sh -c 'trap "exit 4" TERM; touch /tmp/trapped; while :; do sleep 0.1; done' &
	local pid=$!
	checks() { [ "$(masu inspect --format '{{len .State.Health.Log}}' "$name")" -ge 2 ]; }
	wait_until checks
	[ ! -s "$work/log" ]
	touch "$work/well"
	wait_until grep -q . "$work/log"
	last() { masu inspect "$name" | jq -r '.[0].State.Health.Log[-1].End'; }
	before=$(last)
	wait_until eval '[ "$(last)" != "$before" ]'
	before=$(last)
	wait_until eval '[ "$(last)" != "$before" ]'
	masu kill -s TERM "$name"
	status=0
	wait $pid || status=$?
	[ "$status" = 4 ]
	[ "$(cat "$work/log")" = "main READY=1 " ]
}

@test "sdnotify in the foreground: masu is ready when the container runs; without a manager nobody is told" {
	run --separate-stderr managed --sdnotify conmon "$image" sh -c 'echo "[$NOTIFY_SOCKET]"; exit 3'
	[ "$status" = 3 ]
	[ "$output" = "[]" ]
	[ "$(cat "$work/log")" = "main READY=1 " ]
	run managed "$image" sh -c 'exit 3'
	[ "$status" = 3 ]
	[ "$(wc -l <"$work/log")" = 1 ]
	for how in conmon container healthy ignore; do
		run --separate-stderr env -u NOTIFY_SOCKET "$BUILD/masu" run -q --rm --network none --sdnotify $how "$image" sh -c 'echo "[$NOTIFY_SOCKET]"'
		[ "$output" = "[]" ]
	done
}

@test "sdnotify in the background needs the cgroup of a unit" {
	for how in conmon container healthy; do
		run ! masu run -d --name "$name" --network none --sdnotify $how "$image" true
		echo "$output"
		[ "$status" = 125 ]
		[[ $output == *"add --cgroups split, and Delegate=yes to the unit, or run it without --detach"* ]]
		[ -z "$(masu ps -aq)" ]
	done
	masu run -d --rm --network none --sdnotify ignore "$image" true
	masu create --name "$name" --network none --sdnotify container "$image" true
	run ! masu start "$name"
	[[ $output == *"--sdnotify container: in the background"* ]]
	masu start -a "$name"
}
