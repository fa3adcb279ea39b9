/* SPDX-License-Identifier: Apache-2.0 */

/* The images of the store, as masu.h lists and names them. */

#include <errno.h>

#include "engine/image.h"

int masu_image_list_read(masu_engine *e, masu_image_list **ret, masu_error *err)
{
	_cleanup_(layout_done) struct layout store = LAYOUT_INIT;
	_cleanup_(masu_image_list_freep) masu_image_list *list = calloc(1, sizeof(*list));

	if (!list)
		return err_sys(err, ENOMEM, "list the images");
	int r = image_store_open(e, &store, err);
	if (r == 0)
		r = layout_list(&store, list, err);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(list);
	return 0;
}

void masu_image_list_free(masu_image_list *list)
{
	if (list)
		layout_list_done(list);
	free(list);
}

size_t masu_image_list_count(const masu_image_list *list)
{
	return list->n;
}

const masu_image *masu_image_list_get(const masu_image_list *list, size_t index)
{
	return index < list->n ? &list->images[index] : NULL;
}

const char *masu_image_id(const masu_image *image)
{
	return image->config.hex;
}

const char *masu_image_name(const masu_image *image)
{
	return image->name;
}

const char *masu_image_damage(const masu_image *image)
{
	return image->damage;
}

uint64_t masu_image_size(const masu_image *image)
{
	return image->size;
}

int64_t masu_image_created(const masu_image *image)
{
	return image->created_ns;
}

int masu_image_tag(masu_engine *e, const char *image, const char *name, masu_error *err)
{
	_cleanup_(layout_done) struct layout store = LAYOUT_INIT;
	int r = image_store_open(e, &store, err);

	return r < 0 ? r : layout_tag(&store, image, name, err);
}
