/* SPDX-License-Identifier: Apache-2.0 */
#include "transfer/archive-docker.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/json-build.h"
#include "base/json.h"
#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"
#include "image/reference.h"
#include "oci/image.h"
#include "transfer/blob-store.h"
#include "unpack/sha256.h"

#define OCI	    "application/vnd.oci.image."
#define LAYOUT_TEXT "{\"imageLayoutVersion\":\"1.0.0\"}"

static bool same_name(const char *a, const char *b)
{
	_cleanup_reference_ struct reference x = {0}, y = {0};

	if (streq(a, b))
		return true;
	if (reference_parse(a, &x, NULL) < 0 || reference_parse(b, &y, NULL) < 0)
		return false;
	_cleanup_free_ char *s = reference_to_string(&x), *t = reference_to_string(&y);
	return s && t && streq(s, t);
}

/* Finds the entry of manifest.json with that name, or the only one. */
static int choose(struct json_object *array, const char *selector, struct json_object **ret,
		  struct masu_error *err)
{
	size_t n = json_object_is_type(array, json_type_array) ? json_object_array_length(array)
							       : 0;

	for (size_t i = 0; i < n; i++) {
		struct json_object *entry = json_object_array_get_idx(array, i);
		_cleanup_strv_ char **tags = NULL;

		if (!json_object_is_type(entry, json_type_object))
			return err_set(err, ERR_INVALID, EBADMSG,
				       "manifest.json[%zu]: must be an object", i);
		int r = json_get_strv(entry, "", "RepoTags", &tags, err);
		if (r < 0)
			return r;
		bool named = !selector;
		STRV_FOREACH(tag, tags)
			named |= selector && same_name(*tag, selector);
		if (named && (selector || n == 1)) {
			*ret = entry;
			return 0;
		}
	}
	if (selector)
		return err_set(err, ERR_NOT_FOUND, ENOENT, "has no image '%s'", selector);
	return err_set(err, ERR_INVALID, EINVAL, "has %zu images, so one must be named", n);
}

/* From the unpacked archive to a layout. */
struct conversion {
	int from, to;
	struct json_build *b;
};

/* The media type of a layer, by its first bytes. Wrong bytes do not match the config's diff ids later. */
static const char *media_of(const unsigned char *bytes, size_t size)
{
	if (size >= 2 && bytes[0] == 0x1f && bytes[1] == 0x8b)
		return OCI "layer.v1.tar+gzip";
	if (size >= 4 && memcmp(bytes, "\x28\xb5\x2f\xfd", 4) == 0)
		return OCI "layer.v1.tar+zstd";
	return OCI "layer.v1.tar";
}

static int hash_file(int fd, struct digest *ret, const char **ret_media)
{
	_cleanup_sha256_ EVP_MD_CTX *sum = sha256_new();
	unsigned char buffer[65536];

	if (!sum)
		return -ENOMEM;
	for (bool first = true;; first = false) {
		ssize_t n = fd_read_full(fd, buffer, sizeof(buffer));

		if (n < 0)
			return (int)n;
		if (n == 0)
			return sha256_finish(sum, ret);
		if (first)
			*ret_media = media_of(buffer, (size_t)n);
		int r = sha256_add(sum, buffer, (size_t)n);
		if (r < 0)
			return r;
	}
}

/* Gives the file the name of its digest, and adds its descriptor. `media` is NULL for a layer. */
static int adopt(const struct conversion *c, const char *name, const char *media,
		 struct json_object *ret, struct masu_error *err)
{
	const char *found_media = OCI "layer.v1.tar";
	char path[BLOB_NAME_MAX], text[DIGEST_TEXT_MAX];
	struct digest digest;
	struct stat st;
	_cleanup_close_ int fd = path_open_in(c->from, name, O_RDONLY, 0,
					      PATH_BENEATH | PATH_NO_SYMLINKS);

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return err_set(err, ERR_INVALID, EBADMSG,
			       "has no file '%.200s', which its manifest names", name);
	int r = hash_file(fd, &digest, &found_media);
	if (r < 0)
		return err_sys(err, r, "read a layer");
	/* Two layers may be one file. */
	if (linkat(c->from, name, c->to, blob_path(&digest, path), 0) < 0 && errno != EEXIST)
		return err_sys(err, errno, "keep '%.200s'", name);
	build_text(c->b, ret, "mediaType", media ? media : found_media);
	build_text(c->b, ret, "digest", digest_text(&digest, text));
	build_int(c->b, ret, "size", st.st_size);
	return 0;
}

