/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/json.h"
#include "oci/spec-reader.h"

/* The kernel's own limit for a map (UID_GID_MAP_MAX_EXTENTS). */
#define ID_MAP_LINES_MAX 340

static int parse_id_map(struct spec_reader *r, struct json_object *o, const char *where, void *slot)
{
	struct oci_id_map *m = slot;
	const struct {
		const char *key;
		uint32_t *value;
	} members[] = {
		{"containerID", &m->container_id},
		{"hostID", &m->host_id},
		{"size", &m->size},
	};

	for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
		int n = json_get_uint32(o, where, members[i].key, members[i].value, r->err);

		if (n == 0)
			return spec_invalid(r, where, members[i].key, "is missing");
		if (n < 0)
			return n;
	}
	if (m->size == 0)
		return spec_invalid(r, where, "size", "must not be 0");
	/* The last id that may be mapped is 4294967294. */
	if (m->size > UINT32_MAX - m->container_id || m->size > UINT32_MAX - m->host_id)
		return spec_invalid(r, where, "size", "the range ends beyond the last id");
	return 0;
}

static bool overlap(uint32_t a, uint32_t a_size, uint32_t b, uint32_t b_size)
{
	return a < (uint64_t)b + b_size && b < (uint64_t)a + a_size;
}

int spec_parse_id_maps(struct spec_reader *r, struct json_object *o, const char *where,
		       const char *key, struct oci_id_map **ret, size_t *ret_n)
{
	int n = spec_array(r, o, where, key, SPEC_LIST(*ret, *ret_n, parse_id_map));

	if (n <= 0)
		return n;
	if (*ret_n > ID_MAP_LINES_MAX)
		return spec_invalid(r, where, key, "has more than %d ranges", ID_MAP_LINES_MAX);
	for (size_t i = 0; i < *ret_n; i++)
		for (size_t j = 0; j < i; j++) {
			const struct oci_id_map *a = &(*ret)[i], *b = &(*ret)[j];

			if (overlap(a->container_id, a->size, b->container_id, b->size) ||
			    overlap(a->host_id, a->size, b->host_id, b->size))
				return spec_invalid(r, where, key, "ranges %zu and %zu overlap", j,
						    i);
		}
	return 1;
}

static int parse_mount(struct spec_reader *r, struct json_object *o, const char *where, void *slot)
{
	struct oci_mount *m = slot;
	/* A relative destination is deprecated and means "from /". */
	int n = spec_text(r, o, where, "destination",
			  SPEC_REQUIRED | SPEC_NONEMPTY | SPEC_NO_CONTROL | SPEC_NORMAL,
			  &m->destination);

	if (n < 0)
		return n;
	n = spec_text(r, o, where, "type", SPEC_NO_CONTROL, &m->type);
	if (n < 0)
		return n;
	n = spec_text(r, o, where, "source", 0, &m->source);
	if (n < 0)
		return n;
	n = spec_texts(r, o, where, "options", 0, &m->options);
	if (n < 0)
		return n;
	n = spec_parse_id_maps(r, o, where, "uidMappings", &m->uid_mappings, &m->n_uid_mappings);
	if (n < 0)
		return n;
	n = spec_parse_id_maps(r, o, where, "gidMappings", &m->gid_mappings, &m->n_gid_mappings);
	if (n >= 0 && !m->n_uid_mappings != !m->n_gid_mappings)
		return spec_invalid(r, "", where, "has only one of uidMappings and gidMappings");
	return n;
}

int spec_parse_mounts(struct spec_reader *r, struct json_object *o, struct oci_spec *spec)
{
	int n = spec_array(r, o, "", "mounts",
			   SPEC_LIST(spec->mounts, spec->n_mounts, parse_mount));

	return n < 0 ? n : 0;
}
