/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The kernel's events about a container's memory, as descriptors to poll. */

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "cgroup/cgroup.h"

enum watch_event {
	WATCH_NOTHING,
	WATCH_OOM,	     /* it was out of memory */
	WATCH_PRESSURE,	     /* its processes wait for memory to be reclaimed */
	WATCH_PRESSURE_HIGH, /* much: all of them did, or it's next to being out of memory */
	WATCH_EVENT_MAX
};

#define WATCH_FDS_MAX 3
struct cgroup_watch {
	struct pollfd fds[WATCH_FDS_MAX];
	enum watch_event event[WATCH_FDS_MAX];
	size_t n;
	int group;	    /* that is watched */
	bool counts;	    /* v2: memory.events has a number ... */
	uint64_t oom_kills; /* ... and this it was before */
};
void cgroup_watch_done(struct cgroup_watch *w);
#define _cleanup_cgroup_watch_ _cleanup_(cgroup_watch_done)

/* A kernel without pressure information reports WATCH_OOM alone. */
int cgroup_watch(const struct cgroup *cg, struct cgroup_watch *ret, struct masu_error *err);

/* After poll(2) of w->fds: the event of descriptor `i`. */
enum watch_event cgroup_watch_read(struct cgroup_watch *w, size_t i);

/* For the back ends: adds a descriptor, which it takes, unless the kernel has given none (< 0). */
void cgroup_watch_add(struct cgroup_watch *w, int fd, short events, enum watch_event event);
