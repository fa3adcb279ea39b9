/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Theory: what the files in the container's directory say about it (engine/container/state.h) changes by events that
 * inotify(7) reports. The end of a run is the end of its supervisor, the parent of init, which has
 * recorded the exit code and cleaned up by then.
 */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/pidfd.h"
#include "base/time.h"
#include "engine/container/container.h"
#include "engine/container/health.h"
#include "engine/container/restart.h"
#include "monitor/waiters.h"

/* A supervisor that is no longer the parent of an init: it records the end and cleans up. */
#define CLEAN_UP_TIMEOUT_MS 15000
#define LOOK_MS		    100

struct masu_wait {
	struct masu_engine *e;
	struct home home;
	struct record record; /* for the conditions of its health; else empty */
	unsigned int conditions;
	int events;  /* epoll: the next three */
	int changes; /* inotify: of the container's directory */
	int init;    /* pidfd, or -1: not known, or ended */
	/* The same; it may be another parent of an init that was left alone, or wait to start the container again. */
	int supervisor;
	int waiters; /* -1 where it cannot be written */
	int exit_code;
};

void masu_wait_free(masu_wait *w)
{
	if (!w)
		return;
	home_done(&w->home);
	record_done(&w->record);
	fd_close(&w->events);
	fd_close(&w->changes);
	fd_close(&w->init);
	fd_close(&w->supervisor);
	fd_close(&w->waiters);
	free(w);
}

int masu_wait_fd(const masu_wait *w)
{
	return w->events;
}

static int add_event(const masu_wait *w, int fd)
{
	return epoll_ctl(w->events, EPOLL_CTL_ADD, fd, &(struct epoll_event){.events = EPOLLIN}) < 0
		       ? -errno
		       : 0;
}

static int watch_directory(masu_wait *w)
{
	char path[FD_PATH_MAX];

	w->events = epoll_create1(EPOLL_CLOEXEC);
	w->changes = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (w->events < 0 || w->changes < 0)
		return -errno;
	/* Moved to the trash, or a file of the state replaced or removed; an execve and a pause change the times of the directory. */
	uint32_t mask = IN_MOVED_TO | IN_DELETE | IN_MOVE_SELF | IN_DELETE_SELF;
	if (w->conditions & (MASU_WAIT_PAUSED | MASU_WAIT_RUNNING))
		mask |= IN_ATTRIB;
	if (inotify_add_watch(w->changes, fd_path(w->home.fd, path), mask) < 0)
		return -errno;
	return add_event(w, w->changes);
}

#define HEALTH_CONDITIONS (MASU_WAIT_HEALTHY | MASU_WAIT_UNHEALTHY)

static int check_health(masu_wait *w, struct masu_error *err)
{
	int r = record_read(w->home.fd, &w->record, err);

	if (r < 0 || health_is_checked(&w->record))
		return r;
	(void)err_set(err, ERR_INVALID, EINVAL, "container \"%s\" has no health check",
		      w->record.name);
	return err_hint(err, "create it with --health-cmd");
}

int masu_wait_new(masu_container *c, unsigned int conditions, masu_wait **ret, masu_error *err)
{
	_cleanup_(masu_wait_freep) masu_wait *w = calloc(1, sizeof(*w));

	if (!w)
		return err_oom(err);
	*w = (struct masu_wait){.e = c->engine,
				.home = HOME_INIT,
				.conditions = conditions ? conditions : MASU_WAIT_STOPPED,
				.events = -1,
				.changes = -1,
				.init = -1,
				.supervisor = -1,
				.waiters = -1,
				.exit_code = -1};
	int r = home_open(c->engine, c->home.id, &w->home, err);
	if (r < 0)
		return r;
	r = w->conditions & HEALTH_CONDITIONS ? check_health(w, err) : 0;
	if (r < 0)
		return r;
	r = watch_directory(w);
	if (r < 0)
		return err_sys(err, r, "wait for container '%s'", c->record.name);
	*ret = TAKE_PTR(w);
	return 0;
}

static bool is_removed(const masu_wait *w)
{
	_cleanup_home_ struct home home = HOME_INIT;

	return home_open(w->e, w->home.id, &home, NULL) == -ENOENT;
}

