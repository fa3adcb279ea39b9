/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The launcher's side of a restore, beside that of a start (launch.c). Instead of init a criu waits. It
 * is placed in the container's cgroup, with its limits, and then creates the container's processes,
 * which are in the cgroup from their first instant. In between it reports that the namespaces exist and
 * no process runs yet: then the hooks of this side run. The effects of the hooks of the container's
 * side (createContainer, startContainer) are in the images.
 *
 * After a failure criu kills the processes that it created. If criu itself is killed, the launcher finds
 * them among its children. If the launcher is killed, the next user of the id finds the cgroup by its
 * link (state-dir.h).
 */

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/path.h"
#include "base/pidfd.h"
#include "base/proc.h"
#include "base/strv.h"
#include "cgroup/resctrl.h"
#include "linux/userns.h"
#include "runtime/checkpoint-external.h"
#include "runtime/criu.h"
#include "runtime/hooks.h"
#include "runtime/init/messages.h"

#define CHILDREN_MAX (64 << 10)

struct restore {
	const struct container_plan *plan;
	const struct checkpoint *checkpoint;
	struct container c;
	struct criu criu;
	struct criu_context context;
	struct checkpoint_dirs dirs;
	struct checkpoint_inherited inherited;
	struct cgroup_job *cgroup_job;
	char **children; /* from before the restore */
	bool hooked;	 /* hooks have run, so the poststop hooks must run, too */
	bool refused;	 /* the failure is of this side, not criu's */
};

static int open_namespaces(struct restore *l, struct masu_error *err)
{
	const struct oci_spec *spec = l->plan->spec;

	for (int i = 0; i < OCI_NS_MAX; i++) {
		const char *path = spec->namespaces[i].path;

		if (!path)
			continue;
		l->inherited.namespaces[i] = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
		if (l->inherited.namespaces[i] < 0)
			return err_sys(err, errno, "open the %s namespace '%s'",
				       oci_namespace_name(i), path);
	}
	return 0;
}

static int check(struct restore *l, struct masu_error *err)
{
	const char *mode = l->checkpoint->manage_cgroups;
	int r = container_check(l->plan, err);

	if (r < 0)
		return r;
	r = checkpoint_check_spec(l->plan->spec, err);
	if (r < 0)
		return r;
	if (!l->plan->root_dir)
		return err_set(err, ERR_INVALID, EINVAL, "root.path is missing");
	if (mode && streq(mode, "strict"))
		return err_set(
			err, ERR_UNSUPPORTED, EOPNOTSUPP,
			"--manage-cgroups-mode strict: criu wants to create all cgroups, but "
			"the container's exist already, with the limits of config.json");
	return 0;
}

/* NULL without children, or if they cannot be read. */
static char **list_children(void)
{
	_cleanup_free_ char *text = NULL;

	if (file_read(AT_FDCWD, "/proc/thread-self/children", CHILDREN_MAX, &text, NULL) < 0)
		return NULL;
	return strv_split(text, " ");
}

/* masu-systemd becomes one of the children that undo() leaves alone: it undoes a scope. */
static int prepare_cgroup(struct restore *l, struct masu_error *err)
{
	int r = cgroup_prepare(l->plan->cgroup, &l->cgroup_job, err);

	strv_free(l->children);
	l->children = list_children();
	return r;
}

static int make_places(struct restore *l, struct masu_error *err)
{
	const struct container_plan *plan = l->plan;

	return checkpoint_make_mount_points(plan->spec, plan->bundle, plan->root_dir, err);
}

static int start_criu(struct restore *l, struct masu_error *err)
{
	const struct checkpoint *c = l->checkpoint;

	/* The directory of the images must exist. */
	int r = streq(c->work, c->images) ? 0 : path_mkdir_all(c->work, 0700);
	if (r < 0)
		return err_sys(err, r, "create the directory of criu's log '%s'", c->work);
	l->context = (struct criu_context){
		.root = l->plan->root_dir,
		.dirs = {c->images, c->work},
		.keyring = l->plan->new_keyring ? l->plan->id : NULL,
		.no_new_privs = l->plan->spec->process->no_new_privileges,
		/* criu restores the namespace with the groups, or leaves both alone. */
		.new_cgroupns = c->manage_cgroups && streq(c->manage_cgroups, "ignore") &&
				oci_namespace_is_new(&l->plan->spec->namespaces[OCI_NS_CGROUP]),
		.pass = l->inherited.namespaces,
		.n_pass = OCI_NS_MAX,
	};
	return criu_start(&l->context, &l->criu, err);
}

