/* SPDX-License-Identifier: Apache-2.0 */
#include "base/id-file.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/str.h"

#define FIELDS_MAX 8

int id_file_find(char *text, size_t n_fields, int (*match)(char **fields, void *arg), void *arg)
{
	char *rest = text, *line;

	while ((line = strsep(&rest, "\n"))) {
		char *fields[FIELDS_MAX] = {0}, *at = line;
		size_t n = 0;

		while (at && n < ARRAY_SIZE(fields))
			fields[n++] = strsep(&at, ":");
		if (n < n_fields)
			continue;
		int r = match(fields, arg);
		if (r != 0)
			return r;
	}
	return 0;
}

int id_file_number(const char *field, uint32_t *ret)
{
	return str_to_uint32(field, ret) < 0 || *ret == UINT32_MAX ? -EINVAL : 0;
}

bool id_file_lists(char *members, const char *name)
{
	char *rest = members, *member;

	while ((member = strsep(&rest, ",")))
		if (streq(member, name))
			return true;
	return false;
}

int id_parse(const char *text, uint32_t *ret)
{
	int r = str_to_uint32(text, ret);

	if (r == 0 && *ret != UINT32_MAX)
		return 1;
	if (r == -EINVAL && *text && text[strspn(text, "0123456789")] && *text != '-' &&
	    *text != '+' && !str_has_control(text))
		return 0;
	return -EINVAL;
}
