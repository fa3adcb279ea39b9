/* SPDX-License-Identifier: Apache-2.0 */
#include "transfer/pull.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "base/str.h"
#include "base/strv.h"
#include "storage/layers.h"
#include "storage/paths.h"
#include "transfer/job.h"
#include "transfer/platform.h"
#include "unpack/sha256.h"

/* An index of an index of a manifest is as deep as anybody has built. */
#define INDEX_DEPTH_MAX 3

/* What is known of the image once its documents are read. */
struct wanted {
	struct source_document document; /* of the manifest */
	char *media_type;
	struct digest index; /* the index that was asked for, or none */
	struct image_manifest manifest;
	char *config_text;
	struct image_config config;
};

static void wanted_done(struct wanted *w)
{
	source_document_done(&w->document);
	free(w->media_type);
	image_manifest_done(&w->manifest);
	free(w->config_text);
	image_config_done(&w->config);
}
#define _cleanup_wanted_ _cleanup_(wanted_done)

/* From the document that the name stands for to the manifest for the platform. */
static int find_manifest(const struct pull *pull, const struct image_platform *platform,
			 struct wanted *w, struct err *err)
{
	int r = source_top(pull->source, pull->selector, &w->document, err);

	for (int depth = 0; r >= 0; depth++) {
		_cleanup_image_document_ struct image_document doc = {0};
		struct source_document next = {0};
		const struct image_descriptor *entry;

		r = image_document_parse(w->document.bytes, w->document.size,
					 w->document.media_type, &doc, err);
		if (r < 0)
			break;
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
		if (r >= 0)
			r = source_document(pull->source, entry, &next, err);
		if (r >= 0) {
			source_document_done(&w->document);
			w->document = next;
		}
	}
	return r;
}

static int check_platform(const struct pull *pull, const struct image_platform *wanted,
			  const struct image_platform *has, struct err *err)
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
		       struct wanted *w, struct err *err)
{
	const struct image_descriptor *d = &w->manifest.config;
	int r = source_blob(pull->source, d, IMAGE_CONFIG_MAX, &w->config_text, err);

	if (r >= 0)
		r = image_config_parse(w->config_text, (size_t)d->size, &w->config, err);
	if (r < 0)
		return r;
	if (w->config.n_diff_ids != w->manifest.n_layers)
		return err_set(err, ERR_INVALID, EBADMSG,
			       "the manifest has %zu layers, but the image config %zu",
			       w->manifest.n_layers, w->config.n_diff_ids);
	return check_platform(pull, platform, &w->config.platform, err);
}

/* What the layers will take at least: the blobs that aren't here, and what they unpack to. */
static int check_space(const struct pull *pull, const struct job *jobs, size_t n, struct err *err)
{
	char needed_text[STR_SIZE_MAX], free_text[STR_SIZE_MAX];
	uint64_t needed = 0, free_bytes;

	for (size_t i = 0; i < n; i++) {
		int fd = layout_open_blob(pull->store, &jobs[i].blob->digest, jobs[i].blob->size);
		uint64_t both = 0;

		if (fd < 0)
			both = jobs[i].blob->size;
		closep(&fd);
		if (!layers_exist(pull->paths, jobs[i].chain.hex) &&
		    __builtin_add_overflow(both, jobs[i].blob->size, &both))
			both = UINT64_MAX;
		if (__builtin_add_overflow(needed, both, &needed))
			needed = UINT64_MAX;
	}
	int r = file_free_space(pull->store->fd, &free_bytes);
	if (r < 0)
		return err_sys(err, r, "ask for free space in '%s'", pull->store->path);
	if (needed <= free_bytes)
		return 0;
	(void)err_set(
		err, ERR_NO_SPACE, ENOSPC, "the image needs %s at least, and '%s' has %s free",
		str_size(needed, needed_text), pull->paths->data, str_size(free_bytes, free_text));
	return err_hint(err, "make room, or set MASU_DATA_DIR to a larger place");
}

/* The chain id of a layer upon others (image-spec, config.md). */
static int chain_id(const struct digest *below, const struct digest *diff, struct digest *ret)
{
	char text[2 * DIGEST_TEXT_MAX + 1], a[DIGEST_TEXT_MAX], b[DIGEST_TEXT_MAX];
	int n = snprintf(text, sizeof(text), "%s %s", digest_text(below, a), digest_text(diff, b));

	return sha256_of(text, (size_t)n, ret);
}

static int make_jobs(const struct wanted *w, struct job *jobs, struct err *err)
{
	for (size_t i = 0; i < w->manifest.n_layers; i++) {
		jobs[i] = JOB_INIT;
		jobs[i].blob = &w->manifest.layers[i];
		jobs[i].diff = jobs[i].chain = w->config.diff_ids[i];
		jobs[i].number = i;
	}
	for (size_t i = 1; i < w->manifest.n_layers; i++) {
		int r = chain_id(&jobs[i - 1].chain, &jobs[i].diff, &jobs[i].chain);

		if (r < 0)
			return err_sys(err, r, "name the layers");
	}
	return 0;
}

