/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/userns.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/channel.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/proc.h"
#include "linux/compat.h"

enum { MESSAGE_MAPPED = 1, MESSAGE_DONE };

/* The effect of CLONE_CLEAR_SIGHAND. */
static void clear_handlers(void)
{
	struct sigaction action;

	for (int n = 1; n < _NSIG; n++)
		if (sigaction(n, NULL, &action) == 0 && action.sa_handler != SIG_IGN &&
		    action.sa_handler != SIG_DFL)
			(void)signal(n, SIG_DFL); /* two that libc keeps to itself can't have one */
}

/* The effect of CLONE_INTO_CGROUP, except for the first instants. */
static int enter_cgroup(int fd)
{
	return file_write_value(fd, "cgroup.procs", "0");
}

/*
 * In the child nothing of the caller's has run when the rest is done; no signal arrives before its
 * handlers are gone.
 */
static pid_t clone_legacy(const struct clone_args *args, int cgroup_fd)
{
	uint64_t flags = args->flags & ~(uint64_t)(CLONE_CLEAR_SIGHAND | CLONE_INTO_CGROUP);
	sigset_t all, saved;

	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, &saved);
	long pid = CLONE_LEGACY(flags | args->exit_signal, args->pidfd);
	int code = errno;
	if (pid == 0 && args->flags & CLONE_CLEAR_SIGHAND)
		clear_handlers();
	if (pid == 0 && cgroup_fd >= 0 && enter_cgroup(cgroup_fd) < 0)
		_exit(1);
	(void)sigprocmask(SIG_SETMASK, &saved, NULL);
	return pid < 0 ? -code : (pid_t)pid;
}

static pid_t clone_by(struct clone_args *args, int cgroup_fd)
{
	if (cgroup_fd >= 0) {
		args->flags |= CLONE_INTO_CGROUP;
		args->cgroup = (uint64_t)cgroup_fd;
	}
	long pid = syscall(SYS_clone3, args, sizeof(*args));

	if (pid < 0 && errno == ENOSYS)
		return clone_legacy(args, cgroup_fd);
	return pid < 0 ? -errno : (pid_t)pid;
}

pid_t userns_clone(unsigned long flags, int cgroup_fd)
{
	struct clone_args args = {.flags = flags, .exit_signal = SIGCHLD};

	return clone_by(&args, cgroup_fd);
}

pid_t userns_clone_pidfd(unsigned long flags, int exit_signal, int cgroup_fd, int *ret_pidfd)
{
	int pidfd = -1;
	struct clone_args args = {.flags = flags | CLONE_PIDFD,
				  .exit_signal = (uint64_t)exit_signal,
				  .pidfd = (uint64_t)(uintptr_t)&pidfd};
	pid_t pid = clone_by(&args, cgroup_fd);

	if (pid > 0)
		*ret_pidfd = pidfd;
	return pid;
}

