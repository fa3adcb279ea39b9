/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/strv.h"
#include "base/text.h"

/*
 * The words of a JSON text, checked to the letter of RFC 8259. json-c's strict mode still accepts 'single quotes', NaN,
 * leading zeros, control characters and broken UTF-8 in strings, and replaces a whole number beyond 64 bits by the
 * nearest one that fits. Two readers of such a document can see two different documents. json-c 0.18 refuses all
 * characters outside ASCII in that mode, so the mode is not used, and a comma after the last value is refused here.
 * json-c checks how the words fit together.
 */
struct lex {
	size_t members; /* of objects: one for each colon */
	size_t lists;	/* objects and arrays */
	size_t words;	/* strings, numbers and literals */
	size_t at;	/* where the check ended */
};

struct cursor {
	const unsigned char *p, *end;
};

/* The next byte, or 0 at the end. A NUL byte is invalid everywhere, so it can have the same value. */
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

/* Returns NULL, or the fault at `ret->at`. */
static const char *lex(const char *text, size_t size, struct lex *ret)
{
	struct cursor c = {.p = (const unsigned char *)text};
	const char *wrong = NULL;
	bool comma = false;

	c.end = c.p + size;
	*ret = (struct lex){0};
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

/*
 * json-c keeps the last of duplicate keys. Two readers of one document that keep different ones can be played off
 * against each other (a manifest's digest and its use), so duplicate keys are refused: lex() counts the members of the
 * text, and this function those of the tree.
 */
static size_t count_members(struct json_object *o)
{
	size_t n = 0;

	switch (json_object_get_type(o)) {
	case json_type_object: {
		json_object_object_foreach(o, key, value) {
			(void)key;
			n += 1 + count_members(value);
		}
		break;
	}
	case json_type_array:
		for (size_t i = 0; i < json_object_array_length(o); i++)
			n += count_members(json_object_array_get_idx(o, i));
		break;
	default:
		break;
	}
	return n;
}

int json_parse(const char *text, size_t size, const char *what, struct json_object **ret,
	       struct masu_error *err)
{
	if (size > INT32_MAX - 1)
		return err_set(err, ERR_INVALID, EFBIG, "%s: too large for JSON", what);

	struct lex words;
	const char *wrong_word = lex(text, size, &words);

	if (wrong_word)
		return err_set(err, ERR_INVALID, EBADMSG, "%s: not JSON: %s at byte %zu", what,
			       wrong_word, words.at);
	if (words.lists > JSON_LISTS_MAX || words.words > JSON_WORDS_MAX)
		return err_set(err, ERR_INVALID, EFBIG,
			       "%s: has more than %d objects and arrays, or %d other values", what,
			       JSON_LISTS_MAX, JSON_WORDS_MAX);
	struct json_tokener *tok = json_tokener_new_ex(JSON_DEPTH_MAX);

	if (!tok)
		return err_oom(err);
	/* json-c needs the terminating NUL to know that a number at the end is complete. */
	_cleanup_free_ char *copy = strndup(text, size);
	if (!copy) {
		json_tokener_free(tok);
		return err_oom(err);
	}
	_cleanup_json_ struct json_object *o = json_tokener_parse_ex(tok, copy, (int)size + 1);
	enum json_tokener_error e = json_tokener_get_error(tok);
	size_t end = json_tokener_get_parse_end(tok);

	json_tokener_free(tok);
	if (e != json_tokener_success)
		return err_set(err, ERR_INVALID, EBADMSG, "%s: not JSON: %s at byte %zu", what,
			       e == json_tokener_continue ? "ends too early"
							  : json_tokener_error_desc(e),
			       end);
	while (end < size && strchr(" \t\r\n", text[end]))
		end++;
	if (end < size)
		return err_set(err, ERR_INVALID, EBADMSG, "%s: not JSON: more after byte %zu", what,
			       end);
	if (count_members(o) != words.members)
		return err_set(err, ERR_INVALID, EBADMSG, "%s: has a key twice in one object",
			       what);
	*ret = TAKE_PTR(o);
	return 0;
}

int json_read_file(int dirfd, const char *path, size_t limit, struct json_object **ret,
		   struct masu_error *err)
{
	_cleanup_free_ char *text = NULL;
	size_t size;

	int r = file_read(dirfd, path, limit, &text, &size);
	if (r == -EFBIG)
		return err_set(err, ERR_INVALID, EFBIG, "'%s' is larger than %zu bytes", path,
			       limit);
	if (r < 0)
		return err_sys(err, r, "read '%s'", path);
	return json_parse(text, size, path, ret, err);
}

int json_read_object(int dirfd, const char *path, size_t limit, struct json_object **ret,
		     struct masu_error *err)
{
	_cleanup_json_ struct json_object *o = NULL;
	int r = json_read_file(dirfd, path, limit, &o, err);

	if (r < 0)
		return r;
	if (!json_object_is_type(o, json_type_object))
		return err_set(err, ERR_INVALID, EBADMSG, "%s: must be an object", path);
	*ret = TAKE_PTR(o);
	return 0;
}

static int wrong(const char *where, const char *key, const char *wanted, struct masu_error *err)
{
	return err_set(err, ERR_INVALID, EBADMSG, "%s%s%s: %s", where, *where ? "." : "", key,
		       wanted);
}

/* 1 and the member, 0 if it is absent or null, -EBADMSG if it has another type. */
static int get_typed(struct json_object *o, const char *where, const char *key, enum json_type type,
		     struct json_object **ret, struct masu_error *err)
{
	static const char *const wanted[] = {
		[json_type_boolean] = "must be true or false",
		[json_type_int] = "must be a whole number",
		[json_type_object] = "must be an object",
		[json_type_array] = "must be an array",
		[json_type_string] = "must be a string",
	};
	struct json_object *value;

	if (!json_object_object_get_ex(o, key, &value) || !value)
		return 0;
	if (json_object_get_type(value) != type)
		return wrong(where, key, wanted[type], err);
	*ret = value;
	return 1;
}

int json_get_string(struct json_object *o, const char *where, const char *key, const char **ret,
		    struct masu_error *err)
{
	struct json_object *value;
	int r = get_typed(o, where, key, json_type_string, &value, err);

	if (r <= 0)
		return r;
	const char *s = json_object_get_string(value);
	if (strlen(s) != (size_t)json_object_get_string_len(value))
		return wrong(where, key, "must not hold a NUL character", err);
	*ret = s;
	return 1;
}

int json_get_bool(struct json_object *o, const char *where, const char *key, bool *ret,
		  struct masu_error *err)
{
	struct json_object *value;
	int r = get_typed(o, where, key, json_type_boolean, &value, err);

	if (r > 0)
		*ret = json_object_get_boolean(value);
	return r;
}

int json_get_int64(struct json_object *o, const char *where, const char *key,
		   struct json_range range, int64_t *ret, struct masu_error *err)
{
	struct json_object *value;
	int r = get_typed(o, where, key, json_type_int, &value, err);

	if (r <= 0)
		return r;
	/* json-c keeps a value over INT64_MAX as unsigned, and returns INT64_MAX for it here. */
	int64_t n = json_object_get_int64(value);
	if (n < range.min || n > range.max ||
	    (n == INT64_MAX && json_object_get_uint64(value) > INT64_MAX))
		return err_set(err, ERR_INVALID, EBADMSG,
			       "%s%s%s: %s is not between %" PRId64 " and %" PRId64, where,
			       *where ? "." : "", key, json_object_get_string(value), range.min,
			       range.max);
	*ret = n;
	return 1;
}

int json_get_uint64(struct json_object *o, const char *where, const char *key, uint64_t *ret,
		    struct masu_error *err)
{
	struct json_object *value;
	int r = get_typed(o, where, key, json_type_int, &value, err);

	if (r <= 0)
		return r;
	if (json_object_get_int64(value) < 0)
		return wrong(where, key, "must not be negative", err);
	*ret = json_object_get_uint64(value);
	return 1;
}

int json_get_uint32(struct json_object *o, const char *where, const char *key, uint32_t *ret,
		    struct masu_error *err)
{
	int64_t n;
	int r = json_get_int64(o, where, key, JSON_RANGE(0, UINT32_MAX), &n, err);

	if (r > 0)
		*ret = (uint32_t)n;
	return r;
}

int json_get_object(struct json_object *o, const char *where, const char *key,
		    struct json_object **ret, struct masu_error *err)
{
	return get_typed(o, where, key, json_type_object, ret, err);
}

int json_get_array(struct json_object *o, const char *where, const char *key,
		   struct json_object **ret, struct masu_error *err)
{
	return get_typed(o, where, key, json_type_array, ret, err);
}

int json_get_copy(struct json_object *o, const char *where, const char *key, char **ret,
		  struct masu_error *err)
{
	const char *s;
	int r = json_get_string(o, where, key, &s, err);

	if (r <= 0)
		return r;
	char *copy = strdup(s);
	if (!copy)
		return err_oom(err);
	free(*ret);
	*ret = copy;
	return 1;
}

int json_get_strv(struct json_object *o, const char *where, const char *key, char ***ret,
		  struct masu_error *err)
{
	_cleanup_strv_ char **l = NULL;
	struct json_object *array;
	int r = json_get_array(o, where, key, &array, err);

	if (r <= 0)
		return r;
	for (size_t i = 0, n = 0; i < json_object_array_length(array); i++) {
		struct json_object *item = json_object_array_get_idx(array, i);

		if (json_object_get_type(item) != json_type_string ||
		    strlen(json_object_get_string(item)) !=
			    (size_t)json_object_get_string_len(item))
			return err_set(err, ERR_INVALID, EBADMSG,
				       "%s%s%s[%zu]: must be a string without NUL", where,
				       *where ? "." : "", key, i);
		r = strv_push_counted(&l, &n, json_object_get_string(item));
		if (r < 0)
			return err_sys(err, r, "read %s", key);
	}
	if (!l) {
		l = calloc(1, sizeof(char *));
		if (!l)
			return err_oom(err);
	}
	*ret = TAKE_PTR(l);
	return 1;
}

const char *json_text(struct json_object *o, bool pretty)
{
	return json_object_to_json_string_ext(
		o, (pretty ? JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED
			   : JSON_C_TO_STRING_PLAIN) |
			   JSON_C_TO_STRING_NOSLASHESCAPE);
}
