/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Which system call filter a container gets: the words of --security-opt seccomp=. */

#include <stdbool.h>

#include "oci/spec.h"

#define SECCOMP_DEFAULT	   "default"
#define SECCOMP_UNCONFINED "unconfined"

/*
 * Puts the policy of a profile's file into the spec, which has its capabilities already. The default
 * and no filter put none there: the first is compiled already.
 */
int seccomp_choose(const char *word, struct oci_spec *spec, struct masu_error *err);
