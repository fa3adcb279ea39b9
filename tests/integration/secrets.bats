#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Secrets: the commands, the files and variables of containers, and the places where a secret must not be. As root and as
# an ordinary user.

load ../lib/masu
load ../lib/busybox

setup() {
	setup_busybox
	cd "$work"
	# Not the text itself, so that this file and its processes do not have it.
	word=$(printf 'pa%s-%s' ss "$RANDOM$RANDOM$RANDOM")
}

secret() { printf %s "$word" | masu secret create "$@" -; }

# Files of the test that have the word, without those of the store of secrets. Some belong to sub-ids, and some may
# disappear meanwhile.
found() {
	local as=(unshare --map-root-user --map-auto)
	! is_root || as=()
	"${as[@]}" grep -rlF --exclude-dir=secrets -- "$word" "$work" 2>/dev/null || true
}

@test "create, ls, inspect, exists, rm" {
	id=$(secret -l app=shop --label stage=live db)
	[[ $id =~ ^[0-9a-f]{25}$ ]]
	[ "$(stat -c '%a %U' data/secrets/db)" = "600 $(id -un)" ]
	[ "$(stat -c %a data/secrets)" = 700 ]
	VARIABLE=value masu secret create --env from.env VARIABLE
	printf 'a\0b\377' >binary
	masu secret create binary binary
	[ "$(masu secret ls -q --filter name=db)" = "$id" ]
	[ "$(masu secret ls --format '{{.Name}} {{.Driver}}')" = $'binary file\ndb file\nfrom.env file' ]
	[ "$(masu secret ls --filter label=app=shop --filter label=stage --format '{{.Name}}')" = db ]
	[ "$(masu secret ls -n -f id="${id:0:10}" | awk '{print $1, $2}')" = "$id db" ]
	[ -z "$(masu secret ls -q -f label=other)" ]
	[ "$(masu secret inspect --format '{{.Spec.Name}} {{.Spec.Labels.app}}' "${id:0:12}")" = "db shop" ]
	run ! grep -F "$word" <<<"$(masu secret inspect db)"
	[ "$(masu secret inspect --showsecret --format '{{.SecretData}}' db)" = "$word" ]
	[ "$(masu secret inspect --showsecret --format '{{.SecretData}}' from.env)" = value ]
	run -125 masu secret inspect --showsecret binary
	[[ $output == *"its bytes are not text"* ]]
	masu secret exists db
	run -1 masu secret exists absent
	[ -z "$output" ]
	[ "$(masu secret rm binary "$id")" = $'binary\n'"$id" ]
	run -125 masu secret rm "$id" # "db" may be the beginning of another one's id
	[[ $output == *"secret '$id' not found"* ]]
	masu secret rm --ignore "$id"
	[ "$(masu secret rm --all)" = from.env ]
	[ -z "$(masu secret ls -q)" ]
}

@test "a damaged secret hides no other one" {
	echo one | masu secret create one - >/dev/null
	echo two | masu secret create two - >/dev/null
	echo '{' >"$MASU_DATA_DIR/secrets/one"
	run -0 --separate-stderr masu secret ls --noheading --format '{{.Name}}'
	[ "$output" = two ]
	[[ $stderr == "masu: the file of secret 'one' is damaged" ]]
	masu secret inspect two >/dev/null
	masu secret rm one >/dev/null
	run -0 --separate-stderr masu secret ls --noheading --format '{{.Name}}'
	[ "$output$stderr" = two ]
}

@test "replace, ignore, names and sizes" {
	id=$(secret -l old=1 db)
	run -125 masu secret create db /etc/hostname
	[[ $output == *"name already in use"*"--replace"* ]]
	[ "$(masu secret create --ignore db /etc/hostname)" = "$id" ]
	[ "$(masu secret inspect --showsecret -f '{{.SecretData}}' db)" = "$word" ]
	echo new >new
	[ "$(masu secret create --replace db new)" = "$id" ]
	[ "$(masu secret inspect --showsecret -f '{{.SecretData}}{{json .Spec.Labels}}' db)" = $'new\n{}' ]
	for bad in ../x .x a/b '' "$(printf 'a\nb')" "$(printf %0201d 0)"; do
		run -125 masu secret create -- "$bad" new
		[[ $output == *"bad name"* ]]
	done
	: >empty
	run -125 masu secret create empty empty
	[[ $output == *"it is empty"* ]]
	head -c 512000 /dev/zero >largest
	masu secret create largest largest
	echo >>largest
	run -125 masu secret create larger largest
	[[ $output == *"larger than 512000 bytes"* ]]
	run -125 masu secret create larger /dev/zero
	run -125 masu secret create --env larger NO_SUCH_VARIABLE
	[[ $output == *"not set"* ]]
	run -125 masu secret create --driver pass x new
	[[ $output == *"supported drivers: file"* ]]
	[ "$(ls data/secrets)" = $'db\nlargest' ]
}

