/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Command lines by tables: a command says in rows what options it has and where their values go,
 * and both the parser and --help read the rows.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/err.h"

enum option_kind {
	OPTION_FLAG,   /* bool; "--x=false" takes it back */
	OPTION_STRING, /* const char *, borrowed from argv; the last one wins */
	OPTION_LIST,   /* char **, a string vector of its own, in order */
	OPTION_FILTER, /* KEY=VALUE for a filter of masu.h, by its rows (cli/filter.h) */
	OPTION_PARSE,  /* `parse` puts the value into the field */
	OPTION_KIND_MAX
};

struct filter_row;

struct option_row {
	const char *name; /* without dashes; NULL ends the table */
	char letter;	  /* 0: none */
	enum option_kind kind;
	size_t offset;	   /* of the field in the command's values */
	const char *value; /* its name in --help; NULL for a flag */
	const char *help;  /* NULL: works, but --help does not show it */
	int (*parse)(const char *value, void *field, struct masu_error *err);
	const struct filter_row *filters;
};

/* Rows of the values struct `type`. */
#define OPTION_ROW(kind, type, field, letter, name, value, help)             \
	{                                                                    \
		name, letter, kind, offsetof(type, field), value, help, NULL \
	}
#define OPTION_ROW_PARSE(fn, type, field, letter, name, value, help)               \
	{                                                                          \
		name, letter, OPTION_PARSE, offsetof(type, field), value, help, fn \
	}

#define OPTION_ROW_FILTER(rows, type, field, letter, help)                                       \
	{                                                                                        \
		"filter", letter, OPTION_FILTER, offsetof(type, field), "KEY=VALUE", help, NULL, \
			rows                                                                     \
	}

/* Not an option: the title of the rows behind it in --help. */
#define OPTION_TITLE(text)                 \
	{                                  \
		.name = "", .help = (text) \
	}

/* An option of docker or podman that the command does not have, and whose name does not explain the reason. */
struct refused_option {
	const char *name, *reason;
	const char *hint; /* the way to the same end, or NULL */
};

/* --latest in place of a container: the first operand, or all of them. */
enum command_latest { LATEST_NONE, LATEST_FIRST, LATEST_ALL };

/* The values of a command that has this option alone. */
struct latest_options {
	bool latest;
};

#define LATEST_ROW(type)                                           \
	OPTION_ROW(OPTION_FLAG, type, latest, 'l', "latest", NULL, \
		   "Select the container that was created last")

struct command {
	const char *name;     /* "run" */
	const char *operands; /* "IMAGE [COMMAND [ARG...]]", or "" */
	const char *summary;
	const char *notes;		       /* further lines of --help, or NULL */
	const struct option_row *options;      /* NULL: none but --help */
	const struct option_row *more_options; /* shared with another command, or NULL */
	const struct refused_option *refused;  /* {0} at the end; or NULL */
	/* A group: the commands by their second words, {0} at the end. It has nothing else then. */
	const struct subcommand *subcommands;
	size_t values_size;
	/* Of a char *const * in the values that gets the words of the command line, from the command's name on; 0: none. */
	size_t words_offset;
	void (*init)(void *values); /* sets values that are not zero by default, or NULL */
	void (*done)(void *values); /* frees what OPTION_PARSE has allocated, or NULL */
	unsigned int min_operands, max_operands;
	enum command_latest latest; /* options_latest stands for the operand then */
	bool stop_at_operand; /* what follows the first operand is not looked at for options */
	bool is_exposed; /* starts or enters a container, which can then reach the program's file */
	/* Returns an exit status, or -errno with the error. */
	int (*run)(const void *values, char **operands, struct masu_error *err);
};
#define OPERANDS_ANY 0xffffffffu

/* All options of a command, one table after the other. */
#define OPTIONS_FOREACH(o, command)                                                \
	for (size_t table_ = 0; table_ < 2; table_++)                              \
		for (const struct option_row *o = table_ ? (command)->more_options \
							 : (command)->options;     \
		     o && o->name; o++)                                            \
			if (*o->name)

/* The row of a long option, whose name has `length` bytes, and of a short one; or NULL. */
const struct option_row *options_find(const struct command *c, const char *name, size_t length);
const struct option_row *options_find_letter(const struct command *c, char letter);

struct subcommand {
	const char *word;
	const struct command *
		command; /* of the group, or one that has a short form: "container start" is "start" */
};

/* The operand that --latest adds. */
extern char options_latest[];

enum options_result { OPTIONS_OK, OPTIONS_HELP };

/*
 * Reads argv (without the command's name) into `values`, zeroed but for command->init. The operands
 * come as a vector that points into argv and is the caller's to free, NULL at its end. Returns
 * OPTIONS_HELP when help was asked for, or -EINVAL (ERR_INVALID).
 */
int options_parse(const struct command *command, char **argv, void *values, char ***ret_operands,
		  struct masu_error *err);

/* Frees the values. */
void options_done(const struct command *command, void *values);

/* Prints the help of a command of `program`. */
void options_help(FILE *out, const char *program, const struct command *command);
