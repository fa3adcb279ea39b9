/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The names of objects, for completions. */

#include "masu.h"

struct name_kind {
	const char *word; /* in the operands of a command: "CONTAINER" */
	/* Calls `emit` for each object. Failures are silent: a completion has no place for messages. */
	void (*list)(masu_engine *e, void (*emit)(void *arg, const char *name, const char *help),
		     void *arg);
};

/* The kind that a word of --help stands for, like "[CONTAINER...]"; or NULL. */
const struct name_kind *name_kind_find(const char *word);
