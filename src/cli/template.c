/* SPDX-License-Identifier: Apache-2.0 */
/* The text of a template, its blocks and variables. */
#include "cli/template.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "cli/template-eval.h"

#define MAX_OUTPUT (64 << 20)
#define MAX_BLOCKS 1000000 /* evaluated ones: nested ranges multiply */

/* The end of a block. */
enum stop { STOP_TEXT, STOP_END, STOP_ELSE };

/* Variables: a later one hides an earlier one of the same name, until its block ends. */

static int declare(struct template *t, const struct template_variable *name,
		   struct json_object *value)
{
	if (t->n_variables == TEMPLATE_VARIABLES_MAX)
		return template_fail(t, "more than %d variables", TEMPLATE_VARIABLES_MAX);
	t->variables[t->n_variables++] = (struct template_variable){
		.name = name->name, .length = name->length, .value = json_object_get(value)};
	return 0;
}

/* Drops all variables but the first `n`. */
static void forget(struct template *t, size_t n)
{
	while (t->n_variables > n)
		(void)json_object_put(t->variables[--t->n_variables].value);
}

/* The length of the name of "$name", or 0. */
static size_t variable_name(const char *s)
{
	return *s == '$' ? template_identifier(s + 1) : 0;
}

/*
 * "$a, $b :=", at most `max` names: a declaration; or "$a =": an assignment. Returns the number of names; 0, and
 * nothing parsed, if it is neither.
 */
static size_t parse_names(struct template *t, struct template_variable *names, size_t max,
			  bool *ret_assigns)
{
	const char *start = t->at;
	size_t n = 0;

	while (n < max && variable_name(t->at)) {
		names[n].name = t->at + 1;
		names[n].length = variable_name(t->at);
		t->at += 1 + names[n++].length;
		template_skip_space(t);
		if (*t->at != ',')
			break;
		t->at++;
		template_skip_space(t);
	}
	bool declares = strncmp(t->at, ":=", 2) == 0;
	if (n && (declares || (*t->at == '=' && n == 1))) {
		t->at += declares ? 2 : 1;
		*ret_assigns = !declares;
		return n;
	}
	t->at = start;
	return 0;
}

/* A pipeline that may be assigned to a variable. `ret_silent`: it is. */
static int assignment(struct template *t, struct json_object *dot, struct json_object **ret,
		      bool *ret_silent)
{
	struct template_variable name = {0};
	bool assigns = false;

	template_skip_space(t);
	size_t n = parse_names(t, &name, 1, &assigns);
	int r = template_pipeline(t, dot, ret);

	*ret_silent = n > 0;
	if (r < 0 || n == 0)
		return r;
	if (!assigns)
		return declare(t, &name, *ret);
	struct template_variable *v = template_variable(t, name.name, name.length);
	if (!v)
		return template_fail(t, "variable '$%.*s' not found", (int)name.length, name.name);
	if (!t->skip) {
		(void)json_object_put(v->value);
		v->value = json_object_get(*ret);
	}
	return 0;
}

/* Text and the marks of actions */

static int add(struct template *t, const char *s, size_t n)
{
	if (t->skip)
		return 0;
	if (t->out->length + n > MAX_OUTPUT)
		return template_fail(t, "more than %d MiB of output", MAX_OUTPUT >> 20);
	return strbuf_add(t->out, s, n) < 0 ? err_oom(t->err) : 0;
}

/* Copies the text before the next action. 1, and `at` is in the action; 0 if none follows. */
static int copy_text(struct template *t)
{
	const char *open = strstr(t->at, "{{"), *end = open ? open : t->at + strlen(t->at);
	const char *start = t->at;
	bool trims = open && open[2] == '-' && isspace((unsigned char)open[3]);

	t->at = open ? open + (trims ? 3 : 2) : end;
	while (trims && end > start && isspace((unsigned char)end[-1]))
		end--;
	int r = add(t, start, (size_t)(end - start));
	return r < 0 ? r : open != NULL;
}

