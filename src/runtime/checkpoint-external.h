/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The host's resources in a container, for criu: by names that the images keep. */

#include "cgroup/detect.h"
#include "runtime/checkpoint.h"

/* "External" to criu: a dump names these paths of the container; a restore maps the names to paths of the host. */
struct checkpoint_externals {
	struct strbuf *b;		  /* criu_opts, appended to */
	int root;			  /* the container's, for a dump; else -1 */
	const char *bundle;		  /* for a restore: the directory of relative sources */
	const struct hierarchies *groups; /* those of the container */
};

/* Bind mounts, cgroup mounts, devices and masked files. */
int checkpoint_put_externals(const struct checkpoint_externals *p, const struct oci_spec *spec,
			     struct masu_error *err);

/* "KIND[KEY]:VALUE", or without a value "KIND[KEY]". */
void checkpoint_put_external(struct strbuf *b, const char *kind, const char *key,
			     const char *value);

/* Creates the missing mount points in the root, as a start does. */
int checkpoint_make_mount_points(const struct oci_spec *spec, const char *bundle,
				 const char *root_path, struct masu_error *err);
