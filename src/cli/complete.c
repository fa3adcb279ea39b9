/* SPDX-License-Identifier: Apache-2.0 */

/*
 * masu __complete [WORD...] prints the candidates for the last word of a command line, one a line with a description behind
 * a tab; a line ":files" stands for the names of files. It reads the tables that parse the command line and print --help,
 * so the completions of zsh and fish, which call it, always know all commands and options. A word that ends in ':' or '='
 * is to be continued.
 */

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "base/strv.h"
#include "cli/cli.h"
#include "cli/complete-names.h"

struct completion {
	const char *current; /* the word to be completed */
	const char *prefix;  /* of each candidate: "--network=" */
	size_t prefix_length;

	/* The words before it. */
	const struct command *command;
	const struct option_row *pending; /* that wants the current word as its value */
	size_t n_operands;
	bool only_operands; /* follow */
};

static void emit(void *arg, const char *name, const char *help)
{
	const struct completion *c = arg;

	if (str_after(name, c->current))
		(void)printf("%.*s%s\t%s\n", (int)c->prefix_length, str_or_empty(c->prefix), name,
			     help ? help : "");
}

static void emit_commands(struct completion *c)
{
	const struct command *command;

	for (size_t i = 0; (command = cli_command(i)); i++)
		emit(c, command->name, command->summary);
	emit(c, "help", "Print a summary of the commands, or of the options of one");
}

/* The words of --help: other words for the same command are left out. */
static void emit_subcommands(struct completion *c, const struct command *group)
{
	for (const struct subcommand *s = group->subcommands; s->command; s++) {
		const char *rest = str_after(s->command->name, group->name);

		if (!rest || *rest != ' ' || streq(rest + 1, s->word))
			emit(c, s->word, s->command->summary);
	}
}

static void emit_options(struct completion *c)
{
	char name[64];

	OPTIONS_FOREACH(o, c->command)
	{
		(void)snprintf(name, sizeof(name), "--%s", o->name);
		if (o->help)
			emit(c, name, o->help);
		(void)snprintf(name, sizeof(name), "-%c", o->letter);
		if (o->help && o->letter)
			emit(c, name, o->help);
	}
	emit(c, "--help", "Show this text");
}

/* The words of options that take one of a few. */
static const struct {
	const char *option, *words;
} option_words[] = {
	{"cgroupns", "private host container: ns:"},
	{"cgroups", "enabled disabled split"},
	{"condition", "configured created exited healthy paused removed running stopped unhealthy"},
	{"format", "json table"},
	{"health-on-failure", "kill none restart stop"},
	{"image-volume", "anonymous ignore tmpfs"},
	{"ipc", "shareable private none host container: ns:"},
	{"log-driver", "k8s-file json-file journald none passthrough"},
	{"network", "slirp4netns pasta none host bridge default private container: ns:"},
	{"pid", "private host container: ns:"},
	{"pull", "always missing never newer"},
	{"sdnotify", "conmon container healthy ignore"},
	{"systemd", "always false true"},
	{"restart", "always no on-failure unless-stopped"},
	{"tls-verify", "true false"},
	{"type", "all container image volume"},
	{"userns", "host keep-id nomap auto container: ns:"},
	{"uts", "private host container: ns:"},
};

static void emit_signals(struct completion *c)
{
	for (int i = 1; i < SIGRTMIN; i++)
		if (sigabbrev_np(i))
			emit(c, sigabbrev_np(i), "");
}

static bool emit_words(struct completion *c, const char *option)
{
	for (size_t i = 0; i < ARRAY_SIZE(option_words); i++) {
		if (!streq(option_words[i].option, option))
			continue;
		_cleanup_strv_ char **words = strv_split(option_words[i].words, " ");
		STRV_FOREACH(word, words)
			emit(c, *word, "");
		return true;
	}
	return false;
}

static bool emit_names(struct completion *c, const char *kind_word)
{
	static const struct masu_engine_options reader = {.size = sizeof(reader), .no_sweep = true};
	const struct name_kind *kind = name_kind_find(kind_word);
	_cleanup_masu_engine_ masu_engine *e = NULL;

	if (kind && masu_engine_open(&reader, &e, NULL) == 0)
		kind->list(e, emit, c);
	return kind;
}

static void emit_files(void)
{
	(void)puts(":files");
}

/* Does --help show the only value, and not a name for it? */
static bool is_literal(const char *value)
{
	return !value[strspn(value, "abcdefghijklmnopqrstuvwxyz")];
}

