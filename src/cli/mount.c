/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/json-build.h"
#include "base/json.h"
#include "base/log.h"
#include "base/str.h"
#include "cli/cli.h"
#include "cli/format.h"
#include "cli/list.h"
#include "cli/selection.h"

struct mount_row {
	masu_container *container; /* of a list */
	char *path;
};

struct mount_list {
	struct mount_row *rows;
	size_t n;
};

static void mount_list_done(struct mount_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->rows[i].path);
	free(list->rows);
}

static int add_if_mounted(struct mount_list *list, masu_container *c, struct masu_error *err)
{
	_cleanup_free_ char *path = NULL;
	int r = masu_container_mount_path(c, &path, err);

	if (r == -ENOENT)
		err_done(err); /* removed meanwhile */
	if (r < 0 || !path)
		return r == -ENOENT ? 0 : r;
	struct mount_row *row = array_add(&list->rows, &list->n, sizeof(*row));
	if (!row)
		return err_oom(err);
	*row = (struct mount_row){c, TAKE_PTR(path)};
	return 0;
}

static const void *get_row(const void *list, size_t index)
{
	return &((const struct mount_list *)list)->rows[index];
}

static void add_row(struct table *t, const void *item, bool whole, int64_t now)
{
	const struct mount_row *row = item;

	table_add(t, "%.*s", whole ? 64 : LIST_ID_SHORT, masu_container_id(row->container));
	table_add(t, "%s", masu_container_name(row->container));
	table_add(t, "%s", row->path);
}

static int to_json(const void *item, struct json_object **ret, struct masu_error *err)
{
	_cleanup_json_ struct json_object *doc = json_object_new_object();
	const struct mount_row *row = item;
	struct json_build b = {0};

	build_text(&b, doc, "id", masu_container_id(row->container));
	build_text(&b, doc, "name", masu_container_name(row->container));
	build_text(&b, doc, "mountpoint", row->path);
	if (b.failed)
		return err_oom(err);
	*ret = TAKE_PTR(doc);
	return 0;
}

static const char *const titles[] = {"CONTAINER ID", "NAME", "MOUNT POINT"};
static const char *const fields[] = {"ID", "Name", "MountPoint"};
static const struct list_view mounts_view = {
	.titles = titles,
	.fields = fields,
	.columns = ARRAY_SIZE(titles),
	.get = get_row,
	.add_row = add_row,
	.to_json = to_json,
};

/* "ID PATH" without titles, as podman has it. */
static void print_mount(const masu_container *c, const char *path, bool whole)
{
	(void)printf("%.*s %s\n", whole ? 64 : LIST_ID_SHORT, masu_container_id(c), path);
}

static int list_mounts(const struct list_options *o, struct masu_error *err)
{
	static const struct masu_list_options every = {.size = sizeof(every), .all = true};
	_cleanup_masu_engine_ masu_engine *e = NULL;
	_cleanup_(masu_container_list_freep) masu_container_list *containers = NULL;
	_cleanup_(mount_list_done) struct mount_list list = {0};
	masu_container *c;
	int r = cli_engine_reader(&e, err);

	if (r == 0)
		r = masu_container_list_read(e, &every, &containers, err);
	for (size_t i = 0; r == 0 && (c = masu_container_list_get(containers, i)); i++)
		r = add_if_mounted(&list, c, err);
	if (r < 0 || o->format)
		return r < 0 ? r : list_print(&mounts_view, o, &list, list.n, err);
	for (size_t i = 0; i < list.n; i++)
		print_mount(list.rows[i].container, list.rows[i].path, o->no_trunc);
	return 0;
}

struct mount_options {
	struct list_options list;
	bool all, latest;
};

/* Mounts, and prints the path; with `whole` not NULL after the id. */
static int mount_one(masu_container *c, const bool *whole, struct masu_error *err)
{
	_cleanup_free_ char *path = NULL;
	int r = masu_container_mount(c, &path, err);

	if (r < 0)
		return r;
	if (whole)
		print_mount(c, path, *whole);
	else
		(void)puts(path);
	return 0;
}

