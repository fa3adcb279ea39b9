/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "base/str.h"
#include "base/strv.h"
#include "cli/filter.h"

/* The command line and how far it was read. */
struct cursor {
	const struct command *command;
	char **next;
	void *values;
	char **operands;
	size_t n_operands;
};

const struct option_row *options_find(const struct command *c, const char *name, size_t length)
{
	OPTIONS_FOREACH(o, c)
	if (strncmp(o->name, name, length) == 0 && !o->name[length])
		return o;
	return NULL;
}

const struct option_row *options_find_letter(const struct command *c, char letter)
{
	OPTIONS_FOREACH(o, c)
	if (o->letter && o->letter == letter)
		return o;
	return NULL;
}

static int flag_value(const char *name, const char *text, bool *ret, struct masu_error *err)
{
	static const char *const yes[] = {"true", "1", "yes"}, *const no[] = {"false", "0", "no"};

	for (size_t i = 0; i < ARRAY_SIZE(yes); i++) {
		if (streq(text, yes[i]) || streq(text, no[i])) {
			*ret = streq(text, yes[i]);
			return 0;
		}
	}
	return err_set(err, ERR_INVALID, EINVAL, "option '--%s': '%s' must be one of true, false",
		       name, text);
}

/* `value` is NULL for a flag without one. */
static int take(struct cursor *c, const struct option_row *o, const char *value,
		struct masu_error *err)
{
	void *field = (char *)c->values + o->offset;
	int r;

	switch (o->kind) {
	case OPTION_FLAG:
		if (value)
			return flag_value(o->name, value, field, err);
		*(bool *)field = true;
		return 0;
	case OPTION_STRING:
		*(const char **)field = value;
		return 0;
	case OPTION_LIST:
		r = strv_push(field, value);
		return r < 0 ? err_sys(err, r, "read the options") : 0;
	default:
		r = o->kind == OPTION_FILTER ? filter_add(o->filters, value, field, err)
					     : o->parse(value, field, err);
		return r < 0 ? err_prefix(err, "option '--%s %s'", o->name, value) : 0;
	}
}

static int take_with_next(struct cursor *c, const struct option_row *o, struct masu_error *err)
{
	if (o->kind == OPTION_FLAG)
		return take(c, o, NULL, err);
	if (!*c->next)
		return err_set(err, ERR_INVALID, EINVAL, "option '--%s' needs a value: %s", o->name,
			       o->value);
	return take(c, o, *c->next++, err);
}

static int unknown_option(const struct command *c, const char *text, size_t length,
			  struct masu_error *err)
{
	_cleanup_free_ char *name = strndup(text, length);
	struct nearest near = {.typed = name};

	if (!name)
		return err_oom(err);
	for (const struct refused_option *o = c->refused; o && o->name; o++)
		if (streq(o->name, name)) {
			(void)err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
				      "option '--%s' is not supported: %s", name, o->reason);
			return o->hint ? err_hint(err, "%s", o->hint) : -EOPNOTSUPP;
		}
	OPTIONS_FOREACH(o, c)
	nearest_try(&near, o->name);
	(void)err_set(err, ERR_INVALID, EINVAL, "unknown option '--%s'", name);
	return near.word ? err_hint(err, "did you mean '--%s'?", near.word) : -EINVAL;
}

static int parse_long(struct cursor *c, const char *text, struct masu_error *err)
{
	size_t length = strcspn(text, "=");
	const struct option_row *o = options_find(c->command, text, length);

	if (!o && length == 4 && strncmp(text, "help", 4) == 0)
		return OPTIONS_HELP;
	if (!o)
		return unknown_option(c->command, text, length, err);
	if (text[length] == '=')
		return take(c, o, text + length + 1, err);
	return take_with_next(c, o, err);
}

/* "-it", "-eA=b", "-e=A=b" (as podman takes it: one "=" after the letter is dropped), "-e A=b" */
static int parse_letters(struct cursor *c, const char *letters, struct masu_error *err)
{
	for (; *letters; letters++) {
		const struct option_row *o = options_find_letter(c->command, *letters);
		int r;

		if (!o && *letters == 'h')
			return OPTIONS_HELP;
		if (!o)
			return err_set(err, ERR_INVALID, EINVAL, "unknown option '-%c'", *letters);
		if (letters[1] == '=')
			return take(c, o, letters + 2, err);
		if (o->kind != OPTION_FLAG && letters[1])
			return take(c, o, letters + 1, err);
		r = take_with_next(c, o, err);
		if (r != 0)
			return r;
	}
	return OPTIONS_OK;
}

