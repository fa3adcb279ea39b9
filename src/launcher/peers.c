/* SPDX-License-Identifier: Apache-2.0 */
#include "launcher/peers.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "base/pidfd.h"
#include "base/str.h"

void peers_done(struct peers *peers)
{
	for (size_t i = 0; i < peers->n; i++)
		fd_close(&peers->fds[i]);
	*peers = (struct peers){0};
}

/* The start's own descriptor, not /proc/PID: the number may be another process by the time of the entry. */
static int open_namespace(struct peers *peers, pid_t pid, const char *file,
			  struct oci_namespace *ns, struct masu_error *err)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)pid, file);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(err, errno, "cannot open the namespace \"%s\"", path);
	peers->fds[peers->n++] = fd;
	free(ns->path);
	ns->path = str_printf("/proc/self/fd/%d", fd);
	return ns->path ? 0 : err_sys(err, ENOMEM, "prepare the start");
}

static int not_running(const masu_container *peer, struct masu_error *err)
{
	(void)err_set(err, ERR_CONFLICT, ESRCH,
		      "cannot join the namespaces of container \"%s\": not running",
		      masu_container_name(peer));
	return err_hint(err, "masu start %s", masu_container_name(peer));
}

/* `file` is the name of the namespace below /proc/PID/ns. */
static int join(masu_container *c, struct peers *peers, const char *mode, const char *file,
		enum oci_namespace_type type, struct masu_error *err)
{
	_cleanup_masu_container_ masu_container *peer = NULL;
	const char *id = str_after(str_or_empty(mode), "container:");
	struct oci_namespace *all = c->spec->namespaces;

	if (!id)
		return 0;
	int r = masu_container_find(c->engine, id, &peer, err);
	if (r < 0)
		return r;
	if (!state_is_alive(&peer->state))
		return not_running(peer, err);
	r = open_namespace(peers, masu_container_pid(peer), file, &all[type], err);
	if (r == 0 && all[OCI_NS_USER].wanted && !all[OCI_NS_USER].path)
		r = open_namespace(peers, masu_container_pid(peer), "user", &all[OCI_NS_USER], err);
	/* If the process still lives, the pid was its own. */
	if (r == 0 && pidfd_kill(peer->state.pidfd, 0) < 0)
		return not_running(peer, err);
	return r;
}

int peers_join(masu_container *c, struct peers *peers, struct masu_error *err)
{
	int r = join(c, peers, c->record.network, "net", OCI_NS_NETWORK, err);

	return r < 0 ? r : join(c, peers, c->record.pid_mode, "pid", OCI_NS_PID, err);
}
