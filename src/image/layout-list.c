/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/path.h"
#include "base/str.h"
#include "image/layout.h"

/* Fewer digits than this are more likely a mistyped name than an image id. */
#define ID_PREFIX_MIN 4

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

/* Checks that the layers exist and have the right sizes. Their bytes were verified during the pull. */
static int check_layers(int blobs, const struct image_manifest *m, struct masu_error *err)
{
	for (size_t i = 0; i < m->n_layers; i++) {
		const struct image_descriptor *layer = &m->layers[i];
		struct stat st;
		bool found = fstatat(blobs, layer->digest.hex, &st, AT_SYMLINK_NOFOLLOW) == 0;

		if (!found && err_is_shortage(-errno))
			return err_sys(err, errno, "look at layer sha256:%s", layer->digest.hex);
		if (!found || !S_ISREG(st.st_mode) || (uint64_t)st.st_size != layer->size)
			return err_set(err, ERR_INVALID, EBADMSG, "layer sha256:%s is %s",
				       layer->digest.hex,
				       !found && errno == ENOENT ? "missing" : "damaged");
	}
	return 0;
}

/* The directory of the blobs. A missing one makes all images damaged. */
static int open_blobs(const struct layout *l)
{
	return path_open_in(l->fd, "blobs/sha256", O_PATH | O_DIRECTORY, 0,
			    PATH_BENEATH | PATH_NO_SYMLINKS);
}

/* Reads the properties of an image from its blobs. */
static int read_details(const struct layout *l, int blobs, struct masu_image *image,
			struct masu_error *err)
{
	_cleanup_image_manifest_ struct image_manifest m = {0};
	_cleanup_image_config_ struct image_config c = {0};
	int r = layout_read_manifest(l, &image->manifest, image->manifest_size, &m, err);

	if (r < 0)
		return r;
	image->config = m.config.digest;
	image->config_size = m.config.size;
	image->size = image->manifest_size + m.config.size;
	for (size_t i = 0; i < m.n_layers; i++)
		if (__builtin_add_overflow(image->size, m.layers[i].size, &image->size))
			return err_set(err, ERR_INVALID, EBADMSG,
				       "the sum of its sizes is too large");
	r = layout_read_config(l, &m.config.digest, m.config.size, &c, err);
	if (r < 0)
		return r;
	image->created_ns = c.created_ns;
	image->platform = c.platform;
	c.platform = (struct image_platform){0};
	image->labels = TAKE(c.labels, (struct oci_map){0});
	return check_layers(blobs, &m, err);
}

static int read_image(const struct layout *l, int blobs, const struct image_descriptor *d,
		      struct masu_image *image, struct masu_error *err)
{
	_cleanup_err_ struct masu_error damage = ERR_INIT;

	image->manifest = d->digest;
	image->manifest_size = d->size;
	image->index = d->index;
	image->media_type = strdup(d->media_type);
	image->name = d->ref_name ? strdup(d->ref_name) : NULL;
	if (!image->media_type || (d->ref_name && !image->name))
		return err_sys(err, ENOMEM, "list images");
	int r = read_details(l, blobs, image, &damage);
	if (err_is_shortage(r))
		return err_move(err, &damage);
	if (r < 0)
		image->damage = TAKE_PTR(damage.message);
	return 0;
}

int layout_list(const struct layout *l, struct masu_image_list *ret, struct masu_error *err)
{
	_cleanup_layout_list_ struct masu_image_list list = {0};
	_cleanup_image_index_ struct image_index index = {0};
	_cleanup_close_ int blobs = open_blobs(l);
	int r = err_is_shortage(blobs) ? err_sys(err, blobs, "open the blobs of '%s'", l->path)
				       : layout_read_index(l, &index, err);

	if (r < 0)
		return r;
	list.images = calloc(index.n_manifests ? index.n_manifests : 1, sizeof(*list.images));
	if (!list.images)
		return err_sys(err, ENOMEM, "list images");
	for (size_t i = 0; i < index.n_manifests; i++) {
		list.n++;
		r = read_image(l, blobs, &index.manifests[i], &list.images[i], err);
		if (r < 0)
			return r;
	}
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
	const struct image_descriptor *d;
	int r = layout_read_index(l, &index, err);

	if (r >= 0)
		r = find_entry(l, &index, what, &d, err);
	if (r < 0)
		return r;
	if (!d)
		return err_set(err, ERR_NOT_FOUND, ENOENT, "no image '%s' here", what);
	_cleanup_close_ int blobs = open_blobs(l);
	if (err_is_shortage(blobs))
		return err_sys(err, blobs, "open the blobs of '%s'", l->path);
	r = read_image(l, blobs, d, &image, err);
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
