/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The security labels of the container's process. Their files are opened below the host's procfs
 * before anything of the container's is mounted, so that no mount of its can swallow what is written
 * (nor a link lead it elsewhere), and are written once nothing but the command will be executed.
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

int init_open_labels(struct init *init, struct err *err)
{
	if (init->spec->mount_label && !label_selinux_is_enabled())
		return err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP,
			       "linux.mountLabel: SELinux is not enabled in this kernel");
	for (enum label_kind kind = 0; kind < LABEL_KIND_MAX; kind++) {
		if (!label_of(init, kind))
			continue;
		init->label_fds[kind] = label_open(init->proc_fd, kind, err);
		if (init->label_fds[kind] < 0)
			return init->label_fds[kind];
	}
	return 0;
}

int init_set_labels(struct init *init, struct err *err)
{
	int r = 0;

	for (enum label_kind kind = 0; r == 0 && kind < LABEL_KIND_MAX; kind++) {
		if (!label_of(init, kind))
			continue;
		r = label_set(init->label_fds[kind], kind, label_of(init, kind), err);
		fd_close(&init->label_fds[kind]);
	}
	return r;
}
