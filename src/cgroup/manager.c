/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a plan to a cgroup, in three steps with other work between them.
 *
 *   prepare  the limits are checked before anything is changed; then systemd is connected to, or the
 *            group is made by mkdir.
 *   begin    systemd is asked for a scope: sent, not waited for.
 *   finish   the scope is there and holds the container's init, which waits and has no children, and
 *            whatever else was named. Then, in this order, as cgroup v2 allows it no other way:
 *             1. monitor/ and container/ are made;
 *             2. all processes leave the scope's own group, which may hold none once it gives
 *                controllers to the groups below it;
 *             3. the controllers are enabled for those;
 *             4. the limits and the device filter are written to container/.
 *
 * All is done by an ordinary user within what systemd delegated to her: the scope is below
 * user@UID.service, whose groups are hers.
 */
#include "cgroup/manager.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"
#include "cgroup/detect.h"
#include "cgroup/properties.h"
#include "cgroup/walk.h"

#define SCOPE_TIMEOUT_MS 30000
#define MOVE_ROUNDS_MAX	 100

struct cgroup_job {
	const struct cgroup_plan *plan;
	struct scope_job *scope; /* by systemd, else ... */
	char *path;		 /* ... by mkdir, else none at all */
	bool made;		 /* at `path`, and not yet the container's */
	pid_t *pids;
	size_t n_pids;
	unsigned wanted; /* controllers that the limits need */
};

/* A group that no container came to be in: its processes, if there were any, are dead by now. */
static void remove_unused(const char *path)
{
	_cleanup_cgroup_ struct cgroup *cg = NULL;

	if (cgroup_open(path, CGROUP_OWN, &cg, NULL) == 0)
		(void)cgroup_remove(cg, NULL);
}

void cgroup_job_free(struct cgroup_job *job)
{
	if (!job)
		return;
	scope_job_free(job->scope);
	if (job->made)
		remove_unused(job->path);
	free(job->path);
	free(job->pids);
	free(job);
}

static int job_new(const struct cgroup_plan *plan, struct cgroup_job **ret, struct err *err)
{
	_cleanup_cgroup_job_ struct cgroup_job *job = calloc(1, sizeof(*job));
	_cleanup_settings_ struct cgroup_settings settings = {0};

	if (!job)
		return err_sys(err, ENOMEM, "make a cgroup");
	job->plan = plan;
	if (plan->limits) {
		int r = cgroup_limits_translate(plan->limits, &settings, err);
		if (r < 0)
			return r;
		job->wanted = cgroup_settings_controllers(&settings);
	}
	*ret = TAKE_PTR(job);
	return 0;
}

static bool has_limits(const struct cgroup_plan *plan)
{
	return plan->limits && cgroup_limits_any(plan->limits);
}

static int begin_scope(struct cgroup_job *job, struct err *err)
{
	const struct cgroup_plan *plan = job->plan;
	struct cgroup_properties properties = {0};
	struct scope_property list[CGROUP_PROPERTIES_MAX + 3];
	size_t n = 0;

	list[n++] = (struct scope_property){
		.name = "CollectMode", .type = SCOPE_STRING, .string = "inactive-or-failed"};
	if (plan->stop_timeout_ms)
		list[n++] = (struct scope_property){.name = "TimeoutStopUSec",
						    .type = SCOPE_UINT64,
						    .number = plan->stop_timeout_ms *
							      UINT64_C(1000)};
	if (plan->limits && !plan->split) {
		int r = cgroup_limits_properties(plan->limits, &properties, err);
		if (r < 0)
			return r;
	}
	/* Otherwise the manager's DefaultTasksMax would be a limit that nobody asked for. */
	if (plan->split || !plan->limits || !plan->limits->has_pids_limit)
		list[n++] = (struct scope_property){
			.name = "TasksMax", .type = SCOPE_UINT64, .number = UINT64_MAX};
	memcpy(&list[n], properties.item, properties.n * sizeof(list[0]));
	n += properties.n;
	const struct scope_request request = {
		.slice = plan->slice,
		.description = plan->description,
		.pids = job->pids,
		.n_pids = job->n_pids,
		.delegate = true,
		.properties = list,
		.n_properties = n,
	};
	return scope_begin(job->scope, &request, err);
}

