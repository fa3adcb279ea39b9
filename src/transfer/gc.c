/* SPDX-License-Identifier: Apache-2.0 */
#include "transfer/gc.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "base/file.h"
#include "base/json.h"
#include "base/str.h"
#include "base/strv.h"
#include "storage/layers-gc.h"
#include "storage/paths.h"

#define PARTIAL_AGE_S (24 * 3600)

/* Objects that are in use. */
struct live {
	char **blobs, **configs, **chains; /* HEX */
};

static void live_done(struct live *live)
{
	strv_free(live->blobs);
	strv_free(live->configs);
	strv_free(live->chains);
}
#define _cleanup_live_ _cleanup_(live_done)

/*
 * Marks the blobs of an image. If its manifest is damaged, its other blobs are unknown, and it must be pulled again
 * anyway. An image that cannot be read for lack of memory or descriptors is an error.
 */
static int mark_image(const struct layout *store, const struct image_descriptor *d,
		      struct live *live)
{
	_cleanup_image_manifest_ struct image_manifest m = {0};
	int r = strv_push(&live->blobs, d->digest.hex);

	if (r < 0)
		return r;
	r = layout_read_manifest(store, &d->digest, d->size, &m, NULL);
	if (r < 0)
		return err_is_shortage(r) ? r : 0;
	if (strv_push(&live->blobs, m.config.digest.hex) < 0 ||
	    strv_push(&live->configs, m.config.digest.hex) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < m.n_layers; i++)
		if (strv_push(&live->blobs, m.layers[i].digest.hex) < 0)
			return -ENOMEM;
	return 0;
}

static int mark_images(const struct layout *store, struct live *live, struct masu_error *err)
{
	_cleanup_image_index_ struct image_index index = {0};
	int r = layout_read_index(store, &index, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < index.n_manifests; i++) {
		r = mark_image(store, &index.manifests[i], live);
		if (r < 0)
			return err_sys(err, r, "list the blobs in use");
	}
	return 0;
}

/* An unreadable record could name any layer: then no layer is removed. */
static int mark_container(int dirfd, const char *id, struct live *live, struct masu_error *err)
{
	_cleanup_json_ struct json_object *o = NULL;
	_cleanup_free_ char *path = NULL;
	_cleanup_strv_ char **chains = NULL, **mounted = NULL;
	_cleanup_err_ struct masu_error own = ERR_INIT;

	path = str_printf("%s/" RECORD_FILE, id);
	if (!path)
		return err_oom(err);
	int r = json_read_file(dirfd, path, RECORD_SIZE_MAX, &o, &own);
	if (r == -ENOENT || r == -ENOTDIR)
		return 0; /* incomplete, or the link of a name */
	if (r >= 0)
		r = json_get_strv(o, "", "layers", &chains, &own);
	if (r >= 0)
		r = json_get_strv(o, "", "mountLayers", &mounted, &own);
	if (r >= 0 &&
	    (strv_extend(&live->chains, chains) < 0 || strv_extend(&live->chains, mounted) < 0))
		r = err_oom(&own);
	if (r < 0)
		(void)err_prefix(&own, "container '%s'", id);
	return r < 0 ? err_move(err, &own) : 0;
}

static int mark_containers(const struct paths *paths, struct live *live, struct masu_error *err)
{
	_cleanup_free_ char *path = paths_data(paths, "containers");
	_cleanup_closedir_ DIR *dir = path ? opendir(path) : NULL;

	if (!path)
		return err_oom(err);
	if (!dir)
		return errno == ENOENT ? 0 : err_sys(err, errno, "list '%s'", path);
	for (;;) {
		errno = 0;
		const struct dirent *e = readdir(dir);
		if (!e)
			return errno ? err_sys(err, errno, "list '%s'", path) : 0;
		if (*e->d_name == '.')
			continue;
		int r = mark_container(dirfd(dir), e->d_name, live, err);
		if (r < 0)
			return r;
	}
}

/* Removes the names in a directory of the layout for which `dead` returns true. */
static int sweep(const struct layout *store, const char *dir,
		 bool (*dead)(int dirfd, const char *name, const void *arg), const void *arg,
		 struct masu_error *err)
{
	_cleanup_close_ int fd = openat(store->fd, dir,
					O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	_cleanup_closedir_ DIR *listing = fd >= 0 ? fdopendir(fd) : NULL;
	int first = 0;

	if (!listing)
		return err_sys(err, errno, "list '%s/%s'", store->path, dir);
	fd = -1; /* closedir() closes it */
	for (const struct dirent *e; (e = file_next_entry(listing));) {
		if (!dead(dirfd(listing), e->d_name, arg))
			continue;
		int r = file_remove_tree(dirfd(listing), e->d_name);
		if (r < 0 && first == 0)
			first = err_sys(err, r, "remove '%s/%s/%s'", store->path, dir, e->d_name);
	}
	return errno ? err_sys(err, errno, "list '%s/%s'", store->path, dir) : first;
}

static bool blob_is_dead(int dirfd, const char *name, const void *arg)
{
	const struct live *live = arg;

	return !strv_contains(live->blobs, name);
}

static bool ingest_is_dead(int dirfd, const char *name, const void *arg)
{
	const bool *partial = arg;
	struct stat st;

	if (streq(name, "lock"))
		return false;
	if (!str_has_suffix(name, ".part") || *partial)
		return true;
	return fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       time(NULL) - st.st_mtime > PARTIAL_AGE_S;
}

static bool top_is_dead(int dirfd, const char *name, const void *arg)
{
	return str_after(name, FILE_TEMPORARY_PREFIX) != NULL;
}

int gc_run(const struct paths *paths, const struct idmap *map, const struct layout *store,
	   bool partial, struct masu_error *err)
{
	_cleanup_live_ struct live live = {0};
	_cleanup_close_ int pulls = file_lock(store->fd, LAYOUT_INGEST "/lock", LOCK_EX | LOCK_NB);
	_cleanup_close_ int lock = -1;

	if (pulls == -EWOULDBLOCK)
		return 0;
	if (pulls < 0)
		return err_sys(err, pulls, "lock '%s/" LAYOUT_INGEST "'", store->path);
	lock = layout_lock(store, LOCK_EX, err);
	if (lock < 0)
		return lock;
	int r = mark_images(store, &live, err);
	if (r < 0)
		return r;
	r = mark_containers(paths, &live, err);
	if (r < 0)
		return r;
	r = layers_gc(paths, map, live.configs, live.chains, err);
	if (r < 0)
		return r;
	r = sweep(store, "blobs/sha256", blob_is_dead, &live, err);
	if (r < 0)
		return r;
	r = sweep(store, LAYOUT_INGEST, ingest_is_dead, &partial, err);
	return r < 0 ? r : sweep(store, ".", top_is_dead, NULL, err);
}
