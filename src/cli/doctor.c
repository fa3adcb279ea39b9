/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>

#include "base/json-build.h"
#include "base/json.h"
#include "cli/cli.h"
#include "cli/format.h"
#include "cli/list.h"

#define _cleanup_findings_ _cleanup_(masu_finding_list_freep)

static const void *get_finding(const void *list, size_t index)
{
	return masu_finding_list_get(list, index);
}

static void add_row(struct table *t, const void *item, bool whole, int64_t now)
{
	const struct masu_finding *f = item;
	const char *cells[] = {masu_severity_name(f->severity), f->id, f->object, f->message,
			       f->fix ? f->fix : "-"};

	(void)whole;
	(void)now;
	for (size_t i = 0; i < ARRAY_SIZE(cells); i++)
		table_add(t, "%s", cells[i]);
}

static int to_json(const void *item, struct json_object **ret, struct masu_error *err)
{
	_cleanup_json_ struct json_object *doc = json_object_new_object();
	const struct masu_finding *f = item;
	struct json_build b = {0};

	build_text(&b, doc, "Severity", masu_severity_name(f->severity));
	build_text(&b, doc, "ID", f->id);
	build_text(&b, doc, "Object", f->object);
	build_text(&b, doc, "Message", f->message);
	build_text(&b, doc, "Fix", f->fix);
	if (b.failed)
		return err_sys(err, ENOMEM, "print the findings");
	*ret = TAKE_PTR(doc);
	return 0;
}

static const char *const titles[] = {"SEVERITY", "ID", "OBJECT", "MESSAGE", "FIX"};
static const char *const fields[] = {"Severity", "ID", "Object", "Message", "Fix"};
static const struct list_view findings_view = {
	.what = "the findings",
	.titles = titles,
	.fields = fields,
	.columns = ARRAY_SIZE(titles),
	.get = get_finding,
	.add_row = add_row,
	.to_json = to_json,
};

static void print_text(const masu_finding_list *list)
{
	for (size_t i = 0; i < masu_finding_list_count(list); i++) {
		const struct masu_finding *f = masu_finding_list_get(list, i);

		(void)printf("%s: %s: %s\n", masu_severity_name(f->severity), f->object,
			     f->message);
		if (f->fix)
			(void)printf("    %s\n", f->fix);
	}
}

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
	if (o->format)
		r = list_print(&findings_view, o, list, n, err);
	else
		print_text(list);
	return r < 0 ? r : fails;
}

static const struct option_row doctor_options[] = {
	OPTION_ROW(OPTION_STRING, struct list_options, format, 'f', "format", "FORMAT",
		   "json, table or a template: masu-format(7)"),
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
