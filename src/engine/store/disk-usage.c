/* SPDX-License-Identifier: Apache-2.0 */

/* The disk space of the store, as masu.h describes it. */

#include <errno.h>
#include <string.h>

#include "base/json-build.h"
#include "base/json.h"
#include "base/str.h"
#include "base/strv.h"
#include "engine/container/inspect.h"
#include "engine/container/size.h"
#include "engine/image/image.h"
#include "engine/image/usage.h"
#include "engine/volume/volume.h"

struct disk_usage {
	struct masu_engine *e;
	struct layout store;
	masu_container_list *containers;
	masu_volume_list *volumes;
	struct masu_image_list images;
	struct usage usage;
	uint64_t *container_bytes, *volume_bytes;
};

static void disk_usage_done(struct disk_usage *d)
{
	layout_done(&d->store);
	masu_container_list_free(d->containers);
	masu_volume_list_free(d->volumes);
	layout_list_done(&d->images);
	usage_done(&d->usage);
	free(d->container_bytes);
	free(d->volume_bytes);
}
#define _cleanup_disk_usage_ _cleanup_(disk_usage_done)

/* The summary of one kind of objects. */
struct kind {
	uint64_t total, active, bytes, reclaimable;
};

static void count(struct kind *k, uint64_t bytes, bool active)
{
	k->total++;
	k->active += active;
	k->bytes += bytes;
	k->reclaimable += active ? 0 : bytes;
}

static void add_kind(struct json_build *b, struct json_object *doc, const char *name,
		     const struct kind *k, struct json_object *items)
{
	struct json_object *o = build_object(b, doc, name);

	build_uint(b, o, "TotalCount", k->total);
	build_uint(b, o, "Active", k->active);
	build_uint(b, o, "Size", k->bytes);
	build_uint(b, o, "Reclaimable", k->reclaimable);
	build_put(b, o, "Items", items);
}

static size_t count_containers(const struct disk_usage *d, const struct masu_image *image)
{
	size_t n = 0;

	for (size_t i = 0; i < d->containers->n; i++) {
		const char *id = d->containers->item[i]->record.image_id;

		n += id && streq(id, image->config.hex);
	}
	return n;
}

static void add_image(struct json_build *b, struct json_object *items, const struct disk_usage *d,
		      const struct masu_image *image)
{
	struct json_object *o = build_object(b, items, NULL);
	uint64_t bytes, shared;

	usage_of_image(&d->usage, d->e, &d->store, image, &bytes, &shared);
	build_text(b, o, "Id", image->config.hex);
	build_text(b, o, "Name", image->name);
	inspect_put_time(b, o, "Created", image->created_ns);
	build_uint(b, o, "Size", bytes);
	build_uint(b, o, "SharedSize", shared);
	build_uint(b, o, "UniqueSize", bytes - shared);
	build_uint(b, o, "Containers", count_containers(d, image));
	build_text(b, o, "Damage", image->damage);
}

static void add_images(struct json_build *b, struct json_object *doc, const struct disk_usage *d)
{
	struct json_object *items = json_object_new_array();
	struct kind k = {0};

	for (size_t i = 0; i < d->images.n; i++) {
		const struct masu_image *image = &d->images.images[i];

		add_image(b, items, d, image);
		if (!layout_is_listed_before(&d->images, i))
			count(&k, 0, image_user(d->containers, image) != NULL);
	}
	for (size_t i = 0; i < d->usage.n; i++) {
		k.bytes += d->usage.object[i].bytes;
		k.reclaimable += d->usage.object[i].needed ? 0 : d->usage.object[i].bytes;
	}
	add_kind(b, doc, "Images", &k, items);
}

static bool is_active(const masu_container *c)
{
	return c->state.status != MASU_STATUS_CREATED && c->state.status != MASU_STATUS_EXITED;
}

