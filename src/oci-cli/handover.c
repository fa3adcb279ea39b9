/* SPDX-License-Identifier: Apache-2.0 */
#include "oci-cli/handover.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/socket.h"

int handover_connect(const char *path, int *ret, struct err *err)
{
	int fd = path ? socket_connect(path) : -1;

	if (path && fd < 0)
		return err_sys(err, fd, "connect to the socket '%s'", path);
	*ret = fd;
	return 0;
}

int handover_fd(int socket_fd, int fd, const char *name, struct err *err)
{
	int r = socket_fd < 0 ? 0 : socket_send_fd(socket_fd, name, strlen(name) + 1, fd);

	return r < 0 ? err_sys(err, r, "send the %s", name) : 0;
}

int handover_pid(const char *path, pid_t pid, struct err *err)
{
	char text[16];

	if (!path)
		return 0;
	int n = snprintf(text, sizeof(text), "%d", pid);
	int r = file_write_atomic(AT_FDCWD, path, text, (size_t)n, 0644, 0);
	return r < 0 ? err_sys(err, r, "write the pid file '%s'", path) : 0;
}
