#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Many containers: `masu ps` reads them from RUN/running and RUN/exited, and every change shows at once.

load ../lib/masu

setup_file() { make_images busybox; probe_containers; }

setup() {
	need_containers
	make_work
}

make_exited() {
	# 70 exited containers, of one that has run.
	masu run --name c0 --network none --label kind=exited hello >/dev/null
	"$BATS_TEST_DIRNAME/../lib/make-many" exited "$MASU_DATA_DIR/containers" 70
	cache=$MASU_RUN_DIR/exited
	has_cache() { masu ps -a >/dev/null && [ -s "$cache" ]; }
	wait_until has_cache # it takes no container that has changed a moment ago
}

make_running() {
	local i
	for i in {1..20}; do
		masu run -d --name "r$i" --network none --label kind=running "oci:$IMAGES:busybox:latest" sleep 100000 >/dev/null
	done
	cache=$MASU_RUN_DIR/running
	has_cache() { masu ps >/dev/null && [ -s "$cache" ]; }
	wait_until has_cache
}

list() { masu ps -a --no-trunc --sort names --format '{{.ID}} {{.Names}} {{.Image}} {{.Command}} {{.Labels}} {{.State}}'; }
count() { masu ps -aq "$@" | wc -l; }
shows() { masu ps -a --format '{{.Names}} {{.Status}}' | grep -q "^$1 $2"; } # NAME STATUS

@test "the list of many exited containers comes from the cache, and is the same without it" {
	make_exited
	run -0 list
	[ "${#lines[@]}" = 70 ]
	local cached=$output
	rm "$cache"
	run -0 list
	[ "$output" = "$cached" ]
	wait_until has_cache
	# It is used: a change of its bytes alone shows.
	sed -i 's|localhost/hello:latest|localhost/jello:latest|g' "$cache"
	run -0 list
	[[ "$output" == *localhost/jello:latest* ]]
	[ "$(count --filter label=kind=exited)" = 70 ]
	[ "$(count --filter exited=0)" = 70 ]
	[ "$(count --filter exited=1)" = 0 ]
	[ "$(count --filter name='^c6[0-9]$')" = 10 ]
}

@test "a change of a container shows at once" {
	make_exited
	masu rename c1 renamed
	shows renamed Exited
	run ! shows c1 ''
	masu rm c2 >/dev/null
	run ! shows c2 ''
	masu update --restart always c3 >/dev/null
	[ "$(masu inspect -f '{{.HostConfig.RestartPolicy.Name}}' c3)" = always ]
	[ "$(count)" = 69 ]
	# Another end of the same container.
	local id before after
	id=$(masu inspect -f '{{.Id}}' c4)
	before=$(masu ps -a --filter "id=$id" --format json)
	masu start c4 >/dev/null
	masu wait c4 >/dev/null
	after=$(masu ps -a --filter "id=$id" --format json)
	[ "$before" != "$after" ]
	[ "$(count --filter status=exited)" = 69 ]
	# A rename that was killed after it moved the link (engine/container/names.h).
	mv "$MASU_DATA_DIR/containers/names/c5" "$MASU_DATA_DIR/containers/names/moved"
	shows moved Exited
	run ! shows c5 ''
	# A record that was restored from elsewhere, with the times of the old one.
	local home=$MASU_DATA_DIR/containers/$(masu inspect -f '{{.Id}}' c6)
	jq '.image = "else:1" | .imageName = "localhost/else:1"' "$home/record.json" >"$home/new"
	touch -r "$home/record.json" "$home/new"
	mv "$home/new" "$home/record.json"
	[ "$(masu ps -a --filter name='^c6$' --format '{{.Image}}')" = localhost/else:1 ]
}

@test "a cache that is damaged, cut off, of another version, or cannot be written changes nothing" {
	make_exited
	local expected bad
	expected=$(list)
	for bad in 'head -c 100' 'head -c 5000' 'tr e f' 'tr \0 \1' 'head -c 0' 'sed s/^masu.list/masu.lisx/' 'tail -c 3000'; do
		cp "$cache" "$work/good"
		$bad <"$work/good" >"$cache"
		[ "$(list)" = "$expected" ] || { echo "after $bad" && return 1; }
	done
	cache_file_changes_nothing
}

running() { masu ps --no-trunc --sort names --format '{{.ID}} {{.Names}} {{.Image}} {{.Command}} {{.Labels}} {{.State}} {{.Pid}}' "$@"; }
status_of() { masu ps -a --filter "name=^$1\$" --format '{{.State}}'; }

