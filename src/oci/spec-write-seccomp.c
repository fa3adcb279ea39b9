/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/spec-write.h"

static void put_word(struct json_build *b, struct json_object *o, const char *key,
		     enum seccomp_word kind, uint32_t number)
{
	build_text(b, o, key, seccomp_word_name(kind, number));
}

static void write_arg(struct json_build *b, struct json_object *o, const struct seccomp_arg *a)
{
	build_uint(b, o, "index", a->index);
	build_uint(b, o, "value", a->value);
	if (a->value_two)
		build_uint(b, o, "valueTwo", a->value_two);
	put_word(b, o, "op", SECCOMP_OP, a->op);
}

static void write_rule(struct json_build *b, struct json_object *o, const struct seccomp_rule *rule)
{
	build_texts(b, o, "names", rule->names);
	put_word(b, o, "action", SECCOMP_ACTION, rule->action);
	if (rule->has_errno)
		build_uint(b, o, "errnoRet", rule->errno_ret);
	if (rule->n_args == 0)
		return;
	struct json_object *args = build_array(b, o, "args");

	for (size_t i = 0; i < rule->n_args; i++)
		write_arg(b, build_object(b, args, NULL), &rule->args[i]);
}

void spec_write_seccomp(struct json_build *b, struct json_object *o, const struct seccomp_policy *p)
{
	put_word(b, o, "defaultAction", SECCOMP_ACTION, p->default_action);
	if (p->has_default_errno)
		build_uint(b, o, "defaultErrnoRet", p->default_errno);
	if (p->n_arches > 0) {
		struct json_object *arches = build_array(b, o, "architectures");

		for (size_t i = 0; i < p->n_arches; i++)
			put_word(b, arches, NULL, SECCOMP_ARCH, p->arches[i]);
	}
	if (p->flags) {
		struct json_object *flags = build_array(b, o, "flags");

		for (uint32_t bit = 1; bit; bit <<= 1)
			if (p->flags & bit)
				put_word(b, flags, NULL, SECCOMP_FLAG, bit);
	}
	build_text(b, o, "listenerPath", p->listener_path);
	build_text(b, o, "listenerMetadata", p->listener_metadata);
	if (p->n_rules == 0)
		return;
	struct json_object *rules = build_array(b, o, "syscalls");

	for (size_t i = 0; i < p->n_rules; i++)
		write_rule(b, build_object(b, rules, NULL), &p->rules[i]);
}
