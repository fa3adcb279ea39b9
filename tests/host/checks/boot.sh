# In the machine, as alice: her user manager ends and starts again, as by a reboot.
# SPDX-License-Identifier: Apache-2.0
. /masu/tests/host/checks/say.sh
set -u
image=localhost:5000/busybox
status_is() { [ "$(masu inspect --format '{{.State.Status}} {{.State.ExitCode}}' "$1")" = "$2" ]; }

part "masu-restart.service starts what the restart policies ask for, after the user manager was started anew"
exits "an image is pulled" 0 masu pull -q $image
for name in always unless stopped never; do
    case $name in
    always) policy=always ;;
    never) policy=no ;;
    *) policy=unless-stopped ;;
    esac
    exits "$name starts" 0 masu run -d --init --name $name --restart $policy $image sleep 1000000
done
exits "stopped is stopped" 0 masu stop stopped
exits "doctor finds that the unit is not enabled" 0 masu doctor
also "and names the command" 'systemctl --user enable masu-restart.service'
not "she lingers" boot-linger
exits "the command works" 0 systemctl --user enable masu-restart.service
exits "the unit is well formed" 0 systemd-analyze --user --man=no verify masu-restart.service
says "doctor finds nothing" '^0$' sh -c "masu doctor | grep -c 'masu-restart.service'"
pid=$(masu inspect --format '{{.State.Pid}}' always)
exits "the manager starts anew" 0 sudo systemctl restart user@1000.service
becomes "the unit has run" systemctl --user is-active masu-restart.service
says "both run" '^always unless$' sh -c "masu ps --format '{{.Names}}' | sort | xargs"
says "by another process" '^yes$' sh -c "[ \$(masu inspect --format '{{.State.Pid}}' always) != $pid ] && echo yes"
says "in a scope" 'masu.slice/masu-always.scope' sh -c "cat /proc/\$(masu inspect --format '{{.State.Pid}}' always)/cgroup"
exits "the stopped one has exited" 0 status_is stopped "exited 143"
exits "the one without a policy has exited" 0 status_is never "exited 143"

part "a container that cannot start does not prevent the others, and fails the unit"
broken=$(masu inspect --format '{{.Id}}' always)
mv ~/.local/share/masu/containers/"$broken"/config.json "$work/config.json"
sudo systemctl restart user@1000.service
becomes "the unit has failed" systemctl --user is-failed masu-restart.service
says "the other one runs" '^unless$' sh -c "masu ps --format '{{.Names}}' | xargs"
becomes "its journal has the reason" sh -c "sudo journalctl -q --no-pager _SYSTEMD_USER_UNIT=masu-restart.service | grep config.json"
mv "$work/config.json" ~/.local/share/masu/containers/"$broken"/config.json
exits "all are removed" 0 masu rm -f always unless stopped never
exits "the unit is disabled" 0 systemctl --user disable masu-restart.service
the_end
