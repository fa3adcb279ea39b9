# In the machine, as alice, who may use sudo: findings of masu doctor that need systemd, and their fixes, for bob.
# SPDX-License-Identifier: Apache-2.0
. /masu/tests/host/checks/say.sh
set -u

doctor() { sudo runuser -u bob -- env -i HOME=/home/bob PATH="$PATH" LANG=C.UTF-8 sh -c 'cd && exec masu doctor "$@"' - "$@"; }
ids() { doctor --format '{{.Severity}} {{.ID}}'; }
has() { ids | grep -qx "$1"; }
lacks() { ! ids | grep -q " $1\$"; }
fix() { doctor --format "{{if eq .ID \"$1\"}}{{.Fix}}{{end}}" | grep . | head -n 1; }

part "doctor: a user without a manager, a run-time directory and lingering"
for finding in "warning user-manager" "note linger" "warning run-time-directory"; do
    exits "bob has the finding $finding" 0 has "$finding"
done
command=$(fix user-manager)
exits "the fix is one command: $command" 0 [ "$command" = "sudo loginctl enable-linger bob" ]
exits "it is executed" 0 sh -c "$command"
for id in user-manager linger run-time-directory; do
    becomes "and the finding $id is gone" lacks $id
done

part "doctor: controllers that are not delegated"
exits "bob has them all" 0 lacks cgroup-delegation
dropins=/etc/systemd/system/user@.service.d
sudo mv $dropins/delegate.conf /tmp/
printf '[Service]\nDelegate=pids memory\n' | sudo tee $dropins/50-masu-delegate.conf >/dev/null # in place of masu's own
sudo systemctl daemon-reload
sudo systemctl restart user@1001.service
becomes "with fewer he has the finding" has "warning cgroup-delegation"
exits "he creates a container with a limit" 0 sudo runuser -u bob -- sh -c 'cd && masu create --name d --network none --device-read-bps /dev/ubda:1mb hello'
says "masu doctor CONTAINER names the missing controllers" '^error: controllers \([a-z ]*\): limits' doctor d
command=$(fix cgroup-delegation)
exits "its fix is executed" 0 sh -c "$command"
sudo systemctl restart user@1001.service # as a new login
becomes "and the finding is gone" lacks cgroup-delegation
exits "of the container, too" 0 doctor d
sudo mv /tmp/delegate.conf $dropins/
sudo rm $dropins/50-masu-delegate.conf
sudo loginctl disable-linger bob

part "doctor: a mount that belongs to a group of the user"
gid=4000
member() { # alice, as a member of the group
    sudo setpriv --reuid 1000 --regid 1000 --groups $gid env HOME="$HOME" PATH="$PATH" XDG_RUNTIME_DIR="$XDG_RUNTIME_DIR" "$@"
}
sudo install -d -m 770 -o root -g $gid /srv/shared
echo text | sudo tee /srv/shared/file >/dev/null
exits "a container is created" 0 member masu create --name g --network none -v /srv/shared:/s localhost:5000/busybox cat /s/file
exits "it cannot read the file" 1 member masu start -a g
says "and masu doctor says why" 'may not read it: it belongs to user 0 \(root\), mode 0770; create it again with --group-add keep-groups' \
    member masu doctor g
command=$(member masu doctor --format '{{if eq .ID "mount-access"}}{{.Fix}}{{end}}' g | grep .)
exits "its fix is executed" 0 member sh -c "$command"
says "and it reads the file" '^text$' member masu start -a g
exits "and no finding is left" 0 member masu doctor g
masu rm -f g >/dev/null

part "doctor: devices that belong to a group"
sudo rm -rf /dev/dri /dev/ttyUSB7
sudo mkdir /dev/dri
for device in dri/renderD128:video ttyUSB7:dialout; do # each is the null device
    sudo mknod -m 660 "/dev/${device%:*}" c 1 3
    sudo chgrp "${device#*:}" "/dev/${device%:*}"
done
as_bob() { sudo runuser -u bob -- env -i HOME=/home/bob PATH="$PATH" sh -c 'cd && exec "$@"' - "$@"; }
exits "bob has a finding of the host" 0 has "note device-group"
says "that names the group" 'serial ports.*group dialout' doctor
create() { as_bob masu create --name u --network none --device /dev/ttyUSB7 --device /dev/dri localhost:5000/busybox \
    sh -c 'echo x >/dev/ttyUSB7 && echo y >/dev/dri/renderD128 && echo written'; }
exits "he cannot create a container with it" 125 create
also "and learns the command" 'group dialout: sudo usermod -aG dialout bob, and log in again$'
sudo usermod -aG dialout,video bob
exits "a member of the groups can" 0 create
sudo gpasswd -d bob dialout >/dev/null
sudo gpasswd -d bob video >/dev/null
container_fix() { doctor --format '{{if eq .ID "device-group"}}{{.Fix}}{{"\n"}}{{end}}' u | grep . | sort -u; }
says "masu doctor CONTAINER names both devices" '/dev/ttyUSB7.*dialout' doctor u
also "the one in a directory, too" '/dev/dri/renderD128.*video'
commands=$(container_fix)
says "each fix is one command" '^2$' sh -c "echo '$commands' | grep -cx 'sudo usermod -aG [a-z]* bob'"
exits "both are executed" 0 sh -e -c "$commands"
says "the session has to begin anew" 'which the user has joined; log in again' \
    sudo setpriv --reuid bob --regid bob --clear-groups env HOME=/home/bob PATH="$PATH" masu doctor u
becomes "of the host, no finding is left for a new login" lacks device-group
says "the container does not have the groups" 'create it again with --group-add keep-groups' doctor u
exits "its fix is executed" 0 as_bob sh -e -c "$(container_fix)"
says "and the devices can be written" '^written$' as_bob masu start -a u
exits "no finding is left" 0 doctor u
as_bob masu rm -f u >/dev/null
sudo rm -r /dev/dri /dev/ttyUSB7
the_end
