/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/spec-writer.h"

static void write_user(struct spec_writer *w, struct json_object *o, const struct oci_user *user)
{
	spec_put_uint(w, o, "uid", user->uid);
	spec_put_uint(w, o, "gid", user->gid);
	if (user->has_umask)
		spec_put_uint(w, o, "umask", user->umask);
	if (user->n_additional_gids == 0)
		return;
	struct json_object *gids = spec_open_array(w, o, "additionalGids");

	for (size_t i = 0; i < user->n_additional_gids; i++)
		spec_put_uint(w, gids, NULL, user->additional_gids[i]);
}

static void write_capability_set(struct spec_writer *w, struct json_object *o, const char *key,
				 uint64_t set)
{
	struct json_object *array = spec_open_array(w, o, key);
	char name[CAPS_NAME_MAX];

	for (unsigned int number = 0; number < 64; number++)
		if (set & CAPS_BIT(number) && caps_name(number, name) == 0)
			spec_put_text(w, array, NULL, name);
}

static void write_capabilities(struct spec_writer *w, struct json_object *o,
			       const struct caps_sets *sets)
{
	write_capability_set(w, o, "bounding", sets->bounding);
	write_capability_set(w, o, "effective", sets->effective);
	write_capability_set(w, o, "inheritable", sets->inheritable);
	write_capability_set(w, o, "permitted", sets->permitted);
	write_capability_set(w, o, "ambient", sets->ambient);
}

static void write_rlimits(struct spec_writer *w, struct json_object *o, const struct oci_process *p)
{
	if (p->n_rlimits == 0)
		return;
	struct json_object *array = spec_open_array(w, o, "rlimits");

	for (size_t i = 0; i < p->n_rlimits; i++) {
		struct json_object *l = spec_open_object(w, array, NULL);

		spec_put_text(w, l, "type", rlimit_name(p->rlimits[i].resource));
		spec_put_uint(w, l, "hard", p->rlimits[i].hard);
		spec_put_uint(w, l, "soft", p->rlimits[i].soft);
	}
}

void spec_write_process(struct spec_writer *w, struct json_object *o, const struct oci_process *p)
{
	spec_put_true(w, o, "terminal", p->terminal);
	if (p->console_height || p->console_width) {
		struct json_object *size = spec_open_object(w, o, "consoleSize");

		spec_put_uint(w, size, "height", p->console_height);
		spec_put_uint(w, size, "width", p->console_width);
	}
	write_user(w, spec_open_object(w, o, "user"), &p->user);
	spec_put_texts(w, o, "args", p->args);
	spec_put_texts(w, o, "env", p->env);
	spec_put_text(w, o, "cwd", p->cwd);
	if (p->has_capabilities)
		write_capabilities(w, spec_open_object(w, o, "capabilities"), &p->capabilities);
	write_rlimits(w, o, p);
	spec_put_true(w, o, "noNewPrivileges", p->no_new_privileges);
	if (p->has_oom_score_adj)
		spec_put_int(w, o, "oomScoreAdj", p->oom_score_adj);
	spec_put_text(w, o, "apparmorProfile", p->apparmor_profile);
	spec_put_text(w, o, "selinuxLabel", p->selinux_label);
	spec_write_schedule(w, o, p);
}
