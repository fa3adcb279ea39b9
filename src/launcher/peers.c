/* SPDX-License-Identifier: Apache-2.0 */
#include "launcher/peers.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "base/channel.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/pidfd.h"
#include "base/str.h"
#include "engine/container/container-map.h"
#include "linux/mount.h"
#include "linux/namespaces.h"
#include "linux/userns.h"

#define SHM "/dev/shm"

/* One kind of namespace: the mode in the record, and the file below /proc/PID/ns. */
struct kind {
	const char *mode, *file;
	enum oci_namespace_type type;
};

/* The entrance to another container's /dev/shm. */
struct entrance {
	int pidfd;
	struct userns_child child;
};

void peers_done(struct peers *peers)
{
	for (size_t i = 0; i < peers->n; i++)
		fd_close(&peers->fds[i]);
	fd_close(&peers->shm);
	*peers = PEERS_INIT;
}

/* The start's own descriptor, not a path: that may lead to another file by the time of the entry. */
static int set_namespace(struct peers *peers, int fd, struct oci_namespace *ns,
			 struct masu_error *err)
{
	peers->fds[peers->n++] = fd;
	free(ns->path);
	ns->path = str_printf("/proc/self/fd/%d", fd);
	return ns->path ? 0 : err_oom(err);
}

static int not_running(const masu_container *peer, struct masu_error *err)
{
	(void)err_set(err, ERR_CONFLICT, ESRCH,
		      "cannot join the namespaces of container \"%s\": not running",
		      masu_container_name(peer));
	return err_hint(err, "masu start %s", masu_container_name(peer));
}

static int open_of_process(pid_t pid, const char *file, struct masu_error *err)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)pid, file);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? err_sys(err, errno, "cannot open the namespace \"%s\"", path) : fd;
}

static bool is_same_file(int a, int b)
{
	struct stat x, y;

	return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_dev == y.st_dev &&
	       x.st_ino == y.st_ino;
}

/* The user namespace above the joined ones; takes the descriptor. */
static int set_owner(masu_container *c, struct peers *peers, int fd, struct masu_error *err)
{
	_cleanup_close_ int owner = fd, before = -1;
	struct oci_namespace *user = &c->spec->namespaces[OCI_NS_USER];

	if (!user->wanted)
		return 0;
	if (!user->path)
		return set_namespace(peers, TAKE_FD(owner), user, err);
	before = open(user->path, O_RDONLY | O_CLOEXEC);
	if (before >= 0 && is_same_file(before, owner))
		return 0;
	(void)err_set(err, ERR_CONFLICT, EINVAL,
		      "cannot join namespaces that belong to different user namespaces");
	return err_hint(err, "without root, join those of one container");
}

static int join_container(masu_container *c, struct peers *peers, const struct kind *k,
			  masu_container *peer, struct masu_error *err)
{
	if (!state_is_alive(&peer->state))
		return not_running(peer, err);
	int fd = open_of_process(masu_container_pid(peer), k->file, err);
	if (fd < 0)
		return fd;
	int r = set_namespace(peers, fd, &c->spec->namespaces[k->type], err);
	if (r < 0)
		return r;
	fd = open_of_process(masu_container_pid(peer), "user", err);
	r = fd < 0 ? fd : set_owner(c, peers, fd, err);
	/* If the process still lives, the pid was its own. */
	if (r == 0 && pidfd_kill(peer->state.pidfd, 0) < 0)
		return not_running(peer, err);
	return r;
}

/* Opens no device and no pipe: nothing but a file of the kernel's namespaces is opened for more than its type. */
static int open_path(const struct kind *k, const char *path, struct masu_error *err)
{
	const char *name = oci_namespace_name(k->type);
	_cleanup_close_ int file = open(path, O_PATH | O_CLOEXEC);
	char own[FD_PATH_MAX];

	if (file < 0)
		return err_sys(err, errno, "cannot open the %s namespace \"%s\"", name, path);
	_cleanup_close_ int fd = mount_is_type(file, NSFS_MAGIC)
					 ? open(fd_path(file, own), O_RDONLY | O_CLOEXEC)
					 : -1;
	if (fd >= 0 && ioctl(fd, NS_GET_NSTYPE) == oci_namespace_flag(k->type))
		return TAKE_FD(fd);
	(void)err_set(err, ERR_INVALID, EINVAL, "cannot join \"%s\": not a %s namespace", path,
		      name);
	return err_hint(err, "a namespace is a file like /proc/PID/ns/%s, or a bind mount of it",
			k->file);
}

/* Power over a namespace is power over its user namespace, which an ordinary user's container therefore joins. */
static int find_owner(const char *path, int fd, struct masu_error *err)
{
	_cleanup_close_ int own = open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC);
	_cleanup_close_ int owner = ioctl(fd, NS_GET_USERNS);

	if (owner >= 0 && own >= 0 && !is_same_file(owner, own))
		return TAKE_FD(owner);
	(void)err_set(err, ERR_DENIED, EPERM,
		      "cannot join the namespace \"%s\": it belongs to the host's user namespace",
		      path);
	return err_hint(
		err,
		"without root, join a namespace of your own user namespace, or container:NAME");
}

