/* SPDX-License-Identifier: Apache-2.0 */

/* The images of a store that is checked (engine/store/check.h). */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/array.h"
#include "base/file.h"
#include "base/str.h"
#include "base/strv.h"
#include "engine/store/check.h"

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

	return fd >= 0 || fd == -ENOENT || err_is_shortage(fd);
}

struct places {
	char *blob, *aside; /* below the directory of images */
};

static void places_done(struct places *p)
{
	free(p->blob);
	free(p->aside);
}
#define _cleanup_places_ _cleanup_(places_done)

static int find_places(const char *hex, struct places *ret)
{
	ret->blob = str_printf("blobs/sha256/%s", hex);
	ret->aside = str_printf(LAYOUT_INGEST "/damaged-%s", hex);
	return ret->blob && ret->aside ? 0 : -ENOMEM;
}

static int set_aside(const struct check *c, const char *hex, char ***aside)
{
	_cleanup_places_ struct places p = {0};

	if (find_places(hex, &p) < 0)
		return -ENOMEM;
	if (renameat(c->store.fd, p.blob, c->store.fd, p.aside) < 0)
		return errno == ENOENT ? 0 : -errno;
	return strv_push(aside, hex);
}

/* Damaged blobs are set aside: a pull fetches only those that the store lacks. */
static int set_damaged_aside(const struct check *c, const struct masu_image *image,
			     char *const *blobs, char ***aside, struct masu_error *err)
{
	_cleanup_image_manifest_ struct image_manifest m = {0};
	_cleanup_close_ int lock = layout_lock(&c->store, LOCK_EX, err);
	int r = 0;

	if (lock < 0)
		return lock;
	if (layout_read_manifest(&c->store, &image->manifest, image->manifest_size, &m, NULL) < 0)
		r = set_aside(c, image->manifest.hex, aside);
	else if (!has_size(c, &m.config.digest, m.config.size))
		r = set_aside(c, m.config.digest.hex, aside);
	for (size_t i = 0; r == 0 && i < m.n_layers; i++)
		if (!has_size(c, &m.layers[i].digest, m.layers[i].size))
			r = set_aside(c, m.layers[i].digest.hex, aside);
	STRV_FOREACH(hex, blobs)
		if (r == 0 && c->damaged && strstr(c->damaged, *hex))
			r = set_aside(c, *hex, aside);
	return r < 0 ? err_sys(err, r, "set damaged blobs aside") : 0;
}

