/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/path.h"
#include "base/str.h"
#include "image/details-cache.h"
#include "image/layout.h"

/* Fewer digits than this are more likely a mistyped name than an image id. */
#define ID_PREFIX_MIN 4

/* Fewer images are read faster than the cache. */
#define CACHE_MIN 16

void layout_image_done(struct masu_image *image)
{
	free(image->name);
	free(image->media_type);
	free(image->platform.os);
	free(image->platform.arch);
	free(image->platform.variant);
	free(image->damage);
	oci_map_done(&image->labels);
	*image = (struct masu_image){0};
}

void layout_list_done(struct masu_image_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		layout_image_done(&list->images[i]);
	free(list->images);
	*list = (struct masu_image_list){0};
}

bool layout_is_listed_before(const struct masu_image_list *list, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (digest_equal(&list->images[i].manifest, &list->images[index].manifest))
			return true;
	return false;
}

/* The images of a layout that are being read. */
struct reader {
	const struct layout *layout;
	int blobs;   /* the directory; a missing one makes all images damaged */
	void *sound; /* tree of layers that exist with their sizes: images share most of them */
	struct details_cache cache;
};

static void reader_done(struct reader *r)
{
	tdestroy(r->sound, free);
	fd_close(&r->blobs);
	details_cache_done(&r->cache);
}
#define _cleanup_reader_ _cleanup_(reader_done)

static int reader_init(struct reader *r, const struct layout *l, struct masu_error *err)
{
	*r = (struct reader){.layout = l, .cache = DETAILS_CACHE_INIT};
	r->blobs = path_open_in(l->fd, "blobs/sha256", O_PATH | O_DIRECTORY, 0,
				PATH_BENEATH | PATH_NO_SYMLINKS);
	return err_is_shortage(r->blobs) ? err_sys(err, r->blobs, "open the blobs of '%s'", l->path)
					 : 0;
}

struct blob {
	struct digest digest;
	uint64_t size;
};

static int compare_blobs(const void *a, const void *b)
{
	const struct blob *x = a, *y = b;
	int r = memcmp(x->digest.hex, y->digest.hex, DIGEST_HEX_LENGTH);

	return r ? r : (x->size > y->size) - (x->size < y->size);
}

/* Without memory it is looked at again. */
static void remember(struct reader *r, const struct blob *blob)
{
	struct blob *copy = malloc(sizeof(*copy));

	if (!copy)
		return;
	*copy = *blob;
	if (!tsearch(copy, &r->sound, compare_blobs))
		free(copy);
}

static int check_layer(struct reader *r, const struct image_descriptor *layer,
		       struct masu_error *err)
{
	const struct blob blob = {layer->digest, layer->size};
	struct stat st;

	if (tfind(&blob, &r->sound, compare_blobs))
		return 0;
	if (fstatat(r->blobs, layer->digest.hex, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		if (err_is_shortage(-errno))
			return err_sys(err, errno, "examine layer sha256:%s", layer->digest.hex);
		return err_set(err, ERR_INVALID, EBADMSG, "layer sha256:%s is %s",
			       layer->digest.hex, errno == ENOENT ? "missing" : "damaged");
	}
	if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size != layer->size)
		return err_set(err, ERR_INVALID, EBADMSG, "layer sha256:%s is damaged",
			       layer->digest.hex);
	remember(r, &blob);
	return 0;
}

/* Their bytes were verified during the pull. */
static int check_layers(struct reader *r, const struct image_manifest *m, struct masu_error *err)
{
	for (size_t i = 0; i < m->n_layers; i++) {
		int k = check_layer(r, &m->layers[i], err);

		if (k < 0)
			return k;
	}
	return 0;
}

