/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fd.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <poll.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#include "base/str.h"

void fd_close(int *fd)
{
	int saved = errno;

	closep(fd);
	*fd = -1;
	errno = saved;
}

ssize_t fd_read_full(int fd, void *buffer, size_t size)
{
	size_t done = 0;

	while (done < size) {
		ssize_t n = read(fd, (char *)buffer + done, size - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

int fd_write_full(int fd, const void *buffer, size_t size)
{
	const char *p = buffer;

	while (size > 0) {
		ssize_t n = write(fd, p, size);

		if (n < 0 && errno == EAGAIN) {
			struct pollfd pfd = {.fd = fd, .events = POLLOUT};

			(void)poll(&pfd, 1, -1); /* write(2) reports the error */
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		p += n;
		size -= (size_t)n;
	}
	return 0;
}

int fd_memory(const char *name, const void *bytes, size_t size)
{
	_cleanup_close_ int fd = memfd_create(name, MFD_CLOEXEC);

	if (fd < 0)
		return -errno;
	int r = fd_write_full(fd, bytes, size);
	if (r < 0)
		return r;
	if (lseek(fd, 0, SEEK_SET) < 0)
		return -errno;
	if (fd > STDERR_FILENO)
		return TAKE_FD(fd);
	r = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	return r < 0 ? -errno : r;
}

int fd_read_all(int fd, size_t limit, char **ret, size_t *ret_size)
{
	_cleanup_free_ char *text = NULL;
	size_t done = 0, room = 0;
	struct stat st;

	/* The size is a guess (0 for files of /proc). One byte more detects the end. */
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0)
		room = MIN((uint64_t)st.st_size, (uint64_t)limit) + 2;
	else
		room = 4096;
	for (;;) {
		char *grown = realloc(text, room);

		if (!grown)
			return -ENOMEM;
		text = grown;
		ssize_t n = fd_read_full(fd, text + done, room - 1 - done);
		if (n < 0)
			return (int)n;
		done += (size_t)n;
		if (done > limit)
			return -EFBIG;
		if (done < room - 1)
			break;
		room *= 2;
	}
	text[done] = 0;
	*ret = TAKE_PTR(text);
	if (ret_size)
		*ret_size = done;
	return 0;
}

static int set_flag(int fd, int get, int set, int flag, bool on)
{
	int flags = fcntl(fd, get);

	if (flags < 0)
		return -errno;
	int wanted = on ? flags | flag : flags & ~flag;
	if (wanted != flags && fcntl(fd, set, wanted) < 0)
		return -errno;
	return 0;
}

int fd_set_cloexec(int fd, bool on)
{
	return set_flag(fd, F_GETFD, F_SETFD, FD_CLOEXEC, on);
}

int fd_set_nonblock(int fd, bool on)
{
	return set_flag(fd, F_GETFL, F_SETFL, O_NONBLOCK, on);
}

static int cloexec_by_proc(int first)
{
	_cleanup_closedir_ DIR *d = opendir("/proc/self/fd");

	if (!d)
		return -errno;
	for (struct dirent *e; (e = readdir(d));) {
		uint32_t fd;

		if (str_to_uint32(e->d_name, &fd) < 0 || (int)fd < first)
			continue;
		int r = fd_set_cloexec((int)fd, true);
		if (r < 0)
			return r;
	}
	return 0;
}

int fd_cloexec_from(int first)
{
	if (syscall(SYS_close_range, first, ~0U, CLOSE_RANGE_CLOEXEC) == 0)
		return 0;
	return cloexec_by_proc(first);
}

/*
 * Closes all descriptors up to the limit of this process. /proc is not trusted: it may be a container's by now, and a
 * descriptor that it does not show would stay open.
 */
static int close_one_by_one(int first, const int *keep, size_t n)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return -errno;
	for (int fd = first; fd < (int)MIN(limit.rlim_cur, INT_MAX); fd++) {
		bool kept = false;

		for (size_t i = 0; i < n; i++)
			kept |= keep[i] == fd;
		if (!kept)
			(void)close(fd); /* most are not open */
	}
	return 0;
}

int fd_close_from(int first, const int *keep, size_t n)
{
	for (unsigned int from = (unsigned int)first;;) {
		unsigned int next = ~0U;

		for (size_t i = 0; i < n; i++)
			if (keep[i] >= 0 && (unsigned int)keep[i] >= from)
				next = MIN(next, (unsigned int)keep[i]);
		if (next > from && syscall(SYS_close_range, from, next == ~0U ? next : next - 1, 0))
			return errno == ENOSYS ? close_one_by_one(first, keep, n) : -errno;
		if (next == ~0U)
			return 0;
		from = next + 1;
	}
}

void fd_open_standard(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		(void)close(fd);
}

const char *fd_path(int fd, char buffer[FD_PATH_MAX])
{
	(void)snprintf(buffer, FD_PATH_MAX, "/proc/self/fd/%d", fd);
	return buffer;
}

int fd_reopen(int fd, int flags)
{
	char path[FD_PATH_MAX];
	int reopened = open(fd_path(fd, path), flags | O_CLOEXEC);

	return reopened < 0 ? -errno : reopened;
}

int fd_of_path(const char *path)
{
	const char *number = str_after(path, "/dev/fd/");
	uint32_t fd;

	if (streq(path, "/dev/stdin"))
		return STDIN_FILENO;
	if (!number)
		number = str_after(path, "/proc/self/fd/");
	return number && str_to_uint32(number, &fd) == 0 && fd <= INT32_MAX ? (int)fd : -1;
}

bool fd_is_null(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3);
}

#define LISTENING_MAX 1024

int fd_count_listening(void)
{
	const char *fds = getenv("LISTEN_FDS"), *pid = getenv("LISTEN_PID");
	uint32_t n, whose;

	if (!fds || str_to_uint32(fds, &n) < 0 || n > LISTENING_MAX)
		return 0;
	if (pid && (str_to_uint32(pid, &whose) < 0 || whose != (uint32_t)getpid()))
		return 0;
	for (int fd = 3; fd < 3 + (int)n; fd++)
		if (fcntl(fd, F_GETFD) != 0)
			return 0;
	return (int)n;
}
