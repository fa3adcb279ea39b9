/* SPDX-License-Identifier: Apache-2.0 */
#include "transfer/commit.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/json-build.h"
#include "base/json.h"
#include "base/str.h"
#include "image/platform.h"
#include "transfer/archive-dir.h"
#include "transfer/blob-store.h"
#include "transfer/deflate.h"
#include "transfer/expand.h"
#include "unpack/sha256.h"

#define MANIFEST_TYPE "application/vnd.oci.image.manifest.v1+json"
#define CONFIG_TYPE   "application/vnd.oci.image.config.v1+json"
#define LAYER_TYPE    "application/vnd.oci.image.layer.v1.tar"
#define GZIP_TYPE     LAYER_TYPE "+gzip"
#define ZSTD_TYPE     LAYER_TYPE "+zstd"

struct commit {
	const struct image_options *options;
	const struct layout *store;
	struct blob_store blobs;
	struct image_manifest base; /* without layers for an import */
	struct expand *archive;	    /* of an import, else NULL */
	struct deflated layer;
	struct digest config, manifest;
	uint64_t config_size, manifest_size;
};

static void commit_done(struct commit *c)
{
	blob_store_done(&c->blobs);
	image_manifest_done(&c->base);
}

/* Its blobs stay as long as the hold on the ingest directory, which was acquired before. */
static int read_base(struct commit *c, struct masu_error *err)
{
	_cleanup_layout_image_ struct masu_image image = {0};
	int r = layout_find(c->store, c->options->argument, &image, err);

	return r < 0 ? r
		     : layout_read_manifest(c->store, &image.manifest, image.manifest_size,
					    &c->base, err);
}

static int deflate_input(struct commit *c, int fd, struct masu_error *err)
{
	_cleanup_err_ struct masu_error why = ERR_INIT;

	if (!c->archive)
		return deflate_layer(c->options->layer, fd, &c->layer, err);
	int r = deflate_layer(c->archive->output, fd, &c->layer, err);
	if (r < 0)
		return r;
	/* An archive that cannot be read ends early, too. */
	r = expand_finish(c->archive, &why);
	return r < 0 ? err_move(err, &why) : 0;
}

/*
 * The digest is known at the end, and the blob then appears whole in one step. No lock is needed: a process that makes the
 * same blob puts the same bytes in its place.
 */
static int store_layer(struct commit *c, struct masu_error *err)
{
	char temporary[32], path[BLOB_NAME_MAX];
	uint64_t random;

	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		return err_sys(err, EIO, "store the layer");
	(void)snprintf(temporary, sizeof(temporary), "commit-%016" PRIx64, random);
	_cleanup_close_ int fd = openat(c->blobs.dir, temporary,
					O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_sys(err, errno, "create a file in '%s'", c->store->path);
	int r = deflate_input(c, fd, err);
	if (r == 0 && (fdatasync(fd) < 0 || renameat(c->blobs.dir, temporary, c->store->fd,
						     blob_path(&c->layer.blob, path)) < 0))
		r = err_sys(err, errno, "store the layer in '%s'", c->store->path);
	if (r < 0)
		(void)unlinkat(c->blobs.dir, temporary, 0); /* else the next gc does */
	return r;
}

static int store_document(const struct commit *c, struct json_object *doc, struct digest *ret,
			  uint64_t *ret_size, struct masu_error *err)
{
	const char *text = json_text(doc, false);

	if (!text)
		return err_oom(err);
	*ret_size = strlen(text);
	int r = sha256_of(text, *ret_size, ret);
	if (r == 0)
		r = blob_store_put(&c->blobs, ret, text, *ret_size);
	return r < 0 ? err_sys(err, r, "store the image's documents") : 0;
}

/* It comes when the whole layer was sent: so a layer that was cut short never becomes an image. */
static int read_config(const struct commit *c, struct json_object **ret, struct masu_error *err)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	int r = fd_read_all(c->options->config, IMAGE_CONFIG_MAX, &text, &size);

	if (r < 0)
		return err_sys(err, r, "read the config");
	if (size == 0)
		return err_set(err, ERR_CONFLICT, ECANCELED, "the layer is incomplete");
	return json_parse(text, size, "the config", ret, err);
}

static int add_platform(const struct commit *c, struct json_object *doc, struct json_build *b,
			struct masu_error *err)
{
	_cleanup_platform_ struct image_platform platform = {0};
	int r = platform_parse(c->options->platform, &platform, err);

	if (r < 0)
		return r;
	build_text(b, doc, "os", platform.os);
	build_text(b, doc, "architecture", platform.arch);
	build_text(b, doc, "variant", platform.variant);
	return 0;
}

