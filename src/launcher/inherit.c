/* SPDX-License-Identifier: Apache-2.0 */
#include "launcher/inherit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/str.h"
#include "base/strv.h"
#include "launcher/adoption.h"
#include "runtime/readiness.h"

#define CREDENTIALS "/run/credentials"
#define PRESSURE    "/run/memory.pressure"

/* The container's own NOTIFY_SOCKET, in the run-time directory of this run. */
static int offer_socket(struct start *s, struct masu_error *err)
{
	_cleanup_free_ char *root = paths_run(&s->e->paths, "sockets");

	if (!root)
		return err_oom(err);
	(void)file_remove_tree(s->run_fd, "notify"); /* of a start that was killed */
	int r = readiness_offer(root, s->c->home.id, s->c->spec, err);
	return r < 0 ? r : readiness_listen(s->run_fd, &s->notify, err);
}

/* Is a variable with a pid meant for this process? Its absence means all processes. */
static bool is_for_us(const char *variable)
{
	const char *pid = getenv(variable);
	uint32_t n;

	return !pid || (str_to_uint32(pid, &n) == 0 && n == (uint32_t)getpid());
}

/* Without $WATCHDOG_PID, whose number would be the launcher's: it is for each process that reads it. */
static int offer_watchdog(struct start *s, struct masu_error *err)
{
	const char *usec = getenv("WATCHDOG_USEC");
	_cleanup_free_ char *text = usec ? str_printf("WATCHDOG_USEC=%s", usec) : NULL;

	if (!usec || !is_for_us("WATCHDOG_PID"))
		return 0;
	return !text || strv_env_set(&s->c->spec->process->env, text) < 0 ? err_oom(err) : 0;
}

static int offer_credentials(struct start *s, struct masu_error *err)
{
	const char *dir = getenv("CREDENTIALS_DIRECTORY");
	struct oci_spec *spec = s->c->spec;

	if (!s->c->record.split_cgroup || !dir || *dir != '/')
		return 0;
	if (strv_env_set(&spec->process->env, "CREDENTIALS_DIRECTORY=" CREDENTIALS) < 0 ||
	    !oci_spec_add_mount(spec, CREDENTIALS, "bind", dir, "bind,ro,nosuid,nodev,noexec"))
		return err_oom(err);
	return 0;
}

/*
 * The file is the unit's, whose path and cgroup the container does not see. Its program may write to it the times of
 * $MEMORY_PRESSURE_WRITE. /dev/null means that it should not watch.
 */
static int offer_pressure(struct start *s, struct masu_error *err)
{
	const char *watch = getenv("MEMORY_PRESSURE_WATCH"),
		   *text = getenv("MEMORY_PRESSURE_WRITE");
	_cleanup_free_ char *written = text ? str_printf("MEMORY_PRESSURE_WRITE=%s", text) : NULL;
	struct oci_spec *spec = s->c->spec;

	if (!s->c->record.split_cgroup || !watch || *watch != '/')
		return 0;
	if (streq(watch, "/dev/null"))
		return strv_env_set(&spec->process->env, "MEMORY_PRESSURE_WATCH=/dev/null") < 0
			       ? err_oom(err)
			       : 0;
	if ((text && !written) || (written && strv_env_set(&spec->process->env, written) < 0) ||
	    strv_env_set(&spec->process->env, "MEMORY_PRESSURE_WATCH=" PRESSURE) < 0 ||
	    !oci_spec_add_mount(spec, PRESSURE, "bind", watch, "bind,nosuid,nodev,noexec"))
		return err_oom(err);
	return 0;
}

int inherit_plan(struct start *s, struct masu_error *err)
{
	int r = 0;

	if (getenv("LISTEN_PID"))
		s->creation.plan.n_listen_fds = fd_count_listening();
	s->creation.plan.n_preserve_fds = s->creation.plan.n_listen_fds;
	if (adoption_mode(&s->c->record) == SDNOTIFY_CONTAINER) {
		r = offer_socket(s, err);
		if (r == 0)
			r = offer_watchdog(s, err);
	}
	if (r == 0)
		r = offer_credentials(s, err);
	return r < 0 ? r : offer_pressure(s, err);
}
