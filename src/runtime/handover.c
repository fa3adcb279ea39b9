/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/handover.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/channel.h"
#include "base/fd.h"
#include "base/file.h"

void handover_done(struct handover *h)
{
	fd_close(&h->console_fd);
	fd_close(&h->pidfd_fd);
}

int handover_check(const struct handover *h, bool terminal, const char *setting, bool stays,
		   struct masu_error *err)
{
	if (h->console_socket && !terminal)
		return err_set(err, ERR_INVALID, EINVAL, "--console-socket without a terminal (%s)",
			       setting);
	if (terminal && !stays && !h->console_socket)
		return err_set(err, ERR_INVALID, EINVAL, "a terminal (%s) needs --console-socket",
			       setting);
	return 0;
}

static int connect_to(const char *path, int *ret, struct masu_error *err)
{
	int fd = path ? socket_connect(path) : -1;

	if (path && fd < 0)
		return err_sys(err, fd, "connect to the socket '%s'", path);
	*ret = fd;
	return 0;
}

int handover_connect(struct handover *h, struct masu_error *err)
{
	int r = connect_to(h->console_socket, &h->console_fd, err);

	return r < 0 ? r : connect_to(h->pidfd_socket, &h->pidfd_fd, err);
}

static int send_fd(int socket_fd, int fd, const char *name, struct masu_error *err)
{
	int r = socket_fd < 0 ? 0 : socket_send_fd(socket_fd, name, strlen(name) + 1, fd);

	return r < 0 ? err_sys(err, r, "send the %s", name) : 0;
}

static int write_pid(const char *path, pid_t pid, struct masu_error *err)
{
	char text[16];
	int n = snprintf(text, sizeof(text), "%d", pid);
	int r = file_write_atomic(AT_FDCWD, path, text, (size_t)n, 0644, 0);

	return r < 0 ? err_sys(err, r, "write the pid file '%s'", path) : 0;
}

int handover_give(const struct handover *h, int console, int pidfd, pid_t pid,
		  struct masu_error *err)
{
	int r = send_fd(h->console_fd, console, "terminal", err);

	if (r < 0)
		return r;
	r = send_fd(h->pidfd_fd, pidfd, "pidfd", err);
	if (r < 0)
		return r;
	return h->pid_file ? write_pid(h->pid_file, pid, err) : 0;
}
