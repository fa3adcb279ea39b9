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

struct field {
	const char *start; /* NULL: the line does not have it */
	size_t length;
};

/* A field of a line of `length` bytes, from 0 on. */
static struct field field_of(const char *line, size_t length, unsigned int index)
{
	const char *end = line + length, *at = line;

	while (index-- > 0) {
		at = memchr(at, ':', (size_t)(end - at));
		if (!at)
			return (struct field){0};
		at++;
	}
	const char *colon = memchr(at, ':', (size_t)(end - at));
	return (struct field){at, (size_t)((colon ? colon : end) - at)};
}

static bool same_field(const char *line, size_t length, const char *entry, unsigned int index)
{
	struct field a = field_of(line, length, index), b = field_of(entry, strlen(entry), index);

	return a.start && b.start && a.length == b.length &&
	       memcmp(a.start, b.start, a.length) == 0;
}

/* How much of the entry's name and number the line has, 0 to 2. */
static int count_same(const char *line, size_t length, const char *entry)
{
	return same_field(line, length, entry, 0) + same_field(line, length, entry, 2);
}

/* The line at *text; *text moves to the next one, or to the end. Returns the length without the newline. */
static size_t next_line(const char **text)
{
	size_t length = strcspn(*text, "\n");

	*text += length + ((*text)[length] == '\n');
	return length;
}

int id_file_has(const char *text, const char *entry)
{
	while (*text) {
		const char *line = text;

		if (count_same(line, next_line(&text), entry) > 0)
			return 1;
	}
	return 0;
}

int id_file_replace(const char *text, const char *entry, char **ret, size_t *ret_size)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;

	while (*text) {
		const char *line = text;
		size_t length = next_line(&text);
		int same = count_same(line, length, entry);

		if (same == 2)
			return 0;
		if (same == 1)
			continue;
		(void)strbuf_add(&b, line, length);
		(void)strbuf_add(&b, "\n", 1);
	}
	(void)strbuf_add(&b, entry, strlen(entry));
	(void)strbuf_add(&b, "\n", 1);
	size_t size = b.length;
	*ret = strbuf_take(&b);
	*ret_size = size;
	return *ret ? 1 : -ENOMEM;
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
