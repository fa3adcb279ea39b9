/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Settings files by the rules of systemd.syntax(7): sections in brackets, lines "Key=Value" with spaces around both parts
 * ignored, comments that begin with '#' or ';', and lines that a backslash at the end continues in the next line that is
 * not a comment; the two are joined by a space.
 */

#include <stddef.h>

#include "base/err.h"

struct ini_assignment {
	const char *section, *key, *value;
	unsigned int line; /* the first of its lines */
};

/* 0, or -errno with the error, to which the parser adds file and line. */
typedef int ini_fn(void *arg, const struct ini_assignment *a, struct masu_error *err);

/*
 * Calls `fn` for each assignment of a text, in order. `file` is its name in errors. ERR_INVALID for another line,
 * an assignment before the first section, control characters, and bytes that are not UTF-8.
 */
int ini_parse(const char *text, size_t size, const char *file, ini_fn *fn, void *arg,
	      struct masu_error *err);