static int take_manifest(const struct image_manifest *m, struct masu_image *image,
			 struct masu_error *err)
{
	image->config = m->config.digest;
	image->config_size = m->config.size;
	image->size = image->manifest_size + m->config.size;
	for (size_t i = 0; i < m->n_layers; i++)
		if (__builtin_add_overflow(image->size, m->layers[i].size, &image->size))
			return err_set(err, ERR_INVALID, EBADMSG,
				       "the sum of its sizes is too large");
	return 0;
}

static int read_config(const struct layout *l, struct masu_image *image, struct masu_error *err)
{
	_cleanup_image_config_ struct image_config c = {0};
	int r = layout_read_config(l, &image->config, image->config_size, &c, err);

	if (r < 0)
		return r;
	image->created_ns = c.created_ns;
	image->platform = TAKE(c.platform, (struct image_platform){0});
	image->labels = TAKE(c.labels, (struct oci_map){0});
	return 0;
}

static int read_blobs(struct reader *r, struct masu_image *image, struct image_manifest *ret,
		      struct masu_error *err)
{
	struct details_blobs before = {0};

	details_cache_look(&r->cache, r->blobs, &image->manifest, &before.manifest);
	int k = layout_read_manifest(r->layout, &image->manifest, image->manifest_size, ret, err);
	if (k >= 0)
		k = take_manifest(ret, image, err);
	if (k < 0)
		return k;
	details_cache_look(&r->cache, r->blobs, &image->config, &before.config);
	k = read_config(r->layout, image, err);
	if (k < 0)
		return k;
	details_cache_add(&r->cache, image, ret, &before);
	return 0;
}

static int read_details(struct reader *r, struct masu_image *image, struct masu_error *err)
{
	_cleanup_image_manifest_ struct image_manifest m = {0};
	int k = details_cache_get(&r->cache, r->blobs, image, &m) ? take_manifest(&m, image, err)
								  : read_blobs(r, image, &m, err);

	return k < 0 ? k : check_layers(r, &m, err);
}

static int read_image(struct reader *r, const struct image_descriptor *d, struct masu_image *image,
		      struct masu_error *err)
{
	_cleanup_err_ struct masu_error damage = ERR_INIT;

	image->manifest = d->digest;
	image->manifest_size = d->size;
	image->index = d->index;
	image->media_type = strdup(d->media_type);
	image->name = d->ref_name ? strdup(d->ref_name) : NULL;
	if (!image->media_type || (d->ref_name && !image->name))
		return err_oom(err);
	int k = read_details(r, image, &damage);
	if (err_is_shortage(k))
		return err_move(err, &damage);
	if (k < 0)
		image->damage = TAKE_PTR(damage.message);
	return 0;
}

int layout_list(const struct layout *l, struct masu_image_list *ret, struct masu_error *err)
{
	_cleanup_layout_list_ struct masu_image_list list = {0};
	_cleanup_image_index_ struct image_index index = {0};
	_cleanup_reader_ struct reader reader;
	int r = reader_init(&reader, l, err);

	if (r == 0)
		r = layout_read_index(l, &index, err);
	if (r < 0)
		return r;
	list.images = calloc(index.n_manifests ? index.n_manifests : 1, sizeof(*list.images));
	if (!list.images)
		return err_oom(err);
	if (l->cache && index.n_manifests > CACHE_MIN)
		details_cache_open(&reader.cache, l->cache);
	for (size_t i = 0; i < index.n_manifests; i++) {
		list.n++;
		r = read_image(&reader, &index.manifests[i], &list.images[i], err);
		if (r < 0)
			return r;
	}
	details_cache_close(&reader.cache);
	*ret = list;
	list = (struct masu_image_list){0};
	return 0;
}

/* Returns whether the reference means the entry. If it has a tag and a digest, both must match. */
static bool entry_matches(const struct image_descriptor *d, const char *name,
			  const struct reference *wanted)
{
	_cleanup_reference_ struct reference own = {0};

	if (!d->ref_name)
		return false;
	if (streq(d->ref_name, name))
		return true;
	if (!*wanted->digest.hex || reference_parse(d->ref_name, &own, NULL) < 0)
		return false;
	if (!reference_same_repository(&own, wanted))
		return false;
	return digest_equal(&d->digest, &wanted->digest) ||
	       digest_equal(&d->index, &wanted->digest);
}

