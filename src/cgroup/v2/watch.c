/* SPDX-License-Identifier: Apache-2.0 */
/*
 * memory.events is modified (inotify) if a count in it changes. After a write of a threshold to
 * memory.pressure the same descriptor can be polled (psi.rst, "Monitoring for pressure thresholds").
 */
#include "cgroup/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/inotify.h>

#include "base/fd.h"
#include "base/path.h"
#include "cgroup/v2/v2.h"

/* Microseconds of waiting within a window of 2 s, the only one that an ordinary user may choose. */
#define PRESSURE_SOME "some 150000 2000000"
#define PRESSURE_FULL "full 100000 2000000"

static int watch_file(int group, const char *file)
{
	_cleanup_close_ int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	_cleanup_close_ int target = openat(group, file, O_PATH | O_CLOEXEC);
	char path[FD_PATH_MAX];

	if (fd < 0 || target < 0 || inotify_add_watch(fd, fd_path(target, path), IN_MODIFY) < 0)
		return -errno;
	return TAKE_FD(fd);
}

static int watch_pressure(int group, const char *threshold)
{
	_cleanup_close_ int fd = openat(group, "memory.pressure", O_RDWR | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0 || write(fd, threshold, strlen(threshold) + 1) < 0)
		return -errno;
	return TAKE_FD(fd);
}

void v2_watch(struct cgroup_watch *w)
{
	w->counts = true;
	(void)v2_count_oom_kills(w->group, &w->oom_kills); /* or 0 without the controller */
	cgroup_watch_add(w, watch_file(w->group, "memory.events"), POLLIN, WATCH_OOM);
	cgroup_watch_add(w, watch_pressure(w->group, PRESSURE_SOME), POLLPRI, WATCH_PRESSURE);
	cgroup_watch_add(w, watch_pressure(w->group, PRESSURE_FULL), POLLPRI, WATCH_PRESSURE_HIGH);
}
