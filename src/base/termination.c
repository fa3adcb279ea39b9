/* SPDX-License-Identifier: Apache-2.0 */
#include "base/termination.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/signalfd.h>

#include "base/fd.h"
#include "base/signals.h"

/* The other side is seldom so slow that somebody would want to end the program. */
#define USUAL_WAIT_MS 50

static const int signals[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM};

void termination_hold(sigset_t *ret_saved)
{
	sigset_t set;

	(void)sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		(void)sigaddset(&set, signals[i]);
	(void)sigprocmask(SIG_BLOCK, &set, ret_saved);
}

int termination_open(void)
{
	sigset_t set;

	/* The kernel queues a blocked signal even if it is ignored. */
	(void)sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		if (!signal_is_ignored(signals[i]))
			(void)sigaddset(&set, signals[i]);
	int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

int termination_await(int fd, struct masu_error *err)
{
	struct pollfd fds[] = {{.fd = fd, .events = POLLIN}, {.fd = -1, .events = POLLIN}};

	if (poll(fds, 1, USUAL_WAIT_MS) > 0)
		return 0;
	_cleanup_close_ int pending = termination_open();
	fds[1].fd = pending;
	while (poll(fds, ARRAY_SIZE(fds), -1) < 0 && errno == EINTR)
		continue;
	return fds[1].revents && !fds[0].revents ? termination_error(err) : 0;
}

int termination_error(struct masu_error *err)
{
	sigset_t pending;
	int n = SIGTERM; /* the signal may have been received since */

	(void)sigpending(&pending);
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		if (sigismember(&pending, signals[i]) > 0)
			n = signals[i];
	(void)err_set(err, ERR_SIGNAL, EINTR, "told to end by SIG%s", sigabbrev_np(n));
	if (err)
		err->signal = n;
	return -EINTR;
}