/* The container's layers fit the map that it was created for. */
static int check_map(const masu_container *c, const char *path, struct masu_error *err)
{
	const struct record *record = &c->record;
	_cleanup_free_ char *uids = NULL, *gids = NULL;
	int r = container_map_at(c->engine, path, &uids, &gids, err);

	if (r < 0)
		return r;
	if (streq(str_or_empty(uids), str_or_empty(record->uid_map)) &&
	    streq(str_or_empty(gids), str_or_empty(record->gid_map)))
		return 0;
	(void)err_set(err, ERR_CONFLICT, EINVAL,
		      "cannot join the user namespace \"%s\": its id map is not that of the "
		      "container's creation",
		      path);
	return err_hint(err, "create the container anew");
}

static int join_path(masu_container *c, struct peers *peers, const struct kind *k, const char *path,
		     struct masu_error *err)
{
	int fd = open_path(k, path, err);
	int r = fd < 0 ? fd : set_namespace(peers, fd, &c->spec->namespaces[k->type], err);

	if (r == 0 && k->type == OCI_NS_USER)
		return check_map(c, c->spec->namespaces[OCI_NS_USER].path, err);
	if (r < 0 || !c->spec->namespaces[OCI_NS_USER].wanted)
		return r;
	fd = find_owner(path, fd, err);
	return fd < 0 ? fd : set_owner(c, peers, fd, err);
}

/*
 * A userns_fn. A mount can only be copied by a member of its mount namespace. Nothing of the container is executed, and
 * no link of it is followed.
 */
static int copy_shm(void *arg, struct masu_error *err)
{
	struct entrance *e = arg;
	int r = prctl(PR_SET_DUMPABLE, 0) < 0
			? -errno
			: namespaces_enter(e->pidfd, CLONE_NEWUSER | CLONE_NEWNS);

	if (r < 0)
		return err_sys(err, r, "enter the mount namespace of the other container");
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0) /* entering has cleared it */
		return err_sys(err, errno, "enter the mount namespace of the other container");
	_cleanup_close_ int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	_cleanup_close_ int dir = root < 0 ? -errno
					   : path_open_in(root, SHM, O_PATH | O_DIRECTORY, 0,
							  PATH_NO_SYMLINKS);
	if (dir < 0)
		return err_sys(err, dir, "open " SHM " of the other container");
	if (!mount_is_type(dir, TMPFS_MAGIC))
		return err_set(err, ERR_CONFLICT, EINVAL,
			       SHM " of the other container is not a tmpfs");
	_cleanup_close_ int copy = mount_clone_detached(dir, false);
	r = copy < 0 ? copy : channel_send(e->child.channel, 1, NULL, 0, copy);
	return r < 0 ? err_sys(err, r, "copy the mount " SHM " of the other container") : 0;
}

/* Shared memory by shm_open(3) is files there: without them the common namespace would be of little use. */
static int share_shm(struct peers *peers, const masu_container *peer, struct masu_error *err)
{
	static const struct idmap no_namespace = {.userns = false};
	_cleanup_channel_message_ struct channel_message m = CHANNEL_MESSAGE_INIT;
	struct entrance e = {.pidfd = peer->state.pidfd, .child = USERNS_CHILD_INIT};
	int r = userns_spawn(&no_namespace, 0, copy_shm, &e, &e.child, err);

	if (r < 0)
		return r;
	r = channel_receive(e.child.channel, &m);
	if (r == 0 && m.type == CHANNEL_ERROR)
		r = channel_to_err(&m, err);
	else if (r < 0)
		(void)err_sys(err, r, "share " SHM " with the other container");
	else
		peers->shm = TAKE_FD(m.fd);
	if (r == 0)
		return userns_wait(&e.child, err);
	userns_kill(&e.child);
	return r;
}

/* A mount of the user's there replaces that of the other container. */
static bool mounts_own_shm(const struct record *r)
{
	for (size_t i = 0; i < r->n_mounts; i++)
		if (streq(r->mounts[i].destination, SHM))
			return true;
	return false;
}

static int join(masu_container *c, struct peers *peers, const struct kind *k,
		struct masu_error *err)
{
	_cleanup_masu_container_ masu_container *peer = NULL;
	const char *mode = str_or_empty(k->mode), *id = str_after(mode, "container:"),
		   *path = str_after(mode, "ns:");

	if (path)
		return join_path(c, peers, k, path, err);
	if (!id)
		return 0;
	int r = masu_container_find(c->engine, id, &peer, err);
	if (r == 0)
		r = join_container(c, peers, k, peer, err);
	if (r == 0 && k->type == OCI_NS_IPC && !mounts_own_shm(&c->record))
		r = share_shm(peers, peer, err);
	return r;
}

int peers_join(masu_container *c, struct peers *peers, struct masu_error *err)
{
	bool has_user = c->spec->namespaces[OCI_NS_USER].wanted;
	const struct kind kinds[] = {
		{has_user ? c->record.userns : NULL, "user", OCI_NS_USER},
		{c->record.network, "net", OCI_NS_NETWORK},
		{c->record.pid_mode, "pid", OCI_NS_PID},
		{c->record.ipc_mode, "ipc", OCI_NS_IPC},
		{c->record.uts_mode, "uts", OCI_NS_UTS},
		{c->record.cgroupns_mode, "cgroup", OCI_NS_CGROUP},
	};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		int r = join(c, peers, &kinds[i], err);

		if (r < 0)
			return r;
	}
	return 0;
}
