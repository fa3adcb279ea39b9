/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a scope is made. StartTransientUnit queues a job and answers with its path; the manager then
 * makes the cgroup, moves the processes into it and sends the signal JobRemoved with the job's path
 * and "done" or what went wrong. On a message bus the signal is asked for before the call, so that
 * it can't be missed; over the manager's private socket there is nobody to ask, as the manager sends
 * every signal to every peer.
 *
 * A session from su, cron or ssh is in a cgroup that the user's manager can't move processes out
 * of; it then asks the system manager to. All that is in the request's pids is moved by that, and
 * nothing else can be.
 */

#include "systemd/scope.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>

#include "base/account.h"
#include "base/str.h"
#include "base/time.h"

#define MANAGER_NAME	  "org.freedesktop.systemd1"
#define MANAGER_PATH	  "/org/freedesktop/systemd1"
#define MANAGER_INTERFACE "org.freedesktop.systemd1.Manager"
#define JOB_REMOVED	  "JobRemoved"
#define ERROR_NO_UNIT	  "org.freedesktop.systemd1.NoSuchUnit"
#define ERROR_UNIT_EXISTS "org.freedesktop.systemd1.UnitExists"

struct scope_job {
	struct bus bus;
	char *name;
	bool system;
	pid_t pid;	 /* one that is to be in the scope */
	uint32_t serial; /* of the call that starts the job */
	char *job;	 /* object path, once the call was answered */
	char *manager;	 /* who answered, on a message bus, where anybody may send signals */
	bool no_job;	 /* the call does all before it is answered */
	bool done;
	struct err why; /* when done: what went wrong, if anything */
};

void scope_job_free(struct scope_job *job)
{
	if (!job)
		return;
	bus_done(&job->bus);
	err_done(&job->why);
	free(job->name);
	free(job->job);
	free(job->manager);
	free(job);
}

static const char *user_option(const struct scope_job *job)
{
	return job->system ? "" : "--user ";
}

static int errno_of(const char *error_name)
{
	static const struct {
		const char *name;
		int code;
	} table[] = {
		{"org.freedesktop.DBus.Error.AccessDenied", EACCES},
		{"org.freedesktop.DBus.Error.InteractiveAuthorizationRequired", EACCES},
		{"org.freedesktop.DBus.Error.InvalidArgs", EINVAL},
		{"org.freedesktop.DBus.Error.LimitsExceeded", ENOBUFS},
		{"org.freedesktop.DBus.Error.NoMemory", ENOMEM},
		{"org.freedesktop.DBus.Error.PropertyReadOnly", EROFS},
		{"org.freedesktop.DBus.Error.ServiceUnknown", EHOSTUNREACH},
	};

	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (streq(error_name, table[i].name))
			return table[i].code;
	return EIO;
}

/* The manager's refusal, in masu's words. */
static void refused(struct scope_job *job, const struct dbus_message *m)
{
	struct dbus_reader r = {.bytes = m->body, .n = m->body_size};
	const char *name = m->error_name ? m->error_name : "an error without a name";
	const char *message = name;

	if (m->signature[0] == 's')
		(void)dbus_read_string(&r, &message); /* the name has to do */
	if (streq(name, ERROR_NO_UNIT))
		return; /* nothing to stop */
	if (streq(name, ERROR_UNIT_EXISTS)) {
		(void)err_set(&job->why, ERR_CONFLICT, EEXIST, "systemd has a unit '%s' already",
			      job->name);
		(void)err_hint(&job->why,
			       "systemctl %sstop '%s'; and if it failed earlier: systemctl "
			       "%sreset-failed '%s'",
			       user_option(job), job->name, user_option(job), job->name);
		return;
	}
	(void)err_set(&job->why, ERR_UNAVAILABLE, errno_of(name),
		      "systemd refused the unit '%s': %s", job->name, message);
}

