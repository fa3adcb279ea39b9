#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Images between stores: masu save, load, import, history. As root and as an ordinary user.

load ../lib/masu
load ../lib/busybox

setup() {
	setup_busybox
	cd "$work"
}

@test "history: steps with and without a layer, sizes, forms" {
	masu create --name "$name" --network none "$image" true >/dev/null
	masu commit -q -m "a message" -c 'ENV A=1' "$name" localhost/made:1 >/dev/null
	id=$(masu images -q --no-trunc localhost/made)
	run -0 masu history localhost/made:1
	[ "${#lines[@]}" -ge 3 ]
	[[ ${lines[0]} == "IMAGE ID "*" CREATED "*" CREATED BY "*" SIZE "*" COMMENT"* ]]
	[[ ${lines[1]} == "${id:0:12} "*" ago "*" a message"* ]]
	[[ ${lines[2]} == "<missing> "* ]]
	[ "$(masu image history -q --no-trunc localhost/made:1 | head -1)" = "$id" ]
	# The sizes of the layers are those of the blobs.
	layers=$(jq '[.layers[].size] | add' "$MASU_DATA_DIR/images/blobs/sha256/$(masu inspect -f '{{.Digest}}' localhost/made:1 | cut -d: -f2)")
	[ "$(masu history --format json localhost/made:1 | jq '[.[].Size] | add')" = "$layers" ]
	masu history --format json localhost/made:1 | jq -e --arg id "$id" '.[0].Id == $id and .[0].Tags == ["localhost/made:1"] and (.[1].Tags | length) == 0'
	run -0 masu history --human=false --format '{{.CreatedAt}} {{.CreatedSince}}' localhost/made:1
	[ "${lines[0]% *}" = "${lines[0]#* }" ]
	run -125 masu history localhost/none
	run -125 masu history --format '{{.No' localhost/made:1
}

@test "history: a builder's odd steps, long commands and control characters" {
	"$BATS_TEST_DIRNAME/odd-images" "$work/images" empty
	masu pull -q "oci:$work/images/empty:x" >/dev/null
	run -0 masu history --no-trunc --format '{{.CreatedBy}}' "oci:$work/images/empty:x"
	[ "$(xargs <<<"$output")" = "RUN RUN RUN RUN RUN RUN RUN ENV x base" ]
	masu create --name "$name" --network none "$image" echo $'\e[31mred' "$(printf %060d 7)" >/dev/null
	masu commit -q "$name" localhost/red >/dev/null
	run -0 masu history localhost/red
	[[ $output != *$'\e'* && $output == *"..."* ]]
	run -0 masu history --no-trunc localhost/red
	[[ $output != *$'\e'* && $output != *"..."* ]]
}

names() { masu images --format '{{.Repository}}:{{.Tag}}' | sort | xargs; }
nothing_is_left() { [ "$(ls "$MASU_DATA_DIR/images/ingest" | grep -v '\.part$')" = lock ]; }
no_archive() { [ -z "$(find "$MASU_DATA_DIR/images/ingest" -name 'archive-*')" ]; }
# An empty store, and the one before.
other_store() { export MASU_DATA_DIR=$work/other; }
first_store() { export MASU_DATA_DIR=$work/data; }

# Two images that share a layer.
two_images() {
	masu pull -q "$image" >/dev/null
	masu tag "$image" localhost/one:1 shop
	masu create --name "$name" --network none localhost/one:1 true >/dev/null
	masu commit -q "$name" localhost/two:2 >/dev/null
	masu rm "$name" >/dev/null
}

