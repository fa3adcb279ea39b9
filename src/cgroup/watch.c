/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup/watch.h"

#include <errno.h>
#include <fcntl.h>

#include "base/fd.h"
#include "cgroup/v2/v2.h"

void cgroup_watch_done(struct cgroup_watch *w)
{
	for (size_t i = 0; i < w->n; i++)
		fd_close(&w->fds[i].fd);
	fd_close(&w->group);
	w->n = 0;
}

void cgroup_watch_add(struct cgroup_watch *w, int fd, short events, enum watch_event event)
{
	if (fd < 0)
		return;
	w->event[w->n] = event;
	w->fds[w->n++] = (struct pollfd){.fd = fd, .events = events};
}

int cgroup_watch(const struct cgroup *cg, struct cgroup_watch *ret, struct masu_error *err)
{
	_cleanup_cgroup_watch_ struct cgroup_watch w = {.group = -1};
	int group = cg->ops->memory(cg);

	if (group >= 0) {
		w.group = fcntl(group, F_DUPFD_CLOEXEC, 3);
		if (w.group < 0)
			return err_sys(err, errno, "watch '%s'", cg->path);
		cg->ops->watch(&w);
	}
	*ret = TAKE(w, ((struct cgroup_watch){.group = -1}));
	return 0;
}

/* The removal of a group wakes its poll: it is not watched any more then. */
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
		return WATCH_NOTHING; /* read before */
	/* On v1 the end of a group is reported as any of its events. */
	if (faccessat(w->group, "cgroup.procs", F_OK, 0) < 0)
		return WATCH_NOTHING;
	if (w->event[i] != WATCH_OOM || !w->counts)
		return w->event[i];
	uint64_t before = w->oom_kills;
	return v2_count_oom_kills(w->group, &w->oom_kills) == 0 && w->oom_kills > before
		       ? WATCH_OOM
		       : WATCH_NOTHING;
}
