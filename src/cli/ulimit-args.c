/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/ulimit-args.h"

#include "base/array.h"
#include "base/str.h"
#include "base/ulimit.h"

/* A limit with the text that it points to. */
struct ulimit_arg {
	struct masu_ulimit limit; /* first, so that it is freed by its own address */
	char *name;
};

static void ulimit_arg_free(struct ulimit_arg *u)
{
	if (u)
		free(u->name);
	free(u);
}

DEFINE_FREEP(ulimit_arg)

void ulimit_args_done(struct ulimit_args *args)
{
	for (size_t i = 0; i < args->n; i++)
		ulimit_arg_free((struct ulimit_arg *)args->item[i]);
	free(args->item);
	*args = (struct ulimit_args){0};
}

static int add(struct ulimit_args *args, const char *text, struct masu_error *err)
{
	_cleanup_(ulimit_arg_freep) struct ulimit_arg *u = calloc(1, sizeof(*u));

	if (!u)
		return err_oom(err);
	int r = ulimit_parse(text, &u->name, &u->limit.soft, &u->limit.hard, err);
	if (r < 0)
		return r;
	u->limit.size = sizeof(u->limit);
	u->limit.name = u->name;
	if (array_push(&args->item, &args->n, &u->limit) < 0)
		return err_oom(err);
	TAKE_PTR(u);
	return 0;
}

int ulimit_args_add(const char *text, void *field, struct masu_error *err)
{
	struct ulimit_args *args = field;

	if (!streq(text, "host"))
		return add(args, text, err);
	args->host = true;
	return 0;
}
