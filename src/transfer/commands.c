/* SPDX-License-Identifier: Apache-2.0 */
#include "transfer/commands.h"

#include <errno.h>

#include "base/log.h"
#include "image/report.h"
#include "linux/sub-ids.h"
#include "storage/layers.h"
#include "storage/notices.h"
#include "transfer/broker.h"
#include "transfer/fetch.h"
#include "transfer/gc.h"

static void store_done(struct store *s)
{
	layout_done(&s->layout);
	idmap_done(&s->map);
	paths_done(&s->paths);
}
#define _cleanup_store_ _cleanup_(store_done)
#define STORE_INIT	((struct store){.layout = LAYOUT_INIT})

void image_options_done(struct image_options *o)
{
	registry_settings_done(&o->settings);
}

static int store_open(const struct image_options *o, struct store *s, struct masu_error *err)
{
	_cleanup_free_ char *notice = NULL, *map_notice = NULL, *path = NULL;
	int r = paths_init(&s->paths, &notice, err);

	if (r < 0)
		return r;
	r = sub_ids_map(&s->map, &map_notice, err);
	if (r < 0)
		return r;
	/* The notice about the paths was printed by masu. */
	if (map_notice && !o->quiet && !notices_told(&s->paths, map_notice))
		log_notice("%s", map_notice);
	path = paths_data(&s->paths, LAYOUT_STORE);
	if (!path)
		return err_sys(err, ENOMEM, "open the image directory");
	return layout_open(path, true, &s->layout, err);
}

/* Most images run all the same; one that cannot is refused when its layers are unpacked. */
static void warn_of_xattrs(const struct store *s)
{
	log_notice("the file system of '%s' has no user extended attributes: images that replace "
		   "directories are refused, and a container can't remove a directory of its image "
		   "and make it again. Set MASU_DATA_DIR to a directory on another one, such as "
		   "ext4, xfs, btrfs, or tmpfs since Linux 6.6",
		   s->paths.data);
}

static int fetch(struct image_options *o, const struct store *s, fetcher_fn fn,
		 struct masu_error *err)
{
	struct fetch f = {.options = o, .store = s};
	int r = registry_settings_load(&o->settings, err);

	if (r < 0)
		return r;
	r = layers_prepare(&s->paths, err);
	if (r < 0)
		return r;
	if (!o->quiet && !layers_have_xattrs(&s->paths))
		warn_of_xattrs(s);
	const struct broker_options options = {.paths = &s->paths,
					       .map = &s->map,
					       .image = o->argument,
					       .authfile = o->authfile,
					       .layer_size_max = o->settings.layer_size_max};
	return broker_run(&options, fn, &f, err);
}

int command_pull(struct image_options *o, struct masu_error *err)
{
	_cleanup_store_ struct store s = STORE_INIT;
	_cleanup_err_ struct masu_error ignored = ERR_INIT;
	int r = store_open(o, &s, err);

	if (r < 0)
		return r;
	r = fetch(o, &s, fetch_image, err);
	/* Leftovers of earlier pulls are removed even after a failure. Nobody asked for it, so a failure of it
	 * is not reported. */
	(void)gc_run(&s.paths, &s.map, &s.layout, false, &ignored);
	return r;
}

int command_unpack(struct image_options *o, struct masu_error *err)
{
	_cleanup_store_ struct store s = STORE_INIT;
	int r = store_open(o, &s, err);

	return r < 0 ? r : fetch(o, &s, fetch_stored_image, err);
}

int command_gc(struct image_options *o, struct masu_error *err)
{
	_cleanup_store_ struct store s = STORE_INIT;
	int r = store_open(o, &s, err);

	if (r == 0)
		r = gc_run(&s.paths, &s.map, &s.layout, o->all, err);
	if (r == 0)
		report_result(o->report, "");
	return r;
}