static void forget_events(const masu_wait *w)
{
	char buffer[4096];

	while (read(w->changes, buffer, sizeof(buffer)) > 0)
		continue;
}

static void close_ended(int *pidfd)
{
	if (*pidfd >= 0 && pidfd_wait(*pidfd, 0))
		fd_close(pidfd);
}

/* Takes the descriptor. */
static void watch_process(const masu_wait *w, int pidfd, int *place)
{
	if (pidfd >= 0 && pidfd_polls(pidfd) && add_event(w, pidfd) == 0)
		*place = pidfd;
	else
		fd_close(&pidfd);
}

/* The supervisor is init's parent. */
static void watch_end(masu_wait *w, struct state *s)
{
	close_ended(&w->init);
	close_ended(&w->supervisor);
	if (s->status == MASU_STATUS_RESTARTING && w->supervisor < 0)
		watch_process(w, restart_waiter(w->home.fd), &w->supervisor);
	if (s->run.pid <= 0)
		return;
	if (w->init < 0)
		watch_process(w, TAKE_FD(s->pidfd), &w->init);
	/* In the group of a unit, init may be the child of systemd. The lock tells the end of the supervisor, too. */
	if (w->supervisor < 0 && !(s->run.cgroup_flags & CGROUP_UNIT))
		watch_process(w, pidfd_new_parent(s->run.pid, s->run.start_time), &w->supervisor);
}

/* Holds the lock once the clean-up is over. -EWOULDBLOCK if the container was started again: then it stays taken. */
static int hold_until_start(const masu_wait *w, struct home *home, const struct stat *start)
{
	int64_t deadline = time_monotonic_ms() + CLEAN_UP_TIMEOUT_MS;
	int r;

	do
		r = home_hold(home, w->e, LOOK_MS);
	while (r == -EWOULDBLOCK && !state_has_started_since(home, start) &&
	       time_monotonic_ms() < deadline);
	return r;
}

/*
 * 1 when nobody supervises the container any more, 0 also if it was started since `start`. An end that was recorded was so
 * by the supervisor, which then cleans up; without a record and a holder it was killed.
 */
static int has_settled(masu_wait *w, const struct state *s, const struct stat *start,
		       struct masu_error *err)
{
	_cleanup_home_ struct home home = HOME_INIT;
	bool held = home_is_held(&w->home), recorded = s->finished_ns != 0;

	if (w->supervisor >= 0 && (held || recorded))
		return 0;
	if (!held)
		return 1;
	int r = home_open(w->e, w->home.id, &home, err);
	if (r == 0)
		r = hold_until_start(w, &home, start);
	if (r == 0 || r == -ENOENT)
		return 1;
	if (r == -EWOULDBLOCK && state_has_started_since(&w->home, start))
		return 0;
	return err_sys(err, r, "wait for the supervisor of container %.*s", ID_SHORT_LENGTH,
		       w->home.id);
}

static int removed(const masu_wait *w, int *ret_exit_code, struct masu_error *err)
{
	int code = w->waiters < 0 ? w->exit_code : waiters_read(w->waiters);

	if (code < 0 && !(w->conditions & MASU_WAIT_REMOVED))
		return err_set(err, ERR_NOT_FOUND, ENOENT,
			       "container %.*s was removed, and its exit code is not known",
			       ID_SHORT_LENGTH, w->home.id);
	*ret_exit_code = code < 0 ? -1 : code;
	return 1;
}

/* A health that is seen while its check holds the lock has no event yet. */
static bool has_health(const masu_wait *w)
{
	if (!(w->conditions & HEALTH_CONDITIONS))
		return false;
	enum masu_health health = health_status(w->home.fd, &w->record);
	if (!(w->conditions & MASU_WAIT_HEALTHY && health == MASU_HEALTH_HEALTHY) &&
	    !(w->conditions & MASU_WAIT_UNHEALTHY && health == MASU_HEALTH_UNHEALTHY))
		return false;
	_cleanup_close_ int lock = file_lock_or_cancel(w->home.fd, HEALTH_LOCK, LOCK_EX,
						       w->e->cancel_fd);
	(void)lock; /* without it, the event may follow */
	return true;
}

