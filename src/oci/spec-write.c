/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <sys/personality.h>

#include "base/json.h"
#include "oci/spec-writer.h"

static void write_id_maps(struct spec_writer *w, struct json_object *o, const char *key,
			  const struct oci_id_map *list, size_t n)
{
	if (n == 0)
		return;
	struct json_object *array = spec_open_array(w, o, key);

	for (size_t i = 0; i < n; i++) {
		struct json_object *m = spec_open_object(w, array, NULL);

		spec_put_uint(w, m, "containerID", list[i].container_id);
		spec_put_uint(w, m, "hostID", list[i].host_id);
		spec_put_uint(w, m, "size", list[i].size);
	}
}

static void write_mounts(struct spec_writer *w, struct json_object *o, const struct oci_spec *spec)
{
	if (spec->n_mounts == 0)
		return;
	struct json_object *array = spec_open_array(w, o, "mounts");

	for (size_t i = 0; i < spec->n_mounts; i++) {
		const struct oci_mount *from = &spec->mounts[i];
		struct json_object *m = spec_open_object(w, array, NULL);

		spec_put_text(w, m, "destination", from->destination);
		spec_put_text(w, m, "type", from->type);
		spec_put_text(w, m, "source", from->source);
		spec_put_texts(w, m, "options", from->options);
		write_id_maps(w, m, "uidMappings", from->uid_mappings, from->n_uid_mappings);
		write_id_maps(w, m, "gidMappings", from->gid_mappings, from->n_gid_mappings);
	}
}

static void write_hooks(struct spec_writer *w, struct json_object *o, const struct oci_spec *spec)
{
	struct json_object *hooks = spec_open_object(w, o, "hooks");

	for (enum oci_hook_kind kind = 0; kind < OCI_HOOK_MAX; kind++) {
		const struct oci_hooks *from = &spec->hooks[kind];

		if (from->n == 0)
			continue;
		struct json_object *array = spec_open_array(w, hooks, oci_hook_kind_name(kind));

		for (size_t i = 0; i < from->n; i++) {
			struct json_object *h = spec_open_object(w, array, NULL);

			spec_put_text(w, h, "path", from->list[i].path);
			spec_put_texts(w, h, "args", from->list[i].args);
			spec_put_texts(w, h, "env", from->list[i].env);
			if (from->list[i].timeout)
				spec_put_uint(w, h, "timeout", from->list[i].timeout);
		}
	}
	spec_drop_empty(o, "hooks");
}

static void write_namespaces(struct spec_writer *w, struct json_object *o,
			     const struct oci_spec *spec)
{
	struct json_object *array = NULL;

	for (enum oci_namespace_type type = 0; type < OCI_NS_MAX; type++) {
		if (!spec->namespaces[type].wanted)
			continue;
		if (!array)
			array = spec_open_array(w, o, "namespaces");
		struct json_object *n = spec_open_object(w, array, NULL);

		spec_put_text(w, n, "type", oci_namespace_name(type));
		spec_put_text(w, n, "path", spec->namespaces[type].path);
	}
}

static void write_devices(struct spec_writer *w, struct json_object *o, const struct oci_spec *spec)
{
	if (spec->n_devices == 0)
		return;
	struct json_object *array = spec_open_array(w, o, "devices");

	for (size_t i = 0; i < spec->n_devices; i++) {
		const struct oci_device *from = &spec->devices[i];
		struct json_object *d = spec_open_object(w, array, NULL);
		char type[] = {from->type, 0};

		spec_put_text(w, d, "path", from->path);
		spec_put_text(w, d, "type", type);
		if (from->type != 'p') {
			spec_put_int(w, d, "major", from->major);
			spec_put_int(w, d, "minor", from->minor);
		}
		if (from->has_file_mode)
			spec_put_uint(w, d, "fileMode", from->file_mode);
		spec_put_uint(w, d, "uid", from->uid);
		spec_put_uint(w, d, "gid", from->gid);
	}
}

static void write_time_offset(struct spec_writer *w, struct json_object *o, const char *key,
			      const struct oci_time_offset *from)
{
	if (!from->wanted)
		return;
	struct json_object *offset = spec_open_object(w, o, key);

	spec_put_int(w, offset, "secs", from->secs);
	spec_put_uint(w, offset, "nanosecs", from->nanosecs);
}

