/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup/walk.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/str.h"

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

static int add_own(int group, struct pids *p)
{
	_cleanup_free_ char *text = NULL;
	char *rest;
	int r = file_read(group, "cgroup.procs", PROCS_TEXT_MAX, &text, NULL);

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

static int hand_over(struct pids *p, int r, pid_t **ret, size_t *ret_n)
{
	if (r < 0) {
		free(p->item);
		return r;
	}
	*ret = p->item;
	*ret_n = p->n;
	return 0;
}

int walk_own_pids(int cgroup_fd, pid_t **ret, size_t *ret_n)
{
	struct pids p = {0};

	return hand_over(&p, add_own(cgroup_fd, &p), ret, ret_n);
}

/*
 * Finds the next child after *position (0: the first) and advances it; the name is empty after the last child. In a
 * cgroup file system a position stays valid for a new descriptor, and across changes.
 */
static int next_child(int group, long *position, char name[NAME_MAX + 1])
{
	int fd = openat(group, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_closedir_ DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (!dir) {
		int r = -errno;

		fd_close(&fd);
		return r;
	}
	name[0] = 0;
	if (*position)
		seekdir(dir, *position);
	for (const struct dirent *e; !name[0] && (e = readdir(dir));)
		if (e->d_type == DT_DIR && !streq(e->d_name, ".") && !streq(e->d_name, ".."))
			(void)snprintf(name, NAME_MAX + 1, "%s", e->d_name);
	*position = telldir(dir);
	return 0;
}

/* Where the walk is: the positions of all groups on the way from the first one. */
struct way {
	int current;
	long *position;
	size_t depth, room;
};

static int go_down(struct way *w, int *child)
{
	if (++w->depth >= w->room) {
		size_t room = w->room * 2;
		long *more = reallocarray(w->position, room, sizeof(*more));

		if (!more)
			return -ENOMEM;
		w->position = more;
		w->room = room;
	}
	w->position[w->depth] = 0;
	fd_close(&w->current);
	w->current = TAKE_FD(*child);
	return 0;
}

static int go_up(struct way *w)
{
	int parent = openat(w->current, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (parent < 0)
		return -errno;
	fd_close(&w->current);
	w->current = parent;
	w->depth--;
	return 0;
}

/* Groups below come and go. */
static bool is_gone(int r)
{
	return r == -ENOENT || r == -ENODEV;
}

static int walk_below(struct way *w, struct pids *p)
{
	for (;;) {
		char name[NAME_MAX + 1] = "";
		int r = next_child(w->current, &w->position[w->depth], name);

		if (r < 0 && !is_gone(r))
			return r;
		if (!name[0] && w->depth == 0)
			return 0;
		if (!name[0]) {
			r = go_up(w);
			if (r < 0)
				return r;
			continue;
		}
		_cleanup_close_ int child = openat(w->current, name,
						   O_PATH | O_DIRECTORY | O_CLOEXEC);
		r = child < 0 ? -errno : add_own(child, p);
		if (r == 0)
			r = go_down(w, &child);
		if (r < 0 && !is_gone(r))
			return r;
	}
}

/* The depth, which the container chose, costs neither stack nor descriptors, nor has it to fit a path. */
int walk_pids(int cgroup_fd, pid_t **ret, size_t *ret_n)
{
	struct way w = {
		.current = openat(cgroup_fd, ".", O_PATH | O_DIRECTORY | O_CLOEXEC),
		.position = calloc(16, sizeof(long)),
		.room = 16,
	};
	struct pids p = {0};
	int r = !w.position ? -ENOMEM : w.current < 0 ? -errno : add_own(w.current, &p);

	if (r == 0)
		r = walk_below(&w, &p);
	fd_close(&w.current);
	free(w.position);
	return hand_over(&p, r, ret, ret_n);
}

/*
 * Goes down into the first child as long as one exists, and up again by "..", where it removes the child: the depth,
 * which the container controls, costs neither stack nor descriptors.
 */
int walk_remove_children(int cgroup_fd)
{
	_cleanup_close_ int current = openat(cgroup_fd, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	size_t depth = 0;
	int r = current < 0 ? -errno : 0;

	while (r == 0) {
		char name[NAME_MAX + 1];
		const char *next = name;

		r = next_child(current, &(long){0}, name);
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
		if (name[0] && (r = next_child(fd, &(long){0}, name)) == 0 && !name[0])
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
