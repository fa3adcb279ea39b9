/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A plan becomes a cgroup in three steps with other work between them.
 *
 *   prepare  checks the limits before anything is changed; then connects to systemd, or creates the groups by
 *            mkdir, or divides the group of the systemd unit that the launcher is in (cgroup/unit.h).
 *   begin    asks systemd for a scope, without waiting for it.
 *   finish   waits for the scope, which holds the container's init (it waits and has no children) and all
 *            other given processes. Divides it if the plan says so (cgroup/own.h), and writes the limits
 *            and the device filter to the container's group.
 *
 * An ordinary user can do all of it within the groups that systemd delegated to her: the scope is below
 * user@UID.service. Hosts with cgroup v1 have no such delegation: only root has cgroups there, by mkdir
 * (cgroup/v1/groups.c), whether systemd runs or not.
 */
#include "cgroup/manager.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <unistd.h>

#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"
#include "cgroup/detect.h"
#include "cgroup/group.h"
#include "cgroup/own.h"
#include "cgroup/systemd.h"
#include "cgroup/unit.h"
#include "linux/idmap.h"
#include "systemd/scope.h"

#define UNDO_TIMEOUT_MS 5000
#define NAMES_MAX	16 /* of groups with a pid, which processes that were killed may have left */

struct cgroup_job {
	const struct cgroup_plan *plan;
	struct scope_job *scope; /* by systemd, else ... */
	struct cgroup *own;	 /* ... by mkdir, also within a unit, else none at all */
	pid_t *pids;
	size_t n_pids;
	struct cgroup_settings settings;
	unsigned wanted; /* controllers of v2 that they need */
	char *notice;
};

void cgroup_job_free(struct cgroup_job *job)
{
	if (!job)
		return;
	scope_job_free(job->scope);
	/* No container is in these groups: their processes, if any, are dead by now. */
	if (job->own)
		(void)cgroup_remove(job->own, NULL);
	cgroup_free(job->own);
	cgroup_settings_done(&job->settings);
	free(job->pids);
	free(job->notice);
	free(job);
}

void cgroup_job_abort(struct cgroup_job *job)
{
	if (job && job->scope)
		scope_undo(job->scope, UNDO_TIMEOUT_MS);
	cgroup_job_free(job);
}

static bool has_limits(const struct cgroup_plan *plan)
{
	return plan->limits && cgroup_limits_any(plan->limits);
}

/*
 * Without these limits no container may start. Device rules are given up only with CGROUP_LACK_ALLOWED,
 * where the caller accepts that no group exists.
 */
static bool must_limit(const struct cgroup_plan *plan)
{
	return has_limits(plan) ||
	       (plan->device_filter && plan->lack != CGROUP_LACK_ALLOWED &&
		!cgroup_devices_allow_all(plan->limits->devices, plan->limits->n_devices));
}

static bool on_v1(enum cgroup_layout layout)
{
	return layout == CGROUP_LAYOUT_V1 || layout == CGROUP_LAYOUT_HYBRID;
}

static const struct cgroup_ops *ops_of(enum cgroup_layout layout)
{
	return on_v1(layout) ? &cgroup_v1_ops : &cgroup_v2_ops;
}

static int job_new(const struct cgroup_plan *plan, enum cgroup_layout layout,
		   struct cgroup_job **ret, struct masu_error *err)
{
	_cleanup_cgroup_job_ struct cgroup_job *job = calloc(1, sizeof(*job));

	if (!job)
		return err_oom(err);
	job->plan = plan;
	if (plan->limits) {
		int r = ops_of(layout)->translate(plan->limits, &job->settings, err);
		if (r < 0)
			return r;
	}
	job->wanted = cgroup_settings_controllers(&job->settings);
	*ret = TAKE_PTR(job);
	return 0;
}

