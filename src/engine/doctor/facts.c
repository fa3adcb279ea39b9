/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/doctor/facts.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/str.h"
#include "engine/findings.h"

void facts_done(struct facts *f)
{
	for (size_t i = 0; i < f->n; i++) {
		free(f->item[i].value);
		free(f->item[i].message);
		free(f->item[i].fix);
	}
	free(f->item);
}

void facts_add(struct facts *f, const char *section, const char *name, const char *value)
{
	struct fact *fact = array_add(&f->item, &f->n, sizeof(*fact));

	if (fact)
		*fact = (struct fact){section, name, .value = value ? strdup(value) : NULL};
	f->failed |= !fact || !fact->value;
}

void facts_problem(struct facts *f, const char *id, enum masu_severity severity,
		   const char *message, const char *fix)
{
	struct fact *last = f->failed ? NULL : &f->item[f->n - 1];

	if (!last)
		return;
	last->id = id;
	last->severity = severity;
	last->message = message ? strdup(message) : NULL;
	last->fix = fix ? strdup(fix) : NULL;
	f->failed |= !last->message || (fix && !last->fix);
}

void facts_report(const struct fact *fact, masu_finding_list *list)
{
	_cleanup_free_ char *object = str_printf("%s (%s)", fact->name, fact->value);

	findings_add(list, &(struct masu_finding){.id = fact->id,
						  .severity = fact->severity,
						  .object = object,
						  .message = fact->message,
						  .fix = fact->fix});
}
