# In the machine, as alice: one of the boots of tests/host/reboots; 0 makes the set-up.
# SPDX-License-Identifier: Apache-2.0
. /masu/tests/host/checks/say.sh
set -u
. /masu/tests/host/checks/setup-files.sh
boot=$1
postgres=/usr/lib/postgresql/15/bin/postgres

if [ "$boot" = 0 ]; then
    for name in nginx debian:bookworm; do exits "$name is pulled" 0 masu pull -q localhost:5000/$name; done
    exits "PostgreSQL is imported" 0 masu import /masu/out/db.tar localhost/db
    # Debian's PostgreSQL says by itself when it is ready.
    write_setup <<EOF
Image=localhost/db
Network=none
User=postgres
Volume=pgdata.volume:/var/lib/postgresql
Notify=true
StopSignal=SIGINT
Exec=$postgres -D /var/lib/postgresql/15/main -c config_file=/etc/postgresql/15/main/postgresql.conf -c external_pid_file= -c unix_socket_directories=/var/lib/postgresql -c log_destination=stderr
[Service]
TimeoutStartSec=1800
job
Image=localhost/db
Network=none
User=postgres
Volume=pgdata.volume:/var/lib/postgresql
Exec=psql -h /var/lib/postgresql -v ON_ERROR_STOP=1 -c 'create table if not exists boots (n serial)' -c 'insert into boots default values'
EOF
    printf '[Volume]\n' >$setup_files/pgdata.volume
    the_end
    exit
fi
rows() { [ "$(masu exec --user postgres db psql -h /var/lib/postgresql -Atc 'select count(*) from boots')" = "$boot" ]; }
comes_up
becomes "the job has run once in each boot" rows
says "no unit has failed" '^0$' sh -c 'systemctl --user list-units --failed --no-legend | wc -l'
if [ $((boot % 2)) = 0 ]; then
    stops
    exits "no more in its groups" 0 sudo systemctl stop user@1000.service
    says "no process is left" '^0$' sh -c "pgrep -c 'slirp4netns|nginx|postgres|masu'"
fi
the_end
