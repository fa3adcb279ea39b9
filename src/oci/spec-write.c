/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/spec-write.h"

#include <sys/personality.h>

#include "base/json.h"

static void write_id_maps(struct json_build *b, struct json_object *o, const char *key,
			  const struct oci_id_map *list, size_t n)
{
	if (n == 0)
		return;
	struct json_object *array = build_array(b, o, key);

	for (size_t i = 0; i < n; i++) {
		struct json_object *m = build_object(b, array, NULL);

		build_uint(b, m, "containerID", list[i].container_id);
		build_uint(b, m, "hostID", list[i].host_id);
		build_uint(b, m, "size", list[i].size);
	}
}

static void write_mounts(struct json_build *b, struct json_object *o, const struct oci_spec *spec)
{
	if (spec->n_mounts == 0)
		return;
	struct json_object *array = build_array(b, o, "mounts");

	for (size_t i = 0; i < spec->n_mounts; i++) {
		const struct oci_mount *from = &spec->mounts[i];
		struct json_object *m = build_object(b, array, NULL);

		build_text(b, m, "destination", from->destination);
		build_text(b, m, "type", from->type);
		build_text(b, m, "source", from->source);
		build_texts(b, m, "options", from->options);
		write_id_maps(b, m, "uidMappings", from->uid_mappings, from->n_uid_mappings);
		write_id_maps(b, m, "gidMappings", from->gid_mappings, from->n_gid_mappings);
	}
}

static void write_hooks(struct json_build *b, struct json_object *o, const struct oci_spec *spec)
{
	struct json_object *hooks = build_object(b, o, "hooks");

	for (enum oci_hook_kind kind = 0; kind < OCI_HOOK_MAX; kind++) {
		const struct oci_hooks *from = &spec->hooks[kind];

		if (from->n == 0)
			continue;
		struct json_object *array = build_array(b, hooks, oci_hook_kind_name(kind));

		for (size_t i = 0; i < from->n; i++) {
			struct json_object *h = build_object(b, array, NULL);

			build_text(b, h, "path", from->list[i].path);
			build_texts(b, h, "args", from->list[i].args);
			build_texts(b, h, "env", from->list[i].env);
			if (from->list[i].timeout)
				build_uint(b, h, "timeout", from->list[i].timeout);
		}
	}
	build_drop_empty(o, "hooks");
}

static void write_namespaces(struct json_build *b, struct json_object *o,
			     const struct oci_spec *spec)
{
	struct json_object *array = NULL;

	for (enum oci_namespace_type type = 0; type < OCI_NS_MAX; type++) {
		if (!spec->namespaces[type].wanted)
			continue;
		if (!array)
			array = build_array(b, o, "namespaces");
		struct json_object *n = build_object(b, array, NULL);

		build_text(b, n, "type", oci_namespace_name(type));
		build_text(b, n, "path", spec->namespaces[type].path);
	}
}

static void write_devices(struct json_build *b, struct json_object *o, const struct oci_spec *spec)
{
	if (spec->n_devices == 0)
		return;
	struct json_object *array = build_array(b, o, "devices");

	for (size_t i = 0; i < spec->n_devices; i++) {
		const struct oci_device *from = &spec->devices[i];
		struct json_object *d = build_object(b, array, NULL);
		char type[] = {from->type, 0};

		build_text(b, d, "path", from->path);
		build_text(b, d, "type", type);
		if (from->type != 'p') {
			build_int(b, d, "major", from->major);
			build_int(b, d, "minor", from->minor);
		}
		if (from->has_file_mode)
			build_uint(b, d, "fileMode", from->file_mode);
		build_uint(b, d, "uid", from->uid);
		build_uint(b, d, "gid", from->gid);
	}
}

static void write_time_offset(struct json_build *b, struct json_object *o, const char *key,
			      const struct oci_time_offset *from)
{
	if (!from->wanted)
		return;
	struct json_object *offset = build_object(b, o, key);

	build_int(b, offset, "secs", from->secs);
	build_uint(b, offset, "nanosecs", from->nanosecs);
}

static void write_net_devices(struct json_build *b, struct json_object *o,
			      const struct oci_spec *spec)
{
	struct json_object *all = build_object(b, o, "netDevices");

	for (size_t i = 0; i < spec->n_net_devices; i++)
		build_text(b, build_object(b, all, spec->net_devices[i].name), "name",
			   spec->net_devices[i].inside);
	build_drop_empty(o, "netDevices");
}

static void write_intel_rdt(struct json_build *b, struct json_object *o,
			    const struct oci_intel_rdt *rdt)
{
	if (!rdt->wanted)
		return;
	struct json_object *part = build_object(b, o, "intelRdt");

	build_text(b, part, "closID", rdt->clos_id);
	build_texts(b, part, "schemata", rdt->schemata);
	build_text(b, part, "l3CacheSchema", rdt->l3_cache_schema);
	build_text(b, part, "memBwSchema", rdt->mem_bw_schema);
	build_true(b, part, "enableMonitoring", rdt->enable_monitoring);
}

