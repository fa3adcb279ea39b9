/* SPDX-License-Identifier: Apache-2.0 */
#include "systemd/units.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "base/channel.h"
#include "base/str.h"
#include "base/strv.h"
#include "base/time.h"
#include "systemd/message.h"
#include "systemd/property.h"
#include "systemd/service-call.h"
#include "systemd/socket-compose.h"
#include "systemd/unit-name.h"

#define UNIT_INTERFACE	"org.freedesktop.systemd1.Unit"
#define TIMEOUT_MAX_MS	INT32_MAX
#define UNDO_TIMEOUT_MS 5000
#define LOOK_MS		10

/* A request of the client, taken apart. */
struct request {
	enum systemd_message type;
	char **strings;
	int64_t deadline;
	const char *unit;
	char *const *args; /* the strings after the unit */
	size_t n_args;
};

static void request_done(struct request *r)
{
	strv_free(r->strings);
}

static int read_pid(const char *s, uint32_t *ret)
{
	return str_to_uint32(s, ret) == 0 && *ret > 0 && *ret <= INT32_MAX ? 0 : -EINVAL;
}

/* The type of the units, besides scopes, that a request may be about. */
static const char *other_type(enum systemd_message type)
{
	switch (type) {
	case SYSTEMD_ATTACH: /* a container may be in the group of a service (cgroup/unit.h) */
	case SYSTEMD_STOP:
	case SYSTEMD_SERVICE:
	case SYSTEMD_ACTIVATE:
	case SYSTEMD_JOB:
	case SYSTEMD_STATE:
		return ".service";
	default:
		return type == SYSTEMD_SOCKET ? ".socket" : NULL;
	}
}

static int check_unit(const struct request *request, struct masu_error *err)
{
	const enum systemd_message type = request->type;
	const char *other = other_type(type);
	bool no_scope = type == SYSTEMD_SERVICE || type == SYSTEMD_ACTIVATE ||
			type == SYSTEMD_SOCKET || type == SYSTEMD_JOB || type == SYSTEMD_STATE;

	if ((!no_scope && unit_name_is_valid(request->unit, ".scope")) ||
	    (other && unit_name_is_valid(request->unit, other)) ||
	    (type == SYSTEMD_STOP && unit_name_is_valid(request->unit, ".socket")))
		return 0;
	return err_set(err, ERR_INVALID, EINVAL, "invalid name of a %s: \"%s\"",
		       no_scope ? other + 1 : "scope", request->unit);
}

static int parse_request(const struct channel_message *m, struct request *ret,
			 struct masu_error *err)
{
	uint64_t timeout;
	int r = message_unpack(m->bytes, m->size, &ret->strings);

	if (r == -EILSEQ)
		return err_set(err, ERR_INVALID, EILSEQ,
			       "systemd takes text in UTF-8 only, and the request has other text");
	if (r < 0)
		return err_sys(err, r, "read a request");
	ret->type = m->type;
	if (strv_length(ret->strings) < 2 ||
	    str_to_uint64(ret->strings[0], TIMEOUT_MAX_MS, &timeout) < 0)
		return err_set(err, ERR_INTERNAL, EBADMSG, "malformed request");
	ret->deadline = time_monotonic_ms() + (int64_t)timeout;
	ret->unit = ret->strings[1];
	ret->args = ret->strings + 2;
	ret->n_args = strv_length(ret->args);
	return check_unit(ret, err);
}

static int no_message(int r, const struct request *request, struct masu_error *err)
{
	return r < 0 ? err_sys(err, r, "compose a request for the unit \"%s\"", request->unit) : 0;
}

static int append_properties(sd_bus_message *m, char *const *properties, struct masu_error *err)
{
	STRV_FOREACH(property, properties) {
		int r = property_append(m, *property, err);

		if (r < 0)
			return r;
	}
	return 0;
}

