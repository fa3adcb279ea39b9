/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/inspect.h"

#include <errno.h>

#include "base/json.h"
#include "base/str.h"
#include "engine/image.h"
#include "engine/json-build.h"
#include "image/layout.h"

static int finish(struct build *b, struct json_object **doc, struct json_object **ret,
		  struct err *err)
{
	if (b->failed || !*doc)
		return err_sys(err, ENOMEM, "describe the image");
	*ret = TAKE_PTR(*doc);
	return 0;
}

static void add_head(struct build *b, struct json_object *doc, const struct layout_image *image)
{
	char digest[DIGEST_TEXT_MAX];
	struct json_object *names;

	build_string(b, doc, "Id", image->config.hex);
	build_string(b, doc, "Digest", digest_text(&image->manifest, digest));
	names = build_array(b, doc, "RepoTags");
	if (image->name && names) {
		struct json_object *name = json_object_new_string(image->name);

		b->failed |= !name || json_object_array_add(names, name) < 0;
	}
	build_time(b, doc, "Created", image->created_ns);
	build_number(b, doc, "Size", (int64_t)image->size);
	build_string(b, doc, "Os", image->platform.os);
	build_string(b, doc, "Architecture", image->platform.arch);
	if (image->platform.variant)
		build_string(b, doc, "Variant", image->platform.variant);
}

/* {"80/tcp": {}}: sets as JSON has them in image configs. */
static void add_set(struct build *b, struct json_object *o, const char *key, char *const *names)
{
	struct json_object *set = names && *names ? build_object(b, o, key) : NULL;

	for (; set && *names; names++)
		(void)build_object(b, set, *names);
}

static void add_config(struct build *b, struct json_object *doc, const struct image_config *c)
{
	struct json_object *o = build_object(b, doc, "Config");

	build_string(b, o, "User", c->user);
	build_strv(b, o, "Env", c->env);
	build_strv(b, o, "Cmd", c->cmd);
	build_strv(b, o, "Entrypoint", c->entrypoint);
	build_string(b, o, "WorkingDir", c->working_dir);
	build_map(b, o, "Labels", &c->labels);
	if (c->stop_signal)
		build_string(b, o, "StopSignal", c->stop_signal);
	add_set(b, o, "ExposedPorts", c->exposed_ports);
	add_set(b, o, "Volumes", c->volumes);
}

static void add_layers(struct build *b, struct json_object *doc, const struct image_config *c)
{
	struct json_object *o = build_object(b, doc, "RootFS");
	struct json_object *layers;
	char digest[DIGEST_TEXT_MAX];

	build_string(b, o, "Type", "layers");
	layers = build_array(b, o, "Layers");
	for (size_t i = 0; layers && i < c->n_diff_ids; i++) {
		struct json_object *item = json_object_new_string(
			digest_text(&c->diff_ids[i], digest));

		b->failed |= !item || json_object_array_add(layers, item) < 0;
	}
}

static void add_history(struct build *b, struct json_object *doc, const struct image_config *c)
{
	struct json_object *list = build_array(b, doc, "History");

	for (size_t i = 0; i < c->n_history; i++) {
		const struct image_history *h = &c->history[i];
		struct json_object *o = build_item(b, list);

		build_string(b, o, "created", h->created);
		build_string(b, o, "created_by", h->created_by);
		if (h->comment)
			build_string(b, o, "comment", h->comment);
		if (h->empty_layer)
			build_bool(b, o, "empty_layer", true);
	}
}

int inspect_image(struct engine *e, const char *what, struct json_object **ret, struct err *err)
{
	_cleanup_(layout_done) struct layout store = LAYOUT_INIT;
	_cleanup_layout_image_ struct layout_image image = {0};
	_cleanup_image_config_ struct image_config config = {0};
	_cleanup_json_ struct json_object *doc = json_object_new_object();
	struct build b = {0};
	int r = image_store_open(e, &store, err);

	if (r == 0)
		r = layout_find(&store, what, &image, err);
	if (r == 0)
		r = layout_read_config(&store, &image.config, image.config_size, &config, err);
	if (r < 0)
		return r;
	add_head(&b, doc, &image);
	build_string(&b, doc, "Author", config.author);
	add_config(&b, doc, &config);
	add_layers(&b, doc, &config);
	add_history(&b, doc, &config);
	return finish(&b, &doc, ret, err);
}

int inspect_image_summary(const struct layout_image *image, struct json_object **ret,
			  struct err *err)
{
	_cleanup_json_ struct json_object *doc = json_object_new_object();
	struct build b = {0};

	add_head(&b, doc, image);
	if (image->damage)
		build_string(&b, doc, "Damage", image->damage);
	return finish(&b, &doc, ret, err);
}
