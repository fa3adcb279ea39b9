/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <limits.h>
#include <net/if.h>
#include <string.h>
#include <sys/personality.h>

#include "base/json.h"
#include "base/str.h"
#include "base/strv.h"
#include "oci/annotations.h"
#include "oci/spec-reader.h"

#define RDT "linux.intelRdt"

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
	int n = spec_id_maps(r, o, "linux", "uidMappings", &spec->uid_mappings,
			     &spec->n_uid_mappings);

	if (n < 0)
		return n;
	n = spec_id_maps(r, o, "linux", "gidMappings", &spec->gid_mappings, &spec->n_gid_mappings);
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

/* As the kernel has it (dev_valid_name). */
static bool is_device_name(const char *s)
{
	return *s && strlen(s) < IFNAMSIZ && !streq(s, ".") && !streq(s, "..") &&
	       !s[strcspn(s, "/: \t\n\v\f\r%")];
}

/* With "%d" appended, for which the kernel puts the first number that is free. */
static bool is_template(const char *s)
{
	char stem[IFNAMSIZ];
	const char *end = strchr(s, '%');

	if (!end || !streq(end, "%d") || end - s >= IFNAMSIZ - 2)
		return false;
	(void)snprintf(stem, sizeof(stem), "%.*s", (int)(end - s), s);
	return is_device_name(stem);
}

static int parse_net_device(struct spec_reader *r, struct json_object *o, const char *name,
			    struct oci_net_device *d)
{
	static const char where[] = "linux.netDevices";
	char place[SPEC_WHERE_MAX];
	const char *inside = NULL;

	(void)spec_place(place, where, name);
	if (json_object_get_type(o) != json_type_object)
		return spec_invalid(r, "", place, "must be an object");
	int n = json_get_string(o, place, "name", &inside, r->err);
	if (n < 0)
		return n;
	if (!inside || !*inside)
		inside = name;
	if (!is_device_name(name))
		return spec_invalid(r, where, name, "is not a valid device name");
	if (!is_device_name(inside) && !is_template(inside))
		return spec_invalid(r, place, "name", "invalid device name: '%s'", inside);
	d->name = strdup(name);
	d->inside = strdup(inside);
	if (d->name && d->inside)
		return 0;
	(void)spec_no_memory(r);
	return -ENOMEM;
}

static bool is_taken(const struct oci_net_device *list, size_t n, const char *inside)
{
	for (size_t i = 0; i < n; i++)
		if (list[i].inside && streq(list[i].inside, inside) && !is_template(inside))
			return true;
	return false;
}

static int parse_net_devices(struct spec_reader *r, struct json_object *o, struct oci_spec *spec)
{
	struct json_object *devices;
	int n = json_get_object(o, "linux", "netDevices", &devices, r->err);

	if (n <= 0 || json_object_object_length(devices) == 0)
		return n;
	spec->net_devices = calloc((size_t)json_object_object_length(devices),
				   sizeof(*spec->net_devices));
	if (!spec->net_devices)
		return spec_no_memory(r);
	json_object_object_foreach(devices, name, value) {
		struct oci_net_device *d = &spec->net_devices[spec->n_net_devices++];

		n = parse_net_device(r, value, name, d);
		if (n < 0)
			return n;
		if (is_taken(spec->net_devices, spec->n_net_devices - 1, d->inside))
			return spec_invalid(r, "linux", "netDevices", "two are to be '%s'",
					    d->inside);
	}
	return 0;
}

/* The name of a directory below resctrl's root that isn't resctrl's own; "/" is the root. */
static bool is_class(const char *s)
{
	static const char *const own[] = {".", "..", "info", "mon_groups", "mon_data"};

	if (streq(s, "/"))
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(own); i++)
		if (streq(s, own[i]))
			return false;
	return strlen(s) <= NAME_MAX && !strchr(s, '/');
}

/* Lines, of which each names its resource. */
static int check_lines(struct spec_reader *r, const char *key, const char *text)
{
	for (const char *c = text; *c; c++)
		if ((unsigned char)*c < ' ' && *c != '\n')
			return spec_invalid(r, RDT, key, "has control characters");
	return strchr(text, ':') ? 0 : spec_invalid(r, RDT, key, "invalid schema: '%s'", text);
}

static int parse_intel_rdt(struct spec_reader *r, struct json_object *o, struct oci_spec *spec)
{
	struct oci_intel_rdt *rdt = &spec->intel_rdt;
	struct json_object *part;
	int n = json_get_object(o, "linux", "intelRdt", &part, r->err);

	if (n <= 0)
		return n;
	rdt->wanted = true;
	n = spec_text(r, part, RDT, "closID", SPEC_NO_CONTROL, &rdt->clos_id);
	if (n > 0 && !is_class(rdt->clos_id))
		return spec_invalid(r, RDT, "closID", "invalid class name: '%s'", rdt->clos_id);
	if (n < 0)
		return n;
	n = spec_texts(r, part, RDT, "schemata", SPEC_NONEMPTY | SPEC_NO_CONTROL, &rdt->schemata);
	if (n < 0)
		return n;
	n = spec_text(r, part, RDT, "l3CacheSchema", 0, &rdt->l3_cache_schema);
	if (n > 0)
		n = check_lines(r, "l3CacheSchema", rdt->l3_cache_schema);
	if (n < 0)
		return n;
	n = spec_text(r, part, RDT, "memBwSchema", SPEC_NO_CONTROL, &rdt->mem_bw_schema);
	if (n > 0 && !str_after(rdt->mem_bw_schema, "MB:"))
		return spec_invalid(r, RDT, "memBwSchema",
				    "'%s' does not begin with MB:", rdt->mem_bw_schema);
	if (n < 0)
		return n;
	return json_get_bool(part, RDT, "enableMonitoring", &rdt->enable_monitoring, r->err);
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
	n = parse_net_devices(r, o, spec);
	if (n < 0)
		return n;
	n = parse_filter(r, o, spec);
	if (n < 0)
		return n;
	n = parse_intel_rdt(r, o, spec);
	return n < 0 ? n : 0;
}
