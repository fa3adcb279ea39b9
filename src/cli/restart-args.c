/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/restart-args.h"

#include <errno.h>

#include "base/str.h"

int restart_args_parse(const char *text, enum masu_restart *ret_policy, int *ret_max,
		       struct masu_error *err)
{
	static const struct {
		const char *name;
		enum masu_restart policy;
	} known[] = {{"no", MASU_RESTART_NO},
		     {"on-failure", MASU_RESTART_ON_FAILURE},
		     {"always", MASU_RESTART_ALWAYS},
		     {"unless-stopped", MASU_RESTART_UNLESS_STOPPED}};
	const char *max = str_after(text, "on-failure:");
	uint64_t n = 0;

	if (max && (str_to_uint64(max, INT32_MAX, &n) < 0 || n == 0))
		return err_set(err, ERR_INVALID, EINVAL, "the maximum must be a number from 1 on");
	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (streq(max ? "on-failure" : text, known[i].name)) {
			*ret_policy = known[i].policy;
			*ret_max = (int)n;
			return 0;
		}
	return err_set(err, ERR_INVALID, EINVAL,
		       "must be one of no, on-failure[:MAX], always, unless-stopped");
}