static int write_stack(const struct pull *pull, const struct wanted *w, const struct job *jobs,
		       struct err *err)
{
	_cleanup_strv_ char **chains = strv_copy(NULL);
	int r = chains ? 0 : -ENOMEM;

	for (size_t i = 0; r >= 0 && i < w->manifest.n_layers; i++)
		r = strv_push(&chains, jobs[i].chain.hex);
	if (r < 0)
		return err_sys(err, r, "record the layers");
	return layers_stack_write(pull->paths, w->manifest.config.digest.hex, chains, err);
}

static int run_jobs(const struct pull *pull, const struct ingest *in, const struct wanted *w,
		    struct err *err)
{
	size_t n = w->manifest.n_layers;
	_cleanup_progress_ struct progress *progress = progress_new(n, pull->report);
	_cleanup_free_ struct job *jobs = calloc(n ? n : 1, sizeof(*jobs));
	struct job_context c = {.paths = pull->paths,
				.orders = pull->orders,
				.ingest = in,
				.source = pull->source,
				.http = pull->http,
				.progress = progress};

	if (!jobs || !progress)
		return err_sys(err, ENOMEM, "pull the layers");
	int r = make_jobs(w, jobs, err);
	if (r >= 0)
		r = check_space(pull, jobs, n, err);
	for (size_t i = 0; i < n; i++)
		progress_announce(progress, i, &jobs[i].blob->digest, jobs[i].blob->size);
	if (r >= 0)
		r = jobs_run(jobs, n, &c, err);
	if (r >= 0)
		r = write_stack(pull, w, jobs, err);
	for (size_t i = 0; i < n; i++)
		job_done(&jobs[i], &c);
	return r;
}

/* How many of the names that its archive states the image has now. */
static int offer_names(const struct pull *pull, struct layout_entry entry, struct err *err)
{
	int n = 0;

	STRV_FOREACH(name, pull->stated) {
		entry.name = *name;
		int r = layout_offer(pull->store, &entry, err);
		if (r < 0)
			return r;
		if (r == 0)
			log_notice("the archive calls its image '%s', which another image is "
				   "called: 'masu tag' gives it the name",
				   *name);
		n += r;
	}
	return n;
}

/* The documents come after the layers, and the name after all. */
static int publish(const struct pull *pull, const struct ingest *in, const struct wanted *w,
		   struct err *err)
{
	const struct image_descriptor *config = &w->manifest.config;
	int r = ingest_put(in, &config->digest, w->config_text, (size_t)config->size);

	if (r >= 0)
		r = ingest_put(in, &w->document.digest, w->document.bytes, w->document.size);
	if (r >= 0)
		r = ingest_sync(in);
	if (r < 0)
		return err_sys(err, r, "store the image's documents");
	if (!pull->name)
		return 0;
	struct layout_entry entry = {
		.name = pull->name,
		.media_type = w->media_type,
		.manifest = w->document.digest,
		.manifest_size = w->document.size,
		.index = w->index,
	};
	r = offer_names(pull, entry, err);
	if (r < 0 || (r > 0 && pull->name_only_if_none))
		return MIN(r, 0);
	return layout_put(pull->store, &entry, err);
}

int pull_run(const struct pull *pull, struct digest *ret, struct err *err)
{
	_cleanup_ingest_ struct ingest in = INGEST_INIT;
	_cleanup_platform_ struct image_platform platform = {0};
	_cleanup_wanted_ struct wanted w = {0};
	int r = platform_parse(pull->platform, &platform, err);

	report_progress(pull->report, &(struct image_progress){.phase = IMAGE_RESOLVING});
	if (r >= 0)
		r = ingest_open(pull->store, &in, err);
	if (r >= 0)
		r = find_manifest(pull, &platform, &w, err);
	if (r >= 0)
		r = read_config(pull, &platform, &w, err);
	if (r >= 0)
		r = run_jobs(pull, &in, &w, err);
	if (r >= 0)
		r = publish(pull, &in, &w, err);
	if (r < 0)
		return r;
	*ret = w.document.digest;
	return 0;
}

int pull_stored(const struct pull *pull, const struct layout_image *image, struct err *err)
{
	_cleanup_ingest_ struct ingest in = INGEST_INIT;
	_cleanup_wanted_ struct wanted w = {0};
	int r = ingest_open(pull->store, &in, err);

	if (r >= 0)
		r = layout_read_manifest(pull->store, &image->manifest, image->manifest_size,
					 &w.manifest, err);
	if (r >= 0)
		r = layout_read_config(pull->store, &w.manifest.config.digest,
				       w.manifest.config.size, &w.config, err);
	if (r >= 0 && w.config.n_diff_ids != w.manifest.n_layers)
		r = err_set(err, ERR_INVALID, EBADMSG,
			    "the image's config does not fit its manifest");
	return r < 0 ? r : run_jobs(pull, &in, &w, err);
}
