/* SPDX-License-Identifier: Apache-2.0 */
#include "launcher/adoption.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/channel.h"
#include "base/fd.h"
#include "base/pidfd.h"
#include "base/proc.h"
#include "base/str.h"
#include "runtime/readiness.h"

/* The manager's own time limits end a wait for it. */
#define FOREVER_MS -1

enum sdnotify adoption_mode(const struct record *record)
{
	static const char *const words[] = {[SDNOTIFY_IGNORE] = "ignore",
					    [SDNOTIFY_CONMON] = "conmon",
					    [SDNOTIFY_CONTAINER] = "container",
					    [SDNOTIFY_HEALTHY] = "healthy"};

	for (size_t i = 0; readiness_is_wanted() && record->sdnotify && i < ARRAY_SIZE(words); i++)
		if (streq(record->sdnotify, words[i]))
			return (enum sdnotify)i;
	return SDNOTIFY_IGNORE;
}

static int leave(void *adoption, struct masu_error *err)
{
	struct adoption *a = adoption;
	const struct container *c = &a->start->creation.container;
	_cleanup_channel_message_ struct channel_message m = CHANNEL_MESSAGE_INIT;

	if (!pidfd_polls(c->init_pidfd))
		return err_set(
			err, ERR_UNSUPPORTED, EOPNOTSUPP,
			"--sdnotify: the main process of a unit cannot be watched on Linux before 5.3");
	a->masu = pidfd_new(getppid());
	a->held = fcntl(c->channel, F_DUPFD_CLOEXEC, 3);
	pid_t pid = a->masu < 0 || a->held < 0 ? -1 : fork();
	if (pid < 0) {
		int r = err_sys(err, errno, "create the supervisor of the container");

		fd_close(&a->held); /* masu waits for this process, so it may not wait for masu */
		return r;
	}
	if (pid > 0)
		_exit(0);
	int r = channel_send(a->channel, LAUNCHER_CREATED, &c->init, sizeof(c->init), -1);
	if (r == 0)
		r = channel_receive(a->channel, &m);
	return r < 0 || m.type != LAUNCHER_GO
		       ? err_set(err, ERR_INTERNAL, ECONNRESET,
				 "the process that waits for the start has ended")
		       : 0;
}

static void fail(void *adoption, const struct masu_error *err)
{
	struct adoption *a = adoption;

	if (a->held < 0 || channel_send_err(a->channel, err) < 0)
		return;
	(void)pidfd_wait(a->masu, FOREVER_MS);
	fd_close(&a->held);
	(void)pidfd_wait(a->start->creation.container.init_pidfd, FOREVER_MS);
}

int adoption_prepare(struct adoption *a, struct start *s, int channel, struct masu_error *err)
{
	if (!a->wanted)
		return 0;
	a->start = s;
	a->channel = channel;
	s->before_start = leave;
	s->failed = fail;
	s->start_arg = a;
	s->creation.plan.outlives_failure = true;
	if (s->notify < 0)
		return 0;
	a->manager = readiness_connect();
	return a->manager < 0 ? err_sys(err, a->manager, "connect to NOTIFY_SOCKET") : 0;
}

int adoption_announce(int channel, pid_t launcher, pid_t init, const struct record *record,
		      struct masu_error *err)
{
	char text[64];

	(void)proc_wait(launcher);
	(void)snprintf(text, sizeof(text), "MAINPID=%d%s", (int)init,
		       adoption_mode(record) == SDNOTIFY_CONMON ? "\nREADY=1" : "");
	int r = readiness_tell(text, FOREVER_MS);
	if (r < 0)
		return err_sys(err, r,
			       "tell the service manager at NOTIFY_SOCKET '%s' the main process",
			       getenv("NOTIFY_SOCKET"));
	r = channel_send(channel, LAUNCHER_GO, NULL, 0, -1);
	/* The error of a launcher that is gone follows. */
	return r < 0 && r != -EPIPE && r != -ECONNRESET ? err_sys(err, r, "let the container start")
							: 0;
}

void adoption_tell_healthy(const struct record *record)
{
	if (adoption_mode(record) == SDNOTIFY_HEALTHY)
		(void)readiness_tell("READY=1", FOREVER_MS);
}
