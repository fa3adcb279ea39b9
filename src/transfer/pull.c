/* SPDX-License-Identifier: Apache-2.0 */
#include "transfer/pull.h"

#include <errno.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/log.h"
#include "base/str.h"
#include "base/strv.h"
#include "image/platform.h"
#include "storage/layers.h"
#include "storage/paths.h"
#include "transfer/broker-client.h"
#include "transfer/layer-pulls.h"
#include "unpack/sha256.h"

/* Known images have at most an index of an index of a manifest. */
#define INDEX_DEPTH_MAX 3

/* The facts of the image, once its documents are read. */
struct wanted {
	struct image_source_document document; /* of the manifest */
	char *media_type;
	struct digest index; /* of the name, or none */
	struct image_manifest manifest;
	char *config_text;
	struct image_config config;
};

static void wanted_done(struct wanted *w)
{
	image_source_document_done(&w->document);
	free(w->media_type);
	image_manifest_done(&w->manifest);
	free(w->config_text);
	image_config_done(&w->config);
}
#define _cleanup_wanted_ _cleanup_(wanted_done)

/* Goes from the document of the name to the manifest for the platform. */
static int find_manifest(const struct pull *pull, const struct image_platform *platform,
			 struct wanted *w, struct masu_error *err)
{
	int r = pull->top ? image_source_document(&pull->source, pull->top, &w->document, err)
			  : image_source_top(&pull->source, pull->selector, &w->document, err);

	if (r < 0)
		return r;
	for (int depth = 0;; depth++) {
		_cleanup_image_document_ struct image_document doc = {0};
		struct image_source_document next = {0};
		const struct image_descriptor *entry;

		r = image_document_parse(w->document.bytes, w->document.size,
					 w->document.media_type, &doc, err);
		if (r < 0)
			return r;
		if (!doc.is_index) {
			w->media_type = TAKE_PTR(doc.media_type);
			w->manifest = doc.manifest;
			doc.manifest = (struct image_manifest){0};
			return 0;
		}
		if (depth == INDEX_DEPTH_MAX)
			return err_set(err, ERR_INVALID, ELOOP, "indexes are nested too deep");
		if (depth == 0)
			w->index = w->document.digest;
		r = platform_choose(&doc.index, platform, &entry, err);
		if (r < 0)
			return r;
		r = image_source_document(&pull->source, entry, &next, err);
		if (r < 0)
			return r;
		image_source_document_done(&w->document);
		w->document = next;
	}
}

static int check_platform(const struct pull *pull, const struct image_platform *wanted,
			  const struct image_platform *has, struct masu_error *err)
{
	if (platform_fits(has, wanted))
		return 0;
	if (pull->platform)
		return err_set(err, ERR_NOT_FOUND, ENOENT, "the image is for %s/%s, not for %s/%s",
			       has->os ? has->os : "?", has->arch ? has->arch : "?", wanted->os,
			       wanted->arch);
	log_notice("the image is for %s/%s; this machine is %s/%s", has->os ? has->os : "?",
		   has->arch ? has->arch : "?", wanted->os, wanted->arch);
	return 0;
}

static int read_config(const struct pull *pull, const struct image_platform *platform,
		       struct wanted *w, struct masu_error *err)
{
	const struct image_descriptor *d = &w->manifest.config;
	int r = image_source_blob(&pull->source, d, IMAGE_CONFIG_MAX, &w->config_text, err);

	if (r < 0)
		return r;
	r = image_config_parse(w->config_text, (size_t)d->size, &w->config, err);
	if (r < 0)
		return r;
	if (w->config.n_diff_ids != w->manifest.n_layers)
		return err_set(err, ERR_INVALID, EBADMSG,
			       "the manifest has %zu layers, but the image config %zu",
			       w->manifest.n_layers, w->config.n_diff_ids);
	return check_platform(pull, platform, &w->config.platform, err);
}

/* Checks the free space for the missing blobs and for layers that are at least as large. */
static int check_space(const struct pull *pull, const struct layer_pull *layers, size_t n,
		       struct masu_error *err)
{
	char needed_text[STR_SIZE_MAX], free_text[STR_SIZE_MAX];
	uint64_t needed = 0, free_bytes;

