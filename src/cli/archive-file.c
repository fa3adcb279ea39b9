/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/archive-file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"

int archive_file_write(void *fd, const void *bytes, size_t size)
{
	return fd_write_full(*(const int *)fd, bytes, size);
}

ssize_t archive_file_read(void *fd, void *buffer, size_t size)
{
	ssize_t n;

	do
		n = read(*(const int *)fd, buffer, size);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

int archive_file_refuse_terminal(struct masu_error *err)
{
	return isatty(STDOUT_FILENO)
		       ? err_set(err, ERR_INVALID, ENOTTY, "cannot write an archive to a terminal")
		       : 0;
}

int archive_file_create(const char *path, int (*fn)(void *arg, int fd, struct masu_error *err),
			void *arg, struct masu_error *err)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOCTTY | O_CLOEXEC,
				      0666);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys(err, errno, "cannot create \"%s\"", path);
	int r = fn(arg, fd, err);
	if (r < 0 && S_ISREG(st.st_mode))
		(void)unlink(path);
	return r;
}