@test "running containers come from the cache, and are the same without it" {
	make_running
	run -0 running
	[ "${#lines[@]}" = 20 ]
	local cached=$output bad
	rm "$cache"
	[ "$(running)" = "$cached" ]
	wait_until has_cache
	cp "$cache" "$work/good"
	sed -i 's|busybox:latest|bosybux:latest|g' "$cache"
	[[ "$(running)" == *bosybux:latest* ]]
	for bad in 'head -c 5000' 'tr e f' 'tr \0 \1' 'tail -c 3000' "sed s/$(cat /proc/sys/kernel/random/boot_id)/00000000-0000-0000-0000-000000000000/"; do
		$bad <"$work/good" >"$cache"
		[ "$(running)" = "$cached" ] || { echo "after $bad" && return 1; }
	done
	cp "$work/good" "$cache"
	[ "$(running -a)" = "$cached" ]
	[ "$(running -q --filter label=kind=running | wc -l)" = 20 ]
	[ "$(running -q --filter label=kind=exited)" = "" ]
	[ "$(running -q --filter status=exited)" = "" ]
	[ "$(running -q --filter name=r1 | wc -l)" = 11 ]
	# A handle from the cache does all that another does.
	masu stop --all --time 0 --filter name=r1 >/dev/null
	[ "$(running -q | wc -l)" = 9 ]
}

@test "the end, the restart, the rename and the removal of a running container show at once" {
	make_running
	local pid supervisor
	masu stop -t 0 r1 >/dev/null
	[ "$(status_of r1)" = exited ]
	masu kill r2 >/dev/null
	masu wait r2 >/dev/null
	[ "$(status_of r2)" = exited ]
	pid=$(masu inspect -f '{{.State.Pid}}' r3)
	masu restart -t 0 r3 >/dev/null
	[ "$(status_of r3)" = running ]
	[ "$(masu ps --filter 'name=^r3$' --format '{{.Pid}}')" != "$pid" ]
	masu rename r4 renamed
	[ "$(status_of renamed)" = running ]
	[ -z "$(status_of r4)" ]
	masu rm -f r5 >/dev/null
	[ -z "$(status_of r5)" ]
	# A supervisor that is killed writes nothing: the kernel alone knows that the container has ended.
	pid=$(masu inspect -f '{{.State.Pid}}' r6)
	supervisor=$(awk '/^PPid:/ {print $2}' "/proc/$pid/status")
	kill -9 "$supervisor"
	wait_until "! grep -q '^State:[[:space:]][^ZX]' /proc/$pid/status"
	[ -z "$(masu ps -q --filter 'name=^r6$')" ]
	[ "$(masu ps -a --filter 'name=^r6$' --format '{{.State}} {{.ExitCode}}')" = "exited 137" ]
	[ "$(running | wc -l)" = 16 ]
}

@test "a paused container shows as paused, whatever has paused it" {
	need_root "an ordinary user without systemd has no cgroup"
	make_running
	local pid group
	masu pause r1 >/dev/null
	[ "$(status_of r1)" = paused ]
	masu unpause r1 >/dev/null
	[ "$(status_of r1)" = running ]
	oci --root "$MASU_RUN_DIR/containers" pause "$(masu inspect -f '{{.Id}}' r2)"
	[ "$(status_of r2)" = paused ]
	[ "$(masu ps -q --filter status=paused | wc -l)" = 1 ]
	oci --root "$MASU_RUN_DIR/containers" resume "$(masu inspect -f '{{.Id}}' r2)"
	[ "$(status_of r2)" = running ]
	pid=$(masu inspect -f '{{.State.Pid}}' r3)
	group=$(sed -n 's/^0:://p' "/proc/$pid/cgroup")
	group=$(ls -d /sys/fs/cgroup{,/unified}"$group" 2>/dev/null | head -1)
	if [ -w "$group/cgroup.freeze" ]; then
		echo 1 >"$group/cgroup.freeze"
		wait_until "grep -qx 'frozen 1' $group/cgroup.events"
		[ "$(status_of r3)" = paused ]
		echo 0 >"$group/cgroup.freeze"
		wait_until "grep -qx 'frozen 0' $group/cgroup.events"
		[ "$(status_of r3)" = running ]
	fi
	group=/sys/fs/cgroup/freezer$(sed -n 's/^[0-9]*:freezer://p' "/proc/$pid/cgroup")
	if [ -w "$group/freezer.state" ]; then
		echo FROZEN >"$group/freezer.state"
		wait_until "grep -qx FROZEN $group/freezer.state"
		[ "$(status_of r3)" = paused ]
		echo THAWED >"$group/freezer.state"
		wait_until "grep -qx THAWED $group/freezer.state"
		[ "$(status_of r3)" = running ]
	fi
}
