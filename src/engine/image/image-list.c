/* SPDX-License-Identifier: Apache-2.0 */

/* Lists of images, as masu.h describes them, and the removal of whole lists. */

#include <errno.h>
#include <fnmatch.h>
#include <string.h>

#include "base/str.h"
#include "base/strv.h"
#include "engine/container/container.h"
#include "engine/image/image.h"
#include "engine/image/usage.h"
#include "engine/options.h"

struct image_filter {
	struct masu_image_filter o;
	int64_t before_ns, since_ns;
	masu_container_list *containers; /* all of them, if the filter asks for their images */
};

static void filter_done(struct image_filter *f)
{
	masu_container_list_free(f->containers);
}
#define _cleanup_filter_ _cleanup_(filter_done)

static int find_time(const struct layout *store, const char *name, int64_t *ret_ns,
		     struct masu_error *err)
{
	_cleanup_layout_image_ struct masu_image image = {0};
	int r = name ? image_find(store, name, NULL, &image, err) : 0;

	if (r == 0)
		*ret_ns = image.created_ns;
	return r;
}

static int filter_init(struct image_filter *f, struct masu_engine *e, const struct layout *store,
		       struct masu_error *err)
{
	static const struct masu_list_options all = {.size = sizeof(all), .all = true};
	int r = find_time(store, f->o.before, &f->before_ns, err);

	if (r == 0)
		r = find_time(store, f->o.since, &f->since_ns, err);
	return r == 0 && f->o.unused ? masu_container_list_read(e, &all, &f->containers, err) : r;
}

/* The tag is what follows the last colon, unless that is the port of a registry. */
static bool fits_name(const char *pattern, const char *name)
{
	const char *colon = strrchr(name, ':');
	_cleanup_free_ char *bare = colon && !strchr(colon, '/')
					    ? strndup(name, (size_t)(colon - name))
					    : NULL;

	return fnmatch(pattern, name, FNM_PATHNAME) == 0 ||
	       (bare && fnmatch(pattern, bare, FNM_PATHNAME) == 0);
}

static bool fits_reference(const char *pattern, const char *name)
{
	static const char *const defaults[] = {"", "docker.io/library/"};

	for (size_t i = 0; name && i < ARRAY_SIZE(defaults); i++) {
		const char *rest = str_after(name, defaults[i]);

		if (rest && fits_name(pattern, rest))
			return true;
	}
	/* The name without its registry. */
	const char *path = name ? strchr(name, '/') : NULL;
	return path && reference_is_short(pattern) && fits_name(pattern, path + 1);
}

static bool fits_one_reference(char *const *patterns, const char *name)
{
	STRV_FOREACH(pattern, patterns)
		if (fits_reference(*pattern, name))
			return true;
	return false;
}

static bool passes(const struct image_filter *f, const struct masu_image *image)
{
	const struct masu_image_filter *o = &f->o;

	STRV_FOREACH(label, o->labels)
		if (!oci_map_has(&image->labels, *label))
			return false;
	STRV_FOREACH(label, o->not_labels)
		if (oci_map_has(&image->labels, *label))
			return false;
	if ((o->before && image->created_ns >= f->before_ns) ||
	    (o->since && image->created_ns <= f->since_ns) ||
	    (o->created_before && image->created_ns >= o->created_before))
		return false;
	return (!o->references || fits_one_reference(o->references, image->name)) &&
	       choice_holds(o->dangling, !image->name) &&
	       choice_holds(o->unused, !image_user(f->containers, image));
}

/* The newest first, those of one time by their names. */
static int compare(const void *a, const void *b)
{
	const struct masu_image *x = a, *y = b;

	if (x->created_ns != y->created_ns)
		return x->created_ns < y->created_ns ? 1 : -1;
	return strcmp(str_or_empty(x->name), str_or_empty(y->name));
}

static void keep_passing(struct masu_image_list *list, const struct image_filter *f)
{
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++)
		if (passes(f, &list->images[i]))
			list->images[n++] = list->images[i];
		else
			layout_image_done(&list->images[i]);
	list->n = n;
}

static int read_list(struct masu_engine *e, const struct layout *store,
		     const struct masu_image_filter *options, masu_image_list **ret,
		     struct masu_error *err)
{
	_cleanup_(masu_image_list_freep) masu_image_list *list = calloc(1, sizeof(*list));
	_cleanup_filter_ struct image_filter filter = {.o = *options};

	if (!list)
		return err_oom(err);
	int r = filter_init(&filter, e, store, err);
	if (r == 0)
		r = layout_list(store, list, err);
	if (r < 0)
		return r;
	keep_passing(list, &filter);
	if (list->n)
		qsort(list->images, list->n, sizeof(*list->images), compare);
	*ret = TAKE_PTR(list);
	return 0;
}

int masu_image_list_read(masu_engine *e, const struct masu_image_filter *given,
			 masu_image_list **ret, masu_error *err)
{
	_cleanup_layout_ struct layout store = LAYOUT_INIT;
	struct masu_image_filter options;
	int r = options_take(&options, sizeof(options), given, err);

	if (r == 0)
		r = image_store_open(e, &store, err);
	return r == 0 ? read_list(e, &store, &options, ret, err) : r;
}

/* Another process may have removed it meanwhile. */
static int remove_image(const struct masu_engine *e, const struct layout *store,
			const struct masu_image *image, struct masu_error *err)
{
	_cleanup_err_ struct masu_error own = ERR_INIT;
	int r = layout_untag(store, image->name, &image->manifest, &own);

	if (r < 0)
		return r == -ENOENT ? 0 : err_move(err, &own);
	if (image->name)
		image_event(e, "untag", image, image->name);
	image_event(e, "remove", image, image->name);
	return 0;
}

uint64_t masu_image_list_reclaimed(const masu_image_list *list)
{
	return list->reclaimed;
}

/* Collects the garbage, and counts it. A failure to measure the store does not prevent it. */
static int collect(masu_engine *e, const struct layout *store, uint64_t *ret_bytes,
		   struct masu_error *err)
{
	static const struct masu_list_options all = {.size = sizeof(all), .all = true};
	_cleanup_masu_container_list_ masu_container_list *containers = NULL;
	_cleanup_usage_ struct usage usage = {0};
	bool measured = masu_container_list_read(e, &all, &containers, NULL) == 0 &&
			usage_read(&usage, e, store, containers, NULL) == 0 &&
			usage_measure(&usage, e, true, NULL) == 0;
	int r = masu_image_collect(e, err);

	if (r == 0 && measured)
		*ret_bytes = usage_removed(&usage, e);
	return r;
}

int masu_image_prune(masu_engine *e, const struct masu_image_filter *given, masu_image_list **ret,
		     masu_error *err)
{
	_cleanup_(masu_image_list_freep) masu_image_list *list = NULL;
	_cleanup_layout_ struct layout store = LAYOUT_INIT;
	struct masu_image_filter options;
	int r = options_take(&options, sizeof(options), given, err);

	if (r == 0)
		r = image_store_open(e, &store, err);
	if (r < 0)
		return r;
	options.unused = MASU_YES;
	r = read_list(e, &store, &options, &list, err);
	for (size_t i = 0; r == 0 && i < list->n; i++)
		r = remove_image(e, &store, &list->images[i], err);
	if (r == 0)
		r = collect(e, &store, &list->reclaimed, err);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(list);
	return 0;
}
