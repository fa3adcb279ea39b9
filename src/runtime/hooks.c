/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/hooks.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/ending.h"
#include "base/fd.h"
#include "base/json-build.h"
#include "base/json.h"
#include "base/log.h"
#include "base/proc.h"
#include "base/time.h"
#include "oci/annotations.h"
#include "oci/state.h"

#define SAID_MAX 4096
#define LOOK_MS	 5 /* how often, where no descriptor tells of the end */

/* A hook may leave its stdin unread, so the state is a file and not a pipe. */
static int state_file(const char *state)
{
	_cleanup_close_ int fd = memfd_create("state", MFD_CLOEXEC);

	if (fd < 0)
		return -errno;
	int r = fd_write_full(fd, state, strlen(state));
	if (r == 0 && lseek(fd, 0, SEEK_SET) < 0)
		r = -errno;
	return r < 0 ? r : TAKE_FD(fd);
}

/* A child can be asked for by its number until it is waited for. */
static bool has_ended(pid_t child)
{
	siginfo_t info = {0};

	return waitid(P_PID, (id_t)child, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid;
}

/*
 * Its stderr until the hook ends: not until the end of the pipe, which a daemon that it started may
 * hold. -ETIMEDOUT when the time is up, -EINTR when `ending` says so.
 */
static int hear(pid_t pid, int reader, int ending, unsigned int timeout, char *said)
{
	/* Without pidfds it is a directory of /proc, which here may be that of another pid namespace. */
	_cleanup_close_ int pidfd = proc_pidfd(pid);
	bool polls = pidfd >= 0 && proc_pidfd_polls(pidfd);
	struct pollfd fds[] = {{.fd = reader, .events = POLLIN},
			       {.fd = polls ? pidfd : -1, .events = POLLIN},
			       {.fd = ending, .events = POLLIN}};
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
		   int ending, struct err *err)
{
	const int *streams = context->streams;
	char *const own_args[] = {hook->path, NULL};
	_cleanup_close_ int reader = -1, writer = -1;
	char said[SAID_MAX + 1] = "";
	int pipe_fds[2];
	pid_t pid;

	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		return err_sys(err, errno, "make a pipe");
	reader = pipe_fds[0];
	writer = pipe_fds[1];
	const int stdio[] = {state_fd, streams[0], streams[1] >= 0 ? streams[1] : writer};
	const struct proc_spec spec = {
		.path = hook->path,
		.argv = hook->args && hook->args[0] ? hook->args : own_args,
		.env = hook->env ? hook->env : context->env,
		.dir = context->dir,
		.stdio = stdio,
		.default_signals = true,
	};
	int r = proc_spawn(&spec, &pid, NULL, err);
	if (r < 0)
		return r;
	fd_close(&writer);
	r = hear(pid, reader, ending, hook->timeout, said);
	if (r < 0)
		(void)kill(pid, SIGKILL); /* it may just have ended */
	int status = proc_wait(pid);
	if (r == -EINTR)
		return ending_error(err);
	if (r < 0)
		return err_set(err, ERR_UNAVAILABLE, ETIMEDOUT, "took longer than %u s",
			       hook->timeout);
	if (status != 0)
		return err_set(err, ERR_UNAVAILABLE, ECANCELED, "failed with status %d%s%s", status,
			       *said ? ": " : "", said);
	return 0;
}

static int run_numbered(const struct oci_spec *spec, enum oci_hook_kind kind, size_t i,
			const struct hook_context *context, struct err *err)
{
	const struct oci_hook *hook = &spec->hooks[kind].list[i];
	_cleanup_close_ int fd = state_file(context->state);
	/* What is to be put away is put away also by who was told to end. */
	_cleanup_close_ int ending = kind == OCI_HOOK_POSTSTOP ? -1 : ending_open();
	int r = fd < 0 ? err_sys(err, fd, "make the state")
		       : run_one(hook, context, fd, ending, err);

	return r < 0 ? err_prefix(err, "%s hook '%s'", oci_hook_kind_name(kind), hook->path) : 0;
}

int hooks_run(const struct oci_spec *spec, enum oci_hook_kind kind,
	      const struct hook_context *context, struct err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < spec->hooks[kind].n; i++)
		r = run_numbered(spec, kind, i, context, err);
	return r;
}

