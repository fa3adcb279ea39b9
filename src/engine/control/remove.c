/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/control/remove.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <time.h>

#include "base/path.h"
#include "base/pidfd.h"
#include "base/str.h"
#include "base/strv.h"
#include "base/time.h"
#include "cgroup/cgroup.h"
#include "engine/container/event.h"
#include "engine/container/exports.h"
#include "engine/container/mounted.h"
#include "engine/container/names.h"
#include "engine/container/on-demand.h"
#include "engine/container/requires.h"
#include "engine/container/restart.h"
#include "engine/options.h"
#include "engine/run-dir.h"
#include "engine/volume/volumes.h"
#include "monitor/protocol.h"
#include "runtime/hooks.h"
#include "runtime/state-dir.h"
#include "systemd/scope.h"

#define KILL_TIMEOUT_MS	      10000 /* a process in the midst of a system call on a slow disk */
#define SUPERVISOR_TIMEOUT_MS 15000 /* to drain, record and clean up */
#define LOCK_SLICE_MS	      100   /* between looks at the state */
#define SCOPE_TIMEOUT_MS      5000
#define CGROUP_GRACE_MS	      1000
#define RESUME_TIMEOUT_MS     5000

static const struct masu_stop_options at_once = {.timeout_s = -1};

/* With a full disk the end was recorded in the run-time directory. False: it has to stay there. */
static bool rescue_ending(const struct home *home, int run_fd)
{
	struct ending ending;

	if (run_fd < 0 || ending_read(run_fd, &ending) < 0 ||
	    faccessat(home->fd, MONITOR_EXIT_FILE, F_OK, 0) == 0)
		return true;
	return ending_write(home->fd, &ending, NULL) == 0;
}

static struct cgroup *open_cgroup(const struct container_state *run)
{
	struct cgroup *cg = NULL;

	return container_state_cgroup(run, &cg, NULL) < 0 ? NULL : cg;
}

/* In a shared pid namespace processes outlive init. Systemd removes its scopes by itself. */
static void end_cgroup(const struct record *record, const struct container_state *run)
{
	const bool own = run->cgroup_flags & CGROUP_OWN;
	_cleanup_cgroup_ struct cgroup *cg = own || record->pid_mode ? open_cgroup(run) : NULL;

	if (cg && record->pid_mode)
		(void)cgroup_kill(cg, NULL);
	if (cg && own)
		(void)cgroup_remove(cg, NULL);
}

