/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "base/json.h"
#include "base/str.h"
#include "base/time.h"
#include "cli/cli.h"
#include "cli/list.h"

#define COMMAND_SHORT 45 /* bytes of a step's command, as in docker */

struct history_options {
	struct list_options list;
	bool human;
};

static const char *text_of(struct json_object *step, const char *key)
{
	const char *text = "";

	(void)json_get_string(step, "", key, &text, NULL);
	return text;
}

/* Cut between characters, not in one. */
static int short_length(const char *text)
{
	int n = COMMAND_SHORT - 3;

	while (n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80)
		n--;
	return n;
}

static void add_command(struct table *t, const char *command, bool whole)
{
	if (whole || strlen(command) <= COMMAND_SHORT)
		table_add(t, "%s", command);
	else
		table_add(t, "%.*s...", short_length(command), command);
}

static void add_created(struct table *t, const char *stamp, bool human, int64_t now)
{
	char text[TIME_STAMP_MAX];
	int64_t created;

	if (time_parse_stamp(stamp, &created) < 0)
		table_add(t, "%s", ""); /* unknown */
	else
		table_add(t, "%s", human ? time_ago(created, now, text) : stamp);
}

static void add_cells(struct table *t, struct json_object *step, bool whole, bool human,
		      int64_t now)
{
	const char *id = text_of(step, "Id");
	char size[STR_SIZE_MAX];
	uint64_t bytes = 0;

	(void)json_get_uint64(step, "", "Size", &bytes, NULL);
	table_add(t, "%.*s", whole ? (int)strlen(id) : LIST_ID_SHORT, id);
	add_created(t, text_of(step, "CreatedAt"), human, now);
	add_command(t, text_of(step, "CreatedBy"), whole);
	if (human)
		table_add(t, "%s", str_size(bytes, size));
	else
		table_add(t, "%" PRIu64, bytes);
	table_add(t, "%s", text_of(step, "Comment"));
}

static void add_row(struct table *t, const void *item, bool whole, int64_t now)
{
	add_cells(t, (struct json_object *)item, whole, true, now);
}

static void add_exact_row(struct table *t, const void *item, bool whole, int64_t now)
{
	add_cells(t, (struct json_object *)item, whole, false, now);
}

static const void *get_step(const void *list, size_t index)
{
	return json_object_array_get_idx((struct json_object *)list, index);
}

static int step_json(const void *item, struct json_object **ret, struct masu_error *err)
{
	_cleanup_json_ struct json_object *copy = NULL;

	if (json_object_deep_copy((struct json_object *)item, &copy, NULL) < 0)
		return err_oom(err);
	*ret = TAKE_PTR(copy);
	return 0;
}

static const char *step_id(const void *item)
{
	return text_of((struct json_object *)item, "Id");
}

static const char *const titles[] = {"IMAGE ID", "CREATED", "CREATED BY", "SIZE", "COMMENT"};
static const char *const fields[] = {"ID", "CreatedSince", "CreatedBy", "Size", "Comment"};

#define VIEW(row)                                                                       \
	{                                                                               \
		.titles = titles, .fields = fields, .columns = ARRAY_SIZE(titles),      \
		.get = get_step, .add_row = (row), .to_json = step_json, .id = step_id, \
	}
static const struct list_view human_view = VIEW(add_row), exact_view = VIEW(add_exact_row);

static void init(void *values)
{
	struct history_options *o = values;

	o->human = true;
}

static int history_run(const void *values, char **operands, struct masu_error *err)
{
	const struct history_options *o = values;
	const struct list_view *view = o->human ? &human_view : &exact_view;
	_cleanup_masu_engine_ masu_engine *e = NULL;
	_cleanup_json_ struct json_object *list = NULL;
	_cleanup_free_ char *text = NULL;
	int r = list_check(view, &o->list, err);

	if (r == 0)
		r = cli_engine_reader(&e, err);
	if (r == 0)
		r = masu_image_history(e, operands[0], &text, err);
	if (r == 0)
		r = list_parse(text, &list, err);
	return r < 0 ? r : list_print(view, &o->list, list, json_object_array_length(list), err);
}

static const struct option_row history_options[] = {
	OPTION_ROW(OPTION_STRING, struct history_options, list.format, 0, "format", "FORMAT",
		   "Print json, a table or a template: masu-format(7)"),
	OPTION_ROW(OPTION_FLAG, struct history_options, human, 'H', "human", NULL,
		   "Print ages and rounded sizes (default); --human=false does not"),
	OPTION_ROW(OPTION_FLAG, struct history_options, list.no_trunc, 0, "no-trunc", NULL,
		   "Print whole ids and commands"),
	OPTION_ROW(OPTION_FLAG, struct history_options, list.quiet, 'q', "quiet", NULL,
		   "Print ids only"),
	{0},
};

const struct command command_history = {
	.name = "history",
	.operands = "IMAGE",
	.summary = "Show the steps that made an image",
	.options = history_options,
	.values_size = sizeof(struct history_options),
	.init = init,
	.min_operands = 1,
	.max_operands = 1,
	.run = history_run,
};
