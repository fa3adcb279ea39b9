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
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/path.h"
#include "base/str.h"
#include "base/time.h"
#include "cgroup/detect.h"
#include "cgroup/walk.h"

#define EVENTS_MAX	  4096
#define REMOVE_TIMEOUT_MS 2000
#define KILL_ROUNDS_MAX	  1000

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
	free(cg->path);
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

static int open_groups(struct cgroup *cg)
{
	_cleanup_close_ int root = cgroup_open_root();

	if (root < 0)
		return root;
	cg->scope_fd = open_group(root, cg->path + strspn(cg->path, "/"));
	if (cg->scope_fd < 0)
		return cg->scope_fd;
	cg->container_fd = open_group(cg->scope_fd, cg->flags & CGROUP_SPLIT ? "container" : ".");
	if (cg->container_fd < 0)
		return cg->container_fd;
	if (cg->flags & CGROUP_SPLIT)
		cg->monitor_fd = open_group(cg->scope_fd, "monitor");
	/* The last monitor may have removed its group. */
	return cg->monitor_fd < 0 && !is_gone(cg->monitor_fd) && cg->flags & CGROUP_SPLIT
		       ? cg->monitor_fd
		       : 0;
}

int cgroup_open(const char *path, enum cgroup_flags flags, struct cgroup **ret, struct err *err)
{
	_cleanup_cgroup_ struct cgroup *cg = cgroup_new();

	if (!cg || !(cg->path = strdup(path)))
		return err_sys(err, ENOMEM, "open the cgroup '%s'", path);
	cg->flags = flags;
	int r = open_groups(cg);
	if (r < 0)
		return err_sys(err, r, "open the cgroup '%s'", path);
	*ret = TAKE_PTR(cg);
	return 0;
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

int cgroup_signal(const struct cgroup *cg, int signal, struct err *err)
{
	_cleanup_free_ pid_t *pids = NULL;
	size_t n;
	int r = cgroup_pids(cg, &pids, &n, err);

	for (size_t i = 0; r == 0 && i < n; i++)
		if (kill(pids[i], signal) < 0 && errno != ESRCH)
			r = err_sys(err, errno, "send signal %d to process %d", signal,
				    (int)pids[i]);
	return r;
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

int cgroup_kill(const struct cgroup *cg, struct err *err)
{
	if (cg->container_fd < 0)
		return 0;
	int r = file_write_value(cg->container_fd, "cgroup.kill", "1");
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
	if (cg->container_fd < 0)
		return 0;
	_cleanup_close_ int fd = openat(cg->container_fd, "cgroup.events", O_RDONLY | O_CLOEXEC);
	int r = fd < 0 ? -errno : read_event(fd, key);
	return is_gone(r) ? 0 : r;
}

int cgroup_is_frozen(const struct cgroup *cg)
{
	return get_event(cg, "frozen");
}

int cgroup_is_populated(const struct cgroup *cg)
{
	return get_event(cg, "populated");
}

int cgroup_freeze(const struct cgroup *cg, bool frozen, int timeout_ms, struct err *err)
{
	const char *what = frozen ? "freeze" : "thaw";

	if (cg->container_fd < 0)
		return err_set(err, ERR_UNSUPPORTED, ENOTSUP,
			       "%s: the container has no cgroup of its own", what);
	int r = file_write_value(cg->container_fd, "cgroup.freeze", frozen ? "1" : "0");
	if (r == 0)
		r = wait_event(cg->container_fd, "frozen", frozen, timeout_ms);
	if (r == -ETIMEDOUT && frozen)
		(void)file_write_value(cg->container_fd, "cgroup.freeze", "0"); /* not by halves */
	if (r < 0)
		return err_sys(err, r, "%s '%s'", what, cg->path);
	return 0;
}

int cgroup_pids(const struct cgroup *cg, pid_t **ret, size_t *ret_n, struct err *err)
{
	int r = cg->container_fd < 0 ? -ENOENT : walk_pids(cg->container_fd, ret, ret_n);

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

int cgroup_remove(const struct cgroup *cg, struct err *err)
{
	if (cg->container_fd < 0)
		return 0;
	int r = wait_event(cg->container_fd, "populated", 0, REMOVE_TIMEOUT_MS);
	if (r == 0)
		r = walk_remove_children(cg->container_fd);
	if (is_gone(r))
		r = 0;
	if (r == 0 && cg->flags & CGROUP_SPLIT) {
		if (unlinkat(cg->scope_fd, "container", AT_REMOVEDIR) < 0 && errno != ENOENT &&
		    errno != ENODEV)
			r = -errno;
		/* The caller may be in it itself: then it goes with the scope. */
		(void)unlinkat(cg->scope_fd, "monitor", AT_REMOVEDIR);
	}
	if (r == 0 && cg->flags & CGROUP_OWN)
		r = remove_own(cg);
	if (r == -ETIMEDOUT)
		r = -EBUSY;
	return r < 0 ? err_sys(err, r, "remove the cgroup '%s'", cg->path) : 0;
}
