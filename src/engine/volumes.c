/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/volumes.h"

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
#include "linux/userns.h"

static int no_memory(struct err *err)
{
	return err_sys(err, ENOMEM, "prepare the volumes");
}

void volumes_done(struct volumes *v)
{
	for (size_t i = 0; i < v->n_taken; i++)
		fd_close(&v->taken[i].marker);
	free(v->taken);
	strv_free(v->to_fill);
	fd_close(&v->dirfd);
	*v = VOLUMES_INIT;
}

char *volumes_path(const struct engine *e, const char *name)
{
	return paths_data(&e->paths, "volumes/%s", name);
}

static int open_dir(const struct engine *e, struct err *err)
{
	_cleanup_free_ char *path = paths_data(&e->paths, "volumes");
	int fd = path ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	return fd < 0 ? err_sys(err, path ? errno : ENOMEM, "open the directory of volumes") : fd;
}

static char *marker_name(const char *name)
{
	char *marker = NULL;

	return asprintf(&marker, ".new-%s", name) < 0 ? NULL : marker;
}

static bool exists(int dirfd, const char *name)
{
	return faccessat(dirfd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

struct removal {
	int dirfd;
	char *const *names;
};

static int remove_fn(void *arg, struct err *err)
{
	struct removal *removal = arg;
	int first = 0;

	STRV_FOREACH(name, removal->names) {
		int r = file_remove_tree(removal->dirfd, *name);

		if (r < 0 && first == 0)
			first = err_sys(err, r, "remove the volume '%s'", *name);
	}
	return first;
}

static int remove_dirs(struct engine *e, int dirfd, char *const *names, struct err *err)
{
	struct removal removal = {.dirfd = dirfd, .names = names};
	int r = engine_load_idmap(e, err);

	return r < 0 ? r : userns_run(&e->idmap, 0, remove_fn, &removal, err);
}

static int lock(int fd, int operation)
{
	while (flock(fd, operation) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

/*
 * Opens the marker of a volume that isn't whole, made when the volume isn't there. The directory is
 * locked from the look to the making, since in between others could make the volume, fill it and
 * remove the marker. 0 when it is whole.
 */
static int open_marker(int dirfd, const char *name, const char *marker)
{
	int fd = 0, r = lock(dirfd, LOCK_EX);

	if (r < 0)
		return r;
	if (!exists(dirfd, name) || exists(dirfd, marker))
		fd = openat(dirfd, marker, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	r = fd < 0 ? -errno : fd;
	(void)lock(dirfd, LOCK_UN);
	return r;
}

/* The marker, locked; 0 when the volume is whole. */
static int lock_marker(int dirfd, const char *name)
{
	_cleanup_free_ char *marker = marker_name(name);

	if (!marker)
		return -ENOMEM;
	while (!exists(dirfd, name) || exists(dirfd, marker)) {
		int fd = open_marker(dirfd, name, marker);
		struct stat st;

		if (fd <= 0)
			return fd;
		int r = lock(fd, LOCK_EX);
		if (r == 0 && fstat(fd, &st) == 0 && st.st_nlink > 0)
			return fd;
		fd_close(&fd); /* who had the lock has filled the volume */
		if (r < 0)
			return r;
	}
	return 0;
}

static int make_dir(struct engine *e, int dirfd, const char *name, struct err *err)
{
	if (exists(dirfd, name)) {
		int r = remove_dirs(e, dirfd, (char *[]){(char *)name, NULL}, err);

		if (r < 0)
			return r;
	}
	if (mkdirat(dirfd, name, 0700) < 0)
		return err_sys(err, errno, "make the volume '%s'", name);
	_cleanup_close_ int fd = openat(dirfd, name,
					O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	/* The modes inside are the container's; DATA itself is closed to others. */
	int r = fd < 0 ? -errno : file_set_plain_mode(fd, 0755);
	return r < 0 ? err_sys(err, r, "make the volume '%s'", name) : 0;
}

static int take(struct engine *e, struct volumes *v, const struct record_mount *m, struct err *err)
{
	int marker = lock_marker(v->dirfd, m->volume);

	if (marker <= 0)
		return marker < 0 ? err_sys(err, marker, "make the volume '%s'", m->volume) : 0;
	v->taken[v->n_taken++] = (struct new_volume){.name = m->volume, .marker = marker};
	if (!m->nocopy && strv_push(&v->to_fill, m->destination) < 0)
		return no_memory(err);
	return make_dir(e, v->dirfd, m->volume, err);
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

int volumes_take(struct engine *e, const struct record *record, struct volumes *ret,
		 struct err *err)
{
	_cleanup_free_ struct record_mount *sorted = NULL;
	_cleanup_volumes_ struct volumes v = VOLUMES_INIT;
	int r = 0;

	if (record->n_mounts == 0)
		return 0;
	sorted = calloc(record->n_mounts, sizeof(*sorted));
	v.taken = calloc(record->n_mounts, sizeof(*v.taken));
	if (!sorted || !v.taken)
		return no_memory(err);
	size_t n = sort_mounts(record, sorted);
	v.dirfd = n ? open_dir(e, err) : -1;
	if (n && v.dirfd < 0)
		return v.dirfd;
	for (size_t i = 0; r == 0 && i < n; i++) {
		const char *name = sorted[i].volume;

		if (i > 0 && streq(name, sorted[i - 1].volume))
			continue; /* mounted in two places; the first fills it */
		v.sync |= !record->auto_remove || !strv_contains(record->anonymous_volumes, name);
		r = take(e, &v, &sorted[i], err);
	}
	if (r < 0)
		return r;
	*ret = v;
	v = VOLUMES_INIT;
	return 0;
}

static int remove_marker(int dirfd, const char *name, struct err *err)
{
	_cleanup_free_ char *marker = marker_name(name);

	if (!marker)
		return no_memory(err);
	if (unlinkat(dirfd, marker, 0) < 0 && errno != ENOENT)
		return err_sys(err, errno, "finish the volume '%s'", name);
	return 0;
}

int volumes_finish(struct volumes *v, struct err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < v->n_taken; i++) {
		r = remove_marker(v->dirfd, v->taken[i].name, err);
		fd_close(&v->taken[i].marker);
	}
	return r;
}

int volumes_remove(struct engine *e, char *const *names, struct err *err)
{
	if (!names || !*names)
		return 0;
	_cleanup_close_ int dirfd = open_dir(e, err);
	int r = dirfd < 0 ? dirfd : remove_dirs(e, dirfd, names, err);

	STRV_FOREACH(name, names)
		if (r == 0)
			r = remove_marker(dirfd, *name, err);
	return r;
}
