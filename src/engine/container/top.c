/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/json-build.h"
#include "base/json.h"
#include "base/strv.h"
#include "engine/container/container.h"
#include "engine/container/inspect.h"
#include "runtime/process-table.h"
#include "runtime/ps.h"

#define SPACE " \t"

/* The words of a line; the last of `columns` is the rest of the line. */
static void build_line(struct json_build *b, struct json_object *row, char *line, size_t columns)
{
	for (size_t i = 1; i < columns; i++) {
		line += strspn(line, SPACE);
		char *end = line + strcspn(line, SPACE);
		char after = *end;

		*end = 0;
		build_text(b, row, NULL, line);
		line = after ? end + 1 : end;
	}
	build_text(b, row, NULL, line + strspn(line, SPACE));
}

static size_t count_words(const char *line)
{
	size_t n = 0;

	for (line += strspn(line, SPACE); *line; line += strspn(line, SPACE), n++)
		line += strcspn(line, SPACE);
	return n;
}

/* The table of ps(1) in the form of process_table(). */
static int ps_rows(const struct masu_engine *e, const struct instance *i, char *const *options,
		   struct json_object **ret, struct masu_error *err)
{
	_cleanup_json_ struct json_object *doc = json_object_new_object();
	_cleanup_free_ char *text = NULL;
	_cleanup_free_ pid_t *pids = NULL;
	struct json_build b = {0};
	char *saved = NULL;
	size_t n;
	int r = instance_pids(i, &pids, &n, err);

	if (r == 0)
		r = ps_table(options, pids, n, e->cancel_fd, &text, err);
	if (r < 0)
		return r;
	char *line = strtok_r(text, "\n", &saved);
	const size_t columns = line ? count_words(line) : 0;
	struct json_object *titles = build_array(&b, doc, "Titles");
	struct json_object *rows = build_array(&b, doc, "Processes");
	if (line)
		build_line(&b, titles, line, columns);
	while (line && (line = strtok_r(NULL, "\n", &saved)))
		build_line(&b, build_array(&b, rows, NULL), line, columns);
	if (b.failed)
		return err_oom(err);
	*ret = TAKE_PTR(doc);
	return 0;
}

int masu_container_top(masu_container *c, char *const *columns, char **ret_json, masu_error *err)
{
	static char *const none[] = {NULL};
	_cleanup_instance_ struct instance i = INSTANCE_INIT;
	_cleanup_json_ struct json_object *doc = NULL;
	const struct json_build b = {0};
	int r = container_instance(c, &i, err);

	if (r < 0)
		return r;
	if (!columns)
		columns = none;
	r = process_columns_known(columns) ? process_table(&i, columns, &doc, err)
					   : ps_rows(c->engine, &i, columns, &doc, err);
	return r < 0 ? r : inspect_finish(&b, doc, ret_json, err);
}
