/* SPDX-License-Identifier: Apache-2.0 */
#include "base/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/cleanup.h"
#include "base/fd.h"

int socket_connect(const char *path)
{
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), place = -1;
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	if (strlen(path) < sizeof(address.sun_path)) {
		memcpy(address.sun_path, path, strlen(path));
	} else { /* a path may be longer than an address */
		place = open(path, O_PATH | O_CLOEXEC);
		if (place < 0)
			return -errno;
		(void)fd_path(place, address.sun_path);
	}
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	return TAKE_FD(fd);
}

static ssize_t send_first(int socket_fd, const void *bytes, size_t size, int fd)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = {0};
	struct iovec data = {.iov_base = (void *)bytes, .iov_len = size};
	struct msghdr m = {.msg_iov = &data,
			   .msg_iovlen = 1,
			   .msg_control = control.bytes,
			   .msg_controllen = sizeof(control.bytes)};
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(int));
	return sendmsg(socket_fd, &m, MSG_NOSIGNAL);
}

int socket_send_fd(int socket_fd, const void *bytes, size_t size, int fd)
{
	ssize_t n;

	do
		n = send_first(socket_fd, bytes, size, fd);
	while (n < 0 && errno == EINTR);
	for (size_t sent = 0; n >= 0 && (sent += (size_t)n) < size;) {
		n = send(socket_fd, (const char *)bytes + sent, size - sent, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			n = 0;
	}
	return n < 0 ? -errno : 0;
}
