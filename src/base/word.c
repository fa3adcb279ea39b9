/* SPDX-License-Identifier: Apache-2.0 */
#include "base/word.h"

#include <errno.h>

#include "base/str.h"

int word_number(const struct word *table, const char *name, uint32_t *ret)
{
	for (const struct word *w = table; w->name; w++)
		if (streq(w->name, name)) {
			*ret = w->number;
			return 0;
		}
	return -EINVAL;
}

const char *word_name(const struct word *table, uint32_t number)
{
	for (const struct word *w = table; w->name; w++)
		if (w->number == number)
			return w->name;
	return NULL;
}
