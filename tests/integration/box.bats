#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# masu box: what a box shares with the session, how it is set up without a program of the image, how it is entered. As root and
# as an ordinary user, whose boxes have the map of keep-id.

load ../lib/masu
load ../lib/busybox

setup() {
    setup_busybox
    need_ids
    # A home and a session of the test's own, below /tmp as $work is
    export HOME=$work/home XDG_RUNTIME_DIR=$work/home/run SHELL=/bin/zsh
    mkdir -p "$HOME/run"
    box=$name
    cd "$HOME"
}

enter() { run --separate-stderr "$BUILD/masu" box enter "$@"; }

# A box that has run, so that masu has told what it has to tell about this machine.
create() {
    masu box create -q "$@" "$image" "$box" >/dev/null
    masu box enter "$box" -- true 2>/dev/null
}

# An image with a root of busybox, the files of $work/r and a config of the given instructions.
make_image() { # NAME INSTRUCTION...
    local changes=()
    for change in "${@:2}"; do changes+=(--change "$change"); done
    make_root "$work/r" sh id ls cat true env test grep sed
    tar -C "$work/r" -cf "$work/r.tar" --owner=0 --group=0 .
    masu import -q "${changes[@]}" "$work/r.tar" "$1" >/dev/null
}

@test "create, list, enter, rm; names; a container that is not a box" {
    run -0 --separate-stderr "$BUILD/masu" box create -q "$image" "$box"
    [ "$output" = "$box" ]
    run -0 "$BUILD/masu" box list --format '{{.Names}} {{.State}}'
    [ "$output" = "$box created" ]
    enter "$box" -- true
    [ "$status" = 0 ]
    [ -z "$output" ]
    enter "$box" -- true
    [ "$status" = 0 ]
    [ -z "$output$stderr" ]
    run -0 "$BUILD/masu" box list -n
    [[ "$output" == "$box"*"running"* ]]
    run -125 "$BUILD/masu" box create -q "$image" "$box"
    [[ "$output" == *"'$box'"* ]]

    masu create --name "$name-other" --network none "$image" true >/dev/null
    run -0 "$BUILD/masu" box list -q
    [ "$output" = "$box" ]
    enter "$name-other"
    [ "$status" = 125 ]
    [[ "$stderr" == *"container '$name-other' is not a box"*"masu exec"* ]]
    run -125 "$BUILD/masu" box rm -f "$name-other"
    masu container exists "$name-other"
    run -125 "$BUILD/masu" box rm nowhere
    [[ "$output" == *"'nowhere'"*"'masu box list'"* && "$output" != *"box create"* ]]
    masu commit -q --change "LABEL masu-box=1" "$name-other" localhost/marked >/dev/null
    masu create --name "$name-marked" --network none localhost/marked true >/dev/null
    run -0 "$BUILD/masu" box list -q
    [ "$output" = "$box" ]
    run -125 "$BUILD/masu" box rm -f "$name-marked"
    enter nowhere
    [ "$status" = 125 ]
    [[ "$stderr" == *"'nowhere'"*"masu box create IMAGE nowhere"* ]]

    run -125 "$BUILD/masu" box rm "$box"
    [[ "$output" == *running* ]]
    : >kept
    run -0 "$BUILD/masu" box rm --force --all
    [ "$output" = "$box" ]
    [ -e kept ]
    masu container exists "$name-other"
    enter
    [ "$status" = 125 ]
    [[ "$stderr" == *"no box exists"*"masu box create IMAGE"* ]]
    run -0 "$BUILD/masu" box rm --all
}

@test "prune removes no box, unless a filter names the label of boxes" {
    create
    masu stop "$box"
    masu create --name "$name-other" --label app=1 --network none "$image" true >/dev/null
    masu container prune -f >/dev/null
    run -1 "$BUILD/masu" container exists "$name-other"
    masu system prune -af --filter label!=app >/dev/null
    masu container prune -f --filter label=app --filter label!=masu-boxes >/dev/null
    enter "$box" -- true # with its image
    [ "$status" = 0 ]
    masu stop "$box"
    masu container prune -f --filter label=masu-box=2 >/dev/null
    masu container exists "$box"
    masu container prune -f --filter label=masu-box >/dev/null
    run -1 "$BUILD/masu" container exists "$box"
}

