/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>
#include <sys/file.h>

#include "base/file.h"
#include "base/json-build.h"
#include "base/json.h"
#include "base/str.h"
#include "image/layout.h"

static int read_tree(const struct layout *l, struct json_object **ret,
		     struct json_object **ret_array, struct masu_error *err)
{
	_cleanup_json_ struct json_object *o = NULL;
	int r = json_read_file(l->fd, "index.json", IMAGE_MANIFEST_MAX, &o, err);

	if (r >= 0)
		r = json_get_array(o, "", "manifests", ret_array, err);
	if (r == 0)
		r = err_set(err, ERR_INVALID, EBADMSG, "has no 'manifests'");
	if (r < 0) {
		(void)err_prefix(err, "'%s/index.json'", l->path); /* `err` may be NULL */
		return r;
	}
	*ret = TAKE_PTR(o);
	return 0;
}

/* masu never writes an index that layout_read_index() cannot read. */
static int index_full(const struct layout *l, struct masu_error *err)
{
	(void)err_set(
		err, ERR_NO_SPACE, ENOSPC,
		"'%s/index.json' has no room for another image: %d names and %d bytes at most",
		l->path, IMAGE_ENTRIES_MAX, IMAGE_MANIFEST_MAX);
	return err_hint(err, "remove images that are not needed: masu rmi IMAGE");
}

static int write_tree(const struct layout *l, struct json_object *o, struct masu_error *err)
{
	const char *text = json_text(o, true);

	if (text && strlen(text) > IMAGE_MANIFEST_MAX)
		return index_full(l, err);
	int r = text ? file_write_atomic(l->fd, "index.json", text, strlen(text), 0600, FILE_SYNC)
		     : -ENOMEM;

	return r < 0 ? err_sys(err, r, "write '%s/index.json'", l->path) : 0;
}

static bool has_name(struct json_object *entry, const char *name)
{
	struct json_object *annotations;
	const char *own;

	return json_get_object(entry, "", "annotations", &annotations, NULL) > 0 &&
	       json_get_string(annotations, "", IMAGE_REF_NAME, &own, NULL) > 0 && streq(own, name);
}

static bool has_digest(struct json_object *entry, const struct digest *d)
{
	char text[DIGEST_TEXT_MAX];
	const char *own;

	return json_get_string(entry, "", "digest", &own, NULL) > 0 &&
	       streq(own, digest_text(d, text));
}

/* Removes the entries of a name, or of a manifest if `name` is NULL. Returns their number. */
static size_t remove_entries(struct json_object *array, const char *name, const struct digest *d)
{
	size_t n = 0;

	for (size_t i = json_object_array_length(array); i-- > 0;) {
		struct json_object *entry = json_object_array_get_idx(array, i);

		if (name ? !has_name(entry, name) : !has_digest(entry, d))
			continue;
		n += json_object_array_del_idx(array, i, 1) == 0;
	}
	return n;
}

static void build_entry(struct json_build *b, struct json_object *o, const struct layout_entry *e)
{
	struct json_object *annotations = build_object(b, o, "annotations");
	char text[DIGEST_TEXT_MAX];

	build_text(b, o, "mediaType", e->media_type);
	build_text(b, o, "digest", digest_text(&e->manifest, text));
	build_int(b, o, "size", (int64_t)e->manifest_size);
	build_text(b, annotations, IMAGE_REF_NAME, e->name);
	if (*e->index.hex)
		build_text(b, annotations, IMAGE_INDEX_DIGEST, digest_text(&e->index, text));
}

static bool is_taken(struct json_object *array, const struct layout_entry *entry)
{
	for (size_t i = 0; i < json_object_array_length(array); i++) {
		struct json_object *e = json_object_array_get_idx(array, i);

		if (has_name(e, entry->name) && !has_digest(e, &entry->manifest))
			return true;
	}
	return false;
}

static bool is_listed(struct json_object *array, const struct digest *d)
{
	for (size_t i = 0; i < json_object_array_length(array); i++)
		if (has_digest(json_object_array_get_idx(array, i), d))
			return true;
	return false;
}

/* How many entries have the same digest as this one, itself included? */
static size_t count_same(struct json_object *array, struct json_object *entry)
{
	const char *own, *other;
	size_t n = 0;

	if (json_get_string(entry, "", "digest", &own, NULL) <= 0)
		return 0;
	for (size_t i = 0; i < json_object_array_length(array); i++)
		n += json_get_string(json_object_array_get_idx(array, i), "", "digest", &other,
				     NULL) > 0 &&
		     streq(own, other);
	return n;
}

