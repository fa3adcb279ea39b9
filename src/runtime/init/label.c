/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The security labels of the container's process. Their files are opened below the host's procfs before the
 * container's mounts, so that neither a mount nor a link can divert the write. They are written when only the
 * command remains to be executed.
 */

#include "runtime/init/init.h"

#include <errno.h>

#include "base/fd.h"
#include "linux/label.h"

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
