/* SPDX-License-Identifier: Apache-2.0 */
#include "oci-cli/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/ending.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/log.h"
#include "base/path.h"
#include "base/str.h"
#include "base/time.h"
#include "cgroup/resctrl.h"
#include "engine/terminal.h"
#include "oci-cli/config.h"
#include "oci-cli/end.h"
#include "oci-cli/handover.h"
#include "oci-cli/listen-fds.h"
#include "oci-cli/readiness.h"
#include "oci/annotations.h"
#include "runtime/checkpoint.h"
#include "runtime/hooks.h"
#include "storage/paths.h"
#include "systemd/bus.h"

void launch_done(struct launch *l)
{
	container_done(&l->container);
	oci_spec_free(l->spec);
	idmap_done(&l->idmap);
	seccomp_filter_done(&l->filter);
	free(l->config);
	free(l->root);
	free(l->bundle);
	free(l->rootfs);
	free(l->slice);
	free(l->scope);
	free(l->description);
	free(l->record_link);
	unit_properties_done(&l->properties);
	closep(&l->dirfd);
	closep(&l->listener);
	closep(&l->console_socket);
	closep(&l->pidfd_socket);
	closep(&l->readiness);
	*l = LAUNCH_INIT;
}

static int read_bundle(struct launch *l, struct err *err)
{
	const struct oci_options *o = l->options;
	const char *path = o->bundle ? o->bundle : ".";

	l->bundle = realpath(path, NULL);
	if (!l->bundle)
		return err_sys(err, errno, "open the bundle '%s'", path);
	int r = config_load(l->bundle, o->config, &l->config, &l->spec, err);
	if (r < 0 || !l->spec->root.path)
		return r;
	l->rootfs = *l->spec->root.path == '/' ? strdup(l->spec->root.path)
					       : path_join(l->bundle, l->spec->root.path);
	return l->rootfs ? 0 : err_sys(err, ENOMEM, "read the bundle");
}

static int plan_idmap(struct launch *l, struct err *err)
{
	const struct oci_spec *s = l->spec;
	int r;

	l->idmap.userns = oci_namespace_is_new(&s->namespaces[OCI_NS_USER]);
	if (!l->idmap.userns)
		return 0;
	if (!s->n_uid_mappings || !s->n_gid_mappings)
		return err_set(
			err, ERR_INVALID, EINVAL,
			"linux.uidMappings and gidMappings: a new user namespace needs both");
	r = oci_id_map_ranges(s->uid_mappings, s->n_uid_mappings, &l->idmap.uids, &l->idmap.n_uids);
	if (r < 0)
		return err_sys(err, r, "linux.uidMappings");
	r = oci_id_map_ranges(s->gid_mappings, s->n_gid_mappings, &l->idmap.gids, &l->idmap.n_gids);
	return r < 0 ? err_sys(err, r, "linux.gidMappings") : 0;
}

static int plan_filter(struct launch *l, struct err *err)
{
	int r = config_filter(l->spec, &l->filter, err);

	if (r > 0)
		l->plan.seccomp = &l->filter;
	return MIN(r, 0);
}

static int plan_options(struct launch *l, struct err *err)
{
	const struct oci_options *o = l->options;

	l->plan.no_pivot = o->no_pivot;
	l->plan.new_keyring = !o->no_new_keyring;
	l->plan.n_listen_fds = listen_fds_given();
	l->plan.n_preserve_fds = l->plan.n_listen_fds + o->n_preserve_fds;
	for (int i = 0; i < 3; i++)
		l->plan.stdio[i] = i;
	if (l->spec->process && l->spec->process->terminal && !o->console_socket)
		l->plan.window = terminal_size();
	return 0;
}

int launch_prepare(struct launch *l, const struct oci_options *options, const char *id,
		   struct err *err)
{
	static int (*const parts[])(struct launch *, struct err *) = {
		read_bundle, plan_idmap, launch_plan_cgroup, plan_filter, plan_options,
	};
	int r = bundle_check_id(id, err);

	l->options = options;
	l->id = id;
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(parts); i++)
		r = parts[i](l, err);
	if (r == 0)
		r = bundle_root(options->globals, &l->root, err);
	if (r == 0)
		r = launch_plan_record(l, err);
	if (r < 0)
		return r;
	l->plan.id = id;
	l->plan.bundle = l->bundle;
	l->plan.root_dir = l->rootfs;
	l->plan.spec = l->spec;
	l->plan.idmap = &l->idmap;
	l->plan.start_listener = -1;
	l->dirfd = bundle_make(l->root, id, err);
	if (l->dirfd == -EEXIST && end_abandoned(l->root, id, NULL) == 1)
		l->dirfd = bundle_make(l->root, id, err);
	return MIN(l->dirfd, 0);
}

/* A path may be longer than an address: the directory is named by descriptor. */
static int listen_for_start(struct launch *l, struct err *err)
{
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/%s", l->dirfd,
		       BUNDLE_SOCKET);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(fd, 4) < 0)
		return err_sys(err, errno, "make the start socket");
	l->listener = TAKE_FD(fd);
	l->plan.start_listener = l->listener;
	return 0;
}

/* What it points to stays the launch's. */
static struct bundle_state describe(const struct launch *l, const struct container *c)
{
	bool any = c->cgroup && c->cgroup->path;

