/* SPDX-License-Identifier: Apache-2.0 */
#include "base/ending.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/signalfd.h>

#include "base/fd.h"
#include "base/signals.h"

/* The other side is seldom so slow that somebody would want to end the program. */
#define USUAL_WAIT_MS 50

static const int endings[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM};

void ending_hold(sigset_t *ret_saved)
{
	sigset_t set;

	(void)sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_SIZE(endings); i++)
		(void)sigaddset(&set, endings[i]);
	(void)sigprocmask(SIG_BLOCK, &set, ret_saved);
}

int ending_open(void)
{
	sigset_t set;

	/* The kernel queues a blocked signal even if it is ignored. */
	(void)sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_SIZE(endings); i++)
		if (!signal_is_ignored(endings[i]))
			(void)sigaddset(&set, endings[i]);
	int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

int ending_await(int fd, struct masu_error *err)
{
	struct pollfd fds[] = {{.fd = fd, .events = POLLIN}, {.fd = -1, .events = POLLIN}};

	if (poll(fds, 1, USUAL_WAIT_MS) > 0)
		return 0;
	_cleanup_close_ int ending = ending_open();
	fds[1].fd = ending;
	while (poll(fds, ARRAY_SIZE(fds), -1) < 0 && errno == EINTR)
		continue;
	return fds[1].revents && !fds[0].revents ? ending_error(err) : 0;
}

int ending_error(struct masu_error *err)
{
	sigset_t pending;
	int n = SIGTERM; /* the signal may have been received since */

	(void)sigpending(&pending);
	for (size_t i = 0; i < ARRAY_SIZE(endings); i++)
		if (sigismember(&pending, endings[i]) > 0)
			n = endings[i];
	(void)err_set(err, ERR_SIGNAL, EINTR, "told to end by SIG%s", sigabbrev_np(n));
	if (err)
		err->signal = n;
	return -EINTR;
}
