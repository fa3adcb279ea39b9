/* SPDX-License-Identifier: Apache-2.0 */

/* linux.resources: block devices, huge pages, the network and RDMA. */

#include <errno.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "oci/spec-reader.h"

#define WEIGHT_MIN 10
#define WEIGHT_MAX 1000

const char *oci_throttle_key(enum oci_throttle kind)
{
	static const char *const keys[OCI_THROTTLE_MAX] = {
		[OCI_THROTTLE_READ_BPS] = "throttleReadBpsDevice",
		[OCI_THROTTLE_WRITE_BPS] = "throttleWriteBpsDevice",
		[OCI_THROTTLE_READ_IOPS] = "throttleReadIOPSDevice",
		[OCI_THROTTLE_WRITE_IOPS] = "throttleWriteIOPSDevice",
	};

	return keys[kind];
}

static int parse_weight(struct spec_reader *r, struct json_object *o, const char *where,
			const char *key, uint16_t *ret)
{
	int64_t weight = 0;
	int n = json_get_int64(o, where, key, 0, WEIGHT_MAX, &weight, r->err);

	if (n < 0)
		return n;
	if (weight > 0 && weight < WEIGHT_MIN)
		return spec_invalid(r, where, key, "%d is not %d to %d", (int)weight, WEIGHT_MIN,
				    WEIGHT_MAX);
	*ret = (uint16_t)weight;
	return 0;
}

static int parse_number(struct spec_reader *r, struct json_object *o, const char *where,
			int64_t *major, int64_t *minor)
{
	int n = json_get_int64(o, where, "major", 0, UINT32_MAX, major, r->err);

	if (n == 0)
		return spec_invalid(r, where, "major", "is missing");
	if (n > 0)
		n = json_get_int64(o, where, "minor", 0, UINT32_MAX, minor, r->err);
	return n == 0 ? spec_invalid(r, where, "minor", "is missing") : MIN(n, 0);
}

static int parse_weight_device(struct spec_reader *r, struct json_object *o, const char *where,
			       void *slot)
{
	struct oci_weight_device *d = slot;
	int n = parse_number(r, o, where, &d->major, &d->minor);

	if (n == 0)
		n = parse_weight(r, o, where, "weight", &d->weight);
	if (n == 0)
		n = parse_weight(r, o, where, "leafWeight", &d->leaf_weight);
	if (n == 0 && !json_object_object_get(o, "weight") &&
	    !json_object_object_get(o, "leafWeight"))
		return spec_invalid(r, "", where, "has neither weight nor leafWeight");
	return n;
}

static int parse_throttle_device(struct spec_reader *r, struct json_object *o, const char *where,
				 void *slot)
{
	struct oci_throttle_device *d = slot;
	int n = parse_number(r, o, where, &d->major, &d->minor);

	if (n < 0)
		return n;
	n = json_get_uint64(o, where, "rate", &d->rate, r->err);
	return n == 0 ? spec_invalid(r, where, "rate", "is missing") : n;
}

static int parse_block_io(struct spec_reader *r, struct json_object *resources, const char *where,
			  struct oci_block_io *io)
{
	char place[SPEC_WHERE_MAX];
	struct json_object *o;
	int n = json_get_object(resources, where, "blockIO", &o, r->err);

	if (n <= 0)
		return n;
	(void)spec_place(place, where, "blockIO");
	n = parse_weight(r, o, place, "weight", &io->weight);
	if (n < 0)
		return n;
	n = parse_weight(r, o, place, "leafWeight", &io->leaf_weight);
	if (n < 0)
		return n;
	n = spec_array(r, o, place, "weightDevice",
		       SPEC_LIST(io->weights, io->n_weights, parse_weight_device));
	for (int i = 0; n >= 0 && i < OCI_THROTTLE_MAX; i++)
		n = spec_array(
			r, o, place, oci_throttle_key(i),
			SPEC_LIST(io->throttle[i].list, io->throttle[i].n, parse_throttle_device));
	return n;
}

/* "2MB": a number that doesn't start with 0, then KB, MB or GB. */
static bool is_page_size(const char *s)
{
	size_t digits = strspn(s, "0123456789");

	return digits > 0 && *s != '0' && s[digits] && strchr("KMG", s[digits]) &&
	       s[digits + 1] == 'B' && !s[digits + 2];
}

