/* SPDX-License-Identifier: Apache-2.0 */
#include "transfer/file-image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"
#include "transfer/archive-docker.h"
#include "transfer/archive-extract.h"
#include "transfer/image-source.h"

void file_image_done(struct file_image *l)
{
	layout_done(&l->layout);
	archive_dir_done(&l->temporary);
	free(l->selector);
	free(l->name);
	strv_free(l->stated);
	*l = FILE_IMAGE_INIT;
}

enum file_kind { FILE_OCI, FILE_OCI_ARCHIVE, FILE_DOCKER_ARCHIVE, FILE_KIND_MAX };

static const char *const prefixes[] = {
	[FILE_OCI] = "oci:",
	[FILE_OCI_ARCHIVE] = "oci-archive:",
	[FILE_DOCKER_ARCHIVE] = "docker-archive:",
};

/* The absolute form of a path. The links of a pipe (/dev/stdin) are not resolved. NULL and errno. */
static char *absolute(const char *path, bool *ret_is_stream)
{
	char *real = realpath(path, NULL);
	struct stat st;

	*ret_is_stream = stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);
	return real || !*ret_is_stream ? real : path_absolute(path);
}

/* Splits PATH[:NAME]. If the whole argument exists, it is the path. */
static int split(const char *prefix, const char *s, struct file_image *l, char **ret_path,
		 struct masu_error *err)
{
	_cleanup_free_ char *path = strdup(s), *real = NULL;
	char *colon;

	if (!path)
		return err_oom(err);
	if (!*path)
		return err_set(err, ERR_INVALID, EINVAL, "no path behind '%s'", prefix);
	if (access(path, F_OK) < 0 && (colon = strchr(path, ':'))) {
		*colon = 0;
		l->selector = strdup(colon + 1);
		if (!l->selector)
			return err_oom(err);
	}
	real = absolute(path, &l->is_stream);
	if (!real)
		return err_sys(err, errno, "open '%s%s'", prefix, path);
	l->name = str_printf("%s%s%s%s", prefix, real, l->selector ? ":" : "",
			     l->selector ? l->selector : "");
	if (!l->name)
		return err_oom(err);
	*ret_path = fd_of_path(path) >= 0 ? TAKE_PTR(path) : TAKE_PTR(real);
	return 0;
}

/* An open descriptor is not opened again: a socket cannot be, and a file would be read from its beginning. */
static int open_input(const char *path, struct masu_error *err)
{
	int given = fd_of_path(path);
	int fd = given < 0 ? open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
			   : fcntl(given, F_DUPFD_CLOEXEC, 0);

	if (fd < 0)
		return err_sys(err, errno, "open '%s'", path);
	if (!isatty(fd))
		return fd;
	fd_close(&fd);
	return err_set(err, ERR_INVALID, EINVAL, "'%s' is a terminal, not an archive", path);
}

/* Adds the image's name in the layout of an archive. */
static int state_name(struct file_image *l, struct masu_error *err)
{
	_cleanup_image_index_ struct image_index index = {0};
	const struct image_descriptor *d;
	int r = layout_read_index(&l->layout, &index, err);

	if (r < 0 || image_source_choose(&index, l->selector, &d) != 1)
		return MIN(r, 0); /* a choice that fails is reported by the pull */
	const char *name = d->full_name ? d->full_name : d->ref_name;
	r = name ? archive_state_name(&l->stated, name) : 0;
	return r < 0 ? err_sys(err, r, "read the name of the image") : 0;
}

/* Unpacks the archive to a layout in the temporary directory. */
static int unpack_archive(const char *path, enum file_kind kind, const struct layout *store,
			  const struct idmap *map, struct file_image *l, struct masu_error *err)
{
	_cleanup_close_ int input = open_input(path, err), files = -1;
	struct archive_dir *dir = &l->temporary;

	if (input < 0)
		return input;
	int r = archive_dir_new(store, dir, err);
	if (r < 0)
		return r;
	if (kind == FILE_DOCKER_ARCHIVE) {
		files = archive_dir_add(dir, "files", err);
		if (files < 0)
			return files;
	}
	r = archive_extract(map, input, files >= 0 ? files : dir->fd, err);
	if (r >= 0 && files >= 0)
		r = archive_convert_docker(files, dir->fd, l->selector, &l->stated, err);
	if (r < 0)
		return err_prefix(err, "'%s'", path);
	if (files >= 0) {
		free(l->selector); /* done: the layout has one image */
		l->selector = NULL;
	}
	r = layout_open(dir->path, false, &l->layout, err);
	if (r < 0)
		return err_set(err, ERR_INVALID, EBADMSG, "'%s' holds no OCI image layout", path);
	return kind == FILE_OCI_ARCHIVE ? state_name(l, err) : 0;
}

/* The text behind the prefix, whose kind is written to *ret; or NULL. */
static const char *after_prefix(const char *argument, enum file_kind *ret)
{
	const char *rest = NULL;
	enum file_kind kind = FILE_OCI;

	for (; kind < FILE_KIND_MAX && !(rest = str_after(argument, prefixes[kind])); kind++)
		;
	*ret = kind;
	return rest;
}

bool file_image_is_named(const char *argument)
{
	enum file_kind kind;

	return after_prefix(argument, &kind);
}

int file_image_open(const char *argument, const struct layout *store, const struct idmap *map,
		    struct file_image *ret, struct masu_error *err)
{
	_cleanup_file_image_ struct file_image l = FILE_IMAGE_INIT;
	_cleanup_free_ char *path = NULL;
	enum file_kind kind;
	const char *rest = after_prefix(argument, &kind);

	if (!rest)
		return 0;
	int r = split(prefixes[kind], rest, &l, &path, err);
	if (r < 0)
		return r;
	if (kind == FILE_OCI)
		r = layout_open(path, false, &l.layout, err);
	else
		r = unpack_archive(path, kind, store, map, &l, err);
	if (r < 0)
		return r;
	*ret = l;
	l = FILE_IMAGE_INIT;
	return 1;
}
