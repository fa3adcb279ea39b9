/* SPDX-License-Identifier: Apache-2.0 */

/* container prune, image prune, volume prune and system prune. */

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/str.h"
#include "cli/cli.h"
#include "cli/filter.h"

struct prune_filter {
	char **labels, **not_labels;
	int64_t created_before;
};

struct prune_options {
	struct prune_filter filter;
	bool all, force, volumes;
};

static const struct filter_row filters[] = {
	FILTER_ROW("label", FILTER_LIST, struct prune_filter, labels),
	FILTER_ROW("label!", FILTER_LIST, struct prune_filter, not_labels),
	FILTER_ROW("until", FILTER_TIME, struct prune_filter, created_before),
	{0},
};

/* 1, or 0 if the user does not agree. */
static int confirm(const struct prune_options *o, const char *warning, struct masu_error *err)
{
	char answer[16] = "";

	if (o->force)
		return 1;
	if (!isatty(STDIN_FILENO)) {
		(void)err_set(err, ERR_INVALID, EINVAL,
			      "cannot ask: standard input is not a terminal");
		return err_hint(err, "--force removes without asking");
	}
	(void)printf("WARNING! This removes %s.\nAre you sure you want to continue? [y/N] ",
		     warning);
	(void)fflush(stdout);
	return fgets(answer, sizeof(answer), stdin) && (*answer == 'y' || *answer == 'Y');
}

/*
 * Each prints what it has removed, below `heading` if that is not NULL and the list is not empty, and adds its size to
 * `reclaimed`.
 */

static void print_heading(const char *heading, size_t n)
{
	if (heading && n)
		(void)puts(heading);
}

static int prune_containers(masu_engine *e, const struct prune_options *o, const char *heading,
			    uint64_t *reclaimed, struct masu_error *err)
{
	const struct masu_list_options filter = {.size = sizeof(filter),
						 .labels = o->filter.labels,
						 .not_labels = o->filter.not_labels,
						 .created_before = o->filter.created_before};
	_cleanup_(masu_container_list_freep) masu_container_list *removed = NULL;
	int r = masu_container_prune(e, &filter, &removed, err);

	if (r < 0)
		return r;
	*reclaimed += masu_container_list_reclaimed(removed);
	print_heading(heading, masu_container_list_count(removed));
	for (size_t i = 0; i < masu_container_list_count(removed); i++)
		(void)puts(masu_container_id(masu_container_list_get(removed, i)));
	return 0;
}

/* An image has an entry for each of its names. */
static bool is_listed_before(const masu_image_list *list, size_t index)
{
	const char *digest = masu_image_digest(masu_image_list_get(list, index));

	for (size_t i = 0; i < index; i++)
		if (streq(masu_image_digest(masu_image_list_get(list, i)), digest))
			return true;
	return false;
}

/* Without --all those without a name. */
static int prune_images(masu_engine *e, const struct prune_options *o, const char *heading,
			uint64_t *reclaimed, struct masu_error *err)
{
	const struct masu_image_filter filter = {.size = sizeof(filter),
						 .labels = o->filter.labels,
						 .not_labels = o->filter.not_labels,
						 .created_before = o->filter.created_before,
						 .dangling = o->all ? MASU_ANY : MASU_YES};
	_cleanup_(masu_image_list_freep) masu_image_list *removed = NULL;
	int r = masu_image_prune(e, &filter, &removed, err);

	if (r < 0)
		return r;
	*reclaimed += masu_image_list_reclaimed(removed);
	print_heading(heading, masu_image_list_count(removed));
	for (size_t i = 0; i < masu_image_list_count(removed); i++)
		if (!is_listed_before(removed, i))
			(void)puts(masu_image_id(masu_image_list_get(removed, i)));
	return 0;
}

static int prune_volumes(masu_engine *e, const struct prune_options *o, bool all,
			 const char *heading, uint64_t *reclaimed, struct masu_error *err)
{
	const struct masu_volume_filter filter = {.size = sizeof(filter),
						  .labels = o->filter.labels,
						  .not_labels = o->filter.not_labels,
						  .created_before = o->filter.created_before,
						  .anonymous = all ? MASU_ANY : MASU_YES};
	_cleanup_(masu_volume_list_freep) masu_volume_list *removed = NULL;
	int r = masu_volume_prune(e, &filter, &removed, err);

	if (r < 0)
		return r;
	*reclaimed += masu_volume_list_reclaimed(removed);
	print_heading(heading, masu_volume_list_count(removed));
	for (size_t i = 0; i < masu_volume_list_count(removed); i++)
		(void)puts(masu_volume_name(masu_volume_list_get(removed, i)));
	return 0;
}

static void print_reclaimed(uint64_t bytes)
{
	char size[STR_SIZE_MAX];

	(void)printf("Total reclaimed space: %s\n", str_size(bytes, size));
}

enum prune { PRUNE_CONTAINERS = 1 << 0, PRUNE_IMAGES = 1 << 1, PRUNE_VOLUMES = 1 << 2 };

