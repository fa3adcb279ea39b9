/* SPDX-License-Identifier: Apache-2.0 */
/* The functions of a template. */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "cli/template-eval.h"

#define WIDTH_MAX 1000 /* of a column */

/* A call, and which one of the functions that share it. */
struct call {
	struct template *t;
	struct json_object *const *args;
	size_t n;
	int variant;
};

static bool is_type(struct json_object *o, enum json_type type)
{
	return json_object_is_type(o, type);
}

/* The text of a string; for a value of another type, the text that prints it. NULL: no memory. */
static char *text_of(struct json_object *o)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;

	return template_print(&b, o) < 0 ? NULL : strbuf_take(&b);
}

static int give(const struct call *c, struct json_object *value, struct json_object **ret)
{
	*ret = value;
	return value ? 0 : err_oom(c->t->err);
}

static int give_text(const struct call *c, const struct strbuf *b, struct json_object **ret)
{
	return give(c, json_object_new_string_len(str_or_empty(b->text), (int)b->length), ret);
}

static int get_int(const struct call *c, size_t i, int64_t min, int64_t max, int64_t *ret)
{
	int64_t n = json_object_get_int64(c->args[i]);

	if (!is_type(c->args[i], json_type_int) || n < min || n > max)
		return template_fail(c->t, "a number from %lld to %lld expected", (long long)min,
				     (long long)max);
	*ret = n;
	return 0;
}

enum { PRINT, PRINTLN };

/* print puts a space between two values if neither is a text; println always, and ends the line. */
static int call_print(const struct call *c, struct json_object **ret)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	bool line = c->variant == PRINTLN;

	for (size_t i = 0; i < c->n; i++) {
		bool space = i && (line || (!is_type(c->args[i], json_type_string) &&
					    !is_type(c->args[i - 1], json_type_string)));

		if ((space && strbuf_add(&b, " ", 1) < 0) || template_print(&b, c->args[i]) < 0)
			return err_oom(c->t->err);
	}
	return line && strbuf_add(&b, "\n", 1) < 0 ? err_oom(c->t->err) : give_text(c, &b, ret);
}

static int call_json(const struct call *c, struct json_object **ret)
{
	return give(c, json_object_new_string(json_text(c->args[0], false)), ret);
}

/* printf: %s, %v, %q, %d, %f, %t and %%, with flags "-" and "0", width and precision. */

struct verb {
	int width, precision; /* -1: none */
	bool left, zeros;
	char letter;
};

static int small_number(const char **s)
{
	int n = 0;

	while (isdigit((unsigned char)**s) && n <= WIDTH_MAX)
		n = n * 10 + *(*s)++ - '0';
	return n;
}

static const char *parse_verb(const char *s, struct verb *ret)
{
	*ret = (struct verb){.precision = -1};
	for (; *s == '-' || *s == '0'; s++)
		*(*s == '-' ? &ret->left : &ret->zeros) = true;
	ret->width = small_number(&s);
	if (*s == '.') {
		s++;
		ret->precision = small_number(&s);
	}
	ret->letter = *s;
	return *s ? s + 1 : s;
}

static int format_text(const struct call *c, const struct verb *v, size_t i, struct strbuf *b)
{
	_cleanup_free_ char *text = v->letter == 'q'
					    ? strdup(str_or_empty(json_text(c->args[i], false)))
					    : text_of(c->args[i]);
	int width = v->left ? -v->width : v->width;

	if (!text)
		return err_oom(c->t->err);
	return strbuf_addf(b, "%*.*s", width, v->precision, text) < 0 ? err_oom(c->t->err) : 0;
}

