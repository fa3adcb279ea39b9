/* SPDX-License-Identifier: Apache-2.0 */

/* The hooks in which init takes part. A container without hooks exchanges no message for them. */

#include "runtime/hooks.h"

#include <string.h>
#include <unistd.h>

#include "base/channel.h"
#include "runtime/init/messages.h"

/* The agent of a filter gets the state too. */
static bool wants_state(const struct init *init)
{
	return init->plan->seccomp && seccomp_filter_notifies(init->plan->seccomp);
}

static bool has(const struct init *init, enum oci_hook_kind kind)
{
	return init->spec->hooks[kind].n > 0;
}

/* The pid in the state is the one in the container's namespace. */
static int run_inside(struct init *init, enum oci_hook_kind kind, enum oci_status status,
		      char *const *env, struct masu_error *err)
{
	if (!has(init, kind))
		return 0;
	int r = hooks_state_change(&init->hooks.state, status, getpid(), err);
	if (r < 0)
		return r;
	init->hooks.env = env;
	return hooks_run(init->spec, kind, &init->hooks, err);
}

int init_open_hooks(struct init *init, struct masu_error *err)
{
	return has(init, OCI_HOOK_CREATE_CONTAINER) || has(init, OCI_HOOK_START_CONTAINER)
		       ? hook_context_open(&init->hooks, init->spec, err)
		       : 0;
}

int init_run_create_hooks(struct init *init, struct masu_error *err)
{
	_cleanup_channel_message_ struct channel_message m = CHANNEL_MESSAGE_INIT;
	static char *const none[] = {NULL};

	if (!has(init, OCI_HOOK_PRESTART) && !has(init, OCI_HOOK_CREATE_RUNTIME) &&
	    !has(init, OCI_HOOK_CREATE_CONTAINER) && !has(init, OCI_HOOK_START_CONTAINER) &&
	    !wants_state(init))
		return 0;
	int r = init_send(init, INIT_HOOKS, err);
	if (r < 0)
		return r;
	r = init_receive(init, INIT_HOOKS_DONE, "its hooks had run", &m, err);
	if (r < 0)
		return r;
	init->hooks.state = strndup(m.bytes, m.size);
	if (!init->hooks.state)
		return err_oom(err);
	/*
	 * The host's files are still in view, and init_enter_bundle() has entered the bundle. The hook is in the container's
	 * namespaces: in a joined pid namespace, others could read the caller's environment from its /proc/PID/environ.
	 */
	return run_inside(init, OCI_HOOK_CREATE_CONTAINER, OCI_STATUS_CREATING, none, err);
}

/* These hooks execute files of the image: they get the privileges of the command, and no more. */
int init_run_start_hooks(struct init *init, struct masu_error *err)
{
	int r = run_inside(init, OCI_HOOK_START_CONTAINER, OCI_STATUS_CREATED, init->process.env,
			   err);

	hook_context_done(&init->hooks);
	return r;
}
