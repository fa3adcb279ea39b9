/* SPDX-License-Identifier: Apache-2.0 */
#include "transfer/save.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/prctl.h>

#include "base/fd.h"
#include "base/json-build.h"
#include "base/json.h"
#include "base/str.h"
#include "base/strv.h"
#include "image/report.h"
#include "transfer/archive-sink.h"
#include "transfer/blob-store.h"
#include "transfer/progress.h"
#include "unpack/sandbox.h"
#include "unpack/sha256.h"

#define DOCKER	    "application/vnd.docker."
#define BUFFER_SIZE (256 * 1024)

enum save_format {
	SAVE_DOCKER_ARCHIVE,
	SAVE_OCI_ARCHIVE,
	SAVE_OCI_DIR,
	SAVE_DOCKER_DIR,
	SAVE_FORMAT_MAX
};

static const char *const formats[] = {[SAVE_DOCKER_ARCHIVE] = "docker-archive",
				      [SAVE_OCI_ARCHIVE] = "oci-archive",
				      [SAVE_OCI_DIR] = "oci-dir",
				      [SAVE_DOCKER_DIR] = "docker-dir"};

struct saved_image {
	struct masu_image info;
	struct image_manifest manifest;
	char **names;
};

struct save {
	enum save_format format;
	const struct layout *store;
	struct archive_sink sink;
	struct saved_image *images;
	size_t n;
	struct progress *progress;
	struct json_object *written; /* the names of blobs: images share layers */
	char *buffer;
};

static void save_done(struct save *s)
{
	for (size_t i = 0; i < s->n; i++) {
		layout_image_done(&s->images[i].info);
		image_manifest_done(&s->images[i].manifest);
		strv_free(s->images[i].names);
	}
	free(s->images);
	archive_sink_done(&s->sink);
	progress_free(s->progress);
	(void)json_object_put(s->written);
	free(s->buffer);
}
#define _cleanup_save_ _cleanup_(save_done)

static int write_failed(int r, struct masu_error *err)
{
	return err_sys(err, r, "write the archive");
}

/* "sha256:HEX NAME NAME" */
static int read_image(struct save *s, const char *operand, struct masu_error *err)
{
	struct saved_image *image = &s->images[s->n];
	char **words = strv_split(operand, " ");

	if (!words)
		return err_oom(err);
	s->n++;
	image->names = words; /* behind the first word */
	int r = layout_find(s->store, words[0], &image->info, err);
	return r < 0 ? r
		     : layout_read_manifest(s->store, &image->info.manifest,
					    image->info.manifest_size, &image->manifest, err);
}

static size_t count_layers(const struct save *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++)
		n += s->images[i].manifest.n_layers;
	return n;
}

static int read_images(struct save *s, char *const *operands, int report, struct masu_error *err)
{
	size_t number = 0;

	s->images = calloc(strv_length(operands) + 1, sizeof(*s->images));
	s->written = json_object_new_object();
	s->buffer = malloc(BUFFER_SIZE);
	if (!s->images || !s->written || !s->buffer)
		return err_oom(err);
	STRV_FOREACH(operand, operands) {
		int r = read_image(s, *operand, err);

		if (r < 0)
			return r;
	}
	s->progress = progress_new(count_layers(s), report);
	if (!s->progress)
		return err_oom(err);
	for (size_t i = 0; i < s->n; i++)
		for (size_t k = 0; k < s->images[i].manifest.n_layers; k++) {
			const struct image_descriptor *d = &s->images[i].manifest.layers[k];

			progress_announce(s->progress, number++, &d->digest, d->size);
		}
	return 0;
}

static const char *blob_name(const struct save *s, const struct digest *d,
			     char buffer[BLOB_NAME_MAX])
{
	return s->format == SAVE_DOCKER_DIR ? d->hex : blob_path(d, buffer);
}

/* 1: it was written before. */
static int is_written(const struct save *s, const struct digest *d, struct masu_error *err)
{
	if (json_object_object_get_ex(s->written, d->hex, NULL))
		return 1;
	return json_object_object_add(s->written, d->hex, NULL) < 0 ? err_oom(err) : 0;
}

/* `layer` is its number for the progress, or -1. */
static int copy_bytes(struct save *s, int fd, const struct digest *d, ssize_t layer,
		      struct masu_error *err)
{
	_cleanup_sha256_ EVP_MD_CTX *sum = sha256_new();
	struct digest found;
	uint64_t done = 0;
	ssize_t n;

