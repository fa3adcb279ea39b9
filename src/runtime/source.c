/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The id map of a mount is that of a user namespace. A process creates it: a child that lives until its
 * map is written and its namespace is open. The mount must never have been attached, and the caller must be
 * root in the user namespace where the file system was mounted. An ordinary user's launcher never is, for
 * the host's file systems.
 */

#include "runtime/source.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"
#include "linux/mount-options.h"
#include "linux/userns.h"

/* The mount's own map, or that of the container's new user namespace. */
static int open_map(const struct container_plan *plan, const struct oci_mount *m,
		    const struct mount_options *o, struct masu_error *err)
{
	const struct oci_namespace *user = &plan->spec->namespaces[OCI_NS_USER];
	_cleanup_idmap_ struct idmap own = {.userns = true};

	if (m->n_uid_mappings) {
		int r = oci_id_map_ranges(m->uid_mappings, m->n_uid_mappings, &own.uids,
					  &own.n_uids);
		if (r == 0)
			r = oci_id_map_ranges(m->gid_mappings, m->n_gid_mappings, &own.gids,
					      &own.n_gids);
		return r < 0 ? err_sys(err, r, "uidMappings, gidMappings") : userns_new(&own, err);
	}
	if (o->own_map.userns)
		return userns_new(&o->own_map, err);
	if (user->path) {
		int fd = open(user->path, O_RDONLY | O_CLOEXEC);
		return fd < 0 ? err_sys(err, errno, "open '%s'", user->path) : fd;
	}
	if (user->wanted)
		return userns_new(plan->idmap, err);
	return err_set(err, ERR_INVALID, EINVAL,
		       "option 'idmap' needs uidMappings and gidMappings, or a user namespace of "
		       "the container's");
}

static int explain(int code, const struct oci_mount *m, const struct mount_options *o,
		   struct masu_error *err)
{
	const char *option = o->idmap == MOUNT_IDMAP_TREE  ? "ridmap"
			     : o->idmap == MOUNT_IDMAP_ONE ? "idmap"
			     : m->n_uid_mappings	   ? "uidMappings"
							   : NULL;

	if (code == -ENOSYS && option)
		return mount_option_refused(option, "open_tree(2) and mount_setattr(2)", err);
	if (code == -ENOSYS)
		return err_set(err, ERR_UNSUPPORTED, ENOSYS,
			       "open '%s': the container's root may not, and to hand it over needs "
			       "open_tree(2) and mount_setattr(2), which this kernel doesn't have",
			       m->source);
	int r = err_sys(err, code, "map the ids of '%s'", m->source);

	if (code == -EPERM)
		return err_hint(err, "only root of the host can map its file systems");
	if (code == -EINVAL)
		return err_hint(err, "its file system can't be id-mapped by this kernel");
	return r;
}

static int map_ids(const struct container_plan *plan, const struct oci_mount *m,
		   const struct mount_options *o, int mount_fd, struct masu_error *err)
{
	_cleanup_close_ int userns = open_map(plan, m, o, err);

	if (userns < 0)
		return userns;
	int r = mount_set_idmap(mount_fd, o->idmap == MOUNT_IDMAP_TREE, userns);
	return r < 0 ? explain(r, m, o, err) : 0;
}

/* Relative sources are relative to the bundle. */
static int open_source(const struct container_plan *plan, const struct oci_mount *m,
		       const struct mount_options *o, struct masu_error *err)
{
	_cleanup_close_ int bundle = open(plan->bundle, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int fd = bundle < 0 ? -1
			    : openat(bundle, m->source,
				     O_PATH | O_CLOEXEC | (o->source_nofollow ? O_NOFOLLOW : 0));

	if (fd < 0)
		return err_sys(err, errno, "open '%s'", m->source);
	if (!o->subpath)
		return fd;
	_cleanup_close_ int whole = fd;
	fd = path_open_in(whole, o->subpath, O_PATH, 0, 0);
	return fd < 0 ? err_sys(err, fd, "open the subpath '%s' of '%s'", o->subpath, m->source)
		      : fd;
}

/* The container's own files: others stay their owner's. */
static bool is_own(const struct container_plan *plan, const struct oci_mount *m)
{
	const char *below = str_after(m->source, plan->bundle);

	return (below && *below == '/') ||
	       (plan->new_volumes && strv_contains(plan->new_volumes, m->destination));
}

static int give(const struct container_plan *plan, const struct oci_mount *m, int fd,
		const struct overlay_mounter *root, struct masu_error *err)
{
	struct stat st;

	if (!root || !is_own(plan, m))
		return 0;
	if (fstat(fd, &st) < 0 ||
	    (st.st_uid == geteuid() && fchownat(fd, "", root->uid, root->gid, AT_EMPTY_PATH) < 0))
		return err_sys(err, errno, "give '%s' to the container's root", m->source);
	return 0;
}

static int clone_source(const struct container_plan *plan, const struct oci_mount *m,
			const struct overlay_mounter *root, struct masu_error *err)
{
	_cleanup_mount_options_ struct mount_options o = {0};
	int r = mount_options_parse(m->type, m->options, &o, err);

	if (r < 0)
		return r;
	_cleanup_close_ int source = open_source(plan, m, &o, err);
	if (source < 0)
		return source;
	r = give(plan, m, source, root, err);
	if (r < 0)
		return r;
	_cleanup_close_ int fd = mount_clone_slave(source, o.bind_recursive);
	r = MIN(fd, 0);
	if (r == -EPERM && !o.idmap && !m->n_uid_mappings)
		return err_sys(err, EACCES, "open '%s'", m->source);
	if (r < 0)
		return explain(r, m, &o, err);
	if (o.idmap || m->n_uid_mappings)
		r = map_ids(plan, m, &o, fd, err);
	return r < 0 ? r : TAKE_FD(fd);
}

bool source_is_given(const struct container_plan *plan, const struct oci_mount *m)
{
	return plan->shared_shm && streq(m->destination, "/dev/shm");
}

int source_clone(const struct container_plan *plan, size_t index,
		 const struct overlay_mounter *root, struct masu_error *err)
{
	const struct oci_mount *m = &plan->spec->mounts[index];

	if (source_is_given(plan, m)) {
		int fd = fcntl(*plan->shared_shm, F_DUPFD_CLOEXEC, 0);

		return fd < 0 ? err_sys(err, errno, "share /dev/shm") : fd;
	}
	int r = clone_source(plan, m, root, err);

	if (r == -EACCES)
		(void)err_hint(err, "the container's root is you on the host, and you may not "
				    "enter that directory");
	return r < 0 ? err_prefix(err, "bind mount at '%s'", m->destination) : r;
}
