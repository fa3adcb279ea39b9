/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/image/image.h"

#include <errno.h>

#include "base/str.h"
#include "base/strv.h"
#include "engine/container/event.h"
#include "registry/rules.h"

int image_store_open(const struct masu_engine *e, struct layout *ret, struct masu_error *err)
{
	_cleanup_free_ char *path = paths_data(&e->paths, "images");
	int r = path ? layout_open(path, true, ret, err) : err_oom(err);

	if (r < 0)
		return r;
	ret->cancel_fd = e->cancel_fd;
	ret->cache = paths_run(&e->paths, "images");
	return 0; /* without memory, lists do without their cache */
}

/* The names of other registries. A pull sorts out which ones the user's files allow. */
static int other_names(const char *name, char ***ret, struct masu_error *err)
{
	_cleanup_registry_rules_ struct registry_rules rules = REGISTRY_RULES_INIT;
	_cleanup_strv_ char **names = NULL;
	int r = strv_pushf(ret, "localhost/%s", name) < 0 ? err_oom(err)
							  : registry_rules_load(&rules, err);

	if (r < 0 || (rules.short_names.has_search && !rules.short_names.search))
		return r;
	r = short_names_resolve(&rules.short_names, name, &names, err);
	if (r == 0 && strv_extend(ret, names) < 0)
		r = err_oom(err);
	return r;
}

/* 1 if found, else 0. */
static int find_elsewhere(const struct layout *store, const char *what, char **ret_name,
			  struct masu_image *ret, struct masu_error *err)
{
	_cleanup_strv_ char **names = NULL;
	int r = other_names(what, &names, err);

	if (r < 0)
		return r;
	STRV_FOREACH(name, names) {
		_cleanup_layout_image_ struct masu_image image = {0};
		_cleanup_err_ struct masu_error own = ERR_INIT;

		r = layout_find(store, *name, &image, &own);
		if (r == -ENOENT)
			continue;
		if (r < 0)
			return err_move(err, &own);
		if (ret_name && !(*ret_name = strdup(*name)))
			return err_oom(err);
		*ret = TAKE(image, (struct masu_image){0});
		return 1;
	}
	return 0;
}

int image_find(const struct layout *store, const char *what, char **ret_name,
	       struct masu_image *ret, struct masu_error *err)
{
	_cleanup_reference_ struct reference ref = {0};
	_cleanup_err_ struct masu_error own = ERR_INIT;
	int r = layout_find(store, what, ret, &own);

	if (ret_name)
		*ret_name = NULL;
	if (r != -ENOENT || !reference_is_short(what) || reference_parse(what, &ref, NULL) < 0)
		return r < 0 ? err_move(err, &own) : r;
	r = find_elsewhere(store, what, ret_name, ret, err);
	return r == 0 ? err_move(err, &own) : MIN(r, 0);
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
	return *ret ? 0 : err_oom(err);
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
