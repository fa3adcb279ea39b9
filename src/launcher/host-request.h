/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A request of `masu box host-exec`, as the host receives it. The peer is a process of the same user, in a box. */

#include <stdbool.h>
#include <sys/ioctl.h>

#include "base/err.h"

struct host_request {
	int stdio[3]; /* -1: the terminal */
	size_t n_streams;
	char **argv;
	size_t n_argv;
	char **env; /* this process's without the variables of its own unit, and the client's */
	char *dir;  /* or NULL */
	bool terminal;
	struct winsize window;
	size_t size; /* of all words and variables */
};
#define HOST_REQUEST_INIT      ((struct host_request){.stdio = {-1, -1, -1}})
#define _cleanup_host_request_ _cleanup_(host_request_done)
void host_request_done(struct host_request *q);

/* Is the other end of the socket a process of this process's user? -EPERM (ERR_DENIED) if not, ERR_INVALID for no such socket. */
int host_request_check_peer(int channel, struct masu_error *err);

/* Receives a whole request. -ECONNRESET without one; ERR_INVALID. */
int host_request_receive(int channel, struct host_request *ret, struct masu_error *err);
