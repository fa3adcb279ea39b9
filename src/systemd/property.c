/* SPDX-License-Identifier: Apache-2.0 */
#include "systemd/property.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/str.h"

#define USEC_PER_SEC 1000000
#define SPACE	     " \t"
#define LETTERS	     "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define INTEGERS     "ynqiuxt"

struct text {
	const char *at;
	char type; /* of the value, or of the array's elements; 0: not known yet */
};

static const struct type {
	char type;
	const char *keyword;
	int64_t min;
	uint64_t max;
} types[] = {
	{'b', "boolean", 0, 1},
	{'y', "byte", 0, UINT8_MAX},
	{'n', "int16", INT16_MIN, INT16_MAX},
	{'q', "uint16", 0, UINT16_MAX},
	{'i', "int32", INT32_MIN, INT32_MAX},
	{'u', "uint32", 0, UINT32_MAX},
	{'x', "int64", INT64_MIN, INT64_MAX},
	{'t', "uint64", 0, UINT64_MAX},
	{'d', "double", 0, 0},
	{'s', "string", 0, 0},
	{'o', "objectpath", 0, 0},
	{'g', "signature", 0, 0},
};

static const struct type *find_type(char type)
{
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (types[i].type == type)
			return &types[i];
	return NULL;
}

static void skip_space(struct text *t)
{
	t->at += strspn(t->at, SPACE);
}

/* Takes the character, and the space behind it, if it is there. */
static bool take(struct text *t, char c)
{
	if (*t->at != c)
		return false;
	t->at++;
	skip_space(t);
	return true;
}

static bool take_word(struct text *t, const char *word)
{
	const char *rest = str_after(t->at, word);

	if (!rest || (*rest >= 'a' && *rest <= 'z') || (*rest >= '0' && *rest <= '9'))
		return false;
	t->at = rest;
	skip_space(t);
	return true;
}

/* Takes a type before a value, "uint64" or "@t". -EINVAL if it contradicts the known type. */
static int take_type(struct text *t)
{
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		const char mark[] = {'@', types[i].type, 0};

		if (!take_word(t, types[i].keyword) && !take_word(t, mark))
			continue;
		if (t->type && t->type != types[i].type)
			return -EINVAL;
		t->type = types[i].type;
		break;
	}
	return 0;
}

/* The type of a value that does not name one. */
static int guess_type(const struct text *t, char *ret)
{
	size_t digits = strspn(t->at, "+-0123456789");

	if (*t->at == '\'' || *t->at == '"')
		*ret = 's';
	else if (strncmp(t->at, "true", 4) == 0 || strncmp(t->at, "false", 5) == 0)
		*ret = 'b';
	else if (digits > 0 || *t->at == '.')
		*ret = t->at[digits] && strchr(".eE", t->at[digits]) ? 'd' : 'i';
	else
		return *t->at && strchr("[({<b", *t->at) ? -EOPNOTSUPP : -EINVAL;
	return 0;
}

/* After this the type is known, and the value comes next. */
static int settle_type(struct text *t)
{
	int r = take_type(t);

	return r < 0 || t->type ? r : guess_type(t, &t->type);
}

static int append_text(struct text *t, sd_bus_message *m)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	char quote = *t->at;
	int r = 0;

	if (quote != '\'' && quote != '"')
		return -EINVAL;
	for (t->at++; r == 0 && *t->at != quote; t->at++) {
		/* Of the escapes those that stand for the byte after them. */
		if (*t->at == '\\' && !strchr("\\\"'", *++t->at))
			return -EINVAL;
		if (!*t->at)
			return -EINVAL;
		r = strbuf_add(&b, t->at, 1);
	}
	if (r < 0)
		return r;
	t->at++;
	_cleanup_free_ char *s = strbuf_take(&b);
	return s ? sd_bus_message_append_basic(m, t->type, s) : -ENOMEM;
}

static int read_double(struct text *t, double *ret)
{
	size_t length = strspn(t->at, "+-.0123456789eE");
	char *end;
	double value = strtod(t->at, &end);

	if (!length || end != t->at + length || !isfinite(value))
		return -EINVAL;
	t->at = end;
	*ret = value;
	return 0;
}

/* An integer within the range of its type, in two's complement. */
static int read_integer(struct text *t, uint64_t *ret)
{
	const struct type *type = find_type(t->type);
	bool negative = *t->at == '-';
	const char *digits = t->at + (negative || *t->at == '+');
	bool hex = digits[0] == '0' && digits[1] == 'x';
	size_t length = strspn(digits, hex ? "0123456789abcdefABCDEFx" : "0123456789");
	uint64_t lowest = (uint64_t)0 - (uint64_t)type->min, magnitude;
	char *end;

	errno = 0;
	magnitude = strtoull(digits, &end, hex ? 16 : 10);
	if (!length || end != digits + length)
		return -EINVAL;
	if (errno == ERANGE || magnitude > (negative ? lowest : type->max))
		return -ERANGE;
	t->at = end;
	*ret = negative ? (uint64_t)0 - magnitude : magnitude;
	return 0;
}

static int append_integer(struct text *t, sd_bus_message *m)
{
	uint64_t wide;
	int r = read_integer(t, &wide);
	uint8_t byte = (uint8_t)wide;
	uint16_t half = (uint16_t)wide;
	uint32_t word = (uint32_t)wide;

	if (r < 0)
		return r;
	switch (t->type) {
	case 'y':
		return sd_bus_message_append_basic(m, t->type, &byte);
	case 'n':
	case 'q':
		return sd_bus_message_append_basic(m, t->type, &half);
	case 'i':
	case 'u':
		return sd_bus_message_append_basic(m, t->type, &word);
	default:
		return sd_bus_message_append_basic(m, t->type, &wide);
	}
}

