/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The container's root: mounted, and made the only root there is.
 *
 * The new root is a mount of its own (the overlay, or a clone of the given directory onto itself).
 * pivot_root(2) puts it in the place of the host's, which is then detached with all below it: from
 * there on no path leads to a file of the host's that wasn't mounted into the container.
 */

#include "runtime/init/messages.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <mntent.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>

#include "base/channel.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/path.h"
#include "base/proc.h"
#include "base/str.h"
#include "base/time.h"
#include "linux/mount.h"
#include "storage/overlay-parts.h"

#define FUSE_TIMEOUT_MS 10000
#define MOUNTS_MAX	(16U << 20)

int init_enter_bundle(struct init *init, struct masu_error *err)
{
	/* Init was born in the place of its root, and knows no relative paths then. */
	if (init->plan->opener_map)
		return 0;
	/* Relative sources of mounts, and hooks, are relative to the bundle. */
	if (chdir(init->plan->bundle) < 0)
		return err_sys(err, errno, "enter the bundle '%s'", init->plan->bundle);
	return 0;
}

/*
 * In a chroot, "/" may not be a mount: the tree of mounts, which has to be cut off and pivoted away, begins
 * above it. setns(2) to the process's own namespace leads there, chroot(2) back.
 */
static int open_top(struct init *init, int root, struct masu_error *err)
{
	_cleanup_close_ int ns = openat(init->host.proc_fd, "self/ns/mnt", O_RDONLY | O_CLOEXEC),
			    cwd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (ns < 0 || cwd < 0 || setns(ns, CLONE_NEWNS) < 0)
		return err_sys(err, errno, "leave the chroot");
	init->host.top_fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (init->host.top_fd < 0 || fchdir(root) < 0 || chroot(".") < 0 || fchdir(cwd) < 0)
		return err_sys(err, errno, "come back to the chroot");
	return 0;
}

/*
 * Later mounts of the host still arrive (unless the root is to be private or unbindable); none goes back to it.
 * A shared root becomes so at the end, as the first of a new peer group.
 */
static int stop_propagation(struct init *init, struct masu_error *err)
{
	const char *given = init->spec->rootfs_propagation, *wanted = given ? given : "rslave";
	bool cut_off = strstr(wanted, "private") || strstr(wanted, "unbindable");
	uint64_t propagation = cut_off ? MS_PRIVATE : MS_SLAVE;
	_cleanup_close_ int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int r = fd < 0 ? -errno : mount_set_propagation(fd, true, propagation);

	if (r == -EINVAL) {
		r = open_top(init, fd, err);
		if (r < 0)
			return r;
		r = mount_set_propagation(init->host.top_fd, true, propagation);
	}
	return r < 0 ? err_sys(err, r, "stop mount propagation") : 0;
}

/* The pivot is not allowed on a shared root, so this comes after it. */
static int set_propagation(const struct init *init, struct masu_error *err)
{
	const char *wanted = init->spec->rootfs_propagation;
	uint64_t propagation = !wanted			      ? 0
			       : strstr(wanted, "shared")     ? MS_SHARED
			       : strstr(wanted, "unbindable") ? MS_UNBINDABLE
							      : 0;
	int r = propagation ? mount_set_propagation(init->root_fd, *wanted == 'r', propagation) : 0;

	return r < 0 ? err_sys(err, r, "linux.rootfsPropagation '%s'", wanted) : 0;
}

static int mount_dir(struct init *init, struct masu_error *err)
{
	const char *path = init->spec->root.path;
	_cleanup_close_ int dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0)
		return err_sys(err, errno, "open the root '%s'", path);
	_cleanup_close_ int mount_fd = mount_clone(dir, true);
	int r = mount_fd < 0 ? mount_fd : 0;
	if (r == 0 && init->plan->root_nodev)
		r = mount_set_attributes(mount_fd, false, MOUNT_ATTR_NODEV, 0);
	if (r == 0)
		r = mount_attach(mount_fd, dir);
	if (r < 0)
		return err_sys(err, r, "mount the root '%s'", path);
	init->root_fd = TAKE_FD(mount_fd);
	return 0;
}

/* fuse-overlayfs, started by the launcher in this mount namespace, has mounted when it shows. */
static int wait_for_fuse(const struct init *init, struct masu_error *err)
{
	const struct timespec pause = {.tv_nsec = 2000000};

	for (int64_t end = time_monotonic_ms() + FUSE_TIMEOUT_MS; time_monotonic_ms() < end;) {
		_cleanup_close_ int fd = open(init->plan->root_dir,
					      O_PATH | O_DIRECTORY | O_CLOEXEC);

		if (fd >= 0 && mount_is_type(fd, FUSE_SUPER_MAGIC))
			return 0;
		(void)nanosleep(&pause, NULL); /* cut short, it looks again sooner */
	}
	return err_set(err, ERR_UNAVAILABLE, ETIMEDOUT,
		       "fuse-overlayfs did not mount the root in %d s", FUSE_TIMEOUT_MS / 1000);
}

