/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The client's side of a scope. One masu-systemd serves one start: it is started early, reports READY when
 * it has connected to the manager, gets the request, and exits once it has answered that. Each side learns
 * of the other one's death by end of file:
 *
 *   the client dies, or gives up   masu-systemd has a unit that nobody waits for: it stops that unit
 *   masu-systemd dies              the client has asked for a unit and does not know of it: it lets a second
 *                                  masu-systemd find out and stop it (SYSTEMD_SETTLE)
 */
#include "systemd/scope.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/socket.h>

#include "base/account.h"
#include "base/strv.h"
#include "systemd/helper.h"
#include "systemd/manager.h"

/* masu-systemd waits for systemd, and reports a timeout itself; the client waits somewhat longer. */
#define GRACE_MS	   10000
#define CONNECT_TIMEOUT_MS 30000
#define START_TIMEOUT_MS   30000
#define SETTLE_TIMEOUT_MS  10000
#define SERVICE_TIMEOUT_MS 5000

struct scope_job {
	struct helper helper;
	char *name;
	bool system;
	pid_t pid;	   /* of the request: a process that is to be in the scope ... */
	bool holds_caller; /* ... and whether the caller is */
	enum { IDLE, CONNECTED, BEGUN, FAILED, MADE } state;
};

void scope_job_free(struct scope_job *job)
{
	if (!job)
		return;
	helper_stop(&job->helper);
	free(job->name);
	free(job);
}

static int start_helper(bool system, struct helper *ret, struct masu_error *err)
{
	_cleanup_strv_ char **args = NULL, **options = NULL;
	int r = manager_find(system, &options, err);

	if (r < 0)
		return r;
	if (strv_push(&args, "units") < 0 || (!system && strv_push(&args, "--user") < 0) ||
	    strv_extend(&args, options) < 0)
		return err_oom(err);
	return helper_start(args, ret, err);
}

static int connect_helper(struct helper *h, char **ret_address, struct masu_error *err)
{
	_cleanup_channel_message_ struct channel_message m = CHANNEL_MESSAGE_INIT;
	int r = helper_receive(h, CONNECT_TIMEOUT_MS, &m, err);

	if (r < 0)
		return r;
	if (m.type != SYSTEMD_READY)
		return err_set(err, ERR_INTERNAL, EBADMSG,
			       "unexpected message %u from masu-systemd", m.type);
	if (ret_address)
		*ret_address = TAKE_PTR(m.bytes);
	return 0;
}

int scope_open_helper(bool system, struct helper *ret, struct masu_error *err)
{
	int r = start_helper(system, ret, err);

	return r < 0 ? r : connect_helper(ret, NULL, err);
}

int scope_prepare(bool system, const char *name, struct scope_job **ret, struct masu_error *err)
{
	_cleanup_scope_job_ struct scope_job *job = calloc(1, sizeof(*job));

	if (!job)
		return err_oom(err);
	job->helper = HELPER_INIT;
	job->system = system;
	job->name = strdup(name);
	if (!job->name)
		return err_oom(err);
	int r = start_helper(system, &job->helper, err);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(job);
	return 0;
}

int scope_connect(struct scope_job *job, struct masu_error *err)
{
	int r = connect_helper(&job->helper, NULL, err);

	if (r < 0)
		return r;
	job->state = CONNECTED;
	return 0;
}

/* The beginning of each request. */
static int push_target(char ***strings, int timeout_ms, const char *name)
{
	int r = strv_pushf(strings, "%d", timeout_ms);

	return r < 0 ? r : strv_push(strings, name);
}

static int push_request(char ***strings, const struct scope_request *request)
{
	_cleanup_strbuf_ struct strbuf pids = STRBUF_INIT;

	for (size_t i = 0; i < request->n_pids; i++)
		if (strbuf_addf(&pids, "%s%d", i ? " " : "", (int)request->pids[i]) < 0)
			return -ENOMEM;
	if (strv_push(strings, str_or_empty(request->slice)) < 0 ||
	    strv_push(strings, request->description) < 0 ||
	    strv_push(strings, str_or_empty(pids.text)) < 0)
		return -ENOMEM;
	return strv_extend(strings, request->properties);
}

int scope_begin(struct scope_job *job, const struct scope_request *request, struct masu_error *err)
{
	_cleanup_strv_ char **strings = NULL;

	if (push_target(&strings, START_TIMEOUT_MS, job->name) < 0 ||
	    push_request(&strings, request) < 0)
		return err_oom(err);
	int r = helper_send(&job->helper, SYSTEMD_START, strings, err);
	if (r < 0)
		return r;
	job->pid = request->pids[0];
	for (size_t i = 0; i < request->n_pids; i++)
		job->holds_caller |= request->pids[i] == getpid();
	job->state = BEGUN;
	return 0;
}

