/* SPDX-License-Identifier: Apache-2.0 */

/*
 * checkpoint: what is left of a container whose processes are in the images by then is removed, as by
 * runc, unless its `run` still looks after it: that notices its end by itself.
 */

#include "runtime/checkpoint.h"

#include <errno.h>
#include <stdio.h>

#include "base/path.h"
#include "base/proc.h"
#include "base/str.h"
#include "base/strv.h"
#include "cgroup/cgroup.h"
#include "oci-cli/bundle.h"
#include "oci-cli/config.h"
#include "oci-cli/end.h"
#include "oci-cli/readiness.h"

#define DEFAULT_FOLDER "checkpoint"
#define END_TIMEOUT_MS 10000

static const struct option_row checkpoint_rows[] = {
	OCI_ROW(OPTION_FLAG, auto_dedup, 0, "auto-dedup", NULL,
		"take out of the parent's images what is in these"),
	OCI_ROW(OPTION_LIST, empty_ns, 0, "empty-ns", "network",
		"don't save what is in the network namespace"),
	OCI_ROW(OPTION_FLAG, ext_unix_sk, 0, "ext-unix-sk", NULL,
		"allow Unix sockets that are connected to the outside"),
	OCI_ROW(OPTION_FLAG, file_locks, 0, "file-locks", NULL, "allow locks of files"),
	OCI_ROW(OPTION_STRING, image_path, 0, "image-path", "DIR",
		"where the images are written (default: ./checkpoint)"),
	OCI_ROW(OPTION_FLAG, lazy_pages, 0, "lazy-pages", NULL, NULL),
	OCI_ROW(OPTION_FLAG, leave_running, 'R', "leave-running", NULL, "let it go on after that"),
	OCI_ROW(OPTION_STRING, manage_cgroups, 0, "manage-cgroups-mode", "MODE",
		"soft (default), full, strict or ignore"),
	OCI_ROW(OPTION_STRING, page_server, 0, "page-server", "ADDRESS:PORT",
		"send memory there, to criu page-server"),
	OCI_ROW(OPTION_STRING, parent_path, 0, "parent-path", "DIR",
		"an earlier --pre-dump, as seen from --image-path"),
	OCI_ROW(OPTION_FLAG, pre_dump, 0, "pre-dump", NULL,
		"memory alone; it goes on, and the next has less to write"),
	OCI_ROW(OPTION_FLAG, shell_job, 0, "shell-job", NULL,
		"allow a terminal and a session that are the caller's"),
	OCI_ROW(OPTION_FLAG, tcp_established, 0, "tcp-established", NULL, "allow TCP connections"),
	OCI_ROW(OPTION_STRING, work_path, 0, "work-path", "DIR",
		"where criu writes its log (default: the same)"),
	{0},
};

static int check_options(const struct oci_options *o, struct err *err)
{
	if (o->lazy_pages)
		return err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
			       "--lazy-pages is not supported: memory is always written to images");
	STRV_FOREACH(name, o->empty_ns)
		if (!streq(*name, "network"))
			return err_set(err, ERR_INVALID, EINVAL,
				       "--empty-ns '%s': criu can leave out 'network' alone",
				       *name);
	return 0;
}

static int checkpoint(const struct bundle *b, const struct oci_options *o, struct err *err)
{
	_cleanup_free_ char *images = path_absolute(o->image_path ? o->image_path : DEFAULT_FOLDER);
	_cleanup_free_ char *work = path_absolute(o->work_path	  ? o->work_path
						  : o->image_path ? o->image_path
								  : DEFAULT_FOLDER);
	_cleanup_free_ char *freezer = NULL;
	_cleanup_oci_spec_ struct oci_spec *spec = NULL;
	_cleanup_cgroup_ struct cgroup *cg = NULL;

	if (!images || !work)
		return err_sys(err, errno, "find the folder for the images");
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
	const struct checkpoint c = {
		.spec = spec,
		.init = b->state.pid,
		.images = images,
		.work = work,
		.parent = o->parent_path,
		.manage_cgroups = o->manage_cgroups,
		.page_server = o->page_server,
		.freezer = freezer,
		.leave_running = o->leave_running,
		.tcp_established = o->tcp_established,
		.ext_unix_sk = o->ext_unix_sk,
		.shell_job = o->shell_job,
		.file_locks = o->file_locks,
		.pre_dump = o->pre_dump,
		.auto_dedup = o->auto_dedup,
		.empty_network = o->empty_ns != NULL,
	};
	r = checkpoint_dump(&c, err);
	return r < 0 ? err_prefix(err, "checkpoint of container '%s'", b->state.id) : 0;
}

static int checkpoint_run(const void *values, char **operands, struct err *err)
{
	const struct oci_options *o = values;
	_cleanup_bundle_ struct bundle b = BUNDLE_INIT;
	int r = check_options(o, err);

	if (r == 0)
		r = bundle_find(o->globals, operands[0], &b, err);
	if (r < 0)
		return r;
	if (b.status == OCI_STATUS_CREATED || b.status == OCI_STATUS_STOPPED)
		return err_set(err, ERR_CONFLICT, EBUSY,
			       "container cannot be checkpointed in %s state",
			       oci_status_name(b.status));
	r = checkpoint(&b, o, err);
	if (r < 0 || o->leave_running || o->pre_dump)
		return r;
	if (b.state.supervised && bundle_is_being_made(b.dirfd))
		return 0;
	(void)proc_pidfd_wait(b.pidfd, END_TIMEOUT_MS); /* else the next says that it runs */
	return end_container(b.root, b.state.id, false, err);
}

const struct command oci_command_checkpoint = {
	.name = "checkpoint",
	.operands = "ID",
	.summary = "Write the processes of a container to files, by criu",
	.options = checkpoint_rows,
	.values_size = sizeof(struct oci_options),
	.min_operands = 1,
	.max_operands = 1,
	.run = checkpoint_run,
};
