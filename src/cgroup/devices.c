/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup/devices.h"

#include <string.h>

#include "base/str.h"
#include "cgroup/group.h"

bool cgroup_devices_is_whole(const struct oci_device_rule *rule)
{
	const char *access = *rule->access ? rule->access : "rwm";

	return rule->type == 'a' && rule->major == OCI_DEVICE_ANY &&
	       rule->minor == OCI_DEVICE_ANY && strchr(access, 'r') && strchr(access, 'w') &&
	       strchr(access, 'm');
}

bool cgroup_devices_allow_all(const struct oci_device_rule *rules, size_t n)
{
	while (n > 0 && rules[n - 1].allow && !cgroup_devices_is_whole(&rules[n - 1]))
		n--;
	return n > 0 && rules[n - 1].allow;
}

/*
 * Every container may use these regardless of its rules (runtime-spec, config-linux.md, "Default
 * Devices"; runc and crun allow the same): mknod(2), which does not open the device, the default devices,
 * and the terminals of its own devpts.
 */
static const struct oci_device_rule always[] = {
	{true, 'c', OCI_DEVICE_ANY, OCI_DEVICE_ANY, "m"},
	{true, 'b', OCI_DEVICE_ANY, OCI_DEVICE_ANY, "m"},
	{true, 'c', 1, 3, "rwm"}, /* null */
	{true, 'c', 1, 5, "rwm"}, /* zero */
	{true, 'c', 1, 7, "rwm"}, /* full */
	{true, 'c', 1, 8, "rwm"}, /* random */
	{true, 'c', 1, 9, "rwm"}, /* urandom */
	{true, 'c', 5, 0, "rwm"}, /* tty */
	{true, 'c', 5, 1, "rwm"}, /* console */
	{true, 'c', 5, 2, "rwm"}, /* ptmx */
	{true, 'c', 136, OCI_DEVICE_ANY, "rwm"},
};

static int with_defaults(const struct oci_device_rule *rules, size_t n,
			 struct oci_device_rule **ret, size_t *ret_n, struct masu_error *err)
{
	struct oci_device_rule *all = calloc(n + ARRAY_SIZE(always), sizeof(*all));

	if (!all)
		return err_oom(err);
	if (n > 0)
		memcpy(all, rules, n * sizeof(*all));
	memcpy(all + n, always, sizeof(always));
	*ret = all;
	*ret_n = n + ARRAY_SIZE(always);
	return 0;
}

int cgroup_devices_apply(const struct cgroup *cg, const struct oci_device_rule *rules, size_t n,
			 struct masu_error *err)
{
	_cleanup_free_ struct oci_device_rule *all = NULL;
	int r = with_defaults(rules, n, &all, &n, err);

	return r < 0 ? r : cg->ops->set_devices(cg, all, n, err);
}
