/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The mount of type cgroup. On v2 it is one file system, and in a cgroup namespace its root is the container's
 * group. On v1 it is a tmpfs with a directory for each hierarchy of the host, by the same names, and with
 * links for the single controllers of a hierarchy that has several.
 *
 * Without a cgroup namespace the whole tree is visible, and an ordinary user could write to her part of it: so
 * the mount is read-only, unless the config.json of the host's root asks otherwise. On v1 only the container's
 * own groups are bound there.
 */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/path.h"
#include "base/strv.h"
#include "cgroup/detect.h"
#include "linux/idmap.h"
#include "oci/annotations.h"
#include "runtime/init/mounts.h"

static bool has_namespace(const struct init *init)
{
	return init->spec->namespaces[OCI_NS_CGROUP].wanted;
}

static uint64_t attributes(const struct init *init, const struct init_mount *m)
{
	bool as_asked = has_namespace(init) || (!init->spec->namespaces[OCI_NS_USER].wanted &&
						idmap_caller_is_host_root());

	return m->options.set | (as_asked ? 0 : MOUNT_ATTR_RDONLY);
}

bool init_mount_is_cgroup_v1(const struct init_mount *m)
{
	enum cgroup_layout layout;

	if (!init_mount_is_type(m, "cgroup"))
		return false;
	layout = cgroup_layout();
	return layout == CGROUP_LAYOUT_V1 || layout == CGROUP_LAYOUT_HYBRID;
}

/* A copy of the host's mount, if a new one is denied. */
static int bind_host(uint64_t set, struct masu_error *err)
{
	_cleanup_close_ int root = cgroup_open_root();
	_cleanup_close_ int fd = root < 0 ? root : mount_clone(root, false);
	int r = fd < 0 ? fd : mount_set_attributes(fd, false, set, 0);

	return r < 0 ? err_sys(err, r, "bind the host's cgroups") : TAKE_FD(fd);
}

int init_mount_cgroup(const struct init *init, const struct init_mount *m, struct masu_error *err)
{
	const struct mount_options *o = &m->options;
	_cleanup_err_ struct masu_error why = ERR_INIT;
	int r = mount_new("cgroup2", NULL, o->parameters, o->n_parameters, attributes(init, m),
			  &why);
	/* Only the owner of the cgroup namespace may mount it, or set its options. */
	if (r == -EPERM && !has_namespace(init) && !o->n_parameters)
		return bind_host(attributes(init, m), err);
	return r < 0 ? err_move(err, &why) : r;
}

/*
 * A new mount of the hierarchy: in the namespace its root is the container's group. The parameters apply to v1
 * hierarchies.
 */
static int mount_hierarchy(const char *names, const struct mount_options *o, uint64_t set,
			   struct masu_error *err)
{
	_cleanup_strv_ char **list = strv_split(names, ",");
	size_t n = o->n_parameters;
	_cleanup_free_ struct mount_parameter *parameters = NULL;

	if (!*names)
		return mount_new("cgroup2", NULL, NULL, 0, set, err);
	parameters = list ? calloc(n + strv_length(list) + 1, sizeof(*parameters)) : NULL;
	if (!parameters)
		return err_oom(err);
	if (n)
		memcpy(parameters, o->parameters, n * sizeof(*parameters));
	for (char **name = list; *name; name++) {
		const char *named = str_after(*name, "name=");

		if (named && name == list && !name[1])
			parameters[n++] = (struct mount_parameter){"none", NULL};
		parameters[n++] = named ? (struct mount_parameter){"name", named}
					: (struct mount_parameter){*name, NULL};
	}
	return mount_new("cgroup", "cgroup", parameters, n, set, err);
}

static int bind_group(int root, const struct hierarchy *h, uint64_t set)
{
	const char *below = h->path + strspn(h->path, "/");
	_cleanup_close_ int group = path_open_in(root, *below ? below : ".", O_PATH | O_DIRECTORY,
						 0, PATH_BENEATH | PATH_NO_SYMLINKS);
	_cleanup_close_ int fd = group < 0 ? group : mount_clone(group, false);
	int r = fd < 0 ? fd : mount_set_attributes(fd, false, set, 0);

	return r < 0 ? r : TAKE_FD(fd);
}

/* "cpu" and "cpuacct" beside "cpu,cpuacct". */
static int link_names(int top, const char *names)
{
	_cleanup_strv_ char **list = strv_split(names, ",");

	if (!list)
		return -ENOMEM;
	STRV_FOREACH(name, list)
		if (list[1] && symlinkat(names, top, *name) < 0)
			return -errno;
	return 0;
}

static int add_hierarchy(const struct init *init, const struct init_mount *m, int top,
			 const struct hierarchy *h, struct masu_error *err)
{
	const char *dir = hierarchy_dir(h->names);
	_cleanup_close_ int root = hierarchy_open(h->names), mount_fd = -1, point = -1;

	if (root < 0)
		return 0; /* not mounted on the host */
	mount_fd = has_namespace(init)
			   ? mount_hierarchy(h->names, &m->options, attributes(init, m), err)
			   : bind_group(root, h, attributes(init, m));
	if (mount_fd < 0)
		return err && err->message ? mount_fd
					   : err_sys(err, mount_fd, "bind the cgroup '%s' of '%s'",
						     h->path, h->names);
	if (mkdirat(top, dir, 0755) < 0)
		return err_sys(err, errno, "create the directory '%s'", dir);
	point = openat(top, dir, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int r = point < 0 ? -errno : mount_attach(mount_fd, point);
	if (r == 0)
		r = link_names(top, h->names);
	return r < 0 ? err_sys(err, r, "mount the cgroup hierarchy '%s'", h->names) : 0;
}

int init_mount_cgroup_v1(const struct init *init, const struct init_mount *m, int point,
			 struct masu_error *err)
{
	struct mount_parameter parameters[2] = {{"mode", "0755"}};
	_cleanup_hierarchies_ struct hierarchies all = {0};
	const char *label = init->spec->mount_label;
	_cleanup_close_ int top = -1;

	if (m->options.n_parameters && !has_namespace(init))
		return err_set(err, ERR_INVALID, EINVAL,
			       "mount at '%s': option '%s' needs a cgroup namespace",
			       m->spec->destination, m->options.parameters[0].key);
	if (label)
		parameters[1] = (struct mount_parameter){oci_mount_context_option(init->spec),
							 label};
	int r = hierarchies_of(0, &all);
	if (r < 0)
		return err_sys(err, r, "find the container's cgroups");
	top = mount_new("tmpfs", "tmpfs", parameters, label ? 2 : 1,
			m->options.set & ~(uint64_t)MOUNT_ATTR_RDONLY, err);
	if (top < 0)
		return top;
	/* Attached first: the kernel mounts nothing on a detached mount. */
	r = mount_attach(top, point);
	if (r < 0)
		return err_sys(err, r, "mount at '%s'", m->spec->destination);
	for (size_t i = 0; i < all.n; i++) {
		r = add_hierarchy(init, m, top, &all.item[i], err);
		if (r < 0)
			return r;
	}
	r = mount_set_attributes(top, false, attributes(init, m), 0);
	return r < 0 ? err_sys(err, r, "set the flags of the mount at '%s'", m->spec->destination)
		     : 0;
}
