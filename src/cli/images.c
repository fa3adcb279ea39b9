/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>

#include "base/json.h"
#include "base/str.h"
#include "base/time.h"
#include "cli/cli.h"
#include "cli/table.h"
#include "engine/image.h"
#include "engine/inspect.h"

#define ID_SHORT 12

struct images_options {
	bool quiet, no_trunc;
	const char *format;
};

/* "docker.io/library/debian:latest" in two columns; the tag is what follows the last colon. */
static int add_name(struct table *t, const struct layout_image *image)
{
	const char *name = image->name ? image->name : "<none>";
	const char *at = strchr(name, '@'), *colon = strrchr(name, ':');
	int n;

	if (!colon || at || strchr(colon, '/')) {
		n = table_add(t, "%.*s", at ? (int)(at - name) : (int)strlen(name), name);
		return n == 0 ? table_add(t, "<none>") : n;
	}
	n = table_add(t, "%.*s", (int)(colon - name), name);
	return n == 0 ? table_add(t, "%s", colon + 1) : n;
}

static int add_row(struct table *t, const struct layout_image *image, bool whole, int64_t now)
{
	char ago[TIME_STAMP_MAX], size[TABLE_SIZE_MAX];
	int n = add_name(t, image);

	if (n == 0)
		n = image->damage ? table_add(t, "(damaged)")
				  : table_add(t, "%.*s", whole ? DIGEST_HEX_LENGTH : ID_SHORT,
					      image->config.hex);
	if (n == 0)
		n = table_add(t, "%s",
			      image->created_ns ? time_ago(image->created_ns, now, ago) : "");
	return n == 0 ? table_add(t, "%s", table_size(image->size, size)) : n;
}

static int print_table(const struct layout_list *list, bool whole, struct err *err)
{
	static const char *const titles[] = {"REPOSITORY", "TAG", "IMAGE ID", "CREATED", "SIZE"};
	_cleanup_table_ struct table t = {.columns = ARRAY_SIZE(titles)};
	int64_t now = time_now();
	int n = 0;

	for (size_t i = 0; n == 0 && i < ARRAY_SIZE(titles); i++)
		n = table_add(&t, "%s", titles[i]);
	for (size_t i = 0; n == 0 && i < list->n; i++)
		n = add_row(&t, &list->images[i], whole, now);
	if (n < 0)
		return err_sys(err, n, "print the images");
	table_print(&t);
	return 0;
}

static int print_json(const struct layout_list *list, struct err *err)
{
	_cleanup_json_ struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < list->n; i++) {
		struct json_object *o = NULL;
		int r = inspect_image_summary(&list->images[i], &o, err);

		if (r < 0)
			return r;
		if (!array || json_object_array_add(array, o) < 0) {
			json_putp(&o);
			return err_sys(err, ENOMEM, "print the images");
		}
	}
	return cli_print_json(array, err);
}

static int images_run(const void *values, char **operands, struct err *err)
{
	const struct images_options *o = values;
	_cleanup_engine_ struct engine e = {0};
	_cleanup_(layout_done) struct layout store = LAYOUT_INIT;
	_cleanup_layout_list_ struct layout_list list = {0};
	int r = cli_check_format(o->format, err);

	if (r == 0)
		r = cli_engine_reader(&e, err);
	if (r == 0)
		r = image_store_open(&e, &store, err);
	if (r == 0)
		r = layout_list(&store, &list, err);
	if (r < 0)
		return r;
	if (o->format && streq(o->format, "json"))
		return print_json(&list, err);
	if (!o->quiet)
		return print_table(&list, o->no_trunc, err);
	for (size_t i = 0; i < list.n; i++)
		(void)printf("%.*s\n", o->no_trunc ? DIGEST_HEX_LENGTH : ID_SHORT,
			     list.images[i].config.hex);
	return 0;
}

static const struct option_row images_options[] = {
	OPTION_ROW(OPTION_STRING, struct images_options, format, 0, "format", "json", "print JSON"),
	OPTION_ROW(OPTION_FLAG, struct images_options, no_trunc, 0, "no-trunc", NULL, "whole ids"),
	OPTION_ROW(OPTION_FLAG, struct images_options, quiet, 'q', "quiet", NULL, "ids alone"),
	{0},
};

const struct command command_images = {
	.name = "images",
	.operands = "",
	.summary = "List images",
	.options = images_options,
	.values_size = sizeof(struct images_options),
	.run = images_run,
};