static void on_reply(struct scope_job *job, const struct dbus_message *m)
{
	struct dbus_reader reader = {.bytes = m->body, .n = m->body_size};
	const char *path;

	if (m->type == DBUS_ERROR || job->no_job) {
		if (m->type == DBUS_ERROR)
			refused(job, m);
		job->done = true;
		return;
	}
	int r = streq(m->signature, "o") ? dbus_read_string(&reader, &path) : -EBADMSG;
	job->job = r < 0 ? NULL : strdup(path);
	job->manager = m->sender ? strdup(m->sender) : NULL;
	if (!job->job || (m->sender && !job->manager)) {
		(void)err_sys(&job->why, r < 0 ? r : ENOMEM, "read systemd's answer");
		job->done = true;
	}
}

static void on_job_removed(struct scope_job *job, const struct dbus_message *m)
{
	struct dbus_reader r = {.bytes = m->body, .n = m->body_size};
	const char *path, *unit, *result;
	uint32_t id;

	if (!streq(m->signature, "uoss") || dbus_read_uint32(&r, &id) < 0 ||
	    dbus_read_string(&r, &path) < 0 || dbus_read_string(&r, &unit) < 0 ||
	    dbus_read_string(&r, &result) < 0)
		return; /* none of ours */
	if (!job->job || !streq(path, job->job) ||
	    (job->manager && (!m->sender || !streq(m->sender, job->manager))))
		return;
	job->done = true;
	if (streq(result, "done"))
		return;
	(void)err_set(&job->why, ERR_UNAVAILABLE, EIO, "systemd's job for '%s' ended as '%s'",
		      job->name, result);
	(void)err_hint(&job->why, "journalctl %s--unit '%s'", user_option(job), job->name);
}

static void put_bytes(struct dbus_body *b, const uint8_t *data, size_t size)
{
	struct dbus_array array = dbus_open_array(b, 1);

	for (size_t i = 0; i < size; i++)
		dbus_put_byte(b, data[i]);
	dbus_close_array(b, array);
}

/* An element of the array of properties, "(sv)". */
static void put_property(struct dbus_body *b, const struct scope_property *p)
{
	static const char *const signatures[] = {
		[SCOPE_BOOL] = "b",
		[SCOPE_UINT64] = "t",
		[SCOPE_STRING] = "s",
		[SCOPE_BYTES] = "ay",
	};
	static_assert(ARRAY_SIZE(signatures) == SCOPE_TYPE_MAX, "a type without its signature");

	dbus_open_struct(b);
	dbus_put_string(b, p->name);
	dbus_put_signature(b, signatures[p->type]);
	switch (p->type) {
	case SCOPE_BOOL:
		dbus_put_uint32(b, p->boolean);
		break;
	case SCOPE_UINT64:
		dbus_put_uint64(b, p->number);
		break;
	case SCOPE_STRING:
		dbus_put_string(b, p->string);
		break;
	default:
		put_bytes(b, p->bytes.data, p->bytes.size);
	}
}

static void put_pids(struct dbus_body *b, const pid_t *pids, size_t n)
{
	dbus_open_struct(b);
	dbus_put_string(b, "PIDs");
	dbus_put_signature(b, "au");
	struct dbus_array array = dbus_open_array(b, 4);
	for (size_t i = 0; i < n; i++)
		dbus_put_uint32(b, (uint32_t)pids[i]);
	dbus_close_array(b, array);
}

static void put_request(struct dbus_body *b, const char *name, const struct scope_request *request)
{
	const struct scope_property fixed[] = {
		{.name = "Description", SCOPE_STRING, .string = request->description},
		{.name = "Delegate", SCOPE_BOOL, .boolean = request->delegate},
		{.name = "Slice", SCOPE_STRING, .string = request->slice},
	};

	dbus_put_string(b, name);
	dbus_put_string(b, "fail"); /* rather than replace a job of the same unit */
	struct dbus_array properties = dbus_open_array(b, 8);
	for (size_t i = 0; i < ARRAY_SIZE(fixed); i++)
		if (fixed[i].type != SCOPE_STRING || fixed[i].string)
			put_property(b, &fixed[i]);
	put_pids(b, request->pids, request->n_pids);
	for (size_t i = 0; i < request->n_properties; i++)
		put_property(b, &request->properties[i]);
	for (size_t i = 0; request->more && i < request->more->n; i++) {
		dbus_open_struct(b);
		dbus_put_string(b, request->more->item[i].name);
		variant_put(b, &request->more->item[i].value);
	}
	dbus_close_array(b, properties);
	dbus_close_array(b, dbus_open_array(b, 8)); /* auxiliary units */
}

