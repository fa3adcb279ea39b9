# In the machine, as alice: masu-systemd is missing, cannot be loaded, or is killed at any moment of a start; and it
# reads a container's log from the journal.
# SPDX-License-Identifier: Apache-2.0
. /masu/tests/host/checks/say.sh
set -u
image=localhost:5000/busybox

part "masu-systemd: an image is pulled"
exits "an image is pulled" 0 masu pull -q $image
everything >"$work/before"
real=$(sed -n 's/^ *masu-systemd *//p' <(masu info))
[ -x "$real" ] || fail "masu info names masu-systemd"

# Copies all programs but masu-systemd, which becomes a script.
export MASU_LIBEXEC_DIR=$work/libexec
mkdir "$MASU_LIBEXEC_DIR" && cp -r "${real%/*}"/. "$MASU_LIBEXEC_DIR" && rm "$MASU_LIBEXEC_DIR/masu-systemd"
replace() { printf '#!/bin/sh\n%s\n' "$1" >"$MASU_LIBEXEC_DIR/masu-systemd" && chmod 755 "$MASU_LIBEXEC_DIR/masu-systemd"; }

part "masu-systemd is missing"
exits "a start is refused" 125 masu run --rm --network none $image true
also "the program is named" 'program "masu-systemd" not found'
exits "a detached start is refused" 125 masu run -d --rm --network none $image true
also "the program is named" 'program "masu-systemd" not found'
says "info reports it" 'masu-systemd +not found' masu info
becomes "nothing is left" same_as_before

part "masu-systemd cannot be loaded"
replace 'exit 127'
exits "a start is refused" 125 masu run --rm --network none $image true
also "the reason is named" 'its libraries cannot be loaded'
also "and the remedy" 'install libsystemd'
becomes "nothing is left" same_as_before

# At its N-th system call of a kind masu-systemd is killed, from the first call to the last one that a start makes. From
# the sixth recvmsg on, each message of systemd's takes two: one for its header and one for its body.
part "masu-systemd is killed at each message that it receives or sends"
for calls in recvmsg sendmsg; do
    n=0
    while [ $((n += 1)) -le 40 ]; do
        [ $calls = sendmsg ] || [ $n -le 5 ] || [ $((n % 2)) -eq 1 ] || continue
        replace "exec strace -o /dev/null -e trace=$calls -e inject=$calls:signal=SIGKILL:when=$n '$real' \"\$@\""
        if masu run --rm --network none --name k $image true >"$work/said" 2>&1; then break; fi
        also "$calls $n: the error is clear" 'masu-systemd was killed by signal 9|masu-systemd ended'
        becomes "$calls $n: no unit, cgroup or container is left" same_as_before
    done
    [ "$n" -gt 1 ] && [ "$n" -le 40 ] || fail "$calls: killed at $n calls"
done

part "masu-systemd is killed in a detached start"
for n in 2 4 6 8; do
    replace "exec strace -o /dev/null -e trace=recvmsg -e inject=recvmsg:signal=SIGKILL:when=$n '$real' \"\$@\""
    masu run -d --rm --network none --name d $image sleep 100 >"$work/said" 2>&1 && masu rm -f d >/dev/null
    becomes "recvmsg $n: no unit, cgroup or container is left" same_as_before
done

part "masu-systemd moves a process of exec out of the login session, by one request"
replace "echo >>'$work/ran'; exec '$real' \"\$@\""
exits "start" 0 masu run -d --rm --name d --network none $image sleep 1000
: >"$work/ran"
says "exec is in the container's group" '^0::/$' masu exec d cat /proc/self/cgroup
says "masu-systemd ran once" '^1$' sh -c "wc -l <'$work/ran'"
exits "remove" 0 masu rm -f d
unset MASU_LIBEXEC_DIR
exits "the name is free" 0 masu run --rm --name k --network none $image true

# An entry of the journal, as a log driver writes it: FIELD=VALUE...
write() { printf '%s\n' "CONTAINER_ID_FULL=$id" "$@" | sudo logger --journald; }
# Without /var/log/journal, as here, only root reads the journal. It reads its own entries alone.
read_journal() { sudo python3 /masu/tests/host/checks/journal.py "$real" "$@"; }

part "masu-systemd reads a container's log from the journal"
id=$(tr -d - </proc/sys/kernel/random/uuid)
write MESSAGE=one PRIORITY=6
write MESSAGE=two PRIORITY=3
write MESSAGE=par PRIORITY=6 CONTAINER_PARTIAL_MESSAGE=true
write MESSAGE=tial PRIORITY=6
becomes "the entries are there" sh -c "sudo journalctl -q CONTAINER_ID_FULL=$id | grep tial"
says "all of it" '^out one$' read_journal 9 "$id"
also "stderr" '^err two$'
also "a partial line" '^out\+ par$'
also "its end" '^out tial$'
also "the end of the log" '^end$'
says "the last line, with its parts" '^out\+ par$' read_journal 9 --tail=1 "$id"
not "and no other" 'one|two'
says "nothing before a time" '^end$' read_journal 9 --since="$(date -d '+1 hour' +%s%N)" "$id"
not "no entry" 'out|err'
says "nothing after a time" '^end$' read_journal 9 --until="$(date -d '-1 hour' +%s%N)" "$id"
not "no entry" 'out|err'
read_journal 2 --follow --tail=1 "$id" >"$work/followed" &
becomes "it follows" grep -q tial "$work/followed"
wait $! || fail "and ends with its reader"
write "MESSAGE=$(head -c 40000 /dev/zero | tr '\0' x)" PRIORITY=6
becomes "a long entry is there" sh -c "sudo journalctl -q -o cat CONTAINER_ID_FULL=$id | grep -q xxx"
says "it comes in parts" '^out\+ 32768 bytes$' read_journal 9 --tail=1 "$id"
also "and the rest" '^out 7232 bytes$'
says "another container has none" '^end$' read_journal 9 "$(tr -d - </proc/sys/kernel/random/uuid)"

the_end