@test "save and load: names, ids and layers survive, in pipes and files" {
	two_images
	run -0 --separate-stderr masu save -o all.tar localhost/one:1 shop localhost/two:2
	[ -z "$output" ]
	[[ $stderr == *"saving "*"done "* ]]
	masu save -q localhost/one:1 shop localhost/two:2 | cmp - all.tar
	masu save -q localhost/one:1 shop localhost/two:2 >again.tar
	cmp again.tar all.tar
	[ -z "$(tar tf all.tar | sort | uniq -d)" ]
	ids=$(masu images --no-trunc --format '{{.Id}} {{index .RepoTags 0}}' -f reference='localhost/*' | sort)
	other_store
	run -0 --separate-stderr masu load -q <all.tar
	[ "$(sort <<<"$output")" = $'Loaded image: docker.io/library/shop:latest\nLoaded image: localhost/one:1\nLoaded image: localhost/two:2' ]
	[ -z "$stderr" ]
	[ "$(masu images --no-trunc --format '{{.Id}} {{index .RepoTags 0}}' -f reference='localhost/*' | sort)" = "$ids" ]
	[ "$(names)" = "docker.io/library/shop:latest localhost/one:1 localhost/two:2" ]
	go localhost/two:2 echo ok
	[ "$output" = ok ]
	# Once more, as an archive and compressed: no image is there twice.
	gzip -k all.tar
	masu load -q -i all.tar.gz
	cat all.tar.gz | masu load -q
	! command -v zstd >/dev/null || zstd -q <all.tar | masu load -q
	[ "$(names)" = "docker.io/library/shop:latest localhost/one:1 localhost/two:2" ]
	[ "$(masu events --stream=false -f event=load --format '{{.Name}}' | head -3 | sort | xargs)" = "docker.io/library/shop:latest localhost/one:1 localhost/two:2" ]
	nothing_is_left
	first_store
	[ "$(masu events --stream=false -f event=save --format '{{.Type}}' | wc -l)" = 6 ]
}

@test "an image that is saved by its id has no name in the archive, and is loaded once" {
	two_images
	id=$(masu images -q --no-trunc localhost/two)
	masu save -q -o id.tar "${id:0:12}"
	other_store
	[ "$(masu load -q -i id.tar)" = "Loaded image: sha256:$id" ]
	[ "$(masu load -q -i id.tar)" = "Loaded image: sha256:$id" ]
	[ "$(masu images -q --no-trunc)" = "$id" ]
	[ "$(names)" = "<none>:<none>" ]
	first_store
	# Nor has one that only a directory has named.
	masu save -q "$image" | tar xO manifest.json | jq -e '(.[0].RepoTags | length) == 0'
}

@test "save: formats that skopeo reads" {
	two_images
	digest=$(masu inspect -f '{{.Digest}}' localhost/two:2)
	masu save -q -o all.tar localhost/one:1 localhost/two:2
	masu save -q --format oci-archive -o oci.tar localhost/one:1 localhost/two:2
	masu save -q --format oci-dir -o layout localhost/one:1 localhost/two:2
	masu save -q --format docker-dir -o dir localhost/two:2
	for source in oci-archive:all.tar: oci-archive:oci.tar: oci:layout:; do
		run -0 skopeo inspect --format '{{.Digest}}' "${source}localhost/two:2"
		[ "$output" = "$digest" ]
	done
	for source in docker-archive:all.tar:localhost/two:2 dir:dir oci:layout:localhost/two:2; do
		skopeo copy -q "$source" "oci:copy:x"
		[ "$(skopeo inspect --config oci:copy:x | jq -r .os)" = linux ]
		rm -r copy
	done
	run ! tar xOf oci.tar manifest.json
	[ "$(masu pull -q "oci:$PWD/layout:localhost/two:2")" = "$digest" ]
}