/* A value without words or names may be that of a file, or begin with one. */
static void emit_value(struct completion *c, const struct option_row *o)
{
	if (o->kind == OPTION_FLAG) {
		emit(c, "true", "");
		emit(c, "false", "");
	} else if (streq(o->name, "secret")) {
		(void)emit_names(c, "SECRET");
	} else if (is_literal(o->value)) {
		emit(c, o->value, "");
	} else if (str_has_suffix(o->name, "signal")) {
		emit_signals(c);
	} else if (!emit_words(c, o->name) && !emit_names(c, o->value)) {
		emit_files();
	}
}

/* The name of an operand in --help. The last one may be repeated. */
static const char *operand_word(const struct command *command, size_t index, size_t *ret_length)
{
	const char *word = str_word(command->operands, index, ret_length);

	while (*ret_length == 0 && index > 0)
		word = str_word(command->operands, --index, ret_length);
	return word;
}

static void emit_operand(struct completion *c)
{
	size_t length;
	const char *start = operand_word(c->command, c->n_operands, &length);
	_cleanup_free_ char *word = strndup(start, length);

	if (!word || !*word)
		return;
	if (strstr(word, "NAME") && str_after(c->command->name, "volume "))
		(void)emit_names(c, streq(c->command->name, "volume create") ? "" : "VOLUME");
	else if (strstr(word, "NAME") && !streq(c->command->name, "rename"))
		(void)emit_names(c, "IMAGE");
	else if (!emit_names(c, word))
		emit_files();
	if (streq(c->command->name, "cp"))
		(void)emit_names(c, "CONTAINER");
}

/* Reads an option before the current word, which may be its value. */
static void pass_option(struct completion *c, const char *word)
{
	const char *value = word[1] == '-' ? strchr(word, '=') : NULL;

	if (word[1] == '-') {
		const struct option_row *o = options_find(c->command, word + 2,
							  strcspn(word + 2, "="));

		c->pending = o && o->kind != OPTION_FLAG && !value ? o : NULL;
		return;
	}
	for (word++; *word; word++) {
		const struct option_row *o = options_find_letter(c->command, *word);

		if (!o || o->kind == OPTION_FLAG)
			continue;
		c->pending = word[1] ? NULL : o;
		return;
	}
}

static void pass_word(struct completion *c, const char *word)
{
	if (c->pending) {
		c->pending = NULL;
	} else if (!c->only_operands && streq(word, "--")) {
		c->only_operands = true;
	} else if (!c->only_operands && word[0] == '-' && word[1]) {
		pass_option(c, word);
	} else {
		c->n_operands++;
		c->only_operands |= c->command->stop_at_operand;
	}
}

static void complete_last(struct completion *c)
{
	const char *equals = strchr(c->current, '=');

	if (c->pending)
		return emit_value(c, c->pending);
	if (c->only_operands || *c->current != '-')
		return emit_operand(c);
	if (!equals || !str_after(c->current, "--"))
		return emit_options(c);
	const struct option_row *o = options_find(c->command, c->current + 2,
						  (size_t)(equals - c->current - 2));
	if (!o)
		return;
	c->prefix = c->current;
	c->prefix_length = (size_t)(equals + 1 - c->current);
	c->current = equals + 1;
	emit_value(c, o);
}

/* The first words of a command line, up to the command. Returns the rest of the words, or NULL if all is done. */
static char *const *find_command(struct completion *c, char *const *words)
{
	if (!words[1]) {
		emit_commands(c);
		emit(c, "--help", "Print a summary of the commands");
		emit(c, "--version", "Print the version");
		return NULL;
	}
	if (streq(words[0], "help") && words[1])
		return find_command(c, words + 1);
	c->command = cli_find_command((char *[]){words[0], NULL});
	if (!c->command || !c->command->subcommands)
		return c->command ? words + 1 : NULL;
	if (!words[2]) {
		emit_subcommands(c, c->command);
		return NULL;
	}
	c->command = cli_subcommand(c->command, words[1]);
	return c->command ? words + 2 : NULL;
}

int complete_main(char *const *words)
{
	struct completion c = {.current = ""};
	size_t n = strv_length(words);

	if (n == 0)
		return 125;
	c.current = words[n - 1];
	words = find_command(&c, words);
	if (!words)
		return 0;
	for (; words[1]; words++)
		pass_word(&c, words[0]);
	complete_last(&c);
	return 0;
}
