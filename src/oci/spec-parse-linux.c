/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <sys/personality.h>

#include "base/json.h"
#include "base/str.h"
#include "base/strv.h"
#include "oci/annotations.h"
#include "oci/spec-reader.h"

static int parse_namespace(struct spec_reader *r, struct json_object *o, const char *where,
			   struct oci_spec *spec)
{
	enum oci_namespace_type type = 0;
	const char *name;
	int n = json_get_string(o, where, "type", &name, r->err);

	if (n == 0)
		return spec_invalid(r, where, "type", "is missing");
	if (n < 0)
		return n;
	while (type < OCI_NS_MAX && !streq(oci_namespace_name(type), name))
		type++;
	if (type == OCI_NS_MAX)
		return spec_invalid(r, where, "type", "there is no namespace '%s'", name);
	if (spec->namespaces[type].wanted)
		return spec_invalid(r, where, "type", "'%s' is there twice", name);
	spec->namespaces[type].wanted = true;
	n = json_get_string(o, where, "path", &name, r->err);
	if (n <= 0 || !*name)
		return n;
	return spec_text(r, o, where, "path", SPEC_ABSOLUTE | SPEC_NO_CONTROL,
			 &spec->namespaces[type].path);
}

static int parse_namespaces(struct spec_reader *r, struct json_object *o, struct oci_spec *spec)
{
	struct json_object *array;
	char place[SPEC_WHERE_MAX];
	int n = json_get_array(o, "linux", "namespaces", &array, r->err);

	if (n <= 0)
		return n;
	for (size_t i = 0; i < json_object_array_length(array); i++) {
		struct json_object *item = json_object_array_get_idx(array, i);

		(void)spec_place_at(place, "linux", "namespaces", i);
		if (json_object_get_type(item) != json_type_object)
			return spec_invalid(r, "", place, "must be an object");
		n = parse_namespace(r, item, place, spec);
		if (n < 0)
			return n;
	}
	return 0;
}

static int parse_device_number(struct spec_reader *r, struct json_object *o, const char *where,
			       struct oci_device *d)
{
	/* dev_t has 12 bits for the major number and 20 for the minor one. */
	int n = json_get_int64(o, where, "major", 0, (1 << 12) - 1, &d->major, r->err);

	if (n > 0)
		n = json_get_int64(o, where, "minor", 0, (1 << 20) - 1, &d->minor, r->err);
	if (n == 0 && d->type != 'p')
		return spec_invalid(r, "", where, "must have major and minor numbers");
	return n;
}

static int parse_device(struct spec_reader *r, struct json_object *o, const char *where, void *slot)
{
	struct oci_device *d = slot;
	const char *type;
	int64_t mode = 0;
	int n = json_get_string(o, where, "type", &type, r->err);

	if (n == 0)
		return spec_invalid(r, where, "type", "is missing");
	if (n < 0)
		return n;
	if (strlen(type) != 1 || !strchr("cbup", *type))
		return spec_invalid(r, where, "type", "'%s' is not c, b, u or p", type);
	d->type = *type;
	n = spec_text(r, o, where, "path",
		      SPEC_REQUIRED | SPEC_ABSOLUTE | SPEC_NO_CONTROL | SPEC_NORMAL, &d->path);
	if (n >= 0)
		n = parse_device_number(r, o, where, d);
	if (n >= 0)
		n = spec_id(r, o, where, "uid", &d->uid);
	if (n >= 0)
		n = spec_id(r, o, where, "gid", &d->gid);
	if (n >= 0)
		n = json_get_int64(o, where, "fileMode", 0, UINT32_MAX, &mode, r->err);
	if (n <= 0)
		return n;
	/* Podman writes the file's type along with its permissions. */
	d->has_file_mode = true;
	d->file_mode = (mode_t)mode & 0777;
	return 0;
}

static int parse_time_offset(struct spec_reader *r, struct json_object *o, const char *key,
			     struct oci_time_offset *ret)
{
	static const char where[] = "linux.timeOffsets";
	char place[SPEC_WHERE_MAX];
	struct json_object *offset;
	int64_t nanosecs = 0;
	int n = json_get_object(o, where, key, &offset, r->err);

	if (n <= 0)
		return n;
	ret->wanted = true;
	(void)spec_place(place, where, key);
	n = json_get_int64(offset, place, "secs", INT64_MIN, INT64_MAX, &ret->secs, r->err);
	if (n < 0)
		return n;
	n = json_get_int64(offset, place, "nanosecs", 0, 999999999, &nanosecs, r->err);
	ret->nanosecs = (uint32_t)nanosecs;
	return n;
}

static int parse_time_offsets(struct spec_reader *r, struct json_object *o, struct oci_spec *spec)
{
	struct json_object *offsets;
	int n = json_get_object(o, "linux", "timeOffsets", &offsets, r->err);

	if (n <= 0)
		return n;
	json_object_object_foreach(offsets, clock, value) {
		(void)value;
		if (!streq(clock, "boottime") && !streq(clock, "monotonic"))
			return spec_invalid(r, "linux.timeOffsets", clock,
					    "only boottime and monotonic have offsets");
	}
	n = parse_time_offset(r, offsets, "boottime", &spec->boottime);
	if (n < 0)
		return n;
	n = parse_time_offset(r, offsets, "monotonic", &spec->monotonic);
	if (n >= 0 && (spec->boottime.wanted || spec->monotonic.wanted) &&
	    !spec->namespaces[OCI_NS_TIME].wanted)
		return spec_invalid(r, "linux", "timeOffsets", "needs a time namespace");
	return n;
}

