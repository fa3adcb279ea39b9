/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/str.h"
#include "base/strv.h"
#include "cli/cli.h"

struct rmi_options {
	bool force;
};

struct rmi {
	const struct rmi_options *options;
	char *const *operands;
};

/* How often an operand is given from its own place on. */
static size_t count(char *const *operands, const char *what)
{
	bool reached = false;
	size_t n = 0;

	STRV_FOREACH(operand, operands) {
		reached |= *operand == what;
		n += reached && streq(*operand, what);
	}
	return n;
}

static int rmi_one(masu_engine *e, const char *what, const void *arg, struct masu_error *err)
{
	const struct rmi *rmi = arg;
	const struct masu_image_remove_options options = {.size = sizeof(options),
							  .force = rmi->options->force,
							  .times = count(rmi->operands, what)};
	_cleanup_free_ char *name = NULL, *id = NULL;
	int r = masu_image_remove(e, what, &options, &name, &id, err);

	if (name)
		(void)printf("Untagged: %s\n", name);
	if (id)
		(void)printf("Deleted: %s\n", id);
	return r;
}

static int rmi_run(const void *values, char **operands, struct masu_error *err)
{
	_cleanup_masu_engine_ masu_engine *e = NULL;
	int r = cli_engine(&e, err);

	if (r < 0)
		return r;
	int status = cli_each(e, operands, true, rmi_one, &(struct rmi){values, operands});
	r = masu_image_prune(e, err);
	return r < 0 ? r : status;
}

static const struct option_row rmi_options[] = {
	OPTION_ROW(OPTION_FLAG, struct rmi_options, force, 'f', "force", NULL,
		   "although containers use it or it has several names"),
	{0},
};

const struct command command_rmi = {
	.name = "rmi",
	.operands = "IMAGE...",
	.summary = "Remove images",
	.options = rmi_options,
	.values_size = sizeof(struct rmi_options),
	.min_operands = 1,
	.max_operands = OPERANDS_ANY,
	.run = rmi_run,
};
