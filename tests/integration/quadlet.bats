#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# masu-generator: directories, precedence, drop-ins, hostile files, and the units that it writes.

load ../lib/masu

setup() {
	make_work
	dir=$work/units out=$work/out
	mkdir "$dir" "$out"
	export QUADLET_UNIT_DIRS=$dir
}

generate() { "$BUILD/masu-generator" --user "$@"; }

# Writes the lines to a file below $dir.
unit() { # NAME LINE...
	mkdir -p "$(dirname "$dir/$1")"
	printf '%s\n' "${@:2}" >"$dir/$1"
}

container() { unit "$1.container" '[Container]' "Image=image-of-$1" "${@:2}"; }

# The command of a written unit.
command_of() { sed -n 's/^ExecStart=//p' "$out/$1.service"; }

@test "a unit and its links are written, and nothing else" {
	container a '[Install]' 'WantedBy=default.target b.service' 'Alias=c.service'
	unit d.volume '[Volume]'
	unit README 'not a unit'
	unit .hidden.container 'not a unit'
	generate "$out" "$work/early" "$work/late"
	diff <(cd "$out" && find . -mindepth 1 | sort) - <<-'EOF'
		./a.service
		./b.service.wants
		./b.service.wants/a.service
		./c.service
		./d-volume.service
		./default.target.wants
		./default.target.wants/a.service
	EOF
	[ "$(readlink "$out/default.target.wants/a.service")" = ../a.service ]
	[ "$(readlink "$out/c.service")" = a.service ]
	[ "$(stat -c %a "$out/a.service")" = 644 ]
	[ ! -e "$work/early" ]
}

@test "the links of a file take nothing from another file" {
	container a '[Install]' 'Alias=b.service own.service' 'WantedBy=x.target'
	container b '[Install]' 'WantedBy=x.target'
	container c '[Install]' 'Alias=x.target.wants'
	printf '[Container]\nImage=x\n' >"$dir/"$'e\n<0>vil\e[31m.container'
	run --separate-stderr generate "$out"
	[ "$status" = 1 ]
	[[ $stderr == *"masu-generator: $dir/a.container: cannot create the link 'b.service': another unit has the name"* ]]
	# A name does not forge lines of the log.
	[[ $stderr == *"'$dir/e?<0>vil?[31m.container' is left out"* ]]
	[[ $(command_of b) == *image-of-b ]]
	[ "$(readlink "$out/own.service")" = a.service ]
	[ -L "$out/x.target.wants/a.service" ]
	[ -L "$out/x.target.wants/b.service" ]
	[[ $(command_of c) == *"x.target.wants' is not the name of another service"* ]]
}

@test "systemd accepts the units" {
	type systemd-analyze >/dev/null || skip "needs systemd-analyze"
	container a 'Exec=sh -c "a $$b; c" \; "d e"' 'Environment=A="1 2" B=%%h' 'Volume=d.volume:/d' 'ReloadSignal=HUP' \
		'[Unit]' 'After=b.container' '[Install]' 'WantedBy=default.target'
	container b 'Memory=1G'
	unit d.volume '[Volume]'
	unit n.network '[Network]'
	unit i.image '[Image]' Image=x
	unit bad.container '[Container]' 'Bad=$x %y "z"'
	generate "$out"
	# Its own programs are not installed.
	sed -i -E 's|^(Exec[A-Za-z]*=-?)/[^ ]*/masu[^ ]*|\1/bin/true|' "$out"/*.service
	mkdir -p "$work/run"
	cp "$BATS_TEST_DIRNAME/../../units/masu-wait-network-online.service" "$out"
	run env XDG_RUNTIME_DIR="$work/run" systemd-analyze verify --man=no --recursive-errors=yes --user "$out"/*.service
	echo "$output"
	[ "$status" = 0 ]
	# Directories of the host that an ordinary user may not read do not matter.
	[ -z "$(grep -v "^Failed to [^:]*/run/systemd" <<<"$output")" ]
}

