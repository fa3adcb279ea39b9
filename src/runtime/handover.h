/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Handing over a new process to an engine: its terminal, a pidfd, and its pid in a file. */

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

struct handover {
	const char *console_socket, *pidfd_socket, *pid_file; /* paths, or NULL */
	int console_fd, pidfd_fd;			      /* connected, or -1 */
};
#define HANDOVER_INIT ((struct handover){.console_fd = -1, .pidfd_fd = -1})
void handover_done(struct handover *h);

/*
 * ERR_INVALID for a console socket without a terminal, or a terminal without one unless the caller stays
 * with the process. `setting` asks for a terminal ("--tty"), for the message.
 */
int handover_check(const struct handover *h, bool terminal, const char *setting, bool stays,
		   struct masu_error *err);

/* Connects to the sockets: to be called before anything runs that would have to be undone. */
int handover_connect(struct handover *h, struct masu_error *err);

/* Sends `console` and `pidfd`, with "terminal" and "pidfd" as text, and writes the pid. */
int handover_give(const struct handover *h, int console, int pidfd, pid_t pid,
		  struct masu_error *err);
