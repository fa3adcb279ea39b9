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
	bool quiet, no_trunc, no_heading;
	const char *format;
	const char *sort; /* NULL: in the order of the list */
};

struct list_order {
	const char *word;			      /* NULL ends the table */
	int (*compare)(const void *a, const void *b); /* of pointers to items, as qsort(3) has it */
};

struct list_view {
	const char *const *titles; /* of `columns` */
	const char *const
		*fields; /* the same for templates, which have the members of to_json() as well */
	size_t columns;
	const void *(*get)(const void *list, size_t index);
	void (*add_row)(struct table *t, const void *item, bool whole, int64_t now);
	int (*to_json)(const void *item, struct json_object **ret, struct masu_error *err);
	const char *(*id)(const void *item);
	const struct list_order *orders; /* NULL: the command has no --sort */
};

/* Parses the summary of an item, as the library gives it, for to_json(). */
int list_parse(const char *text, struct json_object **ret, struct masu_error *err);

/* Checks --format and --sort. ERR_INVALID. */
int list_check(const struct list_view *view, const struct list_options *options,
	       struct masu_error *err);

/* Prints the `n` items of a list, with options that list_check() has passed. */
int list_print(const struct list_view *view, const struct list_options *options, const void *list,
	       size_t n, struct masu_error *err);