@test "directories: recursion, precedence, masks, links and loops" {
	mkdir -p "$work/low/deep/er" "$work/elsewhere" "$dir/sub"
	QUADLET_UNIT_DIRS=$dir:$work/low:$work/no-such:relative
	container a
	echo wrong >"$work/low/a.container"
	printf '[Container]\nImage=deep\n' >"$work/low/deep/er/b.container"
	printf '[Container]\nImage=elsewhere\n' >"$work/elsewhere/c.container"
	ln -s "$work/elsewhere" "$dir/sub/link"
	ln -s .. "$dir/sub/loop"
	ln -s /dev/null "$dir/masked.container"
	printf '[Container]\nImage=x\n' >"$work/low/masked.container"
	mkdir "$dir/users" "$dir/x.d"
	printf '[Container]\nImage=x\n' | tee "$dir/users/d.container" >"$dir/x.d/e.container"
	run --separate-stderr generate "$out"
	[ "$status" = 0 ]
	[ "$stderr" = "masu-generator: QUADLET_UNIT_DIRS: 'relative' is not an absolute path" ]
	[ "$(cd "$out" && echo *)" = "a.service b.service c.service" ]
	[[ $(command_of a) == *image-of-a ]]
	[[ $(command_of c) == *elsewhere ]]
}

@test "the standard directories of a user, and those of podman if its generator is not there" {
	unset QUADLET_UNIT_DIRS
	export HOME=$work/home XDG_RUNTIME_DIR=$work/run
	unset XDG_CONFIG_HOME
	mkdir -p "$HOME/.config/masu/systemd" "$HOME/.config/containers/systemd" "$XDG_RUNTIME_DIR/masu/systemd"
	printf '[Container]\nImage=home\n' | tee "$HOME/.config/masu/systemd/a.container" >"$HOME/.config/masu/systemd/b.container"
	printf '[Container]\nImage=run\n' >"$XDG_RUNTIME_DIR/masu/systemd/a.container"
	printf '[Container]\nImage=podman\n' >"$HOME/.config/containers/systemd/p.container"
	generate "$out"
	[[ $(command_of a) == *run ]]
	[[ $(command_of b) == *home ]]
	local generator=/usr/lib/systemd/user-generators/podman-user-generator
	if [ -s "$generator" ] && [ ! -e "/etc/systemd/user-generators/${generator##*/}" ]; then
		[ ! -e "$out/p.service" ]
	fi
	export XDG_CONFIG_HOME=$work/config
	mkdir -p "$work/config/masu/systemd" "$work/out2"
	printf '[Container]\nImage=config\n' >"$work/config/masu/systemd/b.container"
	generate "$work/out2"
	out=$work/out2
	[[ $(command_of b) == *config ]]
}

@test "the links of systemd's directories decide between user and system" {
	container a
	ln -s "$BUILD/masu-generator" "$work/masu-user-generator"
	ln -s "$BUILD/masu-generator" "$work/masu-system-generator"
	"$work/masu-user-generator" "$out"
	grep -qx Wants=masu-wait-network-online.service "$out/a.service"
	rm "$out/a.service"
	env -u SYSTEMD_SCOPE "$work/masu-system-generator" "$out"
	grep -qx Wants=network-online.target "$out/a.service"
}

@test "drop-ins: general before special, by name, and replaced by the special one" {
	container a-b
	unit container.d/10.conf '[Container]' Label=general Exec=general
	unit container.d/20.conf '[Container]' Label=replaced
	unit a-.container.d/20.conf '[Container]' Label=prefix
	unit sub/a-b.container.d/05.conf '[Container]' Label=own Image=other
	unit a-b.container.d/30.conf '[Container]' Exec=special
	unit a-b.container.d/no 'not a drop-in'
	ln -s /dev/null "$dir/a-b.container.d/10.conf"
	generate "$out"
	[[ $(command_of a-b) == *'--label own --label prefix --http-proxy other special' ]]
	# A mistake in one names that file.
	unit container.d/40.conf '[Container]' '' 'Exce=x'
	run --separate-stderr generate --print a-b
	[ "$status" = 1 ]
	[ "$stderr" = "masu-generator: $dir/container.d/40.conf:3: unknown key 'Exce' in [Container]: did you mean Exec=?" ]
}

