/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A start in the background.
 *
 * A child of masu is the launcher, and turns into masu-monitor by exec: pid, child and descriptors stay, the engine's
 * memory goes. It reports success to masu before the exec. The end of the channel (close-on-exec) then shows that the
 * exec has worked, too. The container's directory stays open, and so locked, until the monitor ends.
 */

#include "launcher/start.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/channel.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/path.h"
#include "base/proc.h"
#include "base/str.h"
#include "base/strv.h"
#include "engine/container/container-log.h"
#include "engine/container/event.h"
#include "engine/container/health.h"
#include "launcher/adoption.h"
#include "launcher/check.h"
#include "launcher/stdio.h"
#include "monitor/protocol.h"

struct detach {
	struct start *start;
	int channel;
	char *monitor;
	struct container_log log;
	int theirs[3]; /* the container's ends of pipes */
	int ours[3];
	struct adoption adoption;
};

/* The container's streams, whose other ends the monitor has; or the streams of this process. */
static int make_pipes(struct detach *d, struct masu_error *err)
{
	const struct record *record = &d->start->c->record;
	const bool passed[] = {record->interactive, true, true};
	int fds[2];

	if (container_log_passes(record, true))
		return stdio_pass(d->start->creation.plan.stdio, passed, err);
	for (int i = record->interactive ? 0 : 1; !record->tty && i < 3; i++) {
		if (pipe2(fds, O_CLOEXEC) < 0)
			return err_sys(err, errno, "create a pipe");
		d->ours[i] = fds[i == 0];
		d->theirs[i] = fds[i != 0];
		d->start->creation.plan.stdio[i] = d->theirs[i];
	}
	return 0;
}

static int add_fd(char ***argv, const char *option, int fd)
{
	int r = fd < 0 ? 0 : fd_set_cloexec(fd, false);

	if (fd < 0 || r < 0)
		return r;
	r = strv_push(argv, option);
	return r < 0 ? r : strv_pushf(argv, "%d", fd);
}

static int add_number(char ***argv, const char *option, int64_t n)
{
	int r = strv_push(argv, option);

	return r < 0 ? r : strv_pushf(argv, "%lld", (long long)n);
}

static int add_descriptors(const struct detach *d, char ***argv)
{
	const struct container *c = &d->start->creation.container;
	const struct {
		const char *option;
		int fd;
	} passed[] = {
		{MONITOR_CONTAINER_DIR, d->start->c->home.fd},
		{MONITOR_RUN_DIR, d->start->run_fd},
		{MONITOR_STDIN, d->ours[0]},
		{MONITOR_STDOUT, d->ours[1]},
		{MONITOR_STDERR, d->ours[2]},
		{MONITOR_CONSOLE, c->console},
		{MONITOR_CGROUP, c->cgroup ? cgroup_memory_fd(c->cgroup) : -1},
		{MONITOR_KEEP, c->network.helper.life_fd},
		{MONITOR_READY, d->channel},
		{MONITOR_INIT_CHANNEL, c->channel}, /* of a container that is not started yet */
		{MONITOR_INIT_PIDFD, d->adoption.wanted ? c->init_pidfd : -1},
		{MONITOR_NOTIFY, d->start->notify},
		{MONITOR_MANAGER, d->adoption.manager},
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(passed); i++)
		r = add_fd(argv, passed[i].option, passed[i].fd);
	return r;
}

static int add_exit_command(const struct detach *d, char ***argv)
{
	if (strv_push(argv, MONITOR_EXIT_COMMAND) < 0 ||
	    strv_push_owned(argv, start_program()) < 0 || strv_push(argv, "container-exited") < 0 ||
	    strv_push(argv, d->start->c->home.id) < 0 ||
	    strv_pushf(argv, "%d", d->start->c->home.fd) < 0)
		return -ENOMEM;
	return 0;
}

static int add_text(char ***argv, const char *option, const char *text)
{
	int r = text ? strv_push(argv, option) : 0;

	return r < 0 || !text ? r : strv_push(argv, text);
}

