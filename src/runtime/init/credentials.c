/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Init's credentials (credentials(7)) up to the exec: its ids while it sets up the container, its protection
 * against processes of the container, its security labels and its session keyring.
 */

#include <errno.h>
#include <grp.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"
#include "linux/label.h"
#include "oci/annotations.h"
#include "runtime/init/init.h"
#include "runtime/init/messages.h"

/* From the kernel's key.h: the possessor may do anything, the owner view and join it. */
#define POSSESSOR_ALL 0x3f000000u
#define USER_VIEW     0x00010000u
#define USER_SEARCH   0x00080000u

/* A user namespace that is joined has its map. */
int init_wait_for_map(struct init *init, struct masu_error *err)
{
	if (!oci_namespace_is_new(&init->spec->namespaces[OCI_NS_USER]))
		return 0;
	return init_wait_for(init, INIT_MAPPED, "the id map was written", err);
}

int init_become_root(struct init *init, struct masu_error *err)
{
	if (init->spec->namespaces[OCI_NS_USER].wanted) {
		bool keep = oci_annotation_is_on(init->spec, OCI_ANNOTATION_KEEP_GROUPS);
		bool is_open = prctl(PR_GET_DUMPABLE) == 1;

		if (!keep && setgroups(0, NULL) < 0 && errno != EPERM)
			return err_sys(err, errno, "drop supplementary groups");
		if (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
			return err_sys(err, errno, "become root of the user namespace");
		/* If root is not the caller, that closed init to the helpers: init_close_self() does so later. */
		if (is_open && prctl(PR_SET_DUMPABLE, 1) < 0)
			return err_sys(err, errno, "open init to helpers");
	}
	init->process.caller_umask = umask(0); /* modes are given exactly */
	return 0;
}

/* /dev/mqueue belongs to the owner of the IPC namespace, so root of the user namespace makes it. */
int init_make_ipc(struct init *init, struct masu_error *err)
{
	const struct oci_namespace *all = init->spec->namespaces;

	if (oci_namespace_is_new(&all[OCI_NS_USER]) && oci_namespace_is_new(&all[OCI_NS_IPC]) &&
	    unshare(CLONE_NEWIPC) < 0)
		return err_sys(err, errno, "create an IPC namespace");
	return 0;
}

int init_lead_session(struct init *init, struct masu_error *err)
{
	/* EPERM: it leads a process group, and so a session already. */
	return setsid() < 0 && errno != EPERM ? err_sys(err, errno, "create a session") : 0;
}

int init_close_self(struct init *init, struct masu_error *err)
{
	return prctl(PR_SET_DUMPABLE, 0) < 0 ? err_sys(err, errno, "close init to tracing") : 0;
}

/*
 * In a joined pid namespace others can see init, and those of the same user namespace could trace it. In a
 * pid namespace of its own init is alone until the exec, and stays open to the host's helpers, which enter
 * its namespaces by /proc/PID.
 */
int init_close_to_members(struct init *init, struct masu_error *err)
{
	return oci_namespace_is_new(&init->spec->namespaces[OCI_NS_PID])
		       ? 0
		       : init_close_self(init, err);
}

/*
 * The security labels of the container's process. Their files are opened below the host's procfs before the
 * container's mounts, so that neither a mount nor a link can divert the write. They are written when only the
 * command remains to be executed.
 */
static const char *label_of(const struct init *init, enum label_kind kind)
{
	const struct oci_process *p = init->spec->process;

	return kind == LABEL_APPARMOR ? p->apparmor_profile : p->selinux_label;
}

int init_open_labels(struct init *init, struct masu_error *err)
{
	if (init->spec->mount_label && !label_selinux_is_enabled())
		return err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
			       "linux.mountLabel: SELinux is not enabled in this kernel");
	for (enum label_kind kind = 0; kind < LABEL_KIND_MAX; kind++) {
		if (!label_of(init, kind))
			continue;
		init->inside.label_fds[kind] = label_open(init->host.proc_fd, kind, err);
		if (init->inside.label_fds[kind] < 0)
			return init->inside.label_fds[kind];
	}
	return 0;
}

int init_set_labels(struct init *init, struct masu_error *err)
{
	int *fds = init->inside.label_fds;

	for (enum label_kind kind = 0; kind < LABEL_KIND_MAX; kind++) {
		if (!label_of(init, kind))
			continue;
		int r = label_set(fds[kind], kind, label_of(init, kind), err);
		if (r < 0)
			return r;
		fd_close(&fds[kind]);
	}
	return 0;
}

/*
 * The session keyring (session-keyring(7)). The caller's holds keys of the caller, and children inherit it: so
 * the container gets a new one, with a name by which a later exec finds it.
 *
 * All users of a user namespace share the names. Joining a keyring of that name that another user has created,
 * and opened to all, would give that user the container's keys: then the container gets one without a name, and
 * a later exec another.
 */
static long join_keyring(const char *name)
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
	_cleanup_free_ char *name = str_printf("_ses.%s", id);

	if (!name)
		return err_oom(err);
	long serial = join_keyring(name);
	if (serial >= 0 && !is_own(serial))
		serial = join_keyring(NULL);
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
