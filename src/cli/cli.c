/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/json-build.h"
#include "base/json.h"
#include "base/log.h"
#include "base/str.h"
#include "base/strv.h"
#include "cli/format.h"
#include "cli/print.h"

void cli_print_notice(void *userdata, const char *text, bool repeated)
{
	if (!repeated)
		log_notice("%s", text);
}

int cli_engine_reader(masu_engine **ret, struct masu_error *err)
{
	static const struct masu_engine_options options = {
		.size = sizeof(options), .notice = cli_print_notice, .no_sweep = true};

	return masu_engine_open(&options, ret, err);
}

int cli_engine(masu_engine **ret, struct masu_error *err)
{
	static const struct masu_engine_options options = {.size = sizeof(options),
							   .notice = cli_print_notice};

	return masu_engine_open(&options, ret, err);
}

int cli_container(const char *name, masu_engine **ret_engine, masu_container **ret,
		  struct masu_error *err)
{
	int r = cli_engine_reader(ret_engine, err);

	return r < 0 ? r : masu_container_find(*ret_engine, name, ret, err);
}

int cli_each(masu_engine *e, char *const *operands, bool quiet,
	     int (*fn)(masu_engine *e, const char *operand, const void *arg,
		       struct masu_error *err),
	     const void *arg)
{
	int status = 0;

	for (; *operands; operands++) {
		_cleanup_err_ struct masu_error err = ERR_INIT;

		if (fn(e, *operands, arg, &err) < 0)
			status = log_err(&err);
		else if (!quiet)
			(void)puts(*operands);
	}
	return status;
}

struct each {
	bool ignore;
	int (*fn)(masu_container *c, const void *arg, struct masu_error *err);
	const void *arg;
};

static int find_and_call(masu_engine *e, const char *operand, const void *arg,
			 struct masu_error *err)
{
	_cleanup_masu_container_ masu_container *c = NULL;
	const struct each *each = arg;
	int r = masu_container_find(e, operand, &c, err);

	if (r == -ENOENT && each->ignore)
		return 0;
	return r < 0 ? r : each->fn(c, each->arg, err);
}

int cli_each_container(char *const *operands, bool ignore,
		       int (*fn)(masu_container *c, const void *arg, struct masu_error *err),
		       const void *arg, struct masu_error *err)
{
	_cleanup_masu_engine_ masu_engine *e = NULL;
	int r = cli_engine(&e, err);

	return r < 0 ? r
		     : cli_each(e, operands, false, find_and_call, &(struct each){ignore, fn, arg});
}

int cli_each_listed(const struct masu_list_options *options,
		    bool (*wanted)(const masu_container *c),
		    int (*fn)(masu_container *c, const void *arg, struct masu_error *err),
		    const void *arg, struct masu_error *err)
{
	_cleanup_masu_engine_ masu_engine *e = NULL;
	_cleanup_(masu_container_list_freep) masu_container_list *list = NULL;
	masu_container *c;
	int status = 0, r = cli_engine(&e, err);

	if (r == 0)
		r = masu_container_list_read(e, options, &list, err);
	if (r < 0)
		return r;
	for (size_t i = 0; (c = masu_container_list_get(list, i)); i++) {
		_cleanup_err_ struct masu_error own = ERR_INIT;

		if (wanted && !wanted(c))
			continue;
		if (fn(c, arg, &own) < 0)
			status = log_err(&own);
		else
			(void)puts(masu_container_name(c));
	}
	return status;
}

/* One document, parsed. */
static int inspect_one(masu_engine *e, const char *operand, const struct inspection *i,
		       struct json_object **ret, struct masu_error *err)
{
	_cleanup_free_ char *text = NULL;
	int r = i->fn(e, operand, i->arg, &text, err);

	return r < 0 ? r : json_parse(text, strlen(text), operand, ret, err);
}

int cli_check_all(bool all, char *const *operands, const char *word, struct masu_error *err)
{
	if (all && operands[0])
		return err_set(err, ERR_INVALID, EINVAL, "--all takes no names");
	if (!all && !operands[0])
		return err_set(err, ERR_INVALID, EINVAL, "missing argument: %s, or --all", word);
	return 0;
}

int cli_inspect_each(masu_engine *e, char *const *operands, const struct inspection *i,
		     struct masu_error *err)
{
	_cleanup_json_ struct json_object *list = json_object_new_array();
	bool template = i->format && !format_is_json(i->format);
	struct json_build b = {0};
	int status = 0;

	STRV_FOREACH(operand, operands) {
		_cleanup_err_ struct masu_error own = ERR_INIT;
		_cleanup_json_ struct json_object *doc = NULL;
		int r = inspect_one(e, *operand, i, &doc, &own);

		if (r == 0 && template)
			r = format_print(i->format, doc, &own);
		if (r < 0)
			status = log_err(&own);
		else if (!template)
			build_put(&b, list, NULL, json_object_get(doc));
	}
	int r = template ? 0 : print_json(b.failed ? NULL : list, true, err);
	return r < 0 ? r : status;
}
