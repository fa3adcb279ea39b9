/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/container/mounted.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/path.h"
#include "base/str.h"

#define MOUNTED_FILE "mounted"

int mounted_record(const masu_container *c, struct masu_error *err)
{
	/* An empty file is whole at once, and a kill leaves no other name. */
	_cleanup_close_ int fd = openat(c->home.fd, MOUNTED_FILE,
					O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

	return fd < 0 ? err_sys(err, errno, "record the mount of container \"%s\"", c->record.name)
		      : 0;
}

void mounted_forget(const masu_container *c)
{
	(void)unlinkat(c->home.fd, MOUNTED_FILE, 0); /* without the mount it has no meaning */
}

bool mounted_is_recorded(const masu_container *c)
{
	return faccessat(c->home.fd, MOUNTED_FILE, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* A mount has another device than the directory around it: the overlay is a file system of its own. */
bool mounted_is_here(const masu_container *c)
{
	struct stat dir, root;

	return mounted_is_recorded(c) && fstat(c->home.fd, &dir) == 0 &&
	       fstatat(c->home.fd, "root", &root, AT_SYMLINK_NOFOLLOW) == 0 &&
	       dir.st_dev != root.st_dev;
}

/* The mount point of a line is its fifth word (proc_pid_mountinfo(5)). No other path has the id in it. */
static int has_mount(const char *pid, const char *id)
{
	_cleanup_free_ char *path = str_printf("/proc/%s/mountinfo", pid);
	_cleanup_free_ char *end = str_printf("/containers/%s/root ", id);
	_cleanup_fclose_ FILE *f = path ? fopen(path, "re") : NULL;
	_cleanup_free_ char *line = NULL;
	size_t size = 0;

	if (!path || !end)
		return -ENOMEM;
	if (!f) /* a process of another user, or one that is gone */
		return err_is_shortage(-errno) ? -errno : 0;
	while (getline(&line, &size, f) > 0)
		if (strstr(line, end))
			return 1;
	return 0;
}

pid_t mounted_process(const masu_container *c)
{
	_cleanup_closedir_ DIR *d = file_open_dir(AT_FDCWD, "/proc");
	uint32_t pid;

	if (!d)
		return -errno;
	for (const struct dirent *entry; (entry = file_next_entry(d));) {
		int r = str_to_uint32(entry->d_name, &pid) < 0
				? 0
				: has_mount(entry->d_name, c->home.id);

		if (r != 0)
			return r < 0 ? r : (pid_t)pid;
	}
	return 0;
}

int masu_container_mount_path(masu_container *c, char **ret_path, masu_error *err)
{
	_cleanup_free_ char *path = path_join(c->dir, "root");
	int r = path ? container_open(c, err) : err_oom(err);

	if (r < 0)
		return r;
	bool here = mounted_is_here(c);
	container_close(c);
	*ret_path = here ? TAKE_PTR(path) : NULL;
	return 0;
}

int mounted_check(const masu_container *c, const char *what, struct masu_error *err)
{
	const char *name = c->record.name;
	pid_t pid;

	if (!mounted_is_recorded(c))
		return 0;
	if (mounted_is_here(c)) {
		(void)err_set(err, ERR_CONFLICT, EBUSY,
			      "cannot %s container \"%s\": its files are mounted", what, name);
		return err_hint(err, "masu unmount %s", name);
	}
	pid = mounted_process(c);
	if (pid < 0)
		return err_sys(err, pid, "find the mount of container \"%s\"", name);
	if (pid == 0) {
		mounted_forget(c);
		return 0;
	}
	(void)err_set(err, ERR_CONFLICT, EBUSY,
		      "cannot %s container \"%s\": its files are mounted in the mount namespace of "
		      "process %d",
		      what, name, pid);
	return err_hint(err,
			"run 'masu unmount %s' there, or end the processes of that 'masu unshare'",
			name);
}
