/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/trusted-file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/file.h"
#include "linux/idmap.h"

/* The kernel shows this owner if the user namespace does not map the real one. */
#define UNMAPPED_ID 65534

static bool belongs_to_other(const struct stat *st)
{
	if (st->st_uid == 0)
		return false;
	/* In a user namespace, the owner of "/" may not be mapped. */
	return st->st_uid != UNMAPPED_ID || idmap_caller_is_host_root();
}

/* The mask of an ACL is shown as the group's bits of the mode. */
static bool has_acl(const char *path)
{
	return getxattr(path, "system.posix_acl_access", NULL, 0) > 0;
}

static bool others_may_write(const char *path, const struct stat *st)
{
	/* In a sticky directory, only its owner can rename or remove an entry. */
	if (S_ISDIR(st->st_mode) && st->st_mode & S_ISVTX)
		return false;
	return st->st_mode & S_IWOTH ||
	       (st->st_mode & S_IWGRP && (st->st_gid != 0 || has_acl(path)));
}

static int check_part(const char *path, const char *part, struct masu_error *err)
{
	struct stat st, link;

	if (lstat(part, &link) < 0 || stat(part, &st) < 0)
		return err_sys(err, errno, "read '%s'", path);
	/* The owner of a link in a sticky directory may change it after this check. */
	if (belongs_to_other(&link))
		st = link;
	if (belongs_to_other(&st))
		return err_set(err, ERR_DENIED, EPERM,
			       "'%s' is not read by root: '%s' belongs to user %u", path, part,
			       st.st_uid);
	if (others_may_write(part, &st))
		return err_set(err, ERR_DENIED, EPERM,
			       "'%s' is not read by root: other users may write to '%s'", path,
			       part);
	return 0;
}

/* From the top down: a user who can change an entry is found before the entry is read. */
static int check_parts(const char *path, const char *whole, struct masu_error *err)
{
	_cleanup_free_ char *part = strdup(whole);
	size_t end = *whole == '/' ? 1 : strcspn(whole, "/");

	if (!part)
		return err_oom(err);
	for (;;) {
		part[end] = 0;
		int r = check_part(path, part, err);
		part[end] = whole[end];
		if (r < 0 || !whole[end])
			return r;
		end += strspn(whole + end, "/");
		end += strcspn(whole + end, "/");
	}
}

int trusted_file_check(const char *path, struct masu_error *err)
{
	if (geteuid() != 0)
		return 0;
	_cleanup_free_ char *real = realpath(path, NULL);
	if (!real)
		return err_sys(err, errno, "read '%s'", path);
	int r = check_parts(path, path, err);
	return r < 0 ? r : check_parts(path, real, err);
}

int trusted_file_read(const char *path, size_t limit, char **ret, size_t *ret_size,
		      struct masu_error *err)
{
	int r = trusted_file_check(path, err);

	if (r < 0)
		return r;
	r = file_read(AT_FDCWD, path, limit, ret, ret_size);
	return r < 0 ? err_sys(err, r, "read '%s'", path) : 0;
}
