/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * How secrets are stored: DATA/secrets/NAME is one file of mode 0600, so that one rename replaces a secret with all that
 * belongs to it. It is a line of JSON, the properties, and then the bytes. A process that writes or removes a secret
 * holds DATA/secrets/.lock; without a holder a file .tmp-X is a leftover. The directory is created with the first secret.
 */

#include "engine/engine.h"
#include "oci/map.h"

#define SECRET_ID_LENGTH 25 /* as podman has it */

struct masu_secret {
	char *id, *name;
	int64_t created_ns, updated_ns;
	struct oci_map labels;

	char *file; /* with the bytes in it, or NULL; overwritten before it is freed */
	size_t file_size;
	const char *bytes;
	size_t size;
};
void secret_forget(struct masu_secret *s); /* the bytes alone */
void secret_done(struct masu_secret *s);
#define _cleanup_secret_ _cleanup_(secret_done)

/* Opens the directory of secrets. A store without secrets may lack it: -ENOENT without an error. */
int secret_dir_open(const struct masu_engine *e, struct masu_error *err);

/*
 * The same, created if it is missing, and held: returns the directory, and in *ret_lock the lock. Leftovers of killed
 * processes are removed.
 */
int secret_dir_hold(const struct masu_engine *e, int *ret_lock, struct masu_error *err);

/* The names of all secrets, sorted. */
int secret_dir_list(int dirfd, char ***ret, struct masu_error *err);

/* Reads a secret by its name. -ENOENT (ERR_NOT_FOUND), with a hint. */
int secret_read(const struct masu_engine *e, const char *name, struct masu_secret *ret,
		struct masu_error *err);
int secret_read_in(int dirfd, const char *name, struct masu_secret *ret, struct masu_error *err);

/* Replaces the file of a secret; on disk when it returns. */
int secret_write(int dirfd, const struct masu_secret *s, struct masu_error *err);

int secret_not_found(const char *name, struct masu_error *err);
