/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/volume/volumes.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/str.h"
#include "base/strv.h"
#include "engine/container/event.h"
#include "engine/volume/volume-dir.h"

void volumes_done(struct volumes *v)
{
	for (size_t i = 0; i < v->n_taken; i++)
		fd_close(&v->taken[i].marker);
	free(v->taken);
	strv_free(v->to_fill);
	fd_close(&v->dirfd);
	*v = VOLUMES_INIT;
}

/*
 * Opens the marker of a volume that no start has finished, and creates it when the volume is missing.
 * The directory is held meanwhile: others could create, finish or remove the volume. 0 when the volume
 * is whole.
 */
static int open_marker(int dirfd, const char *name, const char *marker)
{
	int fd = 0, r = volume_lock(dirfd, LOCK_EX);

	if (r < 0)
		return r;
	if (!volume_dir_has(dirfd, name) || volume_dir_has(dirfd, marker))
		fd = openat(dirfd, marker, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	r = fd < 0 ? -errno : fd;
	(void)volume_lock(dirfd, LOCK_UN);
	return r;
}

/* The marker, held; 0 when the volume is whole. */
static int hold_marker(int dirfd, const char *name)
{
	_cleanup_free_ char *marker = volume_marker(name);

	if (!marker)
		return -ENOMEM;
	for (;;) {
		int fd = open_marker(dirfd, name, marker);
		struct stat st;

		if (fd <= 0)
			return fd;
		int r = volume_lock(fd, LOCK_EX);
		if (r == 0 && fstat(fd, &st) == 0 && st.st_nlink > 0)
			return fd;
		fd_close(&fd); /* its holder has finished the volume, or removed it */
		if (r < 0)
			return r;
	}
}

static bool is_empty(int dirfd, const char *name)
{
	_cleanup_closedir_ DIR *d = file_open_dir(dirfd, name);
	int n = 0;

	if (!d)
		return false;
	while (n <= 2 && readdir(d)) /* "." and ".." are always there */
		n++;
	return n <= 2;
}

static int make_anew(struct masu_engine *e, int dirfd, const char *name, struct masu_error *err)
{
	_cleanup_strv_ char **trash = NULL;
	int r = volume_dir_trash(dirfd, name, &trash);

	if (r == 0)
		r = volume_dir_make(dirfd, name);
	if (r < 0)
		return err_sys(err, r, "create the volume '%s'", name);
	return volume_dir_empty(e, trash, err);
}

/*
 * Makes a taken volume ready for the start, which fills it if *fill is still set then. Files that the
 * user has put into a created volume stay, and it gets no others.
 */
static int make_ready(struct masu_engine *e, int dirfd, struct new_volume *v, bool *fill,
		      struct masu_error *err)
{
	_cleanup_free_ char *labels = volume_labels(v->name), *options = volume_options(v->name);
	char origin = 0;

	if (!labels || !options)
		return err_oom(err);
	if (pread(v->marker, &origin, 1, 0) < 0)
		return err_sys(err, errno, "read the marker of the volume '%s'", v->name);
	if (origin == VOLUME_CREATED && volume_dir_has(dirfd, v->name)) {
		*fill &= is_empty(dirfd, v->name);
		if (*fill && pwrite(v->marker, &(char){VOLUME_FILLING}, 1, 0) < 0)
			return err_sys(err, errno, "write the marker of the volume '%s'", v->name);
		return 0;
	}
	v->is_new = !origin;
	if (v->is_new) { /* of a volume of this name that was removed */
		(void)unlinkat(dirfd, labels, 0);
		(void)unlinkat(dirfd, options, 0);
	}
	return make_anew(e, dirfd, v->name, err);
}

static int take(struct masu_engine *e, struct volumes *v, const struct record_mount *m,
		struct masu_error *err)
{
	bool fill = !m->nocopy;
	int marker = hold_marker(v->dirfd, m->volume);

	if (marker <= 0)
		return marker < 0 ? err_sys(err, marker, "create the volume '%s'", m->volume) : 0;
	struct new_volume *taken = &v->taken[v->n_taken++];
	*taken = (struct new_volume){.name = m->volume, .marker = marker};
	int r = make_ready(e, v->dirfd, taken, &fill, err);
	if (r < 0)
		return r;
	return fill && strv_push(&v->to_fill, m->destination) < 0 ? err_oom(err) : 0;
}

static int compare_names(const void *a, const void *b)
{
	const struct record_mount *x = a, *y = b;
	int r = strcmp(x->volume, y->volume);

	return r ? r : strcmp(x->destination, y->destination);
}

/* The mounts of volumes by name: two starts then wait for each other in one order only. */
static size_t sort_mounts(const struct record *record, struct record_mount *sorted)
{
	size_t n = 0;

	for (size_t i = 0; i < record->n_mounts; i++)
		if (record->mounts[i].volume)
			sorted[n++] = record->mounts[i]; /* borrowed */
	qsort(sorted, n, sizeof(*sorted), compare_names);
	return n;
}

int volumes_take(struct masu_engine *e, const struct record *record, struct volumes *ret,
		 struct masu_error *err)
{
	_cleanup_free_ struct record_mount *sorted = NULL;
	_cleanup_volumes_ struct volumes v = VOLUMES_INIT;

	if (record->n_mounts == 0)
		return 0;
	sorted = calloc(record->n_mounts, sizeof(*sorted));
	v.taken = calloc(record->n_mounts, sizeof(*v.taken));
	if (!sorted || !v.taken)
		return err_oom(err);
	size_t n = sort_mounts(record, sorted);
	v.dirfd = n ? volume_dir_open(e, err) : -1;
	if (n && v.dirfd < 0)
		return v.dirfd;
	for (size_t i = 0; i < n; i++) {
		const char *name = sorted[i].volume;

		if (i > 0 && streq(name, sorted[i - 1].volume))
			continue; /* mounted at two places; the first one fills it */
		v.sync |= !record->auto_remove || !strv_contains(record->anonymous_volumes, name);
		int r = take(e, &v, &sorted[i], err);
		if (r < 0)
			return r;
	}
	*ret = v;
	v = VOLUMES_INIT;
	return 0;
}

int volumes_finish(const struct masu_engine *e, struct volumes *v, struct masu_error *err)
{
	for (size_t i = 0; i < v->n_taken; i++) {
		_cleanup_free_ char *marker = volume_marker(v->taken[i].name);

		if (!marker)
			return err_oom(err);
		if (unlinkat(v->dirfd, marker, 0) < 0 && errno != ENOENT)
			return err_sys(err, errno, "finish the volume '%s'", v->taken[i].name);
		if (v->taken[i].is_new)
			event_volume(e, "create", v->taken[i].name);
		fd_close(&v->taken[i].marker);
	}
	return 0;
}

static int remove_held(struct masu_engine *e, char *const *names, char ***trash,
		       struct masu_error *err)
{
	_cleanup_close_ int dirfd = volume_dir_hold(e, err);

	if (dirfd < 0)
		return dirfd;
	STRV_FOREACH(name, names) {
		bool exists = volume_dir_has(dirfd, *name);
		int r = volume_dir_drop(dirfd, *name, trash, err);

		if (r < 0)
			return r;
		if (exists)
			event_volume(e, "remove", *name);
	}
	return volume_dir_sweep(dirfd, trash, err);
}

int volumes_remove(struct masu_engine *e, char *const *names, struct masu_error *err)
{
	_cleanup_strv_ char **trash = NULL;

	if (!names || !*names)
		return 0;
	int r = remove_held(e, names, &trash, err);
	int emptied = volume_dir_empty(e, trash, r < 0 ? NULL : err);
	return r < 0 ? r : emptied;
}