static int parse_hugepage_limit(struct spec_reader *r, struct json_object *o, const char *where,
				void *slot)
{
	struct oci_hugepage_limit *h = slot;
	int n = spec_text(r, o, where, "pageSize", SPEC_REQUIRED, &h->page_size);

	if (n >= 0 && !is_page_size(h->page_size))
		return spec_invalid(r, where, "pageSize", "'%s' is not like 2MB", h->page_size);
	if (n >= 0)
		n = json_get_uint64(o, where, "limit", &h->limit, r->err);
	return n == 0 ? spec_invalid(r, where, "limit", "is missing") : n;
}

/* It ends in a line "NAME NUMBER" of a cgroup's file. */
static int check_name(struct spec_reader *r, const char *where, const char *name)
{
	if (*name && !strpbrk(name, " \t/") && !str_has_control(name))
		return 0;
	return spec_invalid(r, "", where, "invalid device name: '%s'", name);
}

static int parse_priority(struct spec_reader *r, struct json_object *o, const char *where,
			  void *slot)
{
	struct oci_priority *p = slot;
	int n = spec_text(r, o, where, "name", SPEC_REQUIRED, &p->name);

	if (n >= 0)
		n = check_name(r, where, p->name);
	if (n >= 0)
		n = json_get_uint32(o, where, "priority", &p->priority, r->err);
	return n == 0 ? spec_invalid(r, where, "priority", "is missing") : n;
}

static int parse_network(struct spec_reader *r, struct json_object *resources, const char *where,
			 struct oci_resources *ret)
{
	char place[SPEC_WHERE_MAX];
	struct json_object *o;
	int n = json_get_object(resources, where, "network", &o, r->err);

	if (n <= 0)
		return n;
	(void)spec_place(place, where, "network");
	n = json_get_uint32(o, place, "classID", &ret->class_id, r->err);
	return n < 0 ? n
		     : spec_array(r, o, place, "priorities",
				  SPEC_LIST(ret->priorities, ret->n_priorities, parse_priority));
}

static int parse_rdma_limit(struct spec_reader *r, struct json_object *o, const char *where,
			    struct oci_rdma_limit *l)
{
	int n = json_get_uint32(o, where, "hcaHandles", &l->handles, r->err);

	l->has_handles = n > 0;
	if (n < 0)
		return n;
	n = json_get_uint32(o, where, "hcaObjects", &l->objects, r->err);
	l->has_objects = n > 0;
	if (n >= 0 && !l->has_handles && !l->has_objects)
		return spec_invalid(r, "", where, "has neither hcaHandles nor hcaObjects");
	return n;
}

static int parse_rdma(struct spec_reader *r, struct json_object *resources, const char *where,
		      struct oci_resources *ret)
{
	char place[SPEC_WHERE_MAX], member[SPEC_WHERE_MAX];
	struct json_object *o;
	int n = json_get_object(resources, where, "rdma", &o, r->err);

	if (n <= 0)
		return n;
	(void)spec_place(place, where, "rdma");
	ret->rdma = calloc((size_t)json_object_object_length(o) + 1, sizeof(*ret->rdma));
	if (!ret->rdma)
		return spec_no_memory(r);
	json_object_object_foreach(o, name, value) {
		struct oci_rdma_limit *l = &ret->rdma[ret->n_rdma++];

		(void)spec_place(member, place, name);
		l->device = strdup(name);
		if (!l->device)
			return spec_no_memory(r);
		if (!json_object_is_type(value, json_type_object))
			return spec_invalid(r, "", member, "must be an object");
		n = check_name(r, member, name);
		if (n >= 0)
			n = parse_rdma_limit(r, value, member, l);
		if (n < 0)
			return n;
	}
	return 0;
}

int spec_parse_io(struct spec_reader *r, struct json_object *o, const char *where,
		  struct oci_resources *ret)
{
	int n = parse_block_io(r, o, where, &ret->block_io);

	if (n >= 0)
		n = spec_array(r, o, where, "hugepageLimits",
			       SPEC_LIST(ret->hugepages, ret->n_hugepages, parse_hugepage_limit));
	if (n >= 0)
		n = parse_network(r, o, where, ret);
	return n < 0 ? n : parse_rdma(r, o, where, ret);
}
