/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/namespaces.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>

#include "base/fd.h"
#include "base/pidfd.h"
#include "base/str.h"
#include "linux/compat.h"

#define ATTEMPTS 100

static int enter(int pidfd, int flags)
{
	if (setns(pidfd, flags) == 0)
		return 0;
	if (errno == EINVAL && flags & CLONE_NEWUSER && setns(pidfd, flags & ~CLONE_NEWUSER) == 0)
		return 0;
	return -errno;
}

/* Without pidfds: by the files of the process's directory of /proc, all opened before one is entered. */
static int enter_by_files(int dir, int flags)
{
	static const char *const names[] = {"user", "pid",    "net",  "ipc",
					    "uts",  "cgroup", "time", "mnt"};
	static const int types[] = {CLONE_NEWUSER, CLONE_NEWPID,    CLONE_NEWNET,  CLONE_NEWIPC,
				    CLONE_NEWUTS,  CLONE_NEWCGROUP, CLONE_NEWTIME, CLONE_NEWNS};
	_cleanup_close_ int ns = openat(dir, "ns", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int files[ARRAY_SIZE(names)], r = ns < 0 ? -ESRCH : 0;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		files[i] = r == 0 && flags & types[i] ? openat(ns, names[i], O_RDONLY | O_CLOEXEC)
						      : -1;
		if (r == 0 && flags & types[i] && files[i] < 0)
			r = -errno;
	}
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (r == 0 && files[i] >= 0 && setns(files[i], types[i]) < 0 &&
		    !(errno == EINVAL && types[i] == CLONE_NEWUSER))
			r = -errno;
		fd_close(&files[i]);
	}
	return r;
}

int namespaces_enter(int pidfd, int flags)
{
	return pidfd_polls(pidfd) ? enter(pidfd, flags) : enter_by_files(pidfd, flags);
}

int namespaces_find_member(const struct stat *ns, const char *file, pid_t *ret)
{
	_cleanup_closedir_ DIR *proc = opendir("/proc");
	const struct dirent *entry;

	if (!proc)
		return -errno;
	while ((entry = readdir(proc))) {
		char path[sizeof(entry->d_name) + 32];
		struct stat st;
		uint32_t pid;

		(void)snprintf(path, sizeof(path), "%s/ns/%s", entry->d_name, file);
		if (str_to_uint32(entry->d_name, &pid) == 0 &&
		    fstatat(dirfd(proc), path, &st, 0) == 0 && st.st_dev == ns->st_dev &&
		    st.st_ino == ns->st_ino) {
			*ret = (pid_t)pid;
			return 1;
		}
	}
	return 0;
}

/* A process that has ended, or has left the namespace, while its map was read does not count. */
static bool is_member(pid_t pid, const struct stat *ns)
{
	char path[64];
	struct stat st;

	(void)snprintf(path, sizeof(path), "/proc/%d/ns/user", (int)pid);
	return stat(path, &st) == 0 && st.st_dev == ns->st_dev && st.st_ino == ns->st_ino;
}

/* Returns 1, or 0 if there is no member. If a member ends during the search, others may remain, so the search is repeated. */
static int find_map(const struct stat *ns, struct idmap *ret)
{
	for (int i = 0; i < ATTEMPTS; i++) {
		pid_t pid;
		int r = namespaces_find_member(ns, "user", &pid);

		if (r <= 0)
			return r;
		if (idmap_read(pid, ret) == 0 && is_member(pid, ns))
			return 1;
		idmap_done(ret);
	}
	return 0;
}

int namespaces_read_map(const char *path, struct idmap *ret, struct masu_error *err)
{
	_cleanup_idmap_ struct idmap map = {0};
	struct stat ns;

	if (stat(path, &ns) < 0)
		return err_sys(err, errno, "cannot open the user namespace \"%s\"", path);
	int r = find_map(&ns, &map);
	if (r < 0)
		return err_sys(err, r, "read the map of the user namespace \"%s\"", path);
	if (r == 0) {
		(void)err_set(err, ERR_INVALID, ESRCH,
			      "cannot read the id map of \"%s\": no process of yours is in a user "
			      "namespace that it names",
			      path);
		return err_hint(err, "a user namespace is a file like /proc/PID/ns/user");
	}
	*ret = TAKE(map, (struct idmap){0});
	return 0;
}
