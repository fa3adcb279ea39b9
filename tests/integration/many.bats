#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Many exited containers: `masu ps -a` reads them from RUN/exited, and every change shows at once.

load ../lib/masu

setup_file() { probe_containers; }

setup() {
	need_containers
	make_work
	# 70 exited containers, of one that has run.
	masu run --name c0 --network none --label kind=exited hello >/dev/null
	python3 -S - "$MASU_DATA_DIR/containers" 70 <<'END'
import json, os, secrets, shutil, sys
store, n = sys.argv[1], int(sys.argv[2])
first = os.readlink(f'{store}/names/c0')
record = json.load(open(f'{store}/{first}/record.json'))
for i in range(1, n):
    record.update(id=secrets.token_hex(32), name=f'c{i}', created=record['created'] + 1)
    home = f'{store}/{record["id"]}'
    os.mkdir(home, 0o700)
    for file in 'config.json', 'exit.json', 'started':
        shutil.copy(f'{store}/{first}/{file}', home)
    for directory in 'root', 'upper', 'work':
        os.mkdir(f'{home}/{directory}', 0o700)
    json.dump(record, open(f'{home}/record.json', 'w'))
    os.symlink(record['id'], f'{store}/names/c{i}')
END
	cache=$MASU_RUN_DIR/exited
	has_cache() { masu ps -a >/dev/null && [ -s "$cache" ]; }
	wait_until has_cache # it takes no container that has changed a moment ago
}

list() { masu ps -a --no-trunc --sort names --format '{{.ID}} {{.Names}} {{.Image}} {{.Command}} {{.Labels}} {{.State}}'; }
count() { masu ps -aq "$@" | wc -l; }
shows() { masu ps -a --format '{{.Names}} {{.Status}}' | grep -q "^$1 $2"; } # NAME STATUS

@test "the list of many exited containers comes from the cache, and is the same without it" {
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
	local expected bad
	expected=$(list)
	for bad in 'head -c 100' 'head -c 5000' 'tr e f' 'tr \0 \1' 'head -c 0' 'sed s/exited/exitex/' 'tail -c 3000'; do
		cp "$cache" "$work/good"
		$bad <"$work/good" >"$cache"
		[ "$(list)" = "$expected" ] || { echo "after $bad" && return 1; }
	done
	rm -f "$cache"
	mkdir "$cache"
	[ "$(list)" = "$expected" ]
	rmdir "$cache"
	ln -s "$work/elsewhere" "$cache.new"
	[ "$(list)" = "$expected" ]
	[ ! -e "$work/elsewhere" ]
	rm "$cache.new"
	# A process that was killed while it wrote left a part.
	echo "masu exited 1 " >"$cache.new"
	wait_until has_cache
	[ "$(list)" = "$expected" ]
	[ ! -e "$cache.new" ]
}
