/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "base/json-build.h"
#include "base/json.h"
#include "base/log.h"
#include "base/str.h"
#include "cli/cli.h"
#include "cli/print.h"

struct inspect_options {
	const char *type, *format;
};

static int check_type(const char *type, struct err *err)
{
	if (!type || streq(type, "container") || streq(type, "image") || streq(type, "all"))
		return 0;
	return err_set(err, ERR_INVALID, EINVAL, "--type '%s' is neither container nor image",
		       type);
}

static int inspect_container(masu_engine *e, const char *name, struct json_object **ret,
			     struct err *err)
{
	_cleanup_masu_container_ masu_container *c = NULL;
	_cleanup_free_ char *text = NULL;
	int r = masu_container_find(e, name, &c, err);

	if (r == 0)
		r = masu_container_inspect(c, &text, err);
	return r < 0 || !text ? r : json_parse(text, strlen(text), name, ret, err);
}

static int inspect_image(masu_engine *e, const char *name, struct json_object **ret,
			 struct err *err)
{
	_cleanup_free_ char *text = NULL;
	int r = masu_image_inspect(e, name, &text, err);

	return r < 0 || !text ? r : json_parse(text, strlen(text), name, ret, err);
}

/* A container first, an image if there is no such container. */
static int inspect_one(masu_engine *e, const char *type, const char *name, struct json_object **ret,
		       struct err *err)
{
	bool image = type && streq(type, "image"), container = type && streq(type, "container");
	int r = image ? -ENOENT : inspect_container(e, name, ret, err);

	if (r != -ENOENT || container)
		return r;
	err_done(err);
	r = inspect_image(e, name, ret, err);
	if (r == -ENOENT && !image)
		return err_set(err, ERR_NOT_FOUND, ENOENT, "no container or image '%s'", name);
	return r;
}

static int inspect_run(const void *values, char **operands, struct err *err)
{
	const struct inspect_options *o = values;
	_cleanup_json_ struct json_object *list = json_object_new_array();
	_cleanup_masu_engine_ masu_engine *e = NULL;
	struct json_build b = {0};
	int status = 0;
	int r = check_type(o->type, err);

	if (r == 0)
		r = cli_check_format(o->format, err);
	if (r == 0)
		r = cli_engine(&e, err);
	if (r < 0)
		return r;
	for (; *operands; operands++) {
		_cleanup_err_ struct err own = ERR_INIT;
		struct json_object *doc = NULL;

		if (inspect_one(e, o->type, *operands, &doc, &own) < 0)
			status = log_err(&own);
		else
			build_put(&b, list, NULL, doc);
	}
	r = print_json(b.failed ? NULL : list, true, err);
	return r < 0 ? r : status;
}

static const struct option_row inspect_options[] = {
	OPTION_ROW(OPTION_STRING, struct inspect_options, format, 'f', "format", "json",
		   "print JSON (always so)"),
	OPTION_ROW(OPTION_STRING, struct inspect_options, type, 0, "type", "TYPE",
		   "container or image"),
	{0},
};

const struct command command_inspect = {
	.name = "inspect",
	.operands = "CONTAINER|IMAGE...",
	.summary = "Show all about containers or images, as JSON",
	.options = inspect_options,
	.values_size = sizeof(struct inspect_options),
	.min_operands = 1,
	.max_operands = OPERANDS_ANY,
	.run = inspect_run,
};
