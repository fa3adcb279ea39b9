/* SPDX-License-Identifier: Apache-2.0 */
/*
 * On v2 memory.events is modified (inotify) when a count in it changes, and a threshold that is
 * written to memory.pressure lets the same descriptor be polled (psi.rst, "Monitoring for pressure
 * thresholds"). On v1 an eventfd is bound to either file through cgroup.event_control.
 */
#include "cgroup/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/path.h"
#include "cgroup/v1.h"

/* Microseconds of waiting within a window; of 2 s, as an ordinary user may choose no other. */
#define PRESSURE_SOME "some 150000 2000000"
#define PRESSURE_FULL "full 100000 2000000"

void cgroup_watch_done(struct cgroup_watch *w)
{
	for (size_t i = 0; i < w->n; i++)
		fd_close(&w->fds[i].fd);
	closep(&w->group);
	w->group = -1;
	w->n = 0;
}

/* Takes the descriptor; a kernel that has no such thing gives none. */
static void add(struct cgroup_watch *w, int fd, short events, enum watch_event event)
{
	if (fd < 0)
		return;
	w->event[w->n] = event;
	w->fds[w->n++] = (struct pollfd){.fd = fd, .events = events};
}

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

static uint64_t count_oom_kills(const struct cgroup_watch *w)
{
	struct cgroup like = {.container_fd = w->group, .scope_fd = -1, .monitor_fd = -1};
	uint64_t n;

	return cgroup_oom_kills(&like, &n) < 0 ? w->oom_kills : n;
}

int cgroup_watch(const struct cgroup *cg, struct cgroup_watch *ret, struct err *err)
{
	int memory = v1_group(cg, "memory");
	int group = memory >= 0 ? memory : cg->sub ? cg->scope_fd : cg->container_fd;
	_cleanup_cgroup_watch_ struct cgroup_watch w = {.group = -1, .counts = memory < 0};

	if (group >= 0 && (w.group = fcntl(group, F_DUPFD_CLOEXEC, 3)) < 0)
		return err_sys(err, errno, "watch '%s'", cg->path);
	if (memory >= 0) {
		add(&w, bind_eventfd(memory, "memory.oom_control", ""), POLLIN, WATCH_OOM);
		add(&w, bind_eventfd(memory, "memory.pressure_level", "medium"), POLLIN,
		    WATCH_PRESSURE);
		add(&w, bind_eventfd(memory, "memory.pressure_level", "critical"), POLLIN,
		    WATCH_PRESSURE_HIGH);
	} else if (group >= 0) {
		w.oom_kills = count_oom_kills(&w);
		add(&w, watch_file(group, "memory.events"), POLLIN, WATCH_OOM);
		add(&w, watch_pressure(group, PRESSURE_SOME), POLLPRI, WATCH_PRESSURE);
		add(&w, watch_pressure(group, PRESSURE_FULL), POLLPRI, WATCH_PRESSURE_HIGH);
	}
	*ret = w;
	w = (struct cgroup_watch){.group = -1};
	return 0;
}

/* A group that goes away wakes who polls it: then it is watched no more. */
enum watch_event cgroup_watch_read(struct cgroup_watch *w, size_t i)
{
	struct pollfd *p = &w->fds[i];
	char bytes[4096];

	if (p->revents & (POLLERR | POLLHUP | POLLNVAL)) {
		fd_close(&p->fd);
		return WATCH_NOTHING;
	}
	if (!(p->revents & p->events))
		return WATCH_NOTHING;
	if (p->events == POLLIN && read(p->fd, bytes, sizeof(bytes)) < 0)
		return WATCH_NOTHING; /* all that was announced was read before */
	/* On v1 the end of a group is announced as what was watched in it. */
	if (faccessat(w->group, "cgroup.procs", F_OK, 0) < 0)
		return WATCH_NOTHING;
	if (w->event[i] != WATCH_OOM || !w->counts)
		return w->event[i];
	uint64_t n = count_oom_kills(w);
	bool more = n > w->oom_kills;
	w->oom_kills = n;
	return more ? WATCH_OOM : WATCH_NOTHING;
}
