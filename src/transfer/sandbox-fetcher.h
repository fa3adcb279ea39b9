/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The confinement of the processes of a pull that use the network (broker.h; unpack/sandbox.h has the table of all).
 * Landlock and seccomp are left out on kernels without them; any other failure is an error.
 */

#include <stddef.h>

#include "base/err.h"

struct sandbox_places {
	const char *images;	     /* the image directory, to work in ... */
	const char *stacks, *layers; /* ... and those of storage/layers.h */
	const char *source;	     /* a layout that is read, or NULL */
};

/*
 * From then on the process may write to `images` and `stacks`, and read there, in `source`, and what resolving names
 * and verifying TLS needs.
 */
int sandbox_fetcher(const struct sandbox_places *places, struct masu_error *err);

/* From then on the process may read what resolving names needs, and connect to the services that do it. */
int sandbox_resolver(const int *keep, size_t n, struct masu_error *err);
