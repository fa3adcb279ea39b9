/* SPDX-License-Identifier: Apache-2.0 */
/*
 * linux.resources uses the terms of cgroup v1, so its values are written unchanged. Each controller is in
 * a hierarchy of its own or, on a hybrid host, in the v2 hierarchy beside them.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "cgroup/detect.h"
#include "cgroup/limits.h"
#include "cgroup/v1/v1.h"
#include "cgroup/v2/v2.h"

static void number(struct cgroup_settings *s, const char *controller, const char *file, int64_t n)
{
	settings_add(s, SETTING_V1(controller), file, "%" PRId64, n);
}

/* Valid even if the file does not exist. */
static void unlimited(struct cgroup_settings *s, const char *controller, const char *file,
		      const char *value)
{
	const struct cgroup_setting like = {
		.controller = -1, .v1 = controller, .flags = SETTING_UNLIMITED};

	settings_add(s, like, file, "%s", value);
}

static void translate_memory(const struct oci_memory *m, struct cgroup_settings *s)
{
	/* It cannot be set later. Since Linux 5.11 it is always on. */
	if (m->use_hierarchy)
		number(s, "memory", "memory.use_hierarchy", 1);
	if (m->limit)
		number(s, "memory", "memory.limit_in_bytes", m->limit);
	if (m->swap)
		number(s, "memory", "memory.memsw.limit_in_bytes", m->swap);
	if (m->reservation)
		number(s, "memory", "memory.soft_limit_in_bytes", m->reservation);
	if (m->kernel_tcp)
		number(s, "memory", "memory.kmem.tcp.limit_in_bytes", m->kernel_tcp);
	if (m->has_swappiness)
		number(s, "memory", "memory.swappiness", (int64_t)m->swappiness);
	if (m->disable_oom_killer)
		number(s, "memory", "memory.oom_control", 1);
}

static void translate_cpu(const struct oci_cpu *c, struct cgroup_settings *s)
{
	if (c->shares)
		number(s, "cpu", "cpu.shares", (int64_t)c->shares);
	if (c->period)
		number(s, "cpu", "cpu.cfs_period_us", (int64_t)c->period);
	if (c->quota)
		number(s, "cpu", "cpu.cfs_quota_us", c->quota);
	if (c->burst)
		number(s, "cpu", "cpu.cfs_burst_us", (int64_t)c->burst);
	else if (c->has_burst)
		unlimited(s, "cpu", "cpu.cfs_burst_us", "0");
	if (c->realtime_period)
		number(s, "cpu", "cpu.rt_period_us", (int64_t)c->realtime_period);
	if (c->realtime_runtime)
		number(s, "cpu", "cpu.rt_runtime_us", c->realtime_runtime);
	if (c->has_idle)
		number(s, "cpu", "cpu.idle", c->idle);
	if (c->cpus && *c->cpus)
		settings_add(s, SETTING_V1("cpuset"), "cpuset.cpus", "%s", c->cpus);
	if (c->mems && *c->mems)
		settings_add(s, SETTING_V1("cpuset"), "cpuset.mems", "%s", c->mems);
}

/* Linux 5.0 removed the CFQ scheduler and its file. BFQ's file has another name. */
static void translate_weights(const struct oci_block_io *io, struct cgroup_settings *s)
{
	struct cgroup_setting cfq = SETTING_V1("blkio"), bfq = cfq;

	cfq.flags = SETTING_OR_NEXT;
	if (io->weight) {
		settings_add(s, cfq, "blkio.weight", "%u", io->weight);
		settings_add(s, bfq, "blkio.bfq.weight", "%u", io->weight);
	}
	if (io->leaf_weight)
		number(s, "blkio", "blkio.leaf_weight", io->leaf_weight);
	for (size_t i = 0; i < io->n_weights; i++) {
		const struct oci_weight_device *d = &io->weights[i];
		char device[48];

		(void)snprintf(device, sizeof(device), "%" PRId64 ":%" PRId64, d->major, d->minor);
		if (d->weight) {
			settings_add(s, cfq, "blkio.weight_device", "%s %u", device, d->weight);
			settings_add(s, bfq, "blkio.bfq.weight_device", "%s %u", device, d->weight);
		}
		if (d->leaf_weight)
			settings_add(s, bfq, "blkio.leaf_weight_device", "%s %u", device,
				     d->leaf_weight);
	}
}

