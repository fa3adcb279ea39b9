/* SPDX-License-Identifier: Apache-2.0 */
#include "net/port-owner.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/str.h"

#define TABLE_MAX    (16u << 20)
#define STATE_LISTEN 10

/* The wanted local address as the table has it: 32-bit words in hexadecimal, of the host's byte order. */
struct wanted {
	const struct port *port;
	char address[33];
	bool is_any;
};

static void make_wanted(const struct port *port, struct wanted *ret)
{
	bool v6 = port_is_ipv6(port);
	uint32_t words[4] = {0};

	*ret = (struct wanted){.port = port};
	(void)inet_pton(v6 ? AF_INET6 : AF_INET, port->host_ip, words); /* it was checked before */
	for (size_t i = 0; i < (v6 ? 4U : 1U); i++)
		(void)snprintf(ret->address + 8 * i, 9, "%08X", words[i]);
	ret->is_any = !(words[0] | words[1] | words[2] | words[3]);
}

static bool fits(const struct wanted *w, const char *local, size_t length)
{
	return w->is_any || strspn(local, "0") == length ||
	       (length == strlen(w->address) && memcmp(local, w->address, length) == 0);
}

/*
 * A line of /proc/net/tcp, proc_pid_net(5): "0: 0100007F:1F90 00000000:0000 0A tx:rx tr:when retrnsmt uid timeout INODE".
 * The inode, or 0 if the socket is of another port or does not listen.
 */
static uint64_t inode_of(const char *line, const struct wanted *w)
{
	size_t length;
	const char *local = str_word(line, 1, &length), *colon = memchr(local, ':', length);

	if (!colon || strtoul(colon + 1, NULL, 16) != w->port->host_port ||
	    !fits(w, local, (size_t)(colon - local)))
		return 0;
	if (!w->port->udp && strtoul(str_word(line, 3, &length), NULL, 16) != STATE_LISTEN)
		return 0;
	return str_word_number(line, 9);
}

static uint64_t find_in(const char *path, const struct wanted *w)
{
	_cleanup_free_ char *text = NULL;
	char *rest, *line;
	uint64_t inode = 0;

	if (file_read(AT_FDCWD, path, TABLE_MAX, &text, NULL) < 0)
		return 0;
	rest = text;
	while (!inode && (line = strsep(&rest, "\n")))
		inode = inode_of(line, w);
	return inode;
}

/* A socket of IPv6 can hold the port of IPv4, too. */
static uint64_t find_socket(const struct port *port)
{
	struct wanted w;

	make_wanted(port, &w);
	uint64_t inode = find_in(port->udp ? "/proc/net/udp" : "/proc/net/tcp", &w);
	return inode ? inode : find_in(port->udp ? "/proc/net/udp6" : "/proc/net/tcp6", &w);
}

static bool holds(const char *pid, const char *link)
{
	char path[64], target[64];
	struct dirent *d;

	(void)snprintf(path, sizeof(path), "/proc/%.20s/fd", pid);
	_cleanup_closedir_ DIR *dir = opendir(path);
	while (dir && (d = readdir(dir))) {
		ssize_t n = readlinkat(dirfd(dir), d->d_name, target, sizeof(target) - 1);

		if (n > 0 && (size_t)n == strlen(link) && memcmp(target, link, (size_t)n) == 0)
			return true;
	}
	return false;
}

static void read_name(const char *pid, char ret[PORT_OWNER_NAME_SIZE])
{
	_cleanup_free_ char *text = NULL;
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%.20s/comm", pid);
	(void)file_read(AT_FDCWD, path, PORT_OWNER_NAME_SIZE, &text, NULL); /* it may have ended */
	(void)snprintf(ret, PORT_OWNER_NAME_SIZE, "%.*s", (int)strcspn(str_or_empty(text), "\n"),
		       str_or_empty(text));
	str_disarm(ret, false);
}

int port_owner(const struct port *port, pid_t *ret_pid, char ret_name[PORT_OWNER_NAME_SIZE])
{
	_cleanup_closedir_ DIR *proc = opendir("/proc");
	uint64_t inode = find_socket(port);
	struct dirent *d;
	char link[64];
	uint32_t pid;

	(void)snprintf(link, sizeof(link), "socket:[%" PRIu64 "]", inode);
	while (inode && proc && (d = readdir(proc))) {
		if (str_to_uint32(d->d_name, &pid) < 0 || !holds(d->d_name, link))
			continue;
		read_name(d->d_name, ret_name);
		*ret_pid = (pid_t)pid;
		return 0;
	}
	return -ESRCH;
}
