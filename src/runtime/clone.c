/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A namespace that is given by path belongs to a user namespace in which the caller has privileges. The container's
 * new user namespace has none over it, so it must be joined before that one is made. A joined pid namespace holds
 * only the children that are cloned after. So a child of the launcher, the joiner, enters all given namespaces and
 * then clones init as its own sibling (CLONE_PARENT).
 *
 * The user namespace of a container below the holder's (holder.h) is created in the same way: the joiner enters the
 * holder's, clones init, and writes init's maps, because that takes privileges over the namespace above.
 *
 * A mount namespace is joined only while no process is in it (a file holds it, as unshare(1) --mount=FILE makes
 * it): pivot_root(2) changes the root of all its processes and detaches their mounts, and chroot(2), which does not,
 * is not a security boundary.
 */

#include "runtime/clone.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "base/channel.h"
#include "base/fd.h"
#include "base/pidfd.h"
#include "base/proc.h"
#include "base/str.h"
#include "linux/namespaces.h"
#include "linux/userns-clone.h"
#include "runtime/holder.h"
#include "runtime/init/init.h"

enum { JOINER_CLONED = 1, JOINER_MAPPED };

/*
 * Init makes the cgroup namespace when it is in its cgroup, the time namespace when its offsets can be written
 * (init/enter.c), and the IPC namespace, whose creator owns /dev/mqueue, when it is root.
 */
static bool is_made_by_init(const struct oci_spec *spec, int type)
{
	return type == OCI_NS_CGROUP || type == OCI_NS_TIME ||
	       (type == OCI_NS_IPC && oci_namespace_is_new(&spec->namespaces[OCI_NS_USER]));
}

/* No signal handler of the launcher may run in init. */
static unsigned long clone_flags(const struct oci_spec *spec, const struct birth *birth)
{
	unsigned long flags = CLONE_CLEAR_SIGHAND;

	for (int i = 0; i < OCI_NS_MAX; i++)
		if (oci_namespace_is_new(&spec->namespaces[i]) && !is_made_by_init(spec, i) &&
		    (i != OCI_NS_NETWORK || birth->network))
			flags |= (unsigned long)oci_namespace_flag(i);
	return flags;
}

static int explain(const struct oci_spec *spec, int code, struct masu_error *err)
{
	int r = err_sys(err, code, "create the container's namespaces");

	if (code == -EPERM && !spec->namespaces[OCI_NS_USER].wanted)
		return err_hint(err, "without root, config.json needs a user namespace; "
				     "`masu-oci spec --rootless` writes one that has it");
	const char *hint = userns_hint(code);
	return hint ? err_hint(err, "%s", hint) : r;
}

static int refuse_inhabited(const char *path, const char *member, struct masu_error *err)
{
	(void)err_set(err, ERR_UNSUPPORTED, EBUSY,
		      "linux.namespaces: cannot join the mount namespace '%s': %s is in it, "
		      "whose root would become the container's",
		      path, member);
	return err_hint(err, "use one without processes: unshare --mount=FILE true");
}

/*
 * The lock excludes another joiner: it is held until this one is a member itself, which the next one sees. It is
 * not waited for, as any process that may open the file can lock it.
 */
static int check_deserted(const char *path, int fd, struct masu_error *err)
{
	struct stat st;
	char member[32] = "the holder of its lock";
	pid_t pid;
	int r = flock(fd, LOCK_EX | LOCK_NB) < 0 || fstat(fd, &st) < 0
			? -errno
			: namespaces_find_member(&st, "mnt", &pid);

	if (r > 0)
		(void)snprintf(member, sizeof(member), "process %d", (int)pid);
	if (r > 0 || r == -EWOULDBLOCK)
		return refuse_inhabited(path, member, err);
	return r < 0 ? err_sys(err, r, "find the processes in the mount namespace '%s'", path) : 0;
}

