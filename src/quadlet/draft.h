/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The unit of systemd that a quadlet file is translated to, while it is collected. Lines and words are ready for systemd. */

#include <stdbool.h>

#include "quadlet/unit.h"

struct quadlet_draft {
	struct quadlet_set *set;
	struct quadlet_unit *unit;
	char **unit_lines;	  /* of [Unit], before those of the file */
	char **service_lines;	  /* of [Service] */
	char **command;		  /* the quoted words of ExecStart= */
	unsigned int on_demand_s; /* the idle time of OnDemand=, or 0; then these: */
	char **ports;		  /* as masu's proxy takes them */
	char **listeners;	  /* lines of its socket */
	size_t n_listeners;
};
void quadlet_draft_done(struct quadlet_draft *d);

/* Each records a lack of memory in the set. */
void draft_line(struct quadlet_draft *d, char ***lines, const char *format, ...) _printf_(3, 4);
void draft_word(struct quadlet_draft *d, const char *word);
void draft_option(struct quadlet_draft *d, const char *option, const char *value);
/* The last one is NULL. */
void draft_words(struct quadlet_draft *d, ...) _sentinel_;

#define draft_refuse(d, a, ...) quadlet_refuse((d)->set, (d)->unit, a, __VA_ARGS__)

/* The last assignment of a key in the section of the type. */
const struct quadlet_assignment *draft_last(const struct quadlet_draft *d, const char *key);

/* Its value without quotes around it, or NULL without one. To be freed. */
char *draft_value(struct quadlet_draft *d, const char *key);

/* A boolean as systemd has them; a fault becomes a message, and gives `standard`. */
bool draft_bool(struct quadlet_draft *d, const char *section, const char *key, bool standard);

/* The words of a value; a fault becomes a message. NULL then. */
char **draft_split(struct quadlet_draft *d, const struct quadlet_assignment *a);

/* The names of units in a value. "\x2d" in them is part of the name. NULL when out of memory. */
char **draft_unit_names(struct quadlet_draft *d, const struct quadlet_assignment *a);

/*
 * A path that may be relative to the directory of the quadlet file. Paths that begin with a specifier stay. To be freed;
 * NULL when out of memory.
 */
char *draft_path(struct quadlet_draft *d, const char *path);

/* Requires the service of another unit, and starts after it. */
void draft_require(struct quadlet_draft *d, const char *service);
