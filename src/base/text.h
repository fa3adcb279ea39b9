/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Short texts in a buffer, without stdio, locale or malloc: for the small programs masu-monitor and masu-init, and the
 * code that they share with other programs.
 *
 *	char buffer[64];
 *	struct text t = text_into(buffer, sizeof(buffer));
 *	text_add(&t, "log.");
 *	text_add_uint(&t, 3);
 *
 * A text that is too long is cut, and `truncated` is set. The text is always terminated.
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

/*
 * UTF-8 to the letter of RFC 3629, without overlong forms, surrogates, and characters beyond U+10FFFF. Returns the length
 * of the character at `s`, 1 to 4 bytes, or 0 if it is invalid. `size` is at least 1.
 */
size_t utf8_length(const char *s, size_t size);

bool utf8_is_valid(const char *s);
