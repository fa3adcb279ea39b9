/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/hooks.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/json-build.h"
#include "base/json.h"
#include "base/log.h"
#include "base/pidfd.h"
#include "base/proc.h"
#include "base/termination.h"
#include "base/time.h"
#include "oci/annotations.h"
#include "oci/state.h"

#define SAID_MAX 4096
#define LOOK_MS	 5 /* how often, where no descriptor tells of the end */

/* The pid belongs to the child until it is waited for. */
static bool has_ended(pid_t child)
{
	siginfo_t info = {0};

	return waitid(P_PID, (id_t)child, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid;
}

/*
 * Reads the hook's stderr until the hook ends. The pipe may stay open after that, in a daemon that it started.
 * -ETIMEDOUT after the timeout, -EINTR if `termination` reports a signal.
 */
static int hear(pid_t pid, int reader, int termination, unsigned int timeout, char *said)
{
	/* Without pidfds it is a directory of /proc, possibly of another pid namespace. */
	_cleanup_close_ int pidfd = pidfd_new(pid);
	bool polls = pidfd >= 0 && pidfd_polls(pidfd);
	struct pollfd fds[] = {{.fd = reader, .events = POLLIN},
			       {.fd = polls ? pidfd : -1, .events = POLLIN},
			       {.fd = termination, .events = POLLIN}};
	int64_t end = time_monotonic_ms() + timeout * 1000LL;
	size_t used = 0;

	while (polls ? !fds[1].revents : !has_ended(pid)) {
		char rest[512];
		int64_t left = timeout ? MAX(end - time_monotonic_ms(), 0) : -1;

		if (left == 0)
			return -ETIMEDOUT;
		(void)poll(fds, ARRAY_SIZE(fds), polls ? (int)MIN(left, INT_MAX) : LOOK_MS);
		if (fds[2].revents)
			return -EINTR;
		if (!fds[0].revents)
			continue;
		bool full = used == SAID_MAX;
		ssize_t n = full ? read(reader, rest, sizeof(rest))
				 : read(reader, said + used, SAID_MAX - used);
		if (n <= 0)
			fds[0].fd = -1;
		else if (!full)
			used += (size_t)n;
	}
	while (used > 0 && strchr(" \n\r\t", said[used - 1]))
		used--;
	said[used] = 0;
	return 0;
}

static int run_one(const struct oci_hook *hook, const struct hook_context *context, int state_fd,
		   int termination, struct masu_error *err)
{
	const int *streams = context->streams;
	char *const own_args[] = {hook->path, NULL};
	_cleanup_close_ int reader = -1, writer = -1;
	char said[SAID_MAX + 1] = "";
	int pipe_fds[2];
	pid_t pid;

	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		return err_sys(err, errno, "create a pipe");
	reader = pipe_fds[0];
	writer = pipe_fds[1];
	const int stdio[] = {state_fd, streams[0], streams[1] >= 0 ? streams[1] : writer};
	const struct proc_spec spec = {
		.path = hook->path,
		.argv = hook->args && hook->args[0] ? hook->args : own_args,
		.env = hook->env ? hook->env : context->env,
		.dir = context->dir,
		.stdio = stdio,
	};
	int r = proc_spawn(&spec, &pid, NULL, err);
	if (r < 0)
		return r;
	fd_close(&writer);
	r = hear(pid, reader, termination, hook->timeout, said);
	if (r < 0)
		(void)kill(pid, SIGKILL); /* it may just have ended */
	int status = proc_wait(pid);
	if (r == -EINTR)
		return termination_error(err);
	if (r < 0)
		return err_set(err, ERR_UNAVAILABLE, ETIMEDOUT, "took longer than %u s",
			       hook->timeout);
	if (status != 0)
		return err_set(err, ERR_UNAVAILABLE, ECANCELED, "failed with status %d%s%s", status,
			       *said ? ": " : "", said);
	return 0;
}

static int run_numbered(const struct oci_spec *spec, enum oci_hook_kind kind, size_t i,
			const struct hook_context *context, struct masu_error *err)
{
	const struct oci_hook *hook = &spec->hooks[kind].list[i];
	/* A file, not a pipe: a hook may leave its stdin unread. */
	_cleanup_close_ int fd = fd_memory("state", context->state, strlen(context->state));
	/* poststop hooks clean up: they run even after a signal to end. */
	_cleanup_close_ int termination = kind == OCI_HOOK_POSTSTOP ? -1 : termination_open();
	int r = fd < 0 ? err_sys(err, fd, "create the state")
		       : run_one(hook, context, fd, termination, err);

	return r < 0 ? err_prefix(err, "%s hook '%s'", oci_hook_kind_name(kind), hook->path) : 0;
}

int hooks_run(const struct oci_spec *spec, enum oci_hook_kind kind,
	      const struct hook_context *context, struct masu_error *err)
{
	for (size_t i = 0; i < spec->hooks[kind].n; i++) {
		int r = run_numbered(spec, kind, i, context, err);
		if (r < 0)
			return r;
	}
	return 0;
}

void hook_context_done(struct hook_context *context)
{
	free(context->state);
	fd_close(&context->streams[0]);
	fd_close(&context->streams[1]);
	*context = HOOK_CONTEXT_INIT;
}

int hook_context_open(struct hook_context *context, const struct oci_spec *spec,
		      struct masu_error *err)
{
	static const char *const names[] = {
		OCI_ANNOTATION_HOOKS_STDOUT,
		OCI_ANNOTATION_HOOKS_STDERR,
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const char *path = oci_map_get(&spec->annotations, names[i]);

		if (!path)
			continue;
		context->streams[i] = open(
			path, O_WRONLY | O_CREAT | O_APPEND | O_NOCTTY | O_CLOEXEC, 0600);
		if (context->streams[i] < 0)
			return err_sys(err, errno, "annotation %s: open '%s'", names[i], path);
	}
	return 0;
}

int hooks_state(const struct oci_spec *spec, const struct oci_state *state, char **ret,
		struct masu_error *err)
{
	_cleanup_json_ struct json_object *o = NULL;
	struct oci_state whole = *state;

	whole.version = spec->version;
	whole.annotations = &spec->annotations;
	int r = oci_state_to_json(&whole, &o, err);
	if (r < 0)
		return r;
	const char *text = json_text(o, false);
	*ret = text ? strdup(text) : NULL;
	return *ret ? 0 : err_oom(err);
}

int hooks_state_change(char **state, enum oci_status status, pid_t pid, struct masu_error *err)
{
	_cleanup_json_ struct json_object *o = NULL;
	int r = json_parse(*state, strlen(*state), "the state", &o, err);

	if (r < 0)
		return r;
	struct json_build b = {0};

	build_text(&b, o, "status", oci_status_name(status));
	build_int(&b, o, "pid", pid);
	const char *text = b.failed ? NULL : json_text(o, false);
	char *changed = text ? strdup(text) : NULL;
	if (!changed)
		return err_oom(err);
	free(*state);
	*state = changed;
	return 0;
}

/* Sets up hooks on the host: in the bundle, with the caller's environment. */
static int prepare(struct hook_context *context, const struct oci_spec *spec,
		   const struct oci_state *state, struct masu_error *err)
{
	context->dir = state->bundle;
	context->env = environ;
	return hooks_state(spec, state, &context->state, err);
}

int hooks_run_creating(const struct oci_spec *spec, const char *id, const char *bundle, pid_t init,
		       char **ret_state, struct masu_error *err)
{
	static const enum oci_hook_kind kinds[] = {OCI_HOOK_PRESTART, OCI_HOOK_CREATE_RUNTIME};
	_cleanup_hook_context_ struct hook_context context = HOOK_CONTEXT_INIT;
	const struct oci_state state = {
		.id = id, .bundle = bundle, .status = OCI_STATUS_CREATING, .pid = init};
	int r = prepare(&context, spec, &state, err);

	if (r < 0)
		return r;
	if (spec->hooks[OCI_HOOK_PRESTART].n || spec->hooks[OCI_HOOK_CREATE_RUNTIME].n) {
		r = hook_context_open(&context, spec, err);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		r = hooks_run(spec, kinds[i], &context, err);
		if (r < 0)
			return r;
	}
	*ret_state = TAKE_PTR(context.state);
	return 0;
}

int hooks_run_poststart(const struct oci_spec *spec, const char *id, const char *bundle, pid_t init,
			struct masu_error *err)
{
	_cleanup_hook_context_ struct hook_context context = HOOK_CONTEXT_INIT;
	const struct oci_state state = {
		.id = id, .bundle = bundle, .status = OCI_STATUS_RUNNING, .pid = init};

	if (!spec->hooks[OCI_HOOK_POSTSTART].n)
		return 0;
	int r = prepare(&context, spec, &state, err);
	if (r < 0)
		return r;
	r = hook_context_open(&context, spec, err);
	return r < 0 ? r : hooks_run(spec, OCI_HOOK_POSTSTART, &context, err);
}

void hooks_run_poststop(const struct oci_spec *spec, const char *id, const char *bundle)
{
	_cleanup_hook_context_ struct hook_context context = HOOK_CONTEXT_INIT;
	_cleanup_err_ struct masu_error err = ERR_INIT;
	const struct oci_state state = {.id = id, .bundle = bundle, .status = OCI_STATUS_STOPPED};

	if (!spec->hooks[OCI_HOOK_POSTSTOP].n)
		return;
	if (prepare(&context, spec, &state, &err) < 0) {
		log_warning("%s", err.message);
		return;
	}
	/* These clean up: they run even if the bundle is gone. */
	if (access(bundle, X_OK) < 0)
		context.dir = "/";
	if (hook_context_open(&context, spec, &err) < 0)
		log_warning("%s", err.message);
	for (size_t i = 0; i < spec->hooks[OCI_HOOK_POSTSTOP].n; i++) {
		_cleanup_err_ struct masu_error failure = ERR_INIT;

		if (run_numbered(spec, OCI_HOOK_POSTSTOP, i, &context, &failure) < 0)
			log_warning("%s", failure.message);
	}
}
