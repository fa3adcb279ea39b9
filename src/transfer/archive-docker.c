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

#define OCI	      "application/vnd.oci.image."
#define MANIFEST_FILE "manifest.json"
#define LAYOUT_TEXT   "{\"imageLayoutVersion\":\"1.0.0\"}"

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

static int check_entry(struct json_object *entry, size_t i, struct masu_error *err)
{
	return json_object_is_type(entry, json_type_object)
		       ? 0
		       : err_set(err, ERR_INVALID, EBADMSG,
				 MANIFEST_FILE "[%zu]: must be an object", i);
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

		int r = check_entry(entry, i, err);
		if (r == 0)
			r = json_get_strv(entry, "", "RepoTags", &tags, err);
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
	struct json_object *
		known; /* the descriptors of files, by their names: many images may share a layer */
	struct json_object *index;   /* that of the layout */
	struct json_object *entries; /* its manifests */
	struct json_build b;
};

static void conversion_done(struct conversion *c)
{
	(void)json_object_put(c->known);
	(void)json_object_put(c->index);
}
#define _cleanup_conversion_ _cleanup_(conversion_done)

static int conversion_begin(struct conversion *c, struct masu_error *err)
{
	c->known = json_object_new_object();
	c->index = json_object_new_object();
	build_int(&c->b, c->index, "schemaVersion", 2);
	c->entries = build_array(&c->b, c->index, "manifests");
	if (!c->known || c->b.failed)
		return err_oom(err);
	if (mkdirat(c->to, "blobs", 0700) < 0 || mkdirat(c->to, "blobs/sha256", 0700) < 0)
		return err_sys(err, errno, "create a directory");
	return 0;
}

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

/* Gives the file the name of its digest. Returns the descriptor of it as a layer, which `known` owns. */
static int adopt(struct conversion *c, const char *name, struct json_object **ret,
		 struct masu_error *err)
{
	const char *media = OCI "layer.v1.tar";
	char path[BLOB_NAME_MAX];
	struct digest digest;
	struct stat st;

	if (json_object_object_get_ex(c->known, name, ret))
		return 0;
	_cleanup_close_ int fd = path_open_in(c->from, name, O_RDONLY, 0,
					      PATH_BENEATH | PATH_NO_SYMLINKS);
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return err_set(err, ERR_INVALID, EBADMSG,
			       "has no file '%.200s', which its manifest names", name);
	int r = hash_file(fd, &digest, &media);
	if (r < 0)
		return err_sys(err, r, "read a layer");
	/* Two layers may be one file. */
	if (linkat(c->from, name, c->to, blob_path(&digest, path), 0) < 0 && errno != EEXIST)
		return err_sys(err, errno, "keep '%.200s'", name);
	*ret = build_object(&c->b, c->known, name);
	blob_describe(&c->b, *ret, media, &digest, (uint64_t)st.st_size);
	return 0;
}

/* Adds a descriptor of a file. `media` is NULL for a layer. */
static int add_file(struct conversion *c, const char *name, const char *media,
		    struct json_object *ret, struct masu_error *err)
{
	struct json_object *found, *value = NULL;
	int r = adopt(c, name, &found, err);

	if (r < 0)
		return r;
	json_object_object_foreach(found, key, member) {
		value = media && streq(key, "mediaType") ? json_object_new_string(media)
							 : json_object_get(member);
		build_put(&c->b, ret, key, value);
	}
	return 0;
}

static int make_manifest(struct conversion *c, struct json_object *entry, struct json_object **ret,
			 struct masu_error *err)
{
	_cleanup_json_ struct json_object *m = json_object_new_object();
	_cleanup_strv_ char **layers = NULL;
	const char *name;
	int r = json_get_string(entry, "", "Config", &name, err);

	if (r > 0)
		r = json_get_strv(entry, "", "Layers", &layers, err);
	if (r <= 0)
		return r < 0 ? r
			     : err_set(err, ERR_INVALID, EBADMSG,
				       "manifest.json: has no Config or no Layers");
	build_int(&c->b, m, "schemaVersion", 2);
	build_text(&c->b, m, "mediaType", OCI "manifest.v1+json");
	r = add_file(c, name, OCI "config.v1+json", build_object(&c->b, m, "config"), err);
	if (r < 0)
		return r;
	struct json_object *array = build_array(&c->b, m, "layers");
	STRV_FOREACH(layer, layers) {
		r = add_file(c, *layer, NULL, build_object(&c->b, array, NULL), err);
		if (r < 0)
			return r;
	}
	if (c->b.failed)
		return err_oom(err);
	*ret = TAKE_PTR(m);
	return 0;
}

