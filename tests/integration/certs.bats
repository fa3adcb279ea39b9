#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Certificates for one registry: --cert-dir and certs.d, with a registry that asks for a client certificate.

load ../lib/masu
load ../lib/registry

setup_file() {
	export FAKE=$BATS_FILE_TMPDIR/fake LAYOUT=$BATS_FILE_TMPDIR/layout
	mkdir "$FAKE"
	cd "$FAKE"
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=authority -keyout ca.key -out ca.pem 2>/dev/null
	for part in server client; do
		openssl req -newkey rsa:2048 -nodes -subj "/CN=$part" -keyout "$part.key" -out "$part.csr" 2>/dev/null
		openssl x509 -req -in "$part.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -out "$part.pem" \
			-extfile <(echo subjectAltName=IP:127.0.0.1,DNS:localhost) 2>/dev/null
	done
	mv server.pem cert.pem
	mv server.key key.pem
	start_fake push-registry.py
	start_registry "tls: {certificate: $FAKE/cert.pem, key: $FAKE/key.pem}"
	"$BATS_TEST_DIRNAME/../host/images/make-images" "$LAYOUT" busybox
}

teardown_file() { stop_registries; }

setup() {
	make_work
	read -r _ _ TLS <"$FAKE/ports"
	REGISTRY=127.0.0.1:$TLS
	cd "$work"
	mkdir session
	export HOME=$work XDG_CONFIG_HOME= XDG_RUNTIME_DIR=$work/session REGISTRY_AUTH_FILE= DOCKER_CONFIG= SSL_CERT_FILE= SSL_CERT_DIR=
	masu pull -q "oci:$LAYOUT:busybox:latest" >/dev/null
	masu tag "oci:$LAYOUT:busybox:latest" "$REGISTRY/plain"
}

fill() { # DIRECTORY FILE...: "ca", "client"
	local dir=$1
	mkdir -p "$dir"
	rm -f "$dir"/*
	for part in "${@:2}"; do
		case $part in
		ca) cp "$FAKE/ca.pem" "$dir/ca.crt" ;;
		cert) cp "$FAKE/client.pem" "$dir/client.cert" ;;
		key) cp "$FAKE/client.key" "$dir/client.key" ;;
		esac
	done
}

fails() { # TEXT ARGUMENT...
	run -125 masu "${@:2}"
	[[ $output == *"$1"* ]] || { echo "$output" && false; }
}

@test "the authority and the client certificate of --cert-dir, and of certs.d in the home" {
	fails TLS push -q "$REGISTRY/plain"
	fill certs ca cert key
	masu push -q --cert-dir certs "$REGISTRY/plain" >/dev/null
	masu pull -q --cert-dir certs "$REGISTRY/plain" >/dev/null
	fails unauthorized push -q --cert-dir certs "$REGISTRY/plain" "$REGISTRY/basic"
	# The port is a part of the directory's name.
	own=.config/containers/certs.d
	fill "$own/127.0.0.1" ca cert key
	fails TLS push -q "$REGISTRY/plain"
	mkdir "$own/$REGISTRY"
	fails TLS push -q "$REGISTRY/plain"
	fill "$own/$REGISTRY" ca cert key
	masu push -q "$REGISTRY/plain" >/dev/null
	masu pull -q "$REGISTRY/plain" >/dev/null
	masu login -u me -p secret "$REGISTRY" >/dev/null
	# An empty directory of the option is used, too.
	mkdir empty
	fails TLS push -q --cert-dir empty "$REGISTRY/plain"
	if is_root; then
		chown 1 "$own"
		fails "is not read by root" push -q "$REGISTRY/plain"
	fi
}

@test "certificates that are missing, alone, or damaged" {
	fails "read the certificates in 'none': No such file" push -q --cert-dir none "$REGISTRY/plain"
	fill certs ca
	fails "push the blob" push -q --cert-dir certs "$REGISTRY/plain"
	fill certs cert key
	fails TLS push -q --cert-dir certs "$REGISTRY/plain"
	fill certs ca cert
	fails "'certs/client.cert' has no key 'client.key'" push -q --cert-dir certs "$REGISTRY/plain"
	fill certs ca key
	fails "'certs/client.key' has no certificate 'client.cert'" push -q --cert-dir certs "$REGISTRY/plain"
	[[ $output == *"authorities are *.crt"* ]]
	fill certs ca cert key
	echo garbage >certs/ca.crt
	fails TLS push -q --cert-dir certs "$REGISTRY/plain"
	fill certs ca cert key
	echo garbage >certs/client.key
	fails TLS push -q --cert-dir certs "$REGISTRY/plain"
	fill certs ca cert key
	echo garbage >certs/README
	masu push -q --cert-dir certs "$REGISTRY/plain" >/dev/null
}

@test "push: a registry on loopback refuses plain http to each of the first requests, and is asked by https" {
	fill certs ca
	masu push -q --cert-dir certs "$REGISTRY/plain" "$REAL/image" >/dev/null
	masu push -q --tls-verify=false "$REGISTRY/plain" "$REAL/other" >/dev/null
	fails TLS push -q "$REGISTRY/plain" "$REAL/image"
}
