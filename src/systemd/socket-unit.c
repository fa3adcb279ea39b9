/* SPDX-License-Identifier: Apache-2.0 */
#include "systemd/socket-unit.h"

#include <errno.h>

#include "base/str.h"
#include "base/strv.h"
#include "systemd/helper.h"
#include "systemd/scope.h"

#define SOCKET_TIMEOUT_MS  30000
#define SERVICE_TIMEOUT_MS 600000
#define GRACE_MS	   10000 /* masu-systemd reports a timeout itself */

static int push_unit(char ***strings, int timeout_ms, const char *name, const char *suffix)
{
	int r = strv_pushf(strings, "%d", timeout_ms);

	return r < 0 ? r : strv_pushf(strings, "%s%s", name, suffix);
}

static int request(struct helper *h, enum systemd_message type, char *const *strings,
		   int timeout_ms, struct masu_error *err)
{
	int r = helper_send(h, type, strings, err);

	return r < 0 ? r : helper_await_done(h, timeout_ms + GRACE_MS, err);
}

int socket_unit_start(bool system, const struct socket_unit *u, struct masu_error *err)
{
	_cleanup_helper_ struct helper h = HELPER_INIT;
	_cleanup_strv_ char **strings = NULL;

	if (push_unit(&strings, SOCKET_TIMEOUT_MS, u->name, ".socket") < 0 ||
	    strv_push(&strings, u->description) < 0 || strv_push(&strings, u->fifo) < 0 ||
	    strv_pushf(&strings, "%zu", strv_length(u->listeners)) < 0 ||
	    strv_extend(&strings, u->listeners) < 0 || strv_extend(&strings, u->env) < 0 ||
	    strv_push(&strings, "--") < 0 || strv_extend(&strings, u->argv) < 0)
		return err_oom(err);
	int r = scope_open_helper(system, &h, err);
	return r < 0 ? r : request(&h, SYSTEMD_SOCKET, strings, SOCKET_TIMEOUT_MS, err);
}

int socket_unit_stop(bool system, const char *name, struct masu_error *err)
{
	static const char *const suffixes[] = {".socket", ".service"};
	_cleanup_helper_ struct helper h = HELPER_INIT;
	int r = scope_open_helper(system, &h, err);

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(suffixes); i++) {
		_cleanup_strv_ char **strings = NULL;

		if (push_unit(&strings, SOCKET_TIMEOUT_MS, name, suffixes[i]) < 0)
			return err_oom(err);
		r = request(&h, SYSTEMD_STOP, strings, SOCKET_TIMEOUT_MS, err);
	}
	return r;
}

int service_start(bool system, const char *unit, struct masu_error *err)
{
	_cleanup_helper_ struct helper h = HELPER_INIT;
	_cleanup_strv_ char **strings = NULL;

	if (push_unit(&strings, SERVICE_TIMEOUT_MS, unit, "") < 0)
		return err_oom(err);
	int r = scope_open_helper(system, &h, err);
	return r < 0 ? r : request(&h, SYSTEMD_ACTIVATE, strings, SERVICE_TIMEOUT_MS, err);
}
