/* SPDX-License-Identifier: Apache-2.0 */

/*
 * New volumes get what the root has at their destinations. This comes before anything is mounted there: it
 * is the image's directory that counts ("-v .:/app -v /app/modules"), not what another mount covers it
 * with. The creator of a volume considers it filled when the container is ready, so a failure leaves it
 * as it is.
 *
 * Lent ids (linux/lent-ids.h) own no files of the host, so all of the copies belong to the owner then.
 */

#include "runtime/init/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/path.h"
#include "base/strv.h"
#include "base/tree.h"

/* 1, 0 or -errno. */
static int is_empty(int fd)
{
	_cleanup_closedir_ DIR *dir = file_open_dir(fd, ".");
	int n = 0;

	if (!dir)
		return -errno;
	while (n <= 2 && (errno = 0, readdir(dir))) /* "." and ".." are always there */
		n++;
	return errno ? -errno : n <= 2;
}

static int copy(const struct init *init, int covered, int volume)
{
	struct stat st;
	int r = fstat(covered, &st) < 0 ? -errno : is_empty(volume);

	if (r < 0)
		return r;
	if (r == 0)
		return -ENOTEMPTY;
	int empty = is_empty(covered);
	r = empty < 0 ? empty : tree_copy(covered, volume, !init->plan->lent);
	if (r == 0 && fchmod(volume, st.st_mode & 07777) < 0)
		r = -errno;
	if (r == 0 && !empty && init->plan->sync_volumes && syncfs(volume) < 0)
		r = -errno;
	return r;
}

static int fill(const struct init *init, const struct init_mount *m, struct masu_error *err)
{
	const char *path = m->spec->destination;
	_cleanup_close_ int covered = path_open_in(init->root_fd, path, O_PATH | O_DIRECTORY, 0, 0);

	/* Nothing to copy; mounting makes it or complains. */
	if (covered == -ENOENT || covered == -ENOTDIR)
		return 0;
	_cleanup_close_ int volume = openat(m->source, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = covered < 0 ? covered : volume < 0 ? -errno : copy(init, covered, volume);
	return r < 0 ? err_sys(err, r, "fill the new volume at '%s' from the image", path) : 0;
}

int init_fill_volumes(struct init *init, struct masu_error *err)
{
	int r = 0;

	if (!init->plan->new_volumes)
		return 0;
	for (size_t i = 0; r == 0 && i < init->spec->n_mounts; i++) {
		const struct init_mount *m = &init->host.mounts[i];

		if (strv_contains(init->plan->new_volumes, m->spec->destination))
			r = fill(init, m, err);
	}
	return r;
}
