/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/layer-notes.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/str.h"
#include "base/strv.h"
#include "base/tree.h"
#include "unpack/layer-dirs.h"

#define WRITE_FROM 65536

struct implied {
	ino_t dir;
	char path[];
};

void layer_notes_init(struct layer_notes *n, int fd)
{
	*n = (struct layer_notes){.fd = fd};
}

static int compare(const void *a, const void *b)
{
	const struct implied *x = a, *y = b;

	return (x->dir > y->dir) - (x->dir < y->dir);
}

int layer_notes_implied(struct layer_notes *n, ino_t dir, const char *path, size_t length)
{
	layer_notes_described(n, dir); /* of one that was removed */
	_cleanup_free_ struct implied *i = malloc(sizeof(*i) + length + 1);
	if (!i)
		return -ENOMEM;
	i->dir = dir;
	memcpy(i->path, path, length);
	i->path[length] = 0;
	if (!tsearch(i, &n->implied, compare))
		return -ENOMEM;
	TAKE_PTR(i);
	return 0;
}

void layer_notes_described(struct layer_notes *n, ino_t dir)
{
	const struct implied key = {.dir = dir};
	struct implied **found = tfind(&key, &n->implied, compare);
	struct implied *i = found ? *found : NULL;

	if (i)
		(void)tdelete(i, &n->implied, compare);
	free(i);
}

static int flush(struct layer_notes *n)
{
	int r = n->fd >= 0 ? fd_write_full(n->fd, n->text.text, n->text.length) : 0;

	n->text.length = 0;
	return r;
}

/* With its NUL. */
static int end_record(struct layer_notes *n)
{
	int r = strbuf_add(&n->text, "", 1);

	return r < 0 || n->text.length < WRITE_FROM ? r : flush(n);
}

int layer_notes_whiteout(struct layer_notes *n, const char *dir, size_t length, const char *name)
{
	int r = strbuf_addf(&n->text, "w%.*s%s%s", (int)length, dir, length ? "/" : "", name);

	return r < 0 ? r : end_record(n);
}

static void write_implied(const void *node, VISIT visit, void *arg)
{
	const struct implied *i = *(struct implied *const *)node;
	struct layer_notes *n = arg;

	if ((visit != postorder && visit != leaf) || n->fd < 0)
		return;
	int r = strbuf_addf(&n->text, "d%ju:%s", (uintmax_t)i->dir, i->path);
	r = r < 0 ? r : end_record(n);
	if (r < 0)
		n->failure = r;
}

int layer_notes_done(struct layer_notes *n)
{
	twalk_r(n->implied, write_implied, n);
	int r = n->failure ? n->failure : flush(n);

	tdestroy(n->implied, free);
	strbuf_done(&n->text);
	layer_notes_init(n, -1);
	return r;
}

/* A path of layer-directories.c, which may be joined of two, and an inode number. */
#define NOTE_MAX (2 * PATH_MAX + 32)

/* The directory that the last notes were about, since they come directory by directory. */
struct noted_dir {
	char *path; /* as noted */
	int fd;
	bool merged; /* with a directory below */
};

static void noted_dir_done(struct noted_dir *d)
{
	free(d->path);
	fd_close(&d->fd);
	*d = (struct noted_dir){.fd = -1};
}
#define _cleanup_noted_dir_ _cleanup_(noted_dir_done)

bool layer_has_whiteout(int dir, const char *name)
{
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISCHR(st.st_mode) &&
	       st.st_rdev == 0;
}

static bool is_opaque(int dir)
{
	char mark;

	return fgetxattr(dir, "user.overlay.opaque", &mark, 1) == 1 && mark == 'y';
}

/*
 * Walks down a path without following links. Returns the directory or -ENOENT. *ret_cut becomes true if the path leads
 * through an opaque directory or through a file that is not a directory: then the layers below do not count.
 */
