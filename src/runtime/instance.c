/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/instance.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/account.h"
#include "base/array.h"
#include "base/file.h"
#include "base/json-build.h"
#include "base/json.h"
#include "base/pidfd.h"
#include "base/str.h"
#include "base/strv.h"
#include "base/time.h"
#include "cgroup/manager.h"
#include "cgroup/resctrl.h"
#include "runtime/config.h"

#define FREEZE_TIMEOUT_MS 10000
#define LOCK_FILE	  "config.lock"

void instance_done(struct instance *c)
{
	state_dir_done(&c->dir);
	container_state_done(&c->state);
	closep(&c->pidfd);
	*c = INSTANCE_INIT;
}

int instance_find(const char *root, const char *id, struct instance *ret, struct masu_error *err)
{
	_cleanup_instance_ struct instance c = INSTANCE_INIT;
	int r = state_dir_open(root, id, &c.dir, err);

	if (r < 0)
		return r;
	r = container_state_read(c.dir.fd, &c.state, err);
	if (r == -ENOENT)
		return state_dir_is_locked(c.dir.fd)
			       ? err_set(err, ERR_CONFLICT, EBUSY,
					 "container '%s' is still being created", id)
			       : err_set(err, ERR_NOT_FOUND, ENOENT,
					 "container does not exist: '%s'", id);
	if (r < 0)
		return r;
	r = container_status(c.dir.fd, &c.state, &c.status, &c.pidfd);
	if (r < 0)
		return err_sys(err, r, "read the status of container '%s'", id);
	*ret = TAKE(c, INSTANCE_INIT);
	return 0;
}

static int compare_ids(const void *a, const void *b)
{
	const struct instance *x = a, *y = b;

	return strcmp(x->state.id, y->state.id);
}

void instances_free(struct instance *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		instance_done(&list[i]);
	free(list);
}

int instance_list(const char *root, struct instance **ret, size_t *ret_n, struct masu_error *err)
{
	_cleanup_strv_ char **ids = NULL;
	int r = state_dir_list(root, NULL, &ids, err);
	size_t n = 0;

	if (r < 0)
		return r;
	struct instance *list = calloc(strv_length(ids) + 1, sizeof(*list));
	if (!list)
		return err_oom(err);
	STRV_FOREACH(id, ids) /* without those that are being created, or deleted meanwhile */
		if (instance_find(root, *id, &list[n], NULL) == 0)
			n++;
	qsort(list, n, sizeof(*list), compare_ids);
	*ret = list;
	*ret_n = n;
	return 0;
}

int instance_to_json(const struct instance *c, struct json_object **ret, struct masu_error *err)
{
	const struct container_state *s = &c->state;
	const struct oci_state state = {
		.version = s->version,
		.id = s->id,
		.status = c->status,
		.pid = c->status == OCI_STATUS_STOPPED ? 0 : s->pid,
		.bundle = s->bundle,
		.annotations = &s->annotations,
	};
	_cleanup_json_ struct json_object *o = NULL;
	char stamp[TIME_STAMP_MAX], number[16];
	struct json_build b = {0};
	struct stat st;

	if (fstat(c->dir.fd, &st) < 0)
		return err_sys(err, errno, "read the container's state");
	int r = oci_state_to_json(&state, &o, err);
	if (r < 0)
		return r;
	_cleanup_free_ char *owner = account_name(st.st_uid);
	(void)snprintf(number, sizeof(number), "%u", st.st_uid);
	if (!state.pid) /* users of runc and crun expect a number */
		build_int(&b, o, "pid", 0);
	build_text(&b, o, "rootfs", s->rootfs);
	build_text(&b, o, "created", time_stamp(s->created_ns, stamp));
	build_text(&b, o, "owner", owner ? owner : number);
	if (b.failed)
		return err_oom(err);
	*ret = TAKE_PTR(o);
	return 0;
}

int instance_live_cgroup(const struct instance *c, struct cgroup **ret, struct masu_error *err)
{
	if (c->status == OCI_STATUS_STOPPED)
		return err_set(err, ERR_CONFLICT, ESRCH, "container not running");
	return container_state_cgroup(&c->state, ret, err);
}

/* The number of a pid namespace, by the link to it in the host's /proc. 0 if it cannot be read. */
static ino_t pid_namespace(const char *pid)
{
	char path[NAME_MAX + sizeof("/proc//ns/pid")];
	struct stat st;

	(void)snprintf(path, sizeof(path), "/proc/%s/ns/pid", pid);
	return stat(path, &st) == 0 ? st.st_ino : 0;
}

