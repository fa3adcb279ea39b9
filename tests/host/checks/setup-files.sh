# SPDX-License-Identifier: Apache-2.0
# The quadlet files of a set-up of services that need each other, for setup.sh and reboots.sh: a database, a web server after
# it, a job by a timer, and an echo service that its socket starts.
setup_files=~/.config/masu/systemd
setup_units=~/.config/systemd/user
mkdir -p $setup_files $setup_units
WAIT_LIMIT=600 # a start of the user manager and of all services

# Lines of [Container] of the database and of the job on standard input, divided by a line "job".
write_setup() {
    cat >"$work/lines"
    sed '/^job$/,$d' "$work/lines" >"$work/db"
    sed '1,/^job$/d' "$work/lines" >"$work/job"
    printf '[Container]\nContainerName=db\nStopTimeout=60\nVolume=data.volume:/data\n%s\n[Install]\nWantedBy=default.target\n' "$(cat "$work/db")" >$setup_files/db.container
    printf '[Unit]\nRequires=db.service\nAfter=db.service\n[Container]\nContainerName=job\nVolume=data.volume:/data\n%s\n[Service]\nType=oneshot\n' \
        "$(cat "$work/job")" >$setup_files/job.container
    printf '[Volume]\n' >$setup_files/data.volume
    cat >$setup_files/web.container <<'F'
[Unit]
Requires=db.service
After=db.service
[Container]
Image=localhost:5000/nginx
ContainerName=web
StopTimeout=60
PublishPort=127.0.0.1:8090:80
[Install]
WantedBy=default.target
F
    cat >$setup_files/echo.container <<'F'
[Container]
Image=localhost:5000/debian:bookworm
ContainerName=echo
StopTimeout=60
Network=none
RunInit=true
Exec=perl -e 'open my $l, "+<&=", 3 or die; while (accept my $c, $l) { my $line = <$c>; syswrite $c, $line; close $c }'
F
    printf '[Timer]\nOnStartupSec=1s\n[Install]\nWantedBy=timers.target\n' >$setup_units/job.timer
    printf '[Socket]\nListenStream=127.0.0.1:7777\n[Install]\nWantedBy=sockets.target\n' >$setup_units/echo.socket
    systemctl --user daemon-reload
    systemctl --user enable -q job.timer echo.socket
}

remove_setup() {
    systemctl --user disable -q job.timer echo.socket
    rm -rf $setup_files/{db,job,web,echo}.container $setup_files/data.volume $setup_units/{job.timer,echo.socket}
    systemctl --user daemon-reload
}

of() { systemctl --user show -P "$1" "$2"; }
is() { [ "$(of "$1" "$2")" = "$3" ]; }
answers() { curl -fs http://127.0.0.1:8090/ | grep -q 'Hello from nginx'; }
echoes() { [ "$(timeout 600 bash -c 'exec 5<>/dev/tcp/127.0.0.1/7777; echo word >&5; cat <&5')" = word ]; }
# The time of the first event is not later than that of the second one: PROPERTY UNIT PROPERTY UNIT
in_order() { [ "$(of "$1Monotonic" "$2")" -gt 0 ] && [ "$(of "$1Monotonic" "$2")" -le "$(of "$3Monotonic" "$4")" ]; }

# Each service runs, its main process is the container's, and the web server was started after the database was up.
consistent() {
    for service in db web echo; do
        is ActiveState $service.service active || return
        [ "$(of MainPID $service.service)" = "$(masu inspect --format '{{.State.Pid}}' $service)" ] || return
    done
    in_order ActiveEnterTimestamp db.service InactiveExitTimestamp web.service
}

comes_up() {
    becomes "the database is up" is ActiveState db.service active
    becomes "the web server is up" is ActiveState web.service active
    becomes "it answers" answers
    becomes "the socket starts the echo service" echoes
    becomes "all is consistent" consistent
}

stop_all() { systemctl --user stop echo.socket echo.service db.service job.timer data-volume.service; }

# The web server requires the database, so it stops first.
stops() {
    exits "they stop" 0 stop_all
    exits "the web server before the database" 0 in_order InactiveEnterTimestamp web.service ActiveExitTimestamp db.service
    for service in db web echo; do
        says "$service: as it should" '^inactive success$' sh -c "echo \$(systemctl --user show -P ActiveState $service.service) \$(systemctl --user show -P Result $service.service)"
    done
    nothing_runs
}

nothing_runs() {
    says "no container is left" '^0$' sh -c 'masu ps -aq | wc -l'
    becomes "no process is left" sh -c "! pgrep -u alice 'slirp4netns|nginx|masu-monitor'"
}
