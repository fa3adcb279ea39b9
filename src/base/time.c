/* SPDX-License-Identifier: Apache-2.0 */
#include "base/time.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"

#define NS_PER_S 1000000000LL

int64_t time_now(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_REALTIME, &ts); /* can't fail for this clock */
	return ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

int64_t time_monotonic_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts); /* can't fail for this clock */
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

const char *time_stamp(int64_t ns, char buffer[TIME_STAMP_MAX])
{
	struct text t = text_into(buffer, TIME_STAMP_MAX);

	text_add_stamp(&t, ns);
	return buffer;
}

static int parse_offset(const char *s, int64_t *ret_seconds)
{
	unsigned int hours, minutes;
	int end = 0;

	if ((*s == 'Z' || *s == 'z') && !s[1]) {
		*ret_seconds = 0;
		return 0;
	}
	if ((*s != '+' && *s != '-') || sscanf(s + 1, "%2u:%2u%n", &hours, &minutes, &end) != 2 ||
	    end != 5 || s[1 + end] || hours > 23 || minutes > 59)
		return -EINVAL;
	*ret_seconds = (*s == '-' ? -1 : 1) * (int64_t)(hours * 3600 + minutes * 60);
	return 0;
}

int time_parse_stamp(const char *s, int64_t *ret_ns)
{
	struct tm tm = {0};
	int64_t fraction = 0, unit = NS_PER_S, offset, seconds_ns;
	const char *p = strptime(s, "%Y-%m-%dT%H:%M:%S", &tm);

	if (!p)
		return -EINVAL;
	if (*p == '.') {
		if (*++p < '0' || *p > '9')
			return -EINVAL;
		for (; *p >= '0' && *p <= '9'; p++) {
			unit /= 10;
			fraction += (*p - '0') * unit; /* digits past the ninth add nothing */
		}
	}
	int r = parse_offset(p, &offset);
	if (r < 0)
		return r;
	if (__builtin_mul_overflow((int64_t)timegm(&tm) - offset, NS_PER_S, &seconds_ns) ||
	    __builtin_add_overflow(seconds_ns, fraction, ret_ns))
		return -ERANGE;
	return 0;
}

const char *time_ago(int64_t then_ns, int64_t now_ns, char buffer[TIME_STAMP_MAX])
{
	static const struct {
		int64_t seconds;
		const char *name;
	} units[] = {
		{365 * 86400, "year"}, {30 * 86400, "month"}, {7 * 86400, "week"}, {86400, "day"},
		{3600, "hour"},	       {60, "minute"},	      {1, "second"},
	};
	int64_t passed = (now_ns - then_ns) / NS_PER_S;

	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		if (passed >= units[i].seconds) {
			int64_t n = passed / units[i].seconds;

			(void)snprintf(buffer, TIME_STAMP_MAX, "%" PRId64 " %s%s ago", n,
				       units[i].name, n == 1 ? "" : "s");
			return buffer;
		}
	(void)snprintf(buffer, TIME_STAMP_MAX, "Less than a second ago");
	return buffer;
}
