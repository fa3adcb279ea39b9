/* SPDX-License-Identifier: Apache-2.0 */
#include "base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>

#include "base/fd.h"
#include "base/str.h"

int path_open_in(int rootfd, const char *path, int flags, mode_t mode, enum path_flags resolve)
{
	struct open_how how = {
		.flags = (unsigned int)flags | O_CLOEXEC,
		/* O_TMPFILE has the bit of O_DIRECTORY in it. */
		.mode = flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE ? mode : 0,
		.resolve = RESOLVE_NO_MAGICLINKS |
			   (resolve & PATH_BENEATH ? RESOLVE_BENEATH : RESOLVE_IN_ROOT) |
			   (resolve & PATH_NO_SYMLINKS ? RESOLVE_NO_SYMLINKS : 0) |
			   (resolve & PATH_NO_XDEV ? RESOLVE_NO_XDEV : 0),
	};

	/* EAGAIN: during a rename, the kernel cannot prove that ".." stays inside. */
	for (int tries = 0; tries < 128; tries++) {
		int fd = (int)syscall(SYS_openat2, rootfd, path, &how, sizeof(how));

		if (fd >= 0)
			return fd;
		if (errno == ENOSYS)
			return path_walk_in(rootfd, path, flags, mode, resolve);
		if (errno != EAGAIN && errno != EINTR)
			return -errno;
	}
	return -EAGAIN;
}

int path_check_executable(int rootfd, const char *path)
{
	_cleanup_close_ int fd = path_open_in(rootfd, path, O_PATH, 0, 0);
	struct stat st;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	return S_ISREG(st.st_mode) && st.st_mode & 0111 ? 0 : -EACCES;
}

/* The number of dangling links that one path may lead through. */
#define DANGLING_MAX 8

static int mkdir_in(int rootfd, const char *path, mode_t mode, unsigned int depth);

/*
 * Reads the target of the dangling link `name` in the directory `parent`, whose path is `prefix`, as a path from the
 * root. Resolving the result stays inside the root, whatever the text is.
 */
static int read_dangling(int parent, const char *prefix, const char *name, char **ret)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(parent, name, target, sizeof(target) - 1);

	if (n < 0)
		return errno == EINVAL ? -ENOENT : -errno;
	target[n] = 0;
	*ret = *target == '/' ? strdup(target) : path_join(prefix, target);
	return *ret ? 0 : -ENOMEM;
}

/*
 * A new directory inherits the default ACL of its parent, which removes bits of its mode. A directory without one is left
 * unchanged: it may be another one that was moved here meanwhile.
 */
static void restore_mode(int parent, const char *name, mode_t mode)
{
	_cleanup_close_ int fd = openat(parent, name,
					O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd >= 0 && fgetxattr(fd, PATH_DEFAULT_ACL, NULL, 0) >= 0)
		(void)fchmod(fd, mode); /* some file systems do not support it */
}

/*
 * Creates one missing part below `parent`. mkdirat(2) does not follow a link in the last part, so the directory is
 * created in the opened directory, whatever is renamed meanwhile. If the part is a dangling link (an image's
 * /var/run -> /run without /run), its target is created.
 */
static int make_part(int rootfd, const char *prefix, int parent, const char *name, mode_t mode,
		     unsigned int depth)
{
	_cleanup_free_ char *path = path_join(*prefix ? prefix : "/", name), *target = NULL;

	if (!path)
		return -ENOMEM;
	if (mkdirat(parent, name, mode) == 0)
		restore_mode(parent, name, mode);
	else if (errno != EEXIST)
		return -errno;
	int fd = path_open_in(rootfd, path, O_PATH | O_DIRECTORY, 0, 0);
	if (fd != -ENOENT)
		return fd;
	if (depth >= DANGLING_MAX)
		return -ELOOP;
	int r = read_dangling(parent, *prefix ? prefix : "/", name, &target);
	return r < 0 ? r : mkdir_in(rootfd, target, mode, depth + 1);
}

/* From the right, as usually only the last part is missing, if any. */
static int mkdir_in(int rootfd, const char *path, mode_t mode, unsigned int depth)
{
	int fd = path_open_in(rootfd, *path ? path : ".", O_PATH | O_DIRECTORY, 0, 0);
	if (fd != -ENOENT)
		return fd;

	size_t end = strlen(path), begin;
	while (end > 0 && path[end - 1] == '/')
		end--;
	for (begin = end; begin > 0 && path[begin - 1] != '/';)
		begin--;
	_cleanup_free_ char *prefix = strndup(path, begin);
	_cleanup_free_ char *name = strndup(path + begin, end - begin);
	if (!prefix || !name)
		return -ENOMEM;
	if (!*name)
		return -ENOENT;
	_cleanup_close_ int parent = mkdir_in(rootfd, prefix, mode, depth);
	if (parent < 0)
		return parent;
	if (streq(name, ".") || streq(name, ".."))
		return path_open_in(rootfd, path, O_PATH | O_DIRECTORY, 0, 0);
	return make_part(rootfd, prefix, parent, name, mode, depth);
}

