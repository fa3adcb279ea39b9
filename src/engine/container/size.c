/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/container/size.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/strv.h"
#include "base/tree.h"
#include "engine/container/container-map.h"
#include "engine/container/container.h"
#include "engine/launcher.h"
#include "storage/layers.h"

/* Most trees need no privilege. */
static int measure_here(const struct masu_engine *e, char *const *paths, uint64_t *sizes)
{
	_cleanup_close_ int dirfd = open(e->paths.data, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dirfd < 0)
		return -errno;
	for (size_t i = 0; paths[i]; i++) {
		int r = tree_size(dirfd, paths[i], &sizes[i]);

		if (r < 0 && r != -ENOENT)
			return r;
	}
	return 0;
}

int size_measure(struct masu_engine *e, char *const *paths, uint64_t *sizes, struct masu_error *err)
{
	const size_t length = strv_length(paths) * sizeof(*sizes);
	int r = paths ? measure_here(e, paths, sizes) : 0;

	if (r != -EACCES)
		return r < 0 ? err_sys(err, r, "measure the files") : 0;
	_cleanup_close_ int fd = memfd_create("masu-sizes", MFD_CLOEXEC);
	if (fd < 0)
		return err_sys(err, errno, "measure the files");
	r = launcher_measure_trees(e, paths, fd, err);
	if (r < 0)
		return r;
	ssize_t n = pread(fd, sizes, length, 0);
	if (n < 0)
		return err_sys(err, errno, "measure the files");
	return (size_t)n == length ? 0 : err_set(err, ERR_INTERNAL, EBADMSG, "a size is missing");
}

int masu_container_size(const masu_container *c, uint64_t *ret_written, uint64_t *ret_total,
			masu_error *err)
{
	_cleanup_strv_ char **paths = NULL;
	_cleanup_free_ char *dir = container_layers_dir(&c->record);
	int r = dir ? strv_pushf(&paths, "containers/%s/upper", c->home.id) : -ENOMEM;

	STRV_FOREACH(layer, c->record.layers)
		if (r == 0)
			r = strv_pushf(&paths, "%s/%s", dir, *layer);
	if (r < 0)
		return err_sys(err, r, "measure the files");
	_cleanup_free_ uint64_t *sizes = calloc(strv_length(paths), sizeof(*sizes));
	if (!sizes)
		return err_oom(err);
	r = size_measure(c->engine, paths, sizes, err);
	if (r < 0)
		return r;
	uint64_t total = 0;
	for (size_t i = 0; paths[i]; i++)
		total += sizes[i];
	*ret_written = sizes[0];
	*ret_total = total;
	return 0;
}
