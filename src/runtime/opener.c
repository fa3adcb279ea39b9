/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/opener.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>

#include "base/channel.h"
#include "base/fd.h"
#include "linux/mount.h"
#include "runtime/holder.h"
#include "runtime/source.h"

enum { OPENER_SOURCE = 1, OPENER_ROOT, OPENER_FD };

/* Root of the container, in the ids of this process. */
static int find_mounter(const struct container_plan *plan, struct overlay_mounter *ret,
			struct masu_error *err)
{
	const struct idmap *map = plan->idmap;
	_cleanup_idmap_ struct idmap own = {0};
	uint32_t uid, gid;
	int r = idmap_to_host(map->uids, map->n_uids, 0, &uid);

	if (r == 0)
		r = idmap_to_host(map->gids, map->n_gids, 0, &gid);
	if (r == 0 && plan->opener_map->userns) {
		r = idmap_read(getpid(), &own);
		if (r == 0)
			r = idmap_to_inside(own.uids, own.n_uids, uid, &uid);
		if (r == 0)
			r = idmap_to_inside(own.gids, own.n_gids, gid, &gid);
	}
	if (r < 0)
		return err_sys(err, r, "find the container's root among the ids of its owner");
	*ret = (struct overlay_mounter){.uid = uid, .gid = gid, .userns_fd = -1};
	return 0;
}

static int open_source(const struct container_plan *plan, size_t index, struct masu_error *err)
{
	struct overlay_mounter root;
	int r = find_mounter(plan, &root, err);

	return r < 0 ? r : source_clone(plan, index, &root, err);
}

static int open_dir(const char *path, struct masu_error *err)
{
	_cleanup_close_ int dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int copy = dir < 0 ? -errno : mount_clone_slave(dir, true);

	return copy < 0 ? err_sys(err, copy, "open the root '%s'", path) : copy;
}

static int open_root(const struct container_plan *plan, int userns_fd, struct overlay_parts *ret,
		     struct masu_error *err)
{
	struct overlay_mounter root;

	if (!plan->overlay) {
		ret->fds[OVERLAY_LAYERS] = open_dir(plan->spec->root.path, err);
		return MIN(ret->fds[OVERLAY_LAYERS], 0);
	}
	int r = find_mounter(plan, &root, err);
	if (r < 0)
		return r;
	root.userns_fd = userns_fd;
	return overlay_parts_open(plan->overlay, &root, ret, err);
}

static int send_fd(int channel, int fd, struct masu_error *err)
{
	int r = channel_send(channel, OPENER_FD, NULL, 0, fd);

	return r < 0 ? err_sys(err, r, "talk to the launcher") : 0;
}

/* An error of a request goes to the launcher and ends the start, and the opener with it. */
static int answer(const struct opener *o, const struct channel_message *m, struct masu_error *err)
{
	_cleanup_(overlay_parts_done) struct overlay_parts parts = OVERLAY_PARTS_INIT;
	size_t index = 0;

	if (m->type == OPENER_SOURCE && m->size == sizeof(index)) {
		memcpy(&index, m->bytes, sizeof(index));
		_cleanup_close_ int fd = open_source(o->plan, index, err);
		return fd < 0 ? fd : send_fd(o->child.channel, fd, err);
	}
	int r = open_root(o->plan, -1, &parts, err);
	for (size_t i = 0; r == 0 && i < OVERLAY_PARTS; i++)
		r = send_fd(o->child.channel, parts.fds[i], err);
	return r;
}

/* A userns_fn. It is trusted code from its first to its last instruction, and no container is above or beside it. */
static int serve(void *arg, struct masu_error *err)
{
	_cleanup_channel_message_ struct channel_message m = CHANNEL_MESSAGE_INIT;
	const struct opener *o = arg;
	const int keep[] = {o->child.channel};
	int r = prctl(PR_SET_DUMPABLE, 0) < 0 ? -errno : fd_close_from(STDERR_FILENO + 1, keep, 1);

	if (r < 0)
		return err_sys(err, r, "start the opener");
	for (;;) {
		if (channel_receive(o->child.channel, &m) < 0)
			return 0; /* the launcher is gone */
		r = answer(o, &m, err);
		if (r < 0)
			return r;
	}
}

int opener_start(const struct container_plan *plan, struct opener *ret, struct masu_error *err)
{
	ret->plan = plan;
	if (!plan->opener_map->userns)
		return 0;
	return holder_spawn(plan->opener_map, CLONE_NEWNS, serve, ret, &ret->child, err);
}

static int receive_fd(const struct opener *o, int *ret, struct masu_error *err)
{
	_cleanup_channel_message_ struct channel_message m = CHANNEL_MESSAGE_INIT;

	if (channel_receive(o->child.channel, &m) < 0)
		return err_set(err, ERR_INTERNAL, ECONNRESET, "the opener died");
	if (m.type == CHANNEL_ERROR)
		return channel_to_err(&m, err);
	*ret = TAKE_FD(m.fd);
	return 0;
}

int opener_source(const struct opener *o, size_t index, struct masu_error *err)
{
	int fd = -1;

	if (o->child.pid <= 0)
		return open_source(o->plan, index, err);
	int r = channel_send(o->child.channel, OPENER_SOURCE, &index, sizeof(index), -1);
	if (r < 0)
		return err_sys(err, r, "talk to the opener");
	r = receive_fd(o, &fd, err);
	return r < 0 ? r : fd;
}

int opener_root(const struct opener *o, int userns_fd, struct overlay_parts *ret,
		struct masu_error *err)
{
	if (o->child.pid <= 0)
		return open_root(o->plan, userns_fd, ret, err);
	int r = channel_send(o->child.channel, OPENER_ROOT, NULL, 0, -1);
	if (r < 0)
		return err_sys(err, r, "talk to the opener");
	for (size_t i = 0; r == 0 && i < OVERLAY_PARTS; i++)
		r = receive_fd(o, &ret->fds[i], err);
	return r;
}

void opener_stop(struct opener *o)
{
	userns_kill(&o->child);
}