@test "save: wrong arguments, a terminal, files that exist" {
	two_images
	run -125 masu save --format tar localhost/one:1
	[[ $output == *"must be one of docker-archive, docker-dir, oci-archive, oci-dir"* ]]
	run -125 masu save --format oci-dir localhost/one:1
	[[ $output == *"needs -o DIRECTORY"* ]]
	run -125 masu save --format docker-dir -o dir localhost/one:1 localhost/two:2
	run -125 masu save -m=false -o x localhost/one:1 localhost/two:2
	masu save -q -m=false -o x localhost/one:1
	run -125 script -qec "'$BUILD/masu' save localhost/one:1" /dev/null </dev/null
	[[ $output == *"terminal"*"masu save -o FILE localhost/one:1"* ]]
	echo old >file
	run -125 masu save -o file localhost/one:1 localhost/none
	[ "$(<file)" = old ]
	[ "$(ls)" = $'data\nfile\nrun\nx' ]
	# A link is followed, and the file that it names keeps its mode.
	chmod 640 file && ln -s file link
	masu save -q -o link localhost/one:1
	[ -L link ]
	cmp file x
	[ "$(stat -c %a file)" = 640 ]
	mkfifo fifo
	cat fifo >copy &
	masu save -q -o fifo localhost/one:1
	wait $!
	cmp copy x
	mkdir there
	run -125 masu save --format oci-dir -o there localhost/one:1
	[ -d there ]
	[ -z "$(ls there)" ]
	run -125 masu save -o /dev/full localhost/one:1
	[[ $output == *"No space left"* ]]
	[ -c /dev/full ]
}

@test "save: a damaged blob and a killed program leave no file" {
	two_images
	blob=$(find "$MASU_DATA_DIR/images/blobs" -type f -size +500k)
	echo old >file
	# Its reader reads nothing, so it is not at its end when it is killed.
	mkfifo fifo
	exec 7<>fifo
	"$BUILD/masu" save -q -o fifo localhost/one:1 3>&- &
	pid=$!
	wait_until "pgrep -P $pid masu-image"
	# It holds up nobody.
	masu tag localhost/one:1 localhost/three && masu rmi localhost/three
	kill -9 $pid
	run ! wait $pid
	exec 7<&-
	wait_until is_quiet
	printf x | dd of="$blob" bs=1 seek=100000 conv=notrunc status=none
	run -125 masu save -o file localhost/one:1
	[[ $output == *"the stored blob sha256:${blob##*/} is damaged"*"masu system check --repair"* ]]
	[ "$(<file)" = old ]
	run -125 masu save --format oci-dir -o layout localhost/one:1
	[ "$(ls -A | grep -vx -e data -e run -e file -e fifo)" = "" ]
}

@test "load: archives of skopeo, and names that other images have" {
	two_images
	skopeo copy -q "$image" docker-archive:d.tar:localhost/two:2
	skopeo copy -q "$image" oci-archive:o.tar:localhost/two:2
	id=$(masu images -q --no-trunc localhost/two)
	for file in d.tar o.tar; do
		run -125 --separate-stderr masu load -q -i $file
		[ -z "$output" ]
		[[ $stderr == *"another image has the name 'localhost/two:2'"*"masu load --replace"* ]]
		[ "$(masu images -q --no-trunc localhost/two)" = "$id" ]
	done
	run -0 masu load -q --replace -i d.tar
	[ "$output" = "Loaded image: localhost/two:2" ]
	new=$(masu images -q --no-trunc localhost/two)
	[ "$new" = "$(masu images -q --no-trunc localhost/one)" ]
	[ "$new" != "$id" ]
	run -125 masu inspect "$id"
	# The same image with other bytes of its layers keeps its name.
	digest=$(masu inspect -f '{{.Digest}}' localhost/two:2)
	run -0 masu load -q -i o.tar
	[ "$output" = "Loaded image: localhost/two:2" ]
	[ "$(masu inspect -f '{{.Digest}}' localhost/two:2)" = "$digest" ]
	# Damaged, it keeps its name, and can be loaded again.
	blobs=$MASU_DATA_DIR/images/blobs/sha256
	rm "$blobs/$(jq -r '.layers[-1].digest' "$blobs/${digest#sha256:}" | cut -d: -f2)"
	run -125 masu load -q -i o.tar
	[[ $output == *"another image has the name 'localhost/two:2'"* ]]
	masu load -q -i d.tar
	[ "$(masu inspect -f '{{.Digest}}' localhost/two:2)" = "$digest" ]
	nothing_is_left
}

@test "load: wrong arguments and inputs" {
	run -125 script -qec "'$BUILD/masu' load" /dev/null </dev/null
	[[ $output == *"cannot read an archive from a terminal"*"masu load -i FILE"* ]]
	run -125 masu load -i /nonexistent
	run -125 masu load -i "$work"
	[[ $output == *"is a directory"*"masu pull oci:"* ]]
	run -125 masu load x
	for text in "" x "$(head -c 2000 /dev/zero | tr '\0' x)"; do
		run -125 masu load <<<"$text"
		[[ $output == *"cannot load the archive"* ]]
	done
	run -125 sh -c '"$0" load <&-' "$BUILD/masu"
	run -125 masu load < <(tar c -C "$work" --files-from=/dev/null)
	[[ $output == *"holds no image"*"masu import"* ]]
	nothing_is_left
}

@test "load: hostile archives leave no image, no file, and the host as it was" {
	two_images
	other_store
	mkdir canary && echo safe >canary/file
	for name in $("$BATS_TEST_DIRNAME/hostile-archives"); do
		"$BATS_TEST_DIRNAME/hostile-archives" "$name" "$work/canary/file" >h.tar
		status=0
		masu load -q -i h.tar >out 2>err || status=$?
		echo "$name: $status $(cat err)"
		case $name in
		good | good-layout) [ "$status" = 0 ] && masu rmi "$(sed 's/.*: //' out)" ;;
		names) [ "$status" = 0 ] && grep -qx 'Loaded image: sha256:[0-9a-f]*' out && masu rmi "$(masu images -q)" ;;
		*) [ "$status" = 125 ] && [ ! -s out ] && grep -q '^masu: cannot load ' err ;;
		esac
		[ -z "$(masu images -q)" ]
		nothing_is_left
	done
	[ "$(ls canary)" = file ]
	[ "$(<canary/file)" = safe ]
	[ "$(stat -c %h canary/file)" = 1 ]
	[ "$(find "$MASU_DATA_DIR/layers" -mindepth 1 | wc -l)" = 0 ]
}