/* Without a cgroup: the processes in the pid namespace of init, unless that is the caller's. */
static int pids_in_namespace(const struct instance *c, pid_t **ret, size_t *ret_n,
			     struct masu_error *err)
{
	_cleanup_closedir_ DIR *proc = opendir("/proc");
	_cleanup_free_ pid_t *list = NULL;
	char init[16];
	size_t n = 0;

	(void)snprintf(init, sizeof(init), "%d", (int)c->state.pid);
	ino_t wanted = pid_namespace(init);
	if (!proc || !wanted || wanted == pid_namespace("self"))
		return err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
			       "container '%s' has neither a cgroup nor a pid namespace of its own",
			       c->state.id);
	for (struct dirent *entry; (entry = readdir(proc));) {
		uint32_t pid;

		if (str_to_uint32(entry->d_name, &pid) < 0 ||
		    pid_namespace(entry->d_name) != wanted)
			continue;
		pid_t *added = array_add(&list, &n, sizeof(*added));
		if (!added)
			return err_oom(err);
		*added = (pid_t)pid;
	}
	*ret = TAKE_PTR(list);
	*ret_n = n;
	return 0;
}

int instance_pids(const struct instance *c, pid_t **ret, size_t *ret_n, struct masu_error *err)
{
	_cleanup_cgroup_ struct cgroup *cg = NULL;

	if (!c->state.cgroup && c->status != OCI_STATUS_STOPPED)
		return pids_in_namespace(c, ret, ret_n, err);
	int r = container_state_cgroup(&c->state, &cg, err);
	if (r == -ENOENT && c->status == OCI_STATUS_STOPPED) {
		*ret = NULL;
		*ret_n = 0;
		return 0;
	}
	return r < 0 ? r : cgroup_pids(cg, ret, ret_n, err);
}

static int freeze(const struct instance *c, bool frozen, struct masu_error *err)
{
	_cleanup_cgroup_ struct cgroup *cg = NULL;
	int r = container_state_cgroup(&c->state, &cg, err);

	if (r == 0)
		r = cgroup_freeze(cg, frozen, FREEZE_TIMEOUT_MS, err);
	return r == -ENOENT || r == -ENODEV
		       ? err_set(err, ERR_CONFLICT, ESRCH, "container not running")
		       : r; /* its group went with it */
}

int instance_pause(const struct instance *c, struct masu_error *err)
{
	if (c->status == OCI_STATUS_PAUSED)
		return err_set(err, ERR_CONFLICT, EALREADY, "container '%s' is paused already",
			       c->state.id);
	if (c->status != OCI_STATUS_RUNNING)
		return err_set(err, ERR_CONFLICT, ESRCH, "container not running");
	return freeze(c, true, err);
}

int instance_resume(const struct instance *c, struct masu_error *err)
{
	if (c->status != OCI_STATUS_PAUSED)
		return err_set(err, ERR_CONFLICT, EALREADY, "container not paused");
	return freeze(c, false, err);
}

void instance_let_die(const struct instance *c)
{
	_cleanup_cgroup_ struct cgroup *cg = NULL;

	if (container_state_cgroup(&c->state, &cg, NULL) == 0)
		cgroup_let_die(cg);
}

/* Then the end of its init ends all of its processes. */
static bool has_own_pids(const struct instance *c)
{
	_cleanup_oci_spec_ struct oci_spec *spec = NULL;

	return config_read(c->dir.fd, &spec, NULL) == 0 && spec->namespaces[OCI_NS_PID].wanted &&
	       !spec->namespaces[OCI_NS_PID].path;
}

static int signal_init(const struct instance *c, int n, struct masu_error *err)
{
	/* Process 1 has no handlers before its execve(2): the kernel would drop the signal. */
	if (c->status == OCI_STATUS_CREATING && n != SIGKILL && n != 0)
		return err_set(err, ERR_CONFLICT, EBUSY, "container '%s' is still being created",
			       c->state.id);
	int r = c->pidfd < 0 ? -ESRCH : pidfd_kill(c->pidfd, n);

	if (r == 0 && n == SIGKILL && c->status == OCI_STATUS_PAUSED)
		instance_let_die(c);
	if (r == -ESRCH)
		return err_set(err, ERR_CONFLICT, ESRCH, "container not running");
	return r < 0 ? err_sys(err, r, "send a signal to container '%s'", c->state.id) : 0;
}

/*
 * Without a pid namespace of its own a container outlives its init, and the processes that are left can
 * be killed even after its end.
 */
static int kill_group(const struct instance *c, struct masu_error *err)
{
	_cleanup_cgroup_ struct cgroup *cg = NULL;

	if (cgroup_open(c->state.cgroup, c->state.cgroup_flags, &cg, NULL) < 0 ||
	    cgroup_is_populated(cg) <= 0)
		return signal_init(c, SIGKILL, err);
	int r = cgroup_kill(cg, err);
	if (r == 0 && c->pidfd >= 0)
		(void)pidfd_kill(c->pidfd, SIGKILL); /* in case it left the group */
	return r;
}