/* The config is the caller's but for the layer's diff id, and for the platform of an import. */
static int store_config(struct commit *c, struct masu_error *err)
{
	_cleanup_image_config_ struct image_config parsed = {0};
	_cleanup_json_ struct json_object *doc = NULL;
	struct json_object *rootfs = NULL, *ids = NULL;
	struct json_build b = {0};
	char text[DIGEST_TEXT_MAX];
	int r = read_config(c, &doc, err);

	if (r == 0 && c->archive)
		r = add_platform(c, doc, &b, err);
	if (r == 0)
		r = MIN(json_get_object(doc, "", "rootfs", &rootfs, err), 0);
	if (r == 0 && rootfs)
		r = MIN(json_get_array(rootfs, "rootfs", "diff_ids", &ids, err), 0);
	if (r < 0)
		return r;
	build_text(&b, ids, NULL, digest_text(&c->layer.diff, text));
	if (b.failed)
		return err_oom(err);
	r = store_document(c, doc, &c->config, &c->config_size, err);
	if (r < 0)
		return r;
	/* A config that no command could read must not get a name. */
	r = layout_read_config(c->store, &c->config, c->config_size, &parsed, err);
	if (r == 0 && parsed.n_diff_ids != c->base.n_layers + 1)
		r = err_set(err, ERR_INVALID, EBADMSG, "the config does not fit the base image");
	return r;
}

static int store_manifest(struct commit *c, struct masu_error *err)
{
	_cleanup_json_ struct json_object *doc = json_object_new_object();
	struct json_build b = {0};

	build_int(&b, doc, "schemaVersion", 2);
	build_text(&b, doc, "mediaType", MANIFEST_TYPE);
	blob_describe(&b, build_object(&b, doc, "config"), CONFIG_TYPE, &c->config, c->config_size);
	struct json_object *layers = build_array(&b, doc, "layers");
	for (size_t i = 0; i < c->base.n_layers; i++) {
		const struct image_descriptor *d = &c->base.layers[i];

		/* Docker's types become OCI's. */
		blob_describe(&b, build_object(&b, layers, NULL),
			      d->media == IMAGE_MEDIA_LAYER_GZIP   ? GZIP_TYPE
			      : d->media == IMAGE_MEDIA_LAYER_ZSTD ? ZSTD_TYPE
								   : LAYER_TYPE,
			      &d->digest, d->size);
	}
	blob_describe(&b, build_object(&b, layers, NULL), GZIP_TYPE, &c->layer.blob, c->layer.size);
	if (b.failed)
		return err_oom(err);
	return store_document(c, doc, &c->manifest, &c->manifest_size, err);
}

static int store_all(struct commit *c, struct masu_error *err)
{
	int r = c->archive ? 0 : read_base(c, err);

	if (r == 0 && c->base.n_layers >= IMAGE_LAYERS_MAX)
		r = err_set(err, ERR_UNSUPPORTED, E2BIG, "the image has too many layers (%zu)",
			    c->base.n_layers);
	if (r == 0)
		r = store_layer(c, err);
	if (r == 0)
		r = store_config(c, err);
	if (r == 0)
		r = store_manifest(c, err);
	if (r < 0)
		return r;
	r = blob_store_sync(&c->blobs);
	return r < 0 ? err_sys(err, r, "store the image") : 0;
}

static int make_image(const struct fetch *f, struct commit *c, int broker, struct masu_error *err)
{
	int r = fetch_confine(f, err);

	if (r == 0)
		r = store_all(c, err);
	if (r < 0)
		return r;
	const struct masu_image image = {.manifest = c->manifest,
					 .manifest_size = c->manifest_size};
	r = fetch_layers(f, broker, &image, err);
	if (r < 0)
		return r;
	const struct layout_entry entry = {.name = f->options->name,
					   .media_type = MANIFEST_TYPE,
					   .manifest = c->manifest,
					   .manifest_size = c->manifest_size};
	r = layout_put(c->store, &entry, err);
	if (r == 0)
		fetch_report(f, &c->manifest);
	return r;
}

/* A fetcher_fn. */
static int fetch_committed(void *arg, int broker, struct masu_error *err)
{
	const struct fetch *f = arg;
	_cleanup_(commit_done) struct commit c = {
		.options = f->options, .store = &f->store->layout, .blobs = BLOB_STORE_INIT};
	int r = blob_store_open(c.store, &c.blobs, err);

	return r < 0 ? r : make_image(f, &c, broker, err);
}

/* A fetcher_fn. */
static int fetch_imported(void *arg, int broker, struct masu_error *err)
{
	const struct fetch *f = arg;
	_cleanup_expand_ struct expand archive = EXPAND_INIT;
	_cleanup_archive_dir_ struct archive_dir empty_root = ARCHIVE_DIR_INIT;
	_cleanup_(commit_done) struct commit c = {.options = f->options,
						  .store = &f->store->layout,
						  .blobs = BLOB_STORE_INIT,
						  .archive = &archive};
	int r = blob_store_open(c.store, &c.blobs, err);

	if (r == 0)
		r = archive_dir_new(c.store, &empty_root, err);
	if (r == 0)
		r = expand_begin(&f->store->map, f->options->layer, empty_root.fd, &archive, err);
	if (r == 0)
		r = make_image(f, &c, broker, err);
	return r < 0 ? err_prefix(err, "cannot import the archive") : 0;
}

int command_commit(struct image_options *o, struct masu_error *err)
{
	return command_fetch(o, fetch_committed, err);
}

int command_import(struct image_options *o, struct masu_error *err)
{
	return command_fetch(o, fetch_imported, err);
}
