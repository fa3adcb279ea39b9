/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Access to files, decided by the kernel: the worker becomes the user and calls access(2). It reads nothing and has no
 * privileges over the container's files but the user's.
 */

#include "files/examine.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/str.h"
#include "base/strv.h"
#include "image/report.h"

static int become(const struct access_check *c, struct masu_error *err)
{
	/* EPERM: denied with a single mapped id. */
	if (setgroups(c->n_groups, c->groups) < 0 && errno != EPERM)
		return err_sys(err, errno, "take the groups of user %u", c->uid);
	if (setresgid(c->gid, c->gid, c->gid) < 0 || setresuid(c->uid, c->uid, c->uid) < 0)
		return err_sys(err, errno, "become user %u of the container", c->uid);
	if (c->without_capabilities) {
		int r = sandbox_keep_capabilities(NULL, 0, err);

		if (r < 0)
			return r;
	}
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_sys(err, errno, "set no_new_privs");
	return sandbox_seal(err);
}

/* The C library may prefer a newer call, which the filter refuses. */
static int ask(int root, const char *path, int mode)
{
	return syscall(SYS_faccessat, root, path, mode) == 0 ? 0 : errno;
}

static void check_path(int root, const char *path, struct strbuf *report)
{
	const char *relative = path + (*path == '/');
	struct stat st;

	relative = *relative ? relative : ".";
	/* Without access to the path its kind does not matter. */
	bool is_file = fstatat(root, relative, &st, 0) == 0 && !S_ISDIR(st.st_mode);
	(void)strbuf_addf(report, "%d %d %d\n", ask(root, relative, R_OK),
			  ask(root, relative, W_OK), is_file ? 0 : ask(root, relative, X_OK));
}

/* A place_fn. */
static int access_worker(const struct place_view *view, void *arg, struct masu_error *err)
{
	const struct access_check *c = arg;
	_cleanup_strbuf_ struct strbuf report = STRBUF_INIT;
	int r = become(c, err);

	if (r < 0)
		return r;
	STRV_FOREACH(path, c->paths)
		check_path(view->root, *path, &report);
	_cleanup_free_ char *text = strbuf_take(&report);
	if (!text)
		return err_oom(err);
	report_result(c->report, text);
	return 0;
}

int access_run(const struct place *place, const struct access_check *check, struct masu_error *err)
{
	return place_run(place, false, access_worker, (void *)check, err);
}
