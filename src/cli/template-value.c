/* SPDX-License-Identifier: Apache-2.0 */
/* The values of a template: literals, variables, fields, and pipelines of calls. */
#include <errno.h>
#include <string.h>

#include "cli/template-eval.h"

#define ARGS_MAX 8

/* The operands of a call. */
struct args {
	struct json_object *item[ARGS_MAX + 1]; /* with the value of the pipe */
	size_t n;
};

static void args_done(struct args *a)
{
	while (a->n)
		(void)json_object_put(a->item[--a->n]);
}
#define _cleanup_args_ _cleanup_(args_done)

static int new_string(struct template *t, const char *s, size_t n, struct json_object **ret)
{
	*ret = json_object_new_string_len(s, (int)n);
	return *ret ? 0 : err_oom(t->err);
}

static int add_escaped(struct template *t, char c, struct strbuf *b)
{
	static const char from[] = "ntr\"\\'", to[] = "\n\t\r\"\\'";
	const char *found = c ? strchr(from, c) : NULL;

	if (!found)
		return template_fail(t, "unknown escape sequence");
	return strbuf_add(b, &to[found - from], 1) < 0 ? err_oom(t->err) : 0;
}

static int quoted(struct template *t, struct json_object **ret)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	const char *s = t->at + 1;

	for (; *s && *s != '"'; s++) {
		int r = *s == '\\' ? add_escaped(t, *++s, &b) : strbuf_add(&b, s, 1);

		if (r < 0)
			return r;
	}
	if (!*s)
		return template_fail(t, "the string is not closed");
	t->at = s + 1;
	return new_string(t, str_or_empty(b.text), b.length, ret);
}

static int raw(struct template *t, struct json_object **ret)
{
	const char *start = t->at + 1, *end = strchr(start, '`');

	if (!end)
		return template_fail(t, "the string is not closed");
	t->at = end + 1;
	return new_string(t, start, (size_t)(end - start), ret);
}

static int number(struct template *t, struct json_object **ret)
{
	_cleanup_free_ char *text = strndup(t->at, strspn(t->at, "+-.0123456789eE"));
	int64_t whole;
	char *end;

	if (!text)
		return err_oom(t->err);
	if (str_to_int64(text, &whole) == 0) {
		*ret = json_object_new_int64(whole);
	} else {
		double d = strtod(text, &end);

		if (*end || end == text)
			return template_fail(t, "invalid number");
		*ret = json_object_new_double(d);
	}
	t->at += strlen(text);
	return *ret ? 0 : err_oom(t->err);
}

/* The keys of these objects are a user's own, and may be missing. */
static bool is_map(const char *name, size_t length)
{
	static const char *const maps[] = {"Labels", "Annotations", "Options", "Sysctls",
					   "Attributes"};

	for (size_t i = 0; i < ARRAY_SIZE(maps); i++)
		if (strlen(maps[i]) == length && strncasecmp(maps[i], name, length) == 0)
			return true;
	return false;
}

/* A member by its name, whose case may differ. Borrowed. */
static bool find_member(struct json_object *o, const char *name, size_t length,
			struct json_object **ret)
{
	bool found = false;

	json_object_object_foreach(o, key, value) {
		if (strlen(key) != length || strncasecmp(key, name, length) != 0)
			continue;
		*ret = value;
		if (memcmp(key, name, length) == 0)
			return true;
		found = true;
	}
	return found;
}

static int unknown_field(struct template *t, struct json_object *o, const char *name, size_t length)
{
	_cleanup_strbuf_ struct strbuf known = STRBUF_INIT;
	_cleanup_free_ const char **keys = NULL;
	size_t n = (size_t)json_object_object_length(o);

	if (template_keys(o, &keys) < 0)
		return err_oom(t->err);
	for (size_t i = 0; i < n; i++)
		if (strbuf_addf(&known, "%s%s", i ? ", " : "", keys[i]) < 0)
			return err_oom(t->err);
	(void)template_fail(t, "field '%.*s' not found", (int)length, name);
	return n ? err_hint(t->err, "the fields are %s", known.text) : -EINVAL;
}

/* Replaces a value by its member. */
static int enter_field(struct template *t, struct json_object **value, const char *name,
		       size_t length, bool map)
{
	struct json_object *member = NULL;

	if (t->skip || !*value)
		return 0;
	if (!json_object_is_type(*value, json_type_object))
		return template_fail(t, "'%.*s' is a field of a value without fields", (int)length,
				     name);
	if (!find_member(*value, name, length, &member) && !map)
		return unknown_field(t, *value, name, length);
	(void)json_object_get(member);
	(void)json_object_put(*value);
	*value = member;
	return 0;
}

/* The labels of docker's method .Label: of the object or of its Config. Borrowed. */
static struct json_object *labels_of(struct json_object *o)
{
	struct json_object *labels = NULL, *config = NULL;

	if (!json_object_is_type(o, json_type_object))
		return NULL;
	if (!find_member(o, "Labels", 6, &labels) && find_member(o, "Config", 6, &config) &&
	    json_object_is_type(config, json_type_object))
		(void)find_member(config, "Labels", 6, &labels);
	return json_object_is_type(labels, json_type_object) ? labels : NULL;
}

