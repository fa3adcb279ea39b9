/* SPDX-License-Identifier: Apache-2.0 */
#include "base/array.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void *array_add(void *list, size_t *n, size_t size)
{
	char *items;

	/* A pointer of another type: only its bytes may be read. */
	memcpy(&items, list, sizeof(items));
	items = reallocarray(items, *n + 1, size);
	if (!items)
		return NULL;
	memcpy(list, &items, sizeof(items));
	return memset(items + (*n)++ * size, 0, size);
}

int array_push(void *list, size_t *n, const void *pointer)
{
	const void **items;

	memcpy(&items, list, sizeof(items));
	items = reallocarray(items, *n + 2, sizeof(*items));
	if (!items)
		return -ENOMEM;
	items[(*n)++] = pointer;
	items[*n] = NULL;
	memcpy(list, &items, sizeof(items));
	return 0;
}
