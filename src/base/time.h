/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Time: stamps for people and records (RFC 3339, UTC), and deadlines on CLOCK_MONOTONIC. */

#include <stdint.h>
#include <time.h>

#define TIME_STAMP_MAX 40

/* Nanoseconds since the epoch, by the wall clock. */
int64_t time_now(void);

/* Milliseconds of a clock that never steps: for time-outs alone. */
int64_t time_monotonic_ms(void);

/* "2026-11-22T10:00:00.123456789Z" */
const char *time_stamp(int64_t ns, char buffer[TIME_STAMP_MAX]);

/*
 * The reverse, with any offset and fraction (cut after nine digits). -EINVAL for what is no such
 * stamp, -ERANGE for years outside 1678 to 2261: Go's zero time, "0001-01-01T00:00:00Z", which
 * images carry as "unknown", is one.
 */
int time_parse_stamp(const char *s, int64_t *ret_ns);

/* "5 minutes ago", "Less than a second ago", as docker words it; for tables. */
const char *time_ago(int64_t then_ns, int64_t now_ns, char buffer[TIME_STAMP_MAX]);
