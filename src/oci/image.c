/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/image.h"

#include <errno.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"

/* How deep a place in a document is named: "manifests[4095].platform". */
#define WHERE_MAX 64

static enum image_media media_of(const char *media_type)
{
#define OCI    "application/vnd.oci.image."
#define DOCKER "application/vnd.docker."
	static const struct {
		const char *name;
		enum image_media media;
	} table[] = {
		{OCI "index.v1+json", IMAGE_MEDIA_INDEX},
		{DOCKER "distribution.manifest.list.v2+json", IMAGE_MEDIA_INDEX},
		{OCI "manifest.v1+json", IMAGE_MEDIA_MANIFEST},
		{DOCKER "distribution.manifest.v2+json", IMAGE_MEDIA_MANIFEST},
		{OCI "config.v1+json", IMAGE_MEDIA_CONFIG},
		{DOCKER "container.image.v1+json", IMAGE_MEDIA_CONFIG},
		{OCI "layer.v1.tar", IMAGE_MEDIA_LAYER},
		{OCI "layer.nondistributable.v1.tar", IMAGE_MEDIA_LAYER},
		{DOCKER "image.rootfs.diff.tar", IMAGE_MEDIA_LAYER},
		{OCI "layer.v1.tar+gzip", IMAGE_MEDIA_LAYER_GZIP},
		{OCI "layer.nondistributable.v1.tar+gzip", IMAGE_MEDIA_LAYER_GZIP},
		{DOCKER "image.rootfs.diff.tar.gzip", IMAGE_MEDIA_LAYER_GZIP},
		{DOCKER "image.rootfs.foreign.diff.tar.gzip", IMAGE_MEDIA_LAYER_GZIP},
		{OCI "layer.v1.tar+zstd", IMAGE_MEDIA_LAYER_ZSTD},
		{OCI "layer.nondistributable.v1.tar+zstd", IMAGE_MEDIA_LAYER_ZSTD},
		{DOCKER "image.rootfs.diff.tar.zstd", IMAGE_MEDIA_LAYER_ZSTD},
	};
#undef OCI
#undef DOCKER

	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (streq(media_type, table[i].name))
			return table[i].media;
	return IMAGE_MEDIA_UNKNOWN;
}

static void platform_done(struct image_platform *p)
{
	free(p->os);
	free(p->arch);
	free(p->variant);
}

static void descriptor_done(struct image_descriptor *d)
{
	free(d->media_type);
	free(d->ref_name);
	free(d->full_name);
	platform_done(&d->platform);
	*d = (struct image_descriptor){0};
}

static void descriptors_free(struct image_descriptor *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		descriptor_done(&list[i]);
	free(list);
}

void image_index_done(struct image_index *index)
{
	descriptors_free(index->manifests, index->n_manifests);
	*index = (struct image_index){0};
}

void image_manifest_done(struct image_manifest *m)
{
	descriptor_done(&m->config);
	descriptors_free(m->layers, m->n_layers);
	*m = (struct image_manifest){0};
}

void image_document_done(struct image_document *d)
{
	free(d->media_type);
	d->media_type = NULL;
	image_index_done(&d->index);
	image_manifest_done(&d->manifest);
}

static int read_platform(struct json_object *o, const char *where, struct image_platform *p,
			 struct masu_error *err)
{
	char inner[WHERE_MAX];
	struct json_object *platform;
	int r = json_get_object(o, where, "platform", &platform, err);

	if (r <= 0)
		return r;
	(void)snprintf(inner, sizeof(inner), "%s.platform", where);
	r = json_get_copy(platform, inner, "os", &p->os, err);
	if (r >= 0)
		r = json_get_copy(platform, inner, "architecture", &p->arch, err);
	if (r >= 0)
		r = json_get_copy(platform, inner, "variant", &p->variant, err);
	return r;
}

static int read_annotations(struct json_object *o, const char *where, struct image_descriptor *d,
			    struct masu_error *err)
{
	char inner[WHERE_MAX];
	struct json_object *annotations;
	const char *index;
	int r = json_get_object(o, where, "annotations", &annotations, err);

