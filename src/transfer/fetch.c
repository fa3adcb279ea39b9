/* SPDX-License-Identifier: Apache-2.0 */
#include "transfer/fetch.h"

#include <errno.h>
#include <stdio.h>

#include "image/report.h"
#include "registry/registry.h"
#include "transfer/broker-client.h"
#include "transfer/file-image.h"
#include "transfer/pull.h"
#include "transfer/sandbox-fetcher.h"

static void report_digest(const struct image_options *o, const struct digest *d)
{
	char text[DIGEST_TEXT_MAX];

	if (o->report < 0)
		(void)puts(digest_text(d, text));
	else
		report_result(o->report, digest_text(d, text));
}

/* From here on the fetcher may read hostile bytes. `source` is a directory that it reads, or NULL. */
static int confine(const struct store *s, const char *source, struct masu_error *err)
{
	_cleanup_free_ char *layers = paths_data(&s->paths, "layers"),
			    *stacks = paths_data(&s->paths, "stacks");
	const struct sandbox_places places = {
		.images = s->layout.path, .layers = layers, .stacks = stacks, .source = source};

	if (!layers || !stacks)
		return err_sys(err, ENOMEM, "open the store");
	return sandbox_fetcher(&places, err);
}

static int run_pull(const struct fetch *f, struct pull *pull, struct masu_error *err)
{
	const struct image_options *o = f->options;
	struct digest manifest;

	pull->paths = &f->store->paths;
	pull->store = &f->store->layout;
	pull->platform = o->platform;
	pull->report = o->quiet ? -1 : o->report;
	int r = pull_run(pull, &manifest, err);
	if (r == 0)
		report_digest(o, &manifest);
	return r;
}

/* An addresses_fn. */
static int find_addresses(void *arg, const char *host, char **ret, struct masu_error *err)
{
	return broker_addresses(*(const int *)arg, host, ret, err);
}

/* Of struct registry_options. */
static int find_credentials(void *arg, struct credentials *ret, struct masu_error *err)
{
	return broker_credentials(*(const int *)arg, ret, err);
}

static int fetch_from_registry(const struct fetch *f, int broker, struct masu_error *err)
{
	_cleanup_reference_ struct reference ref = {0};
	_cleanup_http_ struct http *http = NULL;
	_cleanup_registry_ struct registry *registry = NULL;
	const struct image_options *o = f->options;
	char digest[DIGEST_TEXT_MAX];
	int r = reference_parse(o->argument, &ref, err);

	if (r < 0)
		return r;
	r = http_new(o->settings.timeout_s, find_addresses, &broker, &http, err);
	if (r < 0)
		return r;
	const struct registry_options options = {.http = http,
						 .settings = &o->settings,
						 .reference = &ref,
						 .credentials = find_credentials,
						 .arg = &broker};
	r = registry_new(&options, &registry, err);
	if (r == 0)
		r = confine(f->store, NULL, err);
	if (r < 0)
		return r;
	_cleanup_free_ char *name = reference_to_string(&ref);
	if (!name)
		return err_sys(err, ENOMEM, "pull '%s'", o->argument);
	struct pull pull = {
		.broker = broker,
		.source = {.registry = registry},
		.http = http,
		.selector = *ref.digest.hex ? digest_text(&ref.digest, digest) : ref.tag,
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
		.source = {.layout = &image->layout, .disposable = image->temporary != NULL},
		.selector = image->selector,
		.name = image->name,
		.stated = image->stated,
		.name_only_if_none = image->is_stream,
	};
	int r = confine(f->store, image->layout.path, err);

	return r < 0 ? r : run_pull(f, &pull, err);
}

int fetch_image(void *arg, int broker, struct masu_error *err)
{
	_cleanup_file_image_ struct file_image image = FILE_IMAGE_INIT;
	const struct fetch *f = arg;
	int r = file_image_open(f->options->argument, &f->store->layout, &f->store->map, &image,
				err);

	if (r < 0)
		return r;
	return r > 0 ? fetch_from_files(f, &image, broker, err)
		     : fetch_from_registry(f, broker, err);
}

int fetch_stored_image(void *arg, int broker, struct masu_error *err)
{
	_cleanup_layout_image_ struct masu_image image = {0};
	const struct fetch *f = arg;
	const struct image_options *o = f->options;
	struct pull pull = {.paths = &f->store->paths,
			    .broker = broker,
			    .store = &f->store->layout,
			    .report = o->quiet ? -1 : o->report};
	int r = confine(f->store, NULL, err);

	if (r == 0)
		r = layout_find(&f->store->layout, o->argument, &image, err);
	if (r == 0)
		r = pull_stored(&pull, &image, err);
	if (r < 0)
		return r;
	report_digest(o, &image.manifest);
	return 0;
}
