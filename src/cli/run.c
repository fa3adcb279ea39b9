/* SPDX-License-Identifier: Apache-2.0 */

/* create, run and start. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/strv.h"
#include "cli/cli.h"
#include "cli/container-filter.h"
#include "cli/new-container.h"
#include "cli/option-values.h"
#include "cli/quadlet-text.h"
#include "cli/refused-options.h"

static int create_run(const void *values, char **operands, struct masu_error *err)
{
	_cleanup_masu_container_ masu_container *c = NULL;
	_cleanup_masu_engine_ masu_engine *e = NULL;
	int r = cli_engine(&e, err);

	if (r < 0)
		return r;
	r = new_container_create(e, values, operands, &c, err);
	if (r == 0)
		(void)puts(masu_container_id(c));
	return r;
}

const struct command command_create = {
	.name = "create",
	.operands = "IMAGE [COMMAND [ARG...]]",
	.summary = "Create a container without starting it",
	.notes = "IMAGE is as for 'run'. 'masu start' starts the container.",
	.more_options = container_option_rows,
	.refused = refused_container_options,
	.values_size = sizeof(struct container_options),
	.words_offset = offsetof(struct container_options, words),
	.init = container_options_init,
	.done = container_options_done,
	.min_operands = 1,
	.max_operands = OPERANDS_ANY,
	.stop_at_operand = true,
	.run = create_run,
};

static bool attaches(const struct container_options *o)
{
	return o->attach_stdin || o->attach_stdout || o->attach_stderr;
}

static int run_container(const struct container_options *o, masu_container *c,
			 struct masu_error *err)
{
	bool some = attaches(o);
	const struct masu_run_options options = {.size = sizeof(options),
						 .interactive = o->attach_stdin,
						 .keep_signals = !o->sig_proxy,
						 .no_stdout = some && !o->attach_stdout,
						 .no_stderr = some && !o->attach_stderr,
						 .preserve_fds = o->preserve_fds};
	int status, r;

	if (!o->detach) {
		r = masu_container_run(c, &options, &status, err);
		return r < 0 ? r : status;
	}
	r = masu_container_start(c, err);
	if (r == 0)
		(void)puts(masu_container_id(c));
	return r;
}

/* Before an image is pulled; masu_container_run() refuses a restart, too. */
static int check_detach(const struct container_options *o, struct masu_error *err)
{
	if (o->detach && (attaches(o) || o->rmi || o->preserve_fds))
		return err_set(err, ERR_INVALID, EINVAL, "--detach excludes %s",
			       attaches(o) ? "--attach"
			       : o->rmi	   ? "--rmi"
					   : "--preserve-fds");
	if (o->detach)
		return 0;
	for (size_t i = 0; i < o->ports.n; i++)
		if (o->ports.item[i]->on_demand_s)
			return err_set(err, ERR_INVALID, EINVAL, "a port on demand needs --detach");
	if (o->create.restart <= MASU_RESTART_NO)
		return 0;
	(void)err_set(err, ERR_INVALID, EINVAL, "--restart needs --detach");
	return err_hint(err,
			"run it with -d, and see its output by 'masu logs -f' or 'masu attach'");
}

/* An image that other containers use stays, and the exit status is that of the container. */
static void remove_image(masu_engine *e, const char *image)
{
	_cleanup_err_ struct masu_error err = ERR_INIT;
	int r = masu_image_remove(e, image, NULL, NULL, NULL, &err);

	if (r == 0)
		r = masu_image_collect(e, &err);
	if (r < 0 && masu_error_get_kind(&err) != MASU_ERROR_CONFLICT)
		(void)log_err(&err);
}

/* systemd does the restarts of a service, so --restart does not need --detach here. */
static int print_quadlet(const struct container_options *o, struct masu_error *err)
{
	_cleanup_free_ char *text = NULL;
	int r = quadlet_text(&command_run, o->words + 1, NULL, &text, err);

	if (r == 0)
		(void)fputs(text, stdout);
	return r;
}

