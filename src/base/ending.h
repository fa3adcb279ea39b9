/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The signals by which a program is told to end: SIGHUP, SIGINT, SIGQUIT, SIGTERM, unless they are
 * ignored. Who has something to put away before holds them, looks for them where it waits for long,
 * and fails with ERR_SIGNAL.
 */

#include <signal.h>

#include "base/err.h"

/* Blocks them. */
void ending_hold(sigset_t *ret_saved);

/*
 * A descriptor that polls as readable (POLLIN) when one is held back; it isn't taken. For who holds
 * none it never does. -errno.
 */
int ending_open(void);

/*
 * Waits until `fd` has something to read, or its other end is closed: 0. -EINTR, ERR_SIGNAL when a
 * signal is held back first.
 */
int ending_await(int fd, struct masu_error *err);

/* ERR_SIGNAL for the one that is held back, -EINTR. */
int ending_error(struct masu_error *err);
