/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Mounts whose files each start gives to the user of the process. The walk is over the source, which may be mounted
 * read-only in the container, by descriptors and without following links. In a user namespace the kernel refuses to change
 * files of ids that are not the caller's.
 */

#include "runtime/init/mounts.h"

#include <errno.h>

#include "base/fd.h"
#include "base/tree.h"

static int give(const struct init *init, struct init_mount *m, struct masu_error *err)
{
	int r = tree_chown(m->to_chown, init->process.uid, init->process.gid);

	fd_close(&m->to_chown);
	if (r == 0)
		return 0;
	(void)err_sys(err, r, "change the owner of the files at '%s'", m->spec->destination);
	return r == -EPERM ? err_hint(err, "a file there belongs to another user: ls -lRn '%s'",
				      m->spec->source)
			   : r;
}

int init_give_files(struct init *init, struct masu_error *err)
{
	for (size_t i = 0; i < init->spec->n_mounts; i++) {
		struct init_mount *m = &init->host.mounts[i];
		int r = m->to_chown >= 0 ? give(init, m, err) : 0;

		if (r < 0)
			return r;
	}
	return 0;
}
