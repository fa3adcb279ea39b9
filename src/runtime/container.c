/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A container between its creation and its command. Init waits with all its privileges for GO: from its launcher or,
 * when that has left, from any client that may connect to its socket. Until then it is open to the host's helpers,
 * which enter its namespaces by /proc/PID. An exec before the start does so too, and then has init close itself to
 * tracing before anything of the container runs.
 */

#include "runtime/container.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/channel.h"
#include "base/fd.h"
#include "base/proc.h"
#include "base/termination.h"
#include "net/network.h"
#include "oci/annotations.h"
#include "runtime/clone.h"
#include "runtime/config.h"
#include "runtime/delete.h"
#include "runtime/hooks.h"
#include "runtime/init/messages.h"
#include "runtime/listener.h"
#include "runtime/readiness.h"

int container_check(const struct container_plan *plan, struct masu_error *err)
{
	const struct oci_spec *spec = plan->spec;
	int r = oci_spec_check_supported(spec, err);

	if (r < 0)
		return r;
	r = oci_annotations_check(spec, err);
	if (r < 0)
		return r;
	if (!spec->process || !spec->process->args || !spec->process->args[0])
		return err_set(err, ERR_INVALID, EINVAL, "process.args is missing or empty");
	if (spec->n_net_devices && !spec->namespaces[OCI_NS_NETWORK].wanted)
		return err_set(err, ERR_INVALID, EINVAL,
			       "linux.netDevices: needs a network namespace");
	if (spec->seccomp && !plan->seccomp)
		return err_set(err, ERR_INTERNAL, EINVAL, "linux.seccomp was not compiled");
	return listener_check(spec, plan->seccomp, err);
}

/* Receives until the end of the channel; did INIT_EXECING come last? 1, 0 or -errno. */
static int await_exec(int channel, struct masu_error *err)
{
	_cleanup_channel_message_ struct channel_message m = CHANNEL_MESSAGE_INIT;
	bool execing = false;

	for (;;) {
		/* In a pid namespace that init shares, others may stop it: a signal ends the wait. */
		int r = termination_await(channel, err);
		if (r < 0)
			return r;
		if (channel_receive(channel, &m) < 0)
			return execing;
		if (m.type == CHANNEL_ERROR)
			return channel_to_err(&m, err);
		if (m.type == INIT_LISTENER) {
			r = listener_deliver(channel, &m, 0, err);
			if (r < 0)
				return r;
		}
		execing = m.type == INIT_EXECING;
	}
}

/* Sends GO, unless it was sent before, and waits until init has executed the command or failed. */
static int let_go(int channel, bool sent, struct masu_error *err)
{
	if (sent || channel_send(channel, INIT_GO, NULL, 0, -1) == 0) {
		int r = await_exec(channel, err);
		if (r != 0)
			return MIN(r, 0);
	}
	return err_set(err, ERR_INTERNAL, ECONNRESET,
		       "the container's init died before it executed the command");
}

int container_start(struct container *c, struct masu_error *err)
{
	int r = let_go(c->channel, c->may_go, err);

	fd_close(&c->channel);
	return r;
}

int container_leave(struct container *c, struct masu_error *err)
{
	int r = channel_send(c->channel, INIT_LEAVE, NULL, 0, -1);

	return r < 0 ? err_set(err, ERR_INTERNAL, ECONNRESET,
			       "the container's init died before it was started")
		     : 0;
}

static int connect_to_init(const char *socket_path, struct masu_error *err)
{
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	_cleanup_close_ int place = open(socket_path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	if (place < 0 || fd < 0)
		return err_sys(err, errno, "open the start socket '%s'", socket_path);
	/* By descriptor: a path may be longer than an address. */
	(void)fd_path(place, address.sun_path);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return TAKE_FD(fd);
	if (errno == ECONNREFUSED)
		return err_set(err, ERR_CONFLICT, ECONNREFUSED,
			       "the container is being started already");
	return err_sys(err, errno, "connect to the start socket '%s'", socket_path);
}

static int container_let_go(const char *socket_path, struct masu_error *err)
{
	_cleanup_close_ int fd = connect_to_init(socket_path, err);

	return fd < 0 ? fd : let_go(fd, false, err);
}

int container_reach_created(const char *socket_path, int *ret, struct masu_error *err)
{
	int fd = connect_to_init(socket_path, err);

	if (fd < 0 && fd != -ENOENT && fd != -ECONNREFUSED)
		return fd;
	*ret = fd < 0 ? -1 : fd;
	return 0;
}

int container_close_created(int connection, struct masu_error *err)
{
	_cleanup_channel_message_ struct channel_message m = CHANNEL_MESSAGE_INIT;
	int r = channel_send(connection, INIT_CLOSE, NULL, 0, -1);

	if (r == 0)
		r = channel_receive(connection, &m);
	/* If it was let go meanwhile it has closed itself before its socket. */
	if (r == -ECONNRESET || r == -EPIPE)
		return 0;
	return r < 0 || m.type != INIT_READY
		       ? err_sys(err, r < 0 ? r : EBADMSG, "talk to the created container's init")
		       : 0;
}

/* A container whose hook fails is deleted, and its poststop hooks run (runtime.md, "Lifecycle"). */
static int run_poststart(const struct instance *c, struct masu_error *err)
{
	const struct container_state *s = &c->state;
	_cleanup_oci_spec_ struct oci_spec *spec = NULL;

	if (config_read(c->dir.fd, &spec, NULL) < 0)
		return 0; /* a removed file has no hooks */
	int r = hooks_run_poststart(spec, s->id, s->bundle, s->pid, err);
	if (r < 0)
		(void)instance_delete(c->dir.root, s->id, true, NULL); /* the hook is the reason */
	return r;
}

int instance_let_go(const struct instance *c, struct masu_error *err)
{
	_cleanup_free_ char *path = state_dir_path(&c->dir, START_SOCKET);

	if (!path)
		return err_oom(err);
	int r = container_let_go(path, err);
	/* Also after a failed exec, since init has gone; but not if another start is at work. */
	if (r != -ECONNREFUSED)
		(void)unlinkat(c->dir.fd, START_SOCKET, 0);
	return r;
}

int instance_start(const struct instance *c, struct masu_error *err)
{
	_cleanup_close_ int ready = -1;

	if (c->status != OCI_STATUS_CREATED)
		return err_set(err, ERR_CONFLICT, EBUSY,
			       "cannot start container '%s' in the %s state", c->state.id,
			       oci_status_name(c->status));
	int r = readiness_listen(c->dir.fd, &ready, err);
	if (r < 0)
		return r;
	r = instance_let_go(c, err);
	if (r < 0)
		return r;
	r = run_poststart(c, err);
	if (r == 0)
		readiness_wait(ready, c->pidfd, c->state.pid);
	return r;
}

void container_abort(struct container *c)
{
	if (c->init > 0) {
		clone_kill(c->init, c->init_pidfd);
		(void)proc_wait(c->init); /* after it, all processes of its namespaces are gone */
		c->init = 0;
	}
	network_stop(&c->network);
	fuse_overlay_stop(&c->fuse);
	if (c->cgroup) {
		/* A hook may have left a process there, outside the pid namespace. */
		(void)cgroup_kill(c->cgroup, NULL);
		(void)cgroup_remove(c->cgroup, NULL); /* the scope ends by itself */
	}
}

void container_done(struct container *c)
{
	fd_close(&c->init_pidfd);
	fd_close(&c->channel);
	fd_close(&c->console);
	cgroup_free(c->cgroup);
	free(c->notice);
	*c = CONTAINER_INIT;
}
