/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/creation.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/time.h"
#include "runtime/config.h"
#include "runtime/container-state.h"
#include "runtime/state-dir.h"

void creation_done(struct creation *c)
{
	container_done(&c->container);
	fd_close(&c->listener);
	*c = CREATION_INIT;
}

/* The directory is named by descriptor: a path may be longer than an address. */
static int listen_for_start(struct creation *c, struct masu_error *err)
{
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/%s", c->dirfd,
		       START_SOCKET);
	(void)unlinkat(c->dirfd, START_SOCKET, 0); /* of a creation that was killed */
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(fd, 4) < 0)
		return err_sys(err, errno, "create the start socket");
	c->listener = TAKE_FD(fd);
	return 0;
}

static struct container_state describe(const struct creation *c, const struct container *made)
{
	const struct oci_spec *spec = c->plan.spec;
	const struct cgroup *cg = made->cgroup && made->cgroup->path ? made->cgroup : NULL;

	return (struct container_state){
		.id = (char *)c->plan.id,
		.bundle = (char *)c->plan.bundle,
		.rootfs = (char *)c->rootfs,
		.version = spec->version ? spec->version : (char *)OCI_VERSION,
		.user = (char *)c->user,
		.pid = made->init,
		.start_time = made->init_start_time,
		.created_ns = time_now(),
		.cgroup = cg ? cg->record : NULL,
		.cgroup_flags = cg ? cg->flags : 0,
		.no_keyring = !c->plan.new_keyring,
		.keyring_optional = c->plan.keyring_optional,
		.default_seccomp = c->default_seccomp,
		.poststop = spec->hooks[OCI_HOOK_POSTSTOP].n > 0,
		.resctrl = spec->intel_rdt.wanted,
		.by_run = !c->listen && !c->images,
		.supervised = c->supervised,
		.annotations = spec->annotations,
	};
}

struct container_state creation_state(const struct creation *c)
{
	return describe(c, &c->container);
}

/* While init mounts, so that it costs the start no time. */
static int record(void *arg, const struct container *made, struct masu_error *err)
{
	const struct creation *c = arg;
	const struct container_state state = describe(c, made);
	int r = c->config ? config_keep(c->dirfd, c->config, err) : 0;

	if (r < 0)
		return r;
	r = container_state_draft(c->dirfd, &state, err);
	if (r < 0 || !c->plan.go_when_ready)
		return r;
	return container_state_publish(c->dirfd, err);
}

int creation_create(struct creation *c, struct masu_error *err)
{
	int r = c->listen ? listen_for_start(c, err) : 0;

	if (r < 0)
		return r;
	c->plan.start_listener = c->listener;
	c->plan.made = record;
	c->plan.made_arg = c;
	return c->images ? container_restore(&c->plan, c->images, &c->container, err)
			 : container_create(&c->plan, &c->container, err);
}

int creation_publish(const struct creation *c, struct masu_error *err)
{
	return c->plan.go_when_ready ? 0 : container_state_publish(c->dirfd, err);
}
