/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/str.h"
#include "cli/cli.h"
#include "cli/format.h"

struct inspect_options {
	const char *type, *format;
};

static int check_type(const char *type, struct masu_error *err)
{
	if (!type || streq(type, "container") || streq(type, "image") || streq(type, "all"))
		return 0;
	return err_set(err, ERR_INVALID, EINVAL, "--type '%s' is neither container nor image",
		       type);
}

static int inspect_container(masu_engine *e, const char *name, char **ret_json,
			     struct masu_error *err)
{
	_cleanup_masu_container_ masu_container *c = NULL;
	int r = masu_container_find(e, name, &c, err);

	return r < 0 ? r : masu_container_inspect(c, ret_json, err);
}

/* Looks for a container first, then for an image. `type` may allow only one of them. */
static int inspect_one(masu_engine *e, const char *name, const void *type, char **ret_json,
		       struct masu_error *err)
{
	bool image = type && streq(type, "image"), container = type && streq(type, "container");
	int r = image ? -ENOENT : inspect_container(e, name, ret_json, err);

	if (r != -ENOENT || container)
		return r;
	err_done(err);
	r = masu_image_inspect(e, name, ret_json, err);
	if (r == -ENOENT && !image)
		return err_set(err, ERR_NOT_FOUND, ENOENT, "no container or image '%s'", name);
	return r;
}

static int inspect_run(const void *values, char **operands, struct masu_error *err)
{
	const struct inspect_options *o = values;
	const struct inspection i = {.fn = inspect_one, .arg = o->type, .format = o->format};
	_cleanup_masu_engine_ masu_engine *e = NULL;
	int r = check_type(o->type, err);

	if (r == 0)
		r = format_check(o->format, false, err);
	if (r == 0)
		r = cli_engine(&e, err);
	return r < 0 ? r : cli_inspect_each(e, operands, &i, err);
}

static const struct option_row inspect_options[] = {
	OPTION_ROW(OPTION_STRING, struct inspect_options, format, 'f', "format", "FORMAT",
		   "json or a template: masu-format(7)"),
	OPTION_ROW(OPTION_STRING, struct inspect_options, type, 0, "type", "TYPE",
		   "container or image"),
	{0},
};

const struct command command_inspect = {
	.name = "inspect",
	.operands = "CONTAINER|IMAGE...",
	.summary = "Show all properties of containers or images",
	.options = inspect_options,
	.values_size = sizeof(struct inspect_options),
	.min_operands = 1,
	.max_operands = OPERANDS_ANY,
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

static const struct option_row typed_options[] = {
	OPTION_ROW(OPTION_STRING, struct inspect_options, format, 'f', "format", "FORMAT",
		   "json or a template: masu-format(7)"),
	{0},
};

const struct command command_inspect_container = {
	.name = "container inspect",
	.operands = "CONTAINER...",
	.summary = "Show all properties of containers",
	.options = typed_options,
	.values_size = sizeof(struct inspect_options),
	.init = init_container,
	.min_operands = 1,
	.max_operands = OPERANDS_ANY,
	.run = inspect_run,
};

const struct command command_inspect_image = {
	.name = "image inspect",
	.operands = "IMAGE...",
	.summary = "Show all properties of images",
	.options = typed_options,
	.values_size = sizeof(struct inspect_options),
	.init = init_image,
	.min_operands = 1,
	.max_operands = OPERANDS_ANY,
	.run = inspect_run,
};
