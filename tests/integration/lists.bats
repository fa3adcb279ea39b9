#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The lists of containers and images, as root and as an ordinary user: filters, orders, forms.

load ../lib/masu

setup_file() { make_images busybox configs; probe_containers; }

create() { # NAME [OPTION...]
	masu create --name "$1" --network none "${@:2}" hello >/dev/null
}

# `wrong MESSAGE COMMAND...`
wrong() {
	run -125 masu "${@:2}"
	[[ "$output" == *"$1"* ]] || { echo "$output"; return 1; }
}

# The names, on one line.
names() { masu ps --format '{{.Names}}' "$@" | xargs; }

@test "ps: filters, --last, --latest, --sort, --noheading, --watch" {
	create a --label app=shop --label 'say=a b'
	create b --label app=shop -v data:/data
	create 'c-1'
	[ "$(names)" = "" ]
	[ "$(names -a)" = "c-1 b a" ]
	[ "$(names -a -f label=app=shop)" = "b a" ]
	[ "$(names -a -f label=app -f 'label=say=a b')" = a ]
	[ "$(names -a --filter label!=app)" = c-1 ]
	[ "$(names -a -f name=a -f name=^c)" = "c-1 a" ]
	[ "$(names -a -f "id=$(masu inspect -f '{{.Id}}' b | cut -c1-10)")" = b ]
	[ "$(names -a -f ancestor=hello -f before=c-1)" = "b a" ]
	[ "$(names -a -f "ancestor=$(masu inspect -f '{{.Image}}' b | cut -c1-10)" -f since=b)" = c-1 ]
	[ "$(names -a -f ancestor=busybox)" = "" ]
	[ "$(names -a -f volume=data)" = b ]
	[ "$(names -a -f network=none -f until=0s)" = "c-1 b a" ]
	[ "$(names -a -f until=1h)" = "" ]
	masu start b >/dev/null
	masu wait b >/dev/null
	[ "$(names -f status=created -f status=exited)" = "c-1 b a" ]
	[ "$(names -f exited=0)" = b ]
	[ "$(names -l)" = c-1 ]
	[ "$(names -n 2)" = "c-1 b" ]
	[ "$(names -n 1 -f label=app)" = b ]
	[ "$(names -a -n -1)" = "c-1 b a" ]
	[ "$(names -a --sort names)" = "a b c-1" ]
	[ "$(names -a --sort status)" = "a c-1 b" ]
	[ "$(names -a --sort runningfor)" = "b a c-1" ]
	run -0 masu ps -l --noheading
	[ "${#lines[@]}" = 1 ]
	[[ "$output" == *c-1 ]]
	run -0 masu ps -l --noheading --format 'table {{.Names}}'
	[ "$output" = c-1 ]
	[ "$(timeout 300 bash -c "'$BUILD/masu' ps -l --watch 1 --format x{{.Names}}x | head -2" | grep -c xc-1x)" = 2 ]
}

@test "ps: wrong options" {
	create a
	wrong "option '--filter color=red': must be one of ancestor=, before=, exited=, expose=, health=, id=, label=, label!=," ps -f color=red
	wrong "option '--filter status=dead': must be one of created, starting," ps -f status=dead
	wrong "option '--filter exited=256': must be an exit code" ps -f exited=256
	wrong 'invalid regular expression "("' ps -a -f 'name=('
	wrong "nosuch" ps -a -f before=nosuch
	wrong "option '--sort age': must be one of command, created," ps --sort age
	wrong "option '--last x': must be a number" ps --last x
	wrong "exclude each other" ps -l -n 2
	wrong "option '--watch 0': must be a number of seconds" ps -w 0
}

