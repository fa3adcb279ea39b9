/* SPDX-License-Identifier: Apache-2.0 */
#include "yaml/yaml-json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/json.h"
#include "base/str.h"

#define DEPTH_MAX 64
#define NODES_MAX (1u << 17)

struct conversion {
	yaml_document_t *document;
	size_t nodes; /* converted so far: an alias counts each time */
	struct masu_error *err;
};

static int invalid(const struct conversion *c, const yaml_node_t *node, const char *what)
{
	return err_set(c->err, ERR_INVALID, EBADMSG, "line %zu: %s", node->start_mark.line + 1,
		       what);
}

static bool is_one_of(const char *text, const char *const words[], size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (streq(text, words[i]))
			return true;
	return false;
}

static bool is_null(const char *text)
{
	static const char *const words[] = {"", "~", "null", "Null", "NULL"};

	return is_one_of(text, words, ARRAY_SIZE(words));
}

/* 1, 0 or -1: neither. */
static int truth(const char *text)
{
	static const char *const yes[] = {"true", "True", "TRUE"}, *const no[] = {"false", "False",
										  "FALSE"};

	return is_one_of(text, yes, ARRAY_SIZE(yes)) ? 1
	       : is_one_of(text, no, ARRAY_SIZE(no)) ? 0
						     : -1;
}

/* Digits with or without a sign; 0o17 and 017 are octal, 0x1f is hexadecimal. */
static bool parse_int(const char *text, int64_t *ret)
{
	const char *digits = text + (*text == '-' || *text == '+');
	int base = 10;

	if (str_after(digits, "0x")) {
		digits += 2;
		base = 16;
	} else if (*digits == '0' && digits[1]) {
		digits += digits[1] == 'o' ? 2 : 1;
		base = 8;
	}
	const char *allowed = base == 16  ? "0123456789abcdefABCDEF"
			      : base == 8 ? "01234567"
					  : "0123456789";
	char *end;

	if (!*digits || strspn(digits, allowed) != strlen(digits))
		return false;
	errno = 0;
	long long n = strtoll(digits, &end, base);
	if (errno)
		return false;
	*ret = *text == '-' ? -n : n;
	return true;
}

/* A number of the core schema that is not whole, like 1.5 or 2e3. Its infinities are not JSON's, and stay texts. */
static bool parse_float(const char *text, double *ret)
{
	const char *digits = text + (*text == '-' || *text == '+');
	char *end;

	if (strspn(digits, "0123456789.eE+-") != strlen(digits) || !strpbrk(digits, ".eE") ||
	    !strpbrk(digits, "0123456789") || *digits == '+' || *digits == '-' ||
	    strchr("eE", *digits))
		return false;
	errno = 0;
	*ret = strtod(text, &end);
	return !*end && !errno;
}

static int from_plain(const char *text, struct json_object **ret)
{
	int yes = truth(text);
	int64_t n;
	double d;

	*ret = NULL;
	if (is_null(text))
		return 0;
	if (yes >= 0)
		*ret = json_object_new_boolean(yes);
	else if (parse_int(text, &n))
		*ret = json_object_new_int64(n);
	else if (parse_float(text, &d))
		*ret = json_object_new_double(d);
	else
		*ret = json_object_new_string(text);
	return *ret ? 0 : -ENOMEM;
}

static int from_scalar(const struct conversion *c, const yaml_node_t *node,
		       struct json_object **ret)
{
	const char *text = (const char *)node->data.scalar.value;
	bool plain = node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	int r = 0;

	if (strlen(text) != node->data.scalar.length)
		return invalid(c, node, "a NUL character");
	if (node->tag && !streq((const char *)node->tag, YAML_STR_TAG))
		return invalid(c, node, "tags are not supported");
	if (plain)
		r = from_plain(text, ret);
	else if (!(*ret = json_object_new_string(text)))
		r = -ENOMEM;
	return r < 0 ? err_oom(c->err) : 0;
}

static int convert(struct conversion *c, int index, int depth, struct json_object **ret);

static int from_sequence(struct conversion *c, const yaml_node_t *node, int depth,
			 struct json_object **ret)
{
	_cleanup_json_ struct json_object *list = json_object_new_array();

	if (!list)
		return err_oom(c->err);
	for (const yaml_node_item_t *i = node->data.sequence.items.start;
	     i < node->data.sequence.items.top; i++) {
		struct json_object *item = NULL;
		int r = convert(c, *i, depth + 1, &item);

		if (r < 0)
			return r;
		if (json_object_array_add(list, item) < 0) {
			(void)json_object_put(item);
			return err_oom(c->err);
		}
	}
	*ret = TAKE_PTR(list);
	return 0;
}