void hooks_run_poststop(const struct oci_spec *spec, const char *id, const char *bundle)
{
	_cleanup_err_ struct err err = ERR_INIT;
	_cleanup_free_ char *state = NULL;
	struct hook_context context = {.dir = bundle, .env = environ, .streams = {-1, -1}};

	if (!spec->hooks[OCI_HOOK_POSTSTOP].n)
		return;
	/* These clean up: a bundle that is gone already must not keep them from it. */
	if (access(bundle, X_OK) < 0)
		context.dir = "/";
	if (hooks_state(spec, id, bundle, OCI_STATUS_STOPPED, 0, &state, &err) < 0) {
		log_warning("%s", err.message);
		return;
	}
	context.state = state;
	if (hooks_open_streams(spec, context.streams, &err) < 0)
		log_warning("%s", err.message);
	for (size_t i = 0; i < spec->hooks[OCI_HOOK_POSTSTOP].n; i++) {
		_cleanup_err_ struct err failure = ERR_INIT;

		if (run_numbered(spec, OCI_HOOK_POSTSTOP, i, &context, &failure) < 0)
			log_warning("%s", failure.message);
	}
	fd_close(&context.streams[0]);
	fd_close(&context.streams[1]);
}

int hooks_open_streams(const struct oci_spec *spec, int ret[2], struct err *err)
{
	static const char *const names[] = {
		OCI_ANNOTATION_HOOKS_STDOUT,
		OCI_ANNOTATION_HOOKS_STDERR,
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const char *path = oci_map_get(&spec->annotations, names[i]);

		ret[i] = path ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOCTTY | O_CLOEXEC,
				     0600)
			      : -1;
		if (path && ret[i] < 0)
			return err_sys(err, errno, "annotation %s: open '%s'", names[i], path);
	}
	return 0;
}

/* Runs them on the host: in the bundle, with the caller's environment and the annotated streams. */
static int run_here(const struct oci_spec *spec, enum oci_hook_kind kind, const char *bundle,
		    const char *state, struct err *err)
{
	struct hook_context context = {
		.state = state, .dir = bundle, .env = environ, .streams = {-1, -1}};

	if (spec->hooks[kind].n == 0)
		return 0;
	int r = hooks_open_streams(spec, context.streams, err);
	if (r == 0)
		r = hooks_run(spec, kind, &context, err);
	fd_close(&context.streams[0]);
	fd_close(&context.streams[1]);
	return r;
}

int hooks_state(const struct oci_spec *spec, const char *id, const char *bundle,
		enum oci_status status, pid_t pid, char **ret, struct err *err)
{
	const struct oci_state state = {
		.version = spec->version,
		.id = id,
		.status = status,
		.pid = pid,
		.bundle = bundle,
		.annotations = &spec->annotations,
	};
	_cleanup_json_ struct json_object *o = NULL;
	int r = oci_state_to_json(&state, &o, err);

	if (r < 0)
		return r;
	const char *text = json_text(o, false);
	*ret = text ? strdup(text) : NULL;
	return *ret ? 0 : err_sys(err, ENOMEM, "make the state");
}

int hooks_run_creating(const struct oci_spec *spec, const char *id, const char *bundle, pid_t init,
		       char **ret_state, struct err *err)
{
	_cleanup_free_ char *state = NULL;
	int r = hooks_state(spec, id, bundle, OCI_STATUS_CREATING, init, &state, err);

	if (r < 0)
		return r;
	r = run_here(spec, OCI_HOOK_PRESTART, bundle, state, err);
	if (r < 0)
		return r;
	r = run_here(spec, OCI_HOOK_CREATE_RUNTIME, bundle, state, err);
	if (r < 0)
		return r;
	*ret_state = TAKE_PTR(state);
	return 0;
}

int hooks_run_poststart(const struct oci_spec *spec, const char *id, const char *bundle, pid_t init,
			struct err *err)
{
	_cleanup_free_ char *state = NULL;

	if (!spec->hooks[OCI_HOOK_POSTSTART].n)
		return 0;
	int r = hooks_state(spec, id, bundle, OCI_STATUS_RUNNING, init, &state, err);
	return r < 0 ? r : run_here(spec, OCI_HOOK_POSTSTART, bundle, state, err);
}

int hooks_state_change(const char *state, enum oci_status status, pid_t pid, char **ret,
		       struct err *err)
{
	_cleanup_json_ struct json_object *o = NULL;
	int r = json_parse(state, strlen(state), "the state", &o, err);

	if (r < 0)
		return r;
	struct json_build b = {0};

	build_text(&b, o, "status", oci_status_name(status));
	build_int(&b, o, "pid", pid);
	const char *text = b.failed ? NULL : json_text(o, false);
	*ret = text ? strdup(text) : NULL;
	return *ret ? 0 : err_sys(err, ENOMEM, "make the state");
}
