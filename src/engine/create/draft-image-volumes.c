/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/create/draft.h"

#include <errno.h>

#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"
#include "oci/image.h"

static bool is_kernel_place(const char *target)
{
	static const char *const places[] = {"/proc", "/sys", "/dev"};

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		const char *rest = str_after(target, places[i]);

		if (rest && (!*rest || *rest == '/'))
			return true;
	}
	return false;
}

static int add_image_volume(const struct masu_engine *e, struct draft *d, const char *target,
			    bool tmpfs, struct masu_error *err)
{
	_cleanup_free_ char *text = NULL, *normal = path_normalize(target);

	if (!normal)
		return err_oom(err);
	if (!is_kernel_place(normal)) {
		int r = tmpfs ? mounts_add_missing_tmpfs(&d->mounts, normal, err)
			      : mounts_add_missing(&d->mounts, target, err);

		return r < 0 ? err_prefix(err, "a volume of the image") : 0;
	}
	text = str_printf(
		"the volume '%s' of the image is left out: the kernel's file systems are there",
		normal);
	if (!text)
		return err_oom(err);
	engine_notice(e, text);
	return 0;
}

int draft_image_volumes(const struct masu_engine *e, struct draft *d,
			const struct masu_create_options *o, const struct image_config *image,
			struct masu_error *err)
{
	static const char *const writable[] = {"/run", "/tmp", "/var/tmp"};
	bool tmpfs = o->image_volumes == MASU_IMAGE_VOLUMES_TMPFS;
	int r = 0;

	if ((unsigned int)o->image_volumes > MASU_IMAGE_VOLUMES_IGNORE)
		return err_set(err, ERR_INVALID, EINVAL,
			       "unknown treatment of the image's volumes");
	if (image && o->image_volumes != MASU_IMAGE_VOLUMES_IGNORE)
		STRV_FOREACH(target, image->volumes)
			if (r == 0)
				r = add_image_volume(e, d, *target, tmpfs, err);
	for (size_t i = 0; o->read_only && o->read_only_tmpfs && i < ARRAY_SIZE(writable); i++)
		if (r == 0)
			r = mounts_add_missing_tmpfs(&d->mounts, writable[i], err);
	return r;
}