static int run_run(const void *values, char **operands, struct masu_error *err)
{
	const struct container_options *o = values;
	_cleanup_masu_container_ masu_container *c = NULL;
	_cleanup_masu_engine_ masu_engine *e = NULL;
	int r;

	if (o->quadlet)
		return print_quadlet(o, err);
	r = check_detach(values, err);
	if (r == 0)
		r = cli_engine(&e, err);
	if (r == 0)
		r = new_container_create(e, values, operands, &c, err);
	if (r < 0)
		return r;
	r = run_container(values, c, err);
	if (r >= 0 && o->rmi)
		remove_image(e, masu_container_image(c));
	/* It never ran, so there is nothing to look at, and its name is free for the next try. */
	if (r < 0)
		new_container_discard(values, c);
	return r;
}

/* The streams that the caller names; the others are not connected. */
static int add_stream(const char *text, void *values, struct masu_error *err)
{
	struct container_options *o = values;

	o->attach_stdin |= strcasecmp(text, "stdin") == 0;
	o->attach_stdout |= strcasecmp(text, "stdout") == 0;
	o->attach_stderr |= strcasecmp(text, "stderr") == 0;
	if (strcasecmp(text, "stdin") != 0 && strcasecmp(text, "stdout") != 0 &&
	    strcasecmp(text, "stderr") != 0)
		return err_set(err, ERR_INVALID, EINVAL, "must be one of stdin, stdout, stderr");
	return 0;
}

static const struct option_row run_options[] = {
	{"attach", 'a', OPTION_PARSE, 0, "STREAM", "Connect only stdin, stdout or stderr",
	 add_stream},
	OPTION_ROW(OPTION_FLAG, struct container_options, detach, 'd', "detach", NULL,
		   "Run in the background and print the id"),
	OPTION_ROW_PARSE(option_descriptors, struct container_options, preserve_fds, 0,
			 "preserve-fds", "NUMBER", "Pass this number of descriptors from 3 on"),
	OPTION_ROW(OPTION_FLAG, struct container_options, quadlet, 0, "quadlet", NULL,
		   "Print a quadlet file for systemd in place of running anything"),
	OPTION_ROW(OPTION_FLAG, struct container_options, rmi, 0, "rmi", NULL,
		   "Remove the container when it exits, and its image unless others use it"),
	OPTION_ROW(OPTION_FLAG, struct container_options, sig_proxy, 0, "sig-proxy", NULL,
		   "Forward signals to the container (default); --sig-proxy=false does not"),
	{0},
};

const struct command command_run = {
	.name = "run",
	.operands = "IMAGE [COMMAND [ARG...]]",
	.summary = "Create a container from an image and start it",
	.notes =
		"IMAGE is [REGISTRY/]NAME[:TAG][@DIGEST], oci:DIR, oci-archive:FILE,\n"
		"docker-archive:FILE or rootfs:DIR.\n\n"
		"The exit status is the container's; 125 when masu fails, 126 when the command can't\n"
		"be executed, 127 when it doesn't exist.",
	.options = run_options,
	.more_options = container_option_rows,
	.refused = refused_container_options,
	.values_size = sizeof(struct container_options),
	.words_offset = offsetof(struct container_options, words),
	.init = container_options_init,
	.done = container_options_done,
	.min_operands = 1,
	.max_operands = OPERANDS_ANY,
	.stop_at_operand = true,
	.is_exposed = true,
	.run = run_run,
};

struct start_options {
	bool all, attach, interactive, now, sig_proxy, filtered, latest;
	struct masu_list_options filter;
};

static void start_init(void *values)
{
	struct start_options *o = values;

	o->sig_proxy = true;
	o->filter.size = sizeof(o->filter);
}

static void start_done(void *values)
{
	container_filter_done(&((struct start_options *)values)->filter);
}

static int add_start_filter(const char *text, void *values, struct masu_error *err)
{
	struct start_options *o = values;

	o->filtered = true;
	return filter_add(container_filters, text, &o->filter, err);
}