@test "load: two at once; one that is killed leaves nothing" {
	two_images
	masu save -q -o all.tar localhost/one:1 localhost/two:2
	other_store
	masu load -q -i all.tar >out.1 &
	masu load -q -i all.tar >out.2
	wait $!
	[ "$(sort out.1)" = $'Loaded image: localhost/one:1\nLoaded image: localhost/two:2' ]
	cmp <(sort out.1) <(sort out.2)
	[ "$(names)" = "localhost/one:1 localhost/two:2" ]
	nothing_is_left
	mkfifo fifo
	exec 7<>fifo
	"$BUILD/masu" load -q -i fifo 3>&- 7<&- &
	pid=$!
	head -c 600000 all.tar >&7
	wait_until 'find "$MASU_DATA_DIR/images/ingest" -path "*/archive-*/files/*" -type f | grep -q .'
	kill -9 $pid
	run ! wait $pid
	exec 7<&-
	wait_until is_quiet
	masu load -q -i all.tar
	nothing_is_left
}

@test "a full disk fails load and import, and leaves no part; save keeps the old file" {
	need_root "to mount a small file system"
	masu pull -q "$image" >/dev/null
	masu create --name "$name" --network none "$image" sh -c 'head -c 20000000 /dev/urandom >/big' >/dev/null
	masu start -a "$name"
	masu commit -q "$name" localhost/big >/dev/null
	masu save -q -o big.tar localhost/big
	masu export -o root.tar "$name"
	mkdir small
	mount -t tmpfs -o size=30m small small
	echo old >small/file
	head -c 15000000 /dev/zero >small/filler
	run -125 masu save -q -o small/file localhost/big
	[[ $output == *"No space left"* ]]
	[ "$(ls small)" = $'file\nfiller' ]
	[ "$(<small/file)" = old ]
	rm small/filler
	MASU_DATA_DIR=$work/small/data
	run -125 masu load -q -i big.tar
	[[ $output == *"space"* || $output == *"room"* ]]
	no_archive
	run -125 masu import -q root.tar localhost/root
	no_archive
	[ -z "$(find small/data/images/ingest -name 'commit-*')" ]
	[ -z "$(masu images -q)" ]
	[ "$(find small/data/layers -mindepth 1 | wc -l)" = 0 ]
	umount -l small
}