/* An absolute path below the hierarchy's root, of parts that stay below it. */
static int resolve_own_path(const char *path, char **ret, struct err *err)
{
	_cleanup_free_ char *base = NULL, *whole = NULL;
	_cleanup_strv_ char **parts = strv_split(path, "/");

	if (!parts)
		return err_sys(err, ENOMEM, "make the cgroup '%s'", path);
	STRV_FOREACH(part, parts)
		if (streq(*part, "..") || streq(*part, ".") || str_has_control(*part))
			return err_set(err, ERR_INVALID, EINVAL, "bad cgroup path '%s'", path);
	if (path[0] != '/') {
		int r = cgroup_path_of(0, &base);
		if (r < 0)
			return err_sys(err, r, "find the own cgroup");
	}
	whole = path_join(base ? base : "/", path);
	if (!whole)
		return err_sys(err, ENOMEM, "make the cgroup '%s'", path);
	*ret = path_normalize(whole);
	if (!*ret)
		return err_sys(err, ENOMEM, "make the cgroup '%s'", path);
	return streq(*ret, "/") ? err_set(err, ERR_INVALID, EINVAL,
					  "the root of the hierarchy can't be a container's cgroup")
				: 0;
}

/*
 * Controllers that work on threads can be enabled in a group that has processes, but then no process
 * can enter the groups below it any more ("domain invalid").
 */
static bool can_divide(int group)
{
	_cleanup_free_ pid_t *pids = NULL;
	size_t n = 0;

	/* The hierarchy's root has no type, and may do both. */
	return faccessat(group, "cgroup.type", F_OK, 0) < 0 ||
	       (walk_own_pids(group, &pids, &n) == 0 && n == 0);
}

/* Gives the groups below it the controllers of `set`, as many as can be. */
static void enable_controllers(int group, unsigned set)
{
	_cleanup_strbuf_ struct strbuf all = STRBUF_INIT;
	unsigned present = 0, enabled = 0;
	int r = cgroup_controllers(group, &present);

	if (r == 0)
		r = cgroup_subtree_controllers(group, &enabled);
	set &= present & ~enabled;
	for (unsigned i = 0; r == 0 && i < CGROUP_CONTROLLER_MAX; i++)
		if (set & 1u << i)
			r = strbuf_addf(&all, "%s+%s", all.length ? " " : "",
					cgroup_controller_name((enum cgroup_controller)i));
	if (r < 0 || !all.length || !can_divide(group) ||
	    file_write_value(group, "cgroup.subtree_control", all.text) == 0)
		return;
	/* One that can't be makes the whole write fail. What is missing then, cgroup_require names. */
	for (unsigned i = 0; i < CGROUP_CONTROLLER_MAX; i++) {
		char one[16];

		(void)snprintf(one, sizeof(one), "+%s",
			       cgroup_controller_name((enum cgroup_controller)i));
		if (set & 1u << i)
			(void)file_write_value(group, "cgroup.subtree_control", one);
	}
}

/* What statistics and a later update need, when it can be had, and what the limits need. */
static unsigned useful_controllers(const struct cgroup_job *job)
{
	return job->wanted | 1u << CGROUP_CPU | 1u << CGROUP_IO | 1u << CGROUP_MEMORY |
	       1u << CGROUP_PIDS;
}

static int open_child(int group, const char *name)
{
	return path_open_in(group, name, O_PATH | O_DIRECTORY, 0, PATH_BENEATH | PATH_NO_SYMLINKS);
}

/* The last part is the container's: one that a crash left is taken, one in use is not. */
static int make_own(struct cgroup_job *job, int parent, const char *name, struct err *err)
{
	_cleanup_free_ pid_t *pids = NULL;
	size_t n = 0;

	if (mkdirat(parent, name, 0755) < 0 && errno != EEXIST)
		return err_sys(err, errno, "make the cgroup '%s'", job->path);
	_cleanup_close_ int group = open_child(parent, name);
	int r = group < 0 ? group : walk_pids(group, &pids, &n);
	if (r < 0)
		return err_sys(err, r, "open the cgroup '%s'", job->path);
	if (n > 0)
		return err_set(err, ERR_CONFLICT, EBUSY, "the cgroup '%s' has processes already",
			       job->path);
	job->made = true;
	return 0;
}

/* Makes the group of a plan without systemd, enabling the controllers in those above it. */
static int prepare_own(struct cgroup_job *job, const char *path, struct err *err)
{
	_cleanup_close_ int group = cgroup_open_root();
	_cleanup_strv_ char **parts = NULL;
	int r = resolve_own_path(path, &job->path, err);

	if (r < 0)
		return r;
	parts = strv_split(job->path + 1, "/");
	if (!parts)
		return err_sys(err, ENOMEM, "make the cgroup '%s'", job->path);
	for (char **part = parts; group >= 0; part++) {
		enable_controllers(group, useful_controllers(job));
		if (!part[1])
			return make_own(job, group, *part, err);
		if (mkdirat(group, *part, 0755) < 0 && errno != EEXIST)
			return err_sys(err, errno, "make the cgroup '%s'", job->path);
		int next = open_child(group, *part);
		closep(&group);
		group = next;
	}
	return err_sys(err, group, "open the cgroup '%s'", job->path);
}

