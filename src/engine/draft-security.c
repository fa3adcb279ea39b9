/* SPDX-License-Identifier: Apache-2.0 */

/* The privileges of a container: capabilities, system calls, groups, kernel settings. */

#include "engine/draft.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "base/strv.h"
#include "engine/seccomp.h"
#include "linux/caps.h"

static int no_memory(struct masu_error *err)
{
	return err_sys(err, ENOMEM, "read the security options");
}

/* A user other than root gets no capabilities, but the bounding set still has the requested ones. */
static int capabilities(struct draft *d, const struct masu_create_options *o,
			struct masu_error *err)
{
	struct caps_sets *sets = &d->spec->process->capabilities;
	uint64_t caps;
	int r = caps_resolve(caps_default, o->cap_add, o->cap_drop, &caps, err);

	if (r < 0)
		return r;
	*sets = (struct caps_sets){.bounding = caps, .effective = caps, .permitted = caps};
	return 0;
}

static void unmask_all(struct oci_spec *spec)
{
	strv_free(spec->masked_paths);
	strv_free(spec->readonly_paths);
	spec->masked_paths = NULL;
	spec->readonly_paths = NULL;
}

/* Does the setting belong to a namespace of the container, so that it cannot change the host? */
static bool sysctl_is_namespaced(const struct oci_spec *spec, const char *key)
{
	static const char *const ipc[] = {"kernel.shm", "kernel.msg", "kernel.sem", "fs.mqueue."};

	if (str_after(key, "net."))
		return spec->namespaces[OCI_NS_NETWORK].wanted;
	for (size_t i = 0; i < ARRAY_SIZE(ipc); i++)
		if (str_after(key, ipc[i]))
			return true;
	return false;
}

static int add_sysctl(struct oci_spec *spec, const char *text, struct masu_error *err)
{
	const char *equals = strchr(text, '=');
	_cleanup_free_ char *key = strndup(text, strcspn(text, "="));

	if (!key)
		return no_memory(err);
	if (!equals || !*key)
		return err_set(err, ERR_INVALID, EINVAL, "sysctl '%s' is not of the form KEY=VALUE",
			       text);
	if (!sysctl_is_namespaced(spec, key))
		return err_set(err, ERR_INVALID, EINVAL,
			       "cannot set sysctl '%s': it would change the host", key);
	return oci_map_set(&spec->sysctl, key, equals + 1) < 0 ? no_memory(err) : 0;
}

static int set_groups(struct oci_user *user, const struct masu_create_options *o,
		      struct masu_error *err)
{
	if (o->n_groups == 0)
		return 0;
	user->additional_gids = calloc(o->n_groups, sizeof(gid_t));
	if (!user->additional_gids)
		return no_memory(err);
	memcpy(user->additional_gids, o->groups, o->n_groups * sizeof(gid_t));
	user->n_additional_gids = o->n_groups;
	return 0;
}

int draft_security(struct draft *d, const struct masu_create_options *o, struct masu_error *err)
{
	int r = capabilities(d, o, err);

	if (r < 0)
		return r;
	d->spec->process->no_new_privileges = o->no_new_privileges;
	if (o->unmask_all)
		unmask_all(d->spec);
	d->record.seccomp = strdup(o->seccomp ? o->seccomp : SECCOMP_DEFAULT);
	if (!d->record.seccomp)
		return no_memory(err);
	r = seccomp_choose(d->record.seccomp, d->spec, err);
	STRV_FOREACH(text, o->sysctls)
		if (r == 0)
			r = add_sysctl(d->spec, *text, err);
	return r == 0 ? set_groups(&d->spec->process->user, o, err) : r;
}
