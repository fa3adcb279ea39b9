#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The lists of containers and images, as root and as an ordinary user: filters, orders, forms.

load ../lib/masu

create() { # NAME [OPTION...]
	masu create --name "$1" --network none "${@:2}" hello >/dev/null
}

# `wrong MESSAGE COMMAND...`
wrong() {
	run -125 masu "${@:2}"
	[[ "$output" == *"$1"* ]] || { echo "$output"; return 1; }
}

# The names, on one line.
names() { masu ps --format '{{.Names}}' "$@" | xargs; }

@test "ps: filters, --last, --latest, --sort, --noheading, --watch" {
	create a --label app=shop --label 'say=a b'
	create b --label app=shop -v data:/data
	create 'c-1'
	[ "$(names)" = "" ]
	[ "$(names -a)" = "c-1 b a" ]
	[ "$(names -a -f label=app=shop)" = "b a" ]
	[ "$(names -a -f label=app -f 'label=say=a b')" = a ]
	[ "$(names -a --filter label!=app)" = c-1 ]
	[ "$(names -a -f name=a -f name=^c)" = "c-1 a" ]
	[ "$(names -a -f "id=$(masu inspect -f '{{.Id}}' b | cut -c1-10)")" = b ]
	[ "$(names -a -f ancestor=hello -f before=c-1)" = "b a" ]
	[ "$(names -a -f "ancestor=$(masu inspect -f '{{.Image}}' b | cut -c1-10)" -f since=b)" = c-1 ]
	[ "$(names -a -f ancestor=busybox)" = "" ]
	[ "$(names -a -f volume=data)" = b ]
	[ "$(names -a -f network=none -f until=0s)" = "c-1 b a" ]
	[ "$(names -a -f until=1h)" = "" ]
	masu start b >/dev/null
	masu wait b >/dev/null
	[ "$(names -f status=created -f status=exited)" = "c-1 b a" ]
	[ "$(names -f exited=0)" = b ]
	[ "$(names -l)" = c-1 ]
	[ "$(names -n 2)" = "c-1 b" ]
	[ "$(names -n 1 -f label=app)" = b ]
	[ "$(names -a -n -1)" = "c-1 b a" ]
	[ "$(names -a --sort names)" = "a b c-1" ]
	[ "$(names -a --sort status)" = "a c-1 b" ]
	[ "$(names -a --sort runningfor)" = "b a c-1" ]
	run -0 masu ps -l --noheading
	[ "${#lines[@]}" = 1 ]
	[[ "$output" == *c-1 ]]
	run -0 masu ps -l --noheading --format 'table {{.Names}}'
	[ "$output" = c-1 ]
	[ "$(timeout 60 bash -c "'$BUILD/masu' ps -l --watch 1 --format x{{.Names}}x | head -2" | grep -c xc-1x)" = 2 ]
}

@test "ps: wrong options" {
	create a
	wrong "option '--filter color=red': must be one of ancestor=, before=, exited=, id=, label=, label!=, name=," ps -f color=red
	wrong "option '--filter status=dead': must be one of created, starting," ps -f status=dead
	wrong "option '--filter exited=256': must be an exit code" ps -f exited=256
	wrong 'invalid regular expression "("' ps -a -f 'name=('
	wrong "nosuch" ps -a -f before=nosuch
	wrong "option '--sort age': must be one of command, created," ps --sort age
	wrong "option '--last x': must be a number" ps --last x
	wrong "exclude each other" ps -l -n 2
	wrong "option '--watch 0': must be a number of seconds" ps -w 0
}
