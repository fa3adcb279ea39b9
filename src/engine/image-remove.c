/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/str.h"
#include "base/strv.h"
#include "engine/image-program.h"
#include "engine/image.h"
#include "engine/list.h"
#include "engine/options.h"

/* Is `what` the name of this image, and not its id? */
static bool is_name_of(const char *what, const struct masu_image *image)
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
		       struct masu_error *err)
{
	_cleanup_layout_list_ struct masu_image_list list = {0};
	int r = layout_list(store, &list, err);

	*ret = 0;
	for (size_t i = 0; r == 0 && i < list.n; i++)
		*ret += digest_equal(&list.images[i].manifest, manifest);
	return r;
}

/* A container keeps its layers, but could not tell any more what it was made of. */
static int check_unused(struct masu_engine *e, const char *what, const struct masu_image *image,
			struct masu_error *err)
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

struct removal {
	struct masu_engine *e;
	const char *what;
	struct masu_image_remove_options options;
	struct masu_image image; /* that was found */
	bool deleted;		 /* with its last name */
};

static int remove_entry(struct removal *r, const struct layout *store, struct masu_error *err)
{
	size_t names;
	int n = layout_find(store, r->what, &r->image, err);

	if (n < 0)
		return n;
	bool by_name = is_name_of(r->what, &r->image);
	n = count_names(store, &r->image.manifest, &names, err);
	if (n < 0)
		return n;
	bool whole = !by_name && names > MAX(r->options.times, 1);
	if (whole && !r->options.force) {
		(void)err_set(err, ERR_CONFLICT, EBUSY, "image '%s' has %zu names", r->what, names);
		return err_hint(err, "remove them one by one, or all with -f");
	}
	if (!r->options.force && (names == 1 || !by_name))
		n = check_unused(r->e, r->what, &r->image, err);
	if (n < 0)
		return n;
	r->deleted = names == 1 || whole;
	return layout_untag(store, whole ? NULL : r->image.name, &r->image.manifest, err);
}

static int report(struct removal *r, char **ret_name, char **ret_id, struct masu_error *err)
{
	char *id = r->deleted && ret_id ? strdup(r->image.config.hex) : NULL;

	if (r->deleted && ret_id && !id)
		return err_sys(err, ENOMEM, "report the removed image");
	if (ret_id)
		*ret_id = id;
	if (ret_name)
		*ret_name = TAKE_PTR(r->image.name);
	return 0;
}

int masu_image_remove(masu_engine *e, const char *name,
		      const struct masu_image_remove_options *options, char **ret_name,
		      char **ret_id, masu_error *err)
{
	_cleanup_(layout_done) struct layout store = LAYOUT_INIT;
	struct removal removal = {.e = e, .what = name};
	int r = options_take(&removal.options, sizeof(removal.options), options, err);

	if (r == 0)
		r = image_store_open(e, &store, err);
	if (r == 0)
		r = remove_entry(&removal, &store, err);
	if (r == 0)
		r = report(&removal, ret_name, ret_id, err);
	layout_image_done(&removal.image);
	return r;
}

int masu_image_prune(masu_engine *e, masu_error *err)
{
	char *args[] = {(char *)"gc", NULL};
	const struct image_program program = {.args = args, .input = -1};

	return image_program_run(e, &program, NULL, err);
}
