/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/layer-write.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/path.h"
#include "base/str.h"
#include "unpack/layer-attr.h"

#define WHITEOUT_PREFIX	     ".wh."
#define WHITEOUT_META_PREFIX ".wh..wh."
#define WHITEOUT_OPAQUE	     ".wh..wh..opq"

/*
 * AUFS kept files with several names in this directory. Entries of the layer may be hard links to them, so they are
 * created, and removed at the end.
 */
#define AUFS_LINKS ".wh..wh.plnk"

/* For a file of this size or more, the free space is checked before its first byte is written. */
#define CHECK_SPACE_FROM (1024 * 1024)

/* An entry with its name in normal form, split at the last slash. */
struct entry_path {
	const char *path;
	size_t dir_length;
	const char *name;
};

int layer_writer_init(struct layer_writer *w, int rootfd, int notes,
		      const struct layer_policy *policy)
{
	struct stat st;

	layer_notes_init(&w->notes, notes);
	dirs_init(&w->dirs, rootfd, &w->notes);
	w->policy = *policy;
	w->counts = (struct layer_counts){0};
	w->has_aufs_links = false;
	return fstat(rootfd, &st) < 0 ? -errno : layer_notes_implied(&w->notes, st.st_ino, "", 0);
}

/* dirs_get() keeps the root's time in the cache, from which it is set later. */
static int remove_aufs_links(struct layer_writer *w)
{
	struct dir *root;

	if (!w->has_aufs_links)
		return 0;
	int r = dirs_get(&w->dirs, "", 0, false, &root);
	return r < 0 ? r : file_remove_tree(root->fd, AUFS_LINKS);
}

int layer_writer_done(struct layer_writer *w, struct masu_error *err)
{
	int p = remove_aufs_links(w), r = dirs_flush(&w->dirs);
	int q = layer_notes_done(&w->notes);

	if (p < 0)
		return err_sys(err, p, "remove '" AUFS_LINKS "'");
	if (r < 0)
		return err_sys(err, r, "set the times of directories");
	return q < 0 ? err_sys(err, q, "note what depends on the layers below") : 0;
}

static int refuse(struct masu_error *err, const char *why)
{
	return err_set(err, ERR_INVALID, EBADMSG, "%s", why);
}

/* Checks a part of a name: it must not be "..", and no directory may have the name of a deletion. */
static int check_part(const char *part, size_t n, bool first, bool last, struct masu_error *err)
{
	if (path_part_is_up(part, n))
		return refuse(err, "its name has a part '..'");
	if (n > NAME_MAX)
		return err_set(err, ERR_INVALID, ENAMETOOLONG, "its name has a part over %d bytes",
			       NAME_MAX);
	if (!last && str_after(part, WHITEOUT_PREFIX) &&
	    !(first && str_after(part, WHITEOUT_META_PREFIX)))
		return refuse(err, "its directory has the name of a deletion");
	return 0;
}

/* The normal form: no slash at either end, no empty parts and no "."; "" is the root. */
static int normalize(const char *name, char ret[PATH_MAX], struct masu_error *err)
{
	size_t used = 0, n;

	for (const char *part; (part = path_next_part(&name, &n)); used += n) {
		int r = check_part(part, n, used == 0, !*name, err);

		if (r < 0)
			return r;
		if (used + n + 2 > PATH_MAX)
			return err_set(err, ERR_INVALID, ENAMETOOLONG,
				       "its name is longer than %d bytes", PATH_MAX - 1);
		if (used > 0)
			ret[used++] = '/';
		memcpy(ret + used, part, n);
	}
	ret[used] = 0;
	return 0;
}

static struct entry_path split(const char *path)
{
	const char *name = path_last(path);

	return (struct entry_path){
		.path = path,
		.dir_length = name > path ? (size_t)(name - path) - 1 : 0,
		.name = name,
	};
}

/*
 * Removes the file or tree that has the name of a new entry. The cache may contain directories below it, so it is emptied.
 */
static int make_room(struct layer_writer *w, const struct entry_path *at)
{
	struct dir *dir;
	int r = dirs_flush(&w->dirs);

	if (r < 0)
		return r;
	r = dirs_get(&w->dirs, at->path, at->dir_length, false, &dir);
	return r < 0 ? r : file_remove_tree(dir->fd, at->name);
}

static int check_space(struct layer_writer *w, uint64_t size, struct masu_error *err)
{
	uint64_t free_bytes;

	if (size < CHECK_SPACE_FROM || file_free_space(w->dirs.rootfd, &free_bytes) < 0)
		return 0;
	if (size <= free_bytes)
		return 0;
	return err_set(err, ERR_NO_SPACE, ENOSPC, "it needs %llu MiB, and %llu MiB are free",
		       (unsigned long long)(size >> 20), (unsigned long long)(free_bytes >> 20));
}

