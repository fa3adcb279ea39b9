# In the machine, as alice: what every run promises, and many at once.
# SPDX-License-Identifier: Apache-2.0
. /masu/tests/host/checks/say.sh
set -u
image=localhost:5000/busybox

part "the embedded image runs, with all ids"
exits "the embedded image runs" 0 masu run --rm hello
also "with alice as its root, and both of her ranges" 'users +0 is (1000|0), 1-65536 is .*, 65537-' # 0 below a holder
exits "an image is pulled" 0 masu pull -q $image
everything >"$work/before"

part "exit statuses: the command's, and masu's own"
exits "the container's status" 42 masu run --rm $image sh -c 'exit 42'
exits "a missing command" 127 masu run --rm $image no-such-command
[ "$(grep -c . "$work/said")" -eq 1 ] || fail "one line about it"
exits "not executable" 126 masu run --rm $image /etc/passwd
exits "an unknown image" 125 masu run --rm localhost:5000/no-such-image
[ "$(grep -c . "$work/said")" -le 2 ] || fail "one line and a hint about it"

part "standard input, and networks"
says "input" '^data$' sh -c "echo data | masu run --rm -i $image cat"
says "the network: its address, and the host's is not the container's" '10.0.2.100' masu run --rm $image ip a
exits "no network" 1 masu run --rm --network none $image ip a show tap0
says "the host's network" 'lo' masu run --rm --network host $image ip a

part "files in a volume belong to the sub-ids"
mkdir "$work/shared"
chmod 777 "$work/shared"
exits "files of two users" 0 masu run --rm -v "$work/shared:/s" $image sh -c 'touch /s/root; chown 1000 /s; mkdir /s/u; chown 1000 /s/u'
says "root is alice" '^1000$' stat -c %u "$work/shared/root"
says "1000 is a sub-id" "^$(($(sed -n 's/^alice:\([0-9]*\):.*/\1/p' /etc/subuid | head -1) + 999))$" stat -c %u "$work/shared/u"
exits "and can be put back" 0 masu run --rm -v "$work/shared:/s" $image sh -c 'chown 0 /s; rm -r /s/u'

part "a limit whose controller is missing is refused"
exits "a limit whose controller isn't there is refused" 125 masu run --rm --cpuset-cpus 0 $image true
also "and named" 'cpuset'

part "twenty containers at once"
for i in $(seq 20); do masu run --rm --network none $image sh -c "exit $i" 2>"$work/run-$i" & pids[i]=$!; done
for i in $(seq 20); do
    status=0
    wait "${pids[i]}" || status=$?
    cp "$work/run-$i" "$work/said"
    [ "$status" -eq "$i" ] || fail "twenty at once: number $i (status $status)"
done

part "twenty pulls at once, and nothing is left"
for i in $(seq 20); do masu pull -q localhost:5000/layers8 >/dev/null 2>"$work/run-$i" & pids[i]=$!; done
for i in $(seq 20); do
    cp "$work/run-$i" "$work/said"
    wait "${pids[i]}" || fail "twenty pulls at once: number $i"
done
says "the second pull of an image has nothing to do" 'already here' masu pull localhost:5000/layers8
not "and fetches nothing" '^done'
exits "skopeo reads the store" 0 skopeo inspect "oci:$HOME/.local/share/masu/images:localhost:5000/busybox:latest"
becomes "nothing is left" same_as_before

part "info: the manager and the controllers"
says "info knows the manager" 'unix:path=/run/user/1000' masu info
also "and the controllers" 'controllers .*memory'
the_end
