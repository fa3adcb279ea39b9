/* SPDX-License-Identifier: Apache-2.0 */

/* The images of the store: listed, described, named and removed. */

#include <errno.h>

#include "base/json-build.h"
#include "base/json.h"
#include "base/str.h"
#include "base/strv.h"
#include "engine/container/container.h"
#include "engine/container/inspect.h"
#include "engine/image/image-program.h"
#include "engine/image/image.h"
#include "engine/options.h"
#include "image/layout.h"

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

const char *masu_image_digest(const masu_image *image)
{
	return image->manifest.hex;
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
	_cleanup_layout_image_ struct masu_image tagged = {0}, before = {0};
	_cleanup_free_ char *whole = NULL;
	int r = image_store_open(e, &store, err);

	if (r == 0)
		r = image_find(&store, image, &whole, &before, err);
	if (r == 0)
		r = layout_tag(&store, whole ? whole : image, name, err);
	if (r == 0 && layout_find(&store, name, &tagged, NULL) == 0)
		image_event(e, "tag", &tagged, tagged.name);
	return r;
}

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
	build_set(b, o, "ExposedPorts", c->exposed_ports);
	build_set(b, o, "Volumes", c->volumes);
	if (!c->healthcheck)
		return;
	struct json_object *health = NULL; /* without memory, building fails */
	(void)json_parse(c->healthcheck, strlen(c->healthcheck), "Healthcheck", &health, NULL);
	build_put(b, o, "Healthcheck", health);
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

	if (r < 0)
		return r;
	r = image_find(&store, name, NULL, &image, err);
	if (r < 0)
		return r;
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
	build_map(&b, doc, "Labels", &image->labels);
	build_text(&b, doc, "Damage", image->damage);
	return inspect_finish(&b, doc, ret_json, err);
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
	const struct record *user = image_user(list, image);
	if (!user)
		return 0;
	(void)err_set(err, ERR_CONFLICT, EBUSY, "image '%s' is in use by container '%s'", what,
		      user->name);
	return err_hint(err, "remove the container first, or use -f: it keeps its layers");
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
	_cleanup_free_ char *name = NULL;
	size_t names;
	int n = image_find(store, r->what, &name, &r->image, err);

	if (n < 0)
		return n;
	bool by_name = name || image_is_named(r->what, r->image.name);
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

static void write_events(const struct removal *r)
{
	if (r->image.name)
		image_event(r->e, "untag", &r->image, r->image.name);
	if (r->deleted)
		image_event(r->e, "remove", &r->image, r->image.name);
}

static int report(struct removal *r, char **ret_name, char **ret_id, struct masu_error *err)
{
	char *id = r->deleted && ret_id ? strdup(r->image.config.hex) : NULL;

	if (r->deleted && ret_id && !id)
		return err_oom(err);
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
		write_events(&removal);
	if (r == 0)
		r = report(&removal, ret_name, ret_id, err);
	layout_image_done(&removal.image);
	return r;
}

int masu_image_collect(masu_engine *e, masu_error *err)
{
	char *args[] = {(char *)"gc", NULL};
	const struct image_program program = {.args = args, .input = -1};

	return image_program_run(e, &program, NULL, err);
}
