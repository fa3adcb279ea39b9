/* SPDX-License-Identifier: Apache-2.0 */

/* auto-update: the containers of services, and their newer images. */

#include <errno.h>
#include <string.h>

#include "base/fd.h"
#include "base/json-build.h"
#include "base/json.h"
#include "base/log.h"
#include "base/str.h"
#include "cli/cli.h"
#include "cli/list.h"
#include "cli/progress.h"
#include "cli/registry-args.h"

struct auto_update_options {
	struct list_options list;
	struct registry_args registry;
	bool dry_run, rollback;
};

/* The results, in their order, as the JSON that --format json prints. */
struct results {
	struct json_object *array;
	struct json_build build;
	struct progress_view view;
	int status;
};

static void results_done(struct results *r)
{
	progress_view_done(&r->view);
	(void)json_object_put(r->array);
}

static void show_progress(void *userdata, const struct masu_progress *progress)
{
	struct results *r = userdata;

	progress_show(&r->view, progress);
}

/* A roll-back is a success of masu, as with podman: the service works. */
static void tell(struct results *r, const struct masu_auto_update *update)
{
	_cleanup_err_ struct masu_error err = ERR_INIT;

	if (!update->error)
		return;
	bool unit = *update->unit;
	(void)err_set(&err, ERR_UNAVAILABLE, EIO, "%s%s%scontainer \"%s\": %s",
		      unit ? "unit \"" : "", update->unit, unit ? "\", " : "", update->name,
		      masu_error_get_message(update->error));
	if (masu_error_get_hint(update->error))
		(void)err_hint(&err, "%s", masu_error_get_hint(update->error));
	int status = log_err(&err);
	if (update->updated == MASU_UPDATED_FAILED)
		r->status = status;
}

static void add_result(void *userdata, const struct masu_auto_update *update)
{
	struct results *r = userdata;
	struct json_object *o = build_object(&r->build, r->array, NULL);
	_cleanup_free_ char *both = str_printf("%.*s (%s)", LIST_ID_SHORT, update->id,
					       update->name);

	build_text(&r->build, o, "Unit", update->unit);
	build_text(&r->build, o, "Container", both);
	build_text(&r->build, o, "ContainerName", update->name);
	build_text(&r->build, o, "ContainerID", update->id);
	build_text(&r->build, o, "Image", update->image);
	build_text(&r->build, o, "Policy", update->policy);
	build_text(&r->build, o, "Updated", masu_updated_name(update->updated));
	r->build.failed |= !both;
	tell(r, update);
}

static const void *get_result(const void *list, size_t index)
{
	/* json-c takes no const; the array is only read. */
	return json_object_array_get_idx((struct json_object *)list, index);
}

static const char *member(const void *item, const char *key)
{
	const char *text = "";

	(void)json_get_string((struct json_object *)item, "", key, &text, NULL);
	return text;
}

static const char *result_id(const void *item)
{
	return member(item, "ContainerID");
}

static void add_row(struct table *t, const void *item, bool whole, int64_t now)
{
	(void)whole;
	(void)now;
	table_add(t, "%s", member(item, "Unit"));
	table_add(t, "%s", member(item, "Container"));
	table_add(t, "%s", member(item, "Image"));
	table_add(t, "%s", member(item, "Policy"));
	table_add(t, "%s", member(item, "Updated"));
}

/* A copy, since a template adds members to it. */
static int result_json(const void *item, struct json_object **ret, struct masu_error *err)
{
	return list_parse(json_text((struct json_object *)item, false), ret, err);
}

static const char *const titles[] = {"UNIT", "CONTAINER", "IMAGE", "POLICY", "UPDATED"};
static const char *const fields[] = {"Unit", "Container", "Image", "Policy", "Updated"};
static const struct list_view results_view = {
	.titles = titles,
	.fields = fields,
	.columns = ARRAY_SIZE(titles),
	.get = get_result,
	.add_row = add_row,
	.to_json = result_json,
	.id = result_id,
};

static void init(void *values)
{
	struct auto_update_options *o = values;

	o->rollback = true;
}

static int run(const void *values, char **operands, struct masu_error *err)
{
	const struct auto_update_options *o = values;
	_cleanup_(results_done) struct results results = {.array = json_object_new_array()};
	_cleanup_masu_engine_ masu_engine *e = NULL;
	const struct masu_auto_update_options options = {
		.size = sizeof(options),
		.dry_run = o->dry_run,
		.no_rollback = !o->rollback,
		.authfile = o->registry.authfile,
		.tls = o->registry.tls,
		.progress = show_progress,
		.updated = add_result,
		.userdata = &results,
	};
	int r = list_check(&results_view, &o->list, err);

	(void)operands;
	if (r == 0)
		r = cli_engine(&e, err);
	if (r < 0)
		return r;
	_cleanup_err_ struct masu_error failure = ERR_INIT;
	r = masu_auto_update(e, &options, &failure);
	/* The results so far are shown also if it was canceled. */
	if (results.build.failed)
		return err_oom(err);
	size_t n = json_object_array_length(results.array);
	int printed = list_print(&results_view, &o->list, results.array, n, err);
	if (r < 0)
		return err_move(err, &failure);
	return printed < 0 ? printed : results.status;
}

#define OPTION(kind, field, name, value, help) \
	OPTION_ROW(kind, struct auto_update_options, field, 0, name, value, help)
static const struct option_row option_rows[] = {
	REGISTRY_ARGS_AUTHFILE(struct auto_update_options, registry.authfile),
	OPTION(OPTION_FLAG, dry_run, "dry-run", NULL, "Only look for newer images"),
	OPTION(OPTION_STRING, list.format, "format", "FORMAT",
	       "Print json, a table or a template: masu-format(7)"),
	OPTION(OPTION_FLAG, list.no_heading, "noheading", NULL, "Print no titles"),
	OPTION(OPTION_FLAG, rollback, "rollback", NULL,
	       "Go back to the former image if the newer one fails (default true)"),
	REGISTRY_ARGS_TLS(struct auto_update_options, registry.tls),
	{0},
};

const struct command command_auto_update = {
	.name = "auto-update",
	.operands = "",
	.summary = "Update the images of services, and restart them",
	.notes = "Services with the label io.containers.autoupdate=registry|local take part.",
	.options = option_rows,
	.values_size = sizeof(struct auto_update_options),
	.init = init,
	.run = run,
};
