/* SPDX-License-Identifier: Apache-2.0 */
#include "oci-cli/criu-options.h"

static const struct option_row checkpoint_rows[] = {
	OCI_ROW(OPTION_FLAG, leave_running, 'R', "leave-running", NULL,
		"let it go on after the checkpoint"),
	OCI_ROW(OPTION_STRING, page_server, 0, "page-server", "ADDRESS:PORT",
		"send memory there, to criu page-server"),
	OCI_ROW(OPTION_STRING, parent_path, 0, "parent-path", "DIR",
		"directory of an earlier --pre-dump, relative to --image-path"),
	OCI_ROW(OPTION_FLAG, pre_dump, 0, "pre-dump", NULL,
		"write the memory alone, to shorten a later checkpoint"),
	OPTION_ROW_PARSE(oci_parse_count, struct oci_options, status_fd, 0, "status-fd", "FD",
			 "with --lazy-pages: write a NUL here when pages can be fetched"),
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
