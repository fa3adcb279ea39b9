/* SPDX-License-Identifier: Apache-2.0 */
#include "transfer/command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/path.h"
#include "base/str.h"
#include "image/report.h"
#include "linux/sub-ids.h"
#include "storage/layers.h"
#include "storage/notices.h"
#include "storage/paths.h"
#include "transfer/archive.h"
#include "transfer/gc.h"
#include "transfer/keeper.h"
#include "transfer/pull.h"
#include "unpack/sandbox.h"

/* The store, opened. */
struct store {
	struct paths paths;
	struct idmap map;
	struct layout layout;
};

static void store_done(struct store *s)
{
	layout_done(&s->layout);
	idmap_done(&s->map);
	paths_done(&s->paths);
}
#define _cleanup_store_ _cleanup_(store_done)

void command_done(struct command *c)
{
	settings_done(&c->settings);
}

static int store_open(const struct command *c, struct store *s, struct err *err)
{
	_cleanup_free_ char *notice = NULL, *map_notice = NULL, *path = NULL;
	int r = paths_init(&s->paths, &notice, err);

	if (r >= 0)
		r = sub_ids_map(&s->map, &map_notice, err);
	if (r < 0)
		return r;
	if (map_notice && !c->quiet && !notices_told(&s->paths, map_notice))
		log_notice("%s", map_notice); /* the other one masu has told already */
	path = paths_data(&s->paths, LAYOUT_STORE);
	if (!path)
		return err_sys(err, ENOMEM, "open the image directory");
	return layout_open(path, true, &s->layout, err);
}

static void report_digest(const struct command *c, const struct digest *d)
{
	char text[DIGEST_TEXT_MAX];

	if (c->report < 0)
		(void)puts(digest_text(d, text));
	else
		report_result(c->report, digest_text(d, text));
}

/* What the fetcher works on. */
struct fetch {
	struct command *command;
	const struct store *store;
};

/* From here on the fetcher may receive what strangers send. `source` is a directory it reads, or NULL. */
static int confine(const struct store *s, const char *source, struct err *err)
{
	_cleanup_free_ char *layers = paths_data(&s->paths, "layers"),
			    *stacks = paths_data(&s->paths, "stacks");
	const struct sandbox_places places = {
		.images = s->layout.path, .layers = layers, .stacks = stacks, .source = source};

	if (!layers || !stacks)
		return err_sys(err, ENOMEM, "open the store");
	return sandbox_fetcher(&places, err);
}

static int fetch_from_registry(const struct fetch *f, int orders, struct err *err)
{
	_cleanup_reference_ struct reference ref = {0};
	_cleanup_http_ struct http *http = NULL;
	_cleanup_registry_ struct registry *registry = NULL;
	_cleanup_free_ char *name = NULL;
	struct command *c = f->command;
	char digest[DIGEST_TEXT_MAX];
	struct digest manifest;
	int r = reference_parse(c->argument, &ref, err);

	if (r >= 0)
		r = http_new(c->settings.timeout_s, orders, &http, err);
	if (r >= 0)
		r = registry_new(&(struct registry_options){.http = http,
							    .settings = &c->settings,
							    .reference = &ref,
							    .orders = orders},
				 &registry, err);
	if (r >= 0)
		r = confine(f->store, NULL, err);
	if (r < 0)
		return r;
	name = reference_to_string(&ref);
	if (!name)
		return err_sys(err, ENOMEM, "pull '%s'", c->argument);
	struct source source = {.registry = registry};
	struct pull pull = {
		.paths = &f->store->paths,
		.orders = orders,
		.store = &f->store->layout,
		.source = &source,
		.http = http,
		.selector = *ref.digest.hex ? digest_text(&ref.digest, digest) : ref.tag,
		.name = name,
		.platform = c->platform,
		.report = c->quiet ? -1 : c->report,
	};
	r = pull_run(&pull, &manifest, err);
	if (r < 0)
		return r;
	report_digest(c, &manifest);
	return 0;
}

/*
 * The image is called what the user typed, with the path made absolute: a name that no registry's
 * image can have. What an archive calls it becomes a name too, unless another image has it.
 */
