/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The confinement of the processes of a pull that use the network (broker.h; unpack/sandbox.h has the table of all).
 * Landlock and seccomp are left out on kernels without them; any other failure is an error.
 */

#include <stddef.h>

#include "base/err.h"

struct sandbox_places {
	const char *images;	     /* the image directory */
	const char *stacks, *layers; /* the directories of storage/layers.h */
	const char *source;	     /* a layout that is read, or NULL */
};

/*
 * From then on the process may read and write in `images` and `stacks`, read in `source`, list `layers`, and read the
 * files that are needed to resolve names and verify TLS.
 */
int sandbox_fetcher(const struct sandbox_places *places, struct masu_error *err);

/* From then on the process may read the files that are needed to resolve names, and connect to name services. */
int sandbox_resolver(const int *keep, size_t n, struct masu_error *err);