/* Has the message bus send us the manager's signal. Its answer is of no interest. */
static int watch_jobs(struct bus *bus)
{
	static const struct dbus_call call = {
		.destination = BUS_NAME,
		.path = BUS_PATH,
		.interface = BUS_NAME,
		.member = "AddMatch",
		.signature = "s",
	};
	_cleanup_dbus_body_ struct dbus_body b = DBUS_BODY_INIT;
	uint32_t serial;

	dbus_put_string(&b, "type='signal',path='" MANAGER_PATH "',interface='" MANAGER_INTERFACE
			    "',member='" JOB_REMOVED "'");
	return bus_call(bus, &call, &b, &serial);
}

int scope_connect(bool system, const char *name, struct scope_job **ret, struct err *err)
{
	_cleanup_scope_job_ struct scope_job *job = calloc(1, sizeof(*job));

	if (!job)
		return err_sys(err, ENOMEM, "make the scope '%s'", name);
	job->system = system;
	job->bus = BUS_INIT;
	job->name = strdup(name);
	if (!job->name)
		return err_sys(err, ENOMEM, "make the scope '%s'", name);
	int r = bus_open(system, &job->bus, err);
	if (r < 0)
		return r;
	r = job->bus.way == BUS_SESSION ? watch_jobs(&job->bus) : 0;
	if (r < 0)
		return err_sys(err, r, "watch systemd's jobs at '%s'", job->bus.address);
	*ret = TAKE_PTR(job);
	return 0;
}

/* Sends a call of the manager's whose answer is a job. */
static int send_call(struct scope_job *job, const char *member, const char *signature,
		     const struct dbus_body *body, struct err *err)
{
	const struct dbus_call call = {
		.destination = job->bus.way == BUS_SESSION ? MANAGER_NAME : NULL,
		.path = MANAGER_PATH,
		.interface = MANAGER_INTERFACE,
		.member = member,
		.signature = signature,
	};
	int r = bus_call(&job->bus, &call, body, &job->serial);

	return r < 0 ? err_sys(err, r, "send to systemd at '%s'", job->bus.address) : 0;
}

int scope_begin(struct scope_job *job, const struct scope_request *request, struct err *err)
{
	_cleanup_dbus_body_ struct dbus_body body = DBUS_BODY_INIT;

	put_request(&body, job->name, request);
	return send_call(job, "StartTransientUnit", "ssa(sv)a(sa(sv))", &body, err);
}

static int job_step(struct scope_job *job, int64_t deadline)
{
	struct dbus_message m;
	int r = bus_receive(&job->bus, deadline, &m);

	if (r < 0)
		return r;
	if (m.reply_serial == job->serial && (m.type == DBUS_RETURN || m.type == DBUS_ERROR))
		on_reply(job, &m);
	else if (m.type == DBUS_SIGNAL && m.interface && m.member &&
		 streq(m.interface, MANAGER_INTERFACE) && streq(m.member, JOB_REMOVED))
		on_job_removed(job, &m);
	return 0;
}

int scope_finish(struct scope_job *job, int timeout_ms, struct err *err)
{
	int64_t deadline = time_monotonic_ms() + timeout_ms;

	while (!job->done) {
		int r = job_step(job, deadline);
		if (r == -ETIMEDOUT)
			return err_set(err, ERR_UNAVAILABLE, ETIMEDOUT,
				       "systemd did not finish with '%s' in %d s", job->name,
				       timeout_ms / 1000);
		if (r < 0)
			return err_sys(err, r, "wait for systemd at '%s'", job->bus.address);
	}
	return job->why.code ? err_move(err, &job->why) : 0;
}