@test "a name is made of the image's, and the only box needs none" {
    masu pull -q "$image" >/dev/null
    masu tag "$(masu images -q | head -n 1)" registry.example/some/tool-box:4.1
    run -0 --separate-stderr "$BUILD/masu" box create registry.example/some/tool-box:4.1
    [ "$output" = tool-box-4.1 ]
    enter </dev/null
    [ "$status" = 0 ]
    create
    enter
    [ "$status" = 125 ]
    [[ "$stderr" == *"several boxes"*"masu box list"* ]]
}

@test "the user: name, ids, home; of passwd only lines with the name or the id are replaced" {
    mkdir -p "$work/r/etc"
    echo 'root:x:0:0:root:/root:/bin/sh' >"$work/r/etc/passwd"
    echo 'root:x:0:' >"$work/r/etc/group"
    is_root || echo "image:x:$(id -u):7::/home/image:/bin/nosuch" >>"$work/r/etc/passwd"
    echo 'other:x:77:7::/home/other:/bin/sh' >>"$work/r/etc/passwd"
    is_root || : >"$work/r/etc/.tmp-0123456789abcdef" # as of a start that was killed
    make_image localhost/users 'CMD ["/bin/false"]'
    masu box create localhost/users "$box" >/dev/null
    enter "$box" -- sh -c 'id -un; id -gn; id -u; id -g; echo "$HOME $USER $LOGNAME"; pwd; grep -c image: /etc/passwd; grep -c ^other: /etc/passwd'
    [ "$output" = "$(id -un; id -gn; id -u; id -g; echo "$HOME $(id -un) $(id -un)"; echo "$HOME"; echo 0; echo 1)" ]
    # A file of the box belongs to the user on the host
    enter "$box" -- sh -c 'echo made >file'
    [ "$(stat -c %u file)" = "$(id -u)" ]
    # A change of the user's own line stays at the next start. The shell of the host is not in the image.
    ! is_root || return 0
    enter "$box" -- ls -A /etc
    [[ "$output" == *passwd* && "$output" != *.tmp-* ]]
    enter "$box" -- grep -c "^$(id -un):\*:.*:$HOME:/bin/sh$" /etc/passwd
    [ "$output" = 1 ]
    masu box enter --root "$box" -- sh -c 'sed -i "s,^\('"$(id -un)"':.*\):/bin/sh$,\1:/bin/own," /etc/passwd'
    masu stop "$box"
    enter "$box" -- sh -c "grep -c :/bin/own /etc/passwd; grep -c '^$(id -un):' /etc/passwd"
    [ "$output" = $'1\n1' ]
}

@test "root of the box: by --root, and by a rule for sudo that a program cannot change" {
    create
    enter --root "$box" -- sh -c 'id -u; echo $HOME $USER; grep CapEff /proc/self/status | grep -c 0000; mount -t tmpfs x /mnt && echo mounted'
    [[ "$output" == $'0\n/root root\n'*mounted ]]
    ! is_root || return 0
    enter --root "$box" -- sh -c 'ls -ln /etc/sudoers.d/masu-box; cat /etc/sudoers.d/masu-box; echo x >>/etc/sudoers.d/masu-box'
    [[ "$output" == "-r--r-----"*" 0 "*" 0 "*"#$(id -u) ALL=(ALL:ALL) NOPASSWD: ALL" ]]
    [[ "$stderr" == *"Read-only"* ]]
    enter "$box" -- cat /etc/sudoers.d/masu-box
    [ "$status" = 1 ]
}

@test "the session's variables are those of each caller, and no variable about the host's programs" {
    create -e FROM=create
    export LD_LIBRARY_PATH=/nowhere PYTHONPATH=/nowhere WAYLAND_DISPLAY=wayland-7 LC_TIME=C TERM=xterm-kitty SSH_AUTH_SOCK=/tmp/agent
    PATH=$PATH:/of/the/host enter -e ONE=1 -e WAYLAND_DISPLAY=own "$box" -- env
    for line in FROM=create ONE=1 WAYLAND_DISPLAY=own LC_TIME=C TERM=xterm-kitty SSH_AUTH_SOCK=/tmp/agent "XDG_RUNTIME_DIR=$XDG_RUNTIME_DIR"; do
        grep -qxF "$line" <<<"$output"
    done
    run ! grep -E '/nowhere|/of/the/host|^SHELL=' <<<"$output"
    WAYLAND_DISPLAY=wayland-8 enter "$box" -- sh -c 'echo $WAYLAND_DISPLAY'
    [ "$output" = wayland-8 ]
}

