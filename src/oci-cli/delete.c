/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <signal.h>

#include "base/log.h"
#include "base/proc.h"
#include "cgroup/cgroup.h"
#include "cgroup/resctrl.h"
#include "oci-cli/bundle.h"
#include "oci-cli/config.h"
#include "oci-cli/end.h"
#include "oci-cli/match.h"
#include "runtime/hooks.h"

#define KILL_TIMEOUT_MS 10000

/* A container that was killed together with its `run` takes a moment to end. */
#define ORPHAN_TIMEOUT_MS 1000

static int end_init(const struct bundle_state *s, int pidfd, struct err *err)
{
	int r = proc_pidfd_kill(pidfd, SIGKILL);

	if (r < 0 && r != -ESRCH)
		return err_sys(err, r, "kill container '%s'", s->id);
	bundle_let_die(s);
	if (proc_pidfd_wait(pidfd, KILL_TIMEOUT_MS) == 0)
		return err_set(err, ERR_CONFLICT, EBUSY, "container '%s' can't be killed", s->id);
	return 0;
}

static void remove_cgroup(const char *record, unsigned int flags)
{
	_cleanup_cgroup_ struct cgroup *cg = NULL;
	_cleanup_err_ struct err err = ERR_INIT;

	if (!record || cgroup_remove_empty(record, flags) ||
	    cgroup_open(record, flags, &cg, NULL) < 0)
		return;
	(void)cgroup_kill(cg, NULL); /* what joined it from outside the pid namespace */
	if (cgroup_remove(cg, &err) < 0)
		log_warning("%s", err.message);
}

static void remove_resctrl(const struct oci_spec *spec, const char *id)
{
	_cleanup_err_ struct err err = ERR_INIT;

	if (resctrl_leave(&spec->intel_rdt, id, &err) < 0)
		log_warning("%s", err.message);
}

/*
 * Without state.json it is nobody's container: its maker was killed, or is still at it. With force
 * that is waited for. 1 when there is a state.json by then, 0 when it is removed.
 */
static int end_unfinished(const char *root, const char *id, int dirfd, bool force, struct err *err)
{
	int r = bundle_take_unfinished(dirfd, force ? KILL_TIMEOUT_MS : 0);

	if (r == -EEXIST)
		return 1;
	if (r < 0)
		return err_set(err, ERR_CONFLICT, EBUSY, "container '%s' is still being created",
			       id);
	return bundle_remove_unfinished(root, id, dirfd, err);
}

int end_stopped(const char *root, int dirfd, const struct bundle_state *s, struct err *err)
{
	_cleanup_oci_spec_ struct oci_spec *spec = NULL;

	remove_cgroup(s->cgroup, s->cgroup_flags);
	if (s->poststop || s->resctrl)
		(void)config_read(dirfd, &spec, NULL); /* whoever took it away wants no hooks */
	int r = bundle_remove(root, s->id, dirfd, err);
	if (spec) {
		remove_resctrl(spec, s->id);
		hooks_run_poststop(spec, s->id, s->bundle);
	}
	return r;
}

int end_container(const char *root, const char *id, bool force, struct err *err)
{
	_cleanup_bundle_state_ struct bundle_state s = {0};
	_cleanup_close_ int dirfd = bundle_open(root, id, err), pidfd = -1;
	int r;

	if (dirfd < 0)
		return dirfd == -ENOENT && force ? 0 : dirfd;
	r = bundle_read(dirfd, &s, err);
	if (r == -ENOENT) {
		r = end_unfinished(root, id, dirfd, force, err);
		if (r <= 0)
			return r;
		r = bundle_read(dirfd, &s, err);
	}
	if (r < 0) /* a state that can't be read is no state */
		return force ? bundle_remove_unfinished(root, id, dirfd, err) : r;
	enum oci_status status = bundle_status(dirfd, &s, &pidfd);
	if (status != OCI_STATUS_CREATED && status != OCI_STATUS_STOPPED && !force)
		return err_set(err, ERR_CONFLICT, EBUSY,
			       "cannot delete container '%s' that is not stopped: %s", id,
			       oci_status_name(status));
	r = pidfd >= 0 ? end_init(&s, pidfd, err) : 0;
	return r < 0 ? r : end_stopped(root, dirfd, &s, err);
}

int end_abandoned(const char *root, const char *id, struct err *err)
{
	_cleanup_bundle_state_ struct bundle_state s = {0};
	_cleanup_close_ int dirfd = bundle_open(root, id, NULL), pidfd = -1;

	/* A supervisor that lives holds the directory's lock. */
	if (dirfd < 0 || bundle_read(dirfd, &s, NULL) < 0 || !s.supervised ||
	    bundle_is_being_made(dirfd))
		return 0;
	(void)bundle_status(dirfd, &s, &pidfd);
	if (pidfd >= 0 && !proc_pidfd_wait(pidfd, ORPHAN_TIMEOUT_MS))
		return 0; /* it lives on without it */
	int r = end_container(root, id, false, err);
	return r < 0 ? r : 1;
}

static int delete_matching(const char *root, const char *id, void *arg, struct err *err)
{
	const struct oci_options *o = arg;

	return end_container(root, id, o->force, err);
}

static int delete_run(const void *values, char **operands, struct err *err)
{
	const struct oci_options *o = values;
	_cleanup_free_ char *root = NULL;

	if (o->regex)
		return match_each(o->globals, operands[0], delete_matching, (void *)o, err);
	int r = bundle_check_id(operands[0], err);
	if (r == 0)
		r = bundle_root(o->globals, &root, err);
	return r < 0 ? r : end_container(root, operands[0], o->force, err);
}

static const struct option_row delete_rows[] = {
	OCI_ROW(OPTION_FLAG, force, 'f', "force", NULL, "kill it first when it lives"),
	OCI_ROW(OPTION_FLAG, regex, 'r', "regex", NULL,
		"all containers whose ids match this regular expression"),
	{0},
};

const struct command oci_command_delete = {
	.name = "delete",
	.operands = "ID",
	.summary = "Remove what is left of a container",
	.options = delete_rows,
	.values_size = sizeof(struct oci_options),
	.min_operands = 1,
	.max_operands = 1,
	.run = delete_run,
};
