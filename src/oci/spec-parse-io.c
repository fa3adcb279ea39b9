/* SPDX-License-Identifier: Apache-2.0 */

/* linux.resources: block devices, huge pages, the network and RDMA. */

#include <string.h>

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

static void parse_weight(const struct spec_node *at, const char *key, uint16_t *ret)
{
	int64_t weight = 0;

	if (!spec_int64(at, key, 0, WEIGHT_MAX, &weight))
		return;
	if (weight > 0 && weight < WEIGHT_MIN)
		(void)spec_invalid(at, key, "%d is not %d to %d", (int)weight, WEIGHT_MIN,
				   WEIGHT_MAX);
	*ret = (uint16_t)weight;
}

static void parse_number(const struct spec_node *at, int64_t *major, int64_t *minor)
{
	(void)spec_require(at, "major", spec_int64(at, "major", 0, UINT32_MAX, major));
	(void)spec_require(at, "minor", spec_int64(at, "minor", 0, UINT32_MAX, minor));
}

static void parse_weight_device(const struct spec_node *at, void *slot)
{
	struct oci_weight_device *d = slot;

	parse_number(at, &d->major, &d->minor);
	parse_weight(at, "weight", &d->weight);
	parse_weight(at, "leafWeight", &d->leaf_weight);
	if (!json_object_object_get(at->json, "weight") &&
	    !json_object_object_get(at->json, "leafWeight"))
		(void)spec_invalid(at, "", "has neither weight nor leafWeight");
}

static void parse_throttle_device(const struct spec_node *at, void *slot)
{
	struct oci_throttle_device *d = slot;

	parse_number(at, &d->major, &d->minor);
	(void)spec_require(at, "rate", spec_uint64(at, "rate", &d->rate));
}

static void parse_block_io(const struct spec_node *at, struct oci_block_io *io)
{
	struct spec_node node;

	if (!spec_object(at, "blockIO", &node))
		return;
	parse_weight(&node, "weight", &io->weight);
	parse_weight(&node, "leafWeight", &io->leaf_weight);
	(void)spec_array(&node, "weightDevice",
			 SPEC_LIST(io->weights, io->n_weights, parse_weight_device));
	for (int i = 0; i < OCI_THROTTLE_MAX; i++)
		(void)spec_array(
			&node, oci_throttle_key(i),
			SPEC_LIST(io->throttle[i].list, io->throttle[i].n, parse_throttle_device));
}

/* "2MB": a number that doesn't start with 0, then KB, MB or GB. */
static bool is_page_size(const char *s)
{
	size_t digits = strspn(s, "0123456789");

	return digits > 0 && *s != '0' && s[digits] && strchr("KMG", s[digits]) &&
	       s[digits + 1] == 'B' && !s[digits + 2];
}

static void parse_hugepage_limit(const struct spec_node *at, void *slot)
{
	struct oci_hugepage_limit *h = slot;

	if (spec_text(at, "pageSize", SPEC_REQUIRED, &h->page_size) && !is_page_size(h->page_size))
		(void)spec_invalid(at, "pageSize", "'%s' is not like 2MB", h->page_size);
	(void)spec_require(at, "limit", spec_uint64(at, "limit", &h->limit));
}

/* It ends in a line "NAME NUMBER" of a cgroup's file. */
static void check_name(const struct spec_node *at, const char *name)
{
	if (!*name || strpbrk(name, " \t/") || str_has_control(name))
		(void)spec_invalid(at, "", "invalid device name: '%s'", name);
}

static void parse_priority(const struct spec_node *at, void *slot)
{
	struct oci_priority *p = slot;

	if (spec_text(at, "name", SPEC_REQUIRED, &p->name))
		check_name(at, p->name);
	(void)spec_require(at, "priority", spec_uint32(at, "priority", &p->priority));
}

static void parse_network(const struct spec_node *at, struct oci_resources *ret)
{
	struct spec_node node;

	if (!spec_object(at, "network", &node))
		return;
	(void)spec_uint32(&node, "classID", &ret->class_id);
	(void)spec_array(&node, "priorities",
			 SPEC_LIST(ret->priorities, ret->n_priorities, parse_priority));
}

static void parse_rdma(const struct spec_node *at, struct oci_resources *ret)
{
	struct spec_node all, node;

	if (!spec_object(at, "rdma", &all))
		return;
	ret->rdma = calloc((size_t)json_object_object_length(all.json) + 1, sizeof(*ret->rdma));
	if (!ret->rdma) {
		(void)spec_no_memory(at->r);
		return;
	}
	json_object_object_foreach(all.json, name, value) {
		struct oci_rdma_limit *l = &ret->rdma[ret->n_rdma++];

		(void)value;
		l->device = strdup(name);
		if (!l->device)
			(void)spec_no_memory(at->r);
		if (!spec_object(&all, name, &node)) {
			(void)spec_invalid(&all, name, "must be an object");
			return;
		}
		check_name(&node, name);
		l->has_handles = spec_uint32(&node, "hcaHandles", &l->handles);
		l->has_objects = spec_uint32(&node, "hcaObjects", &l->objects);
		if (!l->has_handles && !l->has_objects)
			(void)spec_invalid(&node, "", "has neither hcaHandles nor hcaObjects");
	}
}

void spec_parse_io(const struct spec_node *at, struct oci_resources *ret)
{
	parse_block_io(at, &ret->block_io);
	(void)spec_array(at, "hugepageLimits",
			 SPEC_LIST(ret->hugepages, ret->n_hugepages, parse_hugepage_limit));
	parse_network(at, ret);
	parse_rdma(at, ret);
}