/* An image whose layers are unpacked works with damaged blobs, too: without better ones they come back. */
static void end_aside(const struct check *c, char *const *aside, bool back)
{
	STRV_FOREACH(hex, aside) {
		_cleanup_places_ struct places p = {0};

		if (find_places(*hex, &p) == 0 &&
		    (!back ||
		     renameat2(c->store.fd, p.aside, c->store.fd, p.blob, RENAME_NOREPLACE) < 0))
			(void)unlinkat(c->store.fd, p.aside, 0); /* else the next gc does */
	}
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

static bool has_name(const struct check *c, const char *name)
{
	_cleanup_image_index_ struct image_index index = {0};
	int r = layout_read_index(&c->store, &index, NULL);

	for (size_t i = 0; i < index.n_manifests; i++)
		if (index.manifests[i].ref_name && streq(index.manifests[i].ref_name, name))
			return true;
	return r < 0;
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
	_cleanup_strv_ char **aside = NULL;

	if (!name)
		return err_set(err, ERR_UNSUPPORTED, ENOTSUP, "it comes from no registry");
	/* It keeps the garbage collection of the pull away from the blobs that are set aside. */
	_cleanup_close_ int hold = file_lock_or_cancel(c->store.fd, LAYOUT_INGEST "/lock", LOCK_SH,
						       c->e->cancel_fd);
	if (hold < 0)
		return err_sys(err, hold, "lock the directory of images");
	bool had = has_name(c, name);
	int r = set_damaged_aside(c, image, blobs, &aside, err);
	if (r == 0)
		r = masu_image_pull(c->e, name, &options, NULL, err);
	end_aside(c, aside, r < 0);
	if (r < 0)
		return r;
	if (!had)
		(void)layout_untag(&c->store, name, NULL, NULL); /* a further name does no harm */
	return is_whole(c, image)
		       ? 0
		       : err_set(err, ERR_NOT_FOUND, EBADMSG, "the registry has another image");
}

/* Why an image could not be fetched. */
struct check_failure {
	struct digest manifest;
	struct masu_error why;
};

void check_failures_done(struct check *c)
{
	for (size_t i = 0; i < c->n_failures; i++)
		err_done(&c->failures[i].why);
	free(c->failures);
}

static int keep_failure(struct check *c, const struct masu_image *image, struct masu_error *why,
			struct masu_error *err)
{
	struct check_failure *own = array_add(&c->failures, &c->n_failures, sizeof(*own));

	if (!own)
		return err_oom(err);
	*own = (struct check_failure){.manifest = image->manifest, .why = TAKE(*why, ERR_INIT)};
	return 0;
}

static const struct masu_error *find_failure(const struct check *c, const struct masu_image *image)
{
	static const struct masu_error none;

	for (size_t i = 0; i < c->n_failures; i++)
		if (digest_equal(&c->failures[i].manifest, &image->manifest))
			return &c->failures[i].why;
	return &none;
}

/* Other images may have the blobs that were fetched, too. */
static void forget_damage(const struct check *c, char *const *blobs)
{
	STRV_FOREACH(hex, blobs) {
		char *line = c->damaged ? strstr(c->damaged, *hex) : NULL;

		if (line)
			memset(line, '-', strlen(*hex));
	}
}

/* "" or the damage of an image; the bytes of its blobs are as they were read. */
static char *describe(const struct masu_image *image, const char *damaged)
{
	return image->damage ? strdup(image->damage)
	       : damaged     ? str_printf("the bytes are not those of blob sha256:%s", damaged)
			     : strdup("");
}

static void add_image(const struct check *c, const struct masu_image *image,
		      const struct check_problem *problem, const char *damage)
{
	struct check_problem p = *problem;
	const struct masu_error *why = find_failure(c, image);
	char digest[DIGEST_TEXT_MAX];

	p.id = "image-damaged";
	p.object = image->name ? image->name : digest_text(&image->manifest, digest);
	check_add(c, &p, "%s%s%s%s", damage, why->message ? ", and cannot be repaired (" : "",
		  str_or_empty(why->message), why->message ? ")" : "");
}

/* A damaged manifest hides the names of other damaged blobs until it is fetched. */
static int fetch_image(struct check *c, const struct masu_image *image, struct masu_error *err)
{
	static const struct check_problem fetched = {.done = "fetched again"};
	_cleanup_free_ char *damage = NULL;

	for (;;) {
		_cleanup_strv_ char **blobs = NULL;
		_cleanup_err_ struct masu_error why = ERR_INIT;

		if (list_blobs(c, image, &blobs) < 0)
			return err_oom(err);
		const char *damaged = find_damaged(c, blobs);
		if (!damaged && (damage || !image->damage))
			break;
		if (!damage && !(damage = describe(image, damaged)))
			return err_oom(err);
		int r = fetch(c, image, blobs, &why);
		if (r < 0)
			return r == -ECANCELED ? err_move(err, &why)
					       : keep_failure(c, image, &why, err);
		forget_damage(c, blobs);
	}
	if (damage)
		add_image(c, image, &fetched, damage);
	return 0;
}

static int check_image(struct check *c, const struct masu_image *image, struct masu_error *err)
{
	const struct masu_error *why = find_failure(c, image);
	struct check_problem p = {.fix = c->o.repair && !check_may_pass(why) ? CHECK_FORCE
									     : CHECK_REPAIR};
	_cleanup_strv_ char **blobs = NULL;

	if (list_blobs(c, image, &blobs) < 0)
		return err_oom(err);
	const char *damaged = find_damaged(c, blobs);
	if (!image->damage && !damaged)
		return 0;
	_cleanup_free_ char *damage = describe(image, damaged);
	if (!damage)
		return err_oom(err);
	/* One without a failure was damaged meanwhile, or a pull is at work. */
	if (c->o.force && why->message && !check_may_pass(why) &&
	    layout_untag(&c->store, NULL, &image->manifest, NULL) == 0)
		p.done = "the image was removed";
	add_image(c, image, &p, damage);
	return 0;
}

static int each_image(struct check *c,
		      int (*fn)(struct check *c, const struct masu_image *image,
				struct masu_error *err),
		      struct masu_error *err)
{
	_cleanup_layout_list_ struct masu_image_list images = {0};
	int r = layout_list(&c->store, &images, err);

	for (size_t i = 0; r == 0 && i < images.n; i++)
		if (!layout_is_listed_before(&images, i))
			r = fn(c, &images.images[i], err);
	return r;
}

int check_fetch_images(struct check *c, struct masu_error *err)
{
	return c->o.repair ? each_image(c, fetch_image, err) : 0;
}

int check_images(struct check *c, struct masu_error *err)
{
	return each_image(c, check_image, err);
}