static int become_root(const struct idmap *map, struct masu_error *err)
{
	if (!map->userns)
		return 0;
	/* Where setgroups is denied the caller's own groups stay, which is what the kernel wants. */
	if (setgroups(0, NULL) < 0 && errno != EPERM)
		return err_sys(err, errno, "drop supplementary groups");
	if (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
		return err_sys(err, errno, "become root of the user namespace");
	return 0;
}

/* In a pid namespace of its own a child sees no parent, but the end of the channel. */
static bool has_parent(pid_t parent, int channel)
{
	struct pollfd p = {.fd = channel};

	return getppid() == parent || poll(&p, 1, 0) == 0 || !(p.revents & POLLHUP);
}

static int run_child(const struct idmap *map, pid_t parent, int channel, userns_fn fn, void *arg,
		     struct masu_error *err)
{
	_cleanup_channel_message_ struct channel_message m = CHANNEL_MESSAGE_INIT;
	int r = channel_receive(channel, &m);

	if (r < 0 || m.type != MESSAGE_MAPPED)
		return err_set(err, ERR_INTERNAL, ECONNRESET, "the parent went away");
	r = become_root(map, err);
	if (r < 0)
		return r;
	/* After the ids have changed, since that clears it. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return err_sys(err, errno, "set the parent-death signal");
	/* The signal comes for a death from now on alone. */
	if (!has_parent(parent, channel))
		return err_set(err, ERR_INTERNAL, ECONNRESET, "the parent went away");
	return fn(arg, err);
}

_noreturn_ static void child_main(const struct idmap *map, pid_t parent, int channel, userns_fn fn,
				  void *arg)
{
	_cleanup_err_ struct masu_error err = ERR_INIT;
	int r = run_child(map, parent, channel, fn, arg, &err);

	/* The parent tells a failed send from the channel's end. */
	if (r < 0)
		(void)channel_send_err(channel, &err);
	else
		(void)channel_send(channel, MESSAGE_DONE, NULL, 0, -1);
	_exit(r < 0 ? 1 : 0);
}

const char *userns_chroot_hint(void)
{
	struct statx st;
	bool chrooted = statx(AT_FDCWD, "/", 0, 0, &st) == 0 &&
			st.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT &&
			!(st.stx_attributes & STATX_ATTR_MOUNT_ROOT);

	return chrooted ? "the kernel makes no user namespace in a chroot; enter the directory by "
			  "systemd-nspawn(1) instead, or run containers as its root"
			: NULL;
}

static int explain_clone(int code, struct masu_error *err)
{
	int r = err_sys(err, code, "make a user namespace");
	const char *chroot_hint = code == -EPERM ? userns_chroot_hint() : NULL;

	if (chroot_hint)
		(void)err_hint(err, "%s", chroot_hint);
	else if (code == -EPERM || code == -EACCES)
		(void)err_hint(err, "the system forbids it; see: sysctl user.max_user_namespaces "
				    "kernel.unprivileged_userns_clone "
				    "kernel.apparmor_restrict_unprivileged_userns");
	else if (code == -ENOSPC)
		(void)err_hint(err, "raise it: sudo sysctl user.max_user_namespaces=15000");
	return r;
}

/* The child waits for its id map. */
static int let_go(const struct idmap *map, const struct userns_child *child, struct masu_error *err)
{
	struct idmap_job job = IDMAP_JOB_INIT;

	if (map->userns) {
		int r = idmap_write_begin(map, child->pid, &job, err);
		if (r < 0)
			return r;
		r = idmap_write_finish(&job, err);
		if (r < 0)
			return r;
	}
	int r = channel_send(child->channel, MESSAGE_MAPPED, NULL, 0, -1);
	return r < 0 ? err_sys(err, r, "start a child in the user namespace") : 0;
}

int userns_spawn(const struct idmap *map, unsigned long flags, userns_fn fn, void *arg,
		 struct userns_child *ret, struct masu_error *err)
{
	_cleanup_close_ int ours = -1, theirs = -1;
	pid_t parent = getpid();
	int r = channel_pair(&ours, &theirs);

	if (r < 0)
		return err_sys(err, r, "make a socket pair");
	pid_t pid = userns_clone(flags | (map->userns ? CLONE_NEWUSER : 0), -1);
	if (pid < 0)
		return explain_clone(pid, err);
	if (pid == 0) {
		fd_close(&ours);
		*ret = (struct userns_child){.channel = theirs};
		child_main(map, parent, theirs, fn, arg);
	}
	fd_close(&theirs);
	struct userns_child child = {.pid = pid, .channel = TAKE_FD(ours)};
	r = let_go(map, &child, err);
	if (r < 0) {
		userns_kill(&child);
		return r;
	}
	*ret = child;
	return 0;
}

int userns_wait(struct userns_child *child, struct masu_error *err)
{
	_cleanup_channel_message_ struct channel_message m = CHANNEL_MESSAGE_INIT;
	int said = channel_receive(child->channel, &m);
	int status = proc_wait(child->pid);

	fd_close(&child->channel);
	child->pid = 0;
	if (said == 0 && m.type == CHANNEL_ERROR)
		return channel_to_err(&m, err);
	if (said == 0 && m.type == MESSAGE_DONE && status == 0)
		return 0;
	return err_set(err, ERR_INTERNAL, ECHILD, "the child process ended with status %d", status);
}

void userns_kill(struct userns_child *child)
{
	if (child->pid > 0) {
		(void)kill(child->pid, SIGKILL);
		(void)proc_wait(child->pid);
		child->pid = 0;
	}
	fd_close(&child->channel);
}

int userns_run(const struct idmap *map, unsigned long flags, userns_fn fn, void *arg,
	       struct masu_error *err)
{
	struct userns_child child = USERNS_CHILD_INIT;
	int r = userns_spawn(map, flags, fn, arg, &child, err);

	return r < 0 ? r : userns_wait(&child, err);
}

static int open_namespace(pid_t pid)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/ns/user", pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int userns_new(const struct idmap *map, struct masu_error *err)
{
	struct idmap_job job = IDMAP_JOB_INIT;
	pid_t self = getpid();
	pid_t pid = userns_clone(CLONE_NEWUSER, -1);

	if (pid < 0)
		return err_sys(err, pid, "make a user namespace");
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* known to the kernel since 2.1.57 */
		while (getppid() == self)		/* it may have died before */
			(void)pause();			/* until it is killed below */
		_exit(1);
	}
	int r = idmap_write_begin(map, pid, &job, err);
	if (r == 0)
		r = idmap_write_finish(&job, err);
	int fd = r < 0 ? r : open_namespace(pid);
	(void)kill(pid, SIGKILL);
	(void)proc_wait(pid);
	return r < 0 || fd >= 0 ? fd : err_sys(err, fd, "open a user namespace");
}
