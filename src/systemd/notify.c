/* SPDX-License-Identifier: Apache-2.0 */
#include "systemd/notify.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/socket.h"

static int connect_to(const char *name)
{
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t n = strlen(name);

	if ((*name != '/' && *name != '@') || n < 2)
		return -EAFNOSUPPORT;
	if (n >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.sun_path, name, n);
	if (*name == '@')
		address.sun_path[0] = 0;
	if (fd < 0 || connect(fd, (struct sockaddr *)&address,
			      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n)) < 0)
		return -errno;
	return TAKE_FD(fd);
}

int notify_manager(const char *name, const char *text, int timeout_ms)
{
	static const char barrier[] = "BARRIER=1";
	_cleanup_close_ int fd = connect_to(name);
	int ends[2];

	if (fd < 0)
		return fd;
	if (send(fd, text, strlen(text), MSG_NOSIGNAL) < 0)
		return -errno;
	if (timeout_ms == 0)
		return 0;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	_cleanup_close_ int mine = ends[0];
	int r = socket_send_fd(fd, barrier, sizeof(barrier) - 1, ends[1]);
	(void)close(ends[1]); /* the manager's copy is the last */
	if (r < 0)
		return r;
	struct pollfd p = {mine, 0, 0}; /* POLLHUP is reported in any case */
	do
		r = poll(&p, 1, timeout_ms);
	while (r < 0 && errno == EINTR);
	return r < 0 ? -errno : r == 0 ? -ETIME : 0;
}