static int write_at(int fd, const char *bytes, size_t size, uint64_t offset)
{
	while (size > 0) {
		ssize_t n = pwrite(fd, bytes, size, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		bytes += n;
		size -= (size_t)n;
		offset += (uint64_t)n;
	}
	return 0;
}

int layer_write_data(int fd, const struct layer_entry *e, struct layer_reader *reader,
		     struct masu_error *err)
{
	uint64_t offset, end = 0;
	const void *bytes;
	size_t size;
	int r;

	while ((r = layer_reader_block(reader, &bytes, &size, &offset, err)) > 0) {
		if (offset < end || offset > e->size || size > e->size - offset)
			return refuse(err, "its data do not fit its size");
		r = write_at(fd, bytes, size, offset);
		if (r < 0)
			return err_sys(err, r, "write %llu bytes", (unsigned long long)e->size);
		end = offset + size;
	}
	if (r < 0)
		return r;
	if (end < e->size && ftruncate(fd, (off_t)e->size) < 0)
		return err_sys(err, errno, "extend to %llu bytes", (unsigned long long)e->size);
	return 0;
}

/* A directory could not be created, or marked as opaque. */
static int no_dir(int r, struct masu_error *err)
{
	if (r != -EOPNOTSUPP)
		return err_sys(err, r, "create its directory");
	(void)err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
		      "it replaces a directory, and the store's file system has no user extended "
		      "attributes to mark that");
	return err_hint(err, "set MASU_DATA_DIR to a directory on another file system: ext4, xfs, "
			     "btrfs, or tmpfs since Linux 6.6");
}

static int make_file(struct layer_writer *w, struct dir *dir, const struct entry_path *at,
		     const struct layer_entry *e, struct layer_reader *reader,
		     struct masu_error *err)
{
	_cleanup_close_ int fd = openat(dir->fd, at->name,
					O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
					e->mode & 0777);

	if (fd < 0)
		return errno == EEXIST ? -EEXIST : err_sys(err, errno, "create the file");
	if (e->size > 0) {
		int r = check_space(w, e->size, err);
		if (r < 0)
			return r;
		r = layer_write_data(fd, e, reader, err);
		if (r < 0)
			return r;
	}
	const struct layer_made made = {
		.fd = fd,
		.gid = dir->mode & S_ISGID ? dir->gid : 0,
		.mode = e->mode & 0777,
	};
	return layer_set_attributes(&w->policy, &w->counts, e, &made, err);
}

static int make_hard_link(struct layer_writer *w, const struct entry_path *at,
			  const struct layer_entry *e, struct masu_error *err)
{
	char path[PATH_MAX], quoted[LAYER_QUOTE_MAX];
	struct dir *dir, *target_dir;
	int r = normalize(e->link, path, err);

	if (r < 0)
		return r;
	if (streq(path, at->path))
		return 0; /* tar writes this for a file that it was given twice */
	struct entry_path target = split(path);
	if (!*path)
		return refuse(err, "it is a hard link to the root");
	r = dirs_get(&w->dirs, at->path, at->dir_length, true, &dir);
	if (r < 0)
		return no_dir(r, err);
	/* Looked up last: it reuses at most one slot of the cache, and never the newest one. */
	r = dirs_get(&w->dirs, path, target.dir_length, false, &target_dir);
	if (r < 0)
		return err_sys(err, r, "hard link to '%s'", layer_quote(e->link, quoted));
	if (linkat(target_dir->fd, target.name, dir->fd, at->name, 0) == 0)
		return 0;
	return errno == EEXIST
		       ? -EEXIST
		       : err_sys(err, errno, "hard link to '%s'", layer_quote(e->link, quoted));
}

/* FIFOs and symbolic links, which are created by name and never opened. */
static int make_special(struct layer_writer *w, struct dir *dir, const struct entry_path *at,
			const struct layer_entry *e, struct masu_error *err)
{
	int r;

	if (S_ISLNK(e->mode))
		r = symlinkat(e->link ? e->link : "", dir->fd, at->name);
	else
		r = mkfifoat(dir->fd, at->name, e->mode & 07777);
	if (r < 0)
		return errno == EEXIST ? -EEXIST : err_sys(err, errno, "create it");
	const struct layer_made made = {
		.fd = -1,
		.dirfd = dir->fd,
		.name = at->name,
		.gid = dir->mode & S_ISGID ? dir->gid : 0,
		.mode = e->mode & 07777,
	};
	return layer_set_attributes(&w->policy, &w->counts, e, &made, err);
}

static int make_dir(struct layer_writer *w, const struct entry_path *at,
		    const struct layer_entry *e, struct masu_error *err)
{
	struct dir *dir;
	int r = dirs_make(&w->dirs, at->path, e->mode & 0777, &dir);

	if (r < 0)
		return r == -EEXIST ? r : no_dir(r, err);
	const struct layer_made made = {
		.fd = dir->fd,
		.uid = dir->uid,
		.gid = dir->gid,
		.mode = dir->mode,
		.is_dir = true,
	};
	r = layer_set_attributes(&w->policy, &w->counts, e, &made, err);
	if (r < 0)
		return r;
	if (!w->policy.single_id) {
		dir->uid = e->uid;
		dir->gid = e->gid;
	}
	dir->mode = e->mode & 07777;
	dir->mtime = e->mtime;
	return 0;
}

