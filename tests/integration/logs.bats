#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The log drivers: the same output whatever keeps it.

load ../lib/masu

setup_file() { make_images busybox; }

setup() {
    need_ids
    make_work
    image=oci:$IMAGES:busybox:latest
    masu pull -q "$image" >/dev/null
}

run_quiet() { masu run --network none "$@" 2>/dev/null; }

# Lines on both streams, bytes that are not text, and a last line without end.
# shellcheck disable=SC2016 # of the inner shell
words='printf "one\ntwo\n"; echo bad >&2; printf "\303\244\377\000\n"; sleep 0.1; printf "%10000d\nend" 7'

@test "k8s-file and json-file give back the same, in the foreground and in the background" {
    for driver in k8s-file json-file; do
        run_quiet --name "$driver" --log-driver "$driver" "$image" sh -c "$words" >"$work/out" 2>"$work/err"
        run_quiet -d --name "$driver-d" --log-driver "$driver" "$image" sh -c "$words" >/dev/null
        for c in "$driver" "$driver-d"; do
            timeout 300 "$BUILD/masu" logs -f "$c" >"$work/log" 2>"$work/log-err"
            cmp "$work/out" "$work/log"
            [ "$(cat "$work/log-err")" = bad ]
            [ "$(masu logs --tail 1 "$c" 2>/dev/null)" = end ]
            [ "$(masu logs --tail 2 "$c" 2>/dev/null | wc -c)" = 10004 ]
            [ "$(masu logs --since 2100-01-01 "$c" 2>&1 | wc -c)" = 0 ]
            [[ "$(masu logs -t --until 1s "$c" 2>/dev/null | head -n 1)" =~ ^(20[0-9-]+T[0-9:.]+Z\ one)?$ ]]
            [[ "$(masu logs -t "$c" 2>/dev/null | head -n 1)" =~ ^20[0-9-]+T[0-9:.]+Z\ one$ ]]
        done
        [ "$(masu inspect "$driver" | jq -r '.[0].HostConfig.LogConfig.Type')" = "$driver" ]
    done
}

@test "several containers: whole lines behind an id, a name or a color; followed to the end of the last one" {
    for c in one two; do
        run_quiet -d --name "$c" "$image" sh -c "for i in 1 2 3; do echo $c \$i; done; echo bad >&2; printf end" >/dev/null
        masu wait "$c" >/dev/null
    done
    [ "$(masu logs --names two one 2>/dev/null)" = $'two two 1\ntwo two 2\ntwo two 3\ntwo end\none one 1\none one 2\none one 3\none end' ]
    [ "$(masu logs --names one 2>&1 >/dev/null)" = "one bad" ]
    [ "$(masu logs --tail 1 one two 2>/dev/null)" = "$(masu inspect -f '{{truncate .Id 12}} end' one two)" ]
    [ "$(masu logs --color --names -n 1 one two 2>/dev/null)" = $'\e[31mone\e[0m end\n\e[32mtwo\e[0m end' ]
    run -125 masu logs one nosuch
    [[ "$output" == *"one"*"no container with name or id 'nosuch'"* ]]
    run_quiet -d --name three "$image" sh -c 'echo ready; while [ ! -e /stop ]; do sleep 0.1; done; echo last' >/dev/null
    timeout 300 "$BUILD/masu" logs -f --names three one nosuch >"$work/log" 2>"$work/err" &
    follower=$!
    wait_until 'grep -q "three ready" "$work/log" && grep -q "one end" "$work/log"'
    masu exec three touch /stop || [ $? = 137 ] # the container that it ends may take it along
    status=0
    wait $follower || status=$?
    [ "$status" = 125 ]
    [ "$(tail -n 1 "$work/log")" = "three last" ]
    grep -q "no container with name or id 'nosuch'" "$work/err"
}

@test "logs --follow --until ends at that time, also while the container runs" {
    masu run -d --name "$name" --network none "$image" sh -c 'echo line; exec sleep 1000'
    wait_until '[ "$(masu logs "$name")" = line ]'
    [ "$(timeout 300 "$BUILD/masu" logs -f --until 0s "$name")" = line ]
    timeout 300 "$BUILD/masu" logs -f --until "$(date -d '+1 second' +%s)" "$name"
    [ "$(masu inspect --format '{{.State.Status}}' "$name")" = running ]
}

@test "times of --since and --until: with and without a zone, seconds, durations" {
    run_quiet -d --name "$name" "$image" echo line >/dev/null
    masu wait "$name" >/dev/null
    stamp=$(masu logs -t "$name" | cut -d' ' -f1)
    seconds=$(date -d "$stamp" +%s.%N)
    for time in "$stamp" "$seconds" "$(date -d "$stamp" +%Y-%m-%dT%H:%M:%S.%N)" "$(TZ=UTC-5:30 date -d "$stamp" +%Y-%m-%dT%H:%M:%S.%N%:z)"; do
        [ "$(masu logs --since "$time" --until "$time" "$name")" = line ]
    done
    [ "$(masu logs --since 1h30m --until 0s "$name")" = line ]
    [ "$(masu logs --since "$((${seconds%.*} + 1))" "$name")" = "" ]
    [ "$(masu logs --until 1.5h "$name")" = "" ]
    [ "$(masu logs --since "$(date -d "$stamp" +%Y-%m-%d)" "$name")" = line ]
}

