/* SPDX-License-Identifier: Apache-2.0 */
#include "base/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/path.h"
#include "base/pidfd.h"
#include "base/signals.h"
#include "base/str.h"
#include "base/strv.h"

static char *const minimal_env[] = {
	(char *)"PATH=" SEARCH_PATH_DEFAULT,
	(char *)"LANG=C.UTF-8",
	NULL,
};

static int child_fds(const struct proc_spec *spec)
{
	for (int i = 0; spec->stdio && i < 3; i++) {
		/* After prepare_stdio(), no dup2 overwrites a descriptor that is needed later. */
		if (dup2(spec->stdio[i], i) < 0)
			return -errno;
		if (spec->stdio[i] == i && fd_set_cloexec(i, false) < 0)
			return -errno;
	}
	int r = fd_cloexec_from(3);
	for (size_t i = 0; r == 0 && i < spec->n_pass; i++)
		r = fd_set_cloexec(spec->pass[i], false);
	return r;
}

/* Ignored signals stay ignored, as across any exec, except SIGPIPE, which masu ignores and helpers must not. */
static void reset_handlers(void)
{
	sigset_t none;

	/* Nothing here handles real-time signals. */
	for (int i = 1; i < 32; i++) {
		struct sigaction sa;

		if (sigaction(i, NULL, &sa) < 0 || sa.sa_handler == SIG_DFL)
			continue;
		if (sa.sa_handler != SIG_IGN || i == SIGPIPE)
			(void)signal(i, SIG_DFL);
	}
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/*
 * The kernel sends SIGKILL to this process when the pipe loses its last writer. Unlike a parent-death
 * signal this outlives an exec that changes the AppArmor profile. A writer may
 * die before the exec: this process's own copy of the writing end closes in the exec, after this call.
 */
static int tie_to_stdin(void)
{
	if (fcntl(0, F_SETSIG, SIGKILL) < 0 || fcntl(0, F_SETOWN, getpid()) < 0 ||
	    fcntl(0, F_SETFL, O_ASYNC) < 0)
		return -errno;
	return 0;
}

static int leave_mounts(void)
{
	if (unshare(CLONE_NEWNS) < 0)
		return -errno;
	/* EINVAL: in a chroot, "/" is not a mount of its own. */
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 && errno != EINVAL)
		return -errno;
	return 0;
}

/* Runs in the child, which shares the parent's memory until the exec: no allocation, no return. */
_noreturn_ static void child_exec(const struct proc_spec *spec, const char *path, int dir,
				  pid_t parent, volatile int *failure)
{
	/* Before signals are unblocked: a handler of the parent would run in the parent's memory. */
	if (spec->keep_ignored)
		reset_handlers();
	else
		signals_reset();
	if (spec->die_with_parent && (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent))
		_exit(127);
	if (spec->private_files)
		(void)umask(0077); /* always succeeds */
	if (spec->open_files)
		(void)umask(0);
	if (spec->own_group)
		(void)setpgid(0, 0); /* cannot fail: the child leads no session */
	*failure = dir >= 0 && fchdir(dir) < 0 ? errno : -child_fds(spec);
	if (*failure == 0 && spec->own_mounts)
		*failure = -leave_mounts();
	if (*failure == 0 && spec->die_with_stdin)
		*failure = -tie_to_stdin();
	if (*failure == 0) {
		(void)execve(path, spec->argv, spec->env ? spec->env : minimal_env);
		*failure = errno;
	}
	_exit(127);
}

static pid_t vfork_child(const struct proc_spec *spec, const char *path, int dir, int *failure)
{
	volatile int code = 0;
	sigset_t all, saved;
	pid_t parent = getpid();

	/* Blocked until the child has no handlers: see child_exec(). */
	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, &saved);
	pid_t pid = vfork();
	if (pid == 0)
		child_exec(spec, path, dir, parent, &code);
	if (pid < 0)
		code = errno;
	(void)sigprocmask(SIG_SETMASK, &saved, NULL);
	*failure = code;
	return pid;
}

