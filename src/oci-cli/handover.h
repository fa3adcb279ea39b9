/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What an engine gets of a process that was started for it, where it asked for that. */

#include <sys/types.h>

#include "base/err.h"

/*
 * Connects to the socket of --console-socket or --pidfd-socket (NULL: -1 in *ret): to be done while
 * nothing runs yet that would have to be undone.
 */
int handover_connect(const char *path, int *ret, struct err *err);

/* Sends a descriptor there, with its name ("terminal") as the text; to -1 nothing. */
int handover_fd(int socket_fd, int fd, const char *name, struct err *err);

/* The pid, into the file `path` (--pid-file; NULL: none). */
int handover_pid(const char *path, pid_t pid, struct err *err);