static void write_net_devices(struct spec_writer *w, struct json_object *o,
			      const struct oci_spec *spec)
{
	struct json_object *all = spec_open_object(w, o, "netDevices");

	for (size_t i = 0; i < spec->n_net_devices; i++)
		spec_put_text(w, spec_open_object(w, all, spec->net_devices[i].name), "name",
			      spec->net_devices[i].inside);
	spec_drop_empty(o, "netDevices");
}

static void write_intel_rdt(struct spec_writer *w, struct json_object *o,
			    const struct oci_intel_rdt *rdt)
{
	if (!rdt->wanted)
		return;
	struct json_object *part = spec_open_object(w, o, "intelRdt");

	spec_put_text(w, part, "closID", rdt->clos_id);
	spec_put_texts(w, part, "schemata", rdt->schemata);
	spec_put_text(w, part, "l3CacheSchema", rdt->l3_cache_schema);
	spec_put_text(w, part, "memBwSchema", rdt->mem_bw_schema);
	spec_put_true(w, part, "enableMonitoring", rdt->enable_monitoring);
}

static void write_linux(struct spec_writer *w, struct json_object *o, const struct oci_spec *spec)
{
	write_namespaces(w, o, spec);
	write_id_maps(w, o, "uidMappings", spec->uid_mappings, spec->n_uid_mappings);
	write_id_maps(w, o, "gidMappings", spec->gid_mappings, spec->n_gid_mappings);
	struct json_object *offsets = spec_open_object(w, o, "timeOffsets");

	write_time_offset(w, offsets, "boottime", &spec->boottime);
	write_time_offset(w, offsets, "monotonic", &spec->monotonic);
	spec_drop_empty(o, "timeOffsets");
	write_devices(w, o, spec);
	write_net_devices(w, o, spec);
	spec_put_text(w, o, "cgroupsPath", spec->cgroups_path);
	spec_write_resources(w, spec_open_object(w, o, "resources"), &spec->resources);
	spec_drop_empty(o, "resources");
	spec_put_text(w, o, "rootfsPropagation", spec->rootfs_propagation);
	if (spec->seccomp)
		spec_write_seccomp(w, spec_open_object(w, o, "seccomp"), spec->seccomp);
	spec_put_map(w, o, "sysctl", &spec->sysctl);
	spec_put_texts(w, o, "maskedPaths", spec->masked_paths);
	spec_put_texts(w, o, "readonlyPaths", spec->readonly_paths);
	spec_put_text(w, o, "mountLabel", spec->mount_label);
	write_intel_rdt(w, o, &spec->intel_rdt);
	if (spec->has_memory_policy)
		spec_write_memory_policy(w, spec_open_object(w, o, "memoryPolicy"),
					 &spec->memory_policy);
	if (spec->has_personality)
		spec_put_text(w, spec_open_object(w, o, "personality"), "domain",
			      spec->personality == PER_LINUX32 ? "LINUX32" : "LINUX");
}

int oci_spec_to_json(const struct oci_spec *spec, struct json_object **ret, struct err *err)
{
	_cleanup_json_ struct json_object *o = json_object_new_object();
	struct spec_writer w = {0};

	spec_put_text(&w, o, "ociVersion", spec->version);
	if (spec->process)
		spec_write_process(&w, spec_open_object(&w, o, "process"), spec->process);
	if (spec->root.path) {
		struct json_object *root = spec_open_object(&w, o, "root");

		spec_put_text(&w, root, "path", spec->root.path);
		spec_put_true(&w, root, "readonly", spec->root.readonly);
	}
	spec_put_text(&w, o, "hostname", spec->hostname);
	spec_put_text(&w, o, "domainname", spec->domainname);
	write_mounts(&w, o, spec);
	write_hooks(&w, o, spec);
	spec_put_map(&w, o, "annotations", &spec->annotations);
	write_linux(&w, spec_open_object(&w, o, "linux"), spec);
	spec_drop_empty(o, "linux");
	if (w.failed)
		return err_sys(err, ENOMEM, "write config.json");
	*ret = TAKE_PTR(o);
	return 0;
}
