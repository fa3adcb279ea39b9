# In the machine, as root: a controller that alice's manager was not given.
# SPDX-License-Identifier: Apache-2.0
set -u
. /masu/tests/lib/wait.bash
mkdir /tmp/probes && cd /tmp/probes && tar x || exit
chmod 755 /tmp/probes
mkdir -p /run/systemd/system/user@.service.d
printf '[Service]\nDelegate=\nDelegate=pids memory\n' >/run/systemd/system/user@.service.d/zz-less.conf
systemctl daemon-reload
systemctl restart user@1000.service
wait_until [ -S /run/user/1000/systemd/private ]
runuser -u alice -- ./cgroup -w -q 50000 a true