/*
 * An entry of this layer with that name stays, since a deletion is about the layers below. A directory with that name is
 * not merged with the lower one.
 */
static int make_whiteout(struct layer_writer *w, struct dir *dir, const struct entry_path *at,
			 const char *name, struct masu_error *err)
{
	int r = mknodat(dir->fd, name, S_IFCHR, makedev(0, 0)) < 0 ? -errno : 0;

	if (r == 0)
		r = layer_notes_whiteout(&w->notes, at->path, at->dir_length, name);
	if (r != -EEXIST)
		return r < 0 ? err_sys(err, r, "create the mark of a deletion") : 0;
	_cleanup_close_ int fd = openat(dir->fd, name,
					O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	r = fd >= 0 ? dir_replace(&w->notes, fd) : 0;
	return r < 0 ? no_dir(r, err) : 0;
}

/* AUFS kept files of its own under such names in the root. They do not delete anything. */
static bool is_of_aufs(const char *path)
{
	return str_after(path, WHITEOUT_META_PREFIX) && !streq(path, WHITEOUT_OPAQUE);
}

/* Entries whose last part begins with ".wh.". */
static int make_deletion(struct layer_writer *w, const struct entry_path *at,
			 struct masu_error *err)
{
	const char *name = at->name + strlen(WHITEOUT_PREFIX);
	bool opaque = streq(at->name, WHITEOUT_OPAQUE);
	struct dir *dir;

	if (!opaque && str_after(at->name, WHITEOUT_META_PREFIX))
		return 0; /* a file of AUFS in another directory than the root */
	if (!*name || streq(name, ".") || streq(name, ".."))
		return refuse(err, "it deletes an invalid name");
	int r = dirs_get(&w->dirs, at->path, at->dir_length, true, &dir);
	if (r < 0)
		return no_dir(r, err);
	if (!opaque)
		return make_whiteout(w, dir, at, name, err);
	r = dir_set_opaque(dir->fd);
	return r < 0 ? no_dir(r, err) : 0;
}

static int make_root(struct layer_writer *w, const struct entry_path *at,
		     const struct layer_entry *e, struct masu_error *err)
{
	if (e->hard_link || !S_ISDIR(e->mode))
		return refuse(err, "the layer's root must be a directory");
	return make_dir(w, at, e, err);
}

/* -EEXIST if another file must be removed first. */
static int make_entry(struct layer_writer *w, const struct entry_path *at,
		      const struct layer_entry *e, struct layer_reader *reader,
		      struct masu_error *err)
{
	struct dir *dir;

	if (e->hard_link)
		return make_hard_link(w, at, e, err);
	if (S_ISDIR(e->mode))
		return make_dir(w, at, e, err);
	if (!S_ISREG(e->mode) && !S_ISLNK(e->mode) && !S_ISFIFO(e->mode))
		return refuse(err, "it is of an unknown type");
	int r = dirs_get(&w->dirs, at->path, at->dir_length, true, &dir);
	if (r < 0)
		return no_dir(r, err);
	return S_ISREG(e->mode) ? make_file(w, dir, at, e, reader, err)
				: make_special(w, dir, at, e, err);
}

/* Returns whether the entry is not created, and counts it for a notice. */
static bool is_left_out(struct layer_writer *w, const struct layer_entry *e)
{
	if (e->hard_link)
		return false;
	if (S_ISSOCK(e->mode)) {
		w->counts.sockets++;
		return true;
	}
	/* A container gets devices from its caller alone; and 0:0 would be the mark of a deletion. */
	if (S_ISBLK(e->mode) || S_ISCHR(e->mode)) {
		w->counts.devices++;
		return true;
	}
	return false;
}

static int write_entry(struct layer_writer *w, const struct layer_entry *e,
		       struct layer_reader *reader, struct masu_error *err)
{
	char path[PATH_MAX];
	int r = normalize(e->name, path, err);

	if (r < 0)
		return r;
	struct entry_path at = split(path);
	if (!*path)
		return make_root(w, &at, e, err);
	if (is_of_aufs(path)) {
		if (e->hard_link || !S_ISREG(e->mode) || !str_after(path, AUFS_LINKS "/"))
			return 0;
		w->has_aufs_links = true;
	} else if (str_after(at.name, WHITEOUT_PREFIX)) {
		return make_deletion(w, &at, err);
	}
	if (is_left_out(w, e))
		return 0;
	r = make_entry(w, &at, e, reader, err);
	if (r == -EEXIST && !err->code) {
		r = make_room(w, &at);
		if (r < 0)
			return err_sys(err, r, "replace another entry");
		r = make_entry(w, &at, e, reader, err);
	}
	return r < 0 && !err->code ? err_sys(err, r, "create it") : r;
}

int layer_write(struct layer_writer *w, const struct layer_entry *e, struct layer_reader *reader,
		struct masu_error *err)
{
	char quoted[LAYER_QUOTE_MAX];
	int r = write_entry(w, e, reader, err);

	return r < 0 ? err_prefix(err, "entry '%s'", layer_quote(e->name, quoted)) : 0;
}
