/* SPDX-License-Identifier: Apache-2.0 */

/* Plans that cannot be fulfilled are refused before anything is created. */

#include "runtime/container.h"

#include <errno.h>

#include "oci/annotations.h"
#include "runtime/listener.h"

int container_check(const struct container_plan *plan, struct masu_error *err)
{
	const struct oci_spec *spec = plan->spec;
	int r = oci_spec_check_supported(spec, err);

	if (r == 0)
		r = oci_annotations_check(spec, err);
	if (r < 0)
		return r;
	if (!spec->process || !spec->process->args || !spec->process->args[0])
		return err_set(err, ERR_INVALID, EINVAL, "process.args is missing or empty");
	if (spec->n_net_devices && !spec->namespaces[OCI_NS_NETWORK].wanted)
		return err_set(err, ERR_INVALID, EINVAL,
			       "linux.netDevices: needs a network namespace");
	if (spec->seccomp && !plan->seccomp)
		return err_set(err, ERR_INTERNAL, EINVAL, "linux.seccomp was not compiled");
	return listener_check(spec, plan->seccomp, err);
}