@test "import: an export becomes an image, with changes, message and platform" {
	masu create --name "$name" --network none "$image" sh -c 'echo new >/new; ln /new /hard; chown 5:6 /new; chmod 4755 /new' >/dev/null
	masu start -a "$name"
	masu export "$name" | masu import -c 'CMD ["cat", "/new"]' -c 'ENV A=1 B=2' -c 'WORKDIR /tmp' -c 'LABEL x=y' - localhost/root:1 >id 2>err
	[[ $(<err) == *"unpacking "*"done "* ]]
	[[ $(<id) =~ ^sha256:[0-9a-f]{64}$ ]]
	[ "sha256:$(masu images -q --no-trunc localhost/root)" = "$(<id)" ]
	go localhost/root:1
	[ "$output" = new ]
	go localhost/root:1 sh -c 'stat -c "%a %u:%g %h" /new; pwd; echo $A $B'
	[ "$output" = $'4755 5:6 2\n/tmp\n1 2' ]
	[ "$(masu history --format '{{.Comment}}' localhost/root:1)" = "Imported from -" ]
	[ "$(masu inspect -f '{{.Config.Labels.x}}' localhost/root:1)" = y ]
	masu export -o root.tar "$name"
	gzip root.tar
	masu import -q -m "a message" --platform linux/arm/v7 root.tar.gz localhost/root:1
	masu inspect localhost/root:1 | jq -e '.[0] | .Architecture == "arm" and .Variant == "v7" and .Os == "linux" and .Config.Cmd == [] and .History[0].comment == "a message"'
	skopeo inspect "oci:$MASU_DATA_DIR/images:localhost/root:1" >/dev/null
	masu import -q root.tar.gz
	[ "$(masu images -f dangling=true -q | wc -l)" = 1 ]
	[ "$(masu events --stream=false -f event=import --format '{{.Type}}' | wc -l)" = 3 ]
	nothing_is_left
}

@test "import: wrong arguments and inputs, and hostile archives" {
	canary=$work/canary
	mkdir canary && echo safe >canary/file
	python3 - "$canary" <<'END'
import io, sys, tarfile
with tarfile.open('evil.tar', 'w') as tar:
    def add(name, type=tarfile.REGTYPE, data=b'evil', link=''):
        info = tarfile.TarInfo(name)
        info.type, info.linkname, info.size = type, link, len(data) if type == tarfile.REGTYPE else 0
        tar.addfile(info, io.BytesIO(data))
    add('l', tarfile.SYMTYPE, link=sys.argv[1])
    add('l/file')
    add('l/new')
END
	run masu import -q evil.tar localhost/evil
	[ "$(cat canary/*)" = safe ]
	[ "$(ls canary)" = file ]
	masu images -q localhost/evil | xargs -r "$BUILD/masu" rmi -f
	tar cf up.tar -P --transform 's,^,../../../,' "$canary/file" 2>/dev/null
	tar c -C /etc passwd hostname | gzip >root.tar.gz
	head -c 100 root.tar.gz >cut.tar.gz
	: >empty
	echo text >text
	for file in up.tar cut.tar.gz empty text nonexistent "$work"; do
		run -125 --separate-stderr masu import -q "$file" localhost/x
		[ -z "$output" ]
		[[ $stderr == *masu:* ]]
	done
	run -125 masu import https://example.org/root.tar localhost/x
	[[ $output == *"curl -fL URL | masu import - NAME"* ]]
	run -125 masu import -c 'FROM x' root.tar.gz localhost/x
	run -125 masu import root.tar.gz 'UPPER case'
	run -125 masu import --platform x root.tar.gz localhost/x
	run -125 script -qec "'$BUILD/masu' import - localhost/x" /dev/null </dev/null
	[[ $output == *terminal* ]]
	[ -z "$(masu images -q)" ]
	nothing_is_left
}
