#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Smaller commands and options that users of docker and podman type every day, as root and as an ordinary user.

load ../lib/masu
load ../lib/busybox

# A container in the background that ends with 3 by SIGTERM and with 4 by SIGUSR1.
start_trapping() {
	masu run -d --name "$name" --network none "$image" sh -c \
		'trap "exit 3" TERM; trap "exit 4" USR1; echo ready; while :; do sleep 0.1; done' >/dev/null
	wait_until eval "masu logs $name | grep -q ready"
}

exit_code() { masu inspect -f '{{.State.ExitCode}}' "$name"; }

@test "stop and restart by another signal than that of the container" {
	start_trapping
	masu stop --signal USR1 -t 600 "$name"
	[ "$(exit_code)" = 4 ]
	masu start "$name"
	wait_until eval "[ \$(masu logs $name | grep -c ready) = 2 ]"
	masu stop --timeout 600 "$name" # as docker has it now
	[ "$(exit_code)" = 3 ]
	masu start "$name"
	wait_until eval "[ \$(masu logs $name | grep -c ready) = 3 ]"
	masu restart -s 10 -t 600 "$name"
	masu events --stream=false --since 1h --filter event=died --format '{{.ContainerExitCode}}' >"$work/codes"
	[ "$(tail -1 "$work/codes")" = 4 ]
	masu stop -t 0 "$name"
	run -125 --separate-stderr "$BUILD/masu" stop --signal NO "$name"
	[[ $stderr == *"unknown signal"* ]]
}

@test "container, image and volume exists" {
	masu create --name "$name" --network none "$image" true
	masu container exists "$name"
	masu image exists "$image"
	masu volume create "v-$name"
	masu volume exists "v-$name"
	run -1 masu container exists "no-$name"
	[ -z "$output" ]
	run -1 masu image exists "localhost/no-$name"
	run -1 masu volume exists "no-$name"
	run -125 masu volume exists
}

@test "a mistyped option or command gets the nearest word" {
	run -125 --separate-stderr "$BUILD/masu" run --memroy 5 "$image"
	[ "${stderr_lines[0]}" = "masu run: unknown option '--memroy'" ]
	[ "${stderr_lines[1]}" = "      did you mean '--memory'?" ]
	run -125 --separate-stderr "$BUILD/masu" run --xyzzy "$image"
	[ "${stderr_lines[1]}" = "      see 'masu run --help'" ]
	run -125 --separate-stderr "$BUILD/masu" imags
	[ "${stderr_lines[1]}" = "      did you mean 'masu images'?" ]
	run -125 --separate-stderr "$BUILD/masu" xyzzy
	[ "${stderr_lines[1]}" = "      see 'masu --help'" ]
}

@test "fields that users of docker and podman know" {
	masu create --name "$name" --network none -v "v-$name:/data" --tmpfs /scratch "$image" true
	[ "$(masu ps -a --format '{{.Mounts}} {{.Networks}}')" = "[/data /scratch] [none]" ]
	masu start "$name"
	masu wait "$name"
	[ -f "$(masu inspect --format '{{.LogPath}}' "$name")" ]
	[ "$(masu inspect --format '{{.LogPath}}' "$name")" = "$(masu inspect --format '{{.HostConfig.LogConfig.Path}}' "$name")" ]
	[ "$(masu version --format '{{.Client.Version}}')" = "$(masu version --format '{{.Version}}')" ]
}

@test "options of docker and podman that masu does not have: the reason" {
	local line
	while read -r line; do
		run -125 --separate-stderr "$BUILD/masu" ${line%%:*}
		echo "$stderr"
		[[ $stderr == *"${line#*: }"* ]]
	done <<-END
		run --personality x image: setarch
		create --chrootdirs /x image: below its root
		run --health-max-log-size 1 image: last five results
		run --rdt-class x image: config.json
		run --use-api-socket image: no daemon
		run --isolation x image: Windows
		ps --external: other tools
		ps --ns: lsns
		update --env A=b name: masu run --replace
		commit --squash name: masu import
	END
}

