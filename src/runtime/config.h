/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* config.json as it is kept in the state directory: engines change or remove their bundle's. */

#include "oci/spec.h"
#include "seccomp/filter.h"

/* Writes the text of a config.json into the directory. */
int config_keep(int dirfd, const char *text, struct err *err);

/* Parses a config.json. */
int config_parse(const char *text, size_t size, struct oci_spec **ret, struct err *err);

/* Reads the kept one. */
int config_read(int dirfd, struct oci_spec **ret, struct err *err);

/* Replaces linux.resources in the kept document, and leaves the rest as it was. */
int config_set_resources(int dirfd, const struct oci_resources *resources, struct err *err);

/*
 * Compiles the spec's system call filter, or finds it in the cache; with `use_default` the default
 * profile for its capabilities, if it has none. `cache` is the directory of the cache; NULL:
 * RUN/seccomp. 1, or 0 without a filter.
 */
int config_filter(const struct oci_spec *spec, bool use_default, const char *cache,
		  struct seccomp_filter *ret, struct err *err);