@test "instances are links with drop-ins of their own" {
	unit 't@.container' '[Container]' Image=x 'Exec=%i'
	ln -s 't@.container' "$dir/t@one.container"
	unit 't@.container.d/1.conf' '[Container]' Label=template
	unit 't@one.container.d/2.conf' '[Container]' Label=one
	generate "$out"
	[[ $(command_of t@) == *'--label template --http-proxy x %i' ]]
	[[ $(command_of t@one) == *'--label template --label one --http-proxy x %i' ]]
}

@test "a broken file fails alone, with its messages" {
	container good
	unit bad.container '[Container]' 'Image=x' 'Nonsense=1 $HOME %h "q"' 'ReadOnly=perhaps' '[Install]' 'WantedBy=default.target'
	unit syntax.container '[Container]' 'Image=x' 'nonsense'
	printf '[Container]\nImage=\xff\n' >"$dir/bytes.container"
	head -c 1100000 /dev/zero | tr '\0' '#' >"$dir/large.container"
	mkfifo "$dir/pipe.container"
	mkdir "$dir/directory.container"
	ln -s no-such "$dir/dangling.container"
	ln -s self.container "$dir/self.container"
	printf '[Container]\nImage=x\n' >"$dir/a b.container"
	run --separate-stderr generate "$out"
	[ "$status" = 0 ]
	[[ $(command_of good) == *image-of-good ]]
	for file in bad syntax bytes large pipe directory dangling self; do
		grep -q "^Description=Quadlet file with errors: '\?$dir/$file.container" "$out/$file.service"
		[[ $(command_of $file) == *'/masu-generator --fail '* ]]
	done
	[ -L "$out/default.target.wants/bad.service" ]
	[[ $stderr == *"$dir/syntax.container:3: 'nonsense' is not an assignment"* ]]
	[[ $stderr == *"'$dir/a b.container' is left out: systemd allows no such name"* ]]
	[ "$(ls "$out" | wc -l)" = 10 ]
	# The service prints them and fails.
	grep -qF "Nonsense=1" "$dir/bad.container"
	run --separate-stderr "$BUILD/masu-generator" --fail 'one: $x' '--two'
	[ "$status" = 78 ]
	[ "$stderr" = $'one: $x\n--two' ]
	[ -z "$output" ]
}

@test "nothing is replaced, and half a unit does not stay on a full disk" {
	need_root "for a small file system"
	container a
	container b "Label=$(head -c 60000 /dev/zero | tr '\0' x)"
	container c
	echo mine >"$out/a.service"
	mkdir "$work/small"
	mount -t tmpfs -o size=32k,mode=700 none "$work/small"
	run --separate-stderr generate "$work/small"
	ls "$work/small"
	local left=$(cd "$work/small" && echo *)
	umount "$work/small"
	[ "$status" = 1 ]
	[[ $stderr == *"cannot write 'b.service': No space left on device"* ]]
	[ "$left" = "a.service c.service" ]
	run --separate-stderr generate "$out"
	[ "$status" = 1 ]
	[[ $stderr == *"$dir/a.container: 'a.service' has been written from another file"* ]]
	[ "$(cat "$out/a.service")" = mine ]
	[ -e "$out/c.service" ]
	run ! generate "$work/no-such"
}