# Quiet, removed at its end, without a network.
quick() { run --separate-stderr "$BUILD/masu" run -q --rm --network none "$@"; }

@test "attach: only the named streams are connected, the log has all" {
	# An ordinary user's first start may print a notice about the host beside the container's output.
	quick -a stdout "$image" sh -c 'echo out; echo err >&2'
	[ "$output" = out ]
	run ! grep -x err <<<"$stderr"
	quick --attach stderr "$image" sh -c 'echo out; echo err >&2'
	[ -z "$output" ]
	grep -x err <<<"$stderr"
	echo in >"$work/in"
	masu run -q --rm --network none -a stdin -a STDOUT "$image" cat <"$work/in" >"$work/out"
	[ "$(cat "$work/out")" = in ]
	run --separate-stderr "$BUILD/masu" run -q --name "$name" --network none --log-driver k8s-file -a stderr "$image" \
		sh -c 'echo out; echo err >&2'
	[ -z "$output" ]
	grep -x err <<<"$stderr"
	[ "$(masu logs "$name" 2>/dev/null)" = out ]
	quick -a stdout -d "$image" true
	[ "$status" = 125 ]
	[[ $stderr == *"--detach excludes --attach"* ]]
	quick -a stdout -t "$image" true
	[ "$status" = 125 ]
	[[ $stderr == *"one stream"* ]]
	quick -a nothing "$image" true
	[ "$status" = 125 ]
	[[ $stderr == *"must be one of stdin, stdout, stderr"* ]]
}

@test "descriptors are passed to the container" {
	echo passed >"$work/file"
	[ "$(masu run -q --rm --network none --preserve-fds 1 "$image" sh -c 'cat <&3; ls /proc/self/fd | wc -w' 3<"$work/file")" = $'passed\n5' ]
	quick --preserve-fds x "$image" true
	[ "$status" = 125 ]
	[[ $stderr == *"number from 0 to 1024"* ]]
}

@test "variables of the image: merged, unset, all unset, and the caller's proxies" {
	quick --env-merge 'PATH=/own:${PATH}:$NO:$' --unsetenv HOSTNAME --unsetenv container "$image" env
	[ "$(sort <<<"$output")" = "HOME=/root
PATH=/own:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin::\$" ]
	quick --unsetenv-all -e A=1 "$image" /bin/busybox env
	[ "$(sort <<<"$output")" = $'A=1\nHOME=/root' ]
	http_proxy=http://p NO_PROXY=x quick --http-proxy -e NO_PROXY=own "$image" sh -c 'echo $http_proxy $NO_PROXY'
	[ "$output" = "http://p own" ]
	http_proxy=http://p quick "$image" sh -c 'echo "<$http_proxy>"'
	[ "$output" = "<>" ]
	quick --unsetenv A=b "$image" true
	[ "$status" = 125 ]
	[[ $stderr == *"not the name of a variable"* ]]
}

@test "platform in parts, a pull that may fail, no progress" {
	case $(uname -m) in x86_64) own=amd64 other=arm64 ;; *) own=arm64 other=amd64 ;; esac
	masu pull -q "$image" >/dev/null
	id=$(masu images -q)
	masu tag "$id" "localhost:1/kept"
	quick --pull newer "localhost:1/kept" true
	[ "$status" = 0 ]
	[[ $stderr == *"the image in the store is used"* ]]
	quick --pull newer "localhost:1/no-such" true
	[ "$status" = 125 ]
	quick --arch "$other" "$image" true
	[ "$status" = 125 ]
	[[ $stderr == *"linux/$other"* ]]
	quick --variant v8 "$image" true
	[ "$status" = 125 ]
	[[ $stderr == *"need --arch"* ]]
	quick --arch "$own" --platform "linux/$own" "$image" true
	[ "$status" = 125 ]
	[[ $stderr == *"excludes"* ]]
	quick --cpus .5 "$image" true # an ordinary user may lack the cgroup for it
	[[ $stderr != *"option '--cpus"* ]]
	quick --domainname dom "$image" cat /proc/sys/kernel/domainname
	[ "$output" = dom ]
}

