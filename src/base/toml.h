/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A reader of the part of TOML that configuration files of containers use: tables, arrays of tables, and keys with a
 * string, true, false or an array of strings. Strings are basic ("...") or literal ('...') and on one line. Everything
 * else - numbers, dates, inline tables, dotted keys, \u escapes - is an error that names the file and the line.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

enum toml_kind {
	TOML_TABLE,   /* [TABLE] */
	TOML_ELEMENT, /* [[TABLE]] */
	TOML_STRING,
	TOML_BOOL,
	TOML_STRINGS,
};

struct toml_item {
	enum toml_kind kind;
	size_t line;
	const char *
		table; /* that begins, or that has the key: "registry.mirror"; "" before the first */
	const char *key; /* NULL for the first two kinds */
	const char *text;
	char *const *texts;
	bool value;
};

/* Called for each item in order. It returns 0, or -errno with the error, to which the file and the line are added. */
typedef int toml_fn(void *arg, const struct toml_item *item, struct masu_error *err);

/* Reads a whole file; `name` is for messages. ERR_INVALID. */
int toml_read(const char *text, const char *name, toml_fn *fn, void *arg, struct masu_error *err);