static int walk(int root, const char *path, bool *ret_cut)
{
	_cleanup_close_ int at = openat(root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char name[NAME_MAX + 1];

	while (at >= 0 && *path) {
		size_t n = strcspn(path, "/");

		if (n > NAME_MAX)
			return -ENAMETOOLONG;
		memcpy(name, path, n);
		name[n] = 0;
		path += n + strspn(path + n, "/");
		*ret_cut |= is_opaque(at);
		int next = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (next < 0 && (errno == ENOTDIR || errno == ELOOP)) {
			*ret_cut = true;
			return -ENOENT;
		}
		fd_close(&at);
		at = next;
	}
	return at < 0 ? -errno : TAKE_FD(at);
}

/* The uppermost directory of that path in the layers below, or -ENOENT. */
static int open_below(const struct layer_settle *s, const char *path)
{
	bool cut = false;

	for (size_t i = strv_length(s->below); i > 0 && !cut; i--) {
		_cleanup_close_ int root = openat(s->layers, s->below[i - 1],
						  O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		int fd = root < 0 ? -errno : walk(root, path, &cut);

		if (fd != -ENOENT || root < 0)
			return fd;
	}
	return -ENOENT;
}

/* The path of an open directory of the layer, without the links that may have led to it. */
static int real_path(int root, int dir, char ret[PATH_MAX])
{
	char name[FD_PATH_MAX], base[PATH_MAX];
	ssize_t n_base = readlink(fd_path(root, name), base, sizeof(base) - 1);
	ssize_t n = readlink(fd_path(dir, name), ret, PATH_MAX - 1);

	if (n < 0 || n_base < 0)
		return -errno;
	ret[n] = base[n_base] = 0;
	const char *rest = str_after(ret, base);
	if (!rest || (*rest && *rest != '/'))
		return -EXDEV;
	rest += strspn(rest, "/");
	memmove(ret, rest, strlen(rest) + 1);
	return 0;
}

/*
 * Opens the directory below `dir` in the lower layers, or -ENOENT. If `dir` is opaque, that hides the lower contents
 * (`contents`), but not the metadata of the lower directory.
 */
static int open_counterpart(const struct layer_settle *s, int dir, bool contents)
{
	bool cut = contents && is_opaque(dir);
	char path[PATH_MAX];
	int r = real_path(s->staging, dir, path);

	if (r < 0)
		return r;
	_cleanup_close_ int same = walk(s->staging, path, &cut);
	return same < 0 ? same : cut ? -ENOENT : open_below(s, path);
}

static int open_noted(const struct layer_settle *s, const char *path)
{
	return path_open_in(s->staging, *path ? path : ".", O_RDONLY | O_DIRECTORY, 0, 0);
}

/* The directory was removed or replaced after the note. */
static bool has_gone(int r)
{
	return r == -ENOENT || r == -ENOTDIR || r == -ELOOP;
}

/* "INODE:PATH" */
static int settle_dir(const struct layer_settle *s, const char *note)
{
	char *path;
	uintmax_t inode = strtoumax(note, &path, 10);
	struct stat st;

	if (*path != ':')
		return -EBADMSG;
	_cleanup_close_ int dir = open_noted(s, path + 1);
	if (dir < 0)
		return has_gone(dir) ? 0 : dir;
	if (fstat(dir, &st) < 0)
		return -errno;
	if (st.st_ino != inode)
		return 0;
	_cleanup_close_ int below = open_counterpart(s, dir, false);
	if (below < 0)
		return below == -ENOENT || below == -ENAMETOOLONG ? 0 : below;
	return tree_copy_metadata(below, dir);
}

static int enter(const struct layer_settle *s, struct noted_dir *d, const char *path, size_t length)
{
	if (d->path && strlen(d->path) == length && memcmp(d->path, path, length) == 0)
		return 0;
	noted_dir_done(d);
	d->path = strndup(path, length);
	if (!d->path)
		return -ENOMEM;
	d->fd = open_noted(s, d->path);
	if (d->fd < 0)
		return has_gone(d->fd) ? 0 : d->fd;
	_cleanup_close_ int below = open_counterpart(s, d->fd, true);
	/* The path may be too long for the lookup: a visible mark is better than a visible deleted file. */
	d->merged = below >= 0 || below == -ENAMETOOLONG;
	return d->merged || below == -ENOENT ? 0 : below;
}

static int settle_whiteout(const struct layer_settle *s, struct noted_dir *d, const char *path)
{
	const char *name = path_last(path);
	struct stat st;
	int r = enter(s, d, path, name > path ? (size_t)(name - path - 1) : 0);

	if (r < 0 || d->fd < 0 || d->merged || !layer_has_whiteout(d->fd, name))
		return r;
	if (fstat(d->fd, &st) < 0 || unlinkat(d->fd, name, 0) < 0)
		return -errno;
	const struct timespec times[] = {st.st_atim, st.st_mtim};
	return futimens(d->fd, times) < 0 ? -errno : 0;
}

/* 1 and the next record, 0 at the end. */
static int next_note(FILE *notes, char note[NOTE_MAX])
{
	size_t n = 0;
	int c;

	while ((c = getc_unlocked(notes)) != EOF && c != 0) {
		note[n++] = (char)c;
		if (n == NOTE_MAX)
			return -EBADMSG;
	}
	note[n] = 0;
	if (c == 0)
		return 1;
	return ferror(notes) ? -EIO : n > 0 ? -EBADMSG : 0;
}

static int settle_all(const struct layer_settle *s, FILE *notes)
{
	_cleanup_noted_dir_ struct noted_dir dir = {.fd = -1};
	char note[NOTE_MAX];
	int r;

	while ((r = next_note(notes, note)) > 0) {
		r = *note == 'd'   ? settle_dir(s, note + 1)
		    : *note == 'w' ? settle_whiteout(s, &dir, note + 1)
				   : -EBADMSG;
		if (r < 0)
			return r;
	}
	return r;
}

int layer_settle(const struct layer_settle *s, struct masu_error *err)
{
	int own = fcntl(s->notes, F_DUPFD_CLOEXEC, 0);
	FILE *notes = own < 0 || lseek(own, 0, SEEK_SET) < 0 ? NULL : fdopen(own, "r");

	if (!notes) {
		int r = err_sys(err, errno, "compare the layer with those below");

		fd_close(&own);
		return r;
	}
	int r = settle_all(s, notes);
	(void)fclose(notes); /* nothing was written to it */
	return r < 0 ? err_sys(err, r, "compare the layer with those below") : 0;
}

bool layer_settle_root_only(int notes)
{
	char text[32];
	ssize_t n = pread(notes, text, sizeof(text), 0);

	return n > 2 && n < (ssize_t)sizeof(text) && text[n - 2] == ':' &&
	       strnlen(text, sizeof(text)) == (size_t)n - 1;
}
