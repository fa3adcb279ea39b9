/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/json.h"
#include "base/str.h"
#include "base/strv.h"
#include "oci/spec-reader.h"

static int parse_console_size(struct spec_reader *r, struct json_object *o, struct oci_process *p)
{
	struct json_object *size;
	int64_t height, width;
	int n = json_get_object(o, "process", "consoleSize", &size, r->err);

	if (n <= 0)
		return n;
	/* struct winsize has 16 bits for each. */
	n = json_get_int64(size, "process.consoleSize", "height", 0, UINT16_MAX, &height, r->err);
	if (n == 0)
		return spec_invalid(r, "process.consoleSize", "height", "is missing");
	if (n > 0)
		n = json_get_int64(size, "process.consoleSize", "width", 0, UINT16_MAX, &width,
				   r->err);
	if (n == 0)
		return spec_invalid(r, "process.consoleSize", "width", "is missing");
	if (n < 0)
		return n;
	if (p->terminal) {
		p->console_height = (unsigned int)height;
		p->console_width = (unsigned int)width;
	}
	return 0;
}

static int parse_additional_gids(struct spec_reader *r, struct json_object *o,
				 struct oci_user *user)
{
	static const char where[] = "process.user", key[] = "additionalGids";
	struct json_object *array;
	int n = json_get_array(o, where, key, &array, r->err);

	if (n <= 0)
		return n;
	size_t length = json_object_array_length(array);

	user->additional_gids = calloc(length + 1, sizeof(gid_t));
	if (!user->additional_gids)
		return spec_no_memory(r);
	for (size_t i = 0; i < length; i++) {
		struct json_object *item = json_object_array_get_idx(array, i);
		int64_t gid = json_object_get_int64(item);

		if (json_object_get_type(item) != json_type_int || gid < 0 || gid >= UINT32_MAX)
			return spec_invalid(r, where, key, "[%zu] is not a group id", i);
		user->additional_gids[user->n_additional_gids++] = (gid_t)gid;
	}
	return 0;
}

static int parse_user(struct spec_reader *r, struct json_object *o, struct oci_user *user)
{
	static const char where[] = "process.user";
	struct json_object *u;
	int64_t mask = 0;
	int n = json_get_object(o, "process", "user", &u, r->err);

	if (n <= 0)
		return n;
	n = spec_id(r, u, where, "uid", &user->uid);
	if (n >= 0)
		n = spec_id(r, u, where, "gid", &user->gid);
	if (n >= 0)
		n = json_get_int64(u, where, "umask", 0, 0777, &mask, r->err);
	if (n < 0)
		return n;
	user->has_umask = n > 0;
	user->umask = (mode_t)mask;
	n = parse_additional_gids(r, u, user);
	return n < 0 ? n : spec_note_unsupported(r, SPEC_PART_USER, u, where);
}

/* Unknown names are kept apart: the specification wants a warning, and no failure. */
static int parse_capability_set(struct spec_reader *r, struct json_object *o, const char *key,
				struct oci_process *p, uint64_t *ret)
{
	_cleanup_strv_ char **names = NULL;
	int n = spec_texts(r, o, "process.capabilities", key, SPEC_NONEMPTY | SPEC_NO_CONTROL,
			   &names);

	if (n < 0)
		return n;
	STRV_FOREACH(name, names) {
		/* The document spells them in one way alone; caps_number() takes more. */
		int number = str_after(*name, "CAP_") ? caps_number(*name) : -EINVAL;

		if (number >= 0)
			*ret |= CAPS_BIT(number);
		else if (!strv_contains(p->unknown_capabilities, *name) &&
			 strv_push(&p->unknown_capabilities, *name) < 0)
			return spec_no_memory(r);
	}
	return 0;
}

static int parse_capabilities(struct spec_reader *r, struct json_object *o, struct oci_process *p)
{
	struct json_object *c;
	int n = json_get_object(o, "process", "capabilities", &c, r->err);

	if (n <= 0)
		return n;
	p->has_capabilities = true;
	n = parse_capability_set(r, c, "bounding", p, &p->capabilities.bounding);
	if (n < 0)
		return n;
	n = parse_capability_set(r, c, "effective", p, &p->capabilities.effective);
	if (n < 0)
		return n;
	n = parse_capability_set(r, c, "inheritable", p, &p->capabilities.inheritable);
	if (n < 0)
		return n;
	n = parse_capability_set(r, c, "permitted", p, &p->capabilities.permitted);
	if (n < 0)
		return n;
	return parse_capability_set(r, c, "ambient", p, &p->capabilities.ambient);
}

