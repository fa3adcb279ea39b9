/* SPDX-License-Identifier: Apache-2.0 */
#include "transfer/image-source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "registry/http-answer.h"
#include "unpack/sha256.h"

#define DOCUMENT_DEADLINE_S 120
#define ACCEPT                                                        \
	"application/vnd.oci.image.index.v1+json, "                   \
	"application/vnd.oci.image.manifest.v1+json, "                \
	"application/vnd.docker.distribution.manifest.list.v2+json, " \
	"application/vnd.docker.distribution.manifest.v2+json"

void image_source_document_done(struct image_source_document *d)
{
	free(d->bytes);
	free(d->media_type);
	*d = (struct image_source_document){0};
}

static int verify(const char *bytes, size_t size, const struct digest *wanted, const char *what,
		  struct masu_error *err)
{
	struct digest found;
	int r = sha256_of(bytes, size, &found);

	if (r < 0)
		return err_sys(err, r, "verify the %s", what);
	if (!digest_equal(&found, wanted))
		return err_set(err, ERR_INVALID, EBADMSG,
			       "digest mismatch: the %s should be sha256:%s but is sha256:%s", what,
			       wanted->hex, found.hex);
	return 0;
}

/* GETs a small resource. `wanted` has its description, its Accept header and its limits. */
static int get(const struct image_source *s, const struct exchange *wanted, const char *path,
	       struct image_source_document *ret, struct masu_error *err)
{
	struct exchange d = *wanted;

	d.registry = s->registry;
	d.deadline_s = DOCUMENT_DEADLINE_S;
	int r = exchange_begin(&d, path, err);
	if (r >= 0)
		r = exchange_wait(&d, err);
	if (r >= 0) {
		ret->media_type = http_header(&d.request, "content-type", 0);
		if (ret->media_type)
			ret->media_type[strcspn(ret->media_type, "; \t")] = 0;
		ret->size = d.request.body.length;
		ret->bytes = strbuf_take(&d.request.body);
		if (!ret->bytes)
			r = err_oom(err);
	}
	exchange_end(&d);
	return r;
}

/* Gets a manifest or an index. If the selector is a digest, it is verified. */
static int get_document(const struct image_source *s, const char *selector, uint64_t exact,
			struct image_source_document *ret, struct masu_error *err)
{
	_cleanup_image_source_document_ struct image_source_document d = {0};
	_cleanup_free_ char *path = NULL, *what = NULL;
	struct digest wanted;

	path = str_printf("manifests/%s", selector);
	if (!path)
		return err_oom(err);
	bool is_digest = digest_parse(selector, &wanted) == 0;
	what = str_printf("image '%s%s%s'", registry_reference(s->registry)->path,
			  is_digest ? "@" : ":", selector);
	if (!what)
		return err_oom(err);
	const struct exchange manifest = {
		.what = what, .accept = ACCEPT, .limit = IMAGE_MANIFEST_MAX, .exact = exact};
	int r = get(s, &manifest, path, &d, err);
	if (r < 0)
		return r;
	if (is_digest) {
		r = verify(d.bytes, d.size, &wanted, "manifest", err);
		d.digest = wanted;
	} else {
		r = sha256_of(d.bytes, d.size, &d.digest);
		if (r < 0)
			(void)err_sys(err, r, "verify the manifest");
	}
	if (r < 0)
		return r;
	*ret = d;
	d = (struct image_source_document){0};
	return 0;
}

int image_source_blob(const struct image_source *s, const struct image_descriptor *d, size_t limit,
		      char **ret, struct masu_error *err)
{
	_cleanup_image_source_document_ struct image_source_document doc = {0};
	_cleanup_free_ char *path = NULL;
	int r;

	if (d->size > limit)
		return err_set(err, ERR_INVALID, EFBIG, "blob sha256:%s: larger than %zu bytes",
			       d->digest.hex, limit);
	if (s->registry) {
		path = str_printf("blobs/" DIGEST_PREFIX "%s", d->digest.hex);
		if (!path)
			return err_oom(err);
		const struct exchange blob = {.what = path, .limit = d->size, .exact = d->size};

		r = get(s, &blob, path, &doc, err);
		if (r >= 0 && doc.size != d->size)
			r = err_set(err, ERR_INVALID, EBADMSG,
				    "size mismatch: %s has %zu bytes, the manifest says %ju", path,
				    doc.size, (uintmax_t)d->size);
	} else {
		r = layout_read_blob(s->layout, &d->digest, d->size, limit, &doc.bytes, err);
	}
	if (r >= 0)
		r = verify(doc.bytes, (size_t)d->size, &d->digest, "blob", err);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(doc.bytes);
	return 0;
}

