/* SPDX-License-Identifier: Apache-2.0 */
#include "transfer/sandbox-fetcher.h"
#include "unpack/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "tmpdir.h"
#include "unit.h"

static bool can_open(int dirfd, const char *path, int flags)
{
	_cleanup_close_ int fd = openat(dirfd, path, flags | O_CLOEXEC, 0600);

	return fd >= 0;
}

/* The checks of the confined process; returns the number of the first failed one. */
static int look_around(int dirfd)
{
	static char *const argv[] = {(char *)"true", NULL};
	const bool checks[] = {
		prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1,
		prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0,
		!getenv("MASU_TEST_SECRET"),
		getenv("https_proxy") != NULL,
		/* its own: made, read, renamed from directory to directory */
		can_open(dirfd, "images/a/new", O_CREAT | O_EXCL | O_RDWR),
		renameat(dirfd, "images/a/new", dirfd, "images/b/new") == 0,
		can_open(dirfd, "images/b/new", O_RDONLY),
		can_open(dirfd, "stacks/new", O_CREAT | O_EXCL | O_RDWR),
		can_open(dirfd, "layers", O_RDONLY | O_DIRECTORY),
		can_open(dirfd, "source/file", O_RDONLY),
		can_open(AT_FDCWD, "/etc/resolv.conf", O_RDONLY) ||
			access("/etc/resolv.conf", F_OK) < 0,
		/* not its own */
		!can_open(dirfd, "source/file", O_WRONLY),
		!can_open(dirfd, "source/new", O_CREAT | O_WRONLY),
		!can_open(dirfd, "layers/new", O_CREAT | O_WRONLY),
		!can_open(dirfd, "layers/file", O_RDONLY),
		!can_open(dirfd, "new", O_CREAT | O_WRONLY),
		!can_open(dirfd, "secret", O_RDONLY),
		!can_open(AT_FDCWD, "/etc/passwd", O_RDONLY),
		!can_open(AT_FDCWD, "/proc/self/environ", O_RDONLY),
		execv("/bin/true", argv) < 0 && errno == EACCES,
	};

	for (size_t i = 0; i < ARRAY_SIZE(checks); i++)
		if (!checks[i])
			return (int)i + 1;
	return 0;
}

static void test_fetcher(void **state)
{
	static const char *const dirs[] = {"images", "images/a", "images/b",
					   "stacks", "layers",	 "source"};
	static const char *const files[] = {"source/file", "layers/file", "secret"};
	const struct tmpdir *t = *state;
	char paths[ARRAY_SIZE(dirs)][128];
	int status;

	if (syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) < 2)
		skip();
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		assert_int_equal(mkdirat(t->fd, dirs[i], 0700), 0);
		(void)snprintf(paths[i], sizeof(paths[i]), "%s/%s", t->path, dirs[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		tmpdir_write(t, files[i], "x");
	assert_int_equal(setenv("MASU_TEST_SECRET", "x", 1), 0);
	assert_int_equal(setenv("https_proxy", "http://proxy", 1), 0);
	const struct sandbox_places places = {
		.images = paths[0], .stacks = paths[3], .layers = paths[4], .source = paths[5]};
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(sandbox_fetcher(&places, NULL) < 0 ? 100 : look_around(t->fd));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* A service like systemd's private socket, which would do anything for the user. */
static int listen_at(const char *path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(fd, 1), 0);
	return fd;
}

static bool can_connect(const char *path, int fd)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};

	(void)snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	return fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0;
}

static int pair_of(int type)
{
	int fds[2];

	return socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, fds) == 0 ? fds[0] : -1;
}

static bool has_socket(int family, int type)
{
	_cleanup_close_ int fd = socket(family, type | SOCK_CLOEXEC, 0);

	/* A kernel may be without IPv6. */
	return fd >= 0 || (family == AF_INET6 && errno == EAFNOSUPPORT);
}

/* The number of the first thing that isn't as it should be. */
static int ask_services(const char *stream, const char *datagram)
{
	char ring[512] = {0}; /* more than a struct io_uring_params */
	const bool checks[] = {
		!can_connect(stream, socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)),
		!can_connect(datagram, socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)),
		!can_connect(datagram, pair_of(SOCK_DGRAM)),
		!can_connect(datagram, pair_of(SOCK_RAW)), /* a datagram socket, too */
		!can_connect(stream, pair_of(SOCK_STREAM)),
		syscall(SYS_io_uring_setup, 1, ring) < 0,
		socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0) < 0,
		socket(AF_ALG, SOCK_SEQPACKET | SOCK_CLOEXEC, 0) < 0,
		syscall(SYS_ptrace, 0L, 0L, 0L, 0L) < 0, /* PTRACE_TRACEME */
		/* what the network, libcurl and order.h need */
		pair_of(SOCK_SEQPACKET) >= 0,
		pair_of(SOCK_STREAM | SOCK_NONBLOCK) >= 0,
		has_socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK),
		has_socket(AF_INET, SOCK_DGRAM),
		has_socket(AF_INET6, SOCK_STREAM),
		has_socket(AF_NETLINK, SOCK_RAW),
	};

	for (size_t i = 0; i < ARRAY_SIZE(checks); i++)
		if (!checks[i])
			return (int)i + 1;
	return 0;
}

static void test_services(void **state)
{
	const struct tmpdir *t = *state;
	const struct sandbox_places places = {.images = t->path};
	char stream[sizeof(t->path) + 8], datagram[sizeof(t->path) + 8];
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int status;

	if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) < 0)
		skip();
	(void)snprintf(stream, sizeof(stream), "%s/stream", t->path);
	(void)snprintf(datagram, sizeof(datagram), "%s/dgram", t->path);
	_cleanup_close_ int listener = listen_at(stream);
	_cleanup_close_ int receiver = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	(void)snprintf(a.sun_path, sizeof(a.sun_path), "%s", datagram);
	assert_int_equal(bind(receiver, (struct sockaddr *)&a, sizeof(a)), 0);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(sandbox_fetcher(&places, NULL) < 0 ? 100 : ask_services(stream, datagram));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	/* The resolver may: name services are there. */
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(sandbox_resolver(&receiver, 1, NULL) < 0				     ? 100
		      : !can_connect(stream, socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) ? 1
		      : fcntl(listener, F_GETFD) >= 0					     ? 2
		      : can_open(AT_FDCWD, t->path, O_RDONLY | O_DIRECTORY) &&
				      syscall(SYS_landlock_create_ruleset, NULL, 0,
					      LANDLOCK_CREATE_RULESET_VERSION) >= 2
			      ? 3
			      : 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void test_forget_environment(void **state)
{
	static const char *const keep[] = {"MASU_TEST_KEPT", NULL};
	char forgotten[] = "MASU_TEST_KEPT_NOT=secret";

	assert_int_equal(setenv("MASU_TEST_KEPT", "x", 1), 0);
	assert_int_equal(putenv(forgotten), 0);
	sandbox_forget_environment(keep);
	assert_string_equal(getenv("MASU_TEST_KEPT"), "x");
	assert_null(getenv("MASU_TEST_KEPT_NOT"));
	assert_null(getenv("PATH"));
	for (size_t i = 0; i < sizeof(forgotten); i++)
		assert_int_equal(forgotten[i], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_fetcher, tmpdir_setup, tmpdir_done),
		cmocka_unit_test_setup_teardown(test_services, tmpdir_setup, tmpdir_done),
		cmocka_unit_test(test_forget_environment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
