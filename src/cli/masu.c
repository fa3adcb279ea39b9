/* SPDX-License-Identifier: Apache-2.0 */

/* The table of commands, and the way to one of them. Each command has a file of its own. */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/nearest.h"
#include "base/str.h"
#include "cli/cli.h"

#define PROGRAM "masu"

/* In the order of --help: a first day with masu, then by subject and alphabet. */
static const struct command *const commands[] = {
	&command_run,	    &command_ps,	  &command_exec,	&command_logs,
	&command_stop,	    &command_rm,	  &command_pull,	&command_images,

	&command_attach,    &command_auto_update, &command_box,		&command_commit,
	&command_container, &command_cp,	  &command_create,	&command_diff,
	&command_export,    &command_generate,	  &command_healthcheck, &command_init,
	&command_kill,	    &command_mount,	  &command_pause,	&command_port,
	&command_rename,    &command_restart,	  &command_start,	&command_stats,
	&command_top,	    &command_unmount,	  &command_unpause,	&command_update,
	&command_wait,

	&command_history,   &command_image,	  &command_import,	&command_load,
	&command_login,	    &command_logout,	  &command_push,	&command_rmi,
	&command_save,	    &command_tag,

	&command_doctor,    &command_events,	  &command_info,	&command_inspect,
	&command_quadlet,   &command_secret,	  &command_system,	&command_unshare,
	&command_version,   &command_volume,
};

/* The subjects, each before its first command. */
static const struct {
	const struct command *first;
	const char *title;
} titles[] = {
	{&command_run, "Commands to begin with"},
	{&command_attach, "Containers"},
	{&command_history, "Images and registries"},
	{&command_doctor, "The host, volumes and secrets"},
};

const struct command *cli_command(size_t index)
{
	return index < ARRAY_SIZE(commands) ? commands[index] : NULL;
}

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (streq(commands[i]->name, name))
			return commands[i];
	return NULL;
}

const struct command *cli_subcommand(const struct command *group, const char *word)
{
	for (const struct subcommand *s = group->subcommands; s->command; s++)
		if (streq(s->word, word))
			return s->command;
	return NULL;
}

const struct command *cli_find_command(char *const *words)
{
	const struct command *c = words[0] ? find_command(words[0]) : NULL;

	return c && c->subcommands && words[1] ? cli_subcommand(c, words[1]) : c;
}

static void print_help(FILE *out)
{
	(void)fprintf(out,
		      "Usage: %s COMMAND [OPTION...]\n\nContainers for ordinary users: no "
		      "daemon, no root.\n",
		      PROGRAM);
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		for (size_t k = 0; k < ARRAY_SIZE(titles); k++)
			if (titles[k].first == commands[i])
				(void)fprintf(out, "\n%s:\n", titles[k].title);
		(void)fprintf(out, "  %-11s %s\n", commands[i]->name, commands[i]->summary);
	}
	(void)fprintf(
		out,
		"\n'%s COMMAND --help' prints the options of a command; 'man %s-COMMAND' explains it.\n",
		PROGRAM, PROGRAM);
}

static int usage_error(const struct masu_error *err, const char *command)
{
	int indent = (int)sizeof(PROGRAM) + 1;

	if (err->hint)
		log_error("%s\n%*s%s", err->message, indent, "", err->hint);
	else
		log_error("%s\n%*ssee '%s %s --help'", err->message, indent, "", PROGRAM, command);
	return err_exit_status(err);
}

/* Commands of other engines that masu does not have. */
static const struct {
	const char *name, *hint;
} absent[] = {
	{"build", "build the image with another tool, then: masu load -i ARCHIVE"},
	{"compose", "start each container by 'masu run', or by a unit of systemd"},
	{"network", "each container has a network of its own; see --network in masu-run(1)"},
	{"pod", "a container joins another's network by 'masu run --network container:NAME'"},
	{"search", "search on the registry's web page, then: masu pull NAME"},
	{"umount", "'masu unmount' unmounts the files of a container"},
};

static int unknown_command(const char *name)
{
	_cleanup_free_ char *meant = NULL;
	const char *hint = "see '" PROGRAM " --help'";
	struct nearest near = {.typed = name};

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		nearest_try(&near, commands[i]->name);
	meant = near.word ? str_printf("did you mean '" PROGRAM " %s'?", near.word) : NULL;
	hint = meant ? meant : hint;
	for (size_t i = 0; i < ARRAY_SIZE(absent); i++)
		if (streq(absent[i].name, name))
			hint = absent[i].hint;
	log_error("unknown %s '%s'\n%*s%s", *name == '-' ? "option" : "command", name,
		  (int)sizeof(PROGRAM) + 1, "", hint);
	return 125;
}

/* Flushed here, so that a full disk behind stdout isn't success. */
static int close_output(int status)
{
	if (fflush(stdout) == 0 || status != 0)
		return status;
	log_error("write to standard output: %s", strerror(errno));
	return 125;
}

