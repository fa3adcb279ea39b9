#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# masu auto-update with Debian's docker-registry, and with fake-systemd.py in place of masu-systemd: its services are shell
# functions of this file. The test machine has the same with systemd: tests/host/checks/auto-update.sh.

load ../lib/masu
load ../lib/registry
load ../lib/sweep

# The images 1, 2 and 3 differ in a file; "broken" cannot be started, "ill" has a health check that fails.
setup_file() {
	make_images busybox
	probe_containers
	[ -z "$WHY_NOT" ] || return 0
	# me:secret
	python3 -W ignore -c 'import crypt; print("me:" + crypt.crypt("secret", "$2y$05$" + "a" * 22))' >"$BATS_FILE_TMPDIR/htpasswd"
	start_registry '' "auth: {htpasswd: {realm: tests, path: $BATS_FILE_TMPDIR/htpasswd}}"
	echo '{"auths":{"'"$REAL"'":{"auth":"bWU6c2VjcmV0"}}}' >"$BATS_FILE_TMPDIR/auth.json"
	export MASU_DATA_DIR=$BATS_FILE_TMPDIR/publisher MASU_RUN_DIR=$BATS_FILE_TMPDIR/publisher-run
	masu pull -q "oci:$IMAGES:busybox:latest" >/dev/null
	masu create --name base --network none "oci:$IMAGES:busybox:latest" sleep 100000 >/dev/null
	local version
	for version in 1 2 3; do masu commit -q --change "LABEL version=$version" base "localhost/app:$version" >/dev/null; done
	masu commit -q --change 'ENTRYPOINT ["/no/such/program"]' base localhost/app:broken >/dev/null
	masu commit -q --change 'HEALTHCHECK --interval=1s --retries=1 CMD exit 1' base localhost/app:ill >/dev/null
	masu commit -q --change 'HEALTHCHECK --interval=1s CMD true' --change 'LABEL version=well' base localhost/app:well >/dev/null
	masu rm base >/dev/null
}

teardown_file() {
	[ -n "$WHY_NOT" ] || stop_registries
	remove_files "$BATS_FILE_TMPDIR/publisher"
}

setup() {
	need_containers
	make_work
	cd "$work"
	export HOME=$work XDG_CONFIG_HOME= REGISTRY_AUTH_FILE=$BATS_FILE_TMPDIR/auth.json DOCKER_CONFIG=
	image=$REAL/$(basename "$work" | tr 'A-Z.' 'a-z-')/app:latest
	start_manager
}

teardown() {
	[ -z "${manager-}" ] || kill "$manager"
	remove_work
}

### the services: one for each file in $UNITS/on, whose words are the options and the image of its container

# Root's manager is that of a machine that systemd has booted, as a mount namespace shows it.
start_manager() {
	export UNITS=$work/units
	mkdir -p "$UNITS/on" bin
	ln -s "$BUILD"/masu-* bin/
	ln -sf "$BATS_TEST_DIRNAME/fake-systemd.py" bin/masu-systemd
	cat >"$UNITS/job" <<END
#!/bin/bash
unit=\${1%.service}
[ "\$2" != reset ] || exit 0
[ -e "$UNITS/on/\$unit" ] || exit 1
[ "\$2" = restart ] || [ "\$("$UNITS/state" "\$1")" != active ] || exit 0
echo failed >"$UNITS/\$unit.state"
export MASU_DATA_DIR="$MASU_DATA_DIR" MASU_RUN_DIR="$MASU_RUN_DIR" HOME="$work" PATH="$PATH" REGISTRY_AUTH_FILE="$REGISTRY_AUTH_FILE"
while read -ra words; do
	"$BUILD/masu" run -d --replace --rm --cgroups disabled --network none --label PODMAN_SYSTEMD_UNIT=\$1 "\${words[@]}" || exit 1
done <"$UNITS/on/\$unit"
echo active >"$UNITS/\$unit.state"
END
	cat >"$UNITS/state" <<END
#!/bin/sh
unit=\${1%.service}
[ -e "$UNITS/on/\$unit" ] || exit
export MASU_DATA_DIR="$MASU_DATA_DIR" MASU_RUN_DIR="$MASU_RUN_DIR" HOME="$work" PATH="$PATH" MASU_LIBEXEC_DIR=
state=\$(cat "$UNITS/\$unit.state" 2>/dev/null)
# A container that has died is noticed.
if [ "\$state" = active ]; then
	for name in \$(sed 's/--name \([^ ]*\).*/\1/' "$UNITS/on/\$unit"); do
		[ "\$("$BUILD/masu" inspect --format '{{.State.Running}}' "\$name")" = true ] || state=failed
	done
fi
echo "\$state"
END
	chmod +x "$UNITS/job" "$UNITS/state"
	unset manager
	export DBUS_SESSION_BUS_ADDRESS=unix:abstract=/masu-test
	is_root || return 0
	python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' private
	unshare --mount --propagation private sh -c 'mkdir -p /run/systemd && mount -t tmpfs none /run/systemd && mkdir /run/systemd/system && cp -a "$1" /run/systemd &&
		touch "$2" && exec sleep 1000000' sh "$work/private" "$work/manages" 3>&- &
	manager=$!
	wait_until test -e "$work/manages"
}

