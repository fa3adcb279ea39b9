# In the machine, as alice: the journal as a log driver.
# SPDX-License-Identifier: Apache-2.0
set -u
. /masu/tests/host/checks/say.sh
image=localhost:5000/busybox

part "journald: entries have the container's names"
entries() { sudo journalctl -q -o json CONTAINER_NAME="$1" "${@:2}"; }
masu run -d --name noted --network none --log-driver journald --log-opt 'tag=alice/{{.Name}}' $image \
    sh -c 'echo hello; echo bad >&2; printf part' >/dev/null 2>&1
wait_until 'entries noted | grep -q CONTAINER_LOG_END'
says "a line" '"hello".*6.*alice/noted.*localhost:5000/busybox' sh -c "sudo journalctl -q -o json CONTAINER_NAME=noted |
    jq -c 'select(.MESSAGE == \"hello\") | [.MESSAGE, .PRIORITY, .CONTAINER_TAG, .IMAGE_NAME]'"
says "standard error" '^3$' sh -c "sudo journalctl -q -o json CONTAINER_NAME=noted | jq -r 'select(.MESSAGE == \"bad\") | .PRIORITY'"
says "a part of a line" '^true$' sh -c \
    "sudo journalctl -q -o json CONTAINER_NAME=noted | jq -r 'select(.MESSAGE == \"part\") | .CONTAINER_PARTIAL_MESSAGE'"
says "in the foreground, too" '^out$' masu run --name front --network none --log-driver journald $image echo out
wait_until 'entries front | grep -q CONTAINER_LOG_END'
says "in the foreground, too" '"MESSAGE":"out"' sudo journalctl -q -o json CONTAINER_NAME=front

part "journald: masu logs reads them"
exits "without permission" 125 masu logs noted
also "the remedy" 'join the group systemd-journal'
sudo usermod -aG systemd-journal "$(id -un)"
logs() { sg systemd-journal -c "timeout 60 masu logs $*"; }
says "standard output" '^hello$' logs "noted 2>/dev/null"
also "a part of a line" '^part$'
not "standard error apart" '^bad$'
says "standard error" '^bad$' logs "noted 2>&1 >/dev/null"
# Nothing orders the lines of two pipes.
says "the last lines" '^hello-(bad-part|partbad)$' sh -c "sg systemd-journal -c 'masu logs --tail 3 noted 2>&1' | paste -sd-"
says "times" '^20[0-9-]*T[0-9:.]*Z hello$' logs -t noted
says "since and until" '^0$' sh -c "sg systemd-journal -c 'masu logs --since 2100-01-01 noted; masu logs --until 2001-01-01 noted' 2>&1 | wc -c"
masu run -d --name slow --network none --log-driver journald $image sh -c 'echo one; sleep 1; echo two' >/dev/null 2>&1
says "follow, to the end" '^one-two$' sh -c "sg systemd-journal -c 'timeout 60 masu logs -f slow' | paste -sd-"
masu start slow >/dev/null 2>&1
says "follow, after a second start" '^one-two-one-two$' sh -c "sg systemd-journal -c 'timeout 60 masu logs -f slow' | paste -sd-"
masu rm -f noted front slow >/dev/null

the_end
