/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/exec-process.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "base/strv.h"

static int no_memory(struct masu_error *err)
{
	return err_sys(err, ENOMEM, "prepare the process");
}

static int add_groups(struct oci_user *user, const gid_t *groups, size_t n, struct masu_error *err)
{
	gid_t *grown = n ? reallocarray(user->additional_gids, user->n_additional_gids + n,
					sizeof(gid_t))
			 : NULL;

	if (!n)
		return 0;
	if (!grown)
		return no_memory(err);
	memcpy(grown + user->n_additional_gids, groups, n * sizeof(gid_t));
	user->additional_gids = grown;
	user->n_additional_gids += n;
	return 0;
}

/* Not into the sets that pass on to programs that are executed later. */
static void add_caps(struct caps_sets *sets, uint64_t caps)
{
	sets->bounding |= caps;
	sets->effective |= caps;
	sets->permitted |= caps;
}

static int add_env(struct oci_process *p, char *const *entries, struct masu_error *err)
{
	STRV_FOREACH(entry, entries) {
		if (**entry == '=' || !strchr(*entry, '='))
			return err_set(err, ERR_INVALID, EINVAL,
				       "invalid variable: '%s' (must be NAME=VALUE)", *entry);
		if (strv_env_set(&p->env, *entry) < 0)
			return no_memory(err);
	}
	return 0;
}

static int set_text(char **place, const char *value, struct masu_error *err)
{
	char *copy = value ? strdup(value) : NULL;

	if (!value)
		return 0;
	if (!copy)
		return no_memory(err);
	free(*place);
	*place = copy;
	return 0;
}

static int apply_options(struct oci_process *p, const struct exec_options *o,
			 struct masu_error *err)
{
	if (o->cwd && *o->cwd != '/')
		return err_set(err, ERR_INVALID, EINVAL, "--cwd '%s' must be an absolute path",
			       o->cwd);
	if (o->has_uid)
		p->user.uid = o->uid;
	if (o->has_gid)
		p->user.gid = o->gid;
	add_caps(&p->capabilities, o->caps);
	p->no_new_privileges |= o->no_new_privileges;
	p->terminal |= o->terminal;
	int r = add_groups(&p->user, o->groups, o->n_groups, err);
	if (r < 0)
		return r;
	r = add_env(p, o->env, err);
	if (r < 0)
		return r;
	r = set_text(&p->cwd, o->cwd, err);
	if (r < 0)
		return r;
	r = set_text(&p->apparmor_profile, o->apparmor, err);
	return r < 0 ? r : set_text(&p->selinux_label, o->selinux, err);
}

static int set_args(struct oci_process *p, char *const *args, struct masu_error *err)
{
	char **copy = strv_copy(args);

	if (!copy)
		return no_memory(err);
	strv_free(p->args);
	p->args = copy;
	return 0;
}

/* Takes what the document leaves out from the container's own process. */
static void inherit(struct oci_process *p, struct oci_process *from)
{
	if (!p->has_capabilities)
		p->capabilities = from->capabilities;
	if (!p->n_rlimits) {
		p->rlimits = TAKE_PTR(from->rlimits);
		p->n_rlimits = from->n_rlimits;
	}
	if (!p->user.has_umask) {
		p->user.has_umask = from->user.has_umask;
		p->user.umask = from->user.umask;
	}
	if (!p->has_oom_score_adj) {
		p->has_oom_score_adj = from->has_oom_score_adj;
		p->oom_score_adj = from->oom_score_adj;
	}
	if (!p->apparmor_profile)
		p->apparmor_profile = TAKE_PTR(from->apparmor_profile);
	if (!p->selinux_label)
		p->selinux_label = TAKE_PTR(from->selinux_label);
	/* The document cannot tell false from absent. */
	p->no_new_privileges |= from->no_new_privileges;
}

static int read_process(const char *path, struct oci_spec *spec, struct masu_error *err)
{
	_cleanup_json_ struct json_object *doc = NULL;
	_cleanup_oci_process_ struct oci_process *p = NULL;
	_cleanup_strv_ char **unsupported = NULL;
	int r = json_read_file(AT_FDCWD, path, OCI_SPEC_SIZE_MAX, &doc, err);

	if (r == 0)
		r = oci_process_parse(doc, &p, &unsupported, err);
	if (r < 0 || !p)
		return err_prefix(err, "--process '%s'", path);
	if (strv_extend(&spec->unsupported, unsupported) < 0)
		return no_memory(err);
	inherit(p, spec->process);
	oci_process_free(spec->process);
	spec->process = TAKE_PTR(p);
	return 0;
}

int exec_process_set(struct oci_spec *spec, const struct exec_options *o, struct masu_error *err)
{
	bool has_args = o->args && *o->args;
	int r = 0;

	if (!o->document == !has_args)
		return err_set(err, ERR_INVALID, EINVAL, "%s: exec wants a command, or --process",
			       has_args ? "process args are there twice"
					: "process args cannot be empty");
	if (o->document)
		r = read_process(o->document, spec, err);
	else
		spec->process->terminal = false;
	if (r == 0 && has_args)
		r = set_args(spec->process, o->args, err);
	return r < 0 ? r : apply_options(spec->process, o, err);
}
