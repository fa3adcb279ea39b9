# In the machine, as alice: the units that are about containers by their names.
# SPDX-License-Identifier: Apache-2.0
. /masu/tests/host/checks/say.sh
set -u
image=localhost:5000/busybox

# MANAGER... of a unit: systemctl with its options, and masu, as its owner has it
service_of() { # NAME SUDO... -- SYSTEMCTL-OPTION...
    local name=$1 as=()
    shift
    while [ "$1" != -- ]; do
        as+=("$1")
        shift
    done
    shift
    local unit=masu@$name.service
    exits "$name: a container is created" 0 "${as[@]}" masu create -q --init --network none --stop-timeout 100 --name "$name" --hostname "$name" $image \
        sh -c 'echo output of $HOSTNAME; trap "exit 9" USR1; while :; do sleep 0.1; done'
    exits "$name: the unit is well formed" 0 systemd-analyze "$@" --man=no verify "$unit"
    exits "$name: it starts" 0 "${as[@]}" systemctl "$@" start "$unit"
    exits "$name: it is active" 0 "${as[@]}" systemctl "$@" is-active "$unit"
    starts_so_often() { [ "$(sudo journalctl -q --no-pager -o cat | grep -cx "output of $name")" = "$1" ]; }
    becomes "$name: the container runs, and its output is in the journal" starts_so_often 1
    pid=$("${as[@]}" masu inspect --format '{{.State.Pid}}' "$name")
    exits "$name: it fails" 0 "${as[@]}" masu kill -s USR1 "$name"
    becomes "$name: it is started again" starts_so_often 2
    becomes "$name: by another process" sh -c "p=\$(${as[*]} masu inspect --format '{{.State.Pid}}' $name); [ \"\$p\" != $pid ] && [ \"\$p\" -gt 0 ]"
    exits "$name: it stops" 0 "${as[@]}" systemctl "$@" stop "$unit"
    says "$name: that is not a failure" '^inactive$' "${as[@]}" systemctl "$@" is-active "$unit"
    says "$name: the container has exited" '^false$' "${as[@]}" masu inspect --format '{{.State.Running}}' "$name"
    exits "$name: it is removed" 0 "${as[@]}" masu rm "$name"
    "${as[@]}" systemctl "$@" start "masu@$name-x.service"
    becomes "$name: a container that does not exist fails the unit" "${as[@]}" systemctl "$@" is-failed "masu@$name-x.service"
}

part "masu@.service: a container by its name as a service, of alice and of root"
exits "an image is pulled" 0 masu pull -q $image
service_of my-db -- --user
service_of root-db sudo -- --system

part "masu-prune.service removes old containers, but no box and no new one"
exits "the units are well formed" 0 systemd-analyze --user --man=no verify masu-prune.timer masu-prune.service
exits "those of the system, too" 0 systemd-analyze --system --man=no verify masu-prune.timer masu-prune.service
exits "the timer can be enabled" 0 systemctl --user enable --now masu-prune.timer
says "it waits" '^active$' systemctl --user is-active masu-prune.timer
masu create -q --network none --name old $image true >/dev/null
masu create -q --network none --name new $image true >/dev/null
masu box create -q $image old-box >/dev/null
# Eleven days pass for two of them.
for name in old old-box; do
    record=~/.local/share/masu/containers/$(masu inspect --format '{{.Id}}' $name)/record.json
    created=$(grep -oE '"created": *[0-9]+' "$record" | grep -oE '[0-9]+$')
    sed -i "s/$created/$((created - 11 * 86400 * 1000000000))/" "$record"
done
exits "it runs" 0 systemctl --user start masu-prune.service
says "only the old one is gone" '^new old-box$' sh -c "masu ps -a --format '{{.Names}}' | sort | xargs"
exits "the timer can be disabled" 0 systemctl --user disable --now masu-prune.timer
exits "the rest is removed" 0 masu rm -f new old-box
the_end