static int list_properties(const struct cgroup_plan *plan, char ***list)
{
	bool limited = plan->limits && !plan->split;

	if (strv_push(list, "CollectMode='inactive-or-failed'") < 0)
		return -ENOMEM;
	if (plan->stop_timeout_ms && strv_pushf(list, "TimeoutStopUSec=uint64 %" PRIu64,
						plan->stop_timeout_ms * UINT64_C(1000)) < 0)
		return -ENOMEM;
	/* Otherwise the manager's DefaultTasksMax would limit the container. */
	if (!(limited && plan->limits->has_pids_limit) &&
	    strv_pushf(list, "TasksMax=uint64 %" PRIu64, UINT64_MAX) < 0)
		return -ENOMEM;
	if (limited && cgroup_limits_properties(plan->limits, list) < 0)
		return -ENOMEM;
	return strv_extend(list, plan->properties);
}

static int begin_scope(struct cgroup_job *job, struct masu_error *err)
{
	const struct cgroup_plan *plan = job->plan;
	_cleanup_strv_ char **properties = NULL;

	if (list_properties(plan, &properties) < 0)
		return err_oom(err);
	const struct scope_request request = {
		.slice = plan->slice,
		.description = plan->description,
		.pids = job->pids,
		.n_pids = job->n_pids,
		.properties = properties,
	};
	return scope_begin(job->scope, &request, err);
}

/* The controllers that statistics and a later update can use, and those that the limits need. */
static unsigned useful_controllers(const struct cgroup_job *job)
{
	return job->wanted | 1u << CGROUP_CPU | 1u << CGROUP_IO | 1u << CGROUP_MEMORY |
	       1u << CGROUP_PIDS;
}

/* Names the groups before they are created: after a kill they are found and removed by this record. */
static int leave_record(const struct cgroup_plan *plan, struct cgroup *own, struct masu_error *err)
{
	int r = cgroup_make_record(own);

	if (r < 0)
		return err_sys(err, r, "record the cgroup '%s'", own->path);
	if (plan->record_link && symlink(own->record, plan->record_link) < 0)
		return err_sys(err, errno, "record the cgroup '%s'", own->path);
	return 0;
}

/* Groups by mkdir: in the v2 hierarchy if it is mounted, and in the v1 hierarchies that are needed. */
static int prepare_own(struct cgroup_job *job, enum cgroup_layout layout, const char *path,
		       bool exclusive, struct masu_error *err)
{
	const struct cgroup_plan *plan = job->plan;
	const struct cgroup_request request = {
		.path = path,
		.everywhere = plan->everywhere,
		.devices = plan->device_filter,
		.settings = &job->settings,
	};
	struct cgroup *own = cgroup_new(ops_of(layout));

	job->own = own;
	if (!own)
		return err_oom(err);
	own->flags = CGROUP_OWN | (plan->system ? CGROUP_SYSTEM : 0);
	int r = own->ops->choose(own, &request, err);
	if (r < 0)
		return r;
	r = leave_record(plan, own, err);
	if (r < 0)
		return r;
	return own->ops->make(own, job->wanted, useful_controllers(job), exclusive, err);
}

/* No scope and no D-Bus: init is born in the unit's own group. */
static int prepare_unit(struct cgroup_job *job, enum cgroup_layout layout, struct masu_error *err)
{
	if (layout != CGROUP_LAYOUT_UNIFIED) {
		(void)err_set(err, ERR_UNSUPPORTED, ENOTSUP,
			      "--cgroups split needs cgroup v2 alone at '" CGROUP_ROOT
			      "'; this host's layout is: %s",
			      cgroup_layout_name(layout));
		return err_hint(err, "boot with systemd.unified_cgroup_hierarchy=1");
	}
	job->own = cgroup_new(&cgroup_v2_ops);
	if (!job->own)
		return err_oom(err);
	job->own->flags = CGROUP_SPLIT | CGROUP_UNIT | (job->plan->system ? CGROUP_SYSTEM : 0);
	return unit_divide(job->own, useful_controllers(job), err);
}

/* The groups of another container stay. */
static void leave_own(struct cgroup_job *job)
{
	(void)cgroup_remove(job->own, NULL);
	cgroup_free(TAKE_PTR(job->own));
	if (job->plan->record_link)
		(void)unlink(job->plan->record_link);
}

/*
 * For root, if systemd does not run or its groups cannot have the limits. Another of root's stores may start, run or
 * remove a container with the same name: then the creator's pid makes the name of the group unique. A group that exists
 * is never taken, not even an empty one: its container may be about to enter it, or about to remove it.
 */
