/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The signals that ask a program to end: SIGHUP, SIGINT, SIGQUIT, SIGTERM, unless they are ignored. A program that must
 * clean up first blocks them, checks for them where it waits long, and fails with ERR_SIGNAL.
 */

#include <signal.h>

#include "base/err.h"

/* Blocks them. */
void termination_hold(sigset_t *ret_saved);

/*
 * A descriptor that polls as readable (POLLIN) while one of them is pending; the signal stays pending. If the caller
 * does not block them, it never polls as readable. -errno.
 */
int termination_open(void);

/*
 * Waits until `fd` is readable, or its other end is closed. 0; or -EINTR and ERR_SIGNAL if a signal is pending before
 * that.
 */
int termination_await(int fd, struct masu_error *err);

/* Sets ERR_SIGNAL for the pending signal. Returns -EINTR. */
int termination_error(struct masu_error *err);
