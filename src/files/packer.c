/* SPDX-License-Identifier: Apache-2.0 */
#include "files/packer.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/file.h"
#include "base/log.h"
#include "base/path.h"
#include "base/strv.h"
#include "files/linked.h"
#include "files/tar.h"
#include "files/whiteout.h"
#include "linux/mount.h"
#include "unpack/layer-read.h"

#define BUFFER_SIZE  (256 * 1024)

#define MQUEUE_MAGIC 0x19800202 /* in no header of the kernel */

/* Each level holds a descriptor. */
#define DEPTH_MAX    (SANDBOX_FILES_MAX - 64)

#define SEGMENTS_MAX 65536 /* beyond them, holes become zeros */

struct packer {
	const struct pack *pack;
	struct tar_writer tar;
	struct strbuf name; /* of the entry at work */
	unsigned int depth;
	dev_t device; /* of the directory above */
	struct linked linked;
	char *buffer;
	uint64_t changed;  /* files that were cut while they were read */
	uint64_t left_out; /* of a layer */
};

static int fail(const struct packer *p, int code, const char *what, struct masu_error *err)
{
	char quoted[LAYER_QUOTE_MAX];

	return err_sys(err, code, "cannot %s \"%s\"", what,
		       layer_quote(str_or_empty(p->name.text), quoted));
}

static bool is_kept(const char *xattr)
{
	if (strchr(xattr, '='))
		return false;
	return str_after(xattr, "user.") ? !str_after(xattr, "user.overlay.")
					 : streq(xattr, "security.capability");
}

static void free_xattrs(struct tar_xattr *xattrs, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(xattrs[i].name);
		free(xattrs[i].value);
	}
}

static int take_xattr(int fd, const char *name, struct tar_xattr *ret)
{
	ssize_t n = fgetxattr(fd, name, NULL, 0);
	_cleanup_free_ void *value = n < 0 ? NULL : malloc((size_t)n + 1);

	if (n >= 0 && !value)
		return -ENOMEM;
	if (n >= 0)
		n = fgetxattr(fd, name, value, (size_t)n);
	if (n < 0)
		return 0; /* removed or changed meanwhile */
	ret->name = strdup(name);
	if (!ret->name)
		return -ENOMEM;
	ret->value = TAKE_PTR(value);
	ret->size = (size_t)n;
	return 1;
}

static int take_xattrs(int fd, struct tar_xattr *xattrs, size_t *ret_n)
{
	char names[XATTR_LIST_MAX];
	ssize_t size = flistxattr(fd, names, sizeof(names));

	*ret_n = 0;
	for (const char *name = names; size > 0 && name < names + size; name += strlen(name) + 1) {
		if (*ret_n == LAYER_ENTRY_XATTRS_MAX || !is_kept(name))
			continue;
		int r = take_xattr(fd, name, &xattrs[*ret_n]);
		if (r < 0)
			return r;
		*ret_n += (size_t)r;
	}
	return 0;
}

/* The header of the entry at work; `fd` is a file or directory that has attributes, or -1. */
static int put_header(struct packer *p, struct tar_entry *e, int fd)
{
	struct tar_xattr xattrs[LAYER_ENTRY_XATTRS_MAX];
	int r = fd < 0 ? 0 : take_xattrs(fd, xattrs, &e->n_xattrs);

	e->name = p->name.text;
	e->xattrs = xattrs;
	r = r < 0 ? r : tar_header(&p->tar, e);
	free_xattrs(xattrs, e->n_xattrs);
	e->xattrs = NULL;
	return r;
}

