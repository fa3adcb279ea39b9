#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# masu commit: the image that a container becomes, what hostile containers and failures leave. As root and as an ordinary user.

load ../lib/masu
load ../lib/busybox

setup() {
	setup_busybox
	cd "$work"
}

# A container that has run a script.
ran() { # SCRIPT [OPTION...]
	masu run --name "$name" --network none "${@:2}" "$image" sh -c "$1"
}

config() { masu inspect --format "{{json .Config.$2}}" "$1"; } # IMAGE FIELD
no_temporary_file() { [ -z "$(find "$work/data/images/ingest" -name 'commit-*')" ]; }

@test "the image has the changes of the container, its settings, and those of --change" {
	ran 'echo new >/new; rm /etc/group; rm -r /usr/bin && mkdir /usr/bin && touch /usr/bin/own; ln /new /hard
		head -c 100000000 /dev/null >/empty; truncate -s 1G /sparse; echo x >/data/volume' \
		-e OWN=1 -l color=blue -u 0:0 -w /tmp -v data:/data
	run --separate-stderr masu commit -q -a "A. Uthor" -m "a message" --iidfile id "$name" localhost/made:1
	[ "$status" = 0 ]
	[ -z "$stderr" ]
	id=$output
	[[ $id =~ ^[0-9a-f]{64}$ ]]
	[ "$(<id)" = "sha256:$id" ]
	[ "$(masu images -q --no-trunc | head -1)" = "$id" ] || [ "$(masu images -q --no-trunc | tail -1)" = "$id" ]
	go localhost/made:1 sh -c 'cat /new; ls /usr/bin; [ ! -e /data ] && stat -c %h /new; stat -c %s /sparse; [ ! -e /etc/group ] && pwd && echo $OWN'
	[ "$output" = $'new\nown\n2\n1073741824\n/tmp\n1' ] || { echo "$output"; false; }
	[ "$(config "$id" Labels)" = '{"color":"blue"}' ]
	masu inspect "$id" | jq -e '.[0] | .Author == "A. Uthor" and .History[-1].comment == "a message" and (.RootFS.Layers | length) == 2
		and (.Config.Env | any(startswith("HOSTNAME=") or startswith("container=")) | not)'
	[ "$(masu events --stream=false -f event=commit --format '{{.Name}}')" = "$name" ]

	# Once more, from a container of the new image.
	masu rm "$name"
	masu create --name "$name" --network none localhost/made:1 true >/dev/null
	run --separate-stderr masu commit -q -c 'ENTRYPOINT ["/bin/echo", "a b"]' -c 'env X=1 Y="2 3"' -c 'EXPOSE 80 53/udp' -c 'LABEL color=red' \
		-c 'VOLUME /v' -c 'USER 7' -c 'WORKDIR /etc' -c 'STOPSIGNAL SIGINT' "$name"
	[ "$status" = 0 ]
	masu images | grep -q '^<none> '
	masu inspect "$output" | jq -e '.[0].Config | .Entrypoint == ["/bin/echo", "a b"] and .Cmd == [] and .User == "7" and .WorkingDir == "/etc"
		and .StopSignal == "SIGINT" and (.Env | index("X=1") and index("Y=2 3") and index("OWN=1")) and .Labels.color == "red"
		and (.ExposedPorts | keys) == ["53/udp", "80/tcp"] and (.Volumes | keys) == ["/v"]'
	go "$output"
	[ "$output" = "a b" ]

	made=$(masu commit -q -c 'HEALTHCHECK --interval=7s --retries=2 CMD test -e /ok' "$name")
	masu inspect "$made" | jq -e '.[0].Config.Healthcheck | .Test == ["CMD-SHELL", "test -e /ok"] and .Interval == 7000000000
		and .Retries == 2'
	masu create --name "$name-h" --network none "$made" true
	[ "$(masu inspect -f '{{json .Config.Healthcheck.Test}} {{.Config.Healthcheck.Timeout}}' "$name-h")" = '["CMD-SHELL","test -e /ok"] 30000000000' ]
	made=$(masu commit -q -c 'HEALTHCHECK NONE' "$name-h")
	[ "$(masu inspect "$made" | jq -c '.[0].Config.Healthcheck.Test')" = '["NONE"]' ]
	run masu commit -q -c 'HEALTHCHECK true' "$name-h"
	[ "$status" -eq 125 ]
	[[ "$output" == *"'--change HEALTHCHECK': invalid arguments: \"true\""*"HEALTHCHECK [OPTION...] CMD COMMAND"* ]]
}

