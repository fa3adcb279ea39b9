/* SPDX-License-Identifier: Apache-2.0 */
#include "base/str.h"
#include "oci/spec-write.h"

static void write_user(struct json_build *b, struct json_object *o, const struct oci_user *user)
{
	build_uint(b, o, "uid", user->uid);
	build_uint(b, o, "gid", user->gid);
	if (user->has_umask)
		build_uint(b, o, "umask", user->umask);
	if (user->n_additional_gids == 0)
		return;
	struct json_object *gids = build_array(b, o, "additionalGids");

	for (size_t i = 0; i < user->n_additional_gids; i++)
		build_uint(b, gids, NULL, user->additional_gids[i]);
}

static void write_capability_set(struct json_build *b, struct json_object *o, const char *key,
				 uint64_t set)
{
	struct json_object *array = build_array(b, o, key);
	char name[CAPS_NAME_MAX];

	for (unsigned int number = 0; number < 64; number++)
		if (set & CAPS_BIT(number) && caps_name(number, name) == 0)
			build_text(b, array, NULL, name);
}

static void write_capabilities(struct json_build *b, struct json_object *o,
			       const struct caps_sets *sets)
{
	write_capability_set(b, o, "bounding", sets->bounding);
	write_capability_set(b, o, "effective", sets->effective);
	write_capability_set(b, o, "inheritable", sets->inheritable);
	write_capability_set(b, o, "permitted", sets->permitted);
	write_capability_set(b, o, "ambient", sets->ambient);
}

static void write_rlimits(struct json_build *b, struct json_object *o, const struct oci_process *p)
{
	if (p->n_rlimits == 0)
		return;
	struct json_object *array = build_array(b, o, "rlimits");

	for (size_t i = 0; i < p->n_rlimits; i++) {
		struct json_object *l = build_object(b, array, NULL);

		build_text(b, l, "type", rlimit_name(p->rlimits[i].resource));
		build_uint(b, l, "hard", p->rlimits[i].hard);
		build_uint(b, l, "soft", p->rlimits[i].soft);
	}
}

static void write_flags(struct json_build *b, struct json_object *o, const struct word *words,
			uint64_t flags)
{
	if (!flags)
		return;
	struct json_object *array = build_array(b, o, "flags");

	for (uint32_t bit = 1; bit; bit <<= 1)
		if (flags & bit)
			build_text(b, array, NULL, word_name(words, bit));
}

static void put_nonzero(struct json_build *b, struct json_object *o, const char *key, uint64_t n)
{
	if (n)
		build_uint(b, o, key, n);
}

static void write_scheduler(struct json_build *b, struct json_object *o, const struct schedule *s)
{
	build_text(b, o, "policy", word_name(schedule_policies, s->policy));
	if (s->nice)
		build_int(b, o, "nice", s->nice);
	put_nonzero(b, o, "priority", s->priority);
	write_flags(b, o, schedule_flags, s->flags);
	put_nonzero(b, o, "runtime", s->runtime);
	put_nonzero(b, o, "deadline", s->deadline);
	put_nonzero(b, o, "period", s->period);
}

static void write_schedule(struct json_build *b, struct json_object *o, const struct oci_process *p)
{
	if (p->has_scheduler)
		write_scheduler(b, build_object(b, o, "scheduler"), &p->scheduler);
	if (p->has_io_priority) {
		struct json_object *io = build_object(b, o, "ioPriority");

		build_text(b, io, "class", word_name(schedule_io_classes, p->io_priority.class));
		build_uint(b, io, "priority", p->io_priority.level);
	}
	if (p->exec_cpus_initial || p->exec_cpus_final) {
		struct json_object *affinity = build_object(b, o, "execCPUAffinity");

		build_text(b, affinity, "initial", p->exec_cpus_initial);
		build_text(b, affinity, "final", p->exec_cpus_final);
	}
}

void spec_write_process(struct json_build *b, struct json_object *o, const struct oci_process *p)
{
	build_true(b, o, "terminal", p->terminal);
	if (p->console_height || p->console_width) {
		struct json_object *size = build_object(b, o, "consoleSize");

		build_uint(b, size, "height", p->console_height);
		build_uint(b, size, "width", p->console_width);
	}
	write_user(b, build_object(b, o, "user"), &p->user);
	build_texts(b, o, "args", p->args);
	build_texts(b, o, "env", p->env);
	build_text(b, o, "cwd", p->cwd);
	if (p->has_capabilities)
		write_capabilities(b, build_object(b, o, "capabilities"), &p->capabilities);
	write_rlimits(b, o, p);
	build_true(b, o, "noNewPrivileges", p->no_new_privileges);
	if (p->has_oom_score_adj)
		build_int(b, o, "oomScoreAdj", p->oom_score_adj);
	build_text(b, o, "apparmorProfile", p->apparmor_profile);
	build_text(b, o, "selinuxLabel", p->selinux_label);
	write_schedule(b, o, p);
}

/* "0-3,7" of a mask. */
static void write_nodes(struct json_build *b, struct json_object *o, const uint8_t *mask)
{
	_cleanup_strbuf_ struct strbuf text = STRBUF_INIT;
	unsigned int i = 0;

	while (!b->failed && i < CPULIST_MAX) {
		unsigned int first = i;

		while (i < CPULIST_MAX && mask[i / 8] & 1u << i % 8)
			i++;
		if (i > first)
			b->failed |= strbuf_addf(&text, "%s%u", text.length ? "," : "", first) < 0;
		if (i > first + 1)
			b->failed |= strbuf_addf(&text, "-%u", i - 1) < 0;
		i++;
	}
	build_text(b, o, "nodes", text.text);
}

void spec_write_memory_policy(struct json_build *b, struct json_object *o,
			      const struct memory_policy *p)
{
	build_text(b, o, "mode", word_name(schedule_memory_modes, p->mode));
	write_nodes(b, o, p->nodes);
	write_flags(b, o, schedule_memory_flags, p->flags);
}
