/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <net/if.h>
#include <string.h>
#include <sys/personality.h>

#include "base/json.h"
#include "base/str.h"
#include "base/strv.h"
#include "oci/annotations.h"
#include "oci/spec-reader.h"

static void parse_namespace(const struct spec_node *at, struct oci_spec *spec)
{
	enum oci_namespace_type type = 0;
	const char *name;

	if (!spec_require(at, "type", spec_string(at, "type", &name)))
		return;
	while (type < OCI_NS_MAX && !streq(oci_namespace_name(type), name))
		type++;
	if (type == OCI_NS_MAX) {
		(void)spec_invalid(at, "type", "unknown namespace: '%s'", name);
		return;
	}
	if (spec->namespaces[type].wanted)
		(void)spec_invalid(at, "type", "'%s' is there twice", name);
	spec->namespaces[type].wanted = true;
	if (spec_string(at, "path", &name) && *name)
		(void)spec_text(at, "path", SPEC_ABSOLUTE | SPEC_NO_CONTROL,
				&spec->namespaces[type].path);
}

static void parse_namespaces(const struct spec_node *at, struct oci_spec *spec)
{
	static const char key[] = "namespaces";
	struct json_object *items;
	struct spec_node item;

	if (!spec_items(at, key, &items))
		return;
	for (size_t i = 0; i < json_object_array_length(items); i++)
		if (spec_item(at, key, items, i, &item))
			parse_namespace(&item, spec);
}

static void parse_device(const struct spec_node *at, void *slot)
{
	struct oci_device *d = slot;
	const char *type;
	int64_t mode = 0;

	if (!spec_require(at, "type", spec_string(at, "type", &type)))
		return;
	if (strlen(type) != 1 || !strchr("cbup", *type))
		(void)spec_invalid(at, "type", "'%s' is not c, b, u or p", type);
	d->type = *type;
	(void)spec_text(at, "path", SPEC_REQUIRED | SPEC_ABSOLUTE | SPEC_NO_CONTROL | SPEC_NORMAL,
			&d->path);
	/* dev_t has 12 bits for the major number and 20 for the minor one. */
	bool numbered = spec_int64(at, "major", 0, (1 << 12) - 1, &d->major) &&
			spec_int64(at, "minor", 0, (1 << 20) - 1, &d->minor);
	if (!numbered && d->type != 'p')
		(void)spec_invalid(at, "", "must have major and minor numbers");
	(void)spec_id(at, "uid", &d->uid);
	(void)spec_id(at, "gid", &d->gid);
	d->has_file_mode = spec_int64(at, "fileMode", 0, UINT32_MAX, &mode);
	/* Podman writes the file's type along with its permissions. */
	d->file_mode = (mode_t)mode & 0777;
}

static void parse_time_offset(const struct spec_node *at, const char *key,
			      struct oci_time_offset *ret)
{
	struct spec_node offset;
	int64_t nanosecs = 0;

	ret->wanted = spec_object(at, key, &offset);
	if (!ret->wanted)
		return;
	(void)spec_int64(&offset, "secs", INT64_MIN, INT64_MAX, &ret->secs);
	(void)spec_int64(&offset, "nanosecs", 0, 999999999, &nanosecs);
	ret->nanosecs = (uint32_t)nanosecs;
}

static void parse_time_offsets(const struct spec_node *at, struct oci_spec *spec)
{
	struct spec_node offsets;

	if (!spec_object(at, "timeOffsets", &offsets))
		return;
	json_object_object_foreach(offsets.json, clock, value) {
		(void)value;
		if (!streq(clock, "boottime") && !streq(clock, "monotonic"))
			(void)spec_invalid(&offsets, clock,
					   "only boottime and monotonic have offsets");
	}
	parse_time_offset(&offsets, "boottime", &spec->boottime);
	parse_time_offset(&offsets, "monotonic", &spec->monotonic);
	if ((spec->boottime.wanted || spec->monotonic.wanted) &&
	    !spec->namespaces[OCI_NS_TIME].wanted)
		(void)spec_invalid(at, "timeOffsets", "needs a time namespace");
}

static void parse_personality(const struct spec_node *at, struct oci_spec *spec)
{
	_cleanup_strv_ char **flags = NULL;
	const char *domain = NULL;
	struct spec_node p;

	if (!spec_object(at, "personality", &p) ||
	    !spec_require(&p, "domain", spec_string(&p, "domain", &domain)))
		return;
	if (streq(domain, "LINUX"))
		spec->personality = PER_LINUX;
	else if (streq(domain, "LINUX32"))
		spec->personality = PER_LINUX32;
	else
		(void)spec_invalid(&p, "domain", "'%s' is not LINUX or LINUX32", domain);
	spec->has_personality = true;
	if (spec_texts(&p, "flags", 0, &flags) && *flags)
		spec_unsupported(&p, "flags");
}

static void parse_propagation(const struct spec_node *at, struct oci_spec *spec)
{
	static const char *const words[] = {"private", "shared", "slave", "unbindable"};

	if (!spec_text(at, "rootfsPropagation", 0, &spec->rootfs_propagation))
		return;
	/* Engines also write the recursive words, "rslave" and so on. */
	const char *word = spec->rootfs_propagation;

	word += *word == 'r';
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (streq(word, words[i]))
			return;
	(void)spec_invalid(at, "rootfsPropagation", "invalid propagation: '%s'",
			   spec->rootfs_propagation);
}

