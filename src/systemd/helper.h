/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A running masu-systemd, seen by its client.
 *
 * It is not killed with its parent: after a client's death it reads end of file, undoes what it has begun,
 * and exits by itself. A signal would leave a unit behind.
 */

#include <sys/types.h>

#include "base/channel.h"
#include "systemd/message.h"

struct helper {
	int channel; /* -1: not running */
	pid_t pid;
};
#define HELPER_INIT	 ((struct helper){.channel = -1})
#define _cleanup_helper_ _cleanup_(helper_stop)

/*
 * Starts `masu-systemd ARGS...` and does not wait for anything that it does. ERR_UNAVAILABLE if the program
 * is missing.
 */
int helper_start(char *const *args, struct helper *ret, struct masu_error *err);

/* Sends a request. If masu-systemd has died, the next helper_receive() reports it. */
int helper_send(struct helper *h, enum systemd_message type, char *const *strings,
		struct masu_error *err);

/*
 * Waits at most `timeout_ms` (-1: for ever) for a message; an error of masu-systemd's is returned as such. -ETIMEDOUT, and
 * -ECONNRESET (ERR_UNAVAILABLE) if masu-systemd died or could not be loaded.
 */
int helper_receive(struct helper *h, int timeout_ms, struct channel_message *ret,
		   struct masu_error *err);

/* The same without a limit. -ECANCELED (ERR_SIGNAL) when `cancel_fd` is readable; -1: never. */
int helper_receive_or_cancel(struct helper *h, int cancel_fd, struct channel_message *ret,
			     struct masu_error *err);

/* The same as helper_receive() for an answer that must be DONE. */
int helper_await_done(struct helper *h, int timeout_ms, struct masu_error *err);

/* Closes the channel, kills masu-systemd if it still runs, and reaps it. */
void helper_stop(struct helper *h);
