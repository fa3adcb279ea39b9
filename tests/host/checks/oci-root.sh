# In the machine, as alice: masu-oci on the engine's containers, rootless and in their scopes.
# SPDX-License-Identifier: Apache-2.0
. /masu/tests/host/checks/say.sh
set -u
image=localhost:5000/busybox
engine() { masu-oci --root "$XDG_RUNTIME_DIR/masu/containers" "$@"; }
field() { python3 -c "import json,sys; print(json.load(open('$work/said'))$1)"; }

part "masu-oci: an image is pulled"
exits "an image is pulled" 0 masu pull -q $image
everything >"$work/before"

part "masu-oci: the state of a container in its scope"
exits "a container in the background" 0 masu run -d --name r -m 64m --user 12:34 $image sleep 1000
id=$(masu ps -q --no-trunc)
says "list" "$id .*running" engine list
exits "state" 0 engine state "$id"
[ "$(field '["status"]')" = running ] || fail "it is running"
pid=$(field '["pid"]')

part "masu-oci: a process in a container in its scope"
says "exec as its user" "uid=12 gid=34" engine exec "$id" id
says "exec with its filter" "Seccomp:.2" engine exec "$id" grep Seccomp: /proc/self/status
exits "exec, exit status" 3 engine exec "$id" sh -c 'exit 3'
exits "exec, detached" 0 engine exec -d "$id" sleep 998
exits "its processes" 0 engine ps --format json "$id"
[ "$(field '.__len__()')" = 2 ] || fail "there are two processes"
grep -q 'masu-r.scope/container' "/proc/$pid/cgroup" || fail "init is in the scope"
for other in $(engine ps --format json "$id" | tr '[],' ' '); do
    [ "$(cat "/proc/$other/cgroup")" = "$(cat "/proc/$pid/cgroup")" ] || fail "$other is in another cgroup"
done

part "masu-oci: limits and statistics of a container in its scope"
exits "statistics" 0 engine events --stats "$id"
[ "$(field '["data"]["memory"]["usage"]["limit"]')" = $((64 << 20)) ] || fail "the limit of its start"
exits "update" 0 engine update --memory 48M "$id"
exits "statistics" 0 engine events --stats "$id"
[ "$(field '["data"]["memory"]["usage"]["limit"]')" = $((48 << 20)) ] || fail "the new limit"
says "the engine knows it" '"Memory": 50331648' masu inspect r

part "masu-oci: pause, resume, kill in a scope"
exits "pause" 0 engine pause "$id"
says "masu ps shows it" 'Paused' masu ps
exits "exec in a paused container" 255 engine exec "$id" true
exits "resume" 0 engine resume "$id"
exits "exec after it" 0 engine exec "$id" true
exits "delete is refused" 1 engine delete --force "$id"
also "by name" "managed by masu"
exits "pause" 0 engine pause "$id"
exits "kill" 0 engine kill "$id" KILL
has_ended() { masu ps -a | grep -q 'Exited (137)'; }
becomes "masu records the end" has_ended
exits "rm" 0 masu rm r
becomes "nothing is left" same_as_before
the_end