int path_mkdir_in(int rootfd, const char *path, mode_t mode)
{
	return mkdir_in(rootfd, path, mode, 0);
}

static int touch_in(int rootfd, const char *path, mode_t mode, unsigned int depth)
{
	int fd = path_open_in(rootfd, path, O_PATH, 0, 0);
	if (fd != -ENOENT)
		return fd;
	if (depth >= DANGLING_MAX)
		return -ELOOP;

	const char *name = path_last(path);
	_cleanup_free_ char *dir = strndup(path, (size_t)(name - path)), *target = NULL;
	if (!dir)
		return -ENOMEM;
	if (!*name || streq(name, ".") || streq(name, ".."))
		return -EISDIR;
	_cleanup_close_ int parent = path_mkdir_in(rootfd, dir, 0755);
	if (parent < 0)
		return parent;
	_cleanup_close_ int made = openat(
		parent, name, O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY | O_CLOEXEC, mode);
	if (made < 0 && errno != EEXIST)
		return -errno;
	if (made >= 0)
		(void)fchmod(made, mode); /* as in restore_mode() */
	fd = path_open_in(rootfd, path, O_PATH, 0, 0);
	if (fd != -ENOENT)
		return fd;
	/* A dangling link, like an /etc/resolv.conf into /run. */
	int r = read_dangling(parent, *dir ? dir : "/", name, &target);
	return r < 0 ? r : touch_in(rootfd, target, mode, depth + 1);
}

int path_touch_in(int rootfd, const char *path, mode_t mode)
{
	return touch_in(rootfd, path, mode, 0);
}

/* Creates a directory, unless the name is one or a link to one. */
static int make_dir(const char *path, mode_t mode)
{
	struct stat st;

	if (mkdir(path, mode) == 0)
		return 0;
	if (errno != EEXIST)
		return -errno;
	if (stat(path, &st) < 0)
		return -errno;
	return S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
}

int path_mkdir_all(const char *path, mode_t mode)
{
	char copy[PATH_MAX];
	size_t n = strlen(path);

	int r = make_dir(path, mode);
	if (r != -ENOENT)
		return r;
	if (n >= sizeof(copy))
		return -ENAMETOOLONG;
	memcpy(copy, path, n + 1);
	for (char *p = copy + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = 0;
		r = make_dir(copy, mode);
		if (r < 0)
			return r;
		*p = '/';
	}
	return make_dir(copy, mode);
}

char *path_join(const char *a, const char *b)
{
	size_t n = strlen(a);

	while (n > 1 && a[n - 1] == '/')
		n--;
	if (n == 0)
		return strdup(b);
	while (*b == '/')
		b++;
	return str_printf("%.*s%s%s", (int)n, a, n == 1 && *a == '/' ? "" : "/", b);
}

char *path_absolute(const char *path)
{
	char cwd[PATH_MAX];

	if (*path == '/')
		return strdup(path);
	if (!getcwd(cwd, sizeof(cwd)))
		return NULL;
	return path_join(cwd, path);
}

bool path_is_normal(const char *path)
{
	if (*path != '/')
		return false;
	if (!path[1])
		return true;
	while (*path == '/') {
		size_t n = strcspn(++path, "/");

		if (n == 0 || (n == 1 && path[0] == '.') || path_part_is_up(path, n))
			return false;
		path += n;
	}
	return true;
}

const char *path_next_part(const char **path, size_t *ret_length)
{
	const char *part;
	size_t n;

	do {
		part = *path + strspn(*path, "/");
		n = strcspn(part, "/");
		*path = part + n + strspn(part + n, "/");
	} while (n == 1 && *part == '.');
	if (n == 0)
		return NULL;
	*ret_length = n;
	return part;
}

char *path_normalize(const char *path)
{
	size_t used = 0, n;
	char *normal = malloc(strlen(path) + 2);

	if (!normal)
		return NULL;
	for (const char *part; (part = path_next_part(&path, &n));) {
		if (path_part_is_up(part, n)) {
			while (used > 0 && normal[--used] != '/')
				;
			continue;
		}
		normal[used++] = '/';
		memcpy(normal + used, part, n);
		used += n;
	}
	if (used == 0)
		normal[used++] = '/';
	normal[used] = 0;
	return normal;
}

const char *path_last(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

bool path_is_below(const char *path, const char *dir)
{
	const char *rest = str_after(path, dir);

	return rest && (!*rest || *rest == '/');
}
