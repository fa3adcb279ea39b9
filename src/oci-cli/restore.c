/* SPDX-License-Identifier: Apache-2.0 */

/* restore and its options are known, so that who calls it is told what there is. */

#include <errno.h>

#include "oci-cli/oci-cli.h"

#define HIDDEN_TEXT(field, letter, name) OCI_ROW(OPTION_STRING, field, letter, name, "VALUE", NULL)
#define HIDDEN_FLAG(field, letter, name) OCI_ROW(OPTION_FLAG, field, letter, name, NULL, NULL)

static const struct option_row restore_rows[] = {
	HIDDEN_TEXT(bundle, 'b', "bundle"),
	HIDDEN_TEXT(console_socket, 0, "console-socket"),
	HIDDEN_TEXT(image_path, 0, "image-path"),
	HIDDEN_TEXT(process_label, 0, "lsm-mount-context"),
	HIDDEN_TEXT(apparmor, 0, "lsm-profile"),
	HIDDEN_TEXT(manage_cgroups, 0, "manage-cgroups-mode"),
	HIDDEN_TEXT(pid_file, 0, "pid-file"),
	HIDDEN_TEXT(work_path, 0, "work-path"),
	HIDDEN_FLAG(auto_dedup, 0, "auto-dedup"),
	HIDDEN_FLAG(detach, 'd', "detach"),
	HIDDEN_FLAG(ext_unix_sk, 0, "ext-unix-sk"),
	HIDDEN_FLAG(file_locks, 0, "file-locks"),
	HIDDEN_FLAG(lazy_pages, 0, "lazy-pages"),
	HIDDEN_FLAG(no_pivot, 0, "no-pivot"),
	HIDDEN_FLAG(no_subreaper, 0, "no-subreaper"),
	HIDDEN_FLAG(shell_job, 0, "shell-job"),
	HIDDEN_FLAG(tcp_established, 0, "tcp-established"),
	OCI_ROW(OPTION_LIST, empty_ns, 0, "empty-ns", "VALUE", NULL),
	{0},
};

static int restore_run(const void *values, char **operands, struct err *err)
{
	(void)values;
	(void)operands;
	(void)err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
		      "masu-oci makes checkpoints, but does not restore containers from them");
	return err_hint(err, "the images are criu's own, with the names of runc: 'runc restore "
			     "--image-path DIR --bundle DIR ID', or by hand 'criu restore "
			     "--images-dir DIR --root ROOTFS'");
}

const struct command oci_command_restore = {
	.name = "restore",
	.operands = "ID",
	.summary = "Not there: says how criu does it",
	.options = restore_rows,
	.values_size = sizeof(struct oci_options),
	.min_operands = 1,
	.max_operands = 1,
	.run = restore_run,
};
