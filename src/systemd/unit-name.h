/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Names of systemd units made from names that users choose. */

#include <stdbool.h>

/* The longest unit name that systemd takes, without the NUL. */
#define UNIT_NAME_MAX 255

/*
 * "PREFIX-NAME.scope". A byte of `name` that a unit name cannot hold, the backslash included, becomes \xNN.
 * Unlike systemd-escape it leaves "-" alone, since a scope's dashes have no meaning: container my-web is the
 * unit masu-my-web.scope. Two names never give one unit. An empty or NULL prefix gives NAME.scope. -EINVAL
 * for an empty name, -ENAMETOOLONG, -ENOMEM.
 */
int unit_name_make(const char *prefix, const char *name, char **ret);

/* May systemd have a unit of this name: its characters, its length, and this suffix (".scope")? */
bool unit_name_is_valid(const char *name, const char *suffix);
