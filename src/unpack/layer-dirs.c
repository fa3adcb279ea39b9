/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/layer-dirs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "base/fd.h"
#include "base/path.h"

/* As many as the kernel follows in one resolution. */
#define LINKS_MAX 40

/* A link's target behind the path of its directory. */
#define TARGET_MAX (2 * PATH_MAX)

static int get(struct dirs *f, const char *path, size_t length, bool make, int links,
	       struct dir **ret);

void dirs_init(struct dirs *f, int rootfd, struct layer_notes *notes)
{
	*f = (struct dirs){.rootfd = rootfd, .notes = notes};
}

static int drop(struct dir *slot)
{
	const struct timespec times[] = {slot->mtime, slot->mtime};
	int r = futimens(slot->fd, times) < 0 ? -errno : 0;

	fd_close(&slot->fd);
	free(slot->path);
	slot->path = NULL;
	return r;
}

int dirs_flush(struct dirs *f)
{
	int first = 0;

	for (size_t i = 0; i < DIRS_MAX; i++) {
		int r = f->slots[i].path ? drop(&f->slots[i]) : 0;

		if (r < 0 && first == 0)
			first = r;
	}
	return first;
}

static struct dir *find(struct dirs *f, const char *path, size_t length)
{
	for (size_t i = 0; i < DIRS_MAX; i++) {
		struct dir *slot = &f->slots[i];

		if (slot->path && slot->length == length && memcmp(slot->path, path, length) == 0) {
			slot->used = ++f->clock;
			return slot;
		}
	}
	return NULL;
}

/*
 * Chooses the slot for a directory that was just opened: the slot that has it under another name (by a link), since only
 * that one knows the right time; or the least recently used one.
 */
static int choose_slot(struct dirs *f, const struct stat *st, struct dir **ret)
{
	struct dir *oldest = &f->slots[0];

	for (size_t i = 0; i < DIRS_MAX; i++) {
		struct dir *slot = &f->slots[i];

		if (slot->path && slot->ino == st->st_ino && slot->dev == st->st_dev) {
			*ret = slot;
			return 0;
		}
		if (oldest->path && (!slot->path || slot->used < oldest->used))
			oldest = slot;
	}
	*ret = oldest;
	return oldest->path ? drop(oldest) : 0;
}

/* Puts an open directory into the cache, which owns `fd` from then on, also on failure. */
static int keep(struct dirs *f, const char *path, size_t length, int fd, struct dir **ret)
{
	_cleanup_close_ int owned = fd;
	_cleanup_free_ char *copy = strndup(path, length);
	struct dir *slot;
	struct stat st;

	if (!copy)
		return -ENOMEM;
	if (fstat(fd, &st) < 0)
		return -errno;
	int r = choose_slot(f, &st, &slot);
	if (r < 0)
		return r;
	if (slot->path) {
		free(slot->path);
	} else {
		*slot = (struct dir){
			.fd = TAKE_FD(owned),
			.dev = st.st_dev,
			.ino = st.st_ino,
			.uid = st.st_uid,
			.gid = st.st_gid,
			.mode = st.st_mode & 07777,
			.mtime = st.st_mtim,
		};
	}
	slot->path = TAKE_PTR(copy);
	slot->length = length;
	slot->used = ++f->clock;
	*ret = slot;
	return 0;
}

int dir_set_opaque(int fd)
{
	return fsetxattr(fd, "user.overlay.opaque", "y", 1, 0) < 0 ? -errno : 0;
}

int dir_replace(struct layer_notes *notes, int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	layer_notes_described(notes, st.st_ino);
	return dir_set_opaque(fd);
}

/* -EEXIST if the name is not a directory. *ret_hides: the lower directory is not merged. */
static int make_and_open(struct dir *parent, const char *name, mode_t mode, bool *ret_hides)
{
	bool hidden = false;

	while (mkdirat(parent->fd, name, mode) < 0) {
		if (errno != EEXIST)
			return -errno;
		if (hidden || !layer_has_whiteout(parent->fd, name))
			break;
		hidden = true;
		if (unlinkat(parent->fd, name, 0) < 0)
			return -errno;
	}
	_cleanup_close_ int fd = openat(parent->fd, name,
					O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOTDIR || errno == ELOOP ? -EEXIST : -errno;
	int r = hidden ? dir_set_opaque(fd) : 0;
	*ret_hides = hidden;
	return r < 0 ? r : TAKE_FD(fd);
}

static const char *split(const char *path, size_t length, size_t *ret_parent)
{
	const char *slash = memrchr(path, '/', length);

	*ret_parent = slash ? (size_t)(slash - path) : 0;
	return slash ? slash + 1 : path;
}

/*
 * Reads the link `name` in `parent`, and joins it to the path of that directory, which is `prefix` bytes long.
 * Returns the length, or -errno: -ENOTDIR if it is not a link.
 */
static int read_target(const struct dir *parent, const char *name, const char *path, size_t prefix,
		       char ret[TARGET_MAX])
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(parent->fd, name, target, sizeof(target) - 1);

	if (n < 0)
		return errno == EINVAL ? -ENOTDIR : -errno;
	target[n] = 0;
	int length = *target == '/'
			     ? snprintf(ret, TARGET_MAX, "%s", target)
			     : snprintf(ret, TARGET_MAX, "%.*s/%s", (int)prefix, path, target);
	return length < 0 || length >= TARGET_MAX ? -ENAMETOOLONG : length;
}

