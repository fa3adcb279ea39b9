/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fd.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>

static void make_pipe(int *ret_reader, int *ret_writer)
{
	int fds[2];

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	*ret_reader = fds[0];
	*ret_writer = fds[1];
}

/* More than a pipe holds, with a writer that must wait (O_NONBLOCK) and a slow reader. */
static void test_write_full_waits(void **state)
{
	_cleanup_close_ int reader = -1, writer = -1;
	_cleanup_free_ char *big = malloc(1 << 20), *found = NULL;
	size_t size;
	int status;

	assert_non_null(big);
	memset(big, 'x', 1 << 20);
	make_pipe(&reader, &writer);
	assert_int_equal(fd_set_nonblock(writer, true), 0);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(fd_write_full(writer, big, 1 << 20) == 0 ? 0 : 1);
	fd_close(&writer);
	assert_int_equal(writer, -1);
	assert_int_equal(fd_read_all(reader, 1 << 20, &found, &size), 0);
	assert_int_equal(size, 1 << 20);
	assert_memory_equal(found, big, size);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void test_write_to_closed_pipe(void **state)
{
	_cleanup_close_ int reader = -1, writer = -1;

	(void)signal(SIGPIPE, SIG_IGN);
	make_pipe(&reader, &writer);
	fd_close(&reader);
	assert_int_equal(fd_write_full(writer, "x", 1), -EPIPE);
	(void)signal(SIGPIPE, SIG_DFL);
}

static void test_read_all_limit(void **state)
{
	static const char text[] = "0123456789";

	for (size_t limit = 9; limit <= 11; limit++) {
		_cleanup_close_ int reader = -1, writer = -1;
		_cleanup_free_ char *found = NULL;

		make_pipe(&reader, &writer);
		assert_int_equal(fd_write_full(writer, text, 10), 0);
		fd_close(&writer);
		assert_int_equal(fd_read_all(reader, limit, &found, NULL), limit < 10 ? -EFBIG : 0);
		if (found)
			assert_string_equal(found, text);
	}
}

static void test_read_full_ends_early(void **state)
{
	_cleanup_close_ int reader = -1, writer = -1;
	char buffer[8];

	make_pipe(&reader, &writer);
	assert_int_equal(fd_write_full(writer, "abc", 3), 0);
	fd_close(&writer);
	assert_int_equal(fd_read_full(reader, buffer, sizeof(buffer)), 3);
	assert_int_equal(fd_read_full(-1, buffer, 1), -EBADF);
}

static void test_cloexec_from(void **state)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		int low = fcntl(0, F_DUPFD, 40), high = fcntl(0, F_DUPFD, 700); /* no CLOEXEC */

		if (low < 0 || high < 0 || fd_cloexec_from(41) < 0)
			_exit(1);
		_exit(!(fcntl(low, F_GETFD) & FD_CLOEXEC) && fcntl(high, F_GETFD) & FD_CLOEXEC ? 0
											       : 2);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void test_close_from(void **state)
{
	static const int keep[] = {-1, 700, 41, 39};
	static const struct {
		int fd;
		bool kept;
	} fds[] = {{39, true},	 {40, false}, {41, true},  {42, false},
		   {699, false}, {700, true}, {701, false}};
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
			if (dup2(0, fds[i].fd) < 0)
				_exit(1);
		if (fd_close_from(40, keep, ARRAY_SIZE(keep)) < 0)
			_exit(2);
		for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
			if ((fcntl(fds[i].fd, F_GETFD) >= 0) != fds[i].kept)
				_exit(fds[i].fd & 255);
		_exit(fd_close_from(3, NULL, 0) == 0 && fcntl(39, F_GETFD) < 0 ? 0 : 3);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void test_flags(void **state)
{
	_cleanup_close_ int reader = -1, writer = -1;
	char path[FD_PATH_MAX];

	make_pipe(&reader, &writer);
	assert_int_equal(fd_set_cloexec(reader, false), 0);
	assert_int_equal(fcntl(reader, F_GETFD) & FD_CLOEXEC, 0);
	assert_int_equal(fd_set_nonblock(reader, true), 0);
	assert_true(fcntl(reader, F_GETFL) & O_NONBLOCK);
	assert_int_equal(fd_set_nonblock(reader, false), 0);
	assert_int_equal(fcntl(reader, F_GETFL) & O_NONBLOCK, 0);
	assert_string_equal(fd_path(2147483647, path), "/proc/self/fd/2147483647");
	assert_int_equal(fd_set_cloexec(-1, true), -EBADF);
}

static void test_reopen(void **state)
{
	_cleanup_close_ int place = open("/", O_PATH | O_CLOEXEC);
	_cleanup_close_ int dir = fd_reopen(place, O_RDONLY | O_DIRECTORY);

	assert_true(dir >= 0);
	assert_true(fcntl(dir, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(fd_reopen(place, O_WRONLY), -EISDIR);
}

static void test_paths_of_descriptors(void **state)
{
	assert_int_equal(fd_of_path("/dev/stdin"), 0);
	assert_int_equal(fd_of_path("/dev/fd/0"), 0);
	assert_int_equal(fd_of_path("/proc/self/fd/63"), 63);
	assert_int_equal(fd_of_path("/dev/fd/"), -1);
	assert_int_equal(fd_of_path("/dev/fd/1/x"), -1);
	assert_int_equal(fd_of_path("/dev/fd/-1"), -1);
	assert_int_equal(fd_of_path("/dev/fd/4294967295"), -1);
	assert_int_equal(fd_of_path("/dev/null"), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths_of_descriptors),
		cmocka_unit_test(test_write_full_waits),
		cmocka_unit_test(test_write_to_closed_pipe),
		cmocka_unit_test(test_read_all_limit),
		cmocka_unit_test(test_read_full_ends_early),
		cmocka_unit_test(test_cloexec_from),
		cmocka_unit_test(test_close_from),
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_reopen),
	};

	return cmocka_run_group_tests_name("fd", tests, NULL, NULL);
}
