# In the machine, as alice: masu auto-update and a service from a quadlet file.
# SPDX-License-Identifier: Apache-2.0
. /masu/tests/host/checks/say.sh
set -u
files=~/.config/masu/systemd
image=localhost:5000/alice/app
mkdir -p $files "$work/shared"
state_is() { [ "$(systemctl --user show -P ActiveState app.service)" = "$1" ]; }
version() { masu inspect --format '{{index .Config.Labels "version"}}' app; }
version_is() { [ "$(version)" = "$1" ]; }

# The command of a bad image waits for a file, and fails: until then its service is starting. publish VERSION good|bad
publish() {
    masu run --name maker --network none localhost:5000/busybox sh -c "echo $1 >/$2"
    masu commit -q --change "LABEL version=$1" --change 'ENTRYPOINT ["sh", "-c"]' \
        --change 'CMD ["test -e /good || until test -e /shared/end; do sleep 0.1; done; test -e /good && exec sleep 100000"]' maker "$image"
    masu rm maker
    masu push -q "$image"
    masu rmi -f "$image"
}

part "auto-update: the service runs the newer image, and a broken one is rolled back"
cat >$files/app.container <<END
[Container]
Image=$image
ContainerName=app
RunInit=true
Network=none
AutoUpdate=registry
Volume=$work/shared:/shared
HealthCmd=test -e /good
HealthInterval=200ms
HealthRetries=100000
Notify=healthy
[Service]
TimeoutStartSec=infinity
END
exits "an image is published" 0 publish 1 good
exits "the files are read" 0 systemctl --user daemon-reload
exits "the service starts" 0 systemctl --user start app.service
says "nothing is newer" '^app.service .* \(app\) +localhost:5000/alice/app +registry +false$' masu auto-update
masu tag "$image" localhost/former
exits "a newer one is published" 0 publish 2 good
# The store of the publisher is that of the service.
masu tag localhost/former "$image"
masu rmi localhost/former >/dev/null
says "a dry run says so" ' pending$' masu auto-update --dry-run
exits "the service of the timer updates it" 0 systemctl --user start masu-auto-update.service
says "the service works" '^active$' systemctl --user is-active app.service
says "with the newer image" '^2$' version
says "it is the newest" ' false$' masu auto-update
main=$(systemctl --user show -P MainPID app.service)
masu tag "$image" localhost/former
exits "a broken one is published" 0 publish 3 bad
masu tag localhost/former "$image"
masu rmi localhost/former >/dev/null
touch "$work/shared/end"
says "it is rolled back" ' rolled back$' masu auto-update
also "with a message" 'unit "app.service": the newer image failed; going back to the former one'
says "the service works" '^active$' systemctl --user is-active app.service
says "with the former image" '^2$' version
says "it was restarted" '^yes$' sh -c "[ \$(systemctl --user show -P MainPID app.service) != $main ] && echo yes"
exits "the units are well formed" 0 systemd-analyze --user --man=no verify masu-auto-update.timer masu-auto-update.service
exits "those of the system, too" 0 systemd-analyze --system --man=no verify masu-auto-update.timer masu-auto-update.service

part "auto-update: SIGKILL during the start of a broken image; the next call rolls back"
rm -f "$work/shared/end"
masu auto-update >"$work/updated" 2>&1 &
updater=$!
becomes "the broken image is starting" version_is 3
exits "SIGKILL of masu" 0 kill -KILL $updater
wait $updater
says "systemd goes on with the start" '^activating$' systemctl --user show -P ActiveState app.service
says "a dry run knows of it" 'its update was interrupted' masu auto-update --dry-run
touch "$work/shared/end"
becomes "the service has failed" state_is failed
says "the next call rolls back" ' rolled back$' masu auto-update
says "the service works" '^active$' systemctl --user is-active app.service
says "with the former image" '^2$' version
says "no further name is left" '^0$' sh -c 'masu images | grep -c masu-auto-update'
exits "the service stops" 0 systemctl --user stop app.service
exits "the files go" 0 masu quadlet rm app.container
says "no container is left" '^0$' sh -c 'masu ps -aq | wc -l'
masu image prune -af >/dev/null
the_end
