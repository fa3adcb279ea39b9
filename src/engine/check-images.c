/* SPDX-License-Identifier: Apache-2.0 */

/* The images of a store that is checked (engine/check.h). */

#include <errno.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "base/strv.h"
#include "engine/check.h"
#include "engine/image.h"

static int no_memory(struct masu_error *err)
{
	return err_sys(err, ENOMEM, "check the images");
}

/* The digests of the blobs of an image, as far as they are known. */
static int list_blobs(const struct check *c, const struct masu_image *image, char ***ret)
{
	_cleanup_image_manifest_ struct image_manifest m = {0};
	int r = strv_push(ret, image->manifest.hex);

	if (r < 0 ||
	    layout_read_manifest(&c->store, &image->manifest, image->manifest_size, &m, NULL) < 0)
		return r;
	r = strv_push(ret, m.config.digest.hex);
	for (size_t i = 0; r == 0 && i < m.n_layers; i++)
		r = strv_push(ret, m.layers[i].digest.hex);
	return r;
}

static const char *find_damaged(const struct check *c, char *const *blobs)
{
	STRV_FOREACH(hex, blobs)
		if (c->damaged && strstr(c->damaged, *hex))
			return *hex;
	return NULL;
}

static bool has_size(const struct check *c, const struct digest *d, uint64_t size)
{
	_cleanup_close_ int fd = layout_open_blob(&c->store, d, size);

	return fd >= 0 || fd == -ENOENT;
}

static void drop_blob(const struct check *c, const char *hex)
{
	_cleanup_free_ char *path = str_printf("blobs/sha256/%s", hex);

	if (path)
		(void)unlinkat(c->store.fd, path,
			       0); /* the pull reports a blob that is damaged still */
}

/* Damaged blobs are removed: a pull fetches only those that the store lacks. */
static int drop_damaged(const struct check *c, const struct masu_image *image, char *const *blobs,
			struct masu_error *err)
{
	_cleanup_image_manifest_ struct image_manifest m = {0};
	_cleanup_close_ int lock = layout_lock(&c->store, LOCK_EX, err);

	if (lock < 0)
		return lock;
	if (layout_read_manifest(&c->store, &image->manifest, image->manifest_size, &m, NULL) < 0)
		drop_blob(c, image->manifest.hex);
	else if (!has_size(c, &m.config.digest, m.config.size))
		drop_blob(c, m.config.digest.hex);
	for (size_t i = 0; i < m.n_layers; i++)
		if (!has_size(c, &m.layers[i].digest, m.layers[i].size))
			drop_blob(c, m.layers[i].digest.hex);
	STRV_FOREACH(hex, blobs)
		if (c->damaged && strstr(c->damaged, *hex))
			drop_blob(c, *hex);
	return 0;
}

/* "REPOSITORY@sha256:HEX": the name may belong to another image by now. NULL: no registry has the image. */
static char *pinned_name(const struct masu_image *image)
{
	_cleanup_reference_ struct reference ref = {0};

	if (!image->name || reference_parse(image->name, &ref, NULL) < 0 ||
	    streq(ref.domain, "localhost"))
		return NULL;
	free(TAKE_PTR(ref.tag));
	ref.digest = image->manifest;
	return reference_to_string(&ref);
}

static bool is_whole(const struct check *c, const struct masu_image *image)
{
	_cleanup_layout_image_ struct masu_image again = {0};
	char digest[DIGEST_TEXT_MAX];

	return layout_find(&c->store, digest_text(&image->manifest, digest), &again, NULL) == 0;
}

static int fetch(struct check *c, const struct masu_image *image, char *const *blobs,
		 struct masu_error *err)
{
	static const struct masu_pull_options options = {
		.size = sizeof(options), .policy = MASU_PULL_ALWAYS, .quiet = true};
	_cleanup_free_ char *name = pinned_name(image);

	if (!name)
		return err_set(err, ERR_UNSUPPORTED, ENOTSUP, "it comes from no registry");
	int r = drop_damaged(c, image, blobs, err);
	if (r == 0)
		r = masu_image_pull(c->e, name, &options, NULL, err);
	if (r < 0)
		return r;
	if (!streq(name, image->name))
		(void)layout_untag(&c->store, name, NULL, NULL); /* a further name does no harm */
	return is_whole(c, image)
		       ? 0
		       : err_set(err, ERR_UNAVAILABLE, EBADMSG, "the registry has another image");
}

static bool is_listed_before(const struct masu_image_list *list, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (digest_equal(&list->images[i].manifest, &list->images[index].manifest))
			return true;
	return false;
}

/* Sets the outcome. `why` is the failure of the repair. */
static int repair(struct check *c, const struct masu_image *image, char *const *blobs,
		  struct check_problem *p, struct masu_error *why)
{
	if (!c->o.repair)
		return 0;
	int r = fetch(c, image, blobs, why);
	if (r == -ECANCELED)
		return r;
	if (r == 0)
		p->done = "fetched again";
	else if (c->o.force && layout_untag(&c->store, NULL, &image->manifest, NULL) == 0)
		p->done = "the image was removed";
	p->fix = CHECK_FORCE;
	return 0;
}

static int check_image(struct check *c, const struct masu_image *image, struct masu_error *err)
{
	_cleanup_strv_ char **blobs = NULL;
	_cleanup_err_ struct masu_error why = ERR_INIT;
	struct check_problem p = {.id = "image-damaged", .fix = CHECK_REPAIR};
	char digest[DIGEST_TEXT_MAX];

	if (list_blobs(c, image, &blobs) < 0)
		return no_memory(err);
	const char *damaged = find_damaged(c, blobs);
	if (!image->damage && !damaged)
		return 0;
	p.object = image->name ? image->name : digest_text(&image->manifest, digest);
	int r = repair(c, image, blobs, &p, &why);
	if (r < 0)
		return err_move(err, &why);
	check_add(c, &p, "%s%s%s%s%s",
		  image->damage ? image->damage : "the bytes are not those of blob sha256:",
		  image->damage ? "" : damaged, why.message ? ", and cannot be repaired (" : "",
		  str_or_empty(why.message), why.message ? ")" : "");
	return 0;
}

int check_images(struct check *c, struct masu_error *err)
{
	_cleanup_layout_list_ struct masu_image_list images = {0};
	int r = layout_list(&c->store, &images, err);

	for (size_t i = 0; r == 0 && i < images.n; i++)
		if (!is_listed_before(&images, i))
			r = check_image(c, &images.images[i], err);
	return r;
}