void scope_start_service(struct scope_job *job, const char *unit)
{
	_cleanup_strv_ char **strings = NULL;

	if (push_target(&strings, SERVICE_TIMEOUT_MS, unit) == 0)
		(void)helper_send(&job->helper, SYSTEMD_SERVICE, strings, NULL);
}

/* Sends one request to a masu-systemd of its own and waits for its answer. */
static int call(bool system, enum systemd_message type, char *const *strings, int timeout_ms,
		struct masu_error *err)
{
	_cleanup_helper_ struct helper h = HELPER_INIT;
	int r = scope_open_helper(system, &h, err);

	if (r < 0)
		return r;
	r = helper_send(&h, type, strings, err);
	return r < 0 ? r : helper_await_done(&h, timeout_ms + GRACE_MS, err);
}

/*
 * masu-systemd has died, and the unit may exist or come to exist. A scope that holds the caller ends with
 * the caller.
 */
static void settle(const struct scope_job *job)
{
	_cleanup_strv_ char **strings = NULL;

	if (push_target(&strings, SETTLE_TIMEOUT_MS, job->name) < 0 ||
	    strv_pushf(&strings, "%d", (int)job->pid) < 0 ||
	    strv_push(&strings, job->holds_caller ? "wait" : "stop") < 0)
		return;
	/* The start has failed, and its error is reported. */
	(void)call(job->system, SYSTEMD_SETTLE, strings, SETTLE_TIMEOUT_MS, NULL);
}

int scope_finish(struct scope_job *job, struct masu_error *err)
{
	int r = helper_await_done(&job->helper, START_TIMEOUT_MS + GRACE_MS, err);

	if (r == 0)
		job->state = MADE;
	else if (r != -ETIMEDOUT)
		job->state = FAILED;
	if (r == -ECONNRESET)
		settle(job);
	return r;
}

int scope_stop(bool system, const char *name, int timeout_ms, struct masu_error *err)
{
	_cleanup_strv_ char **strings = NULL;

	if (push_target(&strings, timeout_ms, name) < 0)
		return err_oom(err);
	return call(system, SYSTEMD_STOP, strings, timeout_ms, err);
}

/* Has masu-systemd undo the start. True if it has made the unit before it noticed. */
static bool give_up(struct scope_job *job, int timeout_ms)
{
	_cleanup_channel_message_ struct channel_message m = CHANNEL_MESSAGE_INIT;

	(void)shutdown(job->helper.channel, SHUT_WR); /* a connected socket's does not fail */
	return helper_receive(&job->helper, timeout_ms, &m, NULL) == 0 && m.type == SYSTEMD_DONE;
}

void scope_undo(struct scope_job *job, int timeout_ms)
{
	if (job->holds_caller)
		return;
	if (job->state == MADE || (job->state == BEGUN && give_up(job, timeout_ms)))
		(void)scope_stop(job->system, job->name, timeout_ms, NULL);
	job->state = FAILED;
}

int scope_set(bool system, const char *name, char *const *properties, int timeout_ms,
	      struct masu_error *err)
{
	_cleanup_strv_ char **strings = NULL;

	if (push_target(&strings, timeout_ms, name) < 0 || strv_extend(&strings, properties) < 0)
		return err_oom(err);
	return call(system, SYSTEMD_SET, strings, timeout_ms, err);
}

int scope_attach(bool system, const char *name, const char *below, pid_t pid, int timeout_ms,
		 struct masu_error *err)
{
	_cleanup_strv_ char **strings = NULL;

	if (push_target(&strings, timeout_ms, name) < 0 || strv_push(&strings, below) < 0 ||
	    strv_pushf(&strings, "%d", (int)pid) < 0)
		return err_oom(err);
	return call(system, SYSTEMD_ATTACH, strings, timeout_ms, err);
}

void scope_host_done(struct scope_host *host)
{
	free(host->address);
	free(host->reason);
	*host = (struct scope_host){0};
}

bool scope_user_lingers(void)
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
	_cleanup_helper_ struct helper h = HELPER_INIT;
	_cleanup_err_ struct masu_error err = ERR_INIT;
	struct scope_host host = {.linger = system || scope_user_lingers()};
	int r = start_helper(system, &h, &err);

	r = r < 0 ? r : connect_helper(&h, &host.address, &err);
	if (r == -ENOMEM)
		return r;
	if (r < 0)
		host.reason = TAKE_PTR(err.message);
	*ret = host;
	return 0;
}
