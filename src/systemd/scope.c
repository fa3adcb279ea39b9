/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a scope is made. StartTransientUnit queues a job and answers with its path; the manager then
 * makes the cgroup, moves the processes into it and sends the signal JobRemoved with the job's path
 * and "done" or what went wrong. The match for the signal is set before the call, so that it can't
 * be missed. Over the manager's private socket there is no message bus and no name: a match there is
 * only ours, and the manager sends every signal to every peer. On a message bus it sends a job's
 * signals to the client that started the job.
 *
 * A session from su, cron or ssh is in a cgroup that the user's manager can't move processes out
 * of; it then asks the system manager to. All that is in the request's pids is moved by that, and
 * nothing else can be.
 */
#include "systemd/scope.h"

#include <errno.h>
#include <limits.h>
#include <pwd.h>

#include "base/str.h"
#include "base/time.h"
#include "systemd/libsystemd.h"

#define MANAGER_NAME	  "org.freedesktop.systemd1"
#define MANAGER_PATH	  "/org/freedesktop/systemd1"
#define MANAGER_INTERFACE "org.freedesktop.systemd1.Manager"
#define ERROR_NO_UNIT	  "org.freedesktop.systemd1.NoSuchUnit"
#define ERROR_UNIT_EXISTS "org.freedesktop.systemd1.UnitExists"
#define SEND_TIMEOUT_MS	  5000

struct scope_job {
	struct bus bus;
	char *name;
	bool system;
	pid_t pid; /* one that is to be in the scope */
	char *job; /* object path, once the call was answered */
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
	free(job);
}

static const char *user_option(const struct scope_job *job)
{
	return job->system ? "" : "--user ";
}

/* The manager's refusal, in masu's words. */
static void refused(struct scope_job *job, const sd_bus_error *error)
{
	int code = job->bus.lib->sd_bus_error_get_errno(error);

	if (streq(error->name, ERROR_NO_UNIT))
		return; /* nothing to stop */
	if (streq(error->name, ERROR_UNIT_EXISTS)) {
		(void)err_set(&job->why, ERR_CONFLICT, EEXIST, "systemd has a unit '%s' already",
			      job->name);
		(void)err_hint(&job->why,
			       "systemctl %sstop '%s'; and if it failed earlier: systemctl "
			       "%sreset-failed '%s'",
			       user_option(job), job->name, user_option(job), job->name);
		return;
	}
	(void)err_set(&job->why, ERR_UNAVAILABLE, code, "systemd refused the unit '%s': %s",
		      job->name, error->message ? error->message : error->name);
}

static int on_reply(sd_bus_message *m, void *userdata, sd_bus_error *unused)
{
	const struct libsystemd *lib;
	struct scope_job *job = userdata;
	const char *path;

	lib = job->bus.lib;
	const sd_bus_error *error = lib->sd_bus_message_get_error(m);
	if (error) {
		refused(job, error);
		job->done = true;
		return 0;
	}
	int r = lib->sd_bus_message_read(m, "o", &path);
	job->job = r < 0 ? NULL : strdup(path);
	if (!job->job) {
		(void)err_sys(&job->why, r < 0 ? r : ENOMEM, "read systemd's answer");
		job->done = true;
	}
	return 0;
}

static int on_job_removed(sd_bus_message *m, void *userdata, sd_bus_error *unused)
{
	struct scope_job *job = userdata;
	const char *path, *unit, *result;
	uint32_t id;

	if (job->bus.lib->sd_bus_message_read(m, "uoss", &id, &path, &unit, &result) < 0)
		return 0; /* none of ours */
	if (!job->job || !streq(path, job->job))
		return 0;
	job->done = true;
	if (streq(result, "done"))
		return 0;
	(void)err_set(&job->why, ERR_UNAVAILABLE, EIO, "systemd's job for '%s' ended as '%s'",
		      job->name, result);
	(void)err_hint(&job->why, "journalctl %s--unit '%s'", user_option(job), job->name);
	return 0;
}

static int append_property(const struct libsystemd *lib, sd_bus_message *m,
			   const struct scope_property *p)
{
	int r;

	if (p->type != SCOPE_BYTES) {
		if (p->type == SCOPE_BOOL)
			return lib->sd_bus_message_append(m, "(sv)", p->name, "b", (int)p->boolean);
		if (p->type == SCOPE_UINT64)
			return lib->sd_bus_message_append(m, "(sv)", p->name, "t", p->number);
		return lib->sd_bus_message_append(m, "(sv)", p->name, "s", p->string);
	}
	r = lib->sd_bus_message_open_container(m, 'r', "sv");
	if (r >= 0)
		r = lib->sd_bus_message_append(m, "s", p->name);
	if (r >= 0)
		r = lib->sd_bus_message_open_container(m, 'v', "ay");
	if (r >= 0)
		r = lib->sd_bus_message_append_array(m, 'y', p->bytes.data, p->bytes.size);
	if (r >= 0)
		r = lib->sd_bus_message_close_container(m);
	return r < 0 ? r : lib->sd_bus_message_close_container(m);
}

static int append_pids(const struct libsystemd *lib, sd_bus_message *m, const pid_t *pids, size_t n)
{
	int r = lib->sd_bus_message_open_container(m, 'r', "sv");

	if (r >= 0)
		r = lib->sd_bus_message_append(m, "s", "PIDs");
	if (r >= 0)
		r = lib->sd_bus_message_open_container(m, 'v', "au");
	if (r >= 0)
		r = lib->sd_bus_message_open_container(m, 'a', "u");
	for (size_t i = 0; r >= 0 && i < n; i++)
		r = lib->sd_bus_message_append(m, "u", (uint32_t)pids[i]);
	for (int i = 0; r >= 0 && i < 3; i++)
		r = lib->sd_bus_message_close_container(m);
	return r;
}

