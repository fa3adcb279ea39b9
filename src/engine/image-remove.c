/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/image-remove.h"

#include <errno.h>

#include "base/str.h"
#include "base/strv.h"
#include "engine/image-program.h"
#include "engine/image.h"
#include "engine/list.h"

/* Is `what` the name of this image, and not its id? */
static bool is_name_of(const char *what, const struct layout_image *image)
{
	_cleanup_reference_ struct reference ref = {0};
	_cleanup_free_ char *name = NULL;

	if (!image->name || streq(what, image->name))
		return image->name;
	if (reference_parse(what, &ref, NULL) < 0)
		return false;
	name = reference_to_string(&ref);
	return name && streq(name, image->name);
}

static int count_names(const struct layout *store, const struct digest *manifest, size_t *ret,
		       struct err *err)
{
	_cleanup_layout_list_ struct layout_list list = {0};
	int r = layout_list(store, &list, err);

	*ret = 0;
	for (size_t i = 0; r == 0 && i < list.n; i++)
		*ret += digest_equal(&list.images[i].manifest, manifest);
	return r;
}

/* A container keeps its layers, but could not tell any more what it was made of. */
static int check_unused(struct engine *e, const char *what, const struct layout_image *image,
			struct err *err)
{
	static const struct masu_list_options all = {.size = sizeof(all), .all = true};
	_cleanup_masu_container_list_ masu_container_list *list = NULL;
	int r = masu_container_list_read(e, &all, &list, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < list->n; i++) {
		const struct record *record = &list->item[i]->record;

		if (!record->image_id || !streq(record->image_id, image->config.hex))
			continue;
		(void)err_set(err, ERR_CONFLICT, EBUSY, "image '%s' is in use by container '%s'",
			      what, record->name);
		return err_hint(err, "remove the container first, or use -f: it keeps its layers");
	}
	return 0;
}

static int remove_entry(struct engine *e, const struct layout *store, const char *what,
			size_t times, bool force, struct image_removed *ret, struct err *err)
{
	_cleanup_layout_image_ struct layout_image image = {0};
	size_t names;
	int r = layout_find(store, what, &image, err);

	if (r < 0)
		return r;
	bool by_name = is_name_of(what, &image);
	r = count_names(store, &image.manifest, &names, err);
	bool whole = !by_name && names > times;
	if (r == 0 && whole && !force) {
		(void)err_set(err, ERR_CONFLICT, EBUSY, "image '%s' has %zu names", what, names);
		return err_hint(err, "remove them one by one, or all with -f");
	}
	if (r == 0 && !force && (names == 1 || !by_name))
		r = check_unused(e, what, &image, err);
	if (r == 0)
		r = layout_untag(store, whole ? NULL : image.name, &image.manifest, err);
	if (r < 0)
		return r;
	ret->name = TAKE_PTR(image.name);
	ret->deleted = names == 1 || whole;
	ret->id = image.config;
	return 0;
}

void image_removed_done(struct image_removed *r)
{
	free(r->name);
	*r = (struct image_removed){0};
}

int engine_image_remove(struct engine *e, const char *what, size_t times, bool force,
			struct image_removed *ret, struct err *err)
{
	_cleanup_(layout_done) struct layout store = LAYOUT_INIT;
	int r = image_store_open(e, &store, err);

	return r < 0 ? r : remove_entry(e, &store, what, times, force, ret, err);
}

int engine_image_collect(const struct engine *e, struct err *err)
{
	char *args[] = {(char *)"gc", NULL};
	const struct image_program program = {.args = args, .input = -1};

	return image_program_run(e, &program, NULL, err);
}
