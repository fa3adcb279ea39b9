/* SPDX-License-Identifier: Apache-2.0 */
#include "base/pidfd.h"
#include "base/proc.h"
#include "base/signal-name.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/fd.h"
#include "unit.h"

#define SH(script) ((char *const[]){(char *)"sh", (char *)"-c", (char *)(script), NULL})

/* The output of a shell that runs with these descriptors. */
static char *output_of(const char *script, const int *pass, size_t n_pass)
{
	int fds[2];
	char *text = NULL;
	pid_t pid;

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	const int stdio[] = {-1, fds[1], 2};
	struct proc_spec spec = {
		.path = "sh", .argv = SH(script), .stdio = stdio, .pass = pass, .n_pass = n_pass};
	assert_int_equal(proc_spawn(&spec, &pid, NULL, NULL), 0);
	(void)close(fds[1]);
	assert_int_equal(fd_read_all(fds[0], 1 << 20, &text, NULL), 0);
	(void)close(fds[0]);
	assert_int_equal(proc_wait(pid), 0);
	return text;
}

static void test_only_asked_for_descriptors_pass(void **state)
{
	int open_one = fcntl(0, F_DUPFD, 50), passed = fcntl(0, F_DUPFD, 60); /* no CLOEXEC */
	_cleanup_free_ char *none = output_of("cd /proc/$$/fd && echo *", NULL, 0);
	_cleanup_free_ char *one = output_of("cd /proc/$$/fd && echo *", &passed, 1);

	assert_true(open_one >= 50 && passed >= 60);
	assert_string_equal(none, "0 1 2 3\n"); /* 3 is what the shell reads the directory by */
	assert_null(strstr(one, "50"));
	assert_non_null(strstr(one, " 60"));
	(void)close(open_one);
	(void)close(passed);
}

static void test_environment_is_minimal(void **state)
{
	assert_int_equal(setenv("MASU_SECRET", "1", 1), 0);
	_cleanup_free_ char *env = output_of("/usr/bin/env", NULL, 0);
	assert_null(strstr(env, "SECRET"));
	assert_non_null(strstr(env, "LANG=C.UTF-8"));
	assert_int_equal(unsetenv("MASU_SECRET"), 0);
}

/* stdin and stdout exchanged: each dup2 of a naive loop would overwrite what the next one needs. */
static void test_stdio_may_be_crossed(void **state)
{
	int status;
	pid_t outer = fork();

	assert_true(outer >= 0);
	if (outer == 0) {
		int in[2], out[2];
		char answer[16] = "";
		pid_t pid;

		if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0)
			_exit(1);
		/* our 1 is the child's stdin, our 0 its stdout */
		if (dup2(in[0], 1) < 0 || dup2(out[1], 0) < 0 || write(in[1], "word\n", 5) != 5)
			_exit(2);
		struct proc_spec spec = {.path = "sh",
					 .argv = SH("read -r w; echo \"got $w\""),
					 .stdio = (const int[]){1, 0, 2}};
		if (proc_spawn(&spec, &pid, NULL, NULL) < 0)
			_exit(3);
		if (read(out[0], answer, 9) != 9 || strcmp(answer, "got word\n") != 0)
			_exit(4);
		_exit(proc_wait(pid));
	}
	assert_int_equal(waitpid(outer, &status, 0), outer);
	assert_int_equal(status, 0);
}

static void test_missing_program(void **state)
{
	_cleanup_err_ struct masu_error err = ERR_INIT;
	struct proc_spec spec = {.path = "masu-no-such-helper", .argv = SH("")};

	assert_int_equal(proc_spawn(&spec, NULL, NULL, &err), -ENOENT);
	assert_int_equal(err.kind, ERR_NOT_FOUND);
	assert_non_null(strstr(err.message, "masu-no-such-helper"));
	assert_non_null(err.hint);
	spec.path = "/etc/passwd";
	assert_int_equal(proc_spawn(&spec, NULL, NULL, &err), -EACCES);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no zombie */
	assert_int_equal(errno, ECHILD);
}