static int open_images(struct restore *l, struct masu_error *err)
{
	const struct checkpoint *c = l->checkpoint;

	l->dirs.images = TAKE_FD(l->criu.dirs[0]);
	l->dirs.work = TAKE_FD(l->criu.dirs[1]);
	int r = checkpoint_check_dirs(c, &l->dirs, err);
	return r == 0 ? checkpoint_read_streams(c, l->dirs.images, l->inherited.streams, err) : r;
}

static int place_criu(struct restore *l, struct masu_error *err)
{
	const struct container_plan *plan = l->plan;
	pid_t pid = l->criu.child.pid;
	int r = cgroup_begin(l->cgroup_job, &pid, 1, err);

	l->c.notice = cgroup_take_notice(l->cgroup_job);
	if (r == 0)
		r = cgroup_finish(l->cgroup_job, pid, &l->c.cgroup, err);
	if (r < 0 || !plan->spec->intel_rdt.wanted)
		return r;
	_cleanup_close_ int root = resctrl_open(err);
	return root < 0 ? root : resctrl_enter(root, &plan->spec->intel_rdt, plan->id, pid, err);
}

static int enter_namespace(pid_t pid, const char *name, struct masu_error *err)
{
	char path[48];

	(void)snprintf(path, sizeof(path), "/proc/%d/ns/%s", pid, name);
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, 0) < 0)
		return err_sys(err, errno, "enter the container's %s namespace", name);
	return 0;
}

/* In a child that exits after it. */
static int set_up_network(void *arg, struct masu_error *err)
{
	static const char *const names[] = {"net", "ipc", "uts"};
	const struct restore *l = arg;
	const struct birth birth = BIRTH_INIT;
	struct init init = INIT_NEW;

	init.plan = l->plan;
	init.spec = l->plan->spec;
	init.birth = &birth;
	int r = init_open_kernel(&init, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		r = enter_namespace(l->c.init, names[i], err);
		if (r < 0)
			return r;
	}
	r = init_prepare_network(&init, err);
	return r < 0 ? r : init_set_sysctl(&init, err);
}

/* A new network namespace is empty: it is set up as by a start. */
static int prepare_network(struct restore *l, struct masu_error *err)
{
	const struct oci_namespace *net = &l->plan->spec->namespaces[OCI_NS_NETWORK];
	const struct idmap none = {0};

	return oci_namespace_is_new(net) ? userns_run(&none, 0, set_up_network, l, err) : 0;
}

static int run_hooks(struct restore *l, struct masu_error *err)
{
	const struct container_plan *plan = l->plan;
	_cleanup_free_ char *state = NULL;

	l->hooked = true;
	return hooks_run_creating(plan->spec, plan->id, plan->bundle, l->c.init, &state, err);
}

/* Init exists, in its namespaces, and is stopped. */
static int take_init(struct restore *l, pid_t pid, struct masu_error *err)
{
	struct container *c = &l->c;
	int fd = pid > 0 ? pidfd_new(pid) : -ESRCH;
	int r = fd < 0 ? fd : pid_start_time(pid, &c->init_start_time);

	if (fd >= 0) {
		c->init = pid;
		c->init_pidfd = fd;
	}
	if (r < 0)
		return err_sys(err, r, "find the restored init");
	r = prepare_network(l, err);
	if (r == 0 && l->plan->made)
		r = l->plan->made(l->plan->made_arg, c, err);
	return r == 0 ? run_hooks(l, err) : r;
}

static int handle(void *arg, struct criu_notice *notice, struct masu_error *err)
{
	struct restore *l = arg;

	if (streq(notice->name, "setup-namespaces")) {
		int r = take_init(l, notice->pid, err);

		l->refused = r < 0;
		return r;
	}
	if (streq(notice->name, "orphan-pts-master") && notice->fd >= 0) {
		fd_close(&l->c.console);
		l->c.console = TAKE_FD(notice->fd);
	}
	return 0;
}