	if (!sum)
		return err_oom(err);
	while ((n = fd_read_full(fd, s->buffer, BUFFER_SIZE)) > 0) {
		int r = sha256_add(sum, s->buffer, (size_t)n);

		if (r == 0)
			r = archive_sink_data(&s->sink, s->buffer, (size_t)n);
		if (r < 0)
			return write_failed(r, err);
		done += (uint64_t)n;
		if (layer >= 0)
			progress_set(s->progress, (size_t)layer, IMAGE_DOWNLOADING, done);
	}
	if (n < 0 || sha256_finish(sum, &found) < 0)
		return err_sys(err, n < 0 ? (int)n : EIO, "read blob sha256:%s", d->hex);
	if (digest_equal(&found, d))
		return 0;
	(void)err_set(err, ERR_INVALID, EBADMSG, "the stored blob sha256:%s is damaged", d->hex);
	return err_hint(err, "masu system check --repair");
}

static int save_blob(struct save *s, const struct digest *d, uint64_t size, ssize_t layer,
		     struct masu_error *err)
{
	char name[BLOB_NAME_MAX];
	int r = is_written(s, d, err);

	if (r != 0)
		return MIN(r, 0);
	_cleanup_close_ int fd = layout_open_blob(s->store, d, size);
	if (fd < 0)
		return err_sys(err, fd, "open blob sha256:%s", d->hex);
	r = archive_sink_begin(&s->sink, blob_name(s, d, name), size);
	if (r < 0)
		return write_failed(r, err);
	r = copy_bytes(s, fd, d, layer, err);
	if (r < 0)
		return r;
	r = archive_sink_end(&s->sink);
	return r < 0 ? write_failed(r, err) : 0;
}

/* `number` is that of the first layer. */
static int save_image(struct save *s, const struct saved_image *image, size_t number,
		      struct masu_error *err)
{
	const struct image_manifest *m = &image->manifest;
	int r = save_blob(s, &m->config.digest, m->config.size, -1, err);

	for (size_t i = 0; r == 0 && i < m->n_layers; i++) {
		r = save_blob(s, &m->layers[i].digest, m->layers[i].size, (ssize_t)(number + i),
			      err);
		progress_set(s->progress, number + i, IMAGE_DONE, m->layers[i].size);
	}
	if (r == 0 && s->format != SAVE_DOCKER_DIR)
		r = save_blob(s, &image->info.manifest, image->info.manifest_size, -1, err);
	return r;
}

/* An entry for each name of an image. Some readers know the one annotation, some the other. */
static void add_entries(struct json_build *b, struct json_object *list,
			const struct saved_image *image)
{
	char *const *names = image->names + 1;

	do {
		struct json_object *o = build_object(b, list, NULL);

		blob_describe(b, o, image->info.media_type, &image->info.manifest,
			      image->info.manifest_size);
		if (!*names)
			continue;
		struct json_object *annotations = build_object(b, o, "annotations");
		build_text(b, annotations, IMAGE_FULL_NAME, *names);
		build_text(b, annotations, IMAGE_REF_NAME, *names);
	} while (*names && *++names);
}

static struct json_object *make_index(const struct save *s, struct json_build *b)
{
	struct json_object *doc = json_object_new_object(), *list;

	build_int(b, doc, "schemaVersion", 2);
	build_text(b, doc, "mediaType", "application/vnd.oci.image.index.v1+json");
	list = build_array(b, doc, "manifests");
	for (size_t i = 0; i < s->n; i++)
		add_entries(b, list, &s->images[i]);
	return doc;
}

/* manifest.json of docker's archives, in which files have the names that they have in the layout. */
static struct json_object *make_docker_list(const struct save *s, struct json_build *b)
{
	struct json_object *list = json_object_new_array();
	char path[BLOB_NAME_MAX];

	for (size_t i = 0; i < s->n; i++) {
		const struct image_manifest *m = &s->images[i].manifest;
		struct json_object *o = build_object(b, list, NULL);

		build_text(b, o, "Config", blob_path(&m->config.digest, path));
		build_texts(b, o, "RepoTags", s->images[i].names + 1);
		struct json_object *layers = build_array(b, o, "Layers");
		for (size_t k = 0; k < m->n_layers; k++)
			build_text(b, layers, NULL, blob_path(&m->layers[k].digest, path));
	}
	return list;
}

static const char *docker_type(const struct image_descriptor *layer)
{
	return layer->media == IMAGE_MEDIA_LAYER_GZIP ? DOCKER "image.rootfs.diff.tar.gzip"
						      : DOCKER "image.rootfs.diff.tar";
}

static struct json_object *make_docker_manifest(const struct image_manifest *m,
						struct json_build *b)
{
	struct json_object *doc = json_object_new_object();

	build_int(b, doc, "schemaVersion", 2);
	build_text(b, doc, "mediaType", DOCKER "distribution.manifest.v2+json");
	blob_describe(b, build_object(b, doc, "config"), DOCKER "container.image.v1+json",
		      &m->config.digest, m->config.size);
	struct json_object *layers = build_array(b, doc, "layers");
	for (size_t i = 0; i < m->n_layers; i++)
		blob_describe(b, build_object(b, layers, NULL), docker_type(&m->layers[i]),
			      &m->layers[i].digest, m->layers[i].size);
	return doc;
}