/* The property PIDs, of "PID PID". */
static int append_pids(sd_bus_message *m, const char *text)
{
	_cleanup_strv_ char **pids = strv_split(text, " ");
	int r = pids ? sd_bus_message_open_container(m, 'r', "sv") : -ENOMEM;

	if (r >= 0)
		r = sd_bus_message_append(m, "s", "PIDs");
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'v', "au");
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'a', "u");
	STRV_FOREACH(s, pids) {
		uint32_t pid = 0;

		if (r >= 0)
			r = read_pid(*s, &pid);
		if (r >= 0)
			r = sd_bus_message_append(m, "u", pid);
	}
	for (int i = 0; r >= 0 && i < 3; i++)
		r = sd_bus_message_close_container(m);
	return r;
}

/* Of StartTransientUnit(name, mode, properties, auxiliary units). */
static int compose_start(sd_bus_message *m, const struct request *request, struct masu_error *err)
{
	const char *slice = request->args[0], *description = request->args[1];
	int r = sd_bus_message_append(m, "ss", request->unit, "fail"); /* replace no other's job */

	if (r >= 0)
		r = sd_bus_message_open_container(m, 'a', "(sv)");
	if (r >= 0)
		r = sd_bus_message_append(m, "(sv)(sv)", "Description", "s", description,
					  "Delegate", "b", 1);
	if (r >= 0 && *slice)
		r = sd_bus_message_append(m, "(sv)", "Slice", "s", slice);
	if (r >= 0)
		r = append_pids(m, request->args[2]);
	if (r < 0)
		return no_message(r, request, err);
	r = append_properties(m, request->args + 3, err);
	if (r < 0)
		return r;
	r = sd_bus_message_close_container(m);
	return no_message(r < 0 ? r : sd_bus_message_append(m, "a(sa(sv))", 0), request, err);
}

static int stop(struct connection *c, const char *unit, int64_t deadline, struct masu_error *err)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
	int r = connection_new_call(c, "StopUnit", &m);

	if (r >= 0)
		r = sd_bus_message_append(m, "ss", unit, "replace");
	if (r < 0)
		return err_sys(err, r, "stop the unit \"%s\"", unit);
	r = connection_run_job(c, m, unit, deadline, err);
	if (r != -ENOENT)
		return r;
	err_done(err);
	return 0;
}

static int start(struct connection *c, const struct request *request, struct masu_error *err)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;

	if (request->n_args < 3)
		return err_set(err, ERR_INTERNAL, EBADMSG, "malformed request");
	int r = connection_new_call(c, "StartTransientUnit", &m);
	r = r < 0 ? no_message(r, request, err) : compose_start(m, request, err);
	if (r < 0)
		return r;
	r = connection_run_job(c, m, request->unit, request->deadline, err);
	if (r < 0 && c->job)
		(void)stop(c, request->unit, time_monotonic_ms() + UNDO_TIMEOUT_MS, NULL);
	return r;
}

/*
 * A failure is not reported: the client's next start repeats the request. The answer is waited for, because the manager
 * ignores the request of a connection that was closed with unread messages.
 */
static void start_service(struct connection *c, const struct request *request)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;

	if (connection_new_call(c, "StartUnit", &m) >= 0 &&
	    sd_bus_message_append(m, "ss", request->unit, "fail") >= 0)
		(void)connection_call(c, m, request->unit, request->deadline, NULL, NULL);
}

static int activate(struct connection *c, const struct request *request, struct masu_error *err)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
	int r = connection_new_call(c, "StartUnit", &m);

	if (r >= 0)
		r = sd_bus_message_append(m, "ss", request->unit, "replace");
	if (r < 0)
		return no_message(r, request, err);
	return connection_run_job(c, m, request->unit, request->deadline, err);
}

/* Nobody else has to undo a socket that was not started: the manager forgets a transient unit that is not active. */
static int start_socket(struct connection *c, const struct request *request, struct masu_error *err)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
	int r = connection_new_call(c, "StartTransientUnit", &m);

	if (r >= 0)
		r = socket_unit_compose(m, request->unit, request->args);
	if (r < 0)
		return no_message(r, request, err);
	return connection_run_job(c, m, request->unit, request->deadline, err);
}