static int append_boolean(struct text *t, sd_bus_message *m)
{
	int yes = take_word(t, "true");

	if (!yes && !take_word(t, "false"))
		return -EINVAL;
	return sd_bus_message_append_basic(m, t->type, &yes);
}

static int append_double(struct text *t, sd_bus_message *m)
{
	double value;
	int r = read_double(t, &value);

	return r < 0 ? r : sd_bus_message_append_basic(m, t->type, &value);
}

static int append_value(struct text *t, sd_bus_message *m)
{
	int r = settle_type(t);

	if (r < 0)
		return r;
	if (t->type == 'b')
		r = append_boolean(t, m);
	else if (t->type == 'd')
		r = append_double(t, m);
	else if (strchr(INTEGERS, t->type))
		r = append_integer(t, m);
	else
		r = append_text(t, m);
	skip_space(t);
	return r;
}

/* The elements of an array, whose type is known. */
static int append_elements(struct text *t, sd_bus_message *m)
{
	const char type[] = {t->type, 0};
	int r = sd_bus_message_open_container(m, 'a', type);

	while (r >= 0 && !take(t, ']')) {
		r = append_value(t, m);
		if (r >= 0 && !take(t, ',') && *t->at != ']')
			r = -EINVAL;
	}
	return r < 0 ? r : sd_bus_message_close_container(m);
}

/* Takes "@as" and the bracket of an array, and finds the type of its elements by the first one. */
static int open_array(struct text *t)
{
	struct text first;

	if (t->at[0] == '@' && t->at[1] == 'a') {
		if (!find_type(t->at[2]))
			return -EOPNOTSUPP;
		t->type = t->at[2];
		t->at += 3;
		skip_space(t);
	}
	if (!take(t, '['))
		return -EINVAL;
	if (t->type)
		return 0;
	first = *t;
	int r = settle_type(&first);
	t->type = first.type;
	return r;
}

static int append_variant(struct text *t, sd_bus_message *m)
{
	bool is_array = *t->at == '[' || strncmp(t->at, "@a", 2) == 0;
	struct text value;
	int r = is_array ? open_array(t) : 0;

	if (r < 0)
		return r;
	value = *t;
	r = is_array ? 0 : settle_type(&value);
	if (r < 0)
		return r;
	const char signature[] = {is_array ? 'a' : value.type, is_array ? value.type : 0, 0};
	r = sd_bus_message_open_container(m, 'v', signature);
	if (r >= 0)
		r = is_array ? append_elements(t, m) : append_value(t, m);
	if (r >= 0 && *t->at)
		r = -EINVAL;
	return r < 0 ? r : sd_bus_message_close_container(m);
}

/* A number of seconds of any type, as microseconds. */
static int append_usec(struct text *t, sd_bus_message *m)
{
	double seconds = 0;
	uint64_t usec, whole = 0;
	int r = settle_type(t);

	if (r < 0)
		return r;
	if (t->type == 'd')
		r = read_double(t, &seconds);
	else if (strchr(INTEGERS, t->type))
		r = *t->at == '-' ? -ERANGE : read_integer(t, &whole);
	else
		r = -EINVAL;
	skip_space(t);
	if (r < 0 || *t->at)
		return r < 0 ? r : -EINVAL;
	if (seconds < 0 || seconds > (double)(INT64_MAX / USEC_PER_SEC) ||
	    whole > INT64_MAX / USEC_PER_SEC)
		return -ERANGE;
	usec = whole * USEC_PER_SEC + (uint64_t)(seconds * USEC_PER_SEC);
	return sd_bus_message_append(m, "v", "t", usec);
}

static int append_named(sd_bus_message *m, const char *name, const char *value)
{
	bool seconds = str_has_suffix(name, "Sec") && !str_has_suffix(name, "USec");
	struct text t = {.at = value};
	char full[256];
	int length = snprintf(full, sizeof(full), "%.*s%s", (int)(strlen(name) - (seconds ? 3 : 0)),
			      name, seconds ? "USec" : "");

	if (length < 0 || (size_t)length >= sizeof(full))
		return -EINVAL;
	skip_space(&t);
	int r = sd_bus_message_open_container(m, 'r', "sv");
	if (r >= 0)
		r = sd_bus_message_append_basic(m, 's', full);
	if (r >= 0)
		r = seconds ? append_usec(&t, m) : append_variant(&t, m);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

int property_append(sd_bus_message *m, const char *property, struct masu_error *err)
{
	const char *equals = strchr(property, '=');
	_cleanup_free_ char *name = equals ? strndup(property, (size_t)(equals - property))
					   : strdup(property);

	if (!name)
		return err_oom(err);
	if (!equals || name[0] < 'A' || name[0] > 'Z' || strspn(name, LETTERS) != strlen(name))
		return err_set(err, ERR_INVALID, EINVAL, "invalid property name: \"%s\"", name);
	int r = append_named(m, name, equals + 1);
	if (r == -EOPNOTSUPP)
		return err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
			       "property %s: unsupported value \"%s\"; supported: numbers, "
			       "strings, booleans and arrays of them",
			       name, equals + 1);
	if (r == -ERANGE)
		return err_set(err, ERR_INVALID, EINVAL, "property %s: number out of range: \"%s\"",
			       name, equals + 1);
	if (r == -EINVAL) {
		(void)err_set(err, ERR_INVALID, EINVAL, "property %s: invalid value \"%s\"", name,
			      equals + 1);
		return err_hint(err,
				"values are in GVariant's text format: 'text', true, uint64 5");
	}
	return r < 0 ? err_sys(err, r, "send property %s", name) : 0;
}
