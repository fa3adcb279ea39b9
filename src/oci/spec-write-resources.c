/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/spec-writer.h"

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
	put_positive(w, o, "burst", c->burst);
	put_positive(w, o, "period", c->period);
	put_nonzero(w, o, "realtimeRuntime", c->realtime_runtime);
	put_positive(w, o, "realtimePeriod", c->realtime_period);
	spec_put_text(w, o, "cpus", c->cpus);
	spec_put_text(w, o, "mems", c->mems);
	if (c->has_idle)
		spec_put_int(w, o, "idle", c->idle);
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
	write_device_rules(w, o, r);
	spec_put_map(w, o, "unified", &r->unified);
}
