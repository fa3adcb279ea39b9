/* SPDX-License-Identifier: Apache-2.0 */
#include "transfer/commands.h"

#include <stdio.h>

#include "base/log.h"
#include "base/str.h"
#include "base/strv.h"
#include "image/report.h"
#include "linux/sub-ids.h"
#include "linux/submap.h"
#include "storage/layers.h"
#include "storage/notices.h"
#include "transfer/file-image.h"
#include "transfer/gc.h"
#include "transfer/pull.h"
#include "transfer/remote.h"
#include "transfer/sandbox-fetcher.h"
#include "transfer/verify.h"

void store_done(struct store *s)
{
	layout_done(&s->layout);
	idmap_done(&s->own);
	idmap_done(&s->map);
	paths_done(&s->paths);
}

void image_options_done(struct image_options *o)
{
	registry_settings_done(&o->settings);
}

static int take_map(const struct image_options *o, struct store *s, struct masu_error *err)
{
	int r = submap_apply(o->uid_map, o->gid_map, &s->own, &s->map, err);

	if (r < 0 || !o->uid_map)
		return r;
	s->paths.layers = layers_map_dir(o->uid_map, o->gid_map);
	return s->paths.layers ? 0 : err_oom(err);
}

int store_open(const struct image_options *o, struct store *s, struct masu_error *err)
{
	_cleanup_free_ char *notice = NULL, *map_notice = NULL, *path = NULL;
	int r = paths_init(&s->paths, &notice, err);

	if (r < 0)
		return r;
	r = sub_ids_map(&s->own, &map_notice, err);
	if (r < 0)
		return r;
	r = take_map(o, s, err);
	if (r < 0)
		return r;
	/* The notice about the paths was printed by masu. */
	if (map_notice && !o->quiet && !notices_told(&s->paths, map_notice))
		log_notice("%s", map_notice);
	path = paths_data(&s->paths, LAYOUT_STORE);
	if (!path)
		return err_oom(err);
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

static int run_fetcher(const struct image_options *o, const struct store *s, fetcher_fn fn,
		       struct masu_error *err)
{
	struct fetch f = {.options = o, .store = s};
	const char *image = o->place ? o->place : o->argument;
	const struct broker_options options = {.paths = &s->paths,
					       .map = &s->map,
					       .image = o->input < 0 ? image : NULL,
					       .authfile = o->authfile,
					       .layer_size_max = o->settings.layer_size_max};

	return broker_run(&options, fn, &f, err);
}

int image_options_use_place(struct image_options *o, const struct registry_place *place,
			    struct reference *ret, struct masu_error *err)
{
	int r = reference_parse(place->name, ret, err);

	if (r < 0)
		return r;
	o->place = place->name;
	o->settings.insecure_place = place->insecure ? ret->domain : NULL;
	return 0;
}

/* Does the next place help? Not against an error of this machine or user. */
static bool may_go_on(const struct masu_error *err)
{
	return err->kind != ERR_SIGNAL && err->kind != ERR_NO_SPACE && err->kind != ERR_INTERNAL;
}

/* From the mirrors of the registry, and then from the registry itself. Given credentials are for that alone. */
static int fetch_from_places(struct image_options *o, const struct store *s, fetcher_fn fn,
			     struct masu_error *err)
{
	_cleanup_registry_places_ struct registry_places places = REGISTRY_PLACES_INIT;
	_cleanup_reference_ struct reference name = {0};
	const int credentials = o->credentials;
	int r = reference_parse(o->argument, &name, err);

	if (r == 0)
		r = registry_rules_places(&o->settings.rules, &name, true, &places, err);
	for (size_t i = 0; r == 0 && i < places.n; i++) {
		_cleanup_reference_ struct reference place = {0};
		_cleanup_err_ struct masu_error own = ERR_INIT;
		bool last = i + 1 == places.n;

		o->credentials = last ? credentials : -1;
		r = image_options_use_place(o, &places.list[i], &place, err);
		if (r < 0)
			break;
		r = run_fetcher(o, s, fn, &own);
		o->place = o->settings.insecure_place = NULL;
		if (r == 0)
			return 0;
		if (last || !may_go_on(&own))
			return err_move(err, &own);
		log_notice("mirror \"%s\": %s; trying \"%s\"", places.list[i].name, own.message,
			   places.list[i + 1].name);
		r = 0;
	}
	return r;
}

/* Several registries may have an image of the name, of several owners. */
static int refuse_several(const struct image_options *o, char *const *names, struct masu_error *err)
{
	_cleanup_strbuf_ struct strbuf list = STRBUF_INIT;

	if (!names[1])
		return 0;
	STRV_FOREACH(name, names)
		(void)strbuf_addf(&list, "%s %s", name == names ? "" : ",", *name);
	if (o->settings.rules.short_names.mode == SHORT_NAME_ENFORCING)
		(void)err_set(err, ERR_INVALID, EINVAL,
			      "the short name \"%s\" may stand for several images, and "
			      "short-name-mode of registries.conf is \"enforcing\"",
			      o->argument);
	else if (o->credentials >= 0)
		(void)err_set(err, ERR_INVALID, EINVAL,
			      "credentials for the short name \"%s\" would be sent to several "
			      "registries",
			      o->argument);
	else
		return 0;
	return err_hint(err, "write the whole name, one of%s", str_or_empty(list.text));
}

/* From the registries that may have the image of a short name. It gets the whole name. */
static int fetch_by_name(struct image_options *o, const struct store *s, fetcher_fn fn,
			 struct masu_error *err)
{
	const char *const given = o->argument;
	_cleanup_strv_ char **names = NULL;
	int r = short_names_resolve(&o->settings.rules.short_names, given, &names, err);

	if (r == 0)
		r = refuse_several(o, names, err);
	if (r < 0)
		return r;
	if (!o->quiet && !names[1] && !streq(names[0], given))
		log_notice("\"%s\" is \"%s\" by registries.conf", given, names[0]);
	STRV_FOREACH(name, names) {
		_cleanup_err_ struct masu_error own = ERR_INIT;

		o->argument = *name;
		r = fetch_from_places(o, s, fn, &own);
		o->argument = given;
		if (r == 0)
			return 0;
		if (!name[1] || !may_go_on(&own))
			return err_move(err, &own);
		log_notice("%s; trying \"%s\"", own.message, name[1]);
	}
	return r;
}

static int fetch_image(void *arg, int broker, struct masu_error *err);

static int fetch(struct image_options *o, const struct store *s, fetcher_fn fn,
		 struct masu_error *err)
{
	int r = registry_settings_load(&o->settings, err);

	if (r < 0)
		return r;
	r = layers_prepare(&s->paths, err);
	if (r < 0)
		return r;
	if (!o->quiet && !layers_have_xattrs(&s->paths))
		warn_of_xattrs(s);
	return fn == fetch_image && !file_image_is_named(o->argument) ? fetch_by_name(o, s, fn, err)
								      : run_fetcher(o, s, fn, err);
}

int command_fetch(struct image_options *o, fetcher_fn fn, struct masu_error *err)
{
	_cleanup_store_ struct store s = STORE_INIT;
	_cleanup_err_ struct masu_error ignored = ERR_INIT;
	int r = store_open(o, &s, err);

	if (r < 0)
		return r;
	r = fetch(o, &s, fn, err);
	/* Leftovers of earlier pulls are removed even after a failure. Nobody asked for it, so a failure of it
	 * is not reported. */
	(void)gc_run(&s.paths, &s.own, &s.layout, false, &ignored);
	return r;
}

int command_gc(struct image_options *o, struct masu_error *err)
{
	_cleanup_store_ struct store s = STORE_INIT;
	int r = store_open(o, &s, err);

	if (r < 0)
		return r;
	r = gc_run(&s.paths, &s.own, &s.layout, o->all, err);
	if (r < 0)
		return r;
	report_result(o->report, "");
	return 0;
}

int command_verify(struct image_options *o, struct masu_error *err)
{
	_cleanup_store_ struct store s = STORE_INIT;
	_cleanup_free_ char *damaged = NULL;
	int r = store_open(o, &s, err);

	if (r == 0)
		r = verify_blobs(&s.layout, &damaged, err);
	if (r < 0)
		return r;
	if (o->report < 0)
		(void)fputs(damaged, stdout);
	else
		report_result(o->report, damaged);
	return 0;
}

void fetch_report(const struct fetch *f, const struct digest *manifest)
{
	char text[DIGEST_TEXT_MAX];

	if (f->options->report < 0)
		(void)puts(digest_text(manifest, text));
	else
		report_result(f->options->report, digest_text(manifest, text));
}

/* From here on the fetcher may read hostile bytes. `source` is a directory that it reads, or NULL. */
static int confine(const struct store *s, const char *source, struct masu_error *err)
{
	_cleanup_free_ char *layers = paths_data(&s->paths, "%s", layers_dir(&s->paths)),
			    *stacks = paths_data(&s->paths, "stacks");
	const struct sandbox_places places = {
		.images = s->layout.path, .layers = layers, .stacks = stacks, .source = source};

	if (!layers || !stacks)
		return err_oom(err);
	return sandbox_fetcher(&places, err);
}

static int run_pull(const struct fetch *f, struct pull *pull, struct masu_error *err)
{
	const struct image_options *o = f->options;
	struct digest manifest;

	pull->paths = &f->store->paths;
	pull->store = &f->store->layout;
	pull->platform = o->platform;
	pull->resolve = o->resolve;
	pull->report = o->quiet ? -1 : o->report;
	int r = pull_run(pull, &manifest, err);
	if (r < 0)
		return r;
	fetch_report(f, &manifest);
	return 0;
}

static int fetch_from_registry(const struct fetch *f, int broker, struct masu_error *err)
{
	_cleanup_reference_ struct reference ref = {0}, place = {0};
	_cleanup_remote_ struct remote remote = REMOTE_INIT;
	_cleanup_free_ char *name = NULL;
	const struct image_options *o = f->options;
	char digest[DIGEST_TEXT_MAX];
	int r = reference_parse(o->argument, &ref, err);

	if (r == 0 && !(name = reference_to_string(&ref)))
		r = err_oom(err);
	if (r == 0)
		r = reference_parse(o->place, &place, err);
	if (r == 0)
		r = remote_init(&remote, o, broker, &place, err);
	if (r == 0)
		r = remote_connect_for_pull(&remote, err);
	if (r == 0)
		r = confine(f->store, NULL, err);
	if (r < 0)
		return r;
	const struct reference *from = &remote.ref;
	struct pull pull = {
		.broker = broker,
		.source = {.registry = remote.registry},
		.http = remote.http,
		.selector = *from->digest.hex ? digest_text(&from->digest, digest) : from->tag,
		.name = name,
	};
	return run_pull(f, &pull, err);
}

/*
 * The image gets the name that the user typed, with an absolute path, which no image of a registry can have. A name
 * in the archive is added, unless another image has it.
 */
static int fetch_from_files(const struct fetch *f, const struct file_image *image, int broker,
			    struct masu_error *err)
{
	struct pull pull = {
		.broker = broker,
		.source = {.layout = &image->layout, .disposable = image->temporary.name != NULL},
		.selector = image->selector,
		.name = image->name,
		.stated = image->stated,
		.name_only_if_none = image->is_stream,
	};
	int r = confine(f->store, image->layout.path, err);

	return r < 0 ? r : run_pull(f, &pull, err);
}

static int fetch_image(void *arg, int broker, struct masu_error *err)
{
	_cleanup_file_image_ struct file_image image = FILE_IMAGE_INIT;
	const struct fetch *f = arg;
	int r = file_image_open(f->options->argument, &f->store->layout, &f->store->own, &image,
				err);

	if (r < 0)
		return r;
	return r > 0 ? fetch_from_files(f, &image, broker, err)
		     : fetch_from_registry(f, broker, err);
}

int fetch_confine(const struct fetch *f, struct masu_error *err)
{
	return confine(f->store, NULL, err);
}

int fetch_layers(const struct fetch *f, int broker, const struct masu_image *image,
		 struct masu_error *err)
{
	const struct pull pull = {.paths = &f->store->paths,
				  .broker = broker,
				  .store = &f->store->layout,
				  .report = f->options->quiet ? -1 : f->options->report};

	return pull_stored(&pull, image, err);
}

static int fetch_stored(void *arg, int broker, struct masu_error *err)
{
	_cleanup_layout_image_ struct masu_image image = {0};
	const struct fetch *f = arg;
	int r = fetch_confine(f, err);

	if (r < 0)
		return r;
	r = layout_find(&f->store->layout, f->options->argument, &image, err);
	if (r < 0)
		return r;
	r = fetch_layers(f, broker, &image, err);
	if (r < 0)
		return r;
	fetch_report(f, &image.manifest);
	return 0;
}

int command_pull(struct image_options *o, struct masu_error *err)
{
	return command_fetch(o, fetch_image, err);
}

int command_resolve(struct image_options *o, struct masu_error *err)
{
	_cleanup_store_ struct store s = STORE_INIT;

	o->resolve = true;
	int r = store_open(o, &s, err);
	return r < 0 ? r : fetch(o, &s, fetch_image, err);
}

int command_unpack(struct image_options *o, struct masu_error *err)
{
	_cleanup_store_ struct store s = STORE_INIT;
	int r = store_open(o, &s, err);

	return r < 0 ? r : fetch(o, &s, fetch_stored, err);
}