static int start_detached(masu_container *c, const void *arg, struct masu_error *err)
{
	return masu_container_start(c, err);
}

static int start_now(masu_container *c, const void *arg, struct masu_error *err)
{
	return masu_container_start_now(c, err);
}

static int start_attached(const struct start_options *o, const char *operand,
			  struct masu_error *err)
{
	const struct masu_run_options options = {.size = sizeof(options),
						 .interactive = o->interactive,
						 .keep_signals = !o->sig_proxy};
	_cleanup_masu_container_ masu_container *c = NULL;
	_cleanup_masu_engine_ masu_engine *e = NULL;
	int status = 0;
	int r = cli_engine(&e, err);

	if (r < 0)
		return r;
	r = masu_container_find(e, operand, &c, err);
	if (r < 0)
		return r;
	r = masu_container_run(c, &options, &status, err);
	return r < 0 ? r : status;
}

/* Called by masu_container_start_all(). */
static void report_start(void *userdata, masu_container *c, const struct masu_error *err)
{
	int *status = userdata;

	if (err)
		*status = log_err(err);
	else
		(void)puts(masu_container_name(c));
	(void)fflush(stdout); /* in the order of the errors */
}

static int start_all(const struct start_options *o, struct masu_error *err)
{
	_cleanup_masu_engine_ masu_engine *e = NULL;
	int status = 0;
	int r = cli_engine(&e, err);

	if (r == 0)
		r = masu_container_start_all(e, &o->filter, report_start, &status, err);
	return r < 0 ? r : status;
}

static int start_run(const void *values, char **operands, struct masu_error *err)
{
	const struct start_options *o = values;

	if (o->all == (*operands != NULL))
		return err_set(err, ERR_INVALID, EINVAL,
			       "missing argument: CONTAINER, or --all alone");
	if (o->filtered && !o->all)
		return err_set(err, ERR_INVALID, EINVAL, "--filter needs --all");
	if (o->all && (o->attach || o->interactive))
		return err_set(err, ERR_INVALID, EINVAL,
			       "--all starts containers in the background, without --attach");
	if (o->now && (o->all || o->attach || o->interactive))
		return err_set(err, ERR_INVALID, EINVAL,
			       "--now excludes --all, --attach and --interactive");
	if (o->all)
		return start_all(o, err);
	if (!o->attach && !o->interactive)
		return cli_each_container(operands, false, o->now ? start_now : start_detached,
					  NULL, err);
	if (strv_length(operands) > 1)
		return err_set(err, ERR_INVALID, EINVAL,
			       "only one container can be started with --attach");
	return start_attached(o, operands[0], err);
}

static const struct option_row start_options[] = {
	OPTION_ROW(OPTION_FLAG, struct start_options, all, 0, "all", NULL,
		   "Start all containers that do not run"),
	OPTION_ROW(OPTION_FLAG, struct start_options, attach, 'a', "attach", NULL,
		   "Run it in the foreground, as 'run' without -d does"),
	{"filter", 'f', OPTION_PARSE, 0, "KEY=VALUE",
	 "Start only containers for which this holds; with --all", add_start_filter},
	OPTION_ROW(OPTION_FLAG, struct start_options, interactive, 'i', "interactive", NULL,
		   "Attach, and pass standard input to it"),
	LATEST_ROW(struct start_options),
	OPTION_ROW(OPTION_FLAG, struct start_options, now, 0, "now", NULL,
		   "Start the process of one with ports on demand, too"),
	OPTION_ROW(OPTION_FLAG, struct start_options, sig_proxy, 0, "sig-proxy", NULL,
		   "Forward signals to the container (default); --sig-proxy=false does not"),
	{0},
};

const struct command command_start = {
	.name = "start",
	.operands = "[CONTAINER...]",
	.summary = "Start containers that are created or exited",
	.options = start_options,
	.values_size = sizeof(struct start_options),
	.init = start_init,
	.done = start_done,
	.max_operands = OPERANDS_ANY,
	.is_exposed = true,
	.latest = LATEST_ALL,
	.run = start_run,
};
