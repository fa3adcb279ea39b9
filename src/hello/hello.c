/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The program of the embedded image: prints the container's view of itself. It is the only file of its root
 * file system, so it reads only /proc and /sys, and skips files that do not exist.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/cleanup.h"

#define TEXT_MAX 4096

/* The beginning of a file, without its last newline. Returns false if it cannot be read. */
static bool read_text(const char *path, char text[TEXT_MAX])
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, TEXT_MAX - 1);

	if (n < 0)
		return false;
	text[n] = '\0';
	if (n > 0 && text[n - 1] == '\n')
		text[n - 1] = '\0';
	return true;
}

/* The value of "KEY:\tVALUE" in /proc/self/status; "?" if the key does not exist. */
static const char *status_value(const char *key, char text[TEXT_MAX])
{
	char *line, *rest;

	if (!read_text("/proc/self/status", text))
		return "?";
	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		size_t n = strlen(key);

		if (strncmp(line, key, n) == 0 && line[n] == ':')
			return line + n + 1 + strspn(line + n + 1, " \t");
	}
	return "?";
}

static void label(const char *name)
{
	printf("  %-13s", name);
}

static void show_system(void)
{
	struct utsname u;

	if (uname(&u) < 0)
		return;
	label("host name");
	printf("%s\n", u.nodename);
	label("kernel");
	printf("%s %s, %s\n", u.sysname, u.release, u.machine);
}

static void show_process(void)
{
	_cleanup_closedir_ DIR *proc = opendir("/proc");
	const struct dirent *e;
	int n = 0;

	while (proc && (e = readdir(proc)))
		n += e->d_name[0] >= '1' && e->d_name[0] <= '9';
	label("process");
	printf("pid %d, %d visible; uid %u, gid %u\n", getpid(), n, getuid(), getgid());
}

static void show_id_map(const char *name, const char *path)
{
	char text[TEXT_MAX], *line, *rest;
	const char *separator = "";

	if (!read_text(path, text))
		return;
	label(name);
	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		char *end; /* written by the kernel: three numbers a line */
		unsigned long inside = strtoul(line, &end, 10), above = strtoul(end, &end, 10);
		unsigned long count = strtoul(end, &end, 10);

		if (count > 1)
			printf("%s%lu-%lu is %lu-%lu", separator, inside, inside + count - 1, above,
			       above + count - 1);
		else
			printf("%s%lu is %lu", separator, inside, above);
		separator = ", ";
	}
	printf(" of the user namespace above\n");
}

static void show_namespaces(void)
{
	static const char *const kinds[] = {"user", "mnt", "pid",    "net",
					    "ipc",  "uts", "cgroup", "time"};

	label("namespaces");
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		char path[32], target[64];
		ssize_t n;

		(void)snprintf(path, sizeof(path), "/proc/self/ns/%s", kinds[i]);
		n = readlink(path, target, sizeof(target) - 1); /* "user:[4026531837]" */
		if (n < 0)
			continue;
		target[n] = '\0';
		if (i == ARRAY_SIZE(kinds) / 2) {
			printf("\n");
			label("");
		}
		printf("%s%-6s %.*s", i % 4 ? "   " : "", kinds[i],
		       (int)strspn(target + strcspn(target, "0123456789"), "0123456789"),
		       target + strcspn(target, "0123456789"));
	}
	printf("\n");
}

static void show_limit(const char *name, const char *file)
{
	char path[64], text[TEXT_MAX];

	(void)snprintf(path, sizeof(path), "/sys/fs/cgroup/%s", file);
	if (read_text(path, text))
		printf(", %s %s", name, text);
}

static void show_cgroup(void)
{
	char text[TEXT_MAX];
	const char *path;

	if (!read_text("/proc/self/cgroup", text))
		return;
	path = strstr(text, "0::");
	label("cgroup");
	printf("%.*s", path ? (int)strcspn(path + 3, "\n") : 7, path ? path + 3 : "version 1");
	show_limit("memory", "memory.max");
	show_limit("cpu", "cpu.max");
	show_limit("pids", "pids.max");
	printf("\n");
}

