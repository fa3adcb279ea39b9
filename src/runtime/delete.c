/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/delete.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>

#include "base/log.h"
#include "base/pidfd.h"
#include "base/time.h"
#include "cgroup/resctrl.h"
#include "runtime/config.h"
#include "runtime/hooks.h"

#define KILL_TIMEOUT_MS 10000

/* A container that was killed together with its supervisor takes a moment to end. */
#define ORPHAN_TIMEOUT_MS   1000

#define SHORTAGE_TIMEOUT_MS 2000
#define SHORTAGE_PAUSE_MS   20

static int kill_init(const struct instance *c, struct masu_error *err)
{
	int r = pidfd_kill(c->pidfd, SIGKILL);

	if (r < 0 && r != -ESRCH)
		return err_sys(err, r, "kill container '%s'", c->state.id);
	instance_let_die(c);
	if (pidfd_wait(c->pidfd, KILL_TIMEOUT_MS) == 0)
		return err_set(err, ERR_CONFLICT, EBUSY, "container '%s' can't be killed",
			       c->state.id);
	return 0;
}

static int kill_cgroup(const struct container_state *s, struct masu_error *err)
{
	_cleanup_cgroup_ struct cgroup *cg = NULL;
	int r = cgroup_open(s->cgroup, s->cgroup_flags, &cg, err);

	if (r < 0)
		return err_is_shortage(r) ? r : 0;
	(void)cgroup_kill(cg, NULL); /* processes that joined from outside the pid namespace */
	return cgroup_remove(cg, err);
}

/* Nobody removes it later, so a shortage of descriptors or memory is waited for. */
static void remove_cgroup(const struct container_state *s)
{
	_cleanup_err_ struct masu_error err = ERR_INIT;
	int64_t deadline = time_monotonic_ms() + SHORTAGE_TIMEOUT_MS;

	if (!s->cgroup || cgroup_remove_empty(s->cgroup, s->cgroup_flags))
		return;
	int r = kill_cgroup(s, &err);
	while (err_is_shortage(r) && time_monotonic_ms() < deadline) {
		err_done(&err);
		(void)poll(NULL, 0, SHORTAGE_PAUSE_MS);
		r = kill_cgroup(s, &err);
	}
	if (r < 0)
		log_warning("%s", err.message);
}

static void remove_resctrl(const struct oci_spec *spec, const char *id)
{
	_cleanup_err_ struct masu_error err = ERR_INIT;

	if (resctrl_leave(&spec->intel_rdt, id, &err) < 0)
		log_warning("%s", err.message);
}

int delete_stopped(const struct state_dir *dir, const struct container_state *s,
		   struct masu_error *err)
{
	_cleanup_oci_spec_ struct oci_spec *spec = NULL;

	remove_cgroup(s);
	if (s->poststop || s->resctrl)
		(void)config_read(dir->fd, &spec, NULL); /* a removed file has no hooks */
	int r = state_dir_remove(dir, err);
	if (spec) {
		remove_resctrl(spec, s->id);
		hooks_run_poststop(spec, s->id, s->bundle);
	}
	return r;
}

static int delete_recorded(struct instance *c, bool force, struct masu_error *err)
{
	int r = container_status(c->dir.fd, &c->state, &c->status, &c->pidfd);
	if (r < 0)
		return err_sys(err, r, "read the status of container '%s'", c->dir.id);
	if (c->status != OCI_STATUS_CREATED && c->status != OCI_STATUS_STOPPED && !force)
		return err_set(err, ERR_CONFLICT, EBUSY,
			       "cannot delete container '%s' that is not stopped: %s", c->dir.id,
			       oci_status_name(c->status));
	r = c->pidfd >= 0 ? kill_init(c, err) : 0;
	return r < 0 ? r : delete_stopped(&c->dir, &c->state, err);
}

/*
 * Without state.json: its creator was killed, or still works. With force that is waited for. 1 if
 * there is a state.json by then, 0 after the removal.
 */
static int delete_unfinished(const struct state_dir *dir, bool force, struct masu_error *err)
{
	int r = state_dir_take_unfinished(dir, force ? KILL_TIMEOUT_MS : 0);

	if (r == -EEXIST)
		return 1;
	if (r < 0)
		return err_set(err, ERR_CONFLICT, EBUSY, "container '%s' is still being created",
			       dir->id);
	return state_dir_remove_unfinished(dir, err);
}

int instance_delete(const char *root, const char *id, bool force, struct masu_error *err)
{
	_cleanup_instance_ struct instance c = INSTANCE_INIT;
	int r = state_dir_open(root, id, &c.dir, err);

	if (r < 0)
		return r == -ENOENT && force ? 0 : r;
	r = state_dir_check_unmanaged(&c.dir, "delete", err);
	if (r < 0) {
		(void)err_hint(err, "use 'masu rm'");
		return r;
	}
	r = container_state_read(c.dir.fd, &c.state, err);
	if (r == -ENOENT) {
		r = delete_unfinished(&c.dir, force, err);
		if (r <= 0)
			return r;
		r = container_state_read(c.dir.fd, &c.state, err);
	}
	if (r < 0) /* forced, it removes a malformed state, too */
		return force ? state_dir_remove_unfinished(&c.dir, err) : r;
	return delete_recorded(&c, force, err);
}

int delete_abandoned(const char *root, const char *id, struct masu_error *err)
{
	_cleanup_instance_ struct instance c = INSTANCE_INIT;

	/* A supervisor that lives holds the lock. */
	if (instance_find(root, id, &c, NULL) < 0 || !c.state.supervised || c.dir.managed ||
	    state_dir_is_locked(c.dir.fd))
		return 0;
	if (c.pidfd >= 0 && !pidfd_wait(c.pidfd, ORPHAN_TIMEOUT_MS))
		return 0; /* the container outlived it */
	int r = instance_delete(root, id, false, err);
	return r < 0 ? r : 1;
}
