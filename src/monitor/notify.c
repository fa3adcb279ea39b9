/* SPDX-License-Identifier: Apache-2.0 */
#include "monitor/notify.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/cleanup.h"

#define CLOSE_MAX_US 1000
#define FINISH_MS    5000
#define FINISH_MAX   4096 /* a process outside of the container's pid namespace may go on */

union control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(sizeof(int) * NOTIFY_FDS_MAX)];
};

void notify_open(struct notify *n, int from, int to)
{
	n->from = from;
	n->to = to;
	n->waiting = false;
	n->length = n->n_fds = 0;
}

int notify_fd(const struct notify *n)
{
	return n->waiting ? n->to : n->from;
}

short notify_events(const struct notify *n)
{
	return n->waiting ? POLLOUT : POLLIN;
}

static void interrupt(int signal)
{
	(void)signal;
}

/* A close waits for the peer of a socket with SO_LINGER, unless a signal comes. The supervisor has other work. */
static void drop_fds(struct notify *n)
{
	static const struct itimerval often = {{.tv_usec = CLOSE_MAX_US},
					       {.tv_usec = CLOSE_MAX_US}};
	static const struct itimerval never = {0};
	const struct sigaction action = {.sa_handler = interrupt};
	struct sigaction saved;
	sigset_t alarm, mask;

	if (n->n_fds == 0)
		return;
	(void)sigemptyset(&alarm);
	(void)sigaddset(&alarm, SIGALRM);
	(void)sigaction(SIGALRM, &action, &saved);
	(void)sigprocmask(SIG_UNBLOCK, &alarm, &mask);
	(void)setitimer(ITIMER_REAL, &often, NULL);
	while (n->n_fds > 0)
		(void)close(n->fds[--n->n_fds]);
	(void)setitimer(ITIMER_REAL, &never, NULL);
	(void)sigprocmask(SIG_SETMASK, &mask, NULL);
	(void)sigaction(SIGALRM, &saved, NULL);
}

static void take_fds(struct notify *n, struct msghdr *m)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		size_t size = c->cmsg_len - CMSG_LEN(0);

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS ||
		    size > sizeof(n->fds) - n->n_fds * sizeof(int))
			continue;
		memcpy(n->fds + n->n_fds, CMSG_DATA(c), size);
		n->n_fds += size / sizeof(int);
	}
}

/* False if there is nothing to pass on. */
static bool take(struct notify *n)
{
	union control control;
	struct iovec io = {n->text, sizeof(n->text)};
	struct msghdr m = {.msg_iov = &io,
			   .msg_iovlen = 1,
			   .msg_control = &control,
			   .msg_controllen = sizeof(control)};
	ssize_t size = recvmsg(n->from, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	bool pass_fds = false;

	if (size < 0)
		return false;
	take_fds(n, &m);
	n->length = m.msg_flags & (MSG_TRUNC | MSG_CTRUNC)
			    ? 0
			    : notify_filter(n->text, (size_t)size, n->n_fds, &pass_fds);
	if (!pass_fds || !n->length)
		drop_fds(n);
	return n->length > 0;
}

/* 0 when it was sent, or never will be; -EAGAIN while the manager has to read first. */
static int give(struct notify *n)
{
	union control control;
	struct iovec io = {n->text, n->length};
	struct msghdr m = {.msg_iov = &io, .msg_iovlen = 1};

	memset(&control, 0, sizeof(control));
	if (n->n_fds > 0) {
		m.msg_control = &control;
		m.msg_controllen = CMSG_SPACE(n->n_fds * sizeof(int));
		control.align.cmsg_level = SOL_SOCKET;
		control.align.cmsg_type = SCM_RIGHTS;
		control.align.cmsg_len = CMSG_LEN(n->n_fds * sizeof(int));
		memcpy(CMSG_DATA(&control.align), n->fds, n->n_fds * sizeof(int));
	}
	return sendmsg(n->to, &m, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -errno : 0;
}

void notify_handle(struct notify *n)
{
	if (!n->waiting && !take(n))
		return;
	int r = give(n);
	n->waiting = r == -EAGAIN || r == -EINTR;
	if (!n->waiting)
		drop_fds(n); /* the manager has its own */
}

static bool has_more(const struct notify *n)
{
	struct pollfd p = {n->from, POLLIN, 0};

	return n->from >= 0 && poll(&p, 1, 0) > 0 && p.revents & POLLIN;
}

void notify_finish(struct notify *n)
{
	for (int i = 0; i < FINISH_MAX && (n->waiting || has_more(n)); i++) {
		struct pollfd p = {n->to, POLLOUT, 0};

		if (n->waiting && poll(&p, 1, FINISH_MS) == 0)
			return;
		notify_handle(n);
	}
}
