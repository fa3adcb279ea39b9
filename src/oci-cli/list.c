/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/account.h"
#include "base/json-build.h"
#include "base/json.h"
#include "base/str.h"
#include "base/time.h"
#include "cli/print.h"
#include "oci-cli/state.h"

struct row {
	struct bundle_state state;
	enum oci_status status;
	uid_t owner;
};

static void print_row(const struct row *row, int width)
{
	const struct bundle_state *s = &row->state;
	_cleanup_free_ char *name = account_name(row->owner);
	char stamp[TIME_STAMP_MAX];

	(void)printf("%-*s  %-8d  %-8s  %-32s  %-30s  ", width, s->id,
		     row->status == OCI_STATUS_STOPPED ? 0 : s->pid, oci_status_name(row->status),
		     s->bundle, time_stamp(s->created_ns, stamp));
	if (name)
		(void)puts(name);
	else
		(void)printf("%u\n", row->owner);
}

static void print_table(const struct row *rows, size_t n)
{
	size_t width = sizeof("ID") - 1;

	for (size_t i = 0; i < n; i++)
		width = MAX(width, strlen(rows[i].state.id));
	(void)printf("%-*s  %-8s  %-8s  %-32s  %-30s  OWNER\n", (int)width, "ID", "PID", "STATUS",
		     "BUNDLE", "CREATED");
	for (size_t i = 0; i < n; i++)
		print_row(&rows[i], (int)width);
}

static int print_list(const struct row *rows, size_t n, struct err *err)
{
	_cleanup_json_ struct json_object *array = json_object_new_array();
	struct json_build b = {0};

	for (size_t i = 0; i < n; i++) {
		struct json_object *o = NULL;
		int r = bundle_to_json(&rows[i].state, rows[i].status, rows[i].owner, &o, err);

		if (r < 0)
			return r;
		build_put(&b, array, NULL, o);
	}
	return print_json(b.failed ? NULL : array, false, err);
}

/* 1, or 0 for what is being made or removed. */
static int read_row(const char *root, const char *id, struct row *ret)
{
	_cleanup_close_ int dirfd = bundle_open(root, id, NULL), pidfd = -1;
	struct stat st;

	if (dirfd < 0 || fstat(dirfd, &st) < 0 || bundle_read(dirfd, &ret->state, NULL) < 0)
		return 0;
	ret->owner = st.st_uid;
	ret->status = bundle_status(dirfd, &ret->state, &pidfd);
	return 1;
}

static int by_id(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	return strcmp(x->state.id, y->state.id);
}

static int read_rows(const char *root, struct row **rows, size_t *n, struct err *err)
{
	_cleanup_closedir_ DIR *d = opendir(root);

	if (!d)
		return errno == ENOENT ? 0 : err_sys(err, errno, "open '%s'", root);
	for (struct dirent *entry; (entry = readdir(d));) {
		struct row row = {0};

		if (entry->d_name[0] == '.' || !read_row(root, entry->d_name, &row))
			continue;
		struct row *grown = reallocarray(*rows, *n + 1, sizeof(row));
		if (!grown) {
			bundle_state_done(&row.state);
			return err_sys(err, ENOMEM, "list the containers");
		}
		grown[(*n)++] = row;
		*rows = grown;
	}
	if (*n > 1)
		qsort(*rows, *n, sizeof(struct row), by_id);
	return 0;
}

static int list_run(const void *values, char **operands, struct err *err)
{
	const struct oci_options *o = values;
	_cleanup_free_ struct row *rows = NULL;
	_cleanup_free_ char *root = NULL;
	bool json = o->format && streq(o->format, "json");
	size_t n = 0;

	(void)operands;
	if (o->format && !json && !streq(o->format, "table"))
		return err_set(err, ERR_INVALID, EINVAL, "--format '%s' is neither table nor json",
			       o->format);
	int r = bundle_root(o->globals, &root, err);
	if (r == 0)
		r = read_rows(root, &rows, &n, err);
	for (size_t i = 0; r == 0 && o->quiet && i < n; i++)
		(void)puts(rows[i].state.id);
	if (r == 0 && !o->quiet && json)
		r = print_list(rows, n, err);
	else if (r == 0 && !o->quiet)
		print_table(rows, n);
	for (size_t i = 0; i < n; i++)
		bundle_state_done(&rows[i].state);
	return r;
}

static const struct option_row list_rows[] = {
	OCI_ROW(OPTION_STRING, format, 'f', "format", "FORMAT", "table (default) or json"),
	OCI_ROW(OPTION_FLAG, quiet, 'q', "quiet", NULL, "ids alone"),
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
