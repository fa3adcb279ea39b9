/* SPDX-License-Identifier: Apache-2.0 */
#include "launcher/listeners.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/str.h"

#define FIRST_FD 3 /* sd_listen_fds(3) */

void listeners_done(struct listeners *l)
{
	for (size_t i = 0; i < l->n; i++)
		fd_close(&l->item[i].fd);
	fd_close(&l->fifo);
	free(l->item);
	*l = LISTENERS_INIT;
}

static bool is_bound_to(int fd, const struct port *port)
{
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} a = {0};
	char ip[INET6_ADDRSTRLEN] = "";
	socklen_t size = sizeof(a);

	if (getsockname(fd, &a.any, &size) < 0)
		return false;
	bool is_v6 = a.any.sa_family == AF_INET6;
	const void *bytes = is_v6 ? (const void *)&a.v6.sin6_addr : &a.v4.sin_addr;
	return inet_ntop(a.any.sa_family, bytes, ip, sizeof(ip)) && streq(ip, port->host_ip) &&
	       ntohs(is_v6 ? a.v6.sin6_port : a.v4.sin_port) == port->host_port;
}

static int take(struct listeners *l, const struct port_list *ports, int fd)
{
	struct stat st;
	int r = fstat(fd, &st) < 0 ? -errno : fd_set_cloexec(fd, true);

	if (r == 0)
		r = fd_set_nonblock(fd, true);
	if (r < 0)
		return r;
	if (S_ISFIFO(st.st_mode))
		l->fifo = fd;
	for (size_t i = 0; i < ports->n; i++)
		if (is_bound_to(fd, &ports->item[i])) {
			l->item[l->n++] = (struct listener){.fd = fd, .port = &ports->item[i]};
			return 0;
		}
	return 0;
}

int listeners_take(const struct port_list *ports, struct listeners *ret, struct masu_error *err)
{
	const int n = fd_count_listening();
	int r = 0;

	ret->item = calloc((size_t)MAX(n, 1), sizeof(*ret->item));
	if (!ret->item)
		return err_oom(err);
	for (int i = 0; r == 0 && i < n; i++)
		r = take(ret, ports, FIRST_FD + i);
	if (r < 0)
		return err_sys(err, r, "take the ports");
	if (!ret->n)
		return err_set(err, ERR_INVALID, EINVAL, "systemd has passed none of the ports");
	(void)unsetenv("LISTEN_PID");
	(void)unsetenv("LISTEN_FDS");
	(void)unsetenv("LISTEN_FDNAMES");
	return 0;
}
