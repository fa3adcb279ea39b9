/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup/detect.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <mntent.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>

#include "base/err.h"
#include "base/file.h"
#include "base/str.h"

#define CGROUP_TEXT_MAX 65536

static const char *const controllers[] = {
	[CGROUP_CPU] = "cpu",	    [CGROUP_CPUSET] = "cpuset", [CGROUP_IO] = "io",
	[CGROUP_MEMORY] = "memory", [CGROUP_PIDS] = "pids",	[CGROUP_HUGETLB] = "hugetlb",
	[CGROUP_RDMA] = "rdma",	    [CGROUP_MISC] = "misc",
};
static_assert(ARRAY_SIZE(controllers) == CGROUP_CONTROLLER_MAX, "a controller has no name");

static bool is_of_type(const char *path, unsigned long type)
{
	struct statfs fs;

	return statfs(path, &fs) == 0 && (unsigned long)fs.f_type == type;
}

enum cgroup_layout cgroup_layout(void)
{
	if (is_of_type(CGROUP_ROOT, CGROUP2_SUPER_MAGIC))
		return CGROUP_LAYOUT_UNIFIED;
	/* Otherwise it is a tmpfs with a directory for each hierarchy. */
	if (is_of_type(CGROUP_ROOT "/unified", CGROUP2_SUPER_MAGIC))
		return CGROUP_LAYOUT_HYBRID;
	if (is_of_type(CGROUP_ROOT "/memory", CGROUP_SUPER_MAGIC) ||
	    is_of_type(CGROUP_ROOT "/systemd", CGROUP_SUPER_MAGIC))
		return CGROUP_LAYOUT_V1;
	return CGROUP_LAYOUT_NONE;
}

bool cgroup_namespaces_confine(void)
{
	FILE *f = setmntent("/proc/self/mounts", "re");
	const struct mntent *m;
	bool confines = false;

	while (f && (m = getmntent(f)))
		if (streq(m->mnt_dir, CGROUP_ROOT)) /* the last one is on top */
			confines = streq(m->mnt_type, "cgroup2") && hasmntopt(m, "nsdelegate");
	if (f)
		(void)endmntent(f);
	return confines;
}

const char *cgroup_layout_name(enum cgroup_layout layout)
{
	static const char *const names[] = {
		[CGROUP_LAYOUT_NONE] = "none",
		[CGROUP_LAYOUT_V1] = "v1",
		[CGROUP_LAYOUT_HYBRID] = "hybrid",
		[CGROUP_LAYOUT_UNIFIED] = "v2",
	};
	static_assert(ARRAY_SIZE(names) == CGROUP_LAYOUT_MAX, "a layout has no name");

	return names[layout];
}

const char *cgroup_controller_name(enum cgroup_controller controller)
{
	return controllers[controller];
}

int cgroup_path_parse(const char *text, char **ret)
{
	for (const char *line = text; line && *line;) {
		const char *path = str_after(line, "0::");
		size_t length = path ? strcspn(path, "\n") : 0;

		if (path) {
			if (*path != '/')
				return -EBADMSG;
			*ret = strndup(path, length);
			return *ret ? 0 : -ENOMEM;
		}
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
	return -ENOENT;
}

/* The text of /proc/PID/cgroup. */
static int read_groups(pid_t pid, char **ret)
{
	char file[32] = "/proc/self/cgroup";

	if (pid > 0)
		(void)snprintf(file, sizeof(file), "/proc/%d/cgroup", (int)pid);
	int r = file_read(AT_FDCWD, file, CGROUP_TEXT_MAX, ret, NULL);
	return r == -ENOENT ? -ESRCH : r;
}

int cgroup_path_of(pid_t pid, char **ret)
{
	_cleanup_free_ char *text = NULL;
	int r = read_groups(pid, &text);

	return r < 0 ? r : cgroup_path_parse(text, ret);
}

int cgroup_open_root(void)
{
	static const char *const places[] = {CGROUP_ROOT, CGROUP_ROOT "/unified"};

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		_cleanup_close_ int fd = open(places[i], O_PATH | O_DIRECTORY | O_CLOEXEC);
		struct statfs fs;

		if (fd < 0 && err_is_shortage(-errno))
			return -errno;
		if (fd >= 0 && fstatfs(fd, &fs) == 0 &&
		    (unsigned long)fs.f_type == CGROUP2_SUPER_MAGIC)
			return TAKE_FD(fd);
	}
	return -ENOTSUP;
}

unsigned cgroup_controllers_parse(const char *text)
{
	unsigned set = 0;

	while (*text) {
		size_t length = strcspn(text, " \n");

		for (unsigned i = 0; i < CGROUP_CONTROLLER_MAX; i++)
			if (strlen(controllers[i]) == length &&
			    strncmp(text, controllers[i], length) == 0)
				set |= 1u << i;
		text += length;
		text += strspn(text, " \n");
	}
	return set;
}

static int read_controllers(int cgroup_fd, const char *file, unsigned *ret)
{
	_cleanup_free_ char *text = NULL;
	int r = file_read(cgroup_fd, file, CGROUP_TEXT_MAX, &text, NULL);

	if (r < 0)
		return r;
	*ret = cgroup_controllers_parse(text);
	return 0;
}

int cgroup_controllers(int cgroup_fd, unsigned *ret)
{
	return read_controllers(cgroup_fd, "cgroup.controllers", ret);
}

int cgroup_subtree_controllers(int cgroup_fd, unsigned *ret)
{
	return read_controllers(cgroup_fd, "cgroup.subtree_control", ret);
}

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
	int r = read_groups(pid, &text);

	return r < 0 ? r : hierarchies_parse(text, ret);
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