static int add_log(const struct container_log *log, char ***argv)
{
	const struct log_settings *s = &log->settings;
	if (add_text(argv, MONITOR_LOG, log->driver->name) < 0 ||
	    add_number(argv, MONITOR_LOG_MAX_SIZE, (int64_t)s->max_size) < 0 ||
	    add_number(argv, MONITOR_LOG_MAX_FILES, s->files) < 0)
		return -ENOMEM;
	if (!log->driver->has_tag)
		return 0;
	if (add_text(argv, MONITOR_LOG_TAG, s->tag) < 0 || add_text(argv, MONITOR_ID, s->id) < 0 ||
	    add_text(argv, MONITOR_NAME, s->name) < 0 ||
	    add_text(argv, MONITOR_IMAGE, s->image) < 0)
		return -ENOMEM;
	return 0;
}

static int add_timer(const masu_container *c, char ***argv)
{
	_cleanup_free_ char *program = health_is_checked(&c->record) ? start_program() : NULL;
	const struct timer_plan plan = check_plan(c, program);

	if (plan.timeout_s && add_number(argv, MONITOR_TIMEOUT, plan.timeout_s) < 0)
		return -ENOMEM;
	if (!plan.interval_ms)
		return 0;
	if (!program || add_text(argv, MONITOR_CHECK, program) < 0 ||
	    add_text(argv, MONITOR_ID, plan.id) < 0 ||
	    add_number(argv, MONITOR_CHECK_INTERVAL, plan.interval_ms) < 0 ||
	    add_number(argv, MONITOR_CHECK_SOON, plan.soon_ms) < 0 ||
	    add_number(argv, MONITOR_CHECK_BEGIN, plan.begins_soon ? 2 : 1) < 0)
		return -ENOMEM;
	return 0;
}

static int monitor_argv(const struct detach *d, char ***argv)
{
	const struct record *record = &d->start->c->record;
	if (strv_push(argv, MONITOR_PROGRAM) < 0 ||
	    add_number(argv, MONITOR_INIT_PID, d->start->creation.container.init) < 0)
		return -ENOMEM;
	int r = add_descriptors(d, argv);
	if (r < 0)
		return r;
	if (add_number(argv, MONITOR_STOP_SIGNAL, record->stop_signal) < 0 ||
	    add_log(&d->log, argv) < 0 || add_timer(d->start->c, argv) < 0)
		return -ENOMEM;
	return add_exit_command(d, argv);
}

/* NOTIFY_SOCKET is for the checks of a container that is ready when it is healthy. */
static int monitor_env(const struct detach *d, char ***ret)
{
	return start_env(adoption_mode(&d->start->c->record) == SDNOTIFY_HEALTHY, ret);
}

static int become_monitor(const struct detach *d, struct masu_error *err)
{
	_cleanup_strv_ char **argv = NULL, **env = NULL;
	int r;

	if ((r = monitor_argv(d, &argv)) < 0 || (r = monitor_env(d, &env)) < 0 ||
	    (r = channel_send(d->channel, LAUNCHER_STARTED, NULL, 0, -1)) < 0)
		return err_sys(err, r, "prepare the monitor");
	(void)execve(d->monitor, argv, env);
	return err_sys(err, errno, "run '%s'", d->monitor);
}

static int launch(struct detach *d, struct masu_error *err)
{
	int r = make_pipes(d, err);

	if (r == 0)
		r = adoption_prepare(&d->adoption, d->start, d->channel, err);
	if (r < 0)
		return r;
	/* Keys typed at masu's terminal and its hang-up are not for the monitor. */
	if (setsid() < 0)
		return err_sys(err, errno, "leave the session");
	r = start_run(d->start, err);
	if (r < 0)
		return r;
	for (int i = 0; i < 3; i++)
		fd_close(&d->theirs[i]);
	r = become_monitor(d, err);
	container_abort(&d->start->creation.container);
	state_remove(d->start->e, &d->start->c->home);
	return r;
}

_noreturn_ static void launcher_main(struct detach *d)
{
	_cleanup_err_ struct masu_error err = ERR_INIT;

	(void)launch(d, &err);
	(void)channel_send_err(d->channel, &err); /* masu sees the end of the channel anyhow */
	_exit(125);
}