/* Writes `length` bytes from `offset` on, zeros for those that are no longer there. */
static int put_data(struct packer *p, int fd, const struct tar_segment *s, bool *cut)
{
	for (uint64_t done = 0; done < s->length;) {
		size_t want = (size_t)MIN(s->length - done, (uint64_t)BUFFER_SIZE);
		ssize_t n = *cut ? 0 : pread(fd, p->buffer, want, (off_t)(s->offset + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0) {
			*cut = true;
			memset(p->buffer, 0, want);
			n = (ssize_t)want;
		}
		int r = tar_data(&p->tar, p->buffer, (size_t)n);
		if (r < 0)
			return r;
		done += (uint64_t)n;
	}
	return 0;
}

/* The data of a file with holes. NULL and 0: it has none, or too many. */
static int find_segments(int fd, off_t size, struct tar_segment **ret, size_t *ret_n)
{
	_cleanup_free_ struct tar_segment *s = NULL;
	size_t n = 0, room = 0;
	off_t at = 0;

	while (at < size) {
		off_t data = lseek(fd, at, SEEK_DATA);
		off_t end = data < 0 ? -1 : lseek(fd, data, SEEK_HOLE);

		if (data < 0 && errno != ENXIO)
			return 0;
		if (data < 0 || end < 0 || data >= size) /* it may grow meanwhile */
			break;
		if (n == SEGMENTS_MAX)
			return 0;
		if (n == room) {
			struct tar_segment *grown = reallocarray(s, room * 2 + 16, sizeof(*s));
			if (!grown)
				return -ENOMEM;
			s = grown;
			room = room * 2 + 14; /* room for the last one below, too */
		}
		end = MIN(end, size);
		s[n++] = (struct tar_segment){(uint64_t)data, (uint64_t)(MAX(end, data) - data)};
		at = MAX(end, data + 1);
	}
	if (!s && !(s = malloc(sizeof(*s))))
		return -ENOMEM;
	if (n == 0 || s[n - 1].offset + s[n - 1].length < (uint64_t)size)
		s[n++] = (struct tar_segment){(uint64_t)size, 0};
	*ret = TAKE_PTR(s);
	*ret_n = n;
	return 0;
}

static int put_file(struct packer *p, int fd, const struct stat *st)
{
	_cleanup_free_ struct tar_segment *segments = NULL;
	const struct tar_segment whole = {0, (uint64_t)st->st_size};
	bool sparse = (uint64_t)st->st_blocks * 512 < (uint64_t)st->st_size, cut = false;
	uint64_t total = 0;
	size_t n = 0;
	int r = sparse ? find_segments(fd, st->st_size, &segments, &n) : 0;

	if (r < 0)
		return r;
	struct tar_entry e = {.st = st, .segments = segments, .n_segments = n};
	r = put_header(p, &e, fd);
	if (r < 0)
		return r;
	for (size_t i = 0; i < (segments ? n : 1); i++) {
		const struct tar_segment *s = segments ? &segments[i] : &whole;

		r = put_data(p, fd, s, &cut);
		if (r < 0)
			return r;
		total += s->length;
	}
	p->changed += cut;
	return tar_pad(&p->tar, total);
}

static int pack_file(struct packer *p, int dir, const char *name, struct masu_error *err)
{
	_cleanup_close_ int fd = openat(dir, name,
					O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;
	int r = fd < 0 || fstat(fd, &st) < 0 ? -errno : 0;

	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return fail(p, r, "read", err);
	if (!S_ISREG(st.st_mode)) /* it was one when it was listed */
		return fail(p, ESTALE, "read", err);
	const char *linked = linked_find(&p->linked, &st);
	struct tar_entry e = {.link = linked, .hard_link = true, .st = &st};
	r = linked ? put_header(p, &e, -1) : put_file(p, fd, &st);
	if (r == 0 && !linked)
		r = linked_remember(&p->linked, &st, p->name.text);
	return r < 0 ? fail(p, r, "copy", err) : 0;
}

static int pack_link(struct packer *p, int dir, const char *name, const struct stat *st,
		     struct masu_error *err)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(dir, name, target, sizeof(target) - 1);

	if (n < 0)
		return errno == ENOENT ? 0 : fail(p, errno, "read the link", err);
	target[n] = 0;
	struct tar_entry e = {.link = target, .st = st};
	int r = put_header(p, &e, -1);
	return r < 0 ? fail(p, r, "copy", err) : 0;
}

static int pack_entry(struct packer *p, int dir, const char *name, struct masu_error *err);

static int pack_children(struct packer *p, DIR *dir, struct masu_error *err)
{
	size_t length = p->name.length;
	const struct dirent *d;
	int r = 0;

	if (p->depth == DEPTH_MAX)
		return fail(p, ELOOP, "enter", err);
	dev_t device = p->device;
	p->depth++;
	while (r == 0 && (d = file_next_entry(dir))) {
		r = strbuf_addf(&p->name, "%s%s", length ? "/" : "", d->d_name);
		r = r < 0 ? err_sys(err, r, "copy files")
			  : pack_entry(p, dirfd(dir), d->d_name, err);
		p->device = device;
		p->name.length = length;
		if (p->name.text)
			p->name.text[length] = 0;
	}
	p->depth--;
	return r == 0 && errno ? fail(p, errno, "read", err) : r;
}

/* Files of the kernel: they are copied only if the path itself leads there. */
static bool is_of_kernel(int fd)
{
	static const int64_t magics[] = {PROC_SUPER_MAGIC,   SYSFS_MAGIC,
					 CGROUP_SUPER_MAGIC, CGROUP2_SUPER_MAGIC,
					 DEVPTS_SUPER_MAGIC, MQUEUE_MAGIC};

	for (size_t i = 0; i < ARRAY_SIZE(magics); i++)
		if (mount_is_type(fd, magics[i]))
			return true;
	return false;
}

/* Adds the empty file DIRECTORY/MARK + NAME to a layer. */
static int put_mark(struct packer *p, const char *directory, const char *mark, const char *name)
{
	const struct stat st = {.st_mode = S_IFREG};
	_cleanup_free_ char *path = str_printf("%s%s%s%s", directory, *directory ? "/" : "", mark,
					       name);
	struct tar_entry e = {.name = path, .st = &st};

	return path ? tar_header(&p->tar, &e) : -ENOMEM;
}

static int put_whiteout(struct packer *p, const char *name)
{
	/* The name of the entry at work ends in `name`. */
	const size_t length = p->name.length - strlen(name);
	_cleanup_free_ char *directory = strndup(p->name.text, length - (length > 0));

	return directory ? put_mark(p, directory, WHITEOUT_PREFIX, name) : -ENOMEM;
}

static bool is_mount(const struct packer *p)
{
	STRV_FOREACH(target, p->pack->mounts)
		if (streq(*target + 1, p->name.text))
			return true;
	return false;
}

/*
 * Packs a file of an upper directory that is not copied as it is. 0: it is to be copied. A file whose name begins like a
 * mark would delete another one, and a device is of no use: no container gets one from its image.
 */
static int pack_special(struct packer *p, const char *name, const struct stat *st,
			struct masu_error *err)
{
	if (is_mount(p))
		return 1;
	if (whiteout_is(st)) {
		int r = put_whiteout(p, name);
		return r < 0 ? fail(p, r, "copy", err) : 1;
	}
	if (!str_after(name, WHITEOUT_PREFIX) && !S_ISCHR(st->st_mode) && !S_ISBLK(st->st_mode) &&
	    !S_ISSOCK(st->st_mode))
		return 0;
	p->left_out++;
	return 1;
}

static int pack_dir(struct packer *p, int fd, struct masu_error *err)
{
	struct stat st;
	struct tar_entry e = {.st = &st};
	int r = fd < 0 || fstat(fd, &st) < 0 ? -errno : 0;

	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return fail(p, r, "read", err);
	if (p->name.length > 0)
		r = put_header(p, &e, fd);
	if (r == 0 && p->pack->is_layer && whiteout_is_opaque(fd))
		r = put_mark(p, p->name.text, WHITEOUT_OPAQUE, "");
	_cleanup_closedir_ DIR *dir = r < 0 ? NULL : fdopendir(fd);
	if (!dir) {
		r = r < 0 ? r : -errno;
		(void)close(fd); /* read only */
		return fail(p, r, "copy", err);
	}
	if (p->depth > 0 && st.st_dev != p->device && is_of_kernel(fd))
		return 0;
	p->device = st.st_dev;
	return pack_children(p, dir, err);
}

/* Sockets are left out: no archive can hold one. */
static int pack_entry(struct packer *p, int dir, const char *name, struct masu_error *err)
{
	struct stat st;
	struct tar_entry e = {.st = &st};

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : fail(p, errno, "read", err);
	int special = p->pack->is_layer ? pack_special(p, name, &st, err) : 0;
	if (special != 0)
		return MIN(special, 0);
	switch (st.st_mode & S_IFMT) {
	case S_IFDIR:
		return pack_dir(
			p, openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), err);
	case S_IFREG:
		return pack_file(p, dir, name, err);
	case S_IFLNK:
		return pack_link(p, dir, name, &st, err);
	case S_IFSOCK:
		return 0;
	default: {
		int r = put_header(p, &e, -1);
		return r < 0 ? fail(p, r, "copy", err) : 0;
	}
	}
}