static int set(struct connection *c, const struct request *request, struct masu_error *err)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
	int r = connection_new_call(c, "SetUnitProperties", &m);

	if (r >= 0)
		r = sd_bus_message_append(m, "sb", request->unit, 1); /* until the next boot */
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'a', "(sv)");
	if (r < 0)
		return no_message(r, request, err);
	r = append_properties(m, request->args, err);
	if (r < 0)
		return r;
	r = no_message(sd_bus_message_close_container(m), request, err);
	return r < 0 ? r : connection_call(c, m, request->unit, request->deadline, NULL, err);
}

static int attach(struct connection *c, const struct request *request, struct masu_error *err)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
	uint32_t pid;

	if (request->n_args != 2 || read_pid(request->args[1], &pid) < 0)
		return err_set(err, ERR_INTERNAL, EBADMSG, "malformed request");
	int r = connection_new_call(c, "AttachProcessesToUnit", &m);
	if (r >= 0)
		r = sd_bus_message_append(m, "ssau", request->unit, request->args[0], 1, pid);
	if (r < 0)
		return no_message(r, request, err);
	return connection_call(c, m, request->unit, request->deadline, NULL, err);
}

/* Calls a method whose answer is a unit's object path. NULL if the manager knows no such unit. */
static int find_unit(struct connection *c, const struct request *request, const char *member,
		     uint32_t pid, char **ret, struct masu_error *err)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL, *reply = NULL;
	const char *path;
	int r = connection_new_call(c, member, &m);

	if (r >= 0)
		r = pid ? sd_bus_message_append(m, "u", pid)
			: sd_bus_message_append(m, "s", request->unit);
	if (r < 0)
		return no_message(r, request, err);
	*ret = NULL;
	if (connection_call(c, m, request->unit, request->deadline, &reply, NULL) < 0)
		return 0;
	if (sd_bus_message_read(reply, "o", &path) < 0)
		return 0;
	*ret = strdup(path);
	return *ret ? 0 : err_oom(err);
}

static bool has_job(struct connection *c, const char *path)
{
	_cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
	uint32_t id = 0;
	const char *job;

	if (sd_bus_get_property(c->bus, "org.freedesktop.systemd1", path, UNIT_INTERFACE, "Job",
				NULL, &reply, "(uo)") < 0 ||
	    sd_bus_message_read(reply, "(uo)", &id, &job) < 0)
		return false;
	return id != 0;
}

/*
 * The masu-systemd before this one died with a start, which systemd may have received. So either there is
 * no unit, or the process is in it, or the unit has a job that will move it, or the unit is another's. In the
 * second case it is stopped, if ACTION is "stop". The private socket and a message bus both keep the
 * order: what the dead one sent is handled before what this one sends.
 */
static int settle(struct connection *c, const struct request *request, struct masu_error *err)
{
	uint32_t pid;

	if (request->n_args != 2 || read_pid(request->args[0], &pid) < 0)
		return err_set(err, ERR_INTERNAL, EBADMSG, "malformed request");
	for (;;) {
		_cleanup_free_ char *unit = NULL, *holder = NULL;
		int r = find_unit(c, request, "GetUnit", 0, &unit, err);

		if (r < 0 || !unit)
			return r;
		bool busy = has_job(c, unit);
		r = find_unit(c, request, "GetUnitByPID", pid, &holder, err);
		if (r < 0)
			return r;
		if (holder && streq(holder, unit) && streq(request->args[1], "stop"))
			return stop(c, request->unit, request->deadline, err);
		if (!busy)
			return 0;
		if (time_monotonic_ms() > request->deadline)
			return err_set(err, ERR_UNAVAILABLE, ETIMEDOUT,
				       "the unit \"%s\" has a job for too long", request->unit);
		(void)nanosleep(&(struct timespec){.tv_nsec = LOOK_MS * 1000000}, NULL);
	}
}

