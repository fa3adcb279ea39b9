/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The user's terminal while a container has it. */

#include <stdbool.h>
#include <sys/ioctl.h>
#include <termios.h>

struct terminal {
	int fd; /* borrowed; -1: not a terminal, so there is nothing to restore */
	struct termios saved;
};
#define TERMINAL_INIT	   ((struct terminal){.fd = -1})
#define _cleanup_terminal_ _cleanup_(terminal_restore)

/* Has a terminal pass on every key. 0 also if the descriptor is not a terminal; -errno. */
int terminal_raw(int fd, struct terminal *ret);

/* Restores its settings; may be called twice. */
void terminal_restore(struct terminal *t);

/* The size of the first of stdin, stdout and stderr that is a terminal; zeros if none is. */
struct winsize terminal_size(void);

/* Gives that size, if there is one, to a pty's master. */
void terminal_copy_size(int to);