	if (r <= 0)
		return r;
	(void)snprintf(inner, sizeof(inner), "%s.annotations", where);
	r = json_get_copy(annotations, inner, IMAGE_REF_NAME, &d->ref_name, err);
	if (r >= 0)
		r = json_get_copy(annotations, inner, IMAGE_FULL_NAME, &d->full_name, err);
	if (r < 0)
		return r;
	r = json_get_string(annotations, inner, IMAGE_INDEX_DIGEST, &index, err);
	if (r > 0 && digest_parse(index, &d->index) < 0)
		return err_set(err, ERR_INVALID, EBADMSG, "%s.%s: '%s' is not a digest", inner,
			       IMAGE_INDEX_DIGEST, index);
	return r;
}

static int read_digest(struct json_object *o, const char *where, struct digest *ret,
		       struct masu_error *err)
{
	const char *s;
	int r = json_get_string(o, where, "digest", &s, err);

	if (r < 0)
		return r;
	if (r == 0)
		return err_set(err, ERR_INVALID, EBADMSG, "%s: has no digest", where);
	if (digest_parse(s, ret) < 0) {
		(void)err_set(err, ERR_INVALID, EBADMSG,
			      "%s.digest: '%.100s' is not a SHA-256 digest", where, s);
		return err_hint(err, "a digest is 'sha256:' and 64 lower-case hexadecimal digits");
	}
	return 0;
}

static int read_descriptor(struct json_object *o, const char *where, struct image_descriptor *d,
			   struct masu_error *err)
{
	int64_t size;

	if (!json_object_is_type(o, json_type_object))
		return err_set(err, ERR_INVALID, EBADMSG, "%s: must be an object", where);
	int r = json_get_copy(o, where, "mediaType", &d->media_type, err);
	if (r < 0)
		return r;
	if (r == 0)
		return err_set(err, ERR_INVALID, EBADMSG, "%s: has no mediaType", where);
	d->media = media_of(d->media_type);
	r = read_digest(o, where, &d->digest, err);
	if (r < 0)
		return r;
	r = json_get_int64(o, where, "size", JSON_RANGE(0, INT64_MAX), &size, err);
	if (r < 0)
		return r;
	if (r == 0)
		return err_set(err, ERR_INVALID, EBADMSG, "%s: has no size", where);
	d->size = (uint64_t)size;
	r = read_platform(o, where, &d->platform, err);
	return r < 0 ? r : read_annotations(o, where, d, err);
}

static int read_descriptors(struct json_object *o, const char *key, size_t max,
			    struct image_descriptor **ret, size_t *ret_n, struct masu_error *err)
{
	struct json_object *array;
	int r = json_get_array(o, "", key, &array, err);

	if (r < 0)
		return r;
	if (r == 0)
		return err_set(err, ERR_INVALID, EBADMSG, "has no %s", key);
	size_t n = json_object_array_length(array);
	if (n > max)
		return err_set(err, ERR_INVALID, EBADMSG, "%s: %zu entries are more than %zu", key,
			       n, max);
	struct image_descriptor *list = calloc(n ? n : 1, sizeof(*list));
	if (!list)
		return err_oom(err);
	for (size_t i = 0; i < n; i++) {
		char where[WHERE_MAX];

		(void)snprintf(where, sizeof(where), "%s[%zu]", key, i);
		r = read_descriptor(json_object_array_get_idx(array, i), where, &list[i], err);
		if (r < 0) {
			descriptors_free(list, n);
			return r;
		}
	}
	*ret = list;
	*ret_n = n;
	return 0;
}

/*
 * Old registries have changed what Docker's manifests call their configs, so that images have it for good
 * (docker/distribution#1621).
 */
static bool is_config(const struct image_descriptor *d, const char *manifest_type)
{
	static const char *const others[] = {"application/octet-stream", "application/json",
					     "text/html"};

	if (d->media == IMAGE_MEDIA_CONFIG)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (streq(d->media_type, others[i]))
			return str_after(manifest_type, "application/vnd.docker.") != NULL;
	return false;
}

static int read_manifest(struct json_object *o, const char *media_type, struct image_manifest *m,
			 struct masu_error *err)
{
	struct json_object *config;
	int r = json_get_object(o, "", "config", &config, err);