@test "a container has a secret in read-only files of its memory, with owner and mode" {
	secret db && echo -n key >k && masu secret create key k
	go --name "$name" --secret db --secret key,target=/etc/app/key,uid=5,gid=6,mode=0400 --secret source=db,target=d/db \
		--secret id=key,target=/new/place,mode=600 "$image" sh -c 'cd /run/secrets; cat db d/db; echo
		stat -c "%n %u:%g %a" db d /etc/app/key /new/place; cat /etc/app/key /new/place; echo; ls -A . d
		for file in db x /etc/app/key; do (echo >"$file") 2>/dev/null && echo "wrote $file"; done
		rm -f db 2>/dev/null; cat db; echo; grep -c "ramfs ro,nosuid,nodev,noexec" /proc/mounts'
	[ "$output" = "$word$word
db 0:0 444
d 0:0 755
/etc/app/key 5:6 400
/new/place 0:0 600
keykey
.:
d
db

d:
db
$word
3" ]
	# Over the mounts of the user, and not in the directory below.
	mkdir shared
	go --name "$name" --secret db -v "$work/shared:/run" --read-only -u 1000 "$image" cat /run/secrets/db
	[ "$output" = "$word" ]
	[ "$(ls -A shared/secrets)" = "" ]
}

@test "a variable, also of a health check and of an exec, which its own variable replaces" {
	secret db
	masu run -d --name "$name" --network none -e API=old --secret db,type=env,target=API --secret db,type=env \
		--health-cmd 'test "$API" = "$db"' --health-interval disable "$image" sh -c 'echo "$API $db"; exec sleep 1000'
	wait_until eval 'masu logs "$name" | grep -q .'
	[ "$(masu logs "$name")" = "$word $word" ]
	[ "$(masu exec "$name" sh -c 'echo $API')" = "$word" ]
	[ "$(masu exec -e API=mine "$name" sh -c 'echo $API')" = mine ]
	masu healthcheck run "$name"
	masu secret rm db
	run --separate-stderr masu exec -e db= "$name" sh -c 'echo "<$API>"'
	[ "$output" = "<old>" ]
	[[ $stderr == *"the variable API is missing: secret 'db' was removed"* ]]
	masu rm -f "$name"
	printf 'a\0b' >binary && masu secret create binary binary
	run -125 masu run --rm --name "$name" --network none --secret binary,type=env "$image" true
	[[ $output == *"has a NUL byte"* ]]
}

@test "each start reads the secret as it is then; without it there is no start" {
	secret db
	masu create --name "$name" --network none --secret db "$image" cat /run/secrets/db
	[ "$(masu start -a "$name")" = "$word" ]
	echo -n second | masu secret create --replace db -
	[ "$(masu start -a "$name")" = second ]
	masu secret rm db
	run -125 masu start "$name"
	[[ $output == *"secret 'db' not found"*"masu secret create db FILE"* ]]
	secret db
	[ "$(masu start -a "$name")" = "$word" ]
}

@test "a secret is in no file, layer, archive, document and message of masu" {
	secret db
	masu run -d --name "$name" --network none --secret db --secret db,type=env,target=API --secret db,target=/etc/db \
		"$image" sh -c 'echo up; exec sleep 1000'
	wait_until eval 'masu logs "$name" | grep -q up'
	pid=$(masu inspect --format '{{.State.Pid}}' "$name")
	echo "$word" >control && [ "$(found)" = "$work/control" ] && rm control
	# The files of the store and of the session, while the container runs; the container itself has it.
	[ -z "$(found)" ]
	tr '\0' '\n' <"/proc/$pid/environ" | grep -qx "API=$word"
	# The supervisor and its helpers: their arguments and environments.
	run ! grep -aF -- "$word" "/proc/$(awk '/^PPid/ {print $2}' "/proc/$pid/status")/cmdline" \
		"/proc/$(awk '/^PPid/ {print $2}' "/proc/$pid/status")/environ"
	masu inspect "$name" >document
	[ "$(jq -c '.[0].Config.Secrets[0]' document)" = '{"Name":"db","Type":"mount","Target":"/run/secrets/db","UID":0,"GID":0,"Mode":292}' ]
	masu events --since 1h --stream=false --format json >events
	masu export -o archive.tar "$name"
	masu commit -q "$name" localhost/committed
	masu inspect --type image localhost/committed >image
	masu diff "$name" >changes
	[ -z "$(found)" ]
	run ! grep -E 'secrets|/etc/db' changes
	go --name "$name-2" localhost/committed sh -c 'echo "<$API>"; ls -A /run/secrets /etc/db'
	[[ $output == "<>"* ]]
	run ! grep -F "$word" <<<"$output"
	masu stop -t 0 "$name"
	masu cp "$name:/run" copy || true # it may have no such directory
	[ -z "$(found)" ]
}

@test "wrong options are refused, before anything is created" {
	secret db
	while IFS='|' read -r option message; do
		run -125 masu create --network none --secret "$option" "$image" true
		[[ $output == *"$message"* ]] || { echo "$option: $output"; false; }
	done <<-'END'
		type=env|missing name
		absent|secret 'absent' not found
		db,type=file|must be one of mount, env
		db,mode=9|must be octal
		db,mode=7777|must be octal, up to 777
		db,uid=x|must be a number
		db,color=red|unknown field 'color=red'
		db,target=../x|not the path of a file
		db,target=|not the path of a file
		db,target=/proc/x|not a place
		db,target=/run/secrets|not a place
		db,type=env,uid=1|a variable has no uid
		db,type=env,target=A=B|not the name of a variable
	END
	run -125 masu create --secret db --secret db "$image" true
	[[ $output == *"have the same target"* ]]
	[ -z "$(masu ps -aq)" ]
	is_root || run -125 masu run --rm --name "$name" --network none --secret db,uid=4000000000 "$image" true
	[[ $output == *"create the secret at '/run/secrets/db'"*"no user 4000000000"* ]] || is_root
}

@test "links of the image or of a shared volume cannot lead a secret out of the container" {
	secret db && mkdir canary shared
	ln -s "../../../../../../../..$work/canary" shared/secrets
	ln -s "../../../../../../../..$work/canary/file" shared/key
	echo untouched >canary/file
	run masu run --rm --name "$name" --network none -v "$work/shared:/run" --secret db --secret db,target=/run/key "$image" true
	[ "$(ls -A canary)" = file ]
	[ "$(<canary/file)" = untouched ]
	[ -z "$(found)" ]
	ln -sfn /proc shared/secrets
	run -125 masu run --rm --name "$name" --network none -v "$work/shared:/run" --secret db "$image" true
	[[ $output == *"link into /proc"* ]] || { echo "$output"; false; }
	ln -sfn /proc/sys/kernel/core_pattern shared/key && rm shared/secrets
	run -125 masu run --rm --name "$name" --network none -v "$work/shared:/run" --secret db,target=/run/key "$image" true
	[[ $output == *"mount point '/run/key'"* ]] || { echo "$output"; false; }
}

@test "on a kernel without the new mount calls" {
	need_root "conformance-refuse keeps newuidmap from its privileges"
	secret db
	run -0 --separate-stderr "$BUILD/conformance-refuse" fsopen open_tree move_mount mount_setattr openat2 -- \
		"$BUILD/masu" run --rm --name "$name" --network none --secret db --secret db,target=/etc/db "$image" \
		sh -c 'cat /run/secrets/db /etc/db; echo x 2>/dev/null >/run/secrets/x || echo x 2>/dev/null >/etc/db || echo " read-only"'
	[ "$output" = "$word$word read-only" ]
}

@test "create is killed at any system call: the secret is the old or the new one, and nothing is left" {
	echo -n new >new
	secret db
	total=$("$BUILD/kill-at" first 1000000 "$BUILD/masu" secret create --replace db new | tail -n 1)
	[ "$total" -gt 20 ]
	secret --replace db
	for n in $(seq "$total"); do
		"$BUILD/kill-at" first "$n" "$BUILD/masu" secret create --replace db new >/dev/null 2>&1 || true
		found=$(masu secret inspect --showsecret -f '{{.SecretData}}' db)
		[ "$found" = "$word" ] || [ "$found" = new ] || { echo "after $n: $found"; false; }
	done
	secret --replace db
	[ "$(ls -A data/secrets)" = $'.lock\ndb' ]
}

@test "a full disk changes nothing" {
	need_root "mounts a small tmpfs"
	mkdir small && mount -t tmpfs -o size=64k tmpfs small
	export MASU_DATA_DIR=$work/small
	secret db
	head -c 200000 /dev/zero >large
	run -125 masu secret create --replace db large
	[[ $output == *"cannot write secret 'db': No space left on device"* ]]
	[ "$(masu secret inspect --showsecret -f '{{.SecretData}}' db)" = "$word" ]
	[ "$(ls -A small/secrets)" = $'.lock\ndb' ]
}