@test "a tmpfs at the writable places of a read-only root, and the image's volumes" {
	quick --read-only --read-only-tmpfs -v "$work:/var/tmp:ro" "$image" sh -c \
		'touch /tmp/x /run/x && ! touch /x 2>/dev/null && ! touch /var/tmp/x 2>/dev/null && echo ok'
	[ "$output" = ok ]
	quick --read-only "$image" touch /tmp/x
	[ "$status" = 1 ]
	"$BATS_TEST_DIRNAME/../host/images/make-images" "$work/images" volumes >/dev/null
	with=oci:$work/images:volumes:latest
	masu create --name "$name" --network none "$with" true
	[ "$(masu inspect -f '{{(index .Mounts 0).Type}}' "$name")" = volume ]
	masu rm -v "$name"
	masu create --name "$name" --network none --image-volume ignore "$with" true
	masu create --name "$name-t" --network none --image-volume tmpfs "$with" true
	[ "$(masu inspect -f '{{len .Mounts}}' "$name")" = 0 ]
	[ "$(masu inspect -f '{{(index .Mounts 0).Type}}' "$name-t")" = tmpfs ]
}

@test "the image goes with its container, unless others use it" {
	masu pull -q "$image" >/dev/null
	masu run --rmi --network none "$image" true
	[ -z "$(masu images -q)" ]
	masu create -q --name "$name" --network none "$image" true
	run -3 masu run -q --rmi --network none "$image" sh -c 'exit 3'
	[ -n "$(masu images -q)" ]
	[ "$(masu ps -aq | wc -l)" = 1 ]
}

@test "all images at once, and one that is missing; docker's members of an event" {
	masu pull -q "$image" >/dev/null
	masu tag "$(masu images -q)" localhost/second
	masu create --name "$name" --network none "$image" true
	run -125 masu rmi --all
	[ -n "$(masu images -q)" ]
	masu rm "$name"
	masu rmi -a
	[ -z "$(masu images -q)" ]
	masu rmi -a
	masu rmi --ignore localhost/second
	run -125 masu rmi localhost/second
	run -125 masu rmi
	[ "$(masu events --stream=false -f event=create --format '{{.Action}} {{.Actor.Attributes.name}}')" = "create $name" ]
}

@test "without a cgroup of its own" {
	masu run -q -d --name "$name" --network none --cgroups disabled "$image" sleep 1000
	diff <(masu exec "$name" cat /proc/1/cgroup | sort) <(masu exec "$name" cat /proc/self/cgroup | sort)
	run -125 masu pause "$name"
	[[ $output == *"no cgroup of its own"* ]]
	[ "$(masu inspect -f '{{.HostConfig.Cgroups}}' "$name")" = disabled ]
	masu stop -t 0 "$name"
	[ "$(exit_code)" = 137 ]
	quick --cgroups disabled -m 50m "$image" true
	[ "$status" = 125 ]
	[[ $stderr == *"limits need a cgroup"* ]]
}

@test "exec with all capabilities" {
	masu run -q -d --name "$name" --network none --cap-drop all "$image" sleep 1000
	effective=(sed -n 's/^CapEff:[[:space:]]*//p' /proc/self/status)
	[ "$(masu exec "$name" "${effective[@]}")" = 0000000000000000 ]
	if is_root; then all=$("${effective[@]}"); else all=$(unshare -r "${effective[@]}"); fi
	[ "$(masu exec --privileged "$name" "${effective[@]}")" = "$all" ]
	masu exec "$name" chown 1 /tmp 2>/dev/null && return 1
	masu exec --privileged "$name" chown 1 /tmp || ! grep -q "^$(id -un):" /etc/subuid
}

