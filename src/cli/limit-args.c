/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/limit-args.h"

#include <errno.h>

#include "base/str.h"

static int invalid(struct masu_error *err, const char *what)
{
	return err_set(err, ERR_INVALID, EINVAL, "%s", what);
}

int limit_parse_any_size(const char *text, void *field, struct masu_error *err)
{
	uint64_t n;

	if (str_to_size(text, &n) < 0 || n > INT64_MAX) {
		(void)invalid(err, "invalid size");
		return err_hint(err, SIZE_HINT);
	}
	*(int64_t *)field = (int64_t)n;
	return 0;
}

int limit_parse_size(const char *text, void *field, struct masu_error *err)
{
	int r = limit_parse_any_size(text, field, err);

	return r == 0 && *(int64_t *)field == 0 ? invalid(err, "must be more than 0") : r;
}

int limit_parse_size_or_none(const char *text, void *field, struct masu_error *err)
{
	if (!streq(text, "-1"))
		return limit_parse_size(text, field, err);
	*(int64_t *)field = -1;
	return 0;
}

int limit_parse_cpus(const char *text, void *field, struct masu_error *err)
{
	uint64_t billionths;
	_cleanup_free_ char *whole = *text == '.' ? str_printf("0%s", text) : NULL; /* ".5" */

	if (str_to_billionths(whole ? whole : text, &billionths) < 0 || billionths == 0 ||
	    billionths > INT64_MAX)
		return invalid(err, "must be a number of processors, like 0.5");
	*(int64_t *)field = (int64_t)billionths;
	return 0;
}

int limit_parse_cpus_or_none(const char *text, void *field, struct masu_error *err)
{
	if (!streq(text, "-1"))
		return limit_parse_cpus(text, field, err);
	*(int64_t *)field = -1;
	return 0;
}

int limit_parse_pids(const char *text, void *field, struct masu_error *err)
{
	int64_t n;

	if (str_to_int64(text, &n) < 0 || n < -1)
		return invalid(err, "must be a number (-1 for no limit)");
	*(int64_t *)field = n == 0 ? -1 : n;
	return 0;
}

int limit_parse_shares(const char *text, void *field, struct masu_error *err)
{
	if (str_to_uint64(text, UINT64_MAX, field) < 0 || *(uint64_t *)field == 0)
		return invalid(err, "must be a number from 2 to 262144");
	return 0;
}

int limit_parse_weight(const char *text, void *field, struct masu_error *err)
{
	uint64_t n;

	if (str_to_uint64(text, 1000, &n) < 0 || n < 10)
		return invalid(err, "must be a number from 10 to 1000");
	*(uint16_t *)field = (uint16_t)n;
	return 0;
}

int limit_parse_period(const char *text, void *field, struct masu_error *err)
{
	if (str_to_uint64(text, 1000000, field) < 0 || *(uint64_t *)field < 1000)
		return invalid(err, "must be a number from 1000 to 1000000");
	return 0;
}

int limit_parse_quota(const char *text, void *field, struct masu_error *err)
{
	int64_t n;

	if (str_to_int64(text, &n) < 0 || (n < 1000 && n != -1))
		return invalid(err, "must be at least 1000, or -1 for no limit");
	*(int64_t *)field = n;
	return 0;
}
