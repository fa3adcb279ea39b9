/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/delete.h"
#include "oci-cli/oci-cli.h"

static int delete_one(const struct oci_options *o, const char *id, void *arg,
		      struct masu_error *err)
{
	_cleanup_free_ char *root = NULL;
	int r = state_dir_root(o->globals->root, &root, err);

	return r < 0 ? r : instance_delete(root, id, o->force, err);
}

static int delete_run(const void *values, char **operands, struct masu_error *err)
{
	const struct oci_options *o = values;

	return o->regex ? oci_each(o, operands[0], delete_one, NULL, err)
			: delete_one(o, operands[0], NULL, err);
}

static const struct option_row delete_rows[] = {
	OCI_ROW(OPTION_FLAG, force, 'f', "force", NULL, "Kill it first if it is running"),
	OCI_ROW(OPTION_FLAG, regex, 'r', "regex", NULL,
		"Delete all containers whose ids match this regular expression"),
	{0},
};

const struct command oci_command_delete = {
	.name = "delete",
	.operands = "ID",
	.summary = "Delete a stopped container",
	.options = delete_rows,
	.values_size = sizeof(struct oci_options),
	.min_operands = 1,
	.max_operands = 1,
	.run = delete_run,
};
