/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Strings: a growing buffer, and strict parsers of numbers and sizes. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/cleanup.h"

static inline bool streq(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

static inline const char *str_or_empty(const char *s)
{
	return s ? s : "";
}

/* The part of `s` after `prefix`, or NULL if `s` does not begin with it. */
static inline const char *str_after(const char *s, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(s, prefix, n) == 0 ? s + n : NULL;
}

bool str_has_suffix(const char *s, const char *suffix);

/* A buffer that grows. `text` is terminated, and NULL until bytes are added. */
struct strbuf {
	char *text;
	size_t length;
	size_t room;
	bool failed;
};
#define STRBUF_INIT	 ((struct strbuf){0})
#define _cleanup_strbuf_ _cleanup_(strbuf_done)

void strbuf_done(struct strbuf *b);
/*
 * Each returns 0 or -ENOMEM. After a failure nothing more is added, and strbuf_take() returns NULL: a caller
 * may look at that alone.
 */
int strbuf_add(struct strbuf *b, const void *bytes, size_t size);
int strbuf_addf(struct strbuf *b, const char *format, ...) _printf_(2, 3);
/* The text, which the caller frees; an empty string if no bytes were added; NULL when out of memory. */
char *strbuf_take(struct strbuf *b);

/* As asprintf(3). NULL when out of memory. */
char *str_printf(const char *format, ...) _printf_(1, 2);

/*
 * The whole string must be decimal digits, without sign, space or base prefix. -EINVAL; -ERANGE for more than `max`.
 */
int str_to_uint64(const char *s, uint64_t max, uint64_t *ret);
int str_to_uint32(const char *s, uint32_t *ret);
/* The same with an optional minus sign. */
int str_to_int64(const char *s, int64_t *ret);

/* The same for octal digits, with or without leading zeros. */
int str_to_octal(const char *s, uint32_t max, uint32_t *ret);

/*
 * Digits with an optional fraction of at most nine digits, times `unit`; `*end` is the rest. -EINVAL, -ERANGE.
 */
int str_decimal(const char *s, uint64_t unit, const char **end, uint64_t *ret);

/*
 * A size in bytes as in docker: digits, an optional fraction, and b, k, m, g, t (also kb, kib; either case; powers of
 * 1024). -EINVAL, -ERANGE.
 */
int str_to_size(const char *s, uint64_t *ret);
#define SIZE_HINT "a number with b, k, m or g behind it, like 64m"

/* "117.3 MB", in powers of 1000, as docker and podman print sizes of images. */
#define STR_SIZE_MAX 32
const char *str_size(uint64_t bytes, char buffer[STR_SIZE_MAX]);

/* A number with at most nine fractional digits as billionths ("0.5" is 500000000). -EINVAL, -ERANGE. */
int str_to_billionths(const char *s, uint64_t *ret);

/* The word with this index in a line, between spaces and tabs, and its length. "" after the last one. */
const char *str_word(const char *line, size_t index, size_t *ret_length);

/* The same as a decimal number. 0 if it is none. */
uint64_t str_word_number(const char *line, size_t index);

/* The text as one word of a shell's command line, in quotes if it needs them. To be freed; NULL when out of memory. */
char *str_shell_word(const char *s);

/* Returns whether it contains a control character (below 0x20, or 0x7f). */
bool str_has_control(const char *s);

/* The length of a control character at `s` that JSON need not escape: 1 for DEL, 2 for U+0080 to U+009F, else 0. */
size_t str_order_length(const char *s);

/* Replaces all characters that control a terminal by '?'. With `lines`, newlines and tabs stay. */
void str_disarm(char *s, bool lines);
