#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# masu.conf(5): which files are read, when, and the defaults that they set. As root and as an ordinary user.

load ../lib/masu
load ../lib/busybox

setup() {
	setup_busybox
	cd "$work"
	export MASU_CONF=$work/masu.conf
}

settings() { cat >"$MASU_CONF"; } # the file, from standard input
created() { masu create --name "$name" "$@"; }
field() { masu inspect --format "$1" "$name"; }
# A value that masu info prints, with its place.
setting() { masu info --format "{{(index .settings \"$1\").value}}"; }

# The names of settings files and their directories that a command opens.
opened() {
	strace -f -qq -e trace=open,openat,openat2 -o trace "$BUILD/masu" "$@" >/dev/null 2>&1 || true
	grep -oE '"[^"]*(/etc/masu|config/masu|masu\.conf)[^"]*"' trace | grep -v registries | tr -d '"' || true
}

@test "defaults of a new container, which options replace" {
	settings <<-'END'
		[Container]
		Environment=FROM=settings
		Environment=PATH=/settings
		StopTimeout=3
		Umask=027
		[Limits]
		Ulimit=core=10240
		Ulimit=nofile=50:60
		ShmSize=1M
		[Log]
		Driver=json-file
		MaxSize=2M
		MaxFiles=7
		[Network]
		Mode=none
		DNS=192.0.2.1 192.0.2.2
		Domains=example.org
	END
	created "$image" sh -c 'echo $FROM; [ $PATH != /settings ] && umask; ulimit -c; ulimit -n; cat /etc/resolv.conf; df -k /dev/shm | awk "END {print \$2}"'
	[ "$(field '{{.Config.StopTimeout}} {{.HostConfig.NetworkMode}}')" = "3 none" ]
	[ "$(field '{{.HostConfig.LogConfig.Type}} {{index .HostConfig.LogConfig.Config "max-size"}} {{index .HostConfig.LogConfig.Config "max-file"}}')" = "json-file 2097152 7" ]
	# The values of the creation stay, whatever the settings become.
	settings <<<'[Network'
	[ "$(masu start -a "$name")" = "settings
0027
20
50
search example.org
nameserver 192.0.2.1
nameserver 192.0.2.2
1024" ]
	masu rm "$name"
	settings <<-'END'
		[Container]
		StopTimeout=3
		Environment=FROM=settings
		[Limits]
		Ulimit=nofile=50
		Ulimit=core=10240
		[Log]
		Driver=none
		[Network]
		Mode=host
		DNS=192.0.2.1
	END
	created --network none --stop-timeout 9 --ulimit nofile=70 -e FROM=option --dns 192.0.2.9 --log-driver k8s-file "$image" \
		sh -c 'echo $FROM; ulimit -n; ulimit -c; cat /etc/resolv.conf'
	[ "$(field '{{.Config.StopTimeout}} {{.HostConfig.NetworkMode}} {{.HostConfig.LogConfig.Type}}')" = "9 none k8s-file" ]
	[ "$(masu start -a "$name")" = $'option\n70\n20\nnameserver 192.0.2.9' ]
}

@test "defaults of networks: options of each kind, the base of /etc/hosts, the address of the host" {
	printf '192.0.2.7 base\n' >base
	settings <<-END
		[Network]
		Mode=none
		SlirpOptions=mtu=1500,cidr=10.9.8.0/24
		PastaOptions=--mtu,1400
		HostGateway=192.0.2.1
		HostsFile=$work/base
	END
	mode() { masu inspect --format '{{.HostConfig.NetworkMode}}' "$(masu create "$@" "$image" true)"; }
	[ "$(mode)" = none ]
	[ "$(mode --network default)" = none ]
	[ "$(mode --network private)" = slirp4netns:mtu=1500,cidr=10.9.8.0/24 ]
	[ "$(mode --network slirp4netns:cidr=10.9.7.0/24)" = slirp4netns:mtu=1500,cidr=10.9.8.0/24,cidr=10.9.7.0/24 ]
	[ "$(mode --network pasta)" = pasta:--mtu,1400 ]
	[ "$(mode --network pasta --ip 10.9.7.1)" = pasta:--mtu,1400,--address=10.9.7.1 ]
	[ "$(mode --network host)" = host ]
	run -0 --separate-stderr masu run --rm --hostname box --name "$name" --add-host up:host-gateway "$image" cat /etc/hosts
	[ "$output" = $'192.0.2.1\tup\n192.0.2.7 base\n192.0.2.1\thost.containers.internal host.docker.internal\n127.0.1.1\tbox '"$name" ]
	run -0 --separate-stderr masu run --rm --no-hosts "$image" true
	settings <<<$'[Network]\nHostGateway=none'
	run -125 masu create --network host --add-host up:host-gateway "$image" true
	[[ $output == *"no gateway to the host"* ]]
	for wrong in SlirpOptions=x=1 PastaOptions=-t,80 HostGateway=here HostsFile=relative; do
		settings <<<"[Network]"$'\n'"$wrong"
		run -125 masu create --network none "$image" true
		[[ $output == *"$MASU_CONF:2: "* ]]
	done
}

@test "the log driver of the settings is one of containers in the background" {
	settings <<<$'[Network]\nMode=none\n[Log]\nDriver=json-file\nMaxFiles=2'
	masu run --name "$name" "$image" echo foreground
	run -125 masu logs "$name"
	[[ $output == *"has no log"* ]]
	masu rm "$name"
	masu run -d --name "$name" "$image" echo background
	masu wait "$name"
	[ "$(masu logs "$name")" = background ]
	grep -q '"log":"background' "$MASU_DATA_DIR/containers"/*/log
	masu rm "$name"
	masu create --log-driver journald --name "$name" "$image" true # has no MaxFiles
}

@test "the files in their order, and what masu info says of them" {
	unset MASU_CONF
	export XDG_CONFIG_HOME=$work/config
	mkdir -p config/masu/masu.conf.d
	echo $'[Log]\nMaxFiles=5\nMaxSize=1M' >config/masu/masu.conf
	echo $'[Log]\nMaxFiles=6' >config/masu/masu.conf.d/10-a.conf
	echo $'[Log]\n\nMaxFiles=7' >config/masu/masu.conf.d/9.conf # the last one in the order of bytes
	echo nonsense | tee config/masu/masu.conf.d/{x,.hidden.conf,x.conf~} >/dev/null
	if is_root; then # whose environment may be another user's
		[ "$(setting Log.MaxFiles)" = "3 (default)" ]
	else
		[ "$(setting Log.MaxFiles)" = "7 ($work/config/masu/masu.conf.d/9.conf:3)" ]
		[ "$(setting Log.MaxSize)" = "1M ($work/config/masu/masu.conf:3)" ]
		[ "$(setting Log.Driver)" = "k8s-file (default)" ]
		[[ $(setting files) == *masu.conf,*10-a.conf,*9.conf ]]
		unset XDG_CONFIG_HOME
		mkdir -p home/.config && mv config/masu home/.config
		[ "$(HOME=$work/home setting Log.MaxSize)" = "1M ($work/home/.config/masu/masu.conf:3)" ]
	fi
	export MASU_CONF=relative
	run -125 masu create "$image" true
	[[ $output == *"MASU_CONF 'relative' is not an absolute path"* ]]
	export MASU_CONF=$work/missing
	run -125 masu create "$image" true
	[[ $output == *"cannot read '$work/missing'"* ]]
	MASU_CONF=/dev/null masu create "$image" true
}

@test "a mistake is reported with file and line, and hinders no container that exists" {
	MASU_CONF=/dev/null created --network none "$image" sleep 1000
	settings <<<$'[Log]\n# the next line\nMaxFile=3'
	run -125 masu create "$image" true
	[ "$output" = "masu: $MASU_CONF:3: unknown key 'MaxFile' in [Log]
      masu.conf(5) has all sections and keys" ]
	run -125 masu run --rm "$image" true
	[[ $output == *"$MASU_CONF:3: "* ]]
	masu info | grep -F -- "-> $MASU_CONF:3: unknown key 'MaxFile' in [Log]"
	run -1 masu doctor --format '{{.Severity}} {{.ID}} {{.Message}}'
	[[ $output == *"error settings $MASU_CONF:3: unknown key"* ]]
	masu start "$name"
	[ "$(masu ps -q | wc -l)" = 1 ]
	masu exec "$name" true
	masu stop -t 0 "$name"
	masu rm "$name"
	rm -f "$MASU_CONF" && mkdir "$MASU_CONF"
	run -125 timeout 300 "$BUILD/masu" create "$image" true
	[[ $output == *"cannot read '$MASU_CONF': Is a directory"* ]]
	head -c 2000000 /dev/zero | tr '\0' '#' >large
	MASU_CONF=$work/large run -125 masu create "$image" true
	[[ $output == *"File too large"* ]]
	printf '[Log]\nDriver=none\0' >binary
	MASU_CONF=$work/binary run -125 masu create "$image" true
	[[ $output == *"is not a text in UTF-8"* ]]
}

@test "without files a creation opens two names at most, and other commands none" {
	is_root || skip "a program that an ordinary user traces cannot become root, as newuidmap does"
	strace -qq -o trace true 2>/dev/null || skip "needs strace, which may trace"
	unset MASU_CONF
	export XDG_CONFIG_HOME=$work/config
	[ "$(opened create --name "$name" --network none "$image" true | wc -l)" -le 2 ]
	masu inspect "$name" >/dev/null
	for command in "ps -a" "start -a $name" "logs $name" "inspect $name" "rm $name" images "volume ls"; do
		[ -z "$(opened $command)" ] || { echo "masu $command opens:" && opened $command && false; }
	done
}