/* Puts the id of the newest container in place of the operand. The caller frees the id. */
static int find_latest(char **operand, char **ret_id, struct masu_error *err)
{
	static const struct masu_list_options newest = {.size = sizeof(newest), .last = 1};
	_cleanup_(masu_container_list_freep) masu_container_list *list = NULL;
	_cleanup_masu_engine_ masu_engine *e = NULL;
	int r = cli_engine_reader(&e, err);

	if (r == 0)
		r = masu_container_list_read(e, &newest, &list, err);
	if (r < 0)
		return r;
	const masu_container *c = masu_container_list_get(list, 0);
	if (!c)
		return err_set(err, ERR_NOT_FOUND, ENOENT, "--latest: no container exists");
	*ret_id = *operand = strdup(masu_container_id(c));
	return *ret_id ? 0 : err_oom(err);
}

static int run_parsed(const struct command *c, const void *values, char **operands,
		      struct masu_error *err)
{
	_cleanup_free_ char *latest = NULL;
	int r = operands[0] == options_latest ? find_latest(&operands[0], &latest, err) : 0;

	return r < 0 ? r : c->run(values, operands, err);
}

static int run_command(const struct command *c, char **argv)
{
	_cleanup_err_ struct masu_error err = ERR_INIT;
	_cleanup_free_ void *values = calloc(1, c->values_size + 1);
	_cleanup_free_ char **operands = NULL;
	char program[64];
	int r;

	if (!values)
		return 125;
	(void)snprintf(program, sizeof(program), PROGRAM " %s", c->name);
	log_init(program);
	r = options_parse(c, argv, values, &operands, &err);
	if (r < 0)
		r = usage_error(&err, c->name);
	if (c->words_offset)
		*(char ***)((char *)values + c->words_offset) = argv - 1;
	log_init(PROGRAM);
	(void)signal(SIGCHLD, SIG_DFL); /* ignored, it would lose exit statuses */
	if (r == OPTIONS_HELP)
		options_help(stdout, PROGRAM, c);
	if (r == OPTIONS_OK && operands) {
		r = run_parsed(c, values, operands, &err);
		if (r < 0)
			r = log_err(&err);
	} else if (r == OPTIONS_HELP) {
		r = 0;
	}
	options_done(c, values);
	return close_output(r);
}

/* A command that has a short form shows it. */
static void print_subcommand(FILE *out, const struct command *group, const struct subcommand *s)
{
	const char *name = s->command->name, *rest = str_after(name, group->name);

	if (!rest || *rest != ' ')
		(void)fprintf(out, "  %-11s %s (%s %s)\n", s->word, s->command->summary, PROGRAM,
			      name);
	else if (streq(rest + 1, s->word)) /* other words for it are not shown */
		(void)fprintf(out, "  %-11s %s\n", s->word, s->command->summary);
}

static void print_subcommands(FILE *out, const struct command *group)
{
	(void)fprintf(out, "Usage: %s %s COMMAND [OPTION...]\n\n%s\n\nCommands:\n", PROGRAM,
		      group->name, group->summary);
	for (const struct subcommand *s = group->subcommands; s->command; s++)
		print_subcommand(out, group, s);
	(void)fprintf(out, "\n'%s %s COMMAND --help' prints the options of a command.\n", PROGRAM,
		      group->name);
}

static bool asks_for_help(const char *word)
{
	return streq(word, "help") || streq(word, "--help") || streq(word, "-h");
}

static int unknown_subcommand(const struct command *group, const char *name)
{
	log_error("unknown %s '%s'\n%*ssee '%s %s --help'", *name == '-' ? "option" : "command",
		  name, (int)sizeof(PROGRAM) + 1, "", PROGRAM, group->name);
	return 125;
}

/* The words after the name of a group. */
static int run_group(const struct command *group, char **argv)
{
	const struct command *c = argv[0] ? cli_subcommand(group, argv[0]) : NULL;

	if (c)
		return run_command(c, argv + 1);
	if (argv[0] && !asks_for_help(argv[0]))
		return unknown_subcommand(group, argv[0]);
	print_subcommands(argv[0] ? stdout : stderr, group);
	return close_output(argv[0] ? 0 : 125);
}

static int help(char **argv)
{
	const struct command *c = argv[0] ? find_command(argv[0]) : NULL;

	if (argv[0] && !c)
		return unknown_command(argv[0]);
	if (c && c->subcommands && argv[1]) {
		const struct command *group = c;

		c = cli_subcommand(group, argv[1]);
		if (!c)
			return unknown_subcommand(group, argv[1]);
	}
	if (!c)
		print_help(stdout);
	else if (c->subcommands)
		print_subcommands(stdout, c);
	else
		options_help(stdout, PROGRAM, c);
	return close_output(0);
}

int cli_main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : NULL;
	const struct command *c;

	if (!name) {
		print_help(stderr);
		return 125;
	}
	if (streq(name, "--version") || streq(name, "-v")) {
		(void)printf("%s version %s\n", PROGRAM, masu_version());
		return close_output(0);
	}
	if (asks_for_help(name))
		return help(argv + 2);
	c = find_command(name);
	if (!c)
		return unknown_command(name);
	return c->subcommands ? run_group(c, argv + 2) : run_command(c, argv + 2);
}