static bool holds(const masu_wait *w, enum masu_status status)
{
	static const unsigned int reached[] = {
		[MASU_STATUS_CREATED] = MASU_WAIT_CREATED,
		[MASU_STATUS_RUNNING] = MASU_WAIT_RUNNING,
		[MASU_STATUS_PAUSED] = MASU_WAIT_RUNNING | MASU_WAIT_PAUSED,
		[MASU_STATUS_ON_DEMAND] = 0,
		[MASU_STATUS_INITIALIZED] = MASU_WAIT_INITIALIZED,
	};

	return w->conditions & reached[status] ||
	       (reached[status] & MASU_WAIT_RUNNING && has_health(w));
}

static int get_state(masu_wait *w, struct state *ret, struct masu_error *err)
{
	bool told = w->waiters >= 0 && waiters_read(w->waiters) >= 0;
	const struct stat start = state_last_start(&w->home);
	int r = is_removed(w) ? -ENOENT : state_get(w->e, &w->home, ret, err);

	if (r < 0)
		return r;
	/* Started again after that exit code was written: it is of an earlier run. */
	if (told && (state_is_alive(ret) || ret->status == MASU_STATUS_RESTARTING))
		fd_close(&w->waiters);
	watch_end(w, ret);
	if (ret->status != MASU_STATUS_STOPPING || w->supervisor >= 0)
		return 0;
	/* Init was reaped, so nothing tells who supervises it. The rest takes little time. */
	r = has_settled(w, ret, &start, err);
	if (r < 0)
		return r;
	state_done(ret);
	return is_removed(w) ? -ENOENT : state_get(w->e, &w->home, ret, err);
}

static int look(masu_wait *w, int *ret_exit_code, struct masu_error *err)
{
	_cleanup_state_ struct state s = STATE_INIT;
	const struct stat start = state_last_start(&w->home);
	int r = get_state(w, &s, err);

	if (r < 0)
		return r == -ENOENT ? removed(w, ret_exit_code, err) : r;
	*ret_exit_code = -1;
	if (holds(w, s.status))
		return 1;
	if (s.status != MASU_STATUS_EXITED)
		return 0;
	w->exit_code = s.exit_code;
	r = has_settled(w, &s, &start, err);
	if (r <= 0)
		return r;
	if (is_removed(w)) /* by the clean-up */
		return removed(w, ret_exit_code, err);
	/* Since the clean-up. If this process has slept for long, the wait for the restart is over, too. */
	if (restart_is_waiting(w->home.fd) || state_has_started_since(&w->home, &start))
		return look(w, ret_exit_code, err);
	/* The code that this waiter was told may be of an earlier run, which it has slept through. */
	int told = w->waiters < 0 || s.finished_ns != 0 ? -ENODATA : waiters_read(w->waiters);
	*ret_exit_code = told < 0 ? s.exit_code : told;
	return (w->conditions & MASU_WAIT_STOPPED) != 0;
}

int masu_wait_step(masu_wait *w, int *ret_exit_code, struct masu_error *err)
{
	forget_events(w); /* before the look: what changes after it is a new event */
	int r = look(w, ret_exit_code, err);

	if (r != 0 || w->waiters >= 0)
		return r;
	/* Only a caller that must wait leaves a file. A state that has changed meanwhile is seen now. */
	w->waiters = waiters_open(w->home.fd);
	return w->waiters < 0 ? 0 : look(w, ret_exit_code, err);
}

int masu_container_wait(masu_container *c, unsigned int conditions, int *ret_exit_code,
			masu_error *err)
{
	_cleanup_(masu_wait_freep) masu_wait *w = NULL;
	int r = masu_wait_new(c, conditions, &w, err);

	if (r < 0)
		return r;
	while ((r = masu_wait_step(w, ret_exit_code, err)) == 0) {
		struct pollfd polls[] = {{w->events, POLLIN, 0}, {c->engine->cancel_fd, POLLIN, 0}};

		if (poll(polls, ARRAY_SIZE(polls), -1) > 0 && polls[1].revents)
			return err_set(err, ERR_SIGNAL, ECANCELED,
				       "waiting for container '%s' was canceled", c->record.name);
	}
	return MIN(r, 0);
}
