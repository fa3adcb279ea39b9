/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>

#include "base/path.h"
#include "oci-cli/bundle.h"
#include "oci-cli/config.h"
#include "oci-cli/poststart.h"
#include "runtime/container.h"

static void run_poststart(int dirfd, const struct bundle_state *s)
{
	_cleanup_oci_spec_ struct oci_spec *spec = NULL;

	if (config_read(dirfd, &spec, NULL) == 0)
		poststart_run(spec, s->id, s->bundle, s->pid);
}

static int let_go(const struct bundle *b, struct err *err)
{
	_cleanup_free_ char *folder = path_join(b->root, b->state.id);
	_cleanup_free_ char *path = folder ? path_join(folder, BUNDLE_SOCKET) : NULL;

	if (b->status != OCI_STATUS_CREATED)
		return err_set(err, ERR_CONFLICT, EBUSY,
			       "cannot start container '%s' in the %s state", b->state.id,
			       oci_status_name(b->status));
	if (!path)
		return err_sys(err, ENOMEM, "start container '%s'", b->state.id);
	int r = container_let_go(path, err);
	/* Also after a failed exec: init has gone, or somebody else let it go. */
	(void)unlinkat(b->dirfd, BUNDLE_SOCKET, 0);
	return r;
}

static int start_run(const void *values, char **operands, struct err *err)
{
	const struct oci_options *o = values;
	_cleanup_bundle_ struct bundle b = BUNDLE_INIT;
	int r = bundle_find(o->globals, operands[0], &b, err);

	if (r == 0)
		r = let_go(&b, err);
	if (r == 0)
		run_poststart(b.dirfd, &b.state);
	return r;
}

const struct command oci_command_start = {
	.name = "start",
	.operands = "ID",
	.summary = "Let a created container run",
	.values_size = sizeof(struct oci_options),
	.min_operands = 1,
	.max_operands = 1,
	.run = start_run,
};