	for (size_t i = 0; i < n; i++) {
		int fd = layout_open_blob(pull->store, &layers[i].blob->digest,
					  layers[i].blob->size);
		uint64_t both = 0;

		if (fd < 0)
			both = layers[i].blob->size;
		closep(&fd);
		if (!layers_exist(pull->paths, layers[i].chain.hex) &&
		    __builtin_add_overflow(both, layers[i].blob->size, &both))
			both = UINT64_MAX;
		if (__builtin_add_overflow(needed, both, &needed))
			needed = UINT64_MAX;
	}
	int r = file_free_space(pull->store->fd, &free_bytes);
	if (r < 0)
		return err_sys(err, r, "read the free space of '%s'", pull->store->path);
	if (needed <= free_bytes)
		return 0;
	(void)err_set(
		err, ERR_NO_SPACE, ENOSPC, "the image needs %s at least, and '%s' has %s free",
		str_size(needed, needed_text), pull->paths->data, str_size(free_bytes, free_text));
	return err_hint(err, "make room, or set MASU_DATA_DIR to a larger place");
}

static int name_layers(const struct wanted *w, struct layer_pull *layers, struct masu_error *err)
{
	for (size_t i = 0; i < w->manifest.n_layers; i++) {
		layers[i] = LAYER_PULL_INIT;
		layers[i].blob = &w->manifest.layers[i];
		layers[i].number = i;
		int r = chain_id(i > 0 ? &layers[i - 1].chain : NULL, &w->config.diff_ids[i],
				 &layers[i].chain);

		if (r < 0)
			return err_sys(err, r, "name the layers");
	}
	return 0;
}

static int write_stack(const struct pull *pull, const struct wanted *w,
		       const struct layer_pull *layers, struct masu_error *err)
{
	_cleanup_strv_ char **chains = NULL;

	for (size_t i = 0; i < w->manifest.n_layers; i++)
		if (strv_push(&chains, layers[i].chain.hex) < 0)
			return err_oom(err);
	return stack_write(pull->paths, w->manifest.config.digest.hex, chains, err);
}

static int pull_layers(const struct pull *pull, const struct blob_store *blobs,
		       const struct wanted *w, struct masu_error *err)
{
	size_t n = w->manifest.n_layers;
	_cleanup_progress_ struct progress *progress = progress_new(n, pull->report);
	_cleanup_free_ struct layer_pull *layers = calloc(n ? n : 1, sizeof(*layers));
	struct layer_pull_context c = {.paths = pull->paths,
				       .broker = pull->broker,
				       .blobs = blobs,
				       .diff_ids = w->config.diff_ids,
				       .source = &pull->source,
				       .http = pull->http,
				       .progress = progress};

	if (!layers || !progress)
		return err_oom(err);
	int r = name_layers(w, layers, err);
	if (r >= 0)
		r = check_space(pull, layers, n, err);
	for (size_t i = 0; i < n; i++)
		progress_announce(progress, i, &layers[i].blob->digest, layers[i].blob->size);
	if (r >= 0)
		r = layer_pulls_run(layers, n, &c, err);
	if (r >= 0)
		r = write_stack(pull, w, layers, err);
	for (size_t i = 0; i < n; i++)
		layer_pull_done(&layers[i], &c);
	return r;
}

static bool is_entry(const struct pull *pull, const struct wanted *w, const char *name)
{
	_cleanup_image_index_ struct image_index index = {0};
	bool found = false;

	if (layout_read_index(pull->store, &index, NULL) < 0)
		return false;
	for (size_t i = 0; i < index.n_manifests; i++) {
		const struct image_descriptor *d = &index.manifests[i];

		found |= d->ref_name && streq(d->ref_name, name) &&
			 digest_equal(&d->digest, &w->document.digest);
	}
	return found;
}

/*
 * Does another image have the name? One with the same config is the same image, perhaps with layers compressed otherwise.
 * The config of a damaged one is not known.
 */
static bool is_taken(const struct pull *pull, const struct wanted *w, const char *name)
{
	_cleanup_layout_image_ struct masu_image image = {0};
	int r = layout_find(pull->store, name, &image, NULL);

	if (r < 0)
		return r != -ENOENT && !is_entry(pull, w, name);
	return !digest_equal(&image.manifest, &w->document.digest) &&
	       !digest_equal(&image.config, &w->manifest.config.digest);
}

static int refuse_name(const char *name, struct masu_error *err)
{
	(void)err_set(err, ERR_CONFLICT, EEXIST, "another image has the name '%s'", name);
	return err_hint(err, "masu load --replace moves the name to this image");
}