static void add_entry(struct conversion *c, const struct digest *manifest, size_t size,
		      const char *name)
{
	struct json_object *o = build_object(&c->b, c->entries, NULL);

	blob_describe(&c->b, o, OCI "manifest.v1+json", manifest, size);
	if (name)
		build_text(&c->b, build_object(&c->b, o, "annotations"), IMAGE_FULL_NAME, name);
}

static int write_text(int to, const char *name, const char *text, struct masu_error *err)
{
	int r = text ? file_write_atomic(to, name, text, strlen(text), 0600,
					 (enum file_write_flags)0)
		     : -ENOMEM;

	return r < 0 ? err_sys(err, r, "write '%s'", name) : 0;
}

/* Adds an image of the archive to the layout, under each of its names. */
static int convert(struct conversion *c, struct json_object *entry, char *const *names,
		   struct masu_error *err)
{
	_cleanup_json_ struct json_object *manifest = NULL;
	char path[BLOB_NAME_MAX];
	struct digest digest;
	int r = make_manifest(c, entry, &manifest, err);

	if (r < 0)
		return r;
	const char *text = json_text(manifest, false);
	if (!text || sha256_of(text, strlen(text), &digest) < 0)
		return err_oom(err);
	STRV_FOREACH(name, names)
		add_entry(c, &digest, strlen(text), *name);
	if (!names || !*names)
		add_entry(c, &digest, strlen(text), NULL);
	return write_text(c->to, blob_path(&digest, path), text, err);
}

static int conversion_end(struct conversion *c, struct masu_error *err)
{
	int r = write_text(c->to, "index.json", c->b.failed ? NULL : json_text(c->index, false),
			   err);

	return r < 0 ? r : write_text(c->to, "oci-layout", LAYOUT_TEXT, err);
}

static int state_names(struct json_object *entry, char ***names, struct masu_error *err)
{
	_cleanup_strv_ char **tags = NULL;
	int r = json_get_strv(entry, "", "RepoTags", &tags, err);

	if (r < 0)
		return r;
	STRV_FOREACH(tag, tags)
		if (archive_state_name(names, *tag) < 0)
			return err_oom(err);
	return 0;
}

int archive_convert_docker(int from, int to, const char *selector, char ***ret_stated,
			   struct masu_error *err)
{
	_cleanup_conversion_ struct conversion c = {.from = from, .to = to};
	_cleanup_json_ struct json_object *list = NULL;
	struct json_object *entry;
	int r = json_read_file(from, MANIFEST_FILE, IMAGE_MANIFEST_MAX, &list, err);

	if (r < 0)
		return r;
	r = choose(list, selector, &entry, err);
	if (r < 0)
		return r;
	r = conversion_begin(&c, err);
	if (r == 0)
		r = convert(&c, entry, NULL, err);
	if (r == 0)
		r = conversion_end(&c, err);
	return r < 0 ? r : state_names(entry, ret_stated, err);
}

int archive_convert_docker_all(int from, int to, struct masu_error *err)
{
	_cleanup_conversion_ struct conversion c = {.from = from, .to = to};
	_cleanup_json_ struct json_object *list = NULL;
	int r = json_read_file(from, MANIFEST_FILE, IMAGE_MANIFEST_MAX, &list, err);

	if (r < 0)
		return r;
	if (!json_object_is_type(list, json_type_array))
		return err_set(err, ERR_INVALID, EBADMSG, MANIFEST_FILE ": must be an array");
	if (json_object_array_length(list) > ARCHIVE_IMAGES_MAX)
		return archive_too_many(json_object_array_length(list), err);
	r = conversion_begin(&c, err);
	for (size_t i = 0; r == 0 && i < json_object_array_length(list); i++) {
		struct json_object *entry = json_object_array_get_idx(list, i);
		_cleanup_strv_ char **names = NULL;

		r = check_entry(entry, i, err);
		if (r == 0)
			r = state_names(entry, &names, err);
		if (r == 0)
			r = convert(&c, entry, names, err);
	}
	return r < 0 ? r : conversion_end(&c, err);
}

int archive_too_many(size_t n, struct masu_error *err)
{
	return err_set(err, ERR_INVALID, EBADMSG, "holds %zu images, more than %d", n,
		       ARCHIVE_IMAGES_MAX);
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
