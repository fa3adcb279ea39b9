/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A container's cgroup is held by descriptors, so that a name which was removed and made again is
 * never taken for it: files of a group that has gone answer ENOENT or ENODEV, which all of this
 * reads as "no processes". What is inside the container's group is the container's to shape (it is
 * the root of its cgroup namespace), so walks are loops with bounds, never recursion.
 */
#include "cgroup/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"
#include "base/time.h"
#include "cgroup/detect.h"
#include "cgroup/hierarchies.h"
#include "cgroup/v1.h"
#include "cgroup/walk.h"

#define EVENTS_MAX	  4096
#define REMOVE_TIMEOUT_MS 2000
#define KILL_ROUNDS_MAX	  1000
#define THAW_TIMEOUT_MS	  2000
#define SUB_MARK	  "/./" /* between the scope and the container's group in it */

struct cgroup *cgroup_new(void)
{
	struct cgroup *cg = calloc(1, sizeof(*cg));

	if (cg)
		cg->scope_fd = cg->container_fd = cg->monitor_fd = -1;
	return cg;
}

void cgroup_free(struct cgroup *cg)
{
	if (!cg)
		return;
	closep(&cg->scope_fd);
	closep(&cg->container_fd);
	closep(&cg->monitor_fd);
	for (size_t i = 0; i < cg->n_v1; i++) {
		free(cg->v1[i].names);
		free(cg->v1[i].path);
		closep(&cg->v1[i].fd);
	}
	free(cg->v1);
	free(cg->path);
	free(cg->sub);
	free(cg->record);
	free(cg);
}

static bool is_gone(int r)
{
	return r == -ENOENT || r == -ENODEV;
}

static int open_group(int fd, const char *path)
{
	return path_open_in(fd, *path ? path : ".", O_PATH | O_DIRECTORY, 0,
			    PATH_BENEATH | PATH_NO_SYMLINKS);
}

/* The group to know the processes by. */
static int holder(const struct cgroup *cg)
{
	return cg->container_fd >= 0 ? cg->container_fd : v1_holder(cg);
}

static int open_groups(struct cgroup *cg)
{
	const char *container = cg->sub ? cg->sub : cg->flags & CGROUP_SPLIT ? "container" : ".";
	_cleanup_close_ int root = cgroup_open_root();

	if (root < 0)
		return root;
	cg->scope_fd = open_group(root, cg->path + strspn(cg->path, "/"));
	if (cg->scope_fd < 0)
		return cg->scope_fd;
	cg->container_fd = open_group(cg->scope_fd, container);
	/* Of its own group masu removes that part first, while a monitor may still be in the other. */
	if (cg->container_fd < 0 && (!is_gone(cg->container_fd) || !(cg->flags & CGROUP_OWN)))
		return cg->container_fd;
	cg->container_fd = MAX(cg->container_fd, -1);
	if (cg->flags & CGROUP_SPLIT)
		cg->monitor_fd = open_group(cg->scope_fd, "monitor");
	/* The last monitor may have removed its group. */
	return cg->monitor_fd < 0 && !is_gone(cg->monitor_fd) && cg->flags & CGROUP_SPLIT
		       ? cg->monitor_fd
		       : 0;
}

/* "PATH" or "PATH/./NAME". */
static int open_v2(struct cgroup *cg, const char *record)
{
	const char *mark = strstr(record, SUB_MARK);

	cg->path = mark ? strndup(record, (size_t)(mark - record)) : strdup(record);
	cg->sub = mark ? strdup(mark + strlen(SUB_MARK)) : NULL;
	if (!cg->path || (mark && !cg->sub))
		return -ENOMEM;
	return open_groups(cg);
}

static int open_v1(struct cgroup *cg, const char *record)
{
	_cleanup_strv_ char **lines = strv_split(record, "\n");
	int r = lines ? 0 : -ENOMEM;

	for (char **line = lines; r == 0 && line && *line; line++) {
		char *path = strchr(*line, ':');

		if (!path)
			return **line ? -EBADMSG : 0;
		*path++ = 0;
		r = **line ? v1_open(cg, *line, path) : open_v2(cg, path);
		if (is_gone(r))
			r = 0;
	}
	if (r == 0 && !cg->path && cg->n_v1)
		cg->path = strdup(cg->v1[0].path);
	return r < 0 ? r : holder(cg) < 0 && cg->scope_fd < 0 ? -ENOENT : 0;
}

int cgroup_open(const char *record, enum cgroup_flags flags, struct cgroup **ret, struct err *err)
{
	_cleanup_cgroup_ struct cgroup *cg = cgroup_new();

	if (!cg || !(cg->record = strdup(record)))
		return err_sys(err, ENOMEM, "open the cgroup '%s'", record);
	cg->flags = flags;
	int r = *record == '/' ? open_v2(cg, record) : open_v1(cg, record);
	if (r < 0)
		return err_sys(err, r, "open the cgroup '%s'", record);
	*ret = TAKE_PTR(cg);
	return 0;
}

