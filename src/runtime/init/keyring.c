/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The session keyring (session-keyring(7)). The caller's holds keys of the caller, and children inherit it: so
 * the container gets a new one, with a name by which a later exec finds it.
 *
 * All users of a user namespace share the names. Joining a keyring of that name that another user has created,
 * and opened to all, would give that user the container's keys: then the container gets one without a name, and
 * a later exec another.
 */

#include "runtime/init/init.h"

#include <errno.h>
#include <linux/keyctl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/str.h"

/* From the kernel's key.h: the possessor may do anything, the owner view and join it. */
#define POSSESSOR_ALL 0x3f000000u
#define USER_VIEW     0x00010000u
#define USER_SEARCH   0x00080000u

static long join(const char *name)
{
	return syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, name);
}

/* It is described as "keyring;UID;GID;PERM;NAME". */
static bool is_own(long serial)
{
	char text[512] = "", own[32];

	if (syscall(SYS_keyctl, KEYCTL_DESCRIBE, serial, text, sizeof(text) - 1) < 0)
		return false;
	(void)snprintf(own, sizeof(own), "keyring;%u;", geteuid());
	return str_after(text, own);
}

int keyring_join(const char *id, bool optional, struct masu_error *err)
{
	_cleanup_free_ char *name = NULL;

	if (asprintf(&name, "_ses.%s", id) < 0) {
		name = NULL;
		return err_sys(err, ENOMEM, "join the session keyring");
	}
	long serial = join(name);
	if (serial >= 0 && !is_own(serial))
		serial = join(NULL);
	if (serial < 0 && (errno == ENOSYS || errno == EPERM))
		return 0; /* a kernel without keys, or a filter around masu */
	if (serial < 0 && errno == EDQUOT && optional)
		return 0;
	if (serial < 0) {
		int r = err_sys(err, errno, "join the session keyring '%s'", name);
		return r == -EDQUOT
			       ? err_hint(
					 err,
					 "too many keys: raise sysctl kernel.keys.maxkeys; masu-oci has --no-new-keyring")
			       : r;
	}
	/* Only its creator can; one that is joined has these permissions. */
	(void)syscall(SYS_keyctl, KEYCTL_SETPERM, serial, POSSESSOR_ALL | USER_VIEW | USER_SEARCH);
	return 0;
}

int init_join_keyring(struct init *init, struct masu_error *err)
{
	const struct container_plan *plan = init->plan;

	return plan->new_keyring ? keyring_join(plan->id, plan->keyring_optional, err) : 0;
}
