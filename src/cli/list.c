/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/list.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/json-build.h"
#include "base/json.h"
#include "base/str.h"
#include "base/time.h"
#include "cli/cli.h"
#include "cli/print.h"

struct list {
	const struct list_view *view;
	const void *items;
	size_t n;
};

static const void *item(const struct list *l, size_t i)
{
	return l->view->get(l->items, i);
}

static int print_table(const struct list *l, bool whole, struct masu_error *err)
{
	const struct list_view *view = l->view;
	_cleanup_table_ struct table t = {.columns = view->columns};
	int64_t now = time_now();
	int n = 0;

	for (size_t i = 0; n == 0 && i < view->columns; i++)
		n = table_add(&t, "%s", view->titles[i]);
	for (size_t i = 0; n == 0 && i < l->n; i++)
		n = view->add_row(&t, item(l, i), whole, now);
	if (n < 0)
		return err_sys(err, n, "print %s", view->what);
	table_print(&t);
	return 0;
}

static int read_item(const struct list *l, size_t i, struct json_object **ret,
		     struct masu_error *err)
{
	_cleanup_free_ char *text = NULL;
	int r = l->view->to_json(item(l, i), &text, err);

	return r < 0 ? r : json_parse(text, strlen(text), l->view->what, ret, err);
}

static int print_items(const struct list *l, struct masu_error *err)
{
	_cleanup_json_ struct json_object *array = json_object_new_array();
	struct json_build b = {0};

	for (size_t i = 0; i < l->n; i++) {
		struct json_object *o = NULL;
		int r = read_item(l, i, &o, err);

		if (r < 0)
			return r;
		build_put(&b, array, NULL, o);
	}
	return print_json(b.failed ? NULL : array, true, err);
}

static void print_ids(const struct list *l, bool whole)
{
	for (size_t i = 0; i < l->n; i++) {
		const char *id = l->view->id(item(l, i));

		(void)printf("%.*s\n", whole ? (int)strlen(id) : LIST_ID_SHORT, id);
	}
}

int list_print(const struct list_view *view, const struct list_options *options, const void *list,
	       size_t n, struct masu_error *err)
{
	const struct list l = {.view = view, .items = list, .n = n};

	if (options->format && streq(options->format, "json"))
		return print_items(&l, err);
	if (!options->quiet)
		return print_table(&l, options->no_trunc, err);
	print_ids(&l, options->no_trunc);
	return 0;
}
