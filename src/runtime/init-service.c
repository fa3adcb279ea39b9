/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/init-service.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/fd.h"
#include "base/termination.h"
#include "net/devices.h"
#include "runtime/hooks.h"
#include "runtime/source.h"

/* The result of a send. If init has failed and is gone, its own error is the reason, and this only a consequence. */
static int sent(int r, struct masu_error *err)
{
	if (r == 0 || r == -EPIPE || r == -ECONNRESET)
		return 0;
	return err_sys(err, r, "talk to the container's init");
}

int init_service_send(const struct init_service *s, enum init_message message, int fd,
		      struct masu_error *err)
{
	return sent(channel_send(s->c->channel, message, NULL, 0, fd), err);
}

static int open_namespace(const struct init_service *s, const char *name, struct masu_error *err)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/ns/%s", s->c->init, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? err_sys(err, errno, "open the container's %s namespace", name) : fd;
}

int init_service_prepare(struct init_service *s, struct masu_error *err)
{
	const struct oci_namespace *user = &s->plan->spec->namespaces[OCI_NS_USER];

	/* Only fuse-overlayfs needs them. An init in a joined user namespace is closed to the caller (clone.c). */
	if (!s->plan->overlay || user->path)
		return 0;
	if (oci_namespace_is_new(user)) {
		s->userns_fd = open_namespace(s, "user", err);
		if (s->userns_fd < 0)
			return s->userns_fd;
	}
	s->mntns_fd = open_namespace(s, "mnt", err);
	return MIN(s->mntns_fd, 0);
}

/* The kernel cannot mount the root, for the reason in the message: fuse-overlayfs may. Or init has mounted it for that. */
static int start_fuse(const struct init_service *s, const struct channel_message *m,
		      struct masu_error *err)
{
	const struct container_plan *plan = s->plan;
	struct container *c = s->c;
	int r = plan->lent ? fuse_overlay_serve(plan->overlay, plan->files, m->fd, &c->fuse, err)
			   : fuse_overlay_start(plan->overlay, plan->root_dir, s->userns_fd,
						s->mntns_fd, &c->fuse, err);

	if (r < 0)
		return plan->lent ? r : err_prefix(err, "%s, and", m->bytes);
	if (c->cgroup) /* processes of a login session cannot be moved: it stays outside then */
		(void)cgroup_move_monitor(c->cgroup, c->fuse.pid, NULL);
	return init_service_send(s, INIT_FUSE_STARTED, -1, err);
}

/* After the container's mounts: the hooks that run in the runtime's namespaces. */
static int run_hooks(struct init_service *s, struct masu_error *err)
{
	const struct container_plan *plan = s->plan;
	_cleanup_free_ char *state = NULL;

	s->hooked = true;
	int r = hooks_run_creating(plan->spec, plan->id, plan->bundle, s->c->init, &state, err);
	if (r < 0)
		return r;
	return sent(channel_send(s->c->channel, INIT_HOOKS_DONE, state, strlen(state), -1), err);
}

/* Init may have closed itself, but not to root or to the creator of its namespaces. */
static int give_devices(const struct init_service *s, struct masu_error *err)
{
	const struct oci_spec *spec = s->plan->spec;
	_cleanup_free_ struct net_address *list = NULL;
	_cleanup_close_ int netns = open_namespace(s, "net", err);
	size_t n = 0;

	if (netns < 0)
		return netns;
	for (size_t i = 0; i < spec->n_net_devices; i++) {
		const struct oci_net_device *d = &spec->net_devices[i];
		char name[IFNAMSIZ];
		int r = net_device_move(d->name, net_device_arrival(d->inside, i, name), netns,
					&list, &n, err);

		if (r < 0)
			return r;
	}
	return sent(channel_send(s->c->channel, INIT_DEVICES, list, n * sizeof(*list), -1), err);
}

static int give_source(const struct init_service *s, const struct channel_message *m,
		       struct masu_error *err)
{
	uint32_t index = UINT32_MAX;

	if (m->size == sizeof(index))
		memcpy(&index, m->bytes, sizeof(index));
	if (index >= s->plan->spec->n_mounts)
		return err_set(err, ERR_INTERNAL, EBADMSG, "init has no mount %u", index);
	/* The opener has no descriptors but its own. */
	bool given = source_is_given(s->plan, &s->plan->spec->mounts[index]);
	_cleanup_close_ int fd = s->plan->opener_map && !given
					 ? opener_source(&s->opener, index, err)
					 : source_clone(s->plan, index, NULL, err);
	return fd < 0 ? fd : init_service_send(s, INIT_SOURCE, fd, err);
}

/* A joined one was not opened yet. */
static int open_userns(struct init_service *s, struct masu_error *err)
{
	const char *path = s->plan->spec->namespaces[OCI_NS_USER].path;

	if (s->userns_fd < 0 && path)
		s->userns_fd = open(path, O_RDONLY | O_CLOEXEC);
	return s->userns_fd < 0 ? err_sys(err, errno, "open the container's user namespace") : 0;
}

static int give_root(struct init_service *s, struct masu_error *err)
{
	_cleanup_(overlay_parts_done) struct overlay_parts parts = OVERLAY_PARTS_INIT;
	int r = s->plan->overlay ? open_userns(s, err) : 0;

	if (r == 0)
		r = opener_root(&s->opener, s->userns_fd, &parts, err);
	for (size_t i = 0; r == 0 && i < OVERLAY_PARTS; i++)
		r = init_service_send(s, INIT_SOURCE, parts.fds[i], err);
	return r;
}

/* Returns 1 when init is ready, else 0 or -errno. */
static int answer(struct init_service *s, struct channel_message *m, struct masu_error *err)
{
	switch (m->type) {
	case CHANNEL_ERROR:
		return channel_to_err(m, err);
	case INIT_HOOKS:
		return run_hooks(s, err);
	case INIT_NEED_FUSE:
		return start_fuse(s, m, err);
	case INIT_NEED_SOURCE:
		return give_source(s, m, err);
	case INIT_NEED_ROOT:
		return give_root(s, err);
	case INIT_NEED_DEVICES:
		return give_devices(s, err);
	case INIT_CONSOLE:
		fd_close(&s->c->console);
		s->c->console = TAKE_FD(m->fd);
		return 0;
	case INIT_READY:
		return 1;
	default:
		return err_set(err, ERR_INTERNAL, EBADMSG, "unexpected message %u of init",
			       m->type);
	}
}

int init_service_run(struct init_service *s, struct masu_error *err)
{
	_cleanup_channel_message_ struct channel_message m = CHANNEL_MESSAGE_INIT;
	int channel = s->c->channel;

	for (;;) {
		int r = fuse_overlay_check(&s->c->fuse, channel, err);
		if (r < 0)
			return r;
		r = termination_await(channel, err);
		if (r < 0)
			return r;
		if (channel_receive(channel, &m) < 0)
			return err_set(err, ERR_INTERNAL, ECONNRESET,
				       "the container's init died while it was being set up");
		r = answer(s, &m, err);
		if (r != 0)
			return MIN(r, 0);
	}
}

void init_service_done(struct init_service *s)
{
	fd_close(&s->userns_fd);
	fd_close(&s->mntns_fd);
}
