/* SPDX-License-Identifier: Apache-2.0 */

/* system df: the disk space of images, containers and volumes. */

#include <stdio.h>
#include <string.h>

#include "base/json-build.h"
#include "base/json.h"
#include "base/str.h"
#include "base/time.h"
#include "cli/cli.h"
#include "cli/format.h"
#include "cli/list.h"

struct df_options {
	struct list_options list;
	bool verbose;
};

/* The members of an item; "" and 0 for one that is missing. */
static const char *text_of(const void *item, const char *key)
{
	const char *text = "";

	(void)json_get_string((struct json_object *)item, "", key, &text, NULL);
	return text;
}

static uint64_t number_of(const void *item, const char *key)
{
	uint64_t n = 0;

	(void)json_get_uint64((struct json_object *)item, "", key, &n, NULL);
	return n;
}

static void add_size(struct table *t, const void *item, const char *key)
{
	char size[STR_SIZE_MAX];

	table_add(t, "%s", str_size(number_of(item, key), size));
}

static void add_ago(struct table *t, const void *item, int64_t now)
{
	char ago[TIME_STAMP_MAX];
	int64_t created;

	if (time_parse_stamp(text_of(item, "Created"), &created) < 0)
		table_add(t, "%s", ""); /* unknown */
	else
		table_add(t, "%s", time_ago(created, now, ago));
}

static void add_id(struct table *t, const void *item, bool whole)
{
	const char *id = text_of(item, "Id");

	table_add(t, "%.*s", whole ? (int)strlen(id) : LIST_ID_SHORT, id);
}

static void add_kind_row(struct table *t, const void *item, bool whole, int64_t now)
{
	uint64_t all = number_of(item, "RawSize"), reclaimable = number_of(item, "RawReclaimable");
	char size[STR_SIZE_MAX];

	table_add(t, "%s", text_of(item, "Type"));
	table_add(t, "%ju", (uintmax_t)number_of(item, "TotalCount"));
	table_add(t, "%ju", (uintmax_t)number_of(item, "Active"));
	add_size(t, item, "RawSize");
	table_add(t, "%s (%u%%)", str_size(reclaimable, size),
		  all ? (unsigned int)((double)reclaimable * 100 / (double)all) : 0);
}

static void add_image_row(struct table *t, const void *item, bool whole, int64_t now)
{
	const char *name = text_of(item, "Name");

	table_add(t, "%s", *name ? name : "<none>");
	add_id(t, item, whole);
	add_ago(t, item, now);
	add_size(t, item, "Size");
	add_size(t, item, "SharedSize");
	add_size(t, item, "UniqueSize");
	table_add(t, "%ju", (uintmax_t)number_of(item, "Containers"));
}

static void add_container_row(struct table *t, const void *item, bool whole, int64_t now)
{
	add_id(t, item, whole);
	table_add(t, "%s", text_of(item, "Image"));
	add_ago(t, item, now);
	table_add(t, "%s", text_of(item, "State"));
	add_size(t, item, "Size");
	table_add(t, "%s", text_of(item, "Name"));
}

static void add_volume_row(struct table *t, const void *item, bool whole, int64_t now)
{
	table_add(t, "%s", text_of(item, "Name"));
	table_add(t, "%ju", (uintmax_t)number_of(item, "Containers"));
	add_size(t, item, "Size");
}

static const void *get_item(const void *list, size_t index)
{
	return json_object_array_get_idx((struct json_object *)list, index);
}

static int copy_item(const void *item, struct json_object **ret, struct masu_error *err)
{
	_cleanup_json_ struct json_object *copy = NULL;

	if (json_object_deep_copy((struct json_object *)item, &copy, NULL) < 0)
		return err_oom(err);
	*ret = TAKE_PTR(copy);
	return 0;
}

static const char *const kind_titles[] = {"TYPE", "TOTAL", "ACTIVE", "SIZE", "RECLAIMABLE"};
static const char *const kind_fields[] = {"Type", "Total", "Active", "Size", "Reclaimable"};
static const char *const image_titles[] = {"IMAGE",	  "IMAGE ID",	 "CREATED",   "SIZE",
					   "SHARED SIZE", "UNIQUE SIZE", "CONTAINERS"};
