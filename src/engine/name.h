/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Names and ids of containers and volumes. Both become names of files, so their grammar is strict. */

#include <stdbool.h>

#include "base/err.h"

#define ID_LENGTH	64
#define ID_SHORT_LENGTH 12
#define NAME_LENGTH_MAX 200

/* 64 random hexadecimal digits. 0 or -errno. */
int id_new(char ret[ID_LENGTH + 1]);

/* Exactly 64 characters of 0-9a-f? */
bool id_is_valid(const char *s);

/* A letter or digit, then letters, digits, "_", "." and "-"; at most NAME_LENGTH_MAX bytes. */
bool name_is_valid(const char *s);

/* -EINVAL (ERR_INVALID) for an invalid name. `what` is "container" or "volume". */
int name_check(const char *name, const char *what, struct masu_error *err);

/* "quiet_heron" for attempt 0. Later attempts add a number, so that one of them is free. -errno. */
int name_random(unsigned int attempt, char **ret);
