/* SPDX-License-Identifier: Apache-2.0 */

/* Init's ids while it sets up the container, and its protection against processes of the container. */

#include <errno.h>
#include <grp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "oci/annotations.h"
#include "runtime/init/messages.h"

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

		if (!keep && setgroups(0, NULL) < 0 && errno != EPERM)
			return err_sys(err, errno, "drop supplementary groups");
		if (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
			return err_sys(err, errno, "become root of the user namespace");
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
		return err_sys(err, errno, "make an IPC namespace");
	return 0;
}

int init_lead_session(struct init *init, struct masu_error *err)
{
	(void)init;
	/* EPERM: it leads a process group, and so a session already. */
	return setsid() < 0 && errno != EPERM ? err_sys(err, errno, "make a session") : 0;
}

int init_close_self(struct init *init, struct masu_error *err)
{
	(void)init;
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