static int append_request(const struct scope_job *job, sd_bus_message *m,
			  const struct scope_request *request)
{
	const struct scope_property fixed[] = {
		{.name = "Description", SCOPE_STRING, .string = request->description},
		{.name = "Delegate", SCOPE_BOOL, .boolean = request->delegate},
		{.name = "Slice", SCOPE_STRING, .string = request->slice},
	};
	const struct libsystemd *lib = job->bus.lib;
	int r = lib->sd_bus_message_append(m, "ss", job->name, "fail");

	if (r >= 0)
		r = lib->sd_bus_message_open_container(m, 'a', "(sv)");
	for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(fixed); i++)
		if (fixed[i].type != SCOPE_STRING || fixed[i].string)
			r = append_property(lib, m, &fixed[i]);
	if (r >= 0)
		r = append_pids(lib, m, request->pids, request->n_pids);
	for (size_t i = 0; r >= 0 && i < request->n_properties; i++)
		r = append_property(lib, m, &request->properties[i]);
	if (r >= 0)
		r = lib->sd_bus_message_close_container(m);
	/* Auxiliary units, of which there are none. */
	return r < 0 ? r : lib->sd_bus_message_append(m, "a(sa(sv))", 0);
}

int scope_connect(bool system, const char *name, struct scope_job **ret, struct err *err)
{
	_cleanup_scope_job_ struct scope_job *job = calloc(1, sizeof(*job));

	if (!job)
		return err_sys(err, ENOMEM, "make the scope '%s'", name);
	job->system = system;
	job->name = strdup(name);
	if (!job->name)
		return err_sys(err, ENOMEM, "make the scope '%s'", name);
	int r = bus_open(system, &job->bus, err);
	if (r < 0)
		return r;
	r = job->bus.lib->sd_bus_match_signal_async(job->bus.connection, NULL, NULL, MANAGER_PATH,
						    MANAGER_INTERFACE, "JobRemoved", on_job_removed,
						    NULL, job);
	if (r < 0)
		return err_sys(err, r, "watch systemd's jobs at '%s'", job->bus.address);
	*ret = TAKE_PTR(job);
	return 0;
}

/* One step of the conversation, waiting for it until the deadline. 0, -ETIMEDOUT, -errno. */
static int job_step(struct scope_job *job, int64_t deadline)
{
	const struct libsystemd *lib = job->bus.lib;
	int r = lib->sd_bus_process(job->bus.connection, NULL);

	if (r != 0)
		return r < 0 ? r : 0;
	int64_t left = deadline - time_monotonic_ms();
	if (left <= 0)
		return -ETIMEDOUT;
	r = lib->sd_bus_wait(job->bus.connection, (uint64_t)left * 1000);
	return r < 0 && r != -EINTR ? r : 0;
}

/*
 * Sends a call whose answer is a job, and drops the message. It returns when the call is on its
 * way, which on a new connection is after the greeting (some hundred microseconds): left in the
 * queue it would be sent only when its answer is waited for.
 */
static int job_send(struct scope_job *job, sd_bus_message *m, int r, struct err *err)
{
	const struct libsystemd *lib = job->bus.lib;
	int64_t deadline = time_monotonic_ms() + SEND_TIMEOUT_MS;
	uint64_t queued = 1;

	if (r >= 0)
		r = lib->sd_bus_call_async(job->bus.connection, NULL, m, on_reply, job, UINT64_MAX);
	if (m)
		(void)lib->sd_bus_message_unref(m);
	while (r >= 0 && !job->done) {
		r = lib->sd_bus_get_n_queued_write(job->bus.connection, &queued);
		if (r < 0 || queued == 0)
			break;
		r = job_step(job, deadline);
	}
	if (r < 0)
		return err_sys(err, r, "send to systemd at '%s'", job->bus.address);
	return 0;
}

int scope_begin(struct scope_job *job, const struct scope_request *request, struct err *err)
{
	sd_bus_message *m = NULL;
	int r = job->bus.lib->sd_bus_message_new_method_call(job->bus.connection, &m, MANAGER_NAME,
							     MANAGER_PATH, MANAGER_INTERFACE,
							     "StartTransientUnit");

	if (r >= 0)
		r = append_request(job, m, request);
	return job_send(job, m, r, err);
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

int scope_stop(bool system, const char *name, int timeout_ms, struct err *err)
{
	_cleanup_scope_job_ struct scope_job *job = NULL;
	sd_bus_message *m = NULL;
	int r = scope_connect(system, name, &job, err);

	if (r < 0)
		return r;
	r = job->bus.lib->sd_bus_message_new_method_call(
		job->bus.connection, &m, MANAGER_NAME, MANAGER_PATH, MANAGER_INTERFACE, "StopUnit");
	if (r >= 0)
		r = job->bus.lib->sd_bus_message_append(m, "ss", name, "replace");
	r = job_send(job, m, r, err);
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
	const struct passwd *user = getpwuid(geteuid());
	char path[PATH_MAX];

	if (!user)
		return false;
	(void)snprintf(path, sizeof(path), "/var/lib/systemd/linger/%s", user->pw_name);
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
