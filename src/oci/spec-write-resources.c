/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/spec-writer.h"

#include <errno.h>

#include "base/json.h"

static void put_nonzero(struct spec_writer *w, struct json_object *o, const char *key, int64_t n)
{
	if (n)
		spec_put_int(w, o, key, n);
}

static void put_positive(struct spec_writer *w, struct json_object *o, const char *key, uint64_t n)
{
	if (n)
		spec_put_uint(w, o, key, n);
}

static void write_memory(struct spec_writer *w, struct json_object *o, const struct oci_memory *m)
{
	put_nonzero(w, o, "limit", m->limit);
	put_nonzero(w, o, "reservation", m->reservation);
	put_nonzero(w, o, "swap", m->swap);
	put_nonzero(w, o, "kernel", m->kernel);
	put_nonzero(w, o, "kernelTCP", m->kernel_tcp);
	if (m->has_swappiness)
		spec_put_uint(w, o, "swappiness", m->swappiness);
	spec_put_true(w, o, "disableOOMKiller", m->disable_oom_killer);
	spec_put_true(w, o, "useHierarchy", m->use_hierarchy);
	spec_put_true(w, o, "checkBeforeUpdate", m->check_before_update);
}

static void write_cpu(struct spec_writer *w, struct json_object *o, const struct oci_cpu *c)
{
	put_positive(w, o, "shares", c->shares);
	put_nonzero(w, o, "quota", c->quota);
	if (c->has_burst)
		spec_put_uint(w, o, "burst", c->burst);
	put_positive(w, o, "period", c->period);
	put_nonzero(w, o, "realtimeRuntime", c->realtime_runtime);
	put_positive(w, o, "realtimePeriod", c->realtime_period);
	spec_put_text(w, o, "cpus", c->cpus);
	spec_put_text(w, o, "mems", c->mems);
	if (c->has_idle)
		spec_put_int(w, o, "idle", c->idle);
}

static void put_number(struct spec_writer *w, struct json_object *o, int64_t major, int64_t minor)
{
	spec_put_int(w, o, "major", major);
	spec_put_int(w, o, "minor", minor);
}

static void write_block_io(struct spec_writer *w, struct json_object *o,
			   const struct oci_block_io *io)
{
	struct json_object *list;

	put_positive(w, o, "weight", io->weight);
	put_positive(w, o, "leafWeight", io->leaf_weight);
	list = io->n_weights ? spec_open_array(w, o, "weightDevice") : NULL;
	for (size_t i = 0; i < io->n_weights; i++) {
		struct json_object *d = spec_open_object(w, list, NULL);

		put_number(w, d, io->weights[i].major, io->weights[i].minor);
		put_positive(w, d, "weight", io->weights[i].weight);
		put_positive(w, d, "leafWeight", io->weights[i].leaf_weight);
	}
	for (int kind = 0; kind < OCI_THROTTLE_MAX; kind++) {
		size_t n = io->throttle[kind].n;

		list = n ? spec_open_array(w, o, oci_throttle_key(kind)) : NULL;
		for (size_t i = 0; i < n; i++) {
			const struct oci_throttle_device *from = &io->throttle[kind].list[i];
			struct json_object *d = spec_open_object(w, list, NULL);

			put_number(w, d, from->major, from->minor);
			put_positive(w, d, "rate", from->rate);
		}
	}
}

static void write_hugepages(struct spec_writer *w, struct json_object *o,
			    const struct oci_resources *r)
{
	struct json_object *list = r->n_hugepages ? spec_open_array(w, o, "hugepageLimits") : NULL;

	for (size_t i = 0; i < r->n_hugepages; i++) {
		struct json_object *h = spec_open_object(w, list, NULL);

		spec_put_text(w, h, "pageSize", r->hugepages[i].page_size);
		spec_put_uint(w, h, "limit", r->hugepages[i].limit);
	}
}

static void write_network(struct spec_writer *w, struct json_object *o,
			  const struct oci_resources *r)
{
	put_positive(w, o, "classID", r->class_id);
	struct json_object *list = r->n_priorities ? spec_open_array(w, o, "priorities") : NULL;

	for (size_t i = 0; i < r->n_priorities; i++) {
		struct json_object *p = spec_open_object(w, list, NULL);

		spec_put_text(w, p, "name", r->priorities[i].name);
		spec_put_uint(w, p, "priority", r->priorities[i].priority);
	}
}

static void write_rdma(struct spec_writer *w, struct json_object *o, const struct oci_resources *r)
{
	for (size_t i = 0; i < r->n_rdma; i++) {
		struct json_object *l = spec_open_object(w, o, r->rdma[i].device);

		if (r->rdma[i].has_handles)
			spec_put_uint(w, l, "hcaHandles", r->rdma[i].handles);
		if (r->rdma[i].has_objects)
			spec_put_uint(w, l, "hcaObjects", r->rdma[i].objects);
	}
}

static void write_device_rules(struct spec_writer *w, struct json_object *o,
			       const struct oci_resources *r)
{
	if (r->n_devices == 0)
		return;
	struct json_object *array = spec_open_array(w, o, "devices");

	for (size_t i = 0; i < r->n_devices; i++) {
		const struct oci_device_rule *from = &r->devices[i];
		struct json_object *d = spec_open_object(w, array, NULL);
		char type[] = {from->type, 0};

		spec_put(w, d, "allow", json_object_new_boolean(from->allow));
		if (from->type != 'a')
			spec_put_text(w, d, "type", type);
		if (from->major != OCI_DEVICE_ANY)
			spec_put_int(w, d, "major", from->major);
		if (from->minor != OCI_DEVICE_ANY)
			spec_put_int(w, d, "minor", from->minor);
		if (*from->access)
			spec_put_text(w, d, "access", from->access);
	}
}

void spec_write_resources(struct spec_writer *w, struct json_object *o,
			  const struct oci_resources *r)
{
	write_memory(w, spec_open_object(w, o, "memory"), &r->memory);
	spec_drop_empty(o, "memory");
	write_cpu(w, spec_open_object(w, o, "cpu"), &r->cpu);
	spec_drop_empty(o, "cpu");
	if (r->has_pids_limit)
		spec_put_int(w, spec_open_object(w, o, "pids"), "limit", r->pids_limit);
	write_block_io(w, spec_open_object(w, o, "blockIO"), &r->block_io);
	spec_drop_empty(o, "blockIO");
	write_hugepages(w, o, r);
	write_network(w, spec_open_object(w, o, "network"), r);
	spec_drop_empty(o, "network");
	write_rdma(w, spec_open_object(w, o, "rdma"), r);
	spec_drop_empty(o, "rdma");
	write_device_rules(w, o, r);
	spec_put_map(w, o, "unified", &r->unified);
}

int oci_resources_to_json(const struct oci_resources *resources, struct json_object **ret,
			  struct err *err)
{
	_cleanup_json_ struct json_object *o = json_object_new_object();
	struct spec_writer w = {.failed = !o};

	spec_write_resources(&w, o, resources);
	if (w.failed)
		return err_sys(err, ENOMEM, "write the resources");
	*ret = TAKE_PTR(o);
	return 0;
}