static int not_started(const struct proc_spec *spec, int code, struct masu_error *err)
{
	int r = err_sys(err, code, "run '%s'", spec->path);

	if (code == ENOENT && !strchr(spec->path, '/'))
		(void)err_hint(err, "install the program '%s', or put it into PATH", spec->path);
	return r;
}

static void close_three(int (*fds)[3])
{
	for (int i = 0; i < 3; i++)
		closep(&(*fds)[i]);
}

/*
 * Prepares the child's three descriptors for dup2 in order: -1 becomes /dev/null, and a descriptor 0, 1 or 2 that is not
 * in its own place becomes a copy that no dup2 overwrites. `made` gets the descriptors that are opened here.
 */
static int prepare_stdio(const int *given, int ret[3], int made[3])
{
	for (int i = 0; i < 3; i++) {
		ret[i] = given[i];
		if (ret[i] < 0)
			ret[i] = made[i] = open("/dev/null", O_RDWR | O_CLOEXEC);
		if (ret[i] < 0)
			return -errno;
		if (ret[i] > 2 || ret[i] == i)
			continue;
		int copy = fcntl(ret[i], F_DUPFD_CLOEXEC, 3);
		if (copy < 0)
			return -errno;
		fd_close(&made[i]);
		ret[i] = made[i] = copy;
	}
	return 0;
}

