/* SPDX-License-Identifier: Apache-2.0 */
#include "oci-cli/exec-options.h"

#include <errno.h>
#include <string.h>

#include "base/array.h"
#include "base/str.h"
#include "base/strv.h"

/* -1 stands for "no change" in the kernel's calls. */
static int parse_id(const char *text, uint32_t *ret, struct masu_error *err)
{
	uint32_t id;

	if (str_to_uint32(text, &id) < 0 || id == UINT32_MAX)
		return err_set(err, ERR_INVALID, EINVAL, "invalid id: '%s'", text);
	*ret = id;
	return 0;
}

int exec_parse_user(const char *text, struct exec_options *ret, struct masu_error *err)
{
	const char *colon = strchr(text, ':');
	_cleanup_free_ char *user = strndup(text, strcspn(text, ":"));
	uint32_t uid = 0, gid = 0;

	if (!user)
		return err_oom(err);
	int r = parse_id(user, &uid, err);
	if (r == 0 && colon)
		r = parse_id(colon + 1, &gid, err);
	if (r < 0) {
		(void)err_prefix(err, "--user '%s' must be UID[:GID]", text);
		return r;
	}
	ret->has_uid = true;
	ret->uid = uid;
	ret->has_gid = colon;
	ret->gid = gid;
	return 0;
}

/* Each entry is a number, or several with commas between. */
static int parse_groups(char *const *entries, gid_t **ret, size_t *ret_n, struct masu_error *err)
{
	STRV_FOREACH(entry, entries) {
		_cleanup_strv_ char **ids = strv_split(*entry, ",");

		if (!ids)
			return err_oom(err);
		STRV_FOREACH(id, ids) {
			gid_t *added = array_add(ret, ret_n, sizeof(*added));

			if (!added)
				return err_oom(err);
			if (parse_id(*id, added, err) < 0) {
				(void)err_prefix(err, "--additional-gids '%s'", *entry);
				return -EINVAL;
			}
		}
	}
	return 0;
}

static int parse_caps(char *const *names, uint64_t *ret, struct masu_error *err)
{
	STRV_FOREACH(name, names) {
		int number = caps_number(*name);

		if (number < 0)
			return err_set(err, ERR_INVALID, EINVAL, "--cap: unknown capability '%s'",
				       *name);
		*ret |= CAPS_BIT(number);
	}
	return 0;
}

int exec_options_read(const struct oci_options *o, char *const *args, struct exec_options *ret,
		      gid_t **ret_groups, struct masu_error *err)
{
	struct exec_options options = {
		.document = o->process,
		.args = args,
		.env = o->env,
		.cwd = o->cwd,
		.apparmor = o->apparmor,
		.selinux = o->process_label,
		.terminal = o->tty,
		.no_new_privileges = o->no_new_privs,
		.stdio = {0, 1, 2},
		.n_preserve_fds = o->n_preserve_fds,
		.detach = o->detach,
		.ignore_paused = o->ignore_paused,
		.sub_cgroups = o->cgroups,
	};
	_cleanup_free_ gid_t *groups = NULL;
	int r = o->user ? exec_parse_user(o->user, &options, err) : 0;

	if (r < 0)
		return r;
	r = parse_groups(o->gids, &groups, &options.n_groups, err);
	if (r < 0)
		return r;
	r = parse_caps(o->caps, &options.caps, err);
	if (r < 0)
		return r;
	options.groups = *ret_groups = TAKE_PTR(groups);
	*ret = options;
	return 0;
}
