/* SPDX-License-Identifier: Apache-2.0 */

/* The hooks that init takes part in. A container without hooks exchanges no message for them. */

#include "runtime/hooks.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/channel.h"
#include "base/fd.h"
#include "runtime/init/init.h"

/* The agent of a filter gets the state, too. */
static bool wants_state(const struct init *init)
{
	return init->plan->seccomp && seccomp_filter_notifies(init->plan->seccomp);
}

static bool has(const struct init *init, enum oci_hook_kind kind)
{
	return init->spec->hooks[kind].n > 0;
}

/* In the container's namespaces the pid is the one that is seen there. */
static int run_inside(const struct init *init, enum oci_hook_kind kind, enum oci_status status,
		      char *const *env, struct err *err)
{
	_cleanup_free_ char *state = NULL;

	if (!has(init, kind))
		return 0;
	int r = hooks_state_change(init->hook_state, status, getpid(), &state, err);
	if (r < 0)
		return r;
	const struct hook_context context = {
		.state = state,
		.env = env,
		.streams = {init->hook_streams[0], init->hook_streams[1]},
	};
	return hooks_run(init->spec, kind, &context, err);
}

int init_open_hook_streams(struct init *init, struct err *err)
{
	return has(init, OCI_HOOK_CREATE_CONTAINER) || has(init, OCI_HOOK_START_CONTAINER)
		       ? hooks_open_streams(init->spec, init->hook_streams, err)
		       : 0;
}

int init_create_hooks(struct init *init, struct err *err)
{
	_cleanup_channel_message_ struct channel_message m = CHANNEL_MESSAGE_INIT;
	int r;

	if (!has(init, OCI_HOOK_PRESTART) && !has(init, OCI_HOOK_CREATE_RUNTIME) &&
	    !has(init, OCI_HOOK_CREATE_CONTAINER) && !has(init, OCI_HOOK_START_CONTAINER) &&
	    !wants_state(init))
		return 0;
	r = channel_send(init->channel, INIT_HOOKS, NULL, 0, -1);
	if (r < 0)
		return err_sys(err, r, "talk to the launcher");
	r = init_receive(init, INIT_HOOKS_DONE, "its hooks had run", &m, err);
	if (r < 0)
		return r;
	init->hook_state = strndup(m.bytes, m.size);
	if (!init->hook_state)
		return err_sys(err, ENOMEM, "run hooks");
	/* The host's files are in view still, and init is in the bundle: see init_open_host(). */
	return run_inside(init, OCI_HOOK_CREATE_CONTAINER, OCI_STATUS_CREATING, environ, err);
}

/* These execute files of the image: they get what the command will have, and no more. */
int init_start_hooks(struct init *init, struct err *err)
{
	int r = run_inside(init, OCI_HOOK_START_CONTAINER, OCI_STATUS_CREATED, init->env, err);

	fd_close(&init->hook_streams[0]);
	fd_close(&init->hook_streams[1]);
	return r;
}
