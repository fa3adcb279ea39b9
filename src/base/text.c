/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include <stdint.h>
#include <string.h>

#include "base/time.h"

#define S_PER_DAY 86400LL

struct text text_into(char *buffer, size_t size)
{
	buffer[0] = '\0';
	return (struct text){.start = buffer, .room = size};
}

void text_add(struct text *t, const char *s)
{
	size_t n = strlen(s), free = t->room - 1 - t->length;

	if (n > free) {
		n = free;
		t->truncated = true;
	}
	memcpy(t->start + t->length, s, n);
	t->length += n;
	t->start[t->length] = '\0';
}

/* At least `width` digits, zeros before. */
static void add_padded(struct text *t, uint64_t n, int width)
{
	char digits[21];
	char *p = digits + sizeof(digits) - 1;

	*p = '\0';
	do {
		*--p = (char)('0' + n % 10);
		n /= 10;
		width--;
	} while (n || width > 0);
	text_add(t, p);
}

void text_add_uint(struct text *t, uint64_t n)
{
	add_padded(t, n, 1);
}

/*
 * The date of a day counted from 1970-01-01, by the proleptic Gregorian calendar. A year begins in March, so the leap day
 * is its last day, and the lengths of months need no table: March to July have 153 days, and August to December again.
 */
static void add_date(struct text *t, int64_t days_since_epoch)
{
	int64_t days = days_since_epoch + 719468; /* since 0000-03-01 */
	int64_t era = days / 146097; /* of 400 years; int64_t nanoseconds begin in 1677 */
	int64_t day_of_era = days - era * 146097;
	int64_t year = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) /
		       365;
	int64_t day_of_year = day_of_era - (365 * year + year / 4 - year / 100);
	int64_t month = (5 * day_of_year + 2) / 153; /* 0 is March */
	int64_t day = day_of_year - (153 * month + 2) / 5 + 1;

	month = month < 10 ? month + 3 : month - 9;
	add_padded(t, (uint64_t)(year + era * 400 + (month <= 2)), 4);
	text_add(t, "-");
	add_padded(t, (uint64_t)month, 2);
	text_add(t, "-");
	add_padded(t, (uint64_t)day, 2);
}

void text_add_stamp(struct text *t, int64_t ns_since_epoch)
{
	int64_t ns = ((ns_since_epoch % NS_PER_S) + NS_PER_S) % NS_PER_S;
	int64_t seconds = ns_since_epoch / NS_PER_S - (ns_since_epoch % NS_PER_S < 0);
	int64_t of_day = ((seconds % S_PER_DAY) + S_PER_DAY) % S_PER_DAY;

	add_date(t, (seconds - of_day) / S_PER_DAY);
	text_add(t, "T");
	add_padded(t, (uint64_t)(of_day / 3600), 2);
	text_add(t, ":");
	add_padded(t, (uint64_t)(of_day / 60 % 60), 2);
	text_add(t, ":");
	add_padded(t, (uint64_t)(of_day % 60), 2);
	text_add(t, ".");
	add_padded(t, (uint64_t)ns, 9);
	text_add(t, "Z");
}

size_t utf8_length(const char *s, size_t size)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	unsigned char lead = (unsigned char)*s;
	size_t bytes = lead >= 0xf8   ? 0
		       : lead >= 0xf0 ? 4
		       : lead >= 0xe0 ? 3
		       : lead >= 0xc0 ? 2
				      : 0;
	uint32_t n = lead & (0x7fU >> bytes);

	if (lead < 0x80)
		return 1;
	if (bytes == 0 || bytes > size)
		return 0;
	for (size_t i = 1; i < bytes; i++) {
		if (((unsigned char)s[i] & 0xc0) != 0x80)
			return 0;
		n = n << 6 | ((unsigned char)s[i] & 0x3f);
	}
	return n >= least[bytes] && n <= 0x10ffff && (n < 0xd800 || n > 0xdfff) ? bytes : 0;
}

bool utf8_is_valid(const char *s)
{
	size_t n;

	for (size_t left = strlen(s); left > 0; s += n, left -= n) {
		n = utf8_length(s, left);
		if (n == 0)
			return false;
	}
	return true;
}
