/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A network helper stands between a container's network namespace and the host. It gets no more of
 * the host than it needs: an empty environment (so that it cannot reach the user's bus) and these
 * descriptors: its lifeline as stdin, a pipe on which it reports that the network is up, and a few
 * KiB of memory for its messages.
 *
 * The lifeline is a pipe. The supervisor alone has the writing end. When the supervisor exits or is
 * killed, the pipe loses its last writer and the kernel kills the helper: nothing has to be
 * remembered or found again. The helper need not know about this, nor be the supervisor's child.
 */
#include "net/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>

#include "base/fd.h"
#include "base/pidfd.h"
#include "base/proc.h"
#include "base/str.h"
#include "base/strv.h"
#include "base/time.h"

#define WITHOUT	 "--network none works without it"
#define SAID_MAX 4096

static int make_pipe(int *ret_read, int *ret_write)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	*ret_read = fds[0];
	*ret_write = fds[1];
	return 0;
}

/* Sealed memory: a pipe would kill the helper once nobody reads it, and a file could grow forever. */
static int make_notepad(void)
{
	_cleanup_close_ int fd = memfd_create("net-helper-said", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0 || ftruncate(fd, SAID_MAX) < 0 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0)
		return -errno;
	return TAKE_FD(fd);
}

int net_helper_prepare(struct net_helper *helper, struct masu_error *err)
{
	if (make_pipe(&helper->ready_fd, &helper->its_ready_fd) < 0 ||
	    make_pipe(&helper->its_life_fd, &helper->life_fd) < 0)
		return err_sys(err, errno, "create the pipes of a network helper");
	helper->said_fd = make_notepad();
	return helper->said_fd < 0
		       ? err_sys(err, helper->said_fd, "create the pipes of a network helper")
		       : 0;
}

int net_helper_start(struct net_helper *helper, const struct net_helper_spec *spec,
		     struct masu_error *err)
{
	const int stdio[] = {helper->its_life_fd,
			     spec->ready_on_stdout ? helper->its_ready_fd : helper->said_fd,
			     helper->said_fd};
	const int pass[] = {spec->ready_on_stdout ? spec->pass_fd : helper->its_ready_fd,
			    spec->pass_fd};
	const struct proc_spec process = {
		.path = spec->argv[0],
		.argv = spec->argv,
		.own_group = true,		      /* it lasts as long as the container */
		.private_files = !spec->foreign_root, /* sockets, whatever directory they are in */
		.open_files = spec->foreign_root,
		.own_mounts = spec->own_mounts,
		.die_with_stdin = true,
		.stdio = stdio,
		.pass = pass,
		.n_pass = (spec->pass_fd >= 0) + !spec->ready_on_stdout,
	};
	int r = proc_spawn(&process, &helper->pid, &helper->pidfd, err);

	fd_close(&helper->its_life_fd);
	fd_close(&helper->its_ready_fd);
	if (r != -ENOENT)
		return r;
	(void)err_prefix(err, "networking needs %s", spec->argv[0]);
	return err_hint(err, "install the package %s, or use --network none or --network host",
			spec->package);
}

/* The helper's messages on one line, without warnings and its reports about the system log. */
static char *said_by(const struct net_helper *helper)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;
	char said[SAID_MAX + 1];
	ssize_t n = pread(helper->said_fd, said, SAID_MAX, 0);

	said[MAX(n, 0)] = 0;
	_cleanup_strv_ char **lines = strv_split(said, "\n");
	STRV_FOREACH(line, lines)
		if (**line && !str_after(*line, "WARNING:") && !strstr(*line, " to syslog") &&
		    strbuf_addf(&b, "%s %s", b.length ? ";" : ":", *line) < 0)
			return NULL;
	return strbuf_take(&b);
}

static int failed(const struct net_helper *helper, const char *name, struct masu_error *err)
{
	_cleanup_free_ char *said = NULL;
	int r = device_check("/dev/net/tun", "tun", WITHOUT, err);

	if (r < 0)
		return err_prefix(err, "the container's network");
	said = said_by(helper);
	(void)err_set(err, ERR_UNAVAILABLE, EIO, "%s failed%s", name, said ? said : "");
	return err_hint(err, WITHOUT);
}

int net_helper_wait(struct net_helper *helper, const char *name, int timeout_ms,
		    struct masu_error *err)
{
	int64_t deadline = time_monotonic_ms() + timeout_ms;
	struct pollfd wait = {.fd = helper->ready_fd, .events = POLLIN};
	char byte;
	int n;

	do
		n = poll(&wait, 1, (int)MAX(deadline - time_monotonic_ms(), 0));
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_sys(err, errno, "wait for %s", name);
	if (n == 0) {
		(void)failed(helper, name, err);
		(void)err_prefix(err, "not ready in %d s", timeout_ms / 1000);
		return -ETIMEDOUT;
	}
	/* End of file without a byte: it has exited. */
	if (fd_read_full(helper->ready_fd, &byte, 1) != 1)
		return failed(helper, name, err);
	fd_close(&helper->ready_fd);
	return 0;
}

void net_helper_kill(struct net_helper *helper)
{
	fd_close(&helper->life_fd);
	/* The lifeline kills it as well, unless it runs as a user whom we may not signal. */
	if (helper->pid > 0)
		(void)pidfd_kill(helper->pidfd, SIGKILL);
}

void net_helper_stop(struct net_helper *helper)
{
	net_helper_kill(helper);
	fd_close(&helper->ready_fd);
	fd_close(&helper->said_fd);
	fd_close(&helper->its_life_fd);
	fd_close(&helper->its_ready_fd);
	if (helper->pid > 0)
		(void)proc_wait(helper->pid);
	fd_close(&helper->pidfd);
	*helper = NET_HELPER_INIT;
}
