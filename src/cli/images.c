/* SPDX-License-Identifier: Apache-2.0 */

/* images, pull, tag and rmi. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "base/strv.h"
#include "base/time.h"
#include "cli/cli.h"
#include "cli/filter.h"
#include "cli/list.h"
#include "cli/progress.h"
#include "cli/registry-args.h"

/* "docker.io/library/debian:latest" in two columns; the tag is what follows the last colon. */
static void add_name(struct table *t, const masu_image *image)
{
	const char *own = masu_image_name(image), *name = own ? own : "<none>";
	const char *at = strchr(name, '@'), *colon = strrchr(name, ':');

	if (!colon || at || strchr(colon, '/')) {
		table_add(t, "%.*s", at ? (int)(at - name) : (int)strlen(name), name);
		table_add(t, "<none>");
		return;
	}
	table_add(t, "%.*s", (int)(colon - name), name);
	table_add(t, "%s", colon + 1);
}

static void add_cells(struct table *t, const masu_image *image, bool whole, int64_t now,
		      bool digests)
{
	const char *id = masu_image_id(image);
	int64_t created = masu_image_created(image);
	char ago[TIME_STAMP_MAX], size[STR_SIZE_MAX];

	add_name(t, image);
	if (digests)
		table_add(t, "sha256:%s", masu_image_digest(image));
	if (masu_image_damage(image))
		table_add(t, "(damaged)");
	else
		table_add(t, "%.*s", whole ? (int)strlen(id) : LIST_ID_SHORT, id);
	table_add(t, "%s", created ? time_ago(created, now, ago) : "");
	table_add(t, "%s", str_size(masu_image_size(image), size));
}

static void add_row(struct table *t, const void *item, bool whole, int64_t now)
{
	add_cells(t, item, whole, now, false);
}

static void add_row_with_digest(struct table *t, const void *item, bool whole, int64_t now)
{
	add_cells(t, item, whole, now, true);
}

static const void *get_image(const void *list, size_t index)
{
	return masu_image_list_get(list, index);
}

static int image_json(const void *item, struct json_object **ret, struct masu_error *err)
{
	_cleanup_free_ char *text = NULL;
	int r = masu_image_summary(item, &text, err);

	return r < 0 ? r : list_parse(text, ret, err);
}

static const char *image_id(const void *item)
{
	return masu_image_id(item);
}

/* Orders: images that are equal stand in the order of their names. */

static const masu_image *at(const void *item)
{
	return *(const masu_image *const *)item;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(str_or_empty(masu_image_name(at(a))), str_or_empty(masu_image_name(at(b))));
}

static int compare_ids(const void *a, const void *b)
{
	int r = strcmp(masu_image_id(at(a)), masu_image_id(at(b)));

	return r ? r : compare_names(a, b);
}

static const char *tag_of(const masu_image *image)
{
	const char *colon = strrchr(str_or_empty(masu_image_name(image)), ':');

	return colon && !strchr(colon, '/') ? colon : "";
}

static int compare_tags(const void *a, const void *b)
{
	int r = strcmp(tag_of(at(a)), tag_of(at(b)));

	return r ? r : compare_names(a, b);
}

static int compare_created(const void *a, const void *b)
{
	int64_t x = masu_image_created(at(a)), y = masu_image_created(at(b));

	return x == y ? compare_names(a, b) : x < y ? 1 : -1;
}

static int compare_sizes(const void *a, const void *b)
{
	uint64_t x = masu_image_size(at(a)), y = masu_image_size(at(b));

	return x == y ? compare_names(a, b) : x < y ? 1 : -1;
}

static const struct list_order orders[] = {
	{"created", compare_created}, {"id", compare_ids},   {"repository", compare_names},
	{"size", compare_sizes},      {"tag", compare_tags}, {0},
};

static const char *const titles[] = {"REPOSITORY", "TAG", "IMAGE ID", "CREATED", "SIZE"};
static const char *const fields[] = {"Repository", "Tag", "ID", "CreatedSince", "Size"};
static const struct list_view images_view = {
	.titles = titles,
	.fields = fields,
	.columns = ARRAY_SIZE(titles),
	.get = get_image,
	.add_row = add_row,
	.to_json = image_json,
	.id = image_id,
	.orders = orders,
};

static const char *const digest_titles[] = {"REPOSITORY", "TAG",     "DIGEST",
					    "IMAGE ID",	  "CREATED", "SIZE"};
static const char *const digest_fields[] = {"Repository", "Tag",	  "Digest",
					    "ID",	  "CreatedSince", "Size"};
static const struct list_view digests_view = {
	.titles = digest_titles,
	.fields = digest_fields,
	.columns = ARRAY_SIZE(digest_titles),
	.get = get_image,
	.add_row = add_row_with_digest,
	.to_json = image_json,
	.id = image_id,
	.orders = orders,
};