/*
 * The directory of the path, and its last part in it: "." for what ends so, or in a slash, or is a link to be followed
 * to a directory.
 */
static int open_parent(int root, const struct pack *pack, char **ret_name)
{
	const char *last = path_last(pack->path);
	int flags = O_PATH | (pack->follow_link ? 0 : O_NOFOLLOW);
	_cleanup_close_ int fd = path_open_in(root, pack->path, flags, 0, 0);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return fd < 0 ? fd : -errno;
	*ret_name = strdup(S_ISDIR(st.st_mode) ? "." : last);
	if (!*ret_name)
		return -ENOMEM;
	if (S_ISDIR(st.st_mode))
		return TAKE_FD(fd);
	_cleanup_free_ char *parent = strndup(pack->path, (size_t)(last - pack->path));
	return parent ? path_open_in(root, *parent ? parent : "/", O_PATH | O_DIRECTORY, 0, 0)
		      : -ENOMEM;
}

/* A file behind a link: it is read by its own path, and so only if the link is followed by the resolver. */
static int pack_followed(struct packer *p, int root, struct masu_error *err)
{
	_cleanup_close_ int fd = path_open_in(root, p->pack->path, O_RDONLY | O_NONBLOCK | O_NOCTTY,
					      0, 0);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return fail(p, fd < 0 ? fd : errno, "read", err);
	if (!S_ISREG(st.st_mode))
		return fail(p, ESTALE, "read", err);
	int r = put_file(p, fd, &st);
	return r < 0 ? fail(p, r, "copy", err) : 0;
}

