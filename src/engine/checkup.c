/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/checkup.h"

#include <stdlib.h>

#include "base/str.h"

void checkup_add(struct checkup *k, struct checkup_finding *f)
{
	k->failed |= f->has_fix && !f->fix;
	findings_add(k->list, &(struct masu_finding){.id = f->id,
						     .severity = f->severity,
						     .object = f->object,
						     .message = f->message,
						     .fix = f->fix});
	free(f->object);
	free(f->message);
	free(f->fix);
}

char *checkup_masu(const struct checkup *k, const char *verb)
{
	return str_printf("masu %s %s", verb, k->c->record.name);
}
