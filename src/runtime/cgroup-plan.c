/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/cgroup-plan.h"

#include <errno.h>
#include <sys/mount.h>

#include "base/str.h"
#include "base/strv.h"
#include "cgroup/systemd.h"
#include "linux/mount-options.h"
#include "oci/annotations.h"
#include "systemd/manager.h"

void bundle_cgroup_done(struct bundle_cgroup *g)
{
	free(g->slice);
	free(g->scope);
	free(g->description);
	strv_free(g->properties);
	*g = (struct bundle_cgroup){0};
}

/* Is a cgroup file system mounted in the container, so that it can be written to? */
static int has_writable_mount(const struct oci_spec *spec, bool *ret, struct masu_error *err)
{
	*ret = false;
	for (size_t i = 0; i < spec->n_mounts; i++) {
		const struct oci_mount *m = &spec->mounts[i];
		_cleanup_mount_options_ struct mount_options o = {0};

		if (!m->type || (!streq(m->type, "cgroup") && !streq(m->type, "cgroup2")))
			continue;
		int r = mount_options_parse(m->type, m->options, &o, err);
		if (r < 0)
			return r;
		*ret |= !(o.set & MOUNT_ATTR_RDONLY);
	}
	return 0;
}

/*
 * The user that executes the container's process may shape the container's cgroup when it has a
 * namespace of its own for that and can write there (runtime-spec, config-linux.md, "Cgroup
 * ownership"). For an ordinary user the caller owns it already.
 */
static int plan_owner(const struct bundle *b, struct cgroup_plan *plan, bool host_root,
		      struct masu_error *err)
{
	const struct oci_spec *spec = b->spec;
	const struct oci_namespace *ns = &spec->namespaces[OCI_NS_CGROUP];
	bool writable;
	uint32_t owner;
	int r = has_writable_mount(spec, &writable, err);

	plan->everywhere |= writable;
	if (r < 0 || !writable || !ns->wanted || ns->path || !spec->process || !host_root)
		return r;
	owner = spec->process->user.uid;
	if (b->idmap.userns &&
	    idmap_to_host(b->idmap.uids, b->idmap.n_uids, spec->process->user.uid, &owner) < 0)
		return 0; /* init reports that this user has no id */
	plan->has_owner = owner != 0;
	plan->owner = owner;
	return 0;
}

/* The name of one group, or NULL. */
static int group_name(const struct oci_spec *spec, const char *annotation, const char **ret,
		      struct masu_error *err)
{
	const char *name = oci_map_get(&spec->annotations, annotation);

	*ret = name && *name ? name : NULL;
	if (*ret && (*name == '.' || strchr(name, '/') || str_has_control(name)))
		return err_set(err, ERR_INVALID, EINVAL,
			       "annotation %s: invalid name of a cgroup: '%s'", annotation, name);
	return 0;
}

/* The annotations of crun and runc. Engines don't pass on any that an image sets. */
static int plan_by_annotations(const struct bundle *b, struct bundle_cgroup *g,
			       struct masu_error *err)
{
	const struct oci_map *map = &b->spec->annotations;
	int r = group_name(b->spec, OCI_ANNOTATION_DELEGATE_CGROUP, &g->plan.delegate, err);

	if (r < 0 || g->plan.manager != CGROUP_MANAGER_SYSTEMD)
		return r;
	r = group_name(b->spec, OCI_ANNOTATION_SYSTEMD_SUBGROUP, &g->plan.sub, err);
	for (size_t i = 0; r == 0 && i < map->n; i++) {
		const char *name = str_after(map->pairs[i].key, OCI_ANNOTATION_PROPERTY);

		if (name)
			r = strv_pushf(&g->properties, "%s=%s", name, map->pairs[i].value);
	}
	g->plan.properties = g->properties;
	return r == -ENOMEM ? err_oom(err) : r;
}

int bundle_cgroup_plan(const struct bundle *b, const char *id, enum cgroup_manager manager,
		       enum cgroup_lack lack, struct bundle_cgroup *ret, struct masu_error *err)
{
	const struct oci_spec *spec = b->spec;
	const bool some = manager != CGROUP_MANAGER_NONE;
	const bool host_root = some && idmap_caller_is_host_root();
	int r = manager == CGROUP_MANAGER_SYSTEMD
			? cgroup_parse_systemd_path(spec->cgroups_path, id, &ret->slice,
						    &ret->scope, err)
			: 0;

	if (r < 0)
		return r;
	ret->description = str_printf("masu-oci container %s", id);
	if (!ret->description)
		return err_oom(err);
	ret->plan = (struct cgroup_plan){
		.manager = manager,
		.system = host_root || (some && manager_is_system()),
		.lack = lack,
		.systemd_alone = manager == CGROUP_MANAGER_SYSTEMD,
		.scope = ret->scope,
		.slice = ret->slice,
		.description = ret->description,
		.path = spec->cgroups_path ? spec->cgroups_path : id,
		.everywhere = spec->cgroups_path,
		.limits = &spec->resources,
		/* Even without rules: devices that no rule allows are denied. */
		.device_filter = host_root,
	};
	r = plan_owner(b, &ret->plan, host_root, err);
	return r < 0 ? r : plan_by_annotations(b, ret, err);
}
