/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/container/exports.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"

#define LIST	 "exports"
#define LIST_MAX (1U << 20)
#define TEXT_MAX (1U << 20)

char *exports_mark(const masu_container *c)
{
	return str_printf(EXPORTS_MARK "%s", c->home.id);
}

/* 1 if the file is that of the container, 0 if it is another one, -ENOENT. An empty one was left by a killed process. */
static int is_own(const masu_container *c, const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	_cleanup_free_ char *text = NULL, *mark = exports_mark(c);
	struct stat st;
	size_t size;

	if (!mark)
		return -ENOMEM;
	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR ? -ENOENT : 0;
	/* Others, such as a FIFO, look empty. */
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ||
	    fd_read_all(fd, TEXT_MAX, &text, &size) < 0)
		return 0;
	const char *at = strstr(text, mark);
	return size == 0 || (at && (!at[strlen(mark)] || at[strlen(mark)] == '\n'));
}

/* All paths of the list, also of files that are gone. */
static int read_list(const masu_container *c, char ***ret)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_strv_ char **lines = NULL;
	int r = file_read(c->home.fd, LIST, LIST_MAX, &text, NULL);

	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return r;
	lines = strv_split(text, "\n");
	if (!lines)
		return -ENOMEM;
	STRV_FOREACH(path, lines)
		if (**path == '/' && !strv_contains(strv_or_empty(*ret), *path) &&
		    strv_push(ret, *path) < 0)
			return -ENOMEM;
	return 0;
}

static int add_to_list(const masu_container *c, const char *path)
{
	_cleanup_close_ int fd = openat(
		c->home.fd, LIST, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	_cleanup_free_ char *line = str_printf("%s\n", path);

	if (!line)
		return -ENOMEM;
	return fd < 0 ? -errno : fd_write_full(fd, line, strlen(line));
}

int exports_list(masu_container *c, char ***ret, struct masu_error *err)
{
	_cleanup_strv_ char **listed = NULL, **found = NULL;
	int r = container_open(c, err);

	if (r < 0)
		return r;
	r = read_list(c, &listed);
	STRV_FOREACH(path, listed)
		if (r == 0 && is_own(c, *path) > 0)
			r = strv_push(&found, *path);
	container_close(c);
	if (r < 0)
		return err_sys(err, r, "read the exports of box '%s'", c->record.name);
	*ret = TAKE_PTR(found);
	return 0;
}

static int write_file(const masu_container *c, const char *path, const char *text, mode_t mode,
		      struct masu_error *err)
{
	_cleanup_free_ char *dir = strndup(path, (size_t)(path_last(path) - path));
	int r = dir ? path_mkdir_all(dir, 0755) : -ENOMEM;

	if (r < 0)
		return err_sys(err, r, "create the directory of '%s'", path);
	int own = is_own(c, path);
	if (own == 0) {
		(void)err_set(err, ERR_CONFLICT, EEXIST, "'%s' exists, and is not of this box",
			      path);
		return err_hint(err, "remove or rename it first");
	}
	r = add_to_list(c, path);
	if (r == 0)
		r = own > 0 ? file_write_atomic(AT_FDCWD, path, text, strlen(text), mode, 0)
			    : file_write_new(AT_FDCWD, path, text, strlen(text), mode);
	return r < 0 ? err_sys(err, r, "write '%s'", path) : 0;
}

int exports_write(masu_container *c, const char *path, const char *text, mode_t mode,
		  struct masu_error *err)
{
	if (str_has_control(path))
		return err_set(err, ERR_INVALID, EINVAL,
			       "the name of the file has control characters");
	/* A larger one would not be known again: is_own(). */
	if (strlen(text) > TEXT_MAX)
		return err_set(err, ERR_INVALID, EFBIG, "'%s' would be too large", path);
	int r = container_open(c, err);
	if (r < 0)
		return r;
	r = write_file(c, path, text, mode, err);
	container_close(c);
	return r;
}

int exports_remove(masu_container *c, const char *path, struct masu_error *err)
{
	_cleanup_strv_ char **paths = NULL;
	int r = exports_list(c, &paths, err);

	if (r < 0)
		return r;
	if (!strv_contains(strv_or_empty(paths), path)) {
		(void)err_set(err, ERR_NOT_FOUND, ENOENT, "box '%s' has no export '%s'",
			      c->record.name, path);
		return err_hint(err, "'masu box export --list %s' prints them", c->record.name);
	}
	return unlink(path) < 0 ? err_sys(err, errno, "remove '%s'", path) : 0;
}

void exports_remove_all(masu_container *c)
{
	_cleanup_strv_ char **paths = NULL;

	(void)read_list(c,
			&paths); /* what cannot be read stays, and does nothing without the box */
	STRV_FOREACH(path, paths)
		if (is_own(c, *path) > 0)
			(void)unlink(*path);
}
