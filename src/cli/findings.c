/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/findings.h"

#include <stdio.h>

#include "base/json-build.h"
#include "base/json.h"

static const void *get_finding(const void *list, size_t index)
{
	return masu_finding_list_get(list, index);
}

static void add_row(struct table *t, const void *item, bool whole, int64_t now)
{
	const struct masu_finding *f = item;
	const char *cells[] = {masu_severity_name(f->severity), f->id, f->object, f->message,
			       f->fix ? f->fix : "-"};

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
		return err_oom(err);
	*ret = TAKE_PTR(doc);
	return 0;
}

static const char *const titles[] = {"SEVERITY", "ID", "OBJECT", "MESSAGE", "FIX"};
static const char *const fields[] = {"Severity", "ID", "Object", "Message", "Fix"};
static const struct list_view findings_view = {
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

int findings_print(const masu_finding_list *list, const struct list_options *o,
		   struct masu_error *err)
{
	size_t n = masu_finding_list_count(list);

	if (o->format)
		return list_print(&findings_view, o, list, n, err);
	print_text(list);
	return 0;
}