static int mount_named(masu_engine *e, const char *operand, const void *whole,
		       struct masu_error *err)
{
	_cleanup_masu_container_ masu_container *c = NULL;
	int r = masu_container_find(e, operand, &c, err);

	return r < 0 ? r : mount_one(c, whole, err);
}

static int mount_listed(masu_engine *e, const struct mount_options *o, struct masu_error *err)
{
	const struct masu_list_options options = {
		.size = sizeof(options), .all = true, .last = o->latest ? 1 : 0};
	_cleanup_(masu_container_list_freep) masu_container_list *list = NULL;
	masu_container *c;
	int status = 0, r = masu_container_list_read(e, &options, &list, err);

	for (size_t i = 0; r == 0 && (c = masu_container_list_get(list, i)); i++) {
		_cleanup_err_ struct masu_error own = ERR_INIT;

		if (o->all && masu_container_pid(c) != 0)
			continue;
		if (mount_one(c, o->all ? &o->list.no_trunc : NULL, &own) < 0)
			status = log_err(&own);
	}
	return r < 0 ? r : status;
}

static int mount_run(const void *values, char **operands, struct masu_error *err)
{
	const struct mount_options *o = values;
	_cleanup_masu_engine_ masu_engine *e = NULL;
	int r = format_check(o->list.format, true, err);

	if (r < 0)
		return r;
	if ((o->all || o->latest) && *operands)
		return err_set(err, ERR_INVALID, EINVAL, "--all and --latest take no containers");
	if (!o->all && !o->latest && !*operands)
		return list_mounts(&o->list, err);
	if (o->list.format)
		return err_set(err, ERR_INVALID, EINVAL,
			       "--format is for the list of mounts alone");
	r = cli_engine(&e, err);
	if (r < 0)
		return r;
	return *operands ? cli_each(e, operands, true, mount_named,
				    operands[1] ? &o->list.no_trunc : NULL)
			 : mount_listed(e, o, err);
}

static const struct option_row mount_options[] = {
	OPTION_ROW(OPTION_FLAG, struct mount_options, all, 'a', "all", NULL,
		   "Mount all containers that are not running"),
	OPTION_ROW(OPTION_STRING, struct mount_options, list.format, 0, "format", "FORMAT",
		   "Print the list as json, a table or a template: masu-format(7)"),
	OPTION_ROW(OPTION_FLAG, struct mount_options, latest, 'l', "latest", NULL,
		   "Mount the container that was created last"),
	OPTION_ROW(OPTION_FLAG, struct mount_options, list.no_trunc, 0, "no-trunc", NULL,
		   "Print whole ids"),
	{0},
};

const struct command command_mount = {
	.name = "mount",
	.operands = "[CONTAINER...]",
	.summary = "Mount the files of stopped containers, or list these mounts",
	.notes =
		"Prints the directory of each mount. An ordinary user mounts within 'masu unshare'.",
	.options = mount_options,
	.values_size = sizeof(struct mount_options),
	.max_operands = OPERANDS_ANY,
	.run = mount_run,
};

static bool is_mounted(const masu_container *c)
{
	_cleanup_err_ struct masu_error err = ERR_INIT;
	_cleanup_free_ char *path = NULL;

	return masu_container_mount_path((masu_container *)c, &path, &err) == 0 && path;
}

static int unmount_one(masu_container *c, const void *arg, struct masu_error *err)
{
	return masu_container_unmount(c, err);
}

static int unmount_run(const void *values, char **operands, struct masu_error *err)
{
	return selection_each(values, operands, is_mounted, unmount_one, NULL, err);
}

static void unmount_init(void *values)
{
	selection_init(values);
}

static void unmount_done(void *values)
{
	selection_done(values);
}

static const struct option_row unmount_options[] = {SELECTION_ROWS('f'), {0}};

const struct command command_unmount = {
	.name = "unmount",
	.operands = "[CONTAINER...]",
	.summary = "Unmount the files of containers",
	.options = unmount_options,
	.values_size = sizeof(struct selection),
	.init = unmount_init,
	.done = unmount_done,
	.max_operands = OPERANDS_ANY,
	.run = unmount_run,
};