/* Before anything is copied; a process may still be faster. */
static int check_names(const struct pull *pull, const struct wanted *w, struct masu_error *err)
{
	if (pull->use == STATED_REQUIRED)
		STRV_FOREACH(name, pull->stated)
			if (is_taken(pull, w, *name))
				return refuse_name(*name, err);
	return 0;
}

/* Returns 1 if the image has the name then, else 0. */
static int give_name(const struct pull *pull, const struct wanted *w,
		     const struct layout_entry *entry, struct masu_error *err)
{
	int r = pull->use == STATED_MOVED ? layout_put(pull->store, entry, err)
					  : layout_offer(pull->store, entry, err);

	if (r < 0 || r > 0 || pull->use == STATED_MOVED)
		return r < 0 ? r : 1;
	if (pull->use == STATED_REQUIRED)
		return is_taken(pull, w, entry->name) ? refuse_name(entry->name, err) : 1;
	log_notice("the archive names its image '%s', but another image has that name: 'masu tag' "
		   "moves it",
		   entry->name);
	return 0;
}

/* Gives the image the names that its archive states. Returns how many it has now. */
static int give_names(const struct pull *pull, const struct wanted *w, struct layout_entry entry,
		      struct masu_error *err)
{
	int n = 0;

	STRV_FOREACH(name, pull->stated) {
		entry.name = *name;
		int r = give_name(pull, w, &entry, err);
		if (r < 0)
			return r;
		n += r;
	}
	return n;
}

/* The documents come after the layers, and the name after all. */
static int publish(const struct pull *pull, const struct blob_store *blobs, const struct wanted *w,
		   struct masu_error *err)
{
	const struct image_descriptor *config = &w->manifest.config;
	int r = blob_store_put(blobs, &config->digest, w->config_text, (size_t)config->size);

	if (r >= 0)
		r = blob_store_put(blobs, &w->document.digest, w->document.bytes, w->document.size);
	if (r >= 0)
		r = blob_store_sync(blobs);
	if (r < 0)
		return err_sys(err, r, "store the image's documents");
	struct layout_entry entry = {
		.name = pull->name,
		.media_type = w->media_type,
		.manifest = w->document.digest,
		.manifest_size = w->document.size,
		.index = w->index,
	};
	r = give_names(pull, w, entry, err);
	if (r < 0 || (r > 0 && pull->name_only_if_none))
		return MIN(r, 0);
	return layout_put(pull->store, &entry, err);
}

int pull_run(const struct pull *pull, struct digest *ret, struct masu_error *err)
{
	_cleanup_blob_store_ struct blob_store blobs = BLOB_STORE_INIT;
	_cleanup_platform_ struct image_platform platform = {0};
	_cleanup_wanted_ struct wanted w = {0};
	int r = platform_parse(pull->platform, &platform, err);

	if (r < 0)
		return r;
	report_progress(pull->report, &(struct image_progress){.phase = IMAGE_RESOLVING});
	r = blob_store_open(pull->store, &blobs, err);
	if (r < 0)
		return r;
	r = find_manifest(pull, &platform, &w, err);
	if (r < 0)
		return r;
	if (pull->resolve) {
		*ret = w.document.digest;
		return 0;
	}
	r = read_config(pull, &platform, &w, err);
	if (r < 0)
		return r;
	r = check_names(pull, &w, err);
	if (r < 0)
		return r;
	r = pull_layers(pull, &blobs, &w, err);
	if (r < 0)
		return r;
	r = publish(pull, &blobs, &w, err);
	if (r < 0)
		return r;
	*ret = w.document.digest;
	return 0;
}

int pull_stored(const struct pull *pull, const struct masu_image *image, struct masu_error *err)
{
	_cleanup_blob_store_ struct blob_store blobs = BLOB_STORE_INIT;
	_cleanup_wanted_ struct wanted w = {0};
	int r = blob_store_open(pull->store, &blobs, err);

	if (r < 0)
		return r;
	r = layout_read_manifest(pull->store, &image->manifest, image->manifest_size, &w.manifest,
				 err);
	if (r < 0)
		return r;
	r = layout_read_config(pull->store, &w.manifest.config.digest, w.manifest.config.size,
			       &w.config, err);
	if (r < 0)
		return r;
	if (w.config.n_diff_ids != w.manifest.n_layers)
		return err_set(err, ERR_INVALID, EBADMSG,
			       "the image's config does not fit its manifest");
	return pull_layers(pull, &blobs, &w, err);
}
