/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/inspect.h"

#include <errno.h>

#include "base/json-build.h"
#include "base/json.h"
#include "base/str.h"
#include "base/strv.h"
#include "engine/image.h"
#include "image/layout.h"

static void add_head(struct json_build *b, struct json_object *doc, const struct masu_image *image)
{
	char digest[DIGEST_TEXT_MAX];

	build_text(b, doc, "Id", image->config.hex);
	build_text(b, doc, "Digest", digest_text(&image->manifest, digest));
	build_text(b, build_array(b, doc, "RepoTags"), NULL, image->name);
	inspect_put_time(b, doc, "Created", image->created_ns);
	build_int(b, doc, "Size", (int64_t)image->size);
	build_text(b, doc, "Os", str_or_empty(image->platform.os));
	build_text(b, doc, "Architecture", str_or_empty(image->platform.arch));
	build_text(b, doc, "Variant", image->platform.variant);
}

/* {"80/tcp": {}}: sets as JSON has them in image configs. */
static void add_set(struct json_build *b, struct json_object *o, const char *key,
		    char *const *names)
{
	struct json_object *set = names && *names ? build_object(b, o, key) : NULL;

	for (; set && *names; names++)
		(void)build_object(b, set, *names);
}

static void add_config(struct json_build *b, struct json_object *doc, const struct image_config *c)
{
	struct json_object *o = build_object(b, doc, "Config");

	build_text(b, o, "User", str_or_empty(c->user));
	build_texts(b, o, "Env", strv_or_empty(c->env));
	build_texts(b, o, "Cmd", strv_or_empty(c->cmd));
	build_texts(b, o, "Entrypoint", strv_or_empty(c->entrypoint));
	build_text(b, o, "WorkingDir", str_or_empty(c->working_dir));
	build_map(b, o, "Labels", &c->labels);
	build_text(b, o, "StopSignal", c->stop_signal);
	add_set(b, o, "ExposedPorts", c->exposed_ports);
	add_set(b, o, "Volumes", c->volumes);
}

static void add_layers(struct json_build *b, struct json_object *doc, const struct image_config *c)
{
	struct json_object *o = build_object(b, doc, "RootFS");
	struct json_object *layers;
	char digest[DIGEST_TEXT_MAX];

	build_text(b, o, "Type", "layers");
	layers = build_array(b, o, "Layers");
	for (size_t i = 0; i < c->n_diff_ids; i++)
		build_text(b, layers, NULL, digest_text(&c->diff_ids[i], digest));
}

static void add_history(struct json_build *b, struct json_object *doc, const struct image_config *c)
{
	struct json_object *list = build_array(b, doc, "History");

	for (size_t i = 0; i < c->n_history; i++) {
		const struct image_history *h = &c->history[i];
		struct json_object *o = build_object(b, list, NULL);

		build_text(b, o, "created", str_or_empty(h->created));
		build_text(b, o, "created_by", str_or_empty(h->created_by));
		build_text(b, o, "comment", h->comment);
		build_true(b, o, "empty_layer", h->empty_layer);
	}
}

int masu_image_inspect(masu_engine *e, const char *name, char **ret_json, masu_error *err)
{
	_cleanup_(layout_done) struct layout store = LAYOUT_INIT;
	_cleanup_layout_image_ struct masu_image image = {0};
	_cleanup_image_config_ struct image_config config = {0};
	_cleanup_json_ struct json_object *doc = json_object_new_object();
	struct json_build b = {0};
	int r = image_store_open(e, &store, err);

	if (r == 0)
		r = layout_find(&store, name, &image, err);
	if (r == 0)
		r = layout_read_config(&store, &image.config, image.config_size, &config, err);
	if (r < 0)
		return r;
	add_head(&b, doc, &image);
	build_text(&b, doc, "Author", str_or_empty(config.author));
	add_config(&b, doc, &config);
	add_layers(&b, doc, &config);
	add_history(&b, doc, &config);
	return inspect_finish(&b, doc, ret_json, err);
}

int masu_image_summary(const masu_image *image, char **ret_json, masu_error *err)
{
	_cleanup_json_ struct json_object *doc = json_object_new_object();
	struct json_build b = {0};

	add_head(&b, doc, image);
	build_text(&b, doc, "Damage", image->damage);
	return inspect_finish(&b, doc, ret_json, err);
}
