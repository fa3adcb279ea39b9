/* SPDX-License-Identifier: Apache-2.0 */
/* An eventfd is bound to a file of the memory controller by cgroup.event_control. */
#include "cgroup/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/eventfd.h>

#include "base/fd.h"
#include "base/file.h"
#include "cgroup/v1/v1.h"

static int bind_eventfd(int group, const char *file, const char *argument)
{
	_cleanup_close_ int event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	_cleanup_close_ int target = openat(group, file, O_RDONLY | O_CLOEXEC);
	char line[64];

	if (event < 0 || target < 0)
		return -errno;
	(void)snprintf(line, sizeof(line), "%d %d %s", event, target, argument);
	int r = file_write_value(group, "cgroup.event_control", line);
	return r < 0 ? r : TAKE_FD(event);
}

void v1_watch(struct cgroup_watch *w)
{
	int group = w->group;

	cgroup_watch_add(w, bind_eventfd(group, "memory.oom_control", ""), POLLIN, WATCH_OOM);
	cgroup_watch_add(w, bind_eventfd(group, "memory.pressure_level", "medium"), POLLIN,
			 WATCH_PRESSURE);
	cgroup_watch_add(w, bind_eventfd(group, "memory.pressure_level", "critical"), POLLIN,
			 WATCH_PRESSURE_HIGH);
}
