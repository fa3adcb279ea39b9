/* SPDX-License-Identifier: Apache-2.0 */

#include "base/strv.h"
#include "oci/spec-reader.h"

static void parse_arg(const struct spec_node *at, void *slot)
{
	struct seccomp_arg *a = slot;
	int64_t index = 0;

	(void)spec_require(at, "index", spec_int64(at, "index", 0, 5, &index));
	a->index = (unsigned int)index;
	(void)spec_require(at, "value", spec_uint64(at, "value", &a->value));
	(void)spec_uint64(at, "valueTwo", &a->value_two);
	spec_word(at, "op", seccomp_operators, &a->op);
}

/* An errno that a filter may return: 0 to 4095 (MAX_ERRNO of the kernel). */
static bool parse_errno(const struct spec_node *at, const char *key, uint32_t action, uint32_t *ret)
{
	int64_t value = 0;

	if (!spec_int64(at, key, 0, 4095, &value))
		return false;
	if (!seccomp_action_has_errno(action))
		return spec_invalid(at, key, "%s returns no errno",
				    word_name(seccomp_actions, action));
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
	spec_word(at, "action", seccomp_actions, &rule->action);
	rule->has_errno = parse_errno(at, "errnoRet", rule->action, &rule->errno_ret);
	(void)spec_array(at, "args", SPEC_LIST(rule->args, rule->n_args, parse_arg));
}

static void parse_arches(const struct spec_node *at, struct seccomp_policy *p)
{
	_cleanup_strv_ char **names = NULL;

	if (!spec_texts(at, "architectures", 0, &names))
		return;
	p->arches = calloc(strv_length(names) + 1, sizeof(*p->arches));
	if (!p->arches) {
		(void)spec_no_memory(at->r);
		return;
	}
	STRV_FOREACH(name, names)
		if (word_number(seccomp_arches, *name, &p->arches[p->n_arches++]) < 0)
			(void)spec_invalid(at, "architectures", "unknown word: '%s'", *name);
}

void spec_parse_seccomp(const struct spec_node *at, struct seccomp_policy *p)
{
	spec_word(at, "defaultAction", seccomp_actions, &p->default_action);
	p->has_default_errno = parse_errno(at, "defaultErrnoRet", p->default_action,
					   &p->default_errno);
	parse_arches(at, p);
	spec_flags(at, "flags", seccomp_flags, &p->flags);
	(void)spec_text(at, "listenerPath", SPEC_NO_CONTROL, &p->listener_path);
	(void)spec_text(at, "listenerMetadata", 0, &p->listener_metadata);
	if (p->listener_metadata && !p->listener_path)
		(void)spec_invalid(at, "listenerMetadata", "needs listenerPath");
	(void)spec_array(at, "syscalls", SPEC_LIST(p->rules, p->n_rules, parse_rule));
}
