/* SPDX-License-Identifier: Apache-2.0 */
#include "base/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/path.h"
#include "base/signals.h"
#include "base/str.h"
#include "base/strv.h"
#include "base/time.h"

#define STDERR_KEPT_MAX 65536
#define LOOK_MS		2 /* between looks at a process that can't be polled for */

static char *const minimal_env[] = {
	(char *)"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
	(char *)"LANG=C.UTF-8",
	NULL,
};

static int child_fds(const struct proc_spec *spec)
{
	for (int i = 0; spec->stdio && i < 3; i++) {
		/* prepare_stdio() saw to it that no dup2 here overwrites one that is needed later */
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

/*
 * Before the child unblocks them: a handler of the parent's that ran here would run in the parent's
 * memory. The dispositions themselves are the child's own. Ignored signals stay ignored, as
 * across any exec, but for SIGPIPE, which programs of ours ignore and helpers must not.
 */
static void pass_on_signals(void)
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
 * signal this outlives an exec that changes the AppArmor profile. A writer that dies before the exec
 * is no race: this process's own copy of the writing end closes in the exec, after this call.
 */
static int tie_to_stdin(void)
{
	if (fcntl(0, F_SETSIG, SIGKILL) < 0 || fcntl(0, F_SETOWN, getpid()) < 0 ||
	    fcntl(0, F_SETFL, O_ASYNC) < 0)
		return -errno;
	return 0;
}

/* Runs in the child, which shares the parent's memory until it execs: no allocation, no return. */
_noreturn_ static void child_exec(const struct proc_spec *spec, const char *path, int dir,
				  pid_t parent, volatile int *failure)
{
	if (spec->default_signals)
		signals_reset();
	else
		pass_on_signals();
	if (spec->die_with_parent && (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent))
		_exit(127);
	if (spec->private_files)
		(void)umask(0077); /* always succeeds */
	if (spec->own_group)
		(void)setpgid(0, 0); /* can't fail: the child leads no session */
	*failure = dir >= 0 && fchdir(dir) < 0 ? errno : -child_fds(spec);
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

	/* Blocked until the child has no handlers: see pass_on_signals(). */
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

static int not_started(const struct proc_spec *spec, int code, struct err *err)
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
 * The child's three descriptors, ready for dup2 in order: -1 replaced by /dev/null, and those that
 * are 0, 1 or 2 themselves, but not in their own place, by a copy that no dup2 overwrites. What is
 * opened here is put into `made`.
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

int proc_spawn(const struct proc_spec *spec, pid_t *ret_pid, int *ret_pidfd, struct err *err)
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
		pidfd = proc_pidfd(pid);
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

/*
 * What a helper says until it closes its stderr, as one line of text. What is beyond the limit is
 * read and dropped: a helper whose pipe is closed on it would die of that. NULL: no memory.
 */
static char *read_complaint(int fd)
{
	char *said = malloc(STDERR_KEPT_MAX + 1), rest[4096];
	ssize_t n = said ? fd_read_full(fd, said, STDERR_KEPT_MAX) : 0;

	while (fd_read_full(fd, rest, sizeof(rest)) > 0)
		;
	if (!said)
		return NULL;
	n = MAX(n, 0);
	for (ssize_t i = 0; i < n; i++)
		if ((unsigned char)said[i] < ' ')
			said[i] = ' ';
	while (n > 0 && said[n - 1] == ' ')
		n--;
	said[n] = 0;
	return said;
}

int proc_run(const struct proc_spec *spec, struct err *err)
{
	_cleanup_close_ int reader = -1, writer = -1;
	struct proc_spec copy = *spec;
	int pipe_fds[2];
	pid_t pid;

	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		return err_sys(err, errno, "make a pipe");
	reader = pipe_fds[0];
	writer = pipe_fds[1];
	int stdio[3] = {spec->stdio ? spec->stdio[0] : -1, spec->stdio ? spec->stdio[1] : -1,
			writer};
	copy.stdio = stdio;
	int r = proc_spawn(&copy, &pid, NULL, err);
	if (r < 0)
		return r;
	fd_close(&writer);
	_cleanup_free_ char *said = read_complaint(reader);
	int status = proc_wait(pid);
	if (status < 0)
		return err_sys(err, status, "wait for %s", path_last(spec->path));
	if (status == 0)
		return 0;
	if (said && *said)
		return err_set(err, ERR_UNAVAILABLE, EIO, "%s failed: %s", path_last(spec->path),
			       said);
	return err_set(err, ERR_UNAVAILABLE, EIO, "%s failed with status %d", path_last(spec->path),
		       status);
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
	(void)fd_read_all(reader, limit, &text, NULL); /* more than that is no answer */
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

static int open_dir(pid_t pid)
{
	char path[32];

	(void)snprintf(path, sizeof(path), "/proc/%d", pid);
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? errno == ENOENT ? -ESRCH : -errno : fd;
}

int proc_pidfd(pid_t pid)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);

	if (fd < 0 && errno == ENOSYS)
		return open_dir(pid);
	return fd < 0 ? -errno : fd;
}

/* By the directory of /proc: has it gone, or become a zombie? */
static bool has_ended(int dir)
{
	_cleanup_free_ char *text = NULL;

	if (file_read(dir, "stat", 4096, &text, NULL) < 0)
		return true;
	const char *state = strrchr(text, ')');
	return !state || !state[1] || strchr("ZX", state[2]);
}

bool proc_pidfd_polls(int pidfd)
{
	struct stat st;

	return fstat(pidfd, &st) < 0 || !S_ISDIR(st.st_mode);
}

int proc_pidfd_wait(int pidfd, int timeout_ms)
{
	bool polls = proc_pidfd_polls(pidfd);
	int64_t end = time_monotonic_ms() + timeout_ms;
	struct pollfd p = {.fd = pidfd, .events = POLLIN};

	for (;;) {
		int64_t left = timeout_ms < 0 ? -1 : MAX(end - time_monotonic_ms(), 0);

		if (polls ? poll(&p, 1, (int)left) > 0 : has_ended(pidfd))
			return 1;
		if (left == 0)
			return 0;
		if (!polls)
			(void)poll(NULL, 0, LOOK_MS);
	}
}

/*
 * Linux before 5.1: the directory of /proc stays that process's and is empty after its end, so its number
 * is read there right before.
 */
static int kill_by_dir(int dir, int signal)
{
	_cleanup_free_ char *text = NULL;
	uint32_t pid;

	if (file_read(dir, "stat", 4096, &text, NULL) < 0)
		return -ESRCH;
	text[strcspn(text, " ")] = 0;
	if (str_to_uint32(text, &pid) < 0)
		return -EBADMSG;
	return kill((pid_t)pid, signal) < 0 ? -errno : 0;
}

int proc_pidfd_kill(int pidfd, int signal)
{
	if (syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0) == 0)
		return 0;
	return errno == ENOSYS && !proc_pidfd_polls(pidfd) ? kill_by_dir(pidfd, signal) : -errno;
}

#define FORKED_ONLY 0x40 /* PF_FORKNOEXEC: ps(1) shows it in its column F */

struct process_stat {
	char state;
	uint64_t parent;
	uint64_t flags;
	uint64_t start;
};

/* Fields 3, 4, 9 and 22 of /proc/PID/stat; the name in field 2 may hold anything: count from its end. */
static int read_stat(pid_t pid, struct process_stat *ret)
{
	struct process_stat s;
	_cleanup_free_ char *text = NULL;
	char path[32];

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	int r = file_read(AT_FDCWD, path, 4096, &text, NULL);
	if (r < 0)
		return r == -ENOENT ? -ESRCH : r;
	const char *name_end = strrchr(text, ')');
	if (!name_end)
		return -EBADMSG;
	_cleanup_strv_ char **fields = strv_split(name_end + 1, " \n"); /* [0] is empty */
	if (!fields)
		return -ENOMEM;
	if (strv_length(fields) < 21 || str_to_uint64(fields[2], INT32_MAX, &s.parent) < 0 ||
	    str_to_uint64(fields[7], UINT64_MAX, &s.flags) < 0 ||
	    str_to_uint64(fields[20], UINT64_MAX, &s.start) < 0)
		return -EBADMSG;
	s.state = fields[1][0];
	*ret = s;
	return 0;
}

int proc_start_time(pid_t pid, uint64_t *ret)
{
	struct process_stat s;
	int r = read_stat(pid, &s);

	if (r == 0)
		*ret = s.start;
	return r;
}

int proc_has_executed(pid_t pid)
{
	struct process_stat s;
	int r = read_stat(pid, &s);

	return r < 0 ? r : !(s.flags & FORKED_ONLY);
}

int proc_open_same(pid_t pid, uint64_t start_time)
{
	struct process_stat s;

	if (pid <= 0)
		return -ESRCH;
	_cleanup_close_ int fd = proc_pidfd(pid);
	if (fd < 0)
		return fd;
	/* Read after the pidfd: a number taken over meanwhile shows another start time. */
	int r = read_stat(pid, &s);
	if (r < 0)
		return r;
	if (s.start != start_time || s.state == 'Z' || s.state == 'X')
		return -ESRCH;
	return TAKE_FD(fd);
}

int proc_open_parent(pid_t pid, uint64_t start_time)
{
	struct process_stat s, again;
	int r = read_stat(pid, &s);

	if (r < 0)
		return r;
	if (s.start != start_time || s.parent == 0)
		return -ESRCH;
	_cleanup_close_ int fd = proc_pidfd((pid_t)s.parent);
	if (fd < 0)
		return fd;
	/* Read again after the pidfd: the number was the parent's while both were the same. */
	r = read_stat(pid, &again);
	if (r < 0)
		return r;
	return again.start == start_time && again.parent == s.parent ? TAKE_FD(fd) : -ESRCH;
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

static int realtime_signal(const char *name)
{
	uint64_t offset = 0;
	const char *rest;

	if ((rest = str_after(name, "RTMIN")) && (!*rest || *rest == '+')) {
		if (*rest && str_to_uint64(rest + 1, (uint64_t)(SIGRTMAX - SIGRTMIN), &offset) < 0)
			return -EINVAL;
		return SIGRTMIN + (int)offset;
	}
	if ((rest = str_after(name, "RTMAX")) && (!*rest || *rest == '-')) {
		if (*rest && str_to_uint64(rest + 1, (uint64_t)(SIGRTMAX - SIGRTMIN), &offset) < 0)
			return -EINVAL;
		return SIGRTMAX - (int)offset;
	}
	return -EINVAL;
}

int proc_signal_from_string(const char *s)
{
	char name[16];
	uint64_t n;

	if (str_to_uint64(s, (uint64_t)SIGRTMAX, &n) == 0)
		return n > 0 ? (int)n : -EINVAL;
	if (strncasecmp(s, "SIG", 3) == 0)
		s += 3;
	if (strlen(s) >= sizeof(name))
		return -EINVAL;
	for (size_t i = 0; i <= strlen(s); i++)
		name[i] = s[i] >= 'a' && s[i] <= 'z' ? (char)(s[i] - 'a' + 'A') : s[i];
	for (int i = 1; i < NSIG; i++) {
		const char *known = sigabbrev_np(i);

		if (known && streq(known, name))
			return i;
	}
	return realtime_signal(name);
}

static void do_nothing(int signal)
{
	(void)signal;
}

void proc_survive_file_limit(void)
{
	struct sigaction now;

	if (sigaction(SIGXFSZ, NULL, &now) == 0 && now.sa_handler != SIG_IGN)
		(void)signal(SIGXFSZ, do_nothing); /* neither fails with a signal that there is */
}
