/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Init's wait for the start: for the launcher, or, if the container is only created, for a client of the
 * listener. The launcher may have become the monitor by then: its channel shows its death.
 */

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "base/channel.h"
#include "base/fd.h"
#include "runtime/init/messages.h"

/*
 * Answers one client. An exec before the start has init close itself first. A client that disconnects without
 * a message was killed, and one that sends no GO is not the last.
 */
static int serve_client(struct init *init, struct masu_error *err)
{
	_cleanup_channel_message_ struct channel_message m = CHANNEL_MESSAGE_INIT;
	_cleanup_close_ int connection = accept4(init->plan->start_listener, NULL, NULL,
						 SOCK_CLOEXEC);

	if (connection < 0 && errno != EINTR && errno != ECONNABORTED)
		return err_sys(err, errno, "wait for the start");
	if (connection < 0 || channel_receive(connection, &m) < 0)
		return 0;
	if (m.type == INIT_CLOSE) {
		int r = init_close_self(init, err);
		if (r < 0)
			return r;
		(void)channel_send(connection, INIT_READY, NULL, 0, -1); /* it may be gone */
	}
	if (m.type == INIT_GO) {
		(void)channel_send(init->channel, INIT_GO, NULL, 0, -1); /* it may have left */
		init->launcher = init->channel;
		init->channel = TAKE_FD(connection);
		init->news.may_go = true;
	}
	return 0;
}

static int wait_for_client(struct init *init, struct masu_error *err)
{
	const bool dies = init->plan->die_with_launcher;
	struct pollfd polls[] = {{init->plan->start_listener, POLLIN, 0},
				 {dies ? init->channel : -1, 0, 0}};

	if (poll(polls, ARRAY_SIZE(polls), -1) < 0)
		return errno == EINTR ? 0 : err_sys(err, errno, "wait for the start");
	if (polls[1].revents)
		return err_set(err, ERR_INTERNAL, ECONNRESET, "the monitor has died");
	return serve_client(init, err);
}

int init_wait_for_start(struct init *init, struct masu_error *err)
{
	int r = init_send(init, INIT_READY, err);

	if (r < 0)
		return r;
	if (init->plan->start_listener < 0)
		return init->news.may_go ? 0 : init_wait_for(init, INIT_GO, "the start", err);
	r = init_wait_for(init, INIT_LEAVE, "the container was recorded", err);
	while (r == 0 && !init->news.may_go)
		r = wait_for_client(init, err);
	return r;
}
