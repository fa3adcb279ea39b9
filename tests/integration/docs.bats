#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The manual pages and the completion say what the programs' own --help says.

load ../lib/masu
TOP=$BATS_TEST_DIRNAME/../..

commands() {
	"$BUILD/masu" --help | sed -n 's/^  \([a-z-]*\) .*/\1/p'
}

# The same with those of two words in place of their first word, without those that are a longer form of another.
all_commands() {
	local command
	for command in $(commands); do
		"$BUILD/masu" "$command" --help | grep -q '^Commands:' || { echo "$command"; continue; }
		"$BUILD/masu" "$command" --help | sed -n "/^Commands:/,/^\$/{/(masu [a-z]*)\$/d;s/^  \([a-z-]*\) .*/$command \1/p}"
	done
}

# Long options, one a line: of --help, of the completion, of the manual pages.
help_options() {
	"$BUILD/masu" $1 --help | sed -n '/^Options:/,$s/^  \(-., \|    \)--\([a-z0-9-]*\).*/--\2/p' |
		sort -u
}

completion_options() {
	bash -c '. "$1"; _masu_options "$2"' - "$TOP/completions/masu" "$1" |
		grep -o -e '--[a-z0-9-]*' | sort -u
}

manual_options() {
	local pages=("$TOP/docs/masu-$1.1")
	[ "$1" != create ] || pages+=("$TOP/docs/masu-run.1")
	{
		echo --help # of all, in masu(1)
		sed -n 's/^\.It \(.*Fl .*\)/\1/p' "${pages[@]}" | grep -o ' -[a-z][a-z0-9-]*' | sed 's/ /-/'
	} | sort -u
}

same() { # COMMAND WHAT EXPECTED FOUND
	diff <(echo "$3") <(echo "$4") >"$BATS_TEST_TMPDIR/diff" && return
	echo "masu $1: $2 (>) and --help (<) differ:"
	cat "$BATS_TEST_TMPDIR/diff"
	return 1
}

@test "each command has a manual page, and each page a command" {
	diff <(commands | sort) <(cd "$TOP/docs" && ls masu-*.1 | sed 's/^masu-\(.*\)\.1$/\1/' | grep -v '^oci$' | sort)
	for command in $(commands); do
		grep -q "^\.It Xr masu-$command 1" "$TOP/docs/masu.1" || { echo "masu.1 lacks $command"; return 1; }
	done
}

@test "the completion knows each command" {
	diff <({ commands; echo help; } | sort) \
		<(bash -c '. "$1"; echo "$_masu_commands"' - "$TOP/completions/masu" | xargs -n1 | sort)
}

@test "the completion has the commands of each group, and their short forms" {
	for group in $(commands); do
		"$BUILD/masu" "$group" --help | grep -q '^Commands:' || continue
		diff <("$BUILD/masu" "$group" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z-]*\) .*/\1/p') \
			<(bash -c '. "$1"; _masu_group "$2"' - "$TOP/completions/masu" "$group" | xargs -n1)
		while read -r word short; do
			[ "$(bash -c '. "$1"; _masu_short "$2" "$3"' - "$TOP/completions/masu" "$group" "$word")" = "$short" ]
		done < <("$BUILD/masu" "$group" --help | sed -n 's/^  \([a-z-]*\) .*(masu \([a-z]*\))$/\1 \2/p')
	done
}

@test "the completion has the options of --help" {
	while read -r command; do
		same "$command" completion "$(help_options "$command")" "$(completion_options "$command")"
	done < <(all_commands)
}

# Each long option of --help, with "value" if one follows it. [=X] is not a further word.
help_values() { # COMMAND
	"$BUILD/masu" $1 --help | sed -n '/^Options:/,$s/^  \(-., \|    \)\(--[a-z0-9-]*\)\( [^ ]\)\{0,1\}.*/\2\3/p' |
		sed 's/ .*/ value/' | sort -u
}

completion_values() { # COMMAND
	bash -c '. "$1"; for option in $(_masu_options "$2"); do
			if _masu_takes_value "$option" "$2"; then echo "$option value"; else echo "$option"; fi
		done' - "$TOP/completions/masu" "$1" | sort -u
}

