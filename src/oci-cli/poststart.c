/* SPDX-License-Identifier: Apache-2.0 */
#include "oci-cli/poststart.h"

#include "runtime/hooks.h"

int poststart_run(const struct oci_spec *spec, const char *id, const char *bundle, pid_t pid,
		  struct err *err)
{
	_cleanup_free_ char *text = NULL;

	if (!spec->hooks[OCI_HOOK_POSTSTART].n)
		return 0;
	int r = hooks_state(spec, id, bundle, OCI_STATUS_RUNNING, pid, &text, err);
	return r < 0 ? r : hooks_run_here(spec, OCI_HOOK_POSTSTART, bundle, text, err);
}
