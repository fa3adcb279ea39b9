/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/init/messages.h"

#include <errno.h>

#include "base/channel.h"

/* The launcher sends some messages as soon as it can. They are kept for the step that needs them. */
static bool keep(struct init_news *news, struct channel_message *m)
{
	switch (m->type) {
	case INIT_CGROUP_READY:
		news->cgroup_ready = true;
		return true;
	case INIT_NETWORK:
		news->network_fd = TAKE_FD(m->fd);
		return true;
	case INIT_GO:
		news->may_go = true;
		return true;
	default:
		return false;
	}
}

int init_send(const struct init *init, enum init_message type, struct masu_error *err)
{
	int r = channel_send(init->channel, type, NULL, 0, -1);

	return r < 0 ? err_sys(err, r, "talk to the launcher") : 0;
}

int init_receive(struct init *init, enum init_message type, const char *awaited,
		 struct channel_message *m, struct masu_error *err)
{
	while (channel_receive(init->channel, m) == 0) {
		bool kept = keep(&init->news, m);

		if (m->type == (uint32_t)type)
			return 0;
		if (!kept)
			break;
	}
	return err_set(err, ERR_INTERNAL, ECONNRESET, "the launcher went away before %s", awaited);
}

int init_wait_for(struct init *init, enum init_message type, const char *awaited,
		  struct masu_error *err)
{
	_cleanup_channel_message_ struct channel_message m = CHANNEL_MESSAGE_INIT;

	return init_receive(init, type, awaited, &m, err);
}
