/* SPDX-License-Identifier: Apache-2.0 */

#include "base/strv.h"
#include "cli/cli.h"
#include "cli/env-args.h"
#include "cli/option-values.h"

struct exec_options {
	struct masu_exec_options exec;
	char **env, **env_files;
	bool latest;
};

static int read_env(const struct exec_options *o, char ***ret, struct masu_error *err)
{
	STRV_FOREACH(path, o->env_files) {
		int r = env_args_add_file(ret, *path, err);

		if (r < 0)
			return r;
	}
	STRV_FOREACH(arg, o->env) {
		int r = env_args_add(ret, *arg, err);

		if (r < 0)
			return err_prefix(err, "option '--env'");
	}
	return 0;
}

static int exec_run(const void *values, char **operands, struct masu_error *err)
{
	const struct exec_options *o = values;
	struct masu_exec_options options = o->exec;
	_cleanup_strv_ char **env = NULL;
	_cleanup_masu_engine_ masu_engine *e = NULL;
	_cleanup_masu_container_ masu_container *c = NULL;
	int status = 0;

	int r = read_env(o, &env, err);
	if (r < 0)
		return r;
	r = cli_container(operands[0], &e, &c, err);
	if (r < 0)
		return r;
	options.size = sizeof(options);
	options.env = env;
	options.command = operands + 1;
	r = masu_container_exec(c, &options, &status, err);
	return r < 0 ? r : status;
}

static const struct option_row exec_options[] = {
	OPTION_ROW(OPTION_FLAG, struct exec_options, exec.detach, 'd', "detach", NULL,
		   "Return when the command has been executed"),
	OPTION_ROW(OPTION_STRING, struct exec_options, exec.detach_keys, 0, "detach-keys", "KEYS",
		   "Leave the process by these keys (default: ctrl-p,ctrl-q)"),
	OPTION_ROW(OPTION_LIST, struct exec_options, env, 'e', "env", "NAME[=VALUE]",
		   "Set a variable, or pass on the caller's"),
	OPTION_ROW(OPTION_LIST, struct exec_options, env_files, 0, "env-file", "FILE",
		   "Read variables from a file"),
	OPTION_ROW(OPTION_FLAG, struct exec_options, exec.interactive, 'i', "interactive", NULL,
		   "Pass standard input"),
	LATEST_ROW(struct exec_options),
	OPTION_ROW_PARSE(option_descriptors, struct exec_options, exec.preserve_fds, 0,
			 "preserve-fds", "NUMBER", "Pass this number of descriptors from 3 on"),
	OPTION_ROW(OPTION_FLAG, struct exec_options, exec.privileged, 0, "privileged", NULL,
		   "Give the process all capabilities"),
	OPTION_ROW(OPTION_FLAG, struct exec_options, exec.tty, 't', "tty", NULL,
		   "Give the process a terminal"),
	OPTION_ROW(OPTION_STRING, struct exec_options, exec.user, 'u', "user", "USER[:GROUP]",
		   "Run as this user and group, names or numbers"),
	OPTION_ROW(OPTION_STRING, struct exec_options, exec.workdir, 'w', "workdir", "DIR",
		   "Run in this directory of the container"),
	{0},
};

const struct command command_exec = {
	.name = "exec",
	.operands = "CONTAINER COMMAND [ARG...]",
	.summary = "Run a command in a running container",
	.notes =
		"The exit status is the command's; 125 when masu fails, 126 when the command cannot\n"
		"be executed, 127 when it does not exist.",
	.options = exec_options,
	.values_size = sizeof(struct exec_options),
	.min_operands = 2,
	.max_operands = OPERANDS_ANY,
	.stop_at_operand = true,
	.is_exposed = true,
	.latest = LATEST_FIRST,
	.run = exec_run,
};
