/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Between the files of a template. It is evaluated while it is parsed, without a tree in between: a part that is not
 * to be evaluated is parsed with `skip` set, and the body of a range once for each item.
 *
 * Each value that a function returns has a reference of its own, for json_object_put(). NULL is null.
 */

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/json.h"
#include "base/str.h"

#define TEMPLATE_VARIABLES_MAX 16

struct template_variable {
	const char *name; /* in the text */
	size_t length;
	struct json_object *value;
};

struct template
{
	const char *text, *at;
	bool skip;
	unsigned int depth; /* of blocks and parentheses */
	unsigned int blocks;
	struct json_object *root;
	struct template_variable variables[TEMPLATE_VARIABLES_MAX];
	size_t n_variables;
	struct strbuf *out;
	struct masu_error *err;
};

/* An error at the place that is being parsed. Returns -EINVAL. */
int template_fail(struct template *t, const char *format, ...) _printf_(2, 3);

/* One level deeper, for `depth`; the caller counts down when it has succeeded. */
int template_enter(struct template *t);

void template_skip_space(struct template *t);

/* The length of the identifier at `s`; 0: none. */
size_t template_identifier(const char *s);

/* The variable at `s`, which is `length` long without its "$", or NULL. */
struct template_variable *template_variable(struct template *t, const char *s, size_t length);

/* Parses and evaluates "A x y | B z". */
int template_pipeline(struct template *t, struct json_object *dot, struct json_object **ret);

/* The function of that name, or NULL. */
struct template_function;
const struct template_function *template_function(const char *name, size_t length);

int template_call(struct template *t, const struct template_function *f,
		  struct json_object *const *args, size_t n, struct json_object **ret);

/* Whether {{if}} takes it for true: not null, false, 0, "" or empty. */
bool template_truth(struct json_object *value);

/* Appends a value as {{print}} does. 0 or -ENOMEM. */
int template_print(struct strbuf *b, struct json_object *value);

/* The keys of an object, sorted, for free(3); `ret` has json_object_object_length() of them. -ENOMEM. */
int template_keys(struct json_object *object, const char ***ret);
