# In the machine, as alice: the user manager starts the holder of her ids (docs/architecture.md).
# SPDX-License-Identifier: Apache-2.0
set -u
. /masu/tests/host/checks/say.sh

unit=masu-userns.service
used=$work/used
mkdir "$work/bin"
printf '#!/bin/sh\necho used >>%s\nexec %s "$@"\n' "$used" "$(command -v newuidmap)" >"$work/bin/newuidmap"
chmod +x "$work/bin/newuidmap"
PATH=$work/bin:$PATH

start() { rm -f "$used"; exits "$1" 0 masu run --rm --network none hello; }
is_used() { [ -e "$used" ] || fail "newuidmap ran: $1"; }
is_not_used() { [ ! -e "$used" ] || fail "newuidmap did not run: $1"; }
pid() { systemctl --user show --property MainPID --value $unit; }
holds() { [ "$(pid)" != 0 ] && [ "$(cut -d' ' -f1 "$XDG_RUNTIME_DIR/masu-userns")" = "$(pid)" ]; }
ends() { [ "$(pid)" = 0 ]; }
# A start whose scope exists before its request for the holder has arrived goes without one: the next start repeats it.
gets_holder() { # WHAT
    wait_until kept holds >/dev/null || exits "a further start" 0 masu run --rm --network none hello
    becomes "$1" holds
}

part "holder: the first start has it started, and the second does not run newuidmap"
systemctl --user stop $unit
start "the first"
is_used "for the first"
gets_holder "a holder"
start "the second"
is_not_used "for the second"
exits "with a network" 0 masu run --rm hello
also "slirp4netns joins it" 'tap0'
says "it is in a unit of its own" '/masu.slice/masu-userns.service$' cat "/proc/$(pid)/cgroup"

part "holder: several first starts have one started"
systemctl --user stop $unit
for i in 1 2 3 4 5 6 7 8; do masu run --rm --network none hello >"$work/out-$i" 2>&1 & done
wait
[ "$(grep -l 'Hello' "$work"/out-* | wc -l)" = 8 ] || fail "all of them ran"
gets_holder "a holder"
[ "$(pgrep -u alice -x masu-userns | wc -l)" = 1 ] || fail "one holder"

part "holder: killed, or stopped by SIGSTOP or the freezer"
kill -KILL "$(pid)"
becomes "it is dead" ends
start "after the kill"
is_used "after the kill"
gets_holder "another one"
kill -STOP "$(pid)"
start "while it is stopped"
is_not_used "while it is stopped"
kill -CONT "$(pid)"
systemctl --user freeze $unit
start "while it is frozen"
is_not_used "while it is frozen"
systemctl --user thaw $unit

part "holder: a change of the sub-ids ends it"
sudo cp -p /etc/subuid /etc/subuid.saved
sudo sh -c 'cp -p /etc/subuid /etc/subuid.new && echo alice:900000:1000 >>/etc/subuid.new && mv /etc/subuid.new /etc/subuid'
becomes "it ends" ends
start "with a further range"
is_used "with a further range"
gets_holder "another one"
says "the holder has the range" ' 900000 +1000$' cat "/proc/$(pid)/uid_map"
start "below it"
is_not_used "below it"
sudo mv /etc/subuid.saved /etc/subuid
becomes "it ends again" ends

part "holder: a start works without it"
start "the first of all"
gets_holder "a holder"
systemctl --user mask --runtime $unit
systemctl --user stop $unit
start "without a holder"
is_used "without a holder"
ends || fail "no holder"
systemctl --user unmask $unit

part "other maps: started from a login session, with the helper of the network in the scope"
monitors() { # the programs beside the container
    local pid
    for pid in $(cat "/sys/fs/cgroup$(systemctl --user show --property ControlGroup --value masu-other.scope)/monitor/cgroup.procs"); do
        cat "/proc/$pid/comm"
    done
}
for mode in keep-id nomap auto; do
    exits "$mode" 0 masu run -d --name other --userns $mode localhost:5000/busybox sleep 1000
    says "$mode: the helper is in the scope" '^slirp4netns$' monitors
    also "$mode: and the monitor" '^masu-monitor$'
    exits "$mode: removed" 0 masu rm -f other
done
the_end