static void put_word(struct json_build *b, struct json_object *o, const char *key,
		     const struct word *words, uint32_t number)
{
	build_text(b, o, key, word_name(words, number));
}

static void write_arg(struct json_build *b, struct json_object *o, const struct seccomp_arg *a)
{
	build_uint(b, o, "index", a->index);
	build_uint(b, o, "value", a->value);
	if (a->value_two)
		build_uint(b, o, "valueTwo", a->value_two);
	put_word(b, o, "op", seccomp_operators, a->op);
}

static void write_rule(struct json_build *b, struct json_object *o, const struct seccomp_rule *rule)
{
	build_texts(b, o, "names", rule->names);
	put_word(b, o, "action", seccomp_actions, rule->action);
	if (rule->has_errno)
		build_uint(b, o, "errnoRet", rule->errno_ret);
	if (rule->n_args == 0)
		return;
	struct json_object *args = build_array(b, o, "args");

	for (size_t i = 0; i < rule->n_args; i++)
		write_arg(b, build_object(b, args, NULL), &rule->args[i]);
}

static void write_seccomp(struct json_build *b, struct json_object *o,
			  const struct seccomp_policy *p)
{
	put_word(b, o, "defaultAction", seccomp_actions, p->default_action);
	if (p->has_default_errno)
		build_uint(b, o, "defaultErrnoRet", p->default_errno);
	if (p->n_arches > 0) {
		struct json_object *arches = build_array(b, o, "architectures");

		for (size_t i = 0; i < p->n_arches; i++)
			put_word(b, arches, NULL, seccomp_arches, p->arches[i]);
	}
	if (p->flags) {
		struct json_object *flags = build_array(b, o, "flags");

		for (uint32_t bit = 1; bit; bit <<= 1)
			if (p->flags & bit)
				put_word(b, flags, NULL, seccomp_flags, bit);
	}
	build_text(b, o, "listenerPath", p->listener_path);
	build_text(b, o, "listenerMetadata", p->listener_metadata);
	if (p->n_rules == 0)
		return;
	struct json_object *rules = build_array(b, o, "syscalls");

	for (size_t i = 0; i < p->n_rules; i++)
		write_rule(b, build_object(b, rules, NULL), &p->rules[i]);
}

static void write_linux(struct json_build *b, struct json_object *o, const struct oci_spec *spec)
{
	write_namespaces(b, o, spec);
	write_id_maps(b, o, "uidMappings", spec->uid_mappings, spec->n_uid_mappings);
	write_id_maps(b, o, "gidMappings", spec->gid_mappings, spec->n_gid_mappings);
	struct json_object *offsets = build_object(b, o, "timeOffsets");

	write_time_offset(b, offsets, "boottime", &spec->boottime);
	write_time_offset(b, offsets, "monotonic", &spec->monotonic);
	build_drop_empty(o, "timeOffsets");
	write_devices(b, o, spec);
	write_net_devices(b, o, spec);
	build_text(b, o, "cgroupsPath", spec->cgroups_path);
	spec_write_resources(b, build_object(b, o, "resources"), &spec->resources);
	build_drop_empty(o, "resources");
	build_text(b, o, "rootfsPropagation", spec->rootfs_propagation);
	if (spec->seccomp)
		write_seccomp(b, build_object(b, o, "seccomp"), spec->seccomp);
	if (spec->sysctl.n)
		build_map(b, o, "sysctl", &spec->sysctl);
	build_texts(b, o, "maskedPaths", spec->masked_paths);
	build_texts(b, o, "readonlyPaths", spec->readonly_paths);
	build_text(b, o, "mountLabel", spec->mount_label);
	write_intel_rdt(b, o, &spec->intel_rdt);
	if (spec->has_memory_policy)
		spec_write_memory_policy(b, build_object(b, o, "memoryPolicy"),
					 &spec->memory_policy);
	if (spec->has_personality)
		build_text(b, build_object(b, o, "personality"), "domain",
			   spec->personality == PER_LINUX32 ? "LINUX32" : "LINUX");
}

int oci_spec_to_json(const struct oci_spec *spec, struct json_object **ret, struct masu_error *err)
{
	_cleanup_json_ struct json_object *o = json_object_new_object();
	struct json_build b = {0};

	build_text(&b, o, "ociVersion", spec->version);
	if (spec->process)
		spec_write_process(&b, build_object(&b, o, "process"), spec->process);
	if (spec->root.path) {
		struct json_object *root = build_object(&b, o, "root");

		build_text(&b, root, "path", spec->root.path);
		build_true(&b, root, "readonly", spec->root.readonly);
	}
	build_text(&b, o, "hostname", spec->hostname);
	build_text(&b, o, "domainname", spec->domainname);
	write_mounts(&b, o, spec);
	write_hooks(&b, o, spec);
	if (spec->annotations.n)
		build_map(&b, o, "annotations", &spec->annotations);
	write_linux(&b, build_object(&b, o, "linux"), spec);
	build_drop_empty(o, "linux");
	if (b.failed)
		return err_oom(err);
	*ret = TAKE_PTR(o);
	return 0;
}