static int open_given(const struct oci_namespace *ns, int type, struct masu_error *err)
{
	int fd = open(ns->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	return fd < 0 ? err_sys(err, errno, "open the %s namespace '%s'", oci_namespace_name(type),
				ns->path)
		      : fd;
}

/* The kernel refuses a namespace of another type. */
static int enter_given(const struct oci_namespace *ns, int type, int fd, struct masu_error *err)
{
	return setns(fd, oci_namespace_flag(type)) < 0
		       ? err_sys(err, errno, "join the %s namespace '%s'", oci_namespace_name(type),
				 ns->path)
		       : 0;
}

static int join(const struct oci_namespace *ns, int type, struct masu_error *err)
{
	_cleanup_close_ int fd = open_given(ns, type, err);

	return fd < 0 ? fd : enter_given(ns, type, fd, err);
}

static const enum oci_namespace_type join_order[] = {
	OCI_NS_PID, OCI_NS_NETWORK, OCI_NS_IPC, OCI_NS_UTS, OCI_NS_CGROUP, OCI_NS_TIME,
};

/*
 * A namespace may belong to the host, or to another user namespace than the joined one: the caller may have
 * privileges over it now, and not from inside. Namespaces that need the privileges of the user namespace fail here
 * and come later.
 */
static void join_before_user(const struct oci_namespace *all, bool joined[OCI_NS_MAX])
{
	for (size_t i = 0; i < ARRAY_SIZE(join_order); i++) {
		enum oci_namespace_type type = join_order[i];

		if (all[type].path)
			joined[type] = join(&all[type], type, NULL) == 0;
	}
}

/* The namespaces other than user and mount that are not joined yet. */
static int join_rest(const struct oci_namespace *all, const bool joined[OCI_NS_MAX],
		     struct masu_error *err)
{
	static_assert(ARRAY_SIZE(join_order) + 2 == OCI_NS_MAX, "each type has its turn");

	for (size_t i = 0; i < ARRAY_SIZE(join_order); i++) {
		enum oci_namespace_type type = join_order[i];

		if (!all[type].path || joined[type])
			continue;
		int r = join(&all[type], type, err);
		if (r < 0)
			return r;
	}
	return 0;
}

/*
 * The mount namespace is entered last, as paths are the runtime's. Its members are looked for first, as root of a
 * user namespace sees no process of the host.
 */
static int join_all(const struct oci_spec *spec, struct masu_error *err)
{
	const struct oci_namespace *all = spec->namespaces, *mount = &all[OCI_NS_MOUNT];
	_cleanup_close_ int mount_fd = -1;
	bool joined[OCI_NS_MAX] = {false};
	int r;

	if (mount->path) {
		mount_fd = open_given(mount, OCI_NS_MOUNT, err);
		if (mount_fd < 0)
			return mount_fd;
		r = check_deserted(mount->path, mount_fd, err);
		if (r < 0)
			return r;
	}
	if (all[OCI_NS_USER].path) {
		join_before_user(all, joined);
		r = join(&all[OCI_NS_USER], OCI_NS_USER, err);
		if (r < 0)
			return r;
	}
	r = join_rest(all, joined, err);
	if (r < 0 || !mount->path)
		return r;
	return enter_given(mount, OCI_NS_MOUNT, mount_fd, err);
}

/* CLONE_PARENT takes the exit signal from the joiner, so none may be given. */
pid_t clone_sibling(unsigned long flags, int *ret_pidfd)
{
	return userns_clone_pidfd(flags | CLONE_PARENT, 0, -1, ret_pidfd);
}

void clone_kill(pid_t pid, int pidfd)
{
	/* Without a pidfd, before Linux 5.2, the number has to do. */
	(void)(pidfd >= 0 ? pidfd_kill(pidfd, SIGKILL) : kill(pid, SIGKILL));
}

/*
 * Processes in the joined namespaces may see the joiner and init from the first instant, and trace them from the
 * same user namespace. In a new user namespace init is out of reach until it closes itself, and has to be open to
 * newuidmap.
 */
static int close_to_members(const struct oci_spec *spec, struct masu_error *err)
{
	if (oci_namespace_is_new(&spec->namespaces[OCI_NS_USER]))
		return 0;
	return prctl(PR_SET_DUMPABLE, 0) < 0 ? err_sys(err, errno, "close init to tracing") : 0;
}

static int join_holder(const struct holder *holder, struct masu_error *err)
{
	return setns(holder->userns_fd, CLONE_NEWUSER) < 0
		       ? err_sys(err, errno, "enter the holder's user namespace")
		       : 0;
}

/* Init waits for the launcher, and is killed by it after an error. */
static int map_init(const struct holder *holder, pid_t init, int report, struct masu_error *err)
{
	struct idmap_job job = IDMAP_JOB_INIT;
	int r = idmap_write_begin(&holder->map, init, &job, err);

	if (r < 0)
		return r;
	r = channel_send(report, JOINER_MAPPED, NULL, 0, -1);
	return r < 0 ? err_sys(err, r, "talk to the launcher") : 0;
}

/*
 * The copy of the mount namespace keeps the working directory, where init attaches its root: it may be unable to look up a
 * path there.
 */
static int enter_place(const struct container_plan *plan, struct masu_error *err)
{
	const char *path = plan->overlay ? plan->root_dir : plan->spec->root.path;

	if (plan->opener_map && chdir(path) < 0)
		return err_sys(err, errno, "enter '%s'", path);
	return 0;
}

/* Joins the given namespaces, clones init as the joiner's sibling and reports it to the launcher. */
static int clone_joined(const struct container_plan *plan, int report, int channel,
			const struct birth *birth, struct masu_error *err)
{
	int pidfd = -1, r = clone_set_oom_score(plan->spec->process, getpid(), err);

	if (r < 0)
		return r;
	r = close_to_members(plan->spec, err);
	if (r < 0)
		return r;
	r = enter_place(plan, err);
	if (r < 0)
		return r;
	r = birth->holder ? join_holder(birth->holder, err) : join_all(plan->spec, err);
	if (r < 0)
		return r;
	pid_t pid = clone_sibling(clone_flags(plan->spec, birth), &pidfd);
	if (pid == 0) {
		fd_close(&report);
		init_main(plan, channel, birth);
	}
	if (pid < 0)
		return explain(plan->spec, pid, err);
	if (channel_send(report, JOINER_CLONED, &pid, sizeof(pid), pidfd) < 0) {
		clone_kill(pid, pidfd); /* the launcher is gone */
		return 0;
	}
	return birth->holder ? map_init(birth->holder, pid, report, err) : 0;
}

_noreturn_ static void joiner_main(const struct container_plan *plan, int report, int channel,
				   const struct birth *birth)
{
	_cleanup_err_ struct masu_error err = ERR_INIT;
	int r = clone_joined(plan, report, channel, birth, &err);

	if (r < 0)
		(void)channel_send_err(report,
				       &err); /* if it fails, the launcher sees end-of-file */
	_exit(r < 0);
}

static pid_t receive_pid(int report, int *ret_pidfd, struct masu_error *err)
{
	_cleanup_channel_message_ struct channel_message m = CHANNEL_MESSAGE_INIT;
	int r = channel_receive(report, &m);
	pid_t pid;

	if (r < 0)
		return err_sys(err, r, "join namespaces");
	if (m.type == CHANNEL_ERROR)
		return channel_to_err(&m, err);
	memcpy(&pid, m.bytes, sizeof(pid));
	*ret_pidfd = TAKE_FD(m.fd);
	return pid;
}

static bool is_mapped(int report)
{
	_cleanup_channel_message_ struct channel_message m = CHANNEL_MESSAGE_INIT;

	return channel_receive(report, &m) == 0 && m.type == JOINER_MAPPED;
}

/* Clones a child into the group, if the kernel allows it. */
static pid_t clone_born(unsigned long flags, struct birth *birth, int *ret_pidfd)
{
	pid_t pid = userns_clone_pidfd(flags, SIGCHLD, birth->cgroup, ret_pidfd);

	if (pid >= 0 || birth->cgroup < 0)
		return pid;
	birth->cgroup = -1;
	return userns_clone_pidfd(flags, SIGCHLD, -1, ret_pidfd);
}

static pid_t clone_by_joiner(const struct container_plan *plan, int channel, int other_end,
			     struct birth *birth, int *ret_pidfd, struct masu_error *err)
{
	_cleanup_close_ int ours = -1, theirs = -1, pidfd = -1;
	int r = channel_pair(&ours, &theirs);

	if (r < 0)
		return err_sys(err, r, "create a socket pair");
	pid_t joiner = clone_born(0, birth, &pidfd); /* its init is born in its group */
	if (joiner < 0)
		return err_sys(err, joiner, "fork");
	if (joiner == 0) {
		fd_close(&other_end);
		fd_close(&ours);
		joiner_main(plan, theirs, channel, birth);
	}
	fd_close(&theirs);
	pid_t pid = receive_pid(ours, ret_pidfd, err);
	if (pid >= 0 && birth->holder && !is_mapped(ours)) {
		clone_kill(pid, *ret_pidfd);
		(void)proc_wait(pid);
		fd_close(ret_pidfd);
		pid = -EAGAIN;
	}
	(void)proc_wait(joiner); /* its messages have been received */
	return pid;
}

static bool joins(const struct oci_spec *spec)
{
	for (int i = 0; i < OCI_NS_MAX; i++)
		if (spec->namespaces[i].path)
			return true;
	return false;
}

int clone_set_oom_score(const struct oci_process *process, pid_t pid, struct masu_error *err)
{
	int r = process->has_oom_score_adj ? proc_set_oom_score_adj(pid, process->oom_score_adj)
					   : 0;

	if (r == 0)
		return 0;
	(void)err_sys(err, r, "process.oomScoreAdj: %d", process->oom_score_adj);
	return r == -EACCES || r == -EPERM
		       ? err_hint(err, "only root may set it lower than the caller's own, which is "
				       "in /proc/self/oom_score_adj")
		       : r;
}

bool clone_can_leave_network(const struct container_plan *plan)
{
	const struct oci_namespace *all = plan->spec->namespaces;

	return oci_namespace_is_new(&all[OCI_NS_NETWORK]) && !all[OCI_NS_USER].wanted &&
	       !joins(plan->spec);
}

pid_t clone_init(const struct container_plan *plan, int channel, int other_end, struct birth *birth,
		 int *ret_pidfd, struct masu_error *err)
{
	if (joins(plan->spec)) {
		birth->holder = NULL;
		return clone_by_joiner(plan, channel, other_end, birth, ret_pidfd, err);
	}
	if (birth->holder) {
		pid_t pid = clone_by_joiner(plan, channel, other_end, birth, ret_pidfd, err);
		/* A joiner that was killed may have left an init that reads the channel. newuidmap cannot map lent ids. */
		if (pid >= 0 || pid == -ECONNRESET || plan->lent)
			return pid;
		err_done(err);
		birth->holder = NULL;
	}
	if (plan->opener_map)
		return clone_by_joiner(plan, channel, other_end, birth, ret_pidfd, err);
	pid_t pid = clone_born(clone_flags(plan->spec, birth), birth, ret_pidfd);
	if (pid == 0) {
		fd_close(&other_end);
		init_main(plan, channel, birth);
	}
	if (pid < 0)
		return explain(plan->spec, pid, err);
	int r = clone_set_oom_score(plan->spec->process, pid, err);
	if (r == 0)
		return pid;
	clone_kill(pid, *ret_pidfd);
	(void)proc_wait(pid);
	fd_close(ret_pidfd);
	return r;
}
