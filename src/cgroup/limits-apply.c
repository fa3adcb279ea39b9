/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing limits into groups. Some can be written only in an order that depends on what was there
 * before: a memory limit never over that of memory and swap together, a burst never over the quota.
 * So what the kernel refuses in a first round is written again after all others; what it refuses
 * then is the error.
 */
#include <errno.h>
#include <sys/sysinfo.h>

#include "base/file.h"
#include "base/str.h"
#include "cgroup/cgroup.h"
#include "cgroup/limits.h"
#include "cgroup/v1.h"

unsigned cgroup_settings_controllers(const struct cgroup_settings *settings)
{
	unsigned set = 0;

	for (size_t i = 0; i < settings->n; i++) {
		const struct cgroup_setting *item = &settings->item[i];

		if (item->controller >= 0 && !(item->flags & SETTING_UNLIMITED))
			set |= 1u << item->controller;
	}
	return set;
}

static int missing(enum cgroup_controller controller, bool system, struct err *err)
{
	_cleanup_close_ int root = cgroup_open_root();
	const char *name = cgroup_controller_name(controller);
	unsigned host = 0;

	if (root >= 0)
		(void)cgroup_controllers(root, &host); /* unreadable: as if it had none */
	if (!(host & 1u << controller)) {
		(void)err_set(err, ERR_UNSUPPORTED, ENOTSUP,
			      "this kernel has no cgroup v2 controller '%s'", name);
		return err_hint(err, "see /sys/fs/cgroup/cgroup.controllers and the kernel's "
				     "cgroup_disable= option");
	}
	(void)err_set(err, ERR_UNSUPPORTED, ENOTSUP, "the cgroup controller '%s' is not delegated",
		      name);
	if (system)
		return err_hint(err, "enable it in cgroup.subtree_control of the groups above");
	return err_hint(err, "sudo mkdir -p /etc/systemd/system/user@.service.d && printf "
			     "'[Service]\\nDelegate=cpu cpuset io memory pids\\n' | sudo tee "
			     "/etc/systemd/system/user@.service.d/50-masu-delegate.conf && sudo "
			     "systemctl daemon-reload, then log in again");
}

int cgroup_require(unsigned wanted, unsigned present, bool system, struct err *err)
{
	for (int i = 0; i < CGROUP_CONTROLLER_MAX; i++)
		if (wanted & ~present & 1u << i)
			return missing((enum cgroup_controller)i, system, err);
	return 0;
}

/* Without swap there is nothing to limit, and kernels without it have no such file. */
static bool host_has_swap(void)
{
	struct sysinfo info;

	return sysinfo(&info) < 0 || info.totalswap > 0;
}

static bool may_be_missing(const struct cgroup_setting *item)
{
	return item->flags ||
	       ((streq(item->file, CGROUP_FILE_SWAP) || streq(item->file, CGROUP_V1_FILE_SWAP)) &&
		!host_has_swap());
}

/* On v2 the limits of a scope are its own; of one that is split, the container's. */
static int limits_group(const struct cgroup *cg)
{
	return cg->sub ? cg->scope_fd : cg->container_fd;
}

/* 1 when it was written, 0 when it needn't be, -errno. */
static int write_one(const struct cgroup *cg, const struct cgroup_setting *item)
{
	int group = item->v1 ? v1_group(cg, item->v1) : limits_group(cg);
	int r = group < 0 ? -ENOENT : file_write_value(group, item->file, item->value);

	if (r == -ENOENT && may_be_missing(item))
		return 0;
	return r < 0 ? r : 1;
}

static int refused(const struct cgroup_setting *item, int code, struct err *err)
{
	if (code == -ENOENT)
		return err_set(err, ERR_UNSUPPORTED, ENOTSUP, "this kernel has no '%s'",
			       item->file);
	return err_sys(err, code, "write '%s' to %s", item->value, item->file);
}

static int write_settings(const struct cgroup *cg, const struct cgroup_settings *s, struct err *err)
{
	_cleanup_free_ bool *again = calloc(s->n + 1, sizeof(*again));

	if (!again)
		return err_sys(err, ENOMEM, "write the limits");
	for (size_t i = 0; i < s->n; i++) {
		int r = write_one(cg, &s->item[i]);

		if (r == -EINVAL || r == -EBUSY)
			again[i] = true;
		else if (r < 0)
			return refused(&s->item[i], r, err);
		while (r > 0 && s->item[i].flags & SETTING_OR_NEXT && i + 1 < s->n)
			i++;
	}
	for (size_t i = 0; i < s->n; i++) {
		int r = again[i] ? write_one(cg, &s->item[i]) : 0;

		if (r < 0)
			return refused(&s->item[i], r, err);
	}
	return 0;
}

static int apply_v2(const struct cgroup *cg, const struct oci_resources *limits, struct err *err)
{
	_cleanup_settings_ struct cgroup_settings settings = {0};
	unsigned present;
	int r = cgroup_limits_translate(limits, &settings, err);

	if (r < 0)
		return r;
	r = cgroup_controllers(limits_group(cg), &present);
	if (r < 0)
		return err_sys(err, r, "read cgroup.controllers");
	r = cgroup_require(cgroup_settings_controllers(&settings), present,
			   cg->flags & CGROUP_SYSTEM, err);
	return r == 0 ? write_settings(cg, &settings, err) : r;
}

static int apply_v1(const struct cgroup *cg, const struct oci_resources *limits, struct err *err)
{
	_cleanup_settings_ struct cgroup_settings settings = {0};
	unsigned on_v2 = v1_controllers_on_v2();
	int r = cgroup_limits_translate_v1(limits, on_v2, &settings, err);

	if (r == 0)
		r = v1_require(cg, &settings, err);
	return r == 0 ? write_settings(cg, &settings, err) : r;
}

int cgroup_limits_apply(const struct cgroup *cg, const struct oci_resources *limits,
			struct err *err)
{
	return cg->n_v1 ? apply_v1(cg, limits, err) : apply_v2(cg, limits, err);
}
