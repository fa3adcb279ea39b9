/* SPDX-License-Identifier: Apache-2.0 */
#include "oci-cli/launch.h"

#include <errno.h>

#include "base/str.h"

int oci_parse_count(const char *value, void *field, struct err *err)
{
	uint32_t n;

	if (str_to_uint32(value, &n) < 0 || n > 1024)
		return err_set(err, ERR_INVALID, EINVAL, "'%s' is no number up to 1024", value);
	*(int *)field = (int)n;
	return 0;
}

const struct option_row oci_create_rows[] = {
	OCI_ROW(OPTION_STRING, bundle, 'b', "bundle", "DIR", "the bundle (default: here)"),
	OCI_ROW(OPTION_STRING, config, 'f', "config", "FILE",
		"in place of the bundle's config.json"),
	OCI_ROW(OPTION_STRING, console_socket, 0, "console-socket", "PATH",
		"where the terminal's master is sent"),
	OCI_ROW(OPTION_FLAG, no_new_keyring, 0, "no-new-keyring", NULL,
		"keep the caller's session keyring"),
	OCI_ROW(OPTION_FLAG, no_pivot, 0, "no-pivot", NULL,
		"move the root over the host's, which an initramfs needs"),
	OCI_ROW(OPTION_FLAG, no_subreaper, 0, "no-subreaper", NULL,
		"don't adopt orphaned processes (never done)"),
	OCI_ROW(OPTION_STRING, pid_file, 0, "pid-file", "FILE", "write the init's pid there"),
	OCI_ROW(OPTION_STRING, pidfd_socket, 0, "pidfd-socket", "PATH",
		"where a pidfd of the init is sent"),
	OPTION_ROW_PARSE(oci_parse_count, struct oci_options, n_preserve_fds, 0, "preserve-fds",
			 "NUMBER", "pass so many descriptors from 3 on"),
	{0},
};

static int create_run(const void *values, char **operands, struct err *err)
{
	_cleanup_launch_ struct launch l = LAUNCH_INIT;
	int r = launch_prepare(&l, values, operands[0], err);

	return r < 0 ? r : launch_create(&l, true, err);
}

const struct command oci_command_create = {
	.name = "create",
	.operands = "ID",
	.summary = "Make a container that waits to be started",
	.more_options = oci_create_rows,
	.values_size = sizeof(struct oci_options),
	.min_operands = 1,
	.max_operands = 1,
	.is_exposed = true,
	.run = create_run,
};
