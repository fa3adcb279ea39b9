/* SPDX-License-Identifier: Apache-2.0 */
#include "transfer/archive-dir.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/str.h"

void archive_dir_done(struct archive_dir *d)
{
	fd_close(&d->fd);
	if (d->name)
		(void)file_remove_tree(d->ingest, d->name); /* else the next gc does */
	free(d->name);
	free(d->path);
	fd_close(&d->ingest);
	fd_close(&d->hold);
	*d = ARCHIVE_DIR_INIT;
}

static int add(int dirfd, const char *name, struct masu_error *err)
{
	if (mkdirat(dirfd, name, 0700) < 0)
		return err_sys(err, errno, "create a directory for the archive");
	int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? err_sys(err, errno, "open the directory for the archive") : fd;
}

/* While `hold` is locked, the garbage collection leaves the directory alone. */
int archive_dir_new(const struct layout *store, struct archive_dir *ret, struct masu_error *err)
{
	_cleanup_archive_dir_ struct archive_dir d = ARCHIVE_DIR_INIT;
	uint64_t random;

	d.ingest = openat(store->fd, LAYOUT_INGEST, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (d.ingest < 0)
		return err_sys(err, errno, "open '%s/" LAYOUT_INGEST "'", store->path);
	d.hold = file_lock(d.ingest, "lock", LOCK_SH);
	if (d.hold < 0)
		return err_sys(err, d.hold, "lock '%s/" LAYOUT_INGEST "'", store->path);
	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		return err_sys(err, EIO, "unpack the archive");
	d.name = str_printf("archive-%016" PRIx64, random);
	d.path = str_printf("%s/" LAYOUT_INGEST "/%s", store->path, str_or_empty(d.name));
	if (!d.name || !d.path)
		return err_oom(err);
	d.fd = add(d.ingest, d.name, err);
	if (d.fd < 0)
		return d.fd;
	*ret = TAKE(d, ARCHIVE_DIR_INIT);
	return 0;
}

int archive_dir_add(const struct archive_dir *d, const char *name, struct masu_error *err)
{
	return add(d->fd, name, err);
}