int image_source_document(const struct image_source *s, const struct image_descriptor *d,
			  struct image_source_document *ret, struct masu_error *err)
{
	_cleanup_image_source_document_ struct image_source_document doc = {0};
	char text[DIGEST_TEXT_MAX];
	int r;

	if (s->registry) {
		r = get_document(s, digest_text(&d->digest, text), d->size, &doc, err);
	} else {
		r = image_source_blob(s, d, IMAGE_MANIFEST_MAX, &doc.bytes, err);
		doc.size = (size_t)d->size;
		doc.digest = d->digest;
	}
	if (r < 0)
		return r;
	if (doc.size != d->size)
		return err_set(err, ERR_INVALID, EBADMSG,
			       "size mismatch: manifest sha256:%s has %zu bytes, not %ju",
			       d->digest.hex, doc.size, (uintmax_t)d->size);
	/* The media types of the transport and the descriptor must agree. */
	if (doc.media_type && !streq(doc.media_type, d->media_type))
		return err_set(err, ERR_INVALID, EBADMSG,
			       "manifest: came as '%.100s', not '%.100s'", doc.media_type,
			       d->media_type);
	free(doc.media_type);
	doc.media_type = strdup(d->media_type);
	if (!doc.media_type)
		return err_oom(err);
	*ret = doc;
	doc = (struct image_source_document){0};
	return 0;
}

/* Returns whether the selector is the entry's name, or the tag at its end. */
static bool is_selected(const char *name, const char *selector)
{
	size_t n = strlen(name), m = strlen(selector);

	return streq(name, selector) ||
	       (n > m && name[n - m - 1] == ':' && streq(name + n - m, selector));
}

size_t image_source_choose(const struct image_index *index, const char *selector,
			   const struct image_descriptor **ret)
{
	size_t n = 0;

	for (size_t i = 0; i < index->n_manifests; i++) {
		const struct image_descriptor *d = &index->manifests[i];

		if (selector && (!d->ref_name || !is_selected(d->ref_name, selector)))
			continue;
		*ret = d;
		n++;
	}
	return n;
}

static int top_of_layout(const struct image_source *s, const char *selector,
			 struct image_source_document *ret, struct masu_error *err)
{
	_cleanup_image_index_ struct image_index index = {0};
	_cleanup_strbuf_ struct strbuf names = STRBUF_INIT;
	const struct image_descriptor *found = NULL;
	int r = layout_read_index(s->layout, &index, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < index.n_manifests; i++) {
		const struct image_descriptor *d = &index.manifests[i];

		if (d->ref_name && names.length < 300)
			(void)strbuf_addf(&names, " %.100s",
					  d->ref_name); /* a hint may be incomplete */
	}
	size_t n = image_source_choose(&index, selector, &found);
	if (n == 1)
		return image_source_document(s, found, ret, err);
	if (selector)
		(void)err_set(err, ERR_NOT_FOUND, ENOENT, "%s image '%s' in '%s'",
			      n ? "more than one" : "no", selector, s->layout->path);
	else
		(void)err_set(err, ERR_INVALID, EINVAL, "'%s' has %zu images, so one must be named",
			      s->layout->path, index.n_manifests);
	return names.length ? err_hint(err, "it has:%s", names.text)
	       : err->code  ? -err->code
			    : -EIO;
}

int image_source_top(const struct image_source *s, const char *selector,
		     struct image_source_document *ret, struct masu_error *err)
{
	return s->registry ? get_document(s, selector, 0, ret, err)
			   : top_of_layout(s, selector, ret, err);
}
