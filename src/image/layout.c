/* SPDX-License-Identifier: Apache-2.0 */
#include "image/layout.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/json.h"
#include "base/path.h"
#include "base/str.h"

#define LAYOUT_TEXT "{\"imageLayoutVersion\":\"1.0.0\"}"
#define INDEX_TEXT                                                                        \
	"{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.index.v1+json\"," \
	"\"manifests\":[]}"

void layout_done(struct layout *l)
{
	fd_close(&l->fd);
	free(l->path);
	free(l->cache);
	*l = LAYOUT_INIT;
}

/* Creates missing files. If two processes do it at once, the first one wins. */
static int create_layout(const char *path, struct masu_error *err)
{
	static const char *const dirs[] = {"blobs", "blobs/sha256", "ingest"};
	static const struct {
		const char *name, *text;
	} files[] = {{"oci-layout", LAYOUT_TEXT}, {"index.json", INDEX_TEXT}};
	int r = path_mkdir_all(path, 0700);

	if (r < 0)
		return err_sys(err, r, "create the image directory '%s'", path);
	_cleanup_close_ int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(err, errno, "open the image directory '%s'", path);
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++)
		if (mkdirat(fd, dirs[i], 0700) < 0 && errno != EEXIST)
			return err_sys(err, errno, "create '%s/%s'", path, dirs[i]);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		if (faccessat(fd, files[i].name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
			continue;
		r = file_write_atomic(fd, files[i].name, files[i].text, strlen(files[i].text), 0600,
				      FILE_EXCL | FILE_SYNC);
		if (r < 0 && r != -EEXIST)
			return err_sys(err, r, "write '%s/%s'", path, files[i].name);
	}
	return 0;
}

/* Opens a regular file of the layout without following links or waiting for a FIFO. */
static int open_regular(const struct layout *l, const char *path, struct stat *ret_st)
{
	_cleanup_close_ int fd = path_open_in(l->fd, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0,
					      PATH_BENEATH | PATH_NO_SYMLINKS);

	if (fd < 0)
		return fd;
	if (fstat(fd, ret_st) < 0)
		return -errno;
	if (!S_ISREG(ret_st->st_mode))
		return -EBADMSG;
	return TAKE_FD(fd);
}

static int read_text(const struct layout *l, const char *name, char **ret, size_t *ret_size,
		     struct masu_error *err)
{
	struct stat st;
	_cleanup_close_ int fd = open_regular(l, name, &st);
	int r = fd < 0 ? fd : fd_read_all(fd, IMAGE_MANIFEST_MAX, ret, ret_size);

	return r < 0 ? err_sys(err, r, "read '%s/%s'", l->path, name) : 0;
}

static int check_version(const struct layout *l, struct masu_error *err)
{
	_cleanup_json_ struct json_object *o = NULL;
	_cleanup_free_ char *text = NULL;
	const char *version = NULL;
	size_t size;
	int r = read_text(l, "oci-layout", &text, &size, err);

	if (r == 0)
		r = json_parse(text, size, "oci-layout", &o, err);
	if (r >= 0)
		r = json_get_string(o, "", "imageLayoutVersion", &version, err);
	if (r >= 0 && (!version || !streq(version, "1.0.0")))
		r = err_set(err, ERR_INVALID, EBADMSG, "oci-layout: has no version 1.0.0");
	if (r < 0) {
		(void)err_prefix(err, "'%s' is not an OCI image layout", l->path);
		return r;
	}
	return 0;
}

int layout_open(const char *path, bool create, struct layout *ret, struct masu_error *err)
{
	_cleanup_layout_ struct layout l = LAYOUT_INIT;
	int r = create ? create_layout(path, err) : 0;

	if (r < 0)
		return r;
	l.path = strdup(path);
	if (!l.path)
		return err_oom(err);
	l.fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (l.fd < 0)
		return err_sys(err, errno, "open the image layout '%s'", path);
	r = check_version(&l, err);
	if (r < 0)
		return r;
	*ret = l;
	l = LAYOUT_INIT;
	return 0;
}

