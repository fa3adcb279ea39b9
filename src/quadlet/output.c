/* SPDX-License-Identifier: Apache-2.0 */
#include "quadlet/output.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/str.h"
#include "base/strv.h"

static int make_link(int dirfd, const char *path, const char *target, struct masu_error *err)
{
	const char *slash = strchr(path, '/');
	_cleanup_free_ char *dir = slash ? strndup(path, (size_t)(slash - path)) : NULL;

	if (slash && !dir)
		return err_sys(err, ENOMEM, "make a link");
	if (dir && mkdirat(dirfd, dir, 0755) < 0 && errno != EEXIST)
		return err_sys(err, errno, "cannot create '%s'", dir);
	if (symlinkat(target, dirfd, path) < 0 && errno != EEXIST)
		return err_sys(err, errno, "cannot create the link '%s'", path);
	return 0;
}

int quadlet_write(int dirfd, const struct quadlet_unit *u, const struct quadlet_result *r,
		  struct masu_error *err)
{
	/* Complete or absent, also after a kill: half a unit could mean something else. */
	int result = file_write_atomic(dirfd, u->service, r->text, strlen(r->text), 0644,
				       FILE_EXCL);

	if (result == -EEXIST)
		return err_set(err, ERR_CONFLICT, EEXIST,
			       "%s: '%s' has been written from another file", u->path, u->service);
	if (result < 0)
		return err_sys(err, result, "cannot write '%s'", u->service);
	for (char *const *link = r->links; *link; link += 2) {
		result = make_link(dirfd, link[0], link[1], err);
		if (result < 0)
			return result;
	}
	return 0;
}
