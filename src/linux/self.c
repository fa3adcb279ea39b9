/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/self.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "base/fd.h"
#include "base/path.h"
#include "base/str.h"
#include "linux/caps.h"
#include "linux/idmap.h"
#include "linux/mount.h"

#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

/* From here on nobody can write the file by way of /proc/self/exe. */
static bool is_protected(int self)
{
	struct statvfs fs;
	struct stat st;

	if (fcntl(self, F_GET_SEALS) == SEALS)
		return true;
	if (fstatvfs(self, &fs) == 0 && fs.f_flag & ST_RDONLY)
		return true;
	/*
	 * An owner that isn't mapped makes it nobody's file in the container, and its capabilities
	 * of no use there. The container's root is the caller.
	 */
	return fstat(self, &st) == 0 && st.st_uid == 0 && geteuid() != 0 && !(st.st_mode & 022);
}

/* The descriptor of the second run's program, which execveat(2) or fexecve(3) leaves in its auxiliary vector. */
static int executed_by(void)
{
	const char *name = (const char *)getauxval(AT_EXECFN);
	const char *number = name ? str_after(name, "/dev/fd/") : NULL;
	uint32_t fd;

	if (name && !number)
		number = str_after(name, "/proc/self/fd/");
	return number && str_to_uint32(number, &fd) == 0 && fd <= INT_MAX ? (int)fd : -1;
}

void self_keep(void)
{
	int fd = executed_by();

	if (fd > STDERR_FILENO)
		(void)fd_set_cloexec(fd, true); /* or it is closed already */
}

void self_release(void)
{
	int fd = executed_by();
	struct stat kept, self;

	/* The number may belong to another file by now. */
	if (fd > STDERR_FILENO && fstat(fd, &kept) == 0 && stat("/proc/self/exe", &self) == 0 &&
	    kept.st_dev == self.st_dev && kept.st_ino == self.st_ino)
		closep(&fd);
}

static int clone_readonly(int self)
{
	_cleanup_close_ int clone = mount_clone_detached(self, false);

	if (clone < 0)
		return clone;
	int r = mount_change(clone, false, &(struct mount_attr){.attr_set = MOUNT_ATTR_RDONLY});
	return r < 0 ? r : TAKE_FD(clone);
}

static int copy_sealed(int self)
{
	_cleanup_close_ int copy = memfd_create("masu", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	struct stat st;

	if (copy < 0 || fstat(self, &st) < 0)
		return -errno;
	for (off_t left = st.st_size; left > 0;) {
		ssize_t n = sendfile(copy, self, NULL, (size_t)left);

		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		left -= n;
	}
	return fcntl(copy, F_ADD_SEALS, SEALS) < 0 ? -errno : TAKE_FD(copy);
}

/* The second run can't see where it came from, and helpers in a build tree are found by that. */
static int remember_place(void)
{
	char place[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", place, sizeof(place) - 1);

	if (n < 0)
		return -errno;
	place[n] = 0;
	char *name = (char *)path_last(place);
	if (name > place + 1)
		name[-1] = 0;
	return setenv("MASU_PROGRAM_DIR", place, 1) < 0 ? -errno : 0;
}

/*
 * To the kernel root's power over a user namespace is that of any process with root's uid in the one
 * above, with no capability at all: so a container that has both, and sees the host's processes, could
 * trace a child of ours that has just made a namespace, and has the host's files in view. Without
 * CAP_SYS_PTRACE we couldn't look at a closed child ourselves.
 */
static int close_to_containers(struct masu_error *err)
{
	if (geteuid() == 0 && caps_has_effective(CAP_SYS_PTRACE) && prctl(PR_SET_DUMPABLE, 0) < 0)
		return err_sys(err, errno, "close masu to tracing");
	return 0;
}

int self_protect(char *const *argv, struct masu_error *err)
{
	_cleanup_close_ int self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	if (self < 0)
		return err_sys(err, errno, "open the running program");
	if (is_protected(self))
		return close_to_containers(err);
	_cleanup_close_ int sealed = idmap_caller_is_privileged() ? clone_readonly(self) : -EPERM;
	if (sealed < 0)
		sealed = copy_sealed(self);
	int r = sealed < 0 ? sealed : remember_place();
	if (r < 0)
		return err_sys(err, r, "protect the running program from the container");
	if (sealed > STDERR_FILENO)
		(void)fd_set_cloexec(sealed, false); /* see self_keep() */
	(void)fexecve(sealed, argv, environ);
	return err_sys(err, errno, "execute the protected program");
}
