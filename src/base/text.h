/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Short texts built in place, without stdio, locale or malloc: for masu-monitor and masu-init,
 * which run without a libc, and for what they share with the rest.
 *
 *	char buffer[64];
 *	struct text t = text_into(buffer, sizeof(buffer));
 *	text_add(&t, "log.");
 *	text_add_uint(&t, 3);
 *
 * What has no room is left out, and `truncated` set; the text is terminated at all times.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
	char *start;
	size_t length;
	size_t room; /* of the buffer, its terminating NUL included */
	bool truncated;
};

/* `size` must be at least 1. */
struct text text_into(char *buffer, size_t size);

void text_add(struct text *t, const char *s);
void text_add_uint(struct text *t, uint64_t n);

/* "2026-11-22T10:00:00.123456789Z": RFC 3339, UTC, always TEXT_STAMP_LENGTH characters. */
#define TEXT_STAMP_LENGTH 30
void text_add_stamp(struct text *t, int64_t ns_since_epoch);
