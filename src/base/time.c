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

/* As many decimal digits as the value has. */
static int parse_digits(const char **s, int digits, int *ret)
{
	int n = 0;

	for (int i = 0; i < digits; i++, (*s)++) {
		if (**s < '0' || **s > '9')
			return -EINVAL;
		n = n * 10 + (**s - '0');
	}
	*ret = n;
	return 0;
}

/* "Z", "+02:00", "-08:30": the seconds that the written time is ahead of UTC. */
static int parse_offset(const char *s, int64_t *ret_seconds)
{
	int sign = *s == '-' ? -1 : 1, hours = 0, minutes = 0;

	if (*s == 'Z' || *s == 'z') {
		s++;
	} else {
		if ((*s != '+' && *s != '-') || (s++, parse_digits(&s, 2, &hours)) < 0 ||
		    *s++ != ':' || parse_digits(&s, 2, &minutes) < 0)
			return -EINVAL;
	}
	if (*s || hours > 23 || minutes > 59)
		return -EINVAL;
	*ret_seconds = (int64_t)sign * (hours * 3600 + minutes * 60);
	return 0;
}

/* "2026-11-22T10:00:00"; what follows is left in *s. */
static int parse_date_and_time(const char **s, struct tm *ret)
{
	static const char separators[] = "--T::";
	int *const fields[] = {&ret->tm_year, &ret->tm_mon, &ret->tm_mday,
			       &ret->tm_hour, &ret->tm_min, &ret->tm_sec};

	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		if (i > 0 && *(*s)++ != separators[i - 1])
			return -EINVAL;
		if (parse_digits(s, i == 0 ? 4 : 2, fields[i]) < 0)
			return -EINVAL;
	}
	if (ret->tm_mon < 1 || ret->tm_mon > 12 || ret->tm_mday < 1 || ret->tm_mday > 31 ||
	    ret->tm_hour > 23 || ret->tm_min > 59 || ret->tm_sec > 60)
		return -EINVAL;
	ret->tm_year -= 1900;
	ret->tm_mon -= 1;
	return 0;
}

/*
 * timegm(3), which reads the local time zone first. The year is taken to begin in March, so that its
 * leap day is the last one, and eras of 400 years have all the same length.
 */
static int64_t seconds_of(const struct tm *tm)
{
	int64_t year = tm->tm_year + 1900LL - (tm->tm_mon < 2);
	int64_t era = (year >= 0 ? year : year - 399) / 400, year_of_era = year - era * 400;
	int64_t day_of_year = (153 * ((tm->tm_mon + 10) % 12) + 2) / 5 + tm->tm_mday - 1;
	int64_t day = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

	day += era * 146097 - 719468; /* days of an era; and of those before 1970-01-01 */
	return ((day * 24 + tm->tm_hour) * 60 + tm->tm_min) * 60 + tm->tm_sec;
}

int time_parse_stamp(const char *s, int64_t *ret_ns)
{
	struct tm tm = {0};
	int64_t fraction = 0, unit = NS_PER_S, offset, ns;

	int r = parse_date_and_time(&s, &tm);
	if (r < 0)
		return r;
	if (*s == '.') {
		if (*++s < '0' || *s > '9')
			return -EINVAL;
		for (; *s >= '0' && *s <= '9'; s++) {
			unit /= 10;
			fraction += (*s - '0') * unit; /* digits past the ninth add nothing */
		}
	}
	r = parse_offset(s, &offset);
	if (r < 0)
		return r;
	if (__builtin_mul_overflow(seconds_of(&tm) - offset, NS_PER_S, &ns) ||
	    __builtin_add_overflow(ns, fraction, &ns))
		return -ERANGE;
	*ret_ns = ns;
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
	int64_t passed = now_ns / NS_PER_S - then_ns / NS_PER_S;

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
