/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The output of a command that lists things: a table, JSON, or ids alone. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/table.h"

struct json_object;

#define LIST_ID_SHORT 12

/* The options that all such commands have. */
struct list_options {
	bool quiet, no_trunc;
	const char *format; /* checked by format_check() */
};

struct list_view {
	const char *what;	   /* "the containers", for errors */
	const char *const *titles; /* of `columns` */
	const char *const
		*fields; /* the same for templates, which have the members of to_json() as well */
	size_t columns;
	const void *(*get)(const void *list, size_t index);
	int (*add_row)(struct table *t, const void *item, bool whole, int64_t now);
	int (*to_json)(const void *item, struct json_object **ret, struct masu_error *err);
	const char *(*id)(const void *item);
};

/* Parses the summary of an item, as the library gives it, for to_json(). */
int list_parse(const char *text, struct json_object **ret, struct masu_error *err);

/* Prints the `n` items of a list. */
int list_print(const struct list_view *view, const struct list_options *options, const void *list,
	       size_t n, struct masu_error *err);
