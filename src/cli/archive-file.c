/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/archive-file.h"

#include <errno.h>
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
