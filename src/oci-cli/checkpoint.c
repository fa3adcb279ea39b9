/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"
#include "oci-cli/oci-cli.h"
#include "runtime/checkpoint.h"
#include "runtime/run.h"

#define DEFAULT_DIR "checkpoint"

static const struct option_row criu_option_rows[] = {
	OCI_ROW(OPTION_FLAG, auto_dedup, 0, "auto-dedup", NULL,
		"Drop pages from images that later ones, or the memory, have"),
	OCI_ROW(OPTION_LIST, empty_ns, 0, "empty-ns", "network",
		"Do not save the contents of the network namespace (always done)"),
	OCI_ROW(OPTION_FLAG, ext_unix_sk, 0, "ext-unix-sk", NULL,
		"Allow Unix sockets that are connected to the outside"),
	OCI_ROW(OPTION_FLAG, file_locks, 0, "file-locks", NULL, "Allow locks of files"),
	OCI_ROW(OPTION_STRING, image_path, 0, "image-path", "DIR",
		"Use this directory for the images (default: ./checkpoint)"),
	OCI_ROW(OPTION_FLAG, lazy_pages, 0, "lazy-pages", NULL,
		"Transfer memory by 'criu lazy-pages' when it is used"),
	OCI_ROW(OPTION_STRING, manage_cgroups, 0, "manage-cgroups-mode", "MODE",
		"Handle cgroups by soft (default), full, strict or ignore"),
	OCI_ROW(OPTION_FLAG, shell_job, 0, "shell-job", NULL,
		"Allow a terminal and a session that are the caller's"),
	OCI_ROW(OPTION_FLAG, tcp_established, 0, "tcp-established", NULL, "Allow TCP connections"),
	OCI_ROW(OPTION_STRING, work_path, 0, "work-path", "DIR",
		"Write criu's log in this directory (default: that of the images)"),
	{0},
};

/* No --status-fd. */
static void criu_options_init(void *values)
{
	((struct oci_options *)values)->status_fd = -1;
}

/* The directories, made absolute. */
struct criu_dirs {
	char *images, *work;
};
#define _cleanup_criu_dirs_ _cleanup_(criu_dirs_done)

static void criu_dirs_done(struct criu_dirs *f)
{
	free(f->images);
	free(f->work);
}

/* The options that both commands share. `ret` points into `dirs`. */
static int criu_options_read(const struct oci_options *o, struct criu_dirs *dirs,
			     struct checkpoint *ret, struct masu_error *err)
{
	const char *images = o->image_path ? o->image_path : DEFAULT_DIR;

	STRV_FOREACH(name, o->empty_ns)
		if (!streq(*name, "network"))
			return err_set(err, ERR_INVALID, EINVAL,
				       "invalid --empty-ns '%s': must be network", *name);
	dirs->images = path_absolute(images);
	dirs->work = path_absolute(o->work_path ? o->work_path : images);
	if (!dirs->images || !dirs->work)
		return err_sys(err, errno, "find the directory for the images");
	*ret = (struct checkpoint){
		.images = dirs->images,
		.work = dirs->work,
		.manage_cgroups = o->manage_cgroups,
		.tcp_established = o->tcp_established,
		.ext_unix_sk = o->ext_unix_sk,
		.shell_job = o->shell_job,
		.file_locks = o->file_locks,
		.auto_dedup = o->auto_dedup,
		.lazy_pages = o->lazy_pages,
	};
	return 0;
}

static const struct option_row checkpoint_rows[] = {
	OCI_ROW(OPTION_FLAG, leave_running, 'R', "leave-running", NULL,
		"Let it continue after the checkpoint"),
	OCI_ROW(OPTION_STRING, page_server, 0, "page-server", "ADDRESS:PORT",
		"Send memory there, to criu page-server"),
	OCI_ROW(OPTION_STRING, parent_path, 0, "parent-path", "DIR",
		"Use the directory of an earlier --pre-dump, relative to --image-path"),
	OCI_ROW(OPTION_FLAG, pre_dump, 0, "pre-dump", NULL,
		"Write the memory alone, to shorten a later checkpoint"),
	OPTION_ROW_PARSE(oci_parse_count, struct oci_options, status_fd, 0, "status-fd", "FD",
			 "Write a NUL here when pages can be fetched; with --lazy-pages"),
	{0},
};

static int checkpoint_run(const void *values, char **operands, struct masu_error *err)
{
	const struct oci_options *o = values;
	_cleanup_criu_dirs_ struct criu_dirs dirs = {0};
	_cleanup_instance_ struct instance c = INSTANCE_INIT;
	struct checkpoint options;
	int r = criu_options_read(o, &dirs, &options, err);

	if (r < 0)
		return r;
	r = oci_find(o, operands[0], &c, err);
	if (r < 0)
		return r;
	options.parent = o->parent_path;
	options.page_server = o->page_server;
	options.status_fd = o->status_fd >= 0 ? &o->status_fd : NULL;
	options.leave_running = o->leave_running;
	options.pre_dump = o->pre_dump;
	return instance_checkpoint(&c, &options, err);
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

static const struct option_row restore_rows[] = {
	OCI_ROW(OPTION_STRING, bundle, 'b', "bundle", "DIR", "Use this bundle (default: here)"),
	OCI_ROW(OPTION_STRING, console_socket, 0, "console-socket", "PATH",
		"Send the terminal's master to this socket"),
	OCI_ROW(OPTION_FLAG, detach, 'd', "detach", NULL, "Return when it runs"),
	OCI_ROW(OPTION_STRING, lsm_mount_context, 0, "lsm-mount-context", "LABEL",
		"Set a label for its mounts, instead of their own"),
	OCI_ROW(OPTION_STRING, lsm_profile, 0, "lsm-profile", "TYPE:NAME",
		"Run it under apparmor:PROFILE or selinux:LABEL, instead of its own"),
	OCI_ROW(OPTION_FLAG, no_pivot, 0, "no-pivot", NULL, NULL),
	OCI_ROW(OPTION_FLAG, no_subreaper, 0, "no-subreaper", NULL,
		"Do not adopt orphaned processes (never done)"),
	OCI_ROW(OPTION_STRING, pid_file, 0, "pid-file", "FILE",
		"Write the pid of init to this file"),
	{0},
};

static int restore_run(const void *values, char **operands, struct masu_error *err)
{
	const struct oci_options *o = values;
	_cleanup_criu_dirs_ struct criu_dirs dirs = {0};
	struct checkpoint c;
	int r = criu_options_read(o, &dirs, &c, err);

	if (r < 0)
		return r;
	if (o->no_pivot)
		return err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
			       "--no-pivot: criu enters the root by pivot_root(2) alone");
	c.lsm_profile = o->lsm_profile;
	c.lsm_mount_context = o->lsm_mount_context;
	r = oci_launch(o, operands[0], &c, run_container, err);
	return r < 0 ? err_prefix(err, "restore of container '%s'", operands[0]) : r;
}

const struct command oci_command_restore = {
	.name = "restore",
	.operands = "ID",
	.summary = "Create a container from the images of a checkpoint, and let it go on",
	.options = restore_rows,
	.more_options = criu_option_rows,
	.init = criu_options_init,
	.values_size = sizeof(struct oci_options),
	.min_operands = 1,
	.max_operands = 1,
	.run = restore_run,
};
