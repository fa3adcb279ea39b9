/* SPDX-License-Identifier: Apache-2.0 */

/*
 * No descriptor of the host may reach the container. Close-on-exec is too late: execve(2) resolves
 * "#!/proc/self/fd/N/..." before it closes anything, and a directory of the host at N would be a way out.
 */

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/path.h"
#include "linux/mount.h"
#include "runtime/init/init.h"
#include "runtime/joiner.h"

/* Descriptors that the caller passes on are open across masu's own exec: masu's are close-on-exec. */
int init_close_fds(const struct init *init, const int *keep, size_t n)
{
	int first = 3 + init->plan->n_preserve_fds;
	int all[8] = {init->channel};

	for (size_t i = 0; i < n; i++)
		all[1 + i] = keep[i];
	for (int fd = 3; fd < first; fd++) {
		bool kept = false;

		for (size_t i = 0; i <= n; i++)
			kept |= all[i] == fd;
		if (!kept && fcntl(fd, F_GETFD) > 0)
			(void)close(fd); /* opened for reading alone, if at all */
	}
	return fd_close_from(first, all, n + 1);
}

/* Early, as a long wait follows, and in a shared pid namespace others can look at init's descriptors. */
int init_close_others(struct init *init, struct masu_error *err)
{
	const struct container_plan *plan = init->plan;
	const int keep[] = {plan->start_listener, init->exec ? init->exec->init_pidfd : -1,
			    plan->stdio[0], plan->stdio[1], plan->stdio[2]};
	int r = init_close_fds(init, keep, ARRAY_SIZE(keep));

	return r < 0 ? err_sys(err, r, "close descriptors of the host") : 0;
}

int init_close_all(struct init *init, struct masu_error *err)
{
	const int *streams = init->hooks.streams;
	const int keep[] = {streams[0], streams[1], streams[2], init->launcher};
	int r = init_close_fds(init, keep, ARRAY_SIZE(keep));

	init->root_fd = init->inside.console = init->inside.null_fd = -1;
	return r < 0 ? err_sys(err, r, "close descriptors") : 0;
}

/*
 * The host's procfs and null device. They are opened and verified before the container's mounts could be in
 * the way, and used by descriptor from then on.
 */
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
	if (host->proc_fd < 0 && err_is_shortage(-errno))
		return err_sys(err, errno, "open /proc");
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