static int handle(struct connection *c, const struct request *request, struct masu_error *err)
{
	switch (request->type) {
	case SYSTEMD_START:
		return start(c, request, err);
	case SYSTEMD_STOP:
		return stop(c, request->unit, request->deadline, err);
	case SYSTEMD_SET:
		return set(c, request, err);
	case SYSTEMD_ATTACH:
		return attach(c, request, err);
	case SYSTEMD_SETTLE:
		return settle(c, request, err);
	case SYSTEMD_ACTIVATE:
		return activate(c, request, err);
	case SYSTEMD_SOCKET:
		return start_socket(c, request, err);
	case SYSTEMD_JOB:
		return service_call_job(c, request->unit, str_or_empty(request->args[0]),
					request->deadline, err);
	default:
		return err_set(err, ERR_INTERNAL, EBADMSG, "unknown request %u", request->type);
	}
}

static int answer(int channel, int r, const struct masu_error *err)
{
	return r < 0 ? channel_send_err(channel, err)
		     : channel_send(channel, SYSTEMD_DONE, NULL, 0, -1);
}

static int answer_state(int channel, struct connection *c, const struct request *request)
{
	_cleanup_err_ struct masu_error failure = ERR_INIT;
	_cleanup_free_ char *state = NULL;
	int r = service_call_state(c, request->unit, request->deadline, &state, &failure);

	return r < 0 ? channel_send_err(channel, &failure)
		     : channel_send(channel, SYSTEMD_STATE, state, strlen(state), -1);
}

static bool has_hung_up(int channel)
{
	char byte;

	return recv(channel, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

static bool has_message(int channel)
{
	char byte;

	return recv(channel, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

/*
 * A client that wants a service sends the request together with that for its scope. It is handled before the scope's
 * answer, after which the client may kill this process.
 */
static void start_service_too(int channel, struct connection *c)
{
	_cleanup_channel_message_ struct channel_message m = CHANNEL_MESSAGE_INIT;
	_cleanup_(request_done) struct request request = {0};

	if (has_message(channel) && channel_receive(channel, &m) == 0 &&
	    m.type == SYSTEMD_SERVICE && parse_request(&m, &request, NULL) == 0)
		start_service(c, &request);
}

/* The last request: once the client has the answer, the unit is the client's. */
static void finish_start(int channel, struct connection *c, const struct request *request, int r,
			 const struct masu_error *failure)
{
	if (!has_hung_up(channel) && answer(channel, r, failure) == 0)
		return;
	if (r == 0)
		(void)stop(c, request->unit, time_monotonic_ms() + UNDO_TIMEOUT_MS, NULL);
	/* A dead client does not read it. */
	(void)channel_send(channel, SYSTEMD_UNDONE, NULL, 0, -1);
}

/* Handles one message. 1 if it is the last one. */
static int serve_one(int channel, struct connection *c, const struct channel_message *m)
{
	_cleanup_(request_done) struct request request = {0};
	_cleanup_err_ struct masu_error failure = ERR_INIT;
	int r = parse_request(m, &request, &failure);

	if (r == 0 && m->type == SYSTEMD_STATE)
		return answer_state(channel, c, &request);
	if (r == 0)
		r = handle(c, &request, &failure);
	if (m->type != SYSTEMD_START)
		return answer(channel, r, &failure);
	start_service_too(channel, c);
	finish_start(channel, c, &request, r, &failure);
	return 1;
}

int units_serve(int channel, const struct connection_options *options)
{
	_cleanup_connection_ struct connection c = CONNECTION_INIT;
	_cleanup_channel_message_ struct channel_message m = CHANNEL_MESSAGE_INIT;
	_cleanup_err_ struct masu_error failure = ERR_INIT;
	const char *address;
	int r = connection_open(options, &c, &address, &failure);

	if (r < 0)
		return channel_send_err(channel, &failure);
	r = channel_send(channel, SYSTEMD_READY, address, strlen(address), -1);
	while (r == 0 && (r = channel_receive(channel, &m)) == 0)
		r = serve_one(channel, &c, &m);
	return r == 1 || r == -ECONNRESET || r == -EPIPE ? 0 : r;
}