/* The launcher's message, and then the end of the channel: the monitor was executed and lets clients attach. */
static int await_launcher(const struct detach *d, int channel, pid_t launcher,
			  struct masu_error *err)
{
	const struct record *record = &d->start->c->record;
	_cleanup_channel_message_ struct channel_message m = CHANNEL_MESSAGE_INIT;
	bool started = false;

	while (channel_receive(channel, &m) == 0) {
		pid_t init = 0;

		if (m.type == CHANNEL_ERROR)
			return channel_to_err(&m, err);
		if (m.type == LAUNCHER_CREATED && m.size == sizeof(init)) {
			memcpy(&init, m.bytes, sizeof(init));
			int r = adoption_announce(channel, launcher, init, record, err);
			if (r < 0)
				return r;
		}
		started = m.type == LAUNCHER_STARTED;
	}
	return started ? 0
		       : err_set(err, ERR_INTERNAL, ECONNRESET,
				 "the process that starts the container died");
}

static int fork_launcher(struct detach *d, struct masu_error *err)
{
	_cleanup_close_ int ours = -1, theirs = -1;
	int r = channel_pair(&ours, &theirs);

	if (r < 0)
		return err_sys(err, r, "create a socket pair");
	pid_t pid = fork();
	if (pid < 0)
		return err_sys(err, errno, "create the process that starts the container");
	if (pid == 0) {
		fd_close(&ours);
		d->channel = theirs;
		launcher_main(d);
	}
	fd_close(&theirs);
	r = await_launcher(d, ours, pid, err);
	if (r < 0)
		(void)proc_wait(pid);
	return r;
}

static int start_detached(masu_container *c, char *monitor, bool initialize, struct masu_error *err)
{
	_cleanup_start_ struct start start = START_INIT;
	struct detach d = {
		.start = &start,
		.monitor = monitor,
		.theirs = {-1, -1, -1},
		.ours = {-1, -1, -1},
		.adoption = ADOPTION_INIT,
	};
	int r = start_prepare(c, &start, err);

	if (r < 0)
		return r;
	start.initialize = start.creation.listen = initialize;
	d.adoption.wanted = !initialize && adoption_mode(&c->record) != SDNOTIFY_IGNORE;
	start.creation.plan.launcher_in_cgroup = true;
	start.creation.plan.die_with_launcher = !d.adoption.wanted;
	r = container_log_prepare(&c->record, &c->home, &d.log, err);
	if (r < 0)
		return r;
	container_log_create(&d.log);
	r = fork_launcher(&d, err);
	container_log_done(&d.log);
	return r;
}

void start_record_failure(const masu_container *c, const struct masu_error *reason)
{
	const char *text = reason->message ? reason->message : strerror(reason->code);

	state_write_error(&c->home, text);
	event_container(c, &(struct masu_event){.action = "start_failed", .error = text});
}

/* The main process of a unit is in the unit's cgroup. */
static int check_main_process(const struct record *record, struct masu_error *err)
{
	if (!record->sdnotify || record->split_cgroup || streq(record->sdnotify, "ignore"))
		return 0;
	(void)err_set(
		err, ERR_INVALID, EINVAL,
		"--sdnotify %s: in the background, only a container in the cgroup of a unit can "
		"notify the unit's systemd",
		record->sdnotify);
	return err_hint(err, "add --cgroups split, and Delegate=yes to the unit, or run it without "
			     "--detach");
}

static int background(masu_container *c, bool initialize, struct masu_error *err)
{
	_cleanup_err_ struct masu_error own = ERR_INIT;
	int r = check_main_process(&c->record, &own);
	_cleanup_free_ char *monitor = r < 0 ? NULL : program_find(MONITOR_PROGRAM, &own);

	if (monitor && start_detached(c, monitor, initialize, &own) == 0)
		return 0;
	start_record_failure(c, &own);
	return err_move(err, &own);
}

int start_background(masu_container *c, struct masu_error *err)
{
	return background(c, false, err);
}

int start_initialize(masu_container *c, struct masu_error *err)
{
	return background(c, true, err);
}
