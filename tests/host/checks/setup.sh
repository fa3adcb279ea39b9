# In the machine, as alice: services from quadlet files that need each other.
# SPDX-License-Identifier: Apache-2.0
. /masu/tests/host/checks/say.sh
set -u
image=localhost:5000/busybox
for name in busybox nginx debian:bookworm; do exits "$name is pulled" 0 masu pull -q localhost:5000/$name; done
. /masu/tests/host/checks/setup-files.sh
# Units and groups of earlier scripts would be gone later.
sudo systemctl restart user@1000.service
systemctl --user start masu-userns.service
# The volume stays. The services of masu itself come and go: that for the network, and those of earlier scripts.
all_but() { everything | grep -vE '/volumes|^masu-[a-z-]*[.](service|timer)$'; }
all_but >"$work/before"
as_before() { diff "$work/before" <(all_but); }

part "set-up: it comes up with the user manager in order, stops in order, and leaves nothing"
write_setup <<EOF
Image=$image
Network=none
HealthCmd=test -e /data/ready
HealthInterval=200ms
Notify=healthy
Exec=sh -c 'trap "rm /data/ready; exit 0" TERM; touch /data/ready; while :; do sleep 0.2; done'
[Service]
Restart=always
job
Image=$image
Network=none
Exec=sh -c 'echo ran >>/data/jobs'
EOF
ran() { [ "$(masu exec db cat /data/jobs | grep -cx ran)" = "$1" ]; }
for boot in 1 2; do
    exits "the manager starts anew" 0 sudo systemctl restart user@1000.service
    comes_up
    becomes "the job has run once more" ran $boot
done
stops
becomes "nothing is left" as_before

part "set-up: reloads, executions anew and SIGKILL while it starts leave all of it consistent"
mkdir -p $setup_units/db.service.d $setup_units/web.service.d
for service in db web; do
    printf '[Unit]\nStartLimitIntervalSec=0\n[Service]\nRestart=always\nRestartSec=0\n' >$setup_units/$service.service.d/again.conf
done
for disturb in daemon-reload daemon-reexec "kill --signal KILL db.service" "kill --signal KILL web.service"; do
    exits "the start is asked for" 0 systemctl --user start --no-block web.service echo.socket
    for moment in 1 2 3; do systemctl --user $disturb 2>/dev/null; done
    # Requires= may have stopped one together with the other.
    becomes "it starts" systemctl --user start db.service web.service echo.socket
    comes_up
    becomes "three containers" sh -c "masu ps --format '{{.Names}}' | sort | xargs | grep -qx 'db echo web'"
    case $disturb in
    kill*) # may take effect as late as now
        exits "they stop" 0 stop_all
        systemctl --user reset-failed 2>/dev/null
        nothing_runs
        ;;
    *) stops ;;
    esac
    becomes "nothing is left" as_before
done
rm -r $setup_units/{db,web}.service.d
remove_setup
exits "the volume is removed" 0 masu volume rm systemd-data
the_end
