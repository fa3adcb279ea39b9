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
masu rm -f noted front >/dev/null
end_part
