/* SPDX-License-Identifier: Apache-2.0 */
#include "base/str.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <strings.h>

bool str_has_suffix(const char *s, const char *suffix)
{
	size_t n = strlen(s), m = strlen(suffix);

	return n >= m && streq(s + n - m, suffix);
}

void strbuf_done(struct strbuf *b)
{
	free(b->text);
	*b = STRBUF_INIT;
}

static int strbuf_grow(struct strbuf *b, size_t size)
{
	size_t need;

	if (b->failed || __builtin_add_overflow(b->length, size, &need) || need > SIZE_MAX / 2 - 1)
		return -ENOMEM;
	need++;
	if (need <= b->room)
		return 0;
	size_t room = MAX(2 * b->room, (size_t)64);

	room = MAX(room, need);
	char *text = realloc(b->text, room);
	if (!text)
		return -ENOMEM;
	b->text = text;
	b->room = room;
	return 0;
}

int strbuf_add(struct strbuf *b, const void *bytes, size_t size)
{
	b->failed = strbuf_grow(b, size) < 0;
	if (b->failed)
		return -ENOMEM;
	if (size)
		memcpy(b->text + b->length, bytes, size);
	b->length += size;
	b->text[b->length] = 0;
	return 0;
}

int strbuf_addf(struct strbuf *b, const char *format, ...)
{
	_cleanup_free_ char *s = NULL;
	va_list ap;

	va_start(ap, format);
	int n = vasprintf(&s, format, ap);
	va_end(ap);
	if (n >= 0)
		return strbuf_add(b, s, (size_t)n);
	s = NULL;
	b->failed = true;
	return -ENOMEM;
}

char *strbuf_take(struct strbuf *b)
{
	char *text = b->failed ? NULL : b->text ? TAKE_PTR(b->text) : strdup("");

	strbuf_done(b);
	return text;
}

char *str_printf(const char *format, ...)
{
	char *text;
	va_list ap;

	va_start(ap, format);
	int n = vasprintf(&text, format, ap);
	va_end(ap);
	return n < 0 ? NULL : text;
}

int str_to_uint64(const char *s, uint64_t max, uint64_t *ret)
{
	uint64_t n = 0;

	if (!*s)
		return -EINVAL;
	for (; *s; s++) {
		if (*s < '0' || *s > '9')
			return -EINVAL;
		if (__builtin_mul_overflow(n, 10, &n) ||
		    __builtin_add_overflow(n, (uint64_t)(*s - '0'), &n))
			return -ERANGE;
	}
	if (n > max)
		return -ERANGE;
	*ret = n;
	return 0;
}

int str_to_uint32(const char *s, uint32_t *ret)
{
	uint64_t n;
	int r = str_to_uint64(s, UINT32_MAX, &n);

	if (r < 0)
		return r;
	*ret = (uint32_t)n;
	return 0;
}

int str_to_octal(const char *s, uint32_t max, uint32_t *ret)
{
	uint64_t n = 0;

	if (!*s)
		return -EINVAL;
	for (; *s; s++) {
		if (*s < '0' || *s > '7')
			return -EINVAL;
		n = n * 8 + (uint64_t)(*s - '0');
		if (n > max)
			return -ERANGE;
	}
	*ret = (uint32_t)n;
	return 0;
}

int str_to_int64(const char *s, int64_t *ret)
{
	bool negative = *s == '-';
	uint64_t n;
	int r = str_to_uint64(s + negative, (uint64_t)INT64_MAX + negative, &n);

	if (r < 0)
		return r;
	*ret = negative ? (int64_t)(0 - n) : (int64_t)n;
	return 0;
}

int str_decimal(const char *s, uint64_t unit, const char **end, uint64_t *ret)
{
	uint64_t whole = 0, part = 0, scale = 1;

	if (!isdigit((unsigned char)*s))
		return -EINVAL;
	for (; isdigit((unsigned char)*s); s++)
		if (__builtin_mul_overflow(whole, 10, &whole) ||
		    __builtin_add_overflow(whole, (uint64_t)(*s - '0'), &whole))
			return -ERANGE;
	if (*s == '.') {
		if (!isdigit((unsigned char)*++s))
			return -EINVAL;
		for (; isdigit((unsigned char)*s); s++) {
			if (scale >= 1000000000)
				return -ERANGE;
			part = part * 10 + (uint64_t)(*s - '0');
			scale *= 10;
		}
	}
	*end = s;
	__extension__ unsigned __int128 n = (unsigned __int128)whole * unit +
					    (unsigned __int128)part * unit / scale;
	if (n > UINT64_MAX)
		return -ERANGE;
	*ret = (uint64_t)n;
	return 0;
}

int str_to_size(const char *s, uint64_t *ret)
{
	static const char letters[] = "bkmgt";
	const char *end = s + strspn(s, "0123456789.");
	uint64_t unit = 1;

	if (*end) {
		const char *letter = strchr(letters, tolower((unsigned char)*end));

		if (!letter)
			return -EINVAL;
		unit = (uint64_t)1 << (10 * (letter - letters));
		if (end[1] && (unit == 1 ||
			       (strcasecmp(end + 1, "b") != 0 && strcasecmp(end + 1, "ib") != 0)))
			return -EINVAL;
	}
	const char *stop;
	uint64_t n;
	int r = str_decimal(s, unit, &stop, &n);
	if (r < 0)
		return r;
	if (stop != end)
		return -EINVAL;
	*ret = n;
	return 0;
}

int str_to_billionths(const char *s, uint64_t *ret)
{
	const char *end;
	uint64_t n;
	int r = str_decimal(s, 1000000000, &end, &n);

	if (r < 0)
		return r;
	if (*end)
		return -EINVAL;
	*ret = n;
	return 0;
}

size_t str_order_length(const char *s)
{
	const unsigned char *c = (const unsigned char *)s;

	return *c == 0x7f ? 1 : *c == 0xc2 && c[1] >= 0x80 && c[1] <= 0x9f ? 2 : 0;
}

void str_disarm(char *s, bool lines)
{
	for (; *s; s++) {
		bool low = (unsigned char)*s < ' ' && !(lines && strchr("\n\t", *s));

		memset(s, '?', low ? 1 : str_order_length(s));
	}
}

#define BLANKS " \t"

const char *str_word(const char *line, size_t index, size_t *ret_length)
{
	line += strspn(line, BLANKS);
	for (; index > 0 && *line; index--) {
		line += strcspn(line, BLANKS);
		line += strspn(line, BLANKS);
	}
	*ret_length = strcspn(line, BLANKS);
	return line;
}

uint64_t str_word_number(const char *line, size_t index)
{
	size_t length;

	return strtoull(str_word(line, index, &length), NULL, 10);
}

char *str_shell_word(const char *s)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "_@%+=:,./-";
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;

	if (*s && s[strspn(s, plain)] == 0)
		return strdup(s);
	(void)strbuf_addf(&b, "'");
	for (; *s; s++)
		(void)strbuf_addf(&b, *s == '\'' ? "'\\''" : "%c", *s);
	(void)strbuf_addf(&b, "'");
	return strbuf_take(&b);
}

bool str_has_control(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return true;
	return false;
}

const char *str_size(uint64_t bytes, char buffer[STR_SIZE_MAX])
{
	static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
	double n = (double)bytes;
	size_t i = 0;

	for (; n >= 999.95 && i + 1 < ARRAY_SIZE(units); i++)
		n /= 1000;
	(void)snprintf(buffer, STR_SIZE_MAX, i ? "%.1f %s" : "%.0f %s", n, units[i]);
	return buffer;
}
