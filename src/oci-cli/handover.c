/* SPDX-License-Identifier: Apache-2.0 */
#include "oci-cli/handover.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/file.h"

int handover_connect(const char *path, struct err *err)
{
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	if (strlen(path) >= sizeof(address.sun_path))
		return err_set(err, ERR_INVALID, ENAMETOOLONG,
			       "the path of the socket is too long: '%s'", path);
	memcpy(address.sun_path, path, strlen(path));
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return err_sys(err, errno, "connect to the socket '%s'", path);
	return TAKE_FD(fd);
}

int handover_fd(int socket_fd, int fd, const char *name, struct err *err)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = {0};
	struct iovec data = {.iov_base = (void *)name, .iov_len = strlen(name) + 1};
	struct msghdr m = {.msg_iov = &data,
			   .msg_iovlen = 1,
			   .msg_control = control.bytes,
			   .msg_controllen = sizeof(control.bytes)};
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(int));
	return sendmsg(socket_fd, &m, MSG_NOSIGNAL) < 0 ? err_sys(err, errno, "send the %s", name)
							: 0;
}

int handover_pid(const char *path, pid_t pid, struct err *err)
{
	char text[16];
	int n = snprintf(text, sizeof(text), "%d", pid);
	int r = file_write_atomic(AT_FDCWD, path, text, (size_t)n, 0644, 0);

	return r < 0 ? err_sys(err, r, "write the pid file '%s'", path) : 0;
}
