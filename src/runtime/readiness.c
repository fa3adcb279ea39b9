/* SPDX-License-Identifier: Apache-2.0 */

#include "runtime/readiness.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/channel.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/path.h"
#include "base/pidfd.h"
#include "base/str.h"
#include "base/strv.h"

#define DIR	    "notify"
#define SOCKET	    "notify.sock"
#define INSIDE	    "/run/notify"
#define MESSAGE_MAX 16384
#define BARRIER_MS  5000
#define LOOK_MS	    10

static const char *manager(void)
{
	const char *name = getenv("NOTIFY_SOCKET");

	return name && *name ? name : NULL;
}

bool readiness_is_wanted(void)
{
	return manager();
}

int readiness_offer(const char *root, const char *id, struct oci_spec *spec, struct masu_error *err)
{
	_cleanup_free_ char *dir = NULL, *path = NULL;

	if (!manager() || !spec->process)
		return 0;
	dir = path_join(root, id);
	path = dir ? path_join(dir, DIR) : NULL;
	/* Any user of the container may pass through. */
	if (path && (mkdir(path, 0755) < 0 || chmod(path, 0755) < 0))
		return err_sys(err, errno, "create the directory '%s'", path);
	if (!path || strv_env_set(&spec->process->env, "NOTIFY_SOCKET=" INSIDE "/" SOCKET) < 0 ||
	    !oci_spec_add_mount(spec, INSIDE, "bind", path, "bind,ro,nosuid,nodev,noexec"))
		return err_oom(err);
	return 0;
}

bool readiness_is_offered(int dirfd)
{
	return faccessat(dirfd, DIR, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* By descriptor: a writer in the container's mount could replace the socket by a link. */
static int open_to_all(int dir)
{
	_cleanup_close_ int place = openat(dir, SOCKET, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	char path[FD_PATH_MAX];
	struct stat st;

	if (place < 0 || fstat(place, &st) < 0)
		return -errno;
	if (!S_ISSOCK(st.st_mode))
		return -ESTALE;
	return chmod(fd_path(place, path), 0777) < 0 ? -errno : 0;
}

int readiness_listen(int dirfd, int *ret, struct masu_error *err)
{
	_cleanup_close_ int fd = -1, dir = -1;
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	*ret = -1;
	if (!manager())
		return 0;
	dir = openat(dirfd, DIR, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0 && errno == ENOENT)
		return err_set(err, ERR_CONFLICT, ENOENT,
			       "NOTIFY_SOCKET: the container was created without one");
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/%s", dir,
		       SOCKET);
	fd = dir < 0 ? -1 : socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int r = fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0
			? -errno
			: open_to_all(dir);
	if (r < 0)
		return err_sys(err, r, "create the container's NOTIFY_SOCKET");
	*ret = TAKE_FD(fd);
	return 0;
}

/* One message. The kernel drops descriptors that it carries, since none are requested. */
static bool take_ready(int fd)
{
	char text[MESSAGE_MAX + 1];
	ssize_t n = recv(fd, text, MESSAGE_MAX, MSG_DONTWAIT);

	text[n > 0 ? n : 0] = 0;
	_cleanup_strv_ char **lines = strv_split(text, "\n");
	return lines && strv_contains(lines, "READY=1");
}

/* $NOTIFY_SOCKET is a path, or "@" and an abstract name. */
static int connect_to(const char *name)
{
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t n = name ? strlen(name) : 0;

	if (n < 2 || (*name != '/' && *name != '@'))
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

int readiness_connect(void)
{
	return connect_to(manager());
}

/*
 * The manager finds the sender of a message by its cgroup, and so only while the sender lives. A
 * process that is about to exit sends a barrier as well: a descriptor that the manager closes when it has
 * read all earlier messages.
 */
int readiness_tell(const char *text, int timeout_ms)
{
	static const char barrier[] = "BARRIER=1";
	_cleanup_close_ int fd = connect_to(manager());
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

static void tell(const char *text, int timeout_ms)
{
	int r = readiness_tell(text, timeout_ms);

	if (r < 0 && r != -ETIME)
		log_warning("tell NOTIFY_SOCKET '%s' that the container is ready: %s", manager(),
			    strerror(-r));
}

void readiness_wait(int fd, int pidfd, pid_t pid)
{
	/* A directory of /proc in place of a pidfd is always readable: it is looked at. */
	bool tells = pidfd_polls(pidfd);
	struct pollfd polls[] = {{fd, POLLIN, 0}, {tells ? pidfd : -1, POLLIN, 0}};
	char text[64];

	while (fd >= 0) {
		if (poll(polls, ARRAY_SIZE(polls), tells ? -1 : LOOK_MS) < 0)
			continue; /* EINTR */
		if (polls[0].revents && take_ready(fd))
			break;
		if (!polls[0].revents && pidfd_wait(pidfd, 0))
			return;
	}
	if (fd < 0)
		return;
	(void)snprintf(text, sizeof(text), "READY=1\nMAINPID=%d", (int)pid);
	tell(text, BARRIER_MS);
}

void readiness_take(struct readiness *r)
{
	if (!take_ready(r->fd) || r->told)
		return;
	r->told = true;
	tell("READY=1", 0);
}
