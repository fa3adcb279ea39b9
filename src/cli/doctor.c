/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"
#include "cli/findings.h"
#include "cli/format.h"

#define _cleanup_findings_ _cleanup_(masu_finding_list_freep)

static int examine_host(masu_finding_list **ret, struct masu_error *err)
{
	static const struct masu_engine_options options = {.size = sizeof(options),
							   .no_sweep = true};
	_cleanup_masu_engine_ masu_engine *e = NULL;
	int r = masu_engine_open(&options, &e, err);

	return r < 0 ? r : masu_engine_doctor(e, ret, err);
}

static int examine_container(const char *name, masu_finding_list **ret, struct masu_error *err)
{
	_cleanup_masu_engine_ masu_engine *e = NULL;
	_cleanup_masu_container_ masu_container *c = NULL;
	int r = cli_container(name, &e, &c, err);

	return r < 0 ? r : masu_container_doctor(c, ret, err);
}

static int doctor_run(const void *values, char **operands, struct masu_error *err)
{
	const struct list_options *o = values;
	_cleanup_findings_ masu_finding_list *list = NULL;
	int r = format_check(o->format, true, err);

	if (r == 0)
		r = operands[0] ? examine_container(operands[0], &list, err)
				: examine_host(&list, err);
	if (r < 0)
		return r;
	size_t n = masu_finding_list_count(list);
	bool fails = n > 0 && masu_finding_list_get(list, 0)->severity == MASU_SEVERITY_ERROR;
	r = findings_print(list, o, err);
	return r < 0 ? r : fails;
}

static const struct option_row doctor_options[] = {
	OPTION_ROW(OPTION_STRING, struct list_options, format, 'f', "format", "FORMAT",
		   "Print json, a table or a template: masu-format(7)"),
	{0},
};

const struct command command_doctor = {
	.name = "doctor",
	.operands = "[CONTAINER]",
	.summary = "Find problems of this host or a container, and the commands that fix them",
	.max_operands = 1,
	.options = doctor_options,
	.values_size = sizeof(struct list_options),
	.run = doctor_run,
};
