/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/mount-legacy.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "base/fd.h"
#include "base/str.h"

/* Of every procfs, and of interest to nobody. */
#define PLACE_DIR  "/proc/tty"
#define PLACE_FILE "/proc/version"

/* The last mount lies on top, and the name leads to it. */
static int open_place(const char *place)
{
	int fd = open(place, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	int code = errno;

	if (fd >= 0)
		return fd;
	(void)umount2(place, MNT_DETACH); /* the first error counts */
	return -code;
}

static const struct {
	uint64_t attribute;
	unsigned long vfs; /* of statvfs(3) */
	unsigned long flag;
} attribute_flags[] = {
	{MOUNT_ATTR_RDONLY, ST_RDONLY, MS_RDONLY},
	{MOUNT_ATTR_NOSUID, ST_NOSUID, MS_NOSUID},
	{MOUNT_ATTR_NODEV, ST_NODEV, MS_NODEV},
	{MOUNT_ATTR_NOEXEC, ST_NOEXEC, MS_NOEXEC},
	{MOUNT_ATTR_NODIRATIME, ST_NODIRATIME, MS_NODIRATIME},
	{MOUNT_ATTR_NOSYMFOLLOW, 1UL << 13, MS_NOSYMFOLLOW},
};

static unsigned long atime_flag(uint64_t attributes)
{
	switch (attributes & MOUNT_ATTR__ATIME) {
	case MOUNT_ATTR_NOATIME:
		return MS_NOATIME;
	case MOUNT_ATTR_STRICTATIME:
		return MS_STRICTATIME;
	default:
		return MS_RELATIME;
	}
}

static unsigned long to_flags(uint64_t attributes)
{
	unsigned long flags = atime_flag(attributes);

	for (size_t i = 0; i < ARRAY_SIZE(attribute_flags); i++)
		if (attributes & attribute_flags[i].attribute)
			flags |= attribute_flags[i].flag;
	return flags;
}

static int current_attributes(int fd, uint64_t *ret)
{
	struct statvfs s;

	if (fstatvfs(fd, &s) < 0)
		return -errno;
	*ret = s.f_flag & ST_NOATIME	? MOUNT_ATTR_NOATIME
	       : s.f_flag & ST_RELATIME ? MOUNT_ATTR_RELATIME
					: MOUNT_ATTR_STRICTATIME;
	for (size_t i = 0; i < ARRAY_SIZE(attribute_flags); i++)
		if (s.f_flag & attribute_flags[i].vfs)
			*ret |= attribute_flags[i].attribute;
	return 0;
}

/* Parameters that mount(2) takes as flags. */
static unsigned long parameter_flag(const struct mount_parameter *p)
{
	static const struct {
		const char *name;
		unsigned long flag;
	} flags[] = {
		{"ro", MS_RDONLY},     {"sync", MS_SYNCHRONOUS},  {"dirsync", MS_DIRSYNC},
		{"mand", MS_MANDLOCK}, {"lazytime", MS_LAZYTIME}, {"iversion", MS_I_VERSION},
		{"acl", MS_POSIXACL},
	};

	for (size_t i = 0; !p->value && i < ARRAY_SIZE(flags); i++)
		if (streq(p->key, flags[i].name))
			return flags[i].flag;
	return 0;
}

/* SELinux takes these out of the text before the file system sees it, and honours quotes there. */
static bool is_context(const char *key)
{
	static const char *const keys[] = {"context", "fscontext", "defcontext", "rootcontext"};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (streq(key, keys[i]))
			return true;
	return false;
}

static int add_parameter(struct strbuf *data, const struct mount_parameter *p)
{
	const char *comma = data->length ? "," : "";
	const char *quote = p->value && is_context(p->key) ? "\"" : "";

	return strbuf_addf(data, "%s%s%s%s%s%s", comma, p->key, p->value ? "=" : "", quote,
			   p->value ? p->value : "", quote);
}

int mount_data_legacy(const struct mount_parameter *parameters, size_t n, char **ret_data,
		      unsigned long *ret_flags)
{
	_cleanup_strbuf_ struct strbuf data = STRBUF_INIT;
	unsigned long flags = 0;
	int r = strbuf_add(&data, "", 0);

	for (size_t i = 0; r >= 0 && i < n; i++) {
		unsigned long flag = parameter_flag(&parameters[i]);

		flags |= flag;
		if (!flag)
			r = add_parameter(&data, &parameters[i]);
	}
	if (r < 0)
		return r;
	*ret_data = strbuf_take(&data);
	*ret_flags = flags;
	return 0;
}

int mount_new_legacy(const char *type, const char *source, const struct mount_parameter *parameters,
		     size_t n, uint64_t attributes, struct masu_error *err)
{
	_cleanup_free_ char *data = NULL;
	unsigned long flags = 0;
	int r = mount_data_legacy(parameters, n, &data, &flags);

	if (r >= 0 &&
	    mount(source ? source : type, PLACE_DIR, type, flags | to_flags(attributes), data) < 0)
		r = -errno;
	if (r >= 0)
		r = open_place(PLACE_DIR);
	return r < 0 ? err_sys(err, r, "mount a %s", type) : r;
}

int mount_clone_legacy(int fd, bool recursive)
{
	char path[FD_PATH_MAX];
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (S_ISLNK(st.st_mode))
		return -EOPNOTSUPP;
	const char *place = S_ISDIR(st.st_mode) ? PLACE_DIR : PLACE_FILE;
	if (mount(fd_path(fd, path), place, NULL, MS_BIND | (recursive ? MS_REC : 0), NULL) < 0)
		return -errno;
	return open_place(place);
}

int mount_attach_legacy(int mount_fd, int target_fd)
{
	char from[FD_PATH_MAX], to[FD_PATH_MAX];

	return mount(fd_path(mount_fd, from), fd_path(target_fd, to), NULL, MS_MOVE, NULL) < 0
		       ? -errno
		       : 0;
}

/* mount(2) changes nothing that is detached: such a mount is attached where it is in nobody's way. */
static int park(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	const char *place = S_ISDIR(st.st_mode) ? PLACE_DIR : PLACE_FILE;
	return move_mount(fd, "", AT_FDCWD, place, MOVE_MOUNT_F_EMPTY_PATH) < 0 ? -errno : 0;
}

static int change(int fd, unsigned long flags)
{
	char path[FD_PATH_MAX];

	if (mount(NULL, fd_path(fd, path), NULL, flags, NULL) == 0)
		return 0;
	if (errno != EINVAL || park(fd) < 0)
		return -errno;
	return mount(NULL, fd_path(fd, path), NULL, flags, NULL) < 0 ? -errno : 0;
}

int mount_set_attributes_legacy(int fd, bool recursive, uint64_t set, uint64_t clear)
{
	uint64_t now;

	if (recursive)
		return -EOPNOTSUPP;
	int r = current_attributes(fd, &now);
	if (r < 0)
		return r;
	return change(fd, MS_REMOUNT | MS_BIND | to_flags((now & ~clear) | set));
}

int mount_set_propagation_legacy(int fd, bool recursive, uint64_t propagation)
{
	return change(fd, (unsigned long)propagation | (recursive ? MS_REC : 0));
}
