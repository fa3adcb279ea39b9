/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "oci/spec.h"
#include "seccomp/filter.h"

/*
 * Compiles the spec's system call filter, or finds it in the cache; with `use_default` the default
 * profile for its capabilities, if it has none. `cache` is the directory of the cache; NULL:
 * RUN/seccomp. 1, or 0 without a filter.
 */
int config_filter(const struct oci_spec *spec, bool use_default, const char *cache,
		  struct seccomp_filter *ret, struct masu_error *err);
