/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/account.h"
#include "base/json-build.h"
#include "base/json.h"
#include "base/str.h"
#include "base/time.h"
#include "cli/print.h"
#include "oci-cli/oci-cli.h"
#include "runtime/ps.h"

static void print_row(const struct instance *c, int width)
{
	const struct container_state *s = &c->state;
	char stamp[TIME_STAMP_MAX];
	struct stat st = {0};

	(void)fstat(c->dir.fd, &st); /* an open directory has an owner */
	_cleanup_free_ char *owner = account_name(st.st_uid);
	(void)printf("%-*s  %-8d  %-8s  %-32s  %-30s  ", width, s->id,
		     c->status == OCI_STATUS_STOPPED ? 0 : s->pid, oci_status_name(c->status),
		     s->bundle, time_stamp(s->created_ns, stamp));
	if (owner)
		(void)puts(owner);
	else
		(void)printf("%u\n", st.st_uid);
}

static void print_table(const struct instance *list, size_t n)
{
	size_t width = sizeof("ID") - 1;

	for (size_t i = 0; i < n; i++)
		width = MAX(width, strlen(list[i].state.id));
	(void)printf("%-*s  %-8s  %-8s  %-32s  %-30s  OWNER\n", (int)width, "ID", "PID", "STATUS",
		     "BUNDLE", "CREATED");
	for (size_t i = 0; i < n; i++)
		print_row(&list[i], (int)width);
}

static int print_array(const struct instance *list, size_t n, struct masu_error *err)
{
	_cleanup_json_ struct json_object *array = json_object_new_array();
	struct json_build b = {0};

	for (size_t i = 0; i < n; i++) {
		struct json_object *o = NULL;
		int r = instance_to_json(&list[i], &o, err);

		if (r < 0)
			return r;
		build_put(&b, array, NULL, o);
	}
	return print_json(b.failed ? NULL : array, false, err);
}

static int list_run(const void *values, char **operands, struct masu_error *err)
{
	const struct oci_options *o = values;
	_cleanup_free_ char *root = NULL;
	struct instance *list = NULL;
	size_t n = 0;
	bool json;
	int r = oci_format(o, &json, err);

	if (r < 0)
		return r;
	r = state_dir_root(o->globals->root, &root, err);
	if (r < 0)
		return r;
	r = instance_list(root, &list, &n, err);
	if (r < 0)
		return r;
	if (json && !o->quiet)
		r = print_array(list, n, err);
	else if (!o->quiet)
		print_table(list, n);
	for (size_t i = 0; o->quiet && i < n; i++)
		(void)puts(list[i].state.id);
	instances_free(list, n);
	return r;
}

static const struct option_row list_rows[] = {
	OCI_ROW(OPTION_STRING, format, 'f', "format", "FORMAT", "Print a table (default) or json"),
	OCI_ROW(OPTION_FLAG, quiet, 'q', "quiet", NULL, "Print the ids alone"),
	{0},
};

const struct command oci_command_list = {
	.name = "list",
	.operands = "",
	.summary = "List the containers of this root",
	.options = list_rows,
	.values_size = sizeof(struct oci_options),
	.run = list_run,
};

static int state_run(const void *values, char **operands, struct masu_error *err)
{
	_cleanup_instance_ struct instance c = INSTANCE_INIT;
	_cleanup_json_ struct json_object *doc = NULL;
	int r = oci_find(values, operands[0], &c, err);

	if (r < 0)
		return r;
	r = instance_to_json(&c, &doc, err);
	return r < 0 ? r : print_json(doc, true, err);
}

const struct command oci_command_state = {
	.name = "state",
	.operands = "ID",
	.summary = "Print the state of a container as JSON",
	.values_size = sizeof(struct oci_options),
	.min_operands = 1,
	.max_operands = 1,
	.run = state_run,
};

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
	r = ps_table(operands + 1, pids, n, -1, &table, err);
	if (r == 0)
		(void)fputs(table, stdout);
	return r;
}

static const struct option_row ps_rows[] = {
	OCI_ROW(OPTION_STRING, format, 'f', "format", "FORMAT",
		"Print a table (default), or json: the process ids"),
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