int proc_spawn(const struct proc_spec *spec, pid_t *ret_pid, int *ret_pidfd, struct masu_error *err)
{
	_cleanup_free_ char *found = NULL;
	_cleanup_close_ int pidfd = -1, dir = -1;
	_cleanup_(close_three) int made[3] = {-1, -1, -1};
	struct proc_spec copy = *spec;
	int stdio[3], failure;

	if (spec->path[0] != '/') {
		found = proc_find_helper(spec->path);
		if (!found)
			return not_started(spec, errno, err);
	}
	if (spec->stdio) {
		int r = prepare_stdio(spec->stdio, stdio, made);
		if (r < 0)
			return err_sys(err, r, "prepare the descriptors of '%s'", spec->path);
		copy.stdio = stdio;
	}
	if (spec->dir) {
		dir = open(spec->dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (dir < 0)
			return err_sys(err, errno, "run '%s' in the directory '%s'", spec->path,
				       spec->dir);
	}
	pid_t pid = vfork_child(&copy, found ? found : spec->path, dir, &failure);
	if (pid < 0)
		return not_started(spec, failure, err);
	if (failure) {
		(void)proc_wait(pid);
		return not_started(spec, failure, err);
	}
	if (ret_pidfd) {
		pidfd = pidfd_new(pid);
		if (pidfd < 0) {
			int r = pidfd;

			(void)kill(pid, SIGKILL);
			(void)proc_wait(pid);
			return err_sys(err, r, "open a pidfd of '%s'", spec->path);
		}
		*ret_pidfd = TAKE_FD(pidfd);
	}
	if (ret_pid)
		*ret_pid = pid;
	return 0;
}

int proc_wait(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

#define LOOK_MS 2 /* between checks of a process that poll(2) cannot wait for */

int proc_wait_or_cancel(pid_t pid, int cancel_fd)
{
	_cleanup_close_ int pidfd = cancel_fd < 0 ? -1 : pidfd_new(pid);
	struct pollfd polls[] = {{.fd = pidfd_polls(pidfd) ? pidfd : -1, .events = POLLIN},
				 {.fd = cancel_fd, .events = POLLIN}};

	if (pidfd < 0)
		return proc_wait(pid);
	while (pidfd_wait(pidfd, 0) == 0) {
		(void)poll(polls, ARRAY_SIZE(polls), polls[0].fd < 0 ? LOOK_MS : -1);
		if (polls[1].revents && !polls[0].revents) {
			(void)kill(pid, SIGKILL);
			(void)proc_wait(pid);
			return -ECANCELED;
		}
	}
	return proc_wait(pid);
}

char *proc_output(const char *path, char *const *argv, size_t limit)
{
	_cleanup_close_ int reader = -1, writer = -1;
	int fds[2];
	char *text = NULL;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return NULL;
	reader = fds[0];
	writer = fds[1];
	const int stdio[3] = {-1, writer, -1};
	const struct proc_spec spec = {.path = path, .argv = argv, .stdio = stdio};
	if (proc_spawn(&spec, &pid, NULL, NULL) < 0)
		return NULL;
	fd_close(&writer);
	(void)fd_read_all(reader, limit, &text, NULL); /* a longer output is refused */
	fd_close(&reader);
	(void)proc_wait(pid);
	return text;
}

char *proc_find_helper(const char *name)
{
	static const char fallback[] = "/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin";
	const char *search[] = {getenv("PATH"), fallback};

	for (size_t i = 0; i < ARRAY_SIZE(search); i++) {
		_cleanup_strv_ char **dirs = search[i] ? strv_split(search[i], ":") : NULL;

		STRV_FOREACH(dir, dirs) {
			_cleanup_free_ char *path = path_join(*dir, name);

			if (!path)
				return NULL;
			if (**dir == '/' && access(path, X_OK) == 0)
				return TAKE_PTR(path);
		}
	}
	errno = ENOENT;
	return NULL;
}

int proc_set_oom_score_adj(pid_t pid, int adjustment)
{
	char path[64], text[16];

	(void)snprintf(path, sizeof(path), "/proc/%d/oom_score_adj", pid);
	(void)snprintf(text, sizeof(text), "%d", adjustment);
	return file_write_value(AT_FDCWD, path, text);
}

int proc_boot_id(char ret[37])
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	int r = file_read(AT_FDCWD, "/proc/sys/kernel/random/boot_id", 64, &text, &size);

	if (r < 0)
		return r;
	if (size < 36)
		return -EBADMSG;
	memcpy(ret, text, 36);
	ret[36] = 0;
	return 0;
}

/*
 * The programs of masu.
 */

static const char *env_directory(const char *name)
{
	const char *value = getenv(name);

	return value && *value == '/' ? value : NULL;
}

/* The directory of the running program, or of the original if this is a protected copy (linux/self.h). */
static char *running_directory(void)
{
	const char *remembered = env_directory("MASU_PROGRAM_DIR");
	char self[PATH_MAX];
	ssize_t n;

	if (remembered)
		return strdup(remembered);
	n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (n < 0)
		return NULL;
	self[n] = 0;
	*(char *)path_last(self) = 0;
	return strdup(self);
}

char *program_find(const char *name, struct masu_error *err)
{
	const char *libexec = env_directory("MASU_LIBEXEC_DIR");
	_cleanup_free_ char *dir = libexec ? strdup(libexec) : running_directory();
	_cleanup_free_ char *path = dir ? path_join(dir, name) : NULL;

	if (path && access(path, X_OK) == 0)
		return TAKE_PTR(path);
	if (!libexec) {
		free(path);
		path = path_join(MASU_LIBEXECDIR, name);
		if (path && access(path, X_OK) == 0)
			return TAKE_PTR(path);
	}
	if (!path) {
		(void)err_oom(err);
		return NULL;
	}
	(void)err_set(err, ERR_UNAVAILABLE, ENOENT, "program \"%s\" not found", name);
	(void)err_hint(err, "it is a part of masu: install it in %s", MASU_LIBEXECDIR);
	return NULL;
}

int device_check(const char *path, const char *module, const char *otherwise,
		 struct masu_error *err)
{
	_cleanup_close_ int fd = open(path, O_RDWR | O_CLOEXEC);
	int code = errno;

	if (fd >= 0)
		return 0;
	(void)err_sys(err, code, "open '%s'", path);
	if (code == EACCES || code == EPERM)
		return err_hint(err, "ask root for access to it, which udev gives to all users%s%s",
				otherwise ? "; " : "", otherwise ? otherwise : "");
	return err_hint(err, "have root load the kernel module (modprobe %s)%s%s", module,
			otherwise ? "; " : "", otherwise ? otherwise : "");
}
