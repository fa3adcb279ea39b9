/* SPDX-License-Identifier: Apache-2.0 */
/*
 * StartTransientUnit and StopUnit queue a job and answer with its path; when the job has ended, the manager
 * sends the signal JobRemoved with that path and "done" or another result. On a message bus the signal is
 * subscribed to before the call, so it cannot be missed. Over its private socket the manager sends every
 * signal to every peer.
 *
 * A session from su, cron or ssh is in a cgroup that the user's manager cannot move processes out of; the
 * user's manager then asks the system manager. That moves only the processes that the request names.
 */
#include "systemd/connection.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "base/str.h"
#include "base/time.h"

#define MANAGER_NAME	   "org.freedesktop.systemd1"
#define MANAGER_PATH	   "/org/freedesktop/systemd1"
#define MANAGER_INTERFACE  "org.freedesktop.systemd1.Manager"
#define ERROR_NO_SUCH_UNIT "org.freedesktop.systemd1.NoSuchUnit"
#define ERROR_UNIT_EXISTS  "org.freedesktop.systemd1.UnitExists"
#define USEC_PER_MSEC	   1000

void connection_done(struct connection *c)
{
	(void)sd_bus_close_unref(c->bus);
	free(c->job);
	free(c->manager);
	free(c->result);
	*c = CONNECTION_INIT;
}

static const char *user_option(const struct connection *c)
{
	return c->user ? "--user " : "";
}

static int on_job_removed(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	struct connection *c = userdata;
	const char *path, *unit, *result, *sender = sd_bus_message_get_sender(m);
	uint32_t id;

	if (sd_bus_message_read(m, "uoss", &id, &path, &unit, &result) < 0 || !c->job ||
	    !streq(path, c->job))
		return 0; /* another client's */
	if (c->manager && (!sender || !streq(sender, c->manager)))
		return 0;
	free(c->result);
	c->result = strdup(result);
	return c->result ? 0 : -ENOMEM;
}

/* The name of an abstract socket is free to anybody once its owner has closed it. */
static bool is_peer_trusted(sd_bus *bus, const char *address)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	return !strstr(address, "abstract=") ||
	       (getsockopt(sd_bus_get_fd(bus), SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
		peer.uid == geteuid());
}

static int try_address(const struct connection_address *a, struct connection *c)
{
	_cleanup_(sd_bus_close_unrefp) sd_bus *bus = NULL;
	int r = sd_bus_new(&bus);

	if (r < 0)
		return r;
	r = sd_bus_set_address(bus, a->address);
	if (r < 0)
		return r;
	/* A message bus gives its clients names; a manager does not. */
	r = a->private ? 0 : sd_bus_set_bus_client(bus, true);
	if (r < 0)
		return r;
	r = sd_bus_start(bus);
	if (r < 0)
		return r;
	if (!is_peer_trusted(bus, a->address))
		return -EACCES;
	r = sd_bus_match_signal_async(bus, NULL, NULL, MANAGER_PATH, MANAGER_INTERFACE,
				      "JobRemoved", on_job_removed, NULL, c);
	if (r < 0)
		return r;
	c->bus = TAKE_PTR(bus);
	return 0;
}

int connection_open(const struct connection_options *options, struct connection *ret,
		    const char **ret_address, struct masu_error *err)
{
	int r = -ENOENT;

	ret->user = options->user;
	for (size_t i = 0; i < options->n; i++) {
		r = try_address(&options->addresses[i], ret);
		if (r >= 0) {
			*ret_address = options->addresses[i].address;
			return 0;
		}
	}
	return err_set(err, ERR_UNAVAILABLE, ENOTCONN,
		       "cannot connect to the systemd manager at \"%s\": %s",
		       options->n ? options->addresses[options->n - 1].address : "", strerror(-r));
}

int connection_new_call(struct connection *c, const char *member, sd_bus_message **ret)
{
	return sd_bus_message_new_method_call(c->bus, ret, MANAGER_NAME, MANAGER_PATH,
					      MANAGER_INTERFACE, member);
}

/* The manager's refusal, in masu's words. */
static int refused(const struct connection *c, const sd_bus_error *error, const char *unit,
		   struct masu_error *err)
{
	int code = sd_bus_error_get_errno(error);

	if (streq(error->name, ERROR_NO_SUCH_UNIT))
		return err_set(err, ERR_NOT_FOUND, ENOENT, "unit \"%s\" not found", unit);
	if (streq(error->name, ERROR_UNIT_EXISTS)) {
		(void)err_set(err, ERR_CONFLICT, EEXIST,
			      "cannot create the unit \"%s\": name already in use", unit);
		return err_hint(err,
				"systemctl %sstop '%s'; if it failed earlier: systemctl "
				"%sreset-failed '%s'",
				user_option(c), unit, user_option(c), unit);
	}
	return err_set(err, ERR_UNAVAILABLE, code ? code : EIO,
		       "systemd refused the request for the unit \"%s\": %s", unit,
		       error->message ? error->message : error->name);
}

static int timed_out(const char *unit, struct masu_error *err)
{
	return err_set(err, ERR_UNAVAILABLE, ETIMEDOUT,
		       "systemd did not finish the request for the unit \"%s\" in time", unit);
}

int connection_call(struct connection *c, sd_bus_message *m, const char *unit, int64_t deadline,
		    sd_bus_message **ret_reply, struct masu_error *err)
{
	_cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
	int64_t left = MAX(deadline - time_monotonic_ms(), 1);
	int r = sd_bus_call(c->bus, m, (uint64_t)left * USEC_PER_MSEC, &error, ret_reply);

	if (r >= 0)
		return 0;
	if (r == -ETIMEDOUT)
		return timed_out(unit, err);
	if (r == -ENOMEM || !sd_bus_error_is_set(&error))
		return err_sys(err, r, "send a request for the unit \"%s\" to systemd", unit);
	return refused(c, &error, unit, err);
}

static int await_job(struct connection *c, const char *unit, int64_t deadline,
		     struct masu_error *err)
{
	while (!c->result) {
		int r = sd_bus_process(c->bus, NULL);

		if (r == 0) {
			int64_t left = deadline - time_monotonic_ms();

			if (left <= 0)
				return timed_out(unit, err);
			r = sd_bus_wait(c->bus, (uint64_t)left * USEC_PER_MSEC);
		}
		if (r < 0 && r != -EINTR)
			return err_sys(err, r, "wait for systemd's job for the unit \"%s\"", unit);
	}
	if (streq(c->result, "done"))
		return 0;
	(void)err_set(err, ERR_UNAVAILABLE, EIO,
		      "systemd's job for the unit \"%s\" ended as \"%s\"", unit, c->result);
	return err_hint(err, "journalctl %s--unit '%s'", user_option(c), unit);
}

int connection_run_job(struct connection *c, sd_bus_message *m, const char *unit, int64_t deadline,
		       struct masu_error *err)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	const char *path, *sender;

	free(TAKE_PTR(c->job));
	free(TAKE_PTR(c->manager));
	free(TAKE_PTR(c->result));
	int r = connection_call(c, m, unit, deadline, &reply, err);
	if (r < 0)
		return r;
	r = sd_bus_message_read(reply, "o", &path);
	if (r < 0)
		return err_sys(err, r, "read systemd's answer");
	sender = sd_bus_message_get_sender(reply);
	c->job = strdup(path);
	c->manager = sender ? strdup(sender) : NULL;
	if (!c->job || (sender && !c->manager))
		return err_oom(err);
	return await_job(c, unit, deadline, err);
}
