/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/image/image.h"

#include <errno.h>

#include "base/str.h"
#include "base/strv.h"
#include "engine/container/event.h"

int image_store_open(const struct masu_engine *e, struct layout *ret, struct masu_error *err)
{
	_cleanup_free_ char *path = paths_data(&e->paths, "images");
	int r = path ? layout_open(path, true, ret, err) : err_sys(err, ENOMEM, "open the images");

	if (r < 0)
		return r;
	ret->cancel_fd = e->cancel_fd;
	ret->cache = paths_run(&e->paths, "images");
	return 0; /* without memory, lists do without their cache */
}

void image_event(const struct masu_engine *e, const char *action, const struct masu_image *image,
		 const char *name)
{
	event_write(e, &(struct masu_event){.type = MASU_EVENT_IMAGE,
					    .action = action,
					    .id = image->config.hex,
					    .name = name});
}

bool image_is_named(const char *what, const char *own)
{
	_cleanup_reference_ struct reference ref = {0};
	_cleanup_free_ char *name = NULL;

	if (!own || streq(what, own))
		return own;
	if (reference_parse(what, &ref, NULL) < 0)
		return false;
	name = reference_to_string(&ref);
	return name && streq(name, own);
}

int image_new_name(const char *text, char **ret, struct masu_error *err)
{
	_cleanup_reference_ struct reference ref = {0};
	int r = text ? reference_parse(text, &ref, err) : 0;

	*ret = NULL;
	if (r < 0 || !text)
		return r;
	if (*ref.digest.hex)
		return err_set(err, ERR_INVALID, EINVAL,
			       "cannot name an image \"%s\": a name has no digest", text);
	*ret = reference_to_string(&ref);
	return *ret ? 0 : err_sys(err, ENOMEM, "name the image");
}

const struct record *image_user(const masu_container_list *containers,
				const struct masu_image *image)
{
	for (size_t i = 0; containers && i < containers->n; i++) {
		const struct record *r = &containers->item[i]->record;

		if ((r->image_id && streq(r->image_id, image->config.hex)) ||
		    strv_contains(r->mount_images, image->config.hex))
			return r;
	}
	return NULL;
}
