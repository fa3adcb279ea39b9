/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The options --publish and --ulimit. */

#include "base/err.h"
#include "base/port-mapping.h"
#include "masu.h"

struct port_args {
	struct masu_port **item; /* ends with NULL; NULL for none */
	size_t n;
};
void port_args_done(struct port_args *args);

/* A parser of options (cli/options.h): appends a port, or a range, to a struct port_args. */
int port_args_add(const char *text, void *field, struct masu_error *err);