/* Removes these kinds of objects, in this order: a removed container releases its image and its volumes. */
static int prune(const struct prune_options *o, unsigned kinds, const char *warning,
		 struct masu_error *err)
{
	_cleanup_masu_engine_ masu_engine *e = NULL;
	const bool system = kinds & (kinds - 1); /* of several kinds */
	uint64_t reclaimed = 0;
	int r = confirm(o, warning, err);

	if (r <= 0)
		return r;
	r = cli_engine(&e, err);
	if (r == 0 && kinds & PRUNE_CONTAINERS)
		r = prune_containers(e, o, system ? "Deleted Containers" : NULL, &reclaimed, err);
	if (r == 0 && kinds & PRUNE_VOLUMES)
		r = prune_volumes(e, o, o->all && !system, system ? "Deleted Volumes" : NULL,
				  &reclaimed, err);
	if (r == 0 && kinds & PRUNE_IMAGES)
		r = prune_images(e, o, system ? "Deleted Images" : NULL, &reclaimed, err);
	if (r == 0)
		print_reclaimed(reclaimed);
	return r;
}

static int container_run(const void *values, char **operands, struct masu_error *err)
{
	return prune(values, PRUNE_CONTAINERS, "all containers that do not run, except boxes", err);
}

static int image_run(const void *values, char **operands, struct masu_error *err)
{
	const struct prune_options *o = values;

	return prune(o, PRUNE_IMAGES,
		     o->all ? "all images without a container"
			    : "all images without a name and a container",
		     err);
}

static int volume_run(const void *values, char **operands, struct masu_error *err)
{
	const struct prune_options *o = values;

	return prune(o, PRUNE_VOLUMES,
		     o->all ? "all volumes that are not in use, with their files"
			    : "all anonymous volumes that are not in use, with their files",
		     err);
}

static int system_run(const void *values, char **operands, struct masu_error *err)
{
	const struct prune_options *o = values;
	_cleanup_strbuf_ struct strbuf warning = STRBUF_INIT;

	(void)strbuf_addf(
		&warning,
		"all containers that do not run (except boxes), all images without a %s%s",
		o->all ? "container" : "name and a container",
		o->volumes ? ", and all anonymous volumes that are not in use, with their files"
			   : "");
	if (warning.failed)
		return err_oom(err);
	return prune(o, PRUNE_CONTAINERS | PRUNE_IMAGES | (o->volumes ? PRUNE_VOLUMES : 0),
		     warning.text, err);
}

#define FORCE_ROW \
	OPTION_ROW(OPTION_FLAG, struct prune_options, force, 'f', "force", NULL, "Do not ask")
#define FILTER_OPTION_ROW(what)                                     \
	OPTION_ROW_FILTER(filters, struct prune_options, filter, 0, \
			  "Remove only " what " for which this holds")
#define NOTES "Filters: label=KEY[=VALUE], label!=KEY[=VALUE], until=TIME."

static const struct option_row container_options[] = {
	FILTER_OPTION_ROW("containers"),
	FORCE_ROW,
	{0},
};

const struct command command_prune_containers = {
	.name = "container prune",
	.operands = "",
	.summary = "Remove the containers that do not run",
	.notes = NOTES,
	.options = container_options,
	.values_size = sizeof(struct prune_options),
	.run = container_run,
};

static const struct option_row image_options[] = {
	OPTION_ROW(OPTION_FLAG, struct prune_options, all, 'a', "all", NULL,
		   "Remove images with a name, too"),
	FILTER_OPTION_ROW("images"),
	FORCE_ROW,
	{0},
};

const struct command command_prune_images = {
	.name = "image prune",
	.operands = "",
	.summary = "Remove the images without a name that no container uses",
	.notes = NOTES,
	.options = image_options,
	.values_size = sizeof(struct prune_options),
	.run = image_run,
};

static const struct option_row volume_options[] = {
	OPTION_ROW(OPTION_FLAG, struct prune_options, all, 'a', "all", NULL,
		   "Remove volumes with a name, too"),
	FILTER_OPTION_ROW("volumes"),
	FORCE_ROW,
	{0},
};

const struct command command_prune_volumes = {
	.name = "volume prune",
	.operands = "",
	.summary = "Remove the anonymous volumes that are not in use",
	.notes = NOTES,
	.options = volume_options,
	.values_size = sizeof(struct prune_options),
	.run = volume_run,
};

static const struct option_row system_options[] = {
	OPTION_ROW(OPTION_FLAG, struct prune_options, all, 'a', "all", NULL,
		   "Remove images with a name, too"),
	FILTER_OPTION_ROW("objects"),
	FORCE_ROW,
	OPTION_ROW(OPTION_FLAG, struct prune_options, volumes, 0, "volumes", NULL,
		   "Remove anonymous volumes, too"),
	{0},
};

const struct command command_prune_system = {
	.name = "system prune",
	.operands = "",
	.summary = "Remove the containers, images and volumes that are not in use",
	.notes = NOTES,
	.options = system_options,
	.values_size = sizeof(struct prune_options),
	.run = system_run,
};