/* The properties do not depend on what a directory inherits: the same layer always becomes the same tree. */
static int describe_by_default(struct dir *dir)
{
	if ((dir->mode != 0755 || dir->gid != 0) &&
	    (fchown(dir->fd, 0, 0) < 0 || fchmod(dir->fd, 0755) < 0))
		return -errno;
	dir->uid = dir->gid = 0;
	dir->mode = 0755;
	dir->mtime = (struct timespec){0};
	return 0;
}

/* Creates a directory whose parent exists. */
static int make_one(struct dirs *f, const char *path, size_t length, int links, struct dir **ret)
{
	char name[NAME_MAX + 1], target[TARGET_MAX];
	size_t parent_length;
	const char *last = split(path, length, &parent_length);
	size_t n = length - (size_t)(last - path);
	struct dir *parent;
	bool hides;

	if (n > NAME_MAX)
		return -ENAMETOOLONG;
	memcpy(name, last, n);
	name[n] = 0;
	int r = get(f, path, parent_length, false, links, &parent);
	if (r < 0)
		return r;
	int fd = make_and_open(parent, name, 0755, &hides);
	if (fd == -EEXIST) {
		r = read_target(parent, name, path, parent_length, target);
		if (r < 0)
			return r;
		return links < LINKS_MAX ? get(f, target, (size_t)r, true, links + 1, ret) : -ELOOP;
	}
	r = fd < 0 ? fd : keep(f, path, length, fd, ret);
	if (r < 0)
		return r;
	r = describe_by_default(*ret);
	if (r < 0)
		return r;
	return hides ? 0 : layer_notes_implied(f->notes, (*ret)->ino, path, length);
}

/* ENOTDIR: the name may be the mark of a deletion, which is replaced. */
static bool is_missing(int r)
{
	return r == -ENOENT || r == -ENOTDIR;
}

/* From the root down, so that a path with very many parts needs no more stack than a short one. */
static int make_missing(struct dirs *f, const char *path, size_t length, int links,
			struct dir **ret)
{
	int r = -ENOENT;

	for (size_t end = 1; end <= length; end++) {
		if ((end < length && path[end] != '/') || path[end - 1] == '/')
			continue;
		r = get(f, path, end, false, links, ret);
		if (is_missing(r))
			r = make_one(f, path, end, links, ret);
		if (r < 0)
			return r;
	}
	return r;
}

static int get(struct dirs *f, const char *path, size_t length, bool make, int links,
	       struct dir **ret)
{
	struct dir *found = find(f, path, length);

	if (found) {
		*ret = found;
		return 0;
	}
	_cleanup_free_ char *copy = length ? strndup(path, length) : strdup(".");
	if (!copy)
		return -ENOMEM;
	int fd = path_open_in(f->rootfd, copy, O_RDONLY | O_DIRECTORY, 0, 0);
	if (is_missing(fd) && make && length > 0)
		return make_missing(f, copy, length, links, ret);
	return fd < 0 ? fd : keep(f, path, length, fd, ret);
}

int dirs_get(struct dirs *f, const char *path, size_t length, bool make, struct dir **ret)
{
	return get(f, path, length, make, 0, ret);
}

int dirs_make(struct dirs *f, const char *path, mode_t mode, struct dir **ret)
{
	size_t length = strlen(path), parent_length;
	const char *name = split(path, length, &parent_length);
	struct dir *parent;
	bool hides;
	int r;

	if (length == 0) {
		r = dirs_get(f, "", 0, false, ret);
	} else {
		r = dirs_get(f, path, parent_length, true, &parent);
		if (r < 0)
			return r;
		int fd = make_and_open(parent, name, mode, &hides);
		r = fd < 0 ? fd : keep(f, path, length, fd, ret);
	}
	if (r < 0)
		return r;
	layer_notes_described(f->notes, (*ret)->ino);
	return 0;
}