@test "options that masu refuses name the reason, and those that change nothing work" {
	quick --systemd=false --sdnotify=ignore --cgroups enabled --security-opt label=disable "$image" true
	[ "$status" = 0 ]
	for option in --link=x --network-alias=x --memory-swappiness=1 --runtime=crun --passwd-entry=x --pod=x; do
		quick "$option" "$image" true
		[ "$status" = 125 ]
		[[ $stderr == *"option '${option%=*}' is not supported: "* ]]
	done
	for option in --systemd=maybe --cgroups=no-conmon; do
		quick "$option" "$image" true
		[ "$status" = 125 ]
		[[ $stderr == *"option '${option%=*} "* ]]
	done
}

@test "--expose and the ports of an image: ps, inspect, filters, commit; -P without a network of its own" {
	masu run -d --name "$name" --network none --expose 80 --expose 8000-8002/udp "$image" sleep 1000 >/dev/null
	[ "$(masu ps --format '{{.Ports}}')" = "80/tcp, 8000-8002/udp" ]
	masu inspect "$name" | jq -e '.[0] | (.Config.ExposedPorts | keys) == ["80/tcp", "8000/udp", "8001/udp", "8002/udp"]
		and .Config.ExposedPorts["80/tcp"] == {} and .HostConfig.PublishAllPorts == false
		and (.NetworkSettings.Ports | has("80/tcp")) and .NetworkSettings.Ports["80/tcp"] == null'
	[ -z "$(masu port "$name")" ]
	for filter in expose=80 expose=80/tcp expose=70-90 expose=8001/udp; do
		[ "$(masu ps -a --filter $filter --format '{{.Names}}')" = "$name" ]
	done
	for filter in expose=81 expose=80/udp expose=8000 publish=80; do
		[ -z "$(masu ps -a --filter $filter --format '{{.Names}}')" ]
	done
	run -125 --separate-stderr "$BUILD/masu" ps --filter publish=x
	[[ $stderr == *'invalid port: "x"'* ]]
	masu commit -q "$name" localhost/exposing
	masu image inspect localhost/exposing | jq -e '.[0].Config.ExposedPorts | keys | length == 4'
	for network in none host; do
		run -125 --separate-stderr "$BUILD/masu" create -P --network $network localhost/no-such-image
		[[ $stderr == "masu: --network $network cannot publish ports (-P)"* ]]
	done
	run -125 --separate-stderr "$BUILD/masu" create -P --network "container:$name" localhost/exposing
	[[ $stderr == *"cannot publish ports (-P)"*"publish them with the other container"* ]]
	for port in 0 70000-1 80:80 5/sctp 9-8 ""; do
		run -125 --separate-stderr "$BUILD/masu" create --expose "$port" "$image"
		[[ $stderr == *"invalid port"* ]]
	done
}

@test "--latest in place of a container" {
	for command in inspect "logs -f" port diff wait; do
		run -125 --separate-stderr "$BUILD/masu" $command -l
		[ "$stderr" = "masu: --latest: no container exists" ]
	done
	masu create --name "old-$name" --network none "$image" true
	masu create --name "$name" --network none "$image" sh -c 'echo hello; exec sleep 1000'
	[ "$(masu inspect -l -f '{{.Name}}')" = "$name" ]
	[ "$(masu container inspect -lf '{{.Name}}')" = "$name" ]
	[ "$(masu start -l)" = "$(masu inspect -f '{{.Id}}' "$name")" ]
	wait_until eval '[ "$(masu logs -l)" = hello ]'
	[ "$(masu exec -l -e A=b sh -c 'echo $A $0' -l)" = "b -l" ]
	masu exec --latest touch /new
	[ "$(masu diff --latest)" = "A /new" ]
	[ -z "$(masu port -l)" ]
	run -125 --separate-stderr "$BUILD/masu" port -l 80
	[[ $stderr == *"no public port '80/tcp' published for container '$name'"* ]]
	wait_until eval '[ "$(masu top -l comm | tail -1)" = sleep ]' # it executes that after its output
	! is_root || [ "$(masu stats -l --no-stream --format '{{.Name}}')" = "$name" ] # it needs a cgroup
	masu update -l --restart no
	masu stop -t 0 -l
	[ "$(masu wait -l)" = 137 ]
	[ "$(masu inspect -f '{{.State.Status}}' "old-$name")" = created ]
	for command in inspect logs wait stats "update --restart no" start; do
		run -125 --separate-stderr "$BUILD/masu" $command -l "$name"
		[[ $stderr == *"--latest takes no containers"* ]]
	done
	run -125 --separate-stderr "$BUILD/masu" attach -l "$name"
	[[ $stderr == *"--latest takes no containers"* ]]
	run -125 --separate-stderr "$BUILD/masu" exec -l
	[[ $stderr == *"missing argument: CONTAINER COMMAND"* ]]
	run -125 --separate-stderr "$BUILD/masu" logs --details "$name"
	[[ $stderr == *"option '--details' is not supported"* ]]
}

