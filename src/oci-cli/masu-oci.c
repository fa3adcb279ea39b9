/* SPDX-License-Identifier: Apache-2.0 */

/*
 * masu-oci: the OCI runtime's command line, compatible with runc's and crun's, for engines to call.
 * Failures exit with 1, and are also lines of the --log, since that is where engines look.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/str.h"
#include "linux/self.h"
#include "oci-cli/oci-cli.h"
#include "oci/spec.h"

#define PROGRAM	      "masu-oci"
#define STATUS_FAILED 1

static const struct command *const commands[] = {
	&oci_command_create, &oci_command_start,  &oci_command_state,
	&oci_command_kill,   &oci_command_delete, &oci_command_run,
	&oci_command_exec,   &oci_command_list,	  &oci_command_spec,
};

#define GLOBAL(kind, field, letter, name, value, help) \
	OPTION_ROW(kind, struct oci_globals, field, letter, name, value, help)

static const struct option_row global_rows[] = {
	GLOBAL(OPTION_STRING, cgroup_manager, 0, "cgroup-manager", "NAME",
	       "cgroupfs (default), systemd or disabled"),
	GLOBAL(OPTION_FLAG, debug, 0, "debug", NULL, "say more"),
	GLOBAL(OPTION_STRING, log, 0, "log", "FILE", "write messages there, too"),
	GLOBAL(OPTION_STRING, log_format, 0, "log-format", "FORMAT", "text (default) or json"),
	GLOBAL(OPTION_STRING, root, 0, "root", "DIR", "where the states of containers are"),
	GLOBAL(OPTION_STRING, rootless, 0, "rootless", "BOOL", NULL),
	GLOBAL(OPTION_FLAG, systemd_cgroup, 0, "systemd-cgroup", NULL,
	       "the same as --cgroup-manager systemd"),
	GLOBAL(OPTION_FLAG, version, 'v', "version", NULL, "show the version"),
	{0},
};

static const struct command top = {
	.name = "",
	.operands = "COMMAND",
	.summary = "OCI runtime: makes and runs containers from bundles",
	.options = global_rows,
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
		(void)printf("  %-8s %s\n", commands[i]->name, commands[i]->summary);
}

static int fail(const struct err *err)
{
	(void)log_err(err);
	return STATUS_FAILED;
}

static int set_log(const struct oci_globals *g, struct err *err)
{
	bool json = g->log_format && streq(g->log_format, "json");

	if (g->debug)
		log_set_level(LOG_DEBUG);
	if (g->log_format && !json && !streq(g->log_format, "text"))
		return err_set(err, ERR_INVALID, EINVAL,
			       "--log-format '%s' is neither text nor json", g->log_format);
	if (!g->log || !*g->log)
		return 0;
	int fd = open(g->log, O_WRONLY | O_CREAT | O_APPEND | O_NOCTTY | O_CLOEXEC, 0644);
	if (fd < 0)
		return err_sys(err, errno, "open the log '%s'", g->log);
	log_set_file(fd, json);
	return 0;
}

static int run_command(const struct oci_globals *g, char **argv, struct err *err)
{
	const struct command *c = find_command(argv[0]);
	_cleanup_free_ char **operands = NULL;
	struct oci_options options = {.globals = g};

	if (!c) {
		(void)err_set(err, ERR_INVALID, EINVAL, "unknown command '%s'", argv[0]);
		return err_hint(err, "see '%s --help'", PROGRAM);
	}
	int r = options_parse(c, argv + 1, &options, &operands, err);
	if (r == OPTIONS_HELP)
		options_help(stdout, PROGRAM, c);
	r = r == OPTIONS_OK && operands ? c->run(&options, operands, err) : MIN(r, 0);
	options_done(c, &options);
	return r;
}

static int run(char **argv, struct err *err)
{
	_cleanup_free_ char **operands = NULL;
	struct oci_globals globals = {0};
	int r = options_parse(&top, argv, &globals, &operands, err);

	if (r < 0)
		return r;
	if (globals.version) {
		(void)printf("%s version %s\nspec: %s\n", PROGRAM, MASU_VERSION, OCI_VERSION);
		return 0;
	}
	if (r == OPTIONS_HELP || !operands || !operands[0]) {
		print_help();
		return 0;
	}
	r = set_log(&globals, err);
	return r < 0 ? r : run_command(&globals, operands, err);
}

int main(int argc, char **argv)
{
	_cleanup_err_ struct err err = ERR_INIT;

	log_init(PROGRAM);
	if (self_protect(argv, &err) < 0)
		return fail(&err);
	int r = run(argv + (argc > 0), &err);
	if (r < 0)
		return fail(&err);
	return fflush(stdout) == 0 ? r : STATUS_FAILED;
}
