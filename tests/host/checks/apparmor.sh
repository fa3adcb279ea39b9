#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# In the machine, as root, with AppArmor on; input: a compiled profile and busybox, as tar.
set -euo pipefail

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
cd /
rm -rf "$work"
echo "all well"
