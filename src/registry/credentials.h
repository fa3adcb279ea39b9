/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The user's name and password for a registry, from where docker and podman keep them. Looked up
 * only once a registry has asked, and wiped from memory afterwards.
 *
 * The first of these files that exists and knows the registry serves: the one given by option,
 * $REGISTRY_AUTH_FILE, $XDG_RUNTIME_DIR/containers/auth.json, $XDG_CONFIG_HOME/containers/auth.json
 * (or ~/.config), $DOCKER_CONFIG/config.json (or ~/.docker). One given by option or by
 * $REGISTRY_AUTH_FILE is the only one that is asked, and must exist.
 */

#include <stdbool.h>

#include "base/err.h"
#include "image/reference.h"

struct credentials {
	char *user, *password;
	char *token; /* an identity token (OAuth 2's refresh token), in place of these two */
};

/* Is anything known? */
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
 * For an image's repository. Nothing known is 0 with all NULL. A file that can't be read, or a
 * helper (docker-credential-X) that fails, is an error: going on without credentials, or with
 * another registry's, is not for masu to decide.
 */
int credentials_find(const char *authfile, const struct reference *ref, struct credentials *ret,
		     struct err *err);

/*
 * From the text of one such file; `name` is for messages. When the file leaves the registry to a
 * helper, sets *ret_helper to its name (owned by the caller), and *ret_server to what to ask it for.
 */
int credentials_parse(const char *text, size_t size, const char *name, const struct reference *ref,
		      struct credentials *ret, char **ret_helper, char **ret_server,
		      struct err *err);

/* "Basic BASE64" for an Authorization header, of a user and a password. NULL when out of memory. */
char *credentials_basic(const struct credentials *c);
