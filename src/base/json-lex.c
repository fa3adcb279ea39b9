/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json-lex.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/utf8.h"

struct cursor {
	const unsigned char *p, *end;
};

/* The next byte, or 0 at the end: NUL is valid nowhere, so the two need not be told apart. */
static unsigned char next(const struct cursor *c)
{
	return c->p < c->end ? *c->p : 0;
}

static bool skip(struct cursor *c, const char *any_of)
{
	unsigned char byte = next(c);

	for (; byte && *any_of; any_of++)
		if (byte == (unsigned char)*any_of) {
			c->p++;
			return true;
		}
	return false;
}

/* Plain characters are most of every document. */
static void skip_plain(struct cursor *c)
{
	while (next(c) >= ' ' && next(c) < 0x80 && next(c) != '"' && next(c) != '\\')
		c->p++;
}

static bool skip_digits(struct cursor *c)
{
	const unsigned char *start = c->p;

	while (skip(c, "0123456789"))
		;
	return c->p > start;
}

static const char *lex_string(struct cursor *c)
{
	for (skip_plain(c); !skip(c, "\""); skip_plain(c)) {
		if (next(c) < ' ')
			return c->p < c->end ? "control character in a string"
					     : "ends within a string";
		if (next(c) >= 0x80) {
			size_t n = utf8_length((const char *)c->p, (size_t)(c->end - c->p));

			if (n == 0)
				return "not UTF-8";
			c->p += n;
			continue;
		}
		c->p++; /* the backslash */
		if (skip(c, "u")) {
			for (int i = 0; i < 4; i++)
				if (!skip(c, "0123456789abcdefABCDEF"))
					return "bad \\u in a string";
		} else if (!skip(c, "\"\\/bfnrt")) {
			return "bad escape in a string";
		}
	}
	return NULL;
}

static const char *check_range(const unsigned char *digits, const unsigned char *end, bool negative)
{
	uint64_t n = 0;

	for (; digits < end; digits++)
		if (__builtin_mul_overflow(n, 10, &n) ||
		    __builtin_add_overflow(n, (uint64_t)(*digits - '0'), &n))
			return "number out of range";
	return negative && n > (uint64_t)INT64_MAX + 1 ? "number out of range" : NULL;
}

static const char *lex_number(struct cursor *c)
{
	bool negative = skip(c, "-"), whole = true;
	const unsigned char *digits = c->p;

	if (!skip(c, "0") && !skip_digits(c))
		return "bad number";
	const unsigned char *end = c->p;
	if (skip(c, ".")) {
		whole = false;
		if (!skip_digits(c))
			return "bad number";
	}
	if (skip(c, "eE")) {
		whole = false;
		(void)skip(c, "+-");
		if (!skip_digits(c))
			return "bad number";
	}
	if (skip(c, "0123456789"))
		return "number with a leading zero";
	return whole ? check_range(digits, end, negative) : NULL;
}

static const char *lex_literal(struct cursor *c)
{
	static const char *const literals[] = {"true", "false", "null"};

	for (size_t i = 0; i < ARRAY_SIZE(literals); i++) {
		size_t n = strlen(literals[i]);

		if ((size_t)(c->end - c->p) >= n && memcmp(c->p, literals[i], n) == 0) {
			c->p += n;
			return NULL;
		}
	}
	return "unexpected character";
}

const char *json_lex(const char *text, size_t size, struct json_lex *ret)
{
	struct cursor c = {.p = (const unsigned char *)text};
	const char *wrong = NULL;
	bool comma = false;

	c.end = c.p + size;
	*ret = (struct json_lex){0};
	while (c.p < c.end && !wrong) {
		if (skip(&c, " \t\r\n"))
			continue;
		if (comma && (next(&c) == ']' || next(&c) == '}')) {
			wrong = "comma before the end of a list";
			break;
		}
		comma = next(&c) == ',';
		if (skip(&c, ":")) {
			ret->members++;
			continue;
		}
		if (skip(&c, "{[")) {
			ret->lists++;
			continue;
		}
		if (skip(&c, "}],"))
			continue;
		ret->words++;
		if (skip(&c, "\""))
			wrong = lex_string(&c);
		else if (next(&c) == '-' || (next(&c) >= '0' && next(&c) <= '9'))
			wrong = lex_number(&c);
		else
			wrong = lex_literal(&c);
	}
	ret->at = (size_t)(c.p - (const unsigned char *)text);
	return wrong;
}
