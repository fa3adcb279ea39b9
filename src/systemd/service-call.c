/* SPDX-License-Identifier: Apache-2.0 */
#include "systemd/service-call.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"

#define DESTINATION    "org.freedesktop.systemd1"
#define UNIT_INTERFACE "org.freedesktop.systemd1.Unit"

static int cannot_ask(int r, const char *unit, struct masu_error *err)
{
	return err_sys(err, r, "compose a request for the unit \"%s\"", unit);
}

int service_call_job(struct connection *c, const char *unit, const char *verb, int64_t deadline,
		     struct masu_error *err)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
	bool resets = streq(verb, "reset");
	const char *member = resets		    ? "ResetFailedUnit"
			     : streq(verb, "start") ? "StartUnit"
						    : "RestartUnit";
	int r = connection_new_call(c, member, &m);

	if (r >= 0)
		r = resets ? sd_bus_message_append(m, "s", unit)
			   : sd_bus_message_append(m, "ss", unit, "replace");
	if (r < 0)
		return cannot_ask(r, unit, err);
	return resets ? connection_call(c, m, unit, deadline, NULL, err)
		      : connection_run_job(c, m, unit, deadline, err);
}

static int read_property(struct connection *c, const char *path, const char *name, char **ret)
{
	return sd_bus_get_property_string(c->bus, DESTINATION, path, UNIT_INTERFACE, name, NULL,
					  ret);
}

int service_call_state(struct connection *c, const char *unit, int64_t deadline, char **ret,
		       struct masu_error *err)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL, *reply = NULL;
	_cleanup_free_ char *load = NULL;
	const char *path;
	int r = connection_new_call(c, "LoadUnit", &m);

	if (r >= 0)
		r = sd_bus_message_append(m, "s", unit);
	if (r < 0)
		return cannot_ask(r, unit, err);
	r = connection_call(c, m, unit, deadline, &reply, err);
	if (r < 0)
		return r;
	r = sd_bus_message_read(reply, "o", &path);
	if (r >= 0)
		r = read_property(c, path, "LoadState", &load);
	if (r >= 0 && streq(load, "not-found"))
		return err_set(err, ERR_NOT_FOUND, ENOENT, "unit \"%s\" not found", unit);
	if (r >= 0)
		r = read_property(c, path, "ActiveState", ret);
	return r < 0 ? err_sys(err, r, "read the state of the unit \"%s\"", unit) : 0;
}
