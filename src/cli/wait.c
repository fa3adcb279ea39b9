/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/str.h"
#include "base/strv.h"
#include "cli/cli.h"

struct wait_options {
	unsigned int conditions; /* 0: MASU_WAIT_STOPPED */
	bool ignore, latest, first;
};

/* Conditions of podman that masu does not have. */
static int refuse(const char *value, struct masu_error *err)
{
	static const struct {
		const char *name, *way;
	} absent[] = {{"removing", "a removal is one step: wait for removed"},
		      {"stopping", "it lasts until the container has stopped: wait for stopped"}};

	for (size_t i = 0; i < ARRAY_SIZE(absent); i++)
		if (streq(absent[i].name, value)) {
			(void)err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
				      "no container has this state for masu");
			return err_hint(err, "%s", absent[i].way);
		}
	return err_set(
		err, ERR_INVALID, EINVAL,
		"must be one of configured, created, exited, healthy, initialized, paused, removed, "
		"running, stopped, unhealthy");
}

static int parse_condition(const char *value, void *field, struct masu_error *err)
{
	static const struct {
		const char *name;
		unsigned int condition;
	} known[] = {{"configured", MASU_WAIT_CREATED},	     {"created", MASU_WAIT_CREATED},
		     {"exited", MASU_WAIT_STOPPED},	     {"healthy", MASU_WAIT_HEALTHY},
		     {"initialized", MASU_WAIT_INITIALIZED}, {"paused", MASU_WAIT_PAUSED},
		     {"removed", MASU_WAIT_REMOVED},	     {"running", MASU_WAIT_RUNNING},
		     {"stopped", MASU_WAIT_STOPPED},	     {"unhealthy", MASU_WAIT_UNHEALTHY}};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		if (!streq(known[i].name, value))
			continue;
		*(unsigned int *)field |= known[i].condition;
		return 0;
	}
	return refuse(value, err);
}

static void print_code(int code)
{
	(void)printf("%d\n", code);
	(void)fflush(stdout); /* the next wait may last */
}

/* Is the error that the container does not exist an answer? */
static bool accepts_absence(const struct wait_options *o)
{
	return o->ignore || o->conditions & MASU_WAIT_REMOVED;
}

static int wait_one(masu_engine *e, const char *operand, const struct wait_options *o,
		    struct masu_error *err)
{
	_cleanup_masu_container_ masu_container *c = NULL;
	int code = -1, r = masu_container_find(e, operand, &c, err);

	if (r == 0)
		r = masu_container_wait(c, o->conditions, &code, err);
	else if (r == -ENOENT && accepts_absence(o))
		r = 0;
	if (r < 0)
		return r;
	print_code(code);
	return 0;
}

static int wait_each(masu_engine *e, char *const *operands, const struct wait_options *o)
{
	int status = 0;

	STRV_FOREACH(operand, operands) {
		_cleanup_err_ struct masu_error own = ERR_INIT;

		if (wait_one(e, *operand, o, &own) < 0)
			status = log_err(&own);
	}
	return status;
}

/* The waits of --return-on-first, one for each operand. */
struct waits {
	masu_wait **item;
	struct pollfd *polls;
	size_t n;
};

static void waits_done(struct waits *w)
{
	for (size_t i = 0; i < w->n; i++)
		masu_wait_free(w->item[i]);
	free(w->item);
	free(w->polls);
}

/* 1 if the operand's condition holds already, because the container does not exist. */
static int add_wait(struct waits *w, masu_engine *e, const char *operand,
		    const struct wait_options *o, struct masu_error *err)
{
	_cleanup_masu_container_ masu_container *c = NULL;
	int r = masu_container_find(e, operand, &c, err);

	if (r == -ENOENT && accepts_absence(o))
		return 1;
	if (r == 0)
		r = masu_wait_new(c, o->conditions, &w->item[w->n], err);
	if (r < 0)
		return r;
	w->polls[w->n].fd = masu_wait_fd(w->item[w->n]);
	w->polls[w->n].events = POLLIN;
	w->n++;
	return 0;
}

static int await_first(const struct waits *w, int *ret_code, struct masu_error *err)
{
	for (;;) {
		for (size_t i = 0; i < w->n; i++) {
			int r = masu_wait_step(w->item[i], ret_code, err);

			if (r != 0)
				return MIN(r, 0);
		}
		if (poll(w->polls, w->n, -1) < 0 && errno != EINTR)
			return err_sys(err, errno, "wait for the first container");
	}
}

static int wait_first(masu_engine *e, char *const *operands, const struct wait_options *o,
		      struct masu_error *err)
{
	size_t n = strv_length(operands);
	_cleanup_(waits_done) struct waits w = {.item = calloc(n, sizeof(masu_wait *)),
						.polls = calloc(n, sizeof(struct pollfd))};
	int code = -1, r = w.item && w.polls ? 0 : err_oom(err);

	for (size_t i = 0; r == 0 && i < n; i++)
		r = add_wait(&w, e, operands[i], o, err);
	if (r == 0)
		r = await_first(&w, &code, err);
	if (r < 0)
		return r;
	print_code(code);
	return 0;
}

static int wait_run(const void *values, char **operands, struct masu_error *err)
{
	const struct wait_options *o = values;
	_cleanup_masu_engine_ masu_engine *e = NULL;
	int r = cli_engine(&e, err);

	if (r < 0)
		return r;
	return o->first ? wait_first(e, operands, o, err) : wait_each(e, operands, o);
}

static const struct option_row wait_options[] = {
	OPTION_ROW_PARSE(
		parse_condition, struct wait_options, conditions, 0, "condition", "CONDITION",
		"Wait for created, running, paused, healthy, unhealthy, stopped (default) or removed"),
	OPTION_ROW(OPTION_FLAG, struct wait_options, ignore, 0, "ignore", NULL,
		   "Print -1 for a container that does not exist"),
	LATEST_ROW(struct wait_options),
	OPTION_ROW(OPTION_FLAG, struct wait_options, first, 0, "return-on-first", NULL,
		   "Return when the condition holds for one of the containers"),
	{0},
};

static const struct refused_option refused[] = {
	{"interval", "masu does not poll: the kernel reports each change", "omit the option"},
	{0},
};

const struct command command_wait = {
	.name = "wait",
	.operands = "CONTAINER...",
	.summary = "Wait for containers to exit, and print their exit codes",
	.options = wait_options,
	.refused = refused,
	.values_size = sizeof(struct wait_options),
	.min_operands = 1,
	.max_operands = OPERANDS_ANY,
	.latest = LATEST_ALL,
	.run = wait_run,
};
