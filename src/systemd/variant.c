/* SPDX-License-Identifier: Apache-2.0 */
#include "systemd/variant.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define USEC_PER_SEC 1000000
#define SPACE	     " \t"

struct reader {
	const char *at;
	char type; /* of the elements; 0: not known yet */
};

static const struct {
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

static void skip_space(struct reader *r)
{
	r->at += strspn(r->at, SPACE);
}

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* Takes a word if it is there as a whole. */
static bool take_word(struct reader *r, const char *word)
{
	const char *rest = str_after(r->at, word);

	if (!rest || is_word(*rest))
		return false;
	r->at = rest;
	skip_space(r);
	return true;
}

/* A type before a value, "uint64" or "@t". -EINVAL when it contradicts what is known. */
static int take_type(struct reader *r)
{
	char type = 0;

	for (size_t i = 0; !type && i < ARRAY_SIZE(types); i++) {
		const char mark[] = {'@', types[i].type, 0};

		if (take_word(r, types[i].keyword) || take_word(r, mark))
			type = types[i].type;
	}
	if (type && r->type && type != r->type)
		return -EINVAL;
	r->type = type ? type : r->type;
	return 0;
}

static int settle_type(struct reader *r, const char *fitting)
{
	if (!r->type)
		r->type = *fitting;
	return strchr(fitting, r->type) ? 0 : -EINVAL;
}

static int parse_text(struct reader *r, struct variant_item *ret)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	char quote = *r->at++;
	int n = settle_type(r, "sog");

	for (; n == 0 && *r->at != quote; r->at++) {
		if (*r->at == '\\') {
			r->at++;
			/* Of the escapes those that stand for the byte after them. */
			if (!*r->at || !strchr("\\\"'", *r->at))
				return -EINVAL;
		}
		if (!*r->at)
			return -EINVAL;
		n = strbuf_add(&b, r->at, 1);
	}
	if (n < 0)
		return n;
	r->at++;
	ret->text = strbuf_take(&b);
	return ret->text ? 0 : -ENOMEM;
}

static int parse_double(struct reader *r, struct variant_item *ret)
{
	char *end;
	double value = strtod(r->at, &end);
	int n = settle_type(r, "d");

	if (n < 0 || end == r->at || !isfinite(value))
		return -EINVAL;
	memcpy(&ret->number, &value, sizeof(value));
	r->at = end;
	return 0;
}

static int check_range(char type, bool negative, uint64_t magnitude)
{
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		if (types[i].type != type)
			continue;
		uint64_t lowest = (uint64_t)0 - (uint64_t)types[i].min;
		return magnitude <= (negative ? lowest : types[i].max) ? 0 : -ERANGE;
	}
	return -EINVAL;
}

static int parse_number(struct reader *r, struct variant_item *ret)
{
	bool negative = *r->at == '-';
	const char *digits = r->at + (negative || *r->at == '+');
	bool hex = digits[0] == '0' && digits[1] == 'x';
	size_t length = strspn(digits, hex ? "0123456789abcdefABCDEFx" : "0123456789");
	char *end;

	if (r->type == 'd' || (!hex && length && digits[length] && strchr(".eE", digits[length])))
		return parse_double(r, ret);
	errno = 0;
	uint64_t magnitude = strtoull(digits, &end, hex ? 16 : 10);
	int n = settle_type(r, "iynquxt");
	if (n < 0 || !length || end != digits + length)
		return -EINVAL;
	n = errno == ERANGE ? -ERANGE : check_range(r->type, negative, magnitude);
	if (n < 0)
		return n;
	ret->number = negative ? (uint64_t)0 - magnitude : magnitude;
	r->at = end;
	return 0;
}

static int parse_item(struct reader *r, struct variant_item *ret)
{
	bool yes;
	int n = take_type(r);

	if (n < 0)
		return n;
	if ((yes = take_word(r, "true")) || take_word(r, "false")) {
		ret->number = yes;
		return settle_type(r, "b");
	}
	n = *r->at == '\'' || *r->at == '"'		? parse_text(r, ret)
	    : *r->at && strchr("+-0123456789.", *r->at) ? parse_number(r, ret)
	    : *r->at && strchr("({<b", *r->at)		? -EOPNOTSUPP
							: -EINVAL;
	skip_space(r);
	return n;
}

static int add_item(struct reader *r, struct variant *v)
{
	struct variant_item *more = reallocarray(v->items, v->n + 1, sizeof(*more));

	if (!more)
		return -ENOMEM;
	v->items = more;
	more[v->n] = (struct variant_item){0};
	return parse_item(r, &more[v->n++]);
}

static int parse_array(struct reader *r, struct variant *v)
{
	int n = 0;

	r->at++;
	skip_space(r);
	while (n == 0 && *r->at != ']') {
		n = add_item(r, v);
		if (n == 0 && *r->at == ',') {
			r->at++;
			skip_space(r);
		} else if (n == 0 && *r->at != ']') {
			n = -EINVAL;
		}
	}
	if (n < 0)
		return n;
	r->at++;
	skip_space(r);
	if (!r->type)
		return -EINVAL; /* an empty one says its type */
	v->signature[0] = 'a';
	v->signature[1] = r->type;
	return 0;
}

