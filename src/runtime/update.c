/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/update.h"

#include <errno.h>

#include "base/json.h"
#include "base/strv.h"
#include "cgroup/manager.h"
#include "cgroup/resctrl.h"
#include "runtime/config.h"

int instance_update_schemata(const struct instance *c, const char *l3_cache, const char *bandwidth,
			     struct masu_error *err)
{
	_cleanup_oci_spec_ struct oci_spec *spec = NULL;
	int r = config_read(c->dir.fd, &spec, err);

	if (r < 0)
		return r;
	if (!spec->intel_rdt.wanted)
		return err_set(err, ERR_CONFLICT, EINVAL,
			       "--l3-cache-schema and --mem-bw-schema: container '%s' has no "
			       "linux.intelRdt",
			       c->state.id);
	const struct oci_intel_rdt rdt = {
		.clos_id = spec->intel_rdt.clos_id,
		.l3_cache_schema = (char *)l3_cache,
		.mem_bw_schema = (char *)bandwidth,
	};
	_cleanup_close_ int root = resctrl_open(err);
	return root < 0 ? root : resctrl_update(root, &rdt, c->state.id, err);
}

/* Merging moves members, so it takes a copy, by way of the document. */
static int merge(struct oci_resources *into, const struct oci_resources *given,
		 struct masu_error *err)
{
	_cleanup_(oci_resources_done) struct oci_resources copy = {0};
	_cleanup_json_ struct json_object *doc = NULL;
	_cleanup_strv_ char **unsupported = NULL;
	int r = oci_resources_to_json(given, &doc, err);

	if (r < 0)
		return r;
	r = oci_resources_parse(doc, &copy, &unsupported, err);
	if (r < 0)
		return r;
	return oci_resources_merge(into, &copy) < 0 ? err_sys(err, ENOMEM, "update the container")
						    : 0;
}

int instance_update(const struct instance *c, const struct oci_resources *given,
		    struct masu_error *err)
{
	_cleanup_oci_spec_ struct oci_spec *spec = NULL;
	_cleanup_cgroup_ struct cgroup *cg = NULL;
	int r = instance_live_cgroup(c, &cg, err);

	if (r < 0)
		return r;
	r = config_read(c->dir.fd, &spec, err);
	if (r < 0)
		return r;
	r = merge(&spec->resources, given, err);
	if (r < 0)
		return r;
	r = cgroup_update(cg, given, &spec->resources, err);
	return r < 0 ? r : config_set_resources(c->dir.fd, &spec->resources, err);
}
