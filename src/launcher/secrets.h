/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The secrets of a start: read from the store, handed to init as memory that a clone inherits, and then overwritten. They
 * are in no file, argument and message.
 */

#include "engine/container/container.h"
#include "engine/secret/secret-store.h"
#include "runtime/container.h"

struct secrets {
	const struct record *record; /* borrowed */
	struct masu_secret *item;    /* for each one of the record */
	size_t n;
	struct secret_file *files; /* those that are not variables */
	size_t n_files;
	char *sudo_rule; /* the content of a further file, in a box */
};
void secrets_done(struct secrets *s);

/* ERR_NOT_FOUND for a secret that does not exist any more. The record must outlive `ret`. */
int secrets_read(const struct masu_engine *e, const struct record *record, struct secrets *ret,
		 struct masu_error *err);

/* Sets the variables. ERR_INVALID for a secret with a NUL byte, which a variable cannot hold. */
int secrets_add_env(const struct secrets *s, char ***env, struct masu_error *err);

/* Overwrites the secrets, also those in `env`, when init has its own memory. */
void secrets_forget(struct secrets *s, char **env);

/*
 * For an exec: sets the variables of the container that `own`, which may be NULL, does not have. A secret that was removed is
 * left out with a notice, since the container still runs.
 */
int secrets_add_env_again(const masu_container *c, char *const *own, char ***env,
			  struct masu_error *err);
