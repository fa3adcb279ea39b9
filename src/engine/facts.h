/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The facts about this host that decide what masu can do. */

#include <stddef.h>

#include "base/cleanup.h"

struct fact {
	const char *section; /* "cgroup" */
	const char *name;    /* "controllers" */
	char *value;
	char *remedy; /* NULL: all is well */
};

struct facts {
	struct fact *item;
	size_t n;
};
void facts_done(struct facts *f);
#define _cleanup_facts_ _cleanup_(facts_done)

/* Appends a fact; takes both texts, of which `value` NULL means a lack of memory. 0 or -ENOMEM. */
int facts_add(struct facts *f, const char *section, const char *name, char *value, char *remedy);
