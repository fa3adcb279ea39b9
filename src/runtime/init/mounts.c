/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The mounts of config.json, in their order. Each is made detached, gets its attributes, and is attached to a
 * descriptor of its destination, which was resolved once inside the root: a link or a rename in the container's
 * own tree can move it within that tree, but never out of it.
 *
 * A read-only tmpfs becomes so last, as mount points, devices and the working directory may have to be created
 * in it.
 */

#include "runtime/init/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/path.h"
#include "base/tree.h"
#include "oci/annotations.h"

/* An option with a gid that the user namespace does not have: gid=5 with a single mapped id. */
static bool is_unmapped_gid(const struct init *init, const struct mount_parameter *p)
{
	uint32_t gid;

	return streq(p->key, "gid") && p->value && str_to_uint32(p->value, &gid) == 0 &&
	       !init_maps_gid(init, gid);
}

static void drop_unmapped(const struct init *init, struct mount_options *o)
{
	for (size_t i = o->n_parameters; i-- > 0;)
		if (is_unmapped_gid(init, &o->parameters[i]))
			mount_options_remove(o, i);
}

static bool has_mode(const struct mount_options *o)
{
	for (size_t i = 0; i < o->n_parameters; i++)
		if (streq(o->parameters[i].key, "mode"))
			return true;
	return false;
}

/*
 * A tmpfs without an explicit mode gets the mode of the directory that it covers (/tmp, /var/tmp), or the
 * kernel's 1777 if no such directory exists: so this comes before its mount point is created.
 */
static int add_covered_mode(const struct init *init, struct init_mount *m)
{
	struct mount_options *o = &m->options;
	char mode[8];
	struct stat st;

	if (!init_mount_is_type(m, "tmpfs") || o->bind || has_mode(o))
		return 0;
	_cleanup_close_ int dir = path_open_in(init->root_fd, m->spec->destination, O_PATH, 0, 0);
	if (dir < 0) /* creating the mount point will report it */
		return 0;
	if (fstat(dir, &st) < 0)
		return -errno;
	(void)snprintf(mode, sizeof(mode), "%o", st.st_mode & 07777);
	return mount_options_add(o, "mode", mode);
}

/* Are files created in it before it becomes read-only? */
static bool is_filled(const struct init_mount *m)
{
	return !m->options.bind && (m->options.tmpcopyup || init_mount_is_type(m, "tmpfs"));
}

static int make_new(const struct init *init, struct init_mount *m, struct masu_error *err)
{
	struct mount_options *o = &m->options;
	const struct oci_spec *spec = init->spec;
	bool of_kernel = init_mount_is_type(m, "proc") || init_mount_is_type(m, "sysfs");
	int r = 0;

	if (init_mount_is_type(m, "cgroup") || init_mount_is_type(m, "cgroup2"))
		return init_mount_cgroup(init, m, err);
	if (init_mount_is_type(m, "devpts"))
		drop_unmapped(init, o);
	/* The labels of procfs and sysfs are the policy's. */
	if (spec->mount_label && !of_kernel)
		r = mount_options_add(o, oci_mount_context_option(spec), spec->mount_label);
	if (r < 0)
		return err_sys(err, r, "mount at '%s'", m->spec->destination);
	return mount_new(m->spec->type, m->spec->source, o->parameters, o->n_parameters,
			 is_filled(m) ? o->set & ~(uint64_t)MOUNT_ATTR_RDONLY : o->set, err);
}

/* Sets recursive attributes and the propagation, also for a remount. */
static int set_rest(const struct init_mount *m, int mount_fd, struct masu_error *err)
{
	const struct mount_options *o = &m->options;
	int r = mount_set_attributes(mount_fd, true, o->set_recursive, o->clear_recursive);

	if (r == -EOPNOTSUPP)
		return mount_option_refused(mount_options_find_recursive(m->spec->options),
					    "mount_setattr(2)", err);
	if (r == 0 && o->propagation)
		r = mount_set_propagation(mount_fd, o->propagation_recursive, o->propagation);
	return r < 0 ? err_sys(err, r, "mount at '%s'", m->spec->destination) : 0;
}

/* A later "rw" applies to a mount that would become read-only last. */
static void keep_open(struct init *init, const struct init_mount *remounted)
{
	for (struct init_mount *m = init->host.mounts; m < remounted; m++)
		if (remounted->options.clear & MOUNT_ATTR_RDONLY &&
		    streq(m->spec->destination, remounted->spec->destination))
			fd_close(&m->to_close);
}

/* Without following links: a remount with "rw" or "suid" must hit the mount that is named. */
static int remount(const struct init *init, const struct init_mount *m, struct masu_error *err)
{
	const struct mount_options *o = &m->options;
	const char *path = m->spec->destination;
	_cleanup_close_ int fd = path_open_in(init->root_fd, path, O_PATH, 0, PATH_NO_SYMLINKS);
	if (fd == -ELOOP)
		return err_set(err, ERR_INVALID, ELOOP, "remount '%s': a part of it is a link",
			       path);
	int r = fd < 0 ? fd : mount_set_attributes(fd, false, o->set, o->clear);

	if (r < 0)
		return err_sys(err, r, "remount '%s'", path);
	r = set_rest(m, fd, err);
	if (r < 0)
		return r;
	return o->n_parameters ? mount_reconfigure(fd, o->parameters, o->n_parameters, err) : 0;
}

