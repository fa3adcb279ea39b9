/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/list.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/json-build.h"
#include "base/json.h"
#include "base/str.h"
#include "base/time.h"
#include "cli/format.h"
#include "cli/print.h"
#include "cli/template-eval.h"
#include "cli/template.h"

struct list {
	const struct list_view *view;
	const struct list_options *options;
	const void **items; /* in their order */
	size_t n;
};

static int print_table(const struct list *l, struct masu_error *err)
{
	const struct list_view *view = l->view;
	_cleanup_table_ struct table t = {.columns = view->columns};
	int64_t now = time_now();

	for (size_t i = 0; !l->options->no_heading && i < view->columns; i++)
		table_add(&t, "%s", view->titles[i]);
	for (size_t i = 0; i < l->n; i++)
		view->add_row(&t, l->items[i], l->options->no_trunc, now);
	return table_print(&t, err);
}

static int print_items(const struct list *l, struct masu_error *err)
{
	_cleanup_json_ struct json_object *array = json_object_new_array();
	struct json_build b = {0};

	for (size_t i = 0; i < l->n; i++) {
		struct json_object *o = NULL;
		int r = l->view->to_json(l->items[i], &o, err);

		if (r < 0)
			return r;
		build_put(&b, array, NULL, o);
	}
	return print_json(b.failed ? NULL : array, true, err);
}

/* The value of a template: the columns of an item, and the members of its document. */
static int read_row(const struct list *l, size_t i, struct json_object **ret,
		    struct masu_error *err)
{
	const struct list_view *view = l->view;
	_cleanup_table_ struct table t = {.columns = view->columns};
	_cleanup_json_ struct json_object *o = NULL;
	struct json_build b = {0};
	int r = l->view->to_json(l->items[i], &o, err);

	if (r < 0)
		return r;
	view->add_row(&t, l->items[i], l->options->no_trunc, time_now());
	for (size_t k = 0; !t.failed && k < view->columns; k++)
		build_text(&b, o, view->fields[k], t.cells[k]);
	if (t.failed || b.failed)
		return err_oom(err);
	*ret = TAKE_PTR(o);
	return 0;
}

static int print_rows(const struct list *l, const char *template, struct masu_error *err)
{
	for (size_t i = 0; i < l->n; i++) {
		_cleanup_json_ struct json_object *row = NULL;
		int r = read_row(l, i, &row, err);

		if (r == 0)
			r = format_line(template, row, err);
		if (r < 0)
			return r;
	}
	return 0;
}

/* The title of a template's cell is that of its first field. */
static void add_title(struct table *t, const struct list_view *view, const char *cell,
		      size_t length)
{
	size_t n = 0;

	for (; length && !n; cell++, length--)
		n = *cell == '.' ? template_identifier(cell + 1) : 0;
	for (size_t i = 0; i < view->columns; i++)
		if (n == strlen(view->fields[i]) && strncasecmp(view->fields[i], cell, n) == 0) {
			table_add(t, "%s", view->titles[i]);
			return;
		}
	table_add(t, "%.*s", (int)n, cell);
	for (char *s = t->failed ? NULL : t->cells[t->n - 1]; s && *s; s++)
		*s = (char)toupper((unsigned char)*s);
}

/* Adds the cells of a line, which tabs separate; as titles if there is a view. */
static void add_cells(struct table *t, const char *line, const struct list_view *view)
{
	for (size_t i = 0; i < t->columns; i++) {
		size_t n = i + 1 < t->columns ? strcspn(line, "\t") : strlen(line);

		if (view)
			add_title(t, view, line, n);
		else
			table_add(t, "%.*s", (int)n, line);
		line += n + (line[n] == '\t');
	}
}

static int print_row_table(const struct list *l, const char *template, struct masu_error *err)
{
	_cleanup_table_ struct table t = {.columns = 1};

	for (const char *s = template; *s; s++)
		t.columns += *s == '\t';
	if (!l->options->no_heading)
		add_cells(&t, template, l->view);
	for (size_t i = 0; i < l->n; i++) {
		_cleanup_strbuf_ struct strbuf line = STRBUF_INIT;
		_cleanup_json_ struct json_object *row = NULL;
		int r = read_row(l, i, &row, err);

		if (r < 0)
			return r;
		r = template_render(template, row, &line, err);
		if (r < 0)
			return r;
		add_cells(&t, str_or_empty(line.text), NULL);
	}
	return table_print(&t, err);
}

static int print_template(const struct list *l, const char *format, struct masu_error *err)
{
	bool table;
	_cleanup_free_ char *template = format_template(format, &table);

	if (!template)
		return err_oom(err);
	return table ? print_row_table(l, template, err) : print_rows(l, template, err);
}

static void print_ids(const struct list *l)
{
	for (size_t i = 0; i < l->n; i++) {
		const char *id = l->view->id(l->items[i]);

		(void)printf("%.*s\n", l->options->no_trunc ? (int)strlen(id) : LIST_ID_SHORT, id);
	}
}

int list_parse(const char *text, struct json_object **ret, struct masu_error *err)
{
	return json_parse(text, strlen(text), "the list", ret, err);
}

static const struct list_order *find_order(const struct list_view *view, const char *word)
{
	for (const struct list_order *o = view->orders; o->word; o++)
		if (streq(o->word, word))
			return o;
	return NULL;
}

int list_check(const struct list_view *view, const struct list_options *options,
	       struct masu_error *err)
{
	_cleanup_strbuf_ struct strbuf words = STRBUF_INIT;

	if (!options->sort || find_order(view, options->sort))
		return format_check(options->format, true, err);
	for (const struct list_order *o = view->orders; o->word; o++)
		(void)strbuf_addf(&words, "%s%s", words.length ? ", " : "", o->word);
	return err_set(err, ERR_INVALID, EINVAL, "option '--sort %s': must be one of %s",
		       options->sort, str_or_empty(words.text));
}

static int print_list(const struct list *l, struct masu_error *err)
{
	const char *format = l->options->format;

	if (format_is_json(format))
		return print_items(l, err);
	if (l->options->quiet) {
		print_ids(l);
		return 0;
	}
	if (!format || streq(format, "table"))
		return print_table(l, err);
	return print_template(l, format, err);
}

int list_print(const struct list_view *view, const struct list_options *options, const void *list,
	       size_t n, struct masu_error *err)
{
	_cleanup_free_ const void **items = calloc(n + 1, sizeof(*items));
	const struct list_order *order = options->sort ? find_order(view, options->sort) : NULL;

	if (!items)
		return err_oom(err);
	for (size_t i = 0; i < n; i++)
		items[i] = view->get(list, i);
	if (order)
		qsort(items, n, sizeof(*items), order->compare);
	return print_list(&(struct list){view, options, items, n}, err);
}
