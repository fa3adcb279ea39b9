/* SPDX-License-Identifier: Apache-2.0 */

/* What a container may do: capabilities, --security-opt, --sysctl, --group-add. */

#include "engine/draft.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "base/strv.h"
#include "engine/seccomp.h"
#include "linux/caps.h"

static int no_memory(struct err *err)
{
	return err_sys(err, ENOMEM, "read the security options");
}

/* The bounding set keeps what was asked for also for another user than root, who gets none of it. */
static int capabilities(struct draft *d, const struct request *q, struct err *err)
{
	struct caps_sets *sets = &d->spec->process->capabilities;
	uint64_t caps;
	int r = caps_resolve(caps_default, q->cap_add, q->cap_drop, &caps, err);

	if (r < 0)
		return r;
	*sets = (struct caps_sets){.bounding = caps, .effective = caps, .permitted = caps};
	return 0;
}

static int set_seccomp(struct draft *d, const char *value, struct err *err)
{
	char *copy = strdup(*value ? value : SECCOMP_UNCONFINED);

	if (!copy)
		return no_memory(err);
	free(d->record.seccomp);
	d->record.seccomp = copy;
	return 0;
}

static void unmask_all(struct oci_spec *spec)
{
	strv_free(spec->masked_paths);
	strv_free(spec->readonly_paths);
	spec->masked_paths = NULL;
	spec->readonly_paths = NULL;
}

static int security_option(struct draft *d, const char *text, struct err *err)
{
	static const char *const nothing_set[] = {"label=disable", "label:disable",
						  "apparmor=unconfined", "apparmor:unconfined"};
	const char *value;

	if (streq(text, "no-new-privileges") || streq(text, "no-new-privileges=true") ||
	    streq(text, "no-new-privileges:true")) {
		d->spec->process->no_new_privileges = true;
		return 0;
	}
	if (streq(text, "no-new-privileges=false") || streq(text, "no-new-privileges:false")) {
		d->spec->process->no_new_privileges = false;
		return 0;
	}
	if ((value = str_after(text, "seccomp=")) || (value = str_after(text, "seccomp:")))
		return set_seccomp(d, value, err);
	if (streq(text, "unmask=ALL") || streq(text, "systempaths=unconfined")) {
		unmask_all(d->spec);
		return 0;
	}
	/* masu sets no label, so these ask for what is so anyhow. */
	for (size_t i = 0; i < ARRAY_SIZE(nothing_set); i++)
		if (streq(text, nothing_set[i]))
			return 0;
	(void)err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
		      "masu doesn't have the security option '%s'", text);
	return err_hint(err, "there are no-new-privileges, seccomp=FILE|unconfined, unmask=ALL");
}

/* Those that belong to a namespace of the container's own, and so can't change the host. */
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

static int add_sysctl(struct oci_spec *spec, const char *text, struct err *err)
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
			       "sysctl '%s' isn't the container's own: it would change the host",
			       key);
	return oci_map_set(&spec->sysctl, key, equals + 1) < 0 ? no_memory(err) : 0;
}

static int add_group(struct oci_user *user, const char *text, struct err *err)
{
	gid_t *grown;
	uint32_t gid;

	if (str_to_uint32(text, &gid) < 0 || gid == UINT32_MAX)
		return err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
			       "--group-add '%s': masu takes numbers alone", text);
	grown = reallocarray(user->additional_gids, user->n_additional_gids + 1, sizeof(gid_t));
	if (!grown)
		return no_memory(err);
	grown[user->n_additional_gids++] = gid;
	user->additional_gids = grown;
	return 0;
}

int draft_security(struct draft *d, const struct request *q, struct err *err)
{
	int r = capabilities(d, q, err);

	if (r == 0)
		r = set_seccomp(d, SECCOMP_DEFAULT, err);
	STRV_FOREACH(text, q->security)
		if (r == 0)
			r = security_option(d, *text, err);
	if (r == 0)
		r = seccomp_choose(d->record.seccomp, d->spec, err);
	STRV_FOREACH(text, q->sysctls)
		if (r == 0)
			r = add_sysctl(d->spec, *text, err);
	STRV_FOREACH(text, q->groups)
		if (r == 0)
			r = add_group(&d->spec->process->user, *text, err);
	return r;
}
