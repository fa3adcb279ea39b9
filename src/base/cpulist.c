/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cpulist.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "base/strv.h"

static int range_parse(const char *text, uint64_t *ret_first, uint64_t *ret_last)
{
	_cleanup_strv_ char **ends = strv_split(text, "-");

	if (!ends)
		return -ENOMEM;
	size_t n = strv_length(ends);
	if (n < 1 || n > 2 || str_to_uint64(ends[0], CPULIST_MAX - 1, ret_first) < 0 ||
	    str_to_uint64(ends[n - 1], CPULIST_MAX - 1, ret_last) < 0 || *ret_first > *ret_last)
		return -EINVAL;
	return 0;
}

int cpulist_parse(const char *text, uint8_t mask[CPULIST_BYTES])
{
	_cleanup_strv_ char **ranges = strv_split(text, ",");
	uint64_t first, last, highest = 0;

	if (!ranges)
		return -ENOMEM;
	if (mask)
		memset(mask, 0, CPULIST_BYTES);
	STRV_FOREACH(range, ranges) {
		int r = range_parse(*range, &first, &last);
		if (r < 0)
			return r;
		for (uint64_t i = first; mask && i <= last; i++)
			mask[i / 8] |= (uint8_t)(1u << (i % 8));
		highest = MAX(highest, last);
	}
	return (int)(highest / 8 + 1);
}
