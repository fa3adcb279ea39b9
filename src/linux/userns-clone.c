/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/userns-clone.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/file.h"
#include "linux/compat.h"

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

/* A chroot(2) to the root of a mount is not noticed. */
static bool is_chrooted(void)
{
	struct statx st;

	return statx(AT_FDCWD, "/", 0, 0, &st) == 0 &&
	       st.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT &&
	       !(st.stx_attributes & STATX_ATTR_MOUNT_ROOT);
}

const char *userns_hint(int code)
{
	if (code == -EPERM && is_chrooted())
		return "the kernel makes no user namespace in a chroot; enter the directory by "
		       "systemd-nspawn(1) instead, or run containers as its root";
	switch (code) {
	case -EPERM:
	case -EACCES:
		return "the system forbids user namespaces; see: sysctl user.max_user_namespaces "
		       "kernel.unprivileged_userns_clone kernel.apparmor_restrict_unprivileged_userns";
	case -ENOSPC:
	case -EUSERS:
		return "too many namespaces; the limits are: sysctl "
		       "user.max_{user,net,mnt,pid,ipc,uts}_namespaces";
	default:
		return NULL;
	}
}

int userns_explain(int code, struct masu_error *err)
{
	const char *hint = userns_hint(code);
	int r = err_sys(err, code, "create a user namespace");

	return hint ? err_hint(err, "%s", hint) : r;
}

pid_t userns_clone_idle(struct masu_error *err)
{
	pid_t self = getpid();
	pid_t pid = userns_clone(CLONE_NEWUSER, -1);

	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* known to the kernel since 2.1.57 */
		while (getppid() == self)		/* it may have died before */
			(void)pause();			/* until it is killed */
		_exit(1);
	}
	return pid < 0 ? userns_explain(pid, err) : pid;
}