static const struct image_descriptor *find_by_name(const struct image_index *index,
						   const char *what)
{
	_cleanup_reference_ struct reference ref = {0};

	/* An image from a directory or an archive is named after it ("oci:/srv/image"). */
	for (size_t i = 0; i < index->n_manifests; i++)
		if (index->manifests[i].ref_name && streq(index->manifests[i].ref_name, what))
			return &index->manifests[i];
	if (reference_parse(what, &ref, NULL) < 0)
		return NULL;
	_cleanup_free_ char *name = reference_to_string(&ref);
	for (size_t i = 0; name && i < index->n_manifests; i++)
		if (entry_matches(&index->manifests[i], name, &ref))
			return &index->manifests[i];
	return NULL;
}

static const struct image_descriptor *find_by_digest(const struct image_index *index,
						     const struct digest *d)
{
	for (size_t i = 0; i < index->n_manifests; i++)
		if (digest_equal(&index->manifests[i].digest, d) ||
		    digest_equal(&index->manifests[i].index, d))
			return &index->manifests[i];
	return NULL;
}

/* Finds the only config whose digest begins with `prefix`. 0, with NULL if it is not found. */
static int find_by_id(const struct layout *l, const struct image_index *index, const char *prefix,
		      const struct image_descriptor **ret, struct masu_error *err)
{
	struct digest found = {0};

	*ret = NULL;
	for (size_t i = 0; i < index->n_manifests; i++) {
		_cleanup_image_manifest_ struct image_manifest m = {0};

		if (layout_read_manifest(l, &index->manifests[i].digest, index->manifests[i].size,
					 &m, NULL) < 0 ||
		    !str_after(m.config.digest.hex, prefix))
			continue;
		if (*ret && !digest_equal(&found, &m.config.digest))
			return err_set(err, ERR_CONFLICT, EEXIST,
				       "several images have ids that begin with '%s'", prefix);
		found = m.config.digest;
		if (!*ret)
			*ret = &index->manifests[i];
	}
	return 0;
}

static int find_entry(const struct layout *l, const struct image_index *index, const char *what,
		      const struct image_descriptor **ret, struct masu_error *err)
{
	const char *hex = str_after(what, DIGEST_PREFIX);
	const char *digits = hex ? hex : what;
	size_t n = strspn(digits, "0123456789abcdef");
	struct digest d;

	*ret = hex ? NULL : find_by_name(index, what);
	if (!*ret && hex && digest_parse(what, &d) == 0)
		*ret = find_by_digest(index, &d);
	if (*ret || digits[n] || n < ID_PREFIX_MIN || n > DIGEST_HEX_LENGTH)
		return 0;
	return find_by_id(l, index, digits, ret, err);
}

int layout_find(const struct layout *l, const char *what, struct masu_image *ret,
		struct masu_error *err)
{
	_cleanup_image_index_ struct image_index index = {0};
	_cleanup_layout_image_ struct masu_image image = {0};
	_cleanup_reader_ struct reader reader;
	const struct image_descriptor *d;
	int r = reader_init(&reader, l, err);

	if (r == 0)
		r = layout_read_index(l, &index, err);
	if (r >= 0)
		r = find_entry(l, &index, what, &d, err);
	if (r < 0)
		return r;
	if (!d)
		return err_set(err, ERR_NOT_FOUND, ENOENT, "no image '%s' here", what);
	r = read_image(&reader, d, &image, err);
	if (r < 0)
		return r;
	if (image.damage) {
		(void)err_set(err, ERR_INVALID, EBADMSG, "image '%s' is damaged: %s", what,
			      image.damage);
		return err_hint(err, "pull it again");
	}
	*ret = image;
	image = (struct masu_image){0};
	return 0;
}
