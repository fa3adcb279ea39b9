/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <sys/mount.h>

#include "base/str.h"
#include "linux/mount-options.h"
#include "oci-cli/launch.h"
#include "oci/annotations.h"
#include "systemd/bus.h"

static int choose_manager(const struct oci_globals *g, enum cgroup_manager *ret, struct err *err)
{
	const char *name = g->cgroup_manager;

	if (g->systemd_cgroup || (name && streq(name, "systemd")))
		*ret = CGROUP_MANAGER_SYSTEMD;
	else if (!name || streq(name, "cgroupfs"))
		*ret = CGROUP_MANAGER_CGROUPFS;
	else if (streq(name, "disabled"))
		*ret = CGROUP_MANAGER_NONE;
	else
		return err_set(err, ERR_INVALID, EINVAL,
			       "--cgroup-manager '%s' is none of systemd, cgroupfs and disabled",
			       name);
	return 0;
}

/* --rootless, which was checked. */
static enum cgroup_lack choose_lack(const char *rootless)
{
	if (!rootless || streq(rootless, "auto"))
		return CGROUP_LACK_AUTO;
	return streq(rootless, "true") ? CGROUP_LACK_ALLOWED : CGROUP_LACK_REFUSED;
}

/* Does the container see its cgroups, and may it write there? */
static int has_writable_mount(const struct oci_spec *spec, bool *ret, struct err *err)
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
 * ownership"). An ordinary user's is hers already.
 */
static int plan_owner(struct launch *l, bool host_root, struct err *err)
{
	const struct oci_spec *spec = l->spec;
	const struct oci_namespace *ns = &spec->namespaces[OCI_NS_CGROUP];
	bool writable;
	uint32_t owner;
	int r = has_writable_mount(spec, &writable, err);

	l->cgroup.everywhere |= writable;
	if (r < 0 || !writable || !ns->wanted || ns->path || !spec->process || !host_root)
		return r;
	owner = spec->process->user.uid;
	if (l->idmap.userns &&
	    idmap_to_host(l->idmap.uids, l->idmap.n_uids, spec->process->user.uid, &owner) < 0)
		return 0; /* it has no user to execute it as, which init will say */
	l->cgroup.has_owner = owner != 0;
	l->cgroup.owner = owner;
	return 0;
}

/* The name of one group, or NULL. */
static int group_name(const struct oci_spec *spec, const char *annotation, const char **ret,
		      struct err *err)
{
	const char *name = oci_map_get(&spec->annotations, annotation);

	*ret = name && *name ? name : NULL;
	if (*ret && (*name == '.' || strchr(name, '/') || str_has_control(name)))
		return err_set(err, ERR_INVALID, EINVAL, "annotation %s: '%s' is no cgroup's name",
			       annotation, name);
	return 0;
}

/* What crun and runc take annotations for; of an image's own, engines pass on none of these. */
static int plan_by_annotations(struct launch *l, struct err *err)
{
	const struct oci_map *map = &l->spec->annotations;
	int r = group_name(l->spec, OCI_ANNOTATION_DELEGATE_CGROUP, &l->cgroup.delegate, err);

	if (r < 0 || l->cgroup.manager != CGROUP_MANAGER_SYSTEMD)
		return r;
	r = group_name(l->spec, OCI_ANNOTATION_SYSTEMD_SUBGROUP, &l->cgroup.sub, err);
	for (size_t i = 0; r == 0 && i < map->n; i++) {
		const char *name = str_after(map->pairs[i].key, OCI_ANNOTATION_PROPERTY);

		if (name)
			r = unit_properties_add(&l->properties, name, map->pairs[i].value, err);
	}
	l->cgroup.properties = &l->properties;
	return r;
}

int launch_plan_cgroup(struct launch *l, struct err *err)
{
	const struct oci_spec *spec = l->spec;
	enum cgroup_manager manager;
	int r = choose_manager(l->options->globals, &manager, err);

	if (r == 0 && manager == CGROUP_MANAGER_SYSTEMD)
		r = cgroup_parse_systemd_path(spec->cgroups_path, l->id, &l->slice, &l->scope, err);
	if (r < 0)
		return r;
	if (asprintf(&l->description, "masu-oci container %s", l->id) < 0) {
		l->description = NULL;
		return err_sys(err, ENOMEM, "prepare the container");
	}
	const bool some = manager != CGROUP_MANAGER_NONE;
	const bool host_root = some && idmap_caller_is_host_root();
	l->cgroup = (struct cgroup_plan){
		.manager = manager,
		.system = host_root || (some && bus_system_is_ours()),
		.lack = choose_lack(l->options->globals->rootless),
		.systemd_alone = manager == CGROUP_MANAGER_SYSTEMD,
		.scope = l->scope,
		.slice = l->slice,
		.description = l->description,
		.path = spec->cgroups_path ? spec->cgroups_path : l->id,
		.everywhere = spec->cgroups_path,
		.limits = &spec->resources,
		/* Also without rules: what none allows is denied. */
		.device_filter = host_root,
	};
	l->plan.cgroup = &l->cgroup;
	r = plan_owner(l, host_root, err);
	return r == 0 ? plan_by_annotations(l, err) : r;
}

int launch_plan_record(struct launch *l, struct err *err)
{
	if (asprintf(&l->record_link, "%s/%s/%s", l->root, l->id, BUNDLE_CGROUP) < 0) {
		l->record_link = NULL;
		return err_sys(err, ENOMEM, "prepare the container");
	}
	l->cgroup.record_link = l->record_link;
	return 0;
}
