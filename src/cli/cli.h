/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the commands of masu share. */

#include "base/err.h"
#include "cli/options.h"
#include "engine/engine.h"

extern const struct command command_container_exited;
extern const struct command command_create;
extern const struct command command_images;
extern const struct command command_info;
extern const struct command command_inspect;
extern const struct command command_kill;
extern const struct command command_logs;
extern const struct command command_ps;
extern const struct command command_pull;
extern const struct command command_rm;
extern const struct command command_rmi;
extern const struct command command_run;
extern const struct command command_start;
extern const struct command command_stop;
extern const struct command command_tag;
extern const struct command command_version;

/* An engine whose notices go to stderr, with what dead processes left cleaned up. */
int cli_engine(struct engine *ret, struct err *err);

/* The same for a command that only looks: nothing is swept. */
int cli_engine_reader(struct engine *ret, struct err *err);

/*
 * Calls `fn` for each operand, prints the errors as they come, and goes on. Prints each operand
 * that went well, unless `quiet`. Returns the exit status.
 */
int cli_each(struct engine *e, char *const *operands, bool quiet,
	     int (*fn)(struct engine *e, const char *operand, const void *arg, struct err *err),
	     const void *arg);

/* --format: "json", or NULL for the table. ERR_UNSUPPORTED for templates. */
int cli_check_format(const char *format, struct err *err);
