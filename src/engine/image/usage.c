/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/image/usage.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/str.h"
#include "base/strv.h"
#include "engine/container/size.h"
#include "engine/image/image.h"
#include "storage/layers-gc.h"
#include "storage/layers.h"

#define BLOB_DIR LAYOUT_STORE "/blobs/sha256"

void usage_done(struct usage *u)
{
	free(u->object);
	strv_free(u->layer_dirs);
	*u = (struct usage){0};
}

static int compare(const void *a, const void *b)
{
	const struct usage_object *x = a, *y = b;

	return x->layer != y->layer ? x->layer - y->layer : strcmp(x->hex, y->hex);
}

static int add_object(struct usage *u, int dirfd, const char *name, bool layer)
{
	struct usage_object *o;
	struct stat st;

	if (!layers_is_hex(name) || fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	o = array_add(&u->object, &u->n, sizeof(*o));
	if (!o)
		return -ENOMEM;
	memcpy(o->hex, name, sizeof(o->hex));
	o->layer = layer;
	o->bytes = layer ? 0 : (uint64_t)st.st_size;
	return 0;
}

static int list_objects(struct usage *u, const struct masu_engine *e, const char *dir, bool layer,
			struct masu_error *err)
{
	_cleanup_free_ char *path = paths_data(&e->paths, "%s", dir);
	_cleanup_closedir_ DIR *d = path ? opendir(path) : NULL;

	if (!path)
		return err_oom(err);
	if (!d)
		return errno == ENOENT ? 0 : err_sys(err, errno, "list \"%s\"", path);
	for (;;) {
		errno = 0;
		const struct dirent *entry = readdir(d);

		if (!entry)
			return errno ? err_sys(err, errno, "list \"%s\"", path) : 0;
		if (add_object(u, dirfd(d), entry->d_name, layer) < 0)
			return err_oom(err);
	}
}

static struct usage_object *find(const struct usage *u, const char *hex, bool layer)
{
	struct usage_object key = {.layer = layer};

	(void)snprintf(key.hex, sizeof(key.hex), "%s", hex);
	return u->n ? bsearch(&key, u->object, u->n, sizeof(key), compare) : NULL;
}

/* Calls a function with each object of an image. One whose manifest is damaged is known by that alone. */
static void each_of_image(const struct usage *u, const struct masu_engine *e,
			  const struct layout *store, const struct masu_image *image,
			  void (*fn)(struct usage_object *o, void *arg), void *arg)
{
	_cleanup_image_manifest_ struct image_manifest m = {0};
	_cleanup_strv_ char **hexes = NULL, **chains = NULL;
	int r = strv_push(&hexes, image->manifest.hex);

	if (r == 0 &&
	    layout_read_manifest(store, &image->manifest, image->manifest_size, &m, NULL) == 0)
		r = strv_push(&hexes, m.config.digest.hex);
	for (size_t i = 0; r == 0 && i < m.n_layers; i++)
		if (!strv_contains(hexes, m.layers[i].digest.hex)) /* a layer may come twice */
			r = strv_push(&hexes, m.layers[i].digest.hex);
	if (*m.config.digest.hex)
		(void)stack_list(&e->paths, m.config.digest.hex, &chains,
				 NULL); /* or not unpacked */
	for (int layer = 0; layer <= 1; layer++)
		STRV_FOREACH(hex, layer ? chains : hexes) {
			struct usage_object *o = find(u, *hex, layer);

			if (o)
				fn(o, arg);
		}
}

static void count_image(struct usage_object *o, void *arg)
{
	const bool *active = arg;

	o->images++;
	o->needed |= *active;
}

static int list_layers(struct usage *u, const struct masu_engine *e, struct masu_error *err)
{
	int r = layers_list_dirs(&e->paths, &u->layer_dirs);

	if (r < 0)
		return err_sys(err, r, "list the layers");
	STRV_FOREACH(dir, u->layer_dirs)
		if (r == 0)
			r = list_objects(u, e, *dir, true, err);
	return r;
}

/* A layer that is unpacked for several id maps is one object. */
static void sort_objects(struct usage *u)
{
	size_t n = 0;

	if (u->n == 0)
		return;
	qsort(u->object, u->n, sizeof(*u->object), compare);
	for (size_t i = 0; i < u->n; i++)
		if (i == 0 || compare(&u->object[i], &u->object[n - 1]) != 0)
			u->object[n++] = u->object[i];
	u->n = n;
}

static void need_layers(const struct usage *u, char *const *layers)
{
	STRV_FOREACH(hex, layers) {
		struct usage_object *o = find(u, *hex, true);

		if (o)
			o->needed = true;
	}
}

int usage_read(struct usage *u, struct masu_engine *e, const struct layout *store,
	       const masu_container_list *containers, struct masu_error *err)
{
	_cleanup_layout_list_ struct masu_image_list images = {0};
	int r = list_objects(u, e, BLOB_DIR, false, err);

	if (r == 0)
		r = list_layers(u, e, err);
	if (r == 0)
		r = layout_list(store, &images, err);
	if (r < 0)
		return r;
	sort_objects(u);
	for (size_t i = 0; i < images.n; i++) {
		bool active = image_user(containers, &images.images[i]) != NULL;

		if (!layout_is_listed_before(&images, i))
			each_of_image(u, e, store, &images.images[i], count_image, &active);
	}
	for (size_t i = 0; i < containers->n; i++) {
		need_layers(u, containers->item[i]->record.layers);
		need_layers(u, containers->item[i]->record.mount_layers);
	}
	return 0;
}

static bool is_unused(const struct usage_object *o)
{
	return !o->images && !o->needed;
}

int usage_measure(struct usage *u, struct masu_engine *e, bool unused, struct masu_error *err)
{
	size_t n_dirs = strv_length(u->layer_dirs), n = 0;
	_cleanup_strv_ char **paths = NULL;
	_cleanup_free_ uint64_t *sizes = calloc(u->n * n_dirs + 1, sizeof(*sizes));

	if (!sizes)
		return err_oom(err);
	for (size_t i = 0; i < u->n; i++)
		if (u->object[i].layer && (!unused || is_unused(&u->object[i])))
			STRV_FOREACH(dir, u->layer_dirs)
				if (strv_pushf(&paths, "%s/%s", *dir, u->object[i].hex) < 0)
					return err_oom(err);
	int r = size_measure(e, paths, sizes, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < u->n; i++)
		if (u->object[i].layer && (!unused || is_unused(&u->object[i])))
			for (size_t map = 0; map < n_dirs; map++)
				u->object[i].bytes += sizes[n++];
	return 0;
}

struct sum {
	uint64_t bytes, shared;
};

static void add_sizes(struct usage_object *o, void *arg)
{
	struct sum *sum = arg;

	sum->bytes += o->bytes;
	sum->shared += o->images > 1 ? o->bytes : 0;
}

void usage_of_image(const struct usage *u, struct masu_engine *e, const struct layout *store,
		    const struct masu_image *image, uint64_t *ret_bytes, uint64_t *ret_shared)
{
	struct sum sum = {0};

	each_of_image(u, e, store, image, add_sizes, &sum);
	*ret_bytes = sum.bytes;
	*ret_shared = sum.shared;
}

static bool exists(const struct masu_engine *e, const char *dir, const char *hex)
{
	_cleanup_free_ char *path = paths_data(&e->paths, "%s/%s", dir, hex);

	return !path || faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

uint64_t usage_removed(const struct usage *u, const struct masu_engine *e)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < u->n; i++) {
		const struct usage_object *o = &u->object[i];
		bool is_left = !o->layer && exists(e, BLOB_DIR, o->hex);

		for (size_t map = 0; o->layer && u->layer_dirs[map]; map++)
			is_left |= exists(e, u->layer_dirs[map], o->hex);
		if (is_unused(o) && !is_left)
			sum += o->bytes;
	}
	return sum;
}