static void add_containers(struct json_build *b, struct json_object *doc,
			   const struct disk_usage *d)
{
	struct json_object *items = json_object_new_array();
	struct kind k = {0};

	for (size_t i = 0; i < d->containers->n; i++) {
		const masu_container *c = d->containers->item[i];
		struct json_object *o = build_object(b, items, NULL);

		count(&k, d->container_bytes[i], is_active(c));
		build_text(b, o, "Id", c->home.id);
		build_text(b, o, "Name", c->record.name);
		build_text(b, o, "Image",
			   c->record.image_name ? c->record.image_name : c->record.image);
		inspect_put_time(b, o, "Created", c->record.created_ns);
		build_text(b, o, "State", masu_status_name(c->state.status));
		build_uint(b, o, "Size", d->container_bytes[i]);
	}
	add_kind(b, doc, "Containers", &k, items);
}

static size_t count_users(const struct disk_usage *d, const char *volume)
{
	size_t n = 0;

	for (size_t i = 0; i < d->containers->n; i++) {
		const struct record *r = &d->containers->item[i]->record;
		bool uses = false;

		for (size_t m = 0; m < r->n_mounts; m++)
			uses |= r->mounts[m].volume && streq(r->mounts[m].volume, volume);
		n += uses;
	}
	return n;
}

static void add_volumes(struct json_build *b, struct json_object *doc, const struct disk_usage *d)
{
	struct json_object *items = json_object_new_array();
	struct kind k = {0};

	for (size_t i = 0; i < d->volumes->n; i++) {
		const struct masu_volume *v = &d->volumes->item[i];
		struct json_object *o = build_object(b, items, NULL);
		size_t users = count_users(d, v->name);

		count(&k, d->volume_bytes[i], users);
		build_text(b, o, "Name", v->name);
		inspect_put_time(b, o, "Created", v->created_ns);
		build_uint(b, o, "Containers", users);
		build_uint(b, o, "Size", d->volume_bytes[i]);
	}
	add_kind(b, doc, "Volumes", &k, items);
}

static int measure_objects(struct disk_usage *d, struct masu_error *err)
{
	_cleanup_strv_ char **paths = NULL;
	const size_t n = d->containers->n, n_volumes = d->volumes->n;
	_cleanup_free_ uint64_t *sizes = calloc(n + n_volumes + 1, sizeof(*sizes));
	int r = sizes ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < n; i++)
		r = strv_pushf(&paths, "containers/%s", d->containers->item[i]->home.id);
	for (size_t i = 0; r == 0 && i < n_volumes; i++)
		r = strv_pushf(&paths, "volumes/%s", d->volumes->item[i].name);
	if (r < 0)
		return err_sys(err, r, "measure the store");
	r = size_measure(d->e, paths, sizes, err);
	if (r < 0)
		return r;
	d->container_bytes = calloc(n + 1, sizeof(*sizes));
	d->volume_bytes = calloc(n_volumes + 1, sizeof(*sizes));
	if (!d->container_bytes || !d->volume_bytes)
		return err_oom(err);
	memcpy(d->container_bytes, sizes, n * sizeof(*sizes));
	memcpy(d->volume_bytes, sizes + n, n_volumes * sizeof(*sizes));
	return 0;
}

static int read_store(struct disk_usage *d, struct masu_error *err)
{
	static const struct masu_list_options all = {.size = sizeof(all), .all = true};
	int r = image_store_open(d->e, &d->store, err);

	if (r == 0)
		r = masu_container_list_read(d->e, &all, &d->containers, err);
	if (r == 0)
		r = masu_volume_list_read(d->e, NULL, &d->volumes, err);
	if (r == 0)
		r = layout_list(&d->store, &d->images, err);
	if (r == 0)
		r = usage_read(&d->usage, d->e, &d->store, d->containers, err);
	if (r == 0)
		r = usage_measure(&d->usage, d->e, false, err);
	return r == 0 ? measure_objects(d, err) : r;
}

int masu_engine_disk_usage(masu_engine *e, char **ret_json, masu_error *err)
{
	_cleanup_disk_usage_ struct disk_usage d = {.e = e, .store = LAYOUT_INIT};
	_cleanup_json_ struct json_object *doc = json_object_new_object();
	struct json_build b = {0};
	int r = read_store(&d, err);

	if (r < 0)
		return r;
	add_images(&b, doc, &d);
	add_containers(&b, doc, &d);
	add_volumes(&b, doc, &d);
	return inspect_finish(&b, doc, ret_json, err);
}
