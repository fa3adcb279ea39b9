/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The files of a stopped container, mounted for the user in the caller's mount namespace: the overlay that a start would
 * mount, at DATA/containers/ID/root. A running container is refused. A copy of its overlay's mount would outlive the run,
 * and the next start would mount the same upper directory once more, which the kernel leaves undefined. Its lock, which orders
 * mounts and starts, belongs to its supervisor.
 */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/path.h"
#include "base/str.h"
#include "engine/container/container-map.h"
#include "engine/container/mounted.h"
#include "launcher/start.h"

static int check_caller(const masu_container *c, const char *verb, struct masu_error *err)
{
	if (idmap_caller_is_privileged())
		return 0;
	(void)err_set(
		err, ERR_DENIED, EPERM,
		"cannot %s container \"%s\": an ordinary user has mounts in a namespace alone",
		verb, c->record.name);
	return err_hint(err, "start a shell by 'masu unshare', and run 'masu %s %s' there", verb,
			c->record.name);
}

static int check_kind(const masu_container *c, struct masu_error *err)
{
	const struct record *r = &c->record;

	if (r->rootfs)
		return err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
			       "container \"%s\" needs no mount: its root is the directory \"%s\"",
			       r->name, r->rootfs);
	if (!r->uid_map)
		return 0;
	/* Its layers are mounted by a map of ids (root), or are in a directory of this map's own, which 'unshare' cannot tell. */
	(void)err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
		      "cannot mount container \"%s\": its user namespace has a map of its own",
		      r->name);
	return err_hint(err, "'masu cp' and 'masu export' copy its files");
}

static int not_stopped(const masu_container *c, struct masu_error *err)
{
	const char *name = c->record.name;

	(void)err_set(err, ERR_CONFLICT, EBUSY, "cannot mount container \"%s\": it is %s", name,
		      masu_status_name(c->state.status));
	return err_hint(err, "stop it first ('masu stop %s'), or use 'masu cp' or 'masu exec'",
			name);
}

static int lock(masu_container *c, struct masu_error *err)
{
	int r = container_lock_unless_running(c, err);

	if (r < 0)
		return r;
	if (r == 0)
		return not_stopped(c, err);
	r = container_look(c, err); /* locked, it may still wait for a restart */
	if (r == 0 && c->state.status == MASU_STATUS_RESTARTING)
		r = not_stopped(c, err);
	if (r < 0)
		container_close(c);
	return r;
}

/* Programs of the container get no privileges of the host by their set-user-id bits. */
static int forbid_suid(const char *target, struct masu_error *err)
{
	if (mount(NULL, target, NULL, MS_REMOUNT | MS_BIND | MS_NODEV | MS_NOSUID, NULL) == 0)
		return 0;
	int r = err_sys(err, errno, "set the flags of the mount \"%s\"", target);
	(void)umount2(target, UMOUNT_NOFOLLOW); /* nobody uses it yet */
	return r;
}

/* The mount of an overlay changes the working directory. */
static int mount_overlay(const struct overlay *overlay, const char *target, struct masu_error *err)
{
	_cleanup_close_ int here = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int r = overlay_mount(overlay, target, err);

	if (r == 0)
		r = forbid_suid(target, err);
	if (here >= 0 && fchdir(here) < 0 && r == 0) {
		(void)umount2(target, UMOUNT_NOFOLLOW);
		return err_sys(err, errno, "return to the working directory");
	}
	return r == -EOPNOTSUPP ? err_hint(err, "'masu cp' and 'masu export' copy the files") : r;
}

static int mount_locked(masu_container *c, const char *target, struct masu_error *err)
{
	_cleanup_(overlay_done) struct overlay overlay = {0};

	if (mounted_is_here(c))
		return 0;
	int r = mounted_check(c, "mount", err);
	if (r < 0)
		return r;
	r = start_overlay(c, &overlay, err);
	if (r < 0)
		return r;
	r = mounted_record(c, err);
	if (r < 0)
		return r;
	r = mount_overlay(&overlay, target, err);
	if (r < 0)
		mounted_forget(c);
	return r;
}

int masu_container_mount(masu_container *c, char **ret_path, masu_error *err)
{
	_cleanup_free_ char *target = path_join(c->dir, "root");
	int r = check_kind(c, err);

	if (!target)
		return err_oom(err);
	if (r == 0)
		r = check_caller(c, "mount", err);
	if (r == 0)
		r = lock(c, err);
	if (r < 0)
		return r;
	r = mount_locked(c, target, err);
	container_close(c);
	if (r < 0)
		return r;
	*ret_path = TAKE_PTR(target);
	return 0;
}

static int unmount_locked(const masu_container *c, const char *target, struct masu_error *err)
{
	if (!mounted_is_here(c)) {
		int r = mounted_check(c, "unmount", err);

		return r < 0 ? r
			     : err_set(err, ERR_CONFLICT, EINVAL, "container \"%s\" is not mounted",
				       c->record.name);
	}
	if (umount2(target, UMOUNT_NOFOLLOW) < 0) {
		int r = err_sys(err, errno, "unmount container \"%s\"", c->record.name);

		return r == -EBUSY
			       ? err_hint(err,
					  "'fuser -vm %s' lists the processes that use its files",
					  target)
			       : r;
	}
	mounted_forget(c);
	return 0;
}

int masu_container_unmount(masu_container *c, masu_error *err)
{
	_cleanup_free_ char *target = path_join(c->dir, "root");

	if (!target)
		return err_oom(err);
	int r = check_caller(c, "unmount", err);
	if (r == 0)
		r = container_lock(c, err);
	if (r < 0)
		return r;
	r = unmount_locked(c, target, err);
	container_close(c);
	return r;
}