/* ".A.B" after a value. `ret_label`: the last one was the method Label, and the value is now the labels. */
static int fields(struct template *t, struct json_object **value, bool *ret_label)
{
	bool map = false;

	while (*t->at == '.' && template_identifier(t->at + 1)) {
		const char *name = t->at + 1;
		size_t length = template_identifier(name);

		if (length == 5 && strncmp(name, "Label", 5) == 0) {
			struct json_object *labels = json_object_get(labels_of(*value));

			(void)json_object_put(*value);
			*value = labels;
			*ret_label = true;
			t->at += 1 + length;
			return 0;
		}
		int r = enter_field(t, value, name, length, map);
		if (r < 0)
			return r;
		map = is_map(name, length);
		t->at += 1 + length;
	}
	return 0;
}

static int parenthesised(struct template *t, struct json_object *dot, struct json_object **ret)
{
	int r = template_enter(t);

	if (r < 0)
		return r;
	t->at++;
	r = template_pipeline(t, dot, ret);
	t->depth--;
	if (r < 0)
		return r;
	template_skip_space(t);
	if (*t->at != ')')
		return template_fail(t, "\")\" expected");
	t->at++;
	return 0;
}

static int variable(struct template *t, struct json_object **ret)
{
	size_t length = template_identifier(t->at + 1);

	if (length == 0) {
		*ret = json_object_get(t->root);
		t->at++;
		return 0;
	}
	struct template_variable *v = template_variable(t, t->at + 1, length);
	if (!v)
		return template_fail(t, "variable '$%.*s' not found", (int)length, t->at + 1);
	*ret = json_object_get(v->value);
	t->at += 1 + length;
	return 0;
}

/* true, false, nil */
static int constant(struct template *t, struct json_object **ret)
{
	size_t length = template_identifier(t->at);
	bool yes = length == 4 && strncmp(t->at, "true", 4) == 0;

	if (yes || (length == 5 && strncmp(t->at, "false", 5) == 0))
		*ret = json_object_new_boolean(yes);
	else if (length == 0)
		return template_fail(t, "a value expected");
	else if (length != 3 || strncmp(t->at, "nil", 3) != 0)
		return template_function(t->at, length)
			       ? template_fail(t, "a function among values needs parentheses")
			       : template_fail(t, "unknown function '%.*s'", (int)length, t->at);
	t->at += length;
	return 0;
}

static int term(struct template *t, struct json_object *dot, struct json_object **ret,
		bool *ret_label)
{
	int r = 0;

	switch (*t->at) {
	case '"':
		return quoted(t, ret);
	case '`':
		return raw(t, ret);
	case '(':
		r = parenthesised(t, dot, ret);
		break;
	case '$':
		r = variable(t, ret);
		break;
	case '.':
		*ret = json_object_get(dot);
		if (template_identifier(t->at + 1) == 0)
			t->at++;
		break;
	default:
		return strchr("+-0123456789", *t->at) && *t->at ? number(t, ret) : constant(t, ret);
	}
	return r < 0 ? r : fields(t, ret, ret_label);
}

static bool ends_command(const char *s)
{
	return !*s || strchr("|)}", *s) || strncmp(s, "-}}", 3) == 0;
}

/* Up to the end of the command, as its arguments. */
static int parse_args(struct template *t, struct json_object *dot, struct args *a)
{
	for (template_skip_space(t); !ends_command(t->at); template_skip_space(t)) {
		bool label = false;

		if (a->n == ARGS_MAX)
			return template_fail(t, "more than %d arguments", ARGS_MAX);
		a->item[a->n] = NULL;
		int r = term(t, dot, &a->item[a->n++], &label);
		if (r < 0)
			return r;
		if (label)
			return template_fail(t, ".Label among values needs parentheses");
	}
	return 0;
}

/* `.Label "key"`: an empty text if the label is missing. */
static int call_label(struct template *t, struct json_object *labels, const struct args *a,
		      struct json_object **ret)
{
	struct json_object *value = NULL;

	if (t->skip)
		return 0;
	if (a->n != 1 || !json_object_is_type(a->item[0], json_type_string))
		return template_fail(t, ".Label takes the name of one label");
	if (labels)
		(void)json_object_object_get_ex(labels, json_object_get_string(a->item[0]), &value);
	*ret = value ? json_object_get(value) : json_object_new_string("");
	return 0;
}

/* A function or a value with its arguments; `piped` is the last of them. */
static int command(struct template *t, struct json_object *dot, struct json_object **piped,
		   struct json_object **ret)
{
	_cleanup_json_ struct json_object *value = NULL;
	_cleanup_args_ struct args args = {0};
	bool label = false;

	template_skip_space(t);
	size_t length = template_identifier(t->at);
	const struct template_function *f = template_function(t->at, length);
	t->at += f ? length : 0;
	int r = f ? 0 : term(t, dot, &value, &label);
	if (r < 0)
		return r;
	r = parse_args(t, dot, &args);
	if (r < 0)
		return r;
	if (piped)
		args.item[args.n++] = json_object_get(*piped);
	if (label)
		return call_label(t, value, &args, ret);
	if (f)
		return t->skip ? 0 : template_call(t, f, args.item, args.n, ret);
	if (args.n)
		return template_fail(t, "a value that is not a function takes no arguments");
	*ret = json_object_get(value);
	return 0;
}

int template_pipeline(struct template *t, struct json_object *dot, struct json_object **ret)
{
	_cleanup_json_ struct json_object *value = NULL;
	int r = command(t, dot, NULL, &value);

	while (r == 0 && *t->at == '|') {
		struct json_object *next = NULL;

		t->at++;
		r = command(t, dot, &value, &next);
		(void)json_object_put(value);
		value = next;
	}
	if (r < 0)
		return r;
	*ret = json_object_get(value);
	return 0;
}
