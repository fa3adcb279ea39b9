/* SPDX-License-Identifier: Apache-2.0 */
#include "base/strv.h"

#include <errno.h>
#include <search.h>
#include <stdarg.h>
#include <string.h>

#include "base/str.h"

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

/* Appends to a vector of `n` strings. */
static int append(char ***l, size_t n, char *s)
{
	if (!s)
		return -ENOMEM;
	/* The room doubles at each power of two, so no size is stored. */
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

static int compare_strings(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void strv_sort(char **l)
{
	size_t n = strv_length(l);

	if (n)
		qsort(l, n, sizeof(*l), compare_strings);
}

static int compare_names(const void *a, const void *b)
{
	size_t a_length = strcspn(a, "="), b_length = strcspn(b, "=");
	int order = memcmp(a, b, MIN(a_length, b_length));

	return order ? order : (a_length > b_length) - (a_length < b_length);
}

static void keep(void *entry)
{
}

/* By a tree, as an image's config may have very many. */
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
	/* All entries of that name: some programs use the first one, others the last one. */
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

/* Adds a quoted field, from the byte after its first quote, and moves *s behind its last quote. */
static int add_quoted(struct strbuf *field, const char **s)
{
	for (;;) {
		size_t n = strcspn(*s, "\"");
		int r = strbuf_add(field, *s, n);

		if (r < 0)
			return r;
		*s += n;
		if (!**s)
			return -EINVAL;
		if (*++*s != '"')
			return 0;
		r = strbuf_add(field, "\"", 1);
		if (r < 0)
			return r;
		++*s;
	}
}

static int add_field(char ***list, const char **s)
{
	_cleanup_strbuf_ struct strbuf field = STRBUF_INIT;
	int r;

	if (**s == '"') {
		++*s;
		r = add_quoted(&field, s);
	} else {
		size_t n = strcspn(*s, ",\"");

		r = strbuf_add(&field, *s, n);
		*s += n;
	}
	if (r < 0)
		return r;
	if (**s && **s != ',')
		return -EINVAL;
	char *text = strbuf_take(&field);
	return text ? strv_push_owned(list, text) : -ENOMEM;
}

int strv_split_csv(const char *line, char ***ret)
{
	_cleanup_strv_ char **list = NULL;

	for (;; line++) {
		int r = add_field(&list, &line);

		if (r < 0)
			return r;
		if (!*line)
			break;
	}
	*ret = TAKE_PTR(list);
	return 0;
}