int layout_lock(const struct layout *l, int operation, struct masu_error *err)
{
	int fd = file_lock_or_cancel(l->fd, "lock", operation, l->cancel_fd);

	return fd < 0 ? err_sys(err, fd, "lock the image directory '%s'", l->path) : fd;
}

int layout_open_blob(const struct layout *l, const struct digest *d, uint64_t size)
{
	char path[sizeof("blobs/sha256/") + DIGEST_HEX_LENGTH];
	struct stat st;

	(void)snprintf(path, sizeof(path), "blobs/sha256/%s", d->hex);
	_cleanup_close_ int fd = open_regular(l, path, &st);
	if (fd < 0)
		return fd;
	return (uint64_t)st.st_size == size ? TAKE_FD(fd) : -EBADMSG;
}

int layout_read_blob(const struct layout *l, const struct digest *d, uint64_t size, size_t limit,
		     char **ret, struct masu_error *err)
{
	_cleanup_free_ char *text = NULL;

	if (size > limit)
		return err_set(err, ERR_INVALID, EBADMSG,
			       "blob sha256:%s: %ju bytes are more than the limit of %zu", d->hex,
			       (uintmax_t)size, limit);
	_cleanup_close_ int fd = layout_open_blob(l, d, size);
	if (fd == -ENOENT)
		return err_set(err, ERR_INVALID, EBADMSG, "blob sha256:%s is missing", d->hex);
	if (fd == -EBADMSG)
		return err_set(err, ERR_INVALID, EBADMSG,
			       "blob sha256:%s is not a file of %ju bytes", d->hex,
			       (uintmax_t)size);
	if (fd < 0)
		return err_sys(err, fd, "open blob sha256:%s", d->hex);
	text = malloc((size_t)size + 1);
	if (!text)
		return err_oom(err);
	/* Its size is known: a list of 1,000 images reads no end of file. */
	ssize_t n = fd_read_full(fd, text, (size_t)size);
	if (n < 0 || (uint64_t)n < size)
		return err_sys(err, n < 0 ? (int)n : EBADMSG, "read blob sha256:%s", d->hex);
	text[size] = 0;
	*ret = TAKE_PTR(text);
	return 0;
}

int layout_read_manifest(const struct layout *l, const struct digest *d, uint64_t size,
			 struct image_manifest *ret, struct masu_error *err)
{
	_cleanup_image_document_ struct image_document doc = {0};
	_cleanup_free_ char *text = NULL;
	int r = layout_read_blob(l, d, size, IMAGE_MANIFEST_MAX, &text, err);

	if (r >= 0)
		r = image_document_parse(text, (size_t)size, NULL, &doc, err);
	if (r < 0)
		return r;
	if (doc.is_index)
		return err_set(err, ERR_INVALID, EBADMSG,
			       "sha256:%s is a multi-platform index, not an image", d->hex);
	*ret = doc.manifest;
	doc.manifest = (struct image_manifest){0};
	return 0;
}

int layout_read_config(const struct layout *l, const struct digest *d, uint64_t size,
		       struct image_config *ret, struct masu_error *err)
{
	_cleanup_free_ char *text = NULL;
	int r = layout_read_blob(l, d, size, IMAGE_CONFIG_MAX, &text, err);

	return r < 0 ? r : image_config_parse(text, (size_t)size, ret, err);
}

int layout_read_index(const struct layout *l, struct image_index *ret, struct masu_error *err)
{
	_cleanup_image_document_ struct image_document doc = {0};
	_cleanup_free_ char *text = NULL;
	size_t size;
	int r = read_text(l, "index.json", &text, &size, err);

	if (r < 0)
		return r;
	r = image_document_parse(text, size, NULL, &doc, err);
	if (r >= 0 && !doc.is_index)
		r = err_set(err, ERR_INVALID, EBADMSG, "has no 'manifests'");
	if (r < 0) {
		(void)err_prefix(err, "'%s/index.json'", l->path);
		return r;
	}
	*ret = doc.index;
	doc.index = (struct image_index){0};
	return 0;
}
