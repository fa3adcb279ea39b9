/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The user's name and password for a registry, from the files of docker and podman. They are looked up when a registry asks
 * for them, and wiped from memory afterwards.
 *
 * The first of these files that exists and has the registry is used: the file of the option, $REGISTRY_AUTH_FILE,
 * $XDG_RUNTIME_DIR/containers/auth.json, $XDG_CONFIG_HOME/containers/auth.json (or ~/.config), $DOCKER_CONFIG/config.json
 * (or ~/.docker). A file of the option or of $REGISTRY_AUTH_FILE is the only one that is read, and must exist.
 */

#include <stdbool.h>

#include "base/err.h"
#include "image/reference.h"

struct credentials {
	char *user, *password;
	char *token; /* an identity token (OAuth 2's refresh token), in place of these two */

	/* Or the docker-credential helper that has them, and its name for the server. */
	char *helper, *server;
};

static inline bool credentials_known(const struct credentials *c)
{
	return c->user || c->token;
}

/* Overwrites and frees one text, which may be NULL. */
void credentials_wipe(char **s);
#define _cleanup_wipe_ _cleanup_(credentials_wipe)

void credentials_done(struct credentials *c);
#define _cleanup_credentials_ _cleanup_(credentials_done)

/*
 * Finds the credentials for an image's repository. If none are known, it returns 0 and leaves all NULL. An unreadable
 * file or a helper (docker-credential-X) that fails is an error: masu does not continue without credentials or with
 * those of another registry.
 */
int credentials_find(const char *authfile, const struct reference *ref, struct credentials *ret,
		     struct masu_error *err);

/*
 * Reads the text of one such file; `name` is for messages. If the file names a helper for the registry, only `helper`
 * and `server` are set.
 */
int credentials_parse(const char *text, size_t size, const char *name, const struct reference *ref,
		      struct credentials *ret, struct masu_error *err);

/* "Basic BASE64" for an Authorization header, of a user and a password. NULL when out of memory. */
char *credentials_basic(const struct credentials *c);