@test "--list, --print and --verify" {
	container a
	unit bad.volume '[Volume]' 'Driver=image' 'UID=5'
	run generate --list
	[ "$status" = 0 ]
	[[ ${lines[1]} =~ ^a.container\ +a.service\ +ok\ +$dir/a.container$ ]]
	[[ ${lines[2]} =~ ^bad.volume\ +bad-volume.service\ +errors\ +$dir/bad.volume$ ]]
	for name in a a.container a.service; do
		run generate --print "$name"
		[ "$status" = 0 ]
		[ "${lines[0]}" = ---a.service--- ]
	done
	run --separate-stderr generate --print no-such
	[ "$status" = 1 ]
	[ "$stderr" = "masu-generator: no quadlet file or service 'no-such': 'masu quadlet list' prints all" ]
	generate --verify "$dir/a.container"
	run --separate-stderr generate --verify "$dir/a.container" "$dir/bad.volume"
	[ "$status" = 1 ]
	[[ $stderr == "masu-generator: $dir/bad.volume:2: Driver=: only 'local' is supported"$'\n'"masu-generator: $dir/bad.volume:3: UID= is not supported: "* ]]
	# It may be elsewhere, beside the files that it refers to, and the name may be relative.
	mkdir "$work/new"
	printf '[Container]\nImage=x\nVolume=data.volume:/d\n' >"$work/new/b.container"
	echo '[Volume]' >"$work/new/data.volume"
	cd "$work/new"
	generate --verify b.container
	rm data.volume
	run --separate-stderr generate --verify b.container
	[ "$status" = 1 ]
	[ "$stderr" = "masu-generator: $work/new/b.container:3: Volume=: the file 'data.volume' does not exist" ]
	for arguments in "" "--list x" "--print" "--verify" "a b" "--no-such"; do
		run generate $arguments
		[ "$status" = 2 ]
	done
	run --separate-stderr generate --verify "$work/new/no.container"
	[ "$status" = 1 ]
	[ "$stderr" = "masu-generator: $work/new/no.container: cannot read '$work/new/no.container': No such file or directory" ]
	touch "$work/new/no.txt"
	run --separate-stderr generate --verify "$work/new/no.txt"
	[ "$status" = 1 ]
	[[ $stderr == *"/no.txt' is not the name of a quadlet file: it must end in .container, "* ]]
}

@test "the manual names each key" {
	local page=$BATS_TEST_DIRNAME/../../docs/masu-quadlet.5
	grep -ho '^	{"[A-Za-z0-9]*", KEY' "$BATS_TEST_DIRNAME"/../../src/quadlet/*.c | sed 's/.*"\(.*\)".*/\1/' | sort -u >"$work/keys"
	[ "$(wc -l <"$work/keys")" -gt 90 ]
	while read -r key; do
		grep -qE "(^\.Cm|^\.It Cm|[ ,])(.*[ ,])?$key([ =,]|\$)" "$page" || { echo "no $key"; return 1; }
	done <"$work/keys"
}

@test "masu quadlet: verify, install, list, print, rm" {
	unset QUADLET_UNIT_DIRS
	export HOME=$work/home XDG_CONFIG_HOME=$work/config
	local own=$work/config/masu/systemd
	# A manager would be the host's.
	unset XDG_RUNTIME_DIR DBUS_SESSION_BUS_ADDRESS
	cd "$dir"
	container a
	unit bad.container '[Container]' 'Image=x' 'Pod=a.pod'
	masu quadlet verify a.container
	run --separate-stderr masu quadlet verify a.container bad.container
	[ "$status" = 1 ]
	[[ $stderr == "masu-generator: $dir/bad.container:3: Pod= is not supported: "* ]]
	! is_root || skip "the directory of root is /etc"
	run masu quadlet install --no-reload a.container bad.container
	[ "$status" = 1 ]
	[ ! -e "$own" ]
	[ "$(masu quadlet install --no-reload a.container)" = "$own/a.container" ]
	cmp a.container "$own/a.container"
	[[ $(masu quadlet list) == *a.container*a.service*ok*"$own/a.container" ]]
	[[ $(masu quadlet print a) == ---a.service---* ]]
	echo '# changed' >>a.container
	: >"$own/.tmp-0123456789abcdef" # of a command that was killed
	run masu quadlet install --no-reload a.container
	[ "$status" = 125 ]
	[[ $output == *"'$own/a.container' exists"*"--replace replaces it"* ]]
	masu quadlet install --no-reload --replace a.container
	cmp a.container "$own/a.container"
	[ "$(ls -A "$own")" = a.container ]
	[ "$(masu quadlet rm --no-reload a.container)" = a.container ]
	[ -z "$(ls -A "$own")" ]
	run masu quadlet rm --no-reload a.container
	[ "$status" = 125 ]
	masu quadlet rm --no-reload --ignore a.container
	# Nothing was removed, so systemd is not asked to read the files anew.
	run --separate-stderr masu quadlet rm --ignore a.container
	[ "$status" = 0 ]
	[ -z "$output$stderr" ]
	run masu quadlet rm --no-reload ../x.container
	[ "$status" = 125 ]
	# Without a manager, the hint has the command.
	run --separate-stderr masu quadlet install a.container
	[ "$status" = 0 ]
	[[ $stderr == *"run 'systemctl --user daemon-reload'"* ]]
}