static void show_privileges(void)
{
	static const char *const modes[] = {"off", "strict", "filter"};
	char text[TEXT_MAX];
	unsigned long long set = strtoull(status_value("CapEff", text), NULL, 16);
	unsigned long mode;

	label("capabilities");
	printf("%d, 0x%llx\n", __builtin_popcountll(set), set);
	mode = strtoul(status_value("Seccomp", text), NULL, 10);
	label("seccomp");
	printf("%s", mode < ARRAY_SIZE(modes) ? modes[mode] : "?");
	printf(", no new privileges: %s\n",
	       *status_value("NoNewPrivs", text) == '1' ? "yes" : "no");
}

/* mountinfo: "ID PARENT DEV ROOT PLACE OPTIONS [FIELD...] - TYPE SOURCE OPTIONS" */
static void show_mounts(void)
{
	_cleanup_fclose_ FILE *f = fopen("/proc/self/mountinfo", "re");
	_cleanup_free_ char *line = NULL;
	char place[256], options[256], type[64] = "", root_options[256] = "";
	size_t room = 0;
	int n = 0;

	while (f && getline(&line, &room, f) > 0) {
		const char *rest = strstr(line, " - ");

		n++;
		if (sscanf(line, "%*s %*s %*s %*s %255s %255s", place, options) != 2 || !rest ||
		    strcmp(place, "/") != 0)
			continue;
		(void)sscanf(rest, " - %63s", type);
		(void)snprintf(root_options, sizeof(root_options), "%s", options);
	}
	label("mounts");
	printf("%d", n);
	if (*type)
		printf(", / is %s (%s)", type, root_options);
	printf("\n");
}

static int prefix_length(const struct sockaddr *mask)
{
	const unsigned char *bytes;
	int n = 0;

	if (!mask)
		return 0;
	bytes = mask->sa_family == AF_INET
			? (const void *)&((const struct sockaddr_in *)mask)->sin_addr
			: (const void *)&((const struct sockaddr_in6 *)mask)->sin6_addr;
	for (int i = 0; i < (mask->sa_family == AF_INET ? 4 : 16); i++)
		n += __builtin_popcount(bytes[i]);
	return n;
}

static void show_network(void)
{
	struct ifaddrs *all = NULL;

	if (getifaddrs(&all) < 0)
		return;
	for (const struct ifaddrs *a = all; a; a = a->ifa_next) {
		char text[INET6_ADDRSTRLEN] = "";
		int family = a->ifa_addr ? a->ifa_addr->sa_family : AF_UNSPEC;

		if (family == AF_INET)
			(void)inet_ntop(family, &((struct sockaddr_in *)a->ifa_addr)->sin_addr,
					text, sizeof(text));
		else if (family == AF_INET6)
			(void)inet_ntop(family, &((struct sockaddr_in6 *)a->ifa_addr)->sin6_addr,
					text, sizeof(text));
		else if (family == AF_PACKET && (a->ifa_flags & IFF_UP))
			continue; /* its addresses follow */
		label("network");
		if (*text)
			printf("%s %s/%d\n", a->ifa_name, text, prefix_length(a->ifa_netmask));
		else
			printf("%s, down\n", a->ifa_name);
	}
	freeifaddrs(all);
}

int main(void)
{
	printf("Hello from a container of masu %s. This is what it sees:\n\n", MASU_VERSION);
	show_system();
	show_process();
	show_id_map("users", "/proc/self/uid_map");
	show_id_map("groups", "/proc/self/gid_map");
	show_namespaces();
	show_cgroup();
	show_privileges();
	show_mounts();
	show_network();
	return fflush(stdout) == 0 ? 0 : 1;
}