static int parse_personality(struct spec_reader *r, struct json_object *o, struct oci_spec *spec)
{
	static const char where[] = "linux.personality";
	_cleanup_strv_ char **flags = NULL;
	struct json_object *p;
	const char *domain = NULL;
	int n = json_get_object(o, "linux", "personality", &p, r->err);

	if (n <= 0)
		return n;
	n = json_get_string(p, where, "domain", &domain, r->err);
	if (n == 0)
		return spec_invalid(r, where, "domain", "is missing");
	if (n < 0)
		return n;
	if (streq(domain, "LINUX"))
		spec->personality = PER_LINUX;
	else if (streq(domain, "LINUX32"))
		spec->personality = PER_LINUX32;
	else
		return spec_invalid(r, where, "domain", "'%s' is not LINUX or LINUX32", domain);
	spec->has_personality = true;
	n = spec_texts(r, p, where, "flags", 0, &flags);
	if (n > 0 && *flags)
		return spec_unsupported(r, where, "flags");
	return n;
}

static int parse_propagation(struct spec_reader *r, struct json_object *o, struct oci_spec *spec)
{
	static const char *const words[] = {"private", "shared", "slave", "unbindable"};
	int n = spec_text(r, o, "linux", "rootfsPropagation", 0, &spec->rootfs_propagation);

	if (n <= 0)
		return n;
	/* Engines also write the recursive words, "rslave" and so on. */
	const char *word = spec->rootfs_propagation;

	word += *word == 'r';
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (streq(word, words[i]))
			return 0;
	return spec_invalid(r, "linux", "rootfsPropagation", "invalid propagation: '%s'",
			    spec->rootfs_propagation);
}

static int parse_id_mappings(struct spec_reader *r, struct json_object *o, struct oci_spec *spec)
{
	int n = spec_parse_id_maps(r, o, "linux", "uidMappings", &spec->uid_mappings,
				   &spec->n_uid_mappings);

	if (n < 0)
		return n;
	n = spec_parse_id_maps(r, o, "linux", "gidMappings", &spec->gid_mappings,
			       &spec->n_gid_mappings);
	if (n >= 0 && (spec->n_uid_mappings || spec->n_gid_mappings) &&
	    !spec->namespaces[OCI_NS_USER].wanted)
		return spec_invalid(r, "linux", "uidMappings", "needs a user namespace");
	return n;
}

static int parse_paths(struct spec_reader *r, struct json_object *o, struct oci_spec *spec)
{
	int n = spec_texts(r, o, "linux", "maskedPaths",
			   SPEC_ABSOLUTE | SPEC_NO_CONTROL | SPEC_NORMAL, &spec->masked_paths);

	if (n < 0)
		return n;
	n = spec_texts(r, o, "linux", "readonlyPaths",
		       SPEC_ABSOLUTE | SPEC_NO_CONTROL | SPEC_NORMAL, &spec->readonly_paths);
	if (n < 0)
		return n;
	n = spec_text(r, o, "linux", "cgroupsPath", SPEC_NO_CONTROL, &spec->cgroups_path);
	if (n < 0)
		return n;
	n = spec_text(r, o, "linux", "mountLabel", SPEC_NO_CONTROL, &spec->mount_label);
	if (n < 0)
		return n;
	return spec_map(r, o, "linux", "sysctl", &spec->sysctl);
}

static int parse_filter(struct spec_reader *r, struct json_object *o, struct oci_spec *spec)
{
	struct json_object *seccomp;
	int n = json_get_object(o, "linux", "seccomp", &seccomp, r->err);

	if (n <= 0)
		return n;
	spec->seccomp = calloc(1, sizeof(*spec->seccomp));
	if (!spec->seccomp)
		return spec_no_memory(r);
	spec->seccomp->fail_unknown = oci_annotation_is_on(spec,
							   OCI_ANNOTATION_SECCOMP_FAIL_UNKNOWN);
	return spec_parse_seccomp(r, seccomp, "linux.seccomp", spec->seccomp);
}

int spec_parse_linux(struct spec_reader *r, struct json_object *o, struct oci_spec *spec)
{
	struct json_object *resources;
	int n = parse_namespaces(r, o, spec);

	if (n < 0)
		return n;
	n = parse_id_mappings(r, o, spec);
	if (n < 0)
		return n;
	n = parse_time_offsets(r, o, spec);
	if (n < 0)
		return n;
	n = spec_array(r, o, "linux", "devices",
		       SPEC_LIST(spec->devices, spec->n_devices, parse_device));
	if (n < 0)
		return n;
	n = json_get_object(o, "linux", "resources", &resources, r->err);
	if (n > 0)
		n = spec_parse_resources(r, resources, "linux.resources", &spec->resources);
	if (n < 0)
		return n;
	n = parse_propagation(r, o, spec);
	if (n < 0)
		return n;
	n = parse_paths(r, o, spec);
	if (n < 0)
		return n;
	n = parse_personality(r, o, spec);
	if (n < 0)
		return n;
	n = spec_parse_memory_policy(r, o, spec);
	if (n < 0)
		return n;
	n = spec_parse_net_devices(r, o, spec);
	if (n < 0)
		return n;
	n = parse_filter(r, o, spec);
	if (n < 0)
		return n;
	n = spec_parse_intel_rdt(r, o, spec);
	return n < 0 ? n : 0;
}