@test "json-file is docker's format, and is rotated" {
    run_quiet -d --name "$name" --log-driver json-file --log-opt max-size=2k --log-opt max-file=3 "$image" \
        sh -c 'for i in $(seq 100); do echo line "$i"; done; printf "\"\303\244\\\\" >&2' >/dev/null
    timeout 300 "$BUILD/masu" logs -f "$name" >/dev/null 2>&1 # to its end
    timeout 300 "$BUILD/masu" logs "$name" >"$work/log" 2>/dev/null # what rotation left
    dir=$(echo "$MASU_DATA_DIR"/containers/*/log)
    dir=${dir%/log}
    [ "$(find "$dir" -name 'log*' -size -2049c | wc -l)" = 3 ]
    jq -es 'all(keys == ["log", "stream", "time"]) and ([.[] | select(.stream == "stderr") | .log] | add == "\"ä\\")' "$dir/log"
    [ "$(cat "$dir/log.2" "$dir/log.1" "$dir/log" | jq -js 'map(select(.stream == "stdout") | .log) | add')" = "$(cat "$work/log")" ]
    [ "$(tail -n 1 "$work/log")" = "line 100" ]
}

@test "an option that the driver has not is refused, as is an unknown driver" {
    run -125 masu create --log-driver syslog "$image" true
    [[ "$output" == *'unknown log driver: "syslog"'*"supported: k8s-file, json-file, journald, none"* ]]
    run -125 masu create --log-driver k8s-file --log-opt tag=x "$image" true
    [[ "$output" == *'the log driver "k8s-file" has no option tag'* ]]
    run -125 masu create --log-driver journald --log-opt max-size=1m "$image" true
    [[ "$output" == *'the log driver "journald" has no option max-size'* ]]
    run -125 masu create --log-driver journald --log-opt 'tag={{.Nope}}' "$image" true
    [[ "$output" == *'invalid log tag'*"{{.ImageName}}"* ]]
}

@test "without a journal a start fails, and does not lose its log" {
    [ ! -S /run/systemd/journal/socket ] || skip "this machine has a journal"
    for how in -d -i; do
        run -125 masu run --rm --network none --log-driver journald $how "$image" true
        [[ "$output" == *'cannot log to "journald": '*"use --log-driver k8s-file"* ]]
    done
    [ -z "$(masu ps -aq)" ]
}

# A journal that writes down the fields of each entry, and masu beside it.
with_journal() {
    unshare -m --propagation private sh -ec '
        mkdir -p /run/systemd/journal
        mount -t tmpfs tmpfs /run/systemd/journal
        python3 "$0/logs/journal.py" /run/systemd/journal/socket >"$1" &
        journal=$!
        until [ -S /run/systemd/journal/socket ]; do sleep 0.05; done
        out=$1
        shift
        "$@"
        for try in $(seq 2400); do ! grep -q CONTAINER_LOG_END "$out" || break; sleep 0.05; done
        kill $journal' "$BATS_TEST_DIRNAME" "$work/journal" "$@"
}

@test "journald: a line is an entry with the container's names" {
    need_root "a journal of the test's is mounted"
    for how in -d -i; do
        with_journal "$BUILD/masu" run --rm $how --name "box$how" --network none --log-driver journald \
            --log-opt 'tag=t/{{.Name}}/{{.ID}}' "$image" sh -c "$words" >"$work/out" 2>&1
        jq -es 'map(select(.MESSAGE == "one"))[0] | .PRIORITY == "6" and .CONTAINER_NAME == "box'$how'"
            and (.CONTAINER_ID_FULL | length) == 64 and .CONTAINER_TAG == "t/box'$how'/" + .CONTAINER_ID
            and .SYSLOG_IDENTIFIER == .CONTAINER_TAG and (.IMAGE_NAME | endswith("busybox:latest"))
            and has("CONTAINER_PARTIAL_MESSAGE") == false' "$work/journal"
        jq -es 'map(select(.MESSAGE == "bad"))[0].PRIORITY == "3"' "$work/journal"
        jq -es 'map(select(.MESSAGE == "end"))[0].CONTAINER_PARTIAL_MESSAGE == "true"' "$work/journal"
        [ "$(jq -js 'map(select(.PRIORITY == "6" and has("CONTAINER_LOG_END") == false)
            | .MESSAGE + if has("CONTAINER_PARTIAL_MESSAGE") then "" else "\n" end) | add' "$work/journal" | wc -c)" = 10019 ]
        jq -es '.[-1].CONTAINER_LOG_END == "1"' "$work/journal"
    done
}
