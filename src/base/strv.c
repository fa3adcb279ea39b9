/* SPDX-License-Identifier: Apache-2.0 */
#include "base/strv.h"

#include <errno.h>
#include <search.h>
#include <stdarg.h>
#include <string.h>

void strv_free(char **l)
{
	STRV_FOREACH(s, l)
		free(*s);
	free(l);
}

size_t strv_length(char *const *l)
{
	size_t n = 0;

	STRV_FOREACH(s, l)
		n++;
	return n;
}

/* At the end, which is at `n`. */
static int append(char ***l, size_t n, char *s)
{
	if (!s)
		return -ENOMEM;
	/* The room doubles at each power of two, so pushing stays cheap without a stored size. */
	if (!*l || ((n + 1) & n) == 0) {
		char **grown = realloc(*l, 2 * (n + 1) * sizeof(char *));

		if (!grown) {
			free(s);
			return -ENOMEM;
		}
		*l = grown;
	}
	(*l)[n] = s;
	(*l)[n + 1] = NULL;
	return 0;
}

int strv_push_owned(char ***l, char *s)
{
	return append(l, strv_length(*l), s);
}

int strv_push(char ***l, const char *s)
{
	return strv_push_owned(l, strdup(s));
}

int strv_push_counted(char ***l, size_t *n, const char *s)
{
	int r = append(l, *n, strdup(s));

	*n += r == 0;
	return r;
}

int strv_pushf(char ***l, const char *format, ...)
{
	char *s;
	va_list ap;

	va_start(ap, format);
	int r = vasprintf(&s, format, ap);
	va_end(ap);
	return r < 0 ? -ENOMEM : strv_push_owned(l, s);
}

int strv_extend(char ***l, char *const *more)
{
	size_t n = strv_length(*l);

	STRV_FOREACH(s, more) {
		int r = strv_push_counted(l, &n, *s);

		if (r < 0)
			return r;
	}
	return 0;
}

char **strv_copy(char *const *l)
{
	_cleanup_strv_ char **copy = calloc(1, sizeof(char *));

	if (!copy || strv_extend(&copy, l) < 0)
		return NULL;
	return TAKE_PTR(copy);
}

bool strv_contains(char *const *l, const char *s)
{
	STRV_FOREACH(i, l)
		if (strcmp(*i, s) == 0)
			return true;
	return false;
}

char **strv_split(const char *s, const char *separators)
{
	_cleanup_strv_ char **l = NULL;

	for (size_t i = 0;; i++) {
		size_t n = strcspn(s, separators);

		if (append(&l, i, strndup(s, n)) < 0)
			return NULL;
		if (!s[n])
			return TAKE_PTR(l);
		s += n + 1;
	}
}

static bool env_has_name(const char *entry, const char *name, size_t length)
{
	return strncmp(entry, name, length) == 0 && entry[length] == '=';
}

const char *strv_env_get(char *const *env, const char *name)
{
	size_t length = strlen(name);
	const char *found = NULL;

	STRV_FOREACH(e, env)
		if (env_has_name(*e, name, length))
			found = *e + length + 1;
	return found;
}

static int compare_names(const void *a, const void *b)
{
	size_t a_length = strcspn(a, "="), b_length = strcspn(b, "=");
	int order = memcmp(a, b, MIN(a_length, b_length));

	return order ? order : (a_length > b_length) - (a_length < b_length);
}

static void keep(void *entry)
{
	(void)entry;
}

/* By a tree, as an image may name as many as its config has room for. */
int strv_env_unique(char **env)
{
	void *names = NULL;
	char **kept = env;
	int r = 0;

	for (size_t i = strv_length(env); r == 0 && i-- > 0;) {
		char *const *last = tsearch(env[i], &names, compare_names);

		if (!last)
			r = -ENOMEM;
		else if (*last != env[i])
			*env[i] = 0; /* no name is empty */
	}
	tdestroy(names, keep);
	for (char **e = env; e && *e; e++) {
		if (**e)
			*kept++ = *e;
		else
			free(*e);
	}
	if (kept)
		*kept = NULL;
	return r;
}

int strv_env_set(char ***env, const char *assignment)
{
	size_t length = strcspn(assignment, "=");
	char *copy = strdup(assignment);
	char **kept = *env;

	if (!copy)
		return -ENOMEM;
	/* All entries of that name go: programs differ in whether the first or the last one counts. */
	for (char **e = *env; e && *e; e++) {
		if (env_has_name(*e, assignment, length))
			free(*e);
		else
			*kept++ = *e;
	}
	if (kept)
		*kept = NULL;
	return strv_push_owned(env, copy);
}