	return (struct bundle_state){
		.id = (char *)l->id,
		.bundle = l->bundle,
		.rootfs = l->rootfs,
		.version = l->spec->version ? l->spec->version : (char *)OCI_VERSION,
		.pid = c->init,
		.start_time = c->init_start_time,
		.created_ns = time_now(),
		.cgroup = any ? c->cgroup->record : NULL,
		.cgroup_flags = any ? c->cgroup->flags : 0,
		.no_keyring = l->options->no_new_keyring,
		.poststop = l->spec->hooks[OCI_HOOK_POSTSTOP].n > 0,
		.resctrl = l->spec->intel_rdt.wanted,
		.by_run = l->listener < 0 && !l->images,
		.supervised = l->listener < 0 && !l->options->detach && !l->options->keep,
		.annotations = l->spec->annotations,
	};
}

/* While init makes its mounts. */
static int draft_state(void *arg, const struct container *c, struct err *err)
{
	const struct launch *l = arg;
	const struct bundle_state state = describe(l, c);
	int r = config_keep(l->dirfd, l->config, err);

	if (r == 0)
		r = bundle_draft(l->dirfd, &state, err);
	return r == 0 && l->plan.go_when_ready ? bundle_publish(l->dirfd, err) : r;
}

/*
 * A start with nothing between ready and go. A hook is to find a container that is being created, and
 * whoever waits for the terminal, the pidfd or the pid file gets it before the container runs.
 */
static bool goes_when_ready(const struct launch *l, bool listen)
{
	if (listen || l->images || l->console_socket >= 0 || l->pidfd_socket >= 0 ||
	    l->options->pid_file)
		return false;
	for (int i = 0; i < OCI_HOOK_MAX; i++)
		if (l->spec->hooks[i].n)
			return false;
	return true;
}

static int check_console(const struct launch *l, bool listen, struct err *err)
{
	bool terminal = l->spec->process && l->spec->process->terminal;

	if (l->options->console_socket && !terminal)
		return err_set(err, ERR_INVALID, EINVAL,
			       "--console-socket without a terminal (process.terminal)");
	if (terminal && listen && !l->options->console_socket)
		return err_set(err, ERR_INVALID, EINVAL,
			       "a terminal (process.terminal) needs --console-socket");
	return 0;
}

/* The command line's word comes before that of the annotation which crun knows. */
static const char *pidfd_socket(const struct launch *l)
{
	const char *given = l->options->pidfd_socket;

	return given ? given : oci_map_get(&l->spec->annotations, OCI_ANNOTATION_PIDFD_RECEIVER);
}

static void say_what_was_made(const struct launch *l)
{
	const struct container *c = &l->container;

	log_debug("container '%s' of bundle '%s' was made: process %d, %u instructions of seccomp",
		  l->id, l->bundle, (int)c->init, l->filter.length);
	if (c->cgroup && c->cgroup->record)
		log_debug("its cgroup is\n%s", c->cgroup->record);
	if (c->notice)
		log_debug("%s", c->notice);
}

static int make(struct launch *l, bool listen, struct err *err)
{
	const struct oci_options *o = l->options;
	int r = check_console(l, listen || o->detach, err);

	if (r == 0)
		r = handover_connect(o->console_socket, &l->console_socket, err);
	if (r == 0)
		r = handover_connect(pidfd_socket(l), &l->pidfd_socket, err);
	if (r == 0 && listen)
		r = listen_for_start(l, err);
	if (r == 0 && !l->images)
		r = readiness_offer(l->root, l->id, l->spec, err);
	if (r == 0 && !listen && !l->images)
		r = readiness_listen(l->dirfd, &l->readiness, err);
	l->plan.go_when_ready = goes_when_ready(l, listen);
	l->plan.made = draft_state;
	l->plan.made_arg = l;
	if (r == 0)
		r = l->images ? container_restore(&l->plan, l->images, &l->container, err)
			      : container_create(&l->plan, &l->container, err);
	if (r < 0) {
		(void)bundle_remove(l->root, l->id, l->dirfd, NULL); /* the first error counts */
		return r;
	}
	say_what_was_made(l);
	if (!l->plan.go_when_ready)
		r = bundle_publish(l->dirfd, err);
	if (r == 0)
		r = handover_fd(l->console_socket, l->container.console, "terminal", err);
	if (r == 0)
		r = handover_fd(l->pidfd_socket, l->container.init_pidfd, "pidfd", err);
	if (r == 0)
		r = handover_pid(o->pid_file, l->container.init, err);
	if (r == 0 && listen)
		r = container_leave(&l->container, err);
	if (r < 0)
		launch_abort(l);
	return r;
}

int launch_create(struct launch *l, bool listen, struct err *err)
{
	sigset_t saved;

	/* A supervisor holds them already, and a restore waits for criu instead. */
	if (l->images || (!listen && !l->options->detach))
		return make(l, listen, err);
	ending_hold(&saved);
	int r = make(l, listen, err);
	if (r == 0) /* else there is an error to be told, and nothing more to be done */
		(void)sigprocmask(SIG_SETMASK, &saved, NULL);
	return r;
}

int launch_end(struct launch *l, struct err *err)
{
	const struct bundle_state state = describe(l, &l->container);

	return end_stopped(l->root, l->dirfd, &state, err);
}

void launch_abort(struct launch *l)
{
	container_abort(&l->container);
	(void)resctrl_leave(&l->spec->intel_rdt, l->id, NULL);
	/* Nobody can do anything about it here. */
	(void)bundle_remove(l->root, l->id, l->dirfd, NULL);
	hooks_run_poststop(l->spec, l->id, l->bundle);
}
