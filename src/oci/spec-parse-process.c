/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/str.h"
#include "base/strv.h"
#include "oci/spec-reader.h"

static void parse_console_size(const struct spec_node *at, struct oci_process *p)
{
	int64_t height = 0, width = 0;
	struct spec_node size;

	if (!spec_object(at, "consoleSize", &size))
		return;
	/* struct winsize has 16 bits for each. */
	(void)spec_require(&size, "height", spec_int64(&size, "height", 0, UINT16_MAX, &height));
	(void)spec_require(&size, "width", spec_int64(&size, "width", 0, UINT16_MAX, &width));
	if (p->terminal) {
		p->console_height = (unsigned int)height;
		p->console_width = (unsigned int)width;
	}
}

static void parse_additional_gids(const struct spec_node *at, struct oci_user *user)
{
	static const char key[] = "additionalGids";
	struct json_object *items;

	if (!spec_items(at, key, &items))
		return;
	size_t length = json_object_array_length(items);

	user->additional_gids = calloc(length + 1, sizeof(gid_t));
	if (!user->additional_gids) {
		(void)spec_no_memory(at->r);
		return;
	}
	for (size_t i = 0; i < length; i++) {
		struct json_object *item = json_object_array_get_idx(items, i);
		int64_t gid = json_object_get_int64(item);

		if (!json_object_is_type(item, json_type_int) || gid < 0 || gid >= UINT32_MAX)
			(void)spec_invalid(at, key, "[%zu] is not a group id", i);
		user->additional_gids[user->n_additional_gids++] = (gid_t)gid;
	}
}

static void parse_user(const struct spec_node *at, struct oci_user *user)
{
	struct spec_node u;
	int64_t mask = 0;

	if (!spec_object(at, "user", &u))
		return;
	(void)spec_id(&u, "uid", &user->uid);
	(void)spec_id(&u, "gid", &user->gid);
	user->has_umask = spec_int64(&u, "umask", 0, 0777, &mask);
	user->umask = (mode_t)mask;
	parse_additional_gids(&u, user);
	spec_note_unsupported(&u, SPEC_PART_USER);
}

/* Unknown names are kept apart: the specification wants a warning, and no failure. */
static void parse_capability_set(const struct spec_node *at, const char *key, struct oci_process *p,
				 uint64_t *ret)
{
	_cleanup_strv_ char **names = NULL;

	(void)spec_texts(at, key, SPEC_NONEMPTY | SPEC_NO_CONTROL, &names);
	STRV_FOREACH(name, names) {
		/* The document spells them in one way alone; caps_number() takes more. */
		int number = str_after(*name, "CAP_") ? caps_number(*name) : -EINVAL;

		if (number >= 0)
			*ret |= CAPS_BIT(number);
		else if (!strv_contains(p->unknown_capabilities, *name) &&
			 strv_push(&p->unknown_capabilities, *name) < 0)
			(void)spec_no_memory(at->r);
	}
}

static void parse_capabilities(const struct spec_node *at, struct oci_process *p)
{
	struct caps_sets *sets = &p->capabilities;
	struct spec_node c;

	p->has_capabilities = spec_object(at, "capabilities", &c);
	if (!p->has_capabilities)
		return;
	parse_capability_set(&c, "bounding", p, &sets->bounding);
	parse_capability_set(&c, "effective", p, &sets->effective);
	parse_capability_set(&c, "inheritable", p, &sets->inheritable);
	parse_capability_set(&c, "permitted", p, &sets->permitted);
	parse_capability_set(&c, "ambient", p, &sets->ambient);
}

static void parse_rlimit(const struct spec_node *at, void *slot)
{
	struct rlimit_setting *l = slot;
	const char *type;

	if (!spec_require(at, "type", spec_string(at, "type", &type)))
		return;
	l->resource = str_after(type, "RLIMIT_") ? rlimit_number(type) : -EINVAL;
	if (l->resource < 0)
		(void)spec_invalid(at, "type", "unknown limit: '%s'", type);
	(void)spec_require(at, "soft", spec_uint64(at, "soft", &l->soft));
	(void)spec_require(at, "hard", spec_uint64(at, "hard", &l->hard));
	if (l->soft > l->hard)
		(void)spec_invalid(at, "soft", "is over the hard limit");
}

static void parse_rlimits(const struct spec_node *at, struct oci_process *p)
{
	uint64_t seen = 0;

	if (!spec_array(at, "rlimits", SPEC_LIST(p->rlimits, p->n_rlimits, parse_rlimit)))
		return;
	for (size_t i = 0; i < p->n_rlimits; i++) {
		uint64_t bit = UINT64_C(1) << p->rlimits[i].resource;

		if (seen & bit)
			(void)spec_invalid(at, "rlimits", "%s is there twice",
					   rlimit_name(p->rlimits[i].resource));
		seen |= bit;
	}
}

static void parse_command(const struct spec_node *at, struct oci_process *p)
{
	if (spec_texts(at, "args", 0, &p->args) && !*p->args)
		(void)spec_invalid(at, "args", "must have at least one entry");
	(void)spec_texts(at, "env", 0, &p->env);
	STRV_FOREACH(e, p->env) {
		const char *equals = strchr(*e, '=');

		if (!equals || equals == *e)
			(void)spec_invalid(at, "env", "'%s' is not NAME=VALUE", *e);
	}
	if (strv_env_unique(p->env) < 0)
		(void)spec_no_memory(at->r);
	(void)spec_text(at, "cwd", SPEC_REQUIRED | SPEC_ABSOLUTE | SPEC_NO_CONTROL, &p->cwd);
}

static void parse_protection(const struct spec_node *at, struct oci_process *p)
{
	int64_t score = 0;

	(void)spec_bool(at, "noNewPrivileges", &p->no_new_privileges);
	(void)spec_text(at, "apparmorProfile", SPEC_NO_CONTROL, &p->apparmor_profile);
	(void)spec_text(at, "selinuxLabel", SPEC_NO_CONTROL, &p->selinux_label);
	p->has_oom_score_adj = spec_int64(at, "oomScoreAdj", -1000, 1000, &score);
	p->oom_score_adj = (int)score;
}

void spec_parse_process(const struct spec_node *at, struct oci_process *p)
{
	(void)spec_bool(at, "terminal", &p->terminal);
	parse_console_size(at, p);
	parse_user(at, &p->user);
	parse_command(at, p);
	parse_capabilities(at, p);
	parse_rlimits(at, p);
	parse_protection(at, p);
	spec_parse_schedule(at, p);
	spec_note_unsupported(at, SPEC_PART_PROCESS);
}
