/* SPDX-License-Identifier: Apache-2.0 */
#include "base/unit-words.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

#include "base/str.h"
#include "base/strv.h"
#include "base/text.h"

#define SPACES " \t\n\r"

/* The code point in UTF-8. Nothing for NUL and for numbers without a character. */
static bool add_code_point(struct strbuf *word, uint32_t c)
{
	char utf8[4];
	size_t n;

	if (c == 0 || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return false;
	if (c < 0x80) {
		utf8[0] = (char)c;
		n = 1;
	} else if (c < 0x800) {
		utf8[0] = (char)(0xc0 | c >> 6);
		n = 2;
	} else if (c < 0x10000) {
		utf8[0] = (char)(0xe0 | c >> 12);
		n = 3;
	} else {
		utf8[0] = (char)(0xf0 | c >> 18);
		n = 4;
	}
	for (size_t i = 1; i < n; i++)
		utf8[i] = (char)(0x80 | (c >> 6 * (n - 1 - i) & 0x3f));
	(void)strbuf_add(word, utf8, n);
	return true;
}

/* Exactly `n` digits of the base. Returns whether they are there. */
static bool read_digits(const char *s, size_t n, unsigned int base, uint32_t *ret)
{
	uint32_t value = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];
		unsigned int digit = isdigit(c)	   ? c - (unsigned int)'0'
				     : isxdigit(c) ? (c | 0x20U) - 'a' + 10U
						   : 16U;

		if (digit >= base)
			return false;
		value = value * base + digit;
	}
	*ret = value;
	return true;
}

/* Nothing for NUL. */
static bool add_byte(struct strbuf *word, uint32_t c)
{
	if (c == 0 || c > UINT8_MAX)
		return false;
	(void)strbuf_add(word, &(char){(char)c}, 1);
	return true;
}

/* Reads the number of an escape behind its backslash. Returns its length, or 0 if it is not one. */
static size_t add_number(struct strbuf *word, const char *s)
{
	static const struct {
		char letter;
		unsigned char digits, base;
		bool (*add)(struct strbuf *word, uint32_t c);
	} forms[] = {{'x', 2, 16, add_byte},
		     {'u', 4, 16, add_code_point},
		     {'U', 8, 16, add_code_point},
		     {0, 3, 8, add_byte}};

	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		size_t skip = forms[i].letter != 0;
		uint32_t c;

		if ((skip && *s != forms[i].letter) ||
		    !read_digits(s + skip, forms[i].digits, forms[i].base, &c))
			continue;
		return forms[i].add(word, c) ? skip + forms[i].digits : 0;
	}
	return 0;
}

/* Resolves the escape at `s`, a backslash, and returns its length. */
static size_t add_escape(struct strbuf *word, const char *s)
{
	static const char names[] = "abfnrtv\\\"'s", values[] = "\a\b\f\n\r\t\v\\\"' ";
	const char *name = s[1] ? strchr(names, s[1]) : NULL;
	size_t n;

	if (name) {
		(void)strbuf_add(word, &values[name - names], 1);
		return 2;
	}
	n = add_number(word, s + 1);
	if (n)
		return n + 1;
	(void)strbuf_add(word, s, 1);
	return 1;
}

/* Reads the word at *at and moves behind it. */
static int read_word(const char **at, struct strbuf *word, struct masu_error *err)
{
	const char *s = *at;
	char quote = 0;

	while (*s && (quote || !strchr(SPACES, *s))) {
		if (*s == '\\') {
			s += add_escape(word, s);
			continue;
		}
		if (*s == quote)
			quote = 0;
		else if (!quote && (*s == '"' || *s == '\''))
			quote = *s;
		else
			(void)strbuf_add(word, s, 1);
		s++;
	}
	*at = s;
	return quote ? err_set(err, ERR_INVALID, EINVAL, "a quote %c has no end", quote) : 0;
}

int unit_words_split(const char *line, char ***ret, struct masu_error *err)
{
	_cleanup_strv_ char **words = strv_copy(NULL);
	size_t n = 0;

	for (const char *s = line + strspn(line, SPACES); *s; s += strspn(s, SPACES)) {
		_cleanup_strbuf_ struct strbuf word = STRBUF_INIT;
		_cleanup_free_ char *text = NULL;
		int r = read_word(&s, &word, err);

		if (r < 0)
			return r;
		text = strbuf_take(&word);
		if (!text || strv_push_counted(&words, &n, text) < 0)
			return err_oom(err);
	}
	if (!words)
		return err_oom(err);
	*ret = TAKE_PTR(words);
	return 0;
}

static bool is_plain(const char *word)
{
	/* A semicolon of its own separates commands. */
	if (!*word || streq(word, ";"))
		return false;
	for (const char *s = word; *s; s++)
		if ((unsigned char)*s <= ' ' || *s == 0x7f || strchr("\"'\\", *s))
			return false;
	return true;
}

int unit_words_push(char ***line, const char *word)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	bool is_text = utf8_is_valid(word); /* systemd ignores a line that is not UTF-8 */

	if (is_text && is_plain(word))
		return strv_push(line, word);
	(void)strbuf_add(&b, "\"", 1);
	for (const char *s = word; *s; s++) {
		if (*s == '\n')
			(void)strbuf_add(&b, "\\n", 2);
		else if ((unsigned char)*s < ' ' || *s == 0x7f ||
			 (!is_text && (unsigned char)*s > 0x7f))
			(void)strbuf_addf(&b, "\\x%02x", (unsigned int)(unsigned char)*s);
		else
			(void)strbuf_addf(&b, *s == '"' || *s == '\\' ? "\\%c" : "%c", *s);
	}
	(void)strbuf_add(&b, "\"", 1);
	return strv_push_owned(line, strbuf_take(&b));
}

char *unit_literal(const char *text)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;

	for (const char *s = text; *s; s++) {
		(void)strbuf_add(&b, s, 1);
		if (*s == '%' || *s == '$')
			(void)strbuf_add(&b, s, 1);
	}
	return strbuf_take(&b);
}

char *unit_unquote(const char *value)
{
	size_t n = strlen(value);

	if (n >= 2 && (*value == '"' || *value == '\'') && value[n - 1] == *value &&
	    strchr(value + 1, *value) == value + n - 1 && !strchr(value, '\\'))
		return strndup(value + 1, n - 2);
	return strdup(value);
}
