/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* NULL-terminated vectors of strings. The owner of a vector owns its strings. */

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"

#define STRV_FOREACH(s, l) for (char *const *(s) = (l); (s) && *(s); (s)++)

void strv_free(char **l);
static inline void strv_freep(char ***l)
{
	strv_free(*l);
}
#define _cleanup_strv_ _cleanup_(strv_freep)

size_t strv_length(char *const *l);

static inline char *const *strv_or_empty(char *const *l)
{
	static char *const empty[] = {NULL};

	return l ? l : empty;
}

/* Append a copy; a string, which the vector owns from then on (freed also on failure); a formatted one. 0 or -ENOMEM. */
int strv_push(char ***l, const char *s);
int strv_push_owned(char ***l, char *s);
int strv_pushf(char ***l, const char *format, ...) _printf_(2, 3);

/*
 * The same for many strings, as the others search the end each time. *n is the length, which is increased. 0 or -ENOMEM.
 */
int strv_push_counted(char ***l, size_t *n, const char *s);

/* Append copies of all of `more`. 0 or -ENOMEM. */
int strv_extend(char ***l, char *const *more);

/* A deep copy; an empty vector for NULL. NULL only when out of memory. */
char **strv_copy(char *const *l);

bool strv_contains(char *const *l, const char *s);

/* By bytes, in any locale. */
void strv_sort(char **l);

/* Split at each of `separators`, empty parts kept. NULL only when out of memory. */
char **strv_split(const char *s, const char *separators);

/* The part after "NAME=" of the last such entry of an environment, or NULL. */
const char *strv_env_get(char *const *env, const char *name);

/* Keeps the last entry of each name, in its place. 0 or -ENOMEM. */
int strv_env_unique(char **env);

/* Adds "NAME=value" to an environment, and removes other entries of that name. 0 or -ENOMEM. */
int strv_env_set(char ***env, const char *assignment);

/*
 * The fields of a line of comma-separated values, RFC 4180. A field in double quotes may contain commas, and "" in it
 * stands for one quote. -EINVAL for a quote elsewhere or one that is not closed, -ENOMEM.
 */
int strv_split_csv(const char *line, char ***ret);