static int fetch_from_layout(const struct fetch *f, struct local *local, int orders,
			     struct err *err)
{
	struct source source = {.layout = &local->layout, .disposable = local->temporary != NULL};
	struct command *c = f->command;
	struct digest manifest;
	struct pull pull = {
		.paths = &f->store->paths,
		.orders = orders,
		.store = &f->store->layout,
		.source = &source,
		.selector = local->selector,
		.name = local->name,
		.stated = local->stated,
		.name_only_if_none = local->is_stream,
		.platform = c->platform,
		.report = c->quiet ? -1 : c->report,
	};
	int r = confine(f->store, local->layout.path, err);

	if (r >= 0)
		r = pull_run(&pull, &manifest, err);
	if (r < 0)
		return r;
	report_digest(c, &manifest);
	return 0;
}

/* A fetcher_fn. */
static int fetch(void *arg, int orders, struct err *err)
{
	_cleanup_local_ struct local local = LOCAL_INIT;
	const struct fetch *f = arg;
	int r = local_open(f->command->argument, &f->store->layout, &f->store->map, &local, err);

	if (r < 0)
		return r;
	return r > 0 ? fetch_from_layout(f, &local, orders, err)
		     : fetch_from_registry(f, orders, err);
}

/* A fetcher_fn, for an image whose blobs are all there. */
static int fetch_stored(void *arg, int orders, struct err *err)
{
	_cleanup_layout_image_ struct layout_image image = {0};
	const struct fetch *f = arg;
	struct source source = {0};
	struct pull pull = {.paths = &f->store->paths,
			    .orders = orders,
			    .store = &f->store->layout,
			    .source = &source,
			    .report = f->command->quiet ? -1 : f->command->report};
	int r = confine(f->store, NULL, err);

	if (r >= 0)
		r = layout_find(&f->store->layout, f->command->argument, &image, err);
	if (r >= 0)
		r = pull_stored(&pull, &image, err);
	if (r < 0)
		return r;
	report_digest(f->command, &image.manifest);
	return 0;
}

/* Most images run all the same; one that can't is refused when its layers are unpacked. */
static void warn_of_xattrs(const struct command *c, const struct store *s)
{
	if (!c->quiet)
		log_notice("the file system of '%s' has no user extended attributes: images that "
			   "replace directories are refused, and a container can't remove a "
			   "directory of its image and make it again. Set MASU_DATA_DIR to a "
			   "directory on another one, such as ext4, xfs, btrfs, or tmpfs since "
			   "Linux 6.6",
			   s->paths.data);
}

static int keep(struct command *c, const struct store *s, fetcher_fn fn, struct err *err)
{
	struct fetch f = {.command = c, .store = s};
	int r = settings_load(&c->settings, err);

	if (r >= 0)
		r = layers_prepare(&s->paths, err);
	if (r >= 0 && !layers_have_xattrs(&s->paths))
		warn_of_xattrs(c, s);
	const struct keeper keeper = {.paths = &s->paths,
				      .map = &s->map,
				      .image = c->argument,
				      .authfile = c->authfile,
				      .layer_size_max = c->settings.layer_size_max};
	return r < 0 ? r : keeper_run(&keeper, fn, &f, err);
}

int command_pull(struct command *c, struct err *err)
{
	_cleanup_store_ struct store s = {.layout = LAYOUT_INIT};
	_cleanup_err_ struct err ignored = ERR_INIT;
	int r = store_open(c, &s, err);

	if (r < 0)
		return r;
	r = keep(c, &s, fetch, err);
	/* What an earlier pull left goes now, also after a failure; it isn't what was asked for, so a
	 * failure of it is not reported. */
	(void)gc_run(&s.paths, &s.map, &s.layout, false, &ignored);
	return r;
}

int command_unpack(struct command *c, struct err *err)
{
	_cleanup_store_ struct store s = {.layout = LAYOUT_INIT};
	int r = store_open(c, &s, err);

	return r < 0 ? r : keep(c, &s, fetch_stored, err);
}

int command_gc(struct command *c, struct err *err)
{
	_cleanup_store_ struct store s = {.layout = LAYOUT_INIT};
	int r = store_open(c, &s, err);

	if (r >= 0)
		r = gc_run(&s.paths, &s.map, &s.layout, c->all, err);
	if (r >= 0)
		report_result(c->report, "");
	return r;
}
