/* SPDX-License-Identifier: Apache-2.0 */
#include "files/putter.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/log.h"
#include "base/path.h"
#include "files/target.h"
#include "unpack/inflate.h"

/* Directories get their attributes when all is in them: at most so many. */
#define MADE_DIRS_MAX 1000000

/* An entry's place below the target. */
struct spot {
	const char *path; /* "" for the target itself */
	const char *name; /* the last part */
	size_t parent_length;
};

static int source(void *arg, const void **ret, size_t *ret_size, struct masu_error *err)
{
	struct putter *p = arg;
	ssize_t n = inflate_read(p->inflate, p->buffer, PUTTER_BUFFER_SIZE, err);

	if (n < 0)
		return (int)n;
	*ret = p->buffer;
	*ret_size = (size_t)n;
	return 0;
}

static int refuse(struct masu_error *err, const char *why)
{
	return err_set(err, ERR_INVALID, EBADMSG, "%s", why);
}

/* No slash at either end, no empty part and no ".": "" is the root of the archive. */
static int normalize(const char *name, char **ret, struct masu_error *err)
{
	_cleanup_free_ char *path = malloc(strlen(name) + 1);
	size_t used = 0, n;

	if (!path)
		return err_oom(err);
	for (const char *part; (part = path_next_part(&name, &n)); used += n) {
		if (path_part_is_up(part, n))
			return refuse(err, "its name has a part \"..\"");
		if (used > 0)
			path[used++] = '/';
		memcpy(path + used, part, n);
	}
	path[used] = 0;
	*ret = TAKE_PTR(path);
	return 0;
}

/* The place of a tree is known when its first entry shows its type. */
static int choose_place(struct putter *p, const char *first, bool is_dir, struct masu_error *err)
{
	const struct target *t = &p->target;

	p->tree = strdup(first);
	if (!p->tree)
		return err_oom(err);
	if (!t->name) {
		p->rename = is_dir && p->put->contents ? "" : p->put->name;
		return 0;
	}
	if (!is_dir && t->is_directory)
		return err_set(err, ERR_NOT_FOUND, ENOENT, "directory \"%s\" not found",
			       p->put->path);
	if (is_dir && t->exists && !p->put->overwrite)
		return err_set(err, ERR_CONFLICT, ENOTDIR,
			       "a directory cannot replace the file \"%s\"", p->put->path);
	p->rename = t->name;
	return 0;
}

/* The path below the target of a name in the archive. */
static int find_path(struct putter *p, const char *name, bool is_dir, char **ret,
		     struct masu_error *err)
{
	_cleanup_free_ char *path = NULL;
	int r = normalize(name, &path, err);

	if (r < 0)
		return r;
	if (!p->put->name) {
		*ret = TAKE_PTR(path);
		return 0;
	}
	r = p->tree ? 0 : choose_place(p, path, is_dir, err);
	if (r < 0)
		return r;
	const char *rest = str_after(path, p->tree);
	if (!rest || (*rest && *rest != '/' && *p->tree))
		return refuse(err, "it is not in the tree that is copied");
	char *moved = path_join(p->rename, *rest == '/' ? rest + 1 : rest);
	if (!moved)
		return err_oom(err);
	size_t n = strlen(moved);
	if (n > 0 && moved[n - 1] == '/') /* the tree itself */
		moved[n - 1] = 0;
	*ret = moved;
	return 0;
}

static struct spot split(const char *path)
{
	const char *name = path_last(path);

	return (struct spot){.path = path,
			     .name = name,
			     .parent_length = name > path ? (size_t)(name - path) - 1 : 0};
}

static int open_below(const struct putter *p, const char *path)
{
	int fd = path_open_in(p->target.dir, *path ? path : ".", O_PATH | O_DIRECTORY, 0,
			      PATH_BENEATH | PATH_NO_SYMLINKS);

	if (fd != -ELOOP || p->on_host || p->put->name)
		return fd;
	/* As if it were unpacked in the container. */
	_cleanup_free_ char *whole = path_join(p->target.path, path);
	return whole ? path_open_in(p->root, whole, O_PATH | O_DIRECTORY, 0, 0) : -ENOMEM;
}

