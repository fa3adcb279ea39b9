/* SPDX-License-Identifier: Apache-2.0 */
#include "base/ulimit.h"

#include <errno.h>

#include "base/str.h"
#include "base/strv.h"

static int parse_limit(const char *text, uint64_t *ret)
{
	if (streq(text, "-1") || streq(text, "unlimited")) {
		*ret = UINT64_MAX;
		return 0;
	}
	return str_to_uint64(text, UINT64_MAX - 1, ret);
}

int ulimit_parse(const char *text, char **ret_name, uint64_t *ret_soft, uint64_t *ret_hard,
		 struct masu_error *err)
{
	_cleanup_strv_ char **parts = strv_split(text, "=:");
	size_t n = strv_length(parts);
	uint64_t soft, hard;

	if (!parts)
		return err_oom(err);
	if (n < 2 || n > 3 || parse_limit(parts[1], &soft) < 0 ||
	    parse_limit(parts[n == 3 ? 2 : 1], &hard) < 0) {
		(void)err_set(err, ERR_INVALID, EINVAL, "invalid limit '%s'", text);
		return err_hint(err, "write NAME=SOFT[:HARD], like nofile=1024:2048");
	}
	*ret_name = strdup(parts[0]);
	if (!*ret_name)
		return err_oom(err);
	*ret_soft = soft;
	*ret_hard = hard;
	return 0;
}
