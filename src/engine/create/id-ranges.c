/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/create/id-ranges.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/array.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/str.h"
#include "base/strv.h"
#include "engine/container/home.h"
#include "engine/container/record.h"
#include "linux/submap.h"

#define DIR_NAME "ids"
#define TEXT_MAX (IDMAP_RANGES_MAX * 80)

void id_reservation_done(struct id_reservation *r)
{
	if (r->name)
		(void)unlinkat(r->dirfd, r->name, 0); /* else the next choice removes it */
	free(r->name);
	fd_close(&r->fd);
	fd_close(&r->dirfd);
	*r = ID_RESERVATION_INIT;
}

static int failed(int code, struct masu_error *err)
{
	return err_sys(err, code, "choose ids for the container");
}

static int add_text(const char *text, struct id_range **ranges, size_t *n)
{
	_cleanup_free_ struct id_range *own = NULL;
	size_t n_own = 0;
	int r = submap_parse(text, NULL, 0, &own, &n_own, NULL);

	/* Two containers may have ids in common, whose ranges idmap_add() would refuse. */
	for (size_t i = 0; r == 0 && i < n_own; i++) {
		struct id_range *added = array_add(ranges, n, sizeof(*added));

		if (!added)
			return -ENOMEM;
		*added = own[i];
	}
	return r;
}

static int add_map(const char *uids, const char *gids, struct idmap *used)
{
	int r = add_text(uids, &used->uids, &used->n_uids);

	return r < 0 ? r : add_text(gids, &used->gids, &used->n_gids);
}

/* Unlocked and empty files are leftovers: a creator writes the text before it releases the directory. */
static int add_reservation(int dirfd, const char *name, struct idmap *used)
{
	_cleanup_close_ int fd = openat(dirfd, name,
					O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	_cleanup_free_ char *text = NULL;

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno; /* published meanwhile */
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return unlinkat(dirfd, name, 0) < 0 && errno != ENOENT ? -errno : 0;
	if (errno != EWOULDBLOCK)
		return -errno;
	int r = fd_read_all(fd, TEXT_MAX, &text, NULL);
	char *gids = r == 0 ? strchr(text, '\n') : NULL;
	if (!gids)
		return r < 0 ? r : -EBADMSG;
	*gids++ = 0;
	return add_map(text, gids, used);
}

static int add_reservations(int dirfd, struct idmap *used, struct masu_error *err)
{
	_cleanup_closedir_ DIR *d = file_open_dir(dirfd, ".");
	int r = d ? 0 : -errno;

	for (struct dirent *entry; r == 0 && (entry = readdir(d));)
		if (entry->d_name[0] != '.')
			r = add_reservation(dirfd, entry->d_name, used);
	return r < 0 ? failed(r, err) : 0;
}

/* A container that is damaged, or was just removed, has no ids that count. A shortage tells nothing of it. */
static int add_record(const struct masu_engine *e, const char *id, struct idmap *used)
{
	_cleanup_home_ struct home home = HOME_INIT;
	_cleanup_record_ struct record record = {0};
	int r = home_open(e, id, &home, NULL);

	if (r == 0)
		r = record_read(home.fd, &record, NULL);
	if (r < 0)
		return err_is_shortage(r) ? r : 0;
	return record.uid_map && record.gid_map ? add_map(record.uid_map, record.gid_map, used) : 0;
}

static int add_records(const struct masu_engine *e, struct idmap *used, struct masu_error *err)
{
	_cleanup_strv_ char **ids = NULL;
	int r = home_list(e, &ids, err);

	if (r < 0)
		return r;
	STRV_FOREACH(id, ids)
		if (r == 0)
			r = add_record(e, *id, used);
	return r < 0 ? failed(r, err) : 0;
}

static int open_dir(const struct masu_engine *e)
{
	_cleanup_free_ char *path = paths_data(&e->paths, DIR_NAME);

	if (!path)
		return -ENOMEM;
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return -errno;
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int choose(const struct id_request *request, const struct idmap *used, struct idmap *submap)
{
	const struct id_pool uids = {request->pool->uids, used->uids, request->pool->n_uids,
				     used->n_uids},
			     gids = {request->pool->gids, used->gids, request->pool->n_gids,
				     used->n_gids};
	int r = id_pool_map(&uids, request->uids, &submap->uids, &submap->n_uids);

	return r < 0 ? r : id_pool_map(&gids, request->gids, &submap->gids, &submap->n_gids);
}

static int reserve(const struct idmap *submap, struct id_reservation *r)
{
	_cleanup_free_ char *uids = submap_text(submap->uids, submap->n_uids),
			    *gids = submap_text(submap->gids, submap->n_gids);
	_cleanup_free_ char *text = uids && gids ? str_printf("%s\n%s", uids, gids) : NULL;
	char name[ID_LENGTH + 1];
	int code = text ? id_new(name) : -ENOMEM;

	if (code < 0)
		return code;
	r->fd = openat(r->dirfd, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (r->fd < 0)
		return -errno;
	r->name = strdup(name);
	if (!r->name) {
		(void)unlinkat(r->dirfd, name, 0);
		return -ENOMEM;
	}
	if (flock(r->fd, LOCK_EX | LOCK_NB) < 0)
		return -errno;
	return fd_write_full(r->fd, text, strlen(text));
}

int id_ranges_reserve(const struct masu_engine *e, const struct id_request *request,
		      struct idmap *submap, struct id_reservation *ret, struct masu_error *err)
{
	_cleanup_(id_reservation_done) struct id_reservation own = ID_RESERVATION_INIT;
	_cleanup_idmap_ struct idmap used = {0};
	int r;

	own.dirfd = open_dir(e);
	if (own.dirfd < 0)
		return failed(own.dirfd, err);
	r = fd_lock_or_cancel(own.dirfd, LOCK_EX, e->cancel_fd);
	if (r < 0)
		return failed(r, err);
	r = add_reservations(own.dirfd, &used, err);
	if (r == 0)
		r = add_records(e, &used, err);
	if (r < 0)
		return r;
	r = choose(request, &used, submap);
	if (r == -ENOSPC)
		return r;
	if (r == 0)
		r = reserve(submap, &own);
	if (r < 0)
		return failed(r, err);
	(void)flock(own.dirfd, LOCK_UN); /* it fails for an invalid descriptor alone */
	*ret = TAKE(own, ID_RESERVATION_INIT);
	return 0;
}
