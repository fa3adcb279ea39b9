/* SPDX-License-Identifier: Apache-2.0 */
#include "quadlet/source.h"

#include <errno.h>

#include "base/array.h"
#include "base/ini.h"
#include "base/str.h"
#include "base/strv.h"

#define ASSIGNMENTS_MAX 4096

void quadlet_source_done(struct quadlet_source *s)
{
	for (size_t i = 0; i < s->n; i++) {
		free(s->items[i].section);
		free(s->items[i].key);
		free(s->items[i].value);
	}
	free(s->items);
	strv_free(s->paths);
	*s = (struct quadlet_source){0};
}

struct reading {
	struct quadlet_source *source;
	const char *path;
};

static int add(void *arg, const struct ini_assignment *a, struct masu_error *err)
{
	struct reading *r = arg;
	struct quadlet_assignment *to;

	if (r->source->n >= ASSIGNMENTS_MAX)
		return err_set(err, ERR_INVALID, E2BIG,
			       "the file and its drop-ins have more than %d assignments",
			       ASSIGNMENTS_MAX);
	to = array_add(&r->source->items, &r->source->n, sizeof(*r->source->items));
	if (!to)
		return err_oom(err);
	to->section = strdup(a->section);
	to->key = strdup(a->key);
	to->value = strdup(a->value);
	to->path = r->path;
	to->line = a->line;
	return to->section && to->key && to->value ? 0 : err_oom(err);
}

int quadlet_source_add(struct quadlet_source *s, const char *text, size_t size, const char *path,
		       struct masu_error *err)
{
	struct reading reading = {.source = s};

	s->size += size;
	if (s->size > QUADLET_TEXT_MAX)
		return err_set(err, ERR_INVALID, EFBIG,
			       "'%s' makes the file and its drop-ins larger than %u KiB", path,
			       QUADLET_TEXT_MAX >> 10);
	if (strv_push(&s->paths, path) < 0)
		return err_oom(err);
	reading.path = s->paths[strv_length(s->paths) - 1];
	return ini_parse(text, size, path, add, &reading, err);
}

static bool is_of(const struct quadlet_assignment *a, const char *section, const char *key)
{
	return streq(a->key, key) && streq(a->section, section);
}

const struct quadlet_assignment *quadlet_source_last(const struct quadlet_source *s,
						     const char *section, const char *key)
{
	for (size_t i = s->n; i-- > 0;)
		if (is_of(&s->items[i], section, key))
			return *s->items[i].value ? &s->items[i] : NULL;
	return NULL;
}

const struct quadlet_assignment *quadlet_source_next(const struct quadlet_source *s,
						     const char *section, const char *key,
						     const struct quadlet_assignment *after)
{
	size_t i = after ? (size_t)(after - s->items) + 1 : s->n;

	/* At first, go back to the last empty one. */
	while (!after && i > 0 &&
	       (!is_of(&s->items[i - 1], section, key) || *s->items[i - 1].value))
		i--;
	for (; i < s->n; i++)
		if (is_of(&s->items[i], section, key))
			return &s->items[i];
	return NULL;
}