/* The end of an action. */
static int close_action(struct template *t)
{
	template_skip_space(t);
	bool trims = *t->at == '-' && t->at > t->text && isspace((unsigned char)t->at[-1]);
	const char *s = t->at + trims;

	if (strncmp(s, "}}", 2) != 0)
		return template_fail(t, "\"}}\" expected");
	t->at = s + 2;
	if (trims)
		template_skip_space(t);
	return 0;
}

static bool take_keyword(struct template *t, const char *word)
{
	size_t n = strlen(word);

	template_skip_space(t);
	if (template_identifier(t->at) != n || strncmp(t->at, word, n) != 0)
		return false;
	t->at += n;
	return true;
}

static int comment(struct template *t)
{
	const char *end = strstr(t->at + 2, "*/");

	if (!end)
		return template_fail(t, "the comment is not closed");
	t->at = end + 2;
	return close_action(t);
}

/* Blocks */

static int block(struct template *t, struct json_object *dot, enum stop *ret);

/* A block that is evaluated or skipped. */
static int body(struct template *t, struct json_object *dot, bool active, enum stop *ret)
{
	bool skip = t->skip;
	int r = template_enter(t);

	if (r < 0)
		return r;
	if (t->blocks++ == MAX_BLOCKS)
		return template_fail(t, "more than %d blocks", MAX_BLOCKS);
	t->skip = skip || !active;
	r = block(t, dot, ret);
	t->skip = skip;
	t->depth--;
	return r;
}

/* The rest of a block that has had `stop`: {{else}} with its body, or {{end}}. */
static int finish(struct template *t, struct json_object *dot, bool active, enum stop stop)
{
	if (stop == STOP_ELSE) {
		int r = close_action(t);

		if (r == 0)
			r = body(t, dot, active, &stop);
		if (r < 0)
			return r;
	}
	return stop == STOP_END ? 0 : template_fail(t, "{{end}} expected");
}

/* The condition of {{if}} or {{with}} and its body. `taken`: an earlier one of the chain was true. */
static int branch(struct template *t, struct json_object *dot, bool with, bool *taken,
		  enum stop *ret)
{
	_cleanup_json_ struct json_object *value = NULL;
	bool skip = t->skip, silent;

	t->skip = skip || *taken;
	int r = assignment(t, dot, &value, &silent);
	t->skip = skip;
	if (r == 0)
		r = close_action(t);
	if (r < 0)
		return r;
	bool active = !*taken && template_truth(value);
	*taken = *taken || active;
	return body(t, with ? value : dot, active, ret);
}

static int if_or_with(struct template *t, struct json_object *dot, bool with)
{
	size_t variables = t->n_variables;
	enum stop stop = STOP_TEXT;
	bool taken = false;
	int r;

	do {
		r = branch(t, dot, with, &taken, &stop);
	} while (r == 0 && stop == STOP_ELSE && take_keyword(t, with ? "with" : "if"));
	if (r == 0)
		r = finish(t, dot, !taken, stop);
	forget(t, variables);
	return r;
}

/* The items of {{range}}. */
struct items {
	struct json_object *list;
	const char **keys; /* of an object */
	size_t n;
};

static int items_of(struct template *t, struct json_object *list, struct items *ret)
{
	*ret = (struct items){.list = list};
	if (t->skip || !list)
		return 0;
	if (json_object_is_type(list, json_type_array)) {
		ret->n = json_object_array_length(list);
		return 0;
	}
	if (!json_object_is_type(list, json_type_object))
		return template_fail(t, "cannot range over '%s'", json_object_get_string(list));
	ret->n = (size_t)json_object_object_length(list);
	return template_keys(list, &ret->keys) < 0 ? err_oom(t->err) : 0;
}

static int one_item(struct template *t, const struct items *items, size_t i,
		    const struct template_variable *names, size_t n_names, enum stop *ret)
{
	_cleanup_json_ struct json_object *key = items->keys
							 ? json_object_new_string(items->keys[i])
							 : json_object_new_uint64(i);
	struct json_object *value = items->keys
					    ? json_object_object_get(items->list, items->keys[i])
					    : json_object_array_get_idx(items->list, i);
	size_t variables = t->n_variables;
	int r = n_names == 2 ? declare(t, &names[0], key) : 0;

	if (r == 0 && n_names)
		r = declare(t, &names[n_names - 1], value);
	if (r == 0)
		r = body(t, value, true, ret);
	forget(t, variables);
	return r;
}