struct images_options {
	struct list_options list;
	struct masu_image_filter filter;
	bool all, digests;
};

static const struct filter_row filters[] = {
	FILTER_ROW("before", FILTER_TEXT, struct masu_image_filter, before),
	FILTER_ROW("dangling", FILTER_CHOICE, struct masu_image_filter, dangling),
	FILTER_ROW("label", FILTER_LIST, struct masu_image_filter, labels),
	FILTER_ROW("label!", FILTER_LIST, struct masu_image_filter, not_labels),
	FILTER_ROW("reference", FILTER_LIST, struct masu_image_filter, references),
	FILTER_ROW("since", FILTER_TEXT, struct masu_image_filter, since),
	FILTER_ROW("until", FILTER_TIME, struct masu_image_filter, created_before),
	{0},
};

static int images_run(const void *values, char **operands, struct masu_error *err)
{
	const struct images_options *o = values;
	const struct list_view *view = o->digests ? &digests_view : &images_view;
	struct masu_image_filter filter = o->filter;
	_cleanup_(masu_image_list_freep) masu_image_list *list = NULL;
	_cleanup_masu_engine_ masu_engine *e = NULL;
	int r = list_check(view, &o->list, err);

	if (r == 0 && *operands && filter.references)
		r = err_set(err, ERR_INVALID, EINVAL,
			    "a name and '--filter reference=' exclude each other");
	if (r == 0)
		r = cli_engine_reader(&e, err);
	if (r < 0)
		return r;
	filter.size = sizeof(filter);
	if (*operands)
		filter.references = operands;
	r = masu_image_list_read(e, &filter, &list, err);
	return r < 0 ? r : list_print(view, &o->list, list, masu_image_list_count(list), err);
}

static const struct option_row images_options[] = {
	OPTION_ROW(OPTION_FLAG, struct images_options, all, 'a', "all", NULL,
		   "List intermediate images, too, of which masu keeps none"),
	OPTION_ROW(OPTION_FLAG, struct images_options, digests, 0, "digests", NULL,
		   "Print the digests of manifests, too"),
	OPTION_ROW_FILTER(filters, struct images_options, filter, 'f',
			  "List only images for which this holds"),
	OPTION_ROW(OPTION_STRING, struct images_options, list.format, 0, "format", "FORMAT",
		   "Print json, a table or a template: masu-format(7)"),
	OPTION_ROW(OPTION_FLAG, struct images_options, list.no_trunc, 0, "no-trunc", NULL,
		   "Print whole ids"),
	OPTION_ROW(OPTION_FLAG, struct images_options, list.no_heading, 'n', "noheading", NULL,
		   "Print no titles"),
	OPTION_ROW(OPTION_FLAG, struct images_options, list.quiet, 'q', "quiet", NULL,
		   "Print ids only"),
	OPTION_ROW(OPTION_STRING, struct images_options, list.sort, 0, "sort", "ORDER",
		   "Sort by created, id, repository, size or tag"),
	{0},
};

const struct command command_images = {
	.name = "images",
	.operands = "[NAME[:TAG]]",
	.summary = "List images",
	.options = images_options,
	.values_size = sizeof(struct images_options),
	.max_operands = 1,
	.run = images_run,
};

struct pull_options {
	struct registry_args registry;
	const char *platform;
	bool quiet;
};

static int pull_one(masu_engine *e, const char *reference, const void *arg, struct masu_error *err)
{
	const struct pull_options *o = arg;
	_cleanup_progress_view_ struct progress_view progress = {0};
	const struct masu_pull_options options = {
		.size = sizeof(options),
		.policy = MASU_PULL_ALWAYS,
		.platform = o->platform,
		.authfile = o->registry.authfile,
		.tls = o->registry.tls,
		.progress = o->quiet ? NULL : progress_show,
		.userdata = &progress,
		.quiet = o->quiet,
		.user = o->registry.user,
		.password = o->registry.password,
		.cert_dir = o->registry.cert_dir,
		.retries = o->registry.retries,
		.retry_delay_ms = o->registry.retry_delay_ms,
	};
	_cleanup_free_ char *digest = NULL;
	int r = masu_image_pull(e, reference, &options, &digest, err);

	if (r == 0)
		(void)puts(digest);
	return r;
}

static void pull_done(void *values)
{
	registry_args_done(&((struct pull_options *)values)->registry);
}

static int pull_run(const void *values, char **operands, struct masu_error *err)
{
	_cleanup_masu_engine_ masu_engine *e = NULL;
	int r = cli_engine_reader(&e, err);

	return r < 0 ? r : cli_each(e, operands, true, pull_one, values);
}

