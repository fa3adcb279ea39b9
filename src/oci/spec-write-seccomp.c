/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/spec-writer.h"

static void put_word(struct spec_writer *w, struct json_object *o, const char *key,
		     enum seccomp_word kind, uint32_t number)
{
	spec_put_text(w, o, key, seccomp_word_name(kind, number));
}

static void write_arg(struct spec_writer *w, struct json_object *o, const struct seccomp_arg *a)
{
	spec_put_uint(w, o, "index", a->index);
	spec_put_uint(w, o, "value", a->value);
	if (a->value_two)
		spec_put_uint(w, o, "valueTwo", a->value_two);
	put_word(w, o, "op", SECCOMP_OP, a->op);
}

static void write_rule(struct spec_writer *w, struct json_object *o,
		       const struct seccomp_rule *rule)
{
	spec_put_texts(w, o, "names", rule->names);
	put_word(w, o, "action", SECCOMP_ACTION, rule->action);
	if (rule->has_errno)
		spec_put_uint(w, o, "errnoRet", rule->errno_ret);
	if (rule->n_args == 0)
		return;
	struct json_object *args = spec_open_array(w, o, "args");

	for (size_t i = 0; i < rule->n_args; i++)
		write_arg(w, spec_open_object(w, args, NULL), &rule->args[i]);
}

void spec_write_seccomp(struct spec_writer *w, struct json_object *o,
			const struct seccomp_policy *p)
{
	put_word(w, o, "defaultAction", SECCOMP_ACTION, p->default_action);
	if (p->has_default_errno)
		spec_put_uint(w, o, "defaultErrnoRet", p->default_errno);
	if (p->n_arches > 0) {
		struct json_object *arches = spec_open_array(w, o, "architectures");

		for (size_t i = 0; i < p->n_arches; i++)
			put_word(w, arches, NULL, SECCOMP_ARCH, p->arches[i]);
	}
	if (p->flags) {
		struct json_object *flags = spec_open_array(w, o, "flags");

		for (uint32_t bit = 1; bit; bit <<= 1)
			if (p->flags & bit)
				put_word(w, flags, NULL, SECCOMP_FLAG, bit);
	}
	spec_put_text(w, o, "listenerPath", p->listener_path);
	spec_put_text(w, o, "listenerMetadata", p->listener_metadata);
	if (p->n_rules == 0)
		return;
	struct json_object *rules = spec_open_array(w, o, "syscalls");

	for (size_t i = 0; i < p->n_rules; i++)
		write_rule(w, spec_open_object(w, rules, NULL), &p->rules[i]);
}
