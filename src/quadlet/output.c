/* SPDX-License-Identifier: Apache-2.0 */
#include "quadlet/output.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/str.h"
#include "base/strv.h"

static bool is_link(int dirfd, const char *path, const char *target)
{
	char text[512]; /* longer than "../" and the name of a unit */
	ssize_t n = readlinkat(dirfd, path, text, sizeof(text));

	return n >= 0 && (size_t)n == strlen(target) && memcmp(text, target, (size_t)n) == 0;
}

static int make_link(int dirfd, const char *path, const char *target, struct masu_error *err)
{
	const char *slash = strchr(path, '/');
	_cleanup_free_ char *dir = slash ? strndup(path, (size_t)(slash - path)) : NULL;

	if (slash && !dir)
		return err_oom(err);
	if (dir && mkdirat(dirfd, dir, 0755) < 0 && errno != EEXIST)
		return err_sys(err, errno, "cannot create '%s'", dir);
	int r = symlinkat(target, dirfd, path) < 0 ? -errno : 0;
	if (r == -EEXIST && is_link(dirfd, path, target))
		return 0;
	if (r == -EEXIST)
		return err_set(err, ERR_CONFLICT, EEXIST,
			       "cannot create the link '%s': another unit has the name", path);
	return r < 0 ? err_sys(err, r, "cannot create the link '%s'", path) : 0;
}

int quadlet_write(int dirfd, const struct quadlet_unit *u, const char *name, const char *text,
		  struct masu_error *err)
{
	/* Complete or absent, also after a kill: half a unit could mean something else. */
	int r = file_write_atomic(dirfd, name, text, strlen(text), 0644, FILE_EXCL);

	if (r == -EEXIST)
		return err_set(err, ERR_CONFLICT, EEXIST,
			       "%s: '%s' has been written from another file", u->path, name);
	return r < 0 ? err_sys(err, r, "cannot write '%s'", name) : 0;
}

int quadlet_write_links(int dirfd, const struct quadlet_unit *u, char *const *links,
			struct masu_error *err)
{
	int result = 0;

	for (char *const *link = links; *link; link += 2) {
		_cleanup_err_ struct masu_error own = ERR_INIT;
		int r = make_link(dirfd, link[0], link[1], &own);

		if (r < 0 && result == 0) {
			(void)err_move(err, &own);
			result = err_prefix(err, "%s", u->path);
		}
	}
	return result;
}
