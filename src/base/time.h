/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Time: stamps for people and records (RFC 3339, UTC), and a clock for timeouts. */

#include <stdint.h>
#include <time.h>

#define TIME_STAMP_MAX 40

#define NS_PER_MS      INT64_C(1000000)
#define NS_PER_S       INT64_C(1000000000)

/* Nanoseconds since the epoch, by the wall clock. */
int64_t time_now(void);

/* Milliseconds of a clock that never steps, for timeouts. */
int64_t time_monotonic_ms(void);

/* "2026-11-22T10:00:00.123456789Z" */
const char *time_stamp(int64_t ns, char buffer[TIME_STAMP_MAX]);

/*
 * The reverse, with any offset and fraction (cut after nine digits). -EINVAL; -ERANGE for years outside 1678 to 2261,
 * such as Go's zero time, "0001-01-01T00:00:00Z", which means "unknown" in images.
 */
int time_parse_stamp(const char *s, int64_t *ret_ns);

/*
 * A time in one of these forms:
 *
 *	2026-11-22T10:00:00.5+01:00	the fraction, the seconds, the minutes, the whole time, and the
 *					offset may be missing; without an offset it is the local time
 *	1700000000.5			seconds since the epoch, with up to nine digits after the dot
 *	1h30m, 1.5h			a duration before `now_ns`: d, h, m, s, ms, us, ns
 *
 * -EINVAL for other texts, -ERANGE outside the range of time_parse_stamp().
 */
int time_parse(const char *s, int64_t now_ns, int64_t *ret_ns);

/* A duration as above, "1h30m": nanoseconds. -EINVAL, -ERANGE. */
int time_parse_duration(const char *s, int64_t *ret_ns);

/* "5 minutes ago", "Less than a second ago", in docker's words, for tables. */
const char *time_ago(int64_t then_ns, int64_t now_ns, char buffer[TIME_STAMP_MAX]);
