/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>

#include "base/log.h"
#include "base/str.h"
#include "cli/cli.h"

struct wait_options {
	unsigned int conditions; /* 0: MASU_WAIT_STOPPED */
	bool ignore;
};

static int parse_condition(const char *value, void *field, struct masu_error *err)
{
	static const struct {
		const char *name;
		unsigned int condition;
	} known[] = {{"created", MASU_WAIT_CREATED},	{"exited", MASU_WAIT_STOPPED},
		     {"healthy", MASU_WAIT_HEALTHY},	{"removed", MASU_WAIT_REMOVED},
		     {"running", MASU_WAIT_RUNNING},	{"stopped", MASU_WAIT_STOPPED},
		     {"unhealthy", MASU_WAIT_UNHEALTHY}};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		if (!streq(known[i].name, value))
			continue;
		*(unsigned int *)field |= known[i].condition;
		return 0;
	}
	return err_set(
		err, ERR_INVALID, EINVAL,
		"must be one of created, exited, healthy, removed, running, stopped, unhealthy");
}

static int wait_one(masu_engine *e, const char *operand, const struct wait_options *o,
		    struct masu_error *err)
{
	_cleanup_masu_container_ masu_container *c = NULL;
	int code = -1, r = masu_container_find(e, operand, &c, err);

	if (r == 0)
		r = masu_container_wait(c, o->conditions, &code, err);
	else if (r == -ENOENT && (o->ignore || o->conditions & MASU_WAIT_REMOVED))
		r = 0;
	if (r < 0)
		return r;
	(void)printf("%d\n", code);
	(void)fflush(stdout); /* the next wait may last */
	return 0;
}

static int wait_run(const void *values, char **operands, struct masu_error *err)
{
	_cleanup_masu_engine_ masu_engine *e = NULL;
	int status = 0, r = cli_engine(&e, err);

	if (r < 0)
		return r;
	for (; *operands; operands++) {
		_cleanup_err_ struct masu_error own = ERR_INIT;

		if (wait_one(e, *operands, values, &own) < 0)
			status = log_err(&own);
	}
	return status;
}

static const struct option_row wait_options[] = {
	OPTION_ROW_PARSE(
		parse_condition, struct wait_options, conditions, 0, "condition", "CONDITION",
		"Wait for created, running, healthy, unhealthy, stopped (default) or removed"),
	OPTION_ROW(OPTION_FLAG, struct wait_options, ignore, 0, "ignore", NULL,
		   "Print -1 for a container that does not exist"),
	{0},
};

const struct command command_wait = {
	.name = "wait",
	.operands = "CONTAINER...",
	.summary = "Wait for containers to exit, and print their exit codes",
	.options = wait_options,
	.values_size = sizeof(struct wait_options),
	.min_operands = 1,
	.max_operands = OPERANDS_ANY,
	.run = wait_run,
};
