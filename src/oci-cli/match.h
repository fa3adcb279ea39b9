/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "oci-cli/oci-cli.h"

/*
 * Calls for each container whose id matches the extended regular expression (regex(7)), anywhere
 * in it. Goes on after a failure, and returns the first.
 */
int match_each(const struct oci_globals *g, const char *pattern,
	       int (*call)(const char *root, const char *id, void *arg, struct err *err), void *arg,
	       struct err *err);
