/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes to passwd(5) of an image, which gets the user of a box: afterwards a reader that splits the lines finds the user by its
 * name and by its id, all other lines are there in their order, and a second time changes nothing.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/id-file.h"
#include "base/str.h"

#define NAME  "ada"
#define ID    "1000"
#define ENTRY NAME ":*:" ID ":1000::/home/ada:/bin/sh"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static int is_another(char **fields, void *arg)
{
	bool name = streq(fields[0], NAME), id = streq(fields[2], ID);

	*(size_t *)arg += name && id;
	return name != id;
}

/* Does each line of `part`, except those with the name or the id, stand in `whole` in the same order? */
static bool has_other_lines(const char *whole, char *part)
{
	char *line;

	while ((line = strsep(&part, "\n"))) {
		size_t length = strlen(line);

		if (id_file_has(line, ENTRY) || (!part && !length))
			continue;
		if (strncmp(whole, line, length) != 0 || whole[length] != '\n')
			return false;
		whole += length + 1;
	}
	return streq(whole, ENTRY "\n");
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	_cleanup_free_ char *text = strndup((const char *)bytes, size), *replaced = NULL;
	size_t length = 0, users = 0;

	if (!text)
		return 0;
	int had = id_file_has(text, ENTRY);
	int r = id_file_replace(text, ENTRY, &replaced, &length);
	if (r < 0)
		return 0;
	if (r == 0) {
		if (!had || replaced)
			abort();
		return 0;
	}
	if (strlen(replaced) != length || !id_file_has(replaced, ENTRY) ||
	    !has_other_lines(replaced, text))
		abort();
	_cleanup_free_ char *again = NULL;
	if (id_file_replace(replaced, ENTRY, &again, &length) != 0)
		abort();
	if (id_file_find(replaced, 3, is_another, &users) != 0 || users != 1)
		abort();
	return 0;
}