static int add_pair(struct conversion *c, const yaml_node_pair_t *pair, int depth,
		    struct json_object *object)
{
	const yaml_node_t *key = yaml_document_get_node(c->document, pair->key);
	struct json_object *value = NULL;

	if (!key)
		return err_set(c->err, ERR_INVALID, EBADMSG, "a node is missing");
	if (key->type != YAML_SCALAR_NODE)
		return invalid(c, key, "a key must be a text");
	const char *name = (const char *)key->data.scalar.value;
	if (strlen(name) != key->data.scalar.length)
		return invalid(c, key, "a NUL character");
	if (streq(name, "<<") && key->data.scalar.style == YAML_PLAIN_SCALAR_STYLE)
		return invalid(c, key, "merge keys are not supported");
	if (json_object_object_get_ex(object, name, NULL))
		return invalid(c, key, "a key is there twice");
	int r = convert(c, pair->value, depth + 1, &value);
	if (r < 0)
		return r;
	if (json_object_object_add(object, name, value) == 0)
		return 0;
	(void)json_object_put(value);
	return err_oom(c->err);
}

static int from_mapping(struct conversion *c, const yaml_node_t *node, int depth,
			struct json_object **ret)
{
	_cleanup_json_ struct json_object *object = json_object_new_object();

	if (!object)
		return err_oom(c->err);
	for (const yaml_node_pair_t *p = node->data.mapping.pairs.start;
	     p < node->data.mapping.pairs.top; p++) {
		int r = add_pair(c, p, depth, object);

		if (r < 0)
			return r;
	}
	*ret = TAKE_PTR(object);
	return 0;
}

/* An alias is the index of the node that it stands for; one within that node ends at the greatest depth. */
static int convert(struct conversion *c, int index, int depth, struct json_object **ret)
{
	const yaml_node_t *node = yaml_document_get_node(c->document, index);

	if (!node)
		return err_set(c->err, ERR_INVALID, EBADMSG, "a node is missing");
	if (depth > DEPTH_MAX)
		return invalid(c, node, "too many levels");
	if (++c->nodes > NODES_MAX)
		return invalid(c, node, "too many nodes");
	switch (node->type) {
	case YAML_SCALAR_NODE:
		return from_scalar(c, node, ret);
	case YAML_SEQUENCE_NODE:
		return from_sequence(c, node, depth, ret);
	default:
		return from_mapping(c, node, depth, ret);
	}
}

static int malformed(const yaml_parser_t *parser, struct masu_error *err)
{
	if (parser->error == YAML_MEMORY_ERROR)
		return err_oom(err);
	return err_set(err, ERR_INVALID, EBADMSG, "line %zu: %s", parser->problem_mark.line + 1,
		       parser->problem ? parser->problem : "malformed YAML");
}

static int convert_document(yaml_document_t *document, struct json_object **ret,
			    struct masu_error *err)
{
	struct conversion c = {.document = document, .err = err};

	*ret = NULL;
	return yaml_document_get_root_node(document) ? convert(&c, 1, 0, ret) : 0;
}

/* The parser then is at the end. */
static int refuse_more(yaml_parser_t *parser, struct masu_error *err)
{
	yaml_document_t document;

	if (!yaml_parser_load(parser, &document))
		return malformed(parser, err);
	const yaml_node_t *root = yaml_document_get_root_node(&document);
	int r = root ? err_set(err, ERR_INVALID, EBADMSG, "line %zu: a second document",
			       root->start_mark.line + 1)
		     : 0;
	yaml_document_delete(&document);
	return r;
}

int yaml_to_json(const char *text, size_t size, struct json_object **ret, struct masu_error *err)
{
	_cleanup_json_ struct json_object *o = NULL;
	yaml_document_t document;
	yaml_parser_t parser;

	if (!yaml_parser_initialize(&parser))
		return err_oom(err);
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, size);
	int r = yaml_parser_load(&parser, &document) ? 0 : malformed(&parser, err);
	if (r == 0) {
		r = convert_document(&document, &o, err);
		yaml_document_delete(&document);
		if (r == 0)
			r = refuse_more(&parser, err);
	}
	yaml_parser_delete(&parser);
	if (r == 0)
		*ret = TAKE_PTR(o);
	return r;
}
