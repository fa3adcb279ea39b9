/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/namespaces.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>

#include "base/fd.h"
#include "base/pidfd.h"
#include "linux/compat.h"

static int enter(int pidfd, int flags)
{
	if (setns(pidfd, flags) == 0)
		return 0;
	if (errno == EINVAL && flags & CLONE_NEWUSER && setns(pidfd, flags & ~CLONE_NEWUSER) == 0)
		return 0;
	return -errno;
}

/* Without pidfds: by the files of the process's directory of /proc, all opened before one is entered. */
static int enter_by_files(int dir, int flags)
{
	static const char *const names[] = {"user", "pid",    "net",  "ipc",
					    "uts",  "cgroup", "time", "mnt"};
	static const int types[] = {CLONE_NEWUSER, CLONE_NEWPID,    CLONE_NEWNET,  CLONE_NEWIPC,
				    CLONE_NEWUTS,  CLONE_NEWCGROUP, CLONE_NEWTIME, CLONE_NEWNS};
	_cleanup_close_ int ns = openat(dir, "ns", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int files[ARRAY_SIZE(names)], r = ns < 0 ? -ESRCH : 0;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		files[i] = r == 0 && flags & types[i] ? openat(ns, names[i], O_RDONLY | O_CLOEXEC)
						      : -1;
		if (r == 0 && flags & types[i] && files[i] < 0)
			r = -errno;
	}
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (r == 0 && files[i] >= 0 && setns(files[i], types[i]) < 0 &&
		    !(errno == EINVAL && types[i] == CLONE_NEWUSER))
			r = -errno;
		fd_close(&files[i]);
	}
	return r;
}

int namespaces_enter(int pidfd, int flags)
{
	return pidfd_polls(pidfd) ? enter(pidfd, flags) : enter_by_files(pidfd, flags);
}
