#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# masu login and logout, with Debian's docker-registry. Runs as anybody.

load ../lib/masu
load ../lib/registry

setup_file() {
	# me:secret
	python3 -W ignore -c 'import crypt; print("me:" + crypt.crypt("secret", "$2y$05$" + "a" * 22))' >"$BATS_FILE_TMPDIR/htpasswd"
	start_registry '' "auth: {htpasswd: {realm: tests, path: $BATS_FILE_TMPDIR/htpasswd}}"
	export REGISTRY=$REAL
}

teardown_file() { stop_registries; }

setup() {
	make_work
	cd "$work"
	mkdir session
	export HOME=$work XDG_CONFIG_HOME= XDG_RUNTIME_DIR=$work/session REGISTRY_AUTH_FILE= DOCKER_CONFIG=
	file=$work/session/containers/auth.json
}

entries() { jq -r '.auths | keys[]' "$1" | xargs; }
log_in() { masu login -u me --password-stdin "$@" "$REGISTRY" <<<secret; }

@test "login checks the password, and keeps it for pulls and for skopeo; logout removes it" {
	run -125 masu login -u me -p wrong "$REGISTRY"
	[[ $output == *"cannot log in to '$REGISTRY': invalid user name or password"* ]]
	[ ! -e "$file" ]
	run -0 log_in
	[ "$output" = "Login Succeeded!" ]
	[ "$(stat -c %a "$file")" = 600 ]
	[ "$(jq -r ".auths[\"$REGISTRY\"].auth" "$file" | base64 -d)" = me:secret ]
	[ "$(masu login --get-login "$REGISTRY")" = me ]
	# A killed login has left credentials. Files of other programs stay.
	touch "${file%/*}"/.tmp-{0123456789abcdef,auth.json12345}
	log_in
	[ "$(cd "${file%/*}" && echo .tmp-*)" = .tmp-auth.json12345 ]
	# The registry is empty, but it answers.
	run -125 masu pull -q "$REGISTRY/none"
	[[ $output == *"has no "* ]]
	skopeo login --get-login --authfile "$file" "$REGISTRY"
	run -0 masu logout "http://$REGISTRY/v2/"
	[ "$(entries "$file")" = "" ]
	run -125 masu logout "$REGISTRY"
	run -125 masu login --get-login "$REGISTRY"
	[[ $output == *"not logged in to '$REGISTRY'"* ]]
	run -125 masu pull -q "$REGISTRY/none"
	[[ $output == *unauthorized* ]]
}

@test "login keeps other entries, links, and the file after a failure; two at once" {
	mkdir -p real "$(dirname "$file")"
	echo '{"auths":{"r.example":{"auth":"eDp5"}},"other":[1,{"deep":null}]}' >real/auth.json
	ln -s "$work/real/auth.json" "$file"
	run -125 masu login -u me -p wrong "$REGISTRY"
	log_in
	[ -L "$file" ]
	[ "$(entries real/auth.json)" = "$REGISTRY r.example" ]
	jq -e '.other == [1, {"deep": null}]' "$file"
	masu login -u me -p secret --authfile own.json "$REGISTRY"
	REGISTRY_AUTH_FILE=$work/variable.json log_in
	[ "$(entries own.json)" = "$REGISTRY" ]
	[ "$(entries variable.json)" = "$REGISTRY" ]
	# Beside a file that was named, another process may be writing its own, such as the digest of a push.
	touch real/.tmp-0123456789abcdef .tmp-0123456789abcdef
	log_in --authfile own.json
	REGISTRY_AUTH_FILE=$work/variable.json log_in
	log_in
	rm real/.tmp-0123456789abcdef .tmp-0123456789abcdef
	log_in >/dev/null &
	masu logout r.example >/dev/null
	wait $!
	[ "$(entries "$file")" = "$REGISTRY" ]
	masu logout --all
	[ "$(entries "$file")" = "" ]
	if is_root; then
		chown 1 session
		run -125 log_in
		[[ $output == *"root keeps no credentials in '$work/session'"* ]]
		chown 0 session
	fi
	echo '{"auths": 7}' >own.json
	run -125 log_in --authfile own.json
	[ "$(<own.json)" = '{"auths": 7}' ]
	echo '{"credsStore": "pass"}' >own.json
	run -125 log_in --authfile own.json
	[[ $output == *"docker-credential-pass"* ]]
	[ "$(ls real)" = auth.json ]
}

@test "login: wrong arguments, and a password on the terminal that is not shown" {
	for args in "-u me -p x --password-stdin" "--password-stdin" "-u a:b -p x" "-u me" ""; do
		run -125 masu login $args "$REGISTRY" </dev/null
	done
	run -125 masu login -u me -p x "a/b"
	[[ $output == *"invalid"* || $output == *"cannot log in"* ]]
	run -125 masu logout --all "$REGISTRY"
	# Docker Hub is the default, and has two names in files.
	for key in docker.io https://index.docker.io/v1/; do
		jq -n --arg key "$key" '{auths: {($key): {auth: "bWU6c2VjcmV0"}}}' >hub.json
		[ "$(masu login --get-login --authfile hub.json)" = me ]
		[ "$(masu login --get-login --authfile hub.json docker.io)" = me ]
	done
	run -125 masu login --get-login --authfile hub.json "$REGISTRY"
	# Each answer follows its question.
	run -0 python3 - "$BUILD/masu" login "$REGISTRY" <<'END'
import os, pty, sys
pid, fd = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
said = b''
answers = [(b'Username: ', b'me\n'), (b'Password: ', b'secret\n')]
while True:
    try:
        said += os.read(fd, 4096)
    except OSError:
        break
    if answers and answers[0][0] in said:
        os.write(fd, answers.pop(0)[1])
sys.stdout.write(said.decode())
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
END
	[[ $output == *"Username: me"*"Password: "*"Login Succeeded!"* && $output != *secret* ]]
	# Ctrl-C ends the question at once.
	run -125 python3 - "$BUILD/masu" login -u me "$REGISTRY" <<'END'
import os, pty, sys
pid, fd = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
said = b''
while b'Password: ' not in said:
    said += os.read(fd, 4096)
os.write(fd, b'sec\x03')
try:
    while True:
        said += os.read(fd, 4096)
except OSError:
    pass
sys.stdout.write(said.decode())
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
END
	[[ $output == *"no answer"* && $output != *sec* ]]
}

# A credential helper that keeps what it gets in files, and is told to fail by a file.
make_helper() {
	mkdir -p bin kept
	cat >bin/docker-credential-test <<'SCRIPT'
#!/bin/sh
cd "$(dirname "$0")/.." || exit 1
echo "$1" >>calls
[ ! -e broken ] || { echo "no keyring"; exit 1; }
input=$(cat)
server=$(echo "$input" | sed -n 's/.*"ServerURL": *"\([^"]*\)".*/\1/p')
file=kept/$(echo "${server:-$input}" | sed 's/\\//g' | tr / _)
case $1 in
store) echo "$input" >"$file" ;;
get | erase) [ -e "$file" ] || { echo "credentials not found in native keychain"; exit 1; }
	[ "$1" = get ] && cat "$file" || rm "$file" ;;
esac
SCRIPT
	chmod +x bin/docker-credential-test
	export PATH=$work/bin:$PATH
}

@test "login and logout by a credential helper, of one registry or of all" {
	make_helper
	for doc in '{"credsStore": "test"}' '{"credHelpers": {"'"$REGISTRY"'": "test"}}'; do
		echo "$doc" >own.json
		log_in --authfile own.json
		# The file has no password, and the helper has it.
		[ "$(jq -c ".auths[\"$REGISTRY\"]" own.json)" = "{}" ]
		grep -q '"Secret": *"secret"' kept/*
		[ "$(masu login --get-login --authfile own.json "$REGISTRY")" = me ]
		run -125 masu pull -q --authfile own.json "$REGISTRY/none"
		[[ $output == *"has no "* ]]
		run -0 masu logout --authfile own.json "$REGISTRY"
		[ "$(entries own.json)" = "" ]
		[ "$(ls kept)" = "" ]
		run -125 masu logout --authfile own.json "$REGISTRY"
		[[ $output == *"not logged in"* ]]
		log_in --authfile own.json
		masu logout --all --authfile own.json
		[ "$(entries own.json)" = "" ]
		[ "$(ls kept)" = "" ]
	done
	# A wrong password does not reach the helper, and a helper that fails is an error.
	rm calls
	run -125 masu login -u me -p wrong --authfile own.json "$REGISTRY"
	[ ! -e calls ]
	touch broken
	run -125 log_in --authfile own.json
	[[ $output == *"'docker-credential-test store' failed for '$REGISTRY' (status 1): no keyring"* ]]
	[ "$(entries own.json)" = "" ]
	run -125 masu logout --authfile own.json "$REGISTRY"
	[[ $output == *"'docker-credential-test erase' failed"* ]]
	echo '{"credsStore": "missing"}' >own.json
	run -125 log_in --authfile own.json
	[[ $output == *"docker-credential-missing"* ]]
	[ "$(<own.json)" = '{"credsStore": "missing"}' ]
	echo '{"credsStore": "../x"}' >own.json
	run -125 log_in --authfile own.json
	[[ $output == *"invalid name of a helper"* ]]
}

@test "logout removes the entries of docker, too, and no repository of the registry" {
	jq -n '{auths: {"docker.io": {auth: "a"}, "https://index.docker.io/v1/": {auth: "a"}, "docker.io/me": {auth: "a"}, "index.docker.io.example": {auth: "a"}}}' >hub.json
	masu logout --authfile hub.json
	[ "$(entries hub.json)" = "docker.io/me index.docker.io.example" ]
	run -125 masu logout --authfile hub.json docker.io
	jq -n '{auths: {"https://r.example/v2/": {auth: "a"}, "R.example": {auth: "a"}, "r.example:5000": {auth: "a"}}}' >hub.json
	masu logout --authfile hub.json r.example
	[ "$(entries hub.json)" = "r.example:5000" ]
}