static int stop(struct scope_job *job, int timeout_ms, struct err *err)
{
	_cleanup_dbus_body_ struct dbus_body body = DBUS_BODY_INIT;

	dbus_put_string(&body, job->name);
	dbus_put_string(&body, "replace");
	int r = send_call(job, "StopUnit", "ss", &body, err);
	return r < 0 ? r : scope_finish(job, timeout_ms, err);
}

int scope_stop(bool system, const char *name, int timeout_ms, struct err *err)
{
	_cleanup_scope_job_ struct scope_job *job = NULL;
	int r = scope_connect(system, name, &job, err);

	return r < 0 ? r : stop(job, timeout_ms, err);
}

void scope_undo(struct scope_job *job, int timeout_ms)
{
	if (!job->serial)
		return;
	(void)scope_finish(job, timeout_ms, NULL);
	if (!job->job) /* refused */
		return;
	free(TAKE_PTR(job->job));
	free(TAKE_PTR(job->manager));
	job->done = false;
	(void)stop(job, timeout_ms, NULL);
}

int scope_set(bool system, const char *name, const struct scope_property *properties, size_t n,
	      int timeout_ms, struct err *err)
{
	_cleanup_scope_job_ struct scope_job *job = NULL;
	_cleanup_dbus_body_ struct dbus_body body = DBUS_BODY_INIT;
	int r = scope_connect(system, name, &job, err);

	if (r < 0)
		return r;
	job->no_job = true;
	dbus_put_string(&body, name);
	dbus_put_uint32(&body, true); /* runtime: not beyond the next boot */
	struct dbus_array array = dbus_open_array(&body, 8);
	for (size_t i = 0; i < n; i++)
		put_property(&body, &properties[i]);
	dbus_close_array(&body, array);
	r = send_call(job, "SetUnitProperties", "sba(sv)", &body, err);
	return r < 0 ? r : scope_finish(job, timeout_ms, err);
}

int scope_attach(bool system, const char *name, const char *below, pid_t pid, int timeout_ms,
		 struct err *err)
{
	_cleanup_scope_job_ struct scope_job *job = NULL;
	_cleanup_dbus_body_ struct dbus_body body = DBUS_BODY_INIT;
	int r = scope_connect(system, name, &job, err);

	if (r < 0)
		return r;
	job->no_job = true;
	dbus_put_string(&body, name);
	dbus_put_string(&body, below);
	struct dbus_array array = dbus_open_array(&body, 4);
	dbus_put_uint32(&body, (uint32_t)pid);
	dbus_close_array(&body, array);
	r = send_call(job, "AttachProcessesToUnit", "ssau", &body, err);
	return r < 0 ? r : scope_finish(job, timeout_ms, err);
}

void scope_host_done(struct scope_host *host)
{
	free(host->address);
	free(host->why);
	*host = (struct scope_host){0};
}

static bool lingers(void)
{
	_cleanup_free_ char *user = account_name(geteuid());
	char path[PATH_MAX];

	if (!user)
		return false;
	(void)snprintf(path, sizeof(path), "/var/lib/systemd/linger/%s", user);
	return access(path, F_OK) == 0;
}

int scope_available(bool system, struct scope_host *ret)
{
	_cleanup_bus_ struct bus bus = BUS_INIT;
	_cleanup_err_ struct err err = ERR_INIT;
	struct scope_host host = {.linger = system || lingers()};
	int r = bus_open(system, &bus, &err);

	if (r == -ENOMEM)
		return r;
	if (r < 0)
		host.why = TAKE_PTR(err.message);
	else
		host.address = TAKE_PTR(bus.address);
	host.way = r < 0 ? BUS_NONE : bus.way;
	*ret = host;
	return 0;
}
