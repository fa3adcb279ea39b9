/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/fuse.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>

#include "base/fd.h"
#include "base/pidfd.h"
#include "base/proc.h"
#include "base/signals.h"
#include "linux/userns.h"

#define SAID_MAX 4096

static int find_program(char **ret, struct masu_error *err)
{
	_cleanup_free_ char *path = proc_find_helper("fuse-overlayfs");

	if (!path) {
		(void)err_set(err, ERR_UNAVAILABLE, ENOENT, "fuse-overlayfs is not installed");
		return err_hint(err, "install it: sudo apt install fuse-overlayfs");
	}
	if (device_check("/dev/fuse", "fuse", NULL, err) < 0)
		return err_prefix(err, "fuse-overlayfs");
	*ret = TAKE_PTR(path);
	return 0;
}

/* Runs in the child. Its stderr becomes part of the launcher's error. */
_noreturn_ static void exec_fuse(const char *program, char *const *argv, int userns_fd,
				 int mntns_fd, int said, pid_t parent)
{
	static char *const env[] = {(char *)"PATH=/usr/bin:/bin", NULL};
	_cleanup_close_ int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	signals_reset();     /* the launcher blocks most */
	(void)setpgid(0, 0); /* Ctrl-C would remove the container's root */
	(void)dup2(null, STDIN_FILENO);
	(void)dup2(null, STDOUT_FILENO);
	(void)dup2(said, STDERR_FILENO);
	if (userns_fd >= 0 && setns(userns_fd, CLONE_NEWUSER) < 0)
		perror("enter the user namespace");
	else if (setns(mntns_fd, CLONE_NEWNS) < 0)
		perror("enter the mount namespace");
	/* A copy: init's pivot would move the root of every process in init's own. */
	else if (unshare(CLONE_NEWNS) < 0)
		perror("copy the mount namespace");
	else if (userns_fd >= 0 && (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0))
		perror("become root");
	/* After the ids, which clear it. */
	else if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || fd_cloexec_from(3) < 0)
		perror("prepare");
	else if (getppid() == parent) /* otherwise it died before */
		(void)execve(program, argv, env);
	_exit(127);
}

int fuse_overlay_start(const struct overlay *overlay, const char *target, int userns_fd,
		       int mntns_fd, struct fuse_overlay *ret, struct masu_error *err)
{
	_cleanup_free_ char *program = NULL, *options = NULL;
	_cleanup_close_ int reader = -1, writer = -1;
	int pipe_fds[2];
	int r = find_program(&program, err);

	if (r < 0)
		return r;
	options = overlay_fuse_options(overlay);
	if (!options)
		return err_sys(err, ENOMEM, "start fuse-overlayfs");
	char *argv[] = {(char *)"fuse-overlayfs", (char *)"-f", (char *)"-o", options,
			(char *)target,		  NULL};
	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		return err_sys(err, errno, "make a pipe");
	reader = pipe_fds[0];
	writer = pipe_fds[1];
	pid_t self = getpid();
	pid_t pid = userns_clone(0, -1);
	if (pid < 0)
		return err_sys(err, pid, "start fuse-overlayfs");
	if (pid == 0)
		exec_fuse(program, argv, userns_fd, mntns_fd, writer, self);
	*ret = (struct fuse_overlay){
		.pid = pid, .pidfd = pidfd_new(pid), .said_fd = TAKE_FD(reader)};
	return 0;
}

int fuse_overlay_check(const struct fuse_overlay *fuse, int channel, struct masu_error *err)
{
	/* Without pidfds its end is that of what it says. */
	bool tells = pidfd_polls(fuse->pidfd);
	struct pollfd fds[] = {
		{.fd = channel, .events = POLLIN},
		{.fd = tells ? fuse->pidfd : fuse->said_fd, .events = tells ? POLLIN : 0}};
	char said[SAID_MAX] = "";

	if (fuse->pid <= 0)
		return 0;
	while (poll(fds, ARRAY_SIZE(fds), -1) < 0)
		if (errno != EINTR)
			return err_sys(err, errno, "wait for fuse-overlayfs");
	if (!fds[1].revents)
		return 0;
	ssize_t n = read(fuse->said_fd, said, sizeof(said) - 1);
	said[n > 0 ? n : 0] = 0;
	said[strcspn(said, "\n")] = 0;
	return err_set(err, ERR_UNAVAILABLE, EIO, "fuse-overlayfs failed: %s",
		       *said ? said : "it said nothing");
}

void fuse_overlay_stop(struct fuse_overlay *fuse)
{
	if (fuse->pid > 0) {
		(void)kill(fuse->pid, SIGKILL); /* our child and not reaped, so the pid is its */
		(void)proc_wait(fuse->pid);
	}
	fd_close(&fuse->pidfd);
	fd_close(&fuse->said_fd);
	*fuse = FUSE_OVERLAY_INIT;
}