status_of() { masu inspect --format '{{.State.Status}}' "$1"; }
lists() { masu ps -a --filter "name=^$1\$" --format '{{.State}}'; }
frozen_file() { find "$work/data/containers" -maxdepth 2 -name frozen | grep -q .; }

@test "a commit that is killed while the container is paused: the next look resumes it" {
	is_root || [ -e /sys/fs/cgroup/cgroup.controllers ] || skip "pauses of ordinary users need cgroup v2 alone"
	masu run -d --name "$name" --network none "$image" sh -c 'echo 1 >/f; exec sleep 1000' >/dev/null
	wait_until masu exec "$name" test -e /f
	local look n id total found=0
	id=$(masu inspect -f '{{.Id}}' "$name")
	total=$("$BUILD/kill-at" first 1000000 "$BUILD/masu" commit -q "$name" | tail -n 1)
	for n in $(seq 1 "${STEP:-61}" "$total"); do
		"$BUILD/kill-at" first "$n" "$BUILD/masu" commit -q "$name" >/dev/null 2>&1 || true
		[ "$("$BUILD/masu-oci" --root "$MASU_RUN_DIR/containers" state "$id" | jq -r .status)" = running ] || found=$((found + 1))
		[ $((n % 2)) = 0 ] && look=lists || look=status_of
		[ "$($look "$name")" = running ] || { echo "$look: killed at $n of $total"; return 1; }
	done
	[ $found -gt 0 ]
	masu exec "$name" true
	# A pause of the user's stays, also beside the file of a commit that was killed before it.
	touch "$work/data/containers/$(masu inspect -f '{{.Id}}' "$name")/frozen"
	masu pause "$name" >/dev/null
	run ! frozen_file
	[ "$(lists "$name") $(status_of "$name")" = "paused paused" ]
	masu commit -q "$name" >/dev/null
	[ "$(status_of "$name")" = paused ]
	masu unpause "$name" >/dev/null
	# Two at once: each has a container that stands still.
	masu commit -q "$name" localhost/one >/dev/null &
	masu commit -q "$name" localhost/two >/dev/null
	wait $!
	[ "$(status_of "$name")" = running ]
	run ! frozen_file
	[ "$(masu events --stream=false -f event=pause --format x | wc -l)" = "$(masu events --stream=false -f event=unpause --format x | wc -l)" ]
}

@test "a commit that cannot resume the container leaves that to the next look" {
	is_root || [ -e /sys/fs/cgroup/cgroup.controllers ] || skip "pauses of ordinary users need cgroup v2 alone"
	masu run -d --name "$name" --network none "$image" sleep 1000 >/dev/null
	# A masu-image that waits, while the container is paused; then the commit may open no file.
	mkdir "$work/libexec"
	ln -s "$BUILD"/masu-* "$work/libexec"
	rm "$work/libexec/masu-image"
	cat >"$work/libexec/masu-image" <<-END
		#!/bin/sh
		: >"$work/waits"
		until [ -e "$work/go" ]; do sleep 0.1; done
		exec "$BUILD/masu-image" "\$@"
	END
	chmod +x "$work/libexec/masu-image"
	MASU_LIBEXEC_DIR=$work/libexec "$BUILD/masu" commit -q "$name" >/dev/null 2>&1 &
	wait_until [ -e "$work/waits" ]
	frozen_file
	prlimit --pid $! --nofile=3:3
	touch "$work/go"
	wait $! || true # it may fail for that
	frozen_file
	[ "$(lists "$name")" = running ]
	run ! frozen_file
}

@test "a running container is paused meanwhile and runs on; a paused one stays paused" {
	masu run -d --name "$name" --network none "$image" sh -c 'echo 1 >/f; exec sleep 1000' >/dev/null
	wait_until masu exec "$name" test -e /f
	run --separate-stderr masu commit -q "$name" localhost/running
	[ "$status" = 0 ]
	[ "$(masu inspect --format '{{.State.Status}}' "$name")" = running ]
	go localhost/running cat /f
	[ "$output" = 1 ]
	run --separate-stderr masu commit -q --pause=false "$name"
	[ "$status" = 0 ]
	[ -z "$stderr" ]
	if is_root; then
		[ "$(masu events --stream=false -f type=container --format '{{.Status}}' | xargs)" = "create start exec exec_died pause unpause commit create start attach died remove commit" ]
		masu pause "$name" >/dev/null
		masu commit -q "$name" localhost/paused
		[ "$(masu inspect --format '{{.State.Status}}' "$name")" = paused ]
	fi
}