static int save_json(struct save *s, const char *name, struct json_object *doc,
		     const struct json_build *b, struct masu_error *err)
{
	_cleanup_json_ struct json_object *owned = doc;
	const char *text = owned && !b->failed ? json_text(owned, false) : NULL;

	if (!text)
		return err_oom(err);
	int r = archive_sink_text(&s->sink, name, text);
	return r < 0 ? write_failed(r, err) : 0;
}

static int save_documents(struct save *s, struct masu_error *err)
{
	struct json_build b = {0};
	const bool is_docker_dir = s->format == SAVE_DOCKER_DIR;
	int r = 0;

	if (is_docker_dir || s->format == SAVE_DOCKER_ARCHIVE)
		r = save_json(s, "manifest.json",
			      is_docker_dir ? make_docker_manifest(&s->images[0].manifest, &b)
					    : make_docker_list(s, &b),
			      &b, err);
	if (r < 0)
		return r;
	if (!is_docker_dir)
		r = save_json(s, "index.json", make_index(s, &b), &b, err);
	if (r < 0)
		return r;
	r = is_docker_dir
		    ? archive_sink_text(&s->sink, "version", "Directory Transport Version: 1.1\n")
		    : archive_sink_text(&s->sink, "oci-layout",
					"{\"imageLayoutVersion\":\"1.0.0\"}");
	if (r == 0)
		r = archive_sink_finish(&s->sink);
	return r < 0 ? write_failed(r, err) : 0;
}

/* The process reads what strangers have made, if only documents, and needs no other file. */
static int confine(const struct save *s, struct masu_error *err)
{
	const struct landlock_rule rules[] = {
		{.fd = s->store->fd, .access = LANDLOCK_READ},
		{.fd = s->sink.dir, .access = LANDLOCK_STORE},
	};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_sys(err, errno, "give up privileges");
	return landlock_confine(rules, ARRAY_SIZE(rules), false, err);
}

static int find_format(const char *name, enum save_format *ret, struct masu_error *err)
{
	for (size_t i = 0; i < SAVE_FORMAT_MAX; i++)
		if (streq(name, formats[i])) {
			*ret = (enum save_format)i;
			return 0;
		}
	return err_set(err, ERR_INVALID, EINVAL, "invalid format: '%s'", name);
}

/* Docker's manifests have no type for zstd that others know. */
static int check_docker_dir(const struct save *s, struct masu_error *err)
{
	const struct image_manifest *m = &s->images[0].manifest;

	if (s->n != 1)
		return err_set(err, ERR_INVALID, EINVAL, "format 'docker-dir' has one image");
	for (size_t i = 0; i < m->n_layers; i++)
		if (m->layers[i].media == IMAGE_MEDIA_LAYER_ZSTD) {
			(void)err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
				      "format 'docker-dir' cannot have layers compressed by zstd");
			return err_hint(err, "use --format oci-dir");
		}
	return 0;
}

static int add_directories(struct save *s, struct masu_error *err)
{
	int r = archive_sink_dir(&s->sink, "blobs");

	if (r == 0)
		r = archive_sink_dir(&s->sink, "blobs/sha256");
	return r < 0 ? write_failed(r, err) : 0;
}

static int save_all(struct save *s, char *const *operands, const struct image_options *o,
		    struct masu_error *err)
{
	size_t number = 0;
	int r = archive_sink_init(&s->sink, o->output);

	if (r < 0)
		return err_sys(err, r, "open the archive");
	r = confine(s, err);
	if (r == 0)
		r = read_images(s, operands, o->quiet ? -1 : o->report, err);
	if (r == 0 && s->format == SAVE_DOCKER_DIR)
		r = check_docker_dir(s, err);
	if (r == 0 && s->format != SAVE_DOCKER_DIR)
		r = add_directories(s, err);
	for (size_t i = 0; r == 0 && i < s->n; i++) {
		r = save_image(s, &s->images[i], number, err);
		number += s->images[i].manifest.n_layers;
	}
	return r < 0 ? r : save_documents(s, err);
}

int command_save(char *const *images, struct image_options *o, struct masu_error *err)
{
	_cleanup_blob_store_ struct blob_store blobs = BLOB_STORE_INIT;
	_cleanup_store_ struct store store = STORE_INIT;
	_cleanup_save_ struct save s = {.store = &store.layout, .sink = ARCHIVE_SINK_INIT};
	int r = find_format(o->format, &s.format, err);

	if (r == 0)
		r = store_open(o, &store, err);
	if (r == 0)
		r = blob_store_open(&store.layout, &blobs, err);
	if (r == 0)
		r = save_all(&s, images, o, err);
	if (r == 0)
		report_result(o->report, "");
	return r;
}