static bool is_being_restarted(const struct home *home)
{
	_cleanup_close_ int fd = openat(home->fd, RESTART_FILE, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	return fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;
}

/*
 * Writes the event of the end, unless an earlier clean-up has: it has removed the state file then. Killed in
 * between, it leaves the file, and the next clean-up writes a second event.
 */
static void report_end(const masu_container *c, const struct state *state,
		       const struct ending *ending)
{
	/* Without a record, the supervisor was killed. state.h calls that no end while the lock is held. */
	static const struct ending killed = {.exit_code = 137};
	const struct ending recorded = {.exit_code = state->exit_code,
					.oom_killed = state->oom_killed};

	if (!state->unsettled || state_was_only_initialized(state))
		return;
	if (!ending)
		ending = state->status == MASU_STATUS_EXITED ? &recorded : &killed;
	event_container(c, &(struct masu_event){.action = "died",
						.has_exit_code = true,
						.exit_code = ending->exit_code,
						.oom_killed = ending->oom_killed});
}

/* Of CDI devices. Killed before it has removed the state file, a clean-up is repeated, and so are these hooks. */
static void run_poststop(const masu_container *c, const struct state *state)
{
	_cleanup_oci_spec_ struct oci_spec *spec = NULL;

	if (state->unsettled && state->run.poststop &&
	    oci_spec_read(c->home.fd, c->dir, &spec, NULL) == 0)
		hooks_run_poststop(spec, c->home.id, c->dir);
}

static void finish_run(const masu_container *c, const struct state *state,
		       const struct ending *ending)
{
	names_release_scope(c->engine, &c->home);
	run_poststop(c, state);
	report_end(c, state, ending);
}

static int discard(masu_container *c, bool volumes, struct masu_error *err)
{
	int r = engine_discard(c, volumes, err);

	if (r == 0)
		event_container(c, &(struct masu_event){.action = "remove"});
	return r;
}

void engine_settle(masu_container *c, const struct ending *ending)
{
	_cleanup_close_ int run_fd = run_dir_open(c->engine, c->home.id);
	_cleanup_state_ struct state state = STATE_INIT;

	if ((!c->record.id && container_read_record(c, &c->record, NULL) < 0) ||
	    state_get(c->engine, &c->home, &state, NULL) < 0 || state_has_init(&state))
		return;
	end_cgroup(&c->record, &state.run);
	state_dir_remove_cgroup(c->home.fd); /* of a start that was killed */
	if (c->record.auto_remove && state.status != MASU_STATUS_CREATED &&
	    !state_was_only_initialized(&state)) {
		finish_run(c, &state, ending);
		if (is_being_restarted(&c->home))
			/* The link in RUN stays: a sweep finds it if the restart is killed. */
			container_state_remove(c->home.fd);
		else
			(void)discard(c, true, NULL);
	} else if (rescue_ending(&c->home, run_fd)) {
		finish_run(c, &state, ending);
		state_remove(c->engine, &c->home);
		(void)home_remove_temporary(&c->home); /* the next clean-up tries again */
	}
}

void engine_sweep(struct masu_engine *e)
{
	_cleanup_strv_ char **ids = NULL;

	home_sweep(e);
	if (home_list_started(e, &ids, NULL) < 0)
		return;
	STRV_FOREACH(id, ids) {
		_cleanup_masu_container_ masu_container *c = NULL;
		int r = container_new(e, *id, &c, NULL);

		if (r == 0)
			r = container_open(c, NULL);
		if (r == -ENOENT)
			run_dir_remove(e, *id);
		else if (r == 0 && home_hold(&c->home, e, 0) == 0)
			engine_settle(c, NULL);
	}
}

int engine_discard(masu_container *c, bool volumes, struct masu_error *err)
{
	/* First the volumes: after a kill in between the record still names them. */
	int r = volumes ? volumes_remove(c->engine, c->record.anonymous_volumes, err) : 0;

	names_release_scope(c->engine, &c->home);
	return r == 0 ? home_remove(c->engine, &c->home, c->record.name, err) : r;
}

/* 0 when the process has exited, -ETIMEDOUT, -ECANCELED. */
static int wait_for_exit(const masu_container *c, int timeout_ms, struct masu_error *err)
{
	int pidfd = c->state.pidfd;

	if (pidfd_polls(pidfd))
		return engine_await(c->engine, pidfd, timeout_ms, err);
	return pidfd_wait(pidfd, timeout_ms) ? 0 : -ETIMEDOUT; /* before Linux 5.3 */
}

static int kill_all(const masu_container *c)
{
	_cleanup_cgroup_ struct cgroup *cg = open_cgroup(&c->state.run);

	/* Killing the init ends its pid namespace; the group is for processes outside of that. */
	if (cg)
		(void)cgroup_kill(cg, NULL);
	return pidfd_kill(c->state.pidfd, SIGKILL);
}

/* A paused container is resumed, so that it can act on its stop signal. */
static int signal_stop(const masu_container *c, int signal)
{
	int r = pidfd_kill(c->state.pidfd, signal ? signal : (int)c->record.stop_signal);
	_cleanup_cgroup_ struct cgroup *cg = NULL;

	if (r < 0 || c->state.status != MASU_STATUS_PAUSED)
		return r;
	cg = open_cgroup(&c->state.run);
	if (cg) /* if it stays frozen, it is killed after the timeout */
		(void)cgroup_freeze(cg, false, RESUME_TIMEOUT_MS, NULL);
	return 0;
}

/* The time that a container gets for its stop signal, and a start to execute the command. */
static int64_t stop_timeout_ms(const masu_container *c, int timeout_s)
{
	return 1000 * (timeout_s == 0 ? c->record.stop_timeout : timeout_s);
}

int container_end(const masu_container *c, int timeout_s, int signal, struct masu_error *err)
{
	int64_t timeout_ms = state_is_alive(&c->state) ? stop_timeout_ms(c, timeout_s) : 0;
	int r = timeout_ms > 0 ? signal_stop(c, signal) : -ETIMEDOUT;

	if (r == 0)
		r = wait_for_exit(c, (int)MIN(timeout_ms, INT32_MAX), err);
	if (r == -ETIMEDOUT)
		r = kill_all(c);
	if (r == 0)
		r = wait_for_exit(c, KILL_TIMEOUT_MS, err);
	if (r < 0 && r != -ESRCH && r != -ECANCELED)
		return err_sys(err, r, "stop container '%s'", c->record.name);
	return r == -ECANCELED ? r : 0;
}

/*
 * The other processes in the scope end with the supervisor; if not, systemd stops them. `cg` was opened while the container
 * lived: another container may have a group of that name by now.
 */
static void wait_for_cgroup(const struct cgroup *cg)
{
	bool by_systemd = cg && !(cg->flags & (CGROUP_OWN | CGROUP_UNIT));
	int64_t deadline = time_monotonic_ms() + CGROUP_GRACE_MS;

	while (cg && cgroup_exists(cg)) {
		bool late = time_monotonic_ms() > deadline;

		if (late && by_systemd)
			(void)scope_stop(cg->flags & CGROUP_SYSTEM, path_last(cg->path),
					 SCOPE_TIMEOUT_MS, NULL);
		if (late || !by_systemd)
			(void)cgroup_remove(cg, NULL);
		if (late)
			return;
		(void)nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
	}
}

/* The group of a container that lives after it was opened: then no other one has it. */
static struct cgroup *open_own_cgroup(const masu_container *c)
{
	_cleanup_cgroup_ struct cgroup *cg = open_cgroup(&c->state.run);

	return pidfd_wait(c->state.pidfd, 0) ? NULL : TAKE_PTR(cg);
}

static int still_held(const masu_container *c, struct masu_error *err)
{
	if (c->state.status == MASU_STATUS_STARTING)
		return err_set(err, ERR_CONFLICT, EBUSY,
			       "container '%s' is being started by another command",
			       c->record.name);
	return err_set(err, ERR_CONFLICT, EBUSY,
		       "container '%s' has exited, but its supervisor has not", c->record.name);
}

static int still_running(const masu_container *c, struct masu_error *err)
{
	const char *name = c->record.name;

	(void)err_set(err, ERR_CONFLICT, EBUSY, "container '%s' is %s", name,
		      c->state.status == MASU_STATUS_RESTARTING	 ? "restarting"
		      : c->state.status == MASU_STATUS_ON_DEMAND ? "on demand"
								 : "running");
	return err_hint(err, "stop it first ('masu stop %s'), or use 'masu rm -f'", name);
}

/* 1 if it is locked, or gone: removed by then. 0 if another process holds it. */
static int try_lock(masu_container *c, bool *ret_gone, struct masu_error *err)
{
	int r = container_open(c, err);

	if (r == 0)
		r = home_hold(&c->home, c->engine, LOCK_SLICE_MS);
	else if (r != -ENOENT)
		return r;
	*ret_gone = r == -ENOENT;
	if (*ret_gone)
		err_done(err);
	else if (r < 0 && r != -EWOULDBLOCK)
		return err_sys(err, r, "lock container '%s'", c->record.name);
	return r != -EWOULDBLOCK;
}

/*
 * 1: it is to be ended, 0: not yet, or it has no init. A signal that comes before the execve(2) would be lost: a start gets
 * the time of a stop.
 */
static int must_end(const masu_container *c, const struct masu_stop_options *o, int64_t since_ms)
{
	if (state_is_alive(&c->state) || c->state.status == MASU_STATUS_INITIALIZED)
		return 1;
	return state_has_init(&c->state) &&
	       time_monotonic_ms() - since_ms >= stop_timeout_ms(c, o->timeout_s);
}

/*
 * Ends it, waits for its supervisor and locks it. A start that holds the lock is awaited, and what it started ended. *ret_cg
 * is the group that it had when it was ended last, or NULL. With `o` NULL a container that runs or starts is an error.
 */
static int end_and_lock(masu_container *c, const struct masu_stop_options *o, bool *ret_gone,
			struct cgroup **ret_cg, struct masu_error *err)
{
	const struct masu_stop_options *options = o ? o : &at_once;
	const int64_t since = time_monotonic_ms();
	int64_t deadline = since + SUPERVISOR_TIMEOUT_MS;
	int r;

	for (;;) {
		if (!o && state_has_init(&c->state) && c->state.status != MASU_STATUS_INITIALIZED)
			return still_running(c, err);
		bool ends = must_end(c, options, since);
		if (ends) {
			cgroup_free(*ret_cg);
			*ret_cg = open_own_cgroup(c);
			r = container_end(c, options->timeout_s, options->signal, err);
			if (r < 0)
				return r;
		}
		if (ends || state_has_init(&c->state))
			deadline = time_monotonic_ms() + SUPERVISOR_TIMEOUT_MS;
		r = try_lock(c, ret_gone, err);
		if (r != 0)
			return MIN(r, 0);
		if (time_monotonic_ms() > deadline)
			return still_held(c, err);
		r = masu_container_refresh(c, err);
		if (r < 0 && r != -ENOENT) /* try_lock() sees that it is gone */
			return r;
	}
}

/* Then refreshes the state: the policy may just have started the container. */
static int end_policy(masu_container *c, struct masu_error *err)
{
	int r = container_open(c, err);

	if (r < 0)
		return r;
	r = restart_end(c->home.fd, c->engine->cancel_fd);
	if (r < 0)
		return err_sys(err, r, "end the restart policy of container '%s'", c->record.name);
	return masu_container_refresh(c, err);
}

/* Of a container whose state is fresh. */
static int stop_run(masu_container *c, const struct masu_stop_options *o, struct masu_error *err)
{
	_cleanup_cgroup_ struct cgroup *cg = NULL;
	bool gone = false;

	if (c->state.status == MASU_STATUS_CREATED || c->state.status == MASU_STATUS_EXITED ||
	    c->state.status == MASU_STATUS_ON_DEMAND)
		return 0;
	int r = end_and_lock(c, o, &gone, &cg, err);
	if (r == 0 && !gone)
		engine_settle(c, NULL);
	container_close(c);
	if (r < 0)
		return r;
	event_container(c, &(struct masu_event){.action = "stop"});
	wait_for_cgroup(cg);
	return 0;
}

int container_stop_idle(masu_container *c, struct masu_error *err)
{
	static const struct masu_stop_options options = {.size = sizeof(options)};
	int r = masu_container_refresh(c, err);

	return r < 0 ? r : stop_run(c, &options, err);
}

int masu_container_stop(masu_container *c, const struct masu_stop_options *options, masu_error *err)
{
	struct masu_stop_options o;
	int r = options_take(&o, sizeof(o), options, err);

	if (r < 0)
		return r;
	if (o.signal < 0 || o.signal > SIGRTMAX)
		return err_set(err, ERR_INVALID, EINVAL, "unknown signal %d", o.signal);
	r = masu_container_refresh(c, err);
	if (r == 0 && c->state.status == MASU_STATUS_CREATED)
		return on_demand_release(c, err);
	if (r == 0) /* before the end: a connection would start it again */
		r = on_demand_release(c, err);
	if (r == 0)
		r = end_policy(c, err);
	return r < 0 ? r : stop_run(c, &o, err);
}

/* Its supervisor has cleaned up, or was killed. */
static void settle_killed(const masu_container *c)
{
	_cleanup_state_ struct state state = STATE_INIT;

	if (state_get(c->engine, &c->home, &state, NULL) == 0)
		finish_run(c, &state, NULL);
}

static int check_required(masu_container *c, struct masu_error *err)
{
	int r = container_open(c, err);

	if (r < 0)
		return r;
	r = requires_check(c, err);
	container_close(c);
	return r;
}

/* A forced removal unmounts its files, unless only another mount namespace can. */
static int release_mount(masu_container *c, bool force, struct masu_error *err)
{
	_cleanup_free_ char *target = force && mounted_is_here(c) ? path_join(c->dir, "root")
								  : NULL;

	if (target && umount2(target, UMOUNT_NOFOLLOW | MNT_DETACH) == 0)
		mounted_forget(c);
	return mounted_check(c, "remove", err);
}

int masu_container_remove(masu_container *c, const struct masu_remove_options *options,
			  masu_error *err)
{
	_cleanup_cgroup_ struct cgroup *cg = NULL;
	struct masu_remove_options o;
	bool gone = false;
	int r = options_take(&o, sizeof(o), options, err);

	if (r < 0)
		return r;
	r = masu_container_refresh(c, err);
	if (r < 0)
		return r;
	if (!o.force &&
	    (state_is_alive(&c->state) || c->state.status == MASU_STATUS_STARTING ||
	     c->state.status == MASU_STATUS_RESTARTING || c->state.status == MASU_STATUS_ON_DEMAND))
		return still_running(c, err);
	r = check_required(c, err);
	if (r < 0)
		return r;
	r = on_demand_release(c, err);
	if (r == 0 && o.force && restart_is_possible(&c->record))
		r = end_policy(c, err);
	if (r < 0)
		return r;
	r = end_and_lock(c, o.force ? &at_once : NULL, &gone, &cg, err);
	if (r == 0 && !gone)
		r = release_mount(c, o.force, err);
	if (r == 0 && !gone && c->state.unsettled)
		settle_killed(c);
	if (r == 0 && !gone && c->record.session)
		exports_remove_all(c);
	if (r == 0 && !gone)
		r = discard(c, o.volumes || c->record.auto_remove, err);
	container_close(c);
	if (r < 0)
		return r;
	wait_for_cgroup(cg);
	return 0;
}

int container_purge(struct masu_engine *e, const char *name, struct masu_error *err)
{
	static const struct masu_remove_options options = {
		.size = sizeof(options), .force = true, .volumes = true};
	_cleanup_masu_container_ masu_container *c = NULL;
	int r = name_is_valid(name) ? masu_container_find(e, name, &c, err) : -ENOENT;

	if (r == 0)
		r = masu_container_remove(c, &options, err);
	if (r != -ENOENT)
		return r;
	err_done(err);
	return 0;
}

static int remove_held(masu_container *c, struct masu_error *err)
{
	int r = home_hold(&c->home, c->engine, 0);

	if (r == -EWOULDBLOCK || r == -ENOENT)
		return 0;
	if (r < 0)
		return err_sys(err, r, "lock container '%s'", c->record.name);
	_cleanup_state_ struct state state = STATE_INIT;
	r = state_get(c->engine, &c->home, &state, err);
	if (r < 0 || state_has_init(&state) || requires_check(c, NULL) < 0 ||
	    (on_demand_seconds(&c->record) && on_demand_is_held(c->engine, c->home.id)) ||
	    mounted_check(c, "remove", NULL) < 0)
		return r;
	finish_run(c, &state, NULL);
	r = discard(c, c->record.auto_remove, err);
	return r < 0 ? r : 1;
}

int container_remove_idle(masu_container *c, struct masu_error *err)
{
	_cleanup_err_ struct masu_error own = ERR_INIT;
	int r = container_open(c, &own);

	if (r < 0)
		return r == -ENOENT ? 0 : err_move(err, &own);
	r = remove_held(c, err);
	container_close(c);
	return r;
}
