/* SPDX-License-Identifier: Apache-2.0 */

#include "base/str.h"
#include "oci/spec-reader.h"

static void parse_memory(const struct spec_node *at, struct oci_memory *m)
{
	struct spec_node node;
	int64_t swappiness = 0;

	if (!spec_object(at, "memory", &node))
		return;
	(void)spec_int64(&node, "limit", -1, INT64_MAX, &m->limit);
	(void)spec_int64(&node, "reservation", -1, INT64_MAX, &m->reservation);
	(void)spec_int64(&node, "swap", -1, INT64_MAX, &m->swap);
	(void)spec_int64(&node, "kernel", -1, INT64_MAX, &m->kernel);
	(void)spec_int64(&node, "kernelTCP", -1, INT64_MAX, &m->kernel_tcp);
	m->has_swappiness = spec_int64(&node, "swappiness", 0, 200, &swappiness);
	m->swappiness = (uint64_t)swappiness;
	(void)spec_bool(&node, "disableOOMKiller", &m->disable_oom_killer);
	(void)spec_bool(&node, "useHierarchy", &m->use_hierarchy);
	(void)spec_bool(&node, "checkBeforeUpdate", &m->check_before_update);
}

static void parse_cpu(const struct spec_node *at, struct oci_cpu *c)
{
	struct spec_node node;

	if (!spec_object(at, "cpu", &node))
		return;
	(void)spec_uint64(&node, "shares", &c->shares);
	(void)spec_uint64(&node, "period", &c->period);
	(void)spec_uint64(&node, "realtimePeriod", &c->realtime_period);
	c->has_burst = spec_uint64(&node, "burst", &c->burst);
	(void)spec_int64(&node, "quota", -1, INT64_MAX, &c->quota);
	(void)spec_int64(&node, "realtimeRuntime", -1, INT64_MAX, &c->realtime_runtime);
	(void)spec_text(&node, "cpus", SPEC_NO_CONTROL, &c->cpus);
	(void)spec_text(&node, "mems", SPEC_NO_CONTROL, &c->mems);
	c->has_idle = spec_int64(&node, "idle", 0, 1, &c->idle);
}

/* Unknown letters are ignored, as in runc and crun; but without any known one it must not mean "all". */
static void parse_access(const struct spec_node *at, struct oci_device_rule *d)
{
	const char *access = "";
	size_t length = 0;

	(void)spec_string(at, "access", &access);
	bool given = *access;
	for (; *access; access++)
		if (strchr("rwm", *access) && !strchr(d->access, *access))
			d->access[length++] = *access;
	if (given && !length)
		(void)spec_invalid(at, "access", "must have one of r, w, m");
}

static void parse_device_rule(const struct spec_node *at, void *slot)
{
	struct oci_device_rule *d = slot;
	const char *type = "a";

	(void)spec_require(at, "allow", spec_bool(at, "allow", &d->allow));
	(void)spec_string(at, "type", &type);
	type = *type ? type : "a";
	if (strlen(type) != 1 || !strchr("abc", *type))
		(void)spec_invalid(at, "type", "'%s' is not a, b or c", type);
	d->type = *type;
	d->major = d->minor = OCI_DEVICE_ANY;
	(void)spec_int64(at, "major", OCI_DEVICE_ANY, UINT32_MAX, &d->major);
	(void)spec_int64(at, "minor", OCI_DEVICE_ANY, UINT32_MAX, &d->minor);
	parse_access(at, d);
}

void spec_parse_resources(const struct spec_node *at, struct oci_resources *ret)
{
	struct spec_node pids;

	parse_memory(at, &ret->memory);
	parse_cpu(at, &ret->cpu);
	if (spec_object(at, "pids", &pids))
		ret->has_pids_limit = spec_int64(&pids, "limit", -1, INT64_MAX, &ret->pids_limit);
	(void)spec_array(at, "devices", SPEC_LIST(ret->devices, ret->n_devices, parse_device_rule));
	(void)spec_map(at, "unified", &ret->unified);
	/* Names of files: a slash would lead out of the container's cgroup. */
	for (size_t i = 0; i < ret->unified.n; i++)
		if (strchr(ret->unified.pairs[i].key, '/'))
			(void)spec_invalid(at, "unified", "'%s' is not a file's name",
					   ret->unified.pairs[i].key);
	spec_parse_io(at, ret);
}