@test "the shell: the caller's if the box has it, else one that it has; login shell, streams, status" {
    create
    echo 'echo "by $0"; cat; exit 3' >"$work/typed"
    echo 'echo profile' >"$HOME/.profile"
    run --separate-stderr sh -c "'$BUILD/masu' box enter '$box' <'$work/typed'"
    [ "$status" = 3 ]
    [ "$output" = $'profile\nby /bin/sh' ]
    [ -z "$stderr" ]
    printf '#!/bin/sh\necho "zsh of the box $1 $SHELL"\n' >"$work/home/zsh"
    chmod 755 "$work/home/zsh"
    masu box enter --root "$box" -- cp "$work/home/zsh" /bin/zsh
    enter "$box"
    [ "$output" = "zsh of the box -l /bin/zsh" ]
    enter "$box" -- sh -c 'exit 9'
    [ "$status" = 9 ]
    enter "$box" -- sh -c 'kill -KILL $$'
    [ "$status" = 137 ]
    run -127 --separate-stderr "$BUILD/masu" box enter "$box" -- nosuch
    [[ "$stderr" == *'"nosuch"'* ]]
    enter "$box" -- /etc
    [ "$status" = 126 ]
}

@test "a terminal, with the name of the box as its title until the end" {
    create
    TERM=xterm run -0 script -qec "'$BUILD/masu' box enter '$box' -- sh -c 'tty; echo \$TERM'; exit \$?" /dev/null </dev/null
    [[ "$output" == *$'\033[22;2t\033]2;'"$box"$'\a'*/dev/pts/*xterm*$'\033[23;2t'* ]]
    TERM=dumb run -0 script -qec "'$BUILD/masu' box enter '$box' -- tty; exit \$?" /dev/null </dev/null
    [[ "$output" != *$'\033'* ]]
}

@test "the working directory, or the home if the box does not show it" {
    mkdir -p "$HOME/a/b" "$work/outside"
    create -v /usr/share:/usr/share:ro
    cd "$HOME/a/b"
    enter "$box" -- pwd
    [ "$output" = "$HOME/a/b" ]
    [ -z "$stderr" ]
    cd "$work/outside" # in /tmp, which is shared
    enter "$box" -- pwd
    [ "$output" = "$work/outside" ]
    [ -z "$stderr" ]
    cd /usr/share
    enter "$box" -- pwd
    [ "$output" = /usr/share ]
    [ -z "$stderr" ]
    cd /usr/bin
    enter "$box" -- pwd
    [ "$output" = "$HOME" ]
    [[ "$stderr" == *"does not show '/usr/bin'"* ]]
    enter -w /etc "$box" -- pwd
    [ "$output" = /etc ]
    [ -z "$stderr" ]
    enter -w /nowhere "$box" -- pwd
    [ "$status" = 125 ]
    [[ "$stderr" == *"'/nowhere'"* ]]
}

@test "a box that does not run is started, also by ten callers at once; stop ends its shells" {
    create
    masu stop "$box"
    for i in 1 2 3 4 5 6 7 8 9 10; do
        masu box enter "$box" -- sh -c "echo $i >>all; cat /proc/sys/kernel/random/boot_id >/dev/null" 2>"err-$i" &
        pids+=($!)
    done
    for pid in "${pids[@]}"; do wait "$pid"; done
    [ "$(sort -n all | tr '\n' ' ')" = "1 2 3 4 5 6 7 8 9 10 " ]
    run ! grep . err-*
    # masu-init alone reaps orphans, and passes a stop on to a shell in the foreground, which ignores SIGTERM
    masu box enter "$box" -- sh -c '(sh -c "echo \$\$" >orphan &)'
    wait_until test -s orphan
    wait_until masu box enter "$box" -- sh -c '! test -e "/proc/$(cat orphan)"'
    masu box enter "$box" -- sh -c 'trap "" TERM; trap "echo hung-up >end; exit 5" HUP; : >ready; while :; do sleep 1; done' &
    shell=$!
    wait_until test -e ready
    masu stop -t 100 "$box"
    wait "$shell" && code=0 || code=$?
    [ "$(cat end)" = hung-up ]
    [ "$code" = 5 ]
    run -0 "$BUILD/masu" inspect --format '{{.State.Status}} {{.State.ExitCode}}' "$box"
    [ "$output" = "exited 0" ]
    enter "$box" -- sh -c 'test -e ready && echo again'
    [ "$output" = again ]
    masu pause "$box" 2>/dev/null || return 0 # no freezer for this user
    enter "$box" -- true
    [ "$status" = 125 ]
    [[ "$stderr" == *paused* ]]
}

@test "a socket that its server replaces stays in reach, in the runtime directory and in /tmp" {
    create
    serve='import socket, sys
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])'
    for path in "$XDG_RUNTIME_DIR/wayland-0" "$work/agent"; do
        python3 -c "$serve" "$path"
        enter "$box" -- sh -c "test -S $path && ls -i $path"
        first=${output%% *}
        [ "$first" = "$(stat -c %i "$path")" ]
        mv "$path" "$path.old"
        python3 -c "$serve" "$path"
        enter "$box" -- sh -c "ls -i $path"
        [ "${output%% *}" = "$(stat -c %i "$path")" ]
        [ "${output%% *}" != "$first" ]
    done
}

@test "the runtime directory of the next login, which is another mount" {
    need_root "for mounts"
    masu box create -q "$image" "$box" >/dev/null # not started yet: a start is in the mount namespace below
    cat >"$work/sessions" <<END
set -e
mount --make-rshared /
mkdir -p /run/user
mount -t tmpfs t /run/user && mount --make-shared /run/user
mkdir /run/user/77 && mount -t tmpfs first /run/user/77 && : >/run/user/77/first
export XDG_RUNTIME_DIR=/run/user/77
masu box enter $box -- ls /run/user/77
umount -l /run/user/77 # as systemd does
masu box enter $box -- ls /run/user/77
mount -t tmpfs second /run/user/77 && : >/run/user/77/second
masu box enter $box -- ls /run/user/77
masu stop $box >/dev/null
END
    PATH=$BUILD:$PATH run -0 --separate-stderr unshare -m sh "$work/sessions"
    [ "$output" = $'first\nsecond' ]
}

@test "a box starts without the directories of the session, and in a box of a home that is a link" {
    mkdir "$work/real"
    ln -s "$work/real" "$work/link"
    rm -r "$XDG_RUNTIME_DIR"
    export HOME=$work/link
    cd "$work/real"
    create
    echo x >in-home
    enter "$box" -- sh -c 'pwd; cat ~/in-home; cat in-home'
    [ "$output" = "$work/real"$'\nx\nx' ]
    unset XDG_RUNTIME_DIR
    masu stop "$box"
    enter "$box" -- sh -c 'echo "${XDG_RUNTIME_DIR-none}"'
    [ "$output" = none ]
}

@test "network, IPC, time zone, and host name are the host's" {
    create
    enter "$box" -- sh -c 'readlink /proc/self/ns/net; readlink /proc/self/ns/ipc; hostname; date +%z'
    [ "$output" = "$(readlink /proc/self/ns/net /proc/self/ns/ipc; hostname; date +%z)" ]
    : >"/dev/shm/$name"
    enter "$box" -- test -e "/dev/shm/$name"
    rm "/dev/shm/$name"
    [ "$status" = 0 ]
    ! [ -e /dev/fuse ] || enter "$box" -- test -c /dev/fuse
}

@test "images of Toolbx and Distrobox: their labels, a command that ends, an entrypoint, a user, volumes, a health check" {
    printf 'root:x:0:0:root:/root:/bin/sh\nimage:x:5:5::/:/bin/sh\n' >"$work/passwd"
    mkdir -p "$work/r/etc"
    cp "$work/passwd" "$work/r/etc/passwd"
    make_image localhost/toolbox:1 'LABEL com.github.containers.toolbox=true' 'LABEL name=fedora-toolbox' 'CMD ["/bin/true"]' \
        'ENTRYPOINT ["/bin/false"]' 'USER image' 'WORKDIR /nowhere' 'VOLUME /data' 'ENV OF=image'
    masu box create localhost/toolbox:1 "$box" >/dev/null
    enter "$box" -- sh -c 'id -u; pwd; echo $OF'
    [ "$output" = "$(id -u)"$'\n'"$HOME"$'\nimage' ]
    run -0 "$BUILD/masu" inspect --format '{{index .Config.Labels "com.github.containers.toolbox"}} {{index .Config.Labels "masu-box"}}' "$box"
    [ "$output" = "true 1" ]
    run -0 "$BUILD/masu" volume ls -q
    [ -z "$output" ]
}

@test "an image without passwd and without a shell, and one whose passwd is a link out" {
    mkdir -p "$work/r/etc"
    ln -s "$work/precious" "$work/r/etc/passwd"
    echo "mine:x:$(id -u):0::/:/bin/sh" >"$work/precious"
    cp "$work/precious" "$work/before"
    make_image localhost/hostile 'CMD ["/bin/true"]'
    masu box create localhost/hostile "$box" >/dev/null
    enter "$box" -- /bin/true
    [ "$status" = 0 ]
    cmp "$work/precious" "$work/before"
    masu box rm -f "$box" >/dev/null
    rm "$work/r/bin/sh" "$work/r/etc/passwd"
    tar -C "$work/r" -cf "$work/r.tar" --owner=0 --group=0 .
    masu import -q "$work/r.tar" localhost/bare >/dev/null
    masu box create localhost/bare "$box" >/dev/null
    run -127 --separate-stderr "$BUILD/masu" box enter "$box"
    [[ "$stderr" == *'"/bin/sh"'* ]]
    enter "$box" -- /bin/id -u
    [ "$output" = "$(id -u)" ]
}

@test "masu-init alone: a container of masu run without a command" {
    run -125 "$BUILD/masu" create --entrypoint '' "$image"
    [[ "$output" == *"no command"* ]]
    masu run -d --name "$name" --network none --init --entrypoint '' "$image" >/dev/null
    run -0 "$BUILD/masu" exec "$name" cat /proc/1/cmdline
    [[ "${output//$'\0'/ }" == "/dev/init"* ]]
    masu kill -s USR1 "$name" # ends nothing
    run -0 "$BUILD/masu" exec "$name" true
    # The kernel drops signals to the first process until that has blocked them.
    wait_until '! masu kill -s INT "$name" || [ "$(masu inspect --format "{{.State.Status}}" "$name")" = exited ]'
    run -0 "$BUILD/masu" wait "$name"
    [ "$output" = 0 ]
}

@test "export: an application with its icon, by its name; keys that are left out of the desktop file; removed with the box" {
    export XDG_DATA_HOME=$work/home/share
    apps=$work/r/usr/share/applications
    mkdir -p "$apps" "$work/r/usr/share/icons/hicolor/48x48/apps" "$work/r/usr/share/pixmaps"
    echo 48 >"$work/r/usr/share/icons/hicolor/48x48/apps/org.example.maps.png"
    echo other >"$work/r/usr/share/pixmaps/org.example.maps.xpm"
    cat >"$apps/org.example.Maps.desktop" <<'END'
[Desktop Entry]
Type=Application
Name=Maps
Name[de]=Karten
Exec=sh -c "echo \\"$0\\" >>~/started" %f
TryExec=/usr/bin/nosuch
Icon=org.example.maps
DBusActivatable=true
X-KDE-SubstituteUID=true
END
    ln -s org.example.Maps.desktop "$apps/link.desktop"
    printf '[Desktop Entry]\nType=Link\nName=x\nURL=x\n' >"$apps/no-app.desktop"
    printf '[Desktop Entry]\nType=Application\nName=x\nExec="x\n' >"$apps/broken.desktop"
    { printf '[Desktop Entry]\nType=Application\nName=x\n' && yes Exec=x | head -n 30000; } >"$apps/grown.desktop"
    mkdir "$apps/directory.desktop"
    head -c 300000 /dev/zero >"$apps/large.desktop"
    mkfifo "$apps/fifo.desktop"
    ln -s "$work/precious" "$apps/out.desktop"
    printf '[Desktop Entry]\nType=Application\nName=precious\nExec=x\n' >"$work/precious"
    make_image localhost/apps 'CMD ["/bin/sh"]'
    masu box create localhost/apps "$box" >/dev/null
    file=$XDG_DATA_HOME/applications/$box-org.example.Maps.desktop
    run -0 --separate-stderr "$BUILD/masu" box export "$box" --app org.example.Maps
    [ "$output" = "$file" ]
    id=$(masu inspect --format '{{.Id}}' "$box")
    icon=$(sed -n 's/^Icon=//p' "$file")
    [ "$(cat "$icon")" = 48 ]
    sed -i "s,$icon,ICON,; s,$id,ID,g; s,$BUILD/,," "$file"
    diff - "$file" <<END
[Desktop Entry]
X-Masu-Box=ID
Type=Application
Name=Maps (on $box)
Name[de]=Karten (on $box)
Exec=masu box enter ID -- sh -c "echo \\\\"\\\\\$0\\\\" >>~/started" %f
Icon=ICON
END
    # The file is not the box's any more.
    run -125 "$BUILD/masu" box export "$box" --app org.example.Maps
    [[ "$output" == *"'$file' exists, and is not of this box"* ]]
    rm "$file"
    masu box export --app org.example.Maps.desktop >/dev/null
    masu box export --app /usr/share/applications/link.desktop >/dev/null # again, by another name
    masu box export --app org.example.Maps >/dev/null # replaces its own
    run -0 "$BUILD/masu" box export --list
    [ "$(sort <<<"$output")" = "$(printf '%s\n' "${file%org*}link.desktop" "$file" | sort)" ]
    run -0 "$BUILD/masu" box export -d --app link
    run ! test -e "${file%org*}link.desktop"
    run -125 "$BUILD/masu" box export -d --app link
    [[ "$output" == *"box export --list $box"* ]]
    for wrong in nosuch no-app broken grown directory large fifo out ../../../etc/passwd / ''; do
        run -125 "$BUILD/masu" box export "$box" --app "$wrong"
        [[ "$output" != *precious* ]]
    done
    run -125 "$BUILD/masu" box export "$box" --app nosuch
    [[ "$output" == *"no application 'nosuch'"*"ls /usr/share/applications"* ]]
    [ "$(ls "$XDG_DATA_HOME/applications")" = "${file##*/}" ]
    # A desktop executes the words of Exec
    eval "$(sed -n 's/^Exec=\(.*\) %f$/\1/p' "$file" | sed 's/\\\\/\\/g') word" 2>/dev/null
    [ "$(cat started)" = word ]
    echo "of the user" >"${file%org*}own.desktop"
    masu box rm -f "$box" >/dev/null
    [ "$(ls "$XDG_DATA_HOME/applications")" = "$box-own.desktop" ]
    run ! test -e "$icon"
}

@test "export: a program, by a script; it stays if the user has changed it" {
    create
    run -0 --separate-stderr "$BUILD/masu" box export --bin /bin/sh
    [ "$output" = "$HOME/.local/bin/sh" ]
    run -7 --separate-stderr "$HOME/.local/bin/sh" -c 'echo "$0: $1" $(ls /dev/masu 2>/dev/null); exit 7' a 'b  c'
    [[ "$output" == "a: b  c"* ]]
    masu rename "$box" "$name-renamed"
    run -7 --separate-stderr "$HOME/.local/bin/sh" -c 'exit 7'
    masu rename "$name-renamed" "$box"
    echo mine >"$HOME/.local/bin/cat"
    run -125 "$BUILD/masu" box export --bin /bin/cat
    [[ "$output" == *"'$HOME/.local/bin/cat' exists, and is not of this box"* ]]
    [ "$(cat "$HOME/.local/bin/cat")" = mine ]
    mkfifo "$HOME/.local/bin/echo"
    run -125 "$BUILD/masu" box export --bin /bin/echo
    [[ "$output" == *"'$HOME/.local/bin/echo' exists, and is not of this box"* ]]
    [ -p "$HOME/.local/bin/echo" ]
    rm "$HOME/.local/bin/echo"
    masu box export --bin /bin/ls >/dev/null
    for wrong in /etc /etc/passwd bin/sh /bin/ /bin/../bin/sh /bin/nosuch; do
        run -125 "$BUILD/masu" box export --bin "$wrong"
    done
    [[ "$output" == *"box '$box': "*'"/bin/nosuch": No such file'* ]] # of the box, not of the host
    run -125 "$BUILD/masu" box export
    [[ "$output" == *"--app, --bin and --list"* ]]
    run -125 "$BUILD/masu" box export --list --bin /bin/sh
    # A killed process has listed a file that it has only begun to write, and then one that it has not begun.
    record=$MASU_DATA_DIR/containers/$(masu inspect --format '{{.Id}}' "$box")/exports
    printf '%s\n' "$HOME/.local/bin/begun" "$HOME/.local/bin/gone" "$HOME/.local/bin/cat" >>"$record"
    : >"$HOME/.local/bin/begun"
    run -0 "$BUILD/masu" box export --list
    [ "$(sort <<<"$output")" = "$(printf "$HOME/.local/bin/%s\n" begun ls sh)" ]
    run -0 "$BUILD/masu" box export -d --bin /bin/ls
    echo '#!/bin/sh' >"$HOME/.local/bin/sh" # the user's from now on
    masu rm -f "$box" >/dev/null
    [ "$(ls "$HOME/.local/bin" | xargs)" = "cat sh" ]
}
