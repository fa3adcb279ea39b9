/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The mount points. A destination is a path of the container, in which its image or a neighbour in a
 * shared volume may have put links: it is resolved once inside the root, and the mount goes to the
 * opened file.
 */

#include "runtime/init/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/path.h"

#define PROC_ROOT_INO 1 /* of any procfs (linux/proc_fs.h, kernel) */

/* The rest of a path after "/proc", which may be empty; NULL for another path. */
static const char *below_proc(const char *path)
{
	const char *rest = str_after(path, "/proc");

	return rest && (!*rest || *rest == '/') ? rest : NULL;
}

static int over_proc(const struct init_mount *m, struct masu_error *err)
{
	return err_set(err, ERR_DENIED, EPERM, "mount at '%s': nothing may be mounted over /proc",
		       m->spec->destination);
}

static bool is_root_of_proc(int fd)
{
	struct stat st;

	return mount_is_type(fd, PROC_SUPER_MAGIC) && fstat(fd, &st) == 0 &&
	       st.st_ino == PROC_ROOT_INO;
}

/*
 * Nothing may be laid over parts of /proc that masu or the kernel's security relies on; but what
 * tells a container of its own limits (lxcfs) may be, and /proc itself may be another procfs.
 */
static int check_destination(const struct init_mount *m, struct masu_error *err)
{
	static const char *const allowed[] = {
		"/proc/cpuinfo", "/proc/diskstats",
		"/proc/meminfo", "/proc/stat",
		"/proc/swaps",	 "/proc/uptime",
		"/proc/loadavg", "/proc/slabinfo",
		"/proc/net/dev", "/proc/sys/kernel/ns_last_pid",
	};
	const char *path = m->spec->destination, *rest = below_proc(path);

	if (!rest)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(allowed); i++)
		if (streq(path, allowed[i]))
			return 0;
	if (!*rest && (m->source < 0 ? init_mount_is_type(m, "proc") : is_root_of_proc(m->source)))
		return 0;
	return over_proc(m, err);
}

static bool source_is_dir(int fd)
{
	struct stat st;

	return fstat(fd, &st) < 0 || S_ISDIR(st.st_mode);
}

/*
 * /proc and /sys must be just there: a link would put the kernel's file system elsewhere and leave
 * the masks on nothing.
 */
static int open_kernel_point(const struct init *init, const char *path, struct masu_error *err)
{
	int fd = path_open_in(init->root_fd, path, O_PATH | O_DIRECTORY, 0, PATH_NO_SYMLINKS);

	if (fd == -ENOENT) {
		_cleanup_close_ int made = path_mkdir_in(init->root_fd, path, 0755);

		fd = made < 0 ? made
			      : path_open_in(init->root_fd, path, O_PATH | O_DIRECTORY, 0,
					     PATH_NO_SYMLINKS);
	}
	if (fd == -ELOOP)
		return err_set(err, ERR_INVALID, ELOOP, "mount at '%s': a part of it is a link",
			       path);
	return fd < 0 ? err_sys(err, fd, "create the mount point '%s'", path) : fd;
}

/* With the option: a link itself, if the destination is one. */
static int open_point(const struct init *init, const struct init_mount *m)
{
	const char *path = m->spec->destination;

	if (m->options.destination_nofollow) {
		int fd = path_open_in(init->root_fd, path, O_PATH | O_NOFOLLOW, 0, 0);

		if (fd != -ENOENT)
			return fd;
	}
	return m->source < 0 || source_is_dir(m->source) ? path_mkdir_in(init->root_fd, path, 0755)
							 : path_touch_in(init->root_fd, path, 0644);
}

int init_mount_open_point(const struct init *init, const struct init_mount *m,
			  struct masu_error *err)
{
	const char *path = m->spec->destination;
	int r = check_destination(m, err);

	if (r < 0)
		return r;
	if (init_mount_is_type(m, "proc") || init_mount_is_type(m, "sysfs"))
		return open_kernel_point(init, path, err);
	_cleanup_close_ int fd = open_point(init, m);
	if (fd < 0)
		return err_sys(err, fd, "create the mount point '%s'", path);
	/* check_destination() has allowed names below /proc. */
	if (!below_proc(path) && mount_is_type(fd, PROC_SUPER_MAGIC))
		return over_proc(m, err);
	return TAKE_FD(fd);
}

int init_mount_check_kind(const struct init *init, const struct init_mount *m,
			  struct masu_error *err)
{
	int64_t magic = init_mount_is_type(m, "proc")	 ? PROC_SUPER_MAGIC
			: init_mount_is_type(m, "sysfs") ? SYSFS_MAGIC
							 : 0;

	if (!magic)
		return 0;
	_cleanup_close_ int fd = path_open_in(init->root_fd, m->spec->destination, O_PATH, 0,
					      PATH_NO_SYMLINKS);
	if (fd >= 0 && mount_is_type(fd, magic))
		return 0;
	if (err_is_shortage(fd))
		return err_sys(err, fd, "open the mount '%s'", m->spec->destination);
	return err_set(err, ERR_INTERNAL, ESTALE, "'%s' is not the %s that was mounted there",
		       m->spec->destination, m->spec->type);
}

int init_touch(const struct init *init, const char *path, mode_t mode)
{
	_cleanup_close_ int point = path_touch_in(init->root_fd, path, mode);

	if (point >= 0 && mount_is_type(point, PROC_SUPER_MAGIC))
		return -EPERM;
	return point < 0 ? point : TAKE_FD(point);
}