static int format_number(const struct call *c, const struct verb *v, size_t i, struct strbuf *b)
{
	bool whole = v->letter == 'd', zeros = v->zeros && !v->left;
	int width = v->left ? -v->width : v->width, r;
	long long n = json_object_get_int64(c->args[i]);
	double d = json_object_get_double(c->args[i]);

	if (!is_type(c->args[i], json_type_int) &&
	    (whole || !is_type(c->args[i], json_type_double)))
		return template_fail(c->t, "%%%c takes a number", v->letter);
	if (whole)
		r = zeros ? strbuf_addf(b, "%0*lld", width, n) : strbuf_addf(b, "%*lld", width, n);
	else
		r = zeros ? strbuf_addf(b, "%0*.*f", width, v->precision, d)
			  : strbuf_addf(b, "%*.*f", width, v->precision, d);
	return r < 0 ? err_oom(c->t->err) : 0;
}

static int format_one(const struct call *c, const struct verb *v, size_t i, struct strbuf *b)
{
	if (!v->letter || !strchr("svqtdf", v->letter) || v->width > WIDTH_MAX ||
	    v->precision > WIDTH_MAX)
		return template_fail(c->t, "printf: must be one of %%s, %%v, %%q, %%d, %%f, %%t");
	if (i >= c->n)
		return template_fail(c->t, "printf: an argument is missing");
	return strchr("df", v->letter) ? format_number(c, v, i, b) : format_text(c, v, i, b);
}

static int call_printf(const struct call *c, struct json_object **ret)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	size_t used = 1;

	if (!is_type(c->args[0], json_type_string))
		return template_fail(c->t, "printf: the first argument must be a text");
	for (const char *s = json_object_get_string(c->args[0]); *s;) {
		size_t plain = strcspn(s, "%");
		struct verb v;
		int r = 0;

		if (strbuf_add(&b, s, plain) < 0)
			return err_oom(c->t->err);
		s += plain;
		if (!*s)
			break;
		s = parse_verb(s + 1, &v);
		if (v.letter == '%')
			r = strbuf_add(&b, "%", 1) < 0 ? err_oom(c->t->err) : 0;
		else
			r = format_one(c, &v, used++, &b);
		if (r < 0)
			return r;
	}
	if (used < c->n)
		return template_fail(c->t, "printf: more arguments than its format takes");
	return give_text(c, &b, ret);
}

/* Texts */

enum { LOWER, UPPER, TITLE };

/* ASCII letters; for title, the first one of each word. */
static int call_case(const struct call *c, struct json_object **ret)
{
	_cleanup_free_ char *text = text_of(c->args[0]);

	if (!text)
		return err_oom(c->t->err);
	for (char *s = text; *s; s++)
		if (c->variant != TITLE || s == text || isspace((unsigned char)s[-1]))
			*s = (char)(c->variant == LOWER ? tolower((unsigned char)*s)
							: toupper((unsigned char)*s));
	return give(c, json_object_new_string(text), ret);
}

/* join LIST SEPARATOR */
static int call_join(const struct call *c, struct json_object **ret)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;

	if (!is_type(c->args[0], json_type_array) || !is_type(c->args[1], json_type_string))
		return template_fail(c->t, "join takes a list and a separator");
	for (size_t i = 0; i < json_object_array_length(c->args[0]); i++)
		if ((i && template_print(&b, c->args[1]) < 0) ||
		    template_print(&b, json_object_array_get_idx(c->args[0], i)) < 0)
			return err_oom(c->t->err);
	return give_text(c, &b, ret);
}

/* split TEXT SEPARATOR */
static int call_split(const struct call *c, struct json_object **ret)
{
	_cleanup_json_ struct json_object *list = json_object_new_array();
	size_t n = (size_t)json_object_get_string_len(c->args[1]);

	if (!is_type(c->args[0], json_type_string) || !is_type(c->args[1], json_type_string) || !n)
		return template_fail(c->t, "split takes a text and a separator");
	const char *separator = json_object_get_string(c->args[1]);
	for (const char *s = json_object_get_string(c->args[0]), *end; s;
	     s = end ? end + n : NULL) {
		end = strstr(s, separator);
		struct json_object *part = json_object_new_string_len(
			s, (int)(end ? (size_t)(end - s) : strlen(s)));

		if (!list || !part || json_object_array_add(list, part) < 0) {
			(void)json_object_put(part);
			return err_oom(c->t->err);
		}
	}
	*ret = json_object_get(list);
	return 0;
}

