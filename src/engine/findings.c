/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/findings.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"

struct masu_finding_list {
	struct masu_finding *item;
	size_t n;
	bool failed;
};

masu_finding_list *findings_new(void)
{
	return calloc(1, sizeof(masu_finding_list));
}

void masu_finding_list_free(masu_finding_list *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < l->n; i++) {
		free((char *)l->item[i].object);
		free((char *)l->item[i].message);
		free((char *)l->item[i].fix);
	}
	free(l->item);
	free(l);
}

static char *copy(masu_finding_list *l, const char *text)
{
	char *made = text ? strdup(text) : NULL;

	l->failed |= !made;
	return made;
}

void findings_add(masu_finding_list *l, const struct masu_finding *f)
{
	struct masu_finding *own = array_add(&l->item, &l->n, sizeof(*own));

	if (!own) {
		l->failed = true;
		return;
	}
	*own = (struct masu_finding){.size = sizeof(*f),
				     .id = f->id,
				     .severity = f->severity,
				     .object = copy(l, f->object),
				     .message = copy(l, f->message),
				     .fix = f->fix ? copy(l, f->fix) : NULL};
}

/* Stable, so that each severity keeps the order in which the facts were found. */
static void sort(masu_finding_list *l)
{
	for (size_t i = 1; i < l->n; i++) {
		struct masu_finding f = l->item[i];
		size_t at = i;

		for (; at > 0 && l->item[at - 1].severity < f.severity; at--)
			l->item[at] = l->item[at - 1];
		l->item[at] = f;
	}
}

int findings_finish(masu_finding_list **list, masu_finding_list **ret, struct masu_error *err)
{
	if ((*list)->failed)
		return err_oom(err);
	sort(*list);
	*ret = TAKE_PTR(*list);
	return 0;
}

size_t masu_finding_list_count(const masu_finding_list *l)
{
	return l->n;
}

const struct masu_finding *masu_finding_list_get(const masu_finding_list *l, size_t index)
{
	return index < l->n ? &l->item[index] : NULL;
}

const char *masu_severity_name(enum masu_severity severity)
{
	static const char *const names[] = {[MASU_SEVERITY_NOTE] = "note",
					    [MASU_SEVERITY_WARNING] = "warning",
					    [MASU_SEVERITY_ERROR] = "error"};

	return severity < ARRAY_SIZE(names) ? names[severity] : "?";
}
