/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/facts.h"

#include <errno.h>
#include <stdlib.h>

void facts_done(struct facts *f)
{
	for (size_t i = 0; i < f->n; i++) {
		free(f->item[i].value);
		free(f->item[i].remedy);
	}
	free(f->item);
	*f = (struct facts){0};
}

int facts_add(struct facts *f, const char *section, const char *name, char *value, char *remedy)
{
	struct fact *grown = value ? reallocarray(f->item, f->n + 1, sizeof(*grown)) : NULL;

	if (!grown) {
		free(value);
		free(remedy);
		return -ENOMEM;
	}
	f->item = grown;
	f->item[f->n++] = (struct fact){
		.section = section, .name = name, .value = value, .remedy = remedy};
	return 0;
}