static int prepare_like_scope(struct cgroup_job *job, enum cgroup_layout layout,
			      struct masu_error *err)
{
	const char *slice = job->plan->slice ? job->plan->slice : "masu.slice";
	const char *scope = job->plan->scope;
	_cleanup_free_ char *path = str_printf("/%s/%s", slice, scope);
	int r = path ? prepare_own(job, layout, path, true, err) : err_oom(err);

	for (int i = 1; r == -EBUSY && i <= NAMES_MAX; i++) {
		err_done(err);
		leave_own(job);
		free(path);
		path = str_printf("/%s/%.*s-%d-%d.scope", slice,
				  (int)(strlen(scope) - strlen(".scope")), scope, (int)getpid(), i);
		r = path ? prepare_own(job, layout, path, true, err) : err_oom(err);
	}
	return r;
}

static int needs_v2(enum cgroup_layout layout, bool system, struct masu_error *err)
{
	if (layout == CGROUP_LAYOUT_NONE) {
		(void)err_set(err, ERR_UNSUPPORTED, ENOTSUP,
			      "no cgroup hierarchy is mounted at '" CGROUP_ROOT "'");
		return err_hint(err, "mount -t cgroup2 cgroup2 " CGROUP_ROOT);
	}
	(void)err_set(err, ERR_UNSUPPORTED, ENOTSUP,
		      "limits of %s need cgroup v2 alone at '" CGROUP_ROOT
		      "'; this host's layout is: %s",
		      system ? "systemd's scopes" : "ordinary users", cgroup_layout_name(layout));
	return err_hint(err, "boot with systemd.unified_cgroup_hierarchy=1");
}

/* systemd is not there to create a scope. */
static int prepare_without_systemd(struct cgroup_job *job, enum cgroup_layout layout,
				   struct masu_error *err)
{
	const struct cgroup_plan *plan = job->plan;

	if (!plan->system || plan->systemd_alone)
		return -ENOTCONN;
	err_done(err);
	return prepare_like_scope(job, layout, err);
}

/* Sets up the job by its plan. -ENOTCONN and -ENOTSUP if the host cannot. */
static int prepare(struct cgroup_job *job, enum cgroup_layout layout, struct masu_error *err)
{
	const struct cgroup_plan *plan = job->plan;

	if (plan->manager == CGROUP_MANAGER_UNIT)
		return prepare_unit(job, layout, err);
	if (layout == CGROUP_LAYOUT_NONE || (on_v1(layout) && !plan->system)) {
		(void)needs_v2(layout, plan->system, err);
		return -ENOTSUP;
	}
	if (plan->manager == CGROUP_MANAGER_CGROUPFS)
		return prepare_own(job, layout, plan->path, false, err);
	/* systemd delegates no v1 controller, and tolerates groups beside its own. */
	if (on_v1(layout) && !plan->systemd_alone)
		return prepare_like_scope(job, layout, err);
	int r = scope_prepare(plan->system, plan->scope, &job->scope, err);
	if (r == 0 && on_v1(layout)) {
		(void)needs_v2(layout, plan->system, err);
		return -ENOTSUP;
	}
	return r == -ENOTCONN ? prepare_without_systemd(job, layout, err) : r;
}

/*
 * Has the host no cgroups for this caller? An ordinary user, also as root of a user namespace, may be in a
 * group that she cannot divide.
 */
static bool host_cannot(int r, const struct cgroup_plan *plan)
{
	if (r == 0 || plan->lack == CGROUP_LACK_REFUSED || (plan->system && plan->systemd_alone))
		return false;
	bool ours = plan->system && idmap_caller_is_host_root();
	bool may_lack = plan->lack == CGROUP_LACK_AUTO ? !ours : plan->lack == CGROUP_LACK_ALLOWED;

	return r == -ENOTCONN || r == -ENOTSUP || r == -ENOPKG ||
	       (may_lack && (r == -EACCES || r == -EPERM || r == -EROFS));
}

/*
 * Goes on without a cgroup if the host cannot provide one and none is needed. A host that cannot is one
 * thing, a request that failed another. `r` and `reason` are the failure's.
 */
