/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The freezer of v1 has a flaw that no kernel fixes: a group that gets new processes while it freezes may
 * stay FREEZING for ever. Thawing it for a moment and freezing it again helps.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/str.h"
#include "base/time.h"
#include "cgroup/v1/v1.h"

#define STATE_FILE	"freezer.state"
#define STATE_MAX	64
#define PAUSE_MS	1
#define ROUNDS_PER_THAW 50

int v1_read_freezer(int fd)
{
	char text[STATE_MAX];
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

	if (n < 0)
		return -errno;
	text[n] = 0;
	return streq(text, "FROZEN\n") ? 1 : streq(text, "THAWED\n") ? 0 : -EAGAIN;
}

static int read_state(int group)
{
	_cleanup_close_ int fd = openat(group, STATE_FILE, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : v1_read_freezer(fd);
}

static int set_state(int group, bool frozen)
{
	return file_write_value(group, STATE_FILE, frozen ? "FROZEN" : "THAWED");
}

int v1_is_frozen(const struct cgroup *cg)
{
	int group = cgroup_fd_v1(cg, "freezer");
	int r = group < 0 ? 0 : read_state(group);

	return r == -EAGAIN || cgroup_is_gone(r) ? 0 : r;
}

int v1_freeze(const struct cgroup *cg, bool frozen, int timeout_ms)
{
	int64_t deadline = time_monotonic_ms() + timeout_ms;
	int group = cgroup_fd_v1(cg, "freezer");

	if (group < 0)
		return -ENOTSUP;
	for (int round = 1;; round++) {
		int r = set_state(group, frozen);

		r = r < 0 ? r : read_state(group);
		if (r == frozen)
			return 0;
		if (r < 0 && r != -EAGAIN)
			return r;
		if (time_monotonic_ms() >= deadline)
			break;
		if (frozen && round % ROUNDS_PER_THAW == 0)
			(void)set_state(group, false); /* the next round freezes it again */
		(void)poll(NULL, 0, PAUSE_MS);
	}
	if (frozen)
		(void)set_state(group, false); /* not partly */
	return -ETIMEDOUT;
}
