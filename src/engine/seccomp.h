/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Which system call filter a container gets: the words of --security-opt seccomp=. */

#include <stdbool.h>

#include "oci/spec.h"
#include "seccomp/filter.h"

struct engine;

#define SECCOMP_DEFAULT	   "default"
#define SECCOMP_UNCONFINED "unconfined"

/*
 * Puts the policy of a profile's file into the spec, which has its capabilities already. The default
 * and no filter put none there: the first is compiled already.
 */
int seccomp_choose(const char *word, struct oci_spec *spec, struct err *err);

/* The compiled filter for a start; *ret_any is false for none. */
int seccomp_filter_for(const struct engine *e, const char *word, const struct oci_spec *spec,
		       struct seccomp_filter *ret, bool *ret_any, struct err *err);
