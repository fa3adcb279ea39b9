/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The helper program of a network back end: started without waiting, killed by the kernel when its
 * supervisor ends.
 */

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

/*
 * A running helper. It lives as long as `life_fd` is open in any process. The supervisor holds it
 * (masu, or masu-monitor, which gets it across its exec) and no other process may.
 */
struct net_helper {
	pid_t pid;
	int pidfd;
	int life_fd;
	int ready_fd;		       /* closed when the helper is ready */
	int said_fd;		       /* its messages: the first KiB alone are kept */
	int its_life_fd, its_ready_fd; /* the helper's ends of the two pipes, until it is started */
};
#define NET_HELPER_INIT                         \
	((struct net_helper){.pid = -1,         \
			     .pidfd = -1,       \
			     .life_fd = -1,     \
			     .ready_fd = -1,    \
			     .said_fd = -1,     \
			     .its_life_fd = -1, \
			     .its_ready_fd = -1})

/* Makes the pipes, so that the helper's arguments can name its_ready_fd. */
int net_helper_prepare(struct net_helper *helper, struct masu_error *err);

struct net_helper_spec {
	char *const *argv;
	const char *package;  /* named when the program is not installed */
	bool ready_on_stdout; /* its_ready_fd is its stdout; else it is passed under its number */
	/*
	 * Its sockets, in a directory of the caller's alone, are made by root of the container, which is another id
	 * of the host: they are open to the caller.
	 */
	bool foreign_root;
	bool own_mounts; /* see struct proc_spec */
	int pass_fd;	 /* -1, or a descriptor that stays open under its number */
};

/* Starts the program with a minimal environment. ERR_UNAVAILABLE when it is not installed. */
int net_helper_start(struct net_helper *helper, const struct net_helper_spec *spec,
		     struct masu_error *err);

/*
 * Waits until the helper has written to its_ready_fd. -ETIMEDOUT, or -EIO when it ended before; the
 * error quotes its messages.
 */
int net_helper_wait(struct net_helper *helper, const char *name, int timeout_ms,
		    struct masu_error *err);

/* Kills it without waiting. The kernel takes ten milliseconds and more to remove a network device. */
void net_helper_kill(struct net_helper *helper);

/* Kills and reaps it, and closes the descriptors. */
void net_helper_stop(struct net_helper *helper);
