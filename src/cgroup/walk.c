/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup/walk.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/str.h"
#include "base/strv.h"

#define PROCS_TEXT_MAX (64u << 20)

struct pids {
	pid_t *item;
	size_t n, room;
};

static int add_pid(struct pids *p, pid_t pid)
{
	if (p->n == p->room) {
		size_t room = p->room ? p->room * 2 : 64;
		pid_t *more = reallocarray(p->item, room, sizeof(*more));

		if (!more)
			return -ENOMEM;
		p->item = more;
		p->room = room;
	}
	p->item[p->n++] = pid;
	return 0;
}

static int add_own(int cgroup_fd, const char *group, struct pids *p)
{
	_cleanup_free_ char *text = NULL, *file = NULL;
	char *rest;

	if (asprintf(&file, "%s/cgroup.procs", group) < 0) {
		file = NULL;
		return -ENOMEM;
	}
	int r = file_read(cgroup_fd, file, PROCS_TEXT_MAX, &text, NULL);
	/* A threaded group's processes stand in the group above it. */
	if (r == -EOPNOTSUPP)
		return 0;
	for (const char *line = text; r == 0 && *line; line = rest + (*rest == '\n')) {
		long pid = strtol(line, &rest, 10);

		/* 0: outside of our pid namespace, and so nothing that we could name */
		if (rest == line)
			return -EBADMSG;
		if (pid > 0)
			r = add_pid(p, (pid_t)pid);
	}
	return r;
}

int walk_own_pids(int cgroup_fd, pid_t **ret, size_t *ret_n)
{
	struct pids p = {0};
	int r = add_own(cgroup_fd, ".", &p);

	if (r < 0) {
		free(p.item);
		return r;
	}
	*ret = p.item;
	*ret_n = p.n;
	return 0;
}

/* Appends "GROUP/CHILD" for each group right below. */
static int add_children(int cgroup_fd, const char *group, char ***groups)
{
	int fd = openat(cgroup_fd, group, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_closedir_ DIR *folder = fd < 0 ? NULL : fdopendir(fd);

	if (!folder) {
		int r = -errno;

		fd_close(&fd);
		return r;
	}
	for (const struct dirent *e; (e = readdir(folder));) {
		if (e->d_type != DT_DIR || streq(e->d_name, ".") || streq(e->d_name, ".."))
			continue;
		int r = strv_pushf(groups, "%s/%s", group, e->d_name);
		if (r < 0)
			return r;
	}
	return 0;
}

int walk_pids(int cgroup_fd, pid_t **ret, size_t *ret_n)
{
	_cleanup_strv_ char **groups = NULL;
	struct pids p = {0};
	int r = strv_push(&groups, ".");

	for (size_t i = 0; r == 0 && groups[i]; i++) {
		r = add_own(cgroup_fd, groups[i], &p);
		if (r == 0)
			r = add_children(cgroup_fd, groups[i], &groups);
		/* Groups below come and go; the first one is what was asked for. */
		if (i > 0 && (r == -ENOENT || r == -ENODEV))
			r = 0;
	}
	if (r < 0) {
		free(p.item);
		return r;
	}
	*ret = p.item;
	*ret_n = p.n;
	return 0;
}

/* The first group right below, or an empty name. */
static int first_child(int group, char name[NAME_MAX + 1])
{
	int fd = openat(group, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_closedir_ DIR *folder = fd < 0 ? NULL : fdopendir(fd);

	if (!folder) {
		int r = -errno;

		fd_close(&fd);
		return r;
	}
	name[0] = 0;
	for (const struct dirent *e; (e = readdir(folder));) {
		if (e->d_type != DT_DIR || streq(e->d_name, ".") || streq(e->d_name, ".."))
			continue;
		(void)snprintf(name, NAME_MAX + 1, "%s", e->d_name);
		break;
	}
	return 0;
}

/*
 * Down into the first child until there is none, up again by "..", where the child is removed: the
 * depth, which the container chose, costs neither stack nor descriptors.
 */
int walk_remove_children(int cgroup_fd)
{
	_cleanup_close_ int current = openat(cgroup_fd, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	size_t depth = 0;
	int r = current < 0 ? -errno : 0;

	while (r == 0) {
		char name[NAME_MAX + 1];
		const char *next = name;

		r = first_child(current, name);
		if (r < 0)
			return r;
		if (!name[0] && depth == 0)
			return 0;
		if (!name[0])
			next = "..";
		else if (unlinkat(current, name, AT_REMOVEDIR) == 0)
			continue;
		else if (errno != EBUSY)
			return -errno;
		_cleanup_close_ int fd = openat(current, next, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0)
			return -errno;
		/* Childless and still not removable: it has processes. */
		if (name[0] && (r = first_child(fd, name)) == 0 && !name[0])
			return -EBUSY;
		depth = next == name ? depth + 1 : depth - 1;
		fd_close(&current);
		current = TAKE_FD(fd);
	}
	return r;
}

int walk_find_number(const char *text, const char *key, uint64_t *ret)
{
	size_t length = strlen(key);

	for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		if (strncmp(line, key, length) != 0 || line[length] != ' ')
			continue;
		const char *value = line + length + 1;
		_cleanup_free_ char *word = strndup(value, strcspn(value, "\n"));
		if (!word)
			return -ENOMEM;
		*ret = UINT64_MAX;
		return streq(word, "max") ? 0 : str_to_uint64(word, UINT64_MAX, ret);
	}
	return -ENODATA;
}