# Does the file that these options print give this command line again? The generator adds its own options in front.
same_words() { # EXPECTED WORD...
	local expected=$1 found
	shift
	masu run --quadlet "$@" >"$dir/x.container"
	found=$(generate --print x | sed -n 's/^ExecStart=.* --label PODMAN_SYSTEMD_UNIT=%n --cgroups split --detach --sdnotify conmon --log-driver journald --log-opt tag={{.Name}} //p')
	[ "$found" = "$expected" ] || { echo "expected: $expected"; echo "found:    $found"; cat "$dir/x.container"; return 1; }
}

@test "masu run --quadlet: the file has the options of the command line" {
	cd "$work"
	same_words 'image' image
	same_words 'image a "b c" ";" "" "\"" "\\" $$x 100%%' -d --rm --replace -q image a 'b c' ';' '' '"' '\' '$x' '100%'
	same_words '--env A=1 --env "B=x \" $$y %%" --hostname h --publish 80:80 --publish 81:81 image' \
		-e A=1 --env='B=x " $y %' -hh -p80:80 --publish 81:81 image
	same_words "--volume $work/a:/a:ro --volume named:/n --volume /abs:/b image" -v ./a:/a:ro -v named:/n -v /abs:/b image
	same_words '--read-only --read-only-tmpfs --http-proxy image' --read-only --read-only-tmpfs --http-proxy image
	same_words '--read-only image' --read-only image
	same_words '--cpus=.5 --tty --env=HOME "--hostname=\"q\"" image' --cpus .5 -t -e HOME -h '"q"' image
	same_words '--label "a=b\nc" --health-cmd none image' --health-cmd none -l $'a=b\nc' image
	same_words '--rootfs /r' --rootfs /r
	same_words "--rootfs $work/r" --rootfs r
	for image in $'x\n[Service]' 'x ' '"x"'; do
		run --separate-stderr masu run --quadlet "$image"
		[ "$status" = 125 ]
		[[ $stderr == *"does not fit into a quadlet file"* ]]
		[ -z "$output" ]
	done
	run masu run --quadlet --name n --restart on-failure:3 image
	[[ $output == *StartLimitBurst=4*ContainerName=n*$'[Service]\nRestart=on-failure'* ]]
	run masu run --quadlet --no-such image
	[ "$status" = 125 ]
	run masu run --quadlet
	[ "$status" = 125 ]
	[ ! -e "$MASU_DATA_DIR/containers" ]
}

@test "masu generate systemd: a file for a container" {
	masu create --name "$name" --network none -e A=b --label c=d hello x 'y z' >/dev/null
	masu generate systemd "$name" >"$dir/g.container"
	run generate --print g
	[ "$status" = 0 ]
	[[ $output == *"ExecStart="*" --name $name "*" --env A=b --label c=d --network none hello x \"y z\""* ]]
	run masu generate systemd no-such
	[ "$status" = 125 ]
	# As people type it for podman.
	run masu generate systemd --new --name "$name"
	[ "$status" = 125 ]
	[[ $output == *"option '--new' is not supported"*"omit the option"* ]]
	[ -e "$MASU_DATA_DIR/containers" ]
}

@test "files of public projects" {
	local golden=$BATS_TEST_DIRNAME/quadlet
	awk -v dir="$dir" '/^=== / { file = dir "/" $2; next } file { print >file }' "$golden/real-files"
	[ "$(ls "$dir" | wc -l)" -ge 50 ]
	run --separate-stderr generate --dryrun
	[ "$status" = 1 ]
	sed -E "s|$dir/||g; s|/[^ ]*/bin/masu |masu |; s|/[^ ]*/masu-generator |masu-generator |" <<<"$output" >"$work/real-units"
	sed "s|$dir/||g; s|^masu-generator: ||" <<<"$stderr" >"$work/real-messages"
	[ -z "${UPDATE-}" ] || cp "$work"/real-* "$golden"
	diff "$golden/real-messages" "$work/real-messages"
	diff "$golden/real-units" "$work/real-units"
}