/* Root without systemd has the whole hierarchy to itself. */
static int prepare_like_scope(struct cgroup_job *job, struct err *err)
{
	_cleanup_free_ char *path = NULL;
	const char *slice = job->plan->slice ? job->plan->slice : "masu.slice";

	if (asprintf(&path, "/%s/%s", slice, job->plan->scope) < 0) {
		path = NULL;
		return err_sys(err, ENOMEM, "make a cgroup");
	}
	return prepare_own(job, path, err);
}

static int needs_v2(enum cgroup_layout layout, struct err *err)
{
	(void)err_set(err, ERR_UNSUPPORTED, ENOTSUP,
		      "limits need cgroup v2 alone at /sys/fs/cgroup; this host's layout is: %s",
		      cgroup_layout_name(layout));
	return err_hint(err, "boot with systemd.unified_cgroup_hierarchy=1");
}

/* Sets the job up by its plan; -ENOTCONN and -ENOTSUP when the host can't. */
static int prepare(struct cgroup_job *job, struct err *err)
{
	enum cgroup_layout layout = cgroup_layout();

	if (layout != CGROUP_LAYOUT_UNIFIED) {
		(void)needs_v2(layout, err);
		return -ENOTSUP;
	}
	if (job->plan->manager == CGROUP_MANAGER_CGROUPFS)
		return prepare_own(job, job->plan->path, err);
	int r = scope_connect(job->plan->system, job->plan->scope, &job->scope, err);
	if (r == -ENOTCONN && job->plan->system) {
		err_done(err);
		r = prepare_like_scope(job, err);
	}
	return r;
}

/* The group that an ordinary user is in may be nobody's to divide. */
static bool may_not_make(int r)
{
	return r == -EACCES || r == -EPERM || r == -EROFS;
}

static int degrade(const struct cgroup_plan *plan, char **ret_notice, struct err *err)
{
	if (has_limits(plan))
		return err_prefix(err, "can't limit the container");
	if (asprintf(ret_notice, "the container runs without a cgroup of its own: %s",
		     err->message) < 0) {
		*ret_notice = NULL;
		return err_sys(err, ENOMEM, "make a cgroup");
	}
	err_done(err);
	return 0;
}

int cgroup_prepare(const struct cgroup_plan *plan, struct cgroup_job **ret, char **ret_notice,
		   struct err *err)
{
	_cleanup_cgroup_job_ struct cgroup_job *job = NULL;
	_cleanup_err_ struct err why = ERR_INIT;
	int r = job_new(plan, &job, err);

	if (r < 0)
		return r;
	*ret_notice = NULL;
	if (plan->manager == CGROUP_MANAGER_NONE && has_limits(plan))
		return err_set(err, ERR_INVALID, EINVAL,
			       "limits need a cgroup, and it was refused");
	if (plan->manager != CGROUP_MANAGER_NONE)
		r = prepare(job, &why);
	/* A host that can't is one thing, a request that failed another. */
	if (r == -ENOTCONN || r == -ENOTSUP || r == -ENOPKG || (may_not_make(r) && !plan->system))
		r = degrade(plan, ret_notice, &why);
	if (r < 0)
		return err_move(err, &why);
	*ret = TAKE_PTR(job);
	return 0;
}

int cgroup_begin(struct cgroup_job *job, const pid_t *pids, size_t n_pids, struct err *err)
{
	job->pids = calloc(n_pids, sizeof(*pids));
	if (!job->pids)
		return err_sys(err, ENOMEM, "make a cgroup");
	memcpy(job->pids, pids, n_pids * sizeof(*pids));
	job->n_pids = n_pids;
	return job->scope ? begin_scope(job, err) : 0;
}

static int make_group(const struct cgroup *cg, const char *name, int *ret_fd, struct err *err)
{
	if (mkdirat(cg->scope_fd, name, 0755) < 0 && errno != EEXIST)
		return err_sys(err, errno, "make the cgroup '%s/%s'", cg->path, name);
	*ret_fd = open_child(cg->scope_fd, name);
	if (*ret_fd < 0)
		return err_sys(err, *ret_fd, "open the cgroup '%s/%s'", cg->path, name);
	return 0;
}

static int move(const struct cgroup *cg, int group, pid_t pid, struct err *err)
{
	int r = cgroup_move(group, pid);

	/* A helper may be gone by now; for init it shows soon enough. */
	if (r < 0 && r != -ESRCH)
		return err_sys(err, r, "move process %d within the cgroup '%s'", (int)pid,
			       cg->path);
	return 0;
}

