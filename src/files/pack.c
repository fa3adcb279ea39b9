/* SPDX-License-Identifier: Apache-2.0 */
/* The processes that read files for an archive (place.h). */
#include "files/pack.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/path.h"
#include "files/packer.h"
#include "image/report.h"

/* The caller's own files are read with the caller's rights; the system calls are limited all the same. */
static int seal_on_host(struct masu_error *err)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_sys(err, errno, "set no_new_privs");
	return sandbox_seal(err);
}

/* A place_fn. */
static int pack_worker(const struct place_view *view, void *arg, struct masu_error *err)
{
	const struct pack *pack = arg;
	const int keep[] = {pack->output, pack->report};
	int r = view->place->kind == PLACE_HOST ? seal_on_host(err)
						: place_confine(view, view->root, SANDBOX_READ,
								keep, ARRAY_SIZE(keep), err);

	return r < 0 ? r : packer_run(pack, view->root, err);
}

int pack_run(const struct place *place, const struct pack *pack, struct masu_error *err)
{
	return place_run(place, true, pack_worker, (void *)pack, err);
}

/* A place_fn. */
static int stat_worker(const struct place_view *view, void *arg, struct masu_error *err)
{
	const struct pack *pack = arg;
	char target[PATH_MAX] = "";
	struct stat st;
	int r = place_confine(view, view->root, SANDBOX_READ, &pack->report, 1, err);

	if (r < 0)
		return r;
	_cleanup_close_ int fd = path_open_in(view->root, pack->path,
					      O_PATH | (pack->follow_link ? 0 : O_NOFOLLOW), 0, 0);
	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys(err, fd < 0 ? fd : errno, "cannot examine \"%s\"", pack->path);
	if (S_ISLNK(st.st_mode) && readlinkat(fd, "", target, sizeof(target) - 1) < 0)
		return err_sys(err, errno, "cannot read the link \"%s\"", pack->path);
	_cleanup_free_ char *text = NULL;
	if (asprintf(&text, "%u %lld %lld %zu:%s%s", (unsigned int)st.st_mode,
		     (long long)st.st_size,
		     (long long)st.st_mtim.tv_sec * 1000000000LL + st.st_mtim.tv_nsec,
		     strlen(pack->name), pack->name, target) < 0) {
		text = NULL;
		return err_oom(err);
	}
	report_result(pack->report, text);
	return 0;
}

int pack_stat(const struct place *place, const struct pack *pack, struct masu_error *err)
{
	return place_run(place, true, stat_worker, (void *)pack, err);
}
