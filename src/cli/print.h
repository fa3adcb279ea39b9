/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The JSON output of the commands of both programs. */

#include <stdbool.h>

#include "base/err.h"

struct json_object;

/*
 * Prints a document on stdout and flushes it: on one line, or, with `pretty`, indented. NULL means out of memory.
 * -errno if it cannot be written.
 */
int print_json(struct json_object *doc, bool pretty, struct masu_error *err);
