/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup/counts.h"

#include "base/file.h"
#include "base/str.h"
#include "cgroup/cgroup.h"
#include "cgroup/walk.h"

/* On v1 "no limit" is the largest number of whole pages. */
#define NEAR_NO_LIMIT (UINT64_C(1) << 62)

uint64_t counts_number(int group, const char *file)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	uint64_t value;

	if (group < 0 || file_read(group, file, COUNTS_TEXT_MAX, &text, &size) < 0 || size == 0)
		return CGROUP_UNKNOWN;
	if (text[size - 1] == '\n')
		text[size - 1] = 0;
	if (streq(text, "max"))
		return CGROUP_NO_LIMIT;
	if (str_to_uint64(text, UINT64_MAX, &value) < 0)
		return CGROUP_UNKNOWN;
	return value >= NEAR_NO_LIMIT ? CGROUP_NO_LIMIT : value;
}

void counts_fields(int group, const char *file, const char *const *keys, uint64_t *const *fields,
		   size_t n)
{
	_cleanup_free_ char *text = NULL;
	int r = group < 0 ? -1 : file_read(group, file, COUNTS_TEXT_MAX, &text, NULL);

	for (size_t i = 0; i < n; i++)
		if (r < 0 || walk_find_number(text, keys[i], fields[i]) < 0)
			*fields[i] = CGROUP_UNKNOWN;
}

uint64_t counts_field(int group, const char *file, const char *key)
{
	uint64_t value, *field = &value;

	counts_fields(group, file, &key, &field, 1);
	return value;
}