static int make_manifest(int from, int to, struct json_object *entry, struct json_object **ret,
			 struct masu_error *err)
{
	_cleanup_json_ struct json_object *m = json_object_new_object();
	_cleanup_strv_ char **layers = NULL;
	struct json_build b = {0};
	const struct conversion c = {.from = from, .to = to, .b = &b};
	const char *name;
	int r = json_get_string(entry, "", "Config", &name, err);

	if (r > 0)
		r = json_get_strv(entry, "", "Layers", &layers, err);
	if (r <= 0)
		return r < 0 ? r
			     : err_set(err, ERR_INVALID, EBADMSG,
				       "manifest.json: has no Config or no Layers");
	build_int(&b, m, "schemaVersion", 2);
	build_text(&b, m, "mediaType", OCI "manifest.v1+json");
	r = adopt(&c, name, OCI "config.v1+json", build_object(&b, m, "config"), err);
	if (r < 0)
		return r;
	struct json_object *array = build_array(&b, m, "layers");
	STRV_FOREACH(layer, layers) {
		r = adopt(&c, *layer, NULL, build_object(&b, array, NULL), err);
		if (r < 0)
			return r;
	}
	if (b.failed)
		return err_sys(err, ENOMEM, "make a manifest");
	*ret = TAKE_PTR(m);
	return 0;
}

static int write_layout(int to, struct json_object *manifest, struct masu_error *err)
{
	const char *text = json_text(manifest, false);
	char path[BLOB_NAME_MAX], index[400];
	struct digest digest;

	if (!text || sha256_of(text, strlen(text), &digest) < 0)
		return err_sys(err, ENOMEM, "make a manifest");
	(void)snprintf(index, sizeof(index),
		       "{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"" OCI
		       "manifest.v1+json\","
		       "\"digest\":\"" DIGEST_PREFIX "%s\",\"size\":%zu}]}",
		       digest.hex, strlen(text));
	const char *const files[][2] = {{blob_path(&digest, path), text},
					{"index.json", index},
					{"oci-layout", LAYOUT_TEXT}};
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		int r = file_write_atomic(to, files[i][0], files[i][1], strlen(files[i][1]), 0600,
					  (enum file_write_flags)0);
		if (r < 0)
			return err_sys(err, r, "write '%s'", files[i][0]);
	}
	return 0;
}

static int state_names(struct json_object *entry, char ***names, struct masu_error *err)
{
	_cleanup_strv_ char **tags = NULL;
	int r = json_get_strv(entry, "", "RepoTags", &tags, err);

	if (r < 0)
		return r;
	STRV_FOREACH(tag, tags)
		if (archive_state_name(names, *tag) < 0)
			return err_sys(err, ENOMEM, "read the names of the image");
	return 0;
}

int archive_convert_docker(int from, int to, const char *selector, char ***ret_stated,
			   struct masu_error *err)
{
	_cleanup_json_ struct json_object *list = NULL, *manifest = NULL;
	struct json_object *entry;
	int r = json_read_file(from, "manifest.json", IMAGE_MANIFEST_MAX, &list, err);

	if (r < 0)
		return r;
	r = choose(list, selector, &entry, err);
	if (r < 0)
		return r;
	if (mkdirat(to, "blobs", 0700) < 0 || mkdirat(to, "blobs/sha256", 0700) < 0)
		return err_sys(err, errno, "create a directory");
	r = make_manifest(from, to, entry, &manifest, err);
	if (r < 0)
		return r;
	r = write_layout(to, manifest, err);
	return r < 0 ? r : state_names(entry, ret_stated, err);
}

/* More names than any image has. */
#define NAMES_MAX 64

int archive_state_name(char ***names, const char *stated)
{
	_cleanup_reference_ struct reference ref = {0};

	if (!strpbrk(stated, ":/") || strv_length(*names) == NAMES_MAX)
		return 0;
	if (reference_parse(stated, &ref, NULL) < 0 || *ref.digest.hex)
		return 0;
	_cleanup_free_ char *name = reference_to_string(&ref);
	if (!name)
		return -ENOMEM;
	if (streq(name, REFERENCE_HELLO) || strv_contains(*names, name))
		return 0;
	return strv_push(names, name);
}
