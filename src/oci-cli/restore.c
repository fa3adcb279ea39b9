/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "oci-cli/criu-options.h"
#include "runtime/run.h"

static const struct option_row restore_rows[] = {
	OCI_ROW(OPTION_STRING, bundle, 'b', "bundle", "DIR", "the bundle (default: here)"),
	OCI_ROW(OPTION_STRING, console_socket, 0, "console-socket", "PATH",
		"send the terminal's master to this socket"),
	OCI_ROW(OPTION_FLAG, detach, 'd', "detach", NULL, "return when it runs"),
	OCI_ROW(OPTION_STRING, lsm_mount_context, 0, "lsm-mount-context", "LABEL",
		"label for its mounts, instead of their own"),
	OCI_ROW(OPTION_STRING, lsm_profile, 0, "lsm-profile", "TYPE:NAME",
		"apparmor:PROFILE or selinux:LABEL, instead of its own"),
	OCI_ROW(OPTION_FLAG, no_pivot, 0, "no-pivot", NULL, NULL),
	OCI_ROW(OPTION_FLAG, no_subreaper, 0, "no-subreaper", NULL,
		"do not adopt orphaned processes (never done)"),
	OCI_ROW(OPTION_STRING, pid_file, 0, "pid-file", "FILE",
		"write the pid of init to this file"),
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
