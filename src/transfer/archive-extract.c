/* SPDX-License-Identifier: Apache-2.0 */
#include "transfer/archive-extract.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"
#include "linux/userns.h"
#include "unpack/inflate.h"
#include "unpack/layer-read.h"
#include "unpack/sandbox.h"

#define NAMESPACES  (CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWPID)
#define ENTRIES_MAX 20000
#define BUFFER_SIZE (256 * 1024)

struct extract {
	int input, target;
	const struct userns_child *child;
	struct inflate *inflate;
	char *buffer;
	char **links; /* names and targets, in turn */
};

static int from_stream(void *arg, const void **ret, size_t *ret_size, struct masu_error *err)
{
	struct extract *x = arg;
	ssize_t n = inflate_read(x->inflate, x->buffer, BUFFER_SIZE, err);

	if (n < 0)
		return (int)n;
	*ret = x->buffer;
	*ret_size = (size_t)n;
	return 0;
}

/* The name without a leading "./" and a trailing "/". NULL if it is not plain. */
static char *plain_name(const char *name)
{
	_cleanup_free_ char *absolute = NULL;

	while (name[0] == '.' && name[1] == '/')
		name += 2;
	absolute = str_printf("/%s", name);
	if (!absolute)
		return NULL;
	size_t n = strlen(absolute);
	if (n > 1 && absolute[n - 1] == '/')
		absolute[n - 1] = 0;
	if (!path_is_normal(absolute) || str_has_control(absolute))
		return NULL;
	return strdup(absolute + 1);
}

static int make_dir_of(const struct extract *x, const char *name, struct masu_error *err)
{
	_cleanup_free_ char *dir = strndup(name, (size_t)(path_last(name) - name));

	if (!dir)
		return err_oom(err);
	if (!*dir)
		return 0;
	_cleanup_close_ int fd = path_mkdir_in(x->target, dir, 0700);
	return fd < 0 ? err_sys(err, fd, "create '%s'", dir) : 0;
}

static int write_file(const struct extract *x, const char *name, struct layer_reader *reader,
		      struct masu_error *err)
{
	const void *bytes;
	uint64_t offset;
	size_t size;
	int r = make_dir_of(x, name, err);

	if (r < 0)
		return r;
	_cleanup_close_ int fd = path_open_in(x->target, name, O_CREAT | O_EXCL | O_WRONLY, 0600,
					      PATH_BENEATH | PATH_NO_SYMLINKS);
	if (fd == -EEXIST)
		return err_set(err, ERR_INVALID, EBADMSG, "holds '%s' twice", name);
	if (fd < 0)
		return err_sys(err, fd, "create '%s'", name);
	while ((r = layer_reader_block(reader, &bytes, &size, &offset, err)) > 0) {
		if (lseek(fd, (off_t)offset, SEEK_SET) < 0)
			return err_sys(err, errno, "write '%s'", name);
		r = fd_write_full(fd, bytes, size);
		if (r < 0)
			return err_sys(err, r, "write '%s'", name);
	}
	return r;
}

/*
 * Old archives of docker have a layer of several images once, and links to it. No symbolic link is created, so none can
 * be followed: the target gets another name when all files exist.
 */
static int note_link(struct extract *x, const char *name, const char *link, struct masu_error *err)
{
	_cleanup_free_ char *joined = NULL, *target = NULL;

	if (!link || *link == '/')
		return 0; /* not a file of the archive */
	joined = str_printf("/%.*s%s", (int)(path_last(name) - name), name, link);
	if (!joined)
		return err_oom(err);
	target = path_normalize(joined);
	if (!target || strv_push(&x->links, name) < 0 || strv_push(&x->links, target + 1) < 0)
		return err_oom(err);
	return 0;
}

/* A link to a missing file is left out. If the manifest names it, the archive is refused later. */
static int make_links(const struct extract *x, struct masu_error *err)
{
	for (char **l = x->links; l && *l; l += 2) {
		_cleanup_close_ int fd = path_open_in(x->target, l[1], O_PATH, 0,
						      PATH_BENEATH | PATH_NO_SYMLINKS);
		struct stat st;

		if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
			continue;
		int r = make_dir_of(x, l[0], err);
		if (r < 0)
			return r;
		/* Every part of both paths is a directory that was created here. */
		if (linkat(x->target, l[1], x->target, l[0], 0) < 0 && errno != EEXIST)
			return err_sys(err, errno, "link '%s' to '%s'", l[0], l[1]);
	}
	return 0;
}

static int extract_entry(struct extract *x, const struct layer_entry *e,
			 struct layer_reader *reader, struct masu_error *err)
{
	char quoted[LAYER_QUOTE_MAX];
	bool is_dir = S_ISDIR(e->mode);

	if (is_dir && (streq(e->name, ".") || streq(e->name, "./")))
		return 0;
	_cleanup_free_ char *name = plain_name(e->name);
	if (!name || !*name)
		return err_set(err, ERR_INVALID, EBADMSG, "holds a file with the name '%s'",
			       layer_quote(e->name, quoted));
	if (is_dir)
		return 0; /* created for its first file */
	if (S_ISLNK(e->mode))
		return note_link(x, name, e->link, err);
	if (!S_ISREG(e->mode) || e->link)
		return err_set(err, ERR_INVALID, EBADMSG, "holds '%s', which is not a regular file",
			       layer_quote(e->name, quoted));
	return write_file(x, name, reader, err);
}

static int extract_all(struct extract *x, struct layer_reader *reader, struct masu_error *err)
{
	struct layer_entry entry;
	int r;

	for (size_t n = 0; (r = layer_reader_next(reader, &entry, err)) > 0; n++) {
		if (n == ENTRIES_MAX)
			return err_set(err, ERR_INVALID, EBADMSG, "holds more than %d files",
				       ENTRIES_MAX);
		r = extract_entry(x, &entry, reader, err);
		if (r < 0)
			return r;
	}
	if (r < 0)
		return r;
	/* The writer of a pipe must not get an error for bytes after the archive's end. */
	while ((r = (int)read(x->input, x->buffer, BUFFER_SIZE)) > 0)
		;
	return make_links(x, err);
}

/* A userns_fn. The exit of the process frees its memory. */
static int extract_child(void *arg, struct masu_error *err)
{
	struct extract *x = arg;
	const int keep[] = {x->input, x->target, x->child->channel};
	const struct sandbox sandbox = {
		.root = x->target, .keep = keep, .n_keep = ARRAY_SIZE(keep), .use = SANDBOX_FILL};
	struct layer_reader *reader = NULL;
	int r = inflate_new(LAYER_AUTO, x->input, &x->inflate, err);

	if (r < 0)
		return r;
	x->buffer = malloc(BUFFER_SIZE);
	if (!x->buffer)
		return err_oom(err);
	r = layer_reader_new(from_stream, x, UNPACK_BYTES_MAX, &reader, err);
	if (r < 0)
		return r;
	r = sandbox_enter(&sandbox, err);
	return r < 0 ? r : extract_all(x, reader, err);
}

int archive_extract(const struct idmap *map, int input, int target, struct masu_error *err)
{
	struct userns_child child = USERNS_CHILD_INIT;
	struct extract x = {.input = input, .target = target, .child = &child};
	int r = userns_spawn(map, NAMESPACES, extract_child, &x, &child, err);

	return r < 0 ? r : userns_wait(&child, err);
}
