/* SPDX-License-Identifier: Apache-2.0 */
#include "systemd/helper.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include "base/fd.h"
#include "base/proc.h"
#include "base/strv.h"
#include "base/time.h"

#define PROGRAM		"masu-systemd"
#define STATUS_NO_START 127 /* of the dynamic loader, and of a failed exec */

int helper_start(char *const *args, struct helper *ret, struct masu_error *err)
{
	_cleanup_free_ char *path = program_find(PROGRAM, err);
	_cleanup_close_ int ours = -1, theirs = -1;
	_cleanup_strv_ char **argv = NULL;
	pid_t pid;

	if (!path)
		return -ENOENT;
	int r = channel_pair(&ours, &theirs);
	if (r < 0)
		return err_sys(err, r, "create a channel for %s", PROGRAM);
	if (strv_push(&argv, PROGRAM) < 0 || strv_extend(&argv, args) < 0)
		return err_oom(err);
	const struct proc_spec spec = {
		.path = path,
		.argv = argv,
		.stdio = (int[]){theirs, -1, -1},
		.own_group = true,
	};
	r = proc_spawn(&spec, &pid, NULL, err);
	if (r < 0)
		return r;
	*ret = (struct helper){.channel = TAKE_FD(ours), .pid = pid};
	return 0;
}

static int unexpected(const struct channel_message *m, struct masu_error *err)
{
	return err_set(err, ERR_INTERNAL, EBADMSG, "unexpected message %u from %s", m->type,
		       PROGRAM);
}

int helper_send(struct helper *h, enum systemd_message type, char *const *strings,
		struct masu_error *err)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	int r = message_pack(strings, &b);

	r = r < 0 ? r : channel_send(h->channel, type, b.text, b.length, -1);
	if (r == -EPIPE || r == -ECONNRESET)
		return 0;
	return r < 0 ? err_sys(err, r, "send a request to %s", PROGRAM) : 0;
}

/* The channel is at its end: the exit status tells the reason. */
static int report_death(struct helper *h, struct masu_error *err)
{
	int status = proc_wait(h->pid);

	h->pid = 0;
	if (status == STATUS_NO_START) {
		(void)err_set(err, ERR_UNAVAILABLE, ECONNRESET,
			      "cannot run %s: its libraries cannot be loaded", PROGRAM);
		return err_hint(err, "install libsystemd (Debian: libsystemd0, Fedora: "
				     "systemd-libs)");
	}
	if (status > 128)
		return err_set(err, ERR_UNAVAILABLE, ECONNRESET, "%s was killed by signal %d",
			       PROGRAM, status - 128);
	return err_set(err, ERR_UNAVAILABLE, ECONNRESET, "%s ended with status %d", PROGRAM,
		       status);
}

/* 0 if there is something to read; -ECANCELED if that is so of `cancel_fd`, which may be -1. */
static int await(int fd, int cancel_fd, int timeout_ms)
{
	int64_t deadline = time_monotonic_ms() + timeout_ms;
	struct pollfd polls[] = {{.fd = fd, .events = POLLIN}, {.fd = cancel_fd, .events = POLLIN}};

	for (;;) {
		int64_t left = timeout_ms < 0 ? -1 : MAX(deadline - time_monotonic_ms(), 0);
		int r = poll(polls, ARRAY_SIZE(polls), (int)left);

		if (r > 0)
			return polls[1].revents ? -ECANCELED : 0;
		if (r == 0)
			return -ETIMEDOUT;
		if (errno != EINTR)
			return -errno;
	}
}

/* `r` is the result of the wait. */
static int take_message(struct helper *h, int r, struct channel_message *ret,
			struct masu_error *err)
{
	r = r < 0 ? r : channel_receive(h->channel, ret);
	if (r == -ECONNRESET)
		return report_death(h, err);
	if (r < 0)
		return err_sys(err, r, "read the answer of %s", PROGRAM);
	return ret->type == CHANNEL_ERROR ? channel_to_err(ret, err) : 0;
}

int helper_receive(struct helper *h, int timeout_ms, struct channel_message *ret,
		   struct masu_error *err)
{
	int r = await(h->channel, -1, timeout_ms);

	if (r == -ETIMEDOUT)
		return err_set(err, ERR_UNAVAILABLE, ETIMEDOUT, "%s did not answer in %d s",
			       PROGRAM, timeout_ms / 1000);
	return take_message(h, r, ret, err);
}

int helper_receive_or_cancel(struct helper *h, int cancel_fd, struct channel_message *ret,
			     struct masu_error *err)
{
	int r = await(h->channel, cancel_fd, -1);

	if (r == -ECANCELED)
		return err_set(err, ERR_SIGNAL, ECANCELED, "waiting for systemd was canceled");
	return take_message(h, r, ret, err);
}

int helper_await_done(struct helper *h, int timeout_ms, struct masu_error *err)
{
	_cleanup_channel_message_ struct channel_message m = CHANNEL_MESSAGE_INIT;
	int r = helper_receive(h, timeout_ms, &m, err);

	if (r < 0 || m.type == SYSTEMD_DONE)
		return r;
	return unexpected(&m, err);
}

void helper_stop(struct helper *h)
{
	fd_close(&h->channel);
	if (h->pid > 0) {
		/* Not reaped yet, so the number is still its own. */
		(void)kill(h->pid, SIGKILL);
		(void)proc_wait(h->pid);
	}
	*h = HELPER_INIT;
}
