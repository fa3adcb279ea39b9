/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What commands of both programs print for other programs. */

#include <stdbool.h>

#include "base/err.h"

struct json_object;

/*
 * Prints a document on stdout, at once: as one line, or, `pretty`, as people read it. NULL is ENOMEM.
 * -errno when it couldn't be written.
 */
int print_json(struct json_object *doc, bool pretty, struct masu_error *err);