# Runs a command of masu with a terminal as its standard output, and prints the output.
at_a_terminal() { python3 -c 'import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)' "$BUILD/masu" "$@" </dev/null; }

@test "--log-driver passthrough: the streams of the caller, in the background and in the foreground" {
	local options=(-q --network none --log-driver passthrough) script='echo "out $(stat -L -c %i /proc/$$/fd/1)"; echo err >&2; cat'
	mkfifo "$work/in"
	exec 9<>"$work/in"
	masu run -di --name "$name" "${options[@]}" "$image" sh -c "$script" <"$work/in" >"$work/out" 2>"$work/err" 9>&-
	[ "$(masu inspect -f '{{.HostConfig.LogConfig.Type}}' "$name")" = passthrough ]
	run -125 --separate-stderr "$BUILD/masu" logs "$name"
	[[ $stderr == *"container '$name' has no log"*"its output goes to the streams of the process that starts it"* ]]
	run -125 --separate-stderr "$BUILD/masu" attach "$name"
	[[ $stderr == *"cannot attach to container '$name': its streams are those of the process that started it"* ]]
	echo hello >&9
	exec 9>&-
	[ "$(masu wait "$name")" = 0 ]
	grep "^out $(stat -c %i "$work/out")$" "$work/out"
	grep '^hello$' "$work/out"
	grep -x err "$work/err"
	echo again | masu run -i --rm "${options[@]}" "$image" sh -c "$script" >"$work/out" 2>"$work/err"
	[ "$(cat "$work/out")" = "out $(stat -c %i "$work/out")"$'\n'again ]
	grep -x err "$work/err"
}

@test "--log-driver passthrough: restarts, and refused streams" {
	local options=(-q --network none --log-driver passthrough)
	masu run -d --name "$name" "${options[@]}" --restart on-failure:1 "$image" sh -c 'echo run; exit 3' >"$work/out"
	[ "$(masu wait "$name")" = 3 ]
	[ "$(grep -c '^run$' "$work/out")" = 2 ]
	run -125 at_a_terminal start "$name"
	[[ $output == *"cannot give standard output to the container: it is a terminal"* ]]
	run -125 at_a_terminal run --rm "${options[@]}" "$image" true
	[[ $output == *"it is a terminal"* ]]
	run -125 --separate-stderr "$BUILD/masu" run --rm -i "${options[@]}" "$image" true </
	[[ $stderr == *"cannot give standard input to the container: it is a directory"* ]]
	run -125 --separate-stderr "$BUILD/masu" create -t "${options[@]}" "$image" true
	[[ $stderr == *"passthrough and a terminal for the container exclude each other"* ]]
	run -125 --separate-stderr "$BUILD/masu" create "${options[@]}" --log-opt max-size=1m "$image" true
	[[ $stderr == *'the log driver "passthrough" has no option max-size'* ]]
}