static void translate_throttles(const struct oci_block_io *io, struct cgroup_settings *s)
{
	static const char *const files[OCI_THROTTLE_MAX] = {
		[OCI_THROTTLE_READ_BPS] = "blkio.throttle.read_bps_device",
		[OCI_THROTTLE_WRITE_BPS] = "blkio.throttle.write_bps_device",
		[OCI_THROTTLE_READ_IOPS] = "blkio.throttle.read_iops_device",
		[OCI_THROTTLE_WRITE_IOPS] = "blkio.throttle.write_iops_device",
	};

	for (int kind = 0; kind < OCI_THROTTLE_MAX; kind++)
		for (size_t i = 0; i < io->throttle[kind].n; i++) {
			const struct oci_throttle_device *d = &io->throttle[kind].list[i];

			settings_add(s, SETTING_V1("blkio"), files[kind],
				     "%" PRId64 ":%" PRId64 " %" PRIu64, d->major, d->minor,
				     d->rate);
		}
}

static void translate_hugepages(const struct oci_resources *limits, struct cgroup_settings *s)
{
	for (size_t i = 0; i < limits->n_hugepages; i++) {
		const struct oci_hugepage_limit *h = &limits->hugepages[i];
		struct cgroup_setting like = SETTING_V1("hugetlb");
		char file[64];

		if (h->limit == 0 && !cgroup_host_has_hugepages(h->page_size))
			like.flags = SETTING_UNLIMITED;
		(void)snprintf(file, sizeof(file), "hugetlb.%.20s.limit_in_bytes", h->page_size);
		settings_add(s, like, file, "%" PRIu64, h->limit);
		like.flags |= SETTING_OPTIONAL;
		(void)snprintf(file, sizeof(file), "hugetlb.%.20s.rsvd.limit_in_bytes",
			       h->page_size);
		settings_add(s, like, file, "%" PRIu64, h->limit);
	}
}

static void translate_network(const struct oci_resources *limits, struct cgroup_settings *s)
{
	if (limits->class_id)
		number(s, "net_cls", "net_cls.classid", limits->class_id);
	for (size_t i = 0; i < limits->n_priorities; i++)
		settings_add(s, SETTING_V1("net_prio"), "net_prio.ifpriomap", "%s %u",
			     limits->priorities[i].name, limits->priorities[i].priority);
}

int v1_translate(const struct oci_resources *limits, unsigned on_v2, struct cgroup_settings *ret,
		 struct masu_error *err)
{
	_cleanup_settings_ struct cgroup_settings s = {0};
	int r = cgroup_limits_check(limits, err);

	if (r < 0)
		return r;
	if (limits->unified.n > 0)
		return err_set(err, ERR_UNSUPPORTED, ENOTSUP,
			       "linux.resources.unified ('%s') needs cgroup v2 alone",
			       limits->unified.pairs[0].key);
	translate_memory(&limits->memory, &s);
	translate_cpu(&limits->cpu, &s);
	if (limits->has_pids_limit && limits->pids_limit >= 0)
		number(&s, "pids", "pids.max", limits->pids_limit);
	else if (limits->has_pids_limit)
		unlimited(&s, "pids", "pids.max", "max");
	translate_weights(&limits->block_io, &s);
	translate_throttles(&limits->block_io, &s);
	if (on_v2 & 1u << CGROUP_HUGETLB)
		v2_translate_hugepages(limits, &s);
	else
		translate_hugepages(limits, &s);
	v2_translate_rdma(limits,
			  on_v2 & 1u << CGROUP_RDMA ? SETTING_V2(CGROUP_RDMA) : SETTING_V1("rdma"),
			  &s);
	translate_network(limits, &s);
	if (s.failed)
		return err_oom(err);
	*ret = s;
	s = (struct cgroup_settings){0};
	return 0;
}