/* "@as" before an array. */
static int take_array_type(struct reader *r)
{
	if (r->at[0] != '@' || r->at[1] != 'a')
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (r->at[2] == types[i].type && !is_word(r->at[3]))
			r->type = types[i].type;
	if (!r->type)
		return -EOPNOTSUPP;
	r->at += 3;
	skip_space(r);
	return *r->at == '[' ? 0 : -EINVAL;
}

void variant_done(struct variant *v)
{
	for (size_t i = 0; i < v->n; i++)
		free(v->items[i].text);
	free(v->items);
	*v = (struct variant){0};
}

int variant_parse(const char *text, struct variant *ret, struct err *err)
{
	_cleanup_(variant_done) struct variant v = {0};
	struct reader r = {.at = text};

	skip_space(&r);
	int n = take_array_type(&r);
	if (n == 0 && *r.at == '[')
		n = parse_array(&r, &v);
	else if (n == 0)
		n = add_item(&r, &v);
	if (n == 0 && !v.signature[0])
		v.signature[0] = r.type;
	if (n == 0 && *r.at)
		n = -EINVAL;
	if (n == -ENOMEM)
		return err_sys(err, n, "read a value");
	if (n == -EOPNOTSUPP)
		return err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
			       "\"%s\": only numbers, strings, booleans and arrays of them can be "
			       "given",
			       text);
	if (n < 0)
		return err_set(err, ERR_INVALID, EINVAL,
			       n == -ERANGE ? "\"%s\": the number is out of its type's range"
					    : "\"%s\" is no value in GVariant's text form, like "
					      "'text', true or uint64 5",
			       text);
	*ret = v;
	v = (struct variant){0};
	return 0;
}

static void put_item(struct dbus_body *b, char type, const struct variant_item *item)
{
	if (type == 'g')
		dbus_put_signature(b, item->text);
	else if (item->text)
		dbus_put_string(b, item->text);
	else if (type == 'y')
		dbus_put_byte(b, (uint8_t)item->number);
	else if (type == 'n' || type == 'q')
		dbus_put_uint16(b, (uint16_t)item->number);
	else if (strchr("xtd", type))
		dbus_put_uint64(b, item->number);
	else
		dbus_put_uint32(b, (uint32_t)item->number);
}

static size_t alignment_of(char type)
{
	return strchr("xtd", type) ? 8 : strchr("yg", type) ? 1 : strchr("nq", type) ? 2 : 4;
}

void variant_put(struct dbus_body *b, const struct variant *v)
{
	bool is_array = v->signature[0] == 'a';
	char type = v->signature[is_array];
	struct dbus_array array = {0};

	dbus_put_signature(b, v->signature);
	if (is_array)
		array = dbus_open_array(b, alignment_of(type));
	for (size_t i = 0; i < v->n; i++)
		put_item(b, type, &v->items[i]);
	if (is_array)
		dbus_close_array(b, array);
}

void unit_properties_done(struct unit_properties *p)
{
	for (size_t i = 0; i < p->n; i++) {
		free(p->item[i].name);
		variant_done(&p->item[i].value);
	}
	free(p->item);
	*p = (struct unit_properties){0};
}

static bool is_property_name(const char *name)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

	return name[0] >= 'A' && name[0] <= 'Z' && strspn(name, letters) == strlen(name);
}

/* Seconds of any number type to microseconds. */
static int to_usec(struct variant *v)
{
	double seconds;

	if (v->n != 1 || v->signature[1] || !strchr("ynqiuxtd", v->signature[0]))
		return -EINVAL;
	if (v->signature[0] == 'd')
		memcpy(&seconds, &v->items[0].number, sizeof(seconds));
	else if (strchr("nix", v->signature[0]))
		seconds = (double)(int64_t)v->items[0].number;
	else
		seconds = (double)v->items[0].number;
	if (seconds < 0 || seconds > (double)INT64_MAX / USEC_PER_SEC)
		return -EINVAL;
	v->items[0].number = (uint64_t)(seconds * USEC_PER_SEC);
	v->signature[0] = 't';
	return 0;
}

int unit_properties_add(struct unit_properties *p, const char *name, const char *text,
			struct err *err)
{
	bool seconds = str_has_suffix(name, "Sec") && !str_has_suffix(name, "USec");
	struct unit_property *more;
	_cleanup_(variant_done) struct variant value = {0};

	if (!is_property_name(name))
		return err_set(err, ERR_INVALID, EINVAL, "'%s' is no name of a property", name);
	int r = variant_parse(text, &value, err);
	if (r < 0)
		return err_prefix(err, "property %s", name);
	if (seconds && to_usec(&value) < 0)
		return err_set(err, ERR_INVALID, EINVAL,
			       "property %s: \"%s\" is no number of seconds", name, text);
	more = reallocarray(p->item, p->n + 1, sizeof(*more));
	if (!more)
		return err_sys(err, ENOMEM, "read the property %s", name);
	p->item = more;
	more[p->n] = (struct unit_property){0};
	if (asprintf(&more[p->n].name, "%.*s%s", (int)(strlen(name) - (seconds ? 3 : 0)), name,
		     seconds ? "USec" : "") < 0)
		return err_sys(err, ENOMEM, "read the property %s", name);
	more[p->n++].value = value;
	value = (struct variant){0};
	return 0;
}
