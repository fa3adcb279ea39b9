/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup/hierarchies.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>

#include "base/file.h"
#include "base/str.h"
#include "cgroup/detect.h"

#define TEXT_MAX 65536

void hierarchies_done(struct hierarchies *h)
{
	for (size_t i = 0; i < h->n; i++) {
		free(h->item[i].names);
		free(h->item[i].path);
	}
	h->n = 0;
}

/* "4:memory:/a/b" */
static int parse_line(const char *line, size_t length, struct hierarchies *h)
{
	const char *names = memchr(line, ':', length);
	const char *end = line + length;
	const char *path = names ? memchr(names + 1, ':', (size_t)(end - names - 1)) : NULL;

	if (!path || path + 1 == end || path[1] != '/')
		return -EBADMSG;
	if (h->n == HIERARCHIES_MAX)
		return -E2BIG;
	struct hierarchy *item = &h->item[h->n++];
	item->names = strndup(names + 1, (size_t)(path - names - 1));
	item->path = strndup(path + 1, (size_t)(end - path - 1));
	return item->names && item->path ? 0 : -ENOMEM;
}

int hierarchies_parse(const char *text, struct hierarchies *ret)
{
	_cleanup_hierarchies_ struct hierarchies h = {0};

	while (*text) {
		size_t length = strcspn(text, "\n");
		int r = parse_line(text, length, &h);

		if (r < 0)
			return r;
		text += length;
		text += *text == '\n';
	}
	*ret = h;
	h.n = 0;
	return 0;
}

int hierarchies_of(pid_t pid, struct hierarchies *ret)
{
	_cleanup_free_ char *text = NULL;
	char file[32] = "/proc/self/cgroup";

	if (pid > 0)
		(void)snprintf(file, sizeof(file), "/proc/%d/cgroup", (int)pid);
	int r = file_read(AT_FDCWD, file, TEXT_MAX, &text, NULL);
	if (r < 0)
		return r == -ENOENT ? -ESRCH : r;
	return hierarchies_parse(text, ret);
}

bool hierarchy_has(const char *names, const char *controller)
{
	size_t length = strlen(controller);

	for (const char *name = names; *name; name += strcspn(name, ","), name += *name == ',')
		if (strcspn(name, ",") == length && strncmp(name, controller, length) == 0)
			return true;
	return false;
}

const char *hierarchy_dir(const char *names)
{
	const char *named = str_after(names, "name=");

	return !*names ? "unified" : named ? named : names;
}

static int open_dir(const char *dir, size_t length, unsigned long magic)
{
	char path[256];
	struct statfs fs;

	(void)snprintf(path, sizeof(path), CGROUP_ROOT "/%.*s", (int)length, dir);
	_cleanup_close_ int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fstatfs(fd, &fs) < 0)
		return -errno;
	return (unsigned long)fs.f_type == magic ? TAKE_FD(fd) : -ENOENT;
}

/* Mounted by its whole name, as systemd does, or by that of its first controller alone. */
int hierarchy_open(const char *names)
{
	unsigned long magic = *names ? CGROUP_SUPER_MAGIC : CGROUP2_SUPER_MAGIC;
	const char *dir = hierarchy_dir(names);
	int fd = open_dir(dir, strlen(dir), magic);

	return fd == -ENOENT && strchr(dir, ',') ? open_dir(dir, strcspn(dir, ","), magic) : fd;
}