@test "images: filters, a name, --digests, --sort" {
	masu pull -q "oci:$IMAGES:busybox:latest" >/dev/null
	busybox=$(masu images -q --no-trunc)
	create a
	masu tag localhost/hello shop:1
	masu tag localhost/hello docker.io/team/web:2
	of() { masu images --format '{{.Repository}}:{{.Tag}}' "$@" | sort | xargs; }
	[ "$(of shop)" = docker.io/library/shop:1 ]
	[ "$(of library/shop:1)" = docker.io/library/shop:1 ]
	[ "$(of -f 'reference=*/web')" = docker.io/team/web:2 ]
	[ "$(of -f 'reference=*:1' -f 'reference=hello:*')" = "docker.io/library/shop:1 localhost/hello:latest" ]
	[ "$(of -f 'reference=shop:2')" = "" ]
	[ "$(of -f dangling=true)" = "" ]
	[ "$(masu images -q -f dangling=false | wc -l)" = 4 ]
	masu pull -q "oci:$IMAGES:configs:labels" >/dev/null
	[ "$(masu images -q -f label=plain -f label=plain==x | wc -l)" = 1 ]
	[ "$(masu images -q -f label=plain=x)" = "" ]
	[ "$(masu images -q -f label!=plain | wc -l)" = 4 ]
	# hello has no time of its making, and is the smallest.
	[ "$(masu images -q -f since=localhost/hello | wc -l)" = 2 ]
	[ "$(of -f before=localhost/hello)" = "" ]
	[ "$(masu images -q --no-trunc -f since="$busybox")" = "" ]
	[ "$(masu images -q | head -2 | sort)" = "$(masu images --sort size -q | head -2 | sort)" ]
	[ "$(masu images --noheading --sort tag --format 'table {{.Tag}}' | head -2 | xargs)" = "1 2" ]
	run -0 masu images --digests shop
	[[ "${lines[0]}" =~ ^REPOSITORY\ +TAG\ +DIGEST\ +IMAGE\ ID ]]
	[[ "${lines[1]}" == *"$(masu image inspect -f '{{.Digest}}' shop:1)"* ]]
	wrong "option '--filter color=red': must be one of before=, dangling=, label=, label!=, reference=, since=, until=" images -f color=red
	wrong "must be one of true, false" images -f dangling=maybe
	wrong "nosuch" images -f before=nosuch
	wrong "option '--sort age': must be one of created, id, repository, size, tag" images --sort age
	wrong "exclude each other" images -f reference=a shop
}

