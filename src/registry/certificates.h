/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The TLS certificates that the user has for one registry, as containers-certs.d(5) and docker document them: *.crt are
 * authorities that are trusted besides those of the host, and NAME.cert with NAME.key is the certificate that masu shows.
 * They are read before the process that talks to the registry confines itself, so it sees no key of another registry.
 */

#include <stddef.h>

#include "base/err.h"

struct certificates {
	char *authorities; /* PEM: those of the files and of the host; NULL: those of the host */
	char *certificate, *key; /* PEM; NULL: none */
};

void certificates_done(struct certificates *c);
#define _cleanup_certificates_ _cleanup_(certificates_done)

/*
 * Reads the files of `dir`; or, if it is NULL, of the first directory that exists of ~/.config/containers/certs.d,
 * /etc/containers/certs.d and /etc/docker/certs.d with the name of the registry, "HOST[:PORT]" as in references. ENOENT
 * for a `dir` that does not exist; EBADMSG for a certificate without its key, or a key without its certificate.
 */
int certificates_load(const char *dir, const char *registry, struct certificates *ret,
		      struct masu_error *err);
