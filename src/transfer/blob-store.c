/* SPDX-License-Identifier: Apache-2.0 */
#include "transfer/blob-store.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/file.h"

void blob_describe(struct json_build *b, struct json_object *o, const char *media_type,
		   const struct digest *digest, uint64_t size)
{
	char text[DIGEST_TEXT_MAX];

	build_text(b, o, "mediaType", media_type);
	build_text(b, o, "digest", digest_text(digest, text));
	build_uint(b, o, "size", size);
}

int blob_store_open(const struct layout *layout, struct blob_store *ret, struct masu_error *err)
{
	_cleanup_blob_store_ struct blob_store s = BLOB_STORE_INIT;

	s.layout = layout;
	s.dir = openat(layout->fd, LAYOUT_INGEST, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (s.dir < 0)
		return err_sys(err, errno, "open '%s/" LAYOUT_INGEST "'", layout->path);
	s.hold = file_lock(s.dir, "lock", LOCK_SH);
	if (s.hold < 0)
		return err_sys(err, s.hold, "lock '%s/" LAYOUT_INGEST "'", layout->path);
	*ret = s;
	s = BLOB_STORE_INIT;
	return 0;
}

void blob_store_done(struct blob_store *s)
{
	fd_close(&s->dir);
	fd_close(&s->hold);
}

int blob_store_lock(const struct blob_store *s, const struct digest *d)
{
	char name[BLOB_NAME_MAX];

	for (;;) {
		_cleanup_close_ int fd = file_lock(s->dir, lock_name(d, name), LOCK_EX | LOCK_NB);

		if (fd < 0)
			return fd;
		if (file_is_at(fd, s->dir, name))
			return TAKE_FD(fd);
	}
}

void blob_store_unlock(const struct blob_store *s, const struct digest *d, int *lock)
{
	char name[BLOB_NAME_MAX];

	if (*lock < 0)
		return;
	(void)unlinkat(s->dir, lock_name(d, name), 0); /* a leftover is harmless */
	fd_close(lock);
}

int blob_store_open_part(const struct blob_store *s, const struct digest *d, uint64_t size_max)
{
	char name[BLOB_NAME_MAX];
	struct stat st;
	_cleanup_close_ int fd = openat(s->dir, part_name(d, name),
					O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EBADMSG;
	if ((uint64_t)st.st_size > size_max && ftruncate(fd, 0) < 0)
		return -errno;
	return TAKE_FD(fd);
}

void blob_store_drop_part(const struct blob_store *s, const struct digest *d)
{
	char name[BLOB_NAME_MAX];

	(void)unlinkat(s->dir, part_name(d, name), 0); /* it may be missing */
}

int blob_store_publish(const struct blob_store *s, const struct digest *d, int part_fd)
{
	char name[BLOB_NAME_MAX], path[BLOB_NAME_MAX];

	if (fdatasync(part_fd) < 0 ||
	    renameat(s->dir, part_name(d, name), s->layout->fd, blob_path(d, path)) < 0)
		return -errno;
	return 0;
}

int blob_store_drop_blob(const struct blob_store *s, const struct digest *d, struct masu_error *err)
{
	_cleanup_close_ int lock = layout_lock(s->layout, LOCK_EX | LOCK_NB, NULL);
	char path[BLOB_NAME_MAX];

	if (lock < 0)
		return lock == -EWOULDBLOCK ? lock
					    : err_sys(err, lock, "lock '%s'", s->layout->path);
	if (unlinkat(s->layout->fd, blob_path(d, path), 0) < 0 && errno != ENOENT)
		return err_sys(err, errno, "remove the damaged '%s/%s'", s->layout->path, path);
	return 0;
}

/* Compares the bytes, too: the disk may have damaged some, and the caller has the right ones. */
static bool has_bytes(const struct layout *l, const struct digest *d, const char *bytes,
		      size_t size)
{
	_cleanup_free_ char *stored = NULL;

	return layout_read_blob(l, d, size, size, &stored, NULL) == 0 &&
	       memcmp(stored, bytes, size) == 0;
}

int blob_store_put(const struct blob_store *s, const struct digest *d, const char *bytes,
		   size_t size)
{
	char path[BLOB_NAME_MAX];

	if (has_bytes(s->layout, d, bytes, size))
		return 0;
	return file_write_atomic(s->layout->fd, blob_path(d, path), bytes, size, 0600, FILE_SYNC);
}

int blob_store_sync(const struct blob_store *s)
{
	_cleanup_close_ int fd = openat(s->layout->fd, "blobs/sha256",
					O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 || fsync(fd) < 0 ? -errno : 0;
}
