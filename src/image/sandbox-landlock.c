/* SPDX-License-Identifier: Apache-2.0 */
#include "image/sandbox-landlock.h"

#include <errno.h>
#include <linux/landlock.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>

/*
 * The kernel's interface grows with each version. These are its values in full, since the header
 * that masu is built with may be older than the kernel it runs on.
 */
#define FS_REFER     (UINT64_C(1) << 13) /* version 2 */
#define FS_TRUNCATE  (UINT64_C(1) << 14) /* 3 */
#define FS_IOCTL_DEV (UINT64_C(1) << 15) /* 5 */
#define NET_TCP	     UINT64_C(3)	 /* 4: bind, connect */
#define SCOPE_ALL    UINT64_C(3)	 /* 6: abstract sockets, signals */

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

static const uint64_t never_allowed = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE |
				      LANDLOCK_ACCESS_FS_MAKE_SOCK | FS_IOCTL_DEV;

static struct ruleset handled(long version)
{
	return (struct ruleset){
		.fs = fs_of_version_1 | FS_REFER | (version >= 3 ? FS_TRUNCATE : 0) |
		      (version >= 5 ? FS_IOCTL_DEV : 0),
		.net = version >= 4 ? NET_TCP : 0,
		.scoped = version >= 6 ? SCOPE_ALL : 0,
	};
}

int landlock_confine(int root, struct err *err)
{
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0,
			       LANDLOCK_CREATE_RULESET_VERSION);

	if (version < 2)
		return 0;
	const struct ruleset ruleset = handled(version);
	size_t size = version >= 6   ? sizeof(ruleset)
		      : version >= 4 ? offsetof(struct ruleset, scoped)
				     : offsetof(struct ruleset, net);
	_cleanup_close_ int fd = (int)syscall(SYS_landlock_create_ruleset, &ruleset, size, 0);
	if (fd < 0)
		return err_sys(err, errno, "make the Landlock rules");
	const struct landlock_path_beneath_attr beneath = {
		.allowed_access = ruleset.fs & ~never_allowed,
		.parent_fd = root,
	};
	if (syscall(SYS_landlock_add_rule, fd, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) < 0 ||
	    syscall(SYS_landlock_restrict_self, fd, 0) < 0)
		return err_sys(err, errno, "confine the unpacking process by Landlock");
	return 0;
}
