/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/run.h"

#include <errno.h>
#include <poll.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/proc.h"
#include "base/termination.h"
#include "cgroup/resctrl.h"
#include "oci/annotations.h"
#include "runtime/cgroup-plan.h"
#include "runtime/creation.h"
#include "runtime/delete.h"
#include "runtime/hooks.h"
#include "runtime/readiness.h"
#include "runtime/supervise.h"
#include "runtime/terminal.h"

struct run {
	const struct run_options *options;
	struct oci_spec *spec;
	struct state_dir dir;
	struct bundle_cgroup cgroup;
	struct handover handover;
	char *record_link;
	struct creation creation;
	int readiness; /* where the container reports that it is ready, or -1 */
};
#define RUN_INIT                                 \
	((struct run){.dir = STATE_DIR_INIT,     \
		      .handover = HANDOVER_INIT, \
		      .creation = CREATION_INIT, \
		      .readiness = -1})

static void run_done(struct run *r)
{
	creation_done(&r->creation);
	bundle_cgroup_done(&r->cgroup);
	handover_done(&r->handover);
	state_dir_done(&r->dir);
	free(r->record_link);
	fd_close(&r->readiness);
}
#define _cleanup_run_ _cleanup_(run_done)

/* The option overrides the annotation, which crun knows. */
static void find_handover(struct run *r)
{
	r->handover = r->options->handover;
	if (!r->handover.pidfd_socket)
		r->handover.pidfd_socket = oci_map_get(&r->spec->annotations,
						       OCI_ANNOTATION_PIDFD_RECEIVER);
}

static int create_dir(struct run *r, struct masu_error *err)
{
	const struct run_options *o = r->options;
	int n = state_dir_create(o->root, o->id, &r->dir, err);

	if (n == -EEXIST && delete_abandoned(o->root, o->id, NULL) == 1)
		n = state_dir_create(o->root, o->id, &r->dir, err);
	return n;
}

/*
 * A start with nothing between ready and go. Not with hooks, which must find a container that is being
 * created, nor where the terminal, the pidfd or the pid file is handed over before the container runs.
 */
static bool goes_when_ready(const struct run *r)
{
	const struct handover *h = &r->handover;

	if (r->creation.listen || r->options->images || h->console_socket || h->pidfd_socket ||
	    h->pid_file)
		return false;
	for (int i = 0; i < OCI_HOOK_MAX; i++)
		if (r->spec->hooks[i].n)
			return false;
	return true;
}

static void plan(struct run *r, bool listen)
{
	const struct run_options *o = r->options;
	const struct bundle *b = o->bundle;
	struct creation *c = &r->creation;

	c->dirfd = r->dir.fd;
	c->config = b->config;
	c->rootfs = b->rootfs;
	c->listen = listen;
	c->supervised = !listen && !o->detach && !o->keep;
	c->images = o->images;
	c->plan = (struct container_plan){
		.id = o->id,
		.bundle = b->path,
		.root_dir = b->rootfs,
		.spec = b->spec,
		.idmap = &b->idmap,
		.seccomp = b->has_filter ? &b->filter : NULL,
		.cgroup = &r->cgroup.plan,
		.no_pivot = o->no_pivot,
		.new_keyring = !o->no_new_keyring,
		.n_listen_fds = o->n_listen_fds,
		.n_preserve_fds = o->n_listen_fds + o->n_preserve_fds,
		.stdio = {0, 1, 2},
		.start_listener = -1,
		.go_when_ready = goes_when_ready(r),
	};
	if (b->spec->process && b->spec->process->terminal && !o->handover.console_socket)
		c->plan.window = terminal_size();
}

static int prepare(struct run *r, const struct run_options *o, bool listen, struct masu_error *err)
{
	r->options = o;
	r->spec = o->bundle->spec;
	int n = state_dir_check_id(o->id, err);
	if (n < 0)
		return n;
	n = bundle_cgroup_plan(o->bundle, o->id, o->manager, o->lack, &r->cgroup, err);
	if (n < 0)
		return n;
	n = create_dir(r, err);
	if (n < 0)
		return n;
	r->record_link = state_dir_path(&r->dir, CGROUP_LINK);
	if (!r->record_link)
		return err_oom(err);
	r->cgroup.plan.record_link = r->record_link;
	find_handover(r);
	plan(r, listen);
	return 0;
}

static void log_creation(const struct run *r)
{
	const struct container *c = &r->creation.container;

	log_debug("container '%s' of bundle '%s' was created: process %d, %u seccomp instructions",
		  r->dir.id, r->options->bundle->path, (int)c->init,
		  r->options->bundle->filter.length);
	if (c->cgroup && c->cgroup->record)
		log_debug("its cgroup is\n%s", c->cgroup->record);
	if (c->notice)
		log_debug("%s", c->notice);
}

