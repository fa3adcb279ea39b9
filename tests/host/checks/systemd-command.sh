# In the machine: an image whose command is systemd, of alice and of root.
# SPDX-License-Identifier: Apache-2.0
. /masu/tests/host/checks/say.sh
set -u
image=localhost:5000/systemd

boots() { # NAME SUDO...
    local name=$1 as=("${@:2}")
    exits "$name: an image is pulled" 0 "${as[@]}" masu pull -q $image
    exits "$name: it starts, and has a journal in its log" 0 "${as[@]}" masu run -dt --network none --name "$name" $image /sbin/init systemd.journald.forward_to_console=1
    becomes "$name: systemd has booted" "${as[@]}" masu exec "$name" systemctl is-system-running
    says "$name: no unit has failed" '^0 loaded' "${as[@]}" masu exec "$name" systemctl --failed --no-pager
    says "$name: the machine id is that of the container" "^$("${as[@]}" masu inspect --format '{{.Id}}' "$name" | cut -c1-32)" "${as[@]}" masu exec "$name" cat /etc/machine-id
    exits "$name: a unit starts" 0 "${as[@]}" masu exec "$name" systemd-run --unit started sleep 100000
    says "$name: in a cgroup of its own" '^[0-9]+$' "${as[@]}" masu exec "$name" cat /sys/fs/cgroup/system.slice/started.service/cgroup.procs
    "${as[@]}" masu exec "$name" logger "a line of the journal"
    becomes "$name: masu logs has the journal" sh -c "${as[*]} masu logs $name | grep 'a line of the journal'"
    exits "$name: it halts when it is stopped" 0 "${as[@]}" masu stop -t 1000 "$name"
    says "$name: with status 0" '^exited 0$' "${as[@]}" masu inspect --format '{{.State.Status}} {{.State.ExitCode}}' "$name"
    becomes "$name: its log ends with the halt" sh -c "${as[*]} masu logs $name | grep 'Exiting container'"
    exits "$name: it starts again" 0 "${as[@]}" masu start "$name"
    becomes "$name: it has booted again" "${as[@]}" masu exec "$name" systemctl is-system-running
    exits "$name: it is removed" 0 "${as[@]}" masu rm -f "$name"
}

part "systemd boots as the command of a container of alice, and halts when it is stopped"
boots alices

part "systemd boots as the command of a container of root, and halts when it is stopped"
boots roots sudo
the_end
