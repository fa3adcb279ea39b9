# In the machine, as alice: without one thing or another.
# SPDX-License-Identifier: Apache-2.0
. /masu/tests/host/checks/say.sh
set -u
image=localhost:5000/busybox

part "missing: an image is pulled"
exits "an image is pulled" 0 masu pull -q $image
run() { masu run --rm "$@"; }

part "missing: the session bus"
exits "no session bus: the manager's own socket" 0 env -u DBUS_SESSION_BUS_ADDRESS masu run --rm --memory 64M $image true
exits "no XDG_RUNTIME_DIR: /run/user is found" 0 env -u XDG_RUNTIME_DIR -u DBUS_SESSION_BUS_ADDRESS \
    masu run --rm --memory 64M $image true

away() { sudo mv "$1" "$1.away"; }
back() { sudo mv "$1.away" "$1"; }

part "missing: newuidmap"
away /usr/bin/newuidmap
systemctl --user stop masu-userns.service
exits "no newuidmap" 125 run $image true
also "is named" 'newuidmap'
says "info says so" 'newuidmap +not found' masu info
back /usr/bin/newuidmap

part "missing: sub-ids"
sudo cp /etc/subuid /tmp/subuid
sudo cp /etc/subgid /tmp/subgid
sudo sed -i /alice/d /etc/subuid /etc/subgid
free=$(sort -t: -k2n /etc/subuid | awk -F: '{ end = $2 + $3 } END { print end }')
exits "no sub-ids: one id" 0 run --network none $image id
also "and a line that says how to get some that nobody has" "usermod --add-subuids $free-$((free + 65535)) "
says "info says it, too" "usermod --add-subuids $free-$((free + 65535)) " masu info
sudo cp /tmp/subuid /etc/subuid
sudo cp /tmp/subgid /etc/subgid

part "sub-ids by number, and a line that is not valid"
sed 's/^alice:/1000:/' /tmp/subuid | grep ^1000: | sudo tee -a /etc/subuid >/dev/null
exits "a range by name and by number is one" 0 run --network none $image id
echo nonsense | sudo tee -a /etc/subuid >/dev/null
exits "a line that is nobody's does no harm" 0 run --network none $image id
[ "$(grep -c '/etc/subuid:[0-9]*: skipped' "$work/said")" -eq 1 ] || fail "and is told once"
sudo cp /tmp/subuid /etc/subuid

part "missing: slirp4netns"
away /usr/bin/slirp4netns
exits "no slirp4netns" 125 run $image true
also "is named" 'slirp4netns'
exits "but isn't needed without a network" 0 run --network none $image true
back /usr/bin/slirp4netns

part "missing: /dev/net/tun"
mode=$(stat -c %a /dev/net/tun)
sudo chmod 600 /dev/net/tun
exits "a closed /dev/net/tun" 125 run $image true
also "is told" "'/dev/net/tun'.*Permission denied"
also "with whom to ask" 'ask root'
not "without a word of slirp4netns'" 'WARNING|slirp4netns failed'
says "info says it, too" 'slirp4netns needs it: ask root' masu info
not "and advises no modes" chmod
exits "and isn't needed without a network" 0 run --network none $image true
sudo chmod "$mode" /dev/net/tun

part "missing: /dev/fuse"
mode=$(stat -c %a /dev/fuse)
sudo chmod 000 /dev/fuse
exits "no /dev/fuse: the kernel's overlay needs none" 0 run --network none $image true
sudo chmod "$mode" /dev/fuse

part "a read-only home directory"
sudo mount --bind "$HOME" "$HOME"
sudo mount -o remount,ro,bind "$HOME"
exits "a read-only home" 125 env XDG_DATA_HOME="$HOME/other" masu run --rm $image true
also "is told, with the directory" "$HOME"
sudo umount "$HOME"

part "a full disk"
mkdir "$work/small"
sudo mount -t tmpfs -o size=1m,uid=1000 none "$work/small"
exits "a full disk" 125 env MASU_DATA_DIR="$work/small/data" masu pull -q localhost:5000/debian:bookworm
also "is told" '[Nn]o space|free'
exits "and does no harm" 0 run --network none $image true
sudo umount "$work/small"
the_end
