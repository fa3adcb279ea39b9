/* SPDX-License-Identifier: Apache-2.0 */
#include "oci-cli/exec-process.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "base/strv.h"

static int no_memory(struct err *err)
{
	return err_sys(err, ENOMEM, "prepare the process");
}

/* -1 stands for "no change" in the kernel's calls. */
static int parse_id(const char *text, uint32_t *ret, struct err *err)
{
	uint32_t id;

	if (str_to_uint32(text, &id) < 0 || id == UINT32_MAX)
		return err_set(err, ERR_INVALID, EINVAL, "'%s' is no id", text);
	*ret = id;
	return 0;
}

int exec_parse_user(const char *text, uid_t *uid, gid_t *gid, struct err *err)
{
	const char *colon = strchr(text, ':');
	_cleanup_free_ char *user = strndup(text, strcspn(text, ":"));
	uid_t new_uid;

	if (!user)
		return no_memory(err);
	int r = parse_id(user, &new_uid, err);
	if (r == 0 && colon)
		r = parse_id(colon + 1, gid, err);
	if (r == 0)
		*uid = new_uid;
	else
		(void)err_prefix(err, "--user '%s' is not UID[:GID]", text);
	return r;
}

/* Each entry a number, or several with commas between. */
static int add_groups(struct oci_user *user, char *const *entries, struct err *err)
{
	STRV_FOREACH(entry, entries) {
		_cleanup_strv_ char **ids = strv_split(*entry, ",");

		if (!ids)
			return no_memory(err);
		STRV_FOREACH(id, ids) {
			gid_t *grown = reallocarray(user->additional_gids,
						    user->n_additional_gids + 1, sizeof(gid_t));
			if (!grown)
				return no_memory(err);
			user->additional_gids = grown;
			if (parse_id(*id, &grown[user->n_additional_gids], err) < 0)
				return err_prefix(err, "--additional-gids '%s'", *entry);
			user->n_additional_gids++;
		}
	}
	return 0;
}

/* Into the sets that give power, and not into those that pass it on to what is executed. */
static int add_caps(struct caps_sets *sets, char *const *names, struct err *err)
{
	STRV_FOREACH(name, names) {
		int number = caps_number(*name);

		if (number < 0)
			return err_set(err, ERR_INVALID, EINVAL, "--cap: no capability '%s'",
				       *name);
		sets->bounding |= CAPS_BIT(number);
		sets->effective |= CAPS_BIT(number);
		sets->permitted |= CAPS_BIT(number);
	}
	return 0;
}

static int add_env(struct oci_process *p, char *const *entries, struct err *err)
{
	STRV_FOREACH(entry, entries) {
		if (**entry == '=' || !strchr(*entry, '='))
			return err_set(err, ERR_INVALID, EINVAL, "--env '%s' is not NAME=VALUE",
				       *entry);
		if (strv_env_set(&p->env, *entry) < 0)
			return no_memory(err);
	}
	return 0;
}

static int set_text(char **place, const char *value, struct err *err)
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

static int apply_options(struct oci_process *p, const struct oci_options *o, struct err *err)
{
	int r = 0;

	if (o->cwd && *o->cwd != '/')
		return err_set(err, ERR_INVALID, EINVAL, "--cwd '%s' must be an absolute path",
			       o->cwd);
	if (o->user)
		r = exec_parse_user(o->user, &p->user.uid, &p->user.gid, err);
	if (r == 0)
		r = add_groups(&p->user, o->gids, err);
	if (r == 0)
		r = add_caps(&p->capabilities, o->caps, err);
	if (r == 0)
		r = add_env(p, o->env, err);
	if (r == 0)
		r = set_text(&p->cwd, o->cwd, err);
	if (r == 0)
		r = set_text(&p->apparmor_profile, o->apparmor, err);
	if (r == 0)
		r = set_text(&p->selinux_label, o->process_label, err);
	p->no_new_privileges |= o->no_new_privs;
	return r;
}

static int set_args(struct oci_process *p, char *const *args, struct err *err)
{
	char **copy = strv_copy(args);

	if (!copy)
		return no_memory(err);
	strv_free(p->args);
	p->args = copy;
	return 0;
}

/* What a process document may leave out stays as it is for the container. */
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
	/* Only true is ever written: false is not told from absent, and must not be taken for no. */
	p->no_new_privileges |= from->no_new_privileges;
}

static int read_process(const char *path, struct oci_spec *spec, struct err *err)
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

int exec_process_set(struct oci_spec *spec, const struct oci_options *options, char *const *args,
		     struct err *err)
{
	int r;

	if (!spec->process)
		return err_set(err, ERR_INVALID, EINVAL, "the container has no process");
	if (!options->process == !*args)
		return err_set(err, ERR_INVALID, EINVAL, "%s: exec wants a command, or --process",
			       *args ? "process args are there twice"
				     : "process args cannot be empty");
	if (options->process) {
		r = read_process(options->process, spec, err);
		if (r < 0)
			return r;
	} else {
		spec->process->terminal = false;
	}
	r = *args ? set_args(spec->process, args, err) : 0;
	if (r < 0)
		return r;
	if (options->tty)
		spec->process->terminal = true;
	return apply_options(spec->process, options, err);
}
