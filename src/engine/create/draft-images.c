/* SPDX-License-Identifier: Apache-2.0 */

/* The images that a container mounts beside its own: chosen like that, and recorded, so that their layers stay. */

#include "engine/create/draft.h"

#include <string.h>

#include "base/array.h"
#include "base/strv.h"

struct image_query draft_image_query(const struct draft *d, const struct masu_create_options *o,
				     const char *ref)
{
	return (struct image_query){.ref = ref,
				    .platform = o->platform,
				    .policy = o->pull,
				    .authfile = o->authfile,
				    .tls = o->tls,
				    .map = &d->record,
				    .retries = o->retries,
				    .retry_delay_ms = o->retry_delay_ms,
				    .progress = o->progress,
				    .progress_userdata = o->progress_userdata};
}

/* Brings it to the store, and notes its digest. The store's lock is free again then: the next pull needs it. */
static int fetch(const struct masu_engine *e, struct draft *d, struct mount_request *m,
		 const struct masu_create_options *o, struct masu_error *err)
{
	const struct image_query query = draft_image_query(d, o, m->source);
	_cleanup_image_chosen_ struct image_chosen image = IMAGE_CHOSEN_INIT;
	char digest[DIGEST_TEXT_MAX];
	int r = image_choose(e, &query, &image, err);

	if (r < 0)
		return r;
	m->digest = strdup(digest_text(&image.info.manifest, digest));
	return m->digest ? 0 : err_oom(err);
}

/* Holds the lock on the store until the record is written. */
static int hold(const struct masu_engine *e, struct draft *d, struct mount_request *m,
		struct masu_error *err)
{
	const struct image_query query = {
		.ref = m->digest, .policy = MASU_PULL_NEVER, .map = &d->record};
	struct image_chosen image = IMAGE_CHOSEN_INIT;
	int r = image_choose(e, &query, &image, err);

	if (r < 0)
		return r;
	struct image_chosen *own = array_add(&d->mount_images, &d->n_mount_images, sizeof(*own));
	if (!own) {
		image_chosen_done(&image);
		return err_oom(err);
	}
	*own = image;
	return strv_extend(&m->layers, own->layers) < 0 ||
			       strv_extend(&d->record.mount_layers, own->layers) < 0 ||
			       strv_push(&d->record.mount_images, own->info.config.hex) < 0
		       ? err_oom(err)
		       : 0;
}

int draft_fetch_images(const struct masu_engine *e, struct draft *d,
		       const struct masu_create_options *o, struct masu_error *err)
{
	for (size_t i = 0; i < d->mounts.n; i++) {
		struct mount_request *m = &d->mounts.item[i];
		int r = m->type == MASU_MOUNT_IMAGE ? fetch(e, d, m, o, err) : 0;

		if (r < 0)
			return err_prefix(err, "mount at '%s'", m->target);
	}
	return 0;
}

int draft_hold_images(const struct masu_engine *e, struct draft *d, struct masu_error *err)
{
	for (size_t i = 0; i < d->mounts.n; i++) {
		struct mount_request *m = &d->mounts.item[i];
		int r = m->type == MASU_MOUNT_IMAGE ? hold(e, d, m, err) : 0;

		if (r < 0)
			return err_prefix(err, "mount at '%s'", m->target);
	}
	return 0;
}
