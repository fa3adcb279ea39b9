/* SPDX-License-Identifier: Apache-2.0 */

/*
 * masu-oci: the OCI runtime's command line, compatible with runc's and crun's, for engines to call.
 * Failures exit with 1, and are also lines of the --log, since that is where engines look.
 */

#include <errno.h>
#include <signal.h>
#include <stdio.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/signals.h"
#include "base/str.h"
#include "linux/self.h"
#include "oci-cli/oci-cli.h"
#include "oci/spec.h"

#define PROGRAM	      "masu-oci"
#define STATUS_FAILED 1

static const struct command *const commands[] = {
	&oci_command_create,	 &oci_command_start,   &oci_command_state,  &oci_command_kill,
	&oci_command_delete,	 &oci_command_run,     &oci_command_exec,   &oci_command_list,
	&oci_command_spec,	 &oci_command_pause,   &oci_command_resume, &oci_command_ps,
	&oci_command_checkpoint, &oci_command_restore, &oci_command_events, &oci_command_update,
	&oci_command_features,	 &oci_command_info,
};

static const struct command top = {
	.name = "",
	.operands = "COMMAND",
	.summary = "OCI runtime: makes and runs containers from bundles",
	.options = oci_global_rows,
	.values_size = sizeof(struct oci_globals),
	.max_operands = OPERANDS_ANY,
	.stop_at_operand = true,
};

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (streq(commands[i]->name, name))
			return commands[i];
	return NULL;
}

static void print_help(void)
{
	options_help(stdout, PROGRAM, &top);
	(void)printf("\nCommands:\n");
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		(void)printf("  %-10s %s\n", commands[i]->name, commands[i]->summary);
}

static int fail(const struct masu_error *err)
{
	int status = log_err(err);

	return err->kind == ERR_SIGNAL ? status : STATUS_FAILED;
}

static int show_version(void)
{
	(void)printf("%s version %s\nspec: %s\n", PROGRAM, MASU_VERSION, OCI_VERSION);
	return 0;
}

static int run_command(const struct command *c, const struct oci_globals *g, char **argv,
		       struct masu_error *err)
{
	_cleanup_free_ char **operands = NULL;
	struct oci_options options = {.globals = g};

	if (argv[0] && streq(argv[0], "--version"))
		return show_version();
	int r = options_parse(c, argv, &options, &operands, err);
	if (r == OPTIONS_HELP)
		options_help(stdout, PROGRAM, c);
	r = r == OPTIONS_OK && operands ? c->run(&options, operands, err) : MIN(r, 0);
	options_done(c, &options);
	return r;
}

static int unknown_command(const char *name, struct masu_error *err)
{
	(void)err_set(err, ERR_INVALID, EINVAL, "unknown command '%s'", name);
	return err_hint(err, "see '%s --help'", PROGRAM);
}

static int help(const char *name, struct masu_error *err)
{
	const struct command *c = name ? find_command(name) : NULL;

	if (name && !c)
		return unknown_command(name, err);
	if (c)
		options_help(stdout, PROGRAM, c);
	else
		print_help();
	return 0;
}

static int run(char **argv, struct masu_error *err)
{
	_cleanup_free_ char **operands = NULL;
	struct oci_globals globals = {.manager = CGROUP_MANAGER_CGROUPFS};
	int r = options_parse(&top, argv + 1, &globals, &operands, err);

	if (r < 0)
		return r;
	if (globals.version)
		return show_version();
	if (r == OPTIONS_HELP || !operands || !operands[0])
		return help(NULL, err);
	if (streq(operands[0], "help"))
		return help(operands[1], err);
	const struct command *c = find_command(operands[0]);
	if (!c)
		return unknown_command(operands[0], err);
	if (c->is_exposed)
		r = self_protect(argv, err);
	if (r == 0)
		r = oci_globals_apply(&globals, err);
	return r < 0 ? r : run_command(c, &globals, operands + 1, err);
}

int main(int argc, char **argv)
{
	static char *const none[] = {(char *)PROGRAM, NULL};
	_cleanup_err_ struct masu_error err = ERR_INIT;

	log_init(PROGRAM);
	self_keep();
	(void)signal(SIGCHLD, SIG_DFL); /* ignored, it would lose exit statuses */
	signal_survive_file_limit();
	fd_open_standard();
	(void)unsetenv(
		"MASU_PROGRAM_DIR"); /* set for `masu` by linux/self.c; hooks would inherit it */
	int r = run(argc > 0 ? argv : (char **)none, &err);
	if (r >= 0 && fflush(stdout) == EOF)
		r = err_sys(&err, errno, "write to standard output");
	return r < 0 ? fail(&err) : r;
}
