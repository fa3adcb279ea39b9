# In the machine, as alice: services from quadlet files.
# SPDX-License-Identifier: Apache-2.0
. /masu/tests/host/checks/say.sh
set -u
image=localhost:5000/busybox
files=~/.config/masu/systemd
mkdir -p $files
unit() { cat >"$files/$1"; }
state() { systemctl --user show -P "$1" "$2"; }
state_is() { [ "$(state "$1" "$2")" = "$3" ]; }
same_group() { [ "$(cut -d: -f3 /proc/"$(masu inspect --format '{{.State.Pid}}' web)"/cgroup | grep -c /web.service/)" = 1 ]; }

part "a quadlet service with volume, port, environment, health check and dependency; a broken file beside it"
exits "an image is pulled" 0 masu pull -q $image
unit web.container <<EOF
[Unit]
Description=The web server
Requires=db.container
After=db.container

[Container]
Image=$image
ContainerName=web
RunInit=true
PublishPort=127.0.0.1:8090:80
Volume=pages.volume:/www
Environment="GREETING=hello \$\$world 100%%"
HealthCmd=wget -q -O - http://127.0.0.1/index.html
HealthInterval=1s
Notify=healthy
Exec=sh -c 'echo it begins >/dev/stdout && echo "\$\$GREETING" >/www/index.html && exec httpd -f -h /www'

[Service]
Restart=on-failure
MemoryMax=64M

[Install]
WantedBy=default.target
EOF
unit db.container <<EOF
[Container]
Image=$image
RunInit=true
Exec=sleep 1000000
EOF
echo '[Volume]' | unit pages.volume
printf '[Container]\nImage=%s\nPod=x.pod\nNonsense=1\n' $image | unit broken.container
exits "the files are read" 0 systemctl --user daemon-reload
says "they are listed" '^web.container *web.service *ok ' masu quadlet list
says "also the broken one" '^broken.container *broken.service *errors ' masu quadlet list
exits "the service starts" 0 systemctl --user start web.service
says "it is healthy by then" '^healthy$' masu inspect --format '{{.State.Health.Status}}' web
says "its main process is that of the container" '^yes$' sh -c "[ \$(systemctl --user show -P MainPID web.service) = \$(masu inspect --format '{{.State.Pid}}' web) ] && echo yes"
becomes "it answers" sh -c "curl -fs http://127.0.0.1:8090/index.html | grep -qxF 'hello \$world 100%'"
exits "the dependency runs" 0 state_is ActiveState db.service active
exits "the volume's service is active" 0 state_is ActiveState pages-volume.service active
says "the volume" '^systemd-pages$' masu volume ls -q
says "it is in the group of its service, with the limit" '^67108864$' sh -c "cat /sys/fs/cgroup\$(systemctl --user show -P ControlGroup web.service)/memory.max"
exits "the container, too" 0 same_group
becomes "its output is in the journal, once" sh -c "[ \$(sudo journalctl -q --no-pager _SYSTEMD_USER_UNIT=web.service | grep -c 'it begins') = 1 ]"
says "wanted at boot" web.service systemctl --user show -P Wants default.target

part "a broken file: its service fails and says why"
exits "its service does not start" 1 systemctl --user start broken.service
becomes "systemctl status has the file and line" sh -c "systemctl --user status broken.service | grep \"broken.container:4: unknown key 'Nonsense'\""
says "and the status" 'status=78' systemctl --user status broken.service
exits "verify has them, too" 1 masu quadlet verify $files/broken.container
also "with file and line" 'broken.container:3: Pod= is not supported'

part "quadlet: restart, reload and stop; nothing is left"
pid=$(masu inspect --format '{{.State.Pid}}' web)
exits "it restarts" 0 systemctl --user restart web.service
becomes "it answers again" sh -c "curl -fs http://127.0.0.1:8090/index.html | grep -q hello"
says "by another process" '^yes$' sh -c "[ \$(masu inspect --format '{{.State.Pid}}' web) != $pid ] && echo yes"
exits "a reload in between changes nothing" 0 systemctl --user daemon-reload
exits "a kill of the container" 0 masu kill web
becomes "Restart= starts it again" sh -c "[ \$(systemctl --user show -P NRestarts web.service) = 1 ] && curl -fs http://127.0.0.1:8090/index.html"
exits "the services stop" 0 systemctl --user stop web.service db.service pages-volume.service
says "as they should" '^success$' state Result web.service
says "no container is left" '^0$' sh -c "masu ps -aq | wc -l"
says "no scope is left" '^0$' sh -c "systemctl --user list-units --all --no-legend 'masu-*.scope' | wc -l"
becomes "no process is left" sh -c "! pgrep -u alice 'slirp4netns|httpd|masu-monitor'"
exits "the files go" 0 masu quadlet rm web.container db.container pages.volume broken.container
says "and the units" '^not-found$' state LoadState web.service
exits "the volume stays until it is removed" 0 masu volume rm systemd-pages
the_end