static const struct option_row pull_options[] = {
	REGISTRY_ARGS_AUTHFILE(struct pull_options, registry.authfile),
	REGISTRY_ARGS_CERT_DIR(struct pull_options, registry.cert_dir),
	REGISTRY_ARGS_CREDS(struct pull_options, registry),
	OPTION_ROW(OPTION_STRING, struct pull_options, platform, 0, "platform", "OS/ARCH",
		   "Pull the image for another platform"),
	OPTION_ROW(OPTION_FLAG, struct pull_options, quiet, 'q', "quiet", NULL,
		   "Print no progress, and the digest alone"),
	REGISTRY_ARGS_RETRY(struct pull_options, registry),
	REGISTRY_ARGS_TLS(struct pull_options, registry.tls),
	{0},
};

static const struct refused_option pull_refused[] = {
	{"all-tags", "masu does not list the tags of a registry",
	 "name each tag: masu pull NAME:TAG..."},
	{0},
};

const struct command command_pull = {
	.name = "pull",
	.operands = "IMAGE...",
	.summary = "Fetch images from registries or archives",
	.options = pull_options,
	.refused = pull_refused,
	.values_size = sizeof(struct pull_options),
	.done = pull_done,
	.min_operands = 1,
	.max_operands = OPERANDS_ANY,
	.run = pull_run,
};

static int tag_run(const void *values, char **operands, struct masu_error *err)
{
	_cleanup_masu_engine_ masu_engine *e = NULL;
	int r = cli_engine_reader(&e, err);

	for (char **name = operands + 1; r == 0 && *name; name++)
		r = masu_image_tag(e, operands[0], *name, err);
	return r;
}

const struct command command_tag = {
	.name = "tag",
	.operands = "IMAGE NAME...",
	.summary = "Give an image further names",
	.min_operands = 2,
	.max_operands = OPERANDS_ANY,
	.run = tag_run,
};

struct rmi_options {
	bool all, force, ignore;
};

struct rmi {
	const struct rmi_options *options;
	char *const *operands;
};

/* How often an operand is given from its own place on. */
static size_t count(char *const *operands, const char *what)
{
	bool reached = false;
	size_t n = 0;

	STRV_FOREACH(operand, operands) {
		reached |= *operand == what;
		n += reached && streq(*operand, what);
	}
	return n;
}

static int rmi_one(masu_engine *e, const char *what, const void *arg, struct masu_error *err)
{
	const struct rmi *rmi = arg;
	const struct masu_image_remove_options options = {.size = sizeof(options),
							  .force = rmi->options->force,
							  .times = count(rmi->operands, what)};
	_cleanup_free_ char *name = NULL, *id = NULL;
	int r = masu_image_remove(e, what, &options, &name, &id, err);

	if (name)
		(void)printf("Untagged: %s\n", name);
	if (id)
		(void)printf("Deleted: %s\n", id);
	if (r != -ENOENT || !rmi->options->ignore)
		return r;
	err_done(err);
	return 0;
}

/* An id stands once for each name of its image. A damaged image has no id. */
static int list_all(masu_engine *e, char ***ret, struct masu_error *err)
{
	_cleanup_(masu_image_list_freep) masu_image_list *list = NULL;
	int r = masu_image_list_read(e, NULL, &list, err);

	for (size_t i = 0; r == 0 && i < masu_image_list_count(list); i++) {
		const masu_image *image = masu_image_list_get(list, i);
		const char *id = masu_image_id(image), *name = masu_image_name(image);

		if (*id || name)
			r = strv_push(ret, *id ? id : name);
	}
	return r == -ENOMEM ? err_oom(err) : r;
}

static int rmi_run(const void *values, char **operands, struct masu_error *err)
{
	const struct rmi_options *o = values;
	_cleanup_masu_engine_ masu_engine *e = NULL;
	_cleanup_strv_ char **all = NULL;
	int r = cli_check_all(o->all, operands, "IMAGE", err);

	if (r == 0)
		r = cli_engine(&e, err);
	if (r == 0 && o->all)
		r = list_all(e, &all, err);
	if (r < 0)
		return r;
	char *const *names = o->all ? all : operands;
	int status = names ? cli_each(e, names, true, rmi_one, &(struct rmi){o, names}) : 0;
	r = masu_image_collect(e, err);
	return r < 0 ? r : status;
}

static const struct option_row rmi_options[] = {
	OPTION_ROW(OPTION_FLAG, struct rmi_options, all, 'a', "all", NULL, "Remove all images"),
	OPTION_ROW(OPTION_FLAG, struct rmi_options, force, 'f', "force", NULL,
		   "Remove it although containers use it or it has several names"),
	OPTION_ROW(OPTION_FLAG, struct rmi_options, ignore, 'i', "ignore", NULL,
		   "Report no error for one that is missing"),
	{0},
};

const struct command command_rmi = {
	.name = "rmi",
	.operands = "[IMAGE...]",
	.summary = "Remove images",
	.options = rmi_options,
	.values_size = sizeof(struct rmi_options),
	.max_operands = OPERANDS_ANY,
	.run = rmi_run,
};