static int pack_path(struct packer *p, int root, struct masu_error *err)
{
	_cleanup_free_ char *name = NULL;
	_cleanup_close_ int dir = open_parent(root, p->pack, &name);
	struct stat st;

	if (dir < 0)
		return err_sys(err, dir, "cannot copy \"%s\"", p->pack->path);
	if (streq(name, "."))
		return pack_dir(p, openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), err);
	if (p->pack->follow_link && fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISLNK(st.st_mode))
		return pack_followed(p, root, err);
	return pack_entry(p, dir, name, err);
}

static int run(struct packer *p, int root, struct masu_error *err)
{
	int r = tar_writer_init(&p->tar, p->pack->output);

	p->buffer = malloc(BUFFER_SIZE);
	if (r < 0 || !p->buffer || strbuf_addf(&p->name, "%s", p->pack->name) < 0)
		return err_oom(err);
	r = pack_path(p, root, err);
	if (r < 0)
		return r;
	r = tar_finish(&p->tar);
	if (r < 0)
		return err_sys(err, r, "write the archive");
	if (p->changed)
		log_notice("%llu files were shortened while they were copied",
			   (unsigned long long)p->changed);
	if (p->left_out)
		log_notice("the layer has no sockets, devices and files named " WHITEOUT_PREFIX
			   "*: %llu were left out",
			   (unsigned long long)p->left_out);
	return 0;
}

int packer_run(const struct pack *pack, int root, struct masu_error *err)
{
	struct packer p = {.pack = pack};
	int r = run(&p, root, err);

	linked_done(&p.linked);
	strbuf_done(&p.name);
	tar_writer_done(&p.tar);
	free(p.buffer);
	return r;
}