static const char *const container_titles[] = {"CONTAINER ID", "IMAGE", "CREATED",
					       "STATUS",       "SIZE",	"NAME"};
static const char *const volume_titles[] = {"VOLUME NAME", "LINKS", "SIZE"};

#define VIEW(columns_titles, columns_fields, row)                                         \
	{                                                                                 \
		.titles = (columns_titles), .fields = (columns_fields),                   \
		.columns = ARRAY_SIZE(columns_titles), .get = get_item, .add_row = (row), \
		.to_json = copy_item, .orders = NULL                                      \
	}
static const struct list_view kinds_view = VIEW(kind_titles, kind_fields, add_kind_row);

static const struct {
	const char *key, *type, *heading;
	struct list_view view;
} kinds[] = {
	{"Images", "Images",
	 "Images space usage:", VIEW(image_titles, image_titles, add_image_row)},
	{"Containers", "Containers",
	 "Containers space usage:", VIEW(container_titles, container_titles, add_container_row)},
	{"Volumes", "Local Volumes",
	 "Local Volumes space usage:", VIEW(volume_titles, volume_titles, add_volume_row)},
};

/* Sizes have the prefix "Raw", as in podman: a template's .Size is the column. */
static struct json_object *make_rows(struct json_object *doc)
{
	struct json_object *rows = json_object_new_array();
	struct json_build b = {0};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct json_object *kind = json_object_object_get(doc, kinds[i].key);
		struct json_object *o = build_object(&b, rows, NULL);

		build_text(&b, o, "Type", kinds[i].type);
		build_uint(&b, o, "TotalCount", number_of(kind, "TotalCount"));
		build_uint(&b, o, "Active", number_of(kind, "Active"));
		build_uint(&b, o, "RawSize", number_of(kind, "Size"));
		build_uint(&b, o, "RawReclaimable", number_of(kind, "Reclaimable"));
	}
	if (!b.failed)
		return rows;
	(void)json_object_put(rows);
	return NULL;
}

static int print_kinds(const struct df_options *o, struct json_object *doc, struct masu_error *err)
{
	_cleanup_json_ struct json_object *rows = make_rows(doc);

	if (!rows)
		return err_oom(err);
	return list_print(&kinds_view, &o->list, rows, json_object_array_length(rows), err);
}

static int print_items(const struct df_options *o, struct json_object *doc, struct masu_error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct json_object *kind = json_object_object_get(doc, kinds[i].key);
		struct json_object *items = json_object_object_get(kind, "Items");

		(void)printf("%s%s\n\n", i ? "\n" : "", kinds[i].heading);
		int r = list_print(&kinds[i].view, &o->list, items,
				   items ? json_object_array_length(items) : 0, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int df_run(const void *values, char **operands, struct masu_error *err)
{
	const struct df_options *o = values;
	_cleanup_masu_engine_ masu_engine *e = NULL;
	_cleanup_json_ struct json_object *doc = NULL;
	_cleanup_free_ char *text = NULL;
	int r = o->verbose ? format_check(o->list.format, false, err)
			   : list_check(&kinds_view, &o->list, err);

	if (r == 0)
		r = cli_engine_reader(&e, err);
	if (r == 0)
		r = masu_engine_disk_usage(e, &text, err);
	if (r == 0)
		r = list_parse(text, &doc, err);
	if (r < 0)
		return r;
	if (!o->verbose)
		return print_kinds(o, doc, err);
	return o->list.format ? format_document(o->list.format, doc, err)
			      : print_items(o, doc, err);
}

static const struct option_row df_options[] = {
	OPTION_ROW(OPTION_STRING, struct df_options, list.format, 0, "format", "FORMAT",
		   "Print json, a table or a template: masu-format(7)"),
	OPTION_ROW(OPTION_FLAG, struct df_options, verbose, 'v', "verbose", NULL,
		   "Show each image, container and volume"),
	{0},
};

const struct command command_system_df = {
	.name = "system df",
	.operands = "",
	.summary = "Show the disk space of images, containers and volumes",
	.options = df_options,
	.values_size = sizeof(struct df_options),
	.run = df_run,
};
