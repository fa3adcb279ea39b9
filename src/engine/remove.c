/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/remove.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "base/proc.h"
#include "base/str.h"
#include "base/strv.h"
#include "base/time.h"
#include "cgroup/cgroup.h"
#include "cgroup/detect.h"
#include "engine/volumes.h"
#include "monitor/protocol.h"
#include "systemd/scope.h"

#define KILL_TIMEOUT_MS	      10000 /* a process in the midst of a system call on a slow disk */
#define SUPERVISOR_TIMEOUT_MS 15000 /* to drain, record and clean up */
#define SCOPE_TIMEOUT_MS      5000
#define CGROUP_GRACE_MS	      1000

/* With a full disk the end was recorded in the run-time directory. False: it has to stay there. */
static bool rescue_ending(const struct home *home, int run_fd)
{
	struct ending ending;

	if (run_fd < 0 || ending_read(run_fd, &ending) < 0 ||
	    faccessat(home->fd, MONITOR_EXIT_FILE, F_OK, 0) == 0)
		return true;
	return ending_write(home->fd, &ending, NULL) == 0;
}

static struct cgroup *open_cgroup(const struct run_state *run)
{
	struct cgroup *cg = NULL;

	if (run->cgroup && cgroup_open(run->cgroup, run->cgroup_flags, &cg, NULL) < 0)
		return NULL;
	return cg;
}

void engine_leave_cgroup(const struct home *home)
{
	_cleanup_run_state_ struct run_state run = RUN_STATE_INIT;
	_cleanup_close_ int root = -1;

	if (run_state_read(home, &run, NULL) < 0 || !(run.cgroup_flags & CGROUP_OWN))
		return;
	root = cgroup_open_root();
	if (root >= 0)
		(void)cgroup_move(root, getpid()); /* if not, the next sweep removes the group */
}

/* Systemd removes its scopes by itself. */
static void remove_own_cgroup(const struct run_state *run)
{
	_cleanup_cgroup_ struct cgroup *cg = run->cgroup_flags & CGROUP_OWN ? open_cgroup(run)
									    : NULL;

	if (cg)
		(void)cgroup_remove(cg, NULL);
}

void engine_settle(struct engine *e, struct home *home)
{
	_cleanup_record_ struct record record = {0};
	_cleanup_close_ int run_fd = home_run_dir(e, home->id, false);
	_cleanup_state_ struct state state = STATE_INIT;

	if (record_read(home->fd, &record, NULL) < 0 || state_get(e, home, &state, NULL) < 0 ||
	    state.status == STATUS_RUNNING)
		return;
	remove_own_cgroup(&state.run);
	if (record.auto_remove && state.status != STATUS_CREATED)
		(void)engine_discard(e, home, &record, true, NULL);
	else if (rescue_ending(home, run_fd))
		run_state_remove(e, home);
}

void engine_sweep(struct engine *e)
{
	_cleanup_strv_ char **ids = NULL;

	home_sweep(e);
	if (home_list_started(e, &ids, NULL) < 0)
		return;
	STRV_FOREACH(id, ids) {
		_cleanup_home_ struct home home = HOME_INIT;
		int r = home_open(e, *id, &home, NULL);

		if (r == -ENOENT)
			home_remove_run_dir(e, *id);
		else if (r == 0 && home_hold(&home, e, 0) == 0)
			engine_settle(e, &home);
	}
}

int engine_discard(struct engine *e, struct home *home, const struct record *record, bool volumes,
		   struct err *err)
{
	/* First the volumes: after a kill in between the record still names them. */
	int r = volumes ? volumes_remove(e, record->anonymous_volumes, err) : 0;

	return r == 0 ? home_remove(e, home, record->name, err) : r;
}

/* A found container, open, with its record and state. */
struct subject {
	struct home home;
	struct record record;
	struct state state;
};
#define SUBJECT_INIT ((struct subject){.home = HOME_INIT, .state = STATE_INIT})

static void subject_done(struct subject *s)
{
	home_done(&s->home);
	record_done(&s->record);
	state_done(&s->state);
}
#define _cleanup_subject_ _cleanup_(subject_done)

static int open_subject(const struct engine *e, const char *what, struct subject *ret,
			struct err *err)
{
	char id[ID_LENGTH + 1];
	int r = home_find(e, what, id, err);

	if (r == 0)
		r = home_open(e, id, &ret->home, err);
	if (r == 0)
		r = record_read(ret->home.fd, &ret->record, err);
	return r == 0 ? state_get(e, &ret->home, &ret->state, err) : r;
}

int engine_kill(struct engine *e, const char *what, int signal, struct err *err)
{
	_cleanup_subject_ struct subject s = SUBJECT_INIT;
	int r = open_subject(e, what, &s, err);

	if (r < 0)
		return r;
	r = s.state.status == STATUS_RUNNING ? proc_pidfd_kill(s.state.pidfd, signal) : -ESRCH;
	if (r == -ESRCH)
		return err_set(err, ERR_CONFLICT, ESRCH, "container '%s' is not running", what);
	return r < 0 ? err_sys(err, r, "send signal %d to container '%s'", signal, what) : 0;
}

