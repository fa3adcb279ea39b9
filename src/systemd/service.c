/* SPDX-License-Identifier: Apache-2.0 */
#include "systemd/service.h"

#include <errno.h>
#include <limits.h>

#include "base/strv.h"
#include "systemd/helper.h"
#include "systemd/scope.h"

#define STATE_TIMEOUT_MS 30000
#define GRACE_MS	 10000

/* Sends one request to a masu-systemd of its own. */
static int request(bool system, enum systemd_message type, char *const *strings, struct helper *ret,
		   struct masu_error *err)
{
	int r = scope_open_helper(system, ret, err);

	return r < 0 ? r : helper_send(ret, type, strings, err);
}

static int unexpected(const struct channel_message *m, struct masu_error *err)
{
	return err_set(err, ERR_INTERNAL, EBADMSG, "unexpected message %u from masu-systemd",
		       m->type);
}

int service_job(bool system, const char *unit, const char *verb, int cancel_fd,
		struct masu_error *err)
{
	_cleanup_channel_message_ struct channel_message m = CHANNEL_MESSAGE_INIT;
	_cleanup_helper_ struct helper h = HELPER_INIT;
	_cleanup_strv_ char **strings = NULL;

	if (strv_pushf(&strings, "%d", INT32_MAX) < 0 || strv_push(&strings, unit) < 0 ||
	    strv_push(&strings, verb) < 0)
		return err_oom(err);
	int r = request(system, SYSTEMD_JOB, strings, &h, err);
	if (r == 0)
		r = helper_receive_or_cancel(&h, cancel_fd, &m, err);
	return r < 0 || m.type == SYSTEMD_DONE ? r : unexpected(&m, err);
}

int service_state(bool system, const char *unit, char **ret, struct masu_error *err)
{
	_cleanup_channel_message_ struct channel_message m = CHANNEL_MESSAGE_INIT;
	_cleanup_helper_ struct helper h = HELPER_INIT;
	_cleanup_strv_ char **strings = NULL;

	if (strv_pushf(&strings, "%d", STATE_TIMEOUT_MS) < 0 || strv_push(&strings, unit) < 0)
		return err_oom(err);
	int r = request(system, SYSTEMD_STATE, strings, &h, err);
	if (r == 0)
		r = helper_receive(&h, STATE_TIMEOUT_MS + GRACE_MS, &m, err);
	if (r < 0)
		return r;
	if (m.type != SYSTEMD_STATE)
		return unexpected(&m, err);
	*ret = TAKE_PTR(m.bytes);
	return 0;
}
