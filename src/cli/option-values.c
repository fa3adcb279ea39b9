/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/option-values.h"

#include <errno.h>
#include <stdint.h>

#include "base/str.h"
#include "base/time.h"

int option_time(const char *text, void *field, struct masu_error *err)
{
	if (time_parse(text, time_now(), field) == 0)
		return 0;
	(void)err_set(err, ERR_INVALID, EINVAL, "invalid time");
	return err_hint(err,
			"write 2026-11-22T10:00:00, seconds since 1970, or how long ago: 1h30m");
}

int option_descriptors(const char *text, void *field, struct masu_error *err)
{
	uint64_t count;

	if (str_to_uint64(text, 1024, &count) < 0)
		return err_set(err, ERR_INVALID, EINVAL, "must be a number from 0 to 1024");
	*(int *)field = (int)count;
	return 0;
}
