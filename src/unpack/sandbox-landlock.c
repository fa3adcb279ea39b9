/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/sandbox-landlock.h"

#include <assert.h>
#include <errno.h>
#include <linux/landlock.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/*
 * The kernel's interface grows with each version. These are its values in full, since the header
 * that masu is built with may be older than the kernel it runs on.
 */
#define FS_REFER     (UINT64_C(1) << 13) /* version 2 */
#define FS_TRUNCATE  (UINT64_C(1) << 14) /* 3 */
#define FS_IOCTL_DEV (UINT64_C(1) << 15) /* 5 */
#define NET_BIND     UINT64_C(1)	 /* 4 */
#define NET_CONNECT  UINT64_C(2)
#define SCOPE_ALL    UINT64_C(3) /* 6: abstract sockets, signals */

struct ruleset {
	uint64_t fs, net, scoped;
};

static const uint64_t fs_of_version_1 = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE |
					LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR |
					LANDLOCK_ACCESS_FS_REMOVE_DIR |
					LANDLOCK_ACCESS_FS_REMOVE_FILE |
					LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR |
					LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK |
					LANDLOCK_ACCESS_FS_MAKE_FIFO |
					LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM;

#define READ_DIR LANDLOCK_ACCESS_FS_READ_DIR
#define READ	 (READ_DIR | LANDLOCK_ACCESS_FS_READ_FILE)
#define CHANGE                                                                      \
	(READ_DIR | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | \
	 LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR |             \
	 LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SYM | FS_REFER | FS_TRUNCATE)

static const uint64_t access_of[] = {
	[LANDLOCK_LIST] = READ_DIR,
	[LANDLOCK_READ] = READ,
	[LANDLOCK_FILL] = CHANGE | LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_BLOCK |
			  LANDLOCK_ACCESS_FS_MAKE_FIFO,
	[LANDLOCK_STORE] = CHANGE | LANDLOCK_ACCESS_FS_READ_FILE,
};
static_assert(ARRAY_SIZE(access_of) == LANDLOCK_USE_MAX, "one row a use");

static struct ruleset handled(long version, bool network)
{
	return (struct ruleset){
		.fs = fs_of_version_1 | FS_REFER | (version >= 3 ? FS_TRUNCATE : 0) |
		      (version >= 5 ? FS_IOCTL_DEV : 0),
		.net = version < 4 ? 0 : NET_BIND | (network ? 0 : NET_CONNECT),
		.scoped = version >= 6 ? SCOPE_ALL : 0,
	};
}

static int allow(int ruleset, uint64_t fs, const struct landlock_place *place)
{
	struct landlock_path_beneath_attr beneath = {
		.allowed_access = access_of[place->use] & fs,
		.parent_fd = place->fd,
	};
	struct stat st;

	if (place->fd < 0)
		return 0;
	if (fstat(place->fd, &st) < 0)
		return -errno;
	if (!S_ISDIR(st.st_mode))
		beneath.allowed_access &= LANDLOCK_ACCESS_FS_READ_FILE;
	return syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) < 0
		       ? -errno
		       : 0;
}

int landlock_confine(const struct landlock_place *places, size_t n, bool network,
		     struct masu_error *err)
{
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0,
			       LANDLOCK_CREATE_RULESET_VERSION);

	if (version < 2)
		return 0;
	const struct ruleset ruleset = handled(version, network);
	size_t size = version >= 6   ? sizeof(ruleset)
		      : version >= 4 ? offsetof(struct ruleset, scoped)
				     : offsetof(struct ruleset, net);
	_cleanup_close_ int fd = (int)syscall(SYS_landlock_create_ruleset, &ruleset, size, 0);
	int r = fd < 0 ? -errno : 0;
	for (size_t i = 0; r == 0 && i < n; i++)
		r = allow(fd, ruleset.fs, &places[i]);
	if (r == 0 && syscall(SYS_landlock_restrict_self, fd, 0) < 0)
		r = -errno;
	return r < 0 ? err_sys(err, r, "confine the process by Landlock") : 0;
}
