/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The containers that a command works on: its operands, or all that --all, --latest and --filter select. */

#include <stdbool.h>

#include "cli/options.h"
#include "masu.h"

struct selection {
	bool all, latest, filtered;
	bool ignore;	 /* an operand that does not exist is skipped */
	char **cidfiles; /* the text of each is one more operand */
	struct masu_list_options filter;
};
void selection_init(struct selection *s);
void selection_done(struct selection *s);

/* A parser of options: adds KEY=VALUE to a struct selection. */
int selection_add_filter(const char *text, void *field, struct masu_error *err);

/* The rows of the options, for a command whose values begin with a struct selection. `letter` is that of --filter. */
#define SELECTION_ROWS(letter)                                                            \
	OPTION_ROW(OPTION_FLAG, struct selection, all, 'a', "all", NULL,                  \
		   "Select all containers that the command applies to"),                  \
		OPTION_ROW(OPTION_LIST, struct selection, cidfiles, 0, "cidfile", "FILE", \
			   "Select the container whose id is in the file"),               \
		{"filter",                                                                \
		 letter,                                                                  \
		 OPTION_PARSE,                                                            \
		 0,                                                                       \
		 "KEY=VALUE",                                                             \
		 "Select all containers for which this holds",                            \
		 selection_add_filter},                                                   \
		OPTION_ROW(OPTION_FLAG, struct selection, latest, 'l', "latest", NULL,    \
			   "Select the container that was created last")

/*
 * Calls `fn` for each container, prints the errors as they come, and goes on. Prints each operand, or each selected
 * container's name, that went well. --all selects the containers for which `wanted` is true, or each one if it is NULL.
 * Returns the exit status, or -errno; ERR_INVALID for operands beside options, and for neither.
 */
int selection_each(const struct selection *s, char *const *operands,
		   bool (*wanted)(const masu_container *c),
		   int (*fn)(masu_container *c, const void *arg, struct masu_error *err),
		   const void *arg, struct masu_error *err);
