/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>

#include "oci-cli/bundle.h"
#include "oci-cli/config.h"
#include "oci-cli/end.h"
#include "oci-cli/poststart.h"
#include "oci-cli/readiness.h"
#include "runtime/container.h"

/* A container whose hook fails is deleted, and its poststop hooks run (runtime.md, "Lifecycle"). */
static int run_poststart(const struct bundle *b, struct err *err)
{
	const struct bundle_state *s = &b->state;
	_cleanup_oci_spec_ struct oci_spec *spec = NULL;

	if (config_read(b->dirfd, &spec, NULL) < 0)
		return 0; /* whoever took it away wants no hooks */
	int r = poststart_run(spec, s->id, s->bundle, s->pid, err);
	if (r < 0)
		(void)end_container(b->root, s->id, true, NULL); /* the hook is the reason */
	return r;
}

static int check_created(const struct bundle *b, struct err *err)
{
	if (b->status == OCI_STATUS_CREATED)
		return 0;
	return err_set(err, ERR_CONFLICT, EBUSY, "cannot start container '%s' in the %s state",
		       b->state.id, oci_status_name(b->status));
}

static int let_go(const struct bundle *b, struct err *err)
{
	_cleanup_free_ char *path = bundle_socket(b);

	if (!path)
		return err_sys(err, ENOMEM, "start container '%s'", b->state.id);
	int r = container_let_go(path, err);
	/* Also after a failed exec, as init has gone; but not when somebody else lets it go. */
	if (r != -ECONNREFUSED)
		(void)unlinkat(b->dirfd, BUNDLE_SOCKET, 0);
	return r;
}

static int start_run(const void *values, char **operands, struct err *err)
{
	const struct oci_options *o = values;
	_cleanup_bundle_ struct bundle b = BUNDLE_INIT;
	_cleanup_close_ int ready = -1;
	int r = bundle_find(o->globals, operands[0], &b, err);

	if (r == 0)
		r = check_created(&b, err);
	if (r == 0)
		r = readiness_listen(b.dirfd, &ready, err);
	if (r == 0)
		r = let_go(&b, err);
	if (r == 0)
		r = run_poststart(&b, err);
	if (r == 0)
		readiness_wait(ready, b.pidfd, b.state.pid);
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