static int copy_up(const struct init_mount *m, int mount_fd, int point, struct masu_error *err)
{
	int r = tree_copy(point, mount_fd, true);

	return r < 0 ? err_sys(err, r, "tmpcopyup at '%s'", m->spec->destination) : 0;
}

static int mount_one(struct init *init, struct init_mount *m, struct masu_error *err)
{
	const struct mount_options *o = &m->options;
	int r = o->copy_symlink ? init_mount_copy_link(init, m, err) : 0;

	if (r != 0)
		return MIN(r, 0);
	if (o->remount) {
		keep_open(init, m);
		return remount(init, m, err);
	}
	r = add_covered_mode(init, m);
	if (r < 0)
		return err_sys(err, r, "mount at '%s'", m->spec->destination);
	r = m->overlay ? init_mount_overlay(m, err) : 0;
	if (r < 0)
		return r;
	if (o->chown && (m->to_chown = fcntl(m->source, F_DUPFD_CLOEXEC, 3)) < 0)
		return err_sys(err, errno, "mount at '%s'", m->spec->destination);
	_cleanup_close_ int point = init_mount_open_point(init, m, err);
	if (point < 0)
		return point;
	if (init_mount_is_cgroup_v1(m))
		return init_mount_cgroup_v1(init, m, point, err);
	_cleanup_close_ int mount_fd = o->bind ? init_mount_clone(m, err) : make_new(init, m, err);
	if (mount_fd < 0)
		return mount_fd;
	if (o->tmpcopyup)
		r = copy_up(m, mount_fd, point, err);
	if (r == 0)
		r = set_rest(m, mount_fd, err);
	if (r < 0)
		return r;
	r = mount_attach(mount_fd, point);
	if (r < 0)
		return err_sys(err, r, "mount at '%s'", m->spec->destination);
	if (is_filled(m) && o->set & MOUNT_ATTR_RDONLY)
		m->to_close = TAKE_FD(mount_fd);
	return init_mount_check_kind(init, m, err);
}

static int mount_next(struct init *init, struct masu_error *err)
{
	struct init_mount *m = &init->host.mounts[init->host.next_mount++];
	const char *destination = m->spec->destination;
	int r = mount_one(init, m, err);

	if (r < 0) {
		if (err->message && !strstr(err->message, destination))
			(void)err_prefix(err, "mount at '%s'", destination);
		return r;
	}
	fd_close(&m->source);
	return 0;
}

static bool needs_cgroup(const struct init_mount *m)
{
	return !m->options.bind && !m->options.remount &&
	       (init_mount_is_type(m, "cgroup") || init_mount_is_type(m, "cgroup2"));
}

/* A sysfs is that of the network namespace which mounts it; others of the kernel may be, too. */
static bool needs_network(const struct init_mount *m)
{
	static const char *const without[] = {"proc", "tmpfs", "devpts", "mqueue"};

	if (m->options.bind || m->options.remount)
		return m->is_late;
	for (size_t i = 0; i < ARRAY_SIZE(without); i++)
		if (init_mount_is_type(m, without[i]))
			return false;
	return true;
}

int init_mount_first(struct init *init, struct masu_error *err)
{
	const struct init_host *host = &init->host;

	while (host->next_mount < init->spec->n_mounts) {
		const struct init_mount *m = &host->mounts[host->next_mount];

		if (needs_network(m) || needs_cgroup(m))
			return 0;
		int r = mount_next(init, err);
		if (r < 0)
			return r;
	}
	return 0;
}

int init_mount_networked(struct init *init, struct masu_error *err)
{
	const struct init_host *host = &init->host;

	while (host->next_mount < init->spec->n_mounts &&
	       !needs_cgroup(&host->mounts[host->next_mount])) {
		int r = mount_next(init, err);
		if (r < 0)
			return r;
	}
	return 0;
}

int init_mount_rest(struct init *init, struct masu_error *err)
{
	while (init->host.next_mount < init->spec->n_mounts) {
		int r = mount_next(init, err);
		if (r < 0)
			return r;
	}
	return 0;
}

int init_make_read_only(struct init *init, struct masu_error *err)
{
	for (size_t i = 0; i < init->spec->n_mounts; i++) {
		struct init_mount *m = &init->host.mounts[i];

		if (m->to_close < 0)
			continue;
		int r = mount_set_attributes(m->to_close, false, MOUNT_ATTR_RDONLY, 0);
		if (r < 0)
			return err_sys(err, r, "make the mount at '%s' read-only",
				       m->spec->destination);
		fd_close(&m->to_close);
	}
	if (!init->spec->root.readonly)
		return 0;
	int r = mount_set_attributes(init->root_fd, false, MOUNT_ATTR_RDONLY, 0);
	return r < 0 ? err_sys(err, r, "make the root read-only") : 0;
}
