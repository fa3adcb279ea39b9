/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/fuse.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "base/fd.h"
#include "base/pidfd.h"
#include "base/proc.h"
#include "base/signals.h"
#include "linux/userns-clone.h"
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

struct preparation {
	char *program, *options;
	int reader, writer; /* a pipe for its stderr */
};
#define PREPARATION_INIT ((struct preparation){.reader = -1, .writer = -1})

static void preparation_done(struct preparation *p)
{
	free(p->program);
	free(p->options);
	fd_close(&p->reader);
	fd_close(&p->writer);
}

/* After an error, too, the caller calls preparation_done(). */
static int prepare(const struct overlay *overlay, struct preparation *p, struct masu_error *err)
{
	int pipe_fds[2], r = find_program(&p->program, err);

	if (r < 0)
		return r;
	p->options = overlay_fuse_options(overlay);
	if (!p->options)
		return err_oom(err);
	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		return err_sys(err, errno, "create a pipe");
	p->reader = pipe_fds[0];
	p->writer = pipe_fds[1];
	return 0;
}

/* Its stderr becomes part of the launcher's error. */
static void set_streams(int said)
{
	_cleanup_close_ int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	signals_reset();     /* the launcher blocks most */
	(void)setpgid(0, 0); /* Ctrl-C would remove the container's root */
	(void)dup2(null, STDIN_FILENO);
	(void)dup2(null, STDOUT_FILENO);
	(void)dup2(said, STDERR_FILENO);
}

static char *const environment[] = {(char *)"PATH=/usr/bin:/bin", NULL};

/* Runs in the child. */
_noreturn_ static void exec_fuse(const char *program, char *const *argv, int userns_fd,
				 int mntns_fd, int said, pid_t parent)
{
	set_streams(said);
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
		(void)execve(program, argv, environment);
	_exit(127);
}

struct server {
	const char *program, *options;
	int fuse_fd, said;
};

/* A userns_fn: returns only after a failure. */
static int exec_server(void *arg, struct masu_error *err)
{
	const struct server *s = arg;
	char mount[32];
	char *argv[] = {(char *)"fuse-overlayfs", (char *)"-f", (char *)"-o",
			(char *)s->options,	  mount,	NULL};

	/* libfuse takes this name for a mount that exists. */
	(void)snprintf(mount, sizeof(mount), "/dev/fd/%d", s->fuse_fd);
	set_streams(s->said);
	if (fd_cloexec_from(3) < 0 || fd_set_cloexec(s->fuse_fd, false) < 0)
		return err_sys(err, errno, "prepare fuse-overlayfs");
	(void)execve(s->program, argv, environment);
	return err_sys(err, errno, "execute \"%s\"", s->program);
}

int fuse_overlay_serve(const struct overlay *overlay, const struct idmap *files, int fuse_fd,
		       struct fuse_overlay *ret, struct masu_error *err)
{
	_cleanup_(preparation_done) struct preparation p = PREPARATION_INIT;
	struct userns_child child = USERNS_CHILD_INIT;
	int r = prepare(overlay, &p, err);

	if (r < 0)
		return r;
	struct server server = {
		.program = p.program, .options = p.options, .fuse_fd = fuse_fd, .said = p.writer};
	r = userns_spawn(files, 0, exec_server, &server, &child, err);
	if (r < 0)
		return r;
	fd_close(&child.channel);
	*ret = (struct fuse_overlay){
		.pid = child.pid, .pidfd = pidfd_new(child.pid), .said_fd = TAKE_FD(p.reader)};
	return 0;
}

int fuse_overlay_start(const struct overlay *overlay, const char *target, int userns_fd,
		       int mntns_fd, struct fuse_overlay *ret, struct masu_error *err)
{
	_cleanup_(preparation_done) struct preparation p = PREPARATION_INIT;
	int r = prepare(overlay, &p, err);

	if (r < 0)
		return r;
	char *argv[] = {(char *)"fuse-overlayfs", (char *)"-f", (char *)"-o", p.options,
			(char *)target,		  NULL};
	pid_t self = getpid();
	pid_t pid = userns_clone(0, -1);
	if (pid < 0)
		return err_sys(err, pid, "start fuse-overlayfs");
	if (pid == 0)
		exec_fuse(p.program, argv, userns_fd, mntns_fd, p.writer, self);
	*ret = (struct fuse_overlay){
		.pid = pid, .pidfd = pidfd_new(pid), .said_fd = TAKE_FD(p.reader)};
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