static int ask(struct restore *l, struct masu_error *err)
{
	_cleanup_strbuf_ struct strbuf options = STRBUF_INIT;
	pid_t pid = 0;
	const struct checkpoint_restore from = {
		.plan = l->plan,
		.checkpoint = l->checkpoint,
		.dirs = &l->dirs,
		.inherited = &l->inherited,
		.criu = l->criu.child.pid,
	};
	const struct criu_request request = {CRIU_RESTORE, &options, handle, l};
	int r = checkpoint_restore_options(&from, &options, err);

	if (r < 0)
		return r;
	r = criu_ask(&l->criu, &request, &pid, err);
	if (r == -EIO && !l->refused)
		return checkpoint_report_failure(l->checkpoint, l->dirs.work,
						 CHECKPOINT_RESTORE_LOG, err);
	if (r == 0 && (pid != l->c.init || pid <= 0))
		return err_set(err, ERR_INTERNAL, EPROTO, "criu restored process %d, and not %d",
			       pid, l->c.init);
	return r;
}

/*
 * The processes that a killed criu left: init is the launcher's child. Other children may date from
 * before the launcher executed masu-oci.
 */
static void kill_new_children(char *const *old)
{
	_cleanup_strv_ char **all = list_children();

	STRV_FOREACH(word, all) {
		uint32_t pid;

		if ((old && strv_contains(old, *word)) || str_to_uint32(*word, &pid) < 0 ||
		    kill((pid_t)pid, SIGKILL) < 0)
			continue;
		(void)proc_wait((pid_t)pid); /* so that its cgroup is empty */
	}
}

static void restore_done(struct restore *l)
{
	criu_done(&l->criu);
	cgroup_job_free(l->cgroup_job);
	checkpoint_dirs_done(&l->dirs);
	strv_free(l->children);
	for (int i = 0; i < 3; i++)
		free(l->inherited.streams[i]);
	for (int i = 0; i < OCI_NS_MAX; i++)
		fd_close(&l->inherited.namespaces[i]);
}

static void undo(struct restore *l)
{
	const struct container_plan *plan = l->plan;

	criu_done(&l->criu);
	kill_new_children(l->children);
	/* The processes that don't end with init. */
	if (l->c.cgroup && !oci_namespace_is_new(&plan->spec->namespaces[OCI_NS_PID]))
		(void)cgroup_kill(l->c.cgroup, NULL); /* the first error counts */
	l->c.init = 0;
	container_abort(&l->c);
	container_done(&l->c);
	cgroup_job_abort(TAKE_PTR(l->cgroup_job));
	(void)resctrl_leave(&plan->spec->intel_rdt, plan->id, NULL); /* likewise */
	if (l->hooked)
		hooks_run_poststop(plan->spec, plan->id, plan->bundle);
}

static int restore(struct restore *l, struct masu_error *err)
{
	int r = check(l, err);

	if (r < 0)
		return r;
	r = prepare_cgroup(l, err);
	if (r < 0)
		return r;
	r = open_namespaces(l, err);
	if (r < 0)
		return r;
	r = start_criu(l, err);
	if (r < 0)
		return r;
	r = open_images(l, err);
	if (r < 0)
		return r;
	r = make_places(l, err);
	if (r < 0)
		return r;
	r = place_criu(l, err);
	return r < 0 ? r : ask(l, err);
}

int container_restore(const struct container_plan *plan, const struct checkpoint *checkpoint,
		      struct container *ret, struct masu_error *err)
{
	struct restore l = {
		.plan = plan,
		.checkpoint = checkpoint,
		.c = CONTAINER_INIT,
		.criu = CRIU_INIT,
		.dirs = CHECKPOINT_DIRS_INIT,
		.children = list_children(),
	};

	for (int i = 0; i < OCI_NS_MAX; i++)
		l.inherited.namespaces[i] = -1;
	int r = restore(&l, err);
	if (r < 0)
		undo(&l);
	else
		*ret = l.c;
	restore_done(&l);
	return r;
}
