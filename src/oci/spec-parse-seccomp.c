/* SPDX-License-Identifier: Apache-2.0 */

#include "base/strv.h"
#include "oci/spec-reader.h"

static const char *const word_kinds[] = {
	[SECCOMP_ACTION] = "action",
	[SECCOMP_ARCH] = "architecture",
	[SECCOMP_OP] = "operator",
	[SECCOMP_FLAG] = "flag",
};

static void parse_word(const struct spec_node *at, const char *key, enum seccomp_word kind,
		       uint32_t *ret)
{
	const char *name;

	if (spec_require(at, key, spec_string(at, key, &name)) &&
	    seccomp_word_number(kind, name, ret) < 0)
		(void)spec_invalid(at, key, "unknown %s: '%s'", word_kinds[kind], name);
}

static void parse_arg(const struct spec_node *at, void *slot)
{
	struct seccomp_arg *a = slot;
	int64_t index = 0;

	(void)spec_require(at, "index", spec_int64(at, "index", 0, 5, &index));
	a->index = (unsigned int)index;
	(void)spec_require(at, "value", spec_uint64(at, "value", &a->value));
	(void)spec_uint64(at, "valueTwo", &a->value_two);
	parse_word(at, "op", SECCOMP_OP, &a->op);
}

/* An errno that a filter may return: 0 to 4095 (MAX_ERRNO of the kernel). */
static bool parse_errno(const struct spec_node *at, const char *key, uint32_t action, uint32_t *ret)
{
	int64_t value = 0;

	if (!spec_int64(at, key, 0, 4095, &value))
		return false;
	if (!seccomp_action_has_errno(action))
		return spec_invalid(at, key, "%s returns no errno",
				    seccomp_word_name(SECCOMP_ACTION, action));
	*ret = (uint32_t)value;
	return true;
}

static void parse_rule(const struct spec_node *at, void *slot)
{
	struct seccomp_rule *rule = slot;

	if (spec_texts(at, "names", SPEC_REQUIRED | SPEC_NONEMPTY | SPEC_NO_CONTROL,
		       &rule->names) &&
	    !*rule->names)
		(void)spec_invalid(at, "names", "must have at least one entry");
	parse_word(at, "action", SECCOMP_ACTION, &rule->action);
	rule->has_errno = parse_errno(at, "errnoRet", rule->action, &rule->errno_ret);
	(void)spec_array(at, "args", SPEC_LIST(rule->args, rule->n_args, parse_arg));
}

/* The words of an array, as numbers in a list or as bits in a mask. */
static void parse_words(const struct spec_node *at, const char *key, enum seccomp_word kind,
			struct seccomp_policy *p)
{
	_cleanup_strv_ char **names = NULL;

	if (!spec_texts(at, key, 0, &names))
		return;
	if (kind == SECCOMP_ARCH) {
		p->arches = calloc(strv_length(names) + 1, sizeof(*p->arches));
		if (!p->arches) {
			(void)spec_no_memory(at->r);
			return;
		}
	}
	STRV_FOREACH(name, names) {
		uint32_t number = 0;

		if (seccomp_word_number(kind, *name, &number) < 0)
			(void)spec_invalid(at, key, "unknown %s: '%s'", word_kinds[kind], *name);
		if (kind == SECCOMP_ARCH)
			p->arches[p->n_arches++] = number;
		else
			p->flags |= number;
	}
}

void spec_parse_seccomp(const struct spec_node *at, struct seccomp_policy *p)
{
	parse_word(at, "defaultAction", SECCOMP_ACTION, &p->default_action);
	p->has_default_errno = parse_errno(at, "defaultErrnoRet", p->default_action,
					   &p->default_errno);
	parse_words(at, "architectures", SECCOMP_ARCH, p);
	parse_words(at, "flags", SECCOMP_FLAG, p);
	(void)spec_text(at, "listenerPath", SPEC_NO_CONTROL, &p->listener_path);
	(void)spec_text(at, "listenerMetadata", 0, &p->listener_metadata);
	if (p->listener_metadata && !p->listener_path)
		(void)spec_invalid(at, "listenerMetadata", "needs listenerPath");
	(void)spec_array(at, "syscalls", SPEC_LIST(p->rules, p->n_rules, parse_rule));
}