static void parse_id_mappings(const struct spec_node *at, struct oci_spec *spec)
{
	(void)spec_id_maps(at, "uidMappings", &spec->uid_mappings, &spec->n_uid_mappings);
	(void)spec_id_maps(at, "gidMappings", &spec->gid_mappings, &spec->n_gid_mappings);
	if ((spec->n_uid_mappings || spec->n_gid_mappings) && !spec->namespaces[OCI_NS_USER].wanted)
		(void)spec_invalid(at, "uidMappings", "needs a user namespace");
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

static void parse_net_device(const struct spec_node *at, const char *name, struct oci_net_device *d)
{
	const char *inside = NULL;
	struct spec_node node;

	if (!spec_object(at, name, &node)) {
		(void)spec_invalid(at, name, "must be an object");
		return;
	}
	(void)spec_string(&node, "name", &inside);
	if (!inside || !*inside)
		inside = name;
	if (!is_device_name(name))
		(void)spec_invalid(at, name, "is not a valid device name");
	if (!is_device_name(inside) && !is_template(inside))
		(void)spec_invalid(&node, "name", "invalid device name: '%s'", inside);
	d->name = strdup(name);
	d->inside = strdup(inside);
	if (!d->name || !d->inside)
		(void)spec_no_memory(at->r);
}

static bool is_taken(const struct oci_net_device *list, size_t n, const char *inside)
{
	for (size_t i = 0; i < n; i++)
		if (list[i].inside && streq(list[i].inside, inside) && !is_template(inside))
			return true;
	return false;
}

static void parse_net_devices(const struct spec_node *at, struct oci_spec *spec)
{
	struct spec_node devices;

	if (!spec_object(at, "netDevices", &devices))
		return;
	spec->net_devices = calloc((size_t)json_object_object_length(devices.json) + 1,
				   sizeof(*spec->net_devices));
	if (!spec->net_devices) {
		(void)spec_no_memory(at->r);
		return;
	}
	json_object_object_foreach(devices.json, name, value) {
		struct oci_net_device *d = &spec->net_devices[spec->n_net_devices++];

		(void)value;
		parse_net_device(&devices, name, d);
		if (at->r->error)
			return;
		if (is_taken(spec->net_devices, spec->n_net_devices - 1, d->inside))
			(void)spec_invalid(at, "netDevices", "two are to be '%s'", d->inside);
	}
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
static void check_lines(const struct spec_node *at, const char *key, const char *text)
{
	for (const char *c = text; *c; c++)
		if ((unsigned char)*c < ' ' && *c != '\n')
			(void)spec_invalid(at, key, "has control characters");
	if (!strchr(text, ':'))
		(void)spec_invalid(at, key, "invalid schema: '%s'", text);
}

static void parse_intel_rdt(const struct spec_node *at, struct oci_spec *spec)
{
	struct oci_intel_rdt *rdt = &spec->intel_rdt;
	struct spec_node node;

	rdt->wanted = spec_object(at, "intelRdt", &node);
	if (!rdt->wanted)
		return;
	if (spec_text(&node, "closID", SPEC_NO_CONTROL, &rdt->clos_id) && !is_class(rdt->clos_id))
		(void)spec_invalid(&node, "closID", "invalid class name: '%s'", rdt->clos_id);
	(void)spec_texts(&node, "schemata", SPEC_NONEMPTY | SPEC_NO_CONTROL, &rdt->schemata);
	if (spec_text(&node, "l3CacheSchema", 0, &rdt->l3_cache_schema))
		check_lines(&node, "l3CacheSchema", rdt->l3_cache_schema);
	if (spec_text(&node, "memBwSchema", SPEC_NO_CONTROL, &rdt->mem_bw_schema) &&
	    !str_after(rdt->mem_bw_schema, "MB:"))
		(void)spec_invalid(&node, "memBwSchema",
				   "'%s' does not begin with MB:", rdt->mem_bw_schema);
	(void)spec_bool(&node, "enableMonitoring", &rdt->enable_monitoring);
}

static void parse_filter(const struct spec_node *at, struct oci_spec *spec)
{
	struct spec_node seccomp;

	if (!spec_object(at, "seccomp", &seccomp))
		return;
	spec->seccomp = calloc(1, sizeof(*spec->seccomp));
	if (!spec->seccomp) {
		(void)spec_no_memory(at->r);
		return;
	}
	spec->seccomp->fail_unknown = oci_annotation_is_on(spec,
							   OCI_ANNOTATION_SECCOMP_FAIL_UNKNOWN);
	spec_parse_seccomp(&seccomp, spec->seccomp);
}

void spec_parse_linux(const struct spec_node *at, struct oci_spec *spec)
{
	enum spec_text_flags paths = SPEC_ABSOLUTE | SPEC_NO_CONTROL | SPEC_NORMAL;
	struct spec_node resources;

	parse_namespaces(at, spec);
	parse_id_mappings(at, spec);
	parse_time_offsets(at, spec);
	(void)spec_array(at, "devices", SPEC_LIST(spec->devices, spec->n_devices, parse_device));
	if (spec_object(at, "resources", &resources))
		spec_parse_resources(&resources, &spec->resources);
	parse_propagation(at, spec);
	(void)spec_texts(at, "maskedPaths", paths, &spec->masked_paths);
	(void)spec_texts(at, "readonlyPaths", paths, &spec->readonly_paths);
	(void)spec_text(at, "cgroupsPath", SPEC_NO_CONTROL, &spec->cgroups_path);
	(void)spec_text(at, "mountLabel", SPEC_NO_CONTROL, &spec->mount_label);
	(void)spec_map(at, "sysctl", &spec->sysctl);
	parse_personality(at, spec);
	spec_parse_memory_policy(at, spec);
	parse_net_devices(at, spec);
	parse_filter(at, spec);
	parse_intel_rdt(at, spec);
}