# A command with that manager. kill-at watches the command alone.
managed() {
	export MASU_LIBEXEC_DIR=$work/bin
	if is_root; then nsenter --mount --target "$manager" --wd="$PWD" "$@"; else "$@"; fi
}
auto_update() { (managed "$BUILD/masu" auto-update "$@"); }

publish() { # VERSION [IMAGE]
	MASU_DATA_DIR=$BATS_FILE_TMPDIR/publisher MASU_RUN_DIR=$BATS_FILE_TMPDIR/publisher-run \
		masu push -q "localhost/app:$1" "${2-$image}" >/dev/null
}

# Each line of standard input is a container; the service is started anew.
service() { # NAME
	cat >"$UNITS/on/$1"
	"$UNITS/job" "$1.service" restart >/dev/null
}

version() { masu inspect --format '{{index .Config.Labels "version"}}' "$1"; }
version_is() { [ "$(version "$1")" = "$2" ]; }
jobs() { xargs <"$UNITS/log"; }

updated() { # NAME
	auto_update --format '{{.ContainerName}} {{.Updated}}' "${@:2}" | sed -n "s/^$1 //p"
}

@test "labels: registry, image and local take part; others and missing units are reported" {
	publish 1
	masu pull -q "$image"
	service web <<<"--name on-a --label io.containers.autoupdate=registry $image"
	service old <<<"--name on-b --label io.containers.autoupdate=image $image"
	service own <<<"--name on-c --label io.containers.autoupdate=local $image"
	service off <<<"--name on-d --label io.containers.autoupdate=disabled $image"
	service none <<<"--name on-e $image"
	service odd <<<"--name on-f --label io.containers.autoupdate=always $image"
	masu run -d --name on-g --network none --label io.containers.autoupdate=registry "$image" >/dev/null
	masu create --name on-h --network none --label io.containers.autoupdate=registry "$image" >/dev/null
	service id <<<"--name on-i --label io.containers.autoupdate=registry $(masu inspect --format '{{.Id}}' "$image")"
	service fixed <<<"--name on-j --label io.containers.autoupdate=registry ${image%:*}@$(masu images --digests --format '{{.Digest}}' "$image")"
	service file <<<"--name on-k --label io.containers.autoupdate=registry oci:$IMAGES:busybox:latest sleep 100000"
	run -125 --separate-stderr auto_update --dry-run --format '{{.ContainerName}} {{.Unit}} {{.Policy}} {{.Updated}}'
	sort <<<"$output" | diff - /dev/fd/3 3<<-END
		on-a web.service registry false
		on-b old.service image false
		on-c own.service local false
		on-f odd.service always failed
		on-g  registry failed
		on-i id.service registry failed
		on-j fixed.service registry false
		on-k file.service registry failed
	END
	echo "$stderr"
	[[ $stderr == *'container "on-f": invalid label io.containers.autoupdate=always'*'must be one of registry, local, disabled'* ]]
	[[ $stderr == *'masu: container "on-g": the label PODMAN_SYSTEMD_UNIT is missing'* ]]
	[[ $stderr == *'container "on-i": "'*'" is not a name of an image'* ]]
	[[ $stderr == *'container "on-k": "oci:'*'" is not an image of a registry'* ]]
	[ ! -e "$UNITS/log" ]
}