int cgroup_make_record(struct cgroup *cg)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	int r = 0;

	for (size_t i = 0; r == 0 && i < cg->n_v1; i++)
		r = strbuf_addf(&b, "%s:%s\n", cg->v1[i].names, cg->v1[i].path);
	if (r == 0 && cg->path)
		r = strbuf_addf(&b, "%s%s%s%s", cg->n_v1 ? ":" : "", cg->path,
				cg->sub ? SUB_MARK : "", cg->sub ? cg->sub : "");
	free(cg->record);
	cg->record = r == 0 ? strbuf_take(&b) : NULL;
	return cg->record ? 0 : -ENOMEM;
}

int cgroup_move(int cgroup_fd, pid_t pid)
{
	char text[16];

	(void)snprintf(text, sizeof(text), "%d", (int)pid);
	return file_write_value(cgroup_fd, "cgroup.procs", text);
}

int cgroup_move_monitor(const struct cgroup *cg, pid_t pid, struct err *err)
{
	if (cg->monitor_fd < 0)
		return 0;
	int r = cgroup_move(cg->monitor_fd, pid);
	if (r < 0)
		return err_sys(err, r, "move process %d to the cgroup '%s/monitor'", (int)pid,
			       cg->path);
	return 0;
}

/* Before Linux 5.14: again and again, as they may fork between the reading and the kill. */
static int kill_each(const struct cgroup *cg, struct err *err)
{
	for (int round = 0; round < KILL_ROUNDS_MAX; round++) {
		int r = cgroup_is_populated(cg);
		if (r <= 0)
			return r < 0 ? err_sys(err, r, "read the events of '%s'", cg->path) : 0;
		r = cgroup_signal(cg, SIGKILL, err);
		if (r < 0)
			return r;
		(void)poll(NULL, 0, 1);
	}
	return err_set(err, ERR_INTERNAL, EBUSY, "processes in '%s' survive SIGKILL", cg->path);
}

void cgroup_let_die(const struct cgroup *cg)
{
	if (v1_is_frozen(cg) > 0)
		(void)v1_freeze(cg, false, THAW_TIMEOUT_MS); /* who waits for the end will see */
}

int cgroup_kill(const struct cgroup *cg, struct err *err)
{
	if (holder(cg) < 0)
		return 0;
	if (v1_is_frozen(cg) > 0) {
		/* Killed first, so that nothing runs any more when it is thawed. */
		(void)cgroup_signal(cg, SIGKILL, NULL);
		cgroup_let_die(cg);
	}
	int r = cg->container_fd < 0 ? -ENOENT
				     : file_write_value(cg->container_fd, "cgroup.kill", "1");
	if (r == -ENODEV)
		return 0;
	if (r == -ENOENT)
		return kill_each(cg, err);
	if (r < 0)
		return err_sys(err, r, "kill the processes in '%s'", cg->path);
	return 0;
}

/* "KEY N" of cgroup.events. */
static int read_event(int fd, const char *key)
{
	char text[EVENTS_MAX];
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
	uint64_t value;

	if (n < 0)
		return -errno;
	text[n] = 0;
	return walk_find_number(text, key, &value) < 0 ? -EBADMSG : value > 0;
}

/* Waits until the event is as wanted; the kernel announces each change to who polls the file. */
static int wait_event(int cgroup_fd, const char *key, int wanted, int timeout_ms)
{
	int64_t deadline = time_monotonic_ms() + timeout_ms;
	_cleanup_close_ int fd = openat(cgroup_fd, "cgroup.events", O_RDONLY | O_CLOEXEC);
	struct pollfd wait = {.fd = fd, .events = POLLPRI};

	if (fd < 0)
		return -errno;
	for (;;) {
		int r = read_event(fd, key);
		if (r < 0)
			return r;
		if (r == wanted)
			return 0;
		int64_t left = deadline - time_monotonic_ms();
		if (left <= 0)
			return -ETIMEDOUT;
		if (poll(&wait, 1, (int)left) < 0 && errno != EINTR)
			return -errno;
	}
}

static int get_event(const struct cgroup *cg, const char *key)
{
	_cleanup_close_ int fd = openat(cg->container_fd, "cgroup.events", O_RDONLY | O_CLOEXEC);
	int r = fd < 0 ? -errno : read_event(fd, key);
	return is_gone(r) ? 0 : r;
}

int cgroup_is_frozen(const struct cgroup *cg)
{
	int r = cg->container_fd < 0 ? 0 : get_event(cg, "frozen");

	return r == 0 && cg->n_v1 ? v1_is_frozen(cg) : r;
}

int cgroup_freezer_path(const struct cgroup *cg, char **ret)
{
	char link[FD_PATH_MAX], path[PATH_MAX];
	int fd = cg->n_v1 ? v1_group(cg, "freezer") : -1;

	if (fd < 0)
		fd = cg->container_fd;
	*ret = NULL;
	if (fd < 0)
		return 0;
	ssize_t n = readlink(fd_path(fd, link), path, sizeof(path));
	if (n < 0 || (size_t)n == sizeof(path))
		return n < 0 ? -errno : -ENAMETOOLONG;
	*ret = strndup(path, (size_t)n);
	return *ret ? 0 : -ENOMEM;
}

