/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/json.h"
#include "base/str.h"
#include "oci/spec-reader.h"

/* The object `key` of `o`, and its place. 1, 0 or -errno. */
static int enter(struct spec_reader *r, struct json_object *o, const char *where, const char *key,
		 struct json_object **ret, char place[SPEC_WHERE_MAX])
{
	(void)spec_place(place, where, key);
	return json_get_object(o, where, key, ret, r->err);
}

static int parse_memory(struct spec_reader *r, struct json_object *resources, const char *where,
			struct oci_memory *m)
{
	char place[SPEC_WHERE_MAX];
	struct json_object *o;
	int64_t swappiness = 0;
	const struct {
		const char *key;
		int64_t *value;
	} sizes[] = {
		{"limit", &m->limit},	{"reservation", &m->reservation}, {"swap", &m->swap},
		{"kernel", &m->kernel}, {"kernelTCP", &m->kernel_tcp},
	};
	int n = enter(r, resources, where, "memory", &o, place);

	if (n <= 0)
		return n;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		n = json_get_int64(o, place, sizes[i].key, -1, INT64_MAX, sizes[i].value, r->err);
		if (n < 0)
			return n;
	}
	n = json_get_int64(o, place, "swappiness", 0, 200, &swappiness, r->err);
	if (n < 0)
		return n;
	m->has_swappiness = n > 0;
	m->swappiness = (uint64_t)swappiness;
	n = json_get_bool(o, place, "disableOOMKiller", &m->disable_oom_killer, r->err);
	if (n < 0)
		return n;
	n = json_get_bool(o, place, "useHierarchy", &m->use_hierarchy, r->err);
	if (n < 0)
		return n;
	return json_get_bool(o, place, "checkBeforeUpdate", &m->check_before_update, r->err);
}

static int parse_cpu(struct spec_reader *r, struct json_object *resources, const char *where,
		     struct oci_cpu *c)
{
	char place[SPEC_WHERE_MAX];
	struct json_object *o;
	const struct {
		const char *key;
		uint64_t *value;
	} numbers[] = {
		{"shares", &c->shares},
		{"period", &c->period},
		{"realtimePeriod", &c->realtime_period},
	};
	int n = enter(r, resources, where, "cpu", &o, place);

	if (n <= 0)
		return n;
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		n = json_get_uint64(o, place, numbers[i].key, numbers[i].value, r->err);
		if (n < 0)
			return n;
	}
	n = json_get_uint64(o, place, "burst", &c->burst, r->err);
	if (n < 0)
		return n;
	c->has_burst = n > 0;
	n = json_get_int64(o, place, "quota", -1, INT64_MAX, &c->quota, r->err);
	if (n < 0)
		return n;
	n = json_get_int64(o, place, "realtimeRuntime", -1, INT64_MAX, &c->realtime_runtime,
			   r->err);
	if (n < 0)
		return n;
	n = spec_text(r, o, place, "cpus", SPEC_NO_CONTROL, &c->cpus);
	if (n < 0)
		return n;
	n = spec_text(r, o, place, "mems", SPEC_NO_CONTROL, &c->mems);
	if (n < 0)
		return n;
	n = json_get_int64(o, place, "idle", 0, 1, &c->idle, r->err);
	c->has_idle = n > 0;
	return n;
}

static int parse_pids(struct spec_reader *r, struct json_object *resources, const char *where,
		      struct oci_resources *ret)
{
	char place[SPEC_WHERE_MAX];
	struct json_object *o;
	int n = enter(r, resources, where, "pids", &o, place);

	if (n <= 0)
		return n;
	n = json_get_int64(o, place, "limit", -1, INT64_MAX, &ret->pids_limit, r->err);
	ret->has_pids_limit = n > 0;
	return n;
}

/* Unknown letters are ignored, as in runc and crun; but without any known one it must not mean "all". */
static int parse_access(struct spec_reader *r, struct json_object *o, const char *where,
			struct oci_device_rule *d)
{
	const char *access = "";
	int n = json_get_string(o, where, "access", &access, r->err);
	size_t length = 0;

	if (n < 0)
		return n;
	bool given = *access;
	for (; *access; access++)
		if (strchr("rwm", *access) && !strchr(d->access, *access))
			d->access[length++] = *access;
	return given && !length ? spec_invalid(r, where, "access", "must have one of r, w, m") : 0;
}

static int parse_device_rule(struct spec_reader *r, struct json_object *o, const char *where,
			     void *slot)
{
	struct oci_device_rule *d = slot;
	const char *type = "a";
	int n = json_get_bool(o, where, "allow", &d->allow, r->err);

	if (n == 0)
		return spec_invalid(r, where, "allow", "is missing");
	if (n > 0)
		n = json_get_string(o, where, "type", &type, r->err);
	if (n < 0)
		return n;
	type = *type ? type : "a";
	if (strlen(type) != 1 || !strchr("abc", *type))
		return spec_invalid(r, where, "type", "'%s' is not a, b or c", type);
	*d = (struct oci_device_rule){
		.allow = d->allow, .type = *type, .major = OCI_DEVICE_ANY, .minor = OCI_DEVICE_ANY};
	n = json_get_int64(o, where, "major", OCI_DEVICE_ANY, UINT32_MAX, &d->major, r->err);
	if (n >= 0)
		n = json_get_int64(o, where, "minor", OCI_DEVICE_ANY, UINT32_MAX, &d->minor,
				   r->err);
	return n < 0 ? n : parse_access(r, o, where, d);
}

int spec_parse_resources(struct spec_reader *r, struct json_object *o, const char *where,
			 struct oci_resources *ret)
{
	int n = parse_memory(r, o, where, &ret->memory);

	if (n < 0)
		return n;
	n = parse_cpu(r, o, where, &ret->cpu);
	if (n < 0)
		return n;
	n = parse_pids(r, o, where, ret);
	if (n < 0)
		return n;
	n = spec_array(r, o, where, "devices",
		       SPEC_LIST(ret->devices, ret->n_devices, parse_device_rule));
	if (n < 0)
		return n;
	n = spec_map(r, o, where, "unified", &ret->unified);
	/* Names of files: a slash would lead out of the container's cgroup. */
	for (size_t i = 0; n >= 0 && i < ret->unified.n; i++)
		if (strchr(ret->unified.pairs[i].key, '/'))
			return spec_invalid(r, where, "unified", "'%s' is not a file's name",
					    ret->unified.pairs[i].key);
	if (n < 0)
		return n;
	n = spec_parse_io(r, o, where, ret);
	return n < 0 ? n : 0;
}