/*
 * A mount over root_dir that shares the mounts below it. fuse-overlayfs mounts in a copy of this namespace,
 * as the pivot would move its root along with init's, and its mount propagates here through this one.
 */
static int make_shared_point(const struct init *init, struct masu_error *err)
{
	_cleanup_close_ int dir = open(init->plan->root_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	_cleanup_close_ int point = dir < 0 ? -errno : mount_clone(dir, false);
	int r = point < 0 ? point : mount_set_propagation(point, false, MS_SHARED);

	if (r == 0)
		r = mount_attach(point, dir);
	return r < 0 ? err_sys(err, r, "prepare '%s'", init->plan->root_dir) : TAKE_FD(point);
}

/* The kernel refused: the launcher hears why, as the reason if fuse-overlayfs isn't there either. */
static int mount_by_fuse(struct init *init, struct masu_error *err)
{
	_cleanup_free_ char *reason = TAKE_PTR(err->message);
	_cleanup_close_ int point = make_shared_point(init, err);

	if (point < 0)
		return point;
	int r = channel_send(init->channel, INIT_NEED_FUSE, reason, strlen(reason), -1);
	if (r < 0)
		return err_sys(err, r, "talk to the launcher");
	r = init_wait_for(init, INIT_FUSE_STARTED, "fuse-overlayfs was started", err);
	if (r == 0)
		r = wait_for_fuse(init, err);
	if (r < 0)
		return r;
	/* Nothing more is shared: a mount of the container's stays here, and the root can be pivoted. */
	r = mount_set_propagation(point, true, MS_PRIVATE);
	return r < 0 ? err_sys(err, r, "stop sharing '%s'", init->plan->root_dir) : 0;
}

static int receive_parts(struct init *init, struct overlay_parts *parts, struct masu_error *err)
{
	int r = init_send(init, INIT_NEED_ROOT, err);

	for (size_t i = 0; r == 0 && i < OVERLAY_PARTS; i++) {
		_cleanup_channel_message_ struct channel_message m = CHANNEL_MESSAGE_INIT;

		r = init_receive(init, INIT_SOURCE, "it opened the root", &m, err);
		parts->fds[i] = TAKE_FD(m.fd);
	}
	return r;
}

/* Init cannot reach the store: the opener hands over its directories. */
static int mount_parts(struct init *init, struct masu_error *err)
{
	_cleanup_(overlay_parts_done) struct overlay_parts parts = OVERLAY_PARTS_INIT;
	int r = receive_parts(init, &parts, err);

	if (r < 0)
		return r;
	if (init->plan->overlay) {
		init->root_fd = overlay_parts_mount(&parts, init->plan->overlay, err);
		return MIN(init->root_fd, 0);
	}
	int mount_fd = parts.fds[OVERLAY_LAYERS];
	r = mount_set_attributes(mount_fd, false, MOUNT_ATTR_NODEV, 0);
	if (r == 0)
		r = mount_attach(mount_fd, AT_FDCWD);
	if (r < 0)
		return err_sys(err, r, "mount the root '%s'", init->spec->root.path);
	init->root_fd = TAKE_FD(parts.fds[OVERLAY_LAYERS]);
	return 0;
}

/*
 * The mount belongs to the container's user namespace, and fuse-overlayfs, with the ids of the files, to another one. Requests
 * wait until it is ready, and fail if it has ended.
 */
static int mount_for_fuse(const struct init *init, struct masu_error *err)
{
	_cleanup_close_ int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	char options[128];

	if (fd < 0 && device_check("/dev/fuse", "fuse", NULL, err) < 0)
		return err_prefix(err, "fuse-overlayfs");
	if (fd < 0)
		return err_sys(err, errno, "open \"/dev/fuse\"");
	(void)snprintf(options, sizeof(options),
		       "fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other,default_permissions",
		       fd);
	if (mount("fuse-overlayfs", init->plan->root_dir, "fuse", MS_NODEV, options) < 0)
		return err_sys(err, errno, "mount the root for fuse-overlayfs");
	int r = channel_send(init->channel, INIT_NEED_FUSE, NULL, 0, fd);
	return r < 0 ? err_sys(err, r, "talk to the launcher") : 0;
}

static int mount_translated(struct init *init, struct masu_error *err)
{
	int r = mount_for_fuse(init, err);

	return r < 0 ? r
		     : init_wait_for(init, INIT_FUSE_STARTED, "fuse-overlayfs was started", err);
}

static int mount_overlay(struct init *init, struct masu_error *err)
{
	if (init->plan->lent)
		return mount_translated(init, err);
	int r = overlay_mount(init->plan->overlay, init->plan->root_dir, err);
	return r == -EOPNOTSUPP && err->message ? mount_by_fuse(init, err) : r;
}

int init_mount_root(struct init *init, struct masu_error *err)
{
	int r = stop_propagation(init, err);

	if (r < 0)
		return r;
	if (init->plan->opener_map)
		return mount_parts(init, err);
	if (!init->plan->overlay)
		return mount_dir(init, err);
	r = mount_overlay(init, err);
	if (r < 0)
		return r;
	init->root_fd = open(init->plan->root_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return init->root_fd < 0 ? err_sys(err, errno, "open the root") : 0;
}

/* Both in one place: the old root lies on the new one, and is taken off it (pivot_root(2)). */
static int pivot_root(struct masu_error *err)
{
	if (syscall(SYS_pivot_root, ".", ".") < 0)
		return err_sys(err, errno, "pivot into the root");
	if (umount2(".", MNT_DETACH) < 0)
		return err_sys(err, errno, "detach the host's root");
	return 0;
}

/* In a new user namespace the host's mounts are locked: they are covered instead. */
static int hide(const char *point)
{
	if (umount2(point, MNT_DETACH | UMOUNT_NOFOLLOW) == 0 ||
	    mount("hidden", point, "tmpfs", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) ==
		    0)
		return 0;
	return errno == ENOENT ? 0 : -errno; /* gone with what it was mounted below */
}

/*
 * Root of a user namespace may mount an unmasked procfs or sysfs if its mount namespace has one. So none of
 * the host's stays below the root that is moved over them.
 */
static int hide_kernel(const struct init *init, struct masu_error *err)
{
	_cleanup_free_ char *text = NULL;
	char root[PATH_MAX], line[2 * PATH_MAX];
	struct mntent m;
	size_t size = 0;
	int r = file_read(init->host.proc_fd, "self/mounts", MOUNTS_MAX, &text, &size);
	_cleanup_fclose_ FILE *f = r < 0 ? NULL : fmemopen(text, size, "r");

	if (!f || !getcwd(root, sizeof(root)))
		return err_sys(err, r < 0 ? r : errno, "look for the host's mounts");
	while (getmntent_r(f, &m, line, sizeof(line))) {
		if ((!streq(m.mnt_type, "proc") && !streq(m.mnt_type, "sysfs")) ||
		    path_is_below(m.mnt_dir, root))
			continue;
		r = hide(m.mnt_dir);
		if (r < 0)
			return err_sys(err, r, "hide the host's '%s'", m.mnt_dir);
	}
	return 0;
}

/*
 * An initramfs is the bottom of all mounts and cannot be pivoted away. The new root hides it, and chroot(2)
 * leads there; a container that may unmount could uncover it.
 */
static int move_root(const struct init *init, struct masu_error *err)
{
	int r = hide_kernel(init, err);

	if (r < 0)
		return r;
	if (mount(".", "/", NULL, MS_MOVE, NULL) < 0)
		return err_sys(err, errno, "move the root over the host's");
	return chroot(".") < 0 ? err_sys(err, errno, "enter the root that was moved") : 0;
}

/*
 * A WORKDIR that the image does not have is created inside, while all mounts are writable. The resolver
 * follows no magic links, so it does not follow /proc/self/fd/N.
 */
int init_make_cwd(struct init *init, struct masu_error *err)
{
	const char *cwd = init->spec->process->cwd;

	if (streq(cwd, "/"))
		return 0;
	_cleanup_close_ int fd = path_mkdir_in(init->root_fd, cwd, 0755);
	/* If the directory exists, entering it will report the error. */
	if (fd >= 0 || fd == -EROFS || fd == -EACCES || fd == -ENOTDIR || fd == -ELOOP)
		return 0;
	return err_sys(err, fd, "create the working directory '%s'", cwd);
}

int init_pivot(struct init *init, struct masu_error *err)
{
	struct init_host *host = &init->host;

	if (host->top_fd >= 0 && (fchdir(host->top_fd) < 0 || chroot(".") < 0))
		return err_sys(err, errno, "leave the chroot");
	fd_close(&host->top_fd);
	if (fchdir(init->root_fd) < 0)
		return err_sys(err, errno, "enter the root");
	int r = init->plan->no_pivot ? move_root(init, err) : pivot_root(err);
	if (r < 0)
		return r;
	if (chdir("/") < 0)
		return err_sys(err, errno, "enter the new root");
	fd_close(&host->proc_fd);
	fd_close(&host->null_fd);
	return set_propagation(init, err);
}
