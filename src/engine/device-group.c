/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/device-group.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/account.h"
#include "base/str.h"

/* An entry of an ACL may be the one that gives access. */
static bool has_acl(const char *path)
{
	return getxattr(path, "system.posix_acl_access", NULL, 0) >= 0;
}

static enum device_access examine_closed(const struct stat *st, char **ret_group)
{
	_cleanup_free_ char *user = account_name(geteuid());
	bool member = false;
	char *name = account_group(st->st_gid, user, &member);

	*ret_group = name ? name : str_printf("%u", (unsigned int)st->st_gid);
	return member ? DEVICE_NEW_LOGIN : DEVICE_NO_MEMBER;
}

enum device_access device_group_examine(const char *path, char **ret_group)
{
	struct stat st;

	/* The containers of root may open what root may. */
	if (geteuid() == 0 || stat(path, &st) < 0 ||
	    !(S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode)) || (st.st_mode & 060) != 060 ||
	    st.st_gid == 0)
		return DEVICE_OPEN;
	if (faccessat(AT_FDCWD, path, R_OK | W_OK, AT_EACCESS) < 0)
		return errno == EACCES ? examine_closed(&st, ret_group) : DEVICE_OPEN;
	if ((st.st_mode & 06) == 06 || st.st_uid == geteuid() || has_acl(path))
		return DEVICE_OPEN;
	return DEVICE_BY_GROUP;
}

char *device_group_message(enum device_access access, const char *group)
{
	switch (access) {
	case DEVICE_BY_GROUP:
		return strdup("the user may open it by a group alone, which the container does not "
			      "have; create it again with --group-add keep-groups");
	case DEVICE_NEW_LOGIN:
		return str_printf(
			"it belongs to the group %s, which the user has joined; log in again",
			group);
	case DEVICE_NO_MEMBER:
		return str_printf(
			"it belongs to the group %s, which the user is not a member of; join "
			"it, and log in again",
			group);
	case DEVICE_OPEN:
		break;
	}
	return strdup("it can be used");
}

char *device_group_fix(const char *group)
{
	_cleanup_free_ char *user = account_name(geteuid());
	_cleanup_free_ char *group_word = str_shell_word(group), *word = NULL;

	word = user ? str_shell_word(user) : NULL;
	return group_word && word ? str_printf("sudo usermod -aG %s %s", group_word, word) : NULL;
}
