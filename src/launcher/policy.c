/* SPDX-License-Identifier: Apache-2.0 */
#include "launcher/policy.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/time.h"
#include "engine/container/on-demand.h"
#include "engine/container/restart.h"
#include "launcher/check.h"
#include "launcher/start.h"

#define LOCK_TIMEOUT_MS 10000

bool policy_demands_start(masu_container *c)
{
	struct restarts *restarts = &c->restarts;
	_cleanup_record_ struct record record = {0};
	_cleanup_state_ struct state state = STATE_INIT;
	struct ending ending;

	/* The policy may have been changed since the handle was created. */
	if (container_read_record(c, &record, NULL) < 0 || !restart_is_possible(&record) ||
	    on_demand_seconds(&record) || /* the next connection starts it */
	    restart_is_stopped(c->home.fd) || ending_read(c->home.fd, &ending) < 0 ||
	    ending.terminated || state_get(c->engine, &c->home, &state, NULL) < 0)
		return false;
	*restarts = state_restarts(&c->home);
	if (state_is_alive(&state) ||
	    !(restart_is_due(&record, ending.exit_code, restarts->count) ||
	      check_demands_start(c, &record)))
		return false;
	restarts->delay_ms = restart_delay_ms(restarts->delay_ms,
					      state.finished_ns - state.started_ns);
	restarts->count++;
	return true;
}

/* Creates the file that engine/container/restart.h describes. */
static int take_permission(int container_dir)
{
	for (;;) {
		_cleanup_close_ int fd = file_lock(container_dir, RESTARTING_FILE, LOCK_EX);

		if (fd < 0)
			return fd;
		if (!file_is_at(fd, container_dir, RESTARTING_FILE)) /* removed by its last owner */
			continue;
		if (ftruncate(fd, 0) < 0 || dprintf(fd, "%d", (int)getpid()) < 0)
			return -errno;
		return TAKE_FD(fd);
	}
}

/* A command that ends the policy before the file exists finds nothing to remove. Its own file is seen here. */
static bool is_permitted(const masu_container *c, int permission)
{
	return file_is_at(permission, c->home.fd, RESTARTING_FILE) &&
	       !restart_is_stopped(c->home.fd);
}

/* False if another command has ended the wait. */
static bool wait_out(const masu_container *c, int permission)
{
	const int64_t end = time_monotonic_ms() + c->restarts.delay_ms;
	_cleanup_close_ int changes = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	char path[FD_PATH_MAX], events[4096];

	if (changes < 0 || inotify_add_watch(changes, fd_path(c->home.fd, path), IN_DELETE) < 0)
		return false;
	while (is_permitted(c, permission)) {
		int64_t left = end - time_monotonic_ms();
		struct pollfd p = {changes, POLLIN, 0};

		if (left <= 0)
			return true;
		(void)poll(&p, 1, (int)left);
		(void)!read(changes, events, sizeof(events)); /* the file itself is looked at */
	}
	return false;
}

/* Another process may have started or changed it meanwhile. */
static int start_again(masu_container *c, int permission, struct masu_error *err)
{
	const struct restarts restarts = c->restarts;
	int r = start_required(c, err);

	if (r < 0) {
		start_record_failure(c, err);
		return r;
	}
	r = home_hold(&c->home, c->engine, LOCK_TIMEOUT_MS);
	if (r < 0 || !is_permitted(c, permission) || !policy_demands_start(c))
		return r;
	c->restarts = restarts;
	r = engine_load_idmap(c->engine, err);
	if (r == 0)
		r = container_read_spec(c, err);
	if (r == 0)
		return start_background(c, err);
	start_record_failure(c, err);
	return r;
}

int policy_follow(masu_container *c, struct masu_error *err)
{
	_cleanup_close_ int permission = take_permission(c->home.fd);
	int r = 0;

	if (permission < 0) {
		(void)err_sys(err, permission, "restart container \"%s\"", c->record.name);
		start_record_failure(c, err);
		return permission;
	}
	/* Locked, it could not be started or removed by others. */
	home_release(&c->home);
	if (wait_out(c, permission))
		r = start_again(c, permission, err);
	/* Before the lock ends: the next run may have ended, and its process wait for the lock. */
	if (file_is_at(permission, c->home.fd, RESTARTING_FILE))
		(void)unlinkat(c->home.fd, RESTARTING_FILE, 0);
	return r;
}
