/* SPDX-License-Identifier: Apache-2.0 */
#include "files/target.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/path.h"
#include "base/str.h"

/* As many as the kernel follows in one resolution. */
#define LINKS_MAX 40

void target_done(struct target *t)
{
	fd_close(&t->dir);
	free(t->name);
	free(t->path);
	*t = TARGET_INIT;
}

static bool names_directory(const char *path)
{
	const char *last = path_last(path);

	return !*last || streq(last, ".") || streq(last, "..");
}

/* The path up to its last part, and that part; without slashes at the end. */
static int split(const char *path, char **ret_parent, char **ret_name)
{
	size_t end = strlen(path);

	while (end > 1 && path[end - 1] == '/')
		end--;
	_cleanup_free_ char *copy = strndup(path, end);
	if (!copy)
		return -ENOMEM;
	const char *last = path_last(copy);
	_cleanup_free_ char *parent = strndup(copy, (size_t)(last - copy));
	char *name = strdup(last);
	if (!parent || !name) {
		free(name);
		return -ENOMEM;
	}
	*ret_parent = TAKE_PTR(parent);
	*ret_name = name;
	return 0;
}

/* 1 if the last part is a link: *path becomes the path that it leads to. 0 if `t` is complete. */
static int look(int root, char **path, struct target *t)
{
	_cleanup_free_ char *parent = NULL, *name = NULL;
	char link[PATH_MAX];
	struct stat st;
	int r = split(*path, &parent, &name);

	if (r < 0)
		return r;
	_cleanup_close_ int dir = path_open_in(root, *parent ? parent : "/", O_PATH | O_DIRECTORY,
					       0, 0);
	if (dir < 0)
		return dir;
	r = fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
	if (r < 0 && r != -ENOENT)
		return r;
	if (r == -ENOENT || !S_ISLNK(st.st_mode)) {
		t->exists = r == 0;
		t->dir = TAKE_FD(dir);
		t->name = TAKE_PTR(name);
		t->path = TAKE_PTR(parent);
		return 0;
	}
	ssize_t n = readlinkat(dir, name, link, sizeof(link) - 1);
	if (n < 0)
		return -errno;
	link[n] = 0;
	char *next = *link == '/' ? strdup(link) : path_join(parent, link);
	if (!next)
		return -ENOMEM;
	free(*path);
	*path = next;
	return 1;
}

int target_find(int root, const char *path, struct target *ret, struct masu_error *err)
{
	_cleanup_target_ struct target t = TARGET_INIT;
	_cleanup_free_ char *at = strdup(path);
	int r = at ? 1 : -ENOMEM;

	t.is_directory = names_directory(path);
	for (int links = 0; r > 0; links++) {
		t.dir = path_open_in(root, at, O_PATH | O_DIRECTORY, 0, 0);
		if (t.dir >= 0) {
			t.path = strdup(at);
			r = t.path ? 0 : -ENOMEM;
		} else if (t.dir != -ENOENT && t.dir != -ENOTDIR) {
			r = t.dir;
		} else {
			r = links < LINKS_MAX ? look(root, &at, &t) : -ELOOP;
		}
	}
	if (t.exists && t.is_directory)
		r = -ENOTDIR;
	if (r < 0)
		return err_sys(err, r, "cannot copy to \"%s\"", path);
	*ret = TAKE(t, TARGET_INIT);
	return 0;
}
