/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/json-build.h"
#include "base/json.h"
#include "cli/print.h"
#include "oci-cli/oci-cli.h"
#include "runtime/ps.h"

static int print_ids(const pid_t *pids, size_t n, struct masu_error *err)
{
	_cleanup_json_ struct json_object *array = json_object_new_array();
	struct json_build b = {0};

	for (size_t i = 0; i < n; i++)
		build_int(&b, array, NULL, pids[i]);
	return print_json(b.failed ? NULL : array, false, err);
}

static int ps_run(const void *values, char **operands, struct masu_error *err)
{
	_cleanup_instance_ struct instance c = INSTANCE_INIT;
	_cleanup_free_ char *table = NULL;
	_cleanup_free_ pid_t *pids = NULL;
	size_t n = 0;
	bool json;
	int r = oci_format(values, &json, err);

	if (r < 0)
		return r;
	r = oci_find(values, operands[0], &c, err);
	if (r < 0)
		return r;
	r = instance_pids(&c, &pids, &n, err);
	if (r < 0)
		return r;
	if (json)
		return print_ids(pids, n, err);
	r = ps_table(operands + 1, pids, n, &table, err);
	if (r == 0)
		(void)fputs(table, stdout);
	return r;
}

static const struct option_row ps_rows[] = {
	OCI_ROW(OPTION_STRING, format, 'f', "format", "FORMAT",
		"table (default), or json: the process ids"),
	{0},
};

const struct command oci_command_ps = {
	.name = "ps",
	.operands = "ID [OPTION-OF-PS...]",
	.summary = "Print a container's processes as ps does (default: ps -ef)",
	.options = ps_rows,
	.values_size = sizeof(struct oci_options),
	.min_operands = 1,
	.max_operands = OPERANDS_ANY,
	.stop_at_operand = true,
	.run = ps_run,
};
