/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* An OCI bundle: a directory with a config.json and, usually, a root file system. */

#include "linux/idmap.h"
#include "oci/spec.h"
#include "seccomp/filter.h"

struct bundle {
	char *path;   /* absolute */
	char *rootfs; /* absolute, or NULL */
	char *config; /* the text of config.json */
	struct oci_spec *spec;
	struct idmap idmap; /* of a new user namespace */
	struct seccomp_filter filter;
	bool has_filter;
};
void bundle_done(struct bundle *b);

/*
 * Reads the bundle in the directory `path`, with the file `config` in place of its config.json if that
 * isn't NULL, and compiles its system call filter. Errors name the file.
 */
int bundle_read(const char *path, const char *config, struct bundle *ret, struct masu_error *err);

/*
 * Compiles the spec's system call filter, or finds it in the cache; with `use_default` the default
 * profile for its capabilities, if it has none. `cache` is the directory of the cache; NULL:
 * RUN/seccomp. 1, or 0 without a filter.
 */
int config_filter(const struct oci_spec *spec, bool use_default, const char *cache,
		  struct seccomp_filter *ret, struct masu_error *err);
