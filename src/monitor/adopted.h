/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* An init that is not a child of its monitor, but of the service manager (launcher/adoption.h). */

#include <stdbool.h>
#include <sys/types.h>

/*
 * The status of an init that has ended, as waitpid(2) gives it. Before the manager has reaped it, it is in /proc, after
 * that in the pidfd since Linux 6.15. False if it is not known.
 */
bool adopted_status(pid_t init, int pidfd, int *ret);

/* kill(2) by pidfd: nobody keeps the number from being reused. */
void adopted_kill(int pidfd, int signal);