@test "the completion knows the options that have a value" {
	while read -r command; do
		same "$command" completion "$(help_values "$command")" "$(completion_values "$command")"
	done < <(all_commands)
}

# The words that replace the last one, for zsh and fish.
complete() { "$BUILD/masu" __complete "$@" | cut -f1; }

# The same by the completion of each shell, one a line.
in_zsh() { # the words after "masu"
	PATH=$BUILD:$PATH zsh -f -c '
		compadd() { eval "print -rl -- \"\${(@)${@[-1]}}\"" }
		compset() { PREFIX=${PREFIX#*=} }
		_files() { print -r "files $PREFIX" }
		words=(masu "${@:2}") CURRENT=$#words PREFIX=${@[-1]}
		. "$1"' - "$TOP/completions/zsh/_masu" "$@"
}

in_fish() { # the same words, as one text
	PATH=$BUILD:$PATH HOME=$BATS_TEST_TMPDIR fish --no-config -c 'source $argv[1]; complete -C $argv[2]' \
		"$TOP/completions/masu.fish" "masu $1" | cut -f1
}

@test "the words for zsh and fish: commands and options" {
	diff <({ commands; printf '%s\n' help --help --version; } | sort) <(complete '' | sort)
	while read -r command; do
		same "$command" "__complete" "$(help_options "$command")" "$(complete $command - | grep -e -- | sort -u)"
	done < <(all_commands)
	for group in $(commands); do
		"$BUILD/masu" "$group" --help | grep -q '^Commands:' || continue
		diff <("$BUILD/masu" "$group" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z-]*\) .*/\1/p') \
			<(complete "$group" '')
	done
}

@test "the words for zsh and fish: values as the completion of bash has them, names and files" {
	for option in cgroupns cgroups health-on-failure image-volume ipc log-driver network pid pull restart sdnotify systemd userns uts; do
		words=$(bash -c '. "$1"; _masu_values "$2"' - "$TOP/completions/masu" "--$option" | xargs -n1 | sort)
		[ -n "$words" ]
		diff <(echo "$words") <(complete run "--$option" '' | sort)
		diff <(sed "s/^/--$option=/" <<<"$words") <(complete create "--$option=" | sort)
	done
	[ "$(complete wait --condition r)" = $'removed\nrunning' ]
	masu volume create data >/dev/null
	echo x | masu secret create key - >/dev/null
	[ "$(complete volume rm '')" = data ]
	[ -z "$(complete volume create '')" ]
	[ "$(complete volume create --driver '')" = local ]
	[ "$(complete run --secret '')" = key ]
	[ "$(complete secret inspect -f json k)" = key ]
	[ "$(complete run -dv '')" = :files ]
	[ "$(complete run --env-file=)" = :files ]
	[ "$(complete run -d image '')" = :files ]
	[ "$(complete run image --pul)" = :files ] # an argument of the command in the container
	[ "$(complete kill -s KI)" = KILL ]
	[ "$(complete help vol)" = volume ]
	[ -z "$(complete nonsense '')" ]
	[ -z "$(complete volume nonsense '')" ]
	run -125 "$BUILD/masu" __complete
}

@test "the completion of zsh" {
	command -v zsh >/dev/null || skip "zsh is not installed"
	[ "$(in_zsh ru)" = run ]
	diff <(complete secret '') <(in_zsh secret '')
	diff <(complete run -- | sort) <(in_zsh run -- | sort)
	diff <(complete run --network '' | sort) <(in_zsh run --network '' | sort)
	[ "$(in_zsh run --env-file=/etc/host)" = "files /etc/host" ]
	[ "$(in_zsh run --env-file /etc/host)" = "files /etc/host" ]
}

@test "the completion of fish" {
	command -v fish >/dev/null || skip "fish is not installed"
	[ "$(in_fish ru)" = run ]
	diff <(complete secret '' | sort) <(in_fish 'secret ' | sort)
	diff <(complete run -- | sort) <(in_fish 'run --' | sort)
	diff <(complete run --network '' | sort) <(in_fish 'run --network ' | sort)
	[ "$(in_fish 'run --env-file=/etc/passw' | grep -x -e --env-file=/etc/passwd)" = --env-file=/etc/passwd ]
	[ "$(in_fish 'run --env-file /etc/passw' | grep -x /etc/passwd)" = /etc/passwd ]
}

@test "the manual pages have the options of --help" {
	for command in $(commands); do
		# The page of a command of two words has the options of all with its first word.
		expected=$(all_commands | grep -E "^$command( |$)" | while read -r each; do help_options "$each"; done | sort -u)
		found=$(manual_options "$command")
		# masu-create(1) refers to masu-run(1) for all but what only run has.
		[ "$command" != create ] || found=$(grep -vx -e --attach -e --detach -e --preserve-fds -e --quadlet -e --rmi -e --sig-proxy <<<"$found")
		same "$command" manual "$expected" "$found"
	done
}

@test "the manual pages are well formed" {
	for page in "$TOP"/docs/*.1; do
		if command -v man >/dev/null; then
			warnings=$(man --warnings -E UTF-8 -l "$page" 2>&1 >/dev/null)
			[ -z "$warnings" ] || { echo "$page: $warnings"; return 1; }
		fi
		head -1 "$page" | grep -q SPDX
	done
}

oci_commands() {
	"$BUILD/masu-oci" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z-]*\) .*/\1/p'
}

oci_help() { # [COMMAND]
	"$BUILD/masu-oci" "$@" --help | sed -n '/^Options:/,/^$/s/^ *\(-., \)\{0,1\}--\([a-z0-9-]*\).*/--\2/p' | sort -u
}

# The long options of a command in masu-oci(1), or those before the command; --help is of all.
oci_manual() { # [COMMAND]
	{
		echo --help
		awk -v c="${1:-}" '
			/^\.Sh/ { on = c == "" && /GLOBAL OPTIONS/ }
			/^\.It Cm/ { on = c != "" && $0 ~ "Cm " c "( |$)" }
			on && /^\.It/' "$TOP/docs/masu-oci.1" | tr ' ' '\n' | grep -e '^-[a-z]' | sed 's/^/-/'
	} | sort -u
}

oci_completion() { # [COMMAND]
	bash -c '. "$1"; _masu_oci_options "$2"' - "$TOP/completions/masu-oci" "${1:-}" |
		grep -o -e '--[a-z0-9-]*' | sort -u
}

@test "masu-oci(1) and its completion have the commands and options of --help" {
	[ -n "$(oci_commands)" ]
	diff <({ oci_commands; echo help; } | sort) \
		<(bash -c '. "$1"; echo "$_masu_oci_commands"' - "$TOP/completions/masu-oci" | xargs -n1 | sort)
	same oci manual "$(oci_help | grep -vx -e --version)" "$(oci_manual | grep -vx -e --version)"
	same oci completion "$(oci_help)" "$(oci_completion)"
	for command in $(oci_commands); do
		grep -q "^\.It.* Cm $command\( \|$\)" "$TOP/docs/masu-oci.1" || { echo "no $command"; return 1; }
		found=$(oci_manual "$command")
		[ "$command" != run ] || found=$({ oci_manual create; oci_manual run; } | sort -u)
		same "oci $command" manual "$(oci_help "$command")" "$found"
		same "oci $command" completion "$(oci_help "$command")" "$(oci_completion "$command")"
	done
}

# The last column has FILE: PART OF A NAME; ... and the one before it names files of src/.
@test "docs/threats.md names tests and files that exist" {
	python3 -S - "$TOP" <<'END'
import os, re, sys
top, missing, n = sys.argv[1], [], 0
for line in open(f"{top}/docs/threats.md"):
    if not re.match(r"\| [A-F][0-9]", line):
        continue
    *_, defence, tests = [cell.strip() for cell in line.strip().strip("|").split("|")]
    missing += [f for f in re.findall(r"\b(?:[a-z]+/)+[a-z-]+\.[ch]\b", defence) if not os.path.exists(f"{top}/src/{f}")]
    for test in tests.split("; "):
        if test == "*checked*":
            continue
        file, words = test.split(": ", 1)
        path = f"{top}/tests/{file}" + (".c" if file.startswith("unit/") else ".bats")
        names = [l for l in open(path) if path.endswith(".c") or l.startswith("@test")] if os.path.exists(path) else []
        n += 1
        if not any(words in name for name in names):
            missing.append(test)
sys.exit(f"not found: {missing}" if missing or n < 100 else 0)
END
}
