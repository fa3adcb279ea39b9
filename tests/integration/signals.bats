#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Signals that the caller ignores or blocks, as nohup, systemd and a shell's `&` do.

load ../lib/masu

setup_file() { make_images busybox; }

setup() {
    make_work
    image=oci:$IMAGES:busybox:latest
    show=(grep -E '^Sig(Blk|Ign)' /proc/self/status) # by no shell, which ignores some itself
    nothing=$'SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000'
}

# Runs a program with every signal ignored and blocked.
deaf() { env --ignore-signal --block-signal "$@"; }

@test "masu run, start, run -d, --init: the container ignores and blocks no signal of its caller's" {
    run -0 --separate-stderr deaf "$BUILD/masu" run --name c-$$ --network none "$image" "${show[@]}"
    [ "$output" = "$nothing" ]
    run -0 --separate-stderr deaf "$BUILD/masu" start -a c-$$
    [ "$output" = "$nothing" ]
    run -0 --separate-stderr deaf "$BUILD/masu" run --rm --init --network none "$image" "${show[@]}"
    [ "$output" = "$nothing" ]
    deaf "$BUILD/masu" run -d --name d-$$ --network none "$image" "${show[@]}" >/dev/null 3>&-
    run -0 masu logs -f d-$$
    [ "$output" = "$nothing" ]
}

@test "masu-oci run, create, exec and hooks: no signal of the caller's stays ignored or blocked" {
    need_root "its bundle has no user namespace"
    mkdir -p "$work/b/rootfs/bin"
    cp /bin/busybox "$work/b/rootfs/bin"
    for applet in grep awk; do ln -s busybox "$work/b/rootfs/bin/$applet"; done
    cd "$work/b"
    cat >"$work/hook" <<-'END'
	#!/bin/awk -f
	BEGIN { while ((getline line <"/proc/self/status") > 0) if (line ~ /^Sig(Blk|Ign)/) print line >ARGV[1] }
	END
    chmod +x "$work/hook"
    cp "$work/hook" rootfs/hook
    oci spec
    HOOK=$work/hook python3 -c 'import json, os, sys
c = json.load(open("config.json"))
c["process"]["terminal"], c["root"]["readonly"] = False, False
c["process"]["args"] = sys.argv[1:]
hook = os.environ["HOOK"]
c["hooks"] = {kind: [{"path": hook, "args": ["hook", hook + "-" + kind]}] for kind in
              ("prestart", "createRuntime", "createContainer", "poststart", "poststop")}
c["hooks"]["startContainer"] = [{"path": "/hook", "args": ["hook", "/started"]}]
json.dump(c, open("config.json", "w"))' "${show[@]}"
    deaf "$BUILD/masu-oci" create "$name" </dev/null >"$work/out" 2>&1 3>&-
    run -0 --separate-stderr deaf "$BUILD/masu-oci" exec "$name" "${show[@]}"
    [ "$output" = "$nothing" ]
    deaf "$BUILD/masu-oci" start "$name"
    wait_until is_stopped "$name"
    deaf "$BUILD/masu-oci" delete --force "$name"
    [ "$(cat "$work/out")" = "$nothing" ]
    [ "$(cat rootfs/started)" = "$nothing" ]
    for kind in prestart createRuntime createContainer poststart poststop; do
        [ "$(cat "$work/hook-$kind")" = "$nothing" ]
    done
    run -0 --separate-stderr deaf "$BUILD/masu-oci" run "$name"
    [ "$output" = "$nothing" ]
}

# HUP is sent to the whole process group when a terminal goes; nohup is to save all of it.
@test "a signal that the caller has masu ignore isn't passed on; others are" {
    script='trap "echo HUP; exit 1" HUP; trap "echo TERM; exit 0" TERM; echo ready; while :; do sleep 0.1; done'
    mkfifo "$work/out"
    env --ignore-signal=HUP "$BUILD/masu" run --rm --network none "$image" sh -c "$script" >"$work/out" 3>&- &
    exec 4<"$work/out"
    read -r line <&4
    [ "$line" = ready ]
    kill -HUP $!
    kill -TERM $!
    [ "$(cat <&4)" = TERM ]
    wait $!
}
