/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The programs docker-credential-NAME, which keep credentials in place of an authfile that names them: `credHelpers` for
 * one registry, or `credsStore` for all. masu-image asks them for credentials (registry/credentials.h).
 */

#include "base/err.h"
#include "base/json.h"

struct credential_helper {
	char *program; /* "docker-credential-NAME"; NULL: none */
	char *server;  /* the registry, by the name that the helper knows */
	int cancel_fd; /* the engine's, or -1 */
};

void credential_helper_done(struct credential_helper *h);
#define _cleanup_credential_helper_ _cleanup_(credential_helper_done)

/* Returns whether a key of an authfile names the registry, HOST[:PORT], and not one of its repositories. */
bool credential_key_names(const char *key, const char *registry);

/* Finds the helper for a registry, whose `cancel_fd` the caller sets. 1, 0 if the file names none, -EBADMSG for a malformed file, or -ENOMEM. */
int credential_helper_find(struct json_object *authfile, const char *registry,
			   struct credential_helper *ret, struct masu_error *err);

/*
 * Hands credentials to the helper: 0. Or has it forget them: 1, or 0 if it knew none. ERR_DENIED with its output. Both wait
 * until the helper ends; it is killed when `cancel_fd` is readable.
 */
int credential_helper_store(const struct credential_helper *h, const char *user,
			    const char *password, struct masu_error *err);
int credential_helper_erase(const struct credential_helper *h, struct masu_error *err);
