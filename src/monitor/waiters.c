/* SPDX-License-Identifier: Apache-2.0 */
#include "monitor/waiters.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int waiters_open(int container_dir)
{
	int fd = openat(container_dir, WAITERS_FILE, O_RDONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC,
			0600);

	return fd < 0 ? -errno : fd;
}

int waiters_read(int fd)
{
	unsigned char code;

	return pread(fd, &code, 1, 0) == 1 ? code : -ENODATA;
}

void waiters_notify(int container_dir, int exit_code)
{
	const unsigned char code = (unsigned char)exit_code;
	int fd = openat(container_dir, WAITERS_FILE, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return;
	/* First removed: a waiter of the next start must not find this code. */
	(void)unlinkat(container_dir, WAITERS_FILE, 0);
	(void)!write(fd, &code, 1); /* on a full disk they use the exit file */
	(void)close(fd);
}
