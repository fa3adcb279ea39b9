/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/spec-write.h"

#include "base/json.h"

static void put_nonzero(struct json_build *b, struct json_object *o, const char *key, int64_t n)
{
	if (n)
		build_int(b, o, key, n);
}

static void put_positive(struct json_build *b, struct json_object *o, const char *key, uint64_t n)
{
	if (n)
		build_uint(b, o, key, n);
}

static void write_memory(struct json_build *b, struct json_object *o, const struct oci_memory *m)
{
	put_nonzero(b, o, "limit", m->limit);
	put_nonzero(b, o, "reservation", m->reservation);
	put_nonzero(b, o, "swap", m->swap);
	put_nonzero(b, o, "kernel", m->kernel);
	put_nonzero(b, o, "kernelTCP", m->kernel_tcp);
	if (m->has_swappiness)
		build_uint(b, o, "swappiness", m->swappiness);
	build_true(b, o, "disableOOMKiller", m->disable_oom_killer);
	build_true(b, o, "useHierarchy", m->use_hierarchy);
	build_true(b, o, "checkBeforeUpdate", m->check_before_update);
}

static void write_cpu(struct json_build *b, struct json_object *o, const struct oci_cpu *c)
{
	put_positive(b, o, "shares", c->shares);
	put_nonzero(b, o, "quota", c->quota);
	if (c->has_burst)
		build_uint(b, o, "burst", c->burst);
	put_positive(b, o, "period", c->period);
	put_nonzero(b, o, "realtimeRuntime", c->realtime_runtime);
	put_positive(b, o, "realtimePeriod", c->realtime_period);
	build_text(b, o, "cpus", c->cpus);
	build_text(b, o, "mems", c->mems);
	if (c->has_idle)
		build_int(b, o, "idle", c->idle);
}

static void put_number(struct json_build *b, struct json_object *o, int64_t major, int64_t minor)
{
	build_int(b, o, "major", major);
	build_int(b, o, "minor", minor);
}

static void write_block_io(struct json_build *b, struct json_object *o,
			   const struct oci_block_io *io)
{
	struct json_object *list;

	put_positive(b, o, "weight", io->weight);
	put_positive(b, o, "leafWeight", io->leaf_weight);
	list = io->n_weights ? build_array(b, o, "weightDevice") : NULL;
	for (size_t i = 0; i < io->n_weights; i++) {
		struct json_object *d = build_object(b, list, NULL);

		put_number(b, d, io->weights[i].major, io->weights[i].minor);
		put_positive(b, d, "weight", io->weights[i].weight);
		put_positive(b, d, "leafWeight", io->weights[i].leaf_weight);
	}
	for (int kind = 0; kind < OCI_THROTTLE_MAX; kind++) {
		size_t n = io->throttle[kind].n;

		list = n ? build_array(b, o, oci_throttle_key(kind)) : NULL;
		for (size_t i = 0; i < n; i++) {
			const struct oci_throttle_device *from = &io->throttle[kind].list[i];
			struct json_object *d = build_object(b, list, NULL);

			put_number(b, d, from->major, from->minor);
			put_positive(b, d, "rate", from->rate);
		}
	}
}

static void write_hugepages(struct json_build *b, struct json_object *o,
			    const struct oci_resources *r)
{
	struct json_object *list = r->n_hugepages ? build_array(b, o, "hugepageLimits") : NULL;

	for (size_t i = 0; i < r->n_hugepages; i++) {
		struct json_object *h = build_object(b, list, NULL);

		build_text(b, h, "pageSize", r->hugepages[i].page_size);
		build_uint(b, h, "limit", r->hugepages[i].limit);
	}
}

static void write_network(struct json_build *b, struct json_object *o,
			  const struct oci_resources *r)
{
	put_positive(b, o, "classID", r->class_id);
	struct json_object *list = r->n_priorities ? build_array(b, o, "priorities") : NULL;

	for (size_t i = 0; i < r->n_priorities; i++) {
		struct json_object *p = build_object(b, list, NULL);

		build_text(b, p, "name", r->priorities[i].name);
		build_uint(b, p, "priority", r->priorities[i].priority);
	}
}

static void write_rdma(struct json_build *b, struct json_object *o, const struct oci_resources *r)
{
	for (size_t i = 0; i < r->n_rdma; i++) {
		struct json_object *l = build_object(b, o, r->rdma[i].device);

		if (r->rdma[i].has_handles)
			build_uint(b, l, "hcaHandles", r->rdma[i].handles);
		if (r->rdma[i].has_objects)
			build_uint(b, l, "hcaObjects", r->rdma[i].objects);
	}
}

static void write_device_rules(struct json_build *b, struct json_object *o,
			       const struct oci_resources *r)
{
	if (r->n_devices == 0)
		return;
	struct json_object *array = build_array(b, o, "devices");

	for (size_t i = 0; i < r->n_devices; i++) {
		const struct oci_device_rule *from = &r->devices[i];
		struct json_object *d = build_object(b, array, NULL);
		char type[] = {from->type, 0};

		build_bool(b, d, "allow", from->allow);
		if (from->type != 'a')
			build_text(b, d, "type", type);
		if (from->major != OCI_DEVICE_ANY)
			build_int(b, d, "major", from->major);
		if (from->minor != OCI_DEVICE_ANY)
			build_int(b, d, "minor", from->minor);
		if (*from->access)
			build_text(b, d, "access", from->access);
	}
}

void spec_write_resources(struct json_build *b, struct json_object *o,
			  const struct oci_resources *r)
{
	write_memory(b, build_object(b, o, "memory"), &r->memory);
	build_drop_empty(o, "memory");
	write_cpu(b, build_object(b, o, "cpu"), &r->cpu);
	build_drop_empty(o, "cpu");
	if (r->has_pids_limit)
		build_int(b, build_object(b, o, "pids"), "limit", r->pids_limit);
	write_block_io(b, build_object(b, o, "blockIO"), &r->block_io);
	build_drop_empty(o, "blockIO");
	write_hugepages(b, o, r);
	write_network(b, build_object(b, o, "network"), r);
	build_drop_empty(o, "network");
	write_rdma(b, build_object(b, o, "rdma"), r);
	build_drop_empty(o, "rdma");
	write_device_rules(b, o, r);
	if (r->unified.n)
		build_map(b, o, "unified", &r->unified);
}

int oci_resources_to_json(const struct oci_resources *resources, struct json_object **ret,
			  struct masu_error *err)
{
	_cleanup_json_ struct json_object *o = json_object_new_object();
	struct json_build b = {0};

	spec_write_resources(&b, o, resources);
	if (b.failed)
		return err_oom(err);
	*ret = TAKE_PTR(o);
	return 0;
}
