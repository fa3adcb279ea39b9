/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the words of linux.resources to the files of cgroup v2. Where the two have different scales
 * (weights), the result is what runc and crun write; where a word has no counterpart, it is refused.
 */
#include "cgroup/limits.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/str.h"
#include "cgroup/detect.h"
#include "cgroup/v2/v2.h"

/*
 * Both scales are logarithmic in what they mean, with the defaults (1024 and 100) in the middle, so
 * a straight line between their ends would make 39 of 1024. The table has the weights of the powers
 * of two on the curve that runs through both ends and the defaults; between them it is a line.
 */
uint64_t v2_weight_of_shares(uint64_t shares)
{
	static const uint16_t of_power[] = {
		0, 1, 2, 3, 5, 8, 12, 21, 35, 59, 100, 174, 303, 532, 942, 1681, 3023, 5478, 10000,
	};
	unsigned power = 1;

	shares = MIN(MAX(shares, CGROUP_SHARES_MIN), CGROUP_SHARES_MAX);
	while (UINT64_C(2) << power <= shares)
		power++;
	uint64_t low = UINT64_C(1) << power;
	if (shares == low)
		return of_power[power];
	return of_power[power] + (of_power[power + 1] - of_power[power]) * (shares - low) / low;
}

static int refuse_v1(const struct oci_resources *limits, struct masu_error *err)
{
	const struct {
		bool asked;
		const char *name;
	} gone[] = {
		{limits->memory.kernel_tcp > 0, "memory.kernelTCP"},
		{limits->memory.has_swappiness, "memory.swappiness"},
		{limits->memory.disable_oom_killer, "memory.disableOOMKiller"},
		{limits->cpu.realtime_runtime != 0, "cpu.realtimeRuntime"},
		{limits->cpu.realtime_period != 0, "cpu.realtimePeriod"},
		{limits->block_io.leaf_weight != 0, "blockIO.leafWeight"},
		{limits->class_id != 0, "network.classID"},
		{limits->n_priorities > 0, "network.priorities"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(gone); i++)
		if (gone[i].asked)
			return err_set(err, ERR_UNSUPPORTED, ENOTSUP,
				       "linux.resources.%s does not exist in cgroup v2",
				       gone[i].name);
	return 0;
}

static void translate_memory(const struct oci_memory *m, struct cgroup_settings *s)
{
	if (m->limit)
		settings_add_number(s, CGROUP_MEMORY, "memory.max", m->limit);
	if (m->swap)
		settings_add_number(s, CGROUP_MEMORY, CGROUP_FILE_SWAP,
				    m->swap < 0 ? -1 : m->swap - m->limit);
	if (m->reservation)
		settings_add_number(s, CGROUP_MEMORY, "memory.low", m->reservation);
}

static void translate_cpu(const struct oci_cpu *c, struct cgroup_settings *s)
{
	uint64_t period = c->period ? c->period : CGROUP_CPU_PERIOD_DEFAULT;
	struct cgroup_setting cpu = SETTING_V2(CGROUP_CPU), cpuset = SETTING_V2(CGROUP_CPUSET);

	if (c->shares)
		settings_add_number(s, CGROUP_CPU, "cpu.weight",
				    (int64_t)v2_weight_of_shares(c->shares));
	if (c->quota > 0)
		settings_add(s, cpu, "cpu.max", "%" PRId64 " %" PRIu64, c->quota, period);
	cpu.flags = SETTING_UNLIMITED;
	if (c->quota <= 0 && (c->quota || c->period))
		settings_add(s, cpu, "cpu.max", "max %" PRIu64, period);
	cpu.flags = c->burst ? 0 : SETTING_UNLIMITED;
	if (c->has_burst)
		settings_add(s, cpu, "cpu.max.burst", "%" PRIu64, c->burst);
	/* After the weight, which an idle group refuses. */
	if (c->has_idle)
		settings_add_number(s, CGROUP_CPU, "cpu.idle", c->idle);
	if (c->cpus && *c->cpus)
		settings_add(s, cpuset, "cpuset.cpus", "%s", c->cpus);
	if (c->mems && *c->mems)
		settings_add(s, cpuset, "cpuset.mems", "%s", c->mems);
}

/*
 * Weights 10 to 1000 to io.weight's 1 to 10000. Where the BFQ scheduler is built in it has a file of
 * its own, with v1's scale, and io.weight belongs to another policy.
 */
uint64_t v2_weight_of_block_io(uint16_t weight)
{
	return 1 + (weight - UINT64_C(10)) * 9999 / 990;
}

static void translate_weights(const struct oci_block_io *io, struct cgroup_settings *s)
{
	struct cgroup_setting bfq = SETTING_V2(CGROUP_IO), other = bfq;

	bfq.flags = SETTING_OR_NEXT;
	if (io->weight) {
		settings_add(s, bfq, "io.bfq.weight", "%u", io->weight);
		settings_add(s, other, "io.weight", "default %" PRIu64,
			     v2_weight_of_block_io(io->weight));
	}
	for (size_t i = 0; i < io->n_weights; i++) {
		const struct oci_weight_device *d = &io->weights[i];

		if (!d->weight)
			continue;
		settings_add(s, bfq, "io.bfq.weight", "%" PRId64 ":%" PRId64 " %u", d->major,
			     d->minor, d->weight);
		settings_add(s, other, "io.weight", "%" PRId64 ":%" PRId64 " %" PRIu64, d->major,
			     d->minor, v2_weight_of_block_io(d->weight));
	}
}

static void translate_throttles(const struct oci_block_io *io, struct cgroup_settings *s)
{
	static const char *const names[OCI_THROTTLE_MAX] = {
		[OCI_THROTTLE_READ_BPS] = "rbps",
		[OCI_THROTTLE_WRITE_BPS] = "wbps",
		[OCI_THROTTLE_READ_IOPS] = "riops",
		[OCI_THROTTLE_WRITE_IOPS] = "wiops",
	};

	for (int kind = 0; kind < OCI_THROTTLE_MAX; kind++)
		for (size_t i = 0; i < io->throttle[kind].n; i++) {
			const struct oci_throttle_device *d = &io->throttle[kind].list[i];
			char rate[24] = "max";

			if (d->rate)
				(void)snprintf(rate, sizeof(rate), "%" PRIu64, d->rate);
			settings_add(s, SETTING_V2(CGROUP_IO), "io.max",
				     "%" PRId64 ":%" PRId64 " %s=%s", d->major, d->minor,
				     names[kind], rate);
		}
}

/*
 * Reservations are limited where the kernel can, so that a container fails at its mmap(2) and not
 * by a signal later; page faults always (runtime-spec, config-linux.md, "Huge page limits").
 */
void v2_translate_hugepages(const struct oci_resources *limits, struct cgroup_settings *s)
{
	for (size_t i = 0; i < limits->n_hugepages; i++) {
		const struct oci_hugepage_limit *h = &limits->hugepages[i];
		struct cgroup_setting like = SETTING_V2(CGROUP_HUGETLB);
		char file[64];

		if (h->limit == 0 && !cgroup_host_has_hugepages(h->page_size))
			like.flags = SETTING_UNLIMITED;
		(void)snprintf(file, sizeof(file), "hugetlb.%.20s.max", h->page_size);
		settings_add(s, like, file, "%" PRIu64, h->limit);
		like.flags |= SETTING_OPTIONAL;
		(void)snprintf(file, sizeof(file), "hugetlb.%.20s.rsvd.max", h->page_size);
		settings_add(s, like, file, "%" PRIu64, h->limit);
	}
}

void v2_translate_rdma(const struct oci_resources *limits, struct cgroup_setting like,
		       struct cgroup_settings *s)
{
	for (size_t i = 0; i < limits->n_rdma; i++) {
		const struct oci_rdma_limit *l = &limits->rdma[i];
		char handles[32] = "", objects[32] = "";

		if (l->has_handles)
			(void)snprintf(handles, sizeof(handles), " hca_handle=%u", l->handles);
		if (l->has_objects)
			(void)snprintf(objects, sizeof(objects), " hca_object=%u", l->objects);
		if (*handles || *objects)
			settings_add(s, like, "rdma.max", "%s%s%s", l->device, handles, objects);
	}
}

/* The controller of a file "NAME.what", or -1. */
static int controller_of_file(const char *file)
{
	for (int i = 0; i < CGROUP_CONTROLLER_MAX; i++) {
		const char *rest = str_after(file,
					     cgroup_controller_name((enum cgroup_controller)i));

		if (rest && *rest == '.')
			return i;
	}
	return -1;
}

/*
 * Any file of a controller, but of the core's only the two limits: the others would move or kill
 * processes, or take the group from masu.
 */
static bool is_unified_key(const char *key)
{
	static const char set[] = "abcdefghijklmnopqrstuvwxyz0123456789_.-KMGB";

	if (strspn(key, set) != strlen(key) || key[0] == '.' || !strchr(key, '.'))
		return false;
	return !str_after(key, "cgroup.") || streq(key, "cgroup.max.depth") ||
	       streq(key, "cgroup.max.descendants");
}

static int translate_unified(const struct oci_map *map, struct cgroup_settings *s,
			     struct masu_error *err)
{
	for (size_t i = 0; i < map->n; i++) {
		const struct oci_pair *pair = &map->pairs[i];

		if (!is_unified_key(pair->key))
			return err_set(err, ERR_INVALID, EINVAL,
				       "linux.resources.unified: '%s' is not a limit", pair->key);
		if (!*pair->value || strchr(pair->value, '\n'))
			return err_set(err, ERR_INVALID, EINVAL,
				       "linux.resources.unified has no one-line value for '%s'",
				       pair->key);
		settings_add(s, SETTING_V2(controller_of_file(pair->key)), pair->key, "%s",
			     pair->value);
	}
	return 0;
}

int v2_translate(const struct oci_resources *limits, struct cgroup_settings *ret,
		 struct masu_error *err)
{
	_cleanup_settings_ struct cgroup_settings s = {0};
	int r = refuse_v1(limits, err);

	if (r < 0)
		return r;
	r = cgroup_limits_check(limits, err);
	if (r < 0)
		return r;
	translate_memory(&limits->memory, &s);
	translate_cpu(&limits->cpu, &s);
	if (limits->has_pids_limit)
		settings_add_number(&s, CGROUP_PIDS, "pids.max",
				    limits->pids_limit >= 0 ? limits->pids_limit : -1);
	translate_weights(&limits->block_io, &s);
	translate_throttles(&limits->block_io, &s);
	v2_translate_hugepages(limits, &s);
	v2_translate_rdma(limits, SETTING_V2(CGROUP_RDMA), &s);
	r = translate_unified(&limits->unified, &s, err);
	if (r < 0)
		return r;
	if (s.failed)
		return err_oom(err);
	*ret = s;
	s = (struct cgroup_settings){0};
	return 0;
}

static int missing(enum cgroup_controller controller, bool system, struct masu_error *err)
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

int v2_require(const struct cgroup *cg, const struct cgroup_settings *settings,
	       struct masu_error *err)
{
	unsigned wanted = cgroup_settings_controllers(settings), present;
	int r = cgroup_controllers(cgroup_limits_group(cg), &present);

	if (r < 0)
		return err_sys(err, r, "read cgroup.controllers");
	for (int i = 0; i < CGROUP_CONTROLLER_MAX; i++)
		if (wanted & ~present & 1u << i)
			return missing((enum cgroup_controller)i, cg->flags & CGROUP_SYSTEM, err);
	return 0;
}
