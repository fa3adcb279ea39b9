/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "base/json-build.h"
#include "base/json.h"
#include "base/str.h"
#include "cli/cli.h"
#include "cli/format.h"

struct inspect_options {
	const char *type, *format;
	bool size; /* of containers */
	bool latest;
};

static int check_type(const char *type, struct masu_error *err)
{
	static const char *const types[] = {"all", "container", "image", "volume"};

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (!type || streq(type, types[i]))
			return 0;
	return err_set(err, ERR_INVALID, EINVAL,
		       "option '--type %s': must be one of all, container, image, volume", type);
}

/* Adds SizeRw and SizeRootFs to the document. */
static int add_size(const masu_container *c, char **json, struct masu_error *err)
{
	_cleanup_json_ struct json_object *doc = NULL;
	struct json_build b = {0};
	uint64_t written, total;
	int r = masu_container_size(c, &written, &total, err);

	if (r == 0)
		r = json_parse(*json, strlen(*json), "the container", &doc, err);
	if (r < 0)
		return r;
	build_int(&b, doc, "SizeRw", (int64_t)written);
	build_int(&b, doc, "SizeRootFs", (int64_t)total);
	char *text = b.failed ? NULL : strdup(json_text(doc, false));
	if (!text)
		return err_oom(err);
	free(*json);
	*json = text;
	return 0;
}

static int inspect_container(masu_engine *e, const char *name, const struct inspect_options *o,
			     char **ret_json, struct masu_error *err)
{
	_cleanup_masu_container_ masu_container *c = NULL;
	_cleanup_free_ char *json = NULL;
	int r = masu_container_find(e, name, &c, err);

	if (r == 0)
		r = masu_container_inspect(c, &json, err);
	if (r == 0 && o->size)
		r = add_size(c, &json, err);
	if (r == 0)
		*ret_json = TAKE_PTR(json);
	return r;
}

int cli_inspect_volume(masu_engine *e, const char *name, const void *arg, char **ret_json,
		       struct masu_error *err)
{
	_cleanup_(masu_volume_freep) masu_volume *v = NULL;
	int r = masu_volume_find(e, name, &v, err);

	return r < 0 ? r : masu_volume_inspect(v, ret_json, err);
}

/* Looks for a container, then for an image, then for a volume. */
static int inspect_one(masu_engine *e, const char *name, const void *options, char **ret_json,
		       struct masu_error *err)
{
	const struct inspect_options *o = options;
	bool all = !o->type || streq(o->type, "all");

	if (!all && streq(o->type, "image"))
		return masu_image_inspect(e, name, ret_json, err);
	if (!all && streq(o->type, "volume"))
		return cli_inspect_volume(e, name, NULL, ret_json, err);
	int r = inspect_container(e, name, o, ret_json, err);
	if (r != -ENOENT || !all)
		return r;
	err_done(err);
	r = masu_image_inspect(e, name, ret_json, err);
	if (r != -ENOENT)
		return r;
	err_done(err);
	r = cli_inspect_volume(e, name, NULL, ret_json, err);
	return r == -ENOENT ? err_set(err, ERR_NOT_FOUND, ENOENT,
				      "no container, image or volume '%s'", name)
			    : r;
}

static int inspect_run(const void *values, char **operands, struct masu_error *err)
{
	const struct inspect_options *o = values;
	const struct inspection i = {.fn = inspect_one, .arg = o, .format = o->format};
	_cleanup_masu_engine_ masu_engine *e = NULL;
	int r = check_type(o->type, err);

	if (r < 0)
		return r;
	r = format_check(o->format, false, err);
	if (r < 0)
		return r;
	r = cli_engine(&e, err);
	return r < 0 ? r : cli_inspect_each(e, operands, &i, err);
}

static const struct option_row inspect_options[] = {
	OPTION_ROW(OPTION_STRING, struct inspect_options, format, 'f', "format", "FORMAT",
		   "Print json or a template: masu-format(7)"),
	LATEST_ROW(struct inspect_options),
	OPTION_ROW(OPTION_FLAG, struct inspect_options, size, 's', "size", NULL,
		   "Print the sizes of the files of containers, too"),
	OPTION_ROW(OPTION_STRING, struct inspect_options, type, 0, "type", "TYPE",
		   "Search only for a container, image or volume"),
	{0},
};

const struct command command_inspect = {
	.name = "inspect",
	.operands = "CONTAINER|IMAGE|VOLUME...",
	.summary = "Show all properties of containers, images or volumes",
	.options = inspect_options,
	.values_size = sizeof(struct inspect_options),
	.min_operands = 1,
	.max_operands = OPERANDS_ANY,
	.latest = LATEST_ALL,
	.run = inspect_run,
};

/* The same for objects of one type. */

static void init_container(void *values)
{
	((struct inspect_options *)values)->type = "container";
}

static void init_image(void *values)
{
	((struct inspect_options *)values)->type = "image";
}

static const struct option_row container_options[] = {
	OPTION_ROW(OPTION_STRING, struct inspect_options, format, 'f', "format", "FORMAT",
		   "Print json or a template: masu-format(7)"),
	LATEST_ROW(struct inspect_options),
	OPTION_ROW(OPTION_FLAG, struct inspect_options, size, 's', "size", NULL,
		   "Print the sizes of their files, too"),
	{0},
};

static const struct option_row image_options[] = {
	OPTION_ROW(OPTION_STRING, struct inspect_options, format, 'f', "format", "FORMAT",
		   "Print json or a template: masu-format(7)"),
	{0},
};

const struct command command_inspect_container = {
	.name = "container inspect",
	.operands = "CONTAINER...",
	.summary = "Show all properties of containers",
	.options = container_options,
	.values_size = sizeof(struct inspect_options),
	.init = init_container,
	.min_operands = 1,
	.max_operands = OPERANDS_ANY,
	.latest = LATEST_ALL,
	.run = inspect_run,
};

const struct command command_inspect_image = {
	.name = "image inspect",
	.operands = "IMAGE...",
	.summary = "Show all properties of images",
	.options = image_options,
	.values_size = sizeof(struct inspect_options),
	.init = init_image,
	.min_operands = 1,
	.max_operands = OPERANDS_ANY,
	.run = inspect_run,
};
