/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/json.h"
#include "base/strv.h"
#include "oci/spec-reader.h"

static const char *const word_kinds[] = {
	[SECCOMP_ACTION] = "action",
	[SECCOMP_ARCH] = "architecture",
	[SECCOMP_OP] = "operator",
	[SECCOMP_FLAG] = "flag",
};

static int parse_word(struct spec_reader *r, struct json_object *o, const char *where,
		      const char *key, enum seccomp_word kind, uint32_t *ret)
{
	const char *name;
	int n = json_get_string(o, where, key, &name, r->err);

	if (n == 0)
		return spec_invalid(r, where, key, "is missing");
	if (n < 0)
		return n;
	if (seccomp_word_number(kind, name, ret) < 0)
		return spec_invalid(r, where, key, "there is no %s '%s'", word_kinds[kind], name);
	return 0;
}

static int parse_arg(struct spec_reader *r, struct json_object *o, const char *where, void *slot)
{
	struct seccomp_arg *a = slot;
	int64_t index;
	int n = json_get_int64(o, where, "index", 0, 5, &index, r->err);

	if (n == 0)
		return spec_invalid(r, where, "index", "is missing");
	if (n < 0)
		return n;
	a->index = (unsigned int)index;
	n = json_get_uint64(o, where, "value", &a->value, r->err);
	if (n == 0)
		return spec_invalid(r, where, "value", "is missing");
	if (n > 0)
		n = json_get_uint64(o, where, "valueTwo", &a->value_two, r->err);
	if (n < 0)
		return n;
	return parse_word(r, o, where, "op", SECCOMP_OP, &a->op);
}

/* An errno that a filter may return: 0 to 4095 (MAX_ERRNO of the kernel). */
static int parse_errno(struct spec_reader *r, struct json_object *o, const char *where,
		       const char *key, uint32_t action, uint32_t *ret)
{
	int64_t value = 0;
	int n = json_get_int64(o, where, key, 0, 4095, &value, r->err);

	if (n > 0 && !seccomp_action_has_errno(action))
		return spec_invalid(r, where, key, "%s returns no errno",
				    seccomp_word_name(SECCOMP_ACTION, action));
	*ret = (uint32_t)value;
	return n;
}

static int parse_rule(struct spec_reader *r, struct json_object *o, const char *where, void *slot)
{
	struct seccomp_rule *rule = slot;
	int n = spec_texts(r, o, where, "names", SPEC_REQUIRED | SPEC_NONEMPTY | SPEC_NO_CONTROL,
			   &rule->names);

	if (n >= 0 && !*rule->names)
		return spec_invalid(r, where, "names", "must have at least one entry");
	if (n < 0)
		return n;
	n = parse_word(r, o, where, "action", SECCOMP_ACTION, &rule->action);
	if (n < 0)
		return n;
	n = parse_errno(r, o, where, "errnoRet", rule->action, &rule->errno_ret);
	rule->has_errno = n > 0;
	if (n < 0)
		return n;
	return spec_array(r, o, where, "args", SPEC_LIST(rule->args, rule->n_args, parse_arg));
}

/* The words of an array, as numbers in a list or as bits in a mask. */
static int parse_words(struct spec_reader *r, struct json_object *o, const char *where,
		       const char *key, enum seccomp_word kind, struct seccomp_policy *p)
{
	_cleanup_strv_ char **names = NULL;
	int n = spec_texts(r, o, where, key, 0, &names);

	if (n <= 0)
		return n;
	if (kind == SECCOMP_ARCH) {
		p->arches = calloc(strv_length(names) + 1, sizeof(*p->arches));
		if (!p->arches)
			return spec_no_memory(r);
	}
	STRV_FOREACH(name, names) {
		uint32_t number;

		if (seccomp_word_number(kind, *name, &number) < 0)
			return spec_invalid(r, where, key, "there is no %s '%s'", word_kinds[kind],
					    *name);
		if (kind == SECCOMP_ARCH)
			p->arches[p->n_arches++] = number;
		else
			p->flags |= number;
	}
	return 0;
}

int spec_parse_seccomp(struct spec_reader *r, struct json_object *o, const char *where,
		       struct seccomp_policy *p)
{
	int n = parse_word(r, o, where, "defaultAction", SECCOMP_ACTION, &p->default_action);

	if (n < 0)
		return n;
	n = parse_errno(r, o, where, "defaultErrnoRet", p->default_action, &p->default_errno);
	p->has_default_errno = n > 0;
	if (n < 0)
		return n;
	n = parse_words(r, o, where, "architectures", SECCOMP_ARCH, p);
	if (n < 0)
		return n;
	n = parse_words(r, o, where, "flags", SECCOMP_FLAG, p);
	if (n < 0)
		return n;
	n = spec_text(r, o, where, "listenerPath", SPEC_NO_CONTROL, &p->listener_path);
	if (n < 0)
		return n;
	n = spec_text(r, o, where, "listenerMetadata", 0, &p->listener_metadata);
	if (n >= 0 && p->listener_metadata && !p->listener_path)
		return spec_invalid(r, where, "listenerMetadata", "needs listenerPath");
	if (n < 0)
		return n;
	n = spec_array(r, o, where, "syscalls", SPEC_LIST(p->rules, p->n_rules, parse_rule));
	return n < 0 ? n : 0;
}
