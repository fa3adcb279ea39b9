# In the machine, as bob: no user manager, no bus.
# SPDX-License-Identifier: Apache-2.0
. /masu/tests/host/checks/say.sh
set -u

part "no session: runs without a scope, and limits are refused"
exits "runs without a scope" 0 masu run --rm --network none hello
also "and says so in a line" 'without a (scope|cgroup)'
[ "$(grep -c 'XDG_RUNTIME_DIR is not set' "$work/said")" -eq 1 ] || fail "the missing variable is named"
[ "$(grep -c '^masu: ' "$work/said")" -le 2 ] || fail "one line for each missing thing"
exits "limits are refused" 125 masu run --rm --network none --memory 64M hello
also "with the missing facility" 'manager|systemd'

part "no session: notices are printed once"
exits "pulls" 0 masu pull localhost:5000/busybox
not "a missing facility is reported once" '^masu: (XDG|the container runs without)'
exits "runs again" 0 masu run --rm --network none hello
not "and nothing is told again" '^masu: '
says "a directory of root's is not one that is not set" \
    "XDG_RUNTIME_DIR '/run/systemd' belongs to another user, and /run/user/$(id -u) does not exist" \
    env XDG_RUNTIME_DIR=/run/systemd masu ps

part "no session: a detached container"
exits "in the background, too" 0 masu run -d --name b --network none localhost:5000/busybox sleep 100
says "it runs" 'Up ' masu ps
rm -rf "/tmp/masu-$(id -u)"
says "also without its directory in /tmp" 'Up ' masu ps
exits "isn't removed by the way" 125 masu rm b
exits "and ends" 0 masu rm -f b
becomes "with its process" sh -c '! pgrep -u $(id -u) sleep'
says "no process is left that no manager would stop" '^none$' sh -c 'pgrep -u $(id -u) -x masu-userns || echo none'

part "no session: info names the remedy"
says "info says what to do" 'loginctl' masu info
also "and all missing facilities" 'XDG_RUNTIME_DIR is not set'
the_end
