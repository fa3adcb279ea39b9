/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The host's procfs and null device. They are opened and verified before the container's mounts could be in
 * the way, and used by descriptor from then on.
 */

#include "runtime/init/init.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>

#include "base/fd.h"
#include "base/path.h"
#include "linux/mount.h"

static int open_null(void)
{
	_cleanup_close_ int fd = open("/dev/null", O_PATH | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return fd_is_null(fd) ? TAKE_FD(fd) : -ENODEV;
}

int init_open_kernel(struct init *init, struct masu_error *err)
{
	struct init_host *host = &init->host;

	host->proc_fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (host->proc_fd < 0 || !mount_is_type(host->proc_fd, PROC_SUPER_MAGIC))
		return err_set(err, ERR_UNSUPPORTED, ENODEV, "/proc is not a mounted procfs");
	host->null_fd = open_null();
	if (host->null_fd < 0)
		return err_sys(err, host->null_fd, "/dev/null of the host is not the null device");
	init->inside.null_fd = fd_reopen(host->null_fd, O_RDWR);
	if (init->inside.null_fd < 0)
		return err_sys(err, init->inside.null_fd, "open /dev/null of the host");
	return 0;
}

int init_open_proc(const struct init *init, const char *path, int flags)
{
	return path_open_in(init->host.proc_fd, path, flags, 0, PATH_BENEATH | PATH_NO_XDEV);
}
