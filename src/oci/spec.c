/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/spec.h"

#include <assert.h>
#include <errno.h>
#include <sched.h>
#include <string.h>

#include "base/array.h"
#include "base/str.h"
#include "base/strv.h"
#include "linux/compat.h"
#include "linux/idmap.h"

static const char *const hook_kinds[] = {
	[OCI_HOOK_PRESTART] = "prestart",
	[OCI_HOOK_CREATE_RUNTIME] = "createRuntime",
	[OCI_HOOK_CREATE_CONTAINER] = "createContainer",
	[OCI_HOOK_START_CONTAINER] = "startContainer",
	[OCI_HOOK_POSTSTART] = "poststart",
	[OCI_HOOK_POSTSTOP] = "poststop",
};
static_assert(ARRAY_SIZE(hook_kinds) == OCI_HOOK_MAX, "every kind of hook has a name");

static const struct {
	const char *name;
	int flag;
} namespaces[] = {
	[OCI_NS_PID] = {"pid", CLONE_NEWPID},	       [OCI_NS_NETWORK] = {"network", CLONE_NEWNET},
	[OCI_NS_MOUNT] = {"mount", CLONE_NEWNS},       [OCI_NS_IPC] = {"ipc", CLONE_NEWIPC},
	[OCI_NS_UTS] = {"uts", CLONE_NEWUTS},	       [OCI_NS_USER] = {"user", CLONE_NEWUSER},
	[OCI_NS_CGROUP] = {"cgroup", CLONE_NEWCGROUP}, [OCI_NS_TIME] = {"time", CLONE_NEWTIME},
};
static_assert(ARRAY_SIZE(namespaces) == OCI_NS_MAX, "every namespace has a name");

const char *oci_hook_kind_name(enum oci_hook_kind kind)
{
	return hook_kinds[kind];
}

const char *oci_namespace_name(enum oci_namespace_type type)
{
	return namespaces[type].name;
}

int oci_namespace_flag(enum oci_namespace_type type)
{
	return namespaces[type].flag;
}

void oci_process_free(struct oci_process *process)
{
	if (!process)
		return;
	free(process->user.additional_gids);
	strv_free(process->args);
	strv_free(process->env);
	free(process->cwd);
	strv_free(process->unknown_capabilities);
	free(process->rlimits);
	free(process->apparmor_profile);
	free(process->selinux_label);
	free(process->exec_cpus_initial);
	free(process->exec_cpus_final);
	free(process);
}

void oci_resources_done(struct oci_resources *resources)
{
	free(resources->cpu.cpus);
	free(resources->cpu.mems);
	free(resources->block_io.weights);
	for (int i = 0; i < OCI_THROTTLE_MAX; i++)
		free(resources->block_io.throttle[i].list);
	for (size_t i = 0; i < resources->n_hugepages; i++)
		free(resources->hugepages[i].page_size);
	free(resources->hugepages);
	for (size_t i = 0; i < resources->n_priorities; i++)
		free(resources->priorities[i].name);
	free(resources->priorities);
	for (size_t i = 0; i < resources->n_rdma; i++)
		free(resources->rdma[i].device);
	free(resources->rdma);
	free(resources->devices);
	oci_map_done(&resources->unified);
	*resources = (struct oci_resources){0};
}

static void free_mounts(struct oci_spec *spec)
{
	for (size_t i = 0; i < spec->n_mounts; i++) {
		struct oci_mount *m = &spec->mounts[i];

		free(m->destination);
		free(m->type);
		free(m->source);
		strv_free(m->options);
		free(m->uid_mappings);
		free(m->gid_mappings);
	}
	free(spec->mounts);
}

static void free_hooks(struct oci_hooks *hooks)
{
	for (size_t i = 0; i < hooks->n; i++) {
		free(hooks->list[i].path);
		strv_free(hooks->list[i].args);
		strv_free(hooks->list[i].env);
	}
	free(hooks->list);
}

void oci_spec_free(struct oci_spec *spec)
{
	if (!spec)
		return;
	free(spec->version);
	oci_process_free(spec->process);
	free(spec->root.path);
	free(spec->hostname);
	free(spec->domainname);
	free_mounts(spec);
	oci_map_done(&spec->annotations);
	for (size_t i = 0; i < OCI_HOOK_MAX; i++)
		free_hooks(&spec->hooks[i]);
	for (size_t i = 0; i < OCI_NS_MAX; i++)
		free(spec->namespaces[i].path);
	free(spec->uid_mappings);
	free(spec->gid_mappings);
	for (size_t i = 0; i < spec->n_devices; i++)
		free(spec->devices[i].path);
	free(spec->devices);
	for (size_t i = 0; i < spec->n_net_devices; i++) {
		free(spec->net_devices[i].name);
		free(spec->net_devices[i].inside);
	}
	free(spec->net_devices);
	free(spec->cgroups_path);
	oci_resources_done(&spec->resources);
	free(spec->rootfs_propagation);
	seccomp_policy_free(spec->seccomp);
	oci_map_done(&spec->sysctl);
	strv_free(spec->masked_paths);
	strv_free(spec->readonly_paths);
	free(spec->mount_label);
	free(spec->intel_rdt.clos_id);
	strv_free(spec->intel_rdt.schemata);
	free(spec->intel_rdt.l3_cache_schema);
	free(spec->intel_rdt.mem_bw_schema);
	strv_free(spec->unsupported);
	free(spec);
}

static int copy_text(char **to, const char *from)
{
	if (!from)
		return 0;
	*to = strdup(from);
	return *to ? 0 : -ENOMEM;
}

