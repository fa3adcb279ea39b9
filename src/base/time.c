/* SPDX-License-Identifier: Apache-2.0 */
#include "base/time.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "base/text.h"

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

/* "Z", "+02:00", "-08:30": the number of seconds by which the time is ahead of UTC. */
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

enum { PARTS_DATE = 3, PARTS_ALL = 6 };

/*
 * "2026-11-22T10:00:00", or the first parts of it, at least `min`. Returns the number of parts, and leaves the rest in *s.
 */
static int parse_date_and_time(const char **s, int min, struct tm *ret)
{
	static const char separators[] = "--T::";
	int *const fields[] = {&ret->tm_year, &ret->tm_mon, &ret->tm_mday,
			       &ret->tm_hour, &ret->tm_min, &ret->tm_sec};
	int n = 0;

	for (; n < PARTS_ALL; n++) {
		if (n > 0 && **s != separators[n - 1])
			break;
		if (n > 0)
			++*s;
		if (parse_digits(s, n == 0 ? 4 : 2, fields[n]) < 0)
			return -EINVAL;
	}
	if (n < min || ret->tm_mon < 1 || ret->tm_mon > 12 || ret->tm_mday < 1 ||
	    ret->tm_mday > 31 || ret->tm_hour > 23 || ret->tm_min > 59 || ret->tm_sec > 60)
		return -EINVAL;
	ret->tm_year -= 1900;
	ret->tm_mon -= 1;
	return n;
}

/* ".123" as nanoseconds, 0 without a dot. Digits after the ninth are ignored. */
static int parse_fraction(const char **s, int64_t *ret_ns)
{
	int64_t unit = NS_PER_S, ns = 0;

	if (**s == '.') {
		if (*++*s < '0' || **s > '9')
			return -EINVAL;
		for (; **s >= '0' && **s <= '9'; ++*s) {
			unit /= 10;
			ns += (**s - '0') * unit;
		}
	}
	*ret_ns = ns;
	return 0;
}

static int add_ns(int64_t seconds, int64_t fraction, int64_t *ret)
{
	int64_t ns;

	if (__builtin_mul_overflow(seconds, NS_PER_S, &ns) ||
	    __builtin_add_overflow(ns, fraction, &ns))
		return -ERANGE;
	*ret = ns;
	return 0;
}

/*
 * timegm(3) without reading the local time zone first. The year begins in March, so the leap day is its last day, and all
 * eras of 400 years have the same length.
 */
static int64_t seconds_of(const struct tm *tm)
{
	int64_t year = tm->tm_year + 1900LL - (tm->tm_mon < 2);
	int64_t era = (year >= 0 ? year : year - 399) / 400, year_of_era = year - era * 400;
	int64_t day_of_year = (153 * ((tm->tm_mon + 10) % 12) + 2) / 5 + tm->tm_mday - 1;
	int64_t day = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

	day += era * 146097 - 719468; /* an era's days; the days before 1970-01-01 */
	return ((day * 24 + tm->tm_hour) * 60 + tm->tm_min) * 60 + tm->tm_sec;
}

int time_parse_stamp(const char *s, int64_t *ret_ns)
{
	struct tm tm = {0};
	int64_t fraction, offset;
	int r = parse_date_and_time(&s, PARTS_ALL, &tm);

	if (r >= 0)
		r = parse_fraction(&s, &fraction);
	if (r >= 0)
		r = parse_offset(s, &offset);
	return r < 0 ? r : add_ns(seconds_of(&tm) - offset, fraction, ret_ns);
}

/* A stamp whose time may be missing. Without an offset it is the local time. */
static int parse_date(const char *s, int64_t *ret_ns)
{
	struct tm tm = {.tm_isdst = -1};
	int64_t fraction = 0, offset;
	int r = parse_date_and_time(&s, PARTS_DATE, &tm);

	if (r == PARTS_ALL)
		r = parse_fraction(&s, &fraction);
	if (r < 0)
		return r;
	if (!*s)
		return add_ns(mktime(&tm), fraction, ret_ns);
	r = parse_offset(s, &offset);
	return r < 0 ? r : add_ns(seconds_of(&tm) - offset, fraction, ret_ns);
}

int time_parse_duration(const char *s, int64_t *ret_ns)
{
	static const struct {
		const char *name;
		uint64_t ns;
	} units[] = {
		{"ns", 1},
		{"us", 1000},
		{"\u00b5s", 1000}, /* micro sign */
		{"\u03bcs", 1000}, /* Greek mu */
		{"ms", 1000000},   /* before "m" */
		{"s", NS_PER_S},
		{"m", 60 * NS_PER_S},
		{"h", 3600 * NS_PER_S},
		{"d", 86400 * NS_PER_S},
	};
	int64_t sum = 0;

	do {
		const char *unit = s + strspn(s, "0123456789."), *end;
		size_t i = 0;
		uint64_t ns;

		while (i < ARRAY_SIZE(units) && !str_after(unit, units[i].name))
			i++;
		if (i == ARRAY_SIZE(units))
			return -EINVAL;
		int r = str_decimal(s, units[i].ns, &end, &ns);
		if (r < 0)
			return r;
		if (end != unit)
			return -EINVAL;
		if (__builtin_add_overflow(sum, ns, &sum))
			return -ERANGE;
		s = unit + strlen(units[i].name);
	} while (*s);
	*ret_ns = sum;
	return 0;
}

int time_parse(const char *s, int64_t now_ns, int64_t *ret_ns)
{
	uint64_t since_epoch;
	int64_t ago;

	if (s[strspn(s, "0123456789")] == '-')
		return parse_date(s, ret_ns);
	int r = str_to_billionths(s, &since_epoch);
	if (r < 0 && r != -EINVAL)
		return r;
	if (r == 0) {
		if (since_epoch > INT64_MAX)
			return -ERANGE;
		*ret_ns = (int64_t)since_epoch;
		return 0;
	}
	r = time_parse_duration(s, &ago);
	if (r < 0)
		return r;
	return __builtin_sub_overflow(now_ns, ago, ret_ns) ? -ERANGE : 0;
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
