/* SPDX-License-Identifier: Apache-2.0 */
#include "oci-cli/poststart.h"

#include "base/log.h"
#include "runtime/hooks.h"

void poststart_run(const struct oci_spec *spec, const char *id, const char *bundle, pid_t pid)
{
	_cleanup_err_ struct err err = ERR_INIT;
	_cleanup_free_ char *text = NULL;

	if (!spec->hooks[OCI_HOOK_POSTSTART].n)
		return;
	if (hooks_state(spec, id, bundle, OCI_STATUS_RUNNING, pid, &text, &err) < 0 ||
	    hooks_run(spec, OCI_HOOK_POSTSTART, text, &err) < 0)
		log_warning("%s", err.message);
}
