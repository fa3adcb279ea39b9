/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a command that lists things prints: a table, JSON, or ids alone. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/table.h"

#define LIST_ID_SHORT 12

/* The options that all such commands have. */
struct list_options {
	bool quiet, no_trunc;
	const char *format; /* checked by cli_check_format() */
};

struct json_object;

struct list_view {
	const char *what;	   /* "the containers", for errors */
	const char *const *titles; /* of `columns` */
	size_t columns;
	int (*add_row)(struct table *t, const void *item, bool whole, int64_t now);
	int (*to_json)(const void *item, struct json_object **ret, struct err *err);
	const char *(*id)(const void *item);
};

/* `items` is an array of `n` things of `size` bytes each. */
int list_print(const struct list_view *view, const struct list_options *options, const void *items,
	       size_t n, size_t size, struct err *err);