@test "dry run: pending, by digest, and nothing is pulled; then the service runs the newer image, once" {
	publish 1
	service web <<<"--name on-a --label io.containers.autoupdate=registry $image"
	[ "$(updated on-a)" = false ]
	publish 2
	before=$(masu images -q --no-trunc)
	run -0 --separate-stderr auto_update --dry-run
	[ -z "$stderr" ]
	[ "${lines[0]}" = "$(printf 'UNIT %s' "${lines[0]#UNIT }")" ]
	read -ra words <<<"${lines[1]}"
	[ "${words[*]}" = "web.service $(masu ps -q --filter name=on-a) (on-a) $image registry pending" ]
	[ "$(auto_update --dry-run --noheading | wc -l)" = 1 ]
	[ "$(masu images -q --no-trunc)" = "$before" ]
	version_is on-a 1
	run -0 --separate-stderr auto_update --format json
	[ "$(jq -r '.[] | [.Unit, .ContainerName, .Image, .Policy, .Updated] | join(" ")' <<<"$output")" = "web.service on-a $image registry true" ]
	version_is on-a 2
	[ "$(updated on-a)" = false ]
	[ "$(jobs)" = "restart web.service" ]
	[ -z "$(masu images --format '{{.Repository}}' | grep auto-update)" ]
	[ ! -e "$MASU_DATA_DIR/auto-update/journal.json" ]
}

@test "local: the image that has the name now" {
	publish 1
	publish 2 "${image%:*}:built"
	masu pull -q "${image%:*}:built"
	service web <<<"--name on-a --label io.containers.autoupdate=local $image"
	publish 3
	[ "$(updated on-a)" = false ]
	masu tag "${image%:*}:built" "$image"
	[ "$(updated on-a --dry-run)" = pending ]
	[ "$(updated on-a)" = true ]
	version_is on-a 2
	masu rmi -f "$image"
	run -125 --separate-stderr auto_update --format '{{.Updated}}'
	[ "$output" = failed ]
	[[ $stderr == *"container \"on-a\": "*"$image"* ]]
}

@test "an image that cannot be started, or is unhealthy, is rolled back, and stays in the store without a name" {
	publish 1
	service web <<<"--name on-a --label io.containers.autoupdate=registry $image"
	first=$(masu inspect --format '{{.Image}}' on-a)
	for bad in broken ill; do
		publish $bad
		run -0 --separate-stderr auto_update --format '{{.Updated}}'
		[ "$output" = "rolled back" ]
		[[ $stderr == *'unit "web.service": the newer image failed; going back to the former one'* ]]
		[[ $stderr == *"container \"on-a\": "*'"failed"'* || $stderr == *'container "on-a" is unhealthy'* ]]
		version_is on-a 1
		[ "$(masu inspect --format '{{.Image}}' on-a)" = "$first" ]
		[ "$(masu inspect --format '{{.Id}}' "$image")" = "$first" ]
		[ "$(masu images --filter dangling=true -q | wc -l)" -ge 1 ]
		[ ! -e "$MASU_DATA_DIR/auto-update/journal.json" ]
	done
	back="restart web.service reset web.service restart web.service"
	[ "$(jobs)" = "$back $back" ]
	publish well
	[ "$(updated on-a)" = true ]
	version_is on-a well
}

@test "without roll-back the service keeps the newer image" {
	publish 1
	service web <<<"--name on-a --label io.containers.autoupdate=registry $image"
	publish broken
	run -125 --separate-stderr auto_update --rollback=false --format '{{.Updated}}'
	[ "$output" = failed ]
	[ "$(jobs)" = "restart web.service" ]
	[ -z "$(masu ps -q)" ]
}

@test "a registry that is down, and a unit that is gone, do not stop the others" {
	publish 1
	service up <<<"--name on-a --label io.containers.autoupdate=registry $image"
	service gone <<<"--name on-b --label io.containers.autoupdate=registry $image"
	service two <<END
--name on-c --label io.containers.autoupdate=registry $image
--name on-d --label io.containers.autoupdate=registry $image
END
	down=127.0.0.1:1/app
	masu tag "$image" "$down"
	service down <<<"--name on-e --label io.containers.autoupdate=registry $down"
	rm "$UNITS/on/gone"
	publish 2
	run -125 --separate-stderr auto_update --format '{{.ContainerName}} {{.Updated}}'
	[ "$(sort <<<"$output" | xargs)" = "on-a true on-b failed on-c true on-d true on-e failed" ]
	[[ $stderr == *'container "on-b": unit "gone.service" not found'* ]]
	[[ $stderr == *'container "on-e": '*127.0.0.1:1* ]]
	[ "$(jobs)" = "restart two.service restart up.service" ]
	version_is on-c 2
	version_is on-b 1
}

@test "labels of an image do not make its container take part" {
	mark=(--change 'LABEL io.containers.autoupdate=registry' --change 'LABEL PODMAN_SYSTEMD_UNIT=sshd.service' --change 'LABEL io.containers.autoupdate.authfile=/etc/shadow')
	masu create --name base --network none "oci:$IMAGES:busybox:latest" sleep 100000
	masu commit -q "${mark[@]}" base localhost/marked
	masu run -d --name one --network none localhost/marked
	[ -z "$(auto_update --dry-run --noheading)" ]
	masu run -d --name two --network none --label io.containers.autoupdate=registry localhost/marked
	run -125 --separate-stderr auto_update --dry-run --noheading --format '{{.Unit}}.'
	[ "$output" = . ]
}

@test "credentials: of --authfile, or of the container's label, which precedes it" {
	publish 1
	masu pull -q "$image"
	cp "$REGISTRY_AUTH_FILE" auth.json
	service web <<<"--name on-a --label io.containers.autoupdate=registry $image"
	publish 2
	export REGISTRY_AUTH_FILE=
	run -125 --separate-stderr auto_update --dry-run --format '{{.Updated}}'
	[ "$output" = failed ]
	[[ $stderr == *unauthorized* ]]
	[ "$(updated on-a --dry-run --authfile auth.json)" = pending ]
	service web <<<"--name on-a --label io.containers.autoupdate=registry --label io.containers.autoupdate.authfile=$work/auth.json $image"
	[ "$(updated on-a --authfile missing.json)" = true ]
	version_is on-a 2
}

@test "one process at a time; a damaged journal is an error that names the file" {
	publish 1
	service web <<<"--name on-a --label io.containers.autoupdate=registry $image"
	[ "$(updated on-a)" = false ]
	exec 5>"$MASU_DATA_DIR/auto-update/.lock"
	flock 5
	run -125 --separate-stderr auto_update
	[[ $stderr == *"another process updates the services of this store"* ]]
	exec 5>&-
	echo '{"containers": [{"unit": "web.service"}]}' >"$MASU_DATA_DIR/auto-update/journal.json"
	run -125 --separate-stderr auto_update
	[[ $stderr == *"the file of an interrupted update is damaged"*auto-update/journal.json* ]]
	rm -r "$MASU_DATA_DIR/auto-update"
	echo >"$MASU_DATA_DIR/auto-update"
	run -125 --separate-stderr auto_update --dry-run
	[[ $stderr == *"\"$MASU_DATA_DIR/auto-update\": Not a directory"* ]]
}

### kills

# The manager goes on with the job that masu has asked for, also if it has not begun it yet.
is_settled() { ! pgrep -f "$work/(bin/masu-systemd|units/job)" >/dev/null && is_calm; }
kill_at() { (managed "$BUILD/kill-at" "$@" >out 2>&1 </dev/null) || true; }

# Calls CHECK after a kill at some system calls of auto-update, each time with VERSION in the registry.
sweep() { # PARTS VERSION CHECK
	local total n mode
	start_over "$2"
	kill_at first 1000000 "$BUILD/masu" auto-update
	total=$(tail -n 1 out)
	[ "$total" -gt 50 ]
	for mode in first all; do
		for n in $(seq $((total / $1 / 2)) ${STEP:-$((total / $1 + 1))} "$total"); do
			start_over "$2"
			kill_at $mode "$n" "$BUILD/masu" auto-update
			wait_until is_settled
			"$3" || { echo "after $mode at $n of $total" && cat out && return 1; }
		done
	done
}

start_over() { # VERSION
	wait_until is_settled
	publish 1
	masu pull -q "$image" >/dev/null
	"$UNITS/job" web.service restart >/dev/null
	publish "$1"
}

nothing_pinned() { [ "$(ls -A "$MASU_DATA_DIR/auto-update")" = .lock ] && ! masu images --format '{{.Repository}}' | grep -q auto-update; }

@test "a kill at any system call of an update: the next one finishes it" {
	publish 1
	service web <<<"--name on-a --label io.containers.autoupdate=registry $image"
	finished() { auto_update >out 2>&1 && version_is on-a 2 && nothing_pinned && [ "$(updated on-a)" = false ]; }
	sweep 5 2 finished
}

@test "a kill at any system call of a roll-back: the service runs the former image after the next one" {
	publish 1
	service web <<<"--name on-a --label io.containers.autoupdate=registry $image"
	back() { auto_update >out 2>&1 && version_is on-a 1 && nothing_pinned && [ "$(masu inspect --format '{{.Id}}' "$image")" = "$(masu inspect --format '{{.Image}}' on-a)" ]; }
	sweep 5 broken back
}

@test "a service that was stopped after a kill stays so, and its image keeps the newer name" {
	publish 1
	service web <<<"--name on-a --label io.containers.autoupdate=registry $image"
	publish 2
	mv "$UNITS/job" "$UNITS/job.kept"
	printf '#!/bin/sh\nkill -9 $(cat "%s/pid")\n' "$work" >"$UNITS/job"
	chmod +x "$UNITS/job"
	(managed sh -c 'echo $$ >"$1/pid"; exec "$2" auto-update' sh "$work" "$BUILD/masu") || true
	mv "$UNITS/job.kept" "$UNITS/job"
	[ -e "$MASU_DATA_DIR/auto-update/journal.json" ]
	run -0 --separate-stderr auto_update --dry-run
	[[ $stderr == *'unit "web.service": its update was interrupted'* ]]
	masu rm -f on-a >/dev/null
	echo inactive >"$UNITS/web.state"
	run -0 --separate-stderr auto_update
	nothing_pinned
	[ -z "$(masu ps -q)" ]
	[ "$(masu inspect --format '{{index .Config.Labels "version"}}' "$image")" = 2 ]
}