int cgroup_is_populated(const struct cgroup *cg)
{
	_cleanup_free_ pid_t *pids = NULL;
	size_t n = 0;

	if (cg->container_fd >= 0)
		return get_event(cg, "populated");
	int r = cgroup_pids(cg, &pids, &n, NULL);
	return r < 0 ? r : n > 0;
}

/* The v2 hierarchy's own way, also beside v1: who is stopped by it can be killed. */
static int freeze_v2(const struct cgroup *cg, bool frozen, int timeout_ms)
{
	int r = file_write_value(cg->container_fd, "cgroup.freeze", frozen ? "1" : "0");

	if (r == 0)
		r = wait_event(cg->container_fd, "frozen", frozen, timeout_ms);
	if (r == -ETIMEDOUT && frozen)
		(void)file_write_value(cg->container_fd, "cgroup.freeze", "0"); /* not by halves */
	return r;
}

int cgroup_freeze(const struct cgroup *cg, bool frozen, int timeout_ms, struct err *err)
{
	const char *what = frozen ? "freeze" : "thaw";
	int r = cg->container_fd < 0 ? -ENOENT : freeze_v2(cg, frozen, timeout_ms);

	/* Linux before 5.2 has the file in no hierarchy. Both, if somebody froze it on v1. */
	if (cg->n_v1 && (r == -ENOENT || (!frozen && r == 0 && v1_is_frozen(cg) > 0)))
		r = v1_freeze(cg, frozen, timeout_ms);
	if (holder(cg) < 0 || r == -ENOTSUP)
		return err_set(err, ERR_UNSUPPORTED, ENOTSUP,
			       "%s: the container has no cgroup of its own that can do that", what);
	return r < 0 ? err_sys(err, r, "%s '%s'", what, cg->path) : 0;
}

int cgroup_pids(const struct cgroup *cg, pid_t **ret, size_t *ret_n, struct err *err)
{
	int r = holder(cg) < 0 ? -ENOENT : walk_pids(holder(cg), ret, ret_n);

	if (is_gone(r)) {
		*ret = NULL;
		*ret_n = 0;
		return 0;
	}
	return r < 0 ? err_sys(err, r, "list the processes in '%s'", cg->path) : 0;
}

/* Below the root of the hierarchy; the parent keeps the descriptor that rmdir(2) needs. */
static int remove_own(const struct cgroup *cg)
{
	_cleanup_close_ int root = cgroup_open_root();

	if (root < 0)
		return root;
	if (unlinkat(root, cg->path + strspn(cg->path, "/"), AT_REMOVEDIR) < 0 && errno != ENOENT)
		return -errno;
	return 0;
}

bool cgroup_remove_empty(const char *record, enum cgroup_flags flags)
{
	_cleanup_close_ int root = -1;

	if (*record != '/' || strstr(record, SUB_MARK) || !(flags & CGROUP_OWN) ||
	    flags & CGROUP_SPLIT)
		return false;
	root = cgroup_open_root();
	return root >= 0 && unlinkat(root, record + strspn(record, "/"), AT_REMOVEDIR) == 0;
}

void cgroup_leave(const struct cgroup *cg)
{
	_cleanup_close_ int root = cg->flags & CGROUP_OWN ? cgroup_open_root() : -1;

	if (root >= 0)
		(void)cgroup_move(root, getpid()); /* if not, the group stays for the next sweep */
}

static int remove_v2(const struct cgroup *cg)
{
	int group = cg->container_fd >= 0 ? cg->container_fd : cg->scope_fd;
	int r = wait_event(group, "populated", 0, REMOVE_TIMEOUT_MS);

	if (r == 0)
		r = walk_remove_children(group);
	if (is_gone(r))
		r = 0;
	if (r == 0 && cg->flags & CGROUP_SPLIT) {
		if (unlinkat(cg->scope_fd, "container", AT_REMOVEDIR) < 0 && !is_gone(-errno))
			r = -errno;
		/* The caller may be in it itself: then it goes with the scope. */
		(void)unlinkat(cg->scope_fd, "monitor", AT_REMOVEDIR);
	}
	if (r == 0 && cg->sub && unlinkat(cg->scope_fd, cg->sub, AT_REMOVEDIR) < 0 &&
	    !is_gone(-errno))
		r = -errno;
	if (r == 0 && cg->flags & CGROUP_OWN)
		r = remove_own(cg);
	return r == -ETIMEDOUT ? -EBUSY : r;
}

int cgroup_remove(const struct cgroup *cg, struct err *err)
{
	int r = cg->scope_fd < 0 ? 0 : remove_v2(cg);
	int v1 = v1_remove(cg, REMOVE_TIMEOUT_MS);

	r = r < 0 ? r : v1;
	return r < 0 ? err_sys(err, r, "remove the cgroup '%s'", cg->path) : 0;
}