/* Helpers that fork meanwhile leave children in the scope's own group: until none is left. */
static int empty_scope(const struct cgroup *cg, pid_t init, struct err *err)
{
	for (int round = 0; round < MOVE_ROUNDS_MAX; round++) {
		_cleanup_free_ pid_t *pids = NULL;
		size_t n;
		int r = walk_own_pids(cg->scope_fd, &pids, &n);

		if (r < 0)
			return err_sys(err, r, "list the processes in '%s'", cg->path);
		if (n == 0)
			return 0;
		for (size_t i = 0; i < n; i++) {
			r = move(cg, pids[i] == init ? cg->container_fd : cg->monitor_fd, pids[i],
				 err);
			if (r < 0)
				return r;
		}
	}
	return err_set(err, ERR_INTERNAL, EBUSY, "processes keep appearing in '%s'", cg->path);
}

static int divide(const struct cgroup_job *job, struct cgroup *cg, pid_t init, struct err *err)
{
	int r = make_group(cg, "monitor", &cg->monitor_fd, err);

	if (r == 0)
		r = make_group(cg, "container", &cg->container_fd, err);
	if (r == 0)
		r = empty_scope(cg, init, err);
	if (r == 0)
		enable_controllers(cg->scope_fd, useful_controllers(job));
	return r;
}

/* Into the group that masu made; systemd did the same for a scope. */
static int enter_own(const struct cgroup_job *job, const struct cgroup *cg, struct err *err)
{
	for (size_t i = 0; i < job->n_pids; i++) {
		int r = move(cg, cg->scope_fd, job->pids[i], err);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Waits for the scope and finds where it is: by init's own record, without a round trip. */
static int wait_scope(struct cgroup_job *job, pid_t init, char **ret_path, struct err *err)
{
	_cleanup_free_ char *path = NULL;
	int r = scope_finish(job->scope, SCOPE_TIMEOUT_MS, err);

	if (r < 0)
		return r;
	r = cgroup_path_of(init, &path);
	if (r < 0)
		return err_sys(err, r, "find the cgroup of process %d", (int)init);
	/* That it couldn't move a process, systemd only logs. */
	if (!streq(path_last(path), job->plan->scope))
		return err_set(err, ERR_UNAVAILABLE, EPERM,
			       "systemd left process %d in '%s' instead of '%s'", (int)init, path,
			       job->plan->scope);
	*ret_path = TAKE_PTR(path);
	return 0;
}

static int open_scope(struct cgroup_job *job, pid_t init, struct cgroup *cg, struct err *err)
{
	_cleanup_close_ int root = cgroup_open_root();

	if (job->scope) {
		int r = wait_scope(job, init, &cg->path, err);
		if (r < 0)
			return r;
	} else {
		cg->path = strdup(job->path);
		if (!cg->path)
			return err_sys(err, ENOMEM, "open the cgroup '%s'", job->path);
		cg->flags |= CGROUP_OWN;
	}
	if (job->plan->split)
		cg->flags |= CGROUP_SPLIT;
	if (job->plan->system)
		cg->flags |= CGROUP_SYSTEM;
	cg->scope_fd = root < 0 ? root : open_child(root, cg->path + 1);
	if (cg->scope_fd < 0)
		return err_sys(err, cg->scope_fd, "open the cgroup '%s'", cg->path);
	return 0;
}

int cgroup_finish(struct cgroup_job *job, pid_t init, struct cgroup **ret, struct err *err)
{
	const struct cgroup_plan *plan = job->plan;
	_cleanup_cgroup_ struct cgroup *cg = cgroup_new();
	int r = 0;

	if (!cg)
		return err_sys(err, ENOMEM, "make a cgroup");
	if (job->scope || job->path) {
		r = open_scope(job, init, cg, err);
		if (r == 0 && cg->flags & CGROUP_OWN)
			r = enter_own(job, cg, err);
		if (r == 0 && plan->split)
			r = divide(job, cg, init, err);
		if (r == 0 && !plan->split &&
		    (cg->container_fd = fcntl(cg->scope_fd, F_DUPFD_CLOEXEC, 3)) < 0)
			r = err_sys(err, errno, "hold the cgroup '%s'", cg->path);
		if (r == 0 && has_limits(plan))
			r = cgroup_limits_apply(cg->container_fd, plan->limits, plan->system, err);
		if (r == 0 && plan->device_filter)
			r = cgroup_devices_attach(cg->container_fd, plan->limits->devices,
						  plan->limits->n_devices, err);
	}
	if (r < 0)
		return r;
	job->made = false;
	*ret = TAKE_PTR(cg);
	return 0;
}