static int signal_all(const struct instance *c, int n, struct masu_error *err)
{
	_cleanup_cgroup_ struct cgroup *cg = NULL;

	if (!c->state.cgroup && c->status == OCI_STATUS_STOPPED)
		return 0; /* its processes cannot be found */
	if (!c->state.cgroup && n == SIGKILL && has_own_pids(c))
		return signal_init(c, n, err);
	int r = container_state_cgroup(&c->state, &cg, err);
	if (r == -ENOENT)
		return 0; /* it has no processes any more */
	if (r < 0)
		return r;
	return n == SIGKILL ? cgroup_kill(cg, err) : cgroup_signal(cg, n, err);
}

int instance_kill(const struct instance *c, int signal, bool all, struct masu_error *err)
{
	if (all)
		return signal_all(c, signal, err);
	if (signal == SIGKILL && c->state.cgroup && !has_own_pids(c))
		return kill_group(c, err);
	return signal_init(c, signal, err);
}

int instance_update_schemata(const struct instance *c, const char *l3_cache, const char *bandwidth,
			     struct masu_error *err)
{
	_cleanup_oci_spec_ struct oci_spec *spec = NULL;
	int r = config_read(c->dir.fd, &spec, err);

	if (r < 0)
		return r;
	if (!spec->intel_rdt.wanted)
		return err_set(err, ERR_CONFLICT, EINVAL,
			       "--l3-cache-schema and --mem-bw-schema: container '%s' has no "
			       "linux.intelRdt",
			       c->state.id);
	const struct oci_intel_rdt rdt = {
		.clos_id = spec->intel_rdt.clos_id,
		.l3_cache_schema = (char *)l3_cache,
		.mem_bw_schema = (char *)bandwidth,
	};
	_cleanup_close_ int root = resctrl_open(err);
	return root < 0 ? root : resctrl_update(root, &rdt, c->state.id, err);
}

/* Merging moves members, so it takes a copy, by way of the document. */
static int merge(struct oci_resources *into, const struct oci_resources *given,
		 struct masu_error *err)
{
	_cleanup_(oci_resources_done) struct oci_resources copy = {0};
	_cleanup_json_ struct json_object *doc = NULL;
	_cleanup_strv_ char **unsupported = NULL;
	int r = oci_resources_to_json(given, &doc, err);

	if (r < 0)
		return r;
	r = oci_resources_parse(doc, &copy, &unsupported, err);
	if (r < 0)
		return r;
	return oci_resources_merge(into, &copy) < 0 ? err_oom(err) : 0;
}

/* Two updates at once must not lose one another's limits. */
static int read_and_merge(int dirfd, const struct oci_resources *given, int *ret_lock,
			  struct oci_spec **ret, struct masu_error *err)
{
	_cleanup_oci_spec_ struct oci_spec *spec = NULL;
	_cleanup_close_ int lock = file_lock(dirfd, LOCK_FILE, LOCK_EX);

	if (lock < 0)
		return err_sys(err, lock, "lock the container's limits");
	int r = config_read(dirfd, &spec, err);
	if (r < 0)
		return r;
	r = merge(&spec->resources, given, err);
	if (r < 0)
		return r;
	*ret_lock = TAKE_FD(lock);
	*ret = TAKE_PTR(spec);
	return 0;
}

int instance_update_record(int dirfd, const struct oci_resources *given, struct masu_error *err)
{
	_cleanup_oci_spec_ struct oci_spec *spec = NULL;
	_cleanup_close_ int lock = -1;
	int r = read_and_merge(dirfd, given, &lock, &spec, err);

	if (r < 0)
		return r;
	r = cgroup_limits_check(&spec->resources, err);
	return r < 0 ? r : config_set_resources(dirfd, &spec->resources, err);
}

int instance_update(const struct instance *c, const struct oci_resources *given,
		    struct masu_error *err)
{
	_cleanup_oci_spec_ struct oci_spec *spec = NULL;
	_cleanup_cgroup_ struct cgroup *cg = NULL;
	_cleanup_close_ int lock = -1;
	int r = instance_live_cgroup(c, &cg, err);

	if (r < 0)
		return r;
	r = read_and_merge(c->dir.fd, given, &lock, &spec, err);
	if (r < 0)
		return r;
	r = cgroup_update(cg, given, &spec->resources, err);
	return r < 0 ? r : config_set_resources(c->dir.fd, &spec->resources, err);
}