# Prints the output of a prune without its last line, the space, which is more than nothing if anything else is printed.
pruned() { # KIND prune [OPTION...]
	local text last
	text=$(masu "$@" -f) || return
	last=${text##*$'\n'}
	[[ $last =~ ^'Total reclaimed space: '[0-9.]+' '[kMG]?B$ ]] || { echo "wrong: $text"; return 1; }
	text=${text%"$last"}
	[ -z "$text" ] || [ "$last" != 'Total reclaimed space: 0 B' ] || [ "${SPACE-}" = none ] || { echo "no space: $text"; return 1; }
	echo "$text"
}

@test "prune: containers, images, volumes, and all of them" {
	create a --label app=shop
	create b
	create c
	volume=$(masu volume create)
	masu tag localhost/hello spare:1
	run -125 masu container prune </dev/null
	[[ "$output" == *"--force removes without asking"* ]]
	[ "$(pruned container prune --filter until=1h)" = "" ]
	id=$(masu inspect -f '{{.Id}}' a)
	[ "$(pruned container prune --filter label=app)" = "$id" ]
	[ "$(masu events --stream=false -f container="$id" --format '{{.Status}}' | xargs)" = "create remove" ]
	masu rm c >/dev/null
	# The image of a container stays with all of its names.
	[ "$(pruned image prune --all)" = "" ]
	id=$(masu inspect -f '{{.Id}}' b)
	[ "$(pruned system prune --filter label!=app)" = $'Deleted Containers\n'"$id" ]
	[ "$(masu volume ls -q)" = "$volume" ]
	[ "$(pruned image prune)" = "" ]
	[ "$(pruned image prune --all --filter label=nosuch)" = "" ]
	id=$(masu images -q --no-trunc | head -1)
	[ "$(pruned system prune -a --volumes)" = $'Deleted Volumes\n'"$volume"$'\nDeleted Images\n'"$id" ]
	[ "$(ls "$MASU_DATA_DIR/images/blobs/sha256" "$MASU_DATA_DIR/layers" | grep -c '^[0-9a-f]*$')" = 1 ] # an empty line
	[ "$(pruned system prune -a)" = "" ]
	# The space is that of the files.
	masu volume create big >/dev/null
	head -c 3000000 /dev/zero >"$MASU_DATA_DIR/volumes/big/file"
	run -0 masu volume prune -af
	[ "$output" = $'big\nTotal reclaimed space: 3.0 MB' ] || { echo "$output" && return 1; }
	wrong "must be one of label=, label!=, until=" container prune -f --filter name=x
	wrong "unexpected argument" image prune -f operand
}

@test "a running container: its size, in inspect, too; prune leaves it, and one that another process holds" {
	need_containers
	masu run -d --name up --network none "oci:$IMAGES:busybox:latest" sleep 1000 >/dev/null
	masu exec up sh -c 'head -c 1000000 /dev/zero >/file; mkdir -m 700 /d; head -c 500000 /dev/zero >/d/file; chown -R 12 /d'
	run -0 masu ps --size
	[[ "${lines[0]}" == *NAMES\ *SIZE ]]
	[[ "${lines[1]}" == *"up "*"1.5 MB (virtual "*" MB)" ]]
	masu volume create up-data >/dev/null
	run -0 masu inspect --size --format '{{.Name}} {{if .SizeRw}}{{.SizeRw}} {{gt .SizeRootFs .SizeRw}}{{end}}' up
	[ "$output" = "up 1500000 true" ]
	[ "$(masu inspect --format '{{.Name}}' up up-data | xargs)" = "up up-data" ]
	[ "$(masu inspect --type volume --format '{{.Name}}' up-data)" = up-data ]
	run -125 masu inspect --type volume up
	create held
	exec 7<"$MASU_DATA_DIR/containers/$(masu inspect -f '{{.Id}}' held)"
	flock 7
	masu container prune -f
	[ "$(names -a -f name=held)" = held ]
	exec 7<&-
	masu container prune -f
	[ "$(names -a)" = up ]
}

@test "groups: the longer forms of commands" {
	masu container create --name a --network none hello >/dev/null
	masu image tag localhost/hello shop
	[ "$(masu container ls -aq)" = "$(masu ps -aq)" ]
	[ "$(masu image ls -q shop)" = "$(masu images -q shop)" ]
	[ "$(masu image inspect -f '{{.RepoTags}}' shop)" = "$(masu inspect --type image -f '{{.RepoTags}}' shop)" ]
	masu tag localhost/hello a # an image and a container
	[ "$(masu container inspect -f '{{.Name}}' a)" = a ]
	[ "$(masu image inspect -f '{{index .RepoTags 0}}' a)" = docker.io/library/a:latest ]
	run -125 masu container inspect shop
	[[ "$(masu container start -a a)" == "Hello from a container"* ]]
	masu container rm a >/dev/null
	masu image rm a shop >/dev/null
	[ "$(masu system info --format '{{.version}}')" = "$(masu info --format '{{.version}}')" ]
	run -125 masu container nonsense
	[[ "$output" == *"unknown command 'nonsense'"* ]]
	run -125 masu network ls
	[[ "$output" == *"unknown command 'network'"*"--network in masu-run(1)"* ]]
	run -0 masu help container ls
	[[ "$output" == "Usage: masu ps "* ]]
}

# The rows TYPE TOTAL ACTIVE SIZE RECLAIMABLE of masu system df, sizes in bytes.
df() { masu system df --format '{{.Type}} {{.Total}} {{.Active}} {{.RawSize}} {{.RawReclaimable}}'; }
files() { find "$@" -type f -printf '%s\n' | awk '{n += $1} END {print n + 0}'; }

@test "system df: each object, shared layers once, and the space that prune frees" {
	run -0 df
	[ "$output" = $'Images 0 0 0 0\nContainers 0 0 0 0\nLocal Volumes 0 0 0 0' ]
	masu volume create used >/dev/null
	create a -v used:/v
	create b
	volume=$(masu volume create)
	head -c 1000 /dev/zero >"$MASU_DATA_DIR/volumes/used/file"
	head -c 50 /dev/zero >"$MASU_DATA_DIR/volumes/$volume/file"
	run -0 masu commit -q a localhost/made # it has the layer of hello
	masu tag localhost/made localhost/other
	images=$(files "$MASU_DATA_DIR/images/blobs" "$MASU_DATA_DIR/layers")
	containers=$(files "$MASU_DATA_DIR/containers")
	run -0 df
	[[ "${lines[0]}" =~ ^"Images 2 1 $images "([0-9]+)$ ]] || { echo "$images: $output" && return 1; }
	spare=${BASH_REMATCH[1]}
	[ "$spare" -gt 0 ]
	[ "$spare" -lt "$images" ]
	[ "${lines[1]}" = "Containers 2 0 $containers $containers" ]
	[ "${lines[2]}" = "Local Volumes 2 1 1050 50" ]
	run -0 masu system df -v
	grep -qE "^localhost/other:latest +[0-9a-f]{12} .* [0-9.]+ [kM]?B +[0-9.]+ [kM]?B +[0-9.]+ [kM]?B +0$" <<<"$output" || { echo "$output" && return 1; }
	grep -qE "^localhost/hello:latest .* 2$" <<<"$output"
	grep -qE "^used +1 +1.0 kB$" <<<"$output"
	masu system df -v --format json | jq -e --argjson spare "$spare" '.Images.Reclaimable == $spare and (.Images.Items | length) == 3
		and (.Containers.Items | map(.Name) == ["b", "a"]) and .Volumes.TotalCount == 2 and .Images.Items[0].SharedSize > 0'
	# Exactly that is freed.
	masu image prune -af >/dev/null
	[ "$(df | head -1)" = "Images 1 1 $((images - spare)) 0" ]
	[ "$(files "$MASU_DATA_DIR/images/blobs" "$MASU_DATA_DIR/layers")" = $((images - spare)) ]
	masu rmi -f localhost/hello >/dev/null
	[[ "$(df | head -1)" == "Images 0 0 "* ]] # its container still has the layer
	wrong "unexpected argument" system df operand
	wrong "format" system df --format '{{.Nosuch'
}

@test "rm, stop, kill and restart take all containers, the latest, those of a filter, or that of a file" {
	create a --label app=shop
	create b --label app=shop
	create c --cidfile "$work/cid"
	create d
	wrong "missing argument: CONTAINER, or one of --all" rm
	for option in --all --latest "--filter name=a"; do
		# shellcheck disable=SC2086
		wrong "take no containers" rm $option a
	done
	wrong "must be one of ancestor=" rm --filter nonsense=1
	wrong "read the id of a container from '$work/none'" stop --cidfile "$work/none" a
	[ "$(masu rm --latest)" = d ]
	[ "$(masu rm --cidfile "$work/cid")" = "$(cat "$work/cid")" ]
	[ "$(masu rm --filter label=app --filter name=b)" = b ]
	[ "$(names -a)" = a ]
	[ "$(masu stop --ignore nosuch a)" = $'nosuch\na' ]
	wrong "no container" stop nosuch

	masu run -d --name e --network none "oci:$IMAGES:busybox:latest" sh -c 'trap "exit 7" TERM; echo > /ready; while :; do sleep 0.1; done' >/dev/null
	wait_until 'masu cp e:/ready - >/dev/null 2>&1'
	[ "$(masu stop --all)" = e ]
	[ "$(masu wait e)" = 7 ]
	[ "$(masu kill --all)" = "" ]
	[ "$(masu restart --filter name=e)" = e ]
	[ "$(masu kill --latest)" = e ]
	masu wait e >/dev/null
	[ "$(masu rm --all | sort | xargs)" = "a e" ]
	[ "$(names -a)" = "" ]
}