static int degrade(struct cgroup_job *job, int r, struct masu_error *reason, struct masu_error *err)
{
	const struct cgroup_plan *plan = job->plan;

	if (!host_cannot(r, plan))
		return err_move(err, reason);
	cgroup_free(TAKE_PTR(job->own));
	scope_job_free(TAKE_PTR(job->scope));
	if (must_limit(plan)) {
		(void)err_prefix(reason, has_limits(plan)
						 ? "can't limit the container"
						 : "can't hold the container to its device rules");
		return err_move(err, reason);
	}
	job->notice = str_printf("the container runs without a cgroup of its own: %s",
				 reason->message);
	return job->notice ? 0 : err_oom(err);
}

int cgroup_prepare(const struct cgroup_plan *plan, struct cgroup_job **ret, struct masu_error *err)
{
	bool refused = plan->manager == CGROUP_MANAGER_NONE;
	enum cgroup_layout layout = refused ? CGROUP_LAYOUT_NONE : cgroup_layout();
	_cleanup_cgroup_job_ struct cgroup_job *job = NULL;
	_cleanup_err_ struct masu_error reason = ERR_INIT;
	int r = job_new(plan, layout, &job, err);

	if (r < 0)
		return r;
	if (refused && has_limits(plan))
		return err_set(err, ERR_INVALID, EINVAL,
			       "limits need a cgroup, and it was refused");
	r = refused ? 0 : prepare(job, layout, &reason);
	if (r < 0)
		r = degrade(job, r, &reason, err);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(job);
	return 0;
}

/* Waits for masu-systemd, which may find that the manager refuses the connection. */
static int connect_scope(struct cgroup_job *job, struct masu_error *err)
{
	_cleanup_err_ struct masu_error reason = ERR_INIT;
	int r = scope_connect(job->scope, &reason);

	if (r == -ENOTCONN) {
		scope_job_free(TAKE_PTR(job->scope));
		r = prepare_without_systemd(job, cgroup_layout(), &reason);
	}
	return r < 0 ? degrade(job, r, &reason, err) : 0;
}

/* On v1 init has to enter several groups, after their limits are written. */
int cgroup_birthplace(const struct cgroup_job *job)
{
	const struct cgroup_plan *plan = job->plan;

	if (!job->own || job->own->n_v1 || plan->sub)
		return -1;
	return job->own->container_fd >= 0 ? job->own->container_fd : job->own->scope_fd;
}

int cgroup_begin(struct cgroup_job *job, const pid_t *pids, size_t n_pids, struct masu_error *err)
{
	job->pids = calloc(MAX(n_pids, 1), sizeof(*pids));
	if (!job->pids)
		return err_oom(err);
	if (n_pids)
		memcpy(job->pids, pids, n_pids * sizeof(*pids));
	job->n_pids = n_pids;
	int r = job->scope ? connect_scope(job, err) : 0;
	return r == 0 && job->scope ? begin_scope(job, err) : r;
}

void cgroup_start_service(struct cgroup_job *job, const char *unit)
{
	if (job->scope && !job->plan->system)
		scope_start_service(job->scope, unit);
}

char *cgroup_take_notice(struct cgroup_job *job)
{
	return TAKE_PTR(job->notice);
}

/* Waits for the scope and finds its path in init's /proc/PID/cgroup, without a round trip. */
static int wait_scope(struct cgroup_job *job, pid_t init, char **ret_path, struct masu_error *err)
{
	_cleanup_free_ char *path = NULL;
	int r = scope_finish(job->scope, err);

	if (r < 0)
		return r;
	r = cgroup_path_of(init, &path);
	if (r < 0)
		return err_sys(err, r, "find the cgroup of process %d", (int)init);
	/* If systemd cannot move a process it only logs that. */
	if (!streq(path_last(path), job->plan->scope))
		return err_set(err, ERR_UNAVAILABLE, EPERM,
			       "systemd left process %d in '%s' instead of '%s'", (int)init, path,
			       job->plan->scope);
	*ret_path = TAKE_PTR(path);
	return 0;
}