/* truncate TEXT CHARACTERS, as docker has it; UTF-8 stays whole. */
static int call_truncate(const struct call *c, struct json_object **ret)
{
	_cleanup_free_ char *text = text_of(c->args[0]);
	int64_t max = 0;
	int r = get_int(c, 1, 0, INT32_MAX, &max);

	if (r < 0)
		return r;
	if (!text)
		return err_oom(c->t->err);
	size_t end = 0;
	for (int64_t n = 0; text[end]; end++)
		if ((text[end] & 0xc0) != 0x80 && n++ == max)
			break;
	return give(c, json_object_new_string_len(text, (int)end), ret);
}

/* pad TEXT BEFORE AFTER */
static int call_pad(const struct call *c, struct json_object **ret)
{
	_cleanup_free_ char *text = text_of(c->args[0]);
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	int64_t before = 0, after = 0;
	int r = get_int(c, 1, 0, WIDTH_MAX, &before);

	if (r == 0)
		r = get_int(c, 2, 0, WIDTH_MAX, &after);
	if (r < 0)
		return r;
	if (!text || !*text)
		return give(c, json_object_new_string(""), ret);
	r = strbuf_addf(&b, "%*s%s%*s", (int)before, "", text, (int)after, "");
	return r < 0 ? err_oom(c->t->err) : give_text(c, &b, ret);
}

/* Lists and maps */

static int call_len(const struct call *c, struct json_object **ret)
{
	struct json_object *o = c->args[0];

	if (is_type(o, json_type_array))
		return give(c, json_object_new_uint64(json_object_array_length(o)), ret);
	if (is_type(o, json_type_object))
		return give(c, json_object_new_int(json_object_object_length(o)), ret);
	if (is_type(o, json_type_string))
		return give(c, json_object_new_int(json_object_get_string_len(o)), ret);
	return o ? template_fail(c->t, "len takes a text, a list or a map")
		 : give(c, json_object_new_int(0), ret);
}

/* index VALUE KEY...: a missing key of a map is an empty text. */
static int call_index(const struct call *c, struct json_object **ret)
{
	struct json_object *o = c->args[0];
	bool missing = false;

	for (size_t i = 1; i < c->n && o; i++) {
		struct json_object *key = c->args[i];
		int64_t at = 0;

		if (is_type(o, json_type_object) && is_type(key, json_type_string)) {
			missing = !json_object_object_get_ex(o, json_object_get_string(key), &o);
			continue;
		}
		if (!is_type(o, json_type_array))
			return template_fail(c->t,
					     "index takes a list and numbers, or a map and keys");
		int r = get_int(c, i, 0, (int64_t)json_object_array_length(o) - 1, &at);
		if (r < 0)
			return err_prefix(c->t->err, "index");
		o = json_object_array_get_idx(o, (size_t)at);
	}
	if (missing)
		return give(c, json_object_new_string(""), ret);
	*ret = json_object_get(o);
	return 0;
}

/* Conditions */

enum { AND, OR };

/* The first value that decides; the last one if none does. */
static int call_logic(const struct call *c, struct json_object **ret)
{
	size_t i = 0;

	while (i + 1 < c->n && template_truth(c->args[i]) != (c->variant == OR))
		i++;
	*ret = json_object_get(c->args[i]);
	return 0;
}

static int call_not(const struct call *c, struct json_object **ret)
{
	return give(c, json_object_new_boolean(!template_truth(c->args[0])), ret);
}

static bool is_number(struct json_object *o)
{
	return is_type(o, json_type_int) || is_type(o, json_type_double);
}

