/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The run-time files of a container, from a start to the clean-up after its end:
 *
 *	RUN/sockets/ID		sockets; exit.json, if the container's directory is full
 *	RUN/containers/ID	a link to DATA/containers/ID, which makes RUN/containers a root of masu-oci
 *
 * They may be removed while the container runs: only its clients need them.
 */

#include "base/err.h"
#include "engine/engine.h"

/* RUN/sockets/ID as a descriptor, or -errno. */
int run_dir_open(const struct masu_engine *e, const char *id);

/* The same; creates it (0700), and the link. The caller frees `ret_path`. */
int run_dir_create(const struct masu_engine *e, const char *id, char **ret_path,
		   struct masu_error *err);

/* Removes both. After a failure the next sweep tries again. */
void run_dir_remove(const struct masu_engine *e, const char *id);