	if (r < 0)
		return r;
	if (r == 0)
		return err_set(err, ERR_INVALID, EBADMSG, "has no config");
	r = read_descriptor(config, "config", &m->config, err);
	if (r < 0)
		return r;
	if (!is_config(&m->config, media_type))
		return err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
			       "is not a container image, but an artifact of type '%.100s'",
			       m->config.media_type);
	if (m->config.size > IMAGE_CONFIG_MAX)
		return err_set(err, ERR_INVALID, EFBIG,
			       "config: %ju bytes are more than the limit of %d",
			       (uintmax_t)m->config.size, IMAGE_CONFIG_MAX);
	r = read_descriptors(o, "layers", IMAGE_LAYERS_MAX, &m->layers, &m->n_layers, err);
	for (size_t i = 0; r >= 0 && i < m->n_layers; i++)
		if (m->layers[i].media < IMAGE_MEDIA_LAYER)
			return err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
				       "layers[%zu]: unsupported media type '%.100s'", i,
				       m->layers[i].media_type);
	return r;
}

/* The kind of the document, from the transport, its own mediaType, and its members, which must agree. */
static int find_kind(struct json_object *o, const char *media_type, struct image_document *d,
		     struct masu_error *err)
{
	static const char *const oci[] = {"application/vnd.oci.image.manifest.v1+json",
					  "application/vnd.oci.image.index.v1+json"};
	bool has_layers = json_object_object_get_ex(o, "layers", NULL) ||
			  json_object_object_get_ex(o, "config", NULL);
	bool has_manifests = json_object_object_get_ex(o, "manifests", NULL);
	const char *own = NULL;
	int64_t version = 0;

	if (json_get_string(o, "", "mediaType", &own, err) < 0 ||
	    json_get_int64(o, "", "schemaVersion", JSON_RANGE(0, INT64_MAX), &version, err) < 0)
		return -EBADMSG;
	if (version == 1)
		return err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
			       "is of Docker's schema 1, which is no longer supported");
	if (version != 2)
		return err_set(err, ERR_INVALID, EBADMSG, "schemaVersion: must be 2");
	if (has_layers == has_manifests)
		return err_set(err, ERR_INVALID, EBADMSG, "%s",
			       has_layers ? "has both 'layers' and 'manifests'"
					  : "has neither 'layers' nor 'manifests'");
	if (own && media_type && !streq(own, media_type))
		return err_set(err, ERR_INVALID, EBADMSG, "came as '%.100s' but says '%.100s'",
			       media_type, own);
	enum image_media want = has_manifests ? IMAGE_MEDIA_INDEX : IMAGE_MEDIA_MANIFEST;
	const char *said = own ? own : media_type;
	if (said && media_of(said) != want)
		return err_set(err, ERR_INVALID, EBADMSG, "is called '%.100s' but holds %s", said,
			       has_manifests ? "'manifests'" : "'layers'");
	d->is_index = has_manifests;
	d->media_type = strdup(said ? said : oci[has_manifests]);
	return d->media_type ? 0 : err_oom(err);
}

int image_document_parse(const char *text, size_t size, const char *media_type,
			 struct image_document *ret, struct masu_error *err)
{
	_cleanup_json_ struct json_object *o = NULL;
	_cleanup_image_document_ struct image_document d = {0};

	if (size > IMAGE_MANIFEST_MAX)
		return err_set(err, ERR_INVALID, EFBIG, "manifest: larger than %d bytes",
			       IMAGE_MANIFEST_MAX);
	int r = json_parse(text, size, "manifest", &o, err);
	if (r < 0)
		return r;
	if (!json_object_is_type(o, json_type_object))
		return err_set(err, ERR_INVALID, EBADMSG, "manifest: must be an object");
	r = find_kind(o, media_type, &d, err);
	if (r >= 0 && d.is_index)
		r = read_descriptors(o, "manifests", IMAGE_ENTRIES_MAX, &d.index.manifests,
				     &d.index.n_manifests, err);
	else if (r >= 0)
		r = read_manifest(o, d.media_type, &d.manifest, err);
	if (r < 0) {
		(void)err_prefix(err, "manifest");
		return r;
	}
	*ret = d;
	d = (struct image_document){0};
	return 0;
}