/* 0 when the process has ended, -ETIMEDOUT. */
static int wait_for_end(int pidfd, int timeout_ms)
{
	return proc_pidfd_wait(pidfd, timeout_ms) ? 0 : -ETIMEDOUT;
}

static int kill_all(const struct subject *s)
{
	_cleanup_cgroup_ struct cgroup *cg = open_cgroup(&s->state.run);

	/* Killing the init ends its pid namespace; the group is for what got out of that. */
	if (cg)
		(void)cgroup_kill(cg, NULL);
	return proc_pidfd_kill(s->state.pidfd, SIGKILL);
}

static int end_init(const struct subject *s, int timeout_s, struct err *err)
{
	int64_t timeout_ms = 1000 * (timeout_s < 0 ? s->record.stop_timeout : timeout_s);
	int r = 0;

	if (timeout_ms > 0) {
		r = proc_pidfd_kill(s->state.pidfd, (int)s->record.stop_signal);
		if (r == 0)
			r = wait_for_end(s->state.pidfd, (int)MIN(timeout_ms, INT32_MAX));
	}
	if (timeout_ms <= 0 || r == -ETIMEDOUT) {
		r = kill_all(s);
		if (r == 0)
			r = wait_for_end(s->state.pidfd, KILL_TIMEOUT_MS);
	}
	if (r < 0 && r != -ESRCH)
		return err_sys(err, r, "stop container '%s'", s->record.name);
	return 0;
}

/* Whatever was in the scope beside the container goes with its supervisor; if not, it is told to. */
static void wait_for_cgroup(const struct run_state *run)
{
	int64_t deadline = time_monotonic_ms() + CGROUP_GRACE_MS;

	for (;;) {
		_cleanup_cgroup_ struct cgroup *cg = open_cgroup(run);

		if (!cg)
			return;
		if (time_monotonic_ms() > deadline) {
			if (run->scope)
				(void)scope_stop(run->cgroup_flags & CGROUP_SYSTEM, run->scope,
						 SCOPE_TIMEOUT_MS, NULL);
			(void)cgroup_remove(cg, NULL);
			return;
		}
		if (!run->scope)
			(void)cgroup_remove(cg, NULL);
		(void)nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
	}
}

/* Ends it, waits for its supervisor and takes hold. `ret_gone`: removed by then. */
static int end_and_hold(struct engine *e, struct subject *s, int timeout_s, bool *ret_gone,
			struct err *err)
{
	int r = s->state.status == STATUS_RUNNING ? end_init(s, timeout_s, err) : 0;

	*ret_gone = false;
	if (r < 0)
		return r;
	r = home_hold(&s->home, e, SUPERVISOR_TIMEOUT_MS);
	if (r == -EWOULDBLOCK)
		return err_set(err, ERR_CONFLICT, EBUSY,
			       "container '%s' has ended, but what looks after it goes on",
			       s->record.name);
	if (r < 0 && r != -ENOENT)
		return err_sys(err, r, "take hold of container '%s'", s->record.name);
	*ret_gone = r == -ENOENT;
	return 0;
}

int engine_stop(struct engine *e, const char *what, int timeout_s, struct err *err)
{
	_cleanup_subject_ struct subject s = SUBJECT_INIT;
	bool gone;
	int r = open_subject(e, what, &s, err);

	if (r < 0 || s.state.status == STATUS_CREATED || s.state.status == STATUS_EXITED)
		return r;
	r = end_and_hold(e, &s, timeout_s, &gone, err);
	if (r < 0)
		return r;
	if (!gone)
		engine_settle(e, &s.home);
	wait_for_cgroup(&s.state.run);
	return 0;
}

static int still_running(const char *what, struct err *err)
{
	(void)err_set(err, ERR_CONFLICT, EBUSY, "container '%s' is running", what);
	return err_hint(err, "stop it first ('masu stop %s'), or use 'masu rm -f'", what);
}

int engine_remove(struct engine *e, const char *what, bool force, bool volumes, struct err *err)
{
	_cleanup_subject_ struct subject s = SUBJECT_INIT;
	bool gone;
	int r = open_subject(e, what, &s, err);

	if (r < 0)
		return r;
	if (!force && (s.state.status == STATUS_RUNNING || s.state.status == STATUS_STARTING))
		return still_running(what, err);
	r = end_and_hold(e, &s, 0, &gone, err);
	if (r < 0)
		return r;
	if (!gone)
		r = engine_discard(e, &s.home, &s.record, volumes || s.record.auto_remove, err);
	wait_for_cgroup(&s.state.run);
	return r;
}

int engine_replace(struct engine *e, const char *name, struct err *err)
{
	char id[ID_LENGTH + 1];
	int r = name_is_valid(name) ? home_find(e, name, id, err) : -ENOENT;

	if (r == 0)
		r = engine_remove(e, id, true, true, err);
	if (r != -ENOENT)
		return r;
	err_done(err);
	return 0;
}
