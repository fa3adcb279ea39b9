/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "base/time.h"
#include "cli/cli.h"
#include "cli/list.h"
#include "engine/image.h"
#include "engine/inspect.h"

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

static int add_row(struct table *t, const void *item, bool whole, int64_t now)
{
	const struct layout_image *image = item;
	char ago[TIME_STAMP_MAX], size[STR_SIZE_MAX];
	int n = add_name(t, image);

	if (n == 0)
		n = image->damage ? table_add(t, "(damaged)")
				  : table_add(t, "%.*s", whole ? DIGEST_HEX_LENGTH : LIST_ID_SHORT,
					      image->config.hex);
	if (n == 0)
		n = table_add(t, "%s",
			      image->created_ns ? time_ago(image->created_ns, now, ago) : "");
	return n == 0 ? table_add(t, "%s", str_size(image->size, size)) : n;
}

static int image_json(const void *item, char **ret, struct err *err)
{
	_cleanup_json_ struct json_object *o = NULL;
	int r = inspect_image_summary(item, &o, err);

	return r < 0 ? r : (*ret = strdup(json_text(o, false))) ? 0 : -ENOMEM;
}

static const void *get_image(const void *list, size_t index)
{
	return &((const struct layout_list *)list)->images[index];
}

static const char *image_id(const void *item)
{
	const struct layout_image *image = item;

	return image->config.hex;
}

static const char *const titles[] = {"REPOSITORY", "TAG", "IMAGE ID", "CREATED", "SIZE"};
static const struct list_view images_view = {
	.what = "the images",
	.titles = titles,
	.columns = ARRAY_SIZE(titles),
	.get = get_image,
	.add_row = add_row,
	.to_json = image_json,
	.id = image_id,
};

static int images_run(const void *values, char **operands, struct err *err)
{
	const struct list_options *o = values;
	_cleanup_masu_engine_ masu_engine *e = NULL;
	_cleanup_(layout_done) struct layout store = LAYOUT_INIT;
	_cleanup_layout_list_ struct layout_list list = {0};
	int r = cli_check_format(o->format, err);

	if (r == 0)
		r = cli_engine_reader(&e, err);
	if (r == 0)
		r = image_store_open(e, &store, err);
	if (r == 0)
		r = layout_list(&store, &list, err);
	return r < 0 ? r : list_print(&images_view, o, &list, list.n, err);
}

static const struct option_row images_options[] = {
	OPTION_ROW(OPTION_STRING, struct list_options, format, 0, "format", "json", "print JSON"),
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