/* Kills a created container and removes it. */
static void abort_run(struct run *r)
{
	container_abort(&r->creation.container);
	(void)resctrl_leave(&r->spec->intel_rdt, r->dir.id, NULL);
	(void)state_dir_remove(&r->dir, NULL); /* the first error counts */
	hooks_run_poststop(r->spec, r->dir.id, r->options->bundle->path);
}

/* The part that a failure undoes by removing the directory. */
static int create_unrecorded(struct run *r, struct masu_error *err)
{
	const struct run_options *o = r->options;
	const bool listen = r->creation.listen;
	bool terminal = r->spec->process && r->spec->process->terminal;
	int n = handover_check(&r->handover, terminal, "process.terminal", !listen && !o->detach,
			       err);

	if (n < 0)
		return n;
	n = handover_connect(&r->handover, err);
	if (n < 0)
		return n;
	n = o->images ? 0 : readiness_offer(r->dir.root, r->dir.id, r->spec, err);
	if (n < 0)
		return n;
	if (!o->images && !listen) {
		n = readiness_listen(r->dir.fd, &r->readiness, err);
		if (n < 0)
			return n;
	}
	return creation_create(&r->creation, err);
}

static int record_and_give(struct run *r, struct masu_error *err)
{
	struct container *c = &r->creation.container;
	int n = creation_publish(&r->creation, err);

	if (n < 0)
		return n;
	n = handover_give(&r->handover, c->console, c->init_pidfd, c->init, err);
	return n < 0 || !r->creation.listen ? n : container_leave(c, err);
}

static int create(struct run *r, struct masu_error *err)
{
	int n = create_unrecorded(r, err);

	if (n < 0) {
		(void)state_dir_remove(&r->dir, NULL); /* the first error counts */
		return n;
	}
	log_creation(r);
	n = record_and_give(r, err);
	if (n < 0)
		abort_run(r);
	return n;
}

/* Signals that end the process are held back meanwhile: they undo the creation. */
static int create_held(struct run *r, struct masu_error *err)
{
	sigset_t saved;

	termination_hold(&saved);
	int n = create(r, err);
	if (n == 0) /* otherwise the caller has only the error to report */
		(void)sigprocmask(SIG_SETMASK, &saved, NULL);
	return n;
}

int run_create(const struct run_options *o, struct masu_error *err)
{
	_cleanup_run_ struct run r = RUN_INIT;
	int n = prepare(&r, o, true, err);

	return n < 0 ? n : create_held(&r, err);
}

/* A restored container was started long ago. */
static int start(struct run *r, struct masu_error *err)
{
	const struct creation *c = &r->creation;
	int n = r->options->images ? 0 : container_start(&r->creation.container, err);

	if (n == 0)
		n = hooks_run_poststart(r->spec, r->dir.id, r->options->bundle->path,
					c->container.init, err);
	if (n < 0)
		abort_run(r);
	return n;
}

static int run_detached(struct run *r, struct masu_error *err)
{
	const struct container *c = &r->creation.container;
	/* During a restore criu is waited for, whatever signal comes. */
	int n = r->options->images ? create(r, err) : create_held(r, err);

	if (n < 0)
		return n;
	n = start(r, err);
	if (n == 0)
		readiness_wait(r->readiness, c->init_pidfd, c->init);
	return n;
}

static void take_readiness(struct supervisor_watch *w)
{
	readiness_take(w->arg);
}

static int supervise(struct run *r, struct supervisor *s, struct masu_error *err)
{
	const struct container *c = &r->creation.container;
	struct readiness ready = {.fd = r->readiness};
	bool own_console = c->console >= 0 && !r->handover.console_socket;

	supervisor_watch(s, &(struct supervisor_watch){.fd = ready.fd,
						       .events = POLLIN,
						       .handle = take_readiness,
						       .arg = &ready});
	int n = supervisor_attach(s, c->init_pidfd, own_console ? c->console : -1, true, err);
	if (n < 0) {
		abort_run(r);
		return n;
	}
	supervisor_wait(s);
	int status = proc_wait(c->init);
	if (r->options->keep)
		return status;
	const struct container_state state = creation_state(&r->creation);
	n = delete_stopped(&r->dir, &state, err);
	return n < 0 ? n : status;
}

static int run_foreground(struct run *r, struct masu_error *err)
{
	_cleanup_supervisor_ struct supervisor *s = NULL;
	int n = supervisor_new(true, &s, err); /* holds back signals, too */

	if (n < 0)
		return n;
	n = create(r, err);
	if (n < 0)
		return n;
	n = start(r, err);
	return n < 0 ? n : supervise(r, s, err);
}

int run_container(const struct run_options *o, struct masu_error *err)
{
	_cleanup_run_ struct run r = RUN_INIT;
	int n = prepare(&r, o, false, err);

	if (n < 0)
		return n;
	return o->detach ? run_detached(&r, err) : run_foreground(&r, err);
}
