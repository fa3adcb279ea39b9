/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The container's messages to the service manager, sd_notify(3).
 *
 * The container writes to a socket of its own, and the monitor, which is in the unit, passes on the lines that a service
 * may say about itself. The manager never sees the container as a sender. A message that is not understood is dropped as
 * a whole. While the manager does not read, the monitor does not read from the container either: nothing is lost, and
 * a container that floods waits for itself.
 */

#include <stdbool.h>
#include <stddef.h>

#define NOTIFY_TEXT_MAX 4096 /* the manager's own limit */
#define NOTIFY_FDS_MAX	253  /* the kernel's, of one message */

struct notify {
	int from, to; /* -1: not given */
	bool waiting; /* a message is held until the manager reads */
	size_t length, n_fds;
	char text[NOTIFY_TEXT_MAX];
	int fds[NOTIFY_FDS_MAX];
};

void notify_open(struct notify *n, int from, int to);

/* The descriptor to poll and the events, POLLIN or POLLOUT. */
int notify_fd(const struct notify *n);
short notify_events(const struct notify *n);

/* When these have come: takes one message, or sends the one that waits. */
void notify_handle(struct notify *n);

/* When the container has ended: the same for all that it has sent. Waits for the manager, for at most five seconds each. */
void notify_finish(struct notify *n);

/*
 * Keeps the lines of a message of `length` bytes that may pass, in place. *ret_pass_fds: its `n_fds` descriptors may pass,
 * too. Returns the new length; 0: nothing passes.
 */
size_t notify_filter(char *text, size_t length, size_t n_fds, bool *ret_pass_fds);