static int open_scope(struct cgroup_job *job, pid_t init, struct cgroup *cg, struct masu_error *err)
{
	_cleanup_close_ int root = cgroup_open_root();
	int r = wait_scope(job, init, &cg->path, err);

	if (r < 0)
		return r;
	cg->flags |= job->plan->system ? CGROUP_SYSTEM : 0;
	cg->sub = job->plan->sub ? strdup(job->plan->sub) : NULL;
	if (job->plan->sub && !cg->sub)
		return err_oom(err);
	cg->scope_fd = root < 0 ? root : own_open_child(root, cg->path + 1);
	if (cg->scope_fd < 0)
		return err_sys(err, cg->scope_fd, "open the cgroup '%s'", cg->path);
	return own_is_frozen(cg->scope_fd) ? own_frozen(cg->path, err) : 0;
}

/*
 * Of the processes only init moves to masu's own group, unless it was born there: each move waits for all
 * processors. No manager would stop the others by that group.
 */
static int enter_own(const struct cgroup_job *job, const struct cgroup *cg, pid_t init,
		     struct masu_error *err)
{
	bool born = true;

	for (size_t i = 0; i < job->n_pids; i++)
		born &= job->pids[i] != init;
	int r = born || cg->scope_fd < 0 ? 0 : cgroup_move(cg->scope_fd, init);
	/* If init is gone, its own error is better. */
	return r < 0 && r != -ESRCH
		       ? err_sys(err, r, "move process %d to the cgroup '%s'", (int)init, cg->path)
		       : 0;
}

/* A group by mkdir holds the container alone. */
static bool is_split(const struct cgroup_job *job)
{
	return job->plan->split && !job->own;
}

static int find_container(const struct cgroup_job *job, struct cgroup *cg, pid_t init,
			  struct masu_error *err)
{
	if (cg->scope_fd < 0 || cg->flags & CGROUP_UNIT)
		return 0;
	if (is_split(job) || cg->sub)
		return divide_scope(cg, useful_controllers(job), init, err);
	cg->container_fd = fcntl(cg->scope_fd, F_DUPFD_CLOEXEC, 3);
	return cg->container_fd < 0 ? err_sys(err, errno, "hold the cgroup '%s'", cg->path) : 0;
}

static int write_limits(const struct cgroup *cg, const struct cgroup_plan *plan,
			struct masu_error *err)
{
	if (has_limits(plan)) {
		int r = cgroup_limits_apply(cg, plan->limits, err);
		if (r < 0)
			return r;
	}
	return plan->device_filter ? cgroup_devices_apply(cg, plan->limits->devices,
							  plan->limits->n_devices, err)
				   : 0;
}

static int fill(struct cgroup_job *job, struct cgroup *cg, pid_t init, struct masu_error *err)
{
	const struct cgroup_plan *plan = job->plan;
	int r = job->own ? enter_own(job, cg, init, err) : open_scope(job, init, cg, err);

	if (r < 0)
		return r;
	cg->flags |= is_split(job) ? CGROUP_SPLIT : 0;
	r = find_container(job, cg, init, err);
	if (r < 0)
		return r;
	r = write_limits(cg, plan, err);
	if (r < 0)
		return r;
	r = plan->has_owner ? divide_give(cg, plan->owner, err) : 0;
	if (r < 0)
		return r;
	/* On v1 the limits come first: a cpuset is needed before a process can enter. */
	r = cg->ops->enter ? cg->ops->enter(cg, init, err) : 0;
	if (r < 0)
		return r;
	if (!cg->record && cgroup_make_record(cg) < 0)
		return err_oom(err);
	if (!cg->path && cg->n_v1 && !(cg->path = strdup(cg->v1[0].path)))
		return err_oom(err);
	return 0;
}

int cgroup_finish(struct cgroup_job *job, pid_t init, struct cgroup **ret, struct masu_error *err)
{
	_cleanup_cgroup_ struct cgroup *scope = job->own ? NULL : cgroup_new(&cgroup_v2_ops);
	struct cgroup *cg = job->own ? job->own : scope;

	if (!cg)
		return err_oom(err);
	if (job->own || job->scope) {
		int r = fill(job, cg, init, err);
		if (r < 0)
			return r;
	}
	job->own = NULL;
	scope = NULL;
	*ret = cg;
	return 0;
}