/* -1, 0 or 1, as strcmp(3). */
static int compare(const struct call *c, size_t a, size_t b, int *ret)
{
	struct json_object *x = c->args[a], *y = c->args[b];

	if (is_type(x, json_type_int) && is_type(y, json_type_int)) {
		int64_t m = json_object_get_int64(x), n = json_object_get_int64(y);

		*ret = (m > n) - (m < n);
	} else if (is_number(x) && is_number(y)) {
		double m = json_object_get_double(x), n = json_object_get_double(y);

		*ret = (m > n) - (m < n);
	} else if (is_type(x, json_type_string) && is_type(y, json_type_string)) {
		*ret = strcmp(json_object_get_string(x), json_object_get_string(y));
	} else {
		return template_fail(c->t, "values of different types cannot be compared");
	}
	return 0;
}

static int same(const struct call *c, size_t a, size_t b, bool *ret)
{
	struct json_object *x = c->args[a], *y = c->args[b];
	int order = 0;

	if (!x || !y || is_type(x, json_type_boolean) || is_type(y, json_type_boolean)) {
		*ret = json_object_equal(x, y);
		return 0;
	}
	int r = compare(c, a, b, &order);
	*ret = order == 0;
	return r;
}

/* eq A B C...: whether A is equal to one of the others. */
static int call_eq(const struct call *c, struct json_object **ret)
{
	bool equal = false;
	int r = 0;

	for (size_t i = 1; r == 0 && !equal && i < c->n; i++)
		r = same(c, 0, i, &equal);
	return r < 0 ? r : give(c, json_object_new_boolean(equal), ret);
}

static int call_ne(const struct call *c, struct json_object **ret)
{
	bool equal;
	int r = same(c, 0, 1, &equal);

	return r < 0 ? r : give(c, json_object_new_boolean(!equal), ret);
}

enum { LESS = 1, EQUAL = 2, GREATER = 4 };

static int call_order(const struct call *c, struct json_object **ret)
{
	int order = 0, r = compare(c, 0, 1, &order);
	int found = order < 0 ? LESS : order > 0 ? GREATER : EQUAL;

	return r < 0 ? r : give(c, json_object_new_boolean(c->variant & found), ret);
}

#define ANY SIZE_MAX

static const struct template_function {
	const char *name;
	size_t min, max; /* arguments */
	int (*call)(const struct call *c, struct json_object **ret);
	int variant;
} functions[] = {
	{"and", 1, ANY, call_logic, AND},
	{"eq", 2, ANY, call_eq, 0},
	{"ge", 2, 2, call_order, GREATER | EQUAL},
	{"gt", 2, 2, call_order, GREATER},
	{"index", 1, ANY, call_index, 0},
	{"join", 2, 2, call_join, 0},
	{"json", 1, 1, call_json, 0},
	{"le", 2, 2, call_order, LESS | EQUAL},
	{"len", 1, 1, call_len, 0},
	{"lower", 1, 1, call_case, LOWER},
	{"lt", 2, 2, call_order, LESS},
	{"ne", 2, 2, call_ne, 0},
	{"not", 1, 1, call_not, 0},
	{"or", 1, ANY, call_logic, OR},
	{"pad", 3, 3, call_pad, 0},
	{"print", 0, ANY, call_print, PRINT},
	{"printf", 1, ANY, call_printf, 0},
	{"println", 0, ANY, call_print, PRINTLN},
	{"split", 2, 2, call_split, 0},
	{"title", 1, 1, call_case, TITLE},
	{"truncate", 2, 2, call_truncate, 0},
	{"upper", 1, 1, call_case, UPPER},
};

const struct template_function *template_function(const char *name, size_t length)
{
	for (size_t i = 0; i < ARRAY_SIZE(functions); i++)
		if (strlen(functions[i].name) == length &&
		    memcmp(functions[i].name, name, length) == 0)
			return &functions[i];
	return NULL;
}

int template_call(struct template *t, const struct template_function *f,
		  struct json_object *const *args, size_t n, struct json_object **ret)
{
	const struct call c = {.t = t, .args = args, .n = n, .variant = f->variant};

	if (n < f->min || n > f->max)
		return template_fail(t, "%s takes %s%zu argument%s, not %zu", f->name,
				     f->min == f->max ? "" : "at least ", f->min,
				     f->min == 1 ? "" : "s", n);
	return f->call(&c, ret);
}
