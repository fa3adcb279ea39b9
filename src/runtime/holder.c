/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/holder.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/path.h"
#include "base/pidfd.h"
#include "base/str.h"
#include "systemd/manager.h"

#define RECORD	   "masu-userns" /* "PID START-TIME" in the user's run-time directory */
#define RECORD_MAX 64

/* Those that the kernel counts for each user namespace. */
static const int counted_limits[] = {RLIMIT_NPROC, RLIMIT_MEMLOCK, RLIMIT_SIGPENDING,
				     RLIMIT_MSGQUEUE};

void holder_done(struct holder *holder)
{
	fd_close(&holder->userns_fd);
	idmap_done(&holder->map);
}

static char *record_path(void)
{
	_cleanup_free_ char *dir = manager_runtime_dir();

	return dir ? path_join(dir, RECORD) : NULL;
}

static int read_record(pid_t *ret_pid, uint64_t *ret_start)
{
	_cleanup_free_ char *path = record_path(), *text = NULL;
	int r = path ? file_read(AT_FDCWD, path, RECORD_MAX, &text, NULL) : -ENOENT;
	char *space = r == 0 ? strchr(text, ' ') : NULL;
	uint32_t pid;

	if (r < 0 || !space)
		return r < 0 ? r : -EBADMSG;
	*space++ = 0;
	if (str_to_uint32(text, &pid) < 0 || pid == 0 || pid > INT32_MAX ||
	    str_to_uint64(space, UINT64_MAX, ret_start) < 0)
		return -EBADMSG;
	*ret_pid = (pid_t)pid;
	return 0;
}

static bool has_our_limits(pid_t pid)
{
	for (size_t i = 0; i < ARRAY_SIZE(counted_limits); i++) {
		struct rlimit ours, its;

		if (getrlimit((unsigned int)counted_limits[i], &ours) < 0 ||
		    prlimit(pid, (unsigned int)counted_limits[i], NULL, &its) < 0 ||
		    its.rlim_cur < ours.rlim_max)
			return false;
	}
	return true;
}

int holder_find(const struct idmap *map, struct holder *ret)
{
	_cleanup_(holder_done) struct holder h = HOLDER_INIT;
	_cleanup_idmap_ struct idmap held = {0};
	uint64_t start, now;
	char path[64];
	pid_t pid;
	int r = read_record(&pid, &start);

	if (r < 0)
		return r;
	(void)snprintf(path, sizeof(path), "/proc/%d/ns/user", (int)pid);
	h.userns_fd = open(path, O_RDONLY | O_CLOEXEC);
	if (h.userns_fd < 0)
		return -errno;
	r = idmap_read(pid, &held);
	if (r < 0)
		return r;
	r = idmap_translate(map, &held, &h.map);
	if (r < 0)
		return r;
	if (!has_our_limits(pid))
		return -ENOENT;
	/* If the number is still the holder's, all of the above was read from the holder. */
	if (pid_start_time(pid, &now) < 0 || now != start)
		return -ENOENT;
	*ret = TAKE(h, HOLDER_INIT);
	return 0;
}

struct entry {
	const struct holder *holder;
	unsigned long flags;
	userns_fn fn;
	void *arg;
};

/* A userns_fn. The caller is root of the holder's user namespace. */
static int enter(void *arg, struct masu_error *err)
{
	const struct entry *entry = arg;

	if (setns(entry->holder->userns_fd, CLONE_NEWUSER) < 0)
		return err_sys(err, errno, "enter the holder's user namespace");
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0) /* entering has cleared it */
		return err_sys(err, errno, "set the parent-death signal");
	if (entry->flags && unshare((int)entry->flags) < 0)
		return err_sys(err, errno, "create namespaces below the holder's");
	return entry->fn(entry->arg, err);
}

int holder_spawn(const struct idmap *map, unsigned long flags, userns_fn fn, void *arg,
		 struct userns_child *ret, struct masu_error *err)
{
	static const struct idmap no_namespace = {.userns = false};
	_cleanup_(holder_done) struct holder holder = HOLDER_INIT;
	struct entry entry = {.holder = &holder, .flags = flags, .fn = fn, .arg = arg};

	if (!map->userns || !idmap_needs_helpers(map) || holder_find(map, &holder) < 0)
		return userns_spawn(map, flags, fn, arg, ret, err);
	return userns_spawn(&no_namespace, 0, enter, &entry, ret, err);
}

int holder_publish(struct masu_error *err)
{
	_cleanup_free_ char *path = record_path();
	char text[RECORD_MAX];
	uint64_t start = 0;

	if (!path)
		return err_set(err, ERR_UNAVAILABLE, ENOENT,
			       "no run-time directory of this user found");
	int r = pid_start_time(getpid(), &start);
	int n = snprintf(text, sizeof(text), "%d %" PRIu64, (int)getpid(), start);
	if (r == 0)
		r = file_write_atomic(AT_FDCWD, path, text, (size_t)n, 0600, 0);
	return r < 0 ? err_sys(err, r, "write \"%s\"", path) : 0;
}

int holder_raise_limits(struct masu_error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(counted_limits); i++) {
		unsigned int resource = (unsigned int)counted_limits[i];
		struct rlimit limit;

		if (getrlimit(resource, &limit) < 0)
			return err_sys(err, errno, "read a resource limit");
		limit.rlim_cur = limit.rlim_max;
		if (setrlimit(resource, &limit) < 0)
			return err_sys(err, errno, "raise a resource limit");
	}
	return 0;
}
