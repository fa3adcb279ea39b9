#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# In the machine, as root, with AppArmor on; input: compiled profiles, busybox and threats-attacker, as tar.
set -euo pipefail
trap 'echo "failed: $BASH_COMMAND"' ERR

oci() { masu-oci --cgroup-manager disabled "$@"; }

config() { # PROFILE COMMAND...
    rm -f config.json
    masu-oci spec
    python3 - "$@" <<'END'
import json, sys
c = json.load(open('config.json'))
c['process'].update(terminal=False, apparmorProfile=sys.argv[1], args=sys.argv[2:])
json.dump(c, open('config.json', 'w'))
END
}

work=$(mktemp -d)
cd "$work"
tar -xf -
mountpoint -q /sys/kernel/security || mount -t securityfs securityfs /sys/kernel/security
cat profile >/sys/kernel/security/apparmor/.load
mkdir -p rootfs/bin rootfs/etc
cp busybox rootfs/bin
for applet in cat sh sleep; do ln -s busybox "rootfs/bin/$applet"; done
echo secret >rootfs/etc/secret

config masu-test sh -c 'cat /proc/self/attr/current; cat /etc/secret || echo denied'
[ "$(oci run one 2>/dev/null)" = $'masu-test (enforce)\ndenied' ]

config no-such-profile cat
oci run two 2>said && exit 1
grep -q "process.apparmorProfile: set 'no-such-profile'" said

config masu-test sleep 100
oci run -d three </dev/null >/dev/null 2>&1
[ "$(oci exec three cat /proc/self/attr/current)" = "masu-test (enforce)" ]
if oci exec three cat /etc/secret 2>/dev/null; then exit 1; fi
oci delete -f three

# A neighbour exchanges /proc/self of the root all the time: for procfs, which is at /real, and for a trap whose
# files accept any label (CVE-2025-52881). The container and a joining exec have the profile all the same.
config masu-test cat /real/self/attr/current
python3 - <<'END'
import json
c = json.load(open('config.json'))
c['mounts'] = [m for m in c['mounts'] if m['destination'] != '/proc']
c['mounts'].append({'destination': '/real', 'type': 'proc', 'source': 'proc'})
c['root']['readonly'] = False # the trap is to be fallen into
c['linux'].update(maskedPaths=[], readonlyPaths=[])
json.dump(c, open('config.json', 'w'))
END
mkdir -p rootfs/proc rootfs/trap/attr/apparmor
for file in attr/exec attr/apparmor/exec sched; do echo "masu-test (enforce)" >"rootfs/trap/$file"; done
ln -s ../trap rootfs/proc/self
ln -s /real/self rootfs/proc/genuine
sum() { cat rootfs/trap/attr/exec rootfs/trap/attr/apparmor/exec rootfs/trap/sched | sha256sum; }
before=$(sum)
[ "$(oci run five)" = "masu-test (enforce)" ]
./attacker swap rootfs/proc/self rootfs/proc/genuine 3600 &
neighbour=$!
for _ in 1 2 3 4 5; do [ "$(oci run five)" = "masu-test (enforce)" ]; done
sed -i 's#"cat", "/real/self/attr/current"#"sleep", "1000"#' config.json
oci run -d six </dev/null >/dev/null 2>&1
for _ in 1 2 3 4 5; do [ "$(oci exec six cat /real/self/attr/current)" = "masu-test (enforce)" ]; done
oci delete -f six
kill $neighbour
wait $neighbour || true
[ "$(sum)" = "$before" ]
rm -r rootfs/proc/self rootfs/proc/genuine

# In a user namespace, where crun once passed over it.
config masu-test cat /proc/self/attr/current
python3 - <<'END'
import json
c = json.load(open('config.json'))
one = [{'containerID': 0, 'hostID': 100000, 'size': 65536}]
c['linux'].update(uidMappings=one, gidMappings=one)
c['linux']['namespaces'].append({'type': 'user'})
json.dump(c, open('config.json', 'w'))
END
chown -R 100000:100000 rootfs
chmod 755 "$work"
[ "$(oci run four)" = "masu-test (enforce)" ]

# pasta under Debian's profile: it serves a container of an ordinary user, and ends with its supervisor.
if [ -s passt ]; then
    cat passt >/sys/kernel/security/apparmor/.load
    ip link add dummy0 type dummy
    ip address add 198.51.100.1/24 dev dummy0
    ip link set dummy0 up
    ip route add default via 198.51.100.2
    alice() { runuser -u alice -- env -C / XDG_RUNTIME_DIR=/run/user/1000 "$@"; }
    alice masu pull -q localhost:5000/busybox
    alice masu run -d --network pasta -p 8080:80 localhost:5000/busybox httpd -f -p 80 -h /etc
    pasta=$(pgrep -f '^pasta ')
    [ "$(cat "/proc/$pasta/attr/current")" = "passt (enforce)" ]
    until curl -s http://localhost:8080/passwd | grep -q ^root:; do sleep 0.2; done
    kill -KILL "$(pgrep -x masu-monitor)"
    while [ -d "/proc/$pasta" ]; do sleep 0.1; done
fi
cd /
rm -rf "$work"
echo "all well"
