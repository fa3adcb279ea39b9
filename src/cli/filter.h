/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * --filter KEY=VALUE by tables: a row names a key and the member of a filter of masu.h that its values go to. A value of a
 * list is added; else the last one wins.
 */

#include <stddef.h>

#include "base/err.h"

enum filter_kind {
	FILTER_LIST,   /* char *const *, a string vector that filter_done() frees */
	FILTER_TEXT,   /* const char *, borrowed from argv */
	FILTER_CHOICE, /* enum masu_choice: true, false */
	FILTER_TIME,   /* int64_t, as time_parse() takes it */
	FILTER_PARSE,  /* `parse` puts the value into the filter */
};

struct filter_row {
	const char *key; /* NULL ends the table */
	enum filter_kind kind;
	size_t offset; /* of the member */
	int (*parse)(const char *value, void *filter, struct masu_error *err);
};

#define FILTER_ROW(key, kind, type, member)             \
	{                                               \
		key, kind, offsetof(type, member), NULL \
	}
#define FILTER_ROW_PARSE(key, fn)        \
	{                                \
		key, FILTER_PARSE, 0, fn \
	}

/* Adds one text to the filter. ERR_INVALID: a bad value, or an unknown key, with the known ones. */
int filter_add(const struct filter_row *rows, const char *text, void *filter,
	       struct masu_error *err);

/* Frees the lists. */
void filter_done(const struct filter_row *rows, void *filter);
