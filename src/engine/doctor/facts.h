/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The facts about this host that decide the features of masu here, each with its problem, if it is one. */

#include <stdbool.h>
#include <stddef.h>

#include "masu.h"

struct fact {
	const char *section; /* "cgroup" */
	const char *name;    /* "controllers" */
	char *value;

	/* The problem. */
	const char *id; /* NULL: the fact is as it should be */
	enum masu_severity severity;
	char *message;
	char *fix; /* a command, or NULL */
};

struct facts {
	struct fact *item;
	size_t n;
	bool failed; /* out of memory */
};

void facts_done(struct facts *f);
#define _cleanup_facts_ _cleanup_(facts_done)

/* Adds a fact. A NULL value sets `failed`. */
void facts_add(struct facts *f, const char *section, const char *name, const char *value);

/* Adds a problem to the latest fact. `fix` may be NULL. */
void facts_problem(struct facts *f, const char *id, enum masu_severity severity,
		   const char *message, const char *fix);

/* Adds the problem of a fact to a list (engine/findings.h). */
void facts_report(const struct fact *fact, masu_finding_list *list);
