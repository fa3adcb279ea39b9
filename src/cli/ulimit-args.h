/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The option --ulimit. */

#include "base/err.h"
#include "masu.h"

struct ulimit_args {
	struct masu_ulimit **item; /* ends with NULL; NULL for none */
	size_t n;
	bool host; /* "host": the caller's limits */
};
void ulimit_args_done(struct ulimit_args *args);

/* A parser of options (cli/options.h): adds "NAME=SOFT[:HARD]" or "host" to a struct ulimit_args. */
int ulimit_args_add(const char *text, void *field, struct masu_error *err);