/* The same without an item: parses the body alone. */
static int no_item(struct template *t, const struct template_variable *names, size_t n_names,
		   enum stop *ret)
{
	size_t variables = t->n_variables;
	int r = 0;

	for (size_t i = 0; r == 0 && i < n_names; i++)
		r = declare(t, &names[i], NULL);
	if (r == 0)
		r = body(t, NULL, false, ret);
	forget(t, variables);
	return r;
}

static int range(struct template *t, struct json_object *dot)
{
	_cleanup_json_ struct json_object *list = NULL;
	struct template_variable names[2];
	enum stop stop = STOP_TEXT;
	bool assigns = false;
	struct items items = {0};

	template_skip_space(t);
	size_t n_names = parse_names(t, names, ARRAY_SIZE(names), &assigns);
	if (assigns)
		return template_fail(t, "\":=\" expected");
	int r = template_pipeline(t, dot, &list);
	if (r == 0)
		r = close_action(t);
	if (r == 0)
		r = items_of(t, list, &items);
	if (r < 0)
		return r;
	const char *start = t->at;
	if (items.n == 0)
		r = no_item(t, names, n_names, &stop);
	for (size_t i = 0; r == 0 && i < items.n; i++) {
		t->at = start;
		r = one_item(t, &items, i, names, n_names, &stop);
	}
	free(items.keys);
	return r < 0 ? r : finish(t, dot, items.n == 0, stop);
}

static int print_value(struct template *t, struct json_object *dot)
{
	_cleanup_json_ struct json_object *value = NULL;
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;
	bool silent;
	int r = assignment(t, dot, &value, &silent);

	if (r == 0)
		r = close_action(t);
	if (r < 0 || silent || t->skip)
		return r;
	if (template_print(&text, value) < 0)
		return err_oom(t->err);
	/* Names and labels come from images, too. */
	if (text.text)
		str_disarm(text.text, true);
	return add(t, str_or_empty(text.text), text.length);
}

static int action(struct template *t, struct json_object *dot)
{
	if (take_keyword(t, "if"))
		return if_or_with(t, dot, false);
	if (take_keyword(t, "with"))
		return if_or_with(t, dot, true);
	if (take_keyword(t, "range"))
		return range(t, dot);
	return print_value(t, dot);
}

/* Up to {{end}}, {{else or the end of the text. */
static int block(struct template *t, struct json_object *dot, enum stop *ret)
{
	size_t variables = t->n_variables;
	int r;

	*ret = STOP_TEXT;
	while ((r = copy_text(t)) > 0) {
		if (strncmp(t->at + strspn(t->at, " "), "/*", 2) == 0) {
			template_skip_space(t);
			r = comment(t);
		} else if (take_keyword(t, "end")) {
			*ret = STOP_END;
			r = close_action(t);
			break;
		} else if (take_keyword(t, "else")) {
			*ret = STOP_ELSE;
			r = 0;
			break;
		} else {
			r = action(t, dot);
		}
		if (r < 0)
			break;
	}
	forget(t, variables);
	return r;
}

static int run(struct template *t)
{
	enum stop stop;
	int r = block(t, t->root, &stop);

	if (r < 0 || stop == STOP_TEXT)
		return r;
	return template_fail(t, "{{%s}} without {{if}}, {{with}} or {{range}}",
			     stop == STOP_END ? "end" : "else");
}

int template_render(const char *text, struct json_object *value, struct strbuf *out,
		    struct masu_error *err)
{
	struct template t = {.text = text, .at = text, .root = value, .out = out, .err = err};

	return run(&t);
}

int template_check(const char *text, struct masu_error *err)
{
	struct template t = {.text = text, .at = text, .skip = true, .err = err};

	return run(&t);
}
