/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup/v2/v2.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/path.h"
#include "base/str.h"
#include "base/time.h"
#include "cgroup/detect.h"
#include "cgroup/own.h"
#include "cgroup/walk.h"
#include "cgroup/watch.h"

#define EVENTS_MAX	  4096
#define REMOVE_TIMEOUT_MS 2000

/* Microseconds of waiting within a window of 2 s, the only one that an ordinary user may choose. */
#define PRESSURE_SOME "some 150000 2000000"
#define PRESSURE_FULL "full 100000 2000000"

/*
 * A group with processes of its own, as the caller's group is, cannot give controllers to groups below
 * it: so root's groups are created beside it. An ordinary user was given her own group only.
 */
static int find_base(bool system, char **ret, struct masu_error *err)
{
	_cleanup_free_ char *base = NULL;
	int r = cgroup_path_of(0, &base);

	if (r < 0)
		return err_sys(err, r, "find the own cgroup");
	if (system)
		base[MAX(path_last(base) - base - 1, 1)] = 0;
	*ret = TAKE_PTR(base);
	return 0;
}

int v2_choose(struct cgroup *cg, const struct cgroup_request *request, struct masu_error *err)
{
	_cleanup_free_ char *base = NULL;

	if (request->path[0] != '/') {
		int r = find_base(cg->flags & CGROUP_SYSTEM, &base, err);
		if (r < 0)
			return r;
	}
	return own_resolve(request->path, base, &cg->path, err);
}

int v2_make(struct cgroup *cg, unsigned wanted, unsigned useful, bool exclusive,
	    struct masu_error *err)
{
	cg->scope_fd = own_make(cg->path, wanted, useful, exclusive, err);
	return MIN(cg->scope_fd, 0);
}

static int holder(const struct cgroup *cg)
{
	return cg->container_fd;
}

int v2_read_event(int fd, const char *key)
{
	char text[EVENTS_MAX];
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
	uint64_t value;

	if (n < 0)
		return -errno;
	text[n] = 0;
	return walk_find_number(text, key, &value) < 0 ? -EBADMSG : value > 0;
}

int v2_event(int group, const char *key)
{
	_cleanup_close_ int fd = openat(group, "cgroup.events", O_RDONLY | O_CLOEXEC);
	int r = fd < 0 ? -errno : v2_read_event(fd, key);

	return cgroup_is_gone(r) ? 0 : r;
}

/* Waits until the event is as wanted; the kernel reports each change to a poll of the file. */
static int wait_event(int group, const char *key, int wanted, int timeout_ms)
{
	int64_t deadline = time_monotonic_ms() + timeout_ms;
	_cleanup_close_ int fd = openat(group, "cgroup.events", O_RDONLY | O_CLOEXEC);
	struct pollfd wait = {.fd = fd, .events = POLLPRI};

	if (fd < 0)
		return -errno;
	for (;;) {
		int r = v2_read_event(fd, key);
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

int v2_is_frozen(const struct cgroup *cg)
{
	return cg->container_fd < 0 ? 0 : v2_event(cg->container_fd, "frozen");
}

int v2_freeze(const struct cgroup *cg, bool frozen, int timeout_ms)
{
	int r = file_write_value(cg->container_fd, "cgroup.freeze", frozen ? "1" : "0");

	if (r < 0)
		return r;
	r = wait_event(cg->container_fd, "frozen", frozen, timeout_ms);
	if (r == -ETIMEDOUT && frozen)
		(void)file_write_value(cg->container_fd, "cgroup.freeze", "0"); /* not partly */
	return r;
}

/* Relative to the root of the hierarchy: the parent holds the descriptor that rmdir(2) needs. */
static int remove_own(const struct cgroup *cg)
{
	_cleanup_close_ int root = cgroup_open_root();

	return root < 0 ? root : own_remove(cg->scope_fd, root, cg->path);
}

static int remove_child(const struct cgroup *cg, const char *name)
{
	int r = unlinkat(cg->scope_fd, name, AT_REMOVEDIR) < 0 ? -errno : 0;

	return cgroup_is_gone(r) ? 0 : r;
}

int v2_remove(const struct cgroup *cg)
{
	int group = cg->container_fd >= 0 ? cg->container_fd : cg->scope_fd;

	if (group < 0)
		return 0;
	int r = wait_event(group, "populated", 0, REMOVE_TIMEOUT_MS);
	if (r == 0)
		r = walk_remove_children(group);
	if (r < 0 && !cgroup_is_gone(r))
		return r == -ETIMEDOUT ? -EBUSY : r;
	bool split = cg->flags & CGROUP_SPLIT;
	r = split ? remove_child(cg, "container") : cg->sub ? remove_child(cg, cg->sub) : 0;
	if (split) {
		/* The caller may be in it itself: then it is removed with the scope. */
		(void)remove_child(cg, "monitor");
	}
	return r < 0 || !(cg->flags & CGROUP_OWN) ? r : remove_own(cg);
}

/*
 * memory.events is modified (inotify) if a count in it changes. After a write of a threshold to
 * memory.pressure the same descriptor can be polled (psi.rst, "Monitoring for pressure thresholds").
 */
static int watch_file(int group, const char *file)
{
	_cleanup_close_ int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	_cleanup_close_ int target = openat(group, file, O_PATH | O_CLOEXEC);
	char path[FD_PATH_MAX];

	if (fd < 0 || target < 0 || inotify_add_watch(fd, fd_path(target, path), IN_MODIFY) < 0)
		return -errno;
	return TAKE_FD(fd);
}

static int watch_pressure(int group, const char *threshold)
{
	_cleanup_close_ int fd = openat(group, "memory.pressure", O_RDWR | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0 || write(fd, threshold, strlen(threshold) + 1) < 0)
		return -errno;
	return TAKE_FD(fd);
}

static void watch(struct cgroup_watch *w)
{
	w->counts = true;
	(void)v2_count_oom_kills(w->group, &w->oom_kills); /* or 0 without the controller */
	cgroup_watch_add(w, watch_file(w->group, "memory.events"), POLLIN, WATCH_OOM);
	cgroup_watch_add(w, watch_pressure(w->group, PRESSURE_SOME), POLLPRI, WATCH_PRESSURE);
	cgroup_watch_add(w, watch_pressure(w->group, PRESSURE_FULL), POLLPRI, WATCH_PRESSURE_HIGH);
}

const struct cgroup_ops cgroup_v2_ops = {
	.translate = v2_translate,
	.choose = v2_choose,
	.make = v2_make,
	.holder = holder,
	.require = v2_require,
	.set_devices = v2_set_devices,
	.freezer = holder,
	.is_frozen = v2_is_frozen,
	.freeze = v2_freeze,
	.stats = v2_stats,
	.oom_kills = v2_oom_kills,
	.metrics = v2_metrics,
	.memory = cgroup_limits_group,
	.watch = watch,
	.remove = v2_remove,
};
