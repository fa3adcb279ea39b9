# In the machine, as alice: kill -9 at many moments. The next command works, and tells the truth.
# SPDX-License-Identifier: Apache-2.0
. /masu/tests/host/checks/say.sh
set -u
image=localhost:5000/busybox

part "killed: an image is pulled"
exits "an image is pulled" 0 masu pull -q $image
everything >"$work/before"

# After DELAY milliseconds, SIGKILL to COMMAND.
killed_after() {
    local delay=$1
    shift
    "$@" >/dev/null 2>&1 </dev/null &
    local pid=$!
    sleep "$(printf '0.%03d' "$delay")"
    kill -9 $pid 2>/dev/null
    wait $pid 2>/dev/null
}

part "killed: run, pull and detached starts at six moments"
for delay in 10 40 80 130 200 300; do
    killed_after $delay masu run --rm --name k --network none $image sleep 30
    exits "run after a kill at $delay ms" 3 masu run --rm --network none $image sh -c 'exit 3'
    killed_after $delay masu run -d --name d $image sleep 30
    masu rm -f -i d >/dev/null 2>&1
    killed_after $delay masu pull -q localhost:5000/layers8
    exits "the name is free after $delay ms" 0 masu run --rm --name d --network none $image true
done
exits "a pull after killed ones" 0 masu pull -q localhost:5000/layers8
exits "what is stored is whole" 0 skopeo inspect "oci:$HOME/.local/share/masu/images:localhost:5000/layers8:latest"
# A kill between create and start leaves a created container, as with docker.
masu ps -a --format '{{.State}} {{.ID}}' | sed -n 's/^created //p' | xargs -r masu rm >/dev/null
becomes "nothing is left of them" same_as_before

pid_of() { pgrep -u "$(id -u)" -x "$1" | head -1; }

part "killed: the monitor of a container"
exits "one in the background" 0 masu run -d --name m $image sleep 100
kill -9 "$(pid_of masu-monitor)"
becomes "without its monitor it ends" sh -c '[ -z "$(masu ps -q)" ]'
says "and that is known" 'Exited \(137\)' masu ps -a
exits "it can be removed" 0 masu rm m
becomes "with all that it had" same_as_before

part "killed: slirp4netns"
exits "one with a network" 0 masu run -d --name s $image sleep 100
kill -9 "$(pid_of slirp4netns)"
says "runs on without it" 'Up ' masu ps
exits "and can be stopped" 0 masu stop -t 0 s
killed_after 10 masu stop s
exits "and removed" 0 masu rm s
becomes "with all that it had" same_as_before

part "killed: a stop in progress"
exits "one that is being stopped" 0 masu run -d --name t $image sh -c 'trap "" TERM; while :; do sleep 1; done'
killed_after 300 masu stop t
says "runs on when stop is killed" 'Up ' masu ps
exits "the next stop ends it" 0 masu stop -t 1 t
exits "and rm removes it" 0 masu rm t
becomes "with all that it had" same_as_before

part "the run-time directory is removed under a container"
loop='trap "exit 5" TERM; echo ready; while :; do sleep 1; done'
for end in stop "rm -f"; do
    exits "one whose run-time directory goes" 0 masu run -d --name u --network none $image sh -c "$loop"
    becomes "it is there" sh -c 'masu logs u | grep ready'
    rm -rf "$XDG_RUNTIME_DIR/masu"
    says "it is still known to run" 'Up .* u$' masu ps
    exits "and isn't removed by the way" 125 masu rm u
    exits "$end ends it" 0 masu $end u
    becomes "and its scope" sh -c '! systemctl --user is-active masu-u.scope'
    [ "$end" = stop ] || continue
    says "its own exit status is kept" 'Exited \(5\)' masu ps -a
    exits "it can be removed" 0 masu rm u
done

part "the run-time directory and the monitor are gone"
exits "one in the background" 0 masu run -d --name m $image sleep 100
rm -rf "$XDG_RUNTIME_DIR/masu"
kill -9 "$(pid_of masu-monitor)"
becomes "without its monitor and its run-time directory it ends" sh -c '[ -z "$(masu ps -q)" ]'
says "and that is known" 'Exited \(137\)' masu ps -a
exits "it can be removed" 0 masu rm m
becomes "with all that it had" same_as_before
the_end
