/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/container/freeze.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/file.h"
#include "engine/container/event.h"
#include "runtime/instance.h"

#define FROZEN_FILE "frozen"
#define RETRY_MS    5 /* locks cannot be polled */

/* Of a file that still has the name: each holder of the lock removes it. */
static int lock_file(int dir, int flags)
{
	_cleanup_close_ int fd = openat(dir, FROZEN_FILE, O_RDWR | O_NOFOLLOW | O_CLOEXEC | flags,
					0600);

	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0)
		return -errno;
	return file_is_at(fd, dir, FROZEN_FILE) ? TAKE_FD(fd) : -EWOULDBLOCK;
}

/* -ENOENT without the file, unless `flags` create it. */
static int acquire(const masu_container *c, int flags, struct freeze *ret, struct masu_error *err)
{
	ret->dir = open(c->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (ret->dir < 0)
		return err_sys(err, errno, "open the directory of container \"%s\"",
			       c->record.name);
	while ((ret->lock = lock_file(ret->dir, flags)) == -EWOULDBLOCK) {
		int r = engine_await(c->engine, -1, RETRY_MS, err);

		if (r < 0 && r != -ETIMEDOUT)
			return r;
	}
	return ret->lock < 0 ? err_sys(err, ret->lock, "lock container \"%s\" for a pause",
				       c->record.name)
			     : 0;
}

int freeze_begin(const masu_container *c, struct freeze *ret, struct masu_error *err)
{
	return acquire(c, O_CREAT, ret, err);
}

int freeze_await(const masu_container *c, struct masu_error *err)
{
	struct freeze other = FREEZE_INIT;
	int r = acquire(c, 0, &other, err);

	fd_close(&other.lock);
	fd_close(&other.dir);
	if (r == -ENOENT) {
		err_done(err);
		return 0;
	}
	return r;
}

void freeze_end(struct freeze *f)
{
	if (f->lock >= 0)
		(void)unlinkat(f->dir, FROZEN_FILE,
			       0); /* it has no effect on a container that runs */
	fd_close(&f->lock);
	fd_close(&f->dir);
}

void freeze_leave(struct freeze *f)
{
	fd_close(&f->lock);
	fd_close(&f->dir);
}

static bool resume(const masu_container *c)
{
	_cleanup_instance_ struct instance i = INSTANCE_INIT;
	_cleanup_free_ char *root = paths_data(&c->engine->paths, "containers");

	if (!root || instance_find(root, c->home.id, &i, NULL) < 0 ||
	    i.status != OCI_STATUS_PAUSED || instance_resume(&i, NULL) < 0)
		return false;
	event_container(c, &(struct masu_event){.action = "unpause"});
	return true;
}

bool freeze_recover(const masu_container *c, int dir)
{
	_cleanup_close_ int lock = lock_file(dir, 0);

	if (lock < 0 || !resume(c))
		return false;
	(void)unlinkat(dir, FROZEN_FILE, 0); /* it has no effect on a container that runs */
	return true;
}

void freeze_forget(const masu_container *c)
{
	_cleanup_close_ int dir = open(c->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_close_ int lock = dir < 0 ? -1 : lock_file(dir, 0);

	if (lock >= 0)
		(void)unlinkat(dir, FROZEN_FILE, 0); /* freeze_recover() would end the pause then */
}