/* The directory of an entry. Archives are sorted by directory, so the last one is kept. */
static int enter(struct putter *p, const struct spot *at)
{
	_cleanup_free_ char *path = strndup(at->path, at->parent_length);

	if (!path)
		return -ENOMEM;
	if (p->parent >= 0 && streq(p->parent_path, path))
		return 0;
	fd_close(&p->parent);
	free(p->parent_path);
	p->parent_path = TAKE_PTR(path);
	p->parent = open_below(p, p->parent_path);
	if (p->parent == -ENOENT && *p->parent_path) {
		_cleanup_close_ int made = path_mkdir_in(p->target.dir, p->parent_path, 0755);
		p->parent = made < 0 ? made : open_below(p, p->parent_path);
	}
	return MIN(p->parent, 0);
}

/* The host would miss its /dev/null. */
static int spare_device(const struct putter *p, const struct stat *st, struct masu_error *err)
{
	return p->on_host && (S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode))
		       ? err_set(err, ERR_CONFLICT, EEXIST, "it cannot replace a device")
		       : 0;
}

/*
 * Removes the file that has the name of a new one. 1 if it cannot be removed, but perhaps written to: another file is
 * mounted on it, or its directory is read-only.
 */
static int make_room(const struct putter *p, const struct spot *at, struct masu_error *err)
{
	struct stat st;

	if (fstatat(p->parent, at->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : err_sys(err, errno, "examine it");
	if (S_ISDIR(st.st_mode) && !p->put->overwrite)
		return err_set(err, ERR_CONFLICT, EISDIR, "it cannot replace a directory");
	int r = spare_device(p, &st, err);
	if (r < 0)
		return r;
	r = S_ISDIR(st.st_mode)			   ? file_remove_tree(p->parent, at->name)
	    : unlinkat(p->parent, at->name, 0) < 0 ? -errno
						   : 0;
	if (r == -EBUSY || r == -EROFS)
		return 1;
	return r < 0 && r != -ENOENT ? err_sys(err, r, "replace it") : 0;
}

/* On the host, a set-id bit or a file capability would give the caller's rights to a program of the container. */
static void disarm(struct layer_entry *e)
{
	size_t n = 0;

	e->mode &= ~(mode_t)(S_ISUID | S_ISGID);
	for (size_t i = 0; i < e->n_xattrs; i++)
		if (str_after(e->xattrs[i].name, "user."))
			e->xattrs[n++] = e->xattrs[i];
	e->n_xattrs = n;
}

static int set_attributes(struct putter *p, struct layer_entry e, struct layer_made made,
			  struct masu_error *err)
{
	struct stat st;
	int r = made.fd >= 0 ? fstat(made.fd, &st)
			     : fstatat(made.dirfd, made.name, &st, AT_SYMLINK_NOFOLLOW);

	if (r < 0)
		return err_sys(err, errno, "examine it");
	made.uid = st.st_uid;
	made.gid = st.st_gid;
	made.mode = st.st_mode & 07777;
	if (!p->put->owners) {
		e.uid = made.uid;
		e.gid = made.gid;
	}
	if (p->on_host)
		disarm(&e);
	return layer_set_attributes(&p->policy, &p->counts, &e, &made, err);
}

/* A file on which another is mounted cannot be replaced: its contents are. */
static int open_mounted(const struct putter *p, const struct spot *at)
{
	_cleanup_close_ int fd = openat(p->parent, at->name,
					O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EBUSY;
	return ftruncate(fd, 0) < 0 ? -errno : TAKE_FD(fd);
}

static int put_file(struct putter *p, const struct spot *at, const struct layer_entry *e,
		    struct layer_reader *reader, struct masu_error *err)
{
	int mounted = make_room(p, at, err);

	if (mounted < 0)
		return mounted;
	_cleanup_close_ int fd =
		mounted ? open_mounted(p, at)
			: openat(p->parent, at->name,
				 O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_sys(err, mounted ? fd : errno, "create the file");
	int r = layer_write_data(fd, e, reader, err);
	if (r == 0 && !mounted)
		r = set_attributes(p, *e, (struct layer_made){.fd = fd}, err);
	if (r < 0 && !mounted)
		(void)unlinkat(p->parent, at->name, 0); /* a part is worse than nothing */
	return r;
}

static int put_special(struct putter *p, const struct spot *at, const struct layer_entry *e,
		       struct masu_error *err)
{
	int r = make_room(p, at, err);

	if (r != 0)
		return r < 0 ? r : err_sys(err, EBUSY, "replace it");
	r = S_ISLNK(e->mode) ? symlinkat(str_or_empty(e->link), p->parent, at->name)
			     : mkfifoat(p->parent, at->name, 0600);
	if (r < 0)
		return err_sys(err, errno, "create it");
	return set_attributes(
		p, *e, (struct layer_made){.fd = -1, .dirfd = p->parent, .name = at->name}, err);
}

static int put_hard_link(struct putter *p, const struct spot *at, const struct layer_entry *e,
			 struct masu_error *err)
{
	_cleanup_free_ char *path = NULL;
	int r = find_path(p, e->link, false, &path, err);

	if (r < 0)
		return r;
	if (streq(path, at->path))
		return 0; /* tar writes this for a file that it was given twice */
	const struct spot from = split(path);
	_cleanup_free_ char *dir = strndup(path, from.parent_length);
	_cleanup_close_ int fd = dir ? open_below(p, dir) : -ENOMEM;
	r = fd < 0 ? err_sys(err, fd, "link it") : make_room(p, at, err);
	if (r != 0)
		return r < 0 ? r : err_sys(err, EBUSY, "replace it");
	return linkat(fd, from.name, p->parent, at->name, 0) < 0 ? err_sys(err, errno, "link it")
								 : 0;
}

static int remember(struct putter *p, const char *path, const struct layer_entry *e)
{
	if (p->n_dirs == MADE_DIRS_MAX)
		return -E2BIG;
	if (p->n_dirs == p->room) {
		struct made_dir *grown = reallocarray(p->dirs, p->room * 2 + 64, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		p->dirs = grown;
		p->room = p->room * 2 + 64;
	}
	char *copy = strdup(path);
	if (!copy)
		return -ENOMEM;
	p->dirs[p->n_dirs++] = (struct made_dir){
		.path = copy, .mode = e->mode, .uid = e->uid, .gid = e->gid, .mtime = e->mtime};
	return 0;
}

/* The attributes that the archive gives it, but for those that filling it would change or need. */
static int begin_dir(struct putter *p, const struct spot *at, const struct layer_entry *e,
		     struct masu_error *err)
{
	_cleanup_close_ int fd = openat(p->parent, at->name,
					O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct layer_entry open_to_us = *e;

	if (fd < 0)
		return err_sys(err, errno, "open it");
	open_to_us.mode = S_IFDIR | 0700;
	int r = set_attributes(p, open_to_us, (struct layer_made){.fd = fd, .is_dir = true}, err);
	if (r < 0)
		return r;
	r = remember(p, at->path, e);
	return r < 0 ? err_sys(err, r, "remember its attributes") : 0;
}

/* One that exists keeps its attributes, unless those of the archive are wanted. */
static int put_dir(struct putter *p, const struct spot *at, const struct layer_entry *e,
		   struct masu_error *err)
{
	struct stat st;
	int r = mkdirat(p->parent, at->name, 0700);

	if (r == 0)
		return begin_dir(p, at, e, err);
	if (errno != EEXIST)
		return err_sys(err, errno, "create the directory");
	if (fstatat(p->parent, at->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(err, errno, "examine it");
	if (S_ISDIR(st.st_mode)) {
		r = p->put->owners ? remember(p, at->path, e) : 0;
		return r < 0 ? err_sys(err, r, "remember its attributes") : 0;
	}
	if (S_ISLNK(st.st_mode) && !p->on_host && !p->put->name) {
		_cleanup_close_ int fd = open_below(p, at->path);

		if (fd >= 0)
			return 0; /* an archive's "var/run/" through the container's link */
	}
	if (!p->put->overwrite)
		return err_set(err, ERR_CONFLICT, ENOTDIR,
			       "a directory cannot replace another file");
	r = spare_device(p, &st, err);
	if (r < 0)
		return r;
	if (unlinkat(p->parent, at->name, 0) < 0 || mkdirat(p->parent, at->name, 0700) < 0)
		return err_sys(err, errno, "replace it");
	return begin_dir(p, at, e, err);
}

/* Nodes would be a way around what the container may do; sockets are nothing without their process. */
static bool is_left_out(struct putter *p, const struct layer_entry *e)
{
	if (S_ISCHR(e->mode) || S_ISBLK(e->mode))
		p->counts.devices++;
	else if (S_ISSOCK(e->mode))
		p->counts.sockets++;
	else
		return false;
	return true;
}

static int put_entry(struct putter *p, const struct layer_entry *e, struct layer_reader *reader,
		     struct masu_error *err)
{
	_cleanup_free_ char *path = NULL;
	bool is_dir = S_ISDIR(e->mode) && !e->hard_link;
	int r = find_path(p, e->name, is_dir, &path, err);

	if (r < 0)
		return r;
	const struct spot at = split(path);
	if (!*path)
		return is_dir ? 0 : refuse(err, "it has no name");
	if (!e->hard_link && is_left_out(p, e))
		return 0;
	r = enter(p, &at);
	if (r == -ELOOP)
		return err_set(err, ERR_CONFLICT, ELOOP, "a link is in the place of its directory");
	if (r < 0)
		return err_sys(err, r, "open its directory");
	if (e->hard_link)
		return put_hard_link(p, &at, e, err);
	if (is_dir)
		return put_dir(p, &at, e, err);
	if (S_ISREG(e->mode))
		return put_file(p, &at, e, reader, err);
	return S_ISLNK(e->mode) || S_ISFIFO(e->mode) ? put_special(p, &at, e, err)
						     : refuse(err, "it is of an unknown type");
}

static int finish_dir(struct putter *p, const struct made_dir *d, struct masu_error *err)
{
	const struct layer_entry e = {
		.mode = d->mode, .uid = d->uid, .gid = d->gid, .mtime = d->mtime};
	const struct timespec times[] = {d->mtime, d->mtime};
	_cleanup_close_ int fd = path_open_in(p->target.dir, d->path, O_RDONLY | O_DIRECTORY, 0,
					      PATH_BENEATH | PATH_NO_SYMLINKS);

	if (fd < 0)
		return err_sys(err, fd, "open it");
	int r = set_attributes(p, e, (struct layer_made){.fd = fd, .is_dir = true}, err);
	if (r < 0)
		return r;
	return futimens(fd, times) < 0 ? err_sys(err, errno, "set its time") : 0;
}

/* From the last one up: a directory is closed to its owner after all that is in it. */
static int finish_dirs(struct putter *p, struct masu_error *err)
{
	char quoted[LAYER_QUOTE_MAX];

	while (p->n_dirs > 0) {
		const struct made_dir *d = &p->dirs[--p->n_dirs];
		int r = finish_dir(p, d, err);

		if (r < 0)
			return err_prefix(err, "cannot copy \"%s\"", layer_quote(d->path, quoted));
		free(d->path);
	}
	return 0;
}

static int put_all(struct putter *p, struct layer_reader *reader, struct masu_error *err)
{
	char quoted[LAYER_QUOTE_MAX];
	struct layer_entry e;
	int r;

	while ((r = layer_reader_next(reader, &e, err)) > 0) {
		r = put_entry(p, &e, reader, err);
		if (r < 0)
			return err_prefix(err, "cannot copy \"%s\"", layer_quote(e.name, quoted));
	}
	return r < 0 ? r : layer_reader_finish(reader, err);
}

static void notice_left_out(const struct layer_counts *c)
{
	if (c->devices > 0)
		log_notice("device nodes were not copied (%llu)", (unsigned long long)c->devices);
	if (c->owners > 0)
		log_notice("files of other users belong to the copier now (%llu)",
			   (unsigned long long)c->owners);
}

int putter_run(struct putter *p, struct masu_error *err)
{
	struct layer_reader *reader = NULL;
	int r = layer_reader_new(source, p, UINT64_MAX, &reader, err);

	if (r < 0)
		return r;
	r = put_all(p, reader, err);
	layer_reader_free(reader);
	/* Also those of a copy that failed are left as they should be. */
	int q = finish_dirs(p, r < 0 ? NULL : err);
	notice_left_out(&p->counts);
	return r < 0 ? r : q;
}