@test "hostile files break neither the image nor its base" {
	ran 'touch /.wh.etc /etc/.wh..wh..opq "/a
b"; ln -s / /out; mknod /pipe p; mkdir -m 0 /closed; touch /closed/f; ln -s ../../../../../../etc/canary /up
		n=0; while [ $n -lt 100 ]; do mkdir d && cd d; n=$((n + 1)); done; touch deep; true'
	run --separate-stderr masu commit -q "$name" localhost/hostile
	[ "$status" = 0 ]
	[[ "$stderr" == *": 2 were left out"* ]]
	go localhost/hostile sh -c '[ -e /etc/passwd ] && [ -e "/a
b" ] && [ -d /closed ] && [ -p /pipe ] && [ ! -e /.wh.etc ] && readlink /out'
	[ "$status" = 0 ]
	[ "$output" = / ]
	masu export "$name" >/dev/null
	go "$image" test -e /etc/passwd
}

@test "wrong arguments, and containers that cannot be committed" {
	ran true
	for change in "ONBUILD RUN x" "FROM scratch" "ENV" "EXPOSE x" "CMD" "LABEL =x" "WORKDIR etc" "VOLUME x" 'ENV A="x'; do
		run masu commit -c "$change" "$name"
		[ "$status" = 125 ] || { echo "$change"; false; }
	done
	run masu commit -f docker "$name"
	[ "$status" = 125 ]
	[[ "$output" == *"supported formats: oci"* ]]
	run masu commit "$name" 'UPPER case'
	[ "$status" = 125 ]
	run masu commit "no such" x
	[ "$status" = 125 ]
	[ "$(masu images -q | wc -l)" = 1 ]
	masu rmi -f "$(masu images -q)" >/dev/null
	run masu commit "$name"
	[ "$status" = 125 ]
	[[ "$output" == *"was removed or replaced"* ]]
	make_root "$work/root" sh
	masu create --name "$name-d" --network none "rootfs:$work/root" true >/dev/null
	run masu commit "$name-d"
	[ "$status" = 125 ] && [[ "$output" == *"has no layers"* ]]
}

@test "two at once; a killed one leaves no image, and the next succeeds" {
	ran 'head -c 30000000 /dev/urandom >/big'
	masu commit -q "$name" localhost/one >one &
	masu commit -q "$name" localhost/two >two
	wait $!
	[ -s one ]
	[ -s two ]
	go localhost/one sh -c 'wc -c </big'
	[ "$output" = 30000000 ]

	masu rmi -f localhost/one localhost/two >/dev/null
	"$BUILD/masu" commit -q "$name" localhost/one >/dev/null &
	wait_until 'ls "$work"/data/images/ingest/commit-*'
	kill -9 $!
	wait $! || true
	wait_until is_quiet
	run ! masu inspect localhost/one
	masu commit -q "$name" localhost/one >/dev/null
	no_temporary_file
	go localhost/one sh -c 'wc -c </big'
	[ "$output" = 30000000 ]
	run sh -c '"$0" commit -q "$1" >/dev/full' "$BUILD/masu" "$name"
	[ "$status" = 125 ]
}

@test "a full disk fails the commit, and leaves no part of the image" {
	need_root "to mount a small file system"
	mkdir small
	mount -t tmpfs -o size=40m small small
	MASU_DATA_DIR=$work/small/data
	ran 'head -c 20000000 /dev/urandom >/big'
	run masu commit "$name" localhost/big
	[ "$status" = 125 ]
	[[ "$output" == *"No space left"* ]]
	[ -z "$(find small/data/images/ingest -name 'commit-*')" ]
	[ "$(masu images -q | wc -l)" = 1 ]
	masu rm "$name"
	ran true
	masu commit -q "$name" localhost/small
	go localhost/small true
	masu rm "$name"
	umount -l small
}
