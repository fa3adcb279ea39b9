/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/str.h"
#include "base/time.h"
#include "cli/cli.h"
#include "cli/format.h"
#include "cli/list.h"

/* "docker.io/library/debian:latest" in two columns; the tag is what follows the last colon. */
static int add_name(struct table *t, const masu_image *image)
{
	const char *own = masu_image_name(image), *name = own ? own : "<none>";
	const char *at = strchr(name, '@'), *colon = strrchr(name, ':');
	int n;

	if (!colon || at || strchr(colon, '/')) {
		n = table_add(t, "%.*s", at ? (int)(at - name) : (int)strlen(name), name);
		return n == 0 ? table_add(t, "<none>") : n;
	}
	n = table_add(t, "%.*s", (int)(colon - name), name);
	return n == 0 ? table_add(t, "%s", colon + 1) : n;
}

static int add_row(struct table *t, const void *item, bool whole, int64_t now)
{
	const masu_image *image = item;
	const char *id = masu_image_id(image);
	int64_t created = masu_image_created(image);
	char ago[TIME_STAMP_MAX], size[STR_SIZE_MAX];
	int n = add_name(t, image);

	if (n == 0)
		n = masu_image_damage(image)
			    ? table_add(t, "(damaged)")
			    : table_add(t, "%.*s", whole ? (int)strlen(id) : LIST_ID_SHORT, id);
	if (n == 0)
		n = table_add(t, "%s", created ? time_ago(created, now, ago) : "");
	return n == 0 ? table_add(t, "%s", str_size(masu_image_size(image), size)) : n;
}

static const void *get_image(const void *list, size_t index)
{
	return masu_image_list_get(list, index);
}

static int image_json(const void *item, char **ret, struct masu_error *err)
{
	return masu_image_summary(item, ret, err);
}

static const char *image_id(const void *item)
{
	return masu_image_id(item);
}

static const char *const titles[] = {"REPOSITORY", "TAG", "IMAGE ID", "CREATED", "SIZE"};
static const char *const fields[] = {"Repository", "Tag", "ID", "CreatedSince", "Size"};
static const struct list_view images_view = {
	.what = "the images",
	.titles = titles,
	.fields = fields,
	.columns = ARRAY_SIZE(titles),
	.get = get_image,
	.add_row = add_row,
	.to_json = image_json,
	.id = image_id,
};

static int images_run(const void *values, char **operands, struct masu_error *err)
{
	const struct list_options *o = values;
	_cleanup_(masu_image_list_freep) masu_image_list *list = NULL;
	_cleanup_masu_engine_ masu_engine *e = NULL;
	int r = format_check(o->format, true, err);

	if (r == 0)
		r = cli_engine_reader(&e, err);
	if (r == 0)
		r = masu_image_list_read(e, &list, err);
	return r < 0 ? r : list_print(&images_view, o, list, masu_image_list_count(list), err);
}

static const struct option_row images_options[] = {
	OPTION_ROW(OPTION_STRING, struct list_options, format, 0, "format", "FORMAT",
		   "json, table or a template: masu-format(7)"),
	OPTION_ROW(OPTION_FLAG, struct list_options, no_trunc, 0, "no-trunc", NULL, "whole ids"),
	OPTION_ROW(OPTION_FLAG, struct list_options, quiet, 'q', "quiet", NULL, "ids alone"),
	{0},
};

const struct command command_images = {
	.name = "images",
	.operands = "",
	.summary = "List images",
	.options = images_options,
	.values_size = sizeof(struct list_options),
	.run = images_run,
};