/* Takes the name from the entries that have it. An image without another entry keeps this one, without a name. */
static void remove_name(struct json_object *array, const char *name)
{
	for (size_t i = json_object_array_length(array); i-- > 0;) {
		struct json_object *entry = json_object_array_get_idx(array, i), *annotations;

		if (!has_name(entry, name))
			continue;
		if (count_same(array, entry) > 1)
			(void)json_object_array_del_idx(array, i, 1);
		else if (json_get_object(entry, "", "annotations", &annotations, NULL) > 0)
			json_object_object_del(annotations, IMAGE_REF_NAME);
	}
}

/* For another image that has the name. */
enum put_mode {
	PUT_OFFER, /* it keeps the name */
	PUT_MOVE,  /* it loses the name, and goes with its last one */
	PUT_KEEP,  /* it loses the name, and stays listed */
};

static int put(const struct layout *l, const struct layout_entry *entry, enum put_mode mode,
	       struct masu_error *err)
{
	_cleanup_json_ struct json_object *tree = NULL;
	struct json_object *array;
	struct json_build b = {0};
	_cleanup_close_ int lock = layout_lock(l, LOCK_EX, err);

	if (lock < 0)
		return lock;
	int r = read_tree(l, &tree, &array, err);
	if (r < 0)
		return r;
	if (mode == PUT_OFFER && is_taken(array, entry))
		return 0;
	if (!entry->name && is_listed(array, &entry->manifest))
		return 1;
	if (mode == PUT_KEEP && is_taken(array, entry))
		remove_name(array, entry->name);
	if (entry->name)
		(void)remove_entries(array, entry->name, NULL); /* several may have the name */
	if (json_object_array_length(array) >= IMAGE_ENTRIES_MAX)
		return index_full(l, err);
	build_entry(&b, build_object(&b, array, NULL), entry);
	if (b.failed)
		return err_oom(err);
	r = write_tree(l, tree, err);
	return r < 0 ? r : 1;
}

int layout_put(const struct layout *l, const struct layout_entry *entry, struct masu_error *err)
{
	return MIN(put(l, entry, PUT_MOVE, err), 0);
}

int layout_offer(const struct layout *l, const struct layout_entry *entry, struct masu_error *err)
{
	return put(l, entry, PUT_OFFER, err);
}

static int tag(const struct layout *l, const char *what, const char *name, enum put_mode mode,
	       struct masu_error *err)
{
	_cleanup_layout_image_ struct masu_image image = {0};
	_cleanup_reference_ struct reference ref = {0};
	_cleanup_free_ char *canonical = NULL;
	int r = reference_parse(name, &ref, err);

	if (r < 0)
		return r;
	if (*ref.digest.hex)
		return err_set(err, ERR_INVALID, EINVAL,
			       "'%s' has a digest, so no image can be tagged with it", name);
	canonical = reference_to_string(&ref);
	if (!canonical)
		return err_oom(err);
	/* It keeps the garbage collection away until the image has the name. */
	_cleanup_close_ int hold = file_lock_or_cancel(l->fd, "ingest/lock", LOCK_SH, l->cancel_fd);
	if (hold < 0)
		return err_sys(err, hold, "lock '%s/ingest'", l->path);
	r = layout_find(l, what, &image, err);
	if (r < 0)
		return r;
	const struct layout_entry entry = {.name = canonical,
					   .media_type = image.media_type,
					   .manifest = image.manifest,
					   .manifest_size = image.manifest_size,
					   .index = image.index};
	return MIN(put(l, &entry, mode, err), 0);
}

int layout_tag(const struct layout *l, const char *what, const char *name, struct masu_error *err)
{
	return tag(l, what, name, PUT_MOVE, err);
}

int layout_retag(const struct layout *l, const char *what, const char *name, struct masu_error *err)
{
	return tag(l, what, name, PUT_KEEP, err);
}

int layout_untag(const struct layout *l, const char *name, const struct digest *d,
		 struct masu_error *err)
{
	_cleanup_json_ struct json_object *tree = NULL;
	struct json_object *array;
	_cleanup_close_ int lock = layout_lock(l, LOCK_EX, err);

	if (lock < 0)
		return lock;
	int r = read_tree(l, &tree, &array, err);
	if (r < 0)
		return r;
	if (remove_entries(array, name, d) == 0)
		return err_set(err, ERR_NOT_FOUND, ENOENT, "no image '%s%s' here",
			       name ? name : DIGEST_PREFIX, name ? "" : d->hex);
	return write_tree(l, tree, err);
}
