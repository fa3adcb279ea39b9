/* SPDX-License-Identifier: Apache-2.0 */
/* The values of a template as text, and their truth. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/template-eval.h"

int template_keys(struct json_object *object, const char ***ret)
{
	size_t n = 0;
	const char **keys = calloc((size_t)json_object_object_length(object) + 1, sizeof(*keys));

	if (!keys)
		return -ENOMEM;
	json_object_object_foreach(object, key, value) {
		(void)value;
		size_t at = n++;

		for (; at > 0 && strcmp(keys[at - 1], key) > 0; at--)
			keys[at] = keys[at - 1];
		keys[at] = key;
	}
	*ret = keys;
	return 0;
}

/* The shortest digits that read back as the same number; with an exponent as Go does. */
static int print_double(struct strbuf *b, double d)
{
	char text[32];
	int digits = 1;

	/* From 2^53 on all doubles are whole. (Unlike a cast, trunc() needs libm with clang.) */
	if (fabs(d) < 1e21 && (fabs(d) >= 0x1p53 || fpclassify(d - (double)(int64_t)d) == FP_ZERO))
		return strbuf_addf(b, "%.0f", d);
	do
		(void)snprintf(text, sizeof(text), "%.*g", digits, d);
	while (strtod(text, NULL) != d && digits++ < 17);
	return strbuf_addf(b, "%s", text);
}

static int print_array(struct strbuf *b, struct json_object *o)
{
	size_t n = json_object_array_length(o);
	int r = strbuf_addf(b, "[");

	for (size_t i = 0; r == 0 && i < n; i++) {
		r = i ? strbuf_addf(b, " ") : 0;
		if (r == 0)
			r = template_print(b, json_object_array_get_idx(o, i));
	}
	return r < 0 ? r : strbuf_addf(b, "]");
}

static int print_object(struct strbuf *b, struct json_object *o)
{
	size_t n = (size_t)json_object_object_length(o);
	_cleanup_free_ const char **keys = NULL;
	int r = template_keys(o, &keys);

	if (r == 0)
		r = strbuf_addf(b, "map[");
	for (size_t i = 0; r == 0 && i < n; i++) {
		r = strbuf_addf(b, "%s%s:", i ? " " : "", keys[i]);
		if (r == 0)
			r = template_print(b, json_object_object_get(o, keys[i]));
	}
	return r < 0 ? r : strbuf_addf(b, "]");
}

int template_print(struct strbuf *b, struct json_object *value)
{
	switch (json_object_get_type(value)) {
	case json_type_null:
		return strbuf_addf(b, "<no value>");
	case json_type_double:
		return print_double(b, json_object_get_double(value));
	case json_type_array:
		return print_array(b, value);
	case json_type_object:
		return print_object(b, value);
	case json_type_string:
		return strbuf_add(b, json_object_get_string(value),
				  (size_t)json_object_get_string_len(value));
	default:
		return strbuf_addf(b, "%s", json_object_get_string(value));
	}
}

bool template_truth(struct json_object *value)
{
	switch (json_object_get_type(value)) {
	case json_type_null:
		return false;
	case json_type_array:
		return json_object_array_length(value) > 0;
	case json_type_object:
		return json_object_object_length(value) > 0;
	case json_type_string:
		return json_object_get_string_len(value) > 0;
	case json_type_double:
		return fpclassify(json_object_get_double(value)) != FP_ZERO;
	default:
		return json_object_get_int64(value) != 0;
	}
}