static void test_wait(void **state)
{
	struct proc_spec spec = {.path = "sh", .argv = SH("kill -TERM $$")};
	pid_t pid;

	assert_int_equal(proc_spawn(&spec, &pid, NULL, NULL), 0);
	assert_int_equal(proc_wait(pid), 128 + SIGTERM);
	assert_int_equal(proc_wait(pid), -ECHILD);
}

static void ignore_and_go_on(int signal)
{
	(void)signal;
}

/* A child starts with the defaults, whatever the parent catches, ignores (SIGPIPE) or blocks. */
static void test_signals_are_reset(void **state)
{
	sigset_t usr2;

	(void)signal(SIGUSR1, ignore_and_go_on);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)sigemptyset(&usr2);
	(void)sigaddset(&usr2, SIGUSR2);
	(void)sigprocmask(SIG_BLOCK, &usr2, NULL);
	_cleanup_free_ char *status = output_of("cat /proc/self/status", NULL, 0);
	(void)sigprocmask(SIG_UNBLOCK, &usr2, NULL);
	(void)signal(SIGPIPE, SIG_DFL);
	(void)signal(SIGUSR1, SIG_DFL);
	assert_non_null(strstr(status, "SigBlk:\t0000000000000000"));
	assert_non_null(strstr(status, "SigCgt:\t0000000000000000"));
	unsigned long long ignored = strtoull(strstr(status, "SigIgn:") + 7, NULL, 16);
	assert_int_equal(ignored & (1ULL << (SIGPIPE - 1)), 0);
}

/* The signals that a helper ignores if its parent ignores some, also one of libc and a real-time one. */
static unsigned long long ignored_by_helper(bool keep_ignored)
{
	static const int ignored[] = {SIGHUP, SIGINT, SIGTERM, SIGPIPE, 33, 64};
	const struct {
		void *handler;
		unsigned long flags, restorer, mask;
	} ignore = {.handler = (void *)SIG_IGN};
	int fds[2];
	pid_t child;

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	const int stdio[] = {-1, fds[1], 2};
	const struct proc_spec spec = {.path = "sh",
				       .argv = SH("exec cat /proc/self/status"),
				       .stdio = stdio,
				       .keep_ignored = keep_ignored};
	child = fork(); /* so that this program ignores none */
	assert_true(child >= 0);
	if (child == 0) {
		pid_t pid;

		for (size_t i = 0; i < ARRAY_SIZE(ignored); i++)
			if (syscall(SYS_rt_sigaction, ignored[i], &ignore, NULL, 8) < 0)
				_exit(1);
		_exit(proc_spawn(&spec, &pid, NULL, NULL) < 0 || proc_wait(pid) != 0);
	}
	(void)close(fds[1]);
	_cleanup_free_ char *status = NULL;
	assert_int_equal(fd_read_all(fds[0], 1 << 20, &status, NULL), 0);
	(void)close(fds[0]);
	assert_int_equal(proc_wait(child), 0);
	return strtoull(strstr(status, "SigIgn:") + 7, NULL, 16);
}

static void test_ignored_signals(void **state)
{
	unsigned long long kept = 1ULL << (SIGHUP - 1) | 1ULL << (SIGINT - 1) |
				  1ULL << (SIGTERM - 1) | 1ULL << 32 | 1ULL << 63;

	assert_int_equal(ignored_by_helper(false), 0);
	/* SIGPIPE is reset always; the caller of the tests may ignore others. */
	assert_int_equal(ignored_by_helper(true) & (kept | 1ULL << (SIGPIPE - 1)), kept);
}