static int parse_all(struct cursor *c, struct masu_error *err)
{
	while (*c->next) {
		char *arg = *c->next++;
		int r = OPTIONS_OK;

		if (streq(arg, "--")) {
			while (*c->next)
				c->operands[c->n_operands++] = *c->next++;
		} else if (arg[0] == '-' && arg[1] == '-') {
			r = parse_long(c, arg + 2, err);
		} else if (arg[0] == '-' && arg[1]) {
			r = parse_letters(c, arg + 1, err);
		} else {
			c->operands[c->n_operands++] = arg;
			while (c->command->stop_at_operand && *c->next)
				c->operands[c->n_operands++] = *c->next++;
		}
		if (r != 0)
			return r;
	}
	return OPTIONS_OK;
}

char options_latest[] = "--latest";

/* The vector of operands has room for one more. */
static int add_latest(struct cursor *c, struct masu_error *err)
{
	const struct command *command = c->command;
	const struct option_row *o = command->latest ? options_find(command, "latest", 6) : NULL;

	if (!o || !*(const bool *)((const char *)c->values + o->offset))
		return OPTIONS_OK;
	if (command->latest == LATEST_ALL && c->n_operands > 0)
		return err_set(err, ERR_INVALID, EINVAL, "--latest takes no containers");
	memmove(c->operands + 1, c->operands, c->n_operands++ * sizeof(*c->operands));
	c->operands[0] = options_latest;
	return OPTIONS_OK;
}

static int check_operands(const struct command *command, size_t n, char **operands,
			  struct masu_error *err)
{
	if (n < command->min_operands)
		return err_set(err, ERR_INVALID, EINVAL, "missing argument: %s", command->operands);
	if (n > command->max_operands)
		return err_set(err, ERR_INVALID, EINVAL, "unexpected argument '%s'",
			       operands[command->max_operands]);
	return 0;
}

int options_parse(const struct command *command, char **argv, void *values, char ***ret_operands,
		  struct masu_error *err)
{
	_cleanup_free_ char **operands = calloc(strv_length(argv) + 2, sizeof(char *));
	struct cursor c = {
		.command = command, .next = argv, .values = values, .operands = operands};

	if (!operands)
		return err_oom(err);
	if (command->init)
		command->init(values);
	int r = parse_all(&c, err);
	if (r == OPTIONS_OK)
		r = add_latest(&c, err);
	if (r == OPTIONS_OK)
		r = check_operands(command, c.n_operands, operands, err);
	if (r == OPTIONS_OK)
		*ret_operands = TAKE_PTR(operands);
	return r;
}

void options_done(const struct command *command, void *values)
{
	if (command->done)
		command->done(values);
	OPTIONS_FOREACH(o, command)
	{
		void *field = (char *)values + o->offset;
		char ***list = field;

		if (o->kind == OPTION_FILTER)
			filter_done(o->filters, field);
		if (o->kind == OPTION_LIST) {
			strv_free(*list);
			*list = NULL;
		}
	}
}

#define HELP_COLUMN 30

static void print_row(FILE *out, const struct option_row *o)
{
	char left[64];
	int n = snprintf(left, sizeof(left), "  %c%c%s --%s%s%s", o->letter ? '-' : ' ',
			 o->letter ? o->letter : ' ', o->letter ? "," : " ", o->name,
			 o->value ? " " : "", o->value ? o->value : "");

	if (n >= HELP_COLUMN)
		(void)fprintf(out, "%s\n%*s%s\n", left, HELP_COLUMN, "", o->help);
	else
		(void)fprintf(out, "%-*s%s\n", HELP_COLUMN, left, o->help);
}

/* The options up to the next title, in the order of the alphabet. More than these are sorted in parts. */
struct section {
	const struct option_row *rows[128];
	size_t n;
};

static int compare_rows(const void *a, const void *b)
{
	const struct option_row *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

static void end_section(struct section *s, FILE *out)
{
	qsort(s->rows, s->n, sizeof(const struct option_row *), compare_rows);
	for (size_t i = 0; i < s->n; i++)
		print_row(out, s->rows[i]);
	s->n = 0;
}

static void add_rows(struct section *s, FILE *out, const struct option_row *rows)
{
	for (const struct option_row *o = rows; o && o->name; o++) {
		if (!*o->name) {
			end_section(s, out);
			(void)fprintf(out, "\n%s:\n", o->help);
		} else if (o->help) {
			if (s->n == ARRAY_SIZE(s->rows))
				end_section(s, out);
			s->rows[s->n++] = o;
		}
	}
}

void options_help(FILE *out, const char *program, const struct command *command)
{
	static const struct option_row help = {.name = "help", .help = "Show this text"};
	struct section s = {.rows = {&help}, .n = 1};

	(void)fprintf(out, "Usage: %s%s%s [OPTION...]%s%s\n\n%s\n", program,
		      *command->name ? " " : "", command->name, *command->operands ? " " : "",
		      command->operands, command->summary);
	(void)fprintf(out, "\nOptions:\n");
	add_rows(&s, out, command->options);
	add_rows(&s, out, command->more_options);
	end_section(&s, out);
	if (command->notes)
		(void)fprintf(out, "\n%s\n", command->notes);
}
