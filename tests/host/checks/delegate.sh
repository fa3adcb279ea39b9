# In the machine, as root: a controller that alice's manager was not given.
# SPDX-License-Identifier: Apache-2.0
set -u
mkdir /tmp/probes && cd /tmp/probes && tar x || exit
chmod 755 /tmp/probes
mkdir -p /run/systemd/system/user@.service.d
printf '[Service]\nDelegate=pids\n' >/run/systemd/system/user@.service.d/99-less.conf
systemctl daemon-reload
systemctl restart user@1000.service
for _ in $(seq 50); do [ -S /run/user/1000/systemd/private ] && break; sleep 0.2; done
runuser -u alice -- ./cgroup -w -m 67108864 a true