static void test_identity(void **state)
{
	struct proc_spec spec = {.path = "sh", .argv = SH("exec sleep 1000")};
	int pidfd;
	pid_t pid;
	uint64_t start, own;
	bool executed;

	assert_int_equal(proc_spawn(&spec, &pid, &pidfd, NULL), 0);
	assert_int_equal(pid_start_time(pid, &start), 0);
	assert_int_equal(pid_start_time(getpid(), &own), 0);
	assert_true(start >= own && own > 0);
	_cleanup_close_ int same = pidfd_new_same(pid, start, &executed);
	assert_true(same >= 0);
	assert_int_equal(pidfd_new_same(pid, start + 1, &executed), -ESRCH);
	assert_int_equal(pid_is_alive(pid, start), 1);
	assert_int_equal(pid_is_alive(pid, start + 1), 0);
	assert_int_equal(pid_is_alive(0, start), 0);
	assert_int_equal(pidfd_new_same(0, start, &executed), -ESRCH);
	assert_int_equal(pidfd_new_same(-1, start, &executed), -ESRCH);
	assert_int_equal(pidfd_kill(pidfd, SIGKILL), 0);
	struct pollfd dead = {.fd = pidfd, .events = POLLIN};
	assert_int_equal(poll(&dead, 1, 10000), 1);
	assert_int_equal(pidfd_new_same(pid, start, &executed), -ESRCH); /* a zombie */
	assert_int_equal(pid_is_alive(pid, start), 0);
	_cleanup_close_ int parent = pidfd_new_parent(pid, start); /* which has one */
	assert_true(parent >= 0);
	assert_int_equal(pidfd_wait(parent, 0), 0);
	assert_int_equal(pidfd_new_parent(pid, start + 1), -ESRCH);
	assert_int_equal(proc_wait(pid), 128 + SIGKILL);
	assert_int_equal(pidfd_new_same(pid, start, &executed), -ESRCH);
	assert_int_equal(pid_is_alive(pid, start), 0);
	assert_int_equal(pidfd_kill(pidfd, 0), -ESRCH);
	(void)close(pidfd);
}

static void test_executed(void **state)
{
	bool executed = false;
	uint64_t start, own;
	pid_t pid = fork();

	if (pid == 0)
		for (;;)
			(void)pause();
	assert_true(pid > 0);
	assert_int_equal(pid_start_time(getpid(), &own), 0);
	assert_int_equal(pid_start_time(pid, &start), 0);
	_cleanup_close_ int self = pidfd_new_same(getpid(), own, &executed);
	assert_true(self >= 0 && executed);
	_cleanup_close_ int child = pidfd_new_same(pid, start, &executed);
	assert_true(child >= 0 && !executed);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(proc_wait(pid), 128 + SIGKILL);
}

/* The name in /proc/PID/stat is the process's own choice. */
static void test_start_time_of_hostile_name(void **state)
{
	uint64_t before, after;

	assert_int_equal(pid_start_time(getpid(), &before), 0);
	assert_int_equal(prctl(PR_SET_NAME, ") Z 1 2) 3 (", 0, 0, 0), 0);
	assert_int_equal(pid_start_time(getpid(), &after), 0);
	assert_int_equal(prctl(PR_SET_NAME, "test-proc", 0, 0, 0), 0);
	assert_int_equal(before, after);
}

static void test_find_helper(void **state)
{
	_cleanup_free_ char *saved = strdup(getenv("PATH"));

	assert_int_equal(setenv("PATH", ":.:relative", 1), 0);
	_cleanup_free_ char *sh = proc_find_helper("sh"),
			    *none = proc_find_helper("no-such-program");
	assert_non_null(sh);
	assert_int_equal(*sh, '/');
	assert_null(none);
	assert_int_equal(unsetenv("PATH"), 0);
	_cleanup_free_ char *again = proc_find_helper("sh");
	assert_non_null(again);
	assert_int_equal(setenv("PATH", saved, 1), 0);
}

static void test_die_with_parent(void **state)
{
	int fds[2];
	char c;

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	pid_t outer = fork();
	assert_true(outer >= 0);
	if (outer == 0) {
		struct proc_spec spec = {.path = "sh",
					 .argv = SH("exec sleep 1000"),
					 .pass = &fds[1],
					 .n_pass = 1,
					 .die_with_parent = true};
		_exit(proc_spawn(&spec, NULL, NULL, NULL) == 0 ? 0 : 1);
	}
	assert_int_equal(proc_wait(outer), 0);
	(void)close(fds[1]);
	/* End-of-file: the grandchild, the only other holder, has gone; sleep dies with sh's pipe. */
	struct pollfd closed = {.fd = fds[0], .events = POLLIN};
	assert_int_equal(poll(&closed, 1, 10000), 1);
	assert_int_equal(read(fds[0], &c, 1), 0);
	(void)close(fds[0]);
}

