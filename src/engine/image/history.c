/* SPDX-License-Identifier: Apache-2.0 */

/* The history of an image: its steps, with the sizes of the layers that some of them made. */

#include "base/json-build.h"
#include "base/json.h"
#include "base/str.h"
#include "base/time.h"
#include "engine/container/inspect.h"
#include "engine/image/image.h"

#define NO_ID "<missing>" /* docker's word for a step that has no image of its own */

struct history {
	const struct masu_image *image;
	struct image_manifest manifest;
	struct image_config config;
	struct json_build b;
};

static void history_done(struct history *h)
{
	image_manifest_done(&h->manifest);
	image_config_done(&h->config);
}
#define _cleanup_history_ _cleanup_(history_done)

/* The top step has the image's id and names. */
static struct json_object *add_step(struct history *h, struct json_object *list)
{
	const bool top = json_object_array_length(list) == 0;
	struct json_object *o = build_object(&h->b, list, NULL);

	build_text(&h->b, o, "Id", top ? h->image->config.hex : NO_ID);
	build_text(&h->b, build_array(&h->b, o, "Tags"), NULL, top ? h->image->name : NULL);
	return o;
}

static void add_facts(struct history *h, struct json_object *o, const struct image_history *step,
		      uint64_t size)
{
	int64_t created = 0;

	if (step && step->created && time_parse_stamp(step->created, &created) < 0)
		created = 0;
	inspect_put_time(&h->b, o, "CreatedAt", created);
	build_text(&h->b, o, "CreatedBy", step ? str_or_empty(step->created_by) : "");
	build_uint(&h->b, o, "Size", size);
	build_text(&h->b, o, "Comment", step ? str_or_empty(step->comment) : "");
}

/* From the top down. A builder may have left out steps; then each of the lowest layers is a step without facts. */
static void add_steps(struct history *h, struct json_object *list)
{
	size_t layers = h->manifest.n_layers;

	for (size_t i = h->config.n_history; i-- > 0;) {
		const struct image_history *step = &h->config.history[i];
		bool has_layer = !step->empty_layer && layers > 0;

		add_facts(h, add_step(h, list), step,
			  has_layer ? h->manifest.layers[--layers].size : 0);
	}
	while (layers-- > 0)
		add_facts(h, add_step(h, list), NULL, h->manifest.layers[layers].size);
}

int masu_image_history(masu_engine *e, const char *name, char **ret_json, masu_error *err)
{
	_cleanup_layout_ struct layout store = LAYOUT_INIT;
	_cleanup_layout_image_ struct masu_image image = {0};
	_cleanup_json_ struct json_object *list = json_object_new_array();
	_cleanup_history_ struct history h = {.image = &image};
	int r = image_store_open(e, &store, err);

	if (r == 0)
		r = image_find(&store, name, NULL, &image, err);
	if (r == 0)
		r = layout_read_manifest(&store, &image.manifest, image.manifest_size, &h.manifest,
					 err);
	if (r == 0)
		r = layout_read_config(&store, &image.config, image.config_size, &h.config, err);
	if (r < 0)
		return r;
	if (!list)
		return err_oom(err);
	add_steps(&h, list);
	return inspect_finish(&h.b, list, ret_json, err);
}
