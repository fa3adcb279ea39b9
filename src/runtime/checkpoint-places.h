/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What of the host the container has, as criu is told of it: by names that the images keep. */

#include "cgroup/hierarchies.h"
#include "runtime/checkpoint.h"

/* A dump looks in the container, and names places; a restore gives the names places on the host. */
struct checkpoint_places {
	struct strbuf *b;		  /* criu_opts, appended to */
	int root;			  /* the container's, for a dump; else -1 */
	const char *bundle;		  /* for a restore: what relative sources are below */
	const struct hierarchies *groups; /* those of the container */
};

/* Bind mounts, cgroup mounts, devices and masked files. */
int checkpoint_put_places(const struct checkpoint_places *p, const struct oci_spec *spec,
			  struct err *err);

/* "KIND[KEY]:VALUE", or without a value "KIND[KEY]". 0 or -ENOMEM. */
int checkpoint_put_external(struct strbuf *b, const char *kind, const char *key, const char *value);

/* Makes the places for mounts that an image's files lack in the root, which a start makes, too. */
int checkpoint_make_places(const struct oci_spec *spec, const char *bundle, const char *root_path,
			   struct err *err);