struct oci_mount *oci_spec_add_mount(struct oci_spec *spec, const char *destination,
				     const char *type, const char *source, const char *options)
{
	struct oci_mount *m = array_add(&spec->mounts, &spec->n_mounts, sizeof(*m));

	if (!m)
		return NULL;
	if (options)
		m->options = strv_split(options, ",");
	if ((options && !m->options) || copy_text(&m->destination, destination) < 0 ||
	    copy_text(&m->type, type) < 0 || copy_text(&m->source, source) < 0) {
		free(m->destination);
		free(m->type);
		strv_free(m->options);
		spec->n_mounts--;
		return NULL;
	}
	return m;
}

struct oci_mount *oci_spec_find_mount(const struct oci_spec *spec, const char *destination)
{
	for (size_t i = 0; i < spec->n_mounts; i++)
		if (streq(spec->mounts[i].destination, destination))
			return &spec->mounts[i];
	return NULL;
}

int oci_id_map_ranges(const struct oci_id_map *list, size_t n, struct id_range **ranges,
		      size_t *n_ranges)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++)
		r = idmap_add(ranges, n_ranges,
			      (struct id_range){.inside = list[i].container_id,
						.outside = list[i].host_id,
						.count = list[i].size});
	return r;
}

int oci_id_map_add(struct oci_id_map **list, size_t *n, struct oci_id_map entry)
{
	struct oci_id_map *m = array_add(list, n, sizeof(*m));

	if (!m)
		return -ENOMEM;
	*m = entry;
	return 0;
}

int oci_process_add_rlimit(struct oci_process *process, struct rlimit_setting limit)
{
	for (size_t i = 0; i < process->n_rlimits; i++)
		if (process->rlimits[i].resource == limit.resource) {
			process->rlimits[i] = limit;
			return 0;
		}
	struct rlimit_setting *l = array_add(&process->rlimits, &process->n_rlimits, sizeof(*l));

	if (!l)
		return -ENOMEM;
	*l = limit;
	return 0;
}

int oci_spec_check_supported(const struct oci_spec *spec, struct masu_error *err)
{
	if (!spec->unsupported || !*spec->unsupported)
		return 0;
	return err_set(err, ERR_UNSUPPORTED, EOPNOTSUPP, "config.json: %s is not supported",
		       *spec->unsupported);
}

/* An update changes the given values, and no others. */

#define MOVE_NUMBER(field)                         \
	do {                                       \
		if (from->field)                   \
			into->field = from->field; \
	} while (0)

static void move_text(char **into, char **from)
{
	if (!*from)
		return;
	free(*into);
	*into = TAKE_PTR(*from);
}

static void merge_memory(struct oci_memory *into, struct oci_memory *from)
{
	/* Without a limit of memory there can be none of both together. */
	if (from->limit == -1 && from->swap == 0)
		from->swap = -1;
	MOVE_NUMBER(limit);
	MOVE_NUMBER(reservation);
	MOVE_NUMBER(swap);
	MOVE_NUMBER(kernel);
	MOVE_NUMBER(kernel_tcp);
	if (from->has_swappiness) {
		into->has_swappiness = true;
		into->swappiness = from->swappiness;
	}
	MOVE_NUMBER(disable_oom_killer);
	MOVE_NUMBER(use_hierarchy);
	MOVE_NUMBER(check_before_update);
}

static void merge_cpu(struct oci_cpu *into, struct oci_cpu *from)
{
	MOVE_NUMBER(shares);
	MOVE_NUMBER(quota);
	MOVE_NUMBER(period);
	MOVE_NUMBER(realtime_runtime);
	MOVE_NUMBER(realtime_period);
	move_text(&into->cpus, &from->cpus);
	move_text(&into->mems, &from->mems);
	if (from->has_burst) {
		into->has_burst = true;
		into->burst = from->burst;
	}
	if (from->has_idle) {
		into->has_idle = true;
		into->idle = from->idle;
	}
}

/* A list replaces the whole old list. */
#define SWAP_LIST(list, n)                                       \
	do {                                                     \
		if (from->n) {                                   \
			__typeof__(into->list) old = into->list; \
			size_t old_n = into->n;                  \
			into->list = from->list;                 \
			into->n = from->n;                       \
			from->list = old;                        \
			from->n = old_n;                         \
		}                                                \
	} while (0)

static void merge_block_io(struct oci_block_io *into, struct oci_block_io *from)
{
	MOVE_NUMBER(weight);
	MOVE_NUMBER(leaf_weight);
	SWAP_LIST(weights, n_weights);
	for (int i = 0; i < OCI_THROTTLE_MAX; i++)
		SWAP_LIST(throttle[i].list, throttle[i].n);
}

int oci_resources_merge(struct oci_resources *into, struct oci_resources *from)
{
	merge_memory(&into->memory, &from->memory);
	merge_cpu(&into->cpu, &from->cpu);
	merge_block_io(&into->block_io, &from->block_io);
	if (from->has_pids_limit) {
		into->has_pids_limit = true;
		into->pids_limit = from->pids_limit;
	}
	MOVE_NUMBER(class_id);
	SWAP_LIST(hugepages, n_hugepages);
	SWAP_LIST(priorities, n_priorities);
	SWAP_LIST(rdma, n_rdma);
	SWAP_LIST(devices, n_devices);
	for (size_t i = 0; i < from->unified.n; i++)
		if (oci_map_set(&into->unified, from->unified.pairs[i].key,
				from->unified.pairs[i].value) < 0)
			return -ENOMEM;
	return 0;
}