/* The process ignores SIGIO and never looks at the pipe. */
static void test_die_with_stdin(void **state)
{
	int fds[2];
	pid_t pid;

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	const int stdio[] = {fds[0], -1, -1};
	const struct proc_spec spec = {.path = "sh",
				       .argv = SH("trap '' IO; exec sleep 1000"),
				       .stdio = stdio,
				       .die_with_stdin = true};
	assert_int_equal(proc_spawn(&spec, &pid, NULL, NULL), 0);
	(void)close(fds[0]);
	assert_int_equal(waitpid(pid, NULL, WNOHANG), 0);
	(void)close(fds[1]);
	assert_int_equal(proc_wait(pid), 128 + SIGKILL);
}

static void test_signal_names(void **state)
{
	static const char *const bad[] = {
		"",	 "0",	   "65",       "-1",	  "SIG", "SIGSIGTERM",
		"TERM ", "RTMIN+", "RTMIN+99", "RTMAX+1", "FOO", "sigtermsigtermsigterm"};

	assert_int_equal(signal_from_string("TERM"), SIGTERM);
	assert_int_equal(signal_from_string("SIGKILL"), SIGKILL);
	assert_int_equal(signal_from_string("sigquit"), SIGQUIT);
	assert_int_equal(signal_from_string("9"), 9);
	assert_int_equal(signal_from_string("RTMIN"), SIGRTMIN);
	assert_int_equal(signal_from_string("SIGRTMIN+3"), SIGRTMIN + 3);
	assert_int_equal(signal_from_string("rtmax-1"), SIGRTMAX - 1);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(signal_from_string(bad[i]), -EINVAL);
}

static void test_boot_id(void **state)
{
	char id[37];

	assert_int_equal(proc_boot_id(id), 0);
	assert_int_equal(strlen(id), 36);
	assert_int_equal(id[8], '-');
}

/* As a kernel before Linux 5.1 answers. */
static int forget_pidfds(void)
{
	const struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_pidfd_open, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_pidfd_send_signal, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog filter = {.len = ARRAY_SIZE(code),
					  .filter = (struct sock_filter *)code};

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
			       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) < 0
		       ? -errno
		       : 0;
}

/* A process is killed by its directory of /proc, and nobody once it was reaped. */
static void test_kill_without_pidfds(void **state)
{
	pid_t child = fork();
	int status;

	assert_true(child >= 0);
	if (child == 0) {
		if (forget_pidfds() < 0)
			_exit(77);
		pid_t pid = fork();
		while (pid == 0)
			(void)pause();
		int dir = pidfd_new(pid);
		int r = pidfd_kill(dir, SIGKILL);
		if (r < 0)
			(void)kill(pid, SIGKILL);
		if (waitpid(pid, &status, 0) != pid || r < 0)
			_exit(1);
		_exit(WTERMSIG(status) == SIGKILL && !pidfd_polls(dir) &&
				      pidfd_kill(dir, SIGKILL) == -ESRCH
			      ? 0
			      : 2);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_only_asked_for_descriptors_pass),
		cmocka_unit_test(test_environment_is_minimal),
		cmocka_unit_test(test_stdio_may_be_crossed),
		cmocka_unit_test(test_missing_program),
		cmocka_unit_test(test_wait),
		cmocka_unit_test(test_signals_are_reset),
		cmocka_unit_test(test_ignored_signals),
		cmocka_unit_test(test_kill_without_pidfds),
		cmocka_unit_test(test_identity),
		cmocka_unit_test(test_executed),
		cmocka_unit_test(test_start_time_of_hostile_name),
		cmocka_unit_test(test_find_helper),
		cmocka_unit_test(test_die_with_parent),
		cmocka_unit_test(test_die_with_stdin),
		cmocka_unit_test(test_signal_names),
		cmocka_unit_test(test_boot_id),
	};

	return cmocka_run_group_tests_name("proc", tests, NULL, NULL);
}
