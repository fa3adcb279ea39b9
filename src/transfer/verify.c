/* SPDX-License-Identifier: Apache-2.0 */
#include "transfer/verify.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/path.h"
#include "base/str.h"
#include "storage/layers.h"
#include "unpack/sha256.h"

#define CHUNK ((size_t)256 << 10)

/* 0, or -EBADMSG for other bytes. */
static int verify_bytes(int fd, const char *hex)
{
	_cleanup_sha256_ EVP_MD_CTX *sum = sha256_new();
	_cleanup_free_ char *chunk = malloc(CHUNK);
	struct digest digest;

	if (!sum || !chunk)
		return -ENOMEM;
	for (;;) {
		ssize_t n = fd_read_full(fd, chunk, CHUNK);
		int r = n > 0 ? sha256_add(sum, chunk, (size_t)n) : (int)n;

		if (r < 0)
			return r;
		if (n == 0)
			break;
	}
	int r = sha256_finish(sum, &digest);
	if (r < 0)
		return r;
	return streq(digest.hex, hex) ? 0 : -EBADMSG;
}

/* A block of the disk that cannot be read (EIO) makes a blob as useless as wrong bytes. */
static int verify_blob(int dirfd, const char *hex)
{
	_cleanup_close_ int fd = path_open_in(dirfd, hex, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0,
					      PATH_BENEATH | PATH_NO_SYMLINKS);
	struct stat st;

	if (fd == -ENOENT) /* removed meanwhile */
		return 0;
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return err_is_shortage(fd) ? fd : -EBADMSG;
	int r = verify_bytes(fd, hex);
	return r == -EIO ? -EBADMSG : r;
}

int verify_blobs(const struct layout *store, char **ret, struct masu_error *err)
{
	_cleanup_strbuf_ struct strbuf damaged = STRBUF_INIT;
	size_t n = 0;
	_cleanup_closedir_ DIR *d = file_open_dir(store->fd, "blobs/sha256");

	if (!d)
		return err_sys(err, errno, "list the blobs of \"%s\"", store->path);
	while (n < VERIFY_MAX) {
		errno = 0;
		const struct dirent *entry = readdir(d);

		if (!entry && errno)
			return err_sys(err, errno, "list the blobs of \"%s\"", store->path);
		if (!entry)
			break;
		int r = layers_is_hex(entry->d_name) ? verify_blob(dirfd(d), entry->d_name) : 0;

		if (r == -EBADMSG) {
			(void)strbuf_addf(&damaged, "%s\n", entry->d_name);
			n++;
		} else if (r < 0) {
			return err_sys(err, r, "read the blob sha256:%s", entry->d_name);
		}
	}
	*ret = strbuf_take(&damaged);
	return *ret ? 0 : err_oom(err);
}