static int parse_rlimit(struct spec_reader *r, struct json_object *o, const char *where, void *slot)
{
	struct rlimit_setting *l = slot;
	const char *type;
	int n = json_get_string(o, where, "type", &type, r->err);

	if (n == 0)
		return spec_invalid(r, where, "type", "is missing");
	if (n < 0)
		return n;
	l->resource = str_after(type, "RLIMIT_") ? rlimit_number(type) : -EINVAL;
	if (l->resource < 0)
		return spec_invalid(r, where, "type", "there is no limit '%s'", type);
	n = json_get_uint64(o, where, "soft", &l->soft, r->err);
	if (n == 0)
		return spec_invalid(r, where, "soft", "is missing");
	if (n > 0)
		n = json_get_uint64(o, where, "hard", &l->hard, r->err);
	if (n == 0)
		return spec_invalid(r, where, "hard", "is missing");
	if (n < 0)
		return n;
	if (l->soft > l->hard)
		return spec_invalid(r, where, "soft", "is over the hard limit");
	return 0;
}

static int parse_rlimits(struct spec_reader *r, struct json_object *o, struct oci_process *p)
{
	uint64_t seen = 0;
	int n = spec_array(r, o, "process", "rlimits",
			   SPEC_LIST(p->rlimits, p->n_rlimits, parse_rlimit));

	for (size_t i = 0; n >= 0 && i < p->n_rlimits; i++) {
		uint64_t bit = UINT64_C(1) << p->rlimits[i].resource;

		if (seen & bit)
			return spec_invalid(r, "process", "rlimits", "%s is there twice",
					    rlimit_name(p->rlimits[i].resource));
		seen |= bit;
	}
	return n;
}

static int parse_command(struct spec_reader *r, struct json_object *o, struct oci_process *p)
{
	int n = spec_texts(r, o, "process", "args", 0, &p->args);

	if (n > 0 && !*p->args)
		return spec_invalid(r, "process", "args", "must have at least one entry");
	if (n < 0)
		return n;
	n = spec_texts(r, o, "process", "env", 0, &p->env);
	STRV_FOREACH(e, p->env) {
		const char *equals = strchr(*e, '=');

		if (!equals || equals == *e)
			return spec_invalid(r, "process", "env", "'%s' is not NAME=VALUE", *e);
	}
	if (strv_env_unique(p->env) < 0)
		return spec_no_memory(r);
	if (n < 0)
		return n;
	return spec_text(r, o, "process", "cwd", SPEC_REQUIRED | SPEC_ABSOLUTE | SPEC_NO_CONTROL,
			 &p->cwd);
}

static int parse_protection(struct spec_reader *r, struct json_object *o, struct oci_process *p)
{
	int64_t score = 0;
	int n = json_get_bool(o, "process", "noNewPrivileges", &p->no_new_privileges, r->err);

	if (n < 0)
		return n;
	n = spec_text(r, o, "process", "apparmorProfile", SPEC_NO_CONTROL, &p->apparmor_profile);
	if (n < 0)
		return n;
	n = spec_text(r, o, "process", "selinuxLabel", SPEC_NO_CONTROL, &p->selinux_label);
	if (n < 0)
		return n;
	n = json_get_int64(o, "process", "oomScoreAdj", -1000, 1000, &score, r->err);
	if (n > 0) {
		p->has_oom_score_adj = true;
		p->oom_score_adj = (int)score;
	}
	return n;
}

int spec_parse_process(struct spec_reader *r, struct json_object *o, struct oci_process *p)
{
	int n = json_get_bool(o, "process", "terminal", &p->terminal, r->err);

	if (n < 0)
		return n;
	n = parse_console_size(r, o, p);
	if (n < 0)
		return n;
	n = parse_user(r, o, &p->user);
	if (n < 0)
		return n;
	n = parse_command(r, o, p);
	if (n < 0)
		return n;
	n = parse_capabilities(r, o, p);
	if (n < 0)
		return n;
	n = parse_rlimits(r, o, p);
	if (n < 0)
		return n;
	n = parse_protection(r, o, p);
	if (n < 0)
		return n;
	n = spec_parse_scheduler(r, o, p);
	if (n < 0)
		return n;
	n = spec_parse_io_priority(r, o, p);
	if (n < 0)
		return n;
	n = spec_parse_affinity(r, o, p);
	if (n < 0)
		return n;
	n = spec_note_unsupported(r, SPEC_PART_PROCESS, o, "process");
	return n < 0 ? n : 0;
}
