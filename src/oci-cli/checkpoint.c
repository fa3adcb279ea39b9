/* SPDX-License-Identifier: Apache-2.0 */

/*
 * checkpoint: what is left of a container whose processes are in the images by then is removed, as by
 * runc, unless its `run` still looks after it: that notices its end by itself.
 */

#include <errno.h>

#include "base/proc.h"
#include "cgroup/cgroup.h"
#include "oci-cli/bundle.h"
#include "oci-cli/config.h"
#include "oci-cli/criu-options.h"
#include "oci-cli/end.h"
#include "oci-cli/readiness.h"

#define END_TIMEOUT_MS 10000

static const struct option_row checkpoint_rows[] = {
	OCI_ROW(OPTION_FLAG, leave_running, 'R', "leave-running", NULL, "let it go on after that"),
	OCI_ROW(OPTION_STRING, page_server, 0, "page-server", "ADDRESS:PORT",
		"send memory there, to criu page-server"),
	OCI_ROW(OPTION_STRING, parent_path, 0, "parent-path", "DIR",
		"an earlier --pre-dump, as seen from --image-path"),
	OCI_ROW(OPTION_FLAG, pre_dump, 0, "pre-dump", NULL,
		"memory alone; it goes on, and the next has less to write"),
	OPTION_ROW_PARSE(oci_parse_count, struct oci_options, status_fd, 0, "status-fd", "FD",
			 "with --lazy-pages: where a NUL says that they can be had"),
	{0},
};

static int checkpoint(const struct bundle *b, const struct oci_options *o, struct checkpoint *c,
		      struct err *err)
{
	_cleanup_free_ char *freezer = NULL;
	_cleanup_oci_spec_ struct oci_spec *spec = NULL;
	_cleanup_cgroup_ struct cgroup *cg = NULL;

	if (readiness_is_offered(b->dirfd))
		return err_set(
			err, ERR_UNSUPPORTED, EOPNOTSUPP,
			"container '%s' has a NOTIFY_SOCKET, which no restored one would have",
			b->state.id);
	int r = config_read(b->dirfd, &spec, err);
	if (r == 0 && b->state.cgroup)
		r = bundle_cgroup(&b->state, &cg, err);
	if (r < 0)
		return r;
	r = cg ? cgroup_freezer_path(cg, &freezer) : 0;
	if (r < 0)
		return err_sys(err, r, "find the container's cgroup");
	c->spec = spec;
	c->init = b->state.pid;
	c->parent = o->parent_path;
	c->page_server = o->page_server;
	c->freezer = freezer;
	c->status_fd = o->status_fd >= 0 ? &o->status_fd : NULL;
	c->leave_running = o->leave_running;
	c->pre_dump = o->pre_dump;
	r = checkpoint_dump(c, err);
	return r < 0 ? err_prefix(err, "checkpoint of container '%s'", b->state.id) : 0;
}

static int checkpoint_run(const void *values, char **operands, struct err *err)
{
	const struct oci_options *o = values;
	_cleanup_criu_dirs_ struct criu_dirs dirs = {0};
	_cleanup_bundle_ struct bundle b = BUNDLE_INIT;
	struct checkpoint c;
	int r = criu_options_read(o, &dirs, &c, err);

	if (r == 0)
		r = bundle_find(o->globals, operands[0], &b, err);
	if (r < 0)
		return r;
	if (b.status != OCI_STATUS_RUNNING && b.status != OCI_STATUS_PAUSED)
		return err_set(err, ERR_CONFLICT, EBUSY,
			       "container cannot be checkpointed in %s state",
			       oci_status_name(b.status));
	r = checkpoint(&b, o, &c, err);
	if (r < 0 && b.state.cgroup) /* a criu that was killed leaves it either way */
		(void)bundle_freeze(&b.state, b.status == OCI_STATUS_PAUSED, NULL);
	if (r < 0 || o->leave_running || o->pre_dump)
		return r;
	if (b.state.supervised && bundle_is_being_made(b.dirfd))
		return 0;
	bundle_let_die(&b.state);
	(void)proc_pidfd_wait(b.pidfd, END_TIMEOUT_MS); /* else the next says that it runs */
	r = end_container(b.root, b.state.id, false, err);
	return r == -ENOENT ? 0 : r; /* its `run` was faster */
}

const struct command oci_command_checkpoint = {
	.name = "checkpoint",
	.operands = "ID",
	.summary = "Write the processes of a container to files, by criu",
	.options = checkpoint_rows,
	.more_options = criu_option_rows,
	.init = criu_options_init,
	.values_size = sizeof(struct oci_options),
	.min_operands = 1,
	.max_operands = 1,
	.run = checkpoint_run,
};
