/* SPDX-License-Identifier: Apache-2.0 */
#include "image/details-cache.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#define ROW(key, kind, member) FIELD_ROW(struct masu_image, key, kind, member)
static const struct field fields[] = {
	ROW("created", FIELD_TIME, created_ns),	  ROW("os", FIELD_STRING, platform.os),
	ROW("arch", FIELD_STRING, platform.arch), ROW("variant", FIELD_STRING, platform.variant),
	ROW("labels", FIELD_MAP, labels),	  {0},
};

/* In an entry: the manifest's inode and ctime, size, digest, inode and ctime of the config, the layers, and the fields. */

/* NULL for no memory. */
static char *version(void)
{
	struct strbuf b = STRBUF_INIT;

	(void)strbuf_add(&b, "images ", 7);
	fields_pack_names(fields, &b);
	return strbuf_take(&b);
}

void details_cache_done(struct details_cache *cache)
{
	pack_file_done(&cache->content);
	*cache = DETAILS_CACHE_INIT;
}

void details_cache_open(struct details_cache *cache, const char *path)
{
	_cleanup_free_ char *own = version();

	cache->path = path;
	if (own)
		pack_file_read(&cache->content, path, own);
}

static void pack_blob(const struct digest *d, uint64_t size, struct strbuf *b)
{
	fields_pack_number((int64_t)size, b);
	(void)strbuf_add(b, d->hex, DIGEST_HEX_LENGTH); /* the buffer keeps the failure */
}

static void unpack_blob(struct unpack *u, struct digest *ret, uint64_t *ret_size)
{
	*ret_size = (uint64_t)unpack_number(u);
	const char *hex = unpack_bytes(u, DIGEST_HEX_LENGTH);
	if (!hex)
		return;
	memcpy(ret->hex, hex, DIGEST_HEX_LENGTH);
	ret->hex[DIGEST_HEX_LENGTH] = 0;
	u->failed |= !digest_is_hex(ret->hex);
}

static void unpack_layers(struct unpack *u, struct image_manifest *ret)
{
	int64_t n = unpack_number(u);

	u->failed |= n < 0 || n > IMAGE_LAYERS_MAX;
	if (u->failed)
		return;
	ret->layers = calloc((size_t)n + 1, sizeof(*ret->layers));
	u->failed |= !ret->layers;
	for (; ret->n_layers < (size_t)n && !u->failed; ret->n_layers++)
		unpack_blob(u, &ret->layers[ret->n_layers].digest,
			    &ret->layers[ret->n_layers].size);
}

/* Is the blob the file that it was? */
static bool is_same(int blobs, const struct digest *d, uint64_t size, struct unpack *u)
{
	struct stat st;

	return !u->failed && fstatat(blobs, d->hex, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISREG(st.st_mode) && (uint64_t)st.st_size == size && pack_file_same_stat(&st, u);
}

static bool read_entry(struct unpack u, int blobs, struct masu_image *image,
		       struct image_manifest *m)
{
	if (!is_same(blobs, &image->manifest, image->manifest_size, &u))
		return false;
	unpack_blob(&u, &m->config.digest, &m->config.size);
	if (!is_same(blobs, &m->config.digest, m->config.size, &u))
		return false;
	unpack_layers(&u, m);
	fields_unpack(fields, &u, image);
	return !u.failed && !u.left;
}

bool details_cache_get(struct details_cache *cache, int blobs, struct masu_image *image,
		       struct image_manifest *ret)
{
	_cleanup_image_manifest_ struct image_manifest m = {0};
	struct pack_entry *entry = pack_file_find(&cache->content, image->manifest.hex);

	if (!entry)
		return false;
	if (!read_entry(entry->body, blobs, image, &m)) {
		fields_done(fields, image);
		return false;
	}
	pack_file_keep(&cache->content, entry);
	*ret = TAKE(m, (struct image_manifest){0});
	return true;
}

void details_cache_look(const struct details_cache *cache, int blobs, const struct digest *d,
			struct stat *ret)
{
	/* A blob that is missing is not read either: nothing is cached then. */
	if (cache->path)
		(void)fstatat(blobs, d->hex, ret, AT_SYMLINK_NOFOLLOW);
}

void details_cache_add(struct details_cache *cache, const struct masu_image *image,
		       const struct image_manifest *m, const struct details_blobs *before)
{
	_cleanup_strbuf_ struct strbuf b = STRBUF_INIT;

	if (!cache->path || !pack_file_is_settled(&before->manifest) ||
	    !pack_file_is_settled(&before->config))
		return;
	pack_file_add_stat(&before->manifest, &b);
	pack_blob(&m->config.digest, m->config.size, &b);
	pack_file_add_stat(&before->config, &b);
	fields_pack_number((int64_t)m->n_layers, &b);
	for (size_t i = 0; i < m->n_layers; i++)
		pack_blob(&m->layers[i].digest, m->layers[i].size, &b);
	fields_pack(fields, image, &b);
	pack_file_add(&cache->content, image->manifest.hex, &b);
}

void details_cache_close(struct details_cache *cache)
{
	_cleanup_free_ char *own = cache->path ? version() : NULL;

	if (own)
		pack_file_write(&cache->content, cache->path, own);
}
