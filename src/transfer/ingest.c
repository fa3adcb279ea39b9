/* SPDX-License-Identifier: Apache-2.0 */
#include "transfer/ingest.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/file.h"
#include "transfer/names.h"

int ingest_open(const struct layout *layout, struct ingest *ret, struct err *err)
{
	_cleanup_ingest_ struct ingest in = INGEST_INIT;

	in.layout = layout;
	in.dir = openat(layout->fd, LAYOUT_INGEST, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (in.dir < 0)
		return err_sys(err, errno, "open '%s/" LAYOUT_INGEST "'", layout->path);
	in.hold = file_lock(in.dir, "lock", LOCK_SH);
	if (in.hold < 0)
		return err_sys(err, in.hold, "lock '%s/" LAYOUT_INGEST "'", layout->path);
	*ret = in;
	in = INGEST_INIT;
	return 0;
}

void ingest_done(struct ingest *in)
{
	fd_close(&in->dir);
	fd_close(&in->hold);
}

int ingest_lock(const struct ingest *in, const struct digest *d)
{
	char name[BLOB_NAME_MAX];
	struct stat ours, there;

	for (;;) {
		_cleanup_close_ int fd = file_lock(in->dir, lock_name(d, name), LOCK_EX | LOCK_NB);

		if (fd < 0)
			return fd;
		if (fstat(fd, &ours) < 0)
			return -errno;
		if (fstatat(in->dir, name, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
		    ours.st_ino == there.st_ino)
			return TAKE_FD(fd);
	}
}

void ingest_unlock(const struct ingest *in, const struct digest *d, int *lock)
{
	char name[BLOB_NAME_MAX];

	if (*lock < 0)
		return;
	(void)unlinkat(in->dir, lock_name(d, name), 0); /* one that stays is harmless */
	fd_close(lock);
}

int ingest_open_part(const struct ingest *in, const struct digest *d, uint64_t size_max)
{
	char name[BLOB_NAME_MAX];
	struct stat st;
	_cleanup_close_ int fd = openat(in->dir, part_name(d, name),
					O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EBADMSG;
	if ((uint64_t)st.st_size > size_max && ftruncate(fd, 0) < 0)
		return -errno;
	return TAKE_FD(fd);
}

void ingest_drop_part(const struct ingest *in, const struct digest *d)
{
	char name[BLOB_NAME_MAX];

	(void)unlinkat(in->dir, part_name(d, name), 0); /* gone is what is wanted */
}

int ingest_publish(const struct ingest *in, const struct digest *d, int part_fd)
{
	char name[BLOB_NAME_MAX], path[BLOB_NAME_MAX];

	if (fdatasync(part_fd) < 0 ||
	    renameat(in->dir, part_name(d, name), in->layout->fd, blob_path(d, path)) < 0)
		return -errno;
	return 0;
}

int ingest_drop_blob(const struct ingest *in, const struct digest *d, struct err *err)
{
	_cleanup_close_ int lock = layout_lock(in->layout, LOCK_EX, err);
	char path[BLOB_NAME_MAX];

	if (lock < 0)
		return lock;
	if (unlinkat(in->layout->fd, blob_path(d, path), 0) < 0 && errno != ENOENT)
		return err_sys(err, errno, "remove the damaged '%s/%s'", in->layout->path, path);
	return 0;
}

/* The bytes too: a disk may have lost some, and who put them here has them. */
static bool has_bytes(const struct layout *l, const struct digest *d, const char *bytes,
		      size_t size)
{
	_cleanup_free_ char *stored = NULL;

	return layout_read_blob(l, d, size, size, &stored, NULL) == 0 &&
	       memcmp(stored, bytes, size) == 0;
}

int ingest_put(const struct ingest *in, const struct digest *d, const char *bytes, size_t size)
{
	char path[BLOB_NAME_MAX];

	if (has_bytes(in->layout, d, bytes, size))
		return 0;
	return file_write_atomic(in->layout->fd, blob_path(d, path), bytes, size, 0600, FILE_SYNC);
}

int ingest_sync(const struct ingest *in)
{
	_cleanup_close_ int fd = openat(in->layout->fd, "blobs/sha256",
					O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 || fsync(fd) < 0 ? -errno : 0;
}
